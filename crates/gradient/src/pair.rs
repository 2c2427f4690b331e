use smu::{
    AutoZero, Coupling, Duo, DuoReading, KillSwitch, Settings, Smu, SmuError, units::Seconds,
};

use crate::{GradientError, Monotonic, Shot, ShotReading};

/// Two instruments with nominally identical devices.
#[derive(Debug)]
pub struct Pair {
    name: String,
    duo: Duo,
    monotonic: Monotonic,
}

impl Pair {
    /// Pairs two configured instruments by software.
    ///
    /// # Errors
    /// They differ in what makes two readings comparable: integration time, line frequency, source
    /// delay, settle, filter, auto-zero, and whether the voltage is measured too.
    pub fn new(
        name: &str,
        base: Smu,
        probe: Smu,
        monotonic: Monotonic,
    ) -> Result<Pair, GradientError> {
        Pair::coupled(name, base, probe, monotonic, Coupling::Software)
    }

    /// Pairs two configured instruments.
    ///
    /// # Errors
    /// As [`Pair::new`]; a coupling that the two do not allow.
    pub fn coupled(
        name: &str,
        base: Smu,
        probe: Smu,
        monotonic: Monotonic,
        coupling: Coupling,
    ) -> Result<Pair, GradientError> {
        let (one, other) = (timing(base.settings()), timing(probe.settings()));
        let differing = one.into_iter().zip(other).find(|(one, other)| one.1 != other.1);
        if let Some(((setting, base), (_, probe))) = differing {
            return Err(GradientError::Unlike { pair: name.to_owned(), setting, base, probe });
        }
        let duo = Duo::new(base, probe, coupling)?;
        Ok(Pair { name: name.to_owned(), duo, monotonic })
    }

    /// As the bench names it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The instrument at V.
    pub fn base(&self) -> &Smu {
        self.duo.base()
    }

    /// The instrument at V+δV.
    pub fn probe(&self) -> &Smu {
        self.duo.probe()
    }

    /// What joins the two.
    pub fn coupling(&self) -> Coupling {
        self.duo.coupling()
    }

    /// Output-off without a question, for both.
    pub fn kill_switches(&self) -> [KillSwitch; 2] {
        self.duo.kill_switches()
    }

    /// Switches both outputs on, at 0 V.
    ///
    /// # Errors
    /// The first that failed; both were tried.
    pub async fn output_on(&mut self) -> Result<(), SmuError> {
        self.duo.output_on().await
    }

    /// Ramps both to 0 V and switches both off.
    ///
    /// # Errors
    /// The first that failed; both were tried.
    pub async fn output_off(&mut self) -> Result<(), SmuError> {
        self.duo.output_off().await
    }

    /// Whether its current is known never to fall with the voltage.
    pub fn monotonic(&self) -> Monotonic {
        self.monotonic
    }

    pub(crate) fn duo(&self) -> &Duo {
        &self.duo
    }

    /// Makes shots, any number of them, in order: both devices at the same time, as they are coupled
    /// ([`Duo::sweep`]), or the base alone, with the probe at 0 V ([`Duo::sweep_alone`]). Levels are
    /// sent as they are; a [`Plan`](crate::Plan) has whole codes.
    ///
    /// # Errors
    /// A level outside a window: nothing was sent. An instrument that fails: the other's readings are
    /// dropped, and the next measurement finds it in step.
    pub async fn shoot(&mut self, shots: &[Shot]) -> Result<Vec<ShotReading>, GradientError> {
        for shot in shots {
            self.base().check_level(shot.base)?;
            shot.probe.map_or(Ok(()), |it| self.probe().check_level(it))?;
        }
        let mut rows = Vec::with_capacity(shots.len());
        for run in shots.chunk_by(|one, next| one.probe.is_some() == next.probe.is_some()) {
            let base: Vec<f64> = run.iter().map(|it| it.base).collect();
            let probe: Vec<f64> = run.iter().filter_map(|it| it.probe).collect();
            if probe.is_empty() {
                let read = self.duo.sweep_alone(&base).await?;
                rows.extend(read.into_iter().map(|base| ShotReading {
                    base,
                    probe: None,
                    skew: None,
                }));
            } else {
                let read = self.duo.sweep(&base, &probe).await?;
                rows.extend(read.into_iter().map(|it| ShotReading {
                    base: it.base,
                    probe: Some(it.probe),
                    skew: it.skew,
                }));
            }
        }
        Ok(rows)
    }

    /// Measures both devices at the same levels, at the same time, in order. Levels are rounded to each
    /// source's codes, and it is the rounded ones, which are sent, that must be inside the windows.
    ///
    /// # Errors
    /// As [`Pair::shoot`].
    pub async fn iv(&mut self, levels: &[f64]) -> Result<Vec<DuoReading>, GradientError> {
        let (base, probe) = (self.base(), self.probe());
        let at: Vec<_> = levels.iter().map(|it| base.level_as_sourced(*it)).collect();
        let beyond: Vec<_> = levels.iter().map(|it| probe.level_as_sourced(*it)).collect();
        Ok(self.duo.sweep(&at, &beyond).await?)
    }
}

/// What decides when, and over what time, a reading is formed. What was left out is as a reset leaves
/// it.
fn timing(settings: &Settings) -> [(&'static str, String); 7] {
    let filter =
        settings.filter.map_or("none".to_owned(), |it| format!("{} of {}", it.kind, it.count));
    [
        ("nplc", settings.nplc.to_string()),
        ("line_frequency", settings.line_frequency.to_string()),
        ("source_delay", settings.source_delay.to_string()),
        ("settle", settings.settle.unwrap_or(Seconds(0.0)).to_string()),
        ("filter", filter),
        ("auto_zero", settings.auto_zero.unwrap_or(AutoZero::On).to_string()),
        ("measure_voltage", settings.measure_voltage.to_string()),
    ]
}
