//! The store keeps what it was given, refuses what is not its own, and leaves nothing half-written.

#![allow(clippy::unwrap_used, reason = "a helper's failure is the test's failure")]

use std::fs;

use campaign::{
    Batch, BatchGradient, BatchReading, BatchRequest, Campaign, CampaignError, EpochRow, Exit,
    InstrumentId, InstrumentRow, NewRun, PairId, RunId,
};
use rusqlite::Connection;
use tempfile::TempDir;

const NEW_RUN: NewRun = NewRun {
    experiment: "iris",
    kind: "train",
    configuration_json: r#"{"network":{"hidden":2}}"#,
    bench_json: r#"{"name":"bench"}"#,
    software_version: "0.1.0",
    source: None,
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

fn reading(instrument: InstrumentId, position: usize) -> BatchReading<'static> {
    BatchReading {
        instrument,
        position,
        purpose: None,
        point: None,
        level_volts: 1.000001,
        current_amperes: Some(6.02e-5),
        in_compliance: false,
        overflow: false,
        instrument_seconds: 0.25,
        status: 0x1c04,
        skew_seconds: None,
        skew_uncertainty_seconds: None,
    }
}

fn gradient(pair: PairId, position: usize) -> BatchGradient<'static> {
    BatchGradient {
        pair,
        position,
        level_volts: 1.000001,
        method: "forward",
        device: "base",
        delta_v_volts: 0.02,
        current_amperes: None,
        current_uncertainty_amperes: None,
        didv_siemens: Err("base overflow".to_owned()),
        didv_uncertainty_siemens: None,
        clamped: false,
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
    let pair = campaign.add_pair(run, "neuron 1", base, probe, "software").unwrap();
    let mut overflown = reading(probe, 1);
    (overflown.current_amperes, overflown.overflow) = (None, true);
    let slope = |position, didv_siemens| BatchGradient {
        didv_siemens,
        delta_v_volts: 0.1,
        ..gradient(pair, position)
    };
    let batch = Batch {
        phase: "measured",
        readings: vec![reading(base, 0), reading(base, 1), reading(probe, 0), overflown],
        gradients: vec![slope(0, Ok(2e-4)), slope(1, Err("probe overflow".to_owned()))],
        requests: vec![],
    };
    campaign.commit_batch(run, &batch).unwrap();
    campaign.commit_batch(run, &batch).unwrap();
    campaign.end_run(run, Exit::Done, "").unwrap();

    let summary =
        &Campaign::open_read_only(&folder.path().join("nested/c.sqlite")).unwrap().runs().unwrap()
            [0];
    assert_eq!((summary.readings, summary.gradients, summary.gradients_absent), (8, 4, 2));
    assert_eq!((summary.exit, summary.experiment.as_str()), (Some(Exit::Done), "iris"));
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
fn readings_and_slopes_come_back_to_the_last_bit() {
    let folder = tempfile::tempdir().unwrap();
    let (mut campaign, run, base, probe) = campaign(&folder);
    let pair = campaign.add_pair(run, "neuron 1", base, probe, "software").unwrap();
    let levels = [1.0, 1.000001, -0.1 - 0.2, f64::MIN_POSITIVE];
    let mut batch = Batch { phase: "measured", ..Batch::default() };
    for (position, level_volts) in levels.into_iter().enumerate() {
        batch.readings.push(BatchReading {
            level_volts,
            skew_seconds: Some(0.1 + 0.2 * level_volts),
            skew_uncertainty_seconds: Some(1.125e-4),
            purpose: Some("point"),
            point: Some(position),
            ..reading(probe, position)
        });
        batch.readings.push(BatchReading {
            level_volts,
            purpose: (position > 0).then_some("rest"),
            current_amperes: (position != 3).then_some(level_volts / 3e4),
            in_compliance: position == 1,
            overflow: position == 3,
            instrument_seconds: if position == 2 { f64::NAN } else { 0.1 * position as f64 },
            status: u32::MAX,
            ..reading(base, position)
        });
        batch.gradients.push(BatchGradient {
            level_volts,
            device: if position == 2 { "mean" } else { "base" },
            current_amperes: (position != 3).then_some(level_volts / 3e4),
            current_uncertainty_amperes: (position != 3).then_some(level_volts / 3e7),
            didv_uncertainty_siemens: (position == 1).then_some(1.0 / 3e6),
            didv_siemens: if position == 3 {
                Err("base overflow".to_owned())
            } else {
                Ok(1.0 / 3e4)
            },
            clamped: position == 0,
            ..gradient(pair, position)
        });
        batch.requests.push(BatchRequest {
            pair,
            position: 3 - position,
            level_volts: level_volts + 1e-7,
            point: position,
        });
    }
    campaign.commit_batch(run, &batch).unwrap();
    campaign
        .commit_batch(
            run,
            &Batch { phase: "iv", readings: vec![reading(base, 0)], ..Batch::default() },
        )
        .unwrap();

    let of_base = batch.readings.iter().filter(|it| it.instrument == base);
    let stored = campaign.readings(run, Some("measured")).unwrap();
    assert_eq!(stored.len(), 8);
    assert!(stored[4..].iter().all(|it| it.instrument == "b1"));
    for (made, stored) in of_base.zip(&stored) {
        assert_eq!((stored.instrument.as_str(), stored.position), ("a1", made.position));
        assert_eq!(stored.level_volts.to_bits(), made.level_volts.to_bits());
        assert_eq!(
            stored.current_amperes.map(f64::to_bits),
            made.current_amperes.map(f64::to_bits)
        );
        assert_eq!((stored.in_compliance, stored.overflow), (made.in_compliance, made.overflow));
        assert_eq!(
            stored.instrument_seconds.unwrap_or(f64::NAN).to_bits(),
            made.instrument_seconds.to_bits()
        );
        assert_eq!(stored.status, made.status);
        assert_eq!((stored.purpose.as_deref(), stored.point), (made.purpose, made.point));
    }
    for (position, stored) in stored[4..].iter().enumerate() {
        assert_eq!(stored.skew_seconds, Some(0.1 + 0.2 * levels[position]));
        assert_eq!(stored.skew_uncertainty_seconds, Some(1.125e-4));
        assert_eq!((stored.purpose.as_deref(), stored.point), (Some("point"), Some(position)));
    }
    let slopes = campaign.gradients(run, None).unwrap();
    for (made, stored) in batch.gradients.iter().zip(&slopes) {
        assert_eq!((stored.pair.as_str(), stored.position), ("neuron 1", made.position));
        assert_eq!(stored.level_volts, Some(levels[made.position]));
        assert_eq!(stored.didv_siemens, made.didv_siemens.as_ref().ok().copied());
        assert_eq!(stored.absent_because, made.didv_siemens.as_ref().err().cloned());
        assert_eq!((stored.clamped, stored.delta_v_volts), (made.clamped, 0.02));
        assert_eq!((stored.method.as_str(), stored.device.as_str()), (made.method, made.device));
        assert_eq!(stored.current_amperes, made.current_amperes);
        assert_eq!(stored.current_uncertainty_amperes, made.current_uncertainty_amperes);
        assert_eq!(stored.didv_uncertainty_siemens, made.didv_uncertainty_siemens);
    }
    assert_eq!(slopes.len(), 4);
    let asked = campaign.requests(run, Some("measured")).unwrap();
    for (place, asked) in asked.iter().enumerate() {
        assert_eq!(
            (asked.position, asked.point, asked.pair.as_str()),
            (place, 3 - place, "neuron 1")
        );
        assert_eq!(asked.level_volts, levels[3 - place] + 1e-7);
    }
    assert_eq!(asked.len(), 4);
    assert_eq!(campaign.readings(run, None).unwrap().len(), 9);
    assert_eq!(campaign.gradients(run, Some("iv")).unwrap(), []);
}

#[test]
fn a_slope_that_is_not_a_number_and_gives_no_reason_is_refused_with_its_batch() {
    let folder = tempfile::tempdir().unwrap();
    let (mut campaign, run, base, probe) = campaign(&folder);
    let pair = campaign.add_pair(run, "neuron 1", base, probe, "software").unwrap();
    let slope = BatchGradient { didv_siemens: Ok(f64::NAN), ..gradient(pair, 0) };
    let batch = Batch {
        phase: "measured",
        readings: vec![reading(base, 0)],
        gradients: vec![slope],
        requests: vec![],
    };
    assert!(campaign.commit_batch(run, &batch).is_err());
    assert_eq!(campaign.count_readings(run).unwrap(), 0);
}

#[test]
fn a_loss_that_diverged_is_recorded_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let (mut campaign, run, ..) = campaign(&folder);
    let epoch = EpochRow {
        arm: "relu".to_owned(),
        repeat: 0,
        fold: 0,
        epoch: 0,
        loss: f64::NAN,
        train_accuracy: 0.3,
    };
    campaign.add_epochs(run, &[epoch]).unwrap();
    assert!(campaign.epochs(run).unwrap()[0].loss.is_nan());
}

#[test]
fn what_was_committed_survives_a_crash_and_the_run_is_unfinished() {
    let folder = tempfile::tempdir().unwrap();
    let (mut campaign, run, base, _) = campaign(&folder);
    let batch = Batch { phase: "iv", readings: vec![reading(base, 0)], ..Batch::default() };
    campaign.commit_batch(run, &batch).unwrap();
    // What a crash leaves: the files as they are while the writer still has them open.
    let wreck = tempfile::tempdir().unwrap();
    for name in ["c.sqlite", "c.sqlite-wal"] {
        fs::copy(folder.path().join("nested").join(name), wreck.path().join(name)).unwrap();
    }
    let found = Campaign::open(&wreck.path().join("c.sqlite")).unwrap();
    assert_eq!(found.count_readings(run).unwrap(), 1);
    assert_eq!(found.run(run).unwrap().exit, None);
}

#[test]
fn a_closed_campaign_is_one_file() {
    let folder = tempfile::tempdir().unwrap();
    drop(campaign(&folder));
    let names = fs::read_dir(folder.path().join("nested")).unwrap();
    let names: Vec<_> = names.map(|it| it.unwrap().file_name()).collect();
    assert_eq!(names, ["c.sqlite"]);
}

#[test]
fn a_batch_that_fails_half_way_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut campaign, run, base, _) = campaign(&folder);
    let batch = Batch {
        phase: "iv",
        readings: vec![reading(base, 0), reading(base, 0)],
        ..Batch::default()
    };
    assert!(matches!(campaign.commit_batch(run, &batch), Err(CampaignError::Sql(_))));
    assert_eq!(campaign.count_readings(run).unwrap(), 0);
    let plain = Connection::open(folder.path().join("nested/c.sqlite")).unwrap();
    let batches: i64 =
        plain.query_row("SELECT count(*) FROM batches", [], |row| row.get(0)).unwrap();
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
    campaign.add_event(run, "refill", "a drop of electrolyte on a1").unwrap();
    assert_eq!(campaign.epochs(run).unwrap(), epochs);
    assert_eq!(campaign.results(run).unwrap()[0].value_json, "[97.3]");
    assert_eq!(campaign.instruments(run).unwrap(), [instrument("a1"), instrument("b1")]);
    assert_eq!(campaign.configuration(run).unwrap().0, NEW_RUN.configuration_json);
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
    fs::write(&text, "a file of notes, long enough that SQLite looks at its header".repeat(20))
        .unwrap();
    let before = fs::read(&text).unwrap();
    assert!(matches!(Campaign::open(&text), Err(CampaignError::NotACampaign { .. })));
    assert_eq!(fs::read(&text).unwrap(), before);

    let other = folder.path().join("other.sqlite");
    Connection::open(&other).unwrap().execute_batch("CREATE TABLE t (x)").unwrap();
    assert!(matches!(Campaign::open(&other), Err(CampaignError::NotACampaign { .. })));
}

#[test]
fn a_later_schema_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (campaign, ..) = campaign(&folder);
    drop(campaign);
    let path = folder.path().join("nested/c.sqlite");
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let error = Campaign::open(&path).unwrap_err();
    assert!(matches!(error, CampaignError::NewerSchema { found: 99, .. }), "{error}");
}

#[test]
fn a_missing_file_is_not_made_by_reading() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.sqlite");
    assert!(matches!(Campaign::open_read_only(&path), Err(CampaignError::NoSuchFile { .. })));
    assert!(!path.exists());
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    let error = Campaign::open(&blocked.join("sub/c.sqlite")).unwrap_err();
    assert!(error.to_string().contains("file/sub cannot be made"), "{error}");
}

#[test]
fn the_examples_of_the_documentation_find_what_they_say() {
    let folder = tempfile::tempdir().unwrap();
    let (mut campaign, run, base, probe) = campaign(&folder);
    let pair = campaign.add_pair(run, "neuron 1", base, probe, "software").unwrap();
    let of_point = |instrument, position, point| BatchReading {
        purpose: Some("point"),
        point: Some(point),
        ..reading(instrument, position)
    };
    let request = |position, point| BatchRequest { pair, position, level_volts: 0.5, point };
    // Two points of two shots each after a rest; the second is asked twice, and first.
    let rest = BatchReading { purpose: Some("rest"), ..reading(base, 0) };
    let mut readings = vec![rest, BatchReading { instrument: probe, ..rest }];
    for shot in 1..5 {
        readings.extend([base, probe].map(|it| of_point(it, shot, (shot - 1) / 2)));
    }
    let batch = Batch {
        phase: "measured",
        readings,
        gradients: vec![
            gradient(pair, 0),
            BatchGradient { didv_siemens: Ok(1e-5), ..gradient(pair, 1) },
        ],
        requests: vec![request(0, 1), request(1, 0), request(2, 1)],
    };
    campaign.commit_batch(run, &batch).unwrap();
    let iv = Batch { phase: "iv", readings: vec![reading(base, 0)], ..Batch::default() };
    campaign.commit_batch(run, &iv).unwrap();

    let plain = Connection::open(folder.path().join("nested/c.sqlite")).unwrap();
    let document = include_str!("../../../docs/campaign-schema.md");
    let blocks = document.split("```sql\n").skip(1).map(|it| it.split("```").next().unwrap());
    let queries: Vec<_> = blocks.flat_map(|it| it.split_inclusive(";\n")).collect();
    let found: Vec<usize> = queries
        .iter()
        .map(|it| plain.prepare(it).unwrap().query_map([], |_| Ok(())).unwrap().count())
        .collect();
    // Four readings each of two slopes; three answers; five shots; iv, rests and points; one reason.
    assert_eq!(found, [8, 3, 5, 3, 1], "{queries:#?}");
}
