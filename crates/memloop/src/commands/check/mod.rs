//! `memloop check`: is a bench ready? Outputs stay at 0 V.

mod instrument;
mod pair;
mod report;

use anyhow::{Result, anyhow};
use tokio::task::JoinSet;
use tracing::Instrument as _;

use super::View;
use crate::{
    bench::Bench,
    cli::CheckArgs,
    reach::{Reach, Ways},
    shutdown::Guard,
    station::Checked,
    transcript::Transcripts,
};
use report::{CheckReport, Outcome};

/// Tries every instrument, all at once, then every pair.
///
/// # Errors
/// A bench that contradicts itself or its models; anything that failed;
/// [`Interrupted`](crate::exit::Interrupted).
pub async fn run(
    args: CheckArgs,
    view: View,
    Guard { outputs, stop, .. }: Guard,
    transcripts: Transcripts,
) -> Result<()> {
    let bench = Bench::load(args.bench.as_deref())?;
    let models = Checked::new(&bench, args.bench.as_deref())?.into_models();
    let ways = Ways::of(&bench)?;
    let transcripts = transcripts.begin(bench.instruments())?;
    let mut boxes: Vec<instrument::Subject> = Vec::new();
    let mut transcripts = transcripts.into_iter();
    for (entry, model) in bench.smu.iter().zip(models) {
        let channel = instrument::Channel {
            name: entry.name.clone(),
            channel: entry.channel,
            settings: bench.settings_of(entry).clone(),
        };
        match boxes.iter_mut().find(|it| it.reach.resource == entry.resource) {
            Some(known) => known.channels.push(channel),
            None => boxes.push(instrument::Subject {
                reach: Reach::of_bench(entry, &ways).recorded(transcripts.next().flatten()),
                link: entry.link.clone(),
                model,
                channels: vec![channel],
            }),
        }
    }
    let mut tried = JoinSet::new();
    for (at, subject) in boxes.into_iter().enumerate() {
        // The session's messages are logged under the name of its first channel.
        let span =
            tracing::error_span!(target: "transport", "smu", name = subject.channels[0].name);
        let outputs = outputs.clone();
        tried.spawn(async move { (at, subject.check(&outputs).await) }.instrument(span));
    }
    let mut tried = tried.join_all().await;
    tried.sort_by_key(|it| it.0);
    let (instruments, smus): (Vec<_>, Vec<_>) = tried.into_iter().flat_map(|it| it.1).unzip();
    let mut smus: Vec<_> = smus.into_iter().flatten().collect();
    let mut pairs = Vec::new();
    for pair in &bench.pair {
        stop.go_on()?;
        pairs.push(pair::check(pair, &mut smus).await);
    }
    stop.go_on()?;
    let report = CheckReport { bench: bench.name, instruments, pairs };
    view.show(&report, CheckReport::text)?;
    match report.count(Outcome::Failed) {
        0 => Ok(()),
        failed => Err(anyhow!("{failed} of {} checks failed", report.total())),
    }
}
