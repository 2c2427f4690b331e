//! Experiments: the question that a run asks.

use std::path::{Path, PathBuf};

use anyhow::Result;
use gradient::GradientConfig;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use smu::units::{Amperes, Volts};
use train::{
    DevicesConfig, Mapping, NetworkConfig, Recipe, Rule, TrainingConfig, ValidationConfig,
};

use crate::{
    cli::ExperimentArgs, config, data::DataConfig, exit::BadInput, report::PaperTask,
    weights::StartConfig,
};

/// A training experiment, `kind = "train"`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainExperiment {
    kind: Kind,
    /// What people call it.
    #[serde(deserialize_with = "config::name")]
    pub name: String,
    /// What the paper's figures stand beside; they are left out when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paper: Option<PaperTask>,
    /// The bench it was written for, beside this file; `--bench` overrides it.
    pub bench: Option<PathBuf>,
    /// What is learned.
    pub data: DataConfig,
    /// The layers.
    pub network: NetworkConfig,
    /// The weights that every fold begins with; drawn when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<StartConfig>,
    /// How pre-activations become volts and currents become activations.
    pub mapping: MappingConfig,
    /// How layers of devices are run; live when absent.
    #[serde(default)]
    pub devices: DevicesConfig,
    /// How a slope is measured.
    pub gradient: GradientConfig,
    /// How the weights are found.
    pub training: TrainingConfig,
    /// How the result is judged.
    pub validation: ValidationConfig,
    /// What else is trained, on the same splits, to compare with.
    #[serde(default)]
    pub controls: Vec<Control>,
}

/// What an experiment file asks.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// `memloop train`.
    Train,
    /// `memloop gradient`.
    Gradient,
}

/// How pre-activations z become volts, and currents activations.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingConfig {
    /// V = clip(volts_per_unit · z, window).
    pub volts_per_unit: Volts,
    /// The levels asked in training; the step reaches beyond them.
    pub window: [Volts; 2],
    /// The current that counts as one.
    pub current_scale: Amperes,
    /// a = gain · I / current_scale.
    pub gain: f64,
}

/// What is trained beside the measured pair.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// The same devices in the forward pass, one constant for every slope in the backward pass.
    ConstantSlope,
    /// The same devices, their slopes dealt out anew in every batch: as many large and small ones, in
    /// the wrong places.
    ShuffledSlope,
    /// The same devices in the forward pass, and the numerical slope of their smoothed I-V in the
    /// backward pass.
    NumericalSlope,
    /// A software tanh.
    Tanh,
    /// A software ReLU.
    Relu,
}

impl Control {
    /// As files and tables call it.
    pub fn name(self) -> &'static str {
        match self {
            Control::ConstantSlope => "constant-slope",
            Control::ShuffledSlope => "shuffled-slope",
            Control::NumericalSlope => "numerical-slope",
            Control::Tanh => "tanh",
            Control::Relu => "relu",
        }
    }
}

impl TrainExperiment {
    /// Reads a training experiment.
    ///
    /// # Errors
    /// The file cannot be read, asks something else, or holds what is not accepted.
    pub fn load(path: &Path) -> Result<TrainExperiment> {
        let experiment: TrainExperiment = load(path, Kind::Train)?;
        let file = path.display().to_string();
        let refused = |error| refused(&file, format!("{error}"));
        experiment.mapping.mapping().check().map_err(refused)?;
        experiment.devices.check().map_err(refused)?;
        experiment.recipe().check().map_err(refused)?;
        experiment.check_arms().map_err(|sentence| self::refused(&file, sentence))?;
        // Before anything is made of it: a bill is made of a shortened one.
        let checked = experiment.gradient.check();
        checked.map_err(|error| self::refused(&file, format!("[gradient]: {error}")))?;
        Ok(experiment)
    }

    /// The experiment of a run, as its campaign keeps it.
    ///
    /// # Errors
    /// It no longer loads, or holds what is no longer accepted.
    pub fn of_run(json: &str) -> Result<TrainExperiment> {
        let experiment: TrainExperiment = serde_json::from_str(json)?;
        experiment.mapping.mapping().check()?;
        experiment.devices.check()?;
        experiment.recipe().check()?;
        Ok(experiment)
    }

    /// Refuses arms that could not differ.
    fn check_arms(&self) -> Result<(), String> {
        for (at, control) in self.controls.iter().enumerate() {
            if self.controls[..at].contains(control) {
                return Err(format!(
                    "controls has \"{}\" twice: expected each once",
                    control.name()
                ));
            }
        }
        if self.network.device_neurons() == 0 {
            return Err(
                "network.activation has no layer of devices: accepted is \"device\" for at \
                        least one; controls = [\"tanh\", \"relu\"] train software beside it"
                    .to_owned(),
            );
        }
        let is_of_slopes = |it: &&Control| !matches!(it, Control::Tanh | Control::Relu);
        if let (Rule::Spsa(_), Some(control)) =
            (self.training.rule, self.controls.iter().find(is_of_slopes))
        {
            return Err(format!(
                "controls has \"{}\", and training.rule = spsa uses no slope: accepted are \"tanh\" and \
                 \"relu\"",
                control.name()
            ));
        }
        Ok(())
    }

    /// What is trained on the devices: the network itself (`None`), then the controls that use them.
    pub fn arms_on_devices(&self) -> impl Iterator<Item = Option<Control>> {
        let on_devices = |it: &Control| !matches!(it, Control::Tanh | Control::Relu);
        let controls = self.controls.iter().copied().filter(on_devices);
        [None].into_iter().chain(controls.map(Some))
    }

    /// The trainer's three tables; the weights to begin with are not read.
    pub fn recipe(&self) -> Recipe {
        Recipe {
            network: self.network.clone(),
            training: self.training.clone(),
            validation: self.validation.clone(),
            start: None,
        }
    }
}

impl MappingConfig {
    /// As the trainer wants it.
    pub fn mapping(&self) -> Mapping {
        Mapping {
            volts_per_unit: self.volts_per_unit.0,
            window: (self.window[0].0, self.window[1].0),
            current_scale: self.current_scale.0,
            gain: self.gain,
        }
    }
}

/// A mistake in an experiment file.
pub fn refused(file: &str, sentence: String) -> anyhow::Error {
    BadInput::new(format!("{file}: {sentence}")).into()
}

/// The key that every experiment file begins with.
#[derive(Deserialize)]
struct KindOnly {
    kind: Kind,
}

/// Reads an experiment file of the expected kind.
///
/// # Errors
/// The file cannot be read, asks something else, or holds what is not accepted.
pub fn load<T: DeserializeOwned>(path: &Path, expected: Kind) -> Result<T> {
    let file = path.display().to_string();
    let text = config::read(path)?;
    let KindOnly { kind } = config::parse(&file, &text)?;
    if kind != expected {
        let command = match kind {
            Kind::Train => "train",
            Kind::Gradient => "gradient",
        };
        let sentence = format!("{file} is a {command} experiment: run `memloop {command} {file}`");
        return Err(BadInput::new(sentence).into());
    }
    config::parse(&file, &text)
}

/// The bench that the command line names, or else the experiment.
pub fn bench_file(args: &ExperimentArgs, named: Option<&Path>) -> Option<PathBuf> {
    args.bench.clone().or_else(|| named.map(|it| beside(&args.experiment, it)))
}

/// A path that a configuration file gives relative to itself.
pub fn beside(file: &Path, path: &Path) -> PathBuf {
    file.parent().unwrap_or(Path::new("")).join(path)
}
