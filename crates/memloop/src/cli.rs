//! The command line: what can be asked, with examples.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub use self::{campaigns::*, data::*, instruments::*, measuring::*, trained::*};

mod campaigns;
mod data;
mod instruments;
mod measuring;
mod trained;

/// Train neural networks in situ on memristors: on a probe station, or on simulated instruments.
#[derive(Debug, Parser)]
#[command(name = "memloop", version, propagate_version = true, after_help = EXAMPLES)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Print one JSON document on standard output in place of tables (units are in its keys).
    #[arg(long, global = true)]
    pub json: bool,
    /// Show no progress bars and no bills: only results, errors, and what befalls instruments.
    #[arg(long, short, global = true)]
    pub quiet: bool,
    /// Start no guard. The guard is a small process that switches outputs off when memloop is killed
    /// (SIGKILL, out of memory); without it outputs then stay on. docs/safety.md
    #[arg(long, global = true)]
    pub no_guard: bool,
    /// Record every message to and from the instruments, in the format of golden transcripts. With
    /// several instruments, one file each: FILE's name and the instrument's. Never overwrites.
    #[arg(long, global = true, value_name = "FILE")]
    pub transcript: Option<PathBuf>,
}

const EXAMPLES: &str = "\
Examples:
  memloop train experiments/iris.toml                 train on the embedded simulated bench
  memloop train experiments/iris.toml --repeats 10    ten cross-validations with different splits
  memloop train experiments/iris.toml --bench my-bench.toml
  memloop resume                                      go on with a training that was interrupted
  memloop evaluate 3                                  a trained network on the devices as they are now
  memloop weights export 3 --to iris.safetensors      what was learned, as a file
  memloop gradient experiments/paper/gradient-fidelity.toml
  memloop match my-bench.toml                         are the two devices alike enough, and for what?
  memloop iv --from '-1 V' --to '1 V' --points 201
  memloop runs
  memloop show 3 --json
  memloop campaign verify                             is the file whole?
  memloop export --to lab                             Parquet, Arrow, CSV or NetCDF for Python and others
  memloop discover                                    what instruments are within reach
  memloop idn TCPIP0::192.0.2.7::inst0::INSTR         who is there, and how fast the link is
  memloop scpi ASRL/dev/ttyUSB0::INSTR --baud 57600   a console
  memloop check my-bench.toml                         is the bench ready? outputs stay at 0 V
  memloop data fetch mnist                            a public data set, into memloop-data/mnist

Exit codes: 0 done, 1 failed, 2 usage or configuration, 130 interrupted.
Set RUST_LOG=transport=trace to see every message to and from the instruments on standard error.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a network whose activations and slopes are measured, beside its controls.
    #[command(after_help = "\
Examples:
  memloop train experiments/iris.toml
  memloop train experiments/iris.toml --repeats 10 --seed 2000
  memloop train experiments/iris.toml --start iris.safetensors
  memloop train experiments/iris.toml --bench benches/one-pair.toml --json > iris.json")]
    Train(TrainArgs),
    /// Go on with a training that was interrupted, or did not live to end.
    #[command(after_help = "\
Examples:
  memloop resume            the last training that is not done
  memloop resume 3 --campaign night-3.sqlite

Goes on after the last epoch that the campaign has. Trainings by table, and controls of software, give
the same numbers as without the interruption; docs/training.md says what is different of live ones.")]
    Resume(ResumeArgs),
    /// Evaluate a trained network again on the devices as they are now: what has drifted?
    #[command(after_help = "\
Examples:
  memloop evaluate 3                                every fold of run 3, on the bench it was trained on
  memloop evaluate 3 --repeat 0 --fold 2 --json
  memloop evaluate 3 --bench my-bench-today.toml
  memloop evaluate 3 --fold 0 --repeat 0 --weights edited.npz

Held-out rows alone. Every pre-activation is measured, unless --table is given.")]
    Evaluate(EvaluateArgs),
    /// Write what was learned to a file.
    #[command(subcommand)]
    Weights(WeightsCommand),
    /// Measure current against voltage on every device of the bench.
    #[command(after_help = "\
Examples:
  memloop iv
  memloop iv --from '-0.5 V' --to '0.5 V' --points 101 --sweeps 4
  memloop iv --bench my-bench.toml --campaign night-3.sqlite")]
    Iv(IvArgs),
    /// Compare the measured dI/dV of every pair with the numerical gradient of its I-V curve.
    #[command(after_help = "\
Examples:
  memloop gradient experiments/paper/gradient-fidelity.toml
  memloop gradient experiments/paper/gradient-fidelity.toml --bench benches/simulated.toml --json
  memloop gradient experiments/gradient-benches.toml --device loop.csv --branch up
  memloop gradient experiments/gradient-benches.toml --device sweep-1.csv --device sweep-2.csv

docs/gradient.md says what the tables mean and which figures can hold together.")]
    Gradient(GradientArgs),
    /// Measure how alike the two devices of every pair are, and which estimator suits them.
    #[command(after_help = "\
Examples:
  memloop match my-bench.toml
  memloop match my-bench.toml --from '-0.5 V' --to '0.5 V' --json
  memloop match benches/twins-keeps-30.toml --campaign twins.sqlite

Prints a [gradient] table for each pair, ready for an experiment file. docs/match.md says what every
figure means, how it is measured and what to do with it.")]
    Match(MatchArgs),
    /// Look for instruments: mDNS, VXI-11 broadcast, USB, serial ports. Never needed.
    #[command(after_help = "\
Examples:
  memloop discover
  memloop discover --no-serial --limit '5 s' --identify
  memloop discover --json

Nothing but the discovery protocols' own questions is sent, unless --identify is given; serial ports
are asked only with --identify-serial too, for something else than an instrument may listen there.")]
    Discover(DiscoverArgs),
    /// Ask instruments who they are, which model file fits, and how long their links take.
    #[command(after_help = "\
Examples:
  memloop idn TCPIP0::192.0.2.7::5025::SOCKET
  memloop idn TCPIP0::192.0.2.7::inst0::INSTR USB0::0x05E6::0x2450::04012345::INSTR
  memloop idn ASRL/dev/ttyUSB0::INSTR --baud 57600 --option flow=xon-xoff
  memloop idn GPIB0::24::INSTR --gateway PRLGX-TCPIP::192.0.2.9::1234::INTFC
  memloop idn a1 b1 --bench my-bench.toml

docs/links.md has every form of a resource string and every option.")]
    Idn(IdnArgs),
    /// Talk to an instrument: a console with history, or messages given here or piped in.
    #[command(after_help = "\
Examples:
  memloop scpi TCPIP0::192.0.2.7::5025::SOCKET
  memloop scpi ASRL/dev/ttyUSB0::INSTR --baud 57600 --off-at-end
  memloop scpi TCPIP0::192.0.2.7::5025::SOCKET '*IDN?' ':SYST:ERR?'
  printf '*RST\\n:SOUR:VOLT?\\n' | memloop scpi SIM::a1 --transcript reset.scpi

In the console: !help lists what is no SCPI; Ctrl-C gives up a reply that does not come; Ctrl-D ends.
What is typed is what is sent: memloop checks no level here, and outputs stay as they were left,
unless --off-at-end is given.")]
    Scpi(ScpiArgs),
    /// Find out whether a bench is ready: every instrument, every setting, every pair. Never above 0 V.
    #[command(after_help = "\
Examples:
  memloop check my-bench.toml
  memloop check my-bench.toml --json
  memloop check my-bench.toml --transcript check.scpi

Instruments are reset and set up as for a run. Outputs go on, at 0 V, only where a pair's trigger path
is tried, and off again. Every instrument is tried; the exit code is 1 when anything failed.")]
    Check(CheckArgs),
    /// Fetch public data sets, and list what there is to train on.
    #[command(subcommand)]
    Data(DataCommand),
    /// List the runs of a campaign.
    #[command(after_help = "\
Examples:
  memloop runs
  memloop runs --campaign night-3.sqlite --json")]
    Runs(CampaignArgs),
    /// Show one run: configuration, instruments, counts, results.
    #[command(after_help = "\
Examples:
  memloop show            the last run
  memloop show 3 --json   run 3, as JSON")]
    Show(ShowArgs),
    /// Write down what happened beside a run, also while it is running.
    #[command(after_help = "\
Examples:
  memloop note 3 'refilled the left device' --kind refill
  memloop note 3 'lights off' --campaign night-3.sqlite

Notes are events of the run, with the time: `memloop show` lists them.")]
    Note(NoteArgs),
    /// Switches outputs off when the memloop that started it dies. For memloop itself.
    #[command(hide = true)]
    Guard,
    /// Check a campaign file.
    #[command(subcommand)]
    Campaign(CampaignCommand),
    /// Write tables of a campaign as Parquet, Arrow, CSV or NetCDF, for other programs.
    #[command(after_help = "\
Examples:
  memloop export --to lab                              every table of every run, as Parquet
  memloop export 3 --to lab --format netcdf            run 3, for xarray
  memloop export 3 --table readings --to readings.csv  one table, as one file
  memloop export --campaign night-3.sqlite --to lab    several campaigns side by side in one folder

Names, units and configuration are in every file; no bit of a number is lost. Nothing is overwritten
without --force, and no file is there by halves. docs/export.md shows how to read them in pandas, Polars,
DuckDB, xarray and others.")]
    Export(ExportTablesArgs),
    /// Take an I-V table that others measured into a campaign, as a run of kind import.
    #[command(after_help = "\
Examples:
  memloop import loop.csv
  memloop import loop.csv --instrument 'device 7' --campaign night-3.sqlite
  memloop import conductance.txt --values siemens

What the file does not say (who measured it, when, in compliance or not) is not made up. Conductances are
stored as the currents that they make.")]
    Import(ImportArgs),
    /// Form every slope of a training again from its recorded readings, without an instrument.
    #[command(after_help = "\
Examples:
  memloop replay 3
  memloop replay 3 --campaign night-3.sqlite --json

Plans are made again of what was asked, compared with what was sent, and slopes with those on disk, to
the last bit. Exit codes: 0 all equal, 1 otherwise, 2 for a run that cannot be replayed.")]
    Replay(ReplayArgs),
    /// Put runs side by side: what differs, accuracies, and whether they may be called different.
    #[command(after_help = "\
Examples:
  memloop compare 3 5
  memloop compare 3 5 7 --plot curves.svg --json

Trainings are held against the first by paired tests, which need the same data and the same splits (equal
seeds, repeats and folds); where those differ nothing is called better, and the reason is given.")]
    Compare(CompareArgs),
}

/// `memloop data`.
#[derive(Debug, Subcommand)]
pub enum DataCommand {
    /// Fetch a public data set; only what has the right checksum is kept.
    #[command(after_help = "\
Examples:
  memloop data fetch mnist
  memloop data fetch mnist --into experiments/mnist
  memloop data fetch mnist --from http://192.0.2.1/mnist

Files that are there are checked, not fetched again. docs/data.md says how to do it without a network.")]
    Fetch(FetchArgs),
    /// List data sets with their rows, features and classes, and the tasks that are generated.
    #[command(after_help = "\
Examples:
  memloop data list
  memloop data list my-tables --json")]
    List(ListArgs),
}

/// Which campaign file.
#[derive(Debug, Args)]
pub struct CampaignArgs {
    /// The campaign file: every run, reading and epoch. Plots go into folders beside it.
    #[arg(long, value_name = "FILE", default_value = "memloop-data/campaign.sqlite")]
    pub campaign: PathBuf,
}

/// `memloop note`.
#[derive(Debug, Args)]
pub struct NoteArgs {
    /// The run's number (`memloop runs` lists them).
    #[arg(value_name = "RUN")]
    pub run: i64,
    /// What happened.
    #[arg(value_name = "TEXT")]
    pub text: String,
    /// What kind of event it is.
    #[arg(long, value_name = "KIND", value_parser = ["note", "refill", "re-contact"], default_value = "note")]
    pub kind: String,
    /// Which campaign.
    #[command(flatten)]
    pub campaign: CampaignArgs,
}

/// `memloop show`.
#[derive(Debug, Args)]
pub struct ShowArgs {
    /// The run's number (`memloop runs` lists them); the last run without it.
    #[arg(value_name = "RUN")]
    pub run: Option<i64>,
    /// Which campaign.
    #[command(flatten)]
    pub campaign: CampaignArgs,
}
