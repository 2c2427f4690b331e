//! What bad days make of readings and outputs, whatever the device does.

use crate::firmware::Upset;

/// The disturbances that act on one instrument now.
#[derive(Clone, Debug, Default)]
pub(crate) struct Disturbances {
    /// Readings that still come in compliance.
    compliance: u64,
    /// Readings that still overflow.
    overflow: u64,
    /// Each reading carries one element too many.
    pub(crate) wrong_stride: bool,
    pub(crate) interlock_open: bool,
    /// Readings made since power-on.
    pub(crate) readings: u64,
}

impl Disturbances {
    /// Takes note of an upset, if it is one that lasts.
    pub(crate) fn note(&mut self, upset: Upset) {
        match upset {
            Upset::Compliance { readings } => self.compliance = readings,
            Upset::Overflow { readings } => self.overflow = readings,
            Upset::WrongStride { wrong } => self.wrong_stride = wrong,
            Upset::Interlock { open } => self.interlock_open = open,
            Upset::ErrorEntry(_) | Upset::PowerCycle | Upset::Trip => {}
        }
    }

    /// The upsets that go on, as long as they still will.
    pub(crate) fn in_force(&self) -> Vec<Upset> {
        let compliance = Upset::Compliance { readings: self.compliance };
        let overflow = Upset::Overflow { readings: self.overflow };
        let all = [
            (self.compliance > 0, compliance),
            (self.overflow > 0, overflow),
            (self.wrong_stride, Upset::WrongStride { wrong: true }),
            (self.interlock_open, Upset::Interlock { open: true }),
        ];
        all.into_iter().filter(|it| it.0).map(|it| it.1).collect()
    }

    /// Whether the next reading is to come in compliance; counts it. Asked once for each reading.
    pub(crate) fn forces_compliance(&mut self) -> bool {
        self.readings += 1;
        take(&mut self.compliance)
    }

    /// Whether the next reading is to overflow; counts it.
    pub(crate) fn forces_overflow(&mut self) -> bool {
        take(&mut self.overflow)
    }
}

fn take(left: &mut u64) -> bool {
    let any = *left > 0;
    *left = left.saturating_sub(1);
    any
}
