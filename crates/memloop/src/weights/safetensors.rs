//! Safetensors: tensors by name, facts as texts (JSON where they are no text) beside them.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow};
use ndarray::{Array1, Array2};
use safetensors::{Dtype, SafeTensors, serialize, tensor::TensorView};
use serde_json::Value;

use super::{DIVISOR, OFFSET, Weights, names};

/// A file.
pub(super) fn bytes(weights: &Weights) -> Result<Vec<u8>> {
    let mut tensors: Vec<(String, Dtype, Vec<usize>, Vec<u8>)> = Vec::new();
    for (number, (matrix, biases)) in weights.layers.iter().enumerate() {
        let [weight, bias] = names(number);
        let le = |it: &f32| it.to_le_bytes();
        tensors.push((
            weight,
            Dtype::F32,
            matrix.shape().into(),
            matrix.iter().flat_map(le).collect(),
        ));
        tensors.push((
            bias,
            Dtype::F32,
            biases.shape().into(),
            biases.iter().flat_map(le).collect(),
        ));
    }
    for (name, values) in [(OFFSET, &weights.offset), (DIVISOR, &weights.divisor)] {
        let bytes = values.iter().flat_map(|it| it.to_le_bytes()).collect();
        tensors.push((name.to_owned(), Dtype::F64, values.shape().into(), bytes));
    }
    let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
        Ok((name.as_str(), TensorView::new(*dtype, shape.clone(), bytes)?))
    });
    let views = views.collect::<Result<Vec<_>>>()?;
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let mut facts: HashMap<_, _> =
        weights.facts.iter().map(|(name, value)| (name.clone(), text(value))).collect();
    facts.insert("format".to_owned(), "pt".to_owned());
    Ok(serialize(views, Some(facts))?)
}

/// What a file holds.
pub(super) fn read(bytes: &[u8]) -> Result<Weights> {
    let file = SafeTensors::deserialize(bytes)?;
    let (_, header) = SafeTensors::read_metadata(bytes)?;
    let mut facts: Vec<_> = header.metadata().iter().flatten().collect();
    facts.sort();
    let facts = facts.into_iter().filter(|(name, _)| *name != "format").map(|(name, text)| {
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()));
        (name.clone(), value)
    });
    let of = |name: &str, dtype: Dtype| {
        let tensor = file.tensor(name)?;
        if tensor.dtype() != dtype {
            return Err(anyhow!("it is of {}: expected {dtype}", tensor.dtype()));
        }
        Ok((tensor.shape().to_vec(), tensor.data().to_vec()))
    };
    let single = |bytes: &[u8]| -> Vec<f32> {
        bytes.chunks_exact(4).map(|it| f32::from_le_bytes([it[0], it[1], it[2], it[3]])).collect()
    };
    let matrix = |name: &str| {
        if !file.names().contains(&name) {
            return Ok(None);
        }
        let (shape, bytes) = of(name, Dtype::F32)?;
        let [rows, columns] = shape[..] else {
            return Err(anyhow!("it has {} dimensions: expected 2", shape.len()));
        };
        Ok(Some(Array2::from_shape_vec((rows, columns), single(&bytes))?))
    };
    let vector = |name: &str| Ok(Array1::from_vec(single(&of(name, Dtype::F32)?.1)));
    let scaling = |name: &str| {
        let bytes = of(name, Dtype::F64)?.1;
        let values = bytes.chunks_exact(8).map(|it| it.try_into().map(f64::from_le_bytes));
        Ok(Array1::from_vec(values.collect::<Result<_, _>>().context("its bytes")?))
    };
    Weights::of_tensors(matrix, vector, scaling, facts.collect())
}
