//! The store keeps what it was given, refuses what is not its own, and leaves nothing half-written.

use std::fs;

use campaign::{
    Batch, BatchGradient, BatchReading, Campaign, CampaignError, EpochRow, Exit, InstrumentId,
    InstrumentRow, NewRun, RunId,
};
use rusqlite::Connection;
use tempfile::TempDir;

const NEW_RUN: NewRun = NewRun {
    experiment: "iris",
    kind: "train",
    configuration_json: r#"{"network":{"hidden":2}}"#,
    bench_json: r#"{"name":"bench"}"#,
    software_version: "0.1.0",
};

fn instrument(name: &str) -> InstrumentRow {
    InstrumentRow {
        name: name.to_owned(),
        resource: format!("SIM::{name}"),
        maker: "KEITHLEY INSTRUMENTS INC.".to_owned(),
        model: "MODEL 2400".to_owned(),
        serial: "1".to_owned(),
        firmware: "C34".to_owned(),
        settings_json: "{}".to_owned(),
    }
}

fn reading(instrument: InstrumentId, position: usize) -> BatchReading {
    BatchReading {
        instrument,
        position,
        level_volts: 1.000001,
        current_amperes: Some(6.02e-5),
        in_compliance: false,
        overflow: false,
        instrument_seconds: 0.25,
        status: 0x1c04,
    }
}

fn campaign(folder: &TempDir) -> (Campaign, RunId, InstrumentId, InstrumentId) {
    let mut campaign = Campaign::open(&folder.path().join("nested/c.sqlite")).unwrap();
    let run = campaign.begin_run(&NEW_RUN).unwrap();
    let base = campaign.add_instrument(run, &instrument("a1")).unwrap();
    let probe = campaign.add_instrument(run, &instrument("b1")).unwrap();
    (campaign, run, base, probe)
}

#[test]
fn what_was_measured_is_what_is_stored_to_the_row() {
    let folder = tempfile::tempdir().unwrap();
    let (mut campaign, run, base, probe) = campaign(&folder);
    let pair = campaign.add_pair(run, "neuron 1", base, probe).unwrap();
    let mut overflown = reading(probe, 1);
    (overflown.current_amperes, overflown.overflow) = (None, true);
    let slope = |position, didv_siemens| BatchGradient {
        pair,
        position,
        method: "forward",
        delta_v_volts: 0.1,
        didv_siemens,
        clamped: false,
    };
    let batch = Batch {
        phase: "measured",
        readings: vec![
            reading(base, 0),
            reading(base, 1),
            reading(probe, 0),
            overflown,
        ],
        gradients: vec![
            slope(0, Ok(2e-4)),
            slope(1, Err("probe overflow".to_owned())),
        ],
    };
    campaign.commit_batch(run, &batch).unwrap();
    campaign.commit_batch(run, &batch).unwrap();
    campaign.end_run(run, Exit::Done, "").unwrap();

    let summary = &Campaign::open_read_only(&folder.path().join("nested/c.sqlite"))
        .unwrap()
        .runs()
        .unwrap()[0];
    assert_eq!(
        (
            summary.readings,
            summary.gradients,
            summary.gradients_absent
        ),
        (8, 4, 2)
    );
    assert_eq!(
        (summary.exit, summary.experiment.as_str()),
        (Some(Exit::Done), "iris")
    );
    assert_eq!(campaign.count_readings(run).unwrap(), 8);

    let plain = Connection::open(folder.path().join("nested/c.sqlite")).unwrap();
    let (level, current): (f64, Option<f64>) = plain
        .query_row(
            "SELECT level_volts, current_amperes FROM readings JOIN instruments ON id = instrument
             WHERE name = 'b1' AND position = 1 LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!((level, current), (1.000001, None));
}

#[test]
fn a_batch_that_fails_half_way_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut campaign, run, base, _) = campaign(&folder);
    let batch = Batch {
        phase: "iv",
        readings: vec![reading(base, 0), reading(base, 0)],
        gradients: vec![],
    };
    assert!(matches!(
        campaign.commit_batch(run, &batch),
        Err(CampaignError::Sql(_))
    ));
    assert_eq!(campaign.count_readings(run).unwrap(), 0);
    let plain = Connection::open(folder.path().join("nested/c.sqlite")).unwrap();
    let batches: i64 = plain
        .query_row("SELECT count(*) FROM batches", [], |row| row.get(0))
        .unwrap();
    assert_eq!(batches, 0);
}

#[test]
fn epochs_results_and_instruments_come_back_as_they_went_in() {
    let folder = tempfile::tempdir().unwrap();
    let (mut campaign, run, ..) = campaign(&folder);
    let epochs: Vec<_> = (0..3)
        .map(|epoch| EpochRow {
            arm: "measured".to_owned(),
            repeat: 0,
            fold: 4,
            epoch,
            loss: 1.0 / (epoch + 1) as f64,
            train_accuracy: 0.9,
        })
        .collect();
    campaign.add_epochs(run, &epochs).unwrap();
    campaign.add_result(run, "accuracy", "[97.3]").unwrap();
    campaign
        .add_event(run, "refill", "a drop of electrolyte on a1")
        .unwrap();
    assert_eq!(campaign.epochs(run).unwrap(), epochs);
    assert_eq!(campaign.results(run).unwrap()[0].value_json, "[97.3]");
    assert_eq!(
        campaign.instruments(run).unwrap(),
        [instrument("a1"), instrument("b1")]
    );
    assert_eq!(
        campaign.configuration(run).unwrap().0,
        NEW_RUN.configuration_json
    );
}

#[test]
fn a_run_that_did_not_live_to_say_has_no_exit() {
    let folder = tempfile::tempdir().unwrap();
    let (campaign, run, ..) = campaign(&folder);
    drop(campaign);
    let campaign = Campaign::open_read_only(&folder.path().join("nested/c.sqlite")).unwrap();
    let summary = campaign.run(run).unwrap();
    assert_eq!((summary.exit, summary.ended_utc), (None, None));
    assert_eq!(campaign.last_run().unwrap(), Some(run));
    let missing = campaign.run(RunId(99)).unwrap_err();
    assert_eq!(missing.to_string(), "the campaign has no run 99");
}

#[test]
fn a_file_that_is_something_else_is_refused_and_untouched() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("notes.txt");
    fs::write(
        &text,
        "a file of notes, long enough that SQLite looks at its header".repeat(20),
    )
    .unwrap();
    let before = fs::read(&text).unwrap();
    assert!(matches!(
        Campaign::open(&text),
        Err(CampaignError::NotACampaign { .. })
    ));
    assert_eq!(fs::read(&text).unwrap(), before);

    let other = folder.path().join("other.sqlite");
    Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE t (x)")
        .unwrap();
    assert!(matches!(
        Campaign::open(&other),
        Err(CampaignError::NotACampaign { .. })
    ));
}

#[test]
fn a_later_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (campaign, ..) = campaign(&folder);
    drop(campaign);
    let path = folder.path().join("nested/c.sqlite");
    Connection::open(&path)
        .unwrap()
        .pragma_update(None, "user_version", 99)
        .unwrap();
    let error = Campaign::open(&path).unwrap_err();
    assert!(
        matches!(error, CampaignError::NewerSchema { found: 99, .. }),
        "{error}"
    );
}

#[test]
fn a_missing_file_is_not_made_by_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.sqlite");
    assert!(matches!(
        Campaign::open_read_only(&path),
        Err(CampaignError::NoSuchFile { .. })
    ));
    assert!(!path.exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    let error = Campaign::open(&blocked.join("sub/c.sqlite")).unwrap_err();
    assert!(
        error.to_string().contains("file/sub cannot be made"),
        "{error}"
    );
}
