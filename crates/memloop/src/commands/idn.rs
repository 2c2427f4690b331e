//! `memloop idn`: who is at an address, which model file fits, how long the link takes.

use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use serde::Serialize;
use smu::{Identity, Model};
use tokio::task::JoinSet;
use transport::Session;

use super::View;
use crate::{
    cli::IdnArgs,
    exit::BadInput,
    reach::{Directory, Reach, time},
    table::Table,
    transcript::Transcripts,
};

/// What `memloop idn` prints.
#[derive(Serialize)]
struct IdnReport {
    instruments: Vec<Answer>,
}

/// One address, and who is there.
#[derive(Clone, Debug, Serialize)]
pub struct Answer {
    /// The address, as memloop writes it.
    pub resource: String,
    /// What carries the bytes.
    pub link: &'static str,
    /// Who answered.
    #[serde(flatten)]
    pub identity: Option<Identity>,
    /// The model whose file fits.
    pub model_file: Option<&'static str>,
    /// `*IDN?` and its answer, the median of several.
    pub round_trip_seconds: Option<f64>,
    /// Why nobody answered.
    pub failed: Option<String>,
}

/// Asks all at once.
///
/// # Errors
/// What was asked for is no address; an instrument did not answer.
pub async fn run(args: IdnArgs, view: View, transcripts: Transcripts) -> Result<()> {
    let limit = time("--limit", &args.reach.limit)?;
    if args.repeats == 0 {
        return Err(BadInput::new("--repeats takes at least 1").into());
    }
    let directory = Directory::new(&args.reach)?;
    let reaches: Vec<_> =
        args.resources.iter().map(|it| directory.find(it)).collect::<Result<_>>()?;
    let names = args.resources.iter().map(String::as_str);
    let names = names.zip(&reaches).map(|(name, it)| (name, it.resource.to_string()));
    let transcripts = transcripts.begin(names)?;
    let mut asked = JoinSet::new();
    for (at, (reach, transcript)) in reaches.into_iter().zip(transcripts).enumerate() {
        let reach = reach.recorded(transcript);
        asked.spawn(async move { (at, ask(&reach, args.repeats, limit).await) });
    }
    let mut answers = asked.join_all().await;
    answers.sort_by_key(|it| it.0);
    let report = IdnReport { instruments: answers.into_iter().map(|it| it.1).collect() };
    view.show(&report, |it| text(&it.instruments))?;
    let silent = report.instruments.iter().filter(|it| it.failed.is_some()).count();
    match silent {
        0 => Ok(()),
        _ => Err(anyhow!("{silent} of {} gave no identity", report.instruments.len())),
    }
}

/// Asks one.
pub async fn ask(reach: &Reach, repeats: usize, limit: Duration) -> Answer {
    let answer = Answer {
        resource: reach.resource.to_string(),
        link: reach.resource.link(),
        identity: None,
        model_file: None,
        round_trip_seconds: None,
        failed: None,
    };
    match identity(reach, repeats, limit).await {
        Ok((identity, round_trip)) => Answer {
            model_file: model_of(&identity),
            identity: Some(identity),
            round_trip_seconds: Some(round_trip.as_secs_f64()),
            ..answer
        },
        Err(error) => Answer { failed: Some(format!("{error:#}")), ..answer },
    }
}

async fn identity(reach: &Reach, repeats: usize, limit: Duration) -> Result<(Identity, Duration)> {
    let session = reach.open().await?;
    let answer = identify(&session, limit).await?;
    let round_trip = round_trip(&session, repeats, limit).await?;
    session.close().await;
    Ok((answer, round_trip))
}

/// Who answers `*IDN?`.
///
/// # Errors
/// Nobody does.
pub async fn identify(session: &Session, limit: Duration) -> Result<Identity> {
    Ok(Identity::of(&session.query("*IDN?", limit).await?))
}

/// How long `*IDN?` and its answer take: the median of several.
///
/// # Errors
/// An answer did not come.
pub async fn round_trip(session: &Session, repeats: usize, limit: Duration) -> Result<Duration> {
    let mut times = Vec::with_capacity(repeats);
    for _ in 0..repeats {
        let begun = Instant::now();
        session.query("*IDN?", limit).await?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times.get(times.len() / 2).copied().unwrap_or_default())
}

/// The model that comes with memloop and has this identity.
fn model_of(identity: &Identity) -> Option<&'static str> {
    Model::names().find(|name| Model::builtin(name).is_ok_and(|it| it.recognises(identity)))
}

/// A table, and under it what went wrong.
pub fn text(answers: &[Answer]) -> String {
    let titles =
        ["resource", "link", "maker", "model", "serial", "firmware", "model file", "round trip"];
    let mut table = Table::left(titles);
    let mut failed = String::new();
    for it in answers {
        let Some(identity) = &it.identity else {
            let dash = || "—".to_owned();
            let cells = [
                it.resource.clone(),
                it.link.to_owned(),
                dash(),
                dash(),
                dash(),
                dash(),
                dash(),
                dash(),
            ];
            table.row(cells);
            failed += &format!("\n✗ {}: {}", it.resource, it.failed.as_deref().unwrap_or_default());
            continue;
        };
        table.row([
            it.resource.clone(),
            it.link.to_owned(),
            identity.maker.clone(),
            identity.model.clone(),
            identity.serial.clone(),
            identity.firmware.clone(),
            it.model_file.unwrap_or("none fits").to_owned(),
            milliseconds(it.round_trip_seconds.unwrap_or_default()),
        ]);
    }
    format!("{table}{failed}")
}

/// A short time for people.
pub fn milliseconds(seconds: f64) -> String {
    if seconds < 0.01 {
        format!("{:.2} ms", seconds * 1e3)
    } else {
        format!("{:.0} ms", seconds * 1e3)
    }
}
