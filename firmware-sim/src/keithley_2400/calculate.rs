//! Readings through `:CALC1` and `:CALC2`: mathematics, null, limit tests and what they set off.

use super::{
    Keithley2400,
    choices::LimitMode,
    code::{self, Code},
    limits::{LIMITS, Verdict},
    readings::{Reading, Status},
    status::measurement,
};

/// The index of the contact check, which is not fitted.
const CONTACT_CHECK: usize = 3;

impl Keithley2400 {
    /// Adds results and verdicts to a reading.
    pub(super) fn calculate(&mut self, reading: &mut Reading) {
        if self.settings.calculate.idle() {
            return;
        }
        let calculate = &self.settings.calculate;
        let odd = self.samples.len() % 2 == 1;
        let before = self.samples.last().filter(|_| odd);
        if calculate.math_on {
            reading.math = calculate.math.of(before, reading);
        }
        reading.null = calculate.fed(reading);
        let status = reading.status;
        reading.status = status
            .with(Status::MATH, calculate.math_on)
            .with(Status::NULL, calculate.null_on)
            .with(Status::LIMITS, calculate.tests());
        if self.settings.calculate.tests() {
            self.test(reading);
        }
    }

    fn test(&mut self, reading: &mut Reading) {
        let calculate = self.settings.calculate.clone();
        let mut first_failure = None;
        for (index, limit) in calculate.limits.iter().enumerate() {
            let verdict = if limit.on && index != CONTACT_CHECK {
                calculate.verdict(index, reading)
            } else {
                Verdict::Passed
            };
            self.verdicts[index] = verdict;
            self.show(index, verdict);
            if verdict != Verdict::Passed && first_failure.is_none() {
                first_failure = Some(index);
            }
        }
        let failing = first_failure.map_or(0, |it| it as u32 + 1);
        reading.status = reading.status.failing(failing);
        let passed = first_failure.is_none();
        self.set_measurement(measurement::LIMITS_PASSED, passed, code::LIMITS_PASSED);
        let pattern = match first_failure {
            // Sorting puts a device where it passes first (chapter 12). UNVERIFIED in detail.
            _ if calculate.mode == LimitMode::Sorting => {
                let bins = calculate.limits.iter().enumerate().skip(1);
                let mut passed = bins
                    .filter(|(index, limit)| limit.on && self.verdicts[*index] == Verdict::Passed);
                passed.next().map_or(calculate.fail_pattern, |(_, limit)| limit.pass_pattern)
            }
            None => calculate.pass_pattern,
            Some(0) => calculate.fail_pattern,
            Some(index) if self.verdicts[index] == Verdict::Low => {
                calculate.limits[index].lower_pattern
            }
            Some(index) => calculate.limits[index].upper_pattern,
        };
        if self.model.digital {
            self.lines = pattern;
        }
    }

    /// The bits and events of limits 1 to 3; the others have none.
    fn show(&mut self, index: usize, verdict: Verdict) {
        let event = |offset: u16| Code(code::LIMIT_1_FAILED.0 + offset as i16);
        let first = measurement::LIMIT_1;
        match index {
            0 => self.set_measurement(first, verdict != Verdict::Passed, event(0)),
            1 | 2 => {
                let low = 2 * index as u16 - 1;
                self.set_measurement(first + low, verdict == Verdict::Low, event(low));
                self.set_measurement(first + low + 1, verdict == Verdict::High, event(low + 1));
            }
            _ => {}
        }
    }

    /// `:CALC2:CLIM:CLE`: verdicts and digital outputs as before any test.
    pub(super) fn clear_verdicts(&mut self) {
        self.verdicts = [Verdict::Passed; LIMITS];
        self.lines = self.settings.digital.level;
        for bit in measurement::LIMIT_1..=measurement::LIMITS_PASSED {
            crate::engine::status::set_condition(&mut self.status.measurement, bit, false);
        }
    }
}
