//! NPZ: arrays by name; the facts as arrays where they are numbers, and all of them as the bytes of a
//! JSON document, `facts_json`.

use std::io::Cursor;

use anyhow::{Context, Result, anyhow};
use ndarray::{Array1, Array2, Ix1, Ix2, OwnedRepr, arr0};
use ndarray_npy::{NpzReader, NpzWriter};
use serde_json::{Map, Value};

use super::{DIVISOR, OFFSET, Weights, names};

const FACTS: &str = "facts_json";

/// A file.
pub(super) fn bytes(weights: &Weights) -> Result<Vec<u8>> {
    let mut file = NpzWriter::new(Cursor::new(Vec::new()));
    for (number, (matrix, biases)) in weights.layers.iter().enumerate() {
        let [weight, bias] = names(number);
        file.add_array(weight, matrix)?;
        file.add_array(bias, biases)?;
    }
    file.add_array(OFFSET, &weights.offset)?;
    file.add_array(DIVISOR, &weights.divisor)?;
    for (name, value) in &weights.facts {
        if let Some(number) = value.as_f64() {
            file.add_array(name.as_str(), &arr0(number))?;
        } else if let Some(list) = value.as_array()
            && let Some(numbers) = list.iter().map(Value::as_f64).collect::<Option<Vec<_>>>()
        {
            file.add_array(name.as_str(), &Array1::from_vec(numbers))?;
        }
    }
    let facts: Map<_, _> = weights.facts.iter().cloned().collect();
    let facts = serde_json::to_vec(&facts)?;
    file.add_array(FACTS, &Array1::from_vec(facts))?;
    Ok(file.finish()?.into_inner())
}

/// What a file holds.
pub(super) fn read(bytes: &[u8]) -> Result<Weights> {
    let mut file = NpzReader::new(Cursor::new(bytes))?;
    let known = file.names()?;
    let facts = match file.by_name::<OwnedRepr<u8>, Ix1>(FACTS) {
        Ok(facts) => {
            serde_json::from_slice::<Map<String, Value>>(&facts.to_vec()).context(FACTS)?
        }
        Err(_) => Map::new(),
    };
    let mut matrices = Vec::new();
    for number in 0.. {
        let [weight, bias] = names(number);
        if !known.contains(&weight) {
            break;
        }
        let weights: Array2<f32> =
            file.by_name::<OwnedRepr<f32>, Ix2>(&weight).context(weight.clone())?;
        let biases: Array1<f32> =
            file.by_name::<OwnedRepr<f32>, Ix1>(&bias).context(bias.clone())?;
        // NumPy may have written it in either order.
        matrices.push(((weight, weights.as_standard_layout().into_owned()), (bias, biases)));
    }
    let mut scaling = |name: &str| file.by_name::<OwnedRepr<f64>, Ix1>(name);
    let (offset, divisor) = (scaling(OFFSET).context(OFFSET)?, scaling(DIVISOR).context(DIVISOR)?);
    Weights::of_tensors(
        |name| Ok(matrices.iter().find(|it| it.0.0 == name).map(|it| it.0.1.clone())),
        |name| {
            let found = matrices.iter().find(|it| it.1.0 == name);
            found.map(|it| it.1.1.clone()).ok_or_else(|| anyhow!("it is not there"))
        },
        |name| Ok(if name == OFFSET { offset.clone() } else { divisor.clone() }),
        facts.into_iter().collect(),
    )
}
