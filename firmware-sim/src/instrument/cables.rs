//! Trigger cables between instruments.

use super::Instrument;

impl Instrument {
    /// Joins the trigger lines of two instruments, each to the one of the same number.
    pub fn join(&mut self, other: &mut Instrument) {
        self.firmware.connector().join(other.firmware.connector());
    }

    /// Joins single trigger lines of two instruments: each pair is a line here and the line there.
    pub fn join_lines(&mut self, other: &mut Instrument, pairs: &[(u32, u32)]) {
        self.firmware.connector().join_lines(other.firmware.connector(), pairs);
    }
}
