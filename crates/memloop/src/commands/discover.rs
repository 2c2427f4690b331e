//! `memloop discover`: what instruments are within reach.

use anyhow::Result;
use serde::Serialize;
use tokio::task::JoinSet;
use transport::{
    Resource,
    discover::{self, Discovery, Found, Source},
};

use super::{
    View,
    idn::{self, Answer},
};
use crate::{
    cli::{DiscoverArgs, ReachArgs},
    exit::BadInput,
    reach::{Directory, time},
    table::Table,
    transcript::Transcripts,
};

/// What `memloop discover` prints.
#[derive(Serialize)]
struct DiscoverReport {
    found: Vec<Found>,
    failed: Vec<Failed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    identified: Option<Vec<Answer>>,
}

/// A source that could not look.
#[derive(Serialize)]
struct Failed {
    source: Source,
    reason: String,
}

/// Looks, and asks who it is where that is wanted.
///
/// # Errors
/// Bad options. That a source cannot look is told, and no error.
pub async fn run(args: DiscoverArgs, view: View, transcripts: Transcripts) -> Result<()> {
    let limit = time("--limit", &args.limit)?;
    let sources = sources(&args);
    if sources.is_empty() {
        return Err(
            BadInput::new("every source is switched off: nothing is left to look at").into()
        );
    }
    let Discovery { found, failed, .. } = discover::discover(&sources, limit).await;
    let identified =
        if args.identify { Some(identify(args, &found, transcripts).await?) } else { None };
    let failed = failed.into_iter().map(|(source, reason)| Failed { source, reason }).collect();
    view.show(&DiscoverReport { found, failed, identified }, text)
}

fn sources(args: &DiscoverArgs) -> Vec<Source> {
    let off = |source: &Source| match source {
        Source::Mdns => args.no_mdns,
        Source::Vxi11 => args.no_vxi11,
        Source::Usb => args.no_usb,
        Source::Serial => args.no_serial,
        _ => false,
    };
    Source::ALL.into_iter().filter(|it| !off(it)).collect()
}

async fn identify(
    args: DiscoverArgs,
    found: &[Found],
    transcripts: Transcripts,
) -> Result<Vec<Answer>> {
    let limit = time("--limit", &args.limit)?;
    let (serial, bench) = (args.identify_serial, None);
    let directory = Directory::new(&ReachArgs { bench, limit: args.limit, link: args.link })?;
    let asked = |it: &&Found| serial || !matches!(it.resource, Resource::Serial { .. });
    let addresses: Vec<_> = found.iter().filter(asked).map(|it| it.resource.to_string()).collect();
    let transcripts = transcripts.begin(addresses.iter().map(|it| (it.as_str(), it.clone())))?;
    let mut answers = JoinSet::new();
    for (address, transcript) in addresses.iter().zip(transcripts) {
        let reach = directory.find(address)?.recorded(transcript);
        answers.spawn(async move { idn::ask(&reach, 1, limit).await });
    }
    let mut answers = answers.join_all().await;
    answers.sort_by(|a, b| a.resource.cmp(&b.resource));
    Ok(answers)
}

fn text(report: &DiscoverReport) -> String {
    let mut text = String::new();
    if report.found.is_empty() {
        text +=
            "nothing was found; an address that you know works all the same (memloop idn RESOURCE)";
    } else {
        let mut table = Table::left(["resource", "found by", "what it says"]);
        for it in &report.found {
            table.row([it.resource.to_string(), it.source.to_string(), it.description.clone()]);
        }
        text += &table.to_string();
    }
    for it in &report.failed {
        text += &format!("\n{} could not look: {}", it.source, it.reason);
    }
    if let Some(identified) = report.identified.as_ref().filter(|it| !it.is_empty()) {
        text += &format!("\n\n{}", idn::text(identified));
    }
    text
}
