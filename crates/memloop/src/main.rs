//! memloop: train neural networks *in situ* on memristors.

mod bench;
mod cli;
mod commands;
#[cfg_attr(not(test), expect(dead_code, reason = "no command prints it yet"))]
mod comparison;
mod config;
mod draw;
mod exit;
mod experiment;
mod fidelity;
mod gradient_experiment;
mod imported;
mod levels;
mod pairing;
mod plot;
mod progress;
mod reach;
mod recorder;
mod report;
mod rescue;
mod services;
mod shutdown;
mod station;
mod table;
mod transcript;

use std::{io, process::ExitCode};

use anyhow::Result;
use clap::Parser;
use tracing_subscriber::EnvFilter;

use cli::{Cli, Command};
use transcript::Transcripts;

fn main() -> ExitCode {
    let cli = Cli::parse();
    tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()))
        .with_writer(io::stderr)
        .init();
    let result = run(cli);
    if let Err(error) = &result {
        eprintln!("error: {error:#}");
    }
    ExitCode::from(exit::code(&result))
}

fn run(cli: Cli) -> Result<()> {
    let Cli { command, json, quiet, transcript } = cli;
    let transcripts = Transcripts::new(transcript);
    let view = commands::View { json, quiet };
    match command {
        Command::Runs(args) => commands::runs::run(&args, view),
        Command::Show(args) => commands::show::run(&args, view),
        Command::Train(args) => {
            measure(|outputs, stop| commands::train::run(args, view, outputs, stop, transcripts))
        }
        Command::Iv(args) => {
            measure(|outputs, stop| commands::iv::run(args, view, outputs, stop, transcripts))
        }
        Command::Gradient(args) => {
            measure(|outputs, stop| commands::gradient::run(args, view, outputs, stop, transcripts))
        }
        Command::Match(args) => {
            measure(|outputs, stop| commands::twins::run(args, view, outputs, stop, transcripts))
        }
        Command::Check(args) => {
            measure(|outputs, stop| commands::check::run(args, view, outputs, stop, transcripts))
        }
        Command::Discover(args) => alone(commands::discover::run(args, view, transcripts)),
        Command::Idn(args) => alone(commands::idn::run(args, view, transcripts)),
        Command::Scpi(args) => alone(commands::scpi::run(args, view, transcripts)),
    }
}

/// Runs a command that has instruments.
fn measure<F>(command: impl FnOnce(shutdown::Outputs, shutdown::Stop) -> F) -> Result<()>
where
    F: Future<Output = Result<()>> + Send + 'static,
{
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(shutdown::guarded(command))
}

/// Runs a command that switches no output on by itself; what it leaves waiting (a prompt, a driver)
/// does not keep the process.
fn alone(command: impl Future<Output = Result<()>>) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(command);
    runtime.shutdown_background();
    result
}
