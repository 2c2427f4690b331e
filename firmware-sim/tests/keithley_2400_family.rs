//! The members of the 2400 family, and what each is without.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod keithley_2400_bench;

use keithley_2400_bench::Bench;

fn unit(model: &str) -> Bench {
    Bench::new(&format!("model = \"keithley-{model}\"\nserial = \"4084766\""))
}

#[test]
fn each_says_who_it_is() {
    let table = [
        ("2400", "KEITHLEY INSTRUMENTS INC.,MODEL 2400,4084766,C34 "),
        ("2401", "KEITHLEY INSTRUMENTS INC.,MODEL 2401,4084766,A01 Aug 25 2011 "),
        ("2410", "KEITHLEY INSTRUMENTS INC.,MODEL 2410,4084766,C34 "),
    ];
    for (model, identity) in table {
        assert!(unit(model).ask("*IDN?").starts_with(identity), "{model}");
    }
}

#[test]
fn levels_end_where_each_unit_does() {
    let table = [("2400", 210.0, 1.05), ("2401", 21.0, 1.05), ("2410", 1100.0, 1.05)];
    for (model, volts, amperes) in table {
        let mut bench = unit(model);
        assert_eq!(bench.number(":SOUR:VOLT? MAX"), volts, "{model}");
        assert_eq!(bench.number(":SOUR:CURR? MAX"), amperes, "{model}");
        bench.tell(":SENS:CURR:PROT 1e-4");
        bench.tell(&format!(":SOUR:VOLT {volts}"));
        bench.refuses(&format!(":SOUR:VOLT {}", volts * 1.001), -222);
        bench.refuses(&format!(":SENS:VOLT:PROT {}", volts * 1.001), -222);
        assert_eq!(bench.number(":SOUR:VOLT:RANG?"), volts, "{model}");
        assert_eq!(bench.number(":SENS:VOLT:RANG?"), 21.0, "{model}");
    }
}

#[test]
fn the_2410_has_20_milliamperes_where_the_others_have_10() {
    for (model, expected) in [("2400", 1.05e-2), ("2401", 1.05e-2), ("2410", 2.1e-2)] {
        let mut bench = unit(model);
        bench.tell(":SENS:CURR:PROT 1;:SENS:CURR:RANG 9e-3");
        assert_eq!(bench.number(":SENS:CURR:RANG?"), expected, "{model}");
    }
}

#[test]
fn the_power_limit_is_each_units_own() {
    let mut bench = unit("2410");
    bench.tell(":SENS:CURR:PROT 0.02;:SOUR:VOLT 1000");
    bench.refuses(":SENS:CURR:PROT 0.03", 826);
    let mut bench = unit("2401");
    bench.tell(":SENS:CURR:PROT 1.05;:SOUR:VOLT 21");
}

#[test]
fn digital_outputs_are_fitted_to_the_2400_and_the_2410_only() {
    for model in ["2400", "2410"] {
        let mut bench = unit(model);
        assert_eq!(bench.ask(":SOUR2:TTL?;:SOUR2:BSIZ?;:SOUR2:TTL4:MODE?"), "15;4;EOT", "{model}");
        bench.tell(":SOUR2:TTL 5;:SOUR2:TTL4:MODE BUSY");
        assert_eq!(bench.ask(":SOUR2:TTL:ACT?;:SOUR2:TTL4:MODE?"), "5;BUSY");
        bench.tell(":FORM:SOUR2 BIN");
        assert_eq!(bench.ask(":SOUR2:TTL?"), "#B101");
        bench.tell(":SOUR2:BSIZ 3");
        bench.refuses(":SOUR2:TTL 8", -222);
        bench.refuses(":SOUR3:TTL 1", -113);
        bench.refuses(":SOUR2:VOLT 1", -114);
    }
    let mut bench = unit("2401");
    for line in [":SOUR2:TTL 1", ":SOUR2:BSIZ 4", ":SOUR2:TTL4:MODE BUSY", ":FORM:SOUR2 HEX"] {
        bench.refuses(line, -113);
    }
}

#[test]
fn protection_against_over_voltage_has_each_units_steps() {
    let table = [
        ("2400", vec![(39.0, 20.0), (40.0, 40.0), (130.0, 120.0), (160.0, 160.0), (161.0, 210.0)]),
        ("2401", vec![(20.0, 20.0), (21.0, 21.0)]),
        ("2410", vec![(99.0, 40.0), (500.0, 500.0), (501.0, 1100.0)]),
    ];
    for (model, steps) in table {
        let mut bench = unit(model);
        for (asked, expected) in steps {
            bench.tell(&format!(":SOUR:VOLT:PROT {asked}"));
            assert_eq!(bench.number(":SOUR:VOLT:PROT?"), expected, "{model} {asked}");
        }
        bench.tell(":SOUR:VOLT:PROT MIN");
        assert_eq!(bench.number(":SOUR:VOLT:PROT?"), 20.0);
        bench.tell(":SOUR:VOLT:PROT NONE");
        assert_eq!(bench.number(":SOUR:VOLT:PROT?"), bench.number(":SOUR:VOLT? MAX"));
    }
}

#[test]
fn a_kilovolt_is_sourced_and_measured() {
    let mut bench = unit("2410");
    bench.tell(":SENS:FUNC \"VOLT\";:SENS:CURR:PROT 0.02;:OUTP ON;:SOUR:VOLT 150;:FORM:ELEM VOLT");
    assert!((bench.number(":READ?") - 150.0).abs() < 0.05);
    let mut bench = unit("2400");
    bench.tell(":SENS:FUNC \"VOLT\";:SENS:CURR:PROT 0.1;:OUTP ON;:SOUR:VOLT 150;:FORM:ELEM VOLT");
    assert!((bench.number(":READ?") - 150.0).abs() < 0.05);
}
