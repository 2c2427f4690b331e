//! Readings that a query asks for, one after another, outside of any trigger model.

use super::{
    Keithley2450,
    buffer::{BufferId, STATUS_FIRST},
    code,
};

/// What a query still wants.
#[derive(Clone, Copy, Debug)]
pub(super) struct Interactive {
    buffer: BufferId,
    made: u32,
    count: u32,
}

impl Keithley2450 {
    /// Begins `:SENS:COUN` readings, or `:SENS:DIG:COUN`, into a buffer.
    pub(super) fn begin_readings(&mut self, buffer: BufferId) -> Result<(), code::Code> {
        if self.is_busy() {
            return Err(code::PROHIBITED_WHILE_RUNNING);
        }
        self.readings_made = false;
        let digitizes = self.settings.sense.digitize.function.is_some();
        let count = if digitizes { self.settings.digitize_count } else { self.settings.count };
        self.interactive = Some(Interactive { buffer, made: 0, count });
        Ok(())
    }

    /// Makes readings until they are all made or `horizon` is reached.
    pub(super) fn read_on(&mut self, horizon: f64) {
        while let Some(mut wanted) = self.interactive {
            if self.clock.now() >= horizon {
                return;
            }
            if !self.approach(self.acquisition.settled_at) {
                continue;
            }
            let mut reading = self.acquire();
            if wanted.made == 0 {
                reading.status |= STATUS_FIRST;
            }
            wanted.made += 1;
            self.keep(wanted.buffer, reading);
            self.interactive = (wanted.made < wanted.count).then_some(wanted);
            self.readings_made = self.interactive.is_none();
        }
    }
}
