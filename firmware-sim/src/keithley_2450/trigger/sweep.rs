//! Sweeps: the levels, and the trigger model that goes through them (2450 Reference Manual,
//! `:SOUR:SWE:<fn>:LIN` and the commands behind it).

use super::{
    super::{
        Keithley2450,
        buffer::BufferId,
        code::{self, Code},
        lists::Levels,
    },
    Block, Event,
};
use crate::engine::{channel::Quantity, choice::choice, ranges};

choice!(
    /// How a sweep chooses the source range.
    RangeType { Auto = "AUTO", Best = "BEST", Fixed = "FIXed" }
);

/// The most points (2450 Reference Manual).
pub(in super::super) const MOST_POINTS: u32 = 1_000_000;

/// What a sweep command says besides its levels.
#[derive(Clone, Debug)]
pub(in super::super) struct Sweep {
    pub(in super::super) quantity: Quantity,
    /// Seconds; -1 is automatic.
    pub(in super::super) delay: f64,
    /// Passes; 0 goes on for ever.
    pub(in super::super) count: u32,
    pub(in super::super) range: RangeType,
    /// The sweep ends where the source reaches its limit.
    pub(in super::super) fails: bool,
    /// Back again to the start; the turning point is measured once.
    pub(in super::super) dual: bool,
    pub(in super::super) buffer: BufferId,
}

/// `points` equally spaced levels.
pub(in super::super) fn linear(start: f64, stop: f64, points: u32) -> Vec<f64> {
    let last = f64::from(points.max(2) - 1);
    // Both ends are reached exactly.
    (0..points)
        .map(|it| f64::from(it) / last)
        .map(|share| start * (1.0 - share) + stop * share)
        .collect()
}

/// Levels from `start` on in steps towards `stop`; the last step may end before it.
pub(in super::super) fn stepped(start: f64, stop: f64, step: f64) -> Result<Vec<f64>, Code> {
    let steps = (stop - start) / step;
    if !steps.is_finite() || steps < 0.0 || steps >= f64::from(MOST_POINTS) {
        return Err(code::PARAMETER_OUT_OF_RANGE);
    }
    // 0 to 0.3 in steps of 0.1 has four levels, whatever the last bit of the quotient.
    let steps = (steps + 1e-9).floor() as u32;
    Ok((0..=steps).map(|it| start + f64::from(it) * step).collect())
}

/// `points` levels, each the same multiple of the one before it when counted from the asymptote.
pub(in super::super) fn logarithmic(
    start: f64,
    stop: f64,
    points: u32,
    asymptote: f64,
) -> Result<Vec<f64>, Code> {
    let (from, to) = (start - asymptote, stop - asymptote);
    if from * to <= 0.0 {
        return Err(code::PARAMETER_OUT_OF_RANGE);
    }
    let last = f64::from(points.max(2) - 1);
    let level = |it: u32| match it {
        0 => start,
        _ if it == points - 1 => stop,
        _ => asymptote + from * (to / from).powf(f64::from(it) / last),
    };
    Ok((0..points).map(level).collect())
}

impl Keithley2450 {
    /// Stores the levels under the name of their list and loads the model that goes through them.
    pub(in super::super) fn load_sweep(
        &mut self,
        name: &str,
        mut levels: Vec<f64>,
        sweep: &Sweep,
    ) -> Result<(), Code> {
        let quantity = sweep.quantity;
        let table = self.model.spec.of(quantity);
        let largest = levels.iter().fold(0.0f64, |largest, it| largest.max(it.abs()));
        let source = self.settings.source.of(quantity);
        let holding = ranges::holding(table, largest).ok_or(code::PARAMETER_OUT_OF_RANGE)?;
        let present = source.range;
        if source.limit > self.model.largest_limit(quantity, holding) {
            return Err(code::SETTINGS_CONFLICT);
        }
        if sweep.range == RangeType::Fixed && holding > present {
            return Err(code::PARAMETER_OUT_OF_RANGE);
        }
        if sweep.dual {
            levels.extend_from_within(..);
            let half = levels.len() / 2;
            levels[half..].reverse();
            levels.remove(half);
        }
        let range = match sweep.range {
            RangeType::Auto => None,
            RangeType::Best => Some(holding),
            RangeType::Fixed => Some(present),
        };
        let points = levels.len() as u32;
        let delay = (sweep.delay >= 0.0).then_some(sweep.delay);
        let list = self.lists.put_sweep(name, Levels { quantity, levels, range, delay })?;
        // The first block of each pass, and of each point but the first.
        let (pass, point) = (1, 4);
        let mut blocks = vec![
            Block::BufferClear(sweep.buffer),
            Block::ConfigRecall(list, 0),
            Block::SourceState(true),
            Block::BranchAlways(point + 1),
            Block::ConfigNext(list),
            Block::Measure { buffer: sweep.buffer, count: Some(1) },
        ];
        if sweep.fails {
            blocks.push(Block::BranchEvent { event: Event::SourceLimit, to: 8 });
        }
        blocks.push(Block::BranchCounter { target: points, to: point });
        blocks.push(match sweep.count {
            0 => Block::BranchAlways(pass),
            target => Block::BranchCounter { target, to: pass },
        });
        blocks.push(Block::SourceState(false));
        self.trigger.load(blocks);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ends_of_a_sweep_are_reached() {
        let levels = linear(-0.003, 0.003, 1001);
        assert_eq!((levels[0], levels[1000], levels.len()), (-0.003, 0.003, 1001));
        assert_eq!(stepped(0.0, 0.3, 0.1).map(|it| it.len()), Ok(4));
        assert_eq!(stepped(0.0, 1.0, -0.1), Err(code::PARAMETER_OUT_OF_RANGE));
        let levels = logarithmic(1e-6, 1e-3, 4, 0.0).unwrap();
        assert!((levels[1] / 1e-5 - 1.0).abs() < 1e-12);
        assert!(logarithmic(-1.0, 1.0, 3, 0.0).is_err());
    }
}
