//! What is watched while a run measures, and the thresholds of the bench that end it.
//!
//! A run that is ended so finishes its batch, ramps, and keeps its place like one that was interrupted:
//! `memloop resume` goes on with it.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    path::PathBuf,
    time::{Duration, Instant},
};

use campaign::{Batch, InstrumentId};
use scpi_parser::quantity;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use smu::units::Amperes;

/// The bench's table `[watch]`: what is absent is not watched.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WatchConfig {
    /// Shares are of the readings, and of the slopes, of the last batches that together have so many.
    #[serde(default = "readings")]
    pub readings: usize,
    /// The largest share of readings with the source limiting, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_compliance: Option<f64>,
    /// The largest share of readings beyond their range, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overflow: Option<f64>,
    /// The largest share of slopes that could not be formed, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub absent: Option<f64>,
    /// How far a sentinel may move from one look to the next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<Amperes>,
    /// How often links may be lost in a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lost_links: Option<u32>,
    /// The least share of the readings per second that the instruments' timing lets expect, over a
    /// minute, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pace: Option<f64>,
    /// The least that is free where the campaign lies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub free_disk: Option<Bytes>,
}

/// A number of bytes: `"1 GB"`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Bytes(pub f64);

/// Over so long the pace is told.
const PACED_OVER: Duration = Duration::from_secs(60);

fn readings() -> usize {
    2500
}

impl WatchConfig {
    /// What contradicts itself, by its key.
    pub fn contradiction(&self) -> Option<String> {
        let shares = [
            ("in_compliance", self.in_compliance),
            ("overflow", self.overflow),
            ("absent", self.absent),
            ("pace", self.pace),
        ];
        for (key, share) in shares {
            if let Some(share) = share.filter(|it| !(0.0..=1.0).contains(it)) {
                return Some(format!("watch.{key} = {share}: accepted is a share from 0 to 1"));
            }
        }
        if self.readings == 0 {
            return Some("watch.readings = 0: accepted is a number from 1".to_owned());
        }
        let drift = self.drift.filter(|it| it.0 <= 0.0)?;
        Some(format!("watch.drift = {drift}: accepted is a current above 0 A"))
    }
}

/// Watches one run.
pub struct Watch {
    config: WatchConfig,
    /// Where the campaign lies.
    folder: PathBuf,
    /// s that a point takes on each instrument.
    seconds_per_point: BTreeMap<InstrumentId, f64>,
    /// Of the last batches.
    last: VecDeque<Counts>,
    lost_links: u32,
    /// What is measured, and when each of the last batches was done, with the s that it should take.
    pace: (String, VecDeque<(Instant, f64)>),
}

#[derive(Clone, Copy, Default)]
struct Counts {
    readings: usize,
    in_compliance: usize,
    overflow: usize,
    slopes: usize,
    absent: usize,
}

impl Watch {
    /// Of a run whose campaign lies in `folder`.
    pub fn new(config: WatchConfig, folder: PathBuf) -> Watch {
        Watch {
            config,
            folder,
            seconds_per_point: BTreeMap::new(),
            last: VecDeque::new(),
            lost_links: 0,
            pace: (String::new(), VecDeque::new()),
        }
    }

    /// An instrument takes so long for a point, s.
    pub fn instrument(&mut self, id: InstrumentId, seconds_per_point: f64) {
        self.seconds_per_point.insert(id, seconds_per_point);
    }

    /// A batch was done `now`; why the run should end, if it should.
    pub fn batch(&mut self, batch: &Batch<'_>, now: Instant) -> Option<String> {
        self.last.push_back(Counts::of(batch));
        let all = |last: &VecDeque<Counts>, of: fn(&Counts) -> usize| -> usize {
            last.iter().map(of).sum()
        };
        while let Some(first) = self.last.front().copied()
            && all(&self.last, |it| it.readings) >= self.config.readings + first.readings
        {
            self.last.pop_front();
        }
        let readings = all(&self.last, |it| it.readings);
        let counted = [
            (
                "in_compliance",
                "readings were in compliance",
                self.config.in_compliance,
                all(&self.last, |it| it.in_compliance),
                readings,
            ),
            (
                "overflow",
                "readings were beyond their range",
                self.config.overflow,
                all(&self.last, |it| it.overflow),
                readings,
            ),
            (
                "absent",
                "slopes could not be formed",
                self.config.absent,
                all(&self.last, |it| it.absent),
                all(&self.last, |it| it.slopes),
            ),
        ];
        for (key, what, most, found, of) in counted {
            // A share of a few readings says nothing.
            if let Some(most) = most
                && readings >= self.config.readings
                && found as f64 > most * of as f64
            {
                return Some(format!("{found} of the last {of} {what}: watch.{key} is {most}"));
            }
        }
        self.paced(batch, now).or_else(|| self.disk())
    }

    /// A sentinel has moved by so many A; why the run should end, if it should.
    pub fn drifted(&self, by: f64) -> Option<String> {
        let most = self.config.drift.filter(|it| by.abs() > it.0)?;
        Some(format!("a sentinel has moved by {}: watch.drift is {most}", Amperes(by)))
    }

    /// A link was lost; why the run should end, if it should.
    pub fn lost_link(&mut self) -> Option<String> {
        self.lost_links += 1;
        let most = self.config.lost_links.filter(|it| self.lost_links > *it)?;
        Some(format!("links were lost {} times: watch.lost_links is {most}", self.lost_links))
    }

    fn paced(&mut self, batch: &Batch<'_>, now: Instant) -> Option<String> {
        let least = self.config.pace?;
        let mut each = BTreeMap::<InstrumentId, f64>::new();
        for reading in &batch.readings {
            let seconds = self.seconds_per_point.get(&reading.instrument);
            *each.entry(reading.instrument).or_default() += seconds.copied().unwrap_or(0.0);
        }
        let (phase, done) = &mut self.pace;
        if phase != batch.phase {
            // What is computed between two phases is nobody's pace.
            *phase = batch.phase.to_owned();
            done.clear();
        }
        done.push_back((now, each.into_values().fold(0.0, f64::max)));
        let passed = |done: &VecDeque<(Instant, f64)>, at: usize| {
            done.get(at).map_or(Duration::ZERO, |first| now.duration_since(first.0))
        };
        while passed(done, 1) >= PACED_OVER {
            done.pop_front();
        }
        let passed = Some(passed(done, 0)).filter(|it| *it >= PACED_OVER)?.as_secs_f64();
        let share = done.iter().skip(1).map(|it| it.1).sum::<f64>() / passed;
        (share < least).then(|| {
            format!(
                "readings of the last {passed:.0} s came at {:.0} % of the rate that the instruments' timing \
                 lets expect: watch.pace is {least}",
                100.0 * share
            )
        })
    }

    fn disk(&self) -> Option<String> {
        let least = self.config.free_disk?;
        // Where nobody can tell, the commit itself will.
        let found = rustix::fs::statvfs(&self.folder).ok()?;
        let free = Bytes((found.f_bavail * found.f_frsize) as f64);
        (free < least).then(|| {
            format!("{free} are free in {}: watch.free_disk is {least}", self.folder.display())
        })
    }
}

impl Counts {
    fn of(batch: &Batch<'_>) -> Counts {
        Counts {
            readings: batch.readings.len(),
            in_compliance: batch.readings.iter().filter(|it| it.in_compliance).count(),
            overflow: batch.readings.iter().filter(|it| it.overflow).count(),
            slopes: batch.gradients.len(),
            absent: batch.gradients.iter().filter(|it| it.didv_siemens.is_err()).count(),
        }
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rounded = format!("{:.2e}", self.0).parse().unwrap_or(self.0);
        quantity::display(rounded, "B").fmt(f)
    }
}

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&quantity::display(self.0, "B"))
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        quantity::parse(&text, "B").map(Bytes).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
