//! Identity, settings, refusals.

use crate::{Bench, assert_near};

#[test]
fn each_model_says_who_it_is() {
    for (name, model) in [
        ("keysight-b2901a", "B2901A"),
        ("keysight-b2902a", "B2902A"),
        ("keysight-b2911a", "B2911A"),
        ("keysight-b2912a", "B2912A"),
    ] {
        let identity = Bench::new(name).ask("*IDN?");
        let fields: Vec<&str> = identity.split(',').collect();
        assert_eq!(fields, ["Keysight Technologies", model, "MY51000000", "3.4.2011.5100"]);
    }
}

#[test]
fn after_a_reset_settings_have_the_manuals_values() {
    let mut bench = Bench::new("keysight-b2912a");
    for (query, expected) in [
        (":OUTP:ON:AUTO?", "1"),
        (":OUTP:OFF:AUTO?;MODE?", "0;NORM"),
        (":OUTP:PROT?", "0"),
        (":SENS:FUNC:ON:COUN?", "3"),
        (":FORM:ELEM:SENS?", "VOLT,CURR,RES,TIME,STAT,SOUR"),
        (":FORM?;:FORM:BORD?", "ASC;NORM"),
        (":SENS2:REM?", "0"),
        (":SENS:CURR:RANG:AUTO?;AUTO:LLIM?", "1;+1.000000E-06"),
        (":SENS:VOLT:RANG:AUTO:LLIM?;MODE?;THR?", "+2.000000E-01;NORM;+9.000000E+01"),
        (":SENS:CURR:PROT?;:SENS:VOLT:PROT?", "+1.000000E-04;+2.000000E+00"),
        (":SENS:CURR:NPLC?;NPLC:AUTO?", "+1.000000E-01;1"),
        (":SENS:CURR:APER?", "+2.000000E-03"),
        (":SOUR:WAIT?;WAIT:GAIN?;OFFS?", "1;+1.000000E+00;+0.000000E+00"),
        (":SOUR:FUNC:MODE?;SHAP?", "VOLT;DC"),
        (":SOUR:VOLT:MODE?;POIN?", "FIX;1"),
        (":SOUR2:SWE:RANG?;DIR?;SPAC?;STA?", "BEST;UP;LIN;SING"),
        (":TRIG:SOUR?;COUN?;DEL?;TIM?", "AINT;1;+0.000000E+00;+1.000000E-05"),
        (":ARM2:ACQ:SOUR?;COUN?;BYP?", "AINT;1;OFF"),
        (":TRAC:POIN?;FEED?;FEED:CONT?", "100000;SENS;NEV"),
        (":SYST:ERR?", "+0,\"No error\""),
    ] {
        assert_eq!(bench.ask(query), expected, "{query}");
    }
}

#[test]
fn the_models_differ_in_the_fastest_timer_and_the_lowest_range() {
    for (model, timer, range) in
        [("keysight-b2902a", 20e-6, 100e-9), ("keysight-b2912a", 10e-6, 10e-9)]
    {
        let mut bench = Bench::new(model);
        assert_near(bench.number(":TRIG:TIM? MIN"), timer, 1e-9);
        bench.tell(":SENS:CURR:RANG MIN");
        assert_near(bench.number(":SENS:CURR:RANG?"), range, 1e-9);
        bench.tell(&format!(":TRIG:TIM {}", 0.9 * timer));
        assert_eq!(bench.errors(), [-222]);
    }
}

#[test]
fn a_single_channel_model_knows_no_second_channel() {
    let mut bench = Bench::new("keysight-b2911a");
    for line in [":SOUR2:VOLT 1", ":OUTP2 1", ":SENS2:CURR:PROT 1e-3", ":SENS3:REM 1"] {
        bench.tell(line);
        assert_eq!(bench.errors(), [-114], "{line}");
    }
    for line in [":INIT (@2)", ":INIT (@1,2)", ":ABOR (@3)", ":INIT (@0)"] {
        bench.tell(line);
        assert_eq!(bench.errors(), [-222], "{line}");
    }
    assert!(!bench.instrument.output_is_on());
}

#[test]
fn words_of_other_makers_are_refused_and_the_old_setting_stays() {
    let mut bench = Bench::new("keysight-b2912a");
    for line in [
        ":SOUR:VOLT:ILIM 0.001",
        ":SYST:RSEN ON",
        ":ROUT:TERM FRON",
        ":OUTP:SMOD HIMP",
        ":SOUR1:CURR:LIMIT 0.5",
        ":OUTP1:HIMPEDANCE ON",
        ":LIST:CLE (@1)",
        ":SENS1:CURR:AZER ON",
        ":TRAC:MAKE \"b\",100",
        ":CONF:CURR",
    ] {
        bench.tell(line);
        assert_eq!(bench.errors(), [-113], "{line}");
    }
    assert_eq!(bench.ask(":SENS:CURR:PROT?;:SENS:REM?"), "+1.000000E-04;0");
}

#[test]
fn a_word_outside_of_a_choice_is_an_execution_error_and_the_rest_of_the_line_is_done() {
    let mut bench = Bench::new("keysight-b2912a");
    for line in [":SOUR2:FUNC:MODE AMPS", ":SOUR:VOLT:MODE VOLT", ":SENS:CURR:RANG:AUTO:MODE SPE1"]
    {
        bench.tell(&format!("{line};:SOUR:VOLT 0.75"));
        assert_eq!(bench.errors(), [-224], "{line}");
        assert_eq!(bench.ask(":SOUR:VOLT?"), "+7.500000E-01");
        bench.tell(":SOUR:VOLT 0");
    }
}

#[test]
fn an_integration_time_beyond_its_limits_is_clamped_without_an_error() {
    let mut bench = Bench::new("keysight-b2912a");
    for (line, query, expected) in [
        (":SENS1:CURR:NPLC 1000", ":SENS1:CURR:NPLC?", "+1.000000E+02"),
        (":SENS1:CURR:NPLC 0", ":SENS1:CURR:NPLC?", "+4.000000E-04"),
        (":SENS1:CURR:APER 100", ":SENS1:CURR:APER?", "+2.000000E+00"),
        (":SENS1:VOLT:APER 1E-9", ":SENS1:RES:APER?", "+8.000000E-06"),
        (":SYST:LFR 60;:SENS:CURR:NPLC 1000", ":SENS:CURR:NPLC?", "+1.200000E+02"),
        (":SENS:CURR:NPLC MIN", ":SENS:VOLT:NPLC?", "+4.800000E-04"),
    ] {
        bench.tell(line);
        assert_eq!(bench.ask(query), expected, "{line}");
        assert_eq!(bench.errors(), [], "{line}");
    }
    assert_eq!(bench.ask(":SENS:CURR:NPLC:AUTO?;:SENS:CURR:APER:AUTO?"), "0;0");
}

#[test]
fn step_points_and_span_of_a_staircase_follow_each_other() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SOUR:VOLT:STAR -1;STOP 1;POIN 5");
    assert_eq!(
        bench.ask(":SOUR:VOLT:STEP?;CENT?;SPAN?"),
        "+5.000000E-01;+0.000000E+00;+2.000000E+00"
    );
    bench.tell(":SOUR:VOLT:STEP 0.3");
    assert_eq!(bench.ask(":SOUR:VOLT:POIN?;:SOUR:SWE:POIN?"), "7;7");
    bench.tell(":SOUR:VOLT:SPAN 3");
    assert_eq!(
        bench.ask(":SOUR:VOLT:STAR?;STOP?;STEP?"),
        "-1.500000E+00;+1.500000E+00;+5.000000E-01"
    );
    bench.tell(":SOUR:VOLT:POIN 2501");
    bench.tell(":SOUR:VOLT:STEP -0.1");
    assert_eq!(bench.errors(), [-222, -221]);
}

#[test]
fn lists_hold_2500_values_in_one_command_or_in_several() {
    let mut bench = Bench::new("keysight-b2912a");
    let values = |count: usize| vec!["0.25"; count].join(",");
    bench.tell(&format!(":SOUR1:LIST:VOLT {}", values(2500)));
    assert_eq!(bench.ask(":SOUR1:LIST:VOLT:POIN?"), "2500");
    bench.tell(":SOUR1:LIST:VOLT:APP 0.5");
    bench.tell(&format!(":SOUR2:LIST:CURR {}", values(2501)));
    assert_eq!(bench.errors(), [-223, -223]);
    bench.tell(&format!(":SOUR2:LIST:VOLT {}", values(2000)));
    bench.tell(&format!(":SOUR2:LIST:VOLT:APP {}", values(500)));
    assert_eq!(bench.ask(":SOUR2:LIST:VOLT:POIN?;:SOUR2:LIST:CURR:POIN?"), "2500;1");
    assert_eq!(bench.errors(), []);
}

#[test]
fn a_full_error_queue_says_so_in_the_makers_words() {
    let mut bench = Bench::new("keysight-b2912a");
    for _ in 0..100 {
        bench.tell("FOO");
    }
    let count = bench.number(":SYST:ERR:COUN?") as usize;
    let errors = bench.ask(":SYST:ERR:ALL?");
    assert!(errors.starts_with("-113,\"Undefined header\","));
    assert!(errors.ends_with("-350,\"Error queue overflow\""));
    assert_eq!(errors.matches("\",").count() + 1, count);
    bench.tell("FOO;*RST");
    bench.tell("*RST");
    assert_eq!(bench.errors(), [-113]);
}

#[test]
fn headers_without_their_first_words_go_on_from_the_one_before() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SOUR1:VOLT 0.5; :SOUR1:FUNC DC; FUNC:MODE CURR");
    bench.tell(":SENS1:VOLT:NPLC 2; :SENS1:CURR:NPLC 2; :SENS1:RES:NPLC 2;");
    bench.tell(":TRIG1:ALL:SOUR TIM;COUN 4;TIM 2E-3;BYP OFF;DEL 0.000000");
    bench.tell(":TRIG2:LXI:LAN:DIS:ALL;:FUNC PULS;:PULS:WIDT 1E-3");
    assert_eq!(bench.ask(":SOUR1:FUNC:MODE?;:SENS:CURR:NPLC?"), "CURR;+2.000000E+00");
    assert_eq!(bench.ask(":TRIG1:ACQ:SOUR?;COUN?;TIM?"), "TIM;4;+2.000000E-03");
    assert_eq!(bench.ask(":CURR:APER?;:SOUR1:PULS:WIDT?"), "+4.000000E-02;+1.000000E-03");
    assert_eq!(bench.errors(), []);
}

#[test]
fn counts_end_at_100000_or_never() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":TRIG1:TRAN:COUN 2500.0;:TRIG1:ACQ:COUN INF");
    assert_eq!(bench.ask(":TRIG1:TRAN:COUN?;:TRIG1:ACQ:COUN?"), "2500;2147483647");
    bench.tell(":TRIG1:TRAN:COUN 100001");
    bench.tell(":ARM1:TRAN:COUN 41");
    assert_eq!(bench.errors(), [-222, -221]);
    bench.tell(":ARM1:TRAN:COUN 40;:TRIG2:COUN 2147483647");
    assert_eq!(bench.errors(), []);
}

#[test]
fn what_was_saved_is_recalled_with_the_outputs_off() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SOUR2:VOLT 0.5;:OUTP2 1;*SAV 3;*RST");
    assert_eq!(bench.ask(":SOUR2:VOLT?"), "+0.000000E+00");
    bench.tell("*RCL 3");
    assert_eq!(bench.ask(":SOUR2:VOLT?;:OUTP2?"), "+5.000000E-01;0");
    assert!(!bench.instrument.output_is_on());
    assert_eq!(bench.errors(), []);
}

#[test]
fn parameters_behind_common_queries_are_refused() {
    let mut bench = Bench::new("keysight-b2912a");
    for query in ["*CAL?", "*ESE?", "*ESR?", "*IDN?", "*OPT?", "*SRE?", "*STB?", "*TST?"] {
        bench.tell(&format!("{query} 5"));
        assert_eq!(bench.errors(), [-108], "{query}");
    }
    assert_eq!(bench.ask("*CAL?"), "+0");
}

#[test]
fn date_and_time_run_on_from_what_was_set() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SYST:DATE 2024,2,28;TIME 23,59,58");
    assert_eq!(bench.ask(":SYST:DATE?;TIME?"), "2024,2,28;23,59,58");
    // Two readings of two seconds carry it over midnight.
    bench.tell(":SENS:CURR:APER 2;:OUTP ON");
    bench.ask(":MEAS:CURR?");
    bench.ask(":MEAS:CURR?");
    assert_eq!(bench.ask(":SYST:DATE?"), "2024,2,29");
    let time = bench.numbers(":SYST:TIME?");
    assert_eq!(time[..2], [0.0, 0.0]);
    bench.tell(":SYST:DATE 2025,2,29");
    assert_eq!(bench.errors(), [-222]);
    bench.tell(":SYST:TIME 24,0,0");
    assert_eq!(bench.errors(), [-222]);
}
