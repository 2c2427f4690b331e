//! docs/gradient.md against the code: its estimators, its keys, their defaults, its examples.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::collections::BTreeMap;

use gradient::{
    CalibrationConfig, Codes, Derivative, Dither, GradientConfig, Method, Order, Plan, Pulse,
    SentinelConfig, SourceCodes, Step, SurveyConfig,
};
use smu::units::{Seconds, Volts};
use toml::{Table, Value};

const PAGE: &str = include_str!("../../../docs/gradient.md");

/// Every key with a value; a new field does not compile until it is here, and fails until the page
/// has it.
fn full() -> GradientConfig {
    let level = Volts(0.5);
    GradientConfig {
        method: Method::Forward,
        delta_v: Step::Auto,
        derivative: Derivative::FrozenState,
        order: Order::AsAsked,
        rest: Some(Pulse { level, readings: 2 }),
        condition: Some(Pulse { level, readings: 2 }),
        hold: Some(2),
        skew: Some(Seconds(1.0)),
        check_state: true,
        repeats: 2,
        sentinel: Some(SentinelConfig { level, every: 2, readings: 2, threshold: 2.0 }),
        calibration: CalibrationConfig { levels: 9, passes: 9, refresh: 9 },
        dither: Dither { samples: 9, periods: 9 },
        survey: SurveyConfig { levels: 9, passes: 9 },
    }
}

/// Keys with the keys of their tables, `rest.level`, and values.
fn keys(table: &Table) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for (key, value) in table {
        all.insert(key.clone(), value.clone());
        let inner = value.as_table().map(keys).unwrap_or_default();
        all.extend(inner.into_iter().map(|(name, value)| (format!("{key}.{name}"), value)));
    }
    all
}

/// The part of the page under a heading.
fn section(heading: &str) -> &'static str {
    let (_, after) = PAGE.split_once(&format!("\n## {heading}\n")).unwrap();
    after.split("\n## ").next().unwrap()
}

/// The cells of a section's table, by the first, which is code.
fn rows(section: &str) -> BTreeMap<String, Vec<String>> {
    let cells = section.lines().filter(|it| it.starts_with("| `")).map(|line| {
        line.trim_matches('|').split('|').map(|it| it.trim().to_owned()).collect::<Vec<_>>()
    });
    cells.map(|mut it| (it.remove(0).trim_matches('`').to_owned(), it)).collect()
}

fn examples() -> Vec<Table> {
    let blocks = PAGE.split("```toml\n").skip(1).map(|it| it.split("```").next().unwrap());
    blocks.map(|it| it.parse().unwrap_or_else(|error| panic!("{error}:\n{it}"))).collect()
}

#[test]
fn the_page_names_every_key_and_no_other() {
    let ours = keys(&Table::try_from(full()).unwrap());
    let page = rows(section("The keys of [gradient]"));
    let names = |it: &BTreeMap<String, Value>| it.keys().cloned().collect::<Vec<_>>();
    assert_eq!(page.keys().cloned().collect::<Vec<_>>(), names(&ours));
}

#[test]
fn the_page_states_the_defaults() {
    let text = "method = \"forward\"\ndelta_v = \"auto\"\nrest = { level = \"0 V\" }\n\
                condition = { level = \"0 V\" }\nsentinel = { level = \"0 V\", every = 1 }";
    let written = keys(&text.parse().unwrap());
    let config: GradientConfig = toml::from_str(text).unwrap();
    // What is left out where it is as by itself.
    let left_out = [("repeats", Value::Integer(1)), ("check_state", Value::Boolean(false))];
    assert_eq!((config.repeats, config.check_state), (1, false));
    let mut defaults = keys(&Table::try_from(config).unwrap());
    defaults.extend(left_out.map(|(key, value)| (key.to_owned(), value)));
    let page = rows(section("The keys of [gradient]"));
    for (key, value) in defaults.iter().filter(|it| !written.contains_key(it.0) && !it.1.is_table())
    {
        assert_eq!(page[key][1], format!("`{value}`"), "{key}");
    }
    for key in ["rest", "condition", "hold", "skew", "sentinel"] {
        assert!(page[key][1].starts_with("none"), "{key}");
    }
    for key in ["method", "delta_v", "rest.level", "sentinel.level", "sentinel.every"] {
        assert!(page[key][1].starts_with("needed"), "{key}");
    }
}

#[test]
fn every_example_is_accepted_and_together_they_show_every_key() {
    let mut shown = BTreeMap::new();
    for example in examples() {
        let table = example["gradient"].as_table().unwrap();
        let config: GradientConfig = table.clone().try_into().unwrap();
        config.check().unwrap();
        shown.extend(keys(table));
    }
    for key in keys(&Table::try_from(full()).unwrap()).keys() {
        assert!(shown.contains_key(key), "no example has {key}");
    }
}

#[test]
fn the_page_lists_the_estimators_with_device_and_operations() {
    let page = rows(section("The estimators"));
    let source =
        || SourceCodes { smu: "a".to_owned(), resolution: 5e-5, window: [-2.0, 2.0], range: 2.0 };
    let codes = Codes { base: source(), probe: source(), seconds_per_shot: 0.1, most: 1000 };
    assert_eq!(page.len(), Method::ALL.len());
    for method in Method::ALL {
        let row = &page[method.name()];
        let text = format!("method = \"{method}\"\ndelta_v = \"20 mV\"");
        let config: GradientConfig = toml::from_str(&text).unwrap();
        let cost = Plan::new(&[0.1, 0.2], 0.02, &config, &codes).unwrap().cost;
        assert_eq!(row[1], (cost.operations_of_points / 2).to_string(), "{method}");
        assert_eq!(row[2], method.device().name(), "{method}");
        assert!(
            row[3..].len() == 3 && row[3..].iter().all(|it| !it.is_empty()),
            "{method}: {row:?}"
        );
    }
}
