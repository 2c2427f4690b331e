//! The document as tables for people.

use std::fmt::Write as _;

use gradient::fidelity::{Convention, MeanSd};

use super::{
    report::{BudgetReport, GradientReport, Possible, ReferenceReport},
    trials::LeftOut,
};
use crate::{
    gradient_experiment::ReferenceOf,
    report::noted,
    table::{Table, percent},
};

/// Pairs that are listed one by one; of more only the mean is shown.
const LISTED: usize = 12;

/// The whole report.
pub fn text(report: &GradientReport) -> String {
    let mut text = own(report);
    for budget in &report.comparison {
        let _ = write!(text, "\n\n{}", comparison(budget));
    }
    if !report.comparison.is_empty() {
        text.push_str(
            "\n\nMean ± standard deviation over pairs, draws and sweeps; * is the least RMSE over range. \
             \"of\" is the device that a method speaks for and is compared with; \"of base\" is its RMSE \
             over range against the base, which the paper's activation is. \"beside\" are calibrations \
             and rests, for each point. \"covered\" is the share of slopes within one stated \
             uncertainty: 68 % where it is right.",
        );
    }
    for remark in &report.remarks.remarks {
        let _ = write!(text, "\n\n{}", remark.sentence);
    }
    if !report.remarks.notes.is_empty() {
        let notes = report.remarks.notes.iter().map(|(kind, times)| (*kind, *times as u64));
        let _ = write!(text, "\n\n{}", noted(notes));
    }
    text.push_str(&left_out(&report.left_out));
    let _ = write!(text, "\n\n{}\n\n{}\n{}", possible(report), report.count, report.place);
    text
}

/// Estimators that some tables lack, each reason once.
fn left_out(estimators: &[LeftOut]) -> String {
    let mut reasons: Vec<(&LeftOut, Vec<String>)> = Vec::new();
    for it in estimators {
        let budget = it.operations_per_point.to_string();
        match reasons.iter_mut().find(|(one, _)| one.method == it.method && one.why == it.why) {
            Some((_, budgets)) => budgets.push(budget),
            None => reasons.push((it, vec![budget])),
        }
    }
    let mut text = String::new();
    for (it, budgets) in reasons {
        let lead = if text.is_empty() { "\n" } else { "" };
        let budgets = match budgets.split_last() {
            Some((last, before)) if !before.is_empty() => {
                format!("{} and {last}", before.join(", "))
            }
            _ => budgets.concat(),
        };
        let _ = write!(
            text,
            "{lead}\nNot in the table of {budgets} operations: {}, which {}.",
            it.method, it.why
        );
    }
    text
}

fn own(report: &GradientReport) -> String {
    let mut table = Table::new([
        "pair",
        "RMSE / nS",
        "over range",
        "over mean |g|",
        "over rms",
        "over max",
        "R² = 1−SSE/SST",
        "R² = r²",
        "same sign",
        "absent",
    ]);
    let listed = if report.pairs.len() > LISTED { &[][..] } else { &report.pairs[..] };
    for it in listed {
        let f = &it.fidelity;
        table.row([
            it.pair.clone(),
            format!("{:.1}", f.rmse_siemens * 1e9),
            percent(f.rmse_over_range),
            percent(f.rmse_over_mean_abs),
            percent(f.rmse_over_rms),
            percent(f.rmse_over_max),
            format!("{:.4}", f.r2_determination),
            format!("{:.4}", f.r2_correlation),
            percent(f.sign_agreement),
            f.absent.to_string(),
        ]);
    }
    let s = &report.over_pairs;
    let absent: usize = report.pairs.iter().map(|it| it.fidelity.absent).sum();
    table.row([
        format!("mean ± sd of {}", report.pairs.len()),
        spread(s.rmse_siemens, 1e9, 1, ""),
        spread(s.rmse_over_range, 100.0, 2, " %"),
        spread(s.rmse_over_mean_abs, 100.0, 2, " %"),
        spread(s.rmse_over_rms, 100.0, 2, " %"),
        spread(s.rmse_over_max, 100.0, 2, " %"),
        spread(s.r2_determination, 1.0, 4, ""),
        spread(s.r2_correlation, 1.0, 4, ""),
        spread(s.sign_agreement, 100.0, 2, " %"),
        absent.to_string(),
    ]);
    let curves: Vec<String> = report.curves.iter().map(|it| it.display().to_string()).collect();
    let of_curves = if curves.is_empty() {
        String::new()
    } else {
        format!("\nDevices: the measured curves {}", curves.join(" and "))
    };
    format!(
        "{} at δV = {:.1} mV against the numerical gradient of the {}, {} V to {} V{of_curves}\n{table}\n{}",
        report.method,
        report.delta_v_volts * 1e3,
        report.device.name(),
        report.window_volts[0],
        report.window_volts[1],
        reference(&report.reference),
    )
}

/// What slopes were compared with, and how sure that is.
pub fn reference(it: &ReferenceReport) -> String {
    let whose = match it.of {
        ReferenceOf::SameDevices => "the same devices, half before the slopes and half after",
        ReferenceOf::QuietTwins => "the same devices without noise and drift",
    };
    format!(
        "Reference: {whose}, {} levels, {} sweeps, local polynomial of degree {} \
         within ±{:.1} mV. It is itself uncertain by {} of range: noise {}, stiffness {}, drift {}. \
         Smaller errors than that are not told apart.",
        it.points,
        it.sweeps,
        it.degree,
        it.half_width_volts * 1e3,
        percent(it.uncertainty_over_range),
        percent(it.noise_over_range),
        percent(it.truncation_over_range),
        percent(it.drift_over_range),
    )
}

fn comparison(budget: &BudgetReport) -> String {
    let mut table = Table::new([
        "method",
        "of",
        "δV / mV",
        "ops",
        "beside",
        "s/sweep",
        "RMSE / nS",
        "over range",
        "over mean |g|",
        "over rms",
        "over max",
        "1−SSE/SST",
        "r²",
        "same sign",
        "of base",
        "u / nS",
        "covered",
        "absent",
    ]);
    for (rank, it) in budget.methods.iter().enumerate() {
        let f = &it.figures;
        table.row([
            format!("{}{}", if rank == 0 { "* " } else { "" }, it.method),
            it.device.name().to_owned(),
            format!("{:.0}", it.delta_v_volts * 1e3),
            format!("{:.1}", it.operations_per_point),
            format!("{:.1}", it.operations_beside_per_point),
            format!("{:.1}", it.seconds_per_sweep),
            spread(f.rmse_siemens, 1e9, 0, ""),
            spread(f.rmse_over_range, 100.0, 2, " %"),
            spread(f.rmse_over_mean_abs, 100.0, 2, " %"),
            spread(f.rmse_over_rms, 100.0, 2, " %"),
            spread(f.rmse_over_max, 100.0, 2, " %"),
            spread(f.r2_determination, 1.0, 4, ""),
            spread(f.r2_correlation, 1.0, 4, ""),
            spread(f.sign_agreement, 100.0, 1, " %"),
            spread(it.rmse_over_range_of_base, 100.0, 2, " %"),
            format!("{:.0}", it.coverage.mean_uncertainty_siemens * 1e9),
            format!("{:.0} %", 100.0 * it.coverage.share_within_one_uncertainty),
            it.slopes_absent.to_string(),
        ]);
    }
    format!("{} operations for each point\n{table}", budget.operations_per_point)
}

/// Which conventions allow the paper's pair of figures, here and at all.
fn possible(report: &GradientReport) -> String {
    let paper = &report.paper;
    let (rmse, r2) = (paper.gradient_rmse_percent, paper.gradient_r2);
    let mut text = format!(
        "The paper: RMSE {rmse} %, R² {r2}, conventions not stated. An RMSE of {rmse} % and 1−SSE/SST = {r2} on the \
         same points need sd(g) = {:.3} of what the RMSE is divided by:",
        report.possible.first().map_or(f64::NAN, |it| it.sd_over_needed)
    );
    for it in &report.possible {
        let _ = write!(text, "\n  {:<14} {}", it.convention.name(), one(it, rmse, r2));
    }
    let mean = &report.over_pairs;
    let _ = write!(
        text,
        "\n  R² = r²        is blind to a gain and an offset: it goes with any RMSE. {} gives {} over range with r² = {:.3} \
         (and 1−SSE/SST = {:.3}) here.",
        report.method,
        percent(mean.rmse_over_range.mean),
        mean.r2_correlation.mean,
        mean.r2_determination.mean
    );
    text
}

fn one(it: &Possible, rmse: f64, r2: f64) -> String {
    let here = format!(
        "here sd is {:.3} of it: {rmse} % would give {:.3}, and {r2} would take {}",
        it.sd_over,
        it.r2_determination_at_papers_rmse,
        percent(it.rmse_at_papers_r2)
    );
    match (it.is_possible, it.convention) {
        (false, Convention::Range) => format!(
            "impossible on any data: sd is at most 0.5 of the range, so 1−SSE/SST ≤ 1−4·({rmse} %)² = {:.3}; {here}",
            1.0 - 4.0 * (rmse / 100.0).powi(2)
        ),
        (false, _) => {
            format!("impossible where all slopes have one sign: sd is at most 0.5 of it; {here}")
        }
        (true, _) => format!("possible; {here}"),
    }
}

fn spread(figure: MeanSd, scale: f64, digits: usize, unit: &str) -> String {
    let mean = figure.mean * scale;
    match figure.sd {
        Some(sd) => format!("{mean:.digits$} ± {:.digits$}{unit}", sd * scale),
        None => format!("{mean:.digits$}{unit}"),
    }
}
