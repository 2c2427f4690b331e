//! Reading buffers (2450 Reference Manual, section 3, "Reading buffers").

use std::collections::VecDeque;

use super::{
    code::{self, Code},
    settings::Unit,
};
use crate::engine::choice::choice;

choice!(
    /// The style of `:TRAC:MAKE`.
    Style { Standard = "STANdard", Compact = "COMPact", Full = "FULL", Writable = "WRITable",
        FullWritable = "FULLWRITable" }
);
choice!(
    /// `:TRAC:FILL:MODE`.
    FillMode { Continuous = "CONTinuous", Once = "ONCE" }
);

/// One reading as it is stored.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    pub(super) value: f64,
    pub(super) unit: Unit,
    pub(super) source: f64,
    pub(super) source_unit: Unit,
    /// Seconds since power-on.
    pub(super) at: f64,
    pub(super) status: u16,
    pub(super) source_status: u16,
}

/// Bits of a reading's status. The front terminals were in use; the reading was the first of a
/// group; the reading is questionable.
pub(super) const STATUS_QUESTIONABLE: u16 = 1;
/// The reading is the digitizer's (2461 Reference Manual, page 6-12).
pub(super) const STATUS_DIGITIZER: u16 = 1 << 1;
pub(super) const STATUS_FRONT: u16 = 1 << 3;
pub(super) const STATUS_FIRST: u16 = 1 << 8;

/// Bits of a reading's source status.
pub(super) const SOURCE_PROTECTED: u16 = 1 << 2;
pub(super) const SOURCE_READ_BACK: u16 = 1 << 3;
pub(super) const SOURCE_LIMITED: u16 = 1 << 5;
pub(super) const SOURCE_FOUR_WIRE: u16 = 1 << 6;
pub(super) const SOURCE_ON: u16 = 1 << 7;

/// One buffer.
#[derive(Clone, Debug)]
pub(super) struct Buffer {
    name: String,
    pub(super) capacity: usize,
    pub(super) fill: FillMode,
    /// `:TRAC:LOG:STAT`: its being cleared and full are logged.
    pub(super) logs: bool,
    readings: VecDeque<Reading>,
    /// The time of the first reading since the buffer was cleared.
    first: f64,
}

impl Buffer {
    fn new(name: String, capacity: usize, fill: FillMode) -> Buffer {
        // Of the buffers that fill on, the default ones, events are logged.
        let logs = fill == FillMode::Continuous;
        Buffer { name, capacity, fill, logs, readings: VecDeque::new(), first: 0.0 }
    }

    pub(super) fn readings(&self) -> &VecDeque<Reading> {
        &self.readings
    }

    /// The time of a reading since the first.
    pub(super) fn relative(&self, reading: &Reading) -> f64 {
        reading.at - self.first
    }

    /// Stores a reading; whether that has just filled the buffer. A full buffer forgets its oldest
    /// reading, or takes none where it fills once.
    fn store(&mut self, reading: Reading) -> bool {
        if self.readings.is_empty() {
            self.first = reading.at;
        }
        if self.readings.len() >= self.capacity {
            if self.fill == FillMode::Once {
                return false;
            }
            self.readings.pop_front();
            self.readings.push_back(reading);
            return false;
        }
        self.readings.push_back(reading);
        self.readings.len() == self.capacity
    }
}

/// A buffer's place; it stays the same while the buffer exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BufferId(usize);

/// `defbuffer1`, which commands mean that name none.
pub(super) const DEFAULT: BufferId = BufferId(0);

/// The most readings of all buffers together, standard style (2450 web help).
const MOST_READINGS: usize = 4_500_000;
/// The most buffers. UNVERIFIED; a field report says that too many crash the instrument.
const MOST_BUFFERS: usize = 256;
/// The capacity of each of the two default buffers.
const DEFAULT_CAPACITY: usize = 100_000;
/// The smallest buffer.
pub(super) const SMALLEST: usize = 10;

/// All buffers.
#[derive(Clone, Debug)]
pub(super) struct Buffers(Vec<Option<Buffer>>);

impl Buffers {
    /// The two that always exist.
    pub(super) fn new() -> Buffers {
        let default =
            |name: &str| Some(Buffer::new(name.to_owned(), DEFAULT_CAPACITY, FillMode::Continuous));
        Buffers(vec![default("defbuffer1"), default("defbuffer2")])
    }

    /// Names are compared without case.
    pub(super) fn named(&self, name: &str) -> Option<BufferId> {
        let is_it =
            |it: &Option<Buffer>| it.as_ref().is_some_and(|it| it.name.eq_ignore_ascii_case(name));
        self.0.iter().position(is_it).map(BufferId)
    }

    /// The buffer; `None` where it was deleted.
    pub(super) fn get(&self, id: BufferId) -> Option<&Buffer> {
        self.0.get(id.0)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, id: BufferId) -> Option<&mut Buffer> {
        self.0.get_mut(id.0)?.as_mut()
    }

    /// `:TRAC:MAKE`. A name that is taken is refused.
    pub(super) fn make(&mut self, name: String, capacity: usize) -> Result<(), Code> {
        if name.is_empty() {
            return Err(code::ILLEGAL_PARAMETER);
        }
        if self.named(&name).is_some() {
            return Err(code::EXISTING_NAME);
        }
        let present = self.0.iter().flatten().count();
        if present >= MOST_BUFFERS || self.total() + capacity > MOST_READINGS {
            return Err(code::OUT_OF_MEMORY);
        }
        let buffer = Some(Buffer::new(name, capacity, FillMode::Once));
        match self.0.iter_mut().find(|it| it.is_none()) {
            Some(free) => *free = buffer,
            None => self.0.push(buffer),
        }
        Ok(())
    }

    fn total(&self) -> usize {
        self.0.iter().flatten().map(|it| it.capacity).sum()
    }

    /// `:TRAC:POIN`: clears the buffer.
    pub(super) fn resize(&mut self, id: BufferId, capacity: usize) -> Result<(), Code> {
        let total = self.total();
        let Some(buffer) = self.get_mut(id) else { return Ok(()) };
        if total - buffer.capacity + capacity > MOST_READINGS {
            return Err(code::OUT_OF_MEMORY);
        }
        buffer.capacity = capacity;
        buffer.readings.clear();
        buffer.readings.shrink_to(capacity);
        Ok(())
    }

    /// `:TRAC:DEL`. The default buffers stay.
    pub(super) fn delete(&mut self, id: BufferId) -> Result<(), Code> {
        if id.0 < 2 {
            return Err(code::ILLEGAL_PARAMETER);
        }
        self.0[id.0] = None;
        Ok(())
    }

    /// `:TRAC:CLE`; whether there was anything.
    pub(super) fn clear(&mut self, id: BufferId) -> bool {
        let Some(buffer) = self.get_mut(id) else { return false };
        let any = !buffer.readings.is_empty();
        buffer.readings.clear();
        any
    }

    /// Stores a reading; whether that has just filled the buffer.
    pub(super) fn store(&mut self, id: BufferId, reading: Reading) -> bool {
        self.get_mut(id).is_some_and(|it| it.store(reading))
    }
}
