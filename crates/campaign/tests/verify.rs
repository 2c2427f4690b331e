//! Damage is found and named, and nothing is changed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use std::{
    fs,
    ops::ControlFlow,
    path::{Path, PathBuf},
};

use campaign::{
    Advance, Batch, BatchGradient, BatchReading, BatchRequest, Campaign, CampaignError, Cell,
    CheckpointRow, EpochRow, Exit, FoldRow, InstrumentRow, Kept, NewRun, RunId, Table,
};
use rusqlite::Connection;
use tempfile::TempDir;

/// A run of kind train with a sweep, and three batches of ten points.
fn campaign(folder: &TempDir) -> PathBuf {
    let path = folder.path().join("c.sqlite");
    let mut campaign = Campaign::open(&path).unwrap();
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
    let named = |name: &str| InstrumentRow {
        name: name.to_owned(),
        resource: String::new(),
        maker: String::new(),
        model: String::new(),
        serial: String::new(),
        firmware: String::new(),
        settings_json: "{}".to_owned(),
    };
    let base = campaign.add_instrument(run, &named("a1")).unwrap();
    let probe = campaign.add_instrument(run, &named("b1")).unwrap();
    let pair = campaign.add_pair(run, "neuron 1", base, probe, "software").unwrap();
    let reading = |instrument, position, purpose, point| BatchReading {
        instrument,
        position,
        purpose,
        point,
        level_volts: 0.1 * position as f64,
        current_amperes: (position != 3).then_some(1e-7 * position as f64 - 1e-9),
        in_compliance: false,
        overflow: position == 3,
        instrument_seconds: f64::NAN,
        status: 4,
        skew_seconds: None,
        skew_uncertainty_seconds: None,
    };
    let sweep = (0..5).map(|it| reading(base, it, None, None)).collect();
    campaign
        .commit_batch(run, &Batch { phase: "iv", readings: sweep, ..Batch::default() })
        .unwrap();
    for _ in 0..3 {
        let shots = (0..12_usize).flat_map(|it| {
            let point = it.checked_sub(2);
            let purpose = Some(if point.is_some() { "point" } else { "rest" });
            let probe = (it != 0).then(|| reading(probe, it, purpose, point));
            let rest = (it == 0).then(|| reading(base, it, Some("hold"), None));
            let base = (it != 0).then(|| reading(base, it, purpose, point));
            [base, rest, probe].into_iter().flatten()
        });
        let gradients = (0..10).map(|position| BatchGradient {
            pair,
            position,
            level_volts: 0.1,
            method: "forward",
            device: "base",
            delta_v_volts: 0.02,
            current_amperes: Some(1e-6),
            current_uncertainty_amperes: None,
            didv_siemens: if position == 1 { Err("overflow".to_owned()) } else { Ok(1e-5) },
            didv_uncertainty_siemens: None,
            clamped: false,
        });
        let requests = (0..20).map(|position| BatchRequest {
            pair,
            position,
            level_volts: 0.1,
            point: position / 2,
        });
        let batch = Batch {
            phase: "measured",
            readings: shots.collect(),
            gradients: gradients.collect(),
            requests: requests.collect(),
        };
        campaign.commit_batch(run, &batch).unwrap();
    }
    let epoch = |fold, epoch| EpochRow {
        arm: "measured".to_owned(),
        repeat: 0,
        fold,
        epoch,
        loss: 0.5,
        train_accuracy: 0.9,
    };
    let state = |byte| Kept { format: 1, bytes: vec![byte; 3000] };
    let fold = FoldRow {
        arm: "measured".to_owned(),
        repeat: 0,
        fold: 0,
        epochs: 3,
        test_accuracy: 0.9,
        state: state(7),
    };
    let advance = Advance {
        epochs: &[epoch(0, 0), epoch(0, 1), epoch(0, 2), epoch(1, 0)],
        folds: &[fold],
        checkpoint: Some(&CheckpointRow { repeat: 0, fold: 1, epochs: 1, state: state(9) }),
    };
    campaign.advance(run, "measured", &advance).unwrap();
    campaign.add_result(run, "report", "{\"readings_stored\": 74}").unwrap();
    campaign.end_run(run, Exit::Done, "").unwrap();
    path
}

fn go_on(_: u64) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// What is found in a file, sentence by sentence.
fn found(path: &Path) -> Vec<String> {
    let campaign = match Campaign::open_read_only(path) {
        Err(error @ CampaignError::Corrupt { .. }) => return vec![error.to_string()],
        campaign => campaign.unwrap(),
    };
    let mut found: Vec<_> =
        campaign.verify_file().unwrap().into_iter().map(|it| it.sentence).collect();
    let runs = match campaign.run_ids() {
        Err(CampaignError::Corrupt { .. }) if !found.is_empty() => Vec::new(),
        runs => runs.unwrap(),
    };
    for run in runs {
        let check = campaign.verify_run(run, &mut go_on).unwrap();
        found.extend(check.findings.into_iter().map(|it| it.sentence));
    }
    found
}

#[test]
fn a_whole_campaign_has_no_findings_and_its_rows_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = campaign(&folder);
    assert_eq!(found(&path), Vec::<String>::new());
    let campaign = Campaign::open_read_only(&path).unwrap();
    let it = campaign.verify_run(RunId(1), &mut go_on).unwrap();
    assert_eq!((it.batches, it.readings, it.gradients, it.requests), (4, 74, 30, 60));
    assert_eq!((it.epochs, it.folds, it.checkpoints, it.exit), (4, 1, 1, Some(Exit::Done)));
}

#[test]
fn what_is_missing_or_altered_is_named_by_run_batch_and_position() {
    for (damage, expected) in [
        (
            "DELETE FROM readings WHERE batch = 1 AND position = 2",
            vec!["run 1, batch 1: \"a1\": reading 2 is missing"],
        ),
        (
            "DELETE FROM readings WHERE batch = 2 AND instrument = 1 AND position = 4",
            vec!["run 1, batch 2: \"neuron 1\": reading 4 is missing"],
        ),
        (
            "DELETE FROM readings WHERE batch = 3 AND instrument = 2 AND position = 5",
            vec!["run 1, batch 3: \"neuron 1\": reading 5 of the probe is missing"],
        ),
        (
            "DELETE FROM readings WHERE batch = 3 AND instrument = 1 AND position = 11",
            vec!["run 1, batch 3: \"neuron 1\": reading 11 of the base is missing"],
        ),
        (
            "UPDATE readings SET point = NULL, purpose = 'rest' WHERE batch = 4 AND point = 6",
            vec!["run 1, batch 4: pair \"neuron 1\": no reading was made for point 6"],
        ),
        (
            "DELETE FROM gradients WHERE batch = 2 AND position = 9",
            vec![
                "run 1, batch 2: pair \"neuron 1\": readings were made for point 9, which is not there",
                "run 1, batch 2: pair \"neuron 1\": request 18 is answered by point 9, which is not there",
                "run 1, batch 2: pair \"neuron 1\": request 19 is answered by point 9, which is not there",
            ],
        ),
        (
            "DELETE FROM requests WHERE batch = 2 AND position IN (3, 4)",
            vec!["run 1, batch 2: pair \"neuron 1\": request 3 to 4 are missing"],
        ),
        (
            "DELETE FROM readings WHERE batch = 1",
            vec!["run 1, batch 1: it has no readings (phase iv)"],
        ),
        (
            "DELETE FROM batches WHERE id = 1",
            vec!["the file: 5 rows of readings belong to a row of batches that is not there"],
        ),
        (
            "DELETE FROM epochs WHERE fold = 0 AND epoch = 1",
            vec![
                "run 1: 2 epochs of repeat 0, fold 0 of arm \"measured\" are numbered from 0 to 2",
                "run 1: repeat 0, fold 0 of arm \"measured\" has trained 3 epochs, and 2 are there",
            ],
        ),
        (
            "UPDATE checkpoints SET state = zeroblob(3000)",
            vec![
                "run 1: the checkpoint of arm \"measured\" is damaged: its bytes have another SHA-256 than when \
                 they were written",
            ],
        ),
        (
            "UPDATE folds SET sha256 = 'ab'",
            vec![
                "run 1: repeat 0, fold 0 of arm \"measured\" is damaged: its bytes have another SHA-256 than when \
                 they were written",
            ],
        ),
        (
            "INSERT INTO results VALUES (1, 'survey', '{')",
            vec!["run 1: result \"survey\" is not JSON"],
        ),
        (
            "UPDATE runs SET ended_utc = NULL",
            vec!["run 1: of exit status and end, one is there without the other"],
        ),
        (
            "UPDATE readings SET current_amperes = 1.0 WHERE batch = 1 AND position = 3",
            vec!["run 1, batch 1: reading 3 overflowed and has a current"],
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = campaign(&folder);
        let connection = Connection::open(&path).unwrap();
        connection.pragma_update(None, "foreign_keys", false).unwrap();
        connection.execute_batch(damage).unwrap();
        connection.close().unwrap();
        let before = fs::read(&path).unwrap();
        let mut found = found(&path);
        if damage.starts_with("DELETE FROM readings") || damage.starts_with("DELETE FROM batches") {
            let last = found.pop().unwrap();
            assert!(last.starts_with("run 1: its report counts 74 readings, and "), "{last}");
        }
        assert_eq!(found, expected, "{damage}");
        assert!(before == fs::read(&path).unwrap(), "{damage}");
    }
}

#[test]
fn a_page_that_was_flipped_and_a_file_that_was_cut_are_called_damaged() {
    for damage in ["cut", "middle", "end"] {
        let folder = tempfile::tempdir().unwrap();
        let path = campaign(&folder);
        let mut bytes = fs::read(&path).unwrap();
        match damage {
            "cut" => bytes.truncate(bytes.len() / 2),
            _ => {
                let pages = bytes.len() / 4096;
                let page = if damage == "middle" { pages / 2 } else { pages - 1 };
                bytes[4096 * page..4096 * (page + 1)].iter_mut().for_each(|it| *it = !*it);
            }
        }
        fs::write(&path, &bytes).unwrap();
        let found = found(&path);
        assert!(!found.is_empty());
        let expected = ["the file: ", "the campaign file is damaged: "];
        assert!(expected.iter().any(|it| found[0].starts_with(it)), "{found:?}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "nothing is harmed");
    }
}

#[test]
fn what_is_no_campaign_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.sqlite");
    let refused = |bytes: &[u8]| {
        fs::write(&path, bytes).unwrap();
        Campaign::open_read_only(&path).unwrap_err()
    };
    for bytes in [&b""[..], b"volts,amperes\n", &[7; 5000]] {
        assert!(matches!(refused(bytes), CampaignError::NotACampaign { .. }), "{}", bytes.len());
    }
    assert!(matches!(
        Campaign::open_read_only(folder.path()).unwrap_err(),
        CampaignError::NoSuchFile { .. }
    ));
}

#[test]
fn reading_leaves_no_file_that_was_not_there_and_no_file_other_than_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = campaign(&folder);
    let names = || {
        let entries = fs::read_dir(folder.path()).unwrap();
        let mut names: Vec<_> = entries.map(|it| it.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = (names(), fs::read(&path).unwrap());
    assert_eq!(before.0.len(), 1);
    assert_eq!(found(&path), Vec::<String>::new());
    assert_eq!((names(), fs::read(&path).unwrap()), before);
    // Beside one that writes, what is committed is seen.
    let mut writer = Campaign::open(&path).unwrap();
    writer.add_event(RunId(1), "note", "seen").unwrap();
    let with_log = names();
    let reader = Campaign::open_read_only(&path).unwrap();
    assert_eq!(reader.count(Table::Events, RunId(1)).unwrap(), 1);
    drop(reader);
    assert_eq!(names(), with_log);
}

#[test]
fn a_table_is_handed_out_row_by_row_with_names_and_every_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = campaign(&folder);
    let campaign = Campaign::open_read_only(&path).unwrap();
    let expected = campaign.readings(RunId(1), None).unwrap();
    let columns = Table::Readings.columns();
    let at = |name: &str| columns.iter().position(|it| it.name == name).unwrap();
    let mut place = 0;
    campaign
        .scan::<CampaignError>(Table::Readings, RunId(1), &mut |cells| {
            let it = &expected[place];
            place += 1;
            assert_eq!(cells.get(at("phase"))?, Cell::Text(&it.phase));
            assert_eq!(cells.get(at("instrument"))?, Cell::Text(&it.instrument));
            assert_eq!(cells.get(at("level_volts"))?, Cell::Real(it.level_volts));
            let current = it.current_amperes.map_or(Cell::Null, Cell::Real);
            assert_eq!(cells.get(at("current_amperes"))?, current);
            assert_eq!(cells.get(at("position"))?, Cell::Integer(it.position as i64));
            Ok(ControlFlow::Continue(()))
        })
        .unwrap();
    assert_eq!(place, 74);
    let extent =
        campaign.extent(Table::Readings, RunId(1), &mut || ControlFlow::Continue(())).unwrap();
    assert_eq!((extent.rows, extent.columns[at("phase")].0), (74, 8));
    assert_eq!(extent.columns[at("batch")], (0, 1, 4));
    for table in Table::ALL {
        let mut rows = 0;
        campaign
            .scan::<CampaignError>(table, RunId(1), &mut |cells| {
                (0..table.columns().len()).try_for_each(|it| cells.get(it).map(|_| ()))?;
                rows += 1;
                Ok(ControlFlow::Continue(()))
            })
            .unwrap();
        assert_eq!(campaign.count(table, RunId(1)).unwrap(), rows, "{}", table.name());
    }
    let ended = campaign
        .scan::<CampaignError>(Table::Readings, RunId(1), &mut |_| Ok(ControlFlow::Break(())));
    assert!(matches!(ended, Err(CampaignError::Interrupted)));
}
