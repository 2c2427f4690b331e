//! The bench: this laboratory's instruments, the devices on them, and their limits.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use anyhow::Result;
use serde::{Deserialize, Serialize};
use smu::{Settings, Side, units::Volts};
use transport::{GatewayEntry, LinkOptions, Links, Resource};

use crate::{
    config,
    exit::BadInput,
    imported,
    pairing::{CableEntry, CouplingName, PairLines},
    watch::WatchConfig,
};

/// The simulated bench that serves where no other is named.
const EMBEDDED: &str = include_str!("../../../benches/simulated.toml");
const EMBEDDED_NAME: &str = "embedded benches/simulated.toml";

/// A bench file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bench {
    /// What people call it.
    #[serde(deserialize_with = "config::name")]
    pub name: String,
    /// What every instrument is set to, unless its own table says otherwise.
    pub settings: Option<Settings>,
    /// The instruments.
    pub smu: Vec<SmuEntry>,
    /// Which GPIB board is reached over which gateway.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gateway: Vec<GatewayEntry>,
    /// Which two instruments hold nominally identical devices.
    #[serde(default)]
    pub pair: Vec<PairEntry>,
    /// What is behind each `SIM::name`.
    #[serde(default)]
    pub simulated: BTreeMap<String, firmware_sim::Config>,
    /// What ends a run by itself; nothing when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<WatchConfig>,
    /// Trigger cables between them.
    #[serde(default)]
    pub cable: Vec<CableEntry>,
}

/// One instrument, or one channel of one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmuEntry {
    /// How the pairs, the data and the errors name it.
    #[serde(deserialize_with = "config::name")]
    pub name: String,
    /// Its address, a VISA resource string.
    pub resource: Resource,
    /// How its link is opened and kept.
    #[serde(default, skip_serializing_if = "is_default")]
    pub link: LinkOptions,
    /// Which channel of the instrument at that address.
    #[serde(default = "first", skip_serializing_if = "is_first")]
    pub channel: usize,
    /// Its model: a name (`keithley-2400`), or the path of a model file.
    pub model: String,
    /// Its own settings.
    pub settings: Option<Settings>,
}

fn first() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands out a reference")]
fn is_first(channel: &usize) -> bool {
    *channel == 1
}

/// Two nominally identical devices.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PairEntry {
    /// How the data and the figures name it.
    #[serde(deserialize_with = "config::name")]
    pub name: String,
    /// The instrument with the device at V.
    pub base: String,
    /// The instrument with the device at V+δV.
    pub probe: String,
    /// The current is known never to fall with the voltage: negative slopes are raised to zero.
    #[serde(default)]
    pub monotonic: bool,
    /// What starts both.
    #[serde(default)]
    pub coupling: CouplingName,
    /// Over a trigger cable: who begins at every point.
    pub leader: Option<Side>,
    /// Over a trigger cable: which lines of each it is on, where that is not as shipped.
    pub lines: Option<PairLines>,
}

fn is_default(link: &LinkOptions) -> bool {
    *link == LinkOptions::default()
}

impl Bench {
    /// The bench at `path`, or the embedded one.
    ///
    /// # Errors
    /// The file cannot be read, or contradicts itself: the sentence names file and key.
    pub fn load(path: Option<&Path>) -> Result<Bench> {
        match path {
            Some(path) => {
                let mut bench = Bench::parse(&path.display().to_string(), &config::read(path)?)?;
                // Files that a bench names lie beside it.
                let path = std::path::absolute(path)?;
                let folder = path.parent().unwrap_or(Path::new(""));
                bench.simulated.values_mut().for_each(|it| it.relative_to(folder));
                let tables = bench.simulated.values().flat_map(|it| it.tables_without_end());
                tables.collect::<BTreeSet<_>>().iter().for_each(|it| imported::tell_of_cut(it));
                Ok(bench)
            }
            None => Bench::parse(EMBEDDED_NAME, EMBEDDED),
        }
    }

    /// The bench of a run, as its campaign keeps it.
    ///
    /// # Errors
    /// It no longer loads, or contradicts itself.
    pub fn of_run(json: &str) -> Result<Bench> {
        let bench: Bench = serde_json::from_str(json)?;
        bench.contradiction().map_or(Ok(bench), |sentence| Err(anyhow::anyhow!(sentence)))
    }

    fn parse(file: &str, text: &str) -> Result<Bench> {
        let bench: Bench = config::parse(file, text)?;
        match bench.contradiction() {
            Some(sentence) => Err(BadInput::new(format!("{file}: {sentence}")).into()),
            None => Ok(bench),
        }
    }

    /// What one instrument is set to.
    ///
    /// # Panics
    /// Never on a loaded bench: [`Bench::load`] refuses an instrument without settings.
    pub fn settings_of<'a>(&'a self, smu: &'a SmuEntry) -> &'a Settings {
        smu.settings.as_ref().or(self.settings.as_ref()).expect("a loaded bench has settings")
    }

    /// The instruments, each once, with the address: the name of the first channel stands for all.
    pub fn instruments(&self) -> impl Iterator<Item = (&str, String)> {
        let first =
            |at: usize, smu: &SmuEntry| self.smu[..at].iter().all(|it| it.resource != smu.resource);
        let firsts = self.smu.iter().enumerate().filter(move |(at, smu)| first(*at, smu));
        firsts.map(|(_, smu)| (smu.name.as_str(), smu.resource.to_string()))
    }

    /// What opens the links of its instruments; nothing is opened yet.
    ///
    /// # Panics
    /// Never on a loaded bench: [`Bench::load`] refuses gateways that contradict each other.
    pub fn links(&self) -> Links {
        Links::new(self.gateway.iter().cloned()).expect("a loaded bench has checked its gateways")
    }

    /// Refuses a bench without pairs.
    ///
    /// # Errors
    /// The sentence says what to add.
    pub fn check_pairs(&self) -> Result<()> {
        if self.pair.is_empty() {
            let sentence =
                format!("bench \"{}\" has no `[[pair]]`: this needs at least one", self.name);
            return Err(BadInput::new(sentence).into());
        }
        Ok(())
    }

    /// Refuses levels (V) that any instrument's window excludes, before anything is sent.
    ///
    /// # Errors
    /// The sentence names the instrument and its window.
    pub fn check_levels(&self, levels: &[f64]) -> Result<()> {
        for smu in &self.smu {
            let window = self.settings_of(smu).window;
            if let Some(level) = levels.iter().find(|it| !window.contains(**it)) {
                let sentence = format!(
                    "level {} is outside the window {} to {} of \"{}\" on bench \"{}\"",
                    Volts(*level),
                    window.low,
                    window.high,
                    smu.name,
                    self.name
                );
                return Err(BadInput::new(sentence).into());
            }
        }
        Ok(())
    }

    fn contradiction(&self) -> Option<String> {
        if self.smu.is_empty() {
            return Some("a bench needs at least one `[[smu]]`".to_owned());
        }
        self.unset()
            .or_else(|| self.unprintable())
            .or_else(|| self.doubled())
            .or_else(|| self.unpaired())
            .or_else(|| self.unreachable())
            .or_else(|| self.unsimulated())
            .or_else(|| self.watch.as_ref().and_then(WatchConfig::contradiction))
            .or_else(|| self.pair.iter().find_map(PairEntry::miswired))
            .or_else(|| self.cable.iter().find_map(|it| it.loose(&self.simulated)))
    }

    fn unset(&self) -> Option<String> {
        let smu = self.smu.iter().find(|it| it.settings.is_none() && self.settings.is_none())?;
        Some(format!(
            "smu \"{}\" has no settings: write a `[settings]` table for all, or `settings` in its own table",
            smu.name
        ))
    }

    fn unprintable(&self) -> Option<String> {
        let name = self.simulated.keys().find(|it| it.chars().any(char::is_control))?;
        Some(format!("`[simulated.{}]` has a control character in its name", name.escape_debug()))
    }

    fn doubled(&self) -> Option<String> {
        let mut names = BTreeMap::new();
        let mut resources = BTreeMap::new();
        let mut models = BTreeMap::new();
        for smu in &self.smu {
            if names.insert(&smu.name, ()).is_some() {
                return Some(format!(
                    "two `[[smu]]` are named \"{}\": names must differ",
                    smu.name
                ));
            }
            let address = smu.resource.to_string();
            if let Some(other) = resources.insert((address.clone(), smu.channel), smu) {
                return Some(format!(
                    "smu \"{}\" and smu \"{}\" have the same resource {address} and channel {}: one \
                     channel, one `[[smu]]`",
                    other.name, smu.name, smu.channel
                ));
            }
            let other = models.entry(address.clone()).or_insert(smu);
            if other.model != smu.model {
                return Some(format!(
                    "smu \"{}\" and smu \"{}\" are channels of the instrument at {address}, but have \
                     model = \"{}\" and \"{}\"",
                    other.name, smu.name, other.model, smu.model
                ));
            }
        }
        None
    }

    fn unpaired(&self) -> Option<String> {
        let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
        let mut pair_names = BTreeMap::new();
        for pair in &self.pair {
            if pair_names.insert(&pair.name, ()).is_some() {
                return Some(format!(
                    "two `[[pair]]` are named \"{}\": names must differ",
                    pair.name
                ));
            }
            for (role, name) in [("base", &pair.base), ("probe", &pair.probe)] {
                if !self.smu.iter().any(|it| it.name == *name) {
                    let known: Vec<_> = self.smu.iter().map(|it| it.name.as_str()).collect();
                    return Some(format!(
                        "pair \"{}\" has {role} = \"{name}\", but the bench's instruments are {}",
                        pair.name,
                        known.join(", ")
                    ));
                }
                if let Some(other) = taken.insert(name, &pair.name) {
                    return Some(format!(
                        "smu \"{name}\" is in pair \"{other}\" and in pair \"{}\": an instrument holds one device",
                        pair.name
                    ));
                }
            }
        }
        None
    }

    /// Gateways and link options that cannot be.
    fn unreachable(&self) -> Option<String> {
        if let Err(error) = Links::new(self.gateway.iter().cloned()) {
            return Some(format!("[[gateway]]: {error}"));
        }
        for smu in &self.smu {
            if let Err(error) = smu.link.check(&smu.resource) {
                return Some(format!("smu \"{}\": link: {error}", smu.name));
            }
            if let Resource::Gpib { board, .. } = smu.resource
                && !self.gateway.iter().any(|it| it.board == board)
            {
                return Some(format!(
                    "smu \"{}\" is at {}, but no `[[gateway]]` has board = {board}: write one with \
                     resource = \"PRLGX-TCPIP::host::1234::INTFC\"; a GPIB card needs a vendor's VISA",
                    smu.name, smu.resource
                ));
            }
        }
        let used = |board| {
            self.smu
                .iter()
                .any(|it| matches!(it.resource, Resource::Gpib { board: b, .. } if b == board))
        };
        let spare = self.gateway.iter().find(|it| !used(it.board))?;
        Some(format!(
            "the `[[gateway]]` of board {} is not used: no `[[smu]]` has a resource GPIB{}::...",
            spare.board, spare.board
        ))
    }

    /// Whether all instruments are simulated in this process: what is asked of them again from the
    /// beginning, they answer again.
    pub fn is_simulated(&self) -> bool {
        self.smu.iter().all(|it| matches!(it.resource, Resource::Simulated { .. }))
    }

    fn unsimulated(&self) -> Option<String> {
        for smu in &self.smu {
            if let Resource::Simulated { name } = &smu.resource
                && !self.simulated.contains_key(name)
            {
                return Some(format!(
                    "smu \"{}\" is at {}, but there is no table `[simulated.{name}]`",
                    smu.name, smu.resource
                ));
            }
        }
        let used = |name: &str| {
            self.smu
                .iter()
                .any(|it| matches!(&it.resource, Resource::Simulated { name: n } if n == name))
        };
        let spare = self.simulated.keys().find(|it| !used(it))?;
        Some(format!(
            "`[simulated.{spare}]` is not used: no `[[smu]]` has the resource SIM::{spare}"
        ))
    }
}
