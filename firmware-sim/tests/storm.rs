//! A short storm of messages at every instrument; the long one is the example of the same name.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

#[path = "../examples/storm/generator.rs"]
mod generator;

use firmware_sim::{Config, Delivery, Instrument, MessageLink, ModelName};
use generator::Generator;

/// Messages for each model, enough to reach every header several times.
const MESSAGES: usize = 3000;

fn instrument(model: ModelName) -> Instrument {
    Instrument::new(&Config { model, ..Config::default() }).unwrap()
}

#[test]
fn no_model_panics_and_no_reply_depends_on_where_the_stream_is_cut() {
    for model in ModelName::ALL {
        let (mut whole, mut torn) = (instrument(*model), instrument(*model));
        let mut generator = Generator::new(7, whole.headers());
        let (mut bytes, mut out, mut torn_out) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..MESSAGES {
            bytes.clear();
            generator.message(&mut bytes);
            if generator.once_in(100) {
                bytes.extend_from_slice(b"\n:ABOR\n*CLS\n:OUTP ON\n");
            }
            let (head, tail) = bytes.split_at(generator.cut(bytes.len()));
            assert_eq!(whole.receive(&bytes, &mut out), Delivery::Now);
            assert_eq!(torn.receive(head, &mut torn_out), Delivery::Now);
            assert_eq!(torn.receive(tail, &mut torn_out), Delivery::Now);
            assert_eq!(out, torn_out, "{model}: {}", bytes.escape_ascii());
            out.clear();
            torn_out.clear();
        }
    }
}

#[test]
fn a_link_with_messages_survives_the_storm_and_goes_on_answering() {
    for model in ModelName::ALL {
        let mut unit = instrument(*model);
        let mut generator = Generator::new(8, unit.headers());
        let mut link = MessageLink::default();
        let mut bytes = Vec::new();
        for _ in 0..MESSAGES {
            bytes.clear();
            generator.message(&mut bytes);
            link.write(&mut unit, &bytes, true);
            if generator.once_in(2) {
                let _ = link.read(&mut unit, 1 << 20);
            }
            if generator.once_in(100) {
                link.clear(&mut unit);
            }
        }
        link.clear(&mut unit);
        link.write(&mut unit, b"*RST;*CLS;*OPC?", true);
        assert_eq!(link.read(&mut unit, 80).as_deref(), Some(&b"1\n"[..]), "{model}");
    }
}
