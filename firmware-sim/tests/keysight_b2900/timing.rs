//! What exchanges take: the medians of a trace of a B2912A over USBTMC, whose host sent `*ESR?`
//! behind each command.

use crate::{Bench, assert_near};

/// Simulated milliseconds of an exchange.
fn milliseconds(bench: &mut Bench, lines: &[&str]) -> f64 {
    let before = bench.instrument.time();
    for line in lines {
        bench.raw(line);
    }
    1e3 * (bench.instrument.time() - before)
}

#[test]
fn exchanges_take_what_they_took_on_a_real_unit() {
    let mut bench = Bench::new("keysight-b2912a");
    let levels = vec!["0.1"; 19].join(",");
    let list = format!("SOUR1:LIST:VOLT {levels}");
    for (lines, expected) in [
        (&["*ESR?"][..], 1.5),
        (&["SYST:ERR?"], 1.5),
        (&["TRIG1:TRAN:TIM?"], 1.5),
        (&["*IDN?"], 15.0),
        (&["*RST;*OPC?"], 165.0),
        (&["SENS1:CURR:NPLC 0.1", "*ESR?"], 2.4),
        (&["TRIG1:TRAN:COUN 19", "*ESR?"], 2.4),
        (&["SOUR1:VOLT 0.04", "*ESR?"], 17.0),
        (&["SOUR1:VOLT:RANG 2", "*ESR?"], 17.0),
        (&["SOUR1:VOLT:RANG:AUTO 0", "*ESR?"], 17.0),
        (&["SOUR1:VOLT:MODE LIST", "*ESR?"], 17.0),
        (&[&list, "*ESR?"], 14.8),
        (&["SOUR1:FUNC:MODE VOLT", "*ESR?"], 25.0),
        (&["OUTP1 1", "*ESR?"], 21.5),
        (&["OUTP1 0", "*ESR?"], 42.5),
        (&["FORM REAL,64", "*ESR?"], 1.8),
    ] {
        let found = milliseconds(&mut bench, lines);
        assert_near(found, expected, 0.1);
        println!("{:40} {found:6.1} ms, measured {expected}", lines[0]);
    }
    assert_eq!(bench.errors(), []);
}

#[test]
fn init_takes_4_5_ms_and_one_point_that_is_ready_is_fetched_in_3() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell("OUTP1 1;:SENS1:CURR:APER 1E-4");
    // Paced, so that the run does not pass within the command that starts it.
    bench.instrument.advance(1.0);
    assert_near(milliseconds(&mut bench, &["INIT (@1)", "*ESR?"]), 4.5, 0.1);
    bench.instrument.advance(2.0);
    assert_near(milliseconds(&mut bench, &["FETC:ARR:CURR? (@1)"]), 3.0, 0.1);
}

#[test]
fn a_run_of_101_points_is_fetched_when_its_timer_has_gone_round() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell("OUTP1 1;:TRIG1:SOUR TIM;TIM 0.0105;COUN 101");
    let taken = milliseconds(&mut bench, &["INIT (@1)", "FETC:ARR:CURR? (@1)"]);
    // Measured: 1057 ms. The trace's interval is not known; 10.5 ms is what fits it.
    assert_near(taken, 1057.0, 0.1);
}

#[test]
fn stepping_from_the_host_costs_a_write_a_point_and_a_list_costs_one() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell("OUTP1 1");
    let steps: f64 = (0..100).map(|_| milliseconds(&mut bench, &["SOUR1:VOLT 0.1", "*ESR?"])).sum();
    let list = format!("SOUR1:LIST:VOLT {}", vec!["0.1"; 2500].join(","));
    let listed = milliseconds(&mut bench, &[&list, "*ESR?"]);
    assert!(steps > 100.0 * listed, "{steps} ms, {listed} ms");
}

#[test]
fn automatic_readings_come_one_integration_after_another() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":FORM:ELEM:SENS TIME;:SENS:CURR:RANG:AUTO 0;:TRIG:ACQ:COUN 101;:OUTP 1");
    for (aperture, rate) in [("8E-6", 1e5), ("2E-3", 500.0), ("2E-2", 50.0)] {
        bench.tell(&format!(":SENS:CURR:APER {aperture};:INIT:ACQ"));
        let times = bench.numbers(":FETC:ARR?");
        assert_near(100.0 / (times[100] - times[0]), rate, 0.01);
    }
}

#[test]
fn simulated_time_drives_the_devices_of_both_channels() {
    let mut bench = Bench::with(
        "keysight-b2912a",
        "accuracy = \"0 %\"\ndevice = { preset = \"liquid-sinh\", relaxation = \"2 s\", memory = \"20 %\" }",
    );
    bench.tell(":SENS1:CURR:PROT 1E-3;:SENS2:CURR:PROT 1E-3;:SOUR1:VOLT 1;:SOUR2:VOLT 1");
    bench.tell(":OUTP1 1;:OUTP2 1");
    let fresh = bench.numbers(":MEAS:CURR? (@1,2)");
    bench.tell(":TRIG1:ACQ:SOUR TIM;TIM 1;COUN 11;:INIT:ACQ (@1)");
    let aged = bench.numbers(":MEAS:CURR? (@1,2)");
    // Ten seconds, five relaxations: both devices have followed, though only one was measured.
    for (fresh, aged) in fresh.iter().zip(&aged) {
        assert!(aged > &(1.03 * fresh), "{fresh} {aged}");
    }
    assert_near(aged[0], aged[1], 1e-2);
}

#[test]
fn in_the_high_capacitance_mode_measurements_begin_later() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":FORM:ELEM:SENS TIME;:SENS:CURR:RANG:AUTO 0;:TRIG:COUN 11;:OUTP 1");
    for (range, delay) in [("1E-6", 230e-3), ("1E-4", 23e-3), ("1E-2", 1e-3)] {
        bench.tell(&format!(":SENS:CURR:RANG {range};:OUTP:HCAP OFF"));
        let normal = bench.numbers(":READ:ARR?");
        bench.tell(":OUTP:HCAP ON");
        let slow = bench.numbers(":READ:ARR?");
        let interval = |times: &[f64]| (times[10] - times[0]) / 10.0;
        assert_near(interval(&slow) - interval(&normal), delay, 0.01);
    }
}

#[test]
fn short_integration_is_noisier_and_stays_within_its_derating() {
    let mut bench = Bench::with("keysight-b2912a", "device = { preset = \"resistor\" }");
    bench.tell(":FORM:ELEM:SENS CURR;:SENS:CURR:RANG:AUTO 0;:SENS:CURR:RANG 1E-4;PROT 1E-3");
    bench.tell(":SOUR:VOLT 0.5;:OUTP 1;:TRIG:ACQ:COUN 400");
    let mut spreads = Vec::new();
    for nplc in ["10", "0.1", "0.01", "0.001"] {
        bench.tell(&format!(":SENS:CURR:NPLC {nplc};:INIT:ACQ"));
        let currents = bench.numbers(":FETC:ARR?");
        let mean = currents.iter().sum::<f64>() / 400.0;
        let squares: f64 = currents.iter().map(|it| (it - mean) * (it - mean)).sum();
        spreads.push((squares / 399.0).sqrt());
    }
    // Three standard deviations are 0.01 %, 0.05 % and 0.5 % of the range, and the converter's own.
    assert!(spreads[0] < 1e-9, "{spreads:?}");
    for (spread, derating) in spreads[1..].iter().zip([1e-4, 5e-4, 5e-3]) {
        let expected = derating * 1e-4 / 3.0;
        assert!((0.8 * expected..1.8 * expected).contains(spread), "{spreads:?}");
    }
}
