//! Ends trainings over TCP at random moments, and checks what must hold after any ending: outputs off in
//! time, no committed reading lost or changed, every current that of its level, and a resumed run that
//! learns the same.
//!
//! ```sh
//! cargo run --release -p memloop-tests --example chaos -- --seed 1 --rounds 50
//! ```

#![allow(clippy::unwrap_used, reason = "a harness that cannot go on should fail there")]

use std::{
    collections::BTreeMap,
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use memloop_tests::{Server, bench_over_tcp, binary, iris, link_options};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rusqlite::Connection;

/// On the terminals of both instruments: a current tells its level.
const OHMS: f64 = 20e3;
/// A run that takes longer is stuck.
const LIMIT: Duration = Duration::from_secs(60);

/// How a run is ended, and how soon outputs must be off then.
const ENDINGS: [(&str, &str, f64); 6] = [
    ("SIGINT", "-INT", 1.0),
    ("SIGTERM", "-TERM", 1.0),
    ("SIGHUP", "-HUP", 1.0),
    ("SIGKILL", "-KILL", 2.0),
    ("SIGABRT", "-ABRT", 2.0),
    ("links cut", "", 1.0),
];

#[derive(Default)]
struct Row {
    rounds: usize,
    off_seconds: Vec<f64>,
    readings_lost: u64,
    ended_early: usize,
    resumed_equal: usize,
    failures: Vec<String>,
}

fn main() -> ExitCode {
    let words: Vec<String> = env::args().collect();
    let option = |name: &str, default: u64| {
        let at = words.iter().position(|it| it == name);
        at.map_or(default, |at| words[at + 1].parse().expect("a number follows the option"))
    };
    let (seed, rounds) = (option("--seed", 1), option("--rounds", 2));
    let (whole, seconds) = reference();
    let mut rows = BTreeMap::new();
    for round in seed..seed + rounds {
        for (at, ending) in ENDINGS.into_iter().enumerate() {
            let row = rows.entry(at).or_insert_with(Row::default);
            row.rounds += 1;
            if let Err(why) = try_one(round, at, ending, &whole, seconds, row) {
                row.failures.push(format!("--seed {round}: {why}"));
            }
        }
    }
    println!(
        "| ended by | n | worst off | median off | readings lost | ended early | resumed equal | failures |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for (at, row) in &mut rows {
        row.off_seconds.sort_by(f64::total_cmp);
        let worst = row.off_seconds.last().copied().unwrap_or(f64::NAN);
        let median = row.off_seconds.get(row.off_seconds.len() / 2).copied().unwrap_or(f64::NAN);
        let (n, lost, equal) = (row.rounds, row.readings_lost, row.resumed_equal);
        let failures = row.failures.join("; ");
        let (name, early) = (ENDINGS[*at].0, row.ended_early);
        println!(
            "| {name} | {n} | {worst:.3} s | {median:.3} s | {lost} | {early} | {equal} | {failures} |"
        );
    }
    if rows.values().all(|it| it.failures.is_empty()) {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Two instruments, and a training by table with a control of software on them.
struct Scene {
    folder: tempfile::TempDir,
    servers: [Server; 2],
    process: Child,
}

impl Scene {
    fn begin() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let device = format!("{{ preset = \"resistor\", resistance = \"{OHMS} Ohm\" }}");
        let start = |seed| {
            Server::start(&["--control", "127.0.0.1:0", "--seed", seed, "--device", &device])
        };
        let mut servers = [start("1"), start("2")];
        let experiment = iris(
            folder.path(),
            &[
                ("epochs = 50", "epochs = 400"),
                ("[gradient]", "[devices]\nrun = \"table\"\nlevels = 65\n\n[gradient]"),
                ("\"constant-slope\", \"tanh\", \"relu\"", "\"tanh\""),
                ("\"auto\" ", "\"20 mV\" "),
            ],
        );
        let bench = bench_over_tcp(folder.path(), servers[0].port, servers[1].port);
        link_options(&bench, "{ reconnect = { first = \"0.01 s\", most = \"0.05 s\" } }");
        let mut command = Command::new(binary("memloop"));
        command.arg("train").arg(experiment).arg("--bench").arg(bench).arg("--quiet");
        let log = fs::File::create(folder.path().join("said")).unwrap();
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let process = command.spawn().unwrap();
        for server in &mut servers {
            server.wait_for("output on");
        }
        Scene { folder, servers, process }
    }

    fn campaign(&self) -> PathBuf {
        self.folder.path().join("memloop-data/campaign.sqlite")
    }

    fn is_off(&self) -> bool {
        self.servers.iter().all(|it| !it.is_on())
    }

    /// Waits for memloop's end, and for its guard's.
    fn ended(&mut self) -> Result<Option<i32>, String> {
        let began = Instant::now();
        let owner = self.campaign().with_extension("sqlite.owner");
        loop {
            let status = self.process.try_wait().unwrap();
            if let Some(status) = status
                && (!owner.exists() || began.elapsed() > Duration::from_secs(5))
            {
                return Ok(status.code());
            }
            if began.elapsed() > LIMIT {
                let _ = self.process.kill();
                return Err("stuck".to_owned());
            }
            thread::yield_now();
        }
    }

    fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("said")).unwrap_or_default()
    }
}

/// What an uninterrupted run learns, and how long its outputs are on.
fn reference() -> (BTreeMap<String, String>, f64) {
    let mut scene = Scene::begin();
    let began = Instant::now();
    let code = scene.ended().unwrap();
    assert_eq!(code, Some(0), "{}", scene.said());
    (learned(&scene.campaign()), began.elapsed().as_secs_f64())
}

fn try_one(
    round: u64,
    at: usize,
    (_, signal, limit): (&str, &str, f64),
    whole: &BTreeMap<String, String>,
    seconds: f64,
    row: &mut Row,
) -> Result<(), String> {
    let mut random = ChaCha8Rng::seed_from_u64(round * 100 + at as u64);
    let mut scene = Scene::begin();
    let moment = Instant::now() + Duration::from_secs_f64(seconds * random.random_range(0.0..0.8));
    while Instant::now() < moment {
        thread::yield_now();
    }
    let before = readings(&scene.campaign(), i64::MAX).unwrap_or_default();
    let opening_was_kept = counts(&scene.campaign(), "openings") > 0;
    let event = Instant::now();
    if signal.is_empty() {
        scene.servers.iter().for_each(|it| drop(it.say("hang up")));
    } else {
        let pid = scene.process.id().to_string();
        // It may have ended just now.
        drop(Command::new("kill").args([signal, &pid]).output().unwrap());
        while !scene.is_off() {
            if event.elapsed() > LIMIT {
                return Err("the outputs stay on".to_owned());
            }
        }
        row.off_seconds.push(event.elapsed().as_secs_f64());
    }
    let code = scene.ended()?;
    if signal.is_empty() {
        // The run outlives its links, or can be resumed; off is what it must be when it ends.
        row.off_seconds.push(if scene.is_off() { 0.0 } else { f64::INFINITY });
        row.ended_early += usize::from(code != Some(0));
    }
    if !signal.is_empty() {
        row.ended_early += usize::from(code != Some(0));
    }
    let off = row.off_seconds.last().copied().unwrap_or(0.0);
    let after =
        readings(&scene.campaign(), before.last().map_or(-1, |it| it.0)).unwrap_or_default();
    row.readings_lost +=
        before.iter().zip(&after).filter(|(one, other)| one != other).count() as u64;
    row.readings_lost += before.len().saturating_sub(after.len()) as u64;
    sound(&scene.campaign())?;
    if code != Some(0) && counts(&scene.campaign(), "runs") > 0 {
        let mut command = Command::new(binary("memloop"));
        let resumed = command.args(["resume", "--quiet"]).current_dir(scene.folder.path()).output();
        let resumed = resumed.unwrap();
        if !resumed.status.success() {
            return Err(format!("resume: {}", String::from_utf8_lossy(&resumed.stderr)));
        }
        sound(&scene.campaign())?;
        if !scene.is_off() {
            return Err("the outputs are on after resume".to_owned());
        }
        let now = learned(&scene.campaign());
        // Tables that are measured anew have other noise.
        let comparable = |it: &&String| opening_was_kept || it.starts_with("tanh");
        let keys: Vec<_> = whole.keys().filter(comparable).collect();
        if now.len() != whole.len() || keys.iter().any(|it| now.get(*it) != whole.get(*it)) {
            return Err("resumed, it has learned something else".to_owned());
        }
        row.resumed_equal += 1;
    }
    if row.readings_lost > 0 {
        return Err("readings are lost".to_owned());
    }
    if off > limit { Err(format!("outputs were off after {off:.3} s")) } else { Ok(()) }
}

/// Batch, instrument, position, level and current of all readings up to a batch.
type Reading = (i64, i64, i64, f64, Option<f64>);

fn readings(campaign: &Path, until: i64) -> rusqlite::Result<Vec<Reading>> {
    let connection = Connection::open(campaign)?;
    let sql = "SELECT batch, instrument, position, level_volts, current_amperes FROM readings
               WHERE batch <= ? ORDER BY 1, 2, 3";
    let mut statement = connection.prepare(sql)?;
    let row = |it: &rusqlite::Row| Ok((it.get(0)?, it.get(1)?, it.get(2)?, it.get(3)?, it.get(4)?));
    statement.query_map([until], row)?.collect()
}

/// The file is whole, and every current is that of its level.
fn sound(campaign: &Path) -> Result<(), String> {
    let rows = readings(campaign, i64::MAX).map_err(|it| it.to_string())?;
    let connection = Connection::open(campaign).map_err(|it| it.to_string())?;
    let checked = connection.query_row("PRAGMA integrity_check", [], |it| it.get::<_, String>(0));
    if checked.as_deref() != Ok("ok") {
        return Err(format!("integrity_check: {checked:?}"));
    }
    let strange = |it: &&Reading| it.4.is_none_or(|amperes| (amperes * OHMS - it.3).abs() > 5e-3);
    match rows.iter().find(strange) {
        None => Ok(()),
        Some(it) => Err(format!("a reading that is not of its level: {it:?}")),
    }
}

fn counts(campaign: &Path, table: &str) -> i64 {
    let sql = format!("SELECT count(*) FROM {table}");
    let found = Connection::open(campaign).and_then(|it| it.query_row(&sql, [], |row| row.get(0)));
    found.unwrap_or(0)
}

/// The hash of what each fold of each arm has learned.
fn learned(campaign: &Path) -> BTreeMap<String, String> {
    let connection = Connection::open(campaign).unwrap();
    let sql = "SELECT arm, repeat, fold, sha256 FROM folds";
    let mut statement = connection.prepare(sql).unwrap();
    let row = |it: &rusqlite::Row| {
        let mut name: String = it.get(0)?;
        let _ = write!(name, " {} {}", it.get::<_, i64>(1)?, it.get::<_, i64>(2)?);
        Ok((name, it.get(3)?))
    };
    statement.query_map([], row).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}
