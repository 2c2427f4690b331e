//! `memloop match`: how alike the two devices of a pair are, what that costs each estimator, and which
//! to use.

mod advice;
mod figures;
mod report;
mod survey;
mod text;
mod window;

use anyhow::Result;
use gradient::{
    CalibrationConfig, Derivative, Dither, GradientConfig, GradientError, Knowledge, Method,
    Opening, Order, Pair, Pulse, Step, SurveyConfig,
};
use serde::Serialize;

use self::{
    report::{MatchReport, PairReport},
    survey::{Surveyed, Surveyor},
    window::Window,
};
use super::{View, switch_off};
use crate::{
    bench::Bench,
    bill::{Bill, Permission, shortened},
    cli::MatchArgs,
    computing::compute,
    exit::BadInput,
    progress,
    recorder::{Recorder, RunFile},
    shutdown::{Guard, Stop},
    station::Checked,
    transcript::Transcripts,
};

/// Passes with which repeats are compared within one direction.
const LEAST_PASSES: usize = 4;
/// The most that a survey has.
const MOST_PASSES: usize = 1_000_000;
/// Levels that a curve is drawn through at the least.
const LEAST_LEVELS: usize = 5;
/// The most: what is learnt of a survey is computed at once, and cannot be interrupted.
const MOST_LEVELS: usize = 201;

/// The resolved question, as the campaign keeps it.
#[derive(Serialize)]
struct MatchExperiment {
    windows: Vec<Window>,
    survey: SurveyConfig,
}

/// Surveys every pair, again with a rest where it remembers, and recommends an estimator.
///
/// # Errors
/// Bad options or bench; an instrument failed; the campaign cannot be written; interrupted.
pub async fn run(
    args: MatchArgs,
    view: View,
    guard: Guard,
    transcripts: Transcripts,
) -> Result<()> {
    let Guard { outputs, stop, kept } = guard;
    let survey = survey_config(&args)?;
    let ends =
        [window::end("--from", args.from.as_deref())?, window::end("--to", args.to.as_deref())?];
    let bench = Bench::load(args.bench.as_deref())?;
    bench.check_pairs()?;
    let windows: Result<Vec<Window>> =
        bench.pair.iter().map(|it| Window::of(&bench, it, ends)).collect();
    let experiment = MatchExperiment { windows: windows?, survey };
    let checked = Checked::new(&bench, args.bench.as_deref())?;
    for (pair, window) in bench.pair.iter().zip(&experiment.windows) {
        let config = shortened(&undisciplined(survey)?);
        let planned = Opening::plan(&config, window.volts(), &checked.codes(pair));
        planned.map_err(|error| BadInput::new(format!("pair \"{}\": {error}", pair.name)))?;
    }
    let file = RunFile::open(&args.campaign.campaign, kept)?;
    let station = checked.open(&outputs, &stop, &transcripts).await?;
    let logbook = station.logbook.clone();
    let mut pairs = station.into_pairs(&bench)?;
    let surveyors = plan(&experiment, &pairs, args.long.permission())?;
    let mut recorder = file.begin("match", "match", &experiment, &bench, logbook)?;
    recorder.watch(&bench, &stop);
    let measured = measure(surveyors, &bench, &mut pairs, &mut recorder, view, &stop).await;
    let report = match measured {
        Ok(surveyed) => report(&bench, surveyed, &mut recorder, view, &stop).await,
        Err(error) => Err(error),
    };
    // Every survey that ended well has switched its outputs off and seen them off: what is lost by now
    // takes nothing away from what was measured.
    match (&report, switch_off(&mut pairs).await) {
        (Ok(_), Err(error)) => eprintln!(
            "{error:#}: nothing was lost by that, all was measured before; both outputs of every pair had been \
             switched off and verified to be off"
        ),
        // The report's own error matters more, and the guard switches off what is left.
        (Err(_), _) | (_, Ok(())) => {}
    }
    let report = recorder.finish(report)?;
    view.show(&report, text::text)
}

fn survey_config(args: &MatchArgs) -> Result<SurveyConfig> {
    let (levels, passes) = (args.levels, args.passes);
    let sentence = if levels < LEAST_LEVELS {
        format!("--levels {levels}: at least {LEAST_LEVELS} are needed to draw a curve")
    } else if levels > MOST_LEVELS {
        format!(
            "--levels {levels}: at most {MOST_LEVELS}, a curve through more takes long to compute"
        )
    } else if passes > MOST_PASSES {
        format!("--passes {passes}: at most {MOST_PASSES}")
    } else if passes < LEAST_PASSES {
        format!(
            "--passes {passes}: at least {LEAST_PASSES} are needed, two up and two down, to tell noise from \
             memory"
        )
    } else {
        return Ok(SurveyConfig { levels, passes });
    };
    Err(BadInput::new(sentence).into())
}

/// What the survey is made with: no discipline, and a step that is chosen.
fn undisciplined(survey: SurveyConfig) -> Result<GradientConfig> {
    let config = GradientConfig {
        method: Method::Central,
        delta_v: Step::Auto,
        derivative: Derivative::default(),
        order: Order::default(),
        rest: None,
        condition: None,
        hold: None,
        skew: None,
        check_state: false,
        repeats: 1,
        sentinel: None,
        calibration: CalibrationConfig::default(),
        dither: Dither::default(),
        survey,
    };
    config.check()?;
    Ok(config)
}

/// Plans the first survey of every pair: none begins unless all may.
fn plan(
    experiment: &MatchExperiment,
    pairs: &[Pair],
    permission: Permission,
) -> Result<Vec<Surveyor>> {
    let config = undisciplined(experiment.survey)?;
    let each = pairs.iter().zip(&experiment.windows);
    let bill =
        |(pair, window): (&Pair, &Window)| Bill::of_survey(&config, window.volts(), &pair.codes());
    let all = each.clone().map(bill).sum::<Result<Bill, GradientError>>()?;
    all.permit("the surveys", permission)?;
    each.map(|(pair, window)| Surveyor::of(pair, window.volts(), &config, permission)).collect()
}

async fn measure(
    surveyors: Vec<Surveyor>,
    bench: &Bench,
    pairs: &mut [Pair],
    recorder: &mut Recorder,
    view: View,
    stop: &Stop,
) -> Result<Vec<Surveyed>> {
    for (pair, surveyor) in pairs.iter().zip(&surveyors) {
        recorder.pair(pair, bench)?;
        view.tell(&surveyor.announcement());
    }
    let mut surveyed = Vec::with_capacity(pairs.len());
    for (number, (pair, surveyor)) in pairs.iter_mut().zip(surveyors).enumerate() {
        surveyed.push(surveyor.survey((number, pair), recorder, stop, view).await?);
    }
    recorder.result("survey", &surveyed.iter().flat_map(Known::of).collect::<Vec<_>>())?;
    Ok(surveyed)
}

/// What one survey taught, as the campaign keeps it.
#[derive(Serialize)]
struct Known<'a> {
    pair: &'a str,
    /// Before every reading.
    rest: Option<Pulse>,
    /// Noise, curve, mismatch and memory, in volts and amperes.
    knowledge: &'a Knowledge,
}

impl Known<'_> {
    fn of(surveyed: &Surveyed) -> impl Iterator<Item = Known<'_>> {
        surveyed.rounds.iter().map(|it| Known {
            pair: &surveyed.pair,
            rest: it.config.rest,
            knowledge: &it.knowledge,
        })
    }
}

async fn report(
    bench: &Bench,
    surveyed: Vec<Surveyed>,
    recorder: &mut Recorder,
    view: View,
    stop: &Stop,
) -> Result<MatchReport> {
    let folder = recorder.figures()?;
    let bar = progress::computing("what the estimators can be expected to do", view.quiet);
    let drawn = compute(stop, move || {
        let (mut plots, mut pairs) = (Vec::new(), Vec::new());
        for (number, it) in surveyed.iter().enumerate() {
            plots.extend(figures::draw(&folder, number, it)?);
            pairs.push(PairReport::of(it)?);
        }
        anyhow::Ok((plots, pairs))
    });
    let drawn = drawn.await;
    bar.finish_and_clear();
    let (plots, pairs) = drawn??;
    Ok(MatchReport {
        bench: bench.name.clone(),
        pairs,
        place: recorder.place(plots),
        count: recorder.count()?,
    })
}
