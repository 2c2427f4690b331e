//! Outputs, compliance, power.

use crate::{Bench, assert_near};

#[test]
fn init_and_read_switch_the_output_on_unless_that_is_off() {
    for start in [":INIT (@1)", ":READ? (@1)"] {
        let mut bench = Bench::new("keysight-b2912a");
        bench.raw(start);
        assert_eq!(bench.ask("*OPC?;:OUTP1?;:OUTP2?"), "1;1;0", "{start}");
        bench.tell("*RST;:OUTP1:ON:AUTO 0");
        bench.raw(start);
        assert_eq!(bench.ask("*OPC?;:OUTP1?"), "1;0", "{start}");
        // A reset forgets that the trap was disarmed.
        bench.tell("*RST");
        bench.raw(start);
        assert_eq!(bench.ask(":OUTP1?"), "1", "{start}");
    }
}

#[test]
fn measure_uses_what_is_set_and_leaves_the_output_as_it_is() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SENS1:CURR:PROT 1E-3;:SENS1:CURR:NPLC 5;:SOUR1:VOLT 0.5;:SENS1:REM ON");
    assert_eq!(bench.number(":MEAS:CURR? (@1)"), 0.0);
    bench.tell(":OUTP1 1");
    assert_near(bench.number(":MEAS:CURR? (@1)"), 5e-5, 1e-6);
    assert_near(bench.number("MEAS:RES?"), 1e4, 1e-6);
    assert_eq!(
        bench.ask(":SENS1:CURR:PROT?;NPLC?;:SENS1:REM?;:OUTP2?"),
        "+1.000000E-03;+5.000000E+00;1;0"
    );
    bench.tell(":FORM:ELEM:SENS CURR,VOLT");
    assert_eq!(bench.ask(":MEAS?"), "+5.000000E-01,+5.000000E-05");
    assert_eq!(bench.errors(), []);
}

#[test]
fn in_compliance_the_current_is_the_limit_and_the_status_says_so() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SENS:CURR:PROT 2E-5;:SOUR:VOLT 0.5;:OUTP 1");
    bench.tell(":FORM:ELEM:SENS VOLT,CURR,STAT,SOUR");
    let reading = bench.numbers(":MEAS?");
    assert_near(reading[0], 0.2, 1e-6);
    assert_near(reading[1], 2e-5, 1e-6);
    assert_eq!(reading[2], 2.0);
    assert_eq!(reading[3], 0.5);
    assert_eq!(bench.ask(":SENS:CURR:PROT:TRIP?"), "1");
    // The quantity that is not limited never says that it is.
    assert_eq!(bench.ask(":SENS:VOLT:PROT:TRIP?"), "0");
    bench.tell(":SOUR:VOLT 0.1");
    assert_eq!(bench.ask(":SENS:CURR:PROT:TRIP?"), "0");
    assert_eq!(bench.numbers(":MEAS?")[2], 0.0);
}

#[test]
fn a_current_source_is_limited_in_voltage() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SOUR2:FUNC:MODE CURR;:SOUR2:CURR 1E-3;:SENS2:VOLT:PROT 3;:OUTP2 1");
    bench.tell(":FORM:ELEM:SENS VOLT,CURR,STAT");
    let reading = bench.numbers(":MEAS? (@2)");
    assert_near(reading[0], 3.0, 1e-6);
    assert_near(reading[1], 3e-4, 1e-4);
    // Bit 0: current source. Bit 1: compliance.
    assert_eq!(reading[2], 3.0);
    assert_eq!(bench.ask(":SENS2:VOLT:PROT:TRIP?"), "1");
}

#[test]
fn the_two_sides_of_a_compliance_limit_by_the_levels_sign() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SENS:CURR:PROT:POS 1E-5;NEG 3E-5;:SOUR:VOLT 1;:OUTP 1");
    assert_near(bench.number(":MEAS:CURR?"), 1e-5, 1e-6);
    bench.tell(":SOUR:VOLT -1");
    assert_near(bench.number(":MEAS:CURR?"), -3e-5, 1e-6);
    bench.tell(":SENS:CURR:PROT:BOTH 2E-5");
    assert_near(bench.number(":MEAS:CURR?"), -2e-5, 1e-6);
    assert_eq!(bench.errors(), []);
}

#[test]
fn a_protected_output_goes_off_when_its_source_limits() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":OUTP1:PROT ON;:SENS1:CURR:PROT 2E-5;:SOUR1:VOLT 0.1;:OUTP1 1;:OUTP2 1");
    assert_eq!(bench.ask(":OUTP1?"), "1");
    bench.tell(":SOUR1:VOLT 0.5");
    assert_eq!(bench.ask(":OUTP1?;:OUTP2?"), "0;1");
    assert_eq!(bench.ask(":STAT:QUES?"), "2");
    // What has tripped shows in the next reading: bit 4, over current.
    bench.tell(":FORM:ELEM:SENS STAT;:OUTP1:ON:AUTO 0");
    assert_eq!(bench.number(":READ? (@1)"), 16.0);
    bench.tell(":SOUR1:VOLT 0.1;:OUTP1 1");
    assert_eq!(bench.ask(":OUTP1?"), "1");
    assert_eq!(bench.number(":READ? (@1)"), 0.0);
    assert_eq!(bench.errors(), []);
}

#[test]
fn a_protected_output_goes_off_in_the_middle_of_a_sweep() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":OUTP:PROT ON;:SENS:CURR:PROT 5.5E-5;:FORM:ELEM:SENS CURR");
    bench.tell(":SOUR:VOLT:MODE SWE;:SOUR:VOLT:STAR 0.1;STOP 1;POIN 10;:TRIG:COUN 10");
    let currents = bench.numbers(":READ:ARR? (@1)");
    assert_near(currents[4], 5e-5, 1e-6);
    assert!(currents[5..].iter().all(|it| *it == 0.0), "{currents:?}");
    assert_eq!(bench.ask(":OUTP?"), "0");
}

#[test]
fn a_fixed_range_that_is_too_small_overflows_at_106_per_cent() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SENS:CURR:PROT 1E-3;:SENS:CURR:RANG 1E-5;RANG:AUTO 0;:OUTP 1");
    bench.tell(":FORM:ELEM:SENS CURR,STAT");
    bench.tell(":SOUR:VOLT 0.1059");
    assert_eq!(bench.ask(":MEAS?"), "+1.059000E-05,+0.000000E+00");
    bench.tell(":SOUR:VOLT -0.1061");
    assert_eq!(bench.ask(":MEAS?"), "-9.900000E+37,+8.192000E+03");
    assert_eq!(bench.number(":STAT:MEAS:COND?") as u32 & 4, 4);
}

#[test]
fn levels_beyond_the_instrument_or_a_fixed_range_are_refused() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SOUR:VOLT 211");
    bench.tell(":SOUR:CURR 3.04");
    bench.tell(":SOUR:VOLT:RANG 2;RANG:AUTO 0;:SOUR:VOLT 2.11");
    assert_eq!(bench.errors(), [-222, -222, -222]);
    bench.tell(":SOUR:VOLT 2.1");
    assert_eq!(bench.ask(":SOUR:VOLT?"), "+2.100000E+00");
    bench.tell(":SOUR:VOLT:RANG 0.2");
    assert_eq!(bench.errors(), [-221]);
    assert_eq!(bench.ask(":SOUR:VOLT:RANG?"), "+2.000000E+00");
}

#[test]
fn what_a_channel_or_both_cannot_deliver_is_refused() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SENS1:CURR:PROT 1.5;:SOUR1:VOLT 21");
    bench.tell(":SOUR1:VOLT 22");
    assert_eq!(bench.errors(), [-221]);
    assert_eq!(bench.ask(":SOUR1:VOLT?"), "+2.100000E+01");
    // 21 V, 1.5 A and 20 V, 1.5 A: more than 2.5 A in all.
    bench.tell(":SENS2:CURR:PROT 1.5;:SOUR2:VOLT 20;:OUTP1 1");
    bench.tell(":OUTP2 1");
    assert_eq!(bench.errors(), [-221]);
    assert_eq!(bench.ask(":OUTP1?;:OUTP2?"), "1;0");
    bench.tell(":INIT (@2)");
    assert_eq!(bench.errors(), [-221]);
    bench.tell(":SENS2:CURR:PROT 1;:OUTP2 1");
    bench.tell(":SENS2:CURR:PROT 1.01");
    assert_eq!(bench.errors(), [-221]);
    assert_eq!(bench.ask(":OUTP2?;:SENS2:CURR:PROT?"), "1;+1.000000E+00");
}

#[test]
fn an_output_goes_off_by_itself_when_asked_to() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":OUTP1:OFF:AUTO 1;:SOUR1:VOLT 0.5;:SENS1:CURR:PROT 1E-3");
    assert_near(bench.number(":READ:CURR? (@1)"), 5e-5, 1e-6);
    assert_eq!(bench.ask(":OUTP1?"), "0");
}

#[test]
fn automatic_ranging_stays_between_its_limits() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SENS:CURR:PROT 1E-3;:SOUR:VOLT 1E-3;:OUTP 1");
    // 100 nA on the lowest range that *RST allows, 1 uA, whose count is 1 pA.
    assert_near(bench.number(":MEAS:CURR?"), 1e-7, 1e-4);
    bench.tell(":SENS:CURR:RANG:AUTO:LLIM 1E-4;ULIM 1E-4;:SOUR:VOLT 5");
    assert_eq!(bench.ask(":MEAS:CURR?"), "+9.900000E+37");
    bench.tell(":SENS:CURR:RANG:AUTO:LLIM 1E-3");
    assert_eq!(bench.errors(), [-221]);
    bench.tell(":SENS:CURR:RANG:AUTO:ULIM MAX");
    assert_near(bench.number(":MEAS:CURR?"), 5e-4, 1e-5);
}
