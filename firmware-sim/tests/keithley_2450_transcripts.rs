//! The 2450 answers exactly what its golden transcripts hold.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod keithley_2450_wire;

use std::{fs, path::Path};

use keithley_2450_wire::Wire;

#[test]
fn the_simulator_answers_exactly_what_the_transcripts_hold() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/transcripts/keithley-2450");
    let mut compared = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# source: "), "{} lacks its provenance", path.display());
        let mut unit = Wire::new();
        let mut heard = String::new();
        for (number, line) in text.lines().enumerate().skip(1) {
            let place = format!("{}:{}", path.display(), number + 1);
            match line.split_at(2) {
                ("# ", _) => {}
                ("> ", message) => {
                    assert_eq!(heard, "", "{place}: an answer was not expected");
                    heard = unit.say(message);
                }
                ("< ", answer) => {
                    assert_eq!(std::mem::take(&mut heard), answer, "{place}");
                    compared += 1;
                }
                _ => panic!("{place}: neither > nor < nor #: {line}"),
            }
        }
        assert_eq!(heard, "", "{}: an answer after the end", path.display());
        assert!(!unit.0.output_is_on(), "{}", path.display());
    }
    assert!(compared > 60, "only {compared} answers were compared");
}

/// What released drivers and public scripts send and a real 2450 accepts, one session after another.
const ACCEPTED: &[&[&str]] = &[
    // A binary sweep read by a script that was tested on firmware 1.5.0g.
    &[
        "*RST",
        "*LANG SCPI",
        ":FORMAT:DATA REAL",
        ":SOURCE1:FUNCTION VOLTAGE",
        ":SOURCE1:VOLTAGE:RANGE 0.02",
        ":SOURCE1:VOLTAGE:ILIMIT 1e-3",
        ":SENSE1:FUNCTION \"CURRENT\"",
        ":SENSE1:CURRENT:RANGE 1e-3",
        ":SENSE1:CURRENT:RSENSE 1",
        ":SOURCE1:SWEEP:VOLTAGE:LINEAR -0.003, 0.003, 1001, 0",
        ":SENSE1:CURRENT:AZERO:STATE 0",
        ":SENSE1:CURRENT:NPLC 0.01",
        ":SOURCE1:VOLTAGE:READ:BACK OFF",
        ":SENSE1:AZERO:ONCE",
        "INIT",
        "*WAI",
        ":FORM:BORD SWAP",
    ],
    // Solar-cell scripts.
    &[
        ":SOUR:SWE:VOLT:LIN:STEP 0, 1.2, 0.05, 0.01, 1, FIXED, OFF, ON, \"defbuffer1\"",
        ":INIT",
        "*WAI",
        ":TRAC:CLE \"defbuffer1\"",
        ":AZER:ONCE",
        ":CURR:AZER OFF",
        ":VOLT:AZER OFF",
        ":DIG:LINE1:STAT 0",
        ":DIG:LINE1:STAT 1",
        "SOUR:SWE:VOLT:LIN 10, -10, 100, 0.1",
        "SOUR:SWE:VOLT:LIN:STEP 0, 1, 0.1, 0.1, 1, AUTO, ON, ON",
    ],
    // A memristor laboratory.
    &[
        ":ROUT:TERM REAR",
        ":SOUR:FUNC VOLT",
        ":SOUR:VOLT:READ:BACK ON",
        ":SENS:CURR:RANG:AUTO OFF",
        ":SENS:CURR:RANG 1e-05",
        ":SOUR:LIST:VOLT 0.1,0.2,0.3",
        ":SOUR:SWE:VOLT:LIST 1, 0.05, 1, OFF, \"defbuffer1\"",
        "INIT",
    ],
    // Drivers from PyPI besides QCoDeS, whose session is a transcript.
    &[
        "*RST;:stat:pres;:*CLS;",
        ":SENS:FUNC 'CURR';:SENS:CURR:NPLC 1.000000;",
        ":SENS:CURR:RANG:AUTO 1;",
        ":SOUR:VOLT:RANG:AUTO 1",
        ":SOUR:VOLT:ILIM 0.1",
        ":SOUR:CURR:VLIM 20",
        ":SOUR:VOLT:LEV 0.1",
        ":SOUR:VOLT:DEL 0.001",
        ":SOUR:VOLT:DEL:AUTO 1",
        ":SENS:RES:RSENSE 1",
        ":SENS:CURR:AVER:TCON REP",
        ":SENS:CURR:AVER:COUNT 10",
        ":SENS:CURR:AVER 1",
        ":OUTP:CURR:SMOD HIMP",
        ":OUTP:VOLT:SMOD ZERO",
        ":SYST:BEEP 440, 0.1",
        ":SOUR:CURR:LEV 1.000000000E-06",
        ":SENS:COUN 1",
        "OUTP ON",
        "OUTP OFF",
    ],
    // What else is seen in scripts.
    &[
        "TRAC:FILL:MODE CONT",
        ":TRAC:FILL:MODE CONT, \"defbuffer2\"",
        "TRAC:CLE \"defbuffer1\"",
        "TRAC:POIN 100",
        "TRAC:POIN 100,\"defbuffer1\"",
        "TRACe:TRIGger \"defbuffer1\"",
        ":SENS:VOLT:RSEN ON",
        "SENS:VOLT:AZER OFF",
        ":SENS:CURR:AZER:ONCE",
        "STAT:CLE",
        "SYST:CLE",
        ":SOUR:FUNC:MODE CURR",
        ":DISP:SCR HOME",
        ":DISP:BUFF:ACT \"defbuffer1\"",
        "TRIG:LOAD \"Empty\"",
        "TRIG:LOAD \"SimpleLoop\", 1, 1",
        "ABORT",
    ],
];

#[test]
fn what_drivers_and_scripts_send_is_accepted() {
    for session in ACCEPTED {
        let mut unit = Wire::new();
        unit.set(session);
    }
}

#[test]
fn a_safe_shutdown_works_at_any_time() {
    let mut unit = Wire::new();
    unit.0.advance(0.1);
    unit.set(&[":SOUR:SWE:VOLT:LIN 0, 1, 1001, 0.1", ":INIT"]);
    unit.0.advance(1.0);
    assert!(unit.0.output_is_on());
    unit.set(&["OUTP OFF"]);
    assert!(!unit.0.output_is_on());
    unit.set(&[":ABOR"]);
    unit.0.advance(2.0);
    assert!(!unit.0.output_is_on());
}
