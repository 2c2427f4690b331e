//! The surveys of one pair: as it is, and with a rest until nothing of its past counts.

use anyhow::{Context, Result};
use gradient::{
    Codes, Cost, GradientConfig, GradientError, Knowledge, Pair, Pulse, Purpose, Remembered, Shot,
    ShotReading, Twins, survey,
};
use indicatif::ProgressBar;
use smu::{Reading, Side};

use crate::{
    bill::{Bill, Permission},
    commands::{View, then_off},
    computing::compute,
    progress,
    recorder::Recorder,
    shooting::{self, Order},
    shutdown::Stop,
};

/// The most surveys of a pair.
const SURVEYS: usize = 3;
/// The longest rest, readings.
const LONGEST_REST: usize = 20;
/// What takes less has no bar, s.
const SHORT: f64 = 2.0;

/// A pair that is going to be surveyed.
pub(super) struct Surveyor {
    pair: String,
    instruments: [String; 2],
    coupling: &'static str,
    codes: Codes,
    window: [f64; 2],
    config: GradientConfig,
    shots: Vec<Shot>,
    /// Of this survey.
    bill: Bill,
    /// Of this and those before.
    so_far: Bill,
    permission: Permission,
}

/// A pair and what it came to.
pub(super) struct Surveyed {
    pub(super) pair: String,
    /// Base and probe.
    pub(super) instruments: [String; 2],
    pub(super) coupling: &'static str,
    pub(super) codes: Codes,
    /// V.
    pub(super) window: [f64; 2],
    /// At least one; the last is of the readings that are recommended.
    pub(super) rounds: Vec<Round>,
}

/// One survey.
pub(super) struct Round {
    /// With the rest that every reading had before it.
    pub(super) config: GradientConfig,
    pub(super) cost: Cost,
    pub(super) shots: Vec<Shot>,
    pub(super) rows: Vec<ShotReading>,
    pub(super) knowledge: Knowledge,
    pub(super) twins: Twins,
}

impl Surveyor {
    /// Plans the first survey.
    ///
    /// # Errors
    /// A level outside a window.
    pub(super) fn of(
        pair: &Pair,
        window: [f64; 2],
        config: &GradientConfig,
        permission: Permission,
    ) -> Result<Surveyor> {
        let codes = pair.codes();
        let bill = Bill::of_survey(config, window, &codes)?;
        let shots = survey::plan(config, window, &codes)?;
        Ok(Surveyor {
            pair: pair.name().to_owned(),
            instruments: [pair.base().name().to_owned(), pair.probe().name().to_owned()],
            coupling: pair.coupling().name(),
            codes,
            window,
            config: config.clone(),
            shots,
            bill,
            so_far: bill,
            permission,
        })
    }

    /// What the next survey costs.
    pub(super) fn announcement(&self) -> String {
        let again = match self.config.rest {
            None => "; again with rests if the devices remember",
            Some(rest) => &format!(", with a rest of {} readings at {}", rest.readings, rest.level),
        };
        format!(
            "pair \"{}\": a survey of {}, outputs off while it is computed what it teaches{again}",
            self.pair, self.bill
        )
    }

    /// Surveys, records what was read, and compares; where memory counts, again with a rest.
    ///
    /// # Errors
    /// An instrument failed, the campaign cannot be written, nothing can be learnt; [`Interrupted`](crate::exit::Interrupted).
    pub(super) async fn survey(
        mut self,
        (number, pair): (usize, &mut Pair),
        recorder: &mut Recorder,
        stop: &Stop,
        view: View,
    ) -> Result<Surveyed> {
        let mut rounds: Vec<Round> = Vec::new();
        while rounds.len() < SURVEYS {
            let phase = format!("survey-{}", rounds.len() + 1);
            let cost = Cost::of(&self.shots, &self.codes);
            let bar = progress::bar(
                self.shots.len() as u64,
                &self.pair,
                view.quiet || cost.seconds < SHORT,
            );
            pair.output_on().await?;
            let read = self.read((number, pair), &phase, recorder, stop, &bar).await;
            let rows = then_off(read, pair.output_off().await.map_err(Into::into))?;
            bar.finish_and_clear();
            rounds.push(self.learn(rows, cost, stop, view).await?);
            let Some(config) = disciplined(&rounds).filter(|_| rounds.len() < SURVEYS) else {
                break;
            };
            self.again(config)?;
            view.tell(&self.announcement());
        }
        let Surveyor { pair, instruments, coupling, codes, window, .. } = self;
        Ok(Surveyed { pair, instruments, coupling, codes, window, rounds })
    }

    /// Plans the next survey.
    fn again(&mut self, config: GradientConfig) -> Result<()> {
        self.bill = Bill::of_survey(&config, self.window, &self.codes)?;
        self.so_far = self.so_far + self.bill;
        self.so_far.permit(&format!("the surveys of pair \"{}\"", self.pair), self.permission)?;
        self.shots = survey::plan(&config, self.window, &self.codes)?;
        self.config = config;
        Ok(())
    }

    async fn read(
        &self,
        (number, pair): (usize, &mut Pair),
        phase: &str,
        recorder: &mut Recorder,
        stop: &Stop,
        bar: &ProgressBar,
    ) -> Result<Vec<ShotReading>> {
        let mut rows = Vec::with_capacity(self.shots.len());
        let keep = |_, shots: &[Shot], read: Vec<ShotReading>| {
            recorder.shots(phase, number, shots, &read)?;
            rows.extend(read);
            bar.inc(shots.len() as u64);
            Ok(())
        };
        shooting::shoot(&mut [Order::of(pair, &self.shots)], stop, keep).await?;
        Ok(rows)
    }

    async fn learn(
        &self,
        rows: Vec<ShotReading>,
        cost: Cost,
        stop: &Stop,
        view: View,
    ) -> Result<Round> {
        let (shots, config, codes) = (self.shots.clone(), self.config.clone(), self.codes.clone());
        let window = self.window;
        let bar = progress::computing(&format!("the survey of {}", self.pair), view.quiet);
        let learn = move || {
            let study = survey::study(&shots, &rows)?;
            let twins = Twins::of(&study, &codes, window, &config)?;
            let knowledge = study.knowledge;
            Ok::<_, GradientError>(Round { config, cost, shots, rows, knowledge, twins })
        };
        let round = compute(stop, learn).await;
        bar.finish_and_clear();
        round?.with_context(|| format!("the survey of pair \"{}\"", self.pair))
    }
}

impl Surveyed {
    /// The survey of the readings that are recommended.
    pub(super) fn last(&self) -> &Round {
        &self.rounds[self.rounds.len() - 1]
    }
}

impl Round {
    /// Levels and currents of the readings that tell the curve, of one device, in their order.
    pub(super) fn curve(&self, side: Side) -> Vec<(f64, f64)> {
        let told = self.shots.iter().zip(&self.rows).filter(|it| it.0.purpose == Purpose::Survey);
        told.filter_map(|(shot, row)| Some((shot.level(side)?, row.current(side)?))).collect()
    }

    /// Readings of no use: in compliance, beyond the range, or not a number.
    pub(super) fn unusable(&self) -> usize {
        let each = self.rows.iter().flat_map(|it| [Some(&it.base), it.probe.as_ref()]);
        each.flatten().filter(|it| is_useless(it)).count()
    }

    /// The lowest and the highest level inside `window` with a reading of no use, V.
    pub(super) fn unusable_levels(&self, [low, high]: [f64; 2]) -> Option<[f64; 2]> {
        let useless = self.shots.iter().zip(&self.rows).filter(|(shot, row)| {
            let both = [Some(&row.base), row.probe.as_ref()];
            (low..=high).contains(&shot.base) && both.into_iter().flatten().any(is_useless)
        });
        let levels = useless.map(|(shot, _)| shot.base);
        levels.fold(None, |ends: Option<[f64; 2]>, it| {
            Some(ends.map_or([it, it], |[low, high]| [low.min(it), high.max(it)]))
        })
    }
}

fn is_useless(it: &Reading) -> bool {
    it.in_compliance || it.overflow || !it.current.is_some_and(f64::is_finite)
}

/// How to survey again, where the past still counts and something is left to try.
fn disciplined(rounds: &[Round]) -> Option<GradientConfig> {
    let (first, last) = rounds.first().zip(rounds.last())?;
    let twins = &last.twins;
    if !twins.memory.counts {
        return None;
    }
    let discipline = twins.at_four_operations.or(twins.at_two_operations)?.discipline;
    let advised = discipline.rest?;
    let rest = match last.config.rest {
        Some(tried) => {
            let enough = enough(tried.readings, &first.twins.memory, &twins.memory);
            let readings = advised.readings.max(enough).max(2 * tried.readings).min(LONGEST_REST);
            Pulse { readings, ..tried }
        }
        None => advised,
    };
    let config = GradientConfig { rest: Some(rest), ..last.config.clone() };
    (config.rest != last.config.rest).then_some(config)
}

/// Readings of rest after which half of what noise makes would be left of the hysteresis, if every
/// reading leaves as much of it as each of those that were tried.
fn enough(tried: usize, without: &Remembered, with: &Remembered) -> usize {
    let left = with.hysteresis_index / without.hysteresis_index;
    let of_each = left.powf(1.0 / tried as f64).clamp(0.1, 0.95);
    let wanted = (0.5 * with.explained_by_noise / without.hysteresis_index).clamp(0.01, 1.0);
    (wanted.ln() / of_each.ln()).ceil() as usize
}
