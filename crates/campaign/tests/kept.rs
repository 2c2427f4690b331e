//! What a training goes on from: written whole, replaced whole, and refused where it is damaged.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use campaign::{
    Advance, Campaign, CampaignError, CheckpointRow, EpochRow, Exit, FoldRow, Kept, NewRun, RunId,
    Source,
};
use tempfile::TempDir;

fn source() -> Source {
    Source {
        experiment_file: "/there/iris.toml".into(),
        bench_file: None,
        data_sha256: "00ff".into(),
    }
}

fn campaign(folder: &TempDir) -> (Campaign, RunId) {
    let mut campaign = Campaign::open(&folder.path().join("c.sqlite")).unwrap();
    let new = NewRun {
        experiment: "iris",
        kind: "train",
        configuration_json: "{}",
        bench_json: "{}",
        software_version: "0",
        source: Some(&source()),
    };
    let run = campaign.begin_run(&new).unwrap();
    (campaign, run)
}

fn kept(byte: u8) -> Kept {
    Kept { format: 1, bytes: vec![byte; 1000] }
}

fn checkpoint(fold: usize, epochs: usize) -> CheckpointRow {
    CheckpointRow { repeat: 0, fold, epochs, state: kept(epochs as u8) }
}

fn epoch(fold: usize, epoch: usize) -> EpochRow {
    EpochRow { arm: "measured".into(), repeat: 0, fold, epoch, loss: 0.5, train_accuracy: 0.75 }
}

fn fold(fold: usize) -> FoldRow {
    let state = kept(100 + fold as u8);
    FoldRow { arm: "measured".into(), repeat: 0, fold, epochs: 2, test_accuracy: 0.875, state }
}

#[test]
fn the_newest_checkpoint_of_an_arm_is_kept_and_ended_folds_for_good() {
    let folder = tempfile::tempdir().unwrap();
    let (mut campaign, run) = campaign(&folder);
    assert_eq!(campaign.source(run).unwrap(), Some(source()));
    assert_eq!(campaign.checkpoint(run, "measured").unwrap(), None);
    for epochs in 0..3 {
        let all = [epoch(0, epochs)];
        let (at, folds) = (checkpoint(0, epochs), []);
        let advance = Advance { epochs: &all, folds: &folds, checkpoint: Some(&at) };
        campaign.advance(run, "measured", &advance).unwrap();
        campaign.advance(run, "tanh", &Advance { epochs: &[], ..advance }).unwrap();
        assert_eq!(campaign.checkpoint(run, "measured").unwrap(), Some(at));
    }
    for it in 0..2 {
        let (at, ended) = (checkpoint(it + 1, 0), [fold(it)]);
        let last = it == 1;
        let checkpoint = (!last).then_some(&at);
        let advance = Advance { epochs: &[], folds: &ended, checkpoint };
        campaign.advance(run, "measured", &advance).unwrap();
        assert_eq!(campaign.checkpoint(run, "measured").unwrap(), checkpoint.cloned());
    }
    assert_eq!(campaign.folds(run).unwrap(), [fold(0), fold(1)]);
    assert_eq!(campaign.epochs(run).unwrap().len(), 3);
    assert_eq!(campaign.checkpoint(run, "tanh").unwrap(), Some(checkpoint(0, 2)));
}

#[test]
fn an_advance_that_fails_half_way_leaves_the_checkpoint_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let (mut campaign, run) = campaign(&folder);
    let (first, second) = (checkpoint(0, 1), checkpoint(1, 0));
    let advance = Advance { epochs: &[epoch(0, 0)], folds: &[], checkpoint: Some(&first) };
    campaign.advance(run, "measured", &advance).unwrap();
    let twice = [fold(0), fold(0)];
    let advance = Advance { epochs: &[], folds: &twice, checkpoint: Some(&second) };
    campaign.advance(run, "measured", &advance).unwrap_err();
    assert_eq!(campaign.checkpoint(run, "measured").unwrap(), Some(first));
    assert_eq!(campaign.folds(run).unwrap(), []);
}

#[test]
fn a_run_goes_on_after_its_end_and_keeps_its_opening() {
    let folder = tempfile::tempdir().unwrap();
    let (mut campaign, run) = campaign(&folder);
    assert_eq!(campaign.opening(run).unwrap(), None);
    campaign.keep_opening(run, &kept(7)).unwrap();
    campaign.end_run(run, Exit::Interrupted, "").unwrap();
    campaign.reopen_run(run).unwrap();
    assert_eq!(campaign.run(run).unwrap().exit, None);
    assert_eq!(campaign.opening(run).unwrap(), Some(kept(7)));
}

#[test]
fn bytes_that_are_not_those_that_were_written_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (mut campaign, run) = campaign(&folder);
    campaign.keep_opening(run, &kept(7)).unwrap();
    let other = rusqlite::Connection::open(folder.path().join("c.sqlite")).unwrap();
    other.execute("UPDATE openings SET state = zeroblob(1000)", []).unwrap();
    let error = campaign.opening(run).unwrap_err();
    assert!(matches!(error, CampaignError::Damaged { what: "the opening", run: 1 }), "{error}");
}
