//! A batch of asked levels as shots.

mod codes;
mod cost;
mod order;
mod placing;
mod preamble;
mod raster;
mod script;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

pub use self::{
    codes::{Codes, SourceCodes},
    cost::Cost,
    preamble::Due,
};
use self::{
    order::{Visit, Visits},
    placing::Placing,
    script::Script,
};
use crate::{GradientConfig, GradientError, Method, Purpose, Shot};

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
    /// V: the middle of its levels as sent; of a forward difference the one that the other starts
    /// from. Where a central step is an odd number of codes, that is half a code below the code
    /// nearest to the asked level; everywhere else it is that code.
    pub level: f64,
    /// The largest difference of its levels as sent, V.
    pub delta_v: f64,
    /// Its shots, as places in [`Plan::shots`], in four bytes each: a batch has thousands, and what is
    /// written and read again is what it costs. See [`Point::places`].
    pub shots: SmallVec<[u32; 4]>,
}

impl Point {
    /// The places of its shots in [`Plan::shots`] and among the rows.
    #[inline]
    pub fn places(&self) -> impl ExactSizeIterator<Item = usize> {
        self.shots.iter().map(|it| *it as usize)
    }

    /// The first of them; 0 where it has none.
    #[inline]
    pub(crate) fn first(&self) -> usize {
        self.shots.first().map_or(0, |it| *it as usize)
    }
}

impl Plan {
    /// Plans a batch: rounds to codes, drops repeats, orders, chops, rests and holds.
    ///
    /// # Errors
    /// A level outside a window, of a point or of the discipline, or a step below a code: nothing is
    /// sent.
    pub fn new(
        levels: &[f64],
        delta_v: f64,
        config: &GradientConfig,
        codes: &Codes,
    ) -> Result<Plan, GradientError> {
        Plan::after(Due::default(), levels, delta_v, config, codes)
    }

    /// The same, with what is due before the points. A batch without levels measures nothing, whatever
    /// is due.
    ///
    /// # Errors
    /// As [`Plan::new`]; the sentinel's level outside a window.
    pub fn after(
        due: Due,
        levels: &[f64],
        delta_v: f64,
        config: &GradientConfig,
        codes: &Codes,
    ) -> Result<Plan, GradientError> {
        let steps = config.method != Method::LocalRegression;
        if steps {
            codes.check_step(delta_v)?;
        }
        let visits = Visits::of(levels, delta_v, config.order, &codes.base)?;
        let placing = Placing::of(config.method, delta_v, config.dither, codes);
        let shots = placing.shots() * config.repeats * visits.visits.len();
        let mut script = Script::new(config, codes, shots)?;
        let mut points = Vec::with_capacity(visits.visits.len());
        if !visits.visits.is_empty() {
            let telling = if config.check_state { visits.telling_level() } else { None };
            script.preamble(due, delta_v, config, codes)?;
            script.begin();
            script.check(telling)?;
            for visit in &visits.visits {
                script.point(&mut points, *visit, &placing, config, codes)?;
            }
            script.check(telling)?;
        }
        Ok(Plan {
            asked: levels.to_vec(),
            points,
            answers: visits.answers,
            cost: Cost::of(&script.shots, codes),
            shots: script.shots,
            skew_budget: config.skew.map(|it| it.0),
        })
    }
}

impl Script<'_> {
    fn preamble(
        &mut self,
        due: Due,
        delta_v: f64,
        config: &GradientConfig,
        codes: &Codes,
    ) -> Result<(), GradientError> {
        if let (true, Some(sentinel)) = (due.sentinel, config.sentinel) {
            self.look(sentinel)?;
        }
        if let Some(window) = due.calibration {
            let levels = preamble::grid(window, delta_v, config.calibration.levels, codes);
            self.calibrate(config.calibration, &levels)?;
        }
        Ok(())
    }

    /// Reads the state of the devices at a level, where it is to be compared.
    fn check(&mut self, level: Option<f64>) -> Result<(), GradientError> {
        if let Some(level) = level {
            let shot = self.both("check_state", level, Purpose::Check)?;
            self.add(shot, shot.base);
        }
        Ok(())
    }

    /// Adds the next point and its shots.
    #[inline]
    fn point(
        &mut self,
        points: &mut Vec<Point>,
        visit: Visit,
        placing: &Placing,
        config: &GradientConfig,
        codes: &Codes,
    ) -> Result<(), GradientError> {
        let mut shots = SmallVec::with_capacity(placing.shots() * config.repeats);
        let mut ends = [f64::INFINITY, f64::NEG_INFINITY];
        let purpose = Purpose::Point(points.len() as u32);
        for _ in 0..config.repeats {
            for (at, (base, probe)) in placing.levels(visit.level, visit.rank).enumerate() {
                for (level, source) in [(Some(base), &codes.base), (probe, &codes.probe)] {
                    let Some(level) = level else { continue };
                    if !source.contains(level) {
                        return Err(source.outside(visit.asked, level, placing.step()));
                    }
                    ends = [least(ends[0], level), most(ends[1], level)];
                }
                let shot = Shot { base, probe, purpose };
                // The samples of a dither belong together; whatever comes before comes before all.
                let place = if config.method == Method::SmallSignal && at > 0 {
                    self.follow(shot)
                } else {
                    self.add(shot, visit.level)
                };
                shots.push(place as u32);
            }
        }
        let (level, delta_v) = (placing.middle(visit.level, ends), placing.difference(ends));
        if delta_v < 0.5 * codes.base.resolution && config.method != Method::LocalRegression {
            // A dither may have no sample as far out as the step.
            codes.check_step(delta_v)?;
        }
        points.push(Point { level, delta_v, shots });
        Ok(())
    }
}

/// Of two numbers, as one instruction.
fn least(one: f64, other: f64) -> f64 {
    if other < one { other } else { one }
}

fn most(one: f64, other: f64) -> f64 {
    if other > one { other } else { one }
}
