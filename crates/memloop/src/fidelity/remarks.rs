//! What of the figures needs a word: stated uncertainties that are not right, and errors that grow
//! with the operations. Both are told from what was measured, and so is their likely cause.

use std::collections::BTreeMap;

use gradient::{Knowledge, Method, fidelity::MeanSd};
use serde::Serialize;

use super::report::{BudgetReport, MethodReport};
use crate::table::percent;

/// Shares of slopes within one stated uncertainty that are near enough to 0.68.
const HONEST: [f64; 2] = [0.55, 0.80];
/// Slopes from which such a share is told.
const ENOUGH: usize = 50;
/// Growth of an error that is worth a word, and its standard errors that chance hardly makes.
const GROWTH: f64 = 1.05;
const SURE: f64 = 3.0;
/// Sweeps below which the readings of one may decide on a share.
const FEW: usize = 4;

/// One remark.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Remark {
    /// What it is about.
    pub about: About,
    /// The estimators that it is about.
    pub methods: Vec<Method>,
    /// In words, with what to do.
    pub sentence: String,
}

/// What a remark is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// Fewer slopes than 55 % are within one stated uncertainty.
    UncertaintyTooSmall,
    /// More than 80 % are.
    UncertaintyTooLarge,
    /// The error is larger with more operations.
    WorseWithMoreOperations,
}

/// How the devices of a pair change from shot to shot.
#[derive(Clone, Copy, Debug)]
pub struct Unsteady {
    apart: f64,
    together: f64,
    noise: f64,
}

/// What the surveys of all pairs, the reference and the experiment say about causes.
#[derive(Clone, Debug, Default)]
pub struct Grounds {
    pub(super) pairs: usize,
    /// Pairs whose survey showed more hysteresis than noise makes, or readings in a row that creep.
    pub(super) remembering: usize,
    /// The largest hysteresis of those, over the range of the current, and what noise makes of it.
    pub(super) hysteresis: (f64, f64),
    /// Of each pair: what its gains walk from one shot to the next, and the noise of a reading at the
    /// largest current, all as shares of the current.
    pub(super) unsteady: Vec<Unsteady>,
    /// Levels of a sweep.
    pub(super) points: usize,
    /// Whether every reading that counts had a rest before it.
    pub(super) is_rested: bool,
    /// How uncertain the reference is, S.
    pub(super) reference_siemens: f64,
    /// How often estimators noted what, by the kind that the campaign calls it.
    pub(super) notes: BTreeMap<&'static str, usize>,
}

/// What the figures do not show by themselves.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Beside {
    /// What of them needs a word.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// What the estimators noted of the devices, and how often: drift that a sentinel saw, states
    /// that a batch has changed, calibrations.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub notes: BTreeMap<&'static str, usize>,
}

/// What there is to say beside the tables.
pub fn beside(budgets: &[BudgetReport], grounds: &Grounds) -> Beside {
    Beside { remarks: remarks(budgets, grounds), notes: grounds.notes.clone() }
}

impl Grounds {
    /// Adds what the survey of a pair has shown.
    pub fn add(&mut self, knowledge: &Knowledge) {
        let Knowledge { noise, curve, memory, .. } = knowledge;
        self.pairs += 1;
        if memory.is_seen() {
            self.remembering += 1;
            if memory.hysteresis > self.hysteresis.0 {
                self.hysteresis = (memory.hysteresis, memory.hysteresis_noise);
            }
        }
        let largest = curve.currents.iter().fold(0.0, |most: f64, it| most.max(it.abs()));
        if largest > 0.0 {
            self.unsteady.push(Unsteady {
                apart: noise.private_walk,
                together: noise.common_walk,
                noise: noise.private(largest) / largest,
            });
        }
    }

    /// What gains walk from reading to reading, where it makes more in a sweep than the noise of a
    /// reading. Of several pairs the middle one: a survey of steady devices may see a little by chance.
    fn walk(&self, of: fn(&Unsteady) -> f64) -> Option<f64> {
        let middle = |of: fn(&Unsteady) -> f64| {
            let mut each: Vec<f64> = self.unsteady.iter().map(of).collect();
            each.sort_by(f64::total_cmp);
            each.get(each.len().saturating_sub(1) / 2).copied()
        };
        let (walk, noise) = middle(of).zip(middle(|it| it.noise))?;
        (walk * self.sweep() > noise).then_some(walk)
    }

    /// What a walk from reading to reading comes to in a sweep.
    fn sweep(&self) -> f64 {
        (self.points as f64).sqrt()
    }

    /// What was measured that makes errors which no repeat averages away, and what to do.
    fn causes(&self) -> Vec<String> {
        let mut causes = Vec::new();
        if self.remembering > 0 {
            let (hysteresis, noise) = self.hysteresis;
            let rest = match self.is_rested {
                true => "in spite of `rest`: give it more readings",
                false => {
                    "and nothing rests: let `memloop match` tell the `rest` that [gradient] needs"
                }
            };
            causes.push(format!(
                "the past of the devices ({} of {} surveys show it, by a hysteresis of up to {} of range, of which \
                 noise and drift explain {}) {rest}",
                self.remembering,
                self.pairs,
                percent(hysteresis),
                percent(noise),
            ));
        }
        let told = |walk: f64| {
            format!(
                "by {:.3} % a reading, {} in a sweep of {} levels",
                100.0 * walk,
                percent(walk * self.sweep()),
                self.points
            )
        };
        if let Some(walk) = self.walk(|it| it.apart) {
            causes.push(format!(
                "that the gains of the two drift apart ({}): ask fewer levels at a time, and prefer estimators that \
                 exchange roles to those that rest on a calibration or on the survey's mismatch",
                told(walk)
            ));
        }
        if let Some(walk) = self.walk(|it| it.together) {
            causes.push(format!(
                "that the gains of both change together ({}), by drift or by a past that lasts for many readings: \
                 ask fewer levels at a time, and see whether a `rest` ends it",
                told(walk)
            ));
        }
        causes
    }

    /// The causes as a sentence.
    fn likely(&self) -> String {
        match self.causes().as_slice() {
            [] => "The surveys show neither memory nor a drift that would explain it.".to_owned(),
            [one] => format!("The likely cause is {one}."),
            several => format!(
                "The likely causes are {}; and {}.",
                several[0],
                several[1..].join("; and ")
            ),
        }
    }
}

/// All that the tables of budgets call for.
fn remarks(budgets: &[BudgetReport], grounds: &Grounds) -> Vec<Remark> {
    let too_small = |it: &MethodReport| it.coverage.share_within_one_uncertainty < HONEST[0];
    let too_large = |it: &MethodReport| it.coverage.share_within_one_uncertainty > HONEST[1];
    let small = covered(budgets, too_small).map(|(methods, list, reports)| Remark {
        about: About::UncertaintyTooSmall,
        methods,
        sentence: format!(
            "Stated uncertainties that are too small (68 % of the slopes should be within one): {list}. {}",
            why_too_small(&reports, grounds)
        ),
    });
    let large = covered(budgets, too_large).map(|(methods, list, _)| Remark {
        about: About::UncertaintyTooLarge,
        methods,
        sentence: format!(
            "Stated uncertainties that are larger than the errors (68 % of the slopes should be within one): {list}. \
             These slopes are better than they say."
        ),
    });
    let worse = worse(budgets).map(|(methods, list)| {
        let why = match small.is_some() && !grounds.causes().is_empty() {
            true => "The likely causes are those above.".to_owned(),
            false => grounds.likely(),
        };
        Remark {
            about: About::WorseWithMoreOperations,
            methods,
            sentence: format!(
                "Worse with more operations for each point, over range: {list}. Repeats average noise; they do not \
                 average what successive readings share, and they make the sweep longer. {why}"
            ),
        }
    });
    small.into_iter().chain(large).chain(worse).collect()
}

/// The methods whose coverage is so, in words, and their reports.
fn covered(
    budgets: &[BudgetReport],
    is_so: impl Fn(&MethodReport) -> bool,
) -> Option<(Vec<Method>, String, Vec<&MethodReport>)> {
    let mut methods: Vec<(Method, Vec<String>)> = Vec::new();
    let mut reports = Vec::new();
    for budget in budgets {
        for it in budget.methods.iter().filter(|it| it.coverage.slopes >= ENOUGH && is_so(it)) {
            let share = format!(
                "{:.0} % at {} operations",
                100.0 * it.coverage.share_within_one_uncertainty,
                budget.operations_per_point
            );
            reports.push(it);
            match methods.iter_mut().find(|(method, _)| *method == it.method) {
                Some((_, shares)) => shares.push(share),
                None => methods.push((it.method, vec![share])),
            }
        }
    }
    let words: Vec<String> =
        methods.iter().map(|(method, shares)| format!("{method} {}", shares.join(", "))).collect();
    let methods: Vec<Method> = methods.into_iter().map(|it| it.0).collect();
    (!methods.is_empty()).then(|| (methods, words.join("; "), reports))
}

fn why_too_small(reports: &[&MethodReport], grounds: &Grounds) -> String {
    let is_finer =
        |it: &&&MethodReport| it.coverage.mean_uncertainty_siemens < grounds.reference_siemens;
    let finer = reports.iter().filter(is_finer).count();
    let mut why = match finer {
        0 => String::new(),
        all if all == reports.len() => {
            "The reference is itself more uncertain than these slopes say they are, and cannot tell: measure it with \
             more sweeps. "
                .to_owned()
        }
        _ => "Of some of them the reference cannot tell, it is itself more uncertain than they say they are. ".to_owned(),
    };
    if finer < reports.len() || !grounds.causes().is_empty() {
        why.push_str(
            "Until that is mended, take the RMSE and not u for how sure these slopes are. ",
        );
        why.push_str(&grounds.likely());
    }
    if reports.iter().any(|it| it.sweeps < FEW) {
        why.push_str(" With so few sweeps chance has a share in it.");
    }
    why.trim_end().to_owned()
}

/// The methods whose error grows with the operations, and by how much.
fn worse(budgets: &[BudgetReport]) -> Option<(Vec<Method>, String)> {
    let mut methods = Vec::new();
    let mut words = Vec::new();
    for method in Method::ALL {
        let mut each: Vec<(u64, &MethodReport)> = budgets
            .iter()
            .flat_map(|it| it.methods.iter().map(|found| (it.operations_per_point, found)))
            .filter(|it| it.1.method == method)
            .collect();
        each.sort_by_key(|it| it.0);
        let rmse = |it: &MethodReport| it.figures.rmse_over_range.mean;
        let best = each.iter().min_by(|a, b| rmse(a.1).total_cmp(&rmse(b.1)));
        let (Some(best), Some(most)) = (best, each.last()) else { continue };
        if most.0 > best.0 && is_larger(most.1, best.1) {
            methods.push(method);
            words.push(format!(
                "{method} ({} with {}, {} with {})",
                percent(rmse(best.1)),
                best.0,
                percent(rmse(most.1)),
                most.0
            ));
        }
    }
    (!methods.is_empty()).then(|| (methods, words.join(", ")))
}

/// Whether an error is larger than another by more than chance makes.
fn is_larger(one: &MethodReport, other: &MethodReport) -> bool {
    let variance = |figure: MeanSd, sweeps: usize| {
        figure.sd.map_or(f64::INFINITY, |sd| sd * sd / sweeps.max(1) as f64)
    };
    let (larger, smaller) = (one.figures.rmse_over_range, other.figures.rmse_over_range);
    let chance = (variance(larger, one.sweeps) + variance(smaller, other.sweeps)).sqrt();
    larger.mean > GROWTH * smaller.mean && larger.mean - smaller.mean > SURE * chance
}

#[cfg(test)]
mod tests {
    use gradient::{
        Device,
        fidelity::{Coverage, Summary, compare},
    };

    use super::*;

    /// A method with this coverage and RMSE over range, in four sweeps.
    fn report(method: Method, covered: f64, rmse: f64) -> MethodReport {
        let fidelity = compare(&[Some(0.0), Some(1.0)], &[0.0, 1.0]).unwrap();
        let over_range = MeanSd { mean: rmse, sd: Some(0.01 * rmse) };
        MethodReport {
            method,
            device: Device::Mean,
            delta_v_volts: 0.1,
            repeats: 1,
            operations_per_point: 2.0,
            operations_beside_per_point: 0.0,
            seconds_per_sweep: 1.0,
            wall_seconds_per_sweep: 1.0,
            sweeps: 4,
            sweeps_without_slopes: 0,
            slopes_absent: 0,
            slopes_clamped: 0,
            figures: Summary { rmse_over_range: over_range, ..Summary::of(&[fidelity]) },
            rmse_over_range_of_base: over_range,
            rmse_over_range_of_mean: over_range,
            coverage: Coverage {
                slopes: 404,
                share_within_one_uncertainty: covered,
                mean_uncertainty_siemens: 1e-6,
            },
        }
    }

    fn budgets(rows: &[(u64, f64, f64)]) -> Vec<BudgetReport> {
        let one = |&(operations_per_point, covered, rmse): &(u64, f64, f64)| BudgetReport {
            operations_per_point,
            methods: vec![report(Method::LocalRegression, covered, rmse)],
        };
        rows.iter().map(one).collect()
    }

    fn remembering() -> Grounds {
        Grounds {
            pairs: 4,
            remembering: 3,
            hysteresis: (0.0012, 0.0003),
            points: 101,
            reference_siemens: 2e-7,
            ..Grounds::default()
        }
    }

    #[test]
    fn right_uncertainties_and_falling_errors_need_no_word() {
        let quiet = budgets(&[(2, 0.56, 0.012), (4, 0.68, 0.008), (8, 0.79, 0.0081)]);
        assert_eq!(remarks(&quiet, &remembering()), []);
    }

    #[test]
    fn small_uncertainties_of_devices_that_remember_lead_to_a_rest() {
        let found = remarks(&budgets(&[(2, 0.19, 0.01), (4, 0.49, 0.007)]), &remembering());
        let [only] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(only.about, About::UncertaintyTooSmall);
        assert_eq!(only.methods, [Method::LocalRegression]);
        for part in [
            "local-regression 19 % at 2 operations, 49 % at 4 operations",
            "3 of 4 surveys",
            "0.12 % of range, of which noise and drift explain 0.03 %",
            "memloop match",
        ] {
            assert!(only.sentence.contains(part), "{part}: {}", only.sentence);
        }
        let rested = Grounds { is_rested: true, ..remembering() };
        let found = remarks(&budgets(&[(2, 0.19, 0.01)]), &rested);
        assert!(found[0].sentence.contains("give it more readings"), "{}", found[0].sentence);
    }

    #[test]
    fn drift_is_named_where_it_counts_beside_the_noise() {
        let sentence = |apart, together| {
            let unsteady = vec![Unsteady { apart, together, noise: 0.002 }; 3];
            let grounds = Grounds { unsteady, points: 100, ..Grounds::default() };
            remarks(&budgets(&[(2, 0.4, 0.06)]), &grounds)[0].sentence.clone()
        };
        let apart = sentence(0.003, 0.0);
        assert!(apart.contains("0.300 % a reading, 3.00 % in a sweep of 100 levels"), "{apart}");
        assert!(apart.contains("drift apart"), "{apart}");
        let together = sentence(0.0, 0.0006);
        assert!(together.contains("change together (by 0.060 % a reading"), "{together}");
        let neither = sentence(0.0001, 0.0001);
        assert!(neither.contains("neither memory nor a drift"), "{neither}");
    }

    #[test]
    fn a_reference_that_is_not_better_cannot_tell() {
        let grounds = Grounds { reference_siemens: 2e-6, ..Grounds::default() };
        let found = remarks(&budgets(&[(2, 0.3, 0.003)]), &grounds);
        let sentence = &found[0].sentence;
        assert!(sentence.ends_with("cannot tell: measure it with more sweeps."), "{sentence}");
    }

    #[test]
    fn large_uncertainties_and_growing_errors_are_told_apart() {
        let found = remarks(&budgets(&[(4, 0.7, 0.0067), (8, 0.9, 0.0091)]), &remembering());
        let about: Vec<About> = found.iter().map(|it| it.about).collect();
        assert_eq!(about, [About::UncertaintyTooLarge, About::WorseWithMoreOperations]);
        let sentence = &found[1].sentence;
        assert!(sentence.contains("local-regression (0.67 % with 4, 0.91 % with 8)"), "{sentence}");
    }
}
