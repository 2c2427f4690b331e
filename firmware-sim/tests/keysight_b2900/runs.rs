//! Triggers, lists, staircases, pulses, aborts.

use crate::{Bench, assert_near, dual_list};

#[test]
fn two_channels_on_the_same_timer_are_sampled_at_the_same_instants() {
    let mut bench = Bench::new("keysight-b2912a");
    dual_list(&mut bench, 2500, 1e-4);
    bench.tell(":INIT (@1,2)");
    let first = bench.numbers(":FETC:ARR:TIME? (@1)");
    let second = bench.numbers(":FETC:ARR:TIME? (@2)");
    assert_eq!(first.len(), 2500);
    assert_eq!(first, second);
    // Times have seven digits.
    for pair in first.windows(2) {
        assert!((pair[1] - pair[0] - 3e-3).abs() < 2e-6, "{pair:?}");
    }
    assert!((first[2499] - first[0] - 2499.0 * 3e-3).abs() < 1e-5);
    assert_eq!(bench.errors(), []);
}

#[test]
fn channels_that_are_started_one_by_one_keep_their_distance() {
    let mut bench = Bench::new("keysight-b2912a");
    dual_list(&mut bench, 5, 0.1);
    bench.instrument.advance(2.0);
    bench.tell(":INIT (@1)");
    bench.tell(":INIT (@2)");
    bench.instrument.advance(4.0);
    let first = bench.numbers(":FETC:ARR:TIME? (@1)");
    let second = bench.numbers(":FETC:ARR:TIME? (@2)");
    for (one, other) in first.iter().zip(&second) {
        assert_near(other - one, 3e-3, 1e-3);
    }
}

#[test]
fn each_level_of_a_list_is_measured_once_it_is_there() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":FORM:ELEM:SENS CURR,SOUR;:SENS:CURR:PROT 1E-3");
    bench.tell(":SOUR:VOLT:MODE LIST;:SOUR:LIST:VOLT 0.1,-0.2,0.3;:TRIG:COUN 4");
    let rows = bench.numbers(":READ:ARR? (@1)");
    let levels = [0.1, -0.2, 0.3, 0.1];
    for (row, level) in rows.chunks(2).zip(levels) {
        assert_eq!(row[1], level);
        assert_near(row[0], level / 1e4, 1e-4);
    }
    // Afterwards the immediate level is back.
    assert_eq!(bench.number(":MEAS:CURR?"), 0.0);
    bench.tell(":SOUR:FUNC:TRIG:CONT ON");
    bench.raw(":READ? (@1)");
    bench.tell(":TRIG:COUN 3;:INIT (@1)");
    assert_near(bench.number(":MEAS:CURR?"), 3e-5, 1e-4);
}

#[test]
fn staircases_go_up_down_there_and_back_and_in_decades() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":FORM:ELEM:SENS SOUR;:SOUR:VOLT:MODE SWE;:SOUR:VOLT:STAR 1;STOP 2;POIN 3");
    bench.tell(":TRIG:COUN 3");
    assert_eq!(bench.numbers(":READ:ARR?"), [1.0, 1.5, 2.0]);
    bench.tell(":SOUR:SWE:DIR DOWN");
    assert_eq!(bench.numbers(":READ:ARR?"), [2.0, 1.5, 1.0]);
    bench.tell(":SOUR:SWE:STA DOUB;DIR UP;:TRIG:COUN 6");
    assert_eq!(bench.numbers(":READ:ARR?"), [1.0, 1.5, 2.0, 2.0, 1.5, 1.0]);
    bench.tell(":SOUR:SWE:STA SING;SPAC LOG;:SOUR:VOLT:STAR 0.01;STOP 1;:TRIG:COUN 3");
    assert_eq!(bench.numbers(":READ:ARR?"), [0.01, 0.1, 1.0]);
    bench.tell(":SOUR:VOLT:STAR -1;:INIT");
    assert_eq!(bench.errors(), [-221]);
}

#[test]
fn a_triggered_level_comes_with_the_trigger_and_stays() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SENS:CURR:PROT 1E-3;:SOUR:VOLT 0.1;:SOUR:VOLT:TRIG 0.4;:OUTP 1");
    assert_near(bench.number(":MEAS:CURR?"), 1e-5, 1e-4);
    bench.tell(":INIT:TRAN (@1)");
    assert_eq!(bench.ask("*OPC?"), "1");
    assert_near(bench.number(":MEAS:CURR?"), 4e-5, 1e-4);
    assert_eq!(bench.ask(":SOUR:VOLT?"), "+4.000000E-01");
}

#[test]
fn a_pulse_is_measured_at_its_peak_and_falls_back_to_its_base() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SENS:CURR:PROT 1E-3;APER 1E-4;:SOUR:FUNC:SHAP PULS;:SOUR:PULS:WIDT 1E-3");
    bench.tell(":SOUR:VOLT 0.1;:SOUR:VOLT:TRIG 0.5;:TRIG:COUN 3;:FORM:ELEM:SENS CURR,SOUR");
    let rows = bench.numbers(":READ:ARR?");
    for row in rows.chunks(2) {
        assert_near(row[0], 5e-5, 1e-4);
        assert_eq!(row[1], 0.5);
    }
    assert_near(bench.numbers(":MEAS?")[0], 1e-5, 1e-4);
    assert_eq!(bench.ask(":SOUR:VOLT?"), "+1.000000E-01");
}

#[test]
fn a_bus_trigger_starts_what_waits_for_it_on_both_channels_at_once() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell("*TRG");
    assert_eq!(bench.errors(), [-211]);
    bench.tell(":FORM:ELEM:SENS TIME;:TRIG1:SOUR BUS;:TRIG2:SOUR BUS;:INIT (@1,2)");
    // Bits 2 and 5 of channel 1, 8 and 11 of channel 2: waiting for a trigger.
    assert_eq!(bench.ask(":STAT:OPER:COND?;:IDLE?"), "2340;0");
    assert_eq!(bench.raw(":FETC? (@1,2)"), b"");
    let times = String::from_utf8(bench.raw("*TRG")).unwrap();
    let times: Vec<f64> = times.trim().split(',').map(|it| it.parse().unwrap()).collect();
    assert_eq!(times[0], times[1]);
    assert_eq!(bench.errors(), []);
}

#[test]
fn an_arm_layer_waits_goes_round_and_can_be_passed_once() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":ARM:SOUR BUS;COUN 2;BYP ONCE;:TRIG:COUN 3;:INIT (@1)");
    assert_eq!(bench.numbers(":SENS:DATA?").len(), 3 * 6);
    assert_eq!(bench.number(":STAT:OPER:COND?") as u32 & 0b1111110, 0b1001000);
    bench.tell(":ARM:ALL:IMM (@1)");
    assert_eq!(bench.ask("*OPC?"), "1");
    assert_eq!(bench.numbers(":FETC:ARR:CURR?").len(), 6);
    bench.tell(":ARM:IMM");
    assert_eq!(bench.errors(), [-211]);
}

#[test]
fn one_channel_triggers_the_other_inside_of_the_instrument() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":FORM:ELEM:SENS TIME;:SENS1:TOUT:SIGN INT1;STAT 1;:TRIG2:ACQ:SOUR INT1");
    bench.tell(":TRIG1:COUN 3;:TRIG2:ACQ:COUN 3;:INIT (@1,2)");
    let rows = bench.numbers(":FETC:ARR? (@1,2)");
    assert_eq!(rows.len(), 6);
    assert!(rows.chunks(2).all(|it| it[0] < it[1] && it[1] - it[0] < 3e-3), "{rows:?}");
    assert_eq!(bench.errors(), []);
}

#[test]
fn two_instruments_trigger_each_other_by_their_digital_ports() {
    let mut one = Bench::new("keysight-b2912a");
    let mut other = Bench::new("keysight-b2911a");
    one.instrument.join(&mut other.instrument);
    other.tell(":TRIG:ACQ:SOUR EXT3;COUN 5;:INIT:ACQ (@1)");
    assert_eq!(other.raw(":FETC:ARR:TIME?"), b"");
    one.tell(":SOUR:TOUT:SIGN EXT3;STAT 1;:TRIG:SOUR TIM;TIM 0.01;COUN 5;:INIT (@1)");
    let times = other.later();
    let times: Vec<f64> = times.trim().split(',').map(|it| it.parse().unwrap()).collect();
    assert_eq!(times.len(), 5);
    // The first waits for the output, which came on by itself, to settle.
    for pair in times[1..].windows(2) {
        assert_near(pair[1] - pair[0], 0.01, 1e-3);
    }
}

#[test]
fn an_abort_ends_a_run_in_its_middle_and_leaves_what_was_measured() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":TRIG:SOUR TIM;TIM 0.1;COUN 2147483647;:OUTP 1;:SOUR:VOLT 0.5");
    bench.instrument.advance(1.0);
    bench.tell(":INIT (@1)");
    let begun = bench.instrument.time();
    bench.instrument.advance(begun + 0.55);
    // The source of an endless trigger cannot be changed while it runs.
    bench.tell(":TRIG:SOUR AINT");
    assert_eq!(bench.errors(), [-221]);
    assert_eq!(bench.ask(":IDLE1:ALL?"), "0");
    bench.tell(":ABOR:ALL (@1)");
    assert_eq!(bench.ask(":IDLE1:ALL?;*OPC?"), "1;1");
    assert_eq!(bench.numbers(":FETC:ARR:CURR?").len(), 6);
    bench.tell(":TRIG:SOUR AINT");
    assert_eq!(bench.errors(), []);
    assert_eq!(bench.ask(":OUTP?"), "1");
}

#[test]
fn an_abort_frees_who_waits_for_a_run_without_end() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":TRIG:COUN INF;:INIT (@1)");
    assert_eq!(bench.raw(":FETC:CURR?;*OPC?"), b"");
    bench.tell("*IDN?");
    let mut out = Vec::new();
    let _ = bench.instrument.receive(b":ABOR\n", &mut out);
    let replies = String::from_utf8(out).unwrap() + &bench.later();
    let lines: Vec<&str> = replies.lines().collect();
    assert_eq!(lines.len(), 2, "{replies}");
    assert!(lines[0].ends_with(";1"));
    assert!(lines[1].starts_with("Keysight"));
}

#[test]
fn a_timer_faster_than_the_measurement_loses_triggers_and_says_so() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SENS:WAIT 0;:FORM:ELEM:SENS TIME;:SENS:CURR:NPLC 1");
    bench.tell(":TRIG:ACQ:SOUR TIM;TIM 0.009;COUN 20;:INIT:ACQ");
    let times = bench.numbers(":FETC:ARR?");
    assert!(times.windows(2).all(|it| it[1] - it[0] > 0.0199), "{times:?}");
    // Acquire events of channel 1.
    assert_eq!(bench.ask(":STAT:QUES?"), "4096");
}

#[test]
fn an_integration_that_just_fits_into_the_interval_loses_nothing() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SENS:WAIT 0;:FORM:ELEM:SENS TIME;:SENS:CURR:NPLC 1;RANG:AUTO 0");
    bench.tell(":SOUR:VOLT:MODE LIST;:SOUR:LIST:VOLT 0.1,0.2");
    bench.tell(":TRIG:SOUR TIM;TIM 0.02;COUN 1000;:INIT");
    let times = bench.numbers(":FETC:ARR?");
    assert_near(times[999] - times[0], 999.0 * 0.02, 1e-6);
    assert_eq!(bench.ask(":STAT:QUES?"), "0");
}

#[test]
fn a_reset_in_mid_run_ends_it_and_switches_off() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":TRIG1:SOUR TIM;TIM 0.1;COUN 100;:SOUR1:VOLT 0.5");
    bench.instrument.advance(1.0);
    bench.tell(":INIT (@1,2)");
    bench.instrument.advance(1.5);
    bench.tell("*RST");
    assert!(!bench.instrument.output_is_on());
    assert!(!bench.instrument.is_running());
    assert_eq!(bench.ask(":IDLE1?;:IDLE2?;:FETC:CURR?"), "1;1;+9.910000E+37");
}
