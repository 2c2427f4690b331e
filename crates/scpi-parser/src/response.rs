//! Response messages: what an instrument answers.

use std::io::Write;

use crate::{
    reply::{INFINITY, NOT_A_NUMBER},
    write::block,
};

mod digits;

/// Writes one response message: data separated by `,`, replies of several queries by `;`, a line
/// feed at the end.
#[derive(Debug)]
pub struct Response<'o> {
    out: &'o mut Vec<u8>,
    state: State,
}

#[derive(Debug, PartialEq)]
enum State {
    Empty,
    Reply,
    Data,
}

impl<'o> Response<'o> {
    /// Begins a message at the end of `out`.
    pub fn new(out: &'o mut Vec<u8>) -> Response<'o> {
        Response { out, state: State::Empty }
    }

    /// Begins the reply of the next query.
    pub fn begin(&mut self) -> &mut Self {
        if self.state != State::Empty {
            self.out.push(b';');
        }
        self.state = State::Reply;
        self
    }

    /// Whether nothing has been answered.
    pub fn is_empty(&self) -> bool {
        self.state == State::Empty
    }

    /// Ends the message: a line feed, if anything was answered.
    pub fn finish(self) {
        if self.state != State::Empty {
            self.out.push(b'\n');
        }
    }

    fn data(&mut self) -> &mut Vec<u8> {
        if self.state == State::Data {
            self.out.push(b',');
        }
        self.state = State::Data;
        self.out
    }

    /// Data as they are.
    pub fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.data().extend_from_slice(bytes);
        self
    }

    /// A whole number, NR1: `5`.
    pub fn nr1(&mut self, value: i64) -> &mut Self {
        // Writing to a vector cannot fail.
        let _ = write!(self.data(), "{value}");
        self
    }

    /// A decimal number, NR2, with this many digits behind the point: `1.00`. What is not finite is
    /// written as [`nr3`] writes it.
    pub fn nr2(&mut self, value: f64, decimals: usize) -> &mut Self {
        if !value.is_finite() {
            return self.nr3(value, 2);
        }
        let _ = write!(self.data(), "{value:.decimals$}");
        self
    }

    /// A number with exponent, NR3, signed, with this many digits behind the point and two in the
    /// exponent, as C's `%+.6E`: `+1.000206E+00`.
    pub fn nr3(&mut self, value: f64, decimals: usize) -> &mut Self {
        nr3(self.data(), value, decimals);
        self
    }

    /// `0` or `1`.
    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.raw(if value { b"1" } else { b"0" })
    }

    /// A string in double quotes, quotes inside doubled.
    pub fn string(&mut self, text: &[u8]) -> &mut Self {
        let out = self.data();
        out.push(b'"');
        for byte in text {
            if *byte == b'"' {
                out.push(b'"');
            }
            out.push(*byte);
        }
        out.push(b'"');
        self
    }

    /// A definite block, `#<n><len>`; an indefinite one when the data are longer than a definite
    /// block can be, 999 999 999 bytes.
    pub fn block(&mut self, data: &[u8]) -> &mut Self {
        block(self.data(), data);
        self
    }

    /// An indefinite block, `#0`; only the last data of a message can be one.
    pub fn indefinite_block(&mut self, data: &[u8]) -> &mut Self {
        let out = self.data();
        out.extend_from_slice(b"#0");
        out.extend_from_slice(data);
        self
    }
}

/// Appends `value` as C's `%+.*E` does, without allocation. What is not finite becomes SCPI's number
/// for it, 9.9E37 or 9.91E37, with two digits behind the point at least: they tell the two apart.
pub fn nr3(out: &mut Vec<u8>, value: f64, decimals: usize) {
    if !digits::write(out, value, decimals) {
        any_nr3(out, value, decimals);
    }
}

/// The same for every number and every count of digits, by the standard library.
fn any_nr3(out: &mut Vec<u8>, value: f64, decimals: usize) {
    let (value, decimals) = if value.is_finite() {
        (value, decimals)
    } else {
        let sentinel = if value.is_nan() { NOT_A_NUMBER } else { INFINITY.copysign(value) };
        (sentinel, decimals.max(2))
    };
    let start = out.len();
    let _ = write!(out, "{value:+.decimals$E}");
    // Rust writes E0 and E-6 where C writes E+00 and E-06.
    let Some(at) = out[start..].iter().rposition(|it| *it == b'E') else { return };
    let mut at = start + at + 1;
    if out[at] != b'-' {
        out.insert(at, b'+');
    }
    at += 1;
    if out.len() - at < 2 {
        out.insert(at, b'0');
    }
}
