//! memloop: train neural networks *in situ* on memristors.

mod bench;
mod bill;
mod cli;
mod commands;
mod comparison;
mod computing;
mod config;
mod data;
mod draw;
mod exit;
mod experiment;
mod fetch;
mod fidelity;
mod gradient_experiment;
mod guard;
mod imported;
mod kept;
mod levels;
mod owner;
mod packed;
mod pairing;
mod plot;
mod progress;
mod reach;
mod recorder;
mod report;
mod rescue;
mod services;
mod shooting;
mod shutdown;
mod station;
mod table;
mod transcript;
mod watch;
mod weights;

use std::{io, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use tracing_subscriber::EnvFilter;

use cli::{Cli, Command};
use guard::Guarding;
use transcript::Transcripts;

fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()))
        .with_writer(io::stderr)
        .init();
    let result = run(cli);
    if let Err(error) = &result {
        eprintln!("{}", exit::sentence(error));
    }
    ExitCode::from(exit::code(&result))
}

fn run(cli: Cli) -> Result<()> {
    let Cli { command, json, quiet, no_guard, transcript } = cli;
    let transcripts = Transcripts::new(transcript);
    let view = commands::View { json, quiet };
    let guarding = if no_guard { Guarding::Off } else { Guarding::On };
    match command {
        Command::Runs(args) => commands::runs::run(&args, view),
        Command::Show(args) => commands::show::run(&args, view),
        Command::Train(args) => {
            measure(guarding, |run| commands::train::run(args, view, run, transcripts))
        }
        Command::Resume(args) => {
            measure(guarding, |run| commands::resume::run(args, view, run, transcripts))
        }
        Command::Evaluate(args) => {
            measure(guarding, |run| commands::evaluate::run(args, view, run, transcripts))
        }
        Command::Campaign(command) => finish(commands::campaign::run(command, view)),
        Command::Export(args) => finish(commands::export::run(args, view)),
        Command::Replay(args) => finish(commands::replay::run(args, view)),
        Command::Compare(args) => commands::compare::run(&args, view),
        Command::Import(args) => commands::import::run(&args, view),
        Command::Weights(command) => commands::weights::run(&command, view),
        Command::Iv(args) => {
            measure(guarding, |run| commands::iv::run(args, view, run, transcripts))
        }
        Command::Gradient(args) => {
            measure(guarding, |run| commands::gradient::run(args, view, run, transcripts))
        }
        Command::Match(args) => {
            measure(guarding, |run| commands::twins::run(args, view, run, transcripts))
        }
        Command::Check(args) => {
            measure(guarding, |run| commands::check::run(args, view, run, transcripts))
        }
        Command::Note(args) => commands::note::run(&args, view),
        Command::Guard => guard::stand(),
        Command::Data(command) => finish(commands::data::run(command, view)),
        Command::Discover(args) => finish(commands::discover::run(args, view, transcripts)),
        Command::Idn(args) => finish(commands::idn::run(args, view, transcripts)),
        Command::Scpi(args) => finish(commands::scpi::run(args, view, transcripts)),
    }
}

/// Runs a command. A computation that nobody waits for any longer, or what the
/// command leaves waiting (a prompt, a driver), does not keep the process.
fn finish<F: Future<Output = Result<()>>>(command: F) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(command);
    runtime.shutdown_background();
    result
}

/// Runs a command that has instruments.
fn measure<F>(guarding: Guarding, command: impl FnOnce(shutdown::Guard) -> F) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    finish(shutdown::guarded(guarding, command))
}
