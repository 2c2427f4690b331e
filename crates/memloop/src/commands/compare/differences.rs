//! Which keys of configurations and benches differ.

use std::collections::BTreeMap;

use anyhow::Result;
use campaign::{Campaign, RunId};
use serde::Serialize;
use serde_json::Value;

/// A key that is not the same in all runs.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Difference {
    /// Such as `experiment.training.epochs`, or `bench.smu[0].compliance`.
    key: String,
    /// Of each run in the order asked; absent where it has no such key.
    values: Vec<Option<Value>>,
}

/// Compares what runs were begun with, key by key.
///
/// # Errors
/// The campaign cannot be read.
pub(super) fn differences(campaign: &Campaign, runs: &[RunId]) -> Result<Vec<Difference>> {
    let mut keys: BTreeMap<String, Vec<Option<Value>>> = BTreeMap::new();
    for (at, run) in runs.iter().enumerate() {
        let (configuration, bench) = campaign.configuration(*run)?;
        let mut flat = Vec::new();
        for (name, text) in [("experiment", configuration), ("bench", bench)] {
            // One that is not JSON is its text.
            let value = serde_json::from_str(&text).unwrap_or(Value::String(text));
            flatten(name, value, &mut flat);
        }
        let version = Value::String(campaign.run(*run)?.software_version);
        flat.push(("memloop".to_owned(), version));
        for (key, value) in flat {
            keys.entry(key).or_insert_with(|| vec![None; runs.len()])[at] = Some(value);
        }
    }
    let differ = keys.into_iter().filter(|(_, it)| it.iter().any(|one| *one != it[0]));
    Ok(differ.map(|(key, values)| Difference { key, values }).collect())
}

fn flatten(key: &str, value: Value, into: &mut Vec<(String, Value)>) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            map.into_iter().for_each(|(name, it)| flatten(&format!("{key}.{name}"), it, into));
        }
        // A list of plain values is one value.
        Value::Array(list) if list.iter().any(|it| it.is_object() || it.is_array()) => {
            let places = list.into_iter().enumerate();
            places.for_each(|(at, it)| flatten(&format!("{key}[{at}]"), it, into));
        }
        plain => into.push((key.to_owned(), plain)),
    }
}

/// A line a key.
pub(super) fn text(differences: &[Difference]) -> String {
    if differences.is_empty() {
        return "Configuration and bench are the same.".to_owned();
    }
    let lines = differences.iter().map(|it| {
        let values = it.values.iter().map(|value| match value {
            None => "none".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        });
        format!("  {}: {}", it.key, values.collect::<Vec<_>>().join(" | "))
    });
    format!("What differs:\n{}", lines.collect::<Vec<_>>().join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nested_keys_are_named_by_their_path() {
        let value = serde_json::json!({"a": {"b": 1, "c": [1, 2]}, "d": [{"e": "x"}], "f": {}});
        let mut flat = Vec::new();
        flatten("experiment", value, &mut flat);
        let keys: Vec<_> = flat.iter().map(|it| it.0.as_str()).collect();
        assert_eq!(keys, ["experiment.a.b", "experiment.a.c", "experiment.d[0].e", "experiment.f"]);
    }
}
