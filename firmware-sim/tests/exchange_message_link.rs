//! The message exchange of IEEE 488.2 over a link that has messages, for each family.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod common;

use firmware_sim::{Instrument, MessageLink};

/// One instrument of each family.
const FAMILIES: [&str; 3] = ["keithley-2400", "keithley-2450", "keysight-b2912a"];

const MESSAGE_AVAILABLE: u8 = 1 << 4;
const MASTER_SUMMARY: u8 = 1 << 6;

struct Bus {
    instrument: Instrument,
    link: MessageLink,
}

impl Bus {
    fn new(model: &str) -> Bus {
        Bus { instrument: common::instrument_of(model, &[]), link: MessageLink::default() }
    }

    fn write(&mut self, message: &str) {
        self.link.write(&mut self.instrument, message.as_bytes(), true);
    }

    fn read(&mut self, most: usize) -> Option<Vec<u8>> {
        self.link.read(&mut self.instrument, most)
    }

    fn ask(&mut self, message: &str) -> String {
        self.write(message);
        String::from_utf8(self.read(1 << 20).unwrap()).unwrap()
    }

    fn status(&self) -> u8 {
        self.link.status_byte(&self.instrument)
    }

    /// The code of the oldest error, which is taken.
    fn error(&mut self) -> i32 {
        self.ask(":SYST:ERR:CODE?").trim().parse().unwrap()
    }
}

#[test]
fn a_message_over_an_unread_reply_interrupts_it() {
    for model in FAMILIES {
        let mut bus = Bus::new(model);
        bus.write("*IDN?");
        assert_eq!(bus.ask("*OPC?"), "1\n", "{model}");
        assert_eq!(bus.error(), -410, "{model}");
        // Half read is unread.
        bus.write("*IDN?");
        assert_eq!(bus.read(3).unwrap().len(), 3);
        assert_eq!(bus.error(), -410, "{model}");
        assert_eq!(bus.error(), 0, "{model}");
        // Bit 2 of the event register: query error.
        assert_eq!(bus.ask("*ESR?").trim().parse::<u8>().unwrap() & 4, 4, "{model}");
    }
}

#[test]
fn a_read_that_nothing_was_asked_for_is_unterminated() {
    for model in FAMILIES {
        let mut bus = Bus::new(model);
        assert_eq!(bus.read(100), None);
        assert_eq!(bus.error(), -420, "{model}");
        bus.write("FOO?");
        assert_eq!(bus.read(100), None);
        assert_eq!((bus.error(), bus.error(), bus.error()), (-113, -420, 0), "{model}");
        // A message whose end was never sent has asked for nothing, and is forgotten.
        bus.link.write(&mut bus.instrument, b"*IDN?", false);
        assert_eq!(bus.read(100), None);
        assert_eq!(bus.error(), -420, "{model}");
    }
}

#[test]
fn message_available_lasts_until_the_last_byte_and_requests_service() {
    for model in FAMILIES {
        let mut bus = Bus::new(model);
        bus.write("*SRE 16");
        assert_eq!(bus.status() & (MESSAGE_AVAILABLE | MASTER_SUMMARY), 0, "{model}");
        bus.write("*OPC?;*SRE?");
        let mut reply = Vec::new();
        while bus.status() & MESSAGE_AVAILABLE != 0 {
            assert!(bus.link.requests_service(&bus.instrument), "{model}");
            reply.extend(bus.read(2).unwrap());
        }
        assert_eq!(reply, b"1;16\n", "{model}");
        assert!(!bus.link.requests_service(&bus.instrument), "{model}");
    }
}

#[test]
fn a_finished_operation_and_an_error_request_service_when_asked_to() {
    for model in FAMILIES {
        let mut bus = Bus::new(model);
        bus.write("*CLS;*ESE 33;*SRE 32");
        assert!(!bus.link.requests_service(&bus.instrument), "{model}");
        // Bit 0: operation complete.
        bus.write("*OPC");
        assert!(bus.link.requests_service(&bus.instrument), "{model}");
        assert_eq!(bus.ask("*ESR?").trim().parse::<u8>().unwrap(), 1, "{model}");
        assert!(!bus.link.requests_service(&bus.instrument), "{model}");
        // Bit 5: command error.
        bus.write("FOO");
        assert!(bus.link.requests_service(&bus.instrument), "{model}");
        bus.write("*CLS");
        assert!(!bus.link.requests_service(&bus.instrument), "{model}");
    }
}

#[test]
fn the_queue_itself_requests_service_in_bit_2() {
    for model in FAMILIES {
        let mut bus = Bus::new(model);
        bus.write("*CLS;*SRE 4");
        bus.write("FOO");
        assert_eq!(bus.status() & (MASTER_SUMMARY | 4), MASTER_SUMMARY | 4, "{model}");
        assert_eq!(bus.error(), -113, "{model}");
        assert_eq!(bus.status() & (MASTER_SUMMARY | 4), 0, "{model}");
    }
}

#[test]
fn a_device_clear_forgets_what_was_asked_and_keeps_the_settings() {
    for model in FAMILIES {
        let mut bus = Bus::new(model);
        bus.write(":SOUR:VOLT 0.25");
        bus.write("*IDN?");
        bus.link.write(&mut bus.instrument, b":SOUR:VOLT 0.", false);
        bus.link.clear(&mut bus.instrument);
        assert_eq!(bus.status() & MESSAGE_AVAILABLE, 0, "{model}");
        let level: f64 = bus.ask(":SOUR:VOLT?").trim().parse().unwrap();
        assert_eq!(level, 0.25, "{model}");
    }
}

#[test]
fn nothing_follows_an_indefinite_block_and_anything_a_definite_one() {
    for (model, set_up, read) in [
        ("keithley-2400", ":FORM:ELEM CURR;:FORM REAL,32", ":READ?"),
        ("keithley-2450", ":FORM REAL", ":READ?"),
        ("keysight-b2912a", ":FORM REAL,64", ":MEAS:CURR?"),
    ] {
        let mut bus = Bus::new(model);
        bus.write(&format!("{set_up};:SOUR:VOLT 0.5;:OUTP ON"));
        bus.write(&format!("{read};*OPC?"));
        let reply = bus.read(100).unwrap();
        let (current, swapped) = (5e-5f64.to_be_bytes(), 5e-5f64.to_le_bytes());
        let (expected, error) = match model {
            "keithley-2400" => ([b"#0", &5e-5f32.to_be_bytes()[..], b"\n"].concat(), -440),
            "keithley-2450" => ([b"#0", &swapped[..], b"\n"].concat(), -440),
            _ => ([b"#18", &current[..], b";1\n"].concat(), 0),
        };
        assert_eq!(reply, expected, "{model}");
        assert_eq!(bus.error(), error, "{model}");
        // The other order of bytes.
        let order = if model == "keithley-2450" { "NORM" } else { "SWAP" };
        bus.write(&format!(":FORM:BORD {order};{read}"));
        let reply = bus.read(100).unwrap();
        let mut number = expected[..expected.len() - 1].to_vec();
        let head = if model == "keysight-b2912a" { 3 } else { 2 };
        number.truncate(head + if model == "keithley-2400" { 4 } else { 8 });
        number[head..].reverse();
        number.push(b'\n');
        assert_eq!(reply, number, "{model}");
    }
}

#[test]
fn two_messages_that_wait_for_one_run_are_answered_one_by_one() {
    for overlapped in [false, true] {
        let mut bus = Bus::new("keithley-2400");
        bus.link.overlap(overlapped);
        bus.write(":OUTP ON;:FORM:ELEM CURR;:ARM:SOUR BUS");
        bus.write(":READ?");
        bus.write("*OPC?");
        bus.link.trigger(&mut bus.instrument, None);
        if overlapped {
            let reading = bus.link.take(100, None).unwrap();
            assert!(reading.end && reading.bytes.len() > 10, "{reading:?}");
        }
        let answer = bus.link.take(100, None).unwrap();
        assert_eq!((&answer.bytes[..], answer.end), (&b"1\n"[..], true));
        assert_eq!(bus.link.take(100, None), None);
        assert_eq!(bus.error(), if overlapped { 0 } else { -410 });
    }
}

#[test]
fn a_reply_that_leaves_in_front_of_the_next_has_an_end_of_its_own() {
    for model in FAMILIES {
        let instrument = common::instrument_of(model, &["late reply"]);
        let mut bus = Bus { instrument, link: MessageLink::default() };
        bus.write("*IDN?");
        assert_eq!(bus.read(100), None);
        bus.write("*OPC?");
        let late = bus.link.take(100, None).unwrap();
        assert!(late.end && late.bytes.contains(&b','), "{late:?}");
        assert_eq!(bus.read(100).unwrap(), b"1\n", "{model}");
        assert_eq!(bus.error(), 0, "{model}");
    }
}

#[test]
fn a_trigger_in_the_middle_of_a_message_is_an_error_and_the_end_of_it() {
    for model in FAMILIES {
        let mut bus = Bus::new(model);
        bus.link.write(&mut bus.instrument, b"*CLS\n:SOUR", false);
        bus.link.trigger(&mut bus.instrument, None);
        assert_eq!((bus.error(), bus.error()), (-105, 0), "{model}");
    }
}
