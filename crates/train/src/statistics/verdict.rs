use std::fmt;

use serde::{Serialize, Serializer};

/// What may be said of a method held against another. Its text is what tables and documents say,
/// and there is no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// More accurate, by the test.
    Better,
    /// Less accurate, by the test.
    Worse,
    /// The test was made and did not reach its level. That is no proof that the two are equal.
    NoDifferenceShown,
    /// The test could not be made: neither may be called better, however far apart the two are.
    NotCompared(NotCompared),
}

/// Why a test could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotCompared {
    /// The two were not trained and held to account on the same rows.
    DifferentSplits,
    /// So few rows that no outcome could have reached the level, and no repeats to tell the scatter.
    FewRows,
}

impl Verdict {
    /// Of a test's `effect`, positive where the method is the more accurate one, and its p-value.
    pub(super) fn of(effect: f64, p: f64, level: f64) -> Verdict {
        // A p-value that is not a number reaches no level.
        if p <= level && effect > 0.0 {
            Verdict::Better
        } else if p <= level && effect < 0.0 {
            Verdict::Worse
        } else {
            Verdict::NoDifferenceShown
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Verdict::Better => "better",
            Verdict::Worse => "worse",
            Verdict::NoDifferenceShown => "no difference shown",
            Verdict::NotCompared(NotCompared::DifferentSplits) => "not compared: different splits",
            Verdict::NotCompared(NotCompared::FewRows) => "not compared: one repeat of few rows",
        })
    }
}

impl Serialize for Verdict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_p_at_or_below_the_level_calls_one_better() {
        let of = |effect, p| Verdict::of(effect, p, 0.05).to_string();
        assert_eq!(of(0.01, 0.05), "better");
        assert_eq!(of(-0.01, 0.049), "worse");
        assert_eq!(of(0.4, 0.051), "no difference shown");
        assert_eq!(of(0.0, 0.0), "no difference shown");
        assert_eq!(of(0.4, f64::NAN), "no difference shown");
    }
}
