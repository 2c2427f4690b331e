//! The message exchange of IEEE 488.2, with a 2400 behind it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

use firmware_sim::{Config, Delivery, Instrument, MessageLink, Session};

fn instrument() -> Instrument {
    let keys = "accuracy = \"0 %\"\ndevice = { preset = \"resistor\" }";
    Instrument::new(&toml::from_str::<Config>(keys).unwrap()).unwrap()
}

/// Sends bytes in one piece; what comes back.
fn send(instrument: &mut Instrument, bytes: &[u8]) -> String {
    let mut out = Vec::new();
    assert_eq!(instrument.receive(bytes, &mut out), Delivery::Now);
    String::from_utf8_lossy(&out).into_owned()
}

/// A long conversation, with all that is awkward about cutting it: CR LF, empty lines, strings and
/// blocks with line ends' neighbours, queries that wait, errors, replies of several queries.
const CONVERSATION: &[u8] = b"*RST\r\n\n:*CLS;\n  :SENS:CURR:NPLC 0.1 ; :SOUR:VOLT 0.25\r\n\
    :DISP:TEXT \"a;b: 'c'\";:DISP:TEXT?\n:FORM:ELEM VOLT,CURR;:OUTP ON\n:READ?\n:TRIG:COUN 3\n:READ?;*OPC?\n\
    FOO?;*IDN?\n:SYST:ERR?;:SYST:ERR?\n:STAT:QUE:ENAB (-113,100:105)\n:ARM:SOUR BUS\n:READ?\n\
    :SENS:CURR:NPLC?\n*TRG\n:SOUR:LIST:VOLT 0.1, 0.2 ,0.3\r\n:SOUR:LIST:VOLT?\n:FORM SRE;:ARM:SOUR IMM\n\
    :READ?\n:FORM ASC\n:OUTP OFF\n*OPC?\n";

#[test]
fn wherever_a_conversation_is_cut_the_replies_are_the_same() {
    let whole = send(&mut instrument(), CONVERSATION);
    assert!(whole.lines().count() >= 9, "{whole}");
    for cut in 1..CONVERSATION.len() {
        let mut instrument = instrument();
        let (first, second) = CONVERSATION.split_at(cut);
        let found = send(&mut instrument, first) + &send(&mut instrument, second);
        assert_eq!(found, whole, "cut at {cut}");
    }
    let mut instrument = instrument();
    let bytes: String = CONVERSATION.iter().map(|it| send(&mut instrument, &[*it])).collect();
    assert_eq!(bytes, whole);
}

#[test]
fn several_commands_of_a_segment_are_answered_in_order() {
    let mut instrument = instrument();
    let replies = send(&mut instrument, b"*OPC?\n:SYST:VERS?\nFOO?\n:OUTP?;*OPC?\n");
    assert_eq!(replies, "1\n1996.0\n0;1\n");
}

#[test]
fn paths_go_on_from_the_unit_before_and_common_commands_leave_them() {
    let mut instrument = instrument();
    let replies = send(&mut instrument, b":SENS:CURR:NPLC 2;PROT 1e-3;*OPC?;PROT?;NPLC?\n");
    assert_eq!(replies, "1;+1.000000E-03;+2.000000E+00\n");
    // From the root again, and then a path that leads nowhere from here.
    let replies = send(&mut instrument, b":SENS:CURR:NPLC?;:OUTP?;NPLC?\n:SYST:ERR?\n");
    assert_eq!(replies, "+2.000000E+00;0\n-113,\"Undefined header\"\n");
}

#[test]
fn the_first_unit_that_is_not_understood_ends_its_message_and_no_other() {
    let mut instrument = instrument();
    let replies =
        send(&mut instrument, b":SENS:CURR:NPLC 3;:NOSUCH 1;:SENS:CURR:NPLC 4;*OPC?\n*OPC?\n");
    assert_eq!(replies, "1\n");
    assert_eq!(send(&mut instrument, b":SENS:CURR:NPLC?\n"), "+3.000000E+00\n");
    assert_eq!(send(&mut instrument, b":SYST:ERR:COUN?\n"), "1\n");
}

#[test]
fn the_eleventh_error_becomes_a_queue_overflow() {
    let mut instrument = instrument();
    for _ in 0..25 {
        assert_eq!(send(&mut instrument, b"A\n"), "");
    }
    assert_eq!(send(&mut instrument, b":SYST:ERR:COUN?\n"), "10\n");
    for _ in 0..9 {
        assert_eq!(send(&mut instrument, b":SYST:ERR?\n"), "-113,\"Undefined header\"\n");
    }
    assert_eq!(send(&mut instrument, b":SYST:ERR?\n"), "-350,\"Queue overflow\"\n");
    assert_eq!(send(&mut instrument, b":SYST:ERR?\n"), "0,\"No error\"\n");
}

#[test]
fn everything_waits_for_idle_but_the_exceptions_of_the_manual() {
    for urgent in [":ABOR", "*RST", "*RCL 0", ":SYST:PRES"] {
        let mut instrument = instrument();
        assert_eq!(send(&mut instrument, b":OUTP ON;:ARM:SOUR BUS;:INIT\n*OPC?;:SYST:ERR?\n"), "");
        assert_eq!(send(&mut instrument, b":SENS:CURR:NPLC 4\n:SENS:CURR:NPLC?\n"), "", "{urgent}");
        let replies = send(&mut instrument, format!("{urgent}\n").as_bytes());
        assert_eq!(replies, "1;0,\"No error\"\n+4.000000E+00\n", "{urgent}");
    }
    // A trigger goes past them too, and the run ends by itself.
    let mut instrument = instrument();
    assert_eq!(send(&mut instrument, b":OUTP ON;:ARM:SOUR BUS;:INIT\n*OPC?\n"), "");
    assert_eq!(send(&mut instrument, b"*TRG\n"), "1\n");
}

#[test]
fn operation_complete_is_withheld_until_a_run_that_is_paced_has_ended() {
    let mut instrument = instrument();
    // Ranging would repeat the cycle with its delay.
    assert_eq!(send(&mut instrument, b":SENS:CURR:RANG 1e-4\n"), "");
    instrument.advance(0.0);
    assert_eq!(send(&mut instrument, b":OUTP ON;:SOUR:DEL 1;:TRIG:COUN 3;:INIT;*OPC\n*OPC?\n"), "");
    instrument.advance(2.0);
    assert_eq!(send(&mut instrument, b""), "");
    assert!(instrument.is_running());
    instrument.advance(4.0);
    assert_eq!(send(&mut instrument, b""), "1\n");
    assert_eq!(send(&mut instrument, b"*ESR?\n"), "129\n", "power on, and operation complete");
}

#[test]
fn a_binary_reply_is_an_indefinite_block_in_the_order_asked_for() {
    let mut instrument = instrument();
    let _ = send(&mut instrument, b":OUTP ON;:SOUR:VOLT 0.5;:FORM:ELEM VOLT,CURR;:FORM SRE\n");
    let mut read = |commands: &[u8]| {
        let mut out = Vec::new();
        assert_eq!(instrument.receive(commands, &mut out), Delivery::Now);
        out
    };
    let (volts, amperes) = (0.5f32, 5e-5f32);
    let normal =
        [b"#0".to_vec(), volts.to_be_bytes().into(), amperes.to_be_bytes().into()].concat();
    assert_eq!(read(b":READ?\n"), [normal, b"\n".to_vec()].concat());
    let swapped =
        [b"#0".to_vec(), volts.to_le_bytes().into(), amperes.to_le_bytes().into()].concat();
    assert_eq!(read(b":FORM:BORD SWAP;:READ?\n"), [swapped, b"\n".to_vec()].concat());
    // Nothing can follow a block without a length.
    assert_eq!(read(b":FETC?;*OPC?\n").len(), 2 + 8 + 1);
    assert!(read(b":FORM ASC;:SYST:ERR?\n").starts_with(b"-440,"));
}

#[test]
fn a_message_that_begins_over_an_unread_reply_discards_it() {
    let (mut instrument, mut link) = (instrument(), MessageLink::default());
    link.write(&mut instrument, b"*IDN?", true);
    link.write(&mut instrument, b"*OPC?", true);
    assert_eq!(link.read(&mut instrument, 100).unwrap(), b"1\n");
    link.write(&mut instrument, b":SYST:ERR?", true);
    assert_eq!(link.read(&mut instrument, 100).unwrap(), b"-410,\"Query INTERRUPTED\"\n");
    // A reply of which a part was read is interrupted as well.
    link.write(&mut instrument, b"*IDN?\n", false);
    assert_eq!(link.read(&mut instrument, 8).unwrap(), b"KEITHLEY");
    link.write(&mut instrument, b":SYST:ERR?\n", true);
    assert_eq!(link.read(&mut instrument, 100).unwrap(), b"-410,\"Query INTERRUPTED\"\n");
}

#[test]
fn a_read_that_nothing_was_asked_for_is_unterminated() {
    let (mut instrument, mut link) = (instrument(), MessageLink::default());
    assert_eq!(link.read(&mut instrument, 100), None);
    link.write(&mut instrument, b":SYST:ERR?", true);
    assert_eq!(link.read(&mut instrument, 100).unwrap(), b"-420,\"Query UNTERMINATED\"\n");
    // A query that failed has asked for nothing either.
    link.write(&mut instrument, b"FOO?", true);
    assert_eq!(link.read(&mut instrument, 100), None);
    link.write(&mut instrument, b":SYST:ERR:CODE:ALL?", true);
    assert_eq!(link.read(&mut instrument, 100).unwrap(), b"-113,-420\n");
}

#[test]
fn a_reply_is_read_in_pieces_and_message_available_lasts_until_its_end() {
    const AVAILABLE: u8 = 1 << 4;
    let (mut instrument, mut link) = (instrument(), MessageLink::default());
    assert_eq!(link.status_byte(&instrument) & AVAILABLE, 0);
    link.write(&mut instrument, b"*SRE 16;*OPC?;:SYST:VERS?", true);
    assert!(link.requests_service(&instrument));
    let mut reply = Vec::new();
    while link.status_byte(&instrument) & AVAILABLE != 0 {
        reply.extend(link.read(&mut instrument, 3).unwrap());
    }
    assert_eq!(reply, b"1;1996.0\n");
    assert!(!link.requests_service(&instrument));
}

#[test]
fn a_full_buffer_is_seen_by_a_serial_poll() {
    let (mut instrument, mut link) = (instrument(), MessageLink::default());
    for line in [
        ":STAT:PRES;*CLS;*SRE 1;:STAT:MEAS:ENAB 512;",
        ":TRAC:CLEAR;:TRAC:POIN 3;:TRIG:COUN 3;:TRAC:FEED SENSE;:TRAC:FEED:CONT NEXT;",
        ":ARM:SOUR BUS;:OUTP ON",
        ":INIT",
    ] {
        link.write(&mut instrument, line.as_bytes(), true);
        assert_ne!(link.status_byte(&instrument) & 65, 65, "{line}");
    }
    link.write(&mut instrument, b"*TRG", true);
    assert_eq!(link.status_byte(&instrument) & 65, 65);
    assert!(link.requests_service(&instrument));
}

#[test]
fn a_device_clear_ends_what_runs_and_leaves_the_settings() {
    let (mut instrument, mut link) = (instrument(), MessageLink::default());
    link.write(&mut instrument, b":SENS:CURR:NPLC 3;:ARM:SOUR BUS;:OUTP ON", true);
    link.write(&mut instrument, b":READ?", true);
    link.write(&mut instrument, b"*OPC?", true);
    link.write(&mut instrument, b":SENS:CURR:NP", false);
    assert_eq!(link.read(&mut instrument, 100), None, "it waits, and that is no error");
    link.clear(&mut instrument);
    link.write(&mut instrument, b":SENS:CURR:NPLC?;:OUTP?;:SYST:ERR?", true);
    assert_eq!(link.read(&mut instrument, 100).unwrap(), b"+3.000000E+00;1;0,\"No error\"\n");
    // What was asked before is never answered.
    assert_eq!(link.read(&mut instrument, 100), None);
}

#[test]
fn two_clients_hear_only_what_they_asked() {
    let mut instrument = instrument();
    let (mut one, mut other) = (Session::default(), Session::default());
    let mut say = |session: &mut Session, bytes: &[u8]| {
        let mut out = Vec::new();
        assert_eq!(instrument.attend(session, bytes, &mut out), Delivery::Now);
        String::from_utf8(out).unwrap()
    };
    assert_eq!(say(&mut one, b":SYST:VE"), "");
    assert_eq!(say(&mut other, b"*OPC?\n"), "1\n");
    assert_eq!(say(&mut one, b"RS?\n"), "1996.0\n");
}
