//! What `memloop evaluate` prints, as one document.

use gradient::Opening;
use serde::Serialize;
use train::{DataSet, FoldResult, Run, statistics::Method};

use crate::{
    bench::Bench,
    comparison::Compared,
    experiment::TrainExperiment,
    report::{Count, Place},
};

/// What `memloop evaluate` prints.
#[derive(Debug, Serialize)]
pub struct EvaluateReport {
    /// The experiment's name.
    pub experiment: String,
    /// The training.
    pub of_run: i64,
    /// Of its arms.
    pub arm: String,
    /// `live`: every pre-activation was measured; `table`: tables were.
    pub devices: Run,
    /// Where the data are.
    #[serde(flatten)]
    pub place: Place,
    /// One a fold.
    pub folds: Vec<FoldAgain>,
    /// Over the held-out rows of all folds, after the training.
    pub accuracy_percent_then: f64,
    /// The same rows, now.
    pub accuracy_percent_now: f64,
    /// Then held against now, on the same rows.
    pub comparison: Option<Compared>,
    /// What the surveys before the training and now say of each pair; none where the training's was
    /// not kept.
    pub drift: Vec<PairDrift>,
    /// Readings made and stored.
    #[serde(flatten)]
    pub count: Count,
}

/// A fold, evaluated again.
#[derive(Debug, Serialize)]
pub struct FoldAgain {
    /// From 0.
    pub repeat: usize,
    /// From 0.
    pub fold: usize,
    /// Held-out rows.
    pub rows: usize,
    /// Of those, after the training.
    pub accuracy_percent_then: f64,
    /// Now.
    pub accuracy_percent_now: f64,
    /// Rows that have another class now.
    pub changed: Vec<Changed>,
}

/// A row whose class is another now.
#[derive(Debug, Serialize)]
pub struct Changed {
    /// In the data set, from 0.
    pub row: usize,
    /// Its own.
    pub class: String,
    /// What the network said after the training.
    pub then: String,
    /// What it says now.
    pub now: String,
}

/// How far a pair's mean device is from what it was, by the smoothed curves of two surveys.
#[derive(Debug, Serialize)]
pub struct PairDrift {
    /// The pair's name.
    pub pair: String,
    /// Levels that both surveys have.
    pub levels: usize,
    /// Root mean square over the levels, A.
    pub current_rms_amperes: f64,
    /// The same as a share of the range of the currents then.
    pub current_rms_over_range: f64,
    /// The largest change of a current, without its sign, A.
    pub current_largest_amperes: f64,
    /// Where that is, V.
    pub current_largest_at_volts: f64,
    /// Root mean square of the slopes' change over the levels, S.
    pub slope_rms_siemens: f64,
    /// The same as a share of the range of the slopes then.
    pub slope_rms_over_range: f64,
}

impl EvaluateReport {
    /// Of a training's arm; nothing is compared yet.
    pub fn new(
        experiment: &TrainExperiment,
        (of_run, arm): (i64, &str),
        place: Place,
        count: Count,
    ) -> EvaluateReport {
        EvaluateReport {
            experiment: experiment.name.clone(),
            of_run,
            arm: arm.to_owned(),
            devices: experiment.devices.run,
            place,
            folds: Vec::new(),
            accuracy_percent_then: f64::NAN,
            accuracy_percent_now: f64::NAN,
            comparison: None,
            drift: Vec::new(),
            count,
        }
    }

    /// With the same folds then and now.
    #[must_use]
    pub fn compared(
        self,
        data: &DataSet,
        then: &[FoldResult],
        now: &[FoldResult],
    ) -> EvaluateReport {
        let held_out = |folds: &[FoldResult]| -> Vec<_> {
            folds.iter().map(|it| it.held_out(&data.labels)).collect()
        };
        let (before, after) = (held_out(then), held_out(now));
        let method = |name, folds| Method { name, folds };
        let comparison = Compared::new(method("then", &before), &[method("now", &after)]);
        let pairs = then.iter().zip(now);
        EvaluateReport {
            folds: pairs.map(|(then, now)| FoldAgain::new(data, then, now)).collect(),
            accuracy_percent_then: percent(data, then),
            accuracy_percent_now: percent(data, now),
            comparison: Some(comparison),
            ..self
        }
    }

    /// With what the surveys say.
    #[must_use]
    pub fn drifted(self, drift: Vec<PairDrift>) -> EvaluateReport {
        EvaluateReport { drift, ..self }
    }
}

impl FoldAgain {
    fn new(data: &DataSet, then: &FoldResult, now: &FoldResult) -> FoldAgain {
        let each = then.rows.iter().zip(then.predicted.iter().zip(&now.predicted));
        let name = |class: usize| data.class_names[class].clone();
        let changed = each.filter(|(_, (then, now))| then != now).map(|(&row, (&then, &now))| {
            Changed { row, class: name(data.labels[row]), then: name(then), now: name(now) }
        });
        FoldAgain {
            repeat: then.id.repeat,
            fold: then.id.fold,
            rows: then.rows.len(),
            accuracy_percent_then: percent(data, std::slice::from_ref(then)),
            accuracy_percent_now: percent(data, std::slice::from_ref(now)),
            changed: changed.collect(),
        }
    }
}

fn percent(data: &DataSet, folds: &[FoldResult]) -> f64 {
    let each = folds.iter().flat_map(|it| it.rows.iter().zip(&it.predicted));
    let (mut right, mut rows) = (0, 0);
    for (&row, &predicted) in each {
        right += usize::from(data.labels[row] == predicted);
        rows += 1;
    }
    100.0 * right as f64 / f64::from(rows)
}

/// Each pair's curve then and now, in the order of the bench; none where the number of pairs differs.
pub fn drift(then: &[Opening], now: &[Opening], bench: &Bench) -> Vec<PairDrift> {
    if then.len() != now.len() {
        return Vec::new();
    }
    let pairs = bench.pair.iter().zip(then.iter().zip(now));
    pairs.filter_map(|(pair, (then, now))| of_pair(&pair.name, then, now)).collect()
}

fn of_pair(name: &str, then: &Opening, now: &Opening) -> Option<PairDrift> {
    let (then, now) = (&then.knowledge.curve, &now.knowledge.curve);
    let mut changes = Vec::new();
    for (place, &level) in now.levels.iter().enumerate() {
        let current = between(&then.levels, &then.currents, level);
        let slope = between(&then.levels, &then.slopes, level);
        if let (Some(current), Some(slope)) = (current, slope) {
            changes.push((level, now.currents[place] - current, now.slopes[place] - slope));
        }
    }
    let largest = changes.iter().max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    let rms = |of: fn(&(f64, f64, f64)) -> f64| {
        (changes.iter().map(|it| of(it).powi(2)).sum::<f64>() / changes.len() as f64).sqrt()
    };
    let (current, slope) = (rms(|it| it.1), rms(|it| it.2));
    Some(PairDrift {
        pair: name.to_owned(),
        levels: changes.len(),
        current_rms_amperes: current,
        current_rms_over_range: current / range(&then.currents),
        current_largest_amperes: largest.1.abs(),
        current_largest_at_volts: largest.0,
        slope_rms_siemens: slope,
        slope_rms_over_range: slope / range(&then.slopes),
    })
}

fn range(values: &[f64]) -> f64 {
    let ends = values
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |ends, &it| (ends.0.min(it), ends.1.max(it)));
    ends.1 - ends.0
}

/// Linear between rising levels; `None` beyond them.
fn between(levels: &[f64], values: &[f64], level: f64) -> Option<f64> {
    let above = levels.partition_point(|it| *it < level);
    if levels.get(above) == Some(&level) {
        return values.get(above).copied();
    }
    let below = above.checked_sub(1)?;
    let (low, high) = (levels[below], *levels.get(above)?);
    let share = (level - low) / (high - low);
    Some(values[below] + share * (values[above] - values[below]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_between_two_others_is_interpolated_and_none_is_beyond() {
        let (levels, values) = ([0.0, 1.0, 2.0], [1.0, 3.0, 4.0]);
        let cases =
            [(-0.1, None), (0.0, Some(1.0)), (0.5, Some(2.0)), (2.0, Some(4.0)), (2.1, None)];
        for (level, expected) in cases {
            assert_eq!(between(&levels, &values, level), expected);
        }
        assert_eq!(range(&values), 3.0);
    }
}
