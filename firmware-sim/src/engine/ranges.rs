//! Ranges of a source and a meter, and the specification of each.

/// One range. Volts or amperes; accuracies as (share of value, constant).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    /// The nominal range.
    pub(crate) nominal: f64,
    /// The largest level, as a multiple of the nominal range: 1.05 is 5 % to spare.
    pub(crate) source_reach: f64,
    /// One source code.
    pub(crate) source_step: f64,
    pub(crate) source_accuracy: (f64, f64),
    /// Readings beyond this multiple of the nominal range are overflow.
    pub(crate) measure_reach: f64,
    /// One count of a reading.
    pub(crate) measure_step: f64,
    pub(crate) measure_accuracy: (f64, f64),
}

/// A range with 5 % to spare for levels and for readings.
pub(crate) const fn range(
    nominal: f64,
    source_step: f64,
    source_accuracy: (f64, f64),
    measure_step: f64,
    measure_accuracy: (f64, f64),
) -> Range {
    Range {
        nominal,
        source_reach: 1.05,
        source_step,
        source_accuracy,
        measure_reach: 1.05,
        measure_step,
        measure_accuracy,
    }
}

impl Range {
    /// The largest level.
    pub(crate) fn top(&self) -> f64 {
        self.nominal * self.source_reach
    }

    /// Readings beyond this are overflow.
    pub(crate) fn overflow(&self) -> f64 {
        self.nominal * self.measure_reach
    }

    /// `level` as the source's codes represent it.
    pub(crate) fn source_code(&self, level: f64) -> f64 {
        (level / self.source_step).round() * self.source_step
    }

    /// `value` as a reading's counts represent it.
    pub(crate) fn count(&self, value: f64) -> f64 {
        (value / self.measure_step).round() * self.measure_step
    }
}

/// The lowest range that holds `value`; `None` beyond the highest.
pub(crate) fn holding(ranges: &[Range], value: f64) -> Option<usize> {
    // A level such as 0.21 must lie within 0.2 · 1.05 whatever its last bit.
    ranges.iter().position(|it| value.abs() <= it.top() * (1.0 + 1e-12))
}
