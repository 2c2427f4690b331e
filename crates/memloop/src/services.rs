//! Pairs become gradient services: each is surveyed, what was read is recorded, and a step is
//! chosen.

use std::fmt;

use anyhow::{Context, Result};
use gradient::{
    GradientConfig, Knowledge, Pair, Service, Shot, Step,
    step::{self, Choice, DecidedBy},
    survey,
};
use serde::Serialize;
use smu::units::Volts;

use crate::{exit::Interrupted, recorder::Recorder, shutdown::Stop};

/// What the surveys of all pairs measure, one after the other.
pub struct Surveys(Vec<Vec<Shot>>);

/// What a pair's survey came to, as the campaign keeps it.
#[derive(Debug, Serialize)]
pub struct Surveyed {
    /// Which pair.
    pub pair: String,
    /// The step that slopes are measured with, V.
    pub delta_v_volts: f64,
    /// Why this step; absent where the experiment says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
    /// Noise, curve, mismatch and memory, in units of volts and amperes.
    pub knowledge: Knowledge,
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

impl Surveys {
    /// Plans the surveys of pairs that are asked levels in `window`; nothing is sent.
    ///
    /// # Errors
    /// A level outside a device's window.
    pub fn plan(pairs: &[Pair], config: &GradientConfig, window: [Volts; 2]) -> Result<Surveys> {
        let window = window.map(|it| it.0);
        let plans = pairs.iter().map(|it| survey::plan(config, window, &it.codes()));
        Ok(Surveys(plans.collect::<Result<_, _>>()?))
    }

    /// What they cost.
    pub fn bill(&self, pairs: &[Pair]) -> Bill {
        let seconds =
            |(shots, pair): (&Vec<Shot>, &Pair)| shots.len() as f64 * pair.codes().seconds_per_shot;
        Bill {
            operations: self.0.iter().flatten().map(Shot::operations).sum(),
            seconds: self.0.iter().zip(pairs).map(seconds).sum(),
        }
    }

    /// Surveys the pairs, whose outputs are on. Their readings are recorded before anything is learnt
    /// of them.
    ///
    /// # Errors
    /// An instrument failed; the campaign cannot be written; too few readings of a pair are of use;
    /// interrupted.
    pub async fn measure(
        self,
        pairs: &mut [Pair],
        config: &GradientConfig,
        window: [Volts; 2],
        recorder: &mut Recorder,
        stop: &Stop,
    ) -> Result<Vec<Surveyed>> {
        let mut surveyed = Vec::with_capacity(pairs.len());
        for (number, (pair, shots)) in pairs.iter_mut().zip(self.0).enumerate() {
            if stop.asked() {
                return Err(Interrupted.into());
            }
            let rows = pair.shoot(&shots).await?;
            recorder.survey("survey", number, &shots, &rows)?;
            let knowledge = survey::learn(&shots, &rows)
                .with_context(|| format!("the survey of pair \"{}\"", pair.name()))?;
            let (delta_v_volts, choice) = match config.delta_v {
                Step::Fixed(step) => (step.0, None),
                Step::Auto => {
                    let (codes, window) = (pair.codes(), window.map(|it| it.0));
                    let choice = step::choose(config.method, &knowledge, &codes, window, config);
                    (choice.delta_v, Some(choice))
                }
            };
            let pair = pair.name().to_owned();
            surveyed.push(Surveyed { pair, delta_v_volts, choice, knowledge });
        }
        recorder.result("survey", &surveyed)?;
        Ok(surveyed)
    }
}

impl Surveyed {
    /// The step and why, for people.
    pub fn step(&self) -> String {
        let step = Volts((self.delta_v_volts * 1e9).round() / 1e9);
        let why = match &self.choice {
            None => "as the experiment says".to_owned(),
            Some(choice) => format!("chosen: {}", why(choice.decided_by)),
        };
        format!("pair \"{}\": delta_v {step}, {why}", self.pair)
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

/// Serves with the surveyed pairs.
///
/// # Errors
/// A configuration that means nothing.
pub fn serve(
    pairs: Vec<Pair>,
    config: &GradientConfig,
    surveyed: Vec<Surveyed>,
) -> Result<Vec<Service>> {
    let both = pairs.into_iter().zip(surveyed);
    let served = both
        .map(|(pair, it)| Ok(Service::new(pair, config.clone(), it.delta_v_volts, it.knowledge)?));
    served.collect()
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
