use std::time::Duration;

use scpi_parser::reply::ReplyError;
use transport::{EndReason, SessionError};

use crate::{
    comeback::Gone,
    units::{Coulombs, Volts, VoltsPerSecond},
};

/// Why an instrument could not be set up, or did not measure.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SmuError {
    /// A setting that the model cannot take. Nothing was sent.
    #[error("{key} = {found}: accepted is {accepted}")]
    Setting {
        /// The setting.
        key: &'static str,
        /// What was asked.
        found: String,
        /// What the model takes.
        accepted: String,
    },
    /// A level outside the device's window. Nothing was sent.
    #[error("level {} is outside the window {low} to {high} of \"{smu}\"", Volts(*level))]
    OutsideWindow {
        /// The instrument.
        smu: String,
        /// V.
        level: f64,
        /// The lowest permitted.
        low: Volts,
        /// The highest permitted.
        high: Volts,
    },
    /// A change of level faster than the device's limit. Nothing was sent.
    #[error(
        "\"{smu}\" would go from {from} to {to} within a point, at {}: limits.dv_dt is {limit}; \
         ask levels in their order and nearer to each other",
        VoltsPerSecond(shown(rate.0))
    )]
    TooFast {
        /// The instrument.
        smu: String,
        /// A level, ...
        from: Volts,
        /// ... and the one after it.
        to: Volts,
        /// What that would be.
        rate: VoltsPerSecond,
        /// The highest permitted.
        limit: VoltsPerSecond,
    },
    /// More charge than the device may see. Nothing was sent.
    #[error(
        "{} have flowed through the device of \"{smu}\", and what is asked could add {}: \
         limits.charge is {limit}",
        Coulombs(shown(passed.0)),
        Coulombs(shown(more.0))
    )]
    TooMuchCharge {
        /// The instrument.
        smu: String,
        /// Until now.
        passed: Coulombs,
        /// At the compliance.
        more: Coulombs,
        /// The most permitted.
        limit: Coulombs,
    },
    /// A list longer than the instrument takes at once.
    #[error("\"{smu}\" takes 1 to {most} levels at once, not {found}")]
    ListLength {
        /// The instrument.
        smu: String,
        /// The model's limit.
        most: usize,
        /// What was asked.
        found: usize,
    },
    /// A measurement with the output off.
    #[error("the output of \"{smu}\" is off")]
    OutputIsOff {
        /// The instrument.
        smu: String,
    },
    /// `fetch` or `start` without `stage`.
    #[error("nothing is staged on \"{smu}\"")]
    NothingStaged {
        /// The instrument.
        smu: String,
    },
    /// The link failed.
    #[error("the link to \"{smu}\" failed at `{command}`")]
    Link {
        /// The instrument.
        smu: String,
        /// What was said.
        command: String,
        /// What the session reports.
        source: Box<SessionError>,
    },
    /// Another instrument answers.
    #[error("\"{smu}\" answers *IDN? with \"{found}\", expected is {expected}")]
    WrongIdentity {
        /// The instrument.
        smu: String,
        /// Maker and model expected.
        expected: String,
        /// The answer.
        found: String,
    },
    /// A setting that reads back as another.
    #[error("\"{smu}\" was set to {key} {expected} and reads back {found}")]
    ReadBack {
        /// The instrument.
        smu: String,
        /// The setting.
        key: &'static str,
        /// What was sent.
        expected: f64,
        /// What came back.
        found: f64,
    },
    /// The instrument reports errors.
    #[error("\"{smu}\" reports {} after {after}", list(errors))]
    Reported {
        /// The instrument.
        smu: String,
        /// After what.
        after: &'static str,
        /// Codes and texts.
        errors: Vec<(i32, String)>,
    },
    /// A reply that is not what was asked for.
    #[error("\"{smu}\" answers `{command}` with something else")]
    Reply {
        /// The instrument.
        smu: String,
        /// What was asked.
        command: String,
        /// What is wrong.
        source: ReplyError,
    },
    /// A sweep that returned too few or too many numbers.
    #[error("\"{smu}\" returned {found} numbers for {points} points of {elements} elements")]
    Stride {
        /// The instrument.
        smu: String,
        /// Points asked.
        points: usize,
        /// Numbers a point.
        elements: usize,
        /// Numbers that came.
        found: usize,
    },
    /// A setting of words that reads back as another.
    #[error("\"{smu}\" was set to {key} {expected} and answers {found}")]
    Word {
        /// The channel.
        smu: String,
        /// The setting.
        key: &'static str,
        /// The instrument's word for what was asked.
        expected: String,
        /// What came back.
        found: String,
    },
    /// The instrument speaks another of its command sets.
    #[error(
        "\"{smu}\" answers `{query}` with {found}, expected is {expected}: choose that command set on \
         its front panel, and switch it off and on"
    )]
    Language {
        /// The instrument.
        smu: String,
        /// What was asked.
        query: String,
        /// What its file is written for.
        expected: String,
        /// What came back.
        found: String,
    },
    /// The instrument was switched off and on, or reset: nothing of what it was told holds.
    #[error(
        "\"{smu}\" was switched off and on, or reset, since it was configured: its output is off, and \
         it has to be configured again"
    )]
    PowerCycled {
        /// The channel.
        smu: String,
    },
    /// Its link was lost, and it was not reached again.
    #[error("\"{smu}\" was given up {away:.1?} after its link was lost ({lost})")]
    NotBack {
        /// The channel.
        smu: String,
        /// How the loss was noticed.
        lost: String,
        /// How long ago.
        away: Duration,
        /// Why it was given up.
        source: Gone,
    },
    /// A reading of another level than the one that was asked.
    #[error("\"{smu}\" sourced {} at point {point}, where {} was asked", Volts(*found), Volts(*expected))]
    Level {
        /// The channel.
        smu: String,
        /// Which reading, from 1.
        point: usize,
        /// V, as asked.
        expected: f64,
        /// V, as the instrument says.
        found: f64,
    },
    /// The output did not go where it was sent.
    #[error("the output of \"{smu}\" was switched {expected} and reads back {found}")]
    Output {
        /// The instrument.
        smu: String,
        /// `on` or `off`.
        expected: &'static str,
        /// What `OUTP?` answers.
        found: String,
    },
    /// Two instruments that cannot be coupled so.
    #[error("\"{base}\" and \"{probe}\" cannot be coupled by {coupling}: {reason}")]
    Coupling {
        /// The one at V.
        base: String,
        /// The one at V+δV.
        probe: String,
        /// As bench files name it.
        coupling: &'static str,
        /// Why not.
        reason: String,
    },
    /// Two lists of different length. Nothing was sent.
    #[error("{base} levels for the base, {probe} for the probe: a pair takes as many on both")]
    Unpaired {
        /// Levels of the base.
        base: usize,
        /// Levels of the probe.
        probe: usize,
    },
    /// Two coupled instruments waited for each other in vain.
    #[error("no trigger came between \"{base}\" and \"{probe}\" in {seconds} s: check the {cable}")]
    NoTrigger {
        /// The one at V.
        base: String,
        /// The one at V+δV.
        probe: String,
        /// What joins them, and which line of which must be on which.
        cable: String,
        /// How long they had.
        seconds: u64,
    },
}

/// Where an error comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// The link is dead, or its replies cannot be trusted.
    Link,
    /// The instrument has lost its settings.
    PowerCycle,
    /// Something that the instrument says, or does not do.
    Instrument,
    /// What was asked, or that it was given up.
    Request,
}

impl SmuError {
    pub(crate) fn trouble(&self) -> Trouble {
        match self {
            SmuError::Link { source, .. } => match &**source {
                SessionError::Ended(EndReason::Closed | EndReason::Gone)
                | SessionError::Cleared { .. }
                | SessionError::Unanswered { .. }
                | SessionError::Unsendable(_) => Trouble::Request,
                SessionError::Declined(_) => Trouble::Instrument,
                _ => Trouble::Link,
            },
            SmuError::PowerCycled { .. } => Trouble::PowerCycle,
            SmuError::Reported { .. }
            | SmuError::Reply { .. }
            | SmuError::Stride { .. }
            | SmuError::Level { .. }
            | SmuError::Output { .. }
            | SmuError::NoTrigger { .. } => Trouble::Instrument,
            _ => Trouble::Request,
        }
    }

    /// Whether it speaks of this channel.
    pub(crate) fn is_of(&self, name: &str) -> bool {
        matches!(self, SmuError::Link { smu, .. } if smu == name)
    }

    /// In one line, with what the session reports.
    pub(crate) fn with_reason(&self) -> String {
        match self {
            SmuError::Link { source, .. } => format!("{self}: {source}"),
            _ => self.to_string(),
        }
    }
}

fn list(errors: &[(i32, String)]) -> String {
    let texts: Vec<_> = errors.iter().map(|(code, text)| format!("{code},\"{text}\"")).collect();
    texts.join("; ")
}

/// How long the instrument may take for what should take `seconds`: 15 s, and twice that (a formula
/// proven on hardware; the least covers slow links and range changes).
pub(crate) fn time_limit(seconds: f64) -> Duration {
    Duration::try_from_secs_f64(15.0 + 2.0 * seconds).unwrap_or(Duration::MAX)
}

/// To four digits: for people.
fn shown(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}
