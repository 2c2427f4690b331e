use campaign::{BatchGradient, BatchReading, Campaign, InstrumentRow, NewRun, PairId};

use super::*;

/// Two instruments and a pair of a campaign that is forgotten.
fn of_campaign() -> (InstrumentId, InstrumentId, PairId) {
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
    let row = |name: &str| InstrumentRow {
        name: name.to_owned(),
        resource: String::new(),
        maker: String::new(),
        model: String::new(),
        serial: String::new(),
        firmware: String::new(),
        settings_json: "{}".to_owned(),
    };
    let base = campaign.add_instrument(run, &row("a1")).unwrap();
    let probe = campaign.add_instrument(run, &row("b1")).unwrap();
    let pair = campaign.add_pair(run, "pair 1", base, probe, "software").unwrap();
    (base, probe, pair)
}

fn reading(instrument: InstrumentId, in_compliance: bool) -> BatchReading<'static> {
    BatchReading {
        instrument,
        position: 0,
        purpose: None,
        point: None,
        level_volts: 0.1,
        current_amperes: Some(1e-6),
        in_compliance,
        overflow: false,
        instrument_seconds: 0.0,
        status: 0,
        skew_seconds: None,
        skew_uncertainty_seconds: None,
    }
}

/// So many readings in compliance of so many.
fn batch(instrument: InstrumentId, limited: usize, of: usize) -> Batch<'static> {
    let readings = (0..of).map(|it| reading(instrument, it < limited)).collect();
    Batch { phase: "measured", readings, ..Batch::default() }
}

fn watch(config: &str) -> Watch {
    Watch::new(toml::from_str(config).unwrap(), PathBuf::from("."))
}

#[test]
fn a_share_is_of_the_last_readings_and_of_enough_of_them() {
    let (base, ..) = of_campaign();
    let mut watch = watch("readings = 100\nin_compliance = 0.1");
    let now = Instant::now();
    assert_eq!(watch.batch(&batch(base, 50, 50), now), None);
    let reason = watch.batch(&batch(base, 0, 50), now).unwrap();
    let expected = "50 of the last 100 readings were in compliance: watch.in_compliance is 0.1";
    assert_eq!(reason, expected);
    // The first batch is forgotten.
    assert_eq!(watch.batch(&batch(base, 10, 50), now), None);
    assert!(watch.batch(&batch(base, 1, 50), now).is_some());
}

#[test]
fn slopes_that_could_not_be_formed_are_counted_against_all_slopes() {
    let (base, _, pair) = of_campaign();
    let mut watch = watch("readings = 2\nabsent = 0.4");
    let slope = |didv_siemens| BatchGradient {
        pair,
        position: 0,
        level_volts: 0.1,
        method: "forward",
        device: "base",
        delta_v_volts: 0.02,
        current_amperes: None,
        current_uncertainty_amperes: None,
        didv_siemens,
        didv_uncertainty_siemens: None,
        clamped: false,
    };
    let gradients = vec![slope(Ok(1e-6)), slope(Err("overflow".to_owned()))];
    let batch = Batch { gradients, ..batch(base, 0, 4) };
    let reason = watch.batch(&batch, Instant::now()).unwrap();
    assert_eq!(reason, "1 of the last 2 slopes could not be formed: watch.absent is 0.4");
}

#[test]
fn a_pace_is_told_over_a_minute_of_one_phase() {
    let (base, probe, _) = of_campaign();
    let mut watch = watch("pace = 0.5");
    watch.instrument(base, 0.1);
    watch.instrument(probe, 0.1);
    let start = Instant::now();
    let after = |seconds: u64| start + Duration::from_secs(seconds);
    // 40 readings of each instrument at the same time are 4 s.
    let mut pair = batch(base, 0, 40);
    pair.readings.extend(batch(probe, 0, 40).readings);
    for at in (0..=60).step_by(4) {
        assert_eq!(watch.batch(&pair, after(at)), None);
    }
    // Ten seconds each: two fifths.
    let mut ended = (70..=120).step_by(10).map(|at| watch.batch(&pair, after(at)));
    let reason = ended.find_map(|it| it).unwrap();
    assert!(reason.ends_with("lets expect: watch.pace is 0.5"), "{reason}");
    // Another phase begins anew.
    let other = Batch { phase: "constant-slope", ..pair.clone() };
    assert_eq!(watch.batch(&other, after(500)), None);
    assert_eq!(watch.batch(&other, after(504)), None);
}

#[test]
fn links_sentinels_and_disks_have_limits() {
    let (base, ..) = of_campaign();
    let mut watch = watch("lost_links = 1\ndrift = \"1 uA\"\nfree_disk = \"1 TB\"");
    assert_eq!(watch.lost_link(), None);
    let reason = watch.lost_link().unwrap();
    assert_eq!(reason, "links were lost 2 times: watch.lost_links is 1");
    assert_eq!(watch.drifted(-0.9e-6), None);
    let reason = watch.drifted(-2e-6).unwrap();
    assert_eq!(reason, "a sentinel has moved by -2 uA: watch.drift is 1 uA");
    watch.config.free_disk = Some(Bytes(1e18));
    let reason = watch.batch(&batch(base, 0, 1), Instant::now()).unwrap();
    assert!(reason.contains("B are free in .: watch.free_disk is "), "{reason}");
    watch.config.free_disk = Some(Bytes(1.0));
    assert_eq!(watch.batch(&batch(base, 0, 1), Instant::now()), None);
}

#[test]
fn what_contradicts_itself_is_told_by_its_key() {
    let contradiction = |text: &str| {
        toml::from_str::<WatchConfig>(text).unwrap().contradiction().unwrap_or_default()
    };
    let expected = "watch.in_compliance = 5: accepted is a share from 0 to 1";
    assert_eq!(contradiction("in_compliance = 5.0"), expected);
    assert_eq!(contradiction("readings = 0"), "watch.readings = 0: accepted is a number from 1");
    let expected = "watch.drift = -1 uA: accepted is a current above 0 A";
    assert_eq!(contradiction("drift = \"-1 uA\""), expected);
    assert_eq!(contradiction("absent = 0.1"), "");
    let error = toml::from_str::<WatchConfig>("free_disk = \"1 GV\"").unwrap_err();
    assert_eq!(error.message(), "\"1 GV\" is not in B; write for example \"20 mB\"");
}
