//! What reaches instruments.

use std::path::PathBuf;

use clap::Args;

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
