//! When the two readings of a pair were made, one against the other.

use serde::{Deserialize, Serialize};

use super::model::Clock;
use crate::Reading;

/// How much later the probe was measured than the base.
///
/// `seconds` is (the probe's time since its sweep's first reading) − (the base's time since its
/// sweep's first reading) + the offset of the two first readings. The times are of each instrument's
/// own clock; the offset is what the host measured between the two links having taken the start
/// (software pairing), or the middle of the trigger's latency (hardware couplings).
///
/// `uncertainty` is half the width of the interval around `seconds`: for the offset, how long the
/// links took to take the starts, or half the latency; for every reading but the first also the ticks
/// of the two clocks.
///
/// Not included: that the two clocks run at different rates; for software pairing, what an instrument
/// does between taking the message and its first reading, where the two differ in that. In simulation
/// the readings' times are virtual and the offset of software pairing is real time of this machine:
/// it changes from run to run, the readings do not.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Skew {
    /// s; positive when the probe was later.
    pub seconds: f64,
    /// s, either way.
    pub uncertainty: f64,
}

/// The two readings of one point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DuoReading {
    /// The base's.
    pub base: Reading,
    /// The probe's.
    pub probe: Reading,
    /// `None` where a clock gave no number.
    pub skew: Option<Skew>,
}

/// The clocks of both.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clocks {
    pub(super) base: Clock,
    pub(super) probe: Clock,
}

impl Clocks {
    /// Pairs the readings of two sweeps whose first readings lie `start` apart.
    pub(super) fn pair(
        &self,
        base: Vec<Reading>,
        probe: Vec<Reading>,
        start: Skew,
    ) -> impl Iterator<Item = DuoReading> {
        let began = base.first().zip(probe.first()).map(|(base, probe)| (base.time, probe.time));
        let (base_clock, probe_clock) = (self.base, self.probe);
        base.into_iter().zip(probe).enumerate().map(move |(index, (base, probe))| {
            let since = began.map(|(at, beyond)| {
                (base_clock.since(at, base.time), probe_clock.since(beyond, probe.time))
            });
            let skew = since.map(|(base, probe)| Skew {
                seconds: probe.0 - base.0 + start.seconds,
                uncertainty: start.uncertainty + if index == 0 { 0.0 } else { base.1 + probe.1 },
            });
            let skew = skew.filter(|it| it.seconds.is_finite() && it.uncertainty.is_finite());
            DuoReading { base, probe, skew }
        })
    }
}

impl Clock {
    /// Where the clock began again in mid-sweep, times go on.
    pub(crate) fn unroll(&self, readings: &mut [Reading]) {
        let Some(end) = self.rolls_over else { return };
        let (mut before, mut passed) = (f64::NEG_INFINITY, 0.0);
        for reading in readings {
            if reading.time < before - 0.5 * end.0 {
                passed += end.0;
            }
            if reading.time.is_finite() {
                before = reading.time;
            }
            reading.time += passed;
        }
    }

    /// Seconds from one time stamp to a later one, and by how much that may be wrong.
    fn since(&self, from: f64, to: f64) -> (f64, f64) {
        let passed = match self.rolls_over {
            Some(end) if to < from => to - from + end.0,
            _ => to - from,
        };
        // Each of the two stamps is off by less than a tick.
        (passed, self.tick(from).max(self.tick(to)))
    }

    /// The difference of two neighbouring time stamps: a tick, or the last digit of the reply.
    fn tick(&self, at: f64) -> f64 {
        let digit = self
            .digits
            .filter(|_| at > 0.0)
            .map_or(0.0, |digits| 10_f64.powi(at.log10().floor() as i32 + 1 - digits as i32));
        digit.max(self.resolution.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::units::Seconds;

    fn reading(time: f64) -> Reading {
        Reading {
            level: 0.1,
            voltage: None,
            current: Some(1e-6),
            in_compliance: false,
            overflow: false,
            time,
            status: 0,
        }
    }

    fn clock(rolls_over: Option<f64>, digits: Option<u32>) -> Clock {
        Clock { resolution: Seconds(1e-3), rolls_over: rolls_over.map(Seconds), digits }
    }

    fn skews(clock: Clock, base: &[f64], probe: &[f64], start: Skew) -> Vec<Option<Skew>> {
        let rows = |times: &[f64]| times.iter().copied().map(reading).collect::<Vec<_>>();
        let clocks = Clocks { base: clock, probe: clock };
        clocks.pair(rows(base), rows(probe), start).map(|it| it.skew).collect()
    }

    const START: Skew = Skew { seconds: 2e-4, uncertainty: 1e-4 };

    #[track_caller]
    fn is_near(found: Option<Skew>, seconds: f64, uncertainty: f64) {
        let found = found.unwrap();
        assert!((found.seconds - seconds).abs() < 1e-9, "{found:?}");
        assert!((found.uncertainty - uncertainty).abs() < 1e-9, "{found:?}");
    }

    #[test]
    fn the_first_reading_has_the_offset_of_the_start_and_later_ones_what_the_clocks_add() {
        let found = skews(clock(None, None), &[1.0, 1.1, 1.2], &[7.0, 7.101, 7.204], START);
        is_near(found[0], 2e-4, 1e-4);
        is_near(found[1], 1.2e-3, 2.1e-3);
        is_near(found[2], 4.2e-3, 2.1e-3);
    }

    #[test]
    fn a_clock_that_begins_again_in_mid_sweep_does_not_show() {
        let found = skews(clock(Some(1e5), None), &[99_999.95, 0.05], &[3.0, 3.1], START);
        is_near(found[1], 2e-4, 2.1e-3);
    }

    #[test]
    fn times_of_a_sweep_go_on_where_the_clock_begins_again() {
        let mut readings = [99_999.9, f64::NAN, 0.1, 0.2, 0.2].map(reading);
        clock(Some(1e5), None).unroll(&mut readings);
        let times = readings.map(|it| it.time);
        assert_eq!(times[0], 99_999.9);
        assert!(times[1].is_nan());
        assert_eq!(times[2..], [100_000.1, 100_000.2, 100_000.2]);
        // A clock that never begins again is believed.
        let mut readings = [3.0, 1.0].map(reading);
        clock(None, None).unroll(&mut readings);
        assert_eq!(readings.map(|it| it.time), [3.0, 1.0]);
    }

    #[test]
    fn a_reply_of_seven_digits_is_coarser_than_the_clock_when_that_has_run_for_hours() {
        // 12345.67 s: the last digit is 10 ms.
        let found = skews(clock(None, Some(7)), &[12_345.67, 12_345.70], &[1.0, 1.03], START);
        is_near(found[1], 2e-4, 0.011 + 1e-4);
    }

    #[test]
    fn without_a_time_there_is_no_skew() {
        let found = skews(clock(None, None), &[1.0, f64::NAN], &[1.0, 1.1], START);
        assert!(found[0].is_some() && found[1].is_none());
    }
}
