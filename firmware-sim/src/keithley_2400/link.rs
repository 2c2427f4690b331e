//! What messages and readings take on their way to the host.
//!
//! All figures are fitted to the data sheet's rates at 60 Hz (SPEC-2400 Rev L), which they meet
//! within a tenth; `tests/timing.rs` holds the table.

use crate::config::LinkModel;

/// The times of one link, in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// One unit of a program message, besides what it does.
    pub(super) unit: f64,
    /// Starting a run, besides its points.
    pub(super) start: f64,
    /// Carrying one reading. A run that answers carries one while it takes the next.
    pub(super) transfer: f64,
    /// From a source command to the output's movement, source range fixed. At most 7 ms.
    pub(super) source: f64,
    /// The same with source autoranging. At most 10 ms.
    pub(super) source_autorange: f64,
    /// The SCPI message exchange: `:SYST:MEP:STAT?`.
    pub(super) message_exchange: bool,
}

impl Link {
    pub(super) fn of(model: LinkModel) -> Link {
        let scpi = Link {
            unit: 1.75e-3,
            start: 1.165e-3,
            transfer: 715e-6,
            source: 7e-3,
            source_autorange: 10e-3,
            message_exchange: true,
        };
        match model {
            LinkModel::Gpib => scpi,
            LinkModel::Gpib4881 => Link {
                unit: 0.45e-3,
                start: 0.49e-3,
                transfer: 450e-6,
                source: 4.8e-3,
                source_autorange: 7e-3,
                message_exchange: false,
            },
            LinkModel::Memory => Link { transfer: 0.0, ..scpi },
        }
    }
}
