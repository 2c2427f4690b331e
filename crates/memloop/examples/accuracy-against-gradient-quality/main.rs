//! Accuracy against gradient quality: one training experiment, again and again, each time with another
//! estimator, another step or other twins, and a figure of what that does to the accuracy.
//!
//! ```sh
//! cargo build --release
//! cargo run --release -p memloop --example accuracy-against-gradient-quality -- experiments/yin-yang.toml docs/figures/accuracy-against-gradient-quality.svg
//! ```
//!
//! Every point is a run of the real program on the experiment's simulated bench, with the experiment's
//! repeats: across, the RMSE of that run's slopes over their range; upwards, the accuracy, mean and standard
//! deviation over the repeats. The lines are the experiment's own controls, trained once. The points are
//! also printed, as a table for a page.

use std::{
    env,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

use crate::{
    run::{Experiment, Found},
    variant::{Variant, variants},
};

mod figure;
mod run;
mod variant;

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = env::args_os().skip(1).map(PathBuf::from).collect();
    let [experiment, figure] = arguments.as_slice() else {
        bail!(
            "expected an experiment and the figure to write: experiments/yin-yang.toml quality.svg"
        );
    };
    let experiment = Experiment::load(experiment, program()?)?;
    let (own, controls) = experiment.controls()?;
    println!("| slopes | δV | twins | RMSE over range | accuracy |");
    println!("|---|---|---|---|---|");
    println!("{}", own.row("as the experiment says"));
    for control in &controls {
        println!("{}", control.row(&control.name));
    }
    let points = variants().into_iter().map(|variant| {
        let found = experiment.vary(&variant)?;
        println!("{}", found.row(variant.family));
        Ok((variant, found))
    });
    let points = points.collect::<Result<Vec<(Variant, Found)>>>()?;
    figure::draw(figure, experiment.name(), &points, &controls)
}

/// `memloop`, two folders above an example of the same build.
fn program() -> Result<PathBuf> {
    let example = env::current_exe()?;
    let folder = example.parent().and_then(Path::parent).context("an example lies in a folder")?;
    let program = folder.join(format!("memloop{}", env::consts::EXE_SUFFIX));
    if !program.exists() {
        bail!("{} does not exist: `cargo build --release` makes it", program.display());
    }
    Ok(program)
}
