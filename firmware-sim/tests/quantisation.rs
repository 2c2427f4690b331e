//! Steps of sources and meters, as they come over the wire of each family.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use firmware_sim::{Config, Delivery, Instrument};

/// Model; its set-up for 2 V and 100 uA of fixed ranges; how it reads volts and amperes; the steps
/// of its source in volts and of its meter in amperes (SPEC-2400, SPEC-2450 and the data sheet of
/// the B2900A; the steps of the latter's source are UNVERIFIED).
const FAMILIES: [(&str, &str, &str, f64, f64); 4] = [
    (
        "keithley-2400",
        ":SOUR:VOLT:RANG 2;:SENS:FUNC \"CURR\";:SENS:CURR:PROT 1E-3;:SENS:CURR:RANG 1E-4;\
         :FORM:ELEM CURR;:OUTP ON",
        ":READ?",
        50e-6,
        1e-9,
    ),
    (
        "keithley-2450",
        ":SOUR:VOLT:RANG 2;:SENS:CURR:RANG 1E-4;:SOUR:VOLT:ILIM 1E-3;:OUTP ON",
        ":READ?",
        50e-6,
        100e-12,
    ),
    (
        "keysight-b2901a",
        ":SOUR:VOLT:RANG:AUTO 0;:SOUR:VOLT:RANG 2;:SENS:CURR:PROT 1E-3;\
         :SENS:CURR:RANG:AUTO 0;:SENS:CURR:RANG 1E-4;:OUTP 1",
        ":MEAS:CURR?",
        10e-6,
        100e-12,
    ),
    (
        "keysight-b2912a",
        ":SOUR:VOLT:RANG:AUTO 0;:SOUR:VOLT:RANG 2;:SENS:CURR:PROT 1E-3;\
         :SENS:CURR:RANG:AUTO 0;:SENS:CURR:RANG 1E-4;:OUTP 1",
        ":MEAS:CURR?",
        1e-6,
        100e-12,
    ),
];

#[test]
fn currents_come_in_counts_of_levels_that_came_in_codes() {
    for (model, set_up, read, source_step, count) in FAMILIES {
        let text = format!(
            "model = {model:?}\naccuracy = \"0 %\"\n\
             device = {{ preset = \"resistor\", resistance = \"10 kOhm\" }}"
        );
        let mut unit = Instrument::new(&toml::from_str::<Config>(&text).unwrap()).unwrap();
        let mut ask = |message: &str| {
            let mut out = Vec::new();
            let line = format!("{message}\n");
            assert_eq!(unit.receive(line.as_bytes(), &mut out), Delivery::Now);
            String::from_utf8(out).unwrap().trim_end().to_owned()
        };
        ask(set_up);
        for step in 0..200 {
            // An eighth of a code each, from the middle of one.
            let level = 0.5 + (f64::from(step) + 0.5) / 8.0 * source_step;
            let found: f64 = ask(&format!(":SOUR:VOLT {level:.9};{read}")).parse().unwrap();
            let sourced = (level / source_step).round() * source_step;
            let expected = (sourced / 1e4 / count).round() * count;
            // A code is a whole number of counts.
            assert!(
                (found - expected).abs() < 0.1 * count,
                "{model}, {level}: {found}, {expected}"
            );
            assert!((found / count - (found / count).round()).abs() < 0.01, "{model}: {found}");
        }
    }
}
