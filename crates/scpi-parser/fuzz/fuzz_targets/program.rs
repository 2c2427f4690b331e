//! Any bytes as program messages: no panic, and the input buffer stays within its capacity however
//! the stream is torn.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scpi_parser::{
    input::InputBuffer,
    program::{self, Unit},
    table::{Command, Table},
};

const CAPACITY: usize = 256;

#[derive(Clone, Copy)]
enum Action {
    Number,
    Boolean,
    Choice,
    String,
    Channels,
    Block,
}

const TABLE: Table<Action> = Table(&[
    Command { pattern: "*ESE[?]", action: Action::Number },
    Command {
        pattern: ":SOURce#:VOLTage[:LEVel][:IMMediate][:AMPLitude][?]",
        action: Action::Number,
    },
    Command { pattern: "[:SENSe#]:CURRent[:DC]:RANGe:AUTO", action: Action::Boolean },
    Command { pattern: ":FORMat[:DATA]", action: Action::Choice },
    Command { pattern: ":DISPlay[:WINDow#]:TEXT", action: Action::String },
    Command { pattern: ":ROUTe:SCAN", action: Action::Channels },
    Command { pattern: ":TRACe:DATA", action: Action::Block },
]);

/// Reads a unit as its command does, and in every other way.
fn read(unit: &Unit<'_>) {
    if let Ok(found) = TABLE.find(unit) {
        assert!(found.suffixes().len() <= 2);
        let _ = found.suffix(0, 1..=2);
    }
    for action in [
        Action::Number,
        Action::Boolean,
        Action::Choice,
        Action::String,
        Action::Channels,
        Action::Block,
    ] {
        let mut parameters = unit.parameters;
        // Every parameter takes at least a byte: the loop ends.
        while !parameters.is_empty() {
            let read = match action {
                Action::Number => parameters.number(&["V", "OHM", "HZ"]).map(drop),
                Action::Boolean => parameters.boolean().map(drop),
                Action::Choice => parameters.choice(&[("ASCii", 0), ("REAL", 1)]).map(drop),
                Action::String => parameters.string().map(drop),
                Action::Channels => parameters
                    .channels()
                    .and_then(|mut it| it.try_for_each(|channels| channels.map(drop))),
                Action::Block => parameters.block().map(drop),
            };
            if read.is_err() {
                break;
            }
        }
        let _ = parameters.finish();
    }
}

fn messages(pieces: &[&[u8]]) -> Vec<Vec<u8>> {
    let mut buffer = InputBuffer::new(CAPACITY);
    let mut messages = Vec::new();
    for piece in pieces {
        let _ = buffer.receive(piece, |message| {
            assert!(message.len() < CAPACITY);
            messages.push(message.to_vec());
        });
    }
    messages
}

fuzz_target!(|bytes: &[u8]| {
    for unit in program::units(bytes).flatten() {
        read(&unit);
    }
    let Some((first, stream)) = bytes.split_first() else { return };
    let (head, tail) = stream.split_at(usize::from(*first).min(stream.len()));
    let whole = messages(&[stream]);
    assert_eq!(whole, messages(&[head, tail]));
    for message in &whole {
        for unit in program::units(message).flatten() {
            read(&unit);
        }
    }
});
