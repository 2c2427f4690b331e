//! What was tried, and what came of it.

use serde::Serialize;

use crate::{commands::idn::milliseconds, table::Table};

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// It works, and something should be known.
    Warned,
    /// It does not work.
    Failed,
    /// Not tried, because something before it failed.
    Skipped,
}

impl Outcome {
    fn sign(self) -> &'static str {
        match self {
            Outcome::Passed => "✓",
            Outcome::Warned => "!",
            Outcome::Failed => "✗",
            Outcome::Skipped => "-",
        }
    }
}

/// One thing that was tried.
#[derive(Debug, Serialize)]
pub struct Item {
    what: &'static str,
    outcome: Outcome,
    /// What was found.
    found: String,
    /// What to do.
    advice: Option<String>,
}

/// One instrument or pair.
#[derive(Debug, Serialize)]
pub struct Subject {
    name: String,
    /// Its address; the two names of a pair.
    place: String,
    items: Vec<Item>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate: Option<Rate>,
}

/// How fast it can be expected to be.
#[derive(Debug, Serialize)]
pub struct Rate {
    /// A query and its answer: the median of several.
    pub round_trip_seconds: f64,
    /// The instrument's own time for a point, from its model and settings.
    pub seconds_per_point: f64,
    /// Points a second in a sweep.
    pub sweep_points_per_second: f64,
    /// Points a second one by one.
    pub single_points_per_second: f64,
}

impl Subject {
    pub fn new(name: &str, place: String) -> Subject {
        Subject { name: name.to_owned(), place, items: Vec::new(), rate: None }
    }

    pub fn add(&mut self, what: &'static str, outcome: Outcome, found: impl Into<String>) {
        self.items.push(Item { what, outcome, found: found.into(), advice: None });
    }

    pub fn advise(&mut self, what: &'static str, outcome: Outcome, found: String, advice: String) {
        self.items.push(Item { what, outcome, found, advice: Some(advice) });
    }

    pub fn skip(&mut self, what: &'static str) {
        self.add(what, Outcome::Skipped, "not tried");
    }

    pub fn set_rate(&mut self, rate: Rate) {
        self.rate = Some(rate);
    }
}

/// What `memloop check` prints.
#[derive(Debug, Serialize)]
pub struct CheckReport {
    pub bench: String,
    pub instruments: Vec<Subject>,
    pub pairs: Vec<Subject>,
}

impl CheckReport {
    fn items(&self) -> impl Iterator<Item = (&Subject, &Item)> {
        let subjects = self.instruments.iter().chain(&self.pairs);
        subjects.flat_map(|it| it.items.iter().map(move |item| (it, item)))
    }

    pub fn count(&self, outcome: Outcome) -> usize {
        self.items().filter(|it| it.1.outcome == outcome).count()
    }

    pub fn total(&self) -> usize {
        self.items().count()
    }

    pub fn text(&self) -> String {
        let mut table = Table::left(["", "who", "what", "found"]);
        for (subject, item) in self.items() {
            let found = item.found.clone();
            table.row([
                item.outcome.sign().to_owned(),
                subject.name.clone(),
                item.what.to_owned(),
                found,
            ]);
        }
        let mut text = table.to_string();
        for (subject, item) in self.items() {
            if let Some(advice) = &item.advice {
                text +=
                    &format!("\n{} {}, {}: {advice}", item.outcome.sign(), subject.name, item.what);
            }
        }
        for subject in &self.instruments {
            let Some(rate) = &subject.rate else { continue };
            text += &format!(
                "\n{}: round trip {}, expect {} points/s in sweeps, {} points/s one by one",
                subject.name,
                milliseconds(rate.round_trip_seconds),
                three_digits(rate.sweep_points_per_second),
                three_digits(rate.single_points_per_second),
            );
        }
        text + &format!(
            "\nbench \"{}\": {} passed, {} to be known, {} failed, {} not tried",
            self.bench,
            self.count(Outcome::Passed),
            self.count(Outcome::Warned),
            self.count(Outcome::Failed),
            self.count(Outcome::Skipped),
        )
    }
}

fn three_digits(number: f64) -> String {
    if number < 100.0 { format!("{number:.1}") } else { format!("{number:.0}") }
}
