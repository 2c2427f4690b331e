//! Where files lie.

use std::path::{Path, PathBuf};

use campaign::{RunId, Table};

use crate::Format;

/// `folder/readings/campaign=night-3/run=3/readings.parquet`: the layout that DuckDB, Spark, Polars and
/// pandas call hive partitioning, in which `campaign` and `run` are columns of the whole.
pub fn place(folder: &Path, campaign: &str, run: RunId, table: Table, format: Format) -> PathBuf {
    let name = table.name();
    folder
        .join(name)
        .join(format!("campaign={}", escaped(campaign)))
        .join(format!("run={}", run.0))
        .join(format!("{name}.{}", format.extension()))
}

/// As hive does: what paths or patterns give a meaning to is written in hex.
fn escaped(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_control() || "\"#%'*/:=?\\{[]}^ ".contains(character) {
            let mut bytes = [0; 4];
            for byte in character.encode_utf8(&mut bytes).bytes() {
                text.push_str(&format!("%{byte:02X}"));
            }
        } else {
            text.push(character);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_paths_give_a_meaning_to_are_written_in_hex() {
        let file = place(Path::new("lab"), "a/b=1 é", RunId(12), Table::Epochs, Format::Netcdf);
        assert_eq!(file, Path::new("lab/epochs/campaign=a%2Fb%3D1%20é/run=12/epochs.nc"));
    }
}
