//! The 2450's sweeps and trigger models over its wire: what runs, what waits, what ends it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod keithley_2450_wire;

use firmware_sim::{Config, DeviceConfig, ModelName, Preset};
use keithley_2450_wire::Wire;

/// Fast readings on fixed ranges.
const FAST: &str = ":SENS:CURR:RANG 1e-4;:SENS:CURR:NPLC 0.01;:SENS:CURR:AZER OFF;\
    :SOUR:VOLT:RANG 2;:SOUR:VOLT:READ:BACK OFF";

#[test]
fn a_sweep_switches_the_output_itself_and_measures_every_level() {
    let mut unit = Wire::new();
    unit.set(&[":SOUR:SWE:VOLT:LIN -1, 1, 5, 0", ":INIT", "*WAI"]);
    assert!(!unit.0.output_is_on());
    let rows = unit.numbers(":TRAC:DATA? 1,5,\"defbuffer1\",SOUR,READ");
    assert_eq!(rows, [-1.0, -1e-4, -0.5, -5e-5, 0.0, 0.0, 0.5, 5e-5, 1.0, 1e-4]);
    assert_eq!(unit.say(":TRIG:STAT?"), "IDLE;IDLE;10");
    // A second run begins with an empty buffer.
    unit.set(&[":INIT", "*WAI"]);
    assert_eq!(unit.say(":TRAC:ACT?"), "5");
}

#[test]
fn a_dual_sweep_measures_its_turning_point_once() {
    let mut unit = Wire::new();
    unit.set(&[
        ":SOUR:VOLT:RANG 2",
        ":SOUR:SWE:VOLT:LIN:STEP 0, 0.3, 0.1, 0, 1, FIXED, OFF, ON, \"defbuffer1\"",
        ":INIT",
        "*WAI",
    ]);
    let rows = unit.numbers(":TRAC:DATA? 1,7,\"defbuffer1\",SOUR");
    assert_eq!(unit.say(":TRAC:ACT?"), "7");
    let expected = [0.0, 0.1, 0.2, 0.3, 0.2, 0.1, 0.0];
    assert!(
        rows.iter().zip(expected).all(|(it, expected)| (it - expected).abs() < 1e-9),
        "{rows:?}"
    );
}

#[test]
fn a_sweep_that_fails_ends_at_the_limit_with_the_output_off() {
    let mut unit = Wire::new();
    unit.set(&[":SOUR:VOLT:ILIM 4.5e-5;:SENS:CURR:RANG 1e-4"]);
    unit.set(&[":SOUR:SWE:VOLT:LIN 0, 1, 11, 0, 1, BEST, ON", ":INIT", "*WAI"]);
    assert_eq!(unit.say(":TRAC:ACT?;:OUTP?"), "6;0");
    assert_eq!(unit.say(":FETC? \"defbuffer1\",READ,SOURSTAT"), "4.500000E-05,168");
    // Told not to fail, it goes through.
    unit.set(&[":SOUR:SWE:VOLT:LIN 0, 1, 11, 0, 1, BEST, OFF", ":INIT", "*WAI"]);
    assert_eq!(unit.say(":TRAC:ACT?"), "11");
}

#[test]
fn a_logarithmic_sweep_has_equal_ratios_and_a_count_repeats_it() {
    let mut unit = Wire::new();
    unit.set(&[":SOUR:FUNC CURR;:SENS:FUNC \"VOLT\""]);
    unit.set(&[":SOUR:SWE:CURR:LOG 1e-6, 1e-4, 3, 0, 2", ":INIT", "*WAI"]);
    let levels = unit.numbers(":TRAC:DATA? 1,6,\"defbuffer1\",SOUR");
    for (level, expected) in levels.iter().zip([1e-6, 1e-5, 1e-4, 1e-6, 1e-5, 1e-4]) {
        assert!((level / expected - 1.0).abs() < 1e-2, "{levels:?}");
    }
}

#[test]
fn sweeps_that_cannot_be_are_refused() {
    let mut unit = Wire::new();
    unit.refused(":SOUR:SWE:VOLT:LIN 0, 1, 1", -222);
    unit.refused(":SOUR:SWE:VOLT:LIN 0, 211, 11", -222);
    unit.refused(":SOUR:SWE:VOLT:LIN 0, 1, 11, 1e-6", -222);
    unit.refused(":SOUR:SWE:VOLT:LIN 0, 1, 11, 0, 1, WORST", -141);
    unit.refused(":SOUR:SWE:VOLT:LIN 0, 1, 11, 0, 1, BEST, ON, OFF, \"nobody\"", -224);
    unit.refused(":SOUR:SWE:VOLT:LOG -1, 1, 11", -222);
    unit.set(&[":SOUR:VOLT:RANG 0.2"]);
    unit.refused(":SOUR:SWE:VOLT:LIN 0, 1, 11, 0, 1, FIX", -222);
    unit.refused(":SOUR:SWE:VOLT:LIST 1", -222);
    // No model, no run.
    unit.refused(":INIT", 2735);
}

#[test]
fn a_list_takes_100_values_at_once_and_2500_in_all() {
    let mut unit = Wire::new();
    let values = |count: usize| vec!["0.5"; count].join(",");
    unit.refused(&format!(":SOUR:LIST:VOLT {}", values(101)), -223);
    unit.set(&[&format!(":SOUR:LIST:VOLT {}", values(100))]);
    for _ in 1..25 {
        unit.set(&[&format!(":SOUR:LIST:VOLT:APP {}", values(100))]);
    }
    assert_eq!(unit.say(":SOUR:LIST:VOLT:POIN?"), "2500");
    unit.refused(":SOUR:LIST:VOLT:APP 0", -223);
    unit.refused(":SOUR:LIST:VOLT 300", -222);
    assert_eq!(unit.say(":SOUR:LIST:VOLT:POIN?;:SOUR:LIST:CURR:POIN?"), "2500;0");
    assert_eq!(unit.numbers(":SOUR:LIST:VOLT?").len(), 2500);
}

#[test]
fn a_list_sweep_of_2500_points_comes_back_row_by_row() {
    let mut unit = Wire::new();
    unit.set(&[FAST]);
    let levels: Vec<f64> = (0..2500).map(|it| f64::from(it % 1000) * 1e-3).collect();
    for (index, hundred) in levels.chunks(100).enumerate() {
        let values: Vec<String> = hundred.iter().map(|it| format!("{it:e}")).collect();
        let append = if index == 0 { "" } else { ":APP" };
        unit.set(&[&format!(":SOUR:LIST:VOLT{append} {}", values.join(","))]);
    }
    unit.set(&[":SOUR:SWE:VOLT:LIST 1, 0, 1, OFF, \"defbuffer1\"", ":INIT"]);
    assert_eq!(unit.say("*OPC?"), "1");
    let rows = unit.numbers(":TRAC:DATA? 1,2500,\"defbuffer1\",SOUR,READ,SOURSTAT");
    assert_eq!(rows.len(), 7500);
    let mut before = 0.0;
    for (row, level) in rows.chunks(3).zip(&levels) {
        // Without a delay the output is within 0.1 % of its step, and the reading within a count.
        let unsettled = 1e-3 * f64::abs(level - before) / 1e4;
        let off = (row[1] - level / 1e4).abs();
        assert!((row[0] - level).abs() < 1e-6 && off < 1.5e-10 + unsettled, "{row:?}");
        assert_eq!(row[2], 128.0);
        before = *level;
    }
    // From another point on.
    unit.set(&[":SOUR:SWE:VOLT:LIST 2499", ":INIT", "*WAI"]);
    assert_eq!(unit.say(":TRAC:ACT?"), "2");
}

#[test]
fn a_sweep_comes_at_the_recollected_rate() {
    let device = DeviceConfig::preset(Preset::Resistor);
    let line_frequency = "60 Hz".parse().unwrap();
    let model = ModelName::Keithley2450;
    let mut unit = Wire::with(&Config { model, device, line_frequency, ..Config::default() });
    unit.set(&[FAST, ":SOUR:SWE:VOLT:LIN 0, 1, 1000, 0, 1, FIX, OFF"]);
    let rate = 1000.0 / unit.takes(":INIT");
    assert!((rate / 2800.0 - 1.0).abs() < 0.1, "{rate}");
    unit.set(&[":SENS:COUN 1000;:OUTP ON"]);
    let rate = 1000.0 / unit.takes(":READ?");
    assert!((rate / 3130.0 - 1.0).abs() < 0.1, "{rate}");
}

#[test]
fn a_simple_loop_needs_the_output_and_a_duration_loop_its_time() {
    let mut unit = Wire::new();
    unit.set(&["trig:load \"SimpleLoop\", 7, 0, \"defBuffer1\"", ":SOUR:VOLT 1;:OUTP ON", "INIT"]);
    unit.set(&["*WAI"]);
    assert_eq!(unit.say("trac:act? \"defBuffer1\";:OUTP?"), "7;1");
    unit.set(&[":TRIG:LOAD \"DurationLoop\", 2, 0.1"]);
    let took = unit.takes(":INIT");
    assert!((2.0..2.3).contains(&took), "{took}");
}

#[test]
fn a_model_of_blocks_runs_as_it_is_written() {
    let mut unit = Wire::new();
    unit.set(&[
        "TRIG:LOAD 'EMPTY'",
        "TRIG:BLOC:BUFF:CLEAR 1, 'defbuffer1'",
        "TRIG:BLOC:DEL:CONS 2, 0.02",
        "TRIG:BLOC:MDIG 3, 'defbuffer1'",
        "TRIG:BLOC:BRAN:COUN 4, 10, 2",
        "TRIG:BLOC:MEAS 5, \"defbuffer2\", 3",
        "TRIG:BLOC:NOP 6",
        "INIT",
    ]);
    assert_eq!(unit.say("*OPC?"), "1");
    assert_eq!(unit.say(":TRAC:ACT?;:TRAC:ACT? \"defbuffer2\""), "10;3");
    assert!(unit.say(":TRIG:BLOC:LIST?").starts_with("1) BUFFER_CLEAR; 2) DELAY_CONSTANT"));
    unit.refused("TRIG:BLOC:NOP 0", -222);
}

#[test]
fn branches_look_at_readings_and_at_how_often_they_were_passed() {
    let mut unit = Wire::new();
    unit.set(&[":SOUR:CONF:LIST:CRE \"up\"", ":OUTP ON"]);
    for level in [0.1, 0.2, 0.3, 0.4] {
        unit.set(&[&format!(":SOUR:VOLT {level}"), ":SOUR:CONF:LIST:STOR \"up\""]);
    }
    assert_eq!(unit.say(":SOUR:CONF:LIST:SIZE? \"up\""), "4");
    unit.set(&[
        ":TRIG:LOAD \"Empty\"",
        ":TRIG:BLOC:CONF:NEXT 1, \"up\"",
        ":TRIG:BLOC:MEAS 2, \"defbuffer1\"",
        // Above 0.25 V over 10 kOhm the model ends.
        ":TRIG:BLOC:BRAN:LIM:CONS 3, ABOV, 0, 2.5e-5, 5",
        ":TRIG:BLOC:BRAN:ALW 4, 1",
        ":TRIG:BLOC:LOG:EVEN 5, WARN1, \"above\"",
        ":INIT",
        "*WAI",
    ]);
    assert_eq!(unit.say(":FETC?;:TRAC:ACT?"), "3.000000E-05;3");
    assert!(unit.say(":SYST:EVEN:NEXT?").starts_with("0,\"above;2;"));
}

#[test]
fn a_second_init_is_ignored_and_what_conflicts_with_a_run_is_refused() {
    let mut unit = Wire::new();
    unit.0.advance(0.1);
    unit.set(&[":SOUR:SWE:VOLT:LIN 0, 1, 101, 0.1", ":INIT"]);
    unit.0.advance(1.0);
    assert!(unit.0.is_running() && unit.0.output_is_on());
    assert!(unit.say(":TRIG:STAT?").starts_with("RUNNING;RUNNING;"));
    unit.refused(":INIT", -213);
    unit.refused(":READ?", 2727);
    unit.refused(":SENS:CURR:NPLC 0.1", 2727);
    unit.refused(":SOUR:VOLT 0", 2727);
    unit.refused(":TRIG:LOAD \"SimpleLoop\", 1", 2727);
    // Questions are answered meanwhile.
    assert!(unit.number(":TRAC:ACT?") > 2.0);
    assert!(unit.number(":FETC?") >= 0.0);
    assert_eq!(unit.say(":SENS:CURR:NPLC?"), "1.000000E+00");
}

#[test]
fn abort_in_mid_sweep_leaves_the_readings_and_the_output() {
    let mut unit = Wire::new();
    unit.0.advance(0.1);
    unit.set(&[":SOUR:SWE:VOLT:LIN 0, 1, 101, 0.1", ":INIT"]);
    unit.0.advance(2.0);
    // What waits for the end of the run is not in the way of the abort.
    assert_eq!(unit.say("*OPC?"), "");
    assert_eq!(unit.say(":ABOR"), "1");
    assert!(!unit.0.is_running());
    assert!(unit.say(":TRIG:STAT?").starts_with("ABORTED;ABORTED;"));
    let made = unit.number(":TRAC:ACT?");
    assert!(made > 5.0 && made < 20.0, "{made}");
    unit.0.advance(4.0);
    assert_eq!(unit.number(":TRAC:ACT?"), made);
    assert!(unit.0.output_is_on());
    unit.set(&[":OUTP OFF"]);
}

#[test]
fn a_reading_that_is_aborted_is_never_answered() {
    let mut unit = Wire::new();
    unit.0.advance(0.1);
    unit.set(&[":SENS:COUN 1000"]);
    assert_eq!(unit.say(":READ?"), "");
    unit.0.advance(1.0);
    assert_eq!(unit.say(":ABOR"), "");
    assert_eq!(unit.say(":OUTP?"), "0");
}

#[test]
fn readings_into_a_buffer_hold_what_is_behind_them() {
    let mut unit = Wire::new();
    unit.0.advance(0.1);
    unit.set(&[":SENS:COUN 10"]);
    assert_eq!(unit.say(":TRAC:TRIG;:TRAC:ACT?"), "");
    unit.0.advance(3.0);
    assert_eq!(unit.hear(), "10");
}

#[test]
fn paced_by_a_clock_outside_opc_answers_when_the_run_has_ended() {
    let mut unit = Wire::new();
    unit.0.advance(0.1);
    unit.set(&["*CLS;*ESE 1", ":SOUR:SWE:VOLT:LIN 0, 1, 5, 0.1", ":INIT;*OPC"]);
    assert_eq!(unit.say("*ESR?"), "0");
    assert_eq!(unit.say("*WAI;:TRAC:ACT?"), "");
    unit.0.advance(3.0);
    assert_eq!(unit.hear(), "5");
    assert_eq!(unit.say("*ESR?"), "1");
}

#[test]
fn a_list_of_levels_is_a_configuration_list_as_soon_as_it_is_stored() {
    let mut unit = Wire::new();
    unit.set(&[":SOUR:LIST:VOLT 0.1,0.2", ":SOUR:LIST:VOLT:APP 0.3"]);
    assert_eq!(unit.say(":SOUR:CONF:LIST:SIZE? \"VoltCustomSweepList\""), "3");
    unit.set(&[":SOUR:CONF:LIST:REC \"VoltCustomSweepList\", 2"]);
    assert!((unit.number(":SOUR:VOLT?") - 0.2).abs() < 1e-9);
}

#[test]
fn a_catalogue_of_lists_is_refused_and_nothing_ends() {
    let mut unit = Wire::new();
    for header in [":SOUR:CONF:LIST:CAT?", ":SENS:CONF:LIST:CAT?"] {
        unit.refused(header, -113);
    }
    assert_eq!(unit.say("*OPC?"), "1");
}
