//! The 2450's settings over its wire: their couplings, buffers, delays and status bits.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod keithley_2450_wire;

use firmware_sim::{Config, DeviceConfig, ModelName, Preset};
use keithley_2450_wire::Wire;

#[test]
fn the_source_value_is_read_back_or_as_programmed() {
    let device = DeviceConfig::preset(Preset::Resistor);
    let config = Config { model: ModelName::Keithley2450, device, ..Config::default() };
    let mut unit = Wire::with(&config);
    unit.set(&[":SOUR:VOLT 1.00003;:OUTP ON"]);
    let read_back = unit.say(":READ? \"defbuffer1\",SOUR,SOURSTAT");
    assert_ne!(read_back, "1.000030E+00,136");
    assert!(read_back.ends_with(",136"), "{read_back}");
    unit.set(&[":SOUR:VOLT:READ:BACK OFF"]);
    assert_eq!(unit.say(":READ? \"defbuffer1\",SOUR,SOURSTAT"), "1.000030E+00,128");
    unit.set(&[":SENS:CURR:RSEN ON"]);
    assert_eq!(unit.say(":READ? \"defbuffer1\",SOURSTAT"), "192");
}

#[test]
fn the_limit_shows_in_bit_5_of_the_source_status_and_in_the_event_log() {
    let mut unit = Wire::new();
    unit.set(&[":SOUR:VOLT:ILIM 1e-5;:SOUR:VOLT 1;:OUTP ON"]);
    assert_eq!(unit.say(":SOUR:VOLT:ILIM:TRIP?"), "1");
    assert_eq!(unit.say(":SOUR:CURR:VLIM:TRIP?"), "0");
    let reply = unit.say(":READ? \"defbuffer1\",READ,SOUR,SOURSTAT");
    assert_eq!(reply, "1.000000E-05,1.000000E-01,168");
    unit.set(&[":SOUR:VOLT 0.05"]);
    assert_eq!(unit.say(":READ? \"defbuffer1\",SOURSTAT"), "136");
    assert_eq!(unit.say(":SOUR:VOLT:ILIM:TRIP?"), "0");
    assert!(unit.say(":SYST:EVEN:NEXT?").starts_with("5080,\"Source over limit;4;"));
    assert!(unit.say(":SYST:EVEN:NEXT?").starts_with("5081,"));
    assert_eq!(unit.error(), 0);
}

#[test]
fn a_limit_below_a_tenth_of_a_fixed_measure_range_is_refused() {
    let mut unit = Wire::new();
    unit.set(&[":SENS:CURR:RANG 1e-3", ":SOUR:VOLT:ILIM 1e-4"]);
    unit.refused(":SOUR:VOLT:ILIM 9.9e-5", -221);
    assert_eq!(unit.say(":SOUR:VOLT:ILIM?"), "1.000000E-04");
    unit.set(&[":SENS:CURR:RANG:AUTO ON", ":SOUR:VOLT:ILIM 9.9e-5"]);
    unit.refused(":SOUR:VOLT:ILIM 1.06", -222);
    unit.refused(":SOUR:CURR:VLIM 0.019", -222);
}

#[test]
fn the_output_carries_no_more_than_its_power() {
    let mut unit = Wire::new();
    unit.set(&[":SOUR:VOLT:ILIM 1;:SOUR:VOLT 21"]);
    assert_eq!(unit.say(":SOUR:VOLT:ILIM?"), "1.000000E+00");
    // On the 200 V range the limit is changed to what the range allows, with a warning.
    unit.set(&[":SOUR:VOLT 22"]);
    assert_eq!(unit.say(":SOUR:VOLT:ILIM?;:SYST:EVEN:COUN? WARN"), "1.050000E-01;1");
    unit.refused(":SOUR:VOLT:ILIM 0.2", -222);
}

#[test]
fn a_measure_range_raises_a_limit_that_is_too_small_for_it() {
    let mut unit = Wire::new();
    unit.set(&[":SOUR:VOLT:ILIM -2e-5"]);
    assert_eq!(unit.say(":SOUR:VOLT:ILIM?"), "2.000000E-05");
    unit.set(&[":SENS:CURR:RANG 1e-4"]);
    assert_eq!(unit.say(":SOUR:VOLT:ILIM?;:SYST:EVEN:COUN? WARN"), "2.000000E-05;0");
    unit.set(&[":SENS:CURR:RANG 1e-2"]);
    assert_eq!(unit.say(":SOUR:VOLT:ILIM?;:SYST:EVEN:COUN? WARN"), "1.060000E-03;1");
}

#[test]
fn an_output_off_state_is_set_for_one_function_or_for_both() {
    let mut unit = Wire::new();
    unit.set(&[":OUTP:VOLT:SMOD ZERO"]);
    assert_eq!(unit.say(":OUTP:VOLT:SMOD?;:OUTP:CURR:SMOD?"), "ZERO;NORM");
    unit.set(&[":OUTP:SMOD HIMP"]);
    assert_eq!(unit.say(":OUTP:VOLT:SMOD?;:OUTP:CURR:SMOD?"), "HIMP;HIMP");
    // A relay has to close.
    assert!(unit.takes(":OUTP ON") > 15e-3);
}

#[test]
fn ranges_are_answered_by_their_nominal_value_and_setting_one_ends_autoranging() {
    let mut unit = Wire::new();
    assert_eq!(unit.say(":SENS:CURR:RANG:AUTO?"), "1");
    unit.set(&[":SENS:CURR:RANG 7e-5"]);
    assert_eq!(unit.say(":SENS:CURR:RANG?;:SENS:CURR:RANG:AUTO?"), "1.000000E-04;0");
    unit.set(&[":SOUR:VOLT:RANG 1.5"]);
    assert_eq!(unit.say(":SOUR:VOLT:RANG?;:SOUR:VOLT:RANG:AUTO?"), "2.000000E+00;0");
    unit.refused(":SOUR:VOLT 2.2", -222);
    assert_eq!(unit.say(":SOUR:VOLT?"), "0.000000E+00");
    unit.set(&[":SOUR:VOLT 2"]);
    unit.refused(":SOUR:VOLT:RANG 0.2", -221);
    assert_eq!(unit.say(":SOUR:VOLT:RANG? MIN;:SENS:CURR:RANG? MAX"), "2.000000E-02;1.000000E+00");
    unit.set(&[":SOUR:CURR:RANG MIN;:SENS:VOLT:RANG MAX"]);
    assert_eq!(unit.say(":SOUR:CURR:RANG?;:SENS:VOLT:RANG?"), "1.000000E-08;2.000000E+02");
    unit.refused(":SENS:CURR:RANG 1.1", -222);
    unit.set(&[":SENS:CURR:RANG:AUTO 1;:SENS:CURR:RANG:AUTO:LLIM 1e-5"]);
    assert_eq!(unit.say(":SENS:CURR:RANG:AUTO:LLIM?"), "1.000000E-05");
    unit.set(&[":OUTP ON;:SOUR:VOLT 0.001"]);
    unit.say(":READ?");
    assert_eq!(unit.say(":SENS:CURR:RANG?"), "1.000000E-05");
}

#[test]
fn beyond_a_fixed_range_a_reading_overflows() {
    let mut unit = Wire::new();
    unit.set(&[":SENS:CURR:RANG 1e-5;:SOUR:VOLT 1;:OUTP ON"]);
    // Questionable, front terminals, first of its group.
    assert_eq!(unit.say(":READ? \"defbuffer1\",READ,STAT"), "9.900000E+37,265");
    unit.set(&[":SOUR:VOLT -1"]);
    assert_eq!(unit.say(":READ?"), "-9.900000E+37");
}

#[test]
fn settings_of_one_function_leave_the_others_alone() {
    let mut unit = Wire::new();
    unit.set(&[":SENS:CURR:NPLC 0.1;:SENS:VOLT:AZER OFF;:SENS:RES:RSEN 1;:SENS:CURR:AVER:COUN 5"]);
    assert_eq!(unit.say(":SENS:CURR:NPLC?;:SENS:VOLT:NPLC?"), "1.000000E-01;1.000000E+00");
    assert_eq!(unit.say(":SENS:CURR:AZER?;:SENS:VOLT:AZER?"), "1;0");
    assert_eq!(unit.say(":SENS:CURR:RSEN?;:SENS:RES:RSEN?"), "0;1");
    assert_eq!(unit.say(":SENS:CURR:AVER:COUN?;:SENS:VOLT:AVER:COUN?"), "5;10");
    unit.refused(":SENS:CURR:NPLC 20", -222);
    unit.set(&[":SENS:AZER:ONCE", ":AZER:ONCE", ":SENS:CURR:AZER:ONCE", ":CURR:AZER OFF"]);
}

#[test]
fn changes_that_drop_the_output_do() {
    let mut unit = Wire::new();
    for message in [":SOUR:FUNC CURR", ":ROUT:TERM REAR", "*RST"] {
        unit.set(&[":OUTP ON"]);
        assert_eq!(unit.say(":OUTP?"), "1");
        unit.set(&[message]);
        assert_eq!(unit.say(":OUTP?"), "0", "{message}");
        assert!(!unit.0.output_is_on());
    }
}

#[test]
fn buffers_are_made_filled_and_deleted() {
    let mut unit = Wire::new();
    unit.set(&[":TRAC:MAKE 'mine', 10, STANdard"]);
    unit.refused(":TRAC:MAKE \"MINE\", 10", 1115);
    unit.refused(":TRAC:MAKE \"small\", 9", -222);
    unit.refused(":TRAC:MAKE \"large\", 5000000", -225);
    assert_eq!(unit.say(":TRAC:POIN? 'mine';:TRAC:FILL:MODE? 'mine'"), "10;ONCE");
    unit.set(&[":SENS:COUN 12;:TRAC:TRIG 'mine'"]);
    assert_eq!(unit.say(":TRAC:ACT? 'mine'"), "10");
    unit.set(&[":TRAC:FILL:MODE CONT, \"mine\";:TRAC:TRIG 'mine'"]);
    assert_eq!(unit.say(":TRAC:ACT? 'mine'"), "10");
    unit.set(&[":TRAC:POIN 100, 'mine'"]);
    assert_eq!(unit.say(":TRAC:POIN? 'mine';:TRAC:ACT? 'mine'"), "100;0");
    unit.refused(":FETC? 'mine'", -230);
    unit.set(&[":TRAC:DEL 'mine'"]);
    unit.refused(":TRAC:ACT? 'mine'", -224);
    unit.refused(":TRAC:DEL \"defbuffer1\"", -224);
    assert_eq!(unit.say(":TRAC:POIN?;:TRAC:FILL:MODE?"), "100000;CONT");
}

#[test]
fn a_buffer_that_is_cleared_says_so_where_it_logs() {
    let mut unit = Wire::new();
    unit.set(&[":TRAC:MAKE \"mine\", 10;:TRAC:TRIG;:TRAC:TRIG \"mine\""]);
    assert_eq!(unit.say(":TRAC:LOG:STAT?;:TRAC:LOG:STAT? \"mine\""), "1;0");
    unit.set(&[":TRAC:CLE \"mine\""]);
    assert_eq!(unit.say(":SYST:EVEN:COUN?"), "0");
    // A change of the fill mode clears.
    unit.set(&[":TRAC:FILL:MODE ONCE"]);
    assert_eq!(unit.say(":TRAC:ACT?"), "0");
    assert!(unit.say(":SYST:EVEN:NEXT?").starts_with("4917,\"Reading buffer cleared;4;"));
}

#[test]
fn statistics_are_those_of_the_buffer() {
    let mut unit = Wire::new();
    unit.set(&[":OUTP ON"]);
    for level in ["0.1", "0.2", "0.6"] {
        unit.set(&[&format!(":SOUR:VOLT {level}")]);
        unit.say(":READ?");
    }
    for (what, expected) in
        [("AVERage", 3e-5), ("MAX", 6e-5), ("MIN", 1e-5), ("PK2P", 5e-5), ("STDD", 2.645_751e-5)]
    {
        let found = unit.number(&format!(":TRAC:STAT:{what}? \"defbuffer1\""));
        assert!((found / expected - 1.0).abs() < 1e-6, "{what} {found}");
    }
}

#[test]
fn the_relative_offset_is_subtracted() {
    let mut unit = Wire::new();
    unit.set(&[":SOUR:VOLT 0.5;:OUTP ON;:SENS:CURR:REL:ACQ;:SENS:CURR:REL:STAT ON;:SOUR:VOLT 0.7"]);
    assert!((unit.number(":READ?") - 2e-5).abs() < 1e-9);
    assert_eq!(unit.say(":SENS:CURR:REL?"), "5.000000E-05");
}

#[test]
fn a_new_level_is_given_its_source_delay_and_the_same_level_is_not() {
    let mut unit = Wire::new();
    unit.set(&[":SENS:CURR:NPLC 0.01;:SENS:CURR:RANG 1e-6;:SOUR:VOLT:ILIM 1e-6;:OUTP ON"]);
    unit.say(":READ?");
    let still = unit.takes(":READ?");
    // 3 ms on the 1 uA range; `:READ?` is on its way while they pass.
    let stepped = unit.takes(":SOUR:VOLT 0.001;:READ?") - still;
    assert!((stepped - 3e-3).abs() < 1e-6, "{stepped}");
    let again = unit.takes(":SOUR:VOLT 0.001;:READ?") - still;
    assert!((again - 0.5e-3).abs() < 1e-6, "{again}");
    unit.set(&[":SOUR:VOLT:DEL 0.2"]);
    assert_eq!(unit.say(":SOUR:VOLT:DEL:AUTO?"), "0");
    let asked = unit.takes(":SOUR:VOLT 0.002;:READ?") - still;
    assert!((asked - 0.2).abs() < 1e-6, "{asked}");
}

#[test]
fn status_bits_are_what_events_are_mapped_to() {
    let mut unit = Wire::new();
    unit.set(&["*CLS;:STAT:PRES;:STAT:OPER:MAP 3, 4918, 4917;:STAT:OPER:ENAB 8;*SRE 128"]);
    assert_eq!(unit.say(":STAT:OPER:MAP? 3"), "4918,4917");
    unit.set(&[":TRAC:POIN 10;:SENS:COUN 10"]);
    unit.say(":READ?");
    assert_eq!(unit.say("*STB?;:STAT:OPER:COND?"), "192;8");
    assert_eq!(unit.say(":STAT:OPER?;*STB?"), "8;0");
    unit.set(&[":TRAC:CLE"]);
    assert_eq!(unit.say(":STAT:OPER:COND?"), "0");
    unit.refused(":STAT:OPER:MAP 15, 1, 2", -222);
    unit.say("*CLS");
    unit.say("FOO");
    assert_eq!(unit.say("*STB?"), "4");
    assert_eq!(unit.say("*ESR?;*ESR?"), "32;0");
}

#[test]
fn ohms_take_their_range_and_compensation_its_time() {
    let mut unit = Wire::new();
    unit.set(&[":SENS:FUNC \"RES\";:SOUR:VOLT 1;:OUTP ON"]);
    let plain = unit.takes(":READ?");
    assert!((unit.number(":FETC?") - 1e4).abs() < 1.0);
    assert_eq!(unit.say(":SENS:RES:RANG?"), "2.000000E+04");
    unit.set(&[":SENS:RES:OCOM ON"]);
    assert!(unit.takes(":READ?") > 1.5 * plain);
    unit.set(&[":SENS:RES:RANG 2000"]);
    assert_eq!(unit.say(":READ?"), "9.900000E+37");
}

#[test]
fn a_reading_can_be_in_watts() {
    let mut unit = Wire::new();
    unit.set(&[":SENS:CURR:UNIT WATT;:SOUR:VOLT:ILIM 1e-3;:SOUR:VOLT 2;:OUTP ON"]);
    assert_eq!(unit.say(":READ? \"defbuffer1\",READ,UNIT"), "4.000000E-04,Watt DC");
    unit.refused(":SENS:CURR:UNIT VOLT", -224);
}

#[test]
fn a_moving_filter_averages_what_came_before() {
    let mut unit = Wire::new();
    unit.set(&[":SENS:CURR:AVER:TCON MOV;:SENS:CURR:AVER:COUN 2;:SENS:CURR:AVER ON"]);
    unit.set(&[":SOUR:VOLT 0.2;:OUTP ON"]);
    assert_eq!(unit.say(":READ?"), "2.000000E-05");
    unit.set(&[":SOUR:VOLT 0.4"]);
    assert_eq!(unit.say(":READ?"), "3.000000E-05");
    assert_eq!(unit.say(":READ?"), "4.000000E-05");
    // A repeating filter takes its time instead.
    let moving = unit.takes(":READ?");
    unit.set(&[":SENS:CURR:AVER:TCON REP"]);
    assert!(unit.takes(":READ?") > 1.9 * moving);
}

#[test]
fn settings_are_saved_and_recalled_with_the_output_off() {
    let mut unit = Wire::new();
    unit.set(&[":SENS:CURR:NPLC 0.1;:SOUR:VOLT:ILIM 1e-3;:OUTP ON;*SAV 2"]);
    unit.set(&["*RST;*RCL 2"]);
    assert_eq!(unit.say(":SENS:CURR:NPLC?;:OUTP?"), "1.000000E-01;0");
    unit.set(&["*RCL 0"]);
    assert_eq!(unit.number(":SENS:CURR:NPLC?"), 1.0);
    unit.refused("*SAV 5", -222);
}

#[test]
fn parameters_behind_common_queries_are_refused() {
    let mut unit = Wire::new();
    for query in ["*ESE?", "*ESR?", "*IDN?", "*SRE?", "*STB?", "*TST?"] {
        unit.refused(&format!("{query} 5"), -108);
    }
}
