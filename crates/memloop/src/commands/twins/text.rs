//! The document as tables for people.

use std::fmt::Write as _;

use gradient::{DecidedBy, Pulse, Remembered, Uncertain};

use super::{
    advice::Advice,
    report::{MatchReport, PairReport},
};
use crate::table::{Table, percent};

/// The whole report.
pub(super) fn text(report: &MatchReport) -> String {
    let mut text = String::new();
    for pair in &report.pairs {
        let _ = writeln!(text, "{}\n", section(pair));
    }
    let _ = write!(text, "{}\n{}", report.count, report.place);
    text
}

fn section(pair: &PairReport) -> String {
    let mut text = format!(
        "Pair \"{}\": base {}, probe {} ({}), {} V to {} V, {} levels, {} passes\n{}\n\n{}",
        pair.pair,
        pair.base,
        pair.probe,
        pair.coupling,
        pair.window_volts[0],
        pair.window_volts[1],
        pair.levels,
        pair.passes,
        figures(pair),
        estimators(pair),
    );
    let left_out: usize = pair.surveys.iter().map(|it| it.readings_left_out).sum();
    if left_out > 0 {
        let place = if pair.left_out_volts.is_none() { ", all beyond the window," } else { "" };
        let _ = write!(
            text,
            "\n{left_out} readings{place} were in compliance or out of range and are left out."
        );
    }
    let estimator = |it: &Option<Advice>| it.as_ref().map(|it| it.estimator);
    let is_no_better = estimator(&pair.at_two_operations) == estimator(&pair.at_four_operations);
    for (operations, advice) in
        [("two", &pair.at_two_operations), ("four", &pair.at_four_operations)]
    {
        let _ = match advice {
            Some(_) if operations == "four" && is_no_better => {
                write!(
                    text,
                    "\n\nWith four operations at a point: nothing is better than that with two."
                )
            }
            Some(advice) => write!(text, "\n\n{}", recommended(operations, advice)),
            None => {
                write!(text, "\n\nNo estimator manages with {operations} operations at a point.")
            }
        };
    }
    let _ = write!(text, "\n\n{}", pair.verdict);
    text
}

fn figures(pair: &PairReport) -> String {
    let mut table = Table::new(["probe against base", "value", "±"]);
    let (unlike, unsteady) = (&pair.unlike, &pair.unsteady);
    let mut row = |name: &str, value: String, uncertainty: String| {
        table.row([name.to_owned(), value, uncertainty]);
    };
    let share =
        |it: Uncertain| (format!("{:+.2} %", 100.0 * (it.value - 1.0)), percent(it.uncertainty));
    let not_told = || ("not told by this curve".to_owned(), String::new());
    let (value, uncertainty) = share(unlike.gain);
    row("gain", value, uncertainty);
    let offset = unlike.offset_amperes;
    row("offset", amperes(offset.value), amperes(offset.uncertainty));
    let (value, uncertainty) = unlike.voltage_scale.map_or_else(not_told, share);
    row("voltage scale", value, uncertainty);
    let ohms = |it: Uncertain| (format!("{:+.0} Ω", it.value), format!("{:.0} Ω", it.uncertainty));
    let (value, uncertainty) = unlike.series_resistance_ohms.map_or_else(not_told, ohms);
    row("series resistance", value, uncertainty);
    let mut alone = |name: &str, value: String| row(name, value, String::new());
    alone("slopes differ by, rms", percent(unlike.slope_difference_share));
    alone("mismatch, rms over range", percent(unlike.mismatch_over_range));
    alone("of it unexplained by the four", percent(unlike.unexplained_over_range));
    alone("noise of a reading, no current", amperes(unsteady.noise_floor_amperes));
    alone("  and of the current", fine(unsteady.noise_share_of_current));
    let most =
        unsteady.noise_floor_amperes.hypot(unsteady.noise_share_of_current * pair.full_scale());
    alone("  at the largest current", amperes(most));
    alone("common noise, of the current", fine(unsteady.common_share_of_current));
    let bound = unsteady.at_most_per_shot;
    let drift = |seen: bool, drift: f64, most: f64| match seen {
        true => fine(drift),
        false => format!("less than {}", fine(most)),
    };
    let each = drift(unsteady.drift_seen, unsteady.drift_of_each_per_shot, bound.drift_of_each);
    alone("drift of each gain, per reading", each);
    let apart =
        drift(unsteady.private_drift_seen, unsteady.private_drift_per_shot, bound.private_drift);
    alone("  of the two apart", apart);
    for it in &pair.surveys {
        let how = rest(it.rest);
        alone(&format!("hysteresis index, {how}"), percent(it.memory.hysteresis_index));
        alone("  of it at most noise", percent(it.memory.explained_by_noise));
        alone("  of a state left after a reading", past(&it.memory));
    }
    table.to_string()
}

fn estimators(pair: &PairReport) -> String {
    let mut table = Table::new([
        "estimator",
        "repeats",
        "operations",
        "δV / mV",
        "decided by",
        "RMSE / nS",
        "over range",
    ]);
    for it in &pair.estimators {
        let chosen = [&pair.at_two_operations, &pair.at_four_operations]
            .into_iter()
            .flatten()
            .any(|advice| advice.estimator == *it);
        table.row([
            format!("{}{}", if chosen { "* " } else { "" }, it.method),
            it.repeats.to_string(),
            format!("{:.0}", it.operations_per_point),
            format!("{:.1}", 1e3 * it.delta_v_volts),
            decided(it.decided_by).to_owned(),
            format!("{:.0}", 1e9 * it.rmse_siemens),
            percent(it.rmse_over_range),
        ]);
    }
    let mut text = format!(
        "What that costs each estimator: expected error of a slope in a batch of 101 levels, {}\n{table}",
        rest(pair.surveys.last().and_then(|it| it.rest))
    );
    text.push_str("\n* is recommended. Every estimator has a line for 2, 4 and 8 operations at a point, where it can use so many.");
    for it in &pair.not_listed {
        let _ = write!(text, " No line: {}, which {}.", it.method, it.why);
    }
    text
}

fn recommended(operations: &str, advice: &Advice) -> String {
    let beside = match advice.operations_beside_per_point {
        it if it > 0.0 => format!(" and {it:.0} beside for the rest"),
        _ => String::new(),
    };
    format!(
        "With {operations} operations at a point: {} It takes {:.0}{beside}, {:.2} s of instrument time.\n\n{}",
        advice.why,
        advice.estimator.operations_per_point,
        advice.instrument_seconds_per_point,
        advice.gradient_toml
    )
}

fn rest(rest: Option<Pulse>) -> String {
    match rest {
        None => "without a rest".to_owned(),
        Some(Pulse { level, readings }) => format!("with a rest of {readings} at {level}"),
    }
}

fn past(memory: &Remembered) -> String {
    match (memory.seen, memory.kept_share) {
        (false, _) => "nothing seen".to_owned(),
        (true, Some(kept)) => format!("{:.0} %", 100.0 * kept),
        (true, None) if memory.counts => "more than noise".to_owned(),
        (true, None) => "more than noise, of no account".to_owned(),
    }
}

fn decided(by: DecidedBy) -> &'static str {
    match by {
        DecidedBy::LeastError => "least error",
        DecidedBy::SmallestStep => "source codes",
        DecidedBy::WidestStep => "a tenth of the window",
        DecidedBy::SourceWindow => "instruments' windows",
        DecidedBy::ShareOfWindow => "hardly matters",
        _ => "survey",
    }
}

fn fine(ratio: f64) -> String {
    if ratio > 0.0 { format!("{:.4} %", 100.0 * ratio) } else { "not seen".to_owned() }
}

fn amperes(amperes: f64) -> String {
    match amperes.abs() {
        it if it >= 1e-3 => format!("{:.2} mA", amperes * 1e3),
        it if it >= 1e-6 => format!("{:.2} µA", amperes * 1e6),
        _ => format!("{:.2} nA", amperes * 1e9),
    }
}
