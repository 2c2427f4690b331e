use smu::{KillSwitch, Reading, Smu, SmuError};

use crate::{Forward, GradientError, Monotonic, PairedReading};

/// Two instruments with nominally identical devices.
#[derive(Debug)]
pub struct Pair {
    name: String,
    base: Smu,
    probe: Smu,
    monotonic: Monotonic,
}

impl Pair {
    /// Pairs two configured instruments.
    ///
    /// # Errors
    /// They differ in what makes two readings comparable: integration time, line frequency, source
    /// delay.
    pub fn new(
        name: &str,
        base: Smu,
        probe: Smu,
        monotonic: Monotonic,
    ) -> Result<Pair, GradientError> {
        let (one, other) = (base.settings(), probe.settings());
        let compared = [
            ("nplc", one.nplc.to_string(), other.nplc.to_string()),
            ("line_frequency", one.line_frequency.to_string(), other.line_frequency.to_string()),
            ("source_delay", one.source_delay.to_string(), other.source_delay.to_string()),
        ];
        if let Some((setting, base, probe)) = compared.into_iter().find(|it| it.1 != it.2) {
            return Err(GradientError::Unlike { pair: name.to_owned(), setting, base, probe });
        }
        Ok(Pair { name: name.to_owned(), base, probe, monotonic })
    }

    /// As the bench names it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The instrument at V.
    pub fn base(&self) -> &Smu {
        &self.base
    }

    /// The instrument at V+δV.
    pub fn probe(&self) -> &Smu {
        &self.probe
    }

    /// Output-off without a question, for both.
    pub fn kill_switches(&self) -> [KillSwitch; 2] {
        [self.base.kill_switch(), self.probe.kill_switch()]
    }

    /// Switches both outputs on, at 0 V.
    ///
    /// # Errors
    /// The first that failed; both were tried.
    pub async fn output_on(&mut self) -> Result<(), SmuError> {
        both(tokio::join!(self.base.output_on(), self.probe.output_on())).map(|_| ())
    }

    /// Ramps both to 0 V and switches both off.
    ///
    /// # Errors
    /// The first that failed; both were tried.
    pub async fn output_off(&mut self) -> Result<(), SmuError> {
        both(tokio::join!(self.base.output_off(), self.probe.output_off())).map(|_| ())
    }

    /// Measures currents and slopes at `levels`, any number of them, in order.
    ///
    /// The base visits the levels, the probe the levels plus δV, at the same time: both lists are
    /// sent, then both are started, then both are fetched. Levels are rounded to source codes first,
    /// and it is the rounded ones, which are sent, that must be inside the windows.
    ///
    /// # Errors
    /// A level outside a window, or a step below a source code: nothing was sent. An instrument that
    /// fails: the other's readings are dropped, and the next measurement finds it in step.
    pub async fn measure(
        &mut self,
        levels: &[f64],
        method: &Forward,
    ) -> Result<Vec<PairedReading>, GradientError> {
        let plan = method.plan(&self.base, &self.probe, levels)?;
        let (base, probe) = self.sweep(&plan.base, &plan.probe).await?;
        let rows = base.into_iter().zip(probe);
        Ok(rows.map(|(base, probe)| PairedReading::new(base, probe, self.monotonic)).collect())
    }

    /// Measures both devices at the same levels, at the same time: the base's readings, then the
    /// probe's.
    ///
    /// # Errors
    /// As [`Pair::measure`].
    pub async fn iv(
        &mut self,
        levels: &[f64],
    ) -> Result<(Vec<Reading>, Vec<Reading>), GradientError> {
        let base: Vec<_> = levels.iter().map(|it| self.base.level_as_sourced(*it)).collect();
        let probe: Vec<_> = levels.iter().map(|it| self.probe.level_as_sourced(*it)).collect();
        for (base, probe) in base.iter().zip(&probe) {
            self.base.check_level(*base)?;
            self.probe.check_level(*probe)?;
        }
        self.sweep(&base, &probe).await
    }

    /// Two sweeps of equal length, as many lists as they need.
    async fn sweep(
        &mut self,
        base: &[f64],
        probe: &[f64],
    ) -> Result<(Vec<Reading>, Vec<Reading>), GradientError> {
        let most = self.base.max_list_len().min(self.probe.max_list_len());
        let (mut at, mut beyond) =
            (Vec::with_capacity(base.len()), Vec::with_capacity(probe.len()));
        for (base, probe) in base.chunks(most).zip(probe.chunks(most)) {
            both(tokio::join!(self.base.stage(base), self.probe.stage(probe)))?;
            both(tokio::join!(self.base.start(), self.probe.start()))?;
            let (one, other) = both(tokio::join!(self.base.fetch(), self.probe.fetch()))?;
            at.extend(one);
            beyond.extend(other);
        }
        Ok((at, beyond))
    }
}

/// Both results, or the first error; both futures have ended by then.
fn both<T>((base, probe): (Result<T, SmuError>, Result<T, SmuError>)) -> Result<(T, T), SmuError> {
    Ok((base?, probe?))
}
