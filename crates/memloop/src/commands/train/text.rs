//! What `memloop train` says to people.

use std::fmt::Write;

use gradient::GradientConfig;
use train::DataSet;

use crate::{
    bench::Bench,
    bill::Bill,
    experiment::TrainExperiment,
    fidelity,
    report::{Arm, TrainReport, noted},
    table::{Table, percent},
    weights::StartConfig,
};

/// What is about to be done.
pub fn before(experiment: &TrainExperiment, bench: &Bench, data: &DataSet) -> String {
    let validation = &experiment.validation;
    let split = match (validation.folds, validation.hold_out) {
        (Some(folds), _) => format!("{folds}-fold cross-validation"),
        (None, Some(share)) => format!("{:.0} % held out", 100.0 * share),
        (None, None) => "the data set's own held-out rows".to_owned(),
    };
    let hidden: Vec<_> = experiment.network.hidden.iter().map(usize::to_string).collect();
    format!(
        "{}: {}-{}-{} network, {split}, {} repeat{}, on bench \"{}\"",
        experiment.name,
        data.features.ncols(),
        hidden.join("-"),
        data.class_names.len(),
        validation.repeats,
        if validation.repeats == 1 { "" } else { "s" },
        bench.name,
    )
}

/// What the surveys cost.
pub fn of_surveys(bill: Bill) -> String {
    format!("survey of the pairs: {bill}, outputs off while it is computed what they teach")
}

/// What is refused where all of it takes too long.
pub fn of_all(surveys: Bill, training: Bill) -> String {
    format!("the surveys ({surveys}) and the training (at most {training}) together")
}

/// What the curves and the training cost.
pub fn of_training(bill: Bill, config: &GradientConfig) -> String {
    // A calibration of a sentinel that has moved cannot be foreseen.
    let foreseen = if config.sentinel.is_some() && config.method.is_calibrated() {
        ", without recalibrations after drift"
    } else {
        ""
    };
    format!(
        "curves and training: at most {bill}{foreseen}; levels that a batch asks twice are measured once"
    )
}

/// What was found, beside the paper.
pub fn after(report: &TrainReport) -> String {
    let mut text = format!("\n{}\n\n", accuracies(report));
    if let Some(compared) = &report.comparison {
        let _ = writeln!(text, "{}\n", compared.text());
    }
    if let Some(effort) = effort(report) {
        let _ = writeln!(text, "{effort}\n");
    }
    if let Some(table) = validation(report) {
        let _ = writeln!(text, "{table}\n");
    }
    if let Some(table) = confusion(report) {
        let _ = writeln!(text, "{table}\n");
    }
    if let Some(sentence) = guessing(report) {
        let _ = writeln!(text, "{sentence}\n");
    }
    if let Some(start) = &report.start {
        let _ = writeln!(text, "{}\n", began_with(start));
    }
    let _ = writeln!(text, "{}", caveat(report));
    let _ = writeln!(text, "\n{}\n{}", gradients(report), fidelity::reference(&report.reference));
    if !report.notes.is_empty() {
        let notes = report.notes.iter().map(|(kind, times)| (kind.as_str(), *times));
        let _ = writeln!(text, "\n{}", noted(notes));
    }
    let _ = write!(
        text,
        "\n{} Slopes that could not be formed: {}; raised to zero: {}. {:.1} s.\n{}",
        report.count,
        report.arms.iter().map(|it| it.slopes_absent).sum::<u64>(),
        report.arms.iter().map(|it| it.slopes_clamped).sum::<u64>(),
        report.wall_seconds,
        report.place
    );
    text
}

fn accuracies(report: &TrainReport) -> Table {
    let mut table =
        Table::new(["neurons and slopes", "accuracy", "least", "most", "readings", "the paper"]);
    for arm in &report.arms {
        let (name, paper) = match arm.name.as_str() {
            "measured" => ("memristors, measured slopes", report.paper.device_accuracy_percent),
            "constant-slope" => ("memristors, constant slope (control)", None),
            "shuffled-slope" => ("memristors, shuffled slopes (control)", None),
            "numerical-slope" => ("memristors, numerical slopes (control)", None),
            "tanh" => ("tanh (control)", report.paper.tanh_accuracy_percent),
            "relu" => ("ReLU (control)", report.paper.relu_accuracy_percent),
            other => (other, None),
        };
        let each = &arm.accuracy_percent_by_repeat;
        table.row([
            name.to_owned(),
            accuracy(arm),
            format!("{:.2} %", each.iter().copied().fold(f64::INFINITY, f64::min)),
            format!("{:.2} %", each.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
            if arm.readings == 0 { String::new() } else { arm.readings.to_string() },
            paper.map(|it| format!("{it} %")).unwrap_or_default(),
        ]);
    }
    table
}

/// What the arms on devices took; `None` where there are none.
fn effort(report: &TrainReport) -> Option<String> {
    let mut table = Table::new([
        "what it took",
        "levels asked",
        "operations",
        "batches",
        "instrument time",
        "energy of the devices",
    ]);
    let read: Vec<_> = report.arms.iter().filter(|it| it.readings > 0).collect();
    for arm in &read {
        let it = &arm.effort;
        table.row([
            arm.name.clone(),
            it.levels_asked.to_string(),
            arm.readings.to_string(),
            it.batches.to_string(),
            format!("{:.1} s", it.instrument_seconds),
            format!("{:.3} mJ", 1e3 * it.devices_joules),
        ]);
    }
    let first = read.first()?;
    Some(format!(
        "{table}\nOne by one, the levels of \"{}\" would have been {} operations with a round trip each: \
         a reading of both devices for every level asked.",
        first.name,
        2 * first.effort.levels_asked,
    ))
}

fn accuracy(arm: &Arm) -> String {
    match arm.accuracy_percent_sd {
        Some(sd) => format!("{:.2} ± {sd:.2} %", arm.accuracy_percent_mean),
        None => format!("{:.2} %", arm.accuracy_percent_mean),
    }
}

/// What was learned of a row before is no prediction of it.
fn began_with(start: &StartConfig) -> String {
    format!(
        "Every fold of every arm began with the weights of {}; if they were trained on rows that were held \
         out here, those rows were no test.",
        start.file.display()
    )
}

/// What else the arms say of themselves; `None` where there is nothing.
fn validation(report: &TrainReport) -> Option<Table> {
    report.arms.iter().find_map(|it| it.validation_accuracy_percent_mean)?;
    let mut table = Table::new(["arm", "validation rows", "epochs, mean over the folds"]);
    for arm in &report.arms {
        let validated = arm.validation_accuracy_percent_mean;
        table.row([
            arm.name.clone(),
            validated.map(|it| format!("{it:.2} %")).unwrap_or_default(),
            format!("{:.1}", arm.epochs_mean),
        ]);
    }
    Some(table)
}

/// Which classes the first arm takes for which, over all repeats.
fn confusion(report: &TrainReport) -> Option<String> {
    let arm = report.arms.first()?;
    let classes = &report.class_names;
    if classes.len() > MOST_CLASSES {
        return None;
    }
    let head = [format!("\"{}\": rows of", arm.name)];
    let told = classes.iter().map(|it| format!("told as {it}"));
    let mut table = Table::new(head.into_iter().chain(told));
    for (name, row) in classes.iter().zip(&arm.confusion) {
        table.row([name.clone()].into_iter().chain(row.iter().map(usize::to_string)));
    }
    Some(table.to_string())
}

/// More classes make a table too wide to be read.
const MOST_CLASSES: usize = 10;

/// Arms that have learned nothing.
fn guessing(report: &TrainReport) -> Option<String> {
    let chance = 100.0 / report.class_names.len() as f64;
    let guess = |it: &&Arm| it.accuracy_percent_mean <= 1.05 * chance;
    let names: Vec<_> =
        report.arms.iter().filter(guess).map(|it| format!("\"{}\"", it.name)).collect();
    (!names.is_empty()).then(|| {
        format!(
            "No better than guessing among {} classes ({chance:.1} %): {}. It diverged, or its \
             pre-activations lie outside the mapping's window; the learning curves tell.",
            report.class_names.len(),
            names.join(", ")
        )
    })
}

/// Accuracy on an easy task is no proof of a gradient, and the control shows it.
fn caveat(report: &TrainReport) -> String {
    let repeats = report.arms.first().map_or(0, |it| it.accuracy_percent_by_repeat.len());
    let scatter = if repeats < 2 {
        " One training says little about another: --repeats 10 tells more."
    } else {
        ""
    };
    let has_control = report.arms.iter().any(|it| it.name == "constant-slope");
    let proof = if has_control {
        "The constant-slope control ignores what was measured of the slope; where it does as well, \
         the accuracy proves nothing about the gradient."
    } else {
        "Without the constant-slope control, the accuracy proves nothing about the gradient."
    };
    format!("{proof} The fidelity below is its measure.{scatter}")
}

fn gradients(report: &TrainReport) -> Table {
    let mut table = Table::new([
        "measured against numerical slope",
        "RMSE over range",
        "RMSE over mean |g|",
        "R² = 1−SSE/SST",
        "R² = r²",
    ]);
    for it in &report.gradient_fidelity {
        table.row([
            format!("pair \"{}\"", it.pair),
            percent(it.fidelity.rmse_over_range),
            percent(it.fidelity.rmse_over_mean_abs),
            format!("{:.4}", it.fidelity.r2_determination),
            format!("{:.4}", it.fidelity.r2_correlation),
        ]);
    }
    table.row([
        "the paper (conventions not stated)".to_owned(),
        format!("{} %", report.paper.gradient_rmse_percent),
        String::new(),
        String::new(),
        report.paper.gradient_r2.to_string(),
    ]);
    table
}
