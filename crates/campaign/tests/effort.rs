//! What a phase took, by the instruments' clocks.

#![allow(clippy::unwrap_used, reason = "a helper's failure is the test's failure")]

use campaign::{
    Batch, BatchReading, BatchRequest, Campaign, Effort, InstrumentId, InstrumentRow, NewRun,
};

fn reading(instrument: InstrumentId, position: usize, time: f64) -> BatchReading<'static> {
    BatchReading {
        instrument,
        position,
        purpose: None,
        point: None,
        level_volts: 0.5,
        current_amperes: Some(2e-6),
        in_compliance: false,
        overflow: false,
        instrument_seconds: time,
        status: 0,
        skew_seconds: None,
        skew_uncertainty_seconds: None,
    }
}

#[test]
fn a_phase_took_what_its_lists_took_and_its_devices_took_up() {
    let folder = tempfile::tempdir().unwrap();
    let mut campaign = Campaign::open(&folder.path().join("c.sqlite")).unwrap();
    let run = campaign
        .begin_run(&NewRun {
            experiment: "iris",
            kind: "train",
            configuration_json: "{}",
            bench_json: "{}",
            software_version: "0.1.0",
            source: None,
        })
        .unwrap();
    let instrument = |name: &str| InstrumentRow {
        name: name.to_owned(),
        resource: format!("SIM::{name}"),
        maker: "K".to_owned(),
        model: "2400".to_owned(),
        serial: "1".to_owned(),
        firmware: "C34".to_owned(),
        settings_json: "{}".to_owned(),
    };
    let base = campaign.add_instrument(run, &instrument("a1")).unwrap();
    let probe = campaign.add_instrument(run, &instrument("b1")).unwrap();
    let pair = campaign.add_pair(run, "neuron 1", base, probe, "software").unwrap();
    assert_eq!(campaign.effort(run, "measured").unwrap(), Effort::default());

    // Two lists of four, 10 ms a reading, with 5 s between them; the probe's clock runs 1 % fast.
    for begin in [1.0, 6.0] {
        let of = |instrument, rate: f64| {
            (0..4).map(move |it| reading(instrument, it, rate * (begin + 0.01 * it as f64)))
        };
        let mut readings: Vec<_> = of(base, 1.0).chain(of(probe, 1.01)).collect();
        readings[2].current_amperes = None;
        let request = |position| BatchRequest { pair, position, level_volts: 0.5, point: 0 };
        let requests = (0..7).map(request).collect();
        let batch = Batch { phase: "measured", readings, gradients: Vec::new(), requests };
        campaign.commit_batch(run, &batch).unwrap();
    }
    let found = campaign.effort(run, "measured").unwrap();
    assert_eq!((found.levels_asked, found.batches), (14, 2));
    assert_eq!(found.readings_without_current, 2);
    assert!((found.instrument_seconds - 0.0808).abs() < 1e-12, "{found:?}");
    // 1 µW a reading: 2 × 3 readings of the base at 10 ms, 2 × 4 of the probe at 10.1 ms.
    assert!((found.devices_joules - 1e-6 * (0.06 + 0.0808)).abs() < 1e-18, "{found:?}");
    assert_eq!(campaign.effort(run, "tanh").unwrap(), Effort::default());
}
