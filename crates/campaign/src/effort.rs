//! What a phase of a run asked of the instruments and of the devices.

use rusqlite::params;
use serde::Serialize;

use crate::{Campaign, Result, RunId};

/// What a phase of a run took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Effort {
    /// Levels that were asked, each as often as it was asked; a batch measures equal ones once.
    pub levels_asked: u64,
    /// Plans that were sent as lists, one after the other.
    pub batches: u64,
    /// s by the instruments' own clocks, of the instrument that was busy longest: the lists, without
    /// what passed between them.
    pub instrument_seconds: f64,
    /// Σ V·I·t of all devices, J. A reading's current stands for the time to the next one: what flowed
    /// while a slow device was settling is not in it, nor what flowed between lists. A product is
    /// negative where the current's offset has the other sign than its level, and counts as such:
    /// taking magnitudes would add up noise.
    pub devices_joules: f64,
    /// Readings without a current: what they took up is not in `devices_joules`.
    pub readings_without_current: u64,
}

/// A list of n readings spans n − 1 of the times between two of them. A list of one, and one whose
/// clock gave no number, count as if they had taken no time.
const LISTS: &str = "
    SELECT sum(n * each) AS seconds, sum(watts * each) AS joules, sum(unknown) AS unknown
    FROM (SELECT instrument, count(*) AS n, total(level_volts * current_amperes) AS watts,
                 count(*) - count(current_amperes) AS unknown,
                 coalesce((max(instrument_seconds) - min(instrument_seconds)) / (count(*) - 1), 0.0)
                   AS each
          FROM batches JOIN readings ON batch = batches.id
          WHERE run = ?1 AND phase = ?2
          GROUP BY batch, instrument)
    GROUP BY instrument";

impl Campaign {
    /// What a phase of a run took.
    ///
    /// # Errors
    /// The file refused.
    pub fn effort(&self, run: RunId, phase: &str) -> Result<Effort> {
        let sql = format!(
            "SELECT (SELECT count(*) FROM batches JOIN requests ON batch = batches.id
                     WHERE run = ?1 AND phase = ?2),
                    (SELECT count(*) FROM batches WHERE run = ?1 AND phase = ?2),
                    coalesce(max(seconds), 0.0), total(joules), coalesce(sum(unknown), 0)
             FROM ({LISTS})"
        );
        Ok(self.connection.query_row(&sql, params![run.0, phase], |row| {
            Ok(Effort {
                levels_asked: row.get(0)?,
                batches: row.get(1)?,
                instrument_seconds: row.get(2)?,
                devices_joules: row.get(3)?,
                readings_without_current: row.get(4)?,
            })
        })?)
    }
}
