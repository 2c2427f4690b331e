//! The real binaries, for the tests in `tests/tests/`: where they are, a simulated SMU behind a TCP
//! port, and a bench file that leads to it. And the real crates in this process: [`wire`], [`hunt`].

use std::{
    env,
    ffi::OsStr,
    fs,
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Output, Stdio},
    sync::OnceLock,
};

pub mod hunt;
/// What the driver says in each golden transcript that it leads.
#[path = "../../crates/smu/tests/common/scenario.rs"]
pub mod scenario;
pub mod wire;

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// A binary of the workspace, built from what is in the checkout.
///
/// # Panics
/// It does not build.
pub fn binary(name: &str) -> PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    let folder = FOLDER.get_or_init(|| {
        // target/<profile>/deps/<this test>
        let test = env::current_exe().expect("a test knows where it is");
        let folder = test.parent().and_then(Path::parent).expect("tests lie two folders deep");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args([
            "build",
            "--locked",
            "--quiet",
            "-p",
            "memloop",
            "-p",
            "firmware-sim",
            "-p",
            "memloop-tests",
            "--bins",
        ]);
        if folder.ends_with("release") {
            cargo.arg("--release");
        }
        cargo.arg("--target-dir").arg(folder.parent().expect("target holds the profile"));
        let status = cargo.current_dir(root()).status().expect("cargo runs");
        assert!(status.success(), "the binaries do not build");
        folder.to_owned()
    });
    folder.join(name)
}

/// Runs memloop in `folder` to its end.
///
/// # Panics
/// It cannot be started.
pub fn memloop<S: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> Output {
    let mut command = Command::new(binary("memloop"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.output().expect("memloop starts")
}

/// What a process wrote.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A firmware-sim process; killed when dropped.
pub struct Server {
    process: Child,
    /// Where it listens.
    pub port: u16,
    /// Its side channel, where the arguments ask for one.
    pub control: Option<SocketAddr>,
    log: BufReader<ChildStderr>,
}

impl Server {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// It does not start.
    pub fn start(arguments: &[&str]) -> Server {
        Server::start_on(0, arguments)
    }

    /// Starts one on a port that another has left.
    ///
    /// # Panics
    /// It does not start.
    pub fn start_on(port: u16, arguments: &[&str]) -> Server {
        let mut command = Command::new(binary("firmware-sim"));
        command.arg("--listen").arg(format!("127.0.0.1:{port}")).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("firmware-sim starts");
        let stdout = process.stdout.take().expect("it is piped");
        let log = BufReader::new(process.stderr.take().expect("it is piped"));
        let mut stdout = BufReader::new(stdout);
        let mut line = String::new();
        stdout.read_line(&mut line).expect("it says where it listens");
        let port = line.trim().rsplit(':').next().and_then(|it| it.parse().ok());
        let control = arguments.contains(&"--control").then(|| {
            let mut line = String::new();
            stdout.read_line(&mut line).expect("it says where its side channel is");
            let address = line.trim().trim_start_matches("side channel on ").parse();
            address.expect("it names an address")
        });
        Server { process, port: port.expect("it names a port"), control, log }
    }

    /// Says a line on its side channel; the answer.
    ///
    /// # Panics
    /// It was started without one, or has ended.
    pub fn say(&self, line: &str) -> String {
        let mut stream = TcpStream::connect(self.control.expect("it has a side channel"))
            .expect("the side channel listens");
        stream.write_all(format!("{line}\n").as_bytes()).expect("it takes a line");
        let mut answer = String::new();
        BufReader::new(stream).read_line(&mut answer).expect("it answers");
        answer
    }

    /// Whether its output is on, as its side channel says.
    ///
    /// # Panics
    /// As [`Server::say`].
    pub fn is_on(&self) -> bool {
        self.say("status").contains("output on")
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Waits for the next line of the log that contains `text`, and returns it.
    ///
    /// # Panics
    /// The server ended before.
    pub fn wait_for(&mut self, text: &str) -> String {
        let mut line = String::new();
        while self.log.read_line(&mut line).expect("the log is text") > 0 {
            if line.contains(text) {
                return line;
            }
            line.clear();
        }
        panic!("the server's log ended before it said \"{text}\"");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Writes `benches/one-pair.toml` with the two instruments at these ports; returns the file.
///
/// # Panics
/// The folder cannot be written.
pub fn bench_over_tcp(folder: &Path, base: u16, probe: u16) -> PathBuf {
    let text =
        fs::read_to_string(root().join("benches/one-pair.toml")).expect("the bench is there");
    let simulated = text.find("# The two devices differ").expect("the bench tells its devices");
    let text = text[..simulated]
        .replace("SIM::a1", &format!("TCPIP0::127.0.0.1::{base}::SOCKET"))
        .replace("SIM::b1", &format!("TCPIP0::127.0.0.1::{probe}::SOCKET"));
    let path = folder.join("bench.toml");
    fs::write(&path, text).expect("the folder can be written");
    path
}

/// Gives every instrument of a bench file that [`bench_over_tcp`] wrote these link options.
///
/// # Panics
/// The file cannot be written.
pub fn link_options(bench: &Path, options: &str) {
    let text = fs::read_to_string(bench).expect("the bench is there");
    let text = text.replace("\nmodel = ", &format!("\nlink = {options}\nmodel = "));
    fs::write(bench, text).expect("the folder can be written");
}

/// Writes `experiments/iris.toml` with edits (old text, new text) beside its data; returns the file.
///
/// # Panics
/// The folder cannot be written; an old text is not there.
pub fn iris(folder: &Path, edits: &[(&str, &str)]) -> PathBuf {
    let mut text = fs::read_to_string(root().join("experiments/iris.toml")).expect("it is there");
    for (old, new) in edits {
        assert!(text.contains(old), "iris.toml has no `{old}`");
        text = text.replace(old, new);
    }
    fs::copy(root().join("experiments/iris.csv"), folder.join("iris.csv"))
        .expect("it can be copied");
    let path = folder.join("iris.toml");
    fs::write(&path, text).expect("the folder can be written");
    path
}
