//! A run's batches as they were measured, one after the other.

use rusqlite::params;

use crate::{Campaign, GradientRow, ReadingRow, Result, RunId};

/// What one pair was asked in a batch, and everything that came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredBatch {
    /// The batch's number.
    pub batch: i64,
    /// What it was measured for.
    pub phase: String,
    /// The pair's name.
    pub pair: String,
    /// V, in the order asked.
    pub asked: Vec<f64>,
    /// The base's, in the order of measurement.
    pub base: Vec<ReadingRow>,
    /// The probe's, in the order of measurement.
    pub probe: Vec<ReadingRow>,
    /// Its points, in the order of measurement.
    pub gradients: Vec<GradientRow>,
}

impl Campaign {
    /// The numbers of a run's batches that were asked levels, after that of number `after`.
    ///
    /// # Errors
    /// The file refused.
    pub fn batches_asked(&self, run: RunId, after: i64) -> Result<Vec<i64>> {
        let sql = "SELECT id FROM batches WHERE run = ? AND id > ?
                   AND EXISTS (SELECT 1 FROM requests WHERE batch = id) ORDER BY id";
        self.all(sql, params![run.0, after], |row| row.get(0))
    }

    /// The number of the last batch of a phase; `None` where there is none.
    ///
    /// # Errors
    /// The file refused.
    pub fn last_batch(&self, run: RunId, phase: &str) -> Result<Option<i64>> {
        let sql = "SELECT max(id) FROM batches WHERE run = ? AND phase = ?";
        Ok(self.connection.query_row(sql, params![run.0, phase], |row| row.get(0))?)
    }

    /// What the base of a pair read in the last `count` readings of a phase: currents in A, in the order
    /// of measurement.
    ///
    /// # Errors
    /// The file refused.
    pub fn last_currents(
        &self,
        run: RunId,
        (phase, pair): (&str, &str),
        count: usize,
    ) -> Result<Vec<Option<f64>>> {
        let sql = "SELECT current_amperes FROM batches
                   JOIN readings ON readings.batch = batches.id
                   JOIN pairs ON pairs.run = batches.run AND pairs.base = readings.instrument
                   WHERE batches.run = ? AND phase = ? AND pairs.name = ?
                   ORDER BY batch DESC, position DESC LIMIT ?";
        let mut last = self.all(sql, params![run.0, phase, pair, count], |row| row.get(0))?;
        last.reverse();
        Ok(last)
    }

    /// What the pairs were asked in a batch, in their order.
    ///
    /// # Errors
    /// The file refused.
    pub fn stored_batch(&self, batch: i64) -> Result<Vec<StoredBatch>> {
        let sql = "SELECT DISTINCT phase, pairs.id, pairs.name, base, probe
                   FROM batches JOIN requests ON batch = batches.id JOIN pairs ON pairs.id = pair
                   WHERE batches.id = ? ORDER BY pairs.id";
        let pairs = self.all(sql, [batch], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, i64>(1)?,
                row.get::<_, String>(2)?,
                [row.get::<_, i64>(3)?, row.get::<_, i64>(4)?],
            ))
        })?;
        let of = |(phase, id, pair, [base, probe]): (String, i64, String, [i64; 2])| {
            let sql =
                "SELECT level_volts FROM requests WHERE batch = ? AND pair = ? ORDER BY position";
            let asked = self.all(sql, [batch, id], |row| row.get(0))?;
            Ok(StoredBatch {
                batch,
                asked,
                base: self.readings_of(batch, base)?,
                probe: self.readings_of(batch, probe)?,
                gradients: self.gradients_of(batch, id)?,
                phase,
                pair,
            })
        };
        pairs.into_iter().map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Batch, BatchGradient, BatchReading, BatchRequest, InstrumentRow, NewRun};

    #[test]
    fn a_batch_comes_back_as_it_was_asked_and_measured() {
        let folder = tempfile::tempdir().unwrap();
        let mut campaign = Campaign::open(&folder.path().join("c.sqlite")).unwrap();
        let run = campaign
            .begin_run(&NewRun {
                experiment: "iris",
                kind: "train",
                configuration_json: "{}",
                bench_json: "{}",
                software_version: "0",
                source: None,
            })
            .unwrap();
        let instrument = |name: &str| InstrumentRow {
            name: name.to_owned(),
            resource: String::new(),
            maker: String::new(),
            model: String::new(),
            serial: String::new(),
            firmware: String::new(),
            settings_json: "{}".to_owned(),
        };
        let base = campaign.add_instrument(run, &instrument("a1")).unwrap();
        let probe = campaign.add_instrument(run, &instrument("b1")).unwrap();
        let pair = campaign.add_pair(run, "pair 1", base, probe, "software").unwrap();
        let reading = |instrument, position, current_amperes| BatchReading {
            instrument,
            position,
            purpose: Some("point"),
            point: Some(0),
            level_volts: 0.1,
            current_amperes,
            in_compliance: false,
            overflow: false,
            instrument_seconds: 1.0,
            status: 0,
            skew_seconds: None,
            skew_uncertainty_seconds: None,
        };
        let survey = Batch {
            phase: "survey",
            readings: vec![reading(base, 0, Some(7e-6)), reading(base, 1, None)],
            ..Batch::default()
        };
        campaign.commit_batch(run, &survey).unwrap();
        let measured = Batch {
            phase: "measured",
            readings: vec![reading(base, 0, Some(1e-6)), reading(probe, 0, Some(2e-6))],
            gradients: vec![BatchGradient {
                pair,
                position: 0,
                level_volts: 0.1,
                method: "forward",
                device: "base",
                delta_v_volts: 0.02,
                current_amperes: Some(1e-6),
                current_uncertainty_amperes: Some(f64::NAN),
                didv_siemens: Err("overflow".to_owned()),
                didv_uncertainty_siemens: None,
                clamped: false,
            }],
            requests: vec![
                BatchRequest { pair, position: 0, level_volts: 0.100001, point: 0 },
                BatchRequest { pair, position: 1, level_volts: 0.1, point: 0 },
            ],
        };
        campaign.commit_batch(run, &measured).unwrap();

        let last = campaign.last_batch(run, "survey").unwrap().unwrap();
        assert_eq!(campaign.last_batch(run, "iv").unwrap(), None);
        let currents = campaign.last_currents(run, ("survey", "pair 1"), 2).unwrap();
        assert_eq!(currents, [Some(7e-6), None]);
        let asked = campaign.batches_asked(run, last).unwrap();
        assert_eq!(asked, [last + 1]);
        let found = campaign.stored_batch(asked[0]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((&found[0].phase[..], &found[0].pair[..]), ("measured", "pair 1"));
        assert_eq!(found[0].asked, [0.100001, 0.1]);
        assert_eq!(found[0].base, campaign.readings(run, Some("measured")).unwrap()[..1]);
        assert_eq!(found[0].probe, campaign.readings(run, Some("measured")).unwrap()[1..]);
        assert_eq!(found[0].gradients, campaign.gradients(run, None).unwrap());
        assert_eq!(found[0].gradients[0].current_uncertainty_amperes, None);
    }
}
