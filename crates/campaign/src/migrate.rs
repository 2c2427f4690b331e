//! Files of older schemas get what they lack.

use rusqlite::Transaction;

/// What files of version 1 lack: pairs had no coupling, readings no skew.
const SINCE_1: &str = "
    ALTER TABLE pairs ADD COLUMN coupling TEXT;
    ALTER TABLE readings ADD COLUMN skew_seconds REAL;
    ALTER TABLE readings ADD COLUMN skew_uncertainty_seconds REAL;
";

/// What files of version 2 lack. Their slopes were forward differences of the two readings at the
/// slope's own position: level and current were the base's.
const SINCE_2: &str = "
    ALTER TABLE readings ADD COLUMN purpose TEXT;
    ALTER TABLE readings ADD COLUMN point INTEGER;
    ALTER TABLE gradients ADD COLUMN level_volts REAL;
    ALTER TABLE gradients ADD COLUMN device TEXT;
    ALTER TABLE gradients ADD COLUMN current_amperes REAL;
    ALTER TABLE gradients ADD COLUMN current_uncertainty_amperes REAL;
    ALTER TABLE gradients ADD COLUMN didv_uncertainty_siemens REAL;
    CREATE TABLE requests (
      batch       INTEGER NOT NULL REFERENCES batches (id),
      pair        INTEGER NOT NULL REFERENCES pairs (id),
      position    INTEGER NOT NULL,
      level_volts REAL NOT NULL,
      point       INTEGER NOT NULL,
      PRIMARY KEY (batch, pair, position)
    ) STRICT, WITHOUT ROWID;
    UPDATE readings SET purpose = 'point', point = position WHERE EXISTS (
      SELECT 1 FROM pairs JOIN gradients ON gradients.pair = pairs.id
      WHERE readings.instrument IN (pairs.base, pairs.probe)
        AND gradients.batch = readings.batch AND gradients.position = readings.position);
    UPDATE gradients SET device = 'base', level_volts = base.level_volts,
                         current_amperes = base.current_amperes
      FROM pairs, readings AS base
      WHERE pairs.id = gradients.pair AND base.batch = gradients.batch
        AND base.instrument = pairs.base AND base.position = gradients.position;
    UPDATE gradients SET device = 'base' WHERE device IS NULL;
";

/// What files of version 3 lack: their trainings cannot be resumed.
const SINCE_3: &str = "
    ALTER TABLE runs ADD COLUMN experiment_file TEXT;
    ALTER TABLE runs ADD COLUMN bench_file TEXT;
    ALTER TABLE runs ADD COLUMN data_sha256 TEXT;
    CREATE TABLE openings (
      run           INTEGER PRIMARY KEY REFERENCES runs (id),
      committed_utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
      format        INTEGER NOT NULL,
      sha256        TEXT NOT NULL,
      state         BLOB NOT NULL
    ) STRICT;
    CREATE TABLE checkpoints (
      run           INTEGER NOT NULL REFERENCES runs (id),
      arm           TEXT NOT NULL,
      repeat        INTEGER NOT NULL,
      fold          INTEGER NOT NULL,
      epochs        INTEGER NOT NULL,
      committed_utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
      format        INTEGER NOT NULL,
      sha256        TEXT NOT NULL,
      state         BLOB NOT NULL,
      PRIMARY KEY (run, arm)
    ) STRICT;
    CREATE TABLE folds (
      run           INTEGER NOT NULL REFERENCES runs (id),
      arm           TEXT NOT NULL,
      repeat        INTEGER NOT NULL,
      fold          INTEGER NOT NULL,
      epochs        INTEGER NOT NULL,
      test_accuracy REAL NOT NULL,
      committed_utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
      format        INTEGER NOT NULL,
      sha256        TEXT NOT NULL,
      state         BLOB NOT NULL,
      PRIMARY KEY (run, arm, repeat, fold)
    ) STRICT;
";

/// Brings a file of this version to the newest.
pub(crate) fn migrate(transaction: &Transaction, from: i32) -> rusqlite::Result<()> {
    let since = [(1, SINCE_1), (2, SINCE_2), (3, SINCE_3)];
    let lacking = since.into_iter().filter(|(version, _)| from <= *version);
    lacking.map(|(_, sql)| sql).try_for_each(|sql| transaction.execute_batch(sql))
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use rusqlite::Connection;
    use tempfile::TempDir;

    use crate::{Campaign, Cell, Cells, GradientRow, ReadingRow, RunId, Table};

    /// As the first release laid a file out.
    const VERSION_1: &str = include_str!("../tests/data/schema-1.sql");
    /// A curve, then two slopes of a pair, the second of which has no reading of the base.
    const ROWS: &str = "
        INSERT INTO runs (id, experiment, kind, configuration_json, bench_json, software_version)
          VALUES (1, '', 'gradient', '', '', '');
        INSERT INTO instruments VALUES (1, 1, 'a1', '', '', '', '', '', ''),
                                       (2, 1, 'b1', '', '', '', '', '', '');
        INSERT INTO pairs (id, run, name, base, probe) VALUES (1, 1, 'twins', 1, 2);
        INSERT INTO batches (id, run, phase) VALUES (1, 1, 'iv'), (2, 1, 'gradient');
        INSERT INTO readings
            (batch, instrument, position, level_volts, current_amperes, in_compliance, overflow,
             instrument_seconds, status)
          VALUES (1, 1, 0, 0.5, 1e-6, 0, 0, 3.0, 0), (2, 1, 0, 0.25, 2e-6, 0, 0, 4.0, 0),
                 (2, 2, 0, 0.35, 3e-6, 0, 0, 4.0, 0), (2, 2, 1, 0.45, 4e-6, 0, 0, 5.0, 0);
        INSERT INTO gradients VALUES (2, 1, 0, 'forward', 0.1, 1e-5, NULL, 0),
                                     (2, 1, 1, 'forward', 0.1, NULL, 'base overflow', 0);";

    /// A file as an older memloop left it.
    fn file(folder: &TempDir, version: i32) -> PathBuf {
        let path = folder.path().join("c.sqlite");
        let connection = Connection::open(&path).unwrap();
        connection.execute_batch(VERSION_1).unwrap();
        if version == 2 {
            connection.execute_batch(super::SINCE_1).unwrap();
        }
        connection.execute_batch(ROWS).unwrap();
        connection.pragma_update(None, "application_id", i32::from_be_bytes(*b"mlop")).unwrap();
        connection.pragma_update(None, "user_version", version).unwrap();
        path
    }

    fn rows(campaign: &Campaign) -> (Vec<ReadingRow>, Vec<GradientRow>) {
        let run = RunId(1);
        (campaign.readings(run, None).unwrap(), campaign.gradients(run, None).unwrap())
    }

    /// Columns of every table by name, without regard to their order or comments.
    fn columns(path: &Path) -> Vec<(String, String, String)> {
        let connection = Connection::open(path).unwrap();
        let sql = "SELECT t.name, c.name, c.type FROM pragma_table_list AS t, pragma_table_info(t.name) AS c
                   WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite%' ORDER BY 1, c.cid";
        let mut statement = connection.prepare(sql).unwrap();
        let found = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
        found.unwrap().collect::<rusqlite::Result<_>>().unwrap()
    }

    #[test]
    fn older_files_are_read_as_they_are_and_say_the_same_once_they_were_written_to() {
        for version in [1, 2] {
            let folder = tempfile::tempdir().unwrap();
            let path = file(&folder, version);
            let old = rows(&Campaign::open_read_only(&path).unwrap());
            let campaign = Campaign::open(&path).unwrap();
            assert_eq!(campaign.schema_version().unwrap(), 4);
            assert_eq!(rows(&campaign), old);

            let (readings, gradients) = old;
            let points: Vec<_> =
                readings.iter().map(|it| (it.purpose.as_deref(), it.point)).collect();
            let point = |at| (Some("point"), Some(at));
            assert_eq!(points, [(None, None), point(0), point(0), point(1)]);
            assert_eq!(
                (gradients[0].level_volts, gradients[0].current_amperes),
                (Some(0.25), Some(2e-6))
            );
            assert_eq!((gradients[1].level_volts, gradients[1].current_amperes), (None, None));
            assert!(gradients.iter().all(|it| it.device == "base"));
            assert_eq!(campaign.requests(RunId(1), None).unwrap(), []);
        }
    }

    #[test]
    fn the_tables_of_an_older_file_are_handed_out_and_checked_as_they_are() {
        for version in [1, 2] {
            let folder = tempfile::tempdir().unwrap();
            let campaign = Campaign::open_read_only(&file(&folder, version)).unwrap();
            for table in Table::ALL {
                let mut rows = 0;
                let mut each = |cells: &Cells| -> crate::Result<_> {
                    rows += 1;
                    (0..table.columns().len()).try_for_each(|it| cells.get(it).map(|_| ()))?;
                    Ok(std::ops::ControlFlow::Continue(()))
                };
                campaign.scan(table, RunId(1), &mut each).unwrap();
                assert_eq!(campaign.count(table, RunId(1)).unwrap(), rows, "{}", table.name());
            }
            let purpose = Table::Readings.columns().iter().position(|it| it.name == "purpose");
            let mut purposes = Vec::new();
            let mut each = |cells: &Cells| -> crate::Result<_> {
                purposes.push(cells.get(purpose.unwrap())? == Cell::Text("point"));
                Ok(std::ops::ControlFlow::Continue(()))
            };
            campaign.scan(Table::Readings, RunId(1), &mut each).unwrap();
            assert_eq!(purposes, [false, true, true, true]);
            let go_on = &mut |_| std::ops::ControlFlow::Continue(());
            let check = campaign.verify_run(RunId(1), go_on).unwrap();
            assert_eq!((check.readings, check.gradients), (4, 2));
        }
    }

    #[test]
    fn a_file_that_was_brought_up_to_date_has_the_columns_of_a_new_one_in_their_order() {
        let folder = tempfile::tempdir().unwrap();
        let new = folder.path().join("new.sqlite");
        Campaign::open(&new).unwrap();
        let old = file(&folder, 1);
        Campaign::open(&old).unwrap();
        assert_eq!(columns(&old), columns(&new));
    }
}
