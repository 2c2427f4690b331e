//! The instrument's serial port: both directions, flow control, and the bytes that are no text.

use super::{
    lane::Lane,
    settings::{Flow, SerialSettings, Terminator},
};
use crate::instrument::Instrument;

/// The input queue in bytes. UNVERIFIED: the manual gives its thresholds, not its size; a list
/// command of 100 values fits.
const QUEUE: usize = 2048;
/// XOFF is sent above three quarters of the queue, XON below one half (User's Manual, section 13,
/// "Flow control").
const STOP_ABOVE: usize = QUEUE / 4 * 3;
const GO_BELOW: usize = QUEUE / 2;

const XON: u8 = 0x11;
const XOFF: u8 = 0x13;
/// ^C and ^X are device clear (User's Manual, section 13).
const CLEARS: [u8; 2] = [0x03, 0x18];

/// The port, without a clock: whoever asks says what time it is, in seconds.
#[derive(Debug)]
pub(super) struct Port {
    settings: SerialSettings,
    inbound: Lane,
    outbound: Lane,
    /// The client has sent XOFF.
    stopped: bool,
    /// The client was sent XOFF.
    stopping: bool,
    /// Bytes were lost, and the line that they were of has not ended.
    overrun: bool,
}

/// What bytes that have arrived mean.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Heard {
    /// Text for the instrument, lines ended with LF.
    pub(super) bytes: Vec<u8>,
    /// Device clear came before this text.
    pub(super) clears: bool,
    /// The line that had begun before this text is lost.
    pub(super) forgets: bool,
    /// Bytes were lost; said once, until a line has come in again.
    pub(super) overrun: bool,
}

impl Port {
    pub(super) fn new(settings: SerialSettings) -> Port {
        Port {
            settings,
            inbound: Lane::new(settings.baud.into()),
            outbound: Lane::new(settings.baud.into()),
            stopped: false,
            stopping: false,
            overrun: false,
        }
    }

    /// How many bytes more than there are may be on their way in.
    pub(super) fn room(&self, most: usize) -> usize {
        most.saturating_sub(self.inbound.len())
    }

    /// The client sends.
    pub(super) fn comes(&mut self, now: f64, bytes: &[u8]) {
        self.inbound.put(now, bytes);
    }

    /// What has arrived by `now`.
    pub(super) fn arrived(&mut self, now: f64) -> Vec<u8> {
        self.inbound.take(now)
    }

    /// What is on its way; the time that it takes passes for the instrument.
    pub(super) fn arrived_at_once(&mut self, instrument: &mut Instrument) -> Vec<u8> {
        let (bytes, seconds) = self.inbound.take_all();
        instrument.pass(seconds);
        bytes
    }

    /// Sorts what has arrived, with so many bytes in the input queue.
    ///
    /// A line that has lost bytes is lost to its terminator, which always fits: otherwise a line
    /// longer than the queue would stay there for ever. Whole lines that wait are kept.
    pub(super) fn hears(&mut self, arrived: &[u8], waiting: usize) -> Heard {
        let mut heard = Heard::default();
        for byte in arrived {
            match *byte {
                byte if CLEARS.contains(&byte) => {
                    heard = Heard { clears: true, ..Heard::default() };
                    self.overrun = false;
                    self.outbound.clear();
                }
                XOFF if self.settings.flow == Flow::XonXoff => self.stopped = true,
                XON if self.settings.flow == Flow::XonXoff => self.stopped = false,
                byte if self.overrun => self.overrun = !self.settings.terminator.ends(byte),
                byte if heard.bytes.len() + (if heard.clears { 0 } else { waiting }) >= QUEUE => {
                    heard.overrun = true;
                    let begun = heard.bytes.iter().rposition(|it| *it == b'\n');
                    heard.forgets = begun.is_none();
                    heard.bytes.truncate(begun.map_or(0, |it| it + 1));
                    self.overrun = !self.settings.terminator.ends(byte);
                }
                // A line executes on its terminator; the other character is white space.
                b'\r' if self.settings.terminator == Terminator::Cr => heard.bytes.push(b'\n'),
                b'\n' if self.settings.terminator == Terminator::Cr => heard.bytes.push(b' '),
                byte => heard.bytes.push(byte),
            }
        }
        heard
    }

    /// Stops the client, or lets it go on, with so many bytes in the input queue.
    pub(super) fn has_room(&mut self, now: f64, waiting: usize) {
        if self.settings.flow != Flow::XonXoff {
            return;
        }
        if !self.stopping && waiting > STOP_ABOVE {
            self.stopping = true;
            self.outbound.put_first(now, XOFF);
        } else if self.stopping && waiting < GO_BELOW {
            self.stopping = false;
            self.outbound.put_first(now, XON);
        }
    }

    /// Puts replies on the line.
    pub(super) fn answers(&mut self, now: f64, replies: &[u8]) {
        for line in replies.split_inclusive(|it| *it == b'\n') {
            match line.strip_suffix(b"\n") {
                Some(text) => {
                    self.outbound.put(now, text);
                    self.outbound.put(now, self.settings.terminator.bytes());
                }
                None => self.outbound.put(now, line),
            }
        }
    }

    /// What has left by `now`.
    pub(super) fn leaving(&mut self, now: f64) -> Vec<u8> {
        if self.stopped {
            self.outbound.hold(now);
            return Vec::new();
        }
        self.outbound.take(now)
    }

    /// What is to leave; the time that it takes passes for the instrument.
    pub(super) fn leaving_at_once(&mut self, instrument: &mut Instrument) -> Vec<u8> {
        if self.stopped {
            return Vec::new();
        }
        let (bytes, seconds) = self.outbound.take_all();
        instrument.pass(seconds);
        bytes
    }

    /// When the next byte arrives at either end.
    pub(super) fn next(&self) -> Option<f64> {
        let outbound = self.outbound.next().filter(|_| !self.stopped);
        [self.inbound.next(), outbound].into_iter().flatten().min_by(f64::total_cmp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn port(terminator: Terminator, flow: Flow) -> Port {
        Port::new(SerialSettings { terminator, flow, ..SerialSettings::default() })
    }

    #[test]
    fn a_line_ends_with_its_terminator_both_ways() {
        for (terminator, sent, left) in [
            (Terminator::Cr, "*OPC?\r", &b"1\r"[..]),
            (Terminator::Lf, "*OPC?\n", b"1\n"),
            (Terminator::CrLf, "*OPC?\r\n", b"1\r\n"),
            (Terminator::LfCr, "*OPC?\n\r", b"1\n\r"),
        ] {
            let mut port = port(terminator, Flow::None);
            let heard = port.hears(sent.as_bytes(), 0);
            let text = String::from_utf8(heard.bytes).unwrap();
            assert_eq!(text.matches('\n').count(), 1, "{text:?}");
            port.answers(0.0, b"1\n");
            assert_eq!(port.leaving(1.0), left);
        }
        let heard = port(Terminator::Cr, Flow::None).hears(b"*OPC?\n", 0);
        assert_eq!(heard.bytes, b"*OPC? ", "a wrong terminator ends nothing");
    }

    #[test]
    fn without_flow_control_what_does_not_fit_is_lost() {
        let mut port = port(Terminator::Lf, Flow::None);
        let heard = port.hears(b"abcd", QUEUE - 3);
        assert_eq!(heard, Heard { forgets: true, overrun: true, ..Heard::default() });
        port.has_room(0.0, QUEUE);
        assert_eq!(port.leaving(1.0), b"", "and nobody is told to stop");
        assert_eq!(port.hears(b"efgh", QUEUE - 3), Heard::default(), "it is said once");
        assert_eq!(port.hears(b"i\njk\n", 0).bytes, b"jk\n", "the next line is heard again");
    }

    #[test]
    fn an_overrun_takes_the_line_that_it_hits_and_leaves_the_ones_before() {
        let mut port = port(Terminator::Cr, Flow::None);
        let heard = port.hears(b"a\rb\rcdef", QUEUE - 5);
        assert_eq!(heard, Heard { bytes: b"a\nb\n".to_vec(), overrun: true, ..Heard::default() });
        assert_eq!(port.hears(b"\rg\r", 0).bytes, b"g\n");
    }

    #[test]
    fn xoff_is_sent_above_three_quarters_and_xon_below_one_half() {
        let mut port = port(Terminator::Lf, Flow::XonXoff);
        port.answers(0.0, b"12\n");
        port.has_room(0.0, QUEUE * 3 / 4);
        assert_eq!(port.leaving(0.0011), b"1");
        port.has_room(0.0011, QUEUE * 3 / 4 + 1);
        port.has_room(0.0011, QUEUE);
        assert_eq!(port.leaving(1.0), b"\x132\n", "once, and in front of what waits");
        port.has_room(1.0, QUEUE / 2);
        assert_eq!(port.leaving(2.0), b"");
        port.has_room(2.0, QUEUE / 2 - 1);
        assert_eq!(port.leaving(3.0), b"\x11");
    }

    #[test]
    fn a_client_stops_the_replies_and_lets_them_go_on_at_the_lines_pace() {
        let mut port = port(Terminator::Lf, Flow::XonXoff);
        port.answers(0.0, b"12345\n");
        assert_eq!(port.leaving(0.0022), b"12");
        assert_eq!(port.hears(b"\x13", 0).bytes, b"");
        assert_eq!(port.leaving(1.0), b"");
        assert_eq!(port.next(), None);
        assert_eq!(port.hears(b"\x11", 0).bytes, b"");
        assert_eq!(port.leaving(1.0011), b"3");
        assert_eq!(port.leaving(2.0), b"45\n");
    }

    #[test]
    fn control_c_and_control_x_forget_what_came_before_and_what_was_to_leave() {
        for clear in [b'\x03', b'\x18'] {
            let mut port = port(Terminator::Lf, Flow::None);
            port.answers(0.0, b"1\n");
            let heard = port.hears(&[b'a', clear, b'b'], QUEUE);
            assert_eq!(heard, Heard { bytes: b"b".to_vec(), clears: true, ..Heard::default() });
            assert_eq!(port.leaving(1.0), b"");
        }
    }
}
