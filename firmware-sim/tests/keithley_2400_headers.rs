//! Every header of the 2400 that can be set answers what was set, and what is unknown is refused.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod keithley_2400_bench;

use keithley_2400_bench::Bench;

/// A header; its answer after `*RST`; a value; the answer then.
const SETTINGS: &[(&str, &str, &str, &str)] = &[
    (":SENS:FUNC:CONC", "1", "OFF", "0"),
    (":SENS:CURR:RANG", "+1.050000E-04", "1e-5", "+1.050000E-05"),
    (":SENS:CURR:RANG:AUTO", "1", "0", "0"),
    (":SENS:CURR:RANG:AUTO:LLIM", "+1.000000E-06", "1e-5", "+1.000000E-05"),
    (":SENS:VOLT:RANG", "+2.100000E+01", "2", "+2.100000E+00"),
    (":SENS:VOLT:RANG:AUTO", "1", "OFF", "0"),
    (":SENS:VOLT:RANG:AUTO:LLIM", "+2.100000E-01", "2", "+2.000000E+00"),
    (":SENS:RES:MODE", "AUTO", "MANual", "MAN"),
    (":SENS:RES:RANG", "+2.100000E+05", "1e6", "+2.100000E+06"),
    (":SENS:RES:RANG:AUTO", "1", "0", "0"),
    (":SENS:RES:RANG:AUTO:LLIM", "+2.000000E+01", "2e3", "+2.000000E+03"),
    (":SENS:RES:RANG:AUTO:ULIM", "+2.100000E+08", "2e6", "+2.000000E+06"),
    (":SENS:RES:OCOM", "0", "ON", "1"),
    (":SENS:VOLT:NPLC", "+1.000000E+00", "0.01", "+1.000000E-02"),
    (":SENS:RES:NPLC", "+1.000000E+00", "10", "+1.000000E+01"),
    (":SENS:CURR:PROT", "+1.050000E-04", "1.05", "+1.050000E+00"),
    (":SENS:VOLT:PROT", "+2.100000E+01", "2e-4", "+2.000000E-04"),
    (":SENS:CURR:PROT:RSYN", "0", "1", "1"),
    (":SENS:VOLT:PROT:RSYN", "0", "1", "1"),
    (":SENS:AVER", "0", "ON", "1"),
    (":SENS:AVER:COUN", "10", "100", "100"),
    (":SENS:AVER:TCON", "REP", "MOVing", "MOV"),
    (":SENS:CURR:RANG:HOLD", "0", "ON", "1"),
    (":SENS:CURR:RANG:HOLD:DEL", "+0.000000E+00", "0.5", "+5.000000E-01"),
    (":SOUR:FUNC", "VOLT", "CURR", "CURR"),
    (":SOUR:FUNC:MODE", "VOLT", "MEMory", "MEM"),
    (":SOUR:CLE:AUTO", "0", "1", "1"),
    (":SOUR:CLE:AUTO:MODE", "ALW", "TCOunt", "TCO"),
    (":SOUR:DEL", "+1.000000E-03", "0.25", "+2.500000E-01"),
    (":SOUR:DEL:AUTO", "1", "0", "0"),
    (":SOUR:VOLT:MODE", "FIX", "SWEep", "SWE"),
    (":SOUR:CURR:MODE", "FIX", "LIST", "LIST"),
    (":SOUR:VOLT:RANG", "+2.100000E+01", "0.2", "+2.100000E-01"),
    (":SOUR:VOLT:RANG:AUTO", "1", "0", "0"),
    (":SOUR:CURR:RANG", "+1.050000E-04", "UP", "+1.050000E-03"),
    (":SOUR:CURR:RANG:AUTO", "1", "0", "0"),
    (":SOUR:VOLT:LEV:IMM:AMPL", "+0.000000E+00", "-1.5", "-1.500000E+00"),
    (":SOUR:CURR", "+0.000000E+00", "1e-3", "+1.000000E-03"),
    (":SOUR:VOLT:TRIG", "+0.000000E+00", "2", "+2.000000E+00"),
    (":SOUR:VOLT:TRIG:SFAC", "+1.000000E+00", "0.5", "+5.000000E-01"),
    (":SOUR:CURR:TRIG:SFAC:STAT", "0", "1", "1"),
    (":SOUR:CURR:TRIG:AMPL", "+0.000000E+00", "2e-6", "+2.000000E-06"),
    (":SOUR:VOLT:PROT", "+2.100000E+02", "60", "+6.000000E+01"),
    (":SOUR:VOLT:STAR", "+0.000000E+00", "1", "+1.000000E+00"),
    (":SOUR:VOLT:STOP", "+0.000000E+00", "1", "+1.000000E+00"),
    (":SOUR:CURR:CENT", "+0.000000E+00", "0.5", "+5.000000E-01"),
    (":SOUR:CURR:SPAN", "+0.000000E+00", "0.5", "+5.000000E-01"),
    (":SOUR:SOAK", "+0.000000E+00", "9999.999", "+9.999999E+03"),
    (":SOUR:SWE:SPAC", "LIN", "LOGarithmic", "LOG"),
    (":SOUR:SWE:POIN", "2500", "7", "7"),
    (":SOUR:SWE:DIR", "UP", "DOWN", "DOWN"),
    (":SOUR:SWE:RANG", "BEST", "FIXed", "FIX"),
    (":SOUR:SWE:CAB", "NEV", "EARLy", "EARL"),
    (":SOUR:LIST:VOLT", "+0.000000E+00", "1,2", "+1.000000E+00,+2.000000E+00"),
    (":SOUR:LIST:CURR:STAR", "1", "1", "1"),
    (":SOUR:MEM:POIN", "1", "100", "100"),
    (":SOUR:MEM:STAR", "1", "100", "100"),
    (":SOUR2:TTL", "15", "9", "9"),
    (":SOUR2:BSIZ", "4", "3", "3"),
    (":SOUR2:TTL4:MODE", "EOT", "BUSY", "BUSY"),
    (":SOUR2:CLE:AUTO", "0", "1", "1"),
    (":OUTP", "0", "1", "1"),
    (":OUTP:ENAB", "0", "1", "1"),
    (":OUTP:SMOD", "NORM", "HIMPedance", "HIMP"),
    (":ROUT:TERM", "FRON", "REAR", "REAR"),
    (":SYST:RSEN", "0", "1", "1"),
    (":SYST:AZER", "1", "OFF", "0"),
    (":SYST:AZER:STAT", "1", "ONCE", "0"),
    (":SYST:AZER:CACH", "0", "1", "1"),
    (":SYST:RCM", "SING", "MULTiple", "MULT"),
    (":SYST:TIME:RES:AUTO", "0", "1", "1"),
    (":SYST:GUAR", "CABL", "OHMS", "OHMS"),
    (":SYST:BEEP:STAT", "1", "0", "0"),
    (":FORM", "ASC", "REAL,32", "REAL,32"),
    (":FORM:DATA", "ASC", "SREal", "SRE"),
    (":FORM:ELEM", "VOLT,CURR,RES,TIME,STAT", "STATus, TIME,CURRent", "CURR,TIME,STAT"),
    (":FORM:ELEM:CALC", "CALC", "STAT,CALC", "CALC,STAT"),
    (":FORM:SREG", "ASC", "HEXadecimal", "HEX"),
    (":FORM:SOUR2", "ASC", "OCT", "OCT"),
    (":FORM:BORD", "NORM", "SWAPped", "SWAP"),
    (":CALC:STAT", "0", "1", "1"),
    (":CALC1:MATH:NAME", "\"POWER\"", "'voltcoef'", "\"VOLTCOEF\""),
    (":CALC2:FEED", "VOLT", "CALC", "CALC"),
    (":CALC2:NULL:STAT", "0", "1", "1"),
    (":CALC2:NULL:OFFS", "+0.000000E+00", "0.5", "+5.000000E-01"),
    (":CALC2:LIM:STAT", "0", "1", "1"),
    (":CALC2:LIM1:COMP:FAIL", "IN", "OUT", "OUT"),
    (":CALC2:LIM12:UPP", "+1.000000E+00", "2", "+2.000000E+00"),
    (":CALC2:LIM5:LOW:DATA", "-1.000000E+00", "-2", "-2.000000E+00"),
    (":CALC2:LIM2:UPP:SOUR2", "15", "3", "3"),
    (":CALC2:CLIM:PASS:SOUR2", "15", "1", "1"),
    (":CALC2:CLIM:MODE", "GRAD", "SORTing", "SORT"),
    (":CALC2:CLIM:BCON", "IMM", "END", "END"),
    (":CALC3:FORM", "MEAN", "SDEViation", "SDEV"),
    (":ARM:COUN", "1", "2500", "2500"),
    (":ARM:SEQ1:LAY1:SOUR", "IMM", "NSTest", "NST"),
    (":ARM:TIM", "+1.000000E-01", "0.001", "+1.000000E-03"),
    (":ARM:DIR", "ACC", "SOURce", "SOUR"),
    (":ARM:ILIN", "1", "4", "4"),
    (":ARM:OLIN", "2", "3", "3"),
    (":ARM:OUTP", "NONE", "TEXit", "TEX"),
    (":TRIG:COUN", "1", "2500", "2500"),
    (":TRIG:SEQ1:DEL", "+0.000000E+00", "999.9999", "+9.999999E+02"),
    (":TRIG:SOUR", "IMM", "TLINk", "TLIN"),
    (":TRIG:TCON:DIR", "ACC", "SOUR", "SOUR"),
    (":TRIG:TCON:ASYN:ILIN", "1", "2", "2"),
    (":TRIG:OLIN", "2", "1", "1"),
    (":TRIG:INP", "SOUR", "SENS,DEL", "DEL,SENS"),
    (":TRIG:OUTP", "NONE", "DEL", "DEL"),
];

#[test]
fn every_setting_answers_its_reset_value_and_then_what_was_set() {
    for (header, reset, value, answer) in SETTINGS {
        let mut bench = Bench::ideal();
        assert_eq!(bench.ask(&format!("{header}?")), *reset, "{header}");
        bench.tell(&format!("{header} {value}"));
        assert_eq!(bench.ask(&format!("{header}?")), *answer, "{header}");
        bench.tell("*RST");
        assert_eq!(bench.ask(&format!("{header}?")), *reset, "{header} after *RST");
    }
}

#[test]
fn settings_that_a_reset_leaves_alone_answer_what_was_set() {
    let table = [
        (":DISP:ENAB", "1", "0", "0"),
        (":DISP:DIG", "6", "4", "4"),
        (":DISP:TEXT", "\"\"", "'A \"b\"'", "\"A \"\"b\"\"\""),
        (":DISP:WIND2:TEXT:DATA", "\"\"", "\"below\"", "\"below\""),
        (":DISP:WIND1:TEXT:STAT", "0", "1", "1"),
        (":SYST:KEY", "0", "24", "24"),
        (":SYST:LFR", "50", "60", "60"),
        (":SYST:LFR:AUTO", "1", "0", "0"),
        (":SYST:POS", "RST", "SAV3", "SAV3"),
        (":TRAC:POIN", "100", "2500", "2500"),
        (":TRAC:TST:FORM", "ABS", "DELTa", "DELT"),
        (":STAT:MEAS:ENAB", "0", "512", "512"),
        (":STAT:OPER:ENAB", "0", "1024", "1024"),
        (":STAT:QUES:ENAB", "0", "256", "256"),
        ("*ESE", "0", "60", "60"),
        ("*SRE", "0", "1", "1"),
    ];
    for (header, initial, value, answer) in table {
        let mut bench = Bench::ideal();
        assert_eq!(bench.ask(&format!("{header}?")), initial, "{header}");
        bench.tell(&format!("{header} {value}"));
        bench.tell("*RST");
        assert_eq!(bench.ask(&format!("{header}?")), answer, "{header}");
    }
}

#[test]
fn commands_that_only_act_are_accepted() {
    let mut bench = Bench::ideal();
    for line in [
        "*WAI",
        "*CLS",
        "*OPC",
        "*SAV 4",
        "*RCL 4",
        ":SYST:BEEP 440, 0.1",
        ":SYST:LOC",
        ":SYST:REM",
        ":SYST:RWL",
        ":SYST:TIME:RES",
        ":SYST:AZER:CACH:REFR",
        ":SYST:AZER:CACH:RES",
        ":DISP:CND",
        ":SYST:CLE",
        ":STAT:PRES",
        ":STAT:QUE:CLE",
        ":TRAC:CLE",
        ":TRIG:CLE",
        ":ABOR",
        ":SOUR:CLE",
        ":SENS:FUNC:ALL",
        ":SENS:FUNC:OFF:ALL",
        ":SOUR2:CLE",
        ":CALC2:CLIM:CLE",
        ":SYST:PRES",
        ":SYST:CCH OFF",
    ] {
        bench.tell(line);
    }
}

#[test]
fn questions_without_a_setting_are_answered() {
    let mut bench = Bench::ideal();
    let table = [
        ("*OPT?", "0"),
        ("*TST?", "0"),
        ("*OPC?", "1"),
        (":SYST:VERS?", "1996.0"),
        (":SYST:MEP:STAT?", "1"),
        (":SYST:CCH?", "0"),
        (":SYST:AZER:CACH:NPLC?", "+9.910000E+37"),
        (":SENS:FUNC:COUN?;:SENS:FUNC:OFF:COUN?", "1;2"),
        (":SENS:FUNC:STAT? \"CURR\";:SENS:FUNC:STAT? \"RES\"", "1;0"),
        (":SENS:CURR:RANG:AUTO:ULIM?", "+1.050000E-04"),
        (":SENS:CURR:PROT:TRIP?;:SENS:VOLT:PROT:TRIP?", "0;0"),
        (":SOUR:LIST:VOLT:POIN?", "1"),
        (":OUTP:ENAB:TRIP?", "1"),
        (":TRAC:POIN:ACT?", "0"),
        (":CALC:MATH:CAT?", "\"POWER\",\"OFFCOMPOHM\",\"VOLTCOEF\",\"VARALPHA\""),
        (":CALC2:LIM3:FAIL?", "0"),
        (":SOUR2:TTL:ACT?", "15"),
        (":STAT:QUE:ENAB?", "(-999:+99,+500:+999)"),
        (":STAT:QUE:DIS?", "(+100:+499)"),
        (":STAT:OPER:COND?", "1024"),
    ];
    for (question, answer) in table {
        assert_eq!(bench.ask(question), answer, "{question}");
    }
}

#[test]
fn the_cache_keeps_the_ten_newest_integration_times() {
    let mut bench = Bench::ideal();
    bench.tell(":SYST:AZER:CACH ON");
    for tenths in 1..=12 {
        bench.tell(&format!(":SENS:CURR:NPLC {}", f64::from(tenths) / 10.0));
    }
    let kept = bench.numbers(":SYST:AZER:CACH:NPLC?");
    assert_eq!((kept.len(), kept[0], kept[9]), (10, 0.3, 1.2));
    bench.tell(":SYST:AZER:CACH:RES");
    assert_eq!(bench.number(":SYST:AZER:CACH:NPLC?"), 9.91e37);
}

#[test]
fn what_is_not_in_the_manual_is_refused() {
    let mut bench = Bench::ideal();
    for line in [
        ":SOUR:VOLT:ILIM 1e-4",
        ":SENS:CURR:RSEN ON",
        ":TRAC:MAKE \"b\",10",
        ":OUTP:INT:STAT?",
        "*LANG?",
        ":OUTP:ON:AUTO 0",
        ":SENSE:CURRE:NPLC 1",
        ":SOURC:VOLT 1",
        ":READ",
        "*IDN",
        ":INIT?",
        ":SYST:VERS 1",
        ":OUT:ENAB?",
        ":CALC4:DATA?",
        ":CALC:MATH:DEL \"x\"",
        ":TRAC:DATA",
    ] {
        bench.refuses(line, -113);
    }
    for line in [":SENS2:CURR:NPLC 1", ":OUTP3 1", ":ARM:LAY2:COUN 1", ":DISP:WIND3:TEXT 'x'"] {
        bench.refuses(line, -114);
    }
}

#[test]
fn parameters_that_do_not_fit_are_refused_and_change_nothing() {
    let mut bench = Bench::ideal();
    for (line, code) in [
        (":SENS:CURR:NPLC 0.001", -222),
        (":SENS:CURR:NPLC 11", -222),
        (":SENS:CURR:NPLC", -109),
        (":SENS:CURR:NPLC 1,2", -108),
        (":SENS:CURR:NPLC 1 kOhmm", -131),
        (":SENS:FUNC VOLT", -104),
        (":SENS:FUNC \"TEMP\"", -224),
        (":SOUR:FUNC POW", -141),
        (":OUTP:SMOD 1", -104),
        (":TRIG:ILIN 5", -222),
        (":ARM:TIM 0", -222),
        (":SENS:AVER:COUN 101", -222),
        (":SYST:LFR 55", -222),
        (":FORM REAL,64", -222),
        ("*SAV 5", -222),
        (":DISP:TEXT '123456789012345678901'", -223),
        (":CALC2:LIM4:STAT ON", -241),
        (":SYST:CCH ON", -241),
        (":CALC1:MATH:NAME 'MINE'", 806),
        (":CALC1:DATA?", -230),
        (":SENS:DATA?", -230),
        (":FETC?", -230),
        (":TRAC:DATA?", -230),
        (":CALC3:DATA?", -230),
        (":STAT:QUE:ENAB 100", -104),
        (":STAT:QUE:ENAB (1:x)", -171),
    ] {
        bench.refuses(line, code);
    }
    assert_eq!(bench.ask(":SENS:CURR:NPLC?;:SENS:FUNC?"), "+1.000000E+00;\"CURR:DC\"");
}

#[test]
fn saved_settings_come_back_with_the_output_off() {
    let mut bench = Bench::ideal();
    bench.tell(":SENS:CURR:NPLC 3;:SOUR:VOLT 0.3;:OUTP ON;*SAV 2;*RST");
    assert_eq!(bench.ask(":SENS:CURR:NPLC?"), "+1.000000E+00");
    bench.tell("*RCL 2");
    assert_eq!(bench.ask(":SENS:CURR:NPLC?;:SOUR:VOLT?;:OUTP?"), "+3.000000E+00;+3.000000E-01;0");
}

#[test]
fn the_488_1_protocol_has_no_bus_trigger() {
    let mut bench = Bench::new("link_model = \"gpib-488.1\"");
    assert_eq!(bench.ask(":SYST:MEP:STAT?"), "0");
    bench.refuses(":ARM:SOUR BUS", -221);
}
