//! Pairs become gradient services: each is surveyed, what was read is recorded, and only then is
//! anything learnt from it, and a step chosen.

use anyhow::Result;
use gradient::{
    GradientConfig, Knowledge, Opening, Pair, Service,
    step::{Choice, DecidedBy},
};
use serde::Serialize;
use smu::units::Volts;

pub use self::survey::Surveys;
use crate::recorder::Recorder;

mod survey;

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

/// Serves with pairs that were surveyed, each with its opening.
pub fn serve(pairs: Vec<Pair>, config: &GradientConfig, openings: &[Opening]) -> Vec<Service> {
    let opened = pairs.into_iter().zip(openings);
    opened.map(|(pair, it)| Service::opened(pair, config.clone(), it)).collect()
}

/// Records what the surveys came to.
///
/// # Errors
/// The campaign cannot be written.
pub fn record(pairs: &[Pair], openings: &[Opening], recorder: &mut Recorder) -> Result<()> {
    let surveyed = pairs.iter().zip(openings).map(|(pair, opening)| Surveyed {
        pair: pair.name(),
        delta_v_volts: opening.delta_v,
        choice: &opening.choice,
        knowledge: &opening.knowledge,
    });
    recorder.result("survey", &surveyed.collect::<Vec<_>>())
}

/// The step of each pair and why, for people.
pub fn steps(pairs: &[Pair], openings: &[Opening]) -> Vec<String> {
    let each = pairs.iter().zip(openings);
    each.map(|(pair, it)| step(pair.name(), it.delta_v, it.choice.as_ref())).collect()
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
