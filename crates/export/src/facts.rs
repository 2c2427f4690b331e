//! What a file says of itself, beside its columns.

use std::{collections::BTreeMap, ops::ControlFlow};

use campaign::{Campaign, CampaignError, Cell, RunId, Table};
use serde_json::{Map, Value};

use crate::Result;

/// What is known of a run: every key begins with `memloop.`.
#[derive(Clone, Debug)]
pub struct Facts(BTreeMap<String, String>);

impl Facts {
    /// Reads them; `campaign_name` is what people call the campaign.
    ///
    /// # Errors
    /// The campaign cannot be read.
    pub fn of(campaign: &Campaign, campaign_name: &str, run: RunId) -> Result<Facts> {
        let mut facts = BTreeMap::new();
        let mut add = |key: &str, value: String| {
            facts.insert(format!("memloop.{key}"), value);
        };
        add("campaign", campaign_name.to_owned());
        add("schema", campaign.schema()?.to_string());
        add("exporter_version", env!("CARGO_PKG_VERSION").to_owned());
        for (key, value) in rows(campaign, Table::Runs, run)?.into_iter().flatten() {
            let key = if key == "id" { "run" } else { &key };
            match value {
                Value::Null => {}
                Value::String(text) => add(key, text),
                other => add(key, other.to_string()),
            }
        }
        for (table, key) in [(Table::Instruments, "instruments_json"), (Table::Pairs, "pairs_json")]
        {
            let rows = rows(campaign, table, run)?.into_iter().map(Value::Object);
            add(key, Value::Array(rows.collect()).to_string());
        }
        Ok(Facts(facts))
    }

    /// Those of a table: also its name, and units and meanings of its columns.
    pub(crate) fn with(&self, table: Table) -> BTreeMap<String, String> {
        let of = |value: fn(&campaign::Column) -> Option<&'static str>| {
            let columns = table.columns().iter();
            let pairs = columns.filter_map(|it| Some((it.name.to_owned(), value(it)?.into())));
            Value::Object(pairs.collect()).to_string()
        };
        let mut facts = self.0.clone();
        facts.insert("memloop.table".to_owned(), table.name().to_owned());
        facts.insert("memloop.units_json".to_owned(), of(|it| it.unit));
        facts.insert("memloop.meanings_json".to_owned(), of(|it| Some(it.meaning)));
        facts
    }
}

/// A small table as JSON.
fn rows(campaign: &Campaign, table: Table, run: RunId) -> Result<Vec<Map<String, Value>>> {
    let mut rows = Vec::new();
    campaign.scan::<CampaignError>(table, run, &mut |cells| {
        let mut row = Map::new();
        for (at, column) in table.columns().iter().enumerate() {
            let value = match cells.get(at)? {
                Cell::Null => Value::Null,
                Cell::Integer(it) => it.into(),
                Cell::Real(it) => it.into(),
                // A JSON text stays what it is.
                Cell::Text(it) if column.name == "settings_json" => {
                    serde_json::from_str(it).unwrap_or_else(|_| it.into())
                }
                Cell::Text(it) => it.into(),
            };
            row.insert(column.name.to_owned(), value);
        }
        rows.push(row);
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(rows)
}
