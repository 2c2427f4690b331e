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
    exit::Interrupted,
    reach::Reach,
    shutdown::{Outputs, Stop},
    station::Checked,
    transcript::Transcripts,
};
use report::{CheckReport, Outcome};

/// Tries every instrument, all at once, then every pair.
///
/// # Errors
/// A bench that contradicts itself or its models; anything that failed;
/// [`Interrupted`].
pub async fn run(
    args: CheckArgs,
    view: View,
    outputs: Outputs,
    stop: Stop,
    transcripts: Transcripts,
) -> Result<()> {
    let bench = Bench::load(args.bench.as_deref())?;
    let models = Checked::new(&bench, args.bench.as_deref())?.into_models();
    let names = bench.smu.iter().map(|it| (it.name.as_str(), it.resource.to_string()));
    let transcripts = transcripts.begin(names)?;
    let links = bench.links();
    let mut tried = JoinSet::new();
    for (at, ((entry, model), transcript)) in
        bench.smu.iter().zip(models).zip(transcripts).enumerate()
    {
        let subject = instrument::Subject {
            name: entry.name.clone(),
            reach: Reach::of_bench(&bench, entry, &links).recorded(transcript),
            link: entry.link.clone(),
            settings: bench.settings_of(entry).clone(),
            model,
        };
        // The session's messages are logged under the instrument's name.
        let span = tracing::error_span!(target: "transport", "smu", name = entry.name);
        let outputs = outputs.clone();
        tried.spawn(async move { (at, subject.check(&outputs).await) }.instrument(span));
    }
    let mut tried = tried.join_all().await;
    tried.sort_by_key(|it| it.0);
    let (mut instruments, mut smus) = (Vec::new(), Vec::new());
    for (_, (checked, smu)) in tried {
        instruments.push(checked);
        smus.push(smu);
    }
    let mut pairs = Vec::new();
    for pair in &bench.pair {
        if stop.asked() {
            return Err(Interrupted.into());
        }
        pairs.push(pair::check(pair, &mut smus).await);
    }
    let report = CheckReport { bench: bench.name, instruments, pairs };
    view.show(&report, CheckReport::text)?;
    match report.count(Outcome::Failed) {
        0 => Ok(()),
        failed => Err(anyhow!("{failed} of {} checks failed", report.total())),
    }
}
