//! Status registers, the queue's messages, the status element, mathematics and limits, the buffer.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod keithley_2400_bench;

use keithley_2400_bench::Bench;

fn bit(value: f64, bit: u32) -> bool {
    value as u32 >> bit & 1 == 1
}

#[test]
fn the_status_element_says_how_a_reading_was_made() {
    // The example of the manual: 48132 is bits 2, 10, 11, 12, 13 and 15.
    let mut bench = Bench::ideal();
    bench.tell(":SENS:FUNC:ALL;:FORM:ELEM STAT;:OUTP ON");
    assert_eq!(bench.number(":READ?"), 48132.0);
    let cases = [
        ("*RST", 1 << 2 | 1 << 12 | 1 << 14),
        (":ROUT:TERM REAR", 1 << 12 | 1 << 14),
        (":SYST:RSEN ON;:ROUT:TERM FRON", 1 << 2 | 1 << 12 | 1 << 14 | 1 << 22),
        ("*RST;:SENS:AVER ON", 1 << 1 | 1 << 2 | 1 << 12 | 1 << 14),
        ("*RST;:SOUR:FUNC CURR", 1 << 2 | 1 << 12 | 1 << 15),
        ("*RST;:SENS:RES:OCOM ON", 1 << 2 | 1 << 12 | 1 << 14 | 1 << 17),
        ("*RST;:CALC:STAT ON", 1 << 2 | 1 << 5 | 1 << 12 | 1 << 14),
        ("*RST;:CALC2:NULL:STAT ON", 1 << 2 | 1 << 6 | 1 << 12 | 1 << 14),
        ("*RST;:CALC2:LIM2:STAT ON", 1 << 2 | 1 << 7 | 1 << 12 | 1 << 14),
    ];
    for (set_up, expected) in cases {
        bench.tell(set_up);
        bench.tell(":FORM:ELEM STAT;:OUTP ON");
        assert_eq!(bench.number(":READ?"), f64::from(expected), "{set_up}");
    }
}

#[test]
fn real_and_range_compliance_and_overflow_each_have_their_bit() {
    let mut bench = Bench::ideal();
    bench.tell(":FORM:ELEM CURR,STAT;:OUTP ON;:SENS:CURR:PROT 5e-5;:SOUR:VOLT 1");
    let reading = bench.numbers(":READ?");
    assert!((reading[0] - 5e-5).abs() < 1e-8, "{reading:?}");
    assert!(bit(reading[1], 3) && !bit(reading[1], 16) && !bit(reading[1], 0));
    assert_eq!(bench.ask(":SENS:CURR:PROT:TRIP?;:SENS:VOLT:PROT:TRIP?"), "1;0");
    assert_eq!(bench.ask(":STAT:MEAS:COND?"), "16384");
    // A fixed range below the compliance limits by itself.
    bench.tell(":SENS:CURR:PROT 1e-3;:SENS:CURR:RANG 1e-5");
    let reading = bench.numbers(":READ?");
    assert_eq!(reading[0], 9.9e37);
    assert!(!bit(reading[1], 3) && bit(reading[1], 16) && bit(reading[1], 0));
    assert_eq!(bench.ask(":STAT:MEAS?").parse::<u32>().unwrap() & 1 << 7, 1 << 7);
}

#[test]
fn over_voltage_protection_shows_in_element_register_and_on_the_terminals() {
    let mut bench = Bench::ideal();
    bench.tell(":SENS:FUNC \"VOLT\";:SENS:CURR:PROT 0.1;:FORM:ELEM VOLT,STAT;:OUTP ON");
    bench.tell(":SOUR:VOLT 50;:SOUR:VOLT:PROT 40");
    let reading = bench.numbers(":READ?");
    assert!((reading[0] - 40.0).abs() < 0.01, "{reading:?}");
    assert!(bit(reading[1], 4));
    assert_eq!(bench.ask(":STAT:MEAS:COND?"), "8192");
}

#[test]
fn the_recipe_for_a_full_buffer_requests_service() {
    let mut bench = Bench::ideal();
    bench.tell(":STAT:PRES;*CLS;*SRE 1;:STAT:MEAS:ENAB 512;");
    bench.tell(":TRAC:CLEAR;:TRAC:POIN 3;:TRIGGER:COUNT 3;:TRAC:FEED SENSE;:TRAC:FEED:CONT NEXT;");
    bench.tell(":OUTP ON");
    assert_eq!(bench.number("*STB?") as u32 & 65, 0);
    assert_eq!(bench.ask(":INIT"), "");
    assert_eq!(bench.number("*STB?") as u32 & 65, 65);
    assert_eq!(bench.number(":STAT:MEAS?") as u32 & 0x300, 0x300);
    assert_eq!(bench.number("*STB?") as u32 & 65, 0, "reading the events clears them");
}

#[test]
fn status_events_are_queued_only_when_they_are_enabled() {
    let mut bench = Bench::ideal();
    bench.tell(":OUTP ON");
    assert!(!bench.ask(":READ?").is_empty());
    assert_eq!(bench.ask(":SYST:ERR:COUN?"), "0");
    bench.tell(":STAT:QUE:ENAB (100:310,-499:-100)");
    // Enabled while idle, the run that follows says where it goes.
    assert!(!bench.ask(":READ?").is_empty());
    assert_eq!(bench.ask(":SYST:ERR:CODE:ALL?"), "303,106,310");
    assert_eq!(bench.ask("*OPC;:SYST:ERR?"), "200,\"Operation complete\"");
    bench.tell(":SENS:CURR:PROT 5e-5;:SOUR:VOLT 1");
    assert!(!bench.ask(":READ?").is_empty());
    assert!(bench.ask(":SYST:ERR:CODE:ALL?").contains("114"));
    bench.tell(":STAT:QUE:DIS (106,303,310,114)");
    assert!(!bench.ask(":READ?").is_empty());
    assert_eq!(bench.ask(":SYST:ERR:COUN?"), "0");
    // 803 is not in the list, and still sets its bit of the standard register.
    assert_eq!(bench.ask("*ESR?").parse::<u32>().unwrap() & 16, 0);
    bench.tell(":OUTP OFF;:INIT");
    assert_eq!(bench.ask("*ESR?"), "16");
}

#[test]
fn each_class_of_errors_sets_its_bit() {
    let mut bench = Bench::ideal();
    assert_eq!(bench.ask("*ESR?"), "128", "power on");
    for (line, bit) in [("FOO", 5), (":SOUR:VOLT 300", 4), (":INIT", 4)] {
        assert_eq!(bench.ask(line), "");
        assert_eq!(bench.ask("*ESR?"), (1 << bit).to_string(), "{line}");
    }
    bench.tell("*CLS;*ESE 1;*SRE 32;*OPC");
    assert_eq!(bench.ask("*STB?"), "96");
    assert_eq!(bench.ask("*ESR?;*STB?"), "1;0");
}

#[test]
fn registers_are_answered_in_the_format_that_was_chosen() {
    let mut bench = Bench::ideal();
    bench.tell(":STAT:MEAS:ENAB 513");
    for (format, answer) in [("HEX", "#H201"), ("OCT", "#Q1001"), ("BIN", "#B1000000001")] {
        bench.tell(&format!(":FORM:SREG {format}"));
        assert_eq!(bench.ask(":STAT:MEAS:ENAB?"), answer);
    }
}

#[test]
fn limits_pass_and_fail_in_registers_elements_and_on_the_digital_lines() {
    let mut bench = Bench::ideal();
    bench.tell(
        ":FORM:ELEM STAT;:OUTP ON;:CALC2:FEED CURR;:CALC2:LIM2:UPP 3e-5;:CALC2:LIM2:LOW 1e-5",
    );
    bench.tell(":CALC2:LIM2:UPP:SOUR2 1;:CALC2:LIM2:LOW:SOUR2 2;:CALC2:CLIM:PASS:SOUR2 4");
    bench.tell(":CALC2:LIM2:STAT ON");
    // Volts over 10 kOhm: the bits of the measurement register, the lines, and whether it failed.
    let cases =
        [(0.2, 1 << 5, 4, 0), (0.05, 1 << 1, 2, 1), (0.4, 1 << 2, 1, 1), (0.25, 1 << 5, 4, 0)];
    for (volts, register, lines, failed) in cases {
        bench.tell(&format!(":SOUR:VOLT {volts}"));
        let status = bench.number(":READ?") as u32;
        let condition = bench.number(":STAT:MEAS:COND?") as u32;
        assert_eq!(condition & 0x3f, register, "{volts}");
        assert_eq!(bench.ask(":SOUR2:TTL:ACT?"), lines.to_string(), "{volts}");
        assert_eq!(bench.ask(":CALC2:LIM2:FAIL?"), failed.to_string(), "{volts}");
        assert_eq!(status >> 8 & 3, failed * 2, "the number of the limit that failed");
    }
    bench.tell(":CALC2:CLIM:CLE");
    assert_eq!(bench.ask(":SOUR2:TTL:ACT?;:STAT:MEAS:COND?"), "15;0");
    // Limit 1 is the compliance.
    bench.tell(":CALC2:LIM2:STAT OFF;:CALC2:LIM1:STAT ON;:SENS:CURR:PROT 1e-5;:SOUR:VOLT 0.4");
    let _ = bench.number(":READ?");
    assert_eq!(bench.ask(":CALC2:LIM1:FAIL?"), "1");
}

#[test]
fn sorting_shows_the_first_bin_that_a_device_fits() {
    let mut bench = Bench::ideal();
    bench.tell(":OUTP ON;:CALC2:FEED CURR;:CALC2:CLIM:MODE SORT;:CALC2:CLIM:FAIL:SOUR2 8");
    for (limit, low, high) in [(2, 1e-5, 2e-5), (3, 2e-5, 3e-5), (5, 3e-5, 4e-5)] {
        bench.tell(&format!(":CALC2:LIM{limit}:LOW {low};:CALC2:LIM{limit}:UPP {high}"));
        bench.tell(&format!(":CALC2:LIM{limit}:PASS:SOUR2 {limit};:CALC2:LIM{limit}:STAT ON"));
    }
    for (volts, lines) in [(0.15, "2"), (0.25, "3"), (0.35, "5"), (0.45, "8")] {
        bench.tell(&format!(":SOUR:VOLT {volts}"));
        assert!(!bench.ask(":READ?").is_empty());
        assert_eq!(bench.ask(":SOUR2:TTL:ACT?"), lines, "{volts}");
    }
    bench.tell(":SOUR2:CLE:AUTO ON");
    assert!(!bench.ask(":READ?").is_empty());
    assert_eq!(bench.ask(":SOUR2:TTL:ACT?"), "15");
}

#[test]
fn automatic_ohms_find_the_range_of_any_resistance() {
    for (ohms, range) in [(15.0, 21.0), (1e3, 2.1e3), (150e3, 2.1e5), (5e6, 2.1e7), (150e6, 2.1e8)]
    {
        let device = format!("device = {{ preset = \"resistor\", resistance = \"{ohms} Ohm\" }}");
        let mut bench = Bench::new(&device);
        let found = bench.numbers(":MEAS:RES?")[2];
        assert!((found / ohms - 1.0).abs() < 1e-3, "{ohms} {found}");
        assert_eq!(bench.number(":SENS:RES:RANG?"), range, "{ohms}");
    }
}

#[test]
fn mathematics_and_null_answer_their_results() {
    let mut bench = Bench::ideal();
    bench.tell(":SENS:FUNC \"VOLT\";:CALC:STAT ON;:OUTP ON;:SOUR:VOLT 0.5;:FORM:ELEM CURR");
    assert!(!bench.ask(":READ?").is_empty());
    assert_eq!(bench.numbers(":CALC1:DATA?"), [0.5 * 5e-5]);
    bench.tell(":CALC2:FEED VOLT;:CALC2:NULL:ACQ");
    assert_eq!(bench.number(":CALC2:NULL:OFFS?"), 0.5);
    bench.tell(":SOUR:VOLT 0.7");
    assert!(!bench.ask(":READ?").is_empty());
    assert!((bench.number(":CALC2:DATA?") - 0.2).abs() < 1e-9);
    bench.tell(":FORM:ELEM:CALC CALC,STAT");
    assert_eq!(bench.numbers(":CALC2:DATA:LAT?").len(), 2);
    // Over two points; one is not enough.
    bench.tell(":CALC1:MATH:NAME \"OFFCOMPOHM\";:FORM:ELEM:CALC CALC");
    assert!(!bench.ask(":READ?").is_empty());
    bench.refuses(":CALC1:DATA?", 801);
    bench.tell(":SOUR:LIST:VOLT 0.2,0.6;:SOUR:VOLT:MODE LIST;:TRIG:COUN 2");
    assert!(!bench.ask(":READ?").is_empty());
    let results = bench.numbers(":CALC1:DATA?");
    assert_eq!(results[0], 9.91e37);
    assert!((results[1] - 1e4).abs() < 1.0, "{results:?}");
    // The buffer takes results too.
    bench.tell(":TRAC:FEED CALC;:TRAC:POIN 2;:TRAC:FEED:CONT NEXT");
    assert!(!bench.ask(":READ?").is_empty());
    assert_eq!(bench.numbers(":TRAC:DATA?"), results);
}

#[test]
fn statistics_are_over_the_buffer() {
    let mut bench = Bench::ideal();
    bench.tell(":FORM:ELEM CURR;:OUTP ON;:SOUR:LIST:VOLT 0.1,0.2,0.6;:SOUR:VOLT:MODE LIST");
    bench.tell(":SENS:CURR:RANG 1e-4;:TRIG:COUN 3;:TRAC:POIN 3;:TRAC:FEED:CONT NEXT;:INIT");
    let table =
        [("MEAN", 3e-5), ("MAX", 6e-5), ("MIN", 1e-5), ("PKPK", 5e-5), ("SDEV", 2.645_751e-5)];
    for (statistic, expected) in table {
        bench.tell(&format!(":CALC3:FORM {statistic}"));
        let found = bench.number(":CALC3:DATA?");
        assert!((found - expected).abs() < 1e-11, "{statistic} {found}");
    }
    // Nothing is known of what was not measured, and the resistance was not.
    bench.tell(":FORM:ELEM CURR,RES");
    for (statistic, _) in table {
        bench.tell(&format!(":CALC3:FORM {statistic}"));
        assert_eq!(bench.numbers(":CALC3:DATA?")[1], 9.91e37, "{statistic}");
    }
}

#[test]
fn the_buffer_writes_times_since_its_first_reading_or_since_the_one_before() {
    let mut bench = Bench::ideal();
    bench.tell(":FORM:ELEM TIME;:SOUR:DEL 0.5;:OUTP ON;:TRIG:COUN 4");
    let _ = bench.ask(":READ?");
    bench.tell(":TRAC:POIN 4;:TRAC:FEED:CONT NEXT;:INIT");
    let times = bench.numbers(":TRAC:DATA?");
    assert!(times[0] == 0.0 && (times[3] - 1.7).abs() < 0.2, "{times:?}");
    bench.tell(":TRAC:TST:FORM DELT");
    let times = bench.numbers(":TRAC:DATA?");
    assert!(times[0] == 0.0 && (times[3] - 0.56).abs() < 0.05, "{times:?}");
    // The clock starts anew with each run where that was asked for.
    bench.tell(":SYST:TIME:RES:AUTO ON");
    assert!(bench.numbers(":READ?")[0] < 1.0);
}

#[test]
fn noise_against_integration_is_within_a_factor_of_two_of_a_bench_run() {
    // A 2401 with 100 uA through 10 kOhm: 0.006 % at 0.01 cycles, 0.001 % at 0.04, less from there.
    let keys = "model = \"keithley-2401\"\naccuracy = \"100 %\"\nseed = 5";
    let rsd = |nplc: f64| {
        let mut bench = Bench::new(keys);
        bench.tell(&format!(":SENS:CURR:NPLC {nplc};:SENS:CURR:RANG 1e-4;:FORM:ELEM CURR"));
        bench.tell(":SOUR:VOLT 1;:TRIG:COUN 400;:OUTP ON");
        let values = bench.numbers(":READ?");
        let mean = values.iter().sum::<f64>() / 400.0;
        let squares: f64 = values.iter().map(|it| (it - mean).powi(2)).sum();
        (squares / 400.0).sqrt() / mean
    };
    assert!((3e-5..1.2e-4).contains(&rsd(0.01)), "{}", rsd(0.01));
    assert!((5e-6..2e-5).contains(&rsd(0.04)), "{}", rsd(0.04));
    for nplc in [0.16, 1.0, 2.0] {
        assert!(rsd(nplc) < 1.2e-5, "{nplc} {}", rsd(nplc));
    }
}

#[test]
fn a_power_cycle_leaves_what_the_power_on_set_up_says() {
    let mut bench = Bench::new("faults = [\"power cycle after 3 messages\"]");
    bench.tell(":SENS:CURR:NPLC 3;*SAV 1;:SYST:POS SAV1;:STAT:MEAS:ENAB 512;:TRAC:POIN 7");
    assert_eq!(bench.ask(":OUTP ON;:SENS:CURR:NPLC 5"), "");
    assert_eq!(bench.ask(":SENS:CURR:NPLC?;:OUTP?;:STAT:MEAS:ENAB?"), "+3.000000E+00;0;0");
    assert_eq!(bench.ask("*ESR?"), "128");
}
