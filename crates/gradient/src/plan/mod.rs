//! A batch of asked levels as shots.

mod codes;
mod cost;

use serde::{Deserialize, Serialize};

pub use self::{
    codes::{Codes, SourceCodes},
    cost::Cost,
};
use crate::{GradientConfig, GradientError, Purpose, Shot, method::pattern};

/// What is measured to answer a batch of asked levels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// The levels as asked, V.
    pub asked: Vec<f64>,
    /// The levels that are measured, each once, in the order of measurement.
    pub points: Vec<Point>,
    /// For every asked level, its place in `points`.
    pub answers: Vec<usize>,
    /// What the instruments are sent, in order.
    pub shots: Vec<Shot>,
    /// The most that the two readings of a shot may be apart, s.
    pub skew_budget: Option<f64>,
    /// What it costs.
    pub cost: Cost,
}

/// One level that is measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// V: the middle of its levels as sent, of a forward difference the lower.
    pub level: f64,
    /// The largest difference of its levels as sent, V.
    pub delta_v: f64,
    /// Its shots, as places in [`Plan::shots`].
    pub shots: Vec<usize>,
}

impl Plan {
    /// Plans a batch: rounds to codes, drops repeats, orders, chops.
    ///
    /// # Errors
    /// A level outside a window, or a step below a code: nothing is sent.
    pub fn new(
        levels: &[f64],
        delta_v: f64,
        config: &GradientConfig,
        codes: &Codes,
    ) -> Result<Plan, GradientError> {
        codes.check_step(delta_v)?;
        let rounded: Vec<f64> = levels.iter().map(|it| codes.base.round(*it)).collect();
        let mut distinct = rounded.clone();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        let mut plan = Plan {
            asked: levels.to_vec(),
            points: Vec::with_capacity(distinct.len()),
            answers: Vec::new(),
            shots: Vec::new(),
            skew_budget: config.skew.map(|it| it.0),
            cost: Cost::default(),
        };
        for (rank, level) in distinct.iter().enumerate() {
            plan.point(rank, *level, delta_v, config, codes)?;
        }
        let place = |it: &f64| distinct.partition_point(|other| other < it);
        plan.answers = rounded.iter().map(place).collect();
        plan.cost = Cost::of(&plan.shots, codes);
        Ok(plan)
    }

    fn point(
        &mut self,
        rank: usize,
        level: f64,
        delta_v: f64,
        config: &GradientConfig,
        codes: &Codes,
    ) -> Result<(), GradientError> {
        let number = self.points.len();
        let (mut shots, mut ends) = (Vec::new(), (f64::INFINITY, f64::NEG_INFINITY));
        for offsets in pattern(config.method, delta_v, rank, config.dither) {
            let base = codes.base.round(level + offsets.base);
            let probe = offsets.probe.map(|it| codes.probe.round(level + it));
            codes.check(base, probe)?;
            for level in [Some(base), probe].into_iter().flatten() {
                ends = (ends.0.min(level), ends.1.max(level));
            }
            shots.push(self.shots.len());
            self.shots.push(Shot { base, probe, purpose: Purpose::Point(number) });
        }
        self.points.push(Point { level, delta_v: ends.1 - ends.0, shots });
        Ok(())
    }
}
