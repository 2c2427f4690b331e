//! Methods held against another: what documents hold of it, and the table for people.
//!
//! Which may be called better is not decided here: the words are [`train::statistics::Verdict`]'s.

use serde::Serialize;
use train::statistics::{Comparison, HeldOut, Method, Summary, compare_all, pooled_accuracies};

use crate::table::Table;

/// The level that verdicts are at, of all comparisons of a document together.
pub const LEVEL: f64 = 0.05;

/// Methods held against one of them.
#[derive(Clone, Debug, Serialize)]
pub struct Compared {
    /// What the others are held against.
    pub reference: String,
    /// The level of the verdicts: the chance, at most, of any false one.
    pub level: f64,
    /// The reference first.
    pub methods: Vec<ComparedMethod>,
}

/// A method's accuracy, and how it compares.
#[derive(Clone, Debug, Serialize)]
pub struct ComparedMethod {
    /// Its name.
    pub name: String,
    /// Mean over the repeats of the accuracy pooled over the folds; absent where no repeat ended.
    pub accuracy_percent_mean: Option<f64>,
    /// Standard deviation over the repeats; absent with fewer than two.
    pub accuracy_percent_sd: Option<f64>,
    /// The least of the repeats.
    pub accuracy_percent_least: Option<f64>,
    /// The most of the repeats.
    pub accuracy_percent_most: Option<f64>,
    /// Against the reference; absent of the reference itself.
    pub comparison: Option<Comparison>,
}

impl Compared {
    /// Holds every one of `methods` against `reference`: names, and every fold of every repeat.
    pub fn new(reference: Method<'_>, methods: &[Method<'_>]) -> Compared {
        let found = compare_all(methods, reference, LEVEL);
        let others = methods.iter().zip(found).map(|(it, found)| method(*it, Some(found)));
        Compared {
            reference: reference.name.to_owned(),
            level: LEVEL,
            methods: std::iter::once(method(reference, None)).chain(others).collect(),
        }
    }

    /// The table, and what its p-values are.
    pub fn text(&self) -> String {
        let to_reference = format!("difference to {}", self.reference);
        let titles =
            ["method", "accuracy mean ± sd", "least", "most", &to_reference, "p", "verdict"];
        let mut table = Table::new(titles);
        for it in &self.methods {
            let compared = it.comparison.as_ref();
            table.row([
                it.name.clone(),
                accuracy(it),
                percent(it.accuracy_percent_least),
                percent(it.accuracy_percent_most),
                compared.and_then(|it| it.difference).map(points).unwrap_or_default(),
                compared.and_then(|it| it.p_holm).map(p_value).unwrap_or_default(),
                compared.map(|it| it.verdict.to_string()).unwrap_or_default(),
            ]);
        }
        let tested = self.methods.iter().filter_map(|it| it.comparison.as_ref()?.p).count();
        let corrected = if tested > 1 {
            format!(", corrected for {tested} comparisons (Holm)")
        } else {
            String::new()
        };
        format!(
            "{table}\n\nVerdicts are against \"{}\", by two-sided tests on the same splits at the \
             level {}{corrected}. \"No difference shown\" is no proof that there is none.",
            self.reference, self.level
        )
    }
}

fn method(method: Method<'_>, comparison: Option<Comparison>) -> ComparedMethod {
    let folds: &[HeldOut] = method.folds;
    let summary = Summary::of(&pooled_accuracies(folds));
    let of = |figure: fn(&Summary) -> f64| summary.as_ref().map(|it| 100.0 * figure(it));
    ComparedMethod {
        name: method.name.to_owned(),
        accuracy_percent_mean: of(|it| it.mean),
        accuracy_percent_sd: summary.and_then(|it| it.sd).map(|it| 100.0 * it),
        accuracy_percent_least: of(|it| it.min),
        accuracy_percent_most: of(|it| it.max),
        comparison,
    }
}

fn accuracy(method: &ComparedMethod) -> String {
    match (method.accuracy_percent_mean, method.accuracy_percent_sd) {
        (Some(mean), Some(sd)) => format!("{mean:.2} ± {sd:.2} %"),
        (mean, _) => percent(mean),
    }
}

fn percent(figure: Option<f64>) -> String {
    figure.map(|it| format!("{it:.2} %")).unwrap_or_default()
}

/// A difference of two ratios in percentage points, with its sign.
fn points(difference: f64) -> String {
    format!("{:+.2} points", 100.0 * difference)
}

/// A p-value as people read it. One that is rounded to the level is on the side of it that its
/// verdict is on.
fn p_value(p: f64) -> String {
    if p < 1e-4 {
        return "< 0.0001".to_owned();
    }
    let short = format!("{p:.3}");
    match (short == format!("{LEVEL:.3}"), p < 0.01) {
        (true, _) if p > LEVEL => format!("> {LEVEL}"),
        (true, _) | (_, true) => format!("{p:.4}"),
        _ => short,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    /// Two repeats of five folds over 100 rows; `wrong` says of repeat and row.
    fn folds(wrong: impl Fn(usize, usize) -> bool) -> Vec<HeldOut> {
        let places = (0..2).flat_map(|repeat| (0..5).map(move |fold| (repeat, fold)));
        let fold = |(repeat, fold)| {
            let rows: Vec<usize> = (0..100).filter(|row| (row + repeat) % 5 == fold).collect();
            let right = rows.iter().map(|&row| !wrong(repeat, row)).collect();
            HeldOut { repeat, fold, trained_on: 80, rows, right }
        };
        places.map(fold).collect()
    }

    fn compared() -> Compared {
        let measured = folds(|repeat, row| row % 33 == repeat);
        let shuffled = folds(|repeat, row| row % 3 == 0 || row % 11 == repeat);
        let constant = folds(|repeat, row| row % 30 == repeat);
        let mut elsewhere = measured.clone();
        elsewhere[3].rows[0] += 1;
        let method = |name, folds| Method { name, folds };
        Compared::new(
            method("measured", &measured),
            &[
                method("shuffled", &shuffled),
                method("constant", &constant),
                method("elsewhere", &elsewhere),
            ],
        )
    }

    #[test]
    fn the_table_says_what_the_tests_allow_and_no_more() {
        expect![[r#"
            | method    | accuracy mean ± sd |   least |    most | difference to measured |        p |                        verdict |
            |-----------|--------------------|---------|---------|------------------------|----------|--------------------------------|
            | measured  |     96.50 ± 0.71 % | 96.00 % | 97.00 % |                        |          |                                |
            | shuffled  |     60.00 ± 0.00 % | 60.00 % | 60.00 % |          -36.50 points | < 0.0001 |                          worse |
            | constant  |     96.00 ± 0.00 % | 96.00 % | 96.00 % |           -0.50 points |    0.918 |            no difference shown |
            | elsewhere |     96.50 ± 0.71 % | 96.00 % | 97.00 % |                        |          | not compared: different splits |

            Verdicts are against "measured", by two-sided tests on the same splits at the level 0.05, corrected for 2 comparisons (Holm). "No difference shown" is no proof that there is none."#]].assert_eq(&compared().text());
    }

    #[test]
    fn the_document_holds_the_figures_with_their_units() {
        let document = serde_json::to_value(compared()).unwrap();
        assert_eq!(document["methods"][0]["accuracy_percent_mean"], 96.5);
        assert!(document["methods"][0]["comparison"].is_null());
        let shuffled = &document["methods"][1]["comparison"];
        assert_eq!(shuffled["verdict"], "worse");
        assert_eq!(shuffled["test"]["name"], "resampled-t");
        assert_eq!(document["level"], 0.05);
    }

    #[test]
    fn a_p_value_close_to_the_level_shows_on_which_side_it_is() {
        let cases = [(0.05004, "> 0.05"), (0.0496, "0.0496"), (0.05, "0.0500"), (0.0509, "0.051")];
        for (p, text) in cases {
            assert_eq!(p_value(p), text);
        }
        let cases = [(0.2345, "0.234"), (0.0123, "0.012"), (0.00456, "0.0046"), (1e-9, "< 0.0001")];
        for (p, text) in cases {
            assert_eq!(p_value(p), text);
        }
    }
}
