//! Surveys of all pairs at once: shot, recorded, and only then learnt from.

use anyhow::{Context, Result};
use gradient::{Codes, GradientConfig, Opening, Pair, Shot, ShotReading};
use smu::units::Volts;

use crate::{
    bill::Bill,
    computing::compute,
    recorder::Recorder,
    shooting::{self, Order},
    shutdown::Stop,
};

/// What is asked of all pairs before their first batch.
pub struct Surveys<'c> {
    config: &'c GradientConfig,
    /// V.
    window: [f64; 2],
    /// One a pair.
    each: Vec<Survey>,
}

struct Survey {
    pair: String,
    codes: Codes,
    shots: Vec<Shot>,
    /// So far: one for each of the first shots.
    rows: Vec<ShotReading>,
}

impl<'c> Surveys<'c> {
    /// What they will cost.
    ///
    /// # Errors
    /// A level outside a device's window.
    pub fn bill(pairs: &[Pair], config: &GradientConfig, window: [Volts; 2]) -> Result<Bill> {
        let window = window.map(|it| it.0);
        let mut bill = Bill::default();
        for pair in pairs {
            // All pairs at once.
            bill = bill.beside(Bill::of_survey(config, window, &pair.codes())?);
        }
        Ok(bill)
    }

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
            Ok(Survey { pair: pair.name().to_owned(), codes, shots, rows: Vec::new() })
        };
        Ok(Surveys { config, window, each: pairs.iter().map(plan).collect::<Result<_>>()? })
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
        let mut rows: Vec<Vec<ShotReading>> = self.each.iter().map(|_| Vec::new()).collect();
        let orders = pairs.iter_mut().zip(&self.each).map(|(pair, it)| Order::of(pair, &it.shots));
        let mut orders: Vec<Order<'_>> = orders.collect();
        let keep = |number: usize, shots: &[Shot], read: Vec<ShotReading>| {
            recorder.shots("survey", number, shots, &read)?;
            after(shots.iter().map(Shot::operations).sum());
            rows[number].extend(read);
            Ok(())
        };
        shooting::shoot(&mut orders, stop, keep).await.context("the survey")?;
        self.each.iter_mut().zip(rows).for_each(|(it, rows)| it.rows = rows);
        Ok(())
    }

    /// What the rows teach: one opening a pair. Outputs are off meanwhile.
    ///
    /// # Errors
    /// A survey that teaches nothing; [`Interrupted`](crate::exit::Interrupted).
    pub async fn learn(self, stop: &Stop) -> Result<Vec<Opening>> {
        let Surveys { config, window, each } = self;
        let config = config.clone();
        let learn = move || {
            let openings = each.into_iter().map(|it| {
                let Survey { pair, codes, shots, rows } = it;
                Opening::learn(shots, rows, &config, window, &codes)
                    .with_context(|| format!("the survey of pair \"{pair}\""))
            });
            openings.collect()
        };
        compute(stop, learn).await?
    }
}
