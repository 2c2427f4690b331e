//! Pairs become gradient services: each is surveyed, what was read is recorded, and a step is
//! chosen.

use std::fmt;

use anyhow::{Context, Result};
use gradient::{
    Cost, GradientConfig, Knowledge, Pair, Service,
    step::{Choice, DecidedBy},
    survey,
};
use serde::Serialize;
use smu::units::Volts;

use crate::recorder::Recorder;

/// What a pair's survey came to, as the campaign keeps it.
#[derive(Debug, Serialize)]
struct Surveyed<'a> {
    pair: &'a str,
    /// The step that slopes are measured with.
    delta_v_volts: f64,
    /// Why this step; absent where the experiment says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    choice: &'a Option<Choice>,
    /// Noise, curve, mismatch and memory, in volts and amperes.
    knowledge: &'a Knowledge,
}

/// Services whose pairs were surveyed.
pub struct Opened {
    /// One a pair.
    pub services: Vec<Service>,
    /// The step of each and why, for people.
    pub steps: Vec<String>,
}

/// Operations of all instruments together, and what they should take.
#[derive(Clone, Copy, Debug, Default)]
pub struct Bill {
    /// Source-measure operations.
    pub operations: u64,
    /// Without the links, s.
    pub seconds: f64,
}

impl fmt::Display for Bill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} operations, about ", self.operations)?;
        match self.seconds {
            seconds if seconds < 100.0 => write!(f, "{seconds:.0} s of instrument time"),
            seconds => write!(f, "{:.0} min of instrument time", seconds / 60.0),
        }
    }
}

/// What the surveys of all pairs cost, one after the other; nothing is sent.
///
/// # Errors
/// A level outside a device's window.
pub fn survey_bill(pairs: &[Pair], config: &GradientConfig, window: [Volts; 2]) -> Result<Bill> {
    let mut bill = Bill::default();
    for pair in pairs {
        let codes = pair.codes();
        let cost = Cost::of(&survey::plan(config, window.map(|it| it.0), &codes)?, &codes);
        bill.operations += cost.operations;
        bill.seconds += cost.seconds;
    }
    Ok(bill)
}

/// Surveys the pairs, whose outputs are on, and records what was read before any slope is measured.
///
/// # Errors
/// A survey that teaches nothing; an instrument failed; the campaign cannot be written.
pub async fn open(
    pairs: Vec<Pair>,
    config: &GradientConfig,
    window: [Volts; 2],
    recorder: &mut Recorder,
) -> Result<Opened> {
    let window = window.map(|it| it.0);
    let (mut services, mut choices, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    for (number, pair) in pairs.into_iter().enumerate() {
        let name = pair.name().to_owned();
        let opened = Service::open(pair, config.clone(), window).await;
        let (service, opening) =
            opened.with_context(|| format!("the survey of pair \"{name}\""))?;
        recorder.survey("survey", number, &opening.shots, &opening.rows)?;
        steps.push(step(&name, service.delta_v(), opening.choice.as_ref()));
        choices.push(opening.choice);
        services.push(service);
    }
    let surveyed = services.iter().zip(&choices).map(|(service, choice)| Surveyed {
        pair: service.pair().name(),
        delta_v_volts: service.delta_v(),
        choice,
        knowledge: service.knowledge(),
    });
    recorder.result("survey", &surveyed.collect::<Vec<_>>())?;
    Ok(Opened { services, steps })
}

fn step(pair: &str, delta_v: f64, choice: Option<&Choice>) -> String {
    let delta_v = Volts((delta_v * 1e9).round() / 1e9);
    match choice {
        None => format!("pair \"{pair}\": delta_v {delta_v}, as the experiment says"),
        Some(choice) => {
            format!("pair \"{pair}\": delta_v {delta_v}, chosen: {}", why(choice.decided_by))
        }
    }
}

fn why(decided_by: DecidedBy) -> &'static str {
    match decided_by {
        DecidedBy::LeastError => "the least expected error",
        DecidedBy::SmallestStep => "the smallest that the sources make well",
        DecidedBy::WidestStep => "a tenth of the window, more is not tried",
        DecidedBy::SourceWindow => "the widest that the instruments' windows allow",
        DecidedBy::ShareOfWindow => "a share of the window, the error hardly depends on it",
        _ => "by the survey",
    }
}

/// Ramps every output down and switches it off; all are tried.
///
/// # Errors
/// The first that failed.
pub async fn switch_off(services: &mut [Service]) -> Result<()> {
    let mut result = Ok(());
    for service in services {
        let off = service.pair_mut().output_off().await;
        result = result.and(off.map_err(Into::into));
    }
    result
}
