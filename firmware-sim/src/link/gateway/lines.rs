//! What a client sends: commands to the box, and data for an instrument.

use super::settings::GatewayKind;

const ESCAPE: u8 = 0x1b;

/// The longest line of a Prologix. UNVERIFIED: the manual gives none.
const LONGEST: usize = 64 * 1024;
/// The buffer of an AR488 ("Serial Handling in Applications and Scripts"); what is longer goes out in
/// parts.
const AR488_LONGEST: usize = 128;

/// A line, or as much of it as there is room for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// Behind `++`.
    Command(String),
    /// A command that is too long; said at its end.
    Overlong,
    /// For the instrument; without what ended it.
    Data {
        /// Unescaped.
        bytes: Vec<u8>,
        /// The line goes on: nothing is appended, and no EOI sent.
        goes_on: bool,
    },
}

/// The line that is not finished, of one connection.
#[derive(Debug)]
pub(super) struct Lines {
    text: Vec<u8>,
    /// How many of the first two bytes are unescaped `+`.
    pluses: usize,
    escaped: bool,
    /// Data of this line has gone out already.
    continued: bool,
    /// The rest of this command is not looked at.
    overlong: bool,
    longest: usize,
    /// Unescaped `+` in data are not passed on.
    drops_pluses: bool,
}

impl Lines {
    pub(super) fn new(kind: GatewayKind) -> Lines {
        let prologix = kind == GatewayKind::Prologix;
        Lines {
            text: Vec::new(),
            pluses: 0,
            escaped: false,
            continued: false,
            overlong: false,
            longest: if prologix { LONGEST } else { AR488_LONGEST },
            // The manual, section 8: CR, LF, ESC and + that are not escaped do not reach the bus.
            drops_pluses: prologix,
        }
    }

    /// Takes a byte; the line that it completes, or fills.
    pub(super) fn push(&mut self, byte: u8) -> Option<Line> {
        if std::mem::take(&mut self.escaped) {
            self.text.push(byte);
            return self.overflow();
        }
        match byte {
            ESCAPE => self.escaped = true,
            b'\r' | b'\n' => return self.end(),
            b'+' if self.pluses < 2 && self.text.len() == self.pluses && !self.continued => {
                self.pluses += 1;
                self.text.push(byte);
            }
            b'+' if self.drops_pluses && self.pluses < 2 => {}
            byte => self.text.push(byte),
        }
        self.overflow()
    }

    fn overflow(&mut self) -> Option<Line> {
        if self.text.len() < self.longest {
            return None;
        }
        if self.pluses == 2 {
            self.overlong = true;
            self.text.truncate(2);
            return None;
        }
        let bytes = self.data();
        self.continued = true;
        Some(Line::Data { bytes, goes_on: true })
    }

    fn end(&mut self) -> Option<Line> {
        let continued = std::mem::take(&mut self.continued);
        if std::mem::take(&mut self.overlong) {
            (self.pluses, self.text) = (0, Vec::new());
            return Some(Line::Overlong);
        }
        if self.pluses == 2 {
            let text = String::from_utf8_lossy(&self.text[2..]).trim().to_owned();
            (self.pluses, self.text) = (0, Vec::new());
            return Some(Line::Command(text));
        }
        let bytes = self.data();
        let is_empty = bytes.is_empty() && !continued;
        (!is_empty).then_some(Line::Data { bytes, goes_on: false })
    }

    fn data(&mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.text);
        let pluses = std::mem::take(&mut self.pluses);
        if self.drops_pluses {
            bytes.drain(..pluses);
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(kind: GatewayKind, bytes: &[u8]) -> Vec<Line> {
        let mut lines = Lines::new(kind);
        bytes.iter().filter_map(|it| lines.push(*it)).collect()
    }

    fn data(bytes: &[u8]) -> Line {
        Line::Data { bytes: bytes.to_vec(), goes_on: false }
    }

    #[test]
    fn a_line_ends_with_an_unescaped_cr_or_lf_and_empty_ones_are_none() {
        for kind in [GatewayKind::Prologix, GatewayKind::Ar488] {
            assert_eq!(lines(kind, b"\r\n*IDN?\r\n\n"), [data(b"*IDN?")]);
            assert_eq!(lines(kind, b"a\x1b\nb\x1b\rc\x1b\x1b\n"), [data(b"a\nb\rc\x1b")]);
            assert_eq!(lines(kind, b"++addr 24\r\n"), [Line::Command("addr 24".to_owned())]);
            assert_eq!(lines(kind, b"*IDN?"), []);
        }
    }

    #[test]
    fn pluses_are_a_command_only_unescaped_and_at_the_beginning() {
        let kind = GatewayKind::Prologix;
        assert_eq!(lines(kind, b"\x1b+\x1b+ver\n"), [data(b"++ver")]);
        assert_eq!(lines(kind, b"+\x1b+ver\n"), [data(b"+ver")]);
        assert_eq!(lines(kind, b"x++ver\n"), [data(b"xver")]);
        assert_eq!(lines(kind, b"VOLT +1E\x1b+3\n"), [data(b"VOLT 1E+3")]);
        let kind = GatewayKind::Ar488;
        assert_eq!(lines(kind, b"\x1b+\x1b+ver\n"), [data(b"++ver")]);
        assert_eq!(lines(kind, b"VOLT +1E+3\n"), [data(b"VOLT +1E+3")]);
    }

    #[test]
    fn what_an_ar488_has_no_room_for_goes_out_in_parts_and_a_long_command_is_none() {
        let kind = GatewayKind::Ar488;
        let mut text = vec![b'x'; 200];
        text.extend(b"++ver\n");
        let Line::Data { bytes, goes_on: true } = &lines(kind, &text)[0] else { panic!() };
        assert_eq!(bytes.len(), 128);
        let mut rest = vec![b'x'; 72];
        rest.extend(b"++ver");
        assert_eq!(lines(kind, &text)[1], data(&rest));
        let mut text = b"++".to_vec();
        text.extend(vec![b'y'; 1000]);
        text.extend(b"\n++ver\n");
        assert_eq!(lines(kind, &text), [Line::Overlong, Line::Command("ver".to_owned())]);
    }
}
