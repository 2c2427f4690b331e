//! What a run has on disk, for the sentence of an end that came early.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use campaign::{Campaign, Ownership, RunId};

use crate::guard::GuardProcess;

/// What is on disk of the run of this process, as its recorder tells it.
#[derive(Clone, Default)]
pub struct Kept {
    run: Arc<Mutex<Option<Run>>>,
    guard: GuardProcess,
}

struct Run {
    number: i64,
    campaign: PathBuf,
    readings: u64,
}

impl Kept {
    /// Nothing yet; the guard hears where, as soon as there is something.
    pub fn new(guard: GuardProcess) -> Kept {
        Kept { guard, ..Kept::default() }
    }

    /// A campaign will be written, and is this process's own.
    pub fn own(&self, ownership: Arc<Ownership>, campaign: &Path) {
        self.guard.owns(ownership, campaign);
    }

    /// A run has begun.
    pub fn begin(&self, number: i64, campaign: &Path) {
        self.guard.begins(number);
        let run = Run { number, campaign: campaign.to_owned(), readings: 0 };
        *self.run.lock().unwrap_or_else(PoisonError::into_inner) = Some(run);
    }

    /// The run's recorder was dropped in the middle: writes down for it that the run was interrupted, and
    /// counts what it has.
    pub fn interrupted(&self) {
        if let Some(run) = &mut *self.run.lock().unwrap_or_else(PoisonError::into_inner)
            && let Ok(readings) = Campaign::interrupted(&run.campaign, RunId(run.number))
        {
            run.readings = readings;
        }
    }

    /// So many more readings are on disk.
    pub fn add(&self, readings: u64) {
        if let Some(run) = &mut *self.run.lock().unwrap_or_else(PoisonError::into_inner) {
            run.readings += readings;
        }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.run.lock().unwrap_or_else(PoisonError::into_inner) {
            None => f.write_str("no run had begun"),
            Some(Run { number, campaign, readings }) => {
                let (readings, campaign) = (grouped(*readings), campaign.display());
                write!(f, "run {number} kept {readings} readings in {campaign}")
            }
        }
    }
}

/// A number in groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_names_run_file_and_readings() {
        let kept = Kept::default();
        assert_eq!(kept.to_string(), "no run had begun");
        kept.begin(7, Path::new("memloop-data/campaign.sqlite"));
        for (more, told) in [(0, "0"), (999, "999"), (11_401, "12 400"), (1_000_000, "1 012 400")] {
            kept.add(more);
            let expected = format!("run 7 kept {told} readings in memloop-data/campaign.sqlite");
            assert_eq!(kept.to_string(), expected);
        }
    }
}
