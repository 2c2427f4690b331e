//! Readings as they leave.

use crate::{Bench, assert_near, dual_list};

/// The payload of a definite block.
fn payload(reply: &[u8]) -> &[u8] {
    let digits = usize::from(reply[1] - b'0');
    let length: usize = std::str::from_utf8(&reply[2..2 + digits]).unwrap().parse().unwrap();
    assert_eq!(reply[0], b'#');
    assert_eq!(reply.len(), 2 + digits + length + 1);
    assert_eq!(reply.last(), Some(&b'\n'));
    &reply[2 + digits..2 + digits + length]
}

fn forty_millivolts() -> Bench {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell("SOUR1:VOLT:RANG:AUTO 0;:SOUR1:VOLT:RANG 20;:SOUR1:VOLT 0.04");
    bench.tell("SOUR1:VOLT:TRIG 0.04;:OUTP1 1;:INIT (@1)");
    bench
}

#[test]
fn one_value_is_a_definite_block_of_eight_bytes_the_highest_first() {
    let mut bench = forty_millivolts();
    bench.tell("FORM REAL,64");
    // As a real B2912A answered.
    let bytes = b"#18\x3f\xa4\x7a\xe1\x47\xae\x14\x7b\n";
    assert_eq!(bench.raw("FETC:ARR:SOUR? (@1)"), bytes);
    assert_eq!(bench.raw("FETC:ARR:VOLT? (@1)"), bytes);
    bench.tell("FORM:BORD SWAP");
    assert_eq!(bench.raw("FETC:ARR:SOUR? (@1)"), b"#18\x7b\x14\xae\x47\xe1\x7a\xa4\x3f\n");
    bench.tell("FORM REAL,32;:FORM:BORD NORM");
    assert_eq!(
        bench.raw("FETC:SOUR?"),
        [b"#14".as_slice(), &0.04f32.to_be_bytes(), b"\n"].concat()
    );
    assert_eq!(bench.ask(":FORM?"), "REAL,32");
}

#[test]
fn what_is_no_number_is_one_of_ieee_754_in_binary() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":FORM REAL,64");
    let reply = bench.raw("FETC:CURR? (@2)");
    assert!(f64::from_be_bytes(payload(&reply).try_into().unwrap()).is_nan());
    bench.tell(":SENS:CURR:PROT 1E-3;:SENS:CURR:RANG 1E-6;RANG:AUTO 0;:SOUR:VOLT -1");
    let reply = bench.raw(":READ:CURR?");
    let value = f64::from_be_bytes(payload(&reply).try_into().unwrap());
    assert_eq!(value, f64::NEG_INFINITY);
}

#[test]
fn per_point_the_elements_of_channel_1_come_before_those_of_channel_2() {
    let mut bench = Bench::new("keysight-b2912a");
    dual_list(&mut bench, 5, 0.1);
    bench.tell(":INIT (@1,2)");
    let rows = bench.numbers(":FETC:ARR? (@1,2)");
    assert_eq!(rows.len(), 5 * 8);
    for (point, row) in rows.chunks(8).enumerate() {
        let level = 0.1 + 0.1 * point as f64;
        assert_near(row[0], level, 1e-5);
        assert_near(row[1], level / 1e4, 1e-4);
        assert_near(row[4], level + 0.02, 1e-5);
        assert_near(row[5], (level + 0.02) / 1e4, 1e-4);
    }
    // The order of the list makes no difference.
    assert_eq!(bench.numbers(":FETC:ARR? (@2,1)"), rows);
    assert_eq!(bench.numbers(":FETC:ARR? (@2:1)"), rows);
    assert_eq!(bench.numbers(":FETC? (@1,2)"), rows[32..]);
    let second: Vec<f64> = rows.chunks(8).map(|it| it[5]).collect();
    assert_eq!(bench.numbers(":FETC:ARR:CURR? (@2)"), second);
    bench.tell(":FORM REAL,64");
    let block = bench.raw(":FETC:ARR? (@1,2)");
    assert!(block.starts_with(b"#3320"));
    let doubles = payload(&block).chunks(8).map(|it| f64::from_be_bytes(it.try_into().unwrap()));
    for (double, text) in doubles.zip(rows) {
        assert!((double - text).abs() <= 1e-6 * text.abs());
    }
}

#[test]
fn the_shorter_of_two_channels_is_filled_with_not_a_number() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":FORM:ELEM:SENS SOUR;:SOUR1:VOLT 0.5;:TRIG1:COUN 3;:TRIG2:COUN 1");
    let rows = bench.ask(":READ:ARR? (@1,2)");
    let (half, zero, nothing) = ("+5.000000E-01", "+0.000000E+00", "+9.910000E+37");
    assert_eq!(rows, [half, zero, half, nothing, half, nothing].join(","));
}

#[test]
fn a_function_that_is_off_is_answered_as_not_a_number() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SENS:FUNC:OFF:ALL;:SENS:FUNC 'curr:dc';:FORM:ELEM:SENS VOLT,CURR,RES");
    assert_eq!(bench.ask(":SENS:FUNC:ON:COUN?;:SENS:FUNC?"), "1;\"CURR\"");
    let reading = bench.numbers(":READ?");
    assert_eq!((reading[0], reading[2]), (9.91e37, 9.91e37));
    assert_ne!(reading[1], 9.91e37);
    bench.tell(":SENS:FUNC \"VOLTage\"");
    assert_eq!(bench.ask(":SENS:FUNC:ON?;:SENS:FUNC:STAT? \"RES\""), "\"VOLT\",\"CURR\";0");
    assert_eq!(bench.errors(), []);
}

#[test]
fn fetch_waits_until_the_acquisition_is_complete() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":SOUR:VOLT 0.5;:OUTP 1;:TRIG:SOUR TIM;:TRIG:TIM 0.1;:TRIG:COUN 11");
    bench.instrument.advance(1.0);
    bench.tell(":INIT (@1)");
    let begun = bench.instrument.time();
    assert_eq!(bench.raw(":FETC:ARR:CURR? (@1)"), b"");
    bench.instrument.advance(begun + 0.5);
    assert_eq!(bench.later(), "");
    assert!(bench.instrument.is_running());
    bench.instrument.advance(begun + 0.99);
    assert_eq!(bench.later(), "");
    bench.instrument.advance(begun + 1.1);
    assert_eq!(bench.later().split(',').count(), 11);
    assert!(!bench.instrument.is_running());
}

#[test]
fn commands_are_executed_while_a_run_goes_on() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":OUTP 1;:TRIG:SOUR TIM;:TRIG:TIM 0.1;:TRIG:COUN 11;*CLS");
    bench.instrument.advance(1.0);
    bench.tell(":INIT (@1);*OPC");
    assert_eq!(bench.ask(":IDLE1:ALL?;:IDLE2:ALL?"), "0;1");
    assert_eq!(bench.ask("*ESR?;:STAT:OPER:COND?"), "0;1152");
    assert_eq!(bench.numbers(":SENS:DATA?").len(), 6);
    bench.tell(":INIT (@1)");
    assert_eq!(bench.errors(), [-213]);
    assert_eq!(bench.raw("*WAI;*IDN?"), b"");
    bench.instrument.advance(3.0);
    assert!(bench.later().starts_with("Keysight"));
    // The refused command is the 16, the completed operation the 1.
    assert_eq!(bench.ask("*ESR?;:IDLE1?"), "17;1");
}

#[test]
fn the_trace_buffer_fills_and_stops() {
    let mut bench = Bench::new("keysight-b2912a");
    bench.tell(":TRAC2:POIN 3;FEED SENS;:TRAC2:TST:FORM DELT;:TRAC2:FEED:CONT NEXT");
    bench.tell(":FORM:ELEM:SENS SOUR,TIME;:SOUR2:VOLT:MODE LIST;:SOUR2:LIST:VOLT 1,2,3,4");
    bench.tell(":TRIG2:SOUR TIM;:TRIG2:TIM 5E-3;:TRIG2:COUN 4;:INIT (@2)");
    assert_eq!(bench.ask(":TRAC2:FEED:CONT?;:TRAC2:POIN:ACT?"), "NEV;3");
    let rows = bench.numbers(":TRAC2:DATA?");
    assert_eq!(rows.iter().skip(1).step_by(2).copied().collect::<Vec<_>>(), [1.0, 2.0, 3.0]);
    assert_near(rows[2], 5e-3, 1e-6);
    assert_eq!(bench.numbers(":TRAC2:DATA? 1,1")[1], 2.0);
    assert_eq!(bench.number(":STAT:MEAS:COND?") as u32 >> 9 & 3, 3);
    assert_eq!(bench.ask(":TRAC2:STAT:DATA?"), "+2.000000E+00");
    bench.tell(":TRAC2:STAT:FORM PKPK");
    assert_eq!(bench.ask(":TRAC2:STAT:DATA?"), "+2.000000E+00");
    bench.tell(":TRAC2:STAT:FORM SDEV;:TRAC2:CLE");
    assert_eq!(bench.ask(":TRAC2:POIN:ACT?;:TRAC2:STAT:DATA?"), "0;+9.910000E+37");
    assert_eq!(bench.errors(), []);
}
