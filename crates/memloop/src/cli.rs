//! The command line: what can be asked, with examples.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::bill::Permission;

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
  memloop gradient experiments/paper/gradient-fidelity.toml
  memloop match my-bench.toml                         are the two devices alike enough, and for what?
  memloop iv --from '-1 V' --to '1 V' --points 201
  memloop runs
  memloop show 3 --json
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
  memloop train experiments/iris.toml --bench benches/one-pair.toml --json > iris.json")]
    Train(TrainArgs),
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

/// `memloop data fetch`.
#[derive(Debug, Args)]
pub struct FetchArgs {
    /// Which.
    #[arg(value_name = "DATA SET", value_parser = ["mnist"])]
    pub data_set: String,
    /// The folder that gets its files.
    #[arg(long, value_name = "DIR", default_value = crate::data::FETCHED)]
    pub into: PathBuf,
    /// A folder on the web that has the files, in place of the public mirrors.
    #[arg(long, value_name = "URL")]
    pub from: Option<String>,
}

/// `memloop data list`.
#[derive(Debug, Args)]
pub struct ListArgs {
    /// Folders that hold CSV files or folders of MNIST; memloop-data and experiments without it.
    #[arg(value_name = "DIR")]
    pub folders: Vec<PathBuf>,
}

/// Which campaign file.
#[derive(Debug, Args)]
pub struct CampaignArgs {
    /// The campaign file: every run, reading and epoch. Plots go into folders beside it.
    #[arg(long, value_name = "FILE", default_value = "memloop-data/campaign.sqlite")]
    pub campaign: PathBuf,
}

/// How long a run may take.
#[derive(Clone, Copy, Debug, Args)]
pub struct LongArgs {
    /// Permit more than 24 h of instrument time; without it such a run is refused before an output is
    /// on.
    #[arg(long)]
    long: bool,
}

impl LongArgs {
    /// What was permitted.
    pub fn permission(self) -> Permission {
        if self.long { Permission::Long } else { Permission::ADay }
    }
}

/// An experiment, where it runs and where its data go.
#[derive(Debug, Args)]
pub struct ExperimentArgs {
    /// The experiment file (TOML): the question asked.
    #[arg(value_name = "EXPERIMENT")]
    pub experiment: PathBuf,
    /// The bench file (TOML): instruments, devices, limits. Without it, the bench that the
    /// experiment names; else the embedded simulated bench.
    #[arg(long, value_name = "FILE")]
    pub bench: Option<PathBuf>,
    /// Where the data go.
    #[command(flatten)]
    pub campaign: CampaignArgs,
}

/// `memloop gradient`.
#[derive(Debug, Args)]
pub struct GradientArgs {
    /// The experiment.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// A measured curve (CSV: volts and amperes, or siemens) that the simulated devices get in place
    /// of the bench's law; its mismatch, noise and drift stay. Given twice, the base of every pair
    /// gets the first curve and the probe the second.
    #[arg(long, value_name = "CURVE")]
    pub device: Vec<PathBuf>,
    /// Which way of a curve that goes there and back.
    #[arg(long, value_name = "BRANCH", value_parser = ["up", "down", "mean"], default_value = "mean", requires = "device")]
    pub branch: String,
    /// What the second column of a curve without a header is.
    #[arg(long, value_name = "QUANTITY", value_parser = ["amperes", "siemens"], requires = "device")]
    pub values: Option<String>,
    /// The current that the (first) curve is scaled to at +1 V; as measured without it.
    #[arg(long, value_name = "AMPERES", requires = "device")]
    pub full_scale: Option<String>,
    /// How long it may take.
    #[command(flatten)]
    pub long: LongArgs,
}

/// `memloop train`.
#[derive(Debug, Args)]
pub struct TrainArgs {
    /// The experiment.
    #[command(flatten)]
    pub experiment: ExperimentArgs,
    /// Cross-validate this many times, each with different splits (overrides the experiment).
    #[arg(long, value_name = "N")]
    pub repeats: Option<usize>,
    /// Seed of the first repeat's splits and weights (overrides the experiment).
    #[arg(long, value_name = "SEED")]
    pub seed: Option<u64>,
    /// How long it may take.
    #[command(flatten)]
    pub long: LongArgs,
}

/// `memloop iv`.
#[derive(Debug, Args)]
pub struct IvArgs {
    /// First level of the sweep.
    #[arg(long, value_name = "VOLTS", default_value = "-1 V", allow_hyphen_values = true)]
    pub from: String,
    /// Last level of the sweep.
    #[arg(long, value_name = "VOLTS", default_value = "1 V", allow_hyphen_values = true)]
    pub to: String,
    /// Levels from one end to the other.
    #[arg(long, value_name = "N", default_value_t = 101)]
    pub points: usize,
    /// Sweeps there and back.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub sweeps: usize,
    /// The bench file (TOML); the embedded simulated bench without it.
    #[arg(long, value_name = "FILE")]
    pub bench: Option<PathBuf>,
    /// Where the data go.
    #[command(flatten)]
    pub campaign: CampaignArgs,
}

/// `memloop match`.
#[derive(Debug, Args)]
pub struct MatchArgs {
    /// The bench file (TOML); the embedded simulated bench without it.
    #[arg(value_name = "BENCH")]
    pub bench: Option<PathBuf>,
    /// The lowest level that slopes will be asked at. Without it, -1 V, or as near to that as a step
    /// of a tenth of the window leaves room for inside the pair's windows.
    #[arg(long, value_name = "VOLTS", allow_hyphen_values = true)]
    pub from: Option<String>,
    /// The highest level that slopes will be asked at. Without it, 1 V, or as near as there is room.
    #[arg(long, value_name = "VOLTS", allow_hyphen_values = true)]
    pub to: Option<String>,
    /// Levels of the survey.
    #[arg(long, value_name = "N", default_value_t = 41)]
    pub levels: usize,
    /// Passes over them, up and down in turn.
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub passes: usize,
    /// How long it may take.
    #[command(flatten)]
    pub long: LongArgs,
    /// Where the data go.
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

/// `memloop discover`.
#[derive(Debug, Args)]
pub struct DiscoverArgs {
    /// How long to listen for answers.
    #[arg(long, value_name = "SECONDS", default_value = "3 s")]
    pub limit: String,
    /// Do not ask over multicast DNS.
    #[arg(long)]
    pub no_mdns: bool,
    /// Do not broadcast for VXI-11.
    #[arg(long)]
    pub no_vxi11: bool,
    /// Do not list USB instruments.
    #[arg(long)]
    pub no_usb: bool,
    /// Do not list serial ports.
    #[arg(long)]
    pub no_serial: bool,
    /// Ask everything that was found for *IDN?, but serial ports.
    #[arg(long)]
    pub identify: bool,
    /// Ask serial ports too, with the options given here.
    #[arg(long, requires = "identify")]
    pub identify_serial: bool,
    /// How links are opened.
    #[command(flatten)]
    pub link: LinkArgs,
}

/// How an address becomes a link.
#[derive(Debug, Args)]
#[command(next_help_heading = "Link options")]
pub struct LinkArgs {
    /// Serial lines: the rate; the same as --option baud=N.
    #[arg(long, value_name = "N")]
    pub baud: Option<u32>,
    /// An option of the link as in a bench file's `link = { ... }`: parity=even, flow=xon-xoff,
    /// terminator=crlf, connect_limit='2 s', ... (docs/links.md). May be given several times.
    #[arg(long = "option", value_name = "KEY=VALUE")]
    pub options: Vec<String>,
    /// The gateway to the GPIB board of its address: PRLGX-TCPIP0::192.0.2.9::1234::INTFC. May be
    /// given several times.
    #[arg(long, value_name = "RESOURCE")]
    pub gateway: Vec<String>,
    /// What the gateways are; they are asked without it.
    #[arg(long, value_name = "KIND", value_parser = ["prologix", "ar488"])]
    pub gateway_kind: Option<String>,
}

/// Which instrument, and how it is reached.
#[derive(Debug, Args)]
pub struct ReachArgs {
    /// A bench file (TOML): its instruments can be given by name, its gateways and simulated
    /// instruments are known. The embedded simulated bench without it.
    #[arg(long, value_name = "FILE")]
    pub bench: Option<PathBuf>,
    /// How long to wait for a reply.
    #[arg(long, value_name = "SECONDS", default_value = "10 s")]
    pub limit: String,
    /// How the link is opened.
    #[command(flatten)]
    pub link: LinkArgs,
}

/// `memloop idn`.
#[derive(Debug, Args)]
pub struct IdnArgs {
    /// The instruments: VISA resource strings, or names of the bench.
    #[arg(value_name = "RESOURCE", required = true)]
    pub resources: Vec<String>,
    /// How often *IDN? is asked; the median time is shown.
    #[arg(long, value_name = "N", default_value_t = 9)]
    pub repeats: usize,
    /// How they are reached.
    #[command(flatten)]
    pub reach: ReachArgs,
}

/// `memloop scpi`.
#[derive(Debug, Args)]
pub struct ScpiArgs {
    /// The instrument: a VISA resource string, or a name of the bench.
    #[arg(value_name = "RESOURCE")]
    pub resource: String,
    /// Messages to send instead of opening a console.
    #[arg(value_name = "MESSAGE")]
    pub messages: Vec<String>,
    /// Do not read the error queue after each message.
    #[arg(long)]
    pub no_errors: bool,
    /// The query that reads one entry of the error queue.
    #[arg(long, value_name = "QUERY", default_value = ":SYST:ERR?")]
    pub error_query: String,
    /// Send this at the end, however it comes; for a second channel ':OUTP1 OFF;:OUTP2 OFF'.
    #[arg(long, value_name = "MESSAGE", num_args = 0..=1, require_equals = true, default_missing_value = ":OUTP OFF")]
    pub off_at_end: Option<String>,
    /// How it is reached.
    #[command(flatten)]
    pub reach: ReachArgs,
}

/// `memloop check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// The bench file (TOML); the embedded simulated bench without it.
    #[arg(value_name = "BENCH")]
    pub bench: Option<PathBuf>,
}
