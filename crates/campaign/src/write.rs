//! Rows in.

use rusqlite::params;

use crate::{Batch, Campaign, Exit, InstrumentId, InstrumentRow, NewRun, PairId, Result, RunId};

const READING: &str = "INSERT INTO readings VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
const GRADIENT: &str = "INSERT INTO gradients VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";

impl Campaign {
    /// Begins a run; its number is one more than the last.
    ///
    /// # Errors
    /// The file refused.
    pub fn begin_run(&mut self, run: &NewRun) -> Result<RunId> {
        self.connection.execute(
            "INSERT INTO runs (experiment, kind, configuration_json, bench_json, software_version,
                               experiment_file, bench_file, data_sha256)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                run.experiment,
                run.kind,
                run.configuration_json,
                run.bench_json,
                run.software_version,
                run.source.map(|it| it.experiment_file.as_str()),
                run.source.and_then(|it| it.bench_file.as_deref()),
                run.source.map(|it| it.data_sha256.as_str())
            ],
        )?;
        Ok(RunId(self.connection.last_insert_rowid()))
    }

    /// Records an instrument of the run.
    ///
    /// # Errors
    /// The file refused; the run has an instrument of this name.
    pub fn add_instrument(&mut self, run: RunId, row: &InstrumentRow) -> Result<InstrumentId> {
        self.connection.execute(
            "INSERT INTO instruments
             (run, name, resource, maker, model, serial, firmware, settings_json)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            params![
                run.0,
                row.name,
                row.resource,
                row.maker,
                row.model,
                row.serial,
                row.firmware,
                row.settings_json
            ],
        )?;
        Ok(InstrumentId(self.connection.last_insert_rowid()))
    }

    /// Records a pair of the run; `coupling` is what starts both: `software`, `trigger-link`, ...
    ///
    /// # Errors
    /// The file refused; the run has a pair of this name.
    pub fn add_pair(
        &mut self,
        run: RunId,
        name: &str,
        base: InstrumentId,
        probe: InstrumentId,
        coupling: &str,
    ) -> Result<PairId> {
        self.connection.execute(
            "INSERT INTO pairs (run, name, base, probe, coupling) VALUES (?, ?, ?, ?, ?)",
            params![run.0, name, base.0, probe.0, coupling],
        )?;
        Ok(PairId(self.connection.last_insert_rowid()))
    }

    /// Writes a batch, whole or not at all. When this returns, it is on disk.
    ///
    /// # Errors
    /// The file refused; nothing of the batch was written.
    pub fn commit_batch(&mut self, run: RunId, batch: &Batch) -> Result<()> {
        let transaction = self.connection.transaction()?;
        transaction
            .prepare_cached("INSERT INTO batches (run, phase) VALUES (?, ?)")?
            .execute(params![run.0, batch.phase])?;
        let id = transaction.last_insert_rowid();
        {
            let mut readings = transaction.prepare_cached(READING)?;
            for it in &batch.readings {
                readings.execute(params![
                    id,
                    it.instrument.0,
                    it.position,
                    it.level_volts,
                    it.current_amperes,
                    it.in_compliance,
                    it.overflow,
                    it.instrument_seconds,
                    it.status,
                    it.skew_seconds,
                    it.skew_uncertainty_seconds,
                    it.purpose,
                    it.point
                ])?;
            }
            let mut gradients = transaction.prepare_cached(GRADIENT)?;
            for it in &batch.gradients {
                gradients.execute(params![
                    id,
                    it.pair.0,
                    it.position,
                    it.method,
                    it.delta_v_volts,
                    it.didv_siemens.as_ref().ok(),
                    it.didv_siemens.as_ref().err(),
                    it.clamped,
                    it.level_volts,
                    it.device,
                    it.current_amperes,
                    it.current_uncertainty_amperes,
                    it.didv_uncertainty_siemens
                ])?;
            }
            let mut requests =
                transaction.prepare_cached("INSERT INTO requests VALUES (?, ?, ?, ?, ?)")?;
            for it in &batch.requests {
                requests.execute(params![id, it.pair.0, it.position, it.level_volts, it.point])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }

    /// Records a result of the run, by name.
    ///
    /// # Errors
    /// The file refused; the run has a result of this name.
    pub fn add_result(&mut self, run: RunId, name: &str, value_json: &str) -> Result<()> {
        let insert = "INSERT INTO results (run, name, value_json) VALUES (?, ?, ?)";
        self.connection.execute(insert, params![run.0, name, value_json])?;
        Ok(())
    }

    /// Records that something happened.
    ///
    /// # Errors
    /// The file refused.
    pub fn add_event(&mut self, run: RunId, kind: &str, text: &str) -> Result<()> {
        let insert = "INSERT INTO events (run, kind, text) VALUES (?, ?, ?)";
        self.connection.execute(insert, params![run.0, kind, text])?;
        Ok(())
    }

    /// Records what happened at a time, s since 1970.
    ///
    /// # Errors
    /// The file refused.
    pub fn add_event_at(&mut self, run: RunId, at: f64, kind: &str, text: &str) -> Result<()> {
        let insert = "INSERT INTO events (run, at_utc, kind, text)
                      VALUES (?, strftime('%Y-%m-%dT%H:%M:%fZ', ?, 'unixepoch'), ?, ?)";
        self.connection.execute(insert, params![run.0, at, kind, text])?;
        Ok(())
    }

    /// Takes back that the run has ended: it goes on.
    ///
    /// # Errors
    /// The file refused.
    pub fn reopen_run(&mut self, run: RunId) -> Result<()> {
        self.connection.execute(
            "UPDATE runs SET ended_utc = NULL, exit_status = NULL, exit_message = NULL WHERE id = ?",
            [run.0],
        )?;
        Ok(())
    }

    /// Ends the run.
    ///
    /// # Errors
    /// The file refused.
    pub fn end_run(&mut self, run: RunId, exit: Exit, message: &str) -> Result<()> {
        self.connection.execute(
            "UPDATE runs SET ended_utc = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'),
                             exit_status = ?, exit_message = ?
             WHERE id = ?",
            params![exit.as_str(), message, run.0],
        )?;
        Ok(())
    }
}
