//! The hunt for readings that are given to another level: a device whose current encodes its voltage,
//! and links whose replies are late, lost and torn and that break.

use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

use firmware_sim::{Fault, Host, Lateness};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use smu::{Model, Settings, Smu, SmuError};
use tokio::time::timeout;
use transport::{Session, SessionError, SessionOptions, StreamTransport};

use crate::wire::{SETTINGS, TEN_KILOHMS, instrument};

/// Of the 2 V range, in steps of one code.
const LEVELS: u64 = 40_001;
const CODE: f64 = 50e-6;
const OHMS: f64 = 10e3;
const LIMIT: Duration = Duration::from_secs(1);
/// Readings over one connection, if it lasts.
const STINT: u64 = 2000;

/// How readings are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// One query, one reading.
    Single,
    /// Many queries on their way together.
    Pipelined,
    /// The driver's list sweeps.
    ListSweep,
}

/// What was met.
#[derive(Debug, Default)]
pub struct Report {
    /// Readings that came, each checked against its level.
    pub readings: BTreeMap<Way, u64>,
    /// Readings that were asked for and did not come: their callers got an error.
    pub lost: BTreeMap<Way, u64>,
    /// Faults that struck, by their sentence without numbers.
    pub faults: BTreeMap<&'static str, u64>,
    /// Callers that gave up.
    pub given_up: u64,
    /// Connections made.
    pub connections: u64,
}

impl Report {
    /// Readings in all.
    pub fn total(&self) -> u64 {
        self.readings.values().sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} readings, each of its own level", self.total())?;
        for (way, count) in &self.readings {
            let lost = self.lost.get(way).copied().unwrap_or_default();
            writeln!(f, "  {way:?}: {count}, and {lost} errors")?;
        }
        writeln!(f, "{} connections, {} callers gave up", self.connections, self.given_up)?;
        for (fault, count) in &self.faults {
            writeln!(f, "  {fault}: {count}")?;
        }
        Ok(())
    }
}

/// Makes so many readings, with faults drawn from the seed, on tokio's paused clock.
///
/// # Panics
/// A reading was given to another level. The runtime's clock runs.
pub async fn hunt(readings: u64, seed: u64) -> Report {
    let mut hunt = Hunt {
        host: Host::new(instrument(TEN_KILOHMS), None),
        dice: ChaCha8Rng::seed_from_u64(seed),
        asked: 0,
        report: Report::default(),
    };
    while hunt.report.total() < readings {
        let goal = readings.min(hunt.report.total() + STINT);
        // Each way gets its third.
        let made = |way: &Way| hunt.report.readings.get(way).copied().unwrap_or_default();
        let ways = [Way::Single, Way::Pipelined, Way::ListSweep];
        match ways.into_iter().min_by_key(made) {
            Some(Way::ListSweep) => hunt.by_sweeps(goal).await,
            way => hunt.by_queries(way.unwrap_or(Way::Single), goal).await,
        }
    }
    hunt.report
}

struct Hunt {
    host: Arc<Host>,
    dice: ChaCha8Rng,
    /// Levels so far.
    asked: u64,
    report: Report,
}

impl Hunt {
    fn connect(&mut self) -> Session {
        let (near, far) = tokio::io::duplex(1 << 16);
        let host = Arc::clone(&self.host);
        tokio::spawn(async move { host.serve(far).await });
        self.report.connections += 1;
        let depth = self.dice.random_range(1..=64);
        let options = SessionOptions { depth, ..SessionOptions::default() };
        Session::spawn(StreamTransport::new(near), options)
    }

    /// The next levels; each returns after all others have been.
    fn levels(&mut self, count: u64) -> Vec<f64> {
        let from = self.asked;
        self.asked += count;
        let codes = (from..self.asked).map(|it| it * 7919 % LEVELS);
        codes.map(|code| (code as f64 - 20_000.0) / 20_000.0).collect()
    }

    /// Lets something go wrong within the next `replies`, now and then.
    fn tempt(&mut self, replies: u64) {
        if !self.dice.random_bool((replies as f64 / 50.0).clamp(0.03, 0.3)) {
            return;
        }
        let by = LIMIT.mul_f64(self.dice.random_range(0.2..20.0));
        let (name, fault) = match self.dice.random_range(0..12) {
            0..2 => ("silence", Fault::Silence { replies: Some(self.dice.random_range(1..4)) }),
            2..4 => ("late reply", Fault::LateReply(Lateness::UntilNextMessage)),
            4..6 => ("late reply by a time", Fault::LateReply(Lateness::By(by))),
            6..8 => ("torn reply", Fault::TornReply),
            8 => ("reply in pieces", Fault::SplitReply { pieces: self.dice.random_range(2..5) }),
            9 => {
                ("replies together", Fault::MergedReplies { replies: self.dice.random_range(2..5) })
            }
            10 => ("disconnect", Fault::Disconnect),
            _ => ("hang up", Fault::HangUp),
        };
        *self.report.faults.entry(name).or_default() += 1;
        let after = firmware_sim::After::Replies(self.dice.random_range(0..replies));
        let plan = firmware_sim::FaultPlan { fault, after };
        self.host.with(|instrument| instrument.inject_from_now(plan));
    }

    fn check(&mut self, way: Way, level: f64, current: f64) {
        let of = current * OHMS;
        assert!(
            (of - level).abs() < CODE / 4.0,
            "reading {} ({way:?}): {current} A of {of} V was given to {level} V\n{}",
            self.report.total(),
            self.report
        );
        *self.report.readings.entry(way).or_default() += 1;
    }

    fn lose(&mut self, way: Way, count: u64) {
        *self.report.lost.entry(way).or_default() += count;
    }

    /// Set-and-read compounds until `goal` readings are there or the connection is of no more use.
    async fn by_queries(&mut self, way: Way, goal: u64) {
        let session = self.connect();
        let prepare = "*RST;*CLS;:SOUR:VOLT:RANG 2;:SENS:CURR:PROT 105E-6;:SENS:CURR:RANG 100E-6;\
                       :FORM:ELEM CURR;:OUTP ON";
        if session.write(prepare).await.is_err() {
            return;
        }
        while self.report.total() < goal {
            let count = if way == Way::Single { 1 } else { self.dice.random_range(2..100) };
            self.tempt(count);
            let levels = self.levels(count);
            let message = |level: f64| format!(":SOUR:VOLT {level};:READ?");
            let answers = if way == Way::Single {
                let patience =
                    if self.dice.random_bool(0.2) { LIMIT.mul_f64(0.1) } else { LIMIT * 1000 };
                match timeout(patience, session.query(&message(levels[0]), LIMIT)).await {
                    Ok(answer) => vec![answer],
                    Err(_) => {
                        self.report.given_up += 1;
                        continue;
                    }
                }
            } else {
                let messages = levels.iter().map(|level| (message(*level), LIMIT));
                match session.query_all(messages).await {
                    Ok(answers) => answers,
                    Err(_) => return,
                }
            };
            let mut useless = false;
            for (answer, level) in answers.into_iter().zip(levels) {
                match answer {
                    Ok(reply) => self.check(way, level, number(&reply)),
                    Err(error) => {
                        self.lose(way, 1);
                        useless |= !goes_on(&error);
                    }
                }
            }
            if useless {
                return;
            }
        }
    }

    /// The same by list sweeps of the driver.
    async fn by_sweeps(&mut self, goal: u64) {
        let Ok(mut smu) = self.configured().await else { return };
        while self.report.total() < goal {
            self.tempt(1);
            let count = self.dice.random_range(1..300);
            let levels = self.levels(count);
            match smu.list_sweep(&levels).await {
                Ok(readings) => {
                    assert_eq!(readings.len(), levels.len());
                    for (reading, level) in readings.iter().zip(levels) {
                        let current = reading.current.expect("no level is beyond the range");
                        self.check(Way::ListSweep, level, current);
                    }
                }
                Err(error) => {
                    self.lose(Way::ListSweep, count);
                    match &error {
                        SmuError::Link { source, .. } if goes_on(source) => {}
                        _ => return,
                    }
                }
            }
        }
    }

    async fn configured(&mut self) -> Result<Smu, SmuError> {
        let model = Model::builtin("keithley-2400").expect("it is built in");
        let settings: Settings = toml::from_str(SETTINGS).expect("they are settings");
        let mut smu = Smu::open("hunted", self.connect(), model, settings).await?;
        smu.output_on().await?;
        Ok(smu)
    }
}

/// Whether the session may still be of use after an error.
fn goes_on(error: &SessionError) -> bool {
    matches!(error, SessionError::TimedOut { .. } | SessionError::Unattributed { .. })
}

fn number(reply: &[u8]) -> f64 {
    let text = std::str::from_utf8(reply).expect("a reading is text");
    text.parse().unwrap_or_else(|_| panic!("`{text}` is no reading"))
}
