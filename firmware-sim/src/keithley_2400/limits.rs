//! Mathematics and limit tests on readings: what can be set, and what comes out (User's Manual
//! chapters 9 and 12; table 18-1). Details that the tables do not give are UNVERIFIED.

use super::{
    choices::{BinControl, ComplianceFails, LimitFeed, LimitMode},
    readings::{Reading, Status},
};
use crate::engine::channel::NOT_A_NUMBER;

/// Limit tests, 1 to 12: 1 is the compliance, 4 the contact check, which is not fitted.
pub(crate) const LIMITS: usize = 12;

/// The settings of `:CALC1` and `:CALC2`.
#[derive(Clone, Debug)]
pub(crate) struct Calculate {
    pub(crate) math: Expression,
    pub(crate) math_on: bool,
    pub(crate) feed: LimitFeed,
    pub(crate) null_on: bool,
    pub(crate) null_offset: f64,
    pub(crate) limits: [Limit; LIMITS],
    pub(crate) compliance_fails: ComplianceFails,
    pub(crate) pass_pattern: u32,
    pub(crate) fail_pattern: u32,
    pub(crate) mode: LimitMode,
    pub(crate) bins: BinControl,
    pub(crate) clear_auto: bool,
}

/// One limit test.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    pub(crate) on: bool,
    pub(crate) lower: f64,
    pub(crate) upper: f64,
    /// What the digital outputs show when the test fails low, or high, or passes.
    pub(crate) lower_pattern: u32,
    pub(crate) upper_pattern: u32,
    pub(crate) pass_pattern: u32,
}

/// The expressions that are in the instrument when it is shipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expression {
    /// V · I.
    Power,
    /// (V2 − V1) / (I2 − I1), over two points.
    OffsetCompensatedOhms,
    /// 100 % · (R2 − R1) / (R1 · (V2 − V1)), over two points.
    VoltageCoefficient,
    /// log(I2 / I1) / log(V2 / V1), over two points.
    VaristorAlpha,
}

/// How one limit test ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Verdict {
    #[default]
    Passed,
    Low,
    High,
}

impl Calculate {
    pub(super) fn reset() -> Calculate {
        let limit = Limit {
            on: false,
            lower: -1.0,
            upper: 1.0,
            lower_pattern: 15,
            upper_pattern: 15,
            pass_pattern: 15,
        };
        Calculate {
            math: Expression::Power,
            math_on: false,
            feed: LimitFeed::Voltage,
            null_on: false,
            null_offset: 0.0,
            limits: [limit; LIMITS],
            compliance_fails: ComplianceFails::In,
            pass_pattern: 15,
            fail_pattern: 15,
            mode: LimitMode::Grading,
            bins: BinControl::Immediate,
            clear_auto: true,
        }
    }

    /// Whether any limit is tested.
    pub(super) fn tests(&self) -> bool {
        self.limits.iter().any(|it| it.on)
    }

    /// Whether there is anything to do for a reading.
    pub(super) fn idle(&self) -> bool {
        !self.math_on && !self.null_on && !self.tests()
    }

    /// What the limits look at: the quantity of the feed, less the null offset.
    pub(super) fn fed(&self, reading: &Reading) -> f64 {
        let value = match self.feed {
            LimitFeed::Calculate1 => reading.math,
            LimitFeed::Voltage => reading.volts,
            LimitFeed::Current => reading.amperes,
            LimitFeed::Resistance => reading.ohms,
        };
        if self.null_on && value.abs() < NOT_A_NUMBER { value - self.null_offset } else { value }
    }

    /// How limit `index`, from zero, ends for a reading.
    pub(super) fn verdict(&self, index: usize, reading: &Reading) -> Verdict {
        let limit = &self.limits[index];
        if index == 0 {
            let limiting = reading.status.has(Status::COMPLIANCE)
                || reading.status.has(Status::RANGE_COMPLIANCE);
            let fails = limiting == (self.compliance_fails == ComplianceFails::In);
            return if fails { Verdict::High } else { Verdict::Passed };
        }
        if reading.null < limit.lower {
            Verdict::Low
        } else if reading.null > limit.upper {
            Verdict::High
        } else {
            Verdict::Passed
        }
    }
}

impl Expression {
    /// The names in the catalogue.
    pub(crate) const ALL: [(&'static str, Expression); 4] = [
        ("POWER", Expression::Power),
        ("OFFCOMPOHM", Expression::OffsetCompensatedOhms),
        ("VOLTCOEF", Expression::VoltageCoefficient),
        ("VARALPHA", Expression::VaristorAlpha),
    ];

    /// The result for a reading, with the one before it where the expression spans two points;
    /// not a number where there is none.
    pub(super) fn of(self, before: Option<&Reading>, reading: &Reading) -> f64 {
        let two = |formula: fn(&Reading, &Reading) -> f64| {
            before.map_or(NOT_A_NUMBER, |before| formula(before, reading))
        };
        let value = match self {
            Expression::Power => reading.volts * reading.amperes,
            Expression::OffsetCompensatedOhms => {
                two(|one, other| (other.volts - one.volts) / (other.amperes - one.amperes))
            }
            Expression::VoltageCoefficient => two(|one, other| {
                let (first, second) = (one.volts / one.amperes, other.volts / other.amperes);
                100.0 * (second - first) / (first * (other.volts - one.volts))
            }),
            Expression::VaristorAlpha => two(|one, other| {
                (other.amperes / one.amperes).ln() / (other.volts / one.volts).ln()
            }),
        };
        if value.is_finite() { value.clamp(-9.9e37, NOT_A_NUMBER) } else { NOT_A_NUMBER }
    }
}
