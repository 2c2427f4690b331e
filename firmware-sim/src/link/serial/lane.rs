//! One direction of a serial line.

use std::collections::VecDeque;

/// Bytes on their way, one after another, each for ten bits: start, eight of data, stop.
///
/// It knows no clock: whoever asks says what time it is, in seconds.
#[derive(Debug)]
pub(super) struct Lane {
    /// Seconds that a byte takes.
    byte: f64,
    bytes: VecDeque<u8>,
    /// When the first of them began.
    begun: f64,
}

impl Lane {
    pub(super) fn new(baud: u32) -> Lane {
        Lane { byte: 10.0 / f64::from(baud), bytes: VecDeque::new(), begun: 0.0 }
    }

    /// Bytes are there to be sent from `now` on.
    pub(super) fn put(&mut self, now: f64, bytes: &[u8]) {
        if self.bytes.is_empty() {
            self.begun = self.begun.max(now);
        }
        self.bytes.extend(bytes);
    }

    /// A byte that goes in front of those that have not begun.
    pub(super) fn put_first(&mut self, now: f64, byte: u8) {
        if self.bytes.is_empty() {
            self.begun = self.begun.max(now);
        }
        self.bytes.push_front(byte);
    }

    /// What has arrived by `now`.
    pub(super) fn take(&mut self, now: f64) -> Vec<u8> {
        // A millionth of a byte is no time: sums of times are not exact.
        let arrived = ((now - self.begun) / self.byte + 1e-6).floor().max(0.0) as usize;
        let count = arrived.min(self.bytes.len());
        self.begun += count as f64 * self.byte;
        self.bytes.drain(..count).collect()
    }

    /// All of it, and how many seconds it took.
    pub(super) fn take_all(&mut self) -> (Vec<u8>, f64) {
        let bytes: Vec<_> = self.bytes.drain(..).collect();
        let seconds = bytes.len() as f64 * self.byte;
        (bytes, seconds)
    }

    /// The line stood still until `now`.
    pub(super) fn hold(&mut self, now: f64) {
        self.begun = self.begun.max(now);
    }

    /// When the next byte arrives.
    pub(super) fn next(&self) -> Option<f64> {
        (!self.bytes.is_empty()).then_some(self.begun + self.byte)
    }

    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_9600_baud_a_byte_takes_1_042_ms() {
        let mut lane = Lane::new(9600);
        lane.put(1.0, b"*IDN?\n");
        assert_eq!(lane.next(), Some(1.0 + 10.0 / 9600.0));
        assert_eq!(lane.take(1.001), b"");
        assert_eq!(lane.take(1.0011), b"*");
        assert_eq!(lane.take(1.0 + 50.0 / 9600.0), b"IDN?");
        assert_eq!(lane.take(2.0), b"\n");
        assert_eq!(lane.next(), None);
    }

    #[test]
    fn a_line_that_was_idle_begins_when_there_is_something_to_send() {
        let mut lane = Lane::new(300);
        lane.put(0.0, b"a");
        assert_eq!(lane.take(5.0), b"a");
        lane.put(5.0, b"b");
        assert_eq!(lane.take(5.03), b"");
        assert_eq!(lane.take(5.04), b"b");
    }

    #[test]
    fn a_line_that_is_busy_carries_one_byte_after_another() {
        let mut lane = Lane::new(1000);
        lane.put(0.0, b"ab");
        lane.put(0.005, b"c");
        assert_eq!(lane.take(0.025), b"ab");
        assert_eq!(lane.take(0.03), b"c");
    }
}
