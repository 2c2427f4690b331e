//! A bench with its links open and its instruments configured.

use std::path::Path;

use anyhow::{Context, Result};
use gradient::{Codes, GradientConfig, GradientError, Monotonic, Opening, Pair, SourceCodes, Step};
use smu::{Instrument, Model, ModelError, Smu, units::Volts};
use tracing::Instrument as _;

use crate::{
    bench::{Bench, PairEntry, SmuEntry},
    bill::shortened,
    config,
    exit::BadInput,
    experiment::beside,
    reach::{Reach, Ways},
    rescue::{Logbook, rescue},
    shutdown::{Outputs, Stop},
    transcript::Transcripts,
};

/// A bench whose models and settings agree; nothing has been sent.
pub struct Checked<'b> {
    bench: &'b Bench,
    models: Vec<Model>,
}

/// The configured instruments of a bench, outputs off.
pub struct Station {
    /// In the order of the bench file.
    pub smus: Vec<Smu>,
    /// What happens to them.
    pub logbook: Logbook,
}

impl<'b> Checked<'b> {
    /// Loads every model and checks every instrument's settings against it. `file` is the bench's,
    /// which model files lie beside.
    ///
    /// # Errors
    /// The first contradiction, naming instrument, key and what is accepted.
    pub fn new(bench: &'b Bench, file: Option<&Path>) -> Result<Checked<'b>> {
        let mut models = Vec::with_capacity(bench.smu.len());
        for entry in &bench.smu {
            let model = model(entry, file)?;
            let refused = |error| BadInput::new(format!("smu \"{}\": {error}", entry.name));
            model.check_channel(entry.channel).map_err(refused)?;
            bench.settings_of(entry).check(&model).map_err(refused)?;
            models.push(model);
        }
        for (name, config) in &bench.simulated {
            let refused = |error| {
                BadInput::new(format!("[simulated.{name}]: {:#}", anyhow::Error::from(error)))
            };
            config.validate().map_err(refused)?;
        }
        let checked = Checked { bench, models };
        checked.check_couplings()?;
        Ok(checked)
    }

    /// Refuses couplings that the models of a pair cannot make.
    fn check_couplings(&self) -> Result<()> {
        let find = |name: &str| {
            let at = self.bench.smu.iter().position(|it| it.name == name);
            let at = at.expect("a loaded bench pairs instruments that it has");
            (&self.bench.smu[at], &self.models[at])
        };
        for pair in &self.bench.pair {
            let (base, probe) = (find(&pair.base), find(&pair.probe));
            let are_channels = base.0.resource == probe.0.resource;
            let checked = pair.coupling().check(
                (&base.0.name, base.1),
                (&probe.0.name, probe.1),
                are_channels,
            );
            checked.map_err(|error| BadInput::new(format!("pair \"{}\": {error}", pair.name)))?;
        }
        Ok(())
    }

    /// Refuses slopes that no pair can measure at the ends of `window`: a step below a source code, a
    /// level that needs one outside an instrument's window, itself or with the estimator's widest
    /// offset. `file` is the experiment's.
    ///
    /// # Errors
    /// The sentence names file, pair, key or instrument, value and what would be accepted.
    pub fn check_gradient(
        &self,
        file: &Path,
        config: &GradientConfig,
        window: [Volts; 2],
    ) -> Result<()> {
        for pair in &self.bench.pair {
            let codes = self.codes(pair);
            let checked = Opening::plan(&shortened(config), window.map(|it| it.0), &codes);
            checked.map_err(|error| {
                let (file, why) = (file.display(), refusal(&error, config.delta_v));
                BadInput::new(format!("{file}: [gradient] on pair \"{}\": {why}", pair.name))
            })?;
        }
        Ok(())
    }

    /// What the sources of a pair can be sent. What a shot costs is not known: it does not matter to
    /// what is permitted.
    pub fn codes(&self, pair: &PairEntry) -> Codes {
        Codes {
            base: self.source_codes(&pair.base),
            probe: self.source_codes(&pair.probe),
            seconds_per_shot: 0.0,
            most: usize::MAX,
        }
    }

    /// The levels that the source of a paired instrument makes.
    fn source_codes(&self, smu: &str) -> SourceCodes {
        let at = self.bench.smu.iter().position(|it| it.name == smu);
        let at = at.expect("a loaded bench pairs instruments that it has");
        let settings = self.bench.settings_of(&self.bench.smu[at]);
        let range = settings.source_range;
        SourceCodes {
            smu: smu.to_owned(),
            resolution: self.models[at].source_resolution(range).unwrap_or(range).0,
            window: [settings.window.low.0, settings.window.high.0],
            range: range.0,
        }
    }

    /// Refuses a step below one source code of any paired instrument.
    ///
    /// # Errors
    /// The sentence names the resolution.
    pub fn check_step(&self, delta_v: Volts) -> Result<()> {
        for (entry, model) in self.bench.smu.iter().zip(&self.models) {
            let range = self.bench.settings_of(entry).source_range;
            let resolution = model.source_resolution(range).unwrap_or(range);
            if delta_v.0.abs() < resolution.0 {
                let sentence = format!(
                    "gradient.delta_v = \"{delta_v}\" is below one source code, {resolution}, of \"{}\" ({}) on its {range} range",
                    entry.name,
                    model.name()
                );
                return Err(BadInput::new(sentence).into());
            }
        }
        Ok(())
    }

    /// The models, in the order of the bench file.
    pub fn into_models(self) -> Vec<Model> {
        self.models
    }

    /// Opens every link, resets every instrument once, and configures every channel. Each output is
    /// handed to `outputs` before it can be switched on; one whose link dies later is connected again
    /// until `stop` is asked.
    ///
    /// # Errors
    /// The first instrument that cannot be reached, is another than the bench says, or does not take
    /// its settings; the guard cannot be started.
    pub async fn open(
        self,
        outputs: &Outputs,
        stop: &Stop,
        transcripts: &Transcripts,
    ) -> Result<Station> {
        let bench = self.bench;
        let (ways, logbook) = (Ways::of(bench)?, Logbook::default());
        let transcripts = transcripts.begin(bench.instruments())?;
        let mut transcripts = transcripts.into_iter();
        let mut smus = Vec::with_capacity(bench.smu.len());
        let mut opened: Vec<(Reach, Instrument)> = Vec::new();
        for (entry, model) in bench.smu.iter().zip(self.models) {
            let context = || format!("smu \"{}\" at {}", entry.name, entry.resource);
            let known = opened.iter().find(|it| it.0.resource == entry.resource);
            let (reach, instrument) = match known {
                Some(known) => known.clone(),
                None => {
                    let transcript = transcripts.next().flatten();
                    let reach = Reach::of_bench(entry, &ways).recorded(transcript);
                    let instrument = open(&reach, entry, model).await.with_context(context)?;
                    instrument.rescue_with(rescue(reach.clone(), stop, &logbook));
                    opened.push((reach.clone(), instrument.clone()));
                    (reach, instrument)
                }
            };
            let settings = bench.settings_of(entry).clone();
            let smu = Smu::configure(&entry.name, &instrument, entry.channel, settings)
                .await
                .with_context(context)?;
            outputs.watch(smu.kill_switch(), reach)?;
            smus.push(smu);
        }
        Ok(Station { smus, logbook })
    }
}

impl Station {
    /// The bench's pairs; instruments that are in none are let go, outputs off.
    ///
    /// # Errors
    /// Two instruments of a pair are set up differently where they must be alike.
    pub fn into_pairs(mut self, bench: &Bench) -> Result<Vec<Pair>> {
        let mut take = |name: &str| {
            let at = self.smus.iter().position(|it| it.name() == name);
            self.smus
                .swap_remove(at.expect("a loaded bench pairs instruments that it has, once each"))
        };
        let pairs = bench.pair.iter().map(|it| {
            let (base, probe) = (take(&it.base), take(&it.probe));
            let monotonic = if it.monotonic { Monotonic::Yes } else { Monotonic::Unknown };
            let refused = |error: GradientError| BadInput::new(error.to_string()).into();
            Pair::coupled(&it.name, base, probe, monotonic, it.coupling()).map_err(refused)
        });
        pairs.collect()
    }
}

/// Why slopes cannot be measured; where the step is to be chosen, in words that speak of that.
fn refusal(error: &GradientError, delta_v: Step) -> String {
    match (error, delta_v) {
        (GradientError::OutsideWindow { asked, low, high, smu, .. }, Step::Auto)
            if asked < low || asked > high =>
        {
            format!("level {asked} is outside the window {low} to {high} of \"{smu}\"")
        }
        (GradientError::OutsideWindow { asked, delta_v, level, low, high, smu }, Step::Auto) => {
            format!(
                "delta_v = \"auto\" leaves no step to choose at level {asked}: it is limited by the window {low} to \
                 {high} of \"{smu}\", which even the smallest step, {delta_v}, leaves for {level}; ask levels \
                 further inside, or widen that window"
            )
        }
        _ => error.to_string(),
    }
}

fn model(entry: &SmuEntry, bench_file: Option<&Path>) -> Result<Model> {
    let refused = |error: ModelError| BadInput::new(format!("smu \"{}\": {error}", entry.name));
    if !entry.model.ends_with(".toml") {
        return Ok(Model::builtin(&entry.model).map_err(refused)?);
    }
    let path = beside(bench_file.unwrap_or(Path::new("")), Path::new(&entry.model));
    let (name, text) = (path.display().to_string(), config::read(&path)?);
    let model = Model::from_toml(&name, &text).map_err(|error| match error {
        ModelError::Schema { file, line, message } if file == name => {
            let message = config::in_words(&message, text.lines().nth(line - 1));
            ModelError::Schema { file, line, message }
        }
        error => error,
    });
    Ok(model.map_err(refused)?)
}

/// Opens the instrument that `entry` is a channel of.
async fn open(reach: &Reach, entry: &SmuEntry, model: Model) -> Result<Instrument> {
    // The session's messages are logged under the name of its first channel.
    let span = tracing::error_span!(target: "transport", "smu", name = entry.name);
    let session = reach.open().instrument(span).await?;
    Ok(Instrument::open_over(&entry.name, session, model, reach.carries()).await?)
}
