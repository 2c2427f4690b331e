//! What happened beside the answers of a batch.

use std::fmt;

use serde::{Deserialize, Serialize};
use smu::{
    Side,
    units::{Amperes, Volts},
};

/// Something that a batch has found, for the record of the run and for people.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Note {
    /// The sentinel has moved. A method that rests on a calibration has this batch's slopes still by
    /// the old one; the next batch begins with a new one.
    Drifted {
        /// V, as sent.
        level: f64,
        /// What is compared there.
        watched: Watched,
        /// When it was last the reference, A.
        before: f64,
        /// The same now, A.
        after: f64,
        /// Standard uncertainty of their difference, A.
        uncertainty: f64,
    },
    /// No reading of the sentinel was sound.
    SentinelUnread {
        /// V, as asked.
        level: f64,
    },
    /// The two were compared at common bias; this batch's slopes are by the new calibration.
    Recalibrated {
        /// Why.
        because: Because,
        /// Shots of the session when it was made.
        made_at: u64,
    },
    /// The two were compared at common bias, and too few readings were sound. The old calibration, if
    /// there was one, stays, and the next batch tries again.
    NotCalibrated,
    /// A device has another current after the batch than before, at the same level.
    StateDisturbed {
        /// Which.
        side: Side,
        /// V, as sent.
        level: f64,
        /// A.
        before: f64,
        /// A.
        after: f64,
        /// Standard uncertainty of their difference without any memory, A.
        uncertainty: f64,
    },
}

impl Note {
    /// What kind of event it is, as records call it.
    pub fn name(&self) -> &'static str {
        match self {
            Note::Drifted { .. } => "drifted",
            Note::SentinelUnread { .. } => "sentinel-unread",
            Note::Recalibrated { .. } => "recalibrated",
            Note::NotCalibrated => "not-calibrated",
            Note::StateDisturbed { .. } => "state-disturbed",
        }
    }
}

/// What a sentinel compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Watched {
    /// I_probe − I_base.
    Mismatch,
    /// I_base, where the base acts alone.
    Base,
}

/// Why a calibration was due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Because {
    /// There was none.
    First,
    /// The sentinel had moved.
    Drift,
    /// It had served for as many shots as it may.
    Age,
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Note::Drifted { level, watched, before, after, uncertainty } => {
                let watched = match watched {
                    Watched::Mismatch => "I_probe - I_base",
                    Watched::Base => "I_base",
                };
                write!(
                    f,
                    "at the sentinel, {}, {watched} has moved from {} to {}, with a standard uncertainty of {}",
                    Volts(level),
                    amperes(before),
                    amperes(after),
                    amperes(uncertainty)
                )
            }
            Note::SentinelUnread { level } => {
                write!(f, "the sentinel at {} gave no sound reading", Volts(level))
            }
            Note::Recalibrated { because, made_at } => {
                let because = match because {
                    Because::First => "for the first time",
                    Because::Drift => "because the sentinel had moved",
                    Because::Age => "because the calibration had come of age",
                };
                write!(f, "calibrated {because}, at shot {made_at}")
            }
            Note::NotCalibrated => {
                f.write_str("not calibrated: too few readings at common bias were sound")
            }
            Note::StateDisturbed { side, level, before, after, uncertainty } => {
                let side = match side {
                    Side::Base => "base",
                    Side::Probe => "probe",
                };
                write!(
                    f,
                    "the batch has changed the {side}: {} before and {} after at {}, with a \
                     standard uncertainty of {}",
                    amperes(before),
                    amperes(after),
                    Volts(level),
                    amperes(uncertainty)
                )
            }
        }
    }
}

/// Five digits: more say nothing to people.
fn amperes(current: f64) -> Amperes {
    Amperes(format!("{current:.4e}").parse().unwrap_or(current))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_says_what_happened_in_a_sentence() {
        let drifted = |watched| Note::Drifted {
            level: 0.5,
            watched,
            before: 1.234_567_8e-6,
            after: 2e-6,
            uncertainty: 1e-8,
        };
        assert_eq!(
            drifted(Watched::Mismatch).to_string(),
            "at the sentinel, 500 mV, I_probe - I_base has moved from 1.2346 uA to 2 uA, with a standard \
             uncertainty of 10 nA"
        );
        let drifted = drifted(Watched::Base);
        assert!(drifted.to_string().starts_with("at the sentinel, 500 mV, I_base has moved from"));
        let disturbed = Note::StateDisturbed {
            side: Side::Probe,
            level: -0.25,
            before: -1e-5,
            after: -1.2e-5,
            uncertainty: 2e-8,
        };
        assert_eq!(
            disturbed.to_string(),
            "the batch has changed the probe: -10 uA before and -12 uA after at -250 mV, with a \
             standard uncertainty of 20 nA"
        );
        let recalibrated = Note::Recalibrated { because: Because::Drift, made_at: 42 };
        assert_eq!(
            recalibrated.to_string(),
            "calibrated because the sentinel had moved, at shot 42"
        );
        assert_eq!(
            serde_json::to_string(&recalibrated).unwrap(),
            r#"{"kind":"recalibrated","because":"drift","made_at":42}"#
        );
        for note in [drifted, disturbed, recalibrated, Note::NotCalibrated] {
            assert_eq!(serde_json::to_value(note).unwrap()["kind"], note.name());
        }
    }
}
