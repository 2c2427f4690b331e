//! The 2461's digitize functions over its wire.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod keithley_2450_wire;

use firmware_sim::{Config, DeviceConfig, ModelName, Preset};
use keithley_2450_wire::Wire;

#[test]
fn only_the_2461_knows_the_digitize_functions() {
    for model in [ModelName::Keithley2450, ModelName::Keithley2460, ModelName::Keithley2470] {
        let mut unit = Wire::of(model);
        unit.refused(":SENS:DIG:FUNC \"CURR\"", -113);
        unit.refused(":READ:DIG?", -113);
    }
    let mut unit = Wire::of(ModelName::Keithley2461);
    assert_eq!(unit.say(":SENS:DIG:FUNC?;COUN?"), "\"NONE\";10000");
    unit.set(&[":DIG:FUNC \"voltage\""]);
    assert_eq!(unit.say(":SENS:DIG:FUNC?;:SENS:FUNC?"), "\"VOLT\";\"NONE\"");
    unit.refused(":READ?", -221);
    unit.set(&[":SENS:FUNC \"CURR\""]);
    assert_eq!(unit.say(":SENS:DIG:FUNC?"), "\"NONE\"");
    unit.refused(":READ:DIG?", -221);
}

#[test]
fn an_aperture_is_no_longer_than_the_interval() {
    let mut unit = Wire::of(ModelName::Keithley2461);
    assert_eq!(unit.say(":SENS:DIG:CURR:SRAT?;APER?"), "100000;1.000000E-05");
    unit.set(&[":SENS:DIG:CURR:SRAT 1000", ":SENS:DIG:CURR:APER 500.5e-6"]);
    assert_eq!(unit.say(":SENS:DIG:CURR:APER?"), "5.000000E-04");
    unit.refused(":SENS:DIG:CURR:APER 1.1e-3", -222);
    unit.refused(":SENS:DIG:CURR:SRAT 999", -222);
    unit.set(&[":SENS:DIG:CURR:SRAT 1e6"]);
    assert_eq!(unit.say(":SENS:DIG:CURR:APER?"), "1.000000E-06");
    unit.set(&[":SENS:DIG:CURR:APER AUTO;SRAT 2000"]);
    assert_eq!(unit.say(":SENS:DIG:CURR:APER?"), "5.000000E-04");
}

#[test]
fn readings_are_spaced_by_the_sample_rate() {
    let mut unit = Wire::of(ModelName::Keithley2461);
    unit.set(&[":SOUR:VOLT 1;:OUTP ON", ":DIG:FUNC \"CURR\";COUN 4;CURR:SRAT 250000;RANG 1e-4"]);
    assert_eq!(unit.say(":READ:DIG? \"defbuffer1\",READ,UNIT"), "1.000000E-04,Amp DC");
    let times = unit.numbers(":TRAC:DATA? 1,4,\"defbuffer1\",REL");
    for (index, time) in times.iter().enumerate() {
        assert!((time - index as f64 * 4e-6).abs() < 1e-9, "{times:?}");
    }
    assert_eq!(unit.numbers(":TRAC:DATA? 1,2,\"defbuffer1\",STAT"), [266.0, 10.0]);
    // The range is fixed.
    unit.set(&[":DIG:CURR:RANG 1e-5"]);
    assert_eq!(unit.number(":MEAS:DIG?"), 9.9e37);
    assert!((unit.number(":MEAS:DIG:VOLT?") - 1.0).abs() < 1e-3);
    assert_eq!(unit.say(":DIG:FUNC?;:TRAC:ACT?"), "\"VOLT\";12");
}

#[test]
fn a_block_digitizes_while_a_digitize_function_is_active() {
    let mut unit = Wire::of(ModelName::Keithley2461);
    unit.set(&[":DIG:FUNC \"CURR\";CURR:SRAT 1e6", ":TRIG:BLOC:MDIG 1,\"defbuffer1\",1000"]);
    unit.set(&[":INIT"]);
    assert_eq!(unit.say("*OPC?"), "1");
    let times = unit.numbers(":TRAC:DATA? 1,1000,\"defbuffer1\",REL");
    assert!((times[999] - 999e-6).abs() < 1e-8, "{}", times[999]);
}

#[test]
fn a_longer_aperture_is_quieter() {
    let device = DeviceConfig::preset(Preset::Resistor);
    let config = Config { model: ModelName::Keithley2461, device, ..Config::default() };
    let mut unit = Wire::with(&config);
    unit.set(&[":SOUR:VOLT 1;:OUTP ON", ":DIG:FUNC \"CURR\";COUN 200;CURR:SRAT 1000;RANG 1e-4"]);
    let mut spread = |aperture: &str| {
        unit.set(&[&format!(":DIG:CURR:APER {aperture}"), ":TRAC:CLE"]);
        unit.say(":READ:DIG?");
        unit.number(":TRAC:STAT:STDD?")
    };
    let (short, long) = (spread("1e-6"), spread("AUTO"));
    assert!(short > 10.0 * long, "{short} {long}");
}
