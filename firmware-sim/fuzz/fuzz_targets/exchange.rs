//! Any bytes at any instrument, over a stream and over a link with messages: no panic, no hang, and
//! a stream's replies do not depend on where it is cut.

#![no_main]

use firmware_sim::{Config, Delivery, Instrument, MessageLink, ModelName};
use libfuzzer_sys::fuzz_target;

fn instrument(choice: u8) -> Instrument {
    let model = ModelName::ALL[usize::from(choice) % ModelName::ALL.len()];
    Instrument::new(&Config { model, ..Config::default() }).expect("the default can be simulated")
}

fn answers(choice: u8, pieces: &[&[u8]]) -> Vec<u8> {
    let mut instrument = instrument(choice);
    let mut out = Vec::new();
    for piece in pieces {
        assert_eq!(instrument.receive(piece, &mut out), Delivery::Now);
    }
    out
}

fuzz_target!(|bytes: &[u8]| {
    let [choice, cut, stream @ ..] = bytes else { return };
    let (head, tail) = stream.split_at(usize::from(*cut).min(stream.len()));
    assert_eq!(answers(*choice, &[stream]), answers(*choice, &[head, tail]));

    let mut unit = instrument(*choice);
    let mut link = MessageLink::default();
    link.write(&mut unit, head, cut % 2 == 0);
    let _ = link.read(&mut unit, 64);
    link.write(&mut unit, tail, true);
    let _ = link.read(&mut unit, 1 << 20);
    let _ = link.status_byte(&unit);
    link.clear(&mut unit);
});
