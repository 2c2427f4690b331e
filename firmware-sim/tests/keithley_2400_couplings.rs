//! Settings that act on each other, on a 2400.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod keithley_2400_bench;

use keithley_2400_bench::Bench;

#[test]
fn a_range_above_the_compliance_is_refused_and_ends_at_the_compliance() {
    let mut bench = Bench::ideal();
    bench.tell(":SENS:CURR:PROT 1e-4");
    bench.refuses(":SENS:CURR:RANG 1e-3", 824);
    assert_eq!(bench.ask(":SENS:CURR:RANG?;:SENS:CURR:RANG:AUTO?"), "+1.050000E-04;0");
    bench.tell(":SOUR:FUNC CURR;:SENS:FUNC:OFF:ALL;:SENS:FUNC \"VOLT\";:SENS:VOLT:PROT 1");
    bench.refuses(":SENS:VOLT:RANG 20", 824);
    assert_eq!(bench.ask(":SENS:VOLT:RANG?"), "+2.100000E+00");
    // With the limit first it is accepted.
    bench.tell(":SENS:VOLT:PROT 20;:SENS:VOLT:RANG 20");
    assert_eq!(bench.ask(":SENS:VOLT:RANG?"), "+2.100000E+01");
}

#[test]
fn the_range_of_what_is_sourced_and_read_back_cannot_be_set() {
    for (function, quantity) in [("VOLT", "VOLT"), ("CURR", "CURR")] {
        let mut bench = Bench::ideal();
        bench.tell(&format!(":SOUR:FUNC {function};:SENS:FUNC \"{quantity}\""));
        let before = bench.ask(&format!(":SENS:{quantity}:RANG?"));
        bench.refuses(&format!(":SENS:{quantity}:RANG MIN"), 823);
        assert_eq!(bench.ask(&format!(":SENS:{quantity}:RANG?")), before);
    }
}

#[test]
fn a_compliance_below_a_thousandth_of_a_fixed_range_is_refused() {
    let mut bench = Bench::ideal();
    bench.tell(":SENS:CURR:PROT 1e-2;:SENS:CURR:RANG 1e-2");
    bench.refuses(":SENS:CURR:PROT 9e-6", 822);
    bench.tell(":SENS:CURR:PROT 1e-5");
    bench.tell(":SENS:CURR:RANG:AUTO ON;:SENS:CURR:PROT 1e-9");
    bench.refuses(":SENS:CURR:PROT 9e-10", -222);
    assert_eq!(bench.ask(":SENS:CURR:PROT?"), "+1.000000E-09");
}

#[test]
fn a_measure_range_and_a_delay_of_ones_own_end_the_automatic_ones() {
    let mut bench = Bench::ideal();
    bench.tell(":SENS:CURR:RANG 1e-5");
    assert_eq!(bench.ask(":SENS:CURR:RANG:AUTO?"), "0");
    bench.tell(":SOUR:DEL 0.5");
    assert_eq!(bench.ask(":SOUR:DEL:AUTO?;:SOUR:DEL?"), "0;+5.000000E-01");
    bench.tell(":SOUR:VOLT:RANG 2");
    assert_eq!(bench.ask(":SOUR:VOLT:RANG:AUTO?"), "0");
    bench.tell(":SENS:RES:RANG 2e4");
    assert_eq!(bench.ask(":SENS:RES:RANG:AUTO?;:SENS:RES:RANG?"), "0;+2.100000E+04");
}

#[test]
fn a_source_function_change_drops_the_output() {
    let mut bench = Bench::ideal();
    bench.tell(":OUTP ON;:SOUR:FUNC VOLT");
    assert_eq!(bench.ask(":OUTP?"), "1", "no change");
    bench.tell(":SOUR:FUNC CURR");
    assert_eq!(bench.ask(":OUTP?"), "0");
    bench.tell(":OUTP ON;:ROUT:TERM REAR");
    assert_eq!(bench.ask(":OUTP?;:ROUT:TERM?"), "0;REAR");
}

#[test]
fn a_read_with_the_output_off_queues_two_errors_and_never_answers() {
    let mut bench = Bench::ideal();
    assert_eq!(bench.ask(":READ?"), "");
    assert!(bench.ask(":SYST:ERR?").starts_with("803,"));
    assert!(bench.ask(":SYST:ERR?").starts_with("-230,"));
    bench.refuses(":INIT", 803);
    // With automatic output-off it is no error: the output comes on for the measurement.
    bench.tell(":SOUR:CLE:AUTO ON;:SOUR:VOLT 0.5");
    assert_eq!(bench.numbers(":READ?")[1], 5e-5);
    assert!(!bench.0.output_is_on());
}

#[test]
fn the_voltages_above_21_go_with_105_milliamperes_at_the_most() {
    let mut bench = Bench::ideal();
    bench.tell(":SENS:CURR:PROT 0.2;:SOUR:VOLT 21");
    bench.refuses(":SOUR:VOLT 22", 826);
    assert_eq!(bench.ask(":SOUR:VOLT?"), "+2.100000E+01");
    bench.tell(":SENS:CURR:PROT 0.105;:SOUR:VOLT 210");
    bench.refuses(":SENS:CURR:PROT 0.11", 826);
    let mut bench = Bench::ideal();
    bench.tell(":SOUR:FUNC CURR;:SENS:VOLT:PROT 200");
    bench.refuses(":SOUR:CURR 0.2", 826);
    bench.tell(":SENS:VOLT:PROT 20;:SOUR:CURR 0.2");
}

#[test]
fn levels_beyond_the_unit_or_a_fixed_range_leave_the_old_one() {
    let mut bench = Bench::ideal();
    bench.tell(":SOUR:VOLT 1");
    bench.refuses(":SOUR:VOLT 210.1", -222);
    bench.refuses(":SOUR:CURR -1.06", -222);
    bench.tell(":SOUR:VOLT:RANG 2");
    bench.refuses(":SOUR:VOLT 3", -222);
    bench.refuses(":SOUR:VOLT MAX", -221);
    bench.refuses(":SOUR:VOLT MIN", -221);
    bench.refuses(":SOUR:VOLT:RANG 0.2", -221);
    bench.refuses(":SOUR:VOLT:TRIG 3", -222);
    assert_eq!(bench.ask(":SOUR:VOLT?;:SOUR:VOLT:RANG?"), "+1.000000E+00;+2.100000E+00");
    bench.tell(":SOUR:VOLT DEF;:SOUR:VOLT:RANG MAX");
    bench.tell(":SOUR:VOLT 1.5 V;:SOUR:VOLT 1500 mV");
    assert_eq!(bench.ask(":SOUR:VOLT?"), "+1.500000E+00");
}

#[test]
fn a_triggered_level_is_taken_over_at_the_trigger() {
    let mut bench = Bench::ideal();
    bench.tell(":OUTP ON;:FORM:ELEM CURR;:SOUR:VOLT 0.1;:SOUR:VOLT:TRIG 0.3");
    assert_eq!(bench.ask(":SOUR:VOLT?;:SOUR:VOLT:TRIG?"), "+1.000000E-01;+3.000000E-01");
    assert_eq!(bench.number(":READ?"), 3e-5);
    assert_eq!(bench.ask(":SOUR:VOLT?"), "+3.000000E-01");
}

#[test]
fn a_scale_factor_multiplies_the_level_at_each_trigger() {
    let mut bench = Bench::ideal();
    bench.tell(":OUTP ON;:FORM:ELEM CURR;:SENS:CURR:RANG 1e-4;:SOUR:VOLT 0.1;:TRIG:COUN 3");
    bench.tell(":SOUR:VOLT:TRIG:SFAC 2");
    assert_eq!(bench.numbers(":READ?"), [1e-5; 3], "it is off");
    bench.tell(":SOUR:VOLT:TRIG:SFAC:STAT ON");
    assert_eq!(bench.numbers(":READ?"), [2e-5, 4e-5, 8e-5]);
    bench.tell(":SOUR:VOLT:RANG 2;:SOUR:VOLT:TRIG:SFAC -100;:TRIG:COUN 1;:SENS:CURR:PROT 1e-3");
    bench.tell(":SENS:CURR:RANG 1e-3");
    assert_eq!(bench.numbers(":READ?"), [-2.1e-4], "no further than the range goes");
}

#[test]
fn the_buffer_cannot_be_changed_while_it_stores() {
    let mut bench = Bench::ideal();
    bench.tell(":TRAC:POIN 5;:TRAC:FEED SENS1;:TRAC:FEED:CONT NEXT");
    bench.refuses(":TRAC:POIN 6", 800);
    bench.refuses(":TRAC:FEED CALC", 800);
    assert_eq!(bench.ask(":TRAC:FEED?;:TRAC:FEED:CONT?"), "SENS;NEXT");
    bench.tell(":OUTP ON;:TRIG:COUN 7;:INIT");
    assert_eq!(bench.ask(":TRAC:FEED:CONT?;:TRAC:POIN:ACT?"), "NEV;5", "full, and done");
    assert_eq!(bench.ask(":FETC?").split(',').count(), 35);
    bench.tell(":TRAC:POIN 6");
    // *RST leaves the buffer alone.
    bench.tell("*RST");
    assert_eq!(bench.ask(":TRAC:POIN?"), "6");
    bench.tell(":SYST:MEM:INIT");
    assert_eq!(bench.ask(":TRAC:POIN?;:TRAC:FEED:CONT?"), "100;NEV");
}

#[test]
fn step_and_points_follow_each_other_and_the_trigger_count_neither() {
    let mut bench = Bench::ideal();
    bench.tell(":SOUR:VOLT:STAR 0;:SOUR:VOLT:STOP 1;:SOUR:VOLT:STEP 0.1");
    assert_eq!(bench.ask(":SOUR:SWE:POIN?;:TRIG:COUN?"), "11;1");
    bench.tell(":SOUR:SWE:POIN 5");
    assert_eq!(bench.ask(":SOUR:VOLT:STEP?"), "+2.500000E-01");
    bench.refuses(":SOUR:VOLT:STEP -0.1", -221);
    bench.tell(":SOUR:VOLT:CENT 2;:SOUR:VOLT:SPAN 2");
    assert_eq!(bench.ask(":SOUR:VOLT:STAR?;:SOUR:VOLT:STOP?"), "+1.000000E+00;+3.000000E+00");
}

#[test]
fn a_sweep_of_each_kind_sources_what_it_says() {
    let mut bench = Bench::ideal();
    bench.tell(":SENS:CURR:PROT 1e-2;:FORM:ELEM CURR;:OUTP ON");
    bench.tell(":SOUR:VOLT:STAR 1;:SOUR:VOLT:STOP 4;:SOUR:SWE:POIN 3;:TRIG:COUN 3");
    bench.tell(":SOUR:VOLT:MODE SWE");
    let cases = [
        (":SOUR:SWE:DIR UP", [1e-4, 2.5e-4, 4e-4]),
        (":SOUR:SWE:DIR DOWN", [4e-4, 2.5e-4, 1e-4]),
        (":SOUR:SWE:SPAC LOG;:SOUR:SWE:DIR UP", [1e-4, 2e-4, 4e-4]),
        (":SOUR:LIST:VOLT 3,1,2;:SOUR:VOLT:MODE LIST", [3e-4, 1e-4, 2e-4]),
        (":SOUR:LIST:VOLT:STAR 2", [1e-4, 2e-4, 1e-4]),
    ];
    for (set_up, expected) in cases {
        bench.tell(set_up);
        let found = bench.numbers(":READ?");
        for (one, other) in found.iter().zip(expected) {
            assert!((one - other).abs() < 2e-8, "{set_up}: {found:?}");
        }
    }
    bench.tell(":SOUR:VOLT:MODE SWE;:SOUR:VOLT:STAR -1");
    bench.refuses(":INIT", -221);
}

#[test]
fn lists_take_a_hundred_values_at_a_time_and_2500_in_all() {
    let mut bench = Bench::ideal();
    let hundred = vec!["0.1"; 100].join(",");
    bench.refuses(&format!(":SOUR:LIST:VOLT {hundred},0.1"), -223);
    assert_eq!(bench.ask(":SOUR:LIST:VOLT:POIN?"), "1", "the old list is kept");
    bench.tell(&format!(":SOUR:LIST:VOLT {hundred}"));
    for _ in 0..24 {
        bench.tell(&format!(":SOUR:LIST:VOLT:APP {hundred}"));
    }
    bench.refuses(":SOUR:LIST:VOLT:APP 0.1", -223);
    assert_eq!(bench.ask(":SOUR:LIST:VOLT:POIN?"), "2500");
    bench.refuses(":SOUR:LIST:VOLT 0,211", -222);
    assert_eq!(bench.ask(":SOUR:LIST:VOLT:POIN?"), "2500");
}

#[test]
fn a_sweep_ends_in_compliance_where_that_was_asked_for() {
    for (mode, readings) in [("NEV", 5), ("EARL", 2), ("LATE", 3)] {
        let mut bench = Bench::ideal();
        bench.tell(":FORM:ELEM CURR;:OUTP ON;:SENS:CURR:PROT 5e-5;:SENS:CURR:RANG 1e-4");
        bench.tell(":SOUR:LIST:VOLT 0.1,0.2,0.6,0.7,0.1;:SOUR:VOLT:MODE LIST;:TRIG:COUN 5");
        bench.tell(&format!(":SOUR:SWE:CAB {mode}"));
        assert_eq!(bench.numbers(":READ?").len(), readings, "{mode}");
        assert_eq!(bench.ask(":STAT:OPER:COND?"), "1024", "{mode}");
    }
}

#[test]
fn the_soak_is_for_rigs_of_several_units() {
    let mut bench = Bench::ideal();
    bench.tell(":OUTP ON;:SOUR:SOAK 5;:TRIG:COUN 2;:FORM:ELEM TIME");
    let _ = bench.ask(":READ?");
    let begun = bench.0.time();
    assert!(bench.numbers(":READ?")[0] - begun < 1.0);
    bench.tell(":SYST:RCM MULT");
    let begun = bench.0.time();
    let times = bench.numbers(":READ?");
    assert!((5.0..5.2).contains(&(times[0] - begun)));
    assert!(times[1] - times[0] < 1.0, "the first point only");
}

#[test]
fn source_memory_keeps_set_ups_and_sweeps_through_them() {
    let mut bench = Bench::ideal();
    bench.tell(":FORM:ELEM CURR;:SENS:CURR:PROT 1e-2");
    for (place, level) in [(1, 0.1), (2, 0.4), (3, 0.2)] {
        bench.tell(&format!(":SOUR:VOLT {level};:SOUR:MEM:SAVE {place}"));
    }
    bench.tell(":SOUR:VOLT 0;:SOUR:MEM:REC 2");
    assert_eq!(bench.ask(":SOUR:VOLT?"), "+4.000000E-01");
    bench.tell(":SOUR:FUNC MEM;:SOUR:MEM:STAR 2;:SOUR:MEM:POIN 2;:TRIG:COUN 3;:OUTP ON");
    let found = bench.numbers(":READ?");
    for (one, other) in found.iter().zip([4e-5, 2e-5, 4e-5]) {
        assert!((one - other).abs() < 2e-9, "{found:?}");
    }
    assert_eq!(bench.ask(":SOUR:FUNC?"), "MEM");
    bench.refuses(":SOUR:MEM:SAVE 101", -222);
}

#[test]
fn a_range_that_changes_within_a_memory_sweep_can_be_held() {
    let taken = |hold: &str| {
        let mut bench = Bench::ideal();
        bench.tell(&format!(":SENS:CURR:RANG:HOLD {hold};:SENS:CURR:RANG:HOLD:DEL 2"));
        bench.tell(":SENS:CURR:RANG 1e-4;:SOUR:VOLT 0.5;:SOUR:MEM:SAVE 1");
        bench.tell(":SENS:CURR:RANG 1e-5;:SOUR:VOLT 0.05;:SOUR:MEM:SAVE 2");
        bench.tell(":SOUR:FUNC MEM;:SOUR:MEM:POIN 2;:TRIG:COUN 2;:OUTP ON;:FORM:ELEM TIME");
        let times = bench.numbers(":READ?");
        times[1] - times[0]
    };
    assert!((taken("ON") - taken("OFF") - 2.0).abs() < 1e-3);
}

#[test]
fn automatic_output_off_acts_after_each_point_or_after_the_trigger_count() {
    let mut bench = Bench::ideal();
    bench.tell(":SOUR:CLE:AUTO ON;:SOUR:VOLT 0.1;:TRIG:COUN 3;:FORM:ELEM CURR");
    for mode in ["ALW", "TCO"] {
        bench.tell(&format!(":SOUR:CLE:AUTO:MODE {mode}"));
        assert_eq!(bench.numbers(":READ?"), [1e-5; 3]);
        assert!(!bench.0.output_is_on(), "{mode}");
    }
}

#[test]
fn measuring_commands_reset_what_they_measure() {
    let mut bench = Bench::ideal();
    bench.tell(":SENS:CURR:PROT 1e-2;:SENS:CURR:RANG 1e-2;:SENS:CURR:NPLC 5;:TRIG:COUN 9");
    assert_eq!(bench.numbers(":MEAS:CURR?").len(), 5);
    assert_eq!(bench.ask(":SENS:CURR:PROT?;:SENS:CURR:NPLC?"), "+1.050000E-04;+1.000000E+00");
    assert_eq!(bench.ask(":TRIG:COUN?;:OUTP?;:SENS:FUNC?"), "1;1;\"CURR:DC\"");
    bench.tell("*RST;:CONF:VOLT");
    assert_eq!(bench.ask(":OUTP?;:SENS:FUNC?"), "1;\"VOLT:DC\"");
    // 10 kOhm, by a current that the instrument chooses.
    bench.tell("*RST");
    assert!((bench.numbers(":MEAS:RES?")[2] - 1e4).abs() < 10.0);
    // Without a function what is configured stays.
    bench.tell("*RST;:SENS:CURR:NPLC 5");
    assert_eq!(bench.numbers(":MEAS?").len(), 5);
    assert_eq!(bench.ask(":SENS:CURR:NPLC?"), "+5.000000E+00");
}

#[test]
fn what_is_not_sensed_is_the_programmed_level_or_not_a_number() {
    let mut bench = Bench::new("accuracy = \"100 %\"");
    bench.tell(":OUTP ON;:SOUR:VOLT 0.123456");
    let reading = bench.numbers(":READ?");
    assert_eq!((reading[0], reading[2]), (0.123_456, 9.91e37));
    bench.tell(":SENS:FUNC:CONC OFF");
    assert_eq!(bench.ask(":SENS:FUNC?"), "\"VOLT:DC\"");
    assert_eq!(bench.numbers(":READ?")[1], 9.91e37);
    bench.tell(":SOUR:FUNC CURR;:SOUR:CURR 1.5e-5;:OUTP ON");
    assert_eq!(bench.numbers(":READ?")[1], 1.5e-5);
}

#[test]
fn the_output_off_states_differ_in_what_they_leave_on_the_terminals() {
    let mut bench = Bench::ideal();
    assert_eq!(bench.ask(":OUTP:SMOD?"), "NORM");
    for state in ["HIMP", "ZERO", "GUAR", "NORM"] {
        bench.tell(&format!(":OUTP:SMOD {state};:OUTP ON"));
        assert!(bench.0.output_is_on());
        bench.tell(":OUTP OFF");
        assert!(!bench.0.output_is_on(), "{state}");
        assert_eq!(bench.ask(":OUTP:SMOD?"), state);
    }
}

#[test]
fn a_run_ends_when_the_output_goes_off() {
    let mut bench = Bench::ideal();
    bench.tell(":OUTP ON;:ARM:SOUR BUS");
    assert_eq!(bench.ask(":READ?"), "");
    assert_eq!(bench.ask(":OUTP OFF"), "", "it waits for idle");
    assert_eq!(bench.ask("*RST"), "", "and this does not");
    assert_eq!(bench.ask(":OUTP?"), "0");
}

#[test]
fn the_ohms_guard_is_not_for_the_highest_current() {
    let mut bench = Bench::ideal();
    bench.tell(":SYST:GUAR OHMS;:SENS:CURR:PROT 1");
    bench.refuses(":SENS:CURR:RANG 1", 827);
    bench.tell(":SYST:GUAR CABL;:SENS:CURR:RANG 1");
    bench.refuses(":SYST:GUAR OHMS", 828);
}
