//! What `memloop evaluate` says to people.

use std::fmt::Write;

use smu::units::{Amperes, Volts};

use super::report::EvaluateReport;
use crate::table::{Table, percent};

/// Rows that are named; the document has all.
const NAMED: usize = 12;

/// Then and now.
pub fn text(report: &EvaluateReport) -> String {
    let mut table = Table::new(["repeat", "fold", "rows", "then", "now", "changed"]);
    for it in &report.folds {
        table.row([
            it.repeat.to_string(),
            it.fold.to_string(),
            it.rows.to_string(),
            format!("{:.2} %", it.accuracy_percent_then),
            format!("{:.2} %", it.accuracy_percent_now),
            it.changed.len().to_string(),
        ]);
    }
    let mut text = format!(
        "{}: arm \"{}\" of run {} on its held-out rows: {:.2} % then, {:.2} % now\n\n{table}\n",
        report.experiment,
        report.arm,
        report.of_run,
        report.accuracy_percent_then,
        report.accuracy_percent_now
    );
    let changed: Vec<_> = report.folds.iter().flat_map(|it| &it.changed).collect();
    for it in changed.iter().take(NAMED) {
        let _ = write!(text, "\nrow {}, {}: {} then, {} now", it.row, it.class, it.then, it.now);
    }
    if changed.len() > NAMED {
        let _ = write!(text, "\nand {} more: --json", changed.len() - NAMED);
    }
    if let Some(compared) = &report.comparison {
        let _ = write!(text, "\n\n{}", compared.text());
    }
    if !report.drift.is_empty() {
        let titles =
            ["drift since", "current, rms over range", "largest", "at", "slope, rms over range"];
        let mut table = Table::new(titles);
        for it in &report.drift {
            table.row([
                format!("pair \"{}\"", it.pair),
                percent(it.current_rms_over_range),
                Amperes(short(it.current_largest_amperes)).to_string(),
                Volts(short(it.current_largest_at_volts)).to_string(),
                percent(it.slope_rms_over_range),
            ]);
        }
        let _ = write!(text, "\n\n{table}");
    }
    let _ = write!(text, "\n\n{}\n{}", report.count, report.place);
    text
}

/// Four digits.
fn short(value: f64) -> f64 {
    format!("{value:.3e}").parse().unwrap_or(value)
}
