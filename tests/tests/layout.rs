//! What the design says of the tree, checked.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use memloop_tests::root;

/// Who may depend on whom, directly (DESIGN, ARCHITECTURE.md).
const ALLOWED: &[(&str, &[&str])] = &[
    ("crates/scpi-parser", &[]),
    ("crates/transport", &["scpi-parser"]),
    ("crates/smu", &["transport", "scpi-parser"]),
    ("crates/gradient", &["smu"]),
    ("crates/train", &["gradient"]),
    ("crates/campaign", &[]),
    ("crates/export", &["campaign"]),
    ("firmware-sim", &["scpi-parser"]),
    (
        "crates/memloop",
        &[
            "campaign",
            "export",
            "firmware-sim",
            "gradient",
            "scpi-parser",
            "smu",
            "train",
            "transport",
        ],
    ),
];

const OURS: &[&str] = &[
    "campaign",
    "export",
    "firmware-sim",
    "gradient",
    "memloop",
    "scpi-parser",
    "smu",
    "train",
    "transport",
];

#[test]
fn dependencies_point_one_way() {
    for (folder, allowed) in ALLOWED {
        let text = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let manifest: toml::Table = text.parse().unwrap();
        let ours: Vec<_> = manifest["dependencies"]
            .as_table()
            .unwrap()
            .keys()
            .filter(|it| OURS.contains(&it.as_str()))
            .collect();
        for dependency in ours {
            assert!(allowed.contains(&dependency.as_str()), "{folder} depends on {dependency}");
        }
    }
}

#[test]
fn the_simulator_knows_nothing_of_the_driver_not_even_in_its_tests() {
    let text = fs::read_to_string(root().join("firmware-sim/Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
        let Some(table) = manifest.get(kind).and_then(toml::Value::as_table) else { continue };
        for name in table.keys().filter(|it| OURS.contains(&it.as_str())) {
            assert_eq!(name, "scpi-parser", "firmware-sim has {name} among its {kind}");
        }
    }
}

#[test]
fn every_package_is_in_the_table_and_has_the_lints_of_the_workspace() {
    let known = ALLOWED.iter().map(|it| it.0).chain(["tests"]);
    let known: BTreeSet<_> = known.map(|it| root().join(it).join("Cargo.toml")).collect();
    let crates = fs::read_dir(root().join("crates")).unwrap();
    let found = crates.map(|it| it.unwrap().path().join("Cargo.toml")).filter(|it| it.exists());
    let others = ["firmware-sim", "tests"].map(|it| root().join(it).join("Cargo.toml"));
    assert_eq!(found.chain(others).collect::<BTreeSet<_>>(), known);
    let read = |path: &Path| fs::read_to_string(path).unwrap().parse::<toml::Table>().unwrap();
    let workspace = read(&root().join("Cargo.toml"));
    for path in known {
        let manifest = read(&path);
        let own = &manifest["lints"];
        let inherits = own.get("workspace") == Some(&toml::Value::Boolean(true));
        let lints = if inherits { &workspace["workspace"]["lints"] } else { own };
        assert_eq!(lints["rust"]["missing_docs"].as_str(), Some("warn"), "{}", path.display());
        for lint in ["await_holding_lock", "dbg_macro", "todo", "unimplemented", "unwrap_used"] {
            let level = lints["clippy"][lint].as_str();
            assert_eq!(level, Some("deny"), "{lint} in {}", path.display());
        }
    }
}

#[test]
fn no_file_names_a_path_of_one_machine() {
    // Assembled, so that this file does not hold them.
    let forbidden = ["home", "root", "work", "Users"].map(|it| format!("/{it}/"));
    for path in tracked() {
        // What is no text cannot name one.
        let Ok(text) = fs::read_to_string(&path) else { continue };
        for word in &forbidden {
            let line = text.lines().find(|it| it.contains(word));
            assert!(line.is_none(), "{} names {word}: {}", path.display(), line.unwrap());
        }
    }
}

/// Every file of the checkout, without what is built, ignored, or an editor's or git's own.
fn tracked() -> Vec<PathBuf> {
    let ignored = fs::read_to_string(root().join(".gitignore")).unwrap();
    let ignored: Vec<_> = ignored.lines().map(|it| it.trim_matches('/').to_owned()).collect();
    assert!(ignored.contains(&"target".to_owned()), "{ignored:?}");
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if ignored.contains(&name) || (name.starts_with('.') && name != ".ci") {
                continue;
            }
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    assert!(found.len() > 100, "only {} files were found", found.len());
    found
}

#[test]
fn only_the_binaries_use_anyhow() {
    for (folder, _) in
        ALLOWED.iter().filter(|it| it.0 != "crates/memloop" && it.0 != "firmware-sim")
    {
        let text = fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        assert!(!text.contains("anyhow"), "{folder} uses anyhow");
    }
}

#[test]
fn no_source_file_holds_a_stub_or_a_switched_off_test() {
    // Assembled, so that this file does not hold them.
    let forbidden = [
        ["to", "do!("],
        ["unimple", "mented!("],
        ["db", "g!("],
        ["#[ig", "nore"],
        ["should_", "panic"],
    ];
    for (path, text) in sources() {
        for parts in forbidden {
            let word = parts.concat();
            assert!(!text.contains(&word), "{} holds {word}", path.display());
        }
    }
}

#[test]
fn the_simulator_never_reads_the_drivers_instrument_files() {
    for (path, text) in
        sources().into_iter().filter(|it| it.0.starts_with(root().join("firmware-sim")))
    {
        let reads = text.contains("instruments/") || text.contains("include_str!");
        assert!(!reads, "{} refers to instruments/", path.display());
    }
}

#[test]
fn every_transcript_is_played_by_a_test_and_says_where_it_comes_from() {
    let mut tests = String::new();
    for folder in ["firmware-sim/tests", "tests/tests"] {
        let folder = root().join(folder);
        for (_, text) in sources().into_iter().filter(|it| it.0.starts_with(&folder)) {
            tests += &text;
        }
    }
    let mut found = 0;
    for folder in fs::read_dir(root().join("tests/transcripts")).unwrap() {
        let folder = folder.unwrap().path();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        // A test that plays a folder names it, alone or at the end of a path; those of the driver's
        // models are found by their names.
        let named = ["\"", "/"].iter().any(|it| tests.contains(&format!("{it}{name}\"")))
            || smu::Model::names().any(|it| it == name);
        assert!(named, "no test plays {}", folder.display());
        for file in fs::read_dir(&folder).unwrap() {
            let file = file.unwrap().path();
            let text = fs::read_to_string(&file).unwrap();
            assert!(file.extension().is_some_and(|it| it == "scpi"), "{}", file.display());
            assert!(text.starts_with("# source: "), "{} lacks its source", file.display());
            assert!(text.lines().any(|it| it.starts_with("< ")), "{}", file.display());
            found += 1;
        }
    }
    assert!(found > 15, "only {found} transcripts were found");
}

#[test]
fn no_command_text_stands_in_the_smu_crate() {
    for (path, text) in
        sources().into_iter().filter(|it| it.0.starts_with(root().join("crates/smu/src")))
    {
        for header in [":SOUR", ":SENS", ":OUTP", ":TRIG", ":INIT", ":FETC", "*RST"] {
            let code = text.lines().filter(|it| !it.trim_start().starts_with("//"));
            let found = code.into_iter().any(|line| line.contains(header));
            assert!(!found, "{} holds {header}", path.display());
        }
    }
}

#[test]
fn the_architecture_names_every_package() {
    let text = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(text.lines().count() <= 200, "ARCHITECTURE.md is longer than 200 lines");
    for (folder, _) in ALLOWED {
        assert!(text.contains(&format!("`{folder}`")), "ARCHITECTURE.md does not name {folder}");
    }
}

#[test]
fn library_crates_neither_print_nor_read_arguments() {
    let libraries = sources().into_iter().filter(|(path, _)| {
        let text = path.to_string_lossy();
        text.contains("/src/")
            && !text.contains("crates/memloop/")
            && !text.ends_with("main.rs")
            && !text.contains("tests/src")
            // Tests beside the code say why they skip.
            && !text.contains("/src/device/tests/")
    });
    for (path, text) in libraries {
        for word in ["println!(", "eprintln!(", "print!(", "env::args"] {
            let code = text.lines().filter(|it| !it.trim_start().starts_with("//"));
            assert!(
                !code.into_iter().any(|it| it.contains(word)),
                "{} holds {word}",
                path.display()
            );
        }
    }
}

/// Every Rust file of the workspace, with its text.
fn sources() -> BTreeMap<PathBuf, String> {
    let mut found = BTreeMap::new();
    for folder in ["crates", "firmware-sim", "tests"] {
        collect(&root().join(folder), &mut found);
    }
    assert!(found.len() > 50, "only {} files were found", found.len());
    found
}

fn collect(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("target") {
            collect(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            found.insert(path, text);
        }
    }
}
