//! Rows out.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Params, Row, params};

use crate::{
    Campaign, CampaignError, EpochRow, Exit, GradientRow, InstrumentId, InstrumentRow, PairId,
    PhaseCount, ReadingRow, RequestRow, Result, ResultRow, RunId, RunSummary,
    table::{BASE_BEFORE_3, OF_POINT_BEFORE_3},
};

const SUMMARY: &str = "
    SELECT id, experiment, kind, started_utc, ended_utc, exit_status, exit_message,
           software_version,
           (SELECT count(*) FROM batches JOIN readings ON batch = batches.id WHERE run = runs.id),
           (SELECT count(*) FROM batches JOIN gradients ON batch = batches.id WHERE run = runs.id),
           (SELECT count(*) FROM batches JOIN gradients ON batch = batches.id
            WHERE run = runs.id AND didv_siemens IS NULL)
    FROM runs";

const ESTIMATED: &str = "level_volts, device, current_amperes, current_uncertainty_amperes,
    didv_uncertainty_siemens";
/// Before version 3 a slope was the forward difference of the readings at its own position.
const ESTIMATED_BEFORE_3: &str = "base.level_volts, 'base', base.current_amperes, NULL, NULL";
impl Campaign {
    /// Every run, the oldest first.
    ///
    /// # Errors
    /// The file refused.
    pub fn runs(&self) -> Result<Vec<RunSummary>> {
        self.all(&format!("{SUMMARY} ORDER BY id"), [], summary)
    }

    /// The last run that began.
    ///
    /// # Errors
    /// The file refused.
    pub fn last_run(&self) -> Result<Option<RunId>> {
        let last = "SELECT max(id) FROM runs";
        Ok(self.connection.query_row(last, [], |row| row.get::<_, Option<i64>>(0))?.map(RunId))
    }

    /// One run.
    ///
    /// # Errors
    /// There is no such run; the file refused.
    pub fn run(&self, run: RunId) -> Result<RunSummary> {
        let sql = format!("{SUMMARY} WHERE id = ?");
        let found = self.connection.query_row(&sql, [run.0], summary).optional()?;
        found.ok_or(CampaignError::NoSuchRun { run: run.0 })
    }

    /// The resolved experiment and bench of a run, as JSON.
    ///
    /// # Errors
    /// There is no such run; the file refused.
    pub fn configuration(&self, run: RunId) -> Result<(String, String)> {
        let sql = "SELECT configuration_json, bench_json FROM runs WHERE id = ?";
        let both = |row: &Row| Ok((row.get(0)?, row.get(1)?));
        let found = self.connection.query_row(sql, [run.0], both).optional()?;
        found.ok_or(CampaignError::NoSuchRun { run: run.0 })
    }

    /// Readings of a run that are on disk.
    ///
    /// # Errors
    /// The file refused.
    pub fn count_readings(&self, run: RunId) -> Result<u64> {
        let sql = "SELECT count(*) FROM batches JOIN readings ON batch = batches.id WHERE run = ?";
        Ok(self.connection.query_row(sql, [run.0], |row| row.get(0))?)
    }

    /// What one phase of a run came to.
    ///
    /// # Errors
    /// The file refused.
    pub fn count_phase(&self, run: RunId, phase: &str) -> Result<PhaseCount> {
        let of = "FROM batches JOIN";
        let sql = format!(
            "SELECT (SELECT count(*) {of} readings ON batch = batches.id WHERE run = ?1 AND phase = ?2),
                    count(*) - count(didv_siemens), coalesce(sum(clamped), 0)
             {of} gradients ON batch = batches.id WHERE run = ?1 AND phase = ?2"
        );
        Ok(self.connection.query_row(&sql, params![run.0, phase], |row| {
            Ok(PhaseCount { readings: row.get(0)?, absent: row.get(1)?, clamped: row.get(2)? })
        })?)
    }

    /// The pairs of a run, by name.
    ///
    /// # Errors
    /// The file refused.
    pub fn pairs(&self, run: RunId) -> Result<Vec<(PairId, String)>> {
        let sql = "SELECT id, name FROM pairs WHERE run = ? ORDER BY id";
        self.all(sql, [run.0], |row| Ok((PairId(row.get(0)?), row.get(1)?)))
    }

    /// What a run calls its instrument of this name.
    ///
    /// # Errors
    /// The file refused.
    pub fn instrument_id(&self, run: RunId, name: &str) -> Result<Option<InstrumentId>> {
        let sql = "SELECT id FROM instruments WHERE run = ? AND name = ?";
        let found = self.connection.query_row(sql, params![run.0, name], |row| row.get(0));
        Ok(found.optional()?.map(InstrumentId))
    }

    /// The instruments of a run.
    ///
    /// # Errors
    /// The file refused.
    pub fn instruments(&self, run: RunId) -> Result<Vec<InstrumentRow>> {
        let sql = "SELECT name, resource, maker, model, serial, firmware, settings_json
                   FROM instruments WHERE run = ? ORDER BY id";
        self.all(sql, params![run.0], |row| {
            Ok(InstrumentRow {
                name: row.get(0)?,
                resource: row.get(1)?,
                maker: row.get(2)?,
                model: row.get(3)?,
                serial: row.get(4)?,
                firmware: row.get(5)?,
                settings_json: row.get(6)?,
            })
        })
    }

    /// The readings of a run, or of one of its phases: batch after batch, in a batch instrument after
    /// instrument, each in the order of measurement.
    ///
    /// # Errors
    /// The file refused.
    pub fn readings(&self, run: RunId, phase: Option<&str>) -> Result<Vec<ReadingRow>> {
        let which = "batches.run = ?1 AND (?2 IS NULL OR phase = ?2)";
        self.readings_where(which, params![run.0, phase])
    }

    /// The readings of one instrument in a batch, in the order of measurement.
    pub(crate) fn readings_of(&self, batch: i64, instrument: i64) -> Result<Vec<ReadingRow>> {
        let which = "batches.id = ?1 AND readings.instrument = ?2";
        self.readings_where(which, params![batch, instrument])
    }

    fn readings_where(&self, which: &str, parameters: impl Params) -> Result<Vec<ReadingRow>> {
        let version = self.schema_version()?;
        let skew = match version {
            1 => "NULL, NULL",
            _ => "skew_seconds, skew_uncertainty_seconds",
        };
        let purpose = match version {
            1 | 2 => format!(
                "iif({OF_POINT_BEFORE_3}, 'point', NULL) AS purpose,
                 iif({OF_POINT_BEFORE_3}, position, NULL) AS point"
            ),
            _ => "purpose, point".to_owned(),
        };
        let sql = format!(
            "SELECT batch, phase, name, position, level_volts, current_amperes, in_compliance,
                          overflow, instrument_seconds, status, {skew}, {purpose}
                   FROM batches
                   JOIN readings ON readings.batch = batches.id
                   JOIN instruments ON instruments.id = readings.instrument
                   WHERE {which}
                   ORDER BY batch, instrument, position"
        );
        self.all(&sql, parameters, |row| {
            Ok(ReadingRow {
                batch: row.get(0)?,
                phase: row.get(1)?,
                instrument: row.get(2)?,
                position: row.get(3)?,
                level_volts: row.get(4)?,
                current_amperes: row.get(5)?,
                in_compliance: row.get(6)?,
                overflow: row.get(7)?,
                instrument_seconds: row.get(8)?,
                status: row.get(9)?,
                skew_seconds: row.get(10)?,
                skew_uncertainty_seconds: row.get(11)?,
                purpose: row.get(12)?,
                point: row.get(13)?,
            })
        })
    }

    /// The points of a run, or of one of its phases: batch after batch, in a batch pair after pair,
    /// each in the order of measurement.
    ///
    /// # Errors
    /// The file refused.
    pub fn gradients(&self, run: RunId, phase: Option<&str>) -> Result<Vec<GradientRow>> {
        let which = "batches.run = ?1 AND (?2 IS NULL OR phase = ?2)";
        self.gradients_where(which, params![run.0, phase])
    }

    /// The points of one pair in a batch, in the order of measurement.
    pub(crate) fn gradients_of(&self, batch: i64, pair: i64) -> Result<Vec<GradientRow>> {
        self.gradients_where("batches.id = ?1 AND gradients.pair = ?2", params![batch, pair])
    }

    fn gradients_where(&self, which: &str, parameters: impl Params) -> Result<Vec<GradientRow>> {
        let (estimated, pairs) = match self.schema_version()? {
            1 | 2 => (ESTIMATED_BEFORE_3, BASE_BEFORE_3),
            _ => (ESTIMATED, "JOIN pairs ON pairs.id = gradients.pair"),
        };
        let sql = format!(
            "SELECT gradients.batch, phase, pairs.name, gradients.position, method, delta_v_volts,
                          didv_siemens, absent_because, clamped, {estimated}
                   FROM batches
                   JOIN gradients ON gradients.batch = batches.id
                   {pairs}
                   WHERE {which}
                   ORDER BY gradients.batch, pair, gradients.position"
        );
        self.all(&sql, parameters, |row| {
            Ok(GradientRow {
                batch: row.get(0)?,
                phase: row.get(1)?,
                pair: row.get(2)?,
                position: row.get(3)?,
                method: row.get(4)?,
                delta_v_volts: row.get(5)?,
                didv_siemens: row.get(6)?,
                absent_because: row.get(7)?,
                clamped: row.get(8)?,
                level_volts: row.get(9)?,
                device: row.get(10)?,
                current_amperes: row.get(11)?,
                current_uncertainty_amperes: row.get(12)?,
                didv_uncertainty_siemens: row.get(13)?,
            })
        })
    }

    /// The levels that a run, or one of its phases, asked: batch after batch, in a batch pair after
    /// pair, each in the order asked. None of runs before version 3 of the schema: their readings are
    /// in the order asked.
    ///
    /// # Errors
    /// The file refused.
    pub fn requests(&self, run: RunId, phase: Option<&str>) -> Result<Vec<RequestRow>> {
        if self.schema_version()? < 3 {
            return Ok(Vec::new());
        }
        let sql = "SELECT batch, phase, pairs.name, position, level_volts, point
                   FROM batches
                   JOIN requests ON requests.batch = batches.id
                   JOIN pairs ON pairs.id = requests.pair
                   WHERE batches.run = ?1 AND (?2 IS NULL OR phase = ?2)
                   ORDER BY batch, pair, position";
        self.all(sql, params![run.0, phase], |row| {
            Ok(RequestRow {
                batch: row.get(0)?,
                phase: row.get(1)?,
                pair: row.get(2)?,
                position: row.get(3)?,
                level_volts: row.get(4)?,
                point: row.get(5)?,
            })
        })
    }

    /// The epochs of a run, by arm, repeat, fold and epoch.
    ///
    /// # Errors
    /// The file refused.
    pub fn epochs(&self, run: RunId) -> Result<Vec<EpochRow>> {
        let sql = "SELECT arm, repeat, fold, epoch, loss, train_accuracy
                   FROM epochs WHERE run = ? ORDER BY arm, repeat, fold, epoch";
        self.all(sql, params![run.0], |row| {
            Ok(EpochRow {
                arm: row.get(0)?,
                repeat: row.get(1)?,
                fold: row.get(2)?,
                epoch: row.get(3)?,
                loss: row.get::<_, Option<f64>>(4)?.unwrap_or(f64::NAN),
                train_accuracy: row.get(5)?,
            })
        })
    }

    /// The results of a run, by name.
    ///
    /// # Errors
    /// The file refused.
    pub fn results(&self, run: RunId) -> Result<Vec<ResultRow>> {
        let sql = "SELECT name, value_json FROM results WHERE run = ? ORDER BY name";
        self.all(sql, params![run.0], |row| {
            Ok(ResultRow { name: row.get(0)?, value_json: row.get(1)? })
        })
    }

    /// How many events of a run are of each kind.
    ///
    /// # Errors
    /// The file refused.
    pub fn count_events(&self, run: RunId) -> Result<BTreeMap<String, u64>> {
        let sql = "SELECT kind, count(*) FROM events WHERE run = ? GROUP BY kind";
        let kinds = self.all(sql, params![run.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(kinds.into_iter().collect())
    }

    pub(crate) fn all<T>(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        of_row: impl FnMut(&Row) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(params, of_row)?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}

fn summary(row: &Row) -> rusqlite::Result<RunSummary> {
    Ok(RunSummary {
        run: RunId(row.get(0)?),
        experiment: row.get(1)?,
        kind: row.get(2)?,
        started_utc: row.get(3)?,
        ended_utc: row.get(4)?,
        exit: row.get::<_, Option<String>>(5)?.as_deref().and_then(Exit::from_text),
        exit_message: row.get::<_, Option<String>>(6)?.unwrap_or_default(),
        software_version: row.get(7)?,
        readings: row.get(8)?,
        gradients: row.get(9)?,
        gradients_absent: row.get(10)?,
    })
}
