//! What a fold has learned, as a file that can be used without its campaign: safetensors, or NPZ.
//!
//! `docs/training.md` lists the tensors and the facts beside them.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use ndarray::{Array1, Array2};
use serde_json::{Value, json};
use train::{DataSet, Dense, FoldResult, MinMax, Network, Scale, Standardise, Start};

use crate::{exit::BadInput, experiment::TrainExperiment};

mod npz;
mod safetensors;
mod start;

pub use start::StartConfig;

/// Subtracted from every feature, ...
const OFFSET: &str = "input.offset";
/// ... before it is divided by this.
const DIVISOR: &str = "input.divisor";

/// What a file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Weights (outputs × inputs, as PyTorch has them) and biases of each layer.
    layers: Vec<(Array2<f32>, Array1<f32>)>,
    /// One a feature, in its unit.
    offset: Array1<f64>,
    /// One a feature, in its unit.
    divisor: Array1<f64>,
    /// What else is to be known, by name.
    facts: Vec<(String, Value)>,
}

/// The place of layer `number`'s tensors in `torch.nn.Sequential(Linear, activation, Linear, ...)`.
fn names(number: usize) -> [String; 2] {
    let place = 2 * number;
    [format!("{place}.weight"), format!("{place}.bias")]
}

impl Weights {
    /// Of a fold of an arm.
    pub fn of_fold(
        fold: &FoldResult,
        (run, arm): (i64, &str),
        experiment: &TrainExperiment,
        data: &DataSet,
    ) -> Weights {
        let ones = |it: f64| Array1::from_elem(data.features.ncols(), it);
        let (offset, divisor) = match &fold.scale {
            Scale::Standardise(Standardise { mean, sd }) => (mean.clone(), sd.clone()),
            Scale::MinMax(MinMax { centre, half_span }) => (centre.clone(), half_span.clone()),
            Scale::None => (ones(0.0), ones(1.0)),
        };
        let layer =
            |it: &Dense<f32>| (it.weights.t().as_standard_layout().into_owned(), it.biases.clone());
        let (mapping, network) = (experiment.mapping.mapping(), &experiment.network);
        let software = match arm {
            "tanh" | "relu" => Some(arm),
            _ => None,
        };
        let kinds = network.kinds().map(|it| software.map_or_else(|| json!(it), |it| json!(it)));
        let sizes = std::iter::once(data.features.ncols());
        let sizes = sizes.chain(fold.network.layers.iter().map(|it| it.biases.len()));
        let facts = [
            ("memloop_version", json!(env!("CARGO_PKG_VERSION"))),
            ("experiment", json!(experiment.name)),
            ("run", json!(run)),
            ("arm", json!(arm)),
            ("repeat", json!(fold.id.repeat)),
            ("fold", json!(fold.id.fold)),
            ("test_accuracy", json!(fold.test_accuracy)),
            ("layer_sizes", json!(sizes.collect::<Vec<_>>())),
            ("activations", json!(kinds.collect::<Vec<_>>())),
            ("pairs", json!(network.pairs)),
            ("feature_names", json!(data.feature_names)),
            ("class_names", json!(data.class_names)),
            ("mapping_volts_per_unit_volts", json!(mapping.volts_per_unit)),
            ("mapping_window_volts", json!([mapping.window.0, mapping.window.1])),
            ("mapping_current_scale_amperes", json!(mapping.current_scale)),
            ("mapping_gain", json!(mapping.gain)),
        ];
        Weights {
            layers: fold.network.layers.iter().map(layer).collect(),
            offset,
            divisor,
            facts: facts.map(|(name, value)| (name.to_owned(), value)).into(),
        }
    }

    /// Writes a file; its extension says which of the two it is.
    ///
    /// # Errors
    /// Another extension; the file is there, or cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let bytes = match extension(path)? {
            Form::Safetensors => safetensors::bytes(self)?,
            Form::Npz => npz::bytes(self)?,
        };
        let written = std::fs::File::create_new(path)
            .and_then(|mut file| std::io::Write::write_all(&mut file, &bytes));
        Ok(written.map_err(|error| {
            BadInput::new(format!("{} cannot be written: {error}", path.display()))
        })?)
    }

    /// Reads a file of either kind.
    ///
    /// # Errors
    /// The file cannot be read, or has not what is expected: the sentence names file and tensor.
    pub fn read(path: &Path) -> Result<Weights> {
        let form = extension(path)?;
        Ok(Weights::of_bytes(path, form, &read(path)?)?)
    }

    fn of_bytes(path: &Path, form: Form, bytes: &[u8]) -> Result<Weights, BadInput> {
        let read = match form {
            Form::Safetensors => safetensors::read(bytes),
            Form::Npz => npz::read(bytes),
        };
        read.map_err(|error| BadInput::new(format!("{}: {error:#}", path.display())))
    }

    /// Refuses weights that are of other features or classes, or of these in another order. A file that
    /// does not say is believed.
    ///
    /// # Errors
    /// Which, and what the data set has.
    pub fn check_names(&self, data: &DataSet) -> Result<()> {
        for (name, expected) in
            [("feature_names", &data.feature_names), ("class_names", &data.class_names)]
        {
            if let Some(found) = self.fact(name).filter(|it| **it != json!(expected)) {
                return Err(anyhow!(
                    "its {name} are {found}: expected those of the data set in their order, {}",
                    json!(expected)
                ));
            }
        }
        Ok(())
    }

    /// What the weights were trained with and `experiment` has otherwise, in words.
    pub fn differences(&self, experiment: &TrainExperiment) -> Vec<String> {
        let mapping = experiment.mapping.mapping();
        let here = [
            ("activations", json!(experiment.network.kinds().collect::<Vec<_>>())),
            ("mapping_volts_per_unit_volts", json!(mapping.volts_per_unit)),
            ("mapping_window_volts", json!([mapping.window.0, mapping.window.1])),
            ("mapping_current_scale_amperes", json!(mapping.current_scale)),
            ("mapping_gain", json!(mapping.gain)),
        ];
        let differs = |(name, here): (&str, Value)| {
            let found = self.fact(name).filter(|it| **it != here)?;
            Some(format!("{name} {found}, here {here}"))
        };
        here.into_iter().filter_map(differs).collect()
    }

    fn fact(&self, name: &str) -> Option<&Value> {
        self.facts.iter().find(|it| it.0 == name).map(|it| &it.1)
    }

    /// Puts these weights, and their scaling of the features, in the place of a fold's.
    ///
    /// # Errors
    /// Their shapes are others.
    pub fn replace(&self, fold: &mut FoldResult) -> Result<()> {
        let shapes =
            |it: &Network| -> Vec<_> { it.layers.iter().map(|it| it.weights.dim()).collect() };
        let Start { network, scale } = self.start();
        let (found, expected) = (shapes(&network), shapes(&fold.network));
        if found != expected || self.offset.len() != expected[0].0 {
            return Err(anyhow!(
                "its layers are {found:?} (inputs, outputs): expected {expected:?}"
            ));
        }
        (fold.network, fold.scale) = (network, scale);
        Ok(())
    }

    /// As a training begins with them.
    pub fn start(&self) -> Start {
        let layer = |(weights, biases): &(Array2<f32>, Array1<f32>)| Dense {
            weights: weights.t().as_standard_layout().into_owned(),
            biases: biases.clone(),
        };
        let (mean, sd) = (self.offset.clone(), self.divisor.clone());
        Start {
            network: Network { layers: self.layers.iter().map(layer).collect() },
            scale: Scale::Standardise(Standardise { mean, sd }),
        }
    }

    /// Of what a file holds by name: matrices of weights, vectors of biases and of the scaling.
    fn of_tensors(
        mut matrix: impl FnMut(&str) -> Result<Option<Array2<f32>>>,
        mut vector: impl FnMut(&str) -> Result<Array1<f32>>,
        mut scaling: impl FnMut(&str) -> Result<Array1<f64>>,
        facts: Vec<(String, Value)>,
    ) -> Result<Weights> {
        let mut layers = Vec::new();
        loop {
            let [weight, bias] = names(layers.len());
            let Some(weights) = matrix(&weight).context(weight)? else { break };
            let biases = vector(&bias).context(bias.clone())?;
            if biases.len() != weights.nrows() {
                let (found, expected) = (biases.len(), weights.nrows());
                return Err(anyhow!("{bias} has {found} values: expected {expected}"));
            }
            layers.push((weights, biases));
        }
        if layers.is_empty() {
            return Err(anyhow!("it has no tensor 0.weight"));
        }
        for (number, (weights, biases)) in layers.iter().enumerate() {
            let [weight, bias] = names(number);
            // Their sums over a layer have to be numbers too.
            let is_sound = |it: &f32| it.abs() <= 1e30;
            if let Some(found) = weights.iter().find(|it| !is_sound(it)) {
                return Err(anyhow!("{weight} has a value {found}: expected numbers up to 1e30"));
            }
            if let Some(found) = biases.iter().find(|it| !is_sound(it)) {
                return Err(anyhow!("{bias} has a value {found}: expected numbers up to 1e30"));
            }
        }
        let (offset, divisor) =
            (scaling(OFFSET).context(OFFSET)?, scaling(DIVISOR).context(DIVISOR)?);
        if offset.len() != divisor.len() {
            return Err(anyhow!("{OFFSET} and {DIVISOR} differ in length"));
        }
        if let Some(found) = offset.iter().find(|it| !it.is_finite()) {
            return Err(anyhow!("{OFFSET} has a value {found}: expected numbers"));
        }
        if let Some(found) = divisor.iter().find(|it| !(it.is_finite() && **it > 0.0)) {
            return Err(anyhow!("{DIVISOR} has a value {found}: expected numbers above 0"));
        }
        Ok(Weights { layers, offset, divisor, facts })
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    crate::config::check_ends(path)?;
    let read = std::fs::read(path);
    Ok(read.map_err(|error| BadInput::new(format!("{} cannot be read: {error}", path.display())))?)
}

/// What a file is.
enum Form {
    Safetensors,
    Npz,
}

fn extension(path: &Path) -> Result<Form> {
    match path.extension().and_then(|it| it.to_str()) {
        Some("safetensors") => Ok(Form::Safetensors),
        Some("npz") => Ok(Form::Npz),
        _ => {
            let sentence = format!("{}: expected a name in .safetensors or .npz", path.display());
            Err(BadInput::new(sentence).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn both_kinds_of_file_give_every_bit_and_every_fact_back() {
        let weights = Weights {
            layers: vec![
                (
                    array![[0.1, -2.5e-8, 3.0], [f32::MIN_POSITIVE, 5.0, -0.0]],
                    array![1.0 / 3.0, 2.0],
                ),
                (array![[7.0, 8.0]], array![9.0]),
            ],
            offset: array![0.1, 0.2, 1.0 / 3.0],
            divisor: array![1.0, 2.0, 3.0],
            facts: vec![
                ("class_names".to_owned(), json!(["a", "b"])),
                ("mapping_window_volts".to_owned(), json!([-1.0, 1.0])),
            ],
        };
        let folder = tempfile::tempdir().unwrap();
        for name in ["w.safetensors", "w.npz"] {
            let path = folder.path().join(name);
            weights.write(&path).unwrap();
            assert_eq!(Weights::read(&path).unwrap(), weights, "{name}");
            let error = weights.write(&path).unwrap_err().to_string();
            assert!(error.contains("cannot be written: "), "{error}");
            std::fs::write(&path, "something else").unwrap();
            let error = Weights::read(&path).unwrap_err().to_string();
            assert!(error.starts_with(&path.display().to_string()), "{error}");
        }
        let error = weights.write(Path::new("w.pt")).unwrap_err().to_string();
        assert_eq!(error, "w.pt: expected a name in .safetensors or .npz");
    }
}
