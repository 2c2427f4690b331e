//! Surveys of all pairs at once: shot, recorded, and only then learnt from.

use anyhow::{Context, Result};
use futures_util::future::join_all;
use gradient::{Codes, Cost, GradientConfig, Opening, Pair, Shot, ShotReading};
use smu::units::Volts;

use super::Bill;
use crate::{recorder::Recorder, shutdown::Stop};

/// Instrument time of what is shot in one go, s: so long an interruption waits.
const GO: f64 = 5.0;

/// What is asked of all pairs before their first batch.
pub struct Surveys<'c> {
    config: &'c GradientConfig,
    /// V.
    window: [f64; 2],
    /// One a pair.
    each: Vec<Survey>,
}

struct Survey {
    codes: Codes,
    shots: Vec<Shot>,
    /// So far: one for each of the first shots.
    rows: Vec<ShotReading>,
}

impl<'c> Surveys<'c> {
    /// Plans them; nothing is sent.
    ///
    /// # Errors
    /// A level outside a device's window.
    pub fn plan(
        pairs: &[Pair],
        config: &'c GradientConfig,
        window: [Volts; 2],
    ) -> Result<Surveys<'c>> {
        let window = window.map(|it| it.0);
        let plan = |pair: &Pair| -> Result<Survey> {
            let codes = pair.codes();
            let shots = Opening::plan(config, window, &codes)?;
            Ok(Survey { codes, shots, rows: Vec::new() })
        };
        Ok(Surveys { config, window, each: pairs.iter().map(plan).collect::<Result<_>>()? })
    }

    /// What they cost.
    pub fn bill(&self) -> Bill {
        let mut bill = Bill::default();
        for survey in &self.each {
            let cost = Cost::of(&survey.shots, &survey.codes);
            bill.operations += cost.operations;
            // All pairs at once.
            bill.seconds = bill.seconds.max(cost.seconds);
        }
        bill
    }

    /// Makes the shots with the pairs, whose outputs are on, and records the rows as they come. `after`
    /// is told how many operations have been made.
    ///
    /// # Errors
    /// An instrument failed: what the other pairs have read meanwhile is recorded; the campaign cannot
    /// be written; [`Interrupted`](crate::exit::Interrupted).
    pub async fn shoot(
        &mut self,
        pairs: &mut [Pair],
        recorder: &mut Recorder,
        stop: &Stop,
        after: impl Fn(u64),
    ) -> Result<()> {
        while self.each.iter().any(|it| !it.next().is_empty()) {
            stop.go_on()?;
            let shooting = pairs.iter_mut().zip(&self.each);
            let shooting = shooting.map(async |(pair, it)| (pair.shoot(it.next()).await, pair));
            let mut failed = None;
            for (number, (rows, pair)) in join_all(shooting).await.into_iter().enumerate() {
                let rows = match rows.with_context(|| of(pair)) {
                    Ok(rows) => rows,
                    Err(error) => {
                        failed = failed.or(Some(error));
                        continue;
                    }
                };
                let survey = &mut self.each[number];
                let shots = survey.next();
                if shots.is_empty() {
                    continue;
                }
                recorder.survey("survey", number, shots, &rows)?;
                after(shots.iter().map(Shot::operations).sum());
                survey.rows.extend(rows);
            }
            if let Some(error) = failed {
                return Err(error);
            }
        }
        Ok(())
    }

    /// What the rows teach: one opening a pair.
    ///
    /// # Errors
    /// A survey that teaches nothing.
    pub fn learn(self, pairs: &[Pair]) -> Result<Vec<Opening>> {
        let openings = self.each.into_iter().zip(pairs).map(|(it, pair)| {
            let Survey { codes, shots, rows } = it;
            Opening::learn(shots, rows, self.config, self.window, &codes).with_context(|| of(pair))
        });
        openings.collect()
    }
}

impl Survey {
    /// The shots of the next go.
    fn next(&self) -> &[Shot] {
        let rest = &self.shots[self.rows.len()..];
        let fit = (GO / self.codes.seconds_per_shot) as usize;
        &rest[..rest.len().min(fit.clamp(1, self.codes.most))]
    }
}

fn of(pair: &Pair) -> String {
    format!("the survey of pair \"{}\"", pair.name())
}
