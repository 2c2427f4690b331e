//! Every refusal in the user's words: a table of (edit, expected message).

use std::{fs, path::Path};

use serde::de::DeserializeOwned;

use super::{in_words, parse};
use crate::{
    bench::Bench, exit::BadInput, experiment::TrainExperiment,
    gradient_experiment::GradientExperiment,
};

/// How the program calls things, which no user should read.
const OF_THE_PROGRAM: [&str; 9] =
    ["struct", "usize", "u64", "f64", "variant", "invalid", "sequence", "field", "boolean"];

/// What is said of a file of the checkout after one edit.
fn refusal<T: DeserializeOwned>(file: &str, (old, new): (&str, &str)) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let text = fs::read_to_string(root.join(file)).unwrap();
    assert!(text.contains(old), "{file} has no `{old}`");
    let error = parse::<T>("my.toml", &text.replacen(old, new, 1)).err();
    let error = error.unwrap_or_else(|| panic!("`{new}` is accepted"));
    assert!(error.is::<BadInput>());
    error.to_string()
}

#[track_caller]
fn check<T: DeserializeOwned>(file: &str, table: &[(&str, &str, &str)]) {
    for (old, new, expected) in table {
        let said = refusal::<T>(file, (old, new));
        let rest = said.strip_prefix("my.toml:").unwrap_or_else(|| panic!("no file: {said}"));
        let rest = rest.trim_start_matches(|it: char| it.is_ascii_digit()).trim_start_matches(':');
        assert!(rest.trim_start().starts_with(expected), "`{new}`: {said}");
        let ours = OF_THE_PROGRAM.iter().find(|it| said.contains(**it));
        assert_eq!(ours, None, "`{new}`: {said}");
    }
}

#[test]
fn experiments_on_gradients_are_refused_in_words() {
    let step = "delta_v = \"100 mV\"";
    let with = |key: &str| format!("{step}\n{key}");
    let keys = [
        (
            "rest = \"0 V\"",
            "gradient.rest = \"0 V\": accepted is a table such as { level = \"0 V\", readings = 4 }",
        ),
        (
            "rest = { level = 0 }",
            "gradient.rest.level = 0: accepted is a quantity in quotes with its unit, for example \"20 mV\"",
        ),
        ("rest = { readings = 4 }", "missing key `level` in `gradient.rest`"),
        (
            "rest = { level = \"0 V\", reads = 4 }",
            "unknown key `reads` in `gradient.rest`: accepted are `level`, `readings`",
        ),
        (
            "rest = { level = \"0 V\", readings = 2.5 }",
            "gradient.rest.readings = 2.5: accepted is a whole number of 1 or more",
        ),
        ("condition = true", "gradient.condition = true: accepted is a table such as { level"),
        ("hold = -1", "gradient.hold = -1: accepted is a whole number of 1 or more"),
        (
            "repeats = \"two\"",
            "gradient.repeats = \"two\": accepted is a whole number of 1 or more",
        ),
        ("check_state = \"yes\"", "gradient.check_state = \"yes\": accepted is true or false"),
        ("skew = 1", "gradient.skew = 1: accepted is a quantity in quotes with its unit"),
        (
            "derivative = \"frozen\"",
            "gradient.derivative = \"frozen\": accepted is one of \"protocol\", \"frozen-state\", \"quasi-static\"",
        ),
        ("order = 1", "gradient.order = 1: accepted is \"sorted\" or \"as-asked\""),
        ("order = { sorted = 1 }", "gradient.order"),
        (
            "sentinel = 3",
            "gradient.sentinel = 3: accepted is a table such as { level = \"0.5 V\", every = 500 }",
        ),
        (
            "sentinel = { level = \"1 V\", every = 9, threshold = \"4\" }",
            "gradient.sentinel.threshold = \"4\": accepted is a number",
        ),
        (
            "calibration = 21",
            "gradient.calibration = 21: accepted is a table such as { levels = 21, passes = 2, refresh = 5000 }",
        ),
        (
            "dither = \"fast\"",
            "gradient.dither = \"fast\": accepted is a table such as { samples = 4, periods = 2 }",
        ),
        (
            "survey = []\n[[gradient.rest]]\nlevel = \"0 V\"",
            "[[gradient.rest]] is one of several tables: accepted is one, [gradient.rest]",
        ),
        (
            "survey = \"long\"",
            "gradient.survey = \"long\": accepted is a table such as { levels = 41, passes = 8 }",
        ),
        ("repeats =", ""),
    ];
    for (key, expected) in keys {
        check::<GradientExperiment>(
            "experiments/gradient-benches.toml",
            &[(step, &with(key), expected)],
        );
    }
    check::<GradientExperiment>(
        "experiments/gradient-benches.toml",
        &[
            (step, "", "missing key `delta_v` in `gradient`"),
            (
                step,
                "delta_v = 100",
                "gradient.delta_v = 100: accepted is a voltage in quotes with its unit, such as \"20 mV\", or \"auto\"",
            ),
            (step, "delta_v = \"100\"", "gradient.delta_v = \"100\": \"100\" has no unit"),
            (
                "method = \"forward\"",
                "method = 1",
                "gradient.method = 1: accepted is one of \"forward\", \"central\",",
            ),
            (
                "method = \"forward\"",
                "method = \"foward\"",
                "gradient.method = \"foward\": accepted is one of \"forward\",",
            ),
            ("name = \"gradient-benches\"\n", "", "missing key `name`"),
            ("[reference]", "[refrence]", "unknown key `refrence`: accepted are `kind`, `name`,"),
            (
                "operations = [2, 4, 8]",
                "operations = 4",
                "compare.operations = 4: accepted is a list in square brackets",
            ),
            (
                "operations = [2, 4, 8]",
                "operations = [2, \"4\"]",
                "\"4\" in compare.operations: accepted is a whole number of 0 or more",
            ),
            (
                "methods = \"all\"",
                "methods = 3",
                "compare.methods = 3: accepted is \"all\", or a list of estimators",
            ),
            (
                "methods = \"all\"",
                "methods = [\"abbba\"]",
                "compare.methods = [\"abbba\"]: \"abbba\" is no estimator: accepted are",
            ),
            (
                "[\"-1 V\", \"1 V\"]",
                "\"1 V\"",
                "sweep.window = \"1 V\": accepted is a list of 2 in square brackets",
            ),
            (
                "[\"-1 V\", \"1 V\"]",
                "[\"1 V\"]",
                "sweep.window = [\"1 V\"]: accepted is a list of 2 in square brackets",
            ),
            (
                "of = \"quiet-twins\"",
                "of = \"twins\"",
                "reference.of = \"twins\": accepted is \"same-devices\" or \"quiet-twins\"",
            ),
        ],
    );
}

#[test]
fn experiments_on_training_are_refused_in_words() {
    check::<TrainExperiment>(
        "experiments/iris.toml",
        &[
            (
                "epochs = 50",
                "epochs = \"fifty\"",
                "training.epochs = \"fifty\": accepted is a whole number",
            ),
            ("epochs = 50", "epochs = 0", "training.epochs = 0: accepted is a whole number from 1"),
            (
                "hidden = 2 ",
                "hiden = 2 ",
                "unknown key `hiden` in `network`: accepted are `inputs`, `hidden`",
            ),
            (
                "hidden = 2 ",
                "hidden = [0] ",
                "network.hidden = 0: accepted is a whole number from 1 to 1000000",
            ),
        ],
    );
}

#[test]
fn benches_are_refused_in_words() {
    check::<Bench>(
        "benches/one-pair.toml",
        &[
            ("nplc = 1", "nplc = \"1\"", "settings.nplc = \"1\": accepted is a number"),
            (
                "nplc = 1",
                "nplcs = 1",
                "unknown key `nplcs` in `settings`: accepted are `source_range`,",
            ),
            (
                "four_wire = false",
                "four_wire = \"no\"",
                "settings.four_wire = \"no\": accepted is true or false",
            ),
            ("four_wire = false\n", "", "missing key `four_wire` in `settings`"),
            (
                "model = \"keithley-2400\"",
                "model = 2400",
                "smu.model = 2400: accepted is text in quotes",
            ),
            (
                "model = \"keithley-2400\"",
                "model = \"keithley-2400\"\nsettings = 3",
                "smu.settings = 3: accepted is a table; its keys are `source_range`,",
            ),
            (
                "probe = \"b1\"",
                "probe = \"b1\"\ncoupling = \"cable\"",
                "pair.coupling = \"cable\": accepted is one of \"software\",",
            ),
            (
                "probe = \"b1\"",
                "probe = \"b1\"\nmonotonic2 = 3",
                "unknown key `monotonic2` in `pair`",
            ),
            (
                "[settings]",
                "[[settings]]",
                "[[settings]] is one of several tables: accepted is one, [settings]",
            ),
            ("[[pair]]", "[pair]", "[pair] is a single table: accepted are several, each [[pair]]"),
        ],
    );
}

#[test]
fn every_training_that_ships_is_accepted_and_its_bench_is_there() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../experiments");
    let mut trainings = 0;
    for folder in [folder.clone(), folder.join("paper"), folder.join("shapes")] {
        for entry in fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            let text = fs::read_to_string(&file).unwrap_or_default();
            if !text.lines().any(|it| it == "kind = \"train\"") {
                continue;
            }
            let experiment = TrainExperiment::load(&file).unwrap();
            if let Some(bench) = &experiment.bench {
                let bench = crate::experiment::beside(&file, bench);
                assert!(bench.is_file(), "{}", bench.display());
            }
            trainings += 1;
        }
    }
    assert!(trainings > 8, "{trainings}");
}

#[test]
fn a_line_that_is_no_toml_is_shown() {
    let error = parse::<Bench>("my.toml", "name = \"x\"\nsmu = [\n").unwrap_err().to_string();
    assert!(error.starts_with("my.toml:"), "{error}");
    let error = parse::<Bench>("my.toml", "name = twins\n").unwrap_err().to_string();
    assert!(error.starts_with("my.toml:1: ") && error.ends_with("(in `name = twins`)"), "{error}");
}

#[test]
fn a_file_that_lacks_a_table_is_refused_without_a_line() {
    let error = parse::<Bench>("my.toml", "").unwrap_err().to_string();
    assert_eq!(error, "my.toml: missing key `name`");
}

#[test]
fn a_message_about_a_line_keeps_the_line() {
    let message = "invalid type: string \"4\", expected usize";
    let line = Some("width = \"4\"");
    assert_eq!(
        in_words(message, line),
        "accepted is a whole number of 0 or more (in `width = \"4\"`)"
    );
    assert_eq!(in_words("missing field `fetch`", None), "missing key `fetch`");
}
