//! Simulated readings per second against the table of the data sheet (SPEC-2400 Rev L), each cell
//! within a tenth.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod keithley_2400_bench;

use keithley_2400_bench::Bench;

/// As the data sheet measures: autozero, autorange, filter and display off, no delay, binary.
fn fast(link: &str, hertz: u32, nplc: f64) -> Bench {
    let mut bench =
        Bench::new(&format!("link_model = \"{link}\"\nline_frequency = \"{hertz} Hz\""));
    bench.tell(&format!(":SENS:CURR:NPLC {nplc};:SYST:AZER OFF;:DISP:ENAB OFF"));
    bench.tell(":SENS:CURR:RANG 1e-4;:SOUR:VOLT:RANG 2;:SOUR:DEL 0;:FORM SRE;:FORM:ELEM CURR");
    bench.tell(":OUTP ON");
    // The first reading after output-on takes longer.
    assert_eq!(bench.bytes(":READ?").len(), 2 + 4);
    bench
}

fn seconds(bench: &mut Bench, act: impl FnOnce(&mut Bench)) -> f64 {
    let before = bench.0.time();
    act(bench);
    bench.0.time() - before
}

fn check(what: &str, found: f64, expected: f64) {
    let ratio = found / expected;
    assert!((0.9..1.1).contains(&ratio), "{what}: {found:.1} per second for {expected}");
}

const POINTS: u32 = 1000;

/// A staircase, so that every point sources anew.
fn source_measure(bench: &mut Bench) {
    bench.tell(&format!(":SOUR:VOLT:STAR 0;:SOUR:VOLT:STOP 1;:SOUR:SWE:POIN {POINTS}"));
    bench.tell(":SOUR:VOLT:MODE SWE");
}

fn rate(bench: &mut Bench, to_memory: bool) -> f64 {
    bench.tell(&format!(":TRIG:COUN {POINTS}"));
    let seconds = if to_memory {
        bench.tell(&format!(":TRAC:FEED:CONT NEV;:TRAC:POIN {POINTS};:TRAC:FEED:CONT NEXT"));
        let seconds = seconds(bench, |it| assert_eq!(it.ask(":INIT"), ""));
        assert_eq!(bench.number(":TRAC:POIN:ACT?"), f64::from(POINTS));
        seconds
    } else {
        seconds(bench, |it| assert_eq!(it.bytes(":READ?").len(), 2 + 4 * POINTS as usize))
    };
    f64::from(POINTS) / seconds
}

#[test]
fn measuring_to_memory_comes_at_the_published_rates() {
    let table = [
        (60, 0.01, 2081.0),
        (50, 0.01, 2030.0),
        (60, 0.1, 510.0),
        (50, 0.1, 433.0),
        (60, 1.0, 59.0),
        (50, 1.0, 49.0),
    ];
    for (hertz, nplc, expected) in table {
        let found = rate(&mut fast("gpib", hertz, nplc), true);
        check(&format!("{nplc} PLC of {hertz} Hz"), found, expected);
    }
}

#[test]
fn measuring_over_gpib_comes_at_the_published_rates() {
    let table = [
        ("gpib-488.1", 0.01, 1754.0),
        ("gpib", 0.01, 1198.0),
        ("gpib", 0.1, 509.0),
        ("gpib-488.1", 0.1, 509.0),
        ("gpib", 1.0, 59.0),
    ];
    for (link, nplc, expected) in table {
        check(&format!("{link} {nplc}"), rate(&mut fast(link, 60, nplc), false), expected);
    }
}

#[test]
fn sourcing_and_measuring_comes_at_the_published_rates() {
    let to_memory = [
        (60, 0.01, 1551.0),
        (50, 0.01, 1515.0),
        (60, 0.1, 470.0),
        (50, 0.1, 405.0),
        (60, 1.0, 58.0),
        (50, 1.0, 48.0),
    ];
    for (hertz, nplc, expected) in to_memory {
        let mut bench = fast("gpib", hertz, nplc);
        source_measure(&mut bench);
        check(&format!("{nplc} PLC of {hertz} Hz"), rate(&mut bench, true), expected);
    }
    for (link, expected) in [("gpib-488.1", 1369.0), ("gpib", 1000.0)] {
        let mut bench = fast(link, 60, 0.01);
        source_measure(&mut bench);
        check(link, rate(&mut bench, false), expected);
    }
}

#[test]
fn readings_triggered_from_outside_come_at_the_published_rates() {
    let table = [
        (false, true, 1239.0),
        (false, false, 1254.0),
        (true, true, 1018.0),
        (true, false, 1035.0),
    ];
    for (sources, to_memory, expected) in table {
        let mut bench = fast("gpib", 60, 0.01);
        if sources {
            source_measure(&mut bench);
        }
        // Another unit gives pulses far faster than they can be used.
        let mut pulses = fast("memory", 60, 0.01);
        bench.0.join(&mut pulses.0);
        pulses.tell(":TRIG:OUTP SENS;:TRIG:OLIN 1;:TRIG:COUN 2500");
        bench.tell(&format!(":TRIG:SOUR TLIN;:TRIG:COUN {POINTS}"));
        bench.tell(&format!(":TRAC:POIN {POINTS};:TRAC:FEED:CONT NEXT"));
        let begin = bench.0.time();
        assert_eq!(bench.bytes(if to_memory { ":INIT" } else { ":READ?" }), b"");
        assert_eq!(pulses.ask(":INIT"), "");
        let reply = bench.poke();
        assert_eq!(reply.len(), if to_memory { 0 } else { 2 + 4 * POINTS as usize + 1 });
        let rate = f64::from(POINTS) / (bench.0.time() - begin);
        check(&format!("sources {sources}, memory {to_memory}"), rate, expected);
        assert_eq!(bench.number(":TRAC:POIN:ACT?"), f64::from(POINTS));
    }
}

#[test]
fn source_memory_is_swept_at_the_published_rate() {
    let mut bench = fast("gpib", 60, 0.01);
    for place in 1..=100 {
        bench.tell(&format!(":SOUR:VOLT {};:SOUR:MEM:SAVE {place}", f64::from(place) * 0.01));
    }
    bench.tell(":SOUR:FUNC MEM;:SOUR:MEM:POIN 100;:SOUR:MEM:STAR 1;:TRIG:COUN 100;:OUTP ON");
    let _ = bench.bytes(":READ?");
    let taken = seconds(&mut bench, |it| assert_eq!(it.bytes(":READ?").len(), 2 + 400));
    check("source memory", 100.0 / taken, 165.0);
}

#[test]
fn single_readings_come_at_the_published_rates() {
    let table = [
        ("gpib-488.1", 60, 0.01, 537.0),
        ("gpib", 60, 0.01, 256.0),
        ("gpib", 60, 0.1, 167.0),
        ("gpib", 60, 1.0, 49.0),
        ("gpib", 50, 1.0, 42.0),
    ];
    for (link, hertz, nplc, expected) in table {
        let mut bench = fast(link, hertz, nplc);
        let taken = seconds(&mut bench, |it| {
            for _ in 0..10 {
                assert_eq!(it.bytes(":READ?").len(), 6);
            }
        });
        check(&format!("{link} {hertz} {nplc}"), 10.0 / taken, expected);
    }
}

#[test]
fn a_new_level_and_a_reading_come_at_the_published_rates() {
    let table = [
        ("gpib-488.1", 60, 0.01, 140.0),
        ("gpib", 60, 0.01, 79.0),
        ("gpib", 60, 0.1, 72.0),
        ("gpib", 60, 1.0, 34.0),
        ("gpib", 50, 1.0, 31.0),
    ];
    for (link, hertz, nplc, expected) in table {
        let mut bench = fast(link, hertz, nplc);
        let taken = seconds(&mut bench, |it| {
            for level in 1..=10 {
                assert_eq!(it.ask(&format!(":SOUR:VOLT {}", f64::from(level) * 0.1)), "");
                assert_eq!(it.bytes(":READ?").len(), 6);
            }
        });
        check(&format!("{link} {hertz} {nplc}"), 10.0 / taken, expected);
    }
}

/// The time between two readings of a run, in milliseconds.
fn spacing(bench: &mut Bench) -> f64 {
    bench.tell(":FORM:ELEM TIME;:TRIG:COUN 5");
    let times = bench.numbers(":READ?");
    (times[4] - times[3]) * 1e3
}

#[test]
fn with_autozero_a_point_takes_what_appendix_a_adds_up_to() {
    let cases = [
        // Set-up, milliseconds: configuration, delay, conversions of NPLC / f + 185 us, firmware.
        ("", 0.05 + 1.0 + 3.0 * 20.185 + 1.80),
        (":SENS:FUNC \"VOLT\"", 0.05 + 1.0 + 4.0 * 20.185 + 2.30),
        (":SENS:CURR:NPLC 0.01", 0.05 + 1.0 + 3.0 * 0.385 + 1.80),
        (":SENS:CURR:NPLC 10", 0.05 + 1.0 + 3.0 * 200.185 + 1.80),
        (":SOUR:DEL 0.5", 0.05 + 500.0 + 3.0 * 20.185 + 1.80),
        (":TRIG:DEL 0.25", 250.0 + 0.05 + 1.0 + 3.0 * 20.185 + 1.80),
        (":SENS:AVER ON;:SENS:AVER:COUN 4", 0.05 + 1.0 + 4.0 * (3.0 * 20.185 + 1.80)),
        (":SENS:AVER ON;:SENS:AVER:TCON MOV", 0.05 + 1.0 + 3.0 * 20.185 + 1.80),
        (":SOUR:DEL:AUTO ON", 0.05 + 1.1 + 3.0 * 20.185 + 1.80),
        (":SENS:CURR:RANG 1e-6;:SOUR:DEL:AUTO ON", 0.05 + 3.1 + 3.0 * 20.185 + 1.80),
        (":SENS:CURR:RANG 1e-5;:SOUR:DEL:AUTO ON", 0.05 + 2.1 + 3.0 * 20.185 + 1.80),
    ];
    for (set_up, expected) in cases {
        let mut bench = Bench::ideal();
        bench.tell(":SENS:CURR:RANG 1e-4;:SOUR:DEL 0.001;:OUTP ON");
        if !set_up.is_empty() {
            bench.tell(set_up);
        }
        let found = spacing(&mut bench);
        assert!((found - expected).abs() < 2e-4 * expected, "{set_up}: {found} for {expected}");
    }
}

#[test]
fn the_first_reading_after_output_on_takes_two_to_three_times_as_long() {
    // A bench found 74 to 126 ms where later readings took 43 ms and their conversions.
    let mut bench = Bench::ideal();
    bench.tell(":SENS:CURR:RANG 1e-4;:SENS:CURR:NPLC 0.16;:OUTP ON");
    let first = seconds(&mut bench, |it| assert!(!it.ask(":READ?").is_empty()));
    let second = seconds(&mut bench, |it| assert!(!it.ask(":READ?").is_empty()));
    assert!((0.045..0.055).contains(&(first - second)), "{first} {second}");
}

#[test]
fn autoranging_takes_at_most_40_milliseconds_beyond_the_repeated_cycles() {
    let mut bench = Bench::ideal();
    bench.tell(":SENS:CURR:PROT 0.1;:SENS:CURR:NPLC 0.01;:OUTP ON;:SOUR:DEL 0");
    let steady = |it: &mut Bench| seconds(it, |it| assert!(!it.ask(":READ?").is_empty()));
    // 1 mA: from 100 uA three ranges up, and down to where 1 mA belongs.
    let _ = steady(&mut bench);
    let before = steady(&mut bench);
    bench.tell(":SOUR:VOLT 10");
    let ranging = steady(&mut bench) - before;
    assert_eq!(bench.ask(":SENS:CURR:RANG?"), "+1.050000E-03");
    assert!((0.0133..0.045).contains(&ranging), "{ranging}");
}

#[test]
fn ranges_go_up_by_three_and_down_by_what_the_share_says() {
    let mut bench = Bench::ideal();
    bench.tell(":SENS:CURR:PROT 0.1;:OUTP ON");
    let table = [
        // Volts over 10 kOhm, and the range behind the reading.
        (1.0, "+1.050000E-04"),
        (1.2, "+1.050000E-03"),
        (1.04, "+1.050000E-03"),
        (0.9, "+1.050000E-04"),
        (0.05, "+1.050000E-05"),
        (0.0001, "+1.050000E-06"),
        (0.011, "+1.050000E-05"),
        (20.0, "+1.050000E-02"),
    ];
    for (volts, range) in table {
        bench.tell(&format!(":SOUR:VOLT {volts}"));
        assert!(!bench.ask(":READ?").is_empty());
        assert_eq!(bench.ask(":SENS:CURR:RANG?"), range, "{volts}");
    }
}

#[test]
fn the_relay_of_the_high_impedance_state_takes_15_milliseconds() {
    let mut bench = Bench::ideal();
    let normal = seconds(&mut bench, |it| it.tell(":OUTP ON"));
    bench.tell(":OUTP OFF;:OUTP:SMOD HIMP");
    let relay = seconds(&mut bench, |it| it.tell(":OUTP ON"));
    assert!((relay - normal - 0.015).abs() < 1e-9, "{normal} {relay}");
}

#[test]
fn a_change_of_source_function_drops_the_output_for_as_long_as_a_bench_found() {
    let mut bench = Bench::ideal();
    bench.tell(":OUTP ON");
    let taken = seconds(&mut bench, |it| it.tell(":SOUR:FUNC CURR"));
    assert!((0.046..0.088).contains(&taken), "{taken}");
    assert_eq!(bench.ask(":OUTP?"), "0");
}
