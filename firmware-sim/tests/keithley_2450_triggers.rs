//! The 2450's trigger events over its wire: commands, timers, digital lines between instruments, limits.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod keithley_2450_wire;

use keithley_2450_wire::Wire;

/// Fast readings on fixed ranges.
const FAST: &str = ":SENS:CURR:RANG 1e-4;:SENS:CURR:NPLC 0.01;:SENS:CURR:AZER OFF;\
    :SOUR:VOLT:RANG 2;:SOUR:VOLT:READ:BACK OFF";

#[test]
fn a_wait_block_waits_for_a_command() {
    let mut unit = Wire::new();
    unit.set(&[
        ":TRIG:LOAD \"Empty\"",
        ":TRIG:BLOC:WAIT 1, COMMand",
        ":TRIG:BLOC:MEAS 2",
        ":TRIG:BLOC:BRAN:COUN 3, 3, 1",
        ":INIT",
    ]);
    for passed in ["0", "1", "2"] {
        assert_eq!(unit.say(":TRAC:ACT?"), passed);
        unit.set(&["*TRG"]);
    }
    assert_eq!(unit.say(":TRAC:ACT?"), "3");
    assert_eq!(unit.say(":TRIG:STAT?"), "IDLE;IDLE;3");
}

#[test]
fn a_wait_block_says_that_it_waits_after_a_tenth_of_a_second() {
    let mut unit = Wire::new();
    unit.set(&[":TRIG:LOAD \"Empty\"", ":TRIG:BLOC:WAIT 1, DISP", ":INIT"]);
    assert_eq!(unit.say(":TRIG:STAT?"), "RUNNING;RUNNING;1");
    unit.0.advance(1.0);
    assert_eq!(unit.say(":TRIG:STAT?"), "WAITING;WAITING;1");
    assert!(!unit.0.is_running());
}

#[test]
fn a_timer_paces_a_model() {
    let mut unit = Wire::new();
    unit.set(&[FAST]);
    unit.set(&[
        ":TRIG:TIM1:DEL 0.25;:TRIG:TIM1:COUN 5;:TRIG:TIM1:STAR:STIM NOTIFY1;:TRIG:TIM1:STAT ON",
        ":TRIG:LOAD \"Empty\"",
        ":TRIG:BLOC:NOT 1, 1",
        ":TRIG:BLOC:WAIT 2, TIMer1",
        ":TRIG:BLOC:MEAS 3",
        ":TRIG:BLOC:BRAN:COUN 4, 5, 2",
        ":INIT",
        "*WAI",
    ]);
    let times = unit.numbers(":TRAC:DATA? 1,5,\"defbuffer1\",REL");
    for (index, time) in times.iter().enumerate() {
        assert!((time - 0.25 * index as f64).abs() < 1e-5, "{times:?}");
    }
}

#[test]
fn a_model_without_end_hangs_nobody() {
    let mut unit = Wire::new();
    unit.set(&[FAST]);
    unit.set(&[":TRIG:LOAD \"Empty\"", ":TRIG:BLOC:MEAS 1", ":TRIG:BLOC:BRAN:ALW 2, 1", ":INIT"]);
    assert!(unit.0.is_running());
    assert_eq!(unit.say("*OPC?"), "");
    assert_eq!(unit.say(":ABOR"), "1");
    unit.set(&[":TRIG:LOAD \"Empty\"", ":TRIG:BLOC:BRAN:ALW 1, 1", ":INIT", ":ABOR"]);
}

#[test]
fn two_instruments_shake_hands_on_their_digital_lines() {
    let (mut one, mut other) = (Wire::new(), Wire::new());
    one.0.join(&mut other.0);
    // The first tells the second on line 1 that its level stands, and goes on when it is answered on
    // line 2 that both have measured.
    for unit in [&mut one, &mut other] {
        unit.set(&[FAST, ":SOUR:CONF:LIST:CRE \"levels\""]);
        for level in 1..=4 {
            unit.set(&[&format!(":SOUR:VOLT 0.{level}"), ":SOUR:CONF:LIST:STOR \"levels\""]);
        }
        unit.set(&[":TRIG:LOAD \"Empty\";:OUTP ON"]);
    }
    one.set(&[
        ":DIG:LINE1:MODE TRIG,OUT;:TRIG:DIG1:OUT:STIM NOTIFY1",
        ":DIG:LINE2:MODE TRIG,IN",
        ":TRIG:BLOC:CONF:NEXT 1, \"levels\"",
        ":TRIG:BLOC:NOT 2, 1",
        ":TRIG:BLOC:MEAS 3",
        ":TRIG:BLOC:WAIT 4, DIGio2",
        ":TRIG:BLOC:BRAN:COUN 5, 4, 1",
    ]);
    other.set(&[
        ":DIG:LINE1:MODE TRIG,IN",
        ":DIG:LINE2:MODE TRIG,OUT;:TRIG:DIG2:OUT:STIM NOTIFY3",
        ":TRIG:BLOC:CONF:NEXT 1, \"levels\"",
        ":TRIG:BLOC:WAIT 2, DIGio1",
        ":TRIG:BLOC:MEAS 3",
        ":TRIG:BLOC:NOT 4, 3",
        ":TRIG:BLOC:BRAN:COUN 5, 4, 1",
    ]);
    other.set(&[":INIT"]);
    assert_eq!(other.say(":TRAC:ACT?"), "0");
    one.set(&[":INIT"]);
    assert_eq!(one.say(":TRAC:ACT?"), "1");
    for _ in 0..4 {
        other.hear();
        one.hear();
    }
    for unit in [&mut one, &mut other] {
        assert_eq!(unit.say(":TRIG:STAT?"), "IDLE;IDLE;5");
        let readings = unit.numbers(":TRAC:DATA? 1,4,\"defbuffer1\",READ");
        for (reading, expected) in readings.iter().zip([1e-5, 2e-5, 3e-5, 4e-5]) {
            assert!((reading - expected).abs() < 1e-10, "{readings:?}");
        }
    }
    assert!((one.0.time() - other.0.time()).abs() < 0.1);
}

#[test]
fn a_synchronous_line_carries_both_directions_on_one_wire() {
    let (mut master, mut acceptor) = (Wire::new(), Wire::new());
    master.0.join(&mut acceptor.0);
    for (unit, mode) in [(&mut master, "MAST"), (&mut acceptor, "ACC")] {
        unit.set(&[
            FAST,
            &format!(":DIG:LINE3:MODE SYNC,{mode};:TRIG:DIG3:OUT:STIM NOTIFY1"),
            ":TRIG:LOAD \"Empty\"",
        ]);
        assert_eq!(unit.say(":DIG:LINE3:MODE?"), format!("SYNC,{mode}"));
    }
    master.set(&[":TRIG:BLOC:NOT 1, 1", ":TRIG:BLOC:WAIT 2, DIG3", ":TRIG:BLOC:MEAS 3"]);
    acceptor.set(&[":TRIG:BLOC:WAIT 1, DIG3", ":TRIG:BLOC:MEAS 2", ":TRIG:BLOC:NOT 3, 1"]);
    acceptor.set(&[":INIT"]);
    master.set(&[":INIT"]);
    acceptor.hear();
    master.hear();
    assert_eq!((master.say(":TRAC:ACT?"), acceptor.say(":TRAC:ACT?")), ("1".into(), "1".into()));
}

#[test]
fn a_logic_trigger_measures_once_for_each_pulse_from_outside() {
    let (mut unit, mut other) = (Wire::new(), Wire::new());
    unit.0.join(&mut other.0);
    // An output is low until it is written to, which is an edge of its own.
    other.set(&[":DIG:LINE1:MODE DIG,OUT;:DIG:LINE1:STAT 1"]);
    unit.set(&[FAST, ":TRIG:LOAD \"LogicTrigger\", 1, 2, 2, 0", ":INIT"]);
    for made in ["1", "2"] {
        other.set(&[":DIG:LINE1:STAT 0", ":DIG:LINE1:STAT 1"]);
        unit.hear();
        assert_eq!(unit.say(":TRAC:ACT?"), made);
    }
    assert_eq!(unit.say(":TRIG:STAT?"), "IDLE;IDLE;6");
}

#[test]
fn a_config_list_model_goes_through_both_lists() {
    let mut unit = Wire::new();
    unit.set(&[":SENS:CONF:LIST:CRE \"how\"", ":SOUR:CONF:LIST:CRE \"what\""]);
    for level in ["0.1", "0.2"] {
        unit.set(&[
            &format!(":SOUR:VOLT {level}"),
            ":SOUR:CONF:LIST:STOR \"what\"",
            ":SENS:CONF:LIST:STOR \"how\"",
        ]);
    }
    unit.set(&[":TRIG:LOAD \"ConfigList\", \"how\", \"what\", 0.01", ":INIT", "*WAI"]);
    assert_eq!(unit.say(":TRAC:DATA? 1,2"), "1.000000E-05,2.000000E-05");
    unit.set(&[":SOUR:VOLT 0;:SOUR:CONF:LIST:REC \"what\", 2"]);
    assert_eq!(unit.say(":SOUR:VOLT?"), "2.000000E-01");
    unit.refused(":SOUR:CONF:LIST:REC \"what\", 3", -222);
    unit.refused(":SOUR:CONF:LIST:REC \"nobody\"", -224);
}

#[test]
fn binning_tells_the_lines_which_limit_failed() {
    let (mut unit, mut handler) = (Wire::new(), Wire::new());
    unit.0.join(&mut handler.0);
    unit.set(&[FAST, ":SOUR:VOLT 0.5;:OUTP ON"]);
    for line in 1..=4 {
        unit.set(&[&format!(":DIG:LINE{line}:MODE DIG,OUT")]);
    }
    // 50 uA is above the first limit, so its pattern is written.
    unit.set(&[
        ":TRIG:LOAD \"GradeBinning\", 1, 5, 0, 0, 4e-5, -4e-5, 3, 15, 6e-5, -6e-5, 5",
        ":INIT",
    ]);
    handler.set(&[":DIG:LINE5:MODE DIG,OUT;:DIG:LINE5:STAT 0"]);
    unit.hear();
    assert_eq!(unit.say(":TRAC:ACT?"), "1");
    let lines = unit.say(":DIG:LINE1:STAT?;:DIG:LINE2:STAT?;:DIG:LINE3:STAT?;:DIG:LINE4:STAT?");
    assert_eq!(lines, "1;1;0;0");
    // Line 5 is a trigger line now: the port cannot be read as a whole.
    unit.refused(":DIG:READ?", -221);
}

#[test]
fn a_blender_needs_all_of_its_events_or_any() {
    let mut unit = Wire::new();
    for (mode, needed) in [("AND", "0"), ("OR", "1")] {
        unit.set(&[
            &format!(":TRIG:BLEN1:MODE {mode};:TRIG:BLEN1:STIM1 NOTIFY1;:TRIG:BLEN1:STIM2 COMM"),
            ":TRIG:LOAD \"Empty\"",
            ":TRIG:BLOC:NOT 1, 1",
            ":TRIG:BLOC:WAIT 2, BLEN1",
            ":TRIG:BLOC:MEAS 3",
            ":TRAC:CLE",
            ":INIT",
        ]);
        assert_eq!(unit.say(":TRAC:ACT?"), needed, "{mode}");
        unit.set(&["*TRG", ":ABOR"]);
        assert_eq!(unit.say(":TRAC:ACT?"), "1", "{mode}");
    }
}

#[test]
fn a_timer_starts_at_the_time_that_was_set_for_it() {
    let mut unit = Wire::new();
    unit.set(&[FAST]);
    let start = unit.number(":SYST:TIME?") + 5.0;
    unit.set(&[
        &format!(":TRIG:TIM2:STAR:SEC {start};:TRIG:TIM2:STAR:FRAC 0.5;:TRIG:TIM2:STAR:GEN ON"),
        ":TRIG:TIM2:DEL 1;:TRIG:TIM2:COUN 1;:TRIG:TIM2:STAT ON",
        ":TRIG:LOAD \"Empty\"",
        ":TRIG:BLOC:WAIT 1, TIMer2",
        ":TRIG:BLOC:MEAS 2",
        ":TRIG:BLOC:BRAN:COUN 3, 2, 1",
        ":INIT",
        "*WAI",
    ]);
    let times = unit.numbers(":TRAC:DATA? 1,2,\"defbuffer1\",SEC,FRAC");
    for (row, expected) in times.chunks(2).zip([start + 0.5, start + 1.5]) {
        assert!((row[0] + row[1] - expected).abs() < 2e-3, "{times:?}");
    }
}

#[test]
fn limits_show_in_the_status_and_lead_a_model_out() {
    let mut unit = Wire::new();
    unit.set(&[FAST, ":CALC2:CURR:LIM1:UPP 2.5e-5;:CALC2:CURR:LIM1:STAT ON", ":OUTP ON"]);
    unit.set(&[":SOUR:VOLT 0.2"]);
    assert_eq!(unit.say(":READ? \"defbuffer1\",STAT;:CALC2:CURR:LIM1:FAIL?"), "264;NONE");
    unit.set(&[":SOUR:VOLT 0.3"]);
    assert_eq!(unit.say(":READ? \"defbuffer1\",STAT;:CALC2:CURR:LIM1:FAIL?"), "392;HIGH");
    unit.set(&[":CALC2:CURR:LIM1:CLE"]);
    assert_eq!(unit.say(":CALC2:CURR:LIM1:FAIL?"), "NONE");
    unit.set(&[
        ":TRIG:LOAD \"Empty\"",
        ":TRIG:BLOC:MEAS 1, \"defbuffer2\"",
        ":TRIG:BLOC:BRAN:LIM:DYN 2, OUT, 1, 4",
        ":TRIG:BLOC:BRAN:ALW 3, 1",
        ":TRIG:BLOC:NOP 4",
        ":INIT",
        "*WAI",
    ]);
    assert_eq!(unit.say(":TRAC:ACT? \"defbuffer2\""), "1");
    unit.refused(":CALC2:CURR:LIM3:STAT ON", -114);
}

#[test]
fn pulses_that_nobody_waited_for_overrun_their_line() {
    let (mut unit, mut other) = (Wire::new(), Wire::new());
    unit.0.join(&mut other.0);
    unit.set(&[
        ":DIG:LINE1:MODE TRIG,IN",
        ":TRIG:LOAD \"Empty\"",
        ":TRIG:BLOC:WAIT 1, COMM",
        ":TRIG:BLOC:WAIT 2, DIG1",
        ":INIT",
    ]);
    other.set(&[":DIG:LINE1:MODE DIG,OUT"]);
    for _ in 0..2 {
        other.set(&[":DIG:LINE1:STAT 0;:DIG:LINE1:STAT 1"]);
    }
    assert_eq!(unit.say(":TRIG:DIG1:IN:OVER?"), "0");
    unit.set(&["*TRG"]);
    assert_eq!(unit.say(":TRIG:DIG1:IN:OVER?"), "1");
    unit.set(&[":TRIG:DIG1:IN:CLE"]);
    assert_eq!(unit.say(":TRIG:DIG1:IN:OVER?"), "0");
}

#[test]
fn what_a_wait_block_clears_on_entry_does_not_pass_it() {
    for (clear, made) in [("NEV", "1"), ("ENT", "0")] {
        let mut unit = Wire::new();
        unit.set(&[
            ":TRIG:LOAD \"Empty\"",
            ":TRIG:BLOC:NOT 1, 4",
            &format!(":TRIG:BLOC:WAIT 2, NOTIFY4, {clear}"),
            ":TRIG:BLOC:MEAS 3",
            ":INIT",
        ]);
        assert_eq!(unit.say(":TRAC:ACT?"), made, "{clear}");
    }
}

#[test]
fn long_waits_are_left_in_time() {
    let mut unit = Wire::new();
    unit.0.advance(0.1);
    for model in [
        ":TRIG:LOAD \"Empty\";:TRIG:BLOC:DEL:CONS 1, 1000",
        ":TRIG:LOAD \"Empty\";:TRIG:TIM1:DEL 1000;:TRIG:TIM1:STAT ON;:TRIG:BLOC:WAIT 1, TIMer1",
        ":SOUR:VOLT:DEL 1000;:OUTP ON;:TRIG:LOAD \"SimpleLoop\", 1",
        ":TRIG:LOAD \"Empty\";:TRIG:BLOC:NOP 1;:TRIG:BLOC:BRAN:ALW 2, 1",
    ] {
        unit.set(&[model, ":INIT"]);
        let begin = unit.0.time();
        unit.0.advance(begin + 1.0);
        assert!(unit.0.is_running());
        assert!(unit.0.time() < begin + 2.5, "{model} {} {}", unit.0.time(), begin);
        unit.set(&[":ABOR", "*RST"]);
    }
}
