//! A bench with its links open and its instruments configured.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context, Result, bail};
use firmware_sim::Host;
use gradient::{GradientError, Monotonic, Pair};
use smu::{Instrument, Model, Smu, units::Volts};
use tracing::Instrument as _;
use transport::{Resource, Session, SessionOptions, StreamTransport};

use crate::{
    bench::{Bench, SmuEntry},
    config,
    exit::BadInput,
    experiment::beside,
    shutdown::Outputs,
};

/// How long an instrument may take to accept a connection.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// Bytes in flight to a simulated instrument: a list of 100 levels several times over.
const SIMULATED_LINK_BYTES: usize = 1 << 16;

/// A bench whose models and settings agree; nothing has been sent.
pub struct Checked<'b> {
    bench: &'b Bench,
    models: Vec<Model>,
}

/// The configured instruments of a bench, outputs off.
pub struct Station {
    /// In the order of the bench file.
    pub smus: Vec<Smu>,
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
            let refused = |error| BadInput::new(format!("[simulated.{name}]: {error}"));
            config.validate().map_err(refused)?;
        }
        Ok(Checked { bench, models })
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

    /// Opens every link, resets every instrument once, and configures every channel. Each output is
    /// handed to `outputs` before it can be switched on.
    ///
    /// # Errors
    /// The first instrument that cannot be reached, is another than the bench says, or does not take
    /// its settings.
    pub async fn open(self, outputs: &Outputs) -> Result<Station> {
        let bench = self.bench;
        let simulated = switch_on(bench)?;
        let mut smus = Vec::with_capacity(bench.smu.len());
        let mut opened: Vec<(&Resource, Instrument)> = Vec::new();
        for (entry, model) in bench.smu.iter().zip(self.models) {
            let context = || format!("smu \"{}\" at {}", entry.name, entry.resource);
            let known = opened.iter().find(|it| *it.0 == entry.resource);
            let instrument = match known {
                Some((_, instrument)) => instrument.clone(),
                None => {
                    let instrument = open(&simulated, entry, model).await.with_context(context)?;
                    opened.push((&entry.resource, instrument.clone()));
                    instrument
                }
            };
            let settings = bench.settings_of(entry).clone();
            let smu = Smu::configure(&entry.name, &instrument, entry.channel, settings)
                .await
                .with_context(context)?;
            outputs.watch(smu.kill_switch(), entry.resource.clone());
            smus.push(smu);
        }
        Ok(Station { smus })
    }
}

/// Opens the instrument that `entry` is a channel of.
async fn open(
    simulated: &BTreeMap<&str, Arc<Host>>,
    entry: &SmuEntry,
    model: Model,
) -> Result<Instrument> {
    // The session's messages are logged under the name of its first channel.
    let span = tracing::error_span!(target: "transport", "smu", name = entry.name);
    let session = connect(simulated, entry).instrument(span).await?;
    Ok(Instrument::open(&entry.name, session, model).await?)
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

fn model(entry: &SmuEntry, bench_file: Option<&Path>) -> Result<Model> {
    let refused = |error| BadInput::new(format!("smu \"{}\": {error}", entry.name));
    if !entry.model.ends_with(".toml") {
        return Ok(Model::builtin(&entry.model).map_err(refused)?);
    }
    let path = beside(bench_file.unwrap_or(Path::new("")), Path::new(&entry.model));
    Ok(Model::from_toml(&path.display().to_string(), &config::read(&path)?).map_err(refused)?)
}

/// Switches the simulated instruments on and joins those that have a cable between them.
fn switch_on(bench: &Bench) -> Result<BTreeMap<&str, Arc<Host>>> {
    let mut hosts = BTreeMap::new();
    for (name, config) in &bench.simulated {
        let instrument = firmware_sim::Instrument::new(config)
            .map_err(|error| BadInput::new(format!("[simulated.{name}]: {error}")))?;
        hosts.insert(name.as_str(), Host::new(instrument, None));
    }
    let mut joined = BTreeSet::new();
    for cable in &bench.cable {
        let [one, other] = cable.lines.each_ref().map(String::as_str);
        hosts[one].join(&hosts[other], cable.pairs().as_deref());
        joined.extend([one, other]);
    }
    for name in joined {
        // Pulses act on it while nobody talks to it.
        let host = Arc::clone(&hosts[name]);
        tokio::spawn(async move { host.keep().await });
    }
    Ok(hosts)
}

async fn connect(simulated: &BTreeMap<&str, Arc<Host>>, entry: &SmuEntry) -> Result<Session> {
    let options = SessionOptions::default();
    match &entry.resource {
        Resource::TcpSocket { host, port, .. } => {
            let link = transport::connect_tcp(host, *port, CONNECT_LIMIT).await?;
            Ok(Session::spawn(link, options))
        }
        Resource::Simulated { name } => {
            let host = Arc::clone(&simulated[name.as_str()]);
            let (near, far) = tokio::io::duplex(SIMULATED_LINK_BYTES);
            tokio::spawn(async move {
                if let Err(error) = host.serve(far).await {
                    tracing::debug!(%error, "a simulated instrument's link ended");
                }
            });
            Ok(Session::spawn(StreamTransport::new(near), options))
        }
        other => bail!("memloop does not know how to reach {other} yet"),
    }
}
