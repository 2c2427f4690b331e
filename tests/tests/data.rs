//! `memloop data`: what is fetched, what is refused, and what is listed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
};

use memloop_tests::{binary, iris, memloop, text};
use tempfile::TempDir;

const NAMES: [&str; 4] = [
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
];

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A mirror that answers with the files of a folder, 404 for those it has not.
fn mirror(files: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let head = BufReader::new(&stream).lines().map_while(Result::ok);
            let head: Vec<_> = head.take_while(|it| !it.is_empty()).collect();
            let name = head[0].split(' ').nth(1).unwrap().trim_start_matches('/');
            let (status, body) = match fs::read(files.join(name)) {
                Ok(body) => ("200 OK", body),
                Err(_) => ("404 Not Found", Vec::new()),
            };
            let length = body.len();
            write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\n").unwrap();
            stream.write_all(b"Connection: close\r\n\r\n").unwrap();
            // Whoever has heard enough hangs up.
            let _ = stream.write_all(&body);
        }
    });
    url
}

fn fetch(folder: &Path, url: &str) -> Output {
    memloop(folder, ["--quiet", "data", "fetch", "mnist", "--from", url])
}

/// Writes a data set made like MNIST, of two training images and one test image.
fn small_mnist(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let idx = |dimensions: &[u8], values: &[u8]| {
        let mut bytes = vec![0, 0, 8, dimensions.len() as u8];
        bytes.extend(dimensions.iter().flat_map(|&it| u32::from(it).to_be_bytes()));
        bytes.extend(values);
        bytes
    };
    let files = [
        idx(&[2, 1, 2], &[0, 9, 9, 0]),
        idx(&[2], &[3, 4]),
        idx(&[1, 1, 2], &[1, 1]),
        idx(&[1], &[4]),
    ];
    for (name, bytes) in NAMES.iter().zip(files) {
        fs::write(folder.join(name), bytes).unwrap();
    }
}

#[track_caller]
fn refused(folder: &Path, url: &str, reason: &str) {
    let output = fetch(folder, url);
    let error = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    assert!(error.contains(reason), "`{reason}` is not in: {error}");
    // Whoever has no network reads which files, from where, into which folder.
    for part in NAMES.iter().chain(&["https://", " into memloop-data/mnist"]) {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
    let left: Vec<_> = fs::read_dir(folder.join("memloop-data/mnist")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_mirror_that_has_nothing_or_something_else_is_refused_and_leaves_nothing() {
    let (folder, files) = (folder(), folder());
    refused(folder.path(), &mirror(files.path().to_owned()), "404");
    fs::write(files.path().join("train-images-idx3-ubyte.gz"), "not this").unwrap();
    refused(folder.path(), &mirror(files.path().to_owned()), "has the SHA-256");
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    refused(folder.path(), &format!("http://{gone}"), "refused");
}

#[test]
fn an_interrupted_fetch_leaves_nothing() {
    let folder = folder();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let mut command = Command::new(binary("memloop"));
    command.args(["--quiet", "data", "fetch", "mnist", "--from", &url]).stderr(Stdio::piped());
    let process = command.current_dir(folder.path()).spawn().unwrap();
    // A mirror that begins an answer and falls silent.
    let (mut stream, _) = listener.accept().unwrap();
    let mut head = BufReader::new(&stream).lines();
    while head.next().is_some_and(|it| !it.unwrap().is_empty()) {}
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\nhalf").unwrap();
    let kill = Command::new("kill").args(["-INT", &process.id().to_string()]).status().unwrap();
    assert!(kill.success());
    let output = process.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", text(&output.stderr));
    let left: Vec<_> = fs::read_dir(folder.path().join("memloop-data/mnist")).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn the_public_files_are_fetched_once_and_listed() {
    let Some(files) = env::var_os("MEMLOOP_MNIST").map(PathBuf::from) else {
        eprintln!("skipped: MEMLOOP_MNIST names no folder with the four gzipped files");
        return;
    };
    let folder = folder();
    let output = fetch(folder.path(), &mirror(files));
    assert!(output.status.success(), "{}", text(&output.stderr));
    let again = fetch(folder.path(), "http://127.0.0.1:9/nobody");
    assert!(text(&again.stdout).contains("was there, and is right"), "{}", text(&again.stderr));
    let mut names: Vec<_> = fs::read_dir(folder.path().join("memloop-data/mnist"))
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut expected = NAMES.map(|it| format!("{it}.gz"));
    expected.sort();
    assert_eq!(names, expected);

    let listed = memloop(folder.path(), ["data", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    let expected = serde_json::json!({
        "path": "memloop-data/mnist", "rows": 70_000, "held_out": 10_000, "features": 784,
        "classes": 10,
    });
    assert_eq!(listed["data_sets"], serde_json::json!([expected]));
}

#[test]
fn what_can_be_trained_on_is_listed_and_what_cannot_with_its_reason() {
    let folder = folder();
    iris(folder.path(), &[]);
    small_mnist(&folder.path().join("digits"));
    fs::write(folder.path().join("torn.csv"), "x,kind\n1,a\n2,b").unwrap();
    let listed = memloop(folder.path(), ["data", "list", "."]);
    let listed = text(&listed.stdout);
    let row = |name: &str| {
        let line = listed.lines().find(|it| it.contains(name));
        let cells = line.unwrap_or_else(|| panic!("no {name} in {listed}")).split('|').skip(2);
        cells.map(|it| it.trim().to_owned()).take(4).collect::<Vec<_>>()
    };
    assert_eq!(row("file ./iris.csv"), ["150", "0", "4", "3"]);
    assert_eq!(row("mnist ./digits"), ["3", "1", "2", "10"]);
    assert_eq!(row("task yin-yang"), ["as asked", "0", "4", "3"]);
    assert!(
        listed.contains("not a data set: ./torn.csv:3: the last line does not end"),
        "{listed}"
    );
}

#[test]
fn an_experiment_whose_folder_is_not_there_takes_the_fetched_files() {
    let folder = folder();
    let fetched = folder.path().join("memloop-data/mnist");
    small_mnist(&fetched);
    // What is refused says which files were read.
    fs::write(fetched.join(NAMES[3]), "not IDX").unwrap();
    let old =
        "file = \"iris.csv\"           # Fisher 1936, as in scikit-learn\nlabel = \"species\"\n";
    let experiment = iris(folder.path(), &[(old, "mnist = \"absent\"\n")]);
    let read = || text(&memloop(folder.path(), ["train", experiment.to_str().unwrap()]).stderr);
    let error = read();
    assert!(error.contains("memloop-data/mnist/t10k-labels-idx1-ubyte begins with"), "{error}");

    // A folder that is there is the one that is meant, whatever it lacks.
    fs::create_dir(folder.path().join("absent")).unwrap();
    let error = read();
    for part in ["absent/train-images-idx3-ubyte.gz", "memloop data fetch mnist --into"] {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
}
