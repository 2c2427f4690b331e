//! What happens to a 2400 from outside of its commands.

use scpi_parser::program;

use super::*;
use crate::{
    config::{DeviceConfig, Preset, Ratio},
    firmware::Flow,
    terminals::Drive,
};

fn unit() -> Keithley2400 {
    let device = DeviceConfig::preset(Preset::Resistor);
    Keithley2400::new(&Config { device, accuracy: Ratio(0.0), ..Config::default() })
}

/// Executes a message; what it answers, and the codes that it queues.
fn say(unit: &mut Keithley2400, message: &str) -> (String, Vec<i16>) {
    let mut reply = Vec::new();
    for program in program::units(message.as_bytes()) {
        let program = program.unwrap();
        let mut done = unit.execute(&program, &mut reply);
        while done == Ok(Flow::Later) {
            unit.run(f64::INFINITY);
            done = unit.resume(&program, &mut reply);
        }
        if let Err(code) = done {
            unit.report(code);
        }
        unit.run(f64::INFINITY);
    }
    let codes = std::iter::from_fn(|| match unit.status.queue.pop().code() {
        0 => None,
        code => Some(code),
    });
    (String::from_utf8(reply).unwrap(), codes.collect())
}

#[test]
fn an_open_enable_line_blocks_the_output_where_it_is_obeyed() {
    let mut unit = unit();
    assert_eq!(say(&mut unit, ":OUTP ON"), (String::new(), vec![]));
    unit.suffer(Upset::Interlock { open: true });
    assert!(unit.output_is_on(), "nobody asked to obey the line");
    assert_eq!(say(&mut unit, ":OUTP:ENAB:TRIP?").0, "0");
    assert_eq!(say(&mut unit, ":STAT:QUE:ENAB (-500:900);:OUTP:ENAB ON").1, [111]);
    assert!(!unit.output_is_on());
    assert_eq!(say(&mut unit, ":STAT:MEAS:COND?").0, "2048");
    assert_eq!(say(&mut unit, ":OUTP ON").1, [802]);
    assert!(!unit.output_is_on());
    unit.suffer(Upset::Interlock { open: false });
    assert_eq!(say(&mut unit, ":OUTP:ENAB:TRIP?;:OUTP ON").0, "1");
    assert!(unit.output_is_on());
    unit.suffer(Upset::Interlock { open: true });
    assert!(!unit.output_is_on());
}

#[test]
fn a_trip_switches_the_output_off_and_leaves_the_settings() {
    let mut unit = unit();
    let _ = say(&mut unit, ":SENS:CURR:NPLC 2;:OUTP ON;:STAT:MEAS?");
    unit.suffer(Upset::Trip);
    assert!(!unit.output_is_on());
    assert_eq!(say(&mut unit, ":SENS:CURR:NPLC?;:STAT:MEAS?").0, "+2.000000E+00;4096");
}

#[test]
fn readings_can_be_made_to_limit_to_overflow_and_to_carry_too_much() {
    let mut unit = unit();
    let _ = say(&mut unit, ":FORM:ELEM CURR,STAT;:OUTP ON;:SOUR:VOLT 0.5");
    unit.suffer(Upset::Compliance { readings: 1 });
    assert_eq!(say(&mut unit, ":READ?").0, "+5.000000E-05,+2.049200E+04");
    assert_eq!(say(&mut unit, ":READ?").0, "+5.000000E-05,+2.048400E+04");
    unit.suffer(Upset::Overflow { readings: 1 });
    assert_eq!(say(&mut unit, ":READ?").0, "+9.900000E+37,+2.048500E+04");
    let _ = say(&mut unit, ":FORM:ELEM VOLT,CURR");
    unit.suffer(Upset::WrongStride { wrong: true });
    assert_eq!(say(&mut unit, ":READ?").0.split(',').count(), 3);
}

#[test]
fn off_states_leave_the_terminals_as_the_manual_says() {
    let mut unit = unit();
    let mut left = |state: &str| {
        let _ = say(&mut unit, &format!(":OUTP ON;:OUTP:SMOD {state};:OUTP OFF"));
        unit.channel.terminals.drive()
    };
    assert_eq!(left("HIMP"), Drive::Open);
    assert_eq!(left("NORM"), Drive::Voltage { volts: 0.0, limit: 5e-3 * 1e-4 });
    assert_eq!(left("ZERO"), Drive::Voltage { volts: 0.0, limit: 1.05e-4 });
    assert_eq!(left("GUAR"), Drive::Current { amperes: 0.0, limit: 5e-3 * 20.0 });
}

#[test]
fn the_output_settles_to_a_thousandth_in_the_time_of_the_data_sheet() {
    let mut unit = unit();
    let terminals = &mut unit.channel.terminals;
    terminals.set(Drive::Voltage { volts: 1.0, limit: 1e-3 });
    assert_eq!(terminals.operating().volts, 0.0);
    // A third of the time for each decade.
    for expected in [0.9, 0.99, 0.999] {
        terminals.pass(100e-6 / 3.0);
        assert!((terminals.operating().volts - expected).abs() < 1e-9);
    }
}
