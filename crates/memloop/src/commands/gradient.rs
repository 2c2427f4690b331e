//! `memloop gradient`: measured slopes against the numerical gradient, by every convention.

use anyhow::Result;
use gradient::{Forward, Pair, fidelity::Summary};

use super::{View, switch_off, switch_on, then_off};
use crate::{
    bench::Bench,
    cli::ExperimentArgs,
    experiment::{self, GradientExperiment},
    fidelity::{self, Sweep},
    progress,
    recorder::{Recorder, RunFile},
    report::{GradientReport, PAPER, PairFidelity},
    shutdown::{Outputs, Stop},
    station::Checked,
    table::Table,
    transcript::Transcripts,
};

/// Runs a gradient experiment.
///
/// # Errors
/// Bad experiment or bench; an instrument failed; the campaign cannot be written; interrupted.
pub async fn run(
    args: ExperimentArgs,
    view: View,
    outputs: Outputs,
    stop: Stop,
    transcripts: Transcripts,
) -> Result<()> {
    let experiment = GradientExperiment::load(&args.experiment)?;
    let bench_file = experiment::bench_file(&args, experiment.bench.as_deref());
    let bench = Bench::load(bench_file.as_deref())?;
    bench.check_pairs()?;
    experiment.gradient.check(&bench, experiment.sweep.window)?;
    let checked = Checked::new(&bench, bench_file.as_deref())?;
    checked.check_step(experiment.gradient.delta_v)?;
    let file = RunFile::open(&args.campaign.campaign)?;
    let station = checked.open(&outputs, &stop, &transcripts).await?;
    let logbook = station.logbook.clone();
    let mut pairs = station.into_pairs(&bench)?;
    let mut recorder = file.begin("gradient", &experiment.name, &experiment, &bench, logbook)?;
    let result = measure(&experiment, &bench, &mut pairs, &mut recorder, view, &stop).await;
    let result = then_off(result, switch_off(&mut pairs).await);
    let report = recorder.finish(result)?;
    view.show(&report, text)
}

async fn measure(
    experiment: &GradientExperiment,
    bench: &Bench,
    pairs: &mut [Pair],
    recorder: &mut Recorder,
    view: View,
    stop: &Stop,
) -> Result<GradientReport> {
    for pair in &*pairs {
        recorder.pair(pair, bench)?;
    }
    switch_on(pairs).await?;
    let method = Forward { delta_v: experiment.gradient.delta_v };
    let sweep = Sweep {
        window: experiment.sweep.window,
        points: experiment.sweep.points,
        sweeps: experiment.sweep.sweeps,
    };
    let bar = progress::bar((2 * sweep.sweeps * pairs.len()) as u64, "sweeps", view.quiet);
    let mut curves = Vec::new();
    for (number, pair) in pairs.iter_mut().enumerate() {
        let after = || bar.inc(1);
        curves.push(fidelity::measure(number, pair, &method, sweep, recorder, stop, after).await?);
    }
    bar.finish_and_clear();
    let folder = recorder.figures()?;
    let plots = vec![folder.join("iv.svg"), folder.join("gradient.svg")];
    fidelity::plot_iv(&curves, &plots[0])?;
    fidelity::plot_gradient(&curves, &plots[1])?;
    let figures =
        |it: &fidelity::Curves| Ok(PairFidelity { skew: Some(it.skew()), ..it.fidelity()? });
    let pairs = curves.iter().map(figures).collect::<Result<Vec<_>>>()?;
    let each: Vec<_> = pairs.iter().map(|it| it.fidelity).collect();
    Ok(GradientReport {
        experiment: experiment.name.clone(),
        place: recorder.place(plots),
        delta_v_volts: experiment.gradient.delta_v.0,
        over_pairs: Summary::of(&each),
        pairs,
        paper: PAPER,
        count: recorder.count()?,
    })
}

fn text(report: &GradientReport) -> String {
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
    for it in &report.pairs {
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
    table.row([
        "mean ± sd".to_owned(),
        format!("{:.1} ± {:.1}", s.rmse_siemens.mean * 1e9, s.rmse_siemens.sd.unwrap_or(0.0) * 1e9),
        spread(s.rmse_over_range, 100.0, 2, " %"),
        spread(s.rmse_over_mean_abs, 100.0, 2, " %"),
        spread(s.rmse_over_rms, 100.0, 2, " %"),
        spread(s.rmse_over_max, 100.0, 2, " %"),
        spread(s.r2_determination, 1.0, 4, ""),
        spread(s.r2_correlation, 1.0, 4, ""),
        spread(s.sign_agreement, 100.0, 2, " %"),
        String::new(),
    ]);
    format!(
        "Forward difference at δV = {:.1} mV against the numerical gradient of the base device's \
         averaged I-V curve\n{table}\n\
         The paper: RMSE {} %, R² {}, conventions not stated. An RMSE of 8.38 % of range allows \
         1−SSE/SST at most 0.972 on the same points.\n{}\n{}",
        report.delta_v_volts * 1e3,
        report.paper.gradient_rmse_percent,
        report.paper.gradient_r2,
        report.count,
        report.place,
    )
}

fn percent(ratio: f64) -> String {
    format!("{:.2} %", 100.0 * ratio)
}

fn spread(figure: gradient::fidelity::MeanSd, scale: f64, digits: usize, unit: &str) -> String {
    let mean = figure.mean * scale;
    match figure.sd {
        Some(sd) => format!("{mean:.digits$} ± {:.digits$}{unit}", sd * scale),
        None => format!("{mean:.digits$}{unit}"),
    }
}
