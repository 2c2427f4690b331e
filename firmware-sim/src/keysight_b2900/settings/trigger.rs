//! `:ARM` and `:TRIGger`, and the trigger outputs.

use super::super::model::Model;
use crate::engine::choice::choice;

/// The count that never ends, as `INFinity` and in figures.
pub(crate) const INFINITE: u32 = 2_147_483_647;

choice!(
    /// `:ARM:SOUR` and `:TRIG:SOUR`.
    TriggerSource {
        Automatic = "AINT", Bus = "BUS", Timer = "TIMer", Lan = "LAN", Int1 = "INT1", Int2 = "INT2",
        Ext1 = "EXT1", Ext2 = "EXT2", Ext3 = "EXT3", Ext4 = "EXT4", Ext5 = "EXT5", Ext6 = "EXT6",
        Ext7 = "EXT7", Ext8 = "EXT8", Ext9 = "EXT9", Ext10 = "EXT10", Ext11 = "EXT11",
        Ext12 = "EXT12", Ext13 = "EXT13", Ext14 = "EXT14",
    }
);
choice!(
    /// Where a trigger output goes.
    Signal {
        Lan = "LAN", Int1 = "INT1", Int2 = "INT2",
        Ext1 = "EXT1", Ext2 = "EXT2", Ext3 = "EXT3", Ext4 = "EXT4", Ext5 = "EXT5", Ext6 = "EXT6",
        Ext7 = "EXT7", Ext8 = "EXT8", Ext9 = "EXT9", Ext10 = "EXT10", Ext11 = "EXT11",
        Ext12 = "EXT12", Ext13 = "EXT13", Ext14 = "EXT14",
    }
);

/// The two device actions of a channel: its source, its meter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Transient = 0,
    Acquire = 1,
}

/// The layers of one action.
#[derive(Clone, Debug)]
pub(crate) struct Layers {
    pub(crate) arm: Layer,
    pub(crate) trigger: Layer,
}

#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) source: TriggerSource,
    pub(crate) count: u32,
    pub(crate) delay: f64,
    pub(crate) timer: f64,
    /// The first event is not waited for.
    pub(crate) bypass: bool,
    pub(crate) output: Output,
}

/// A trigger output.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) on: bool,
    pub(crate) signal: Signal,
}

impl Output {
    pub(super) fn reset() -> Output {
        Output { on: false, signal: Signal::Ext1 }
    }
}

impl Layers {
    pub(super) fn reset(model: &Model) -> Layers {
        let layer = Layer {
            source: TriggerSource::Automatic,
            count: 1,
            delay: 0.0,
            timer: model.fastest_timer,
            bypass: false,
            output: Output::reset(),
        };
        Layers { arm: layer.clone(), trigger: layer }
    }

    /// It never ends by itself.
    pub(crate) fn is_endless(&self) -> bool {
        self.arm.count == INFINITE || self.trigger.count == INFINITE
    }
}

impl TriggerSource {
    /// The pin of the digital port that it listens to.
    pub(crate) fn pin(self) -> Option<u32> {
        (self as u32).checked_sub(TriggerSource::Ext1 as u32).map(|it| it + 1)
    }
}

impl Signal {
    /// The pin of the digital port that it goes to.
    pub(crate) fn pin(self) -> Option<u32> {
        (self as u32).checked_sub(Signal::Ext1 as u32).map(|it| it + 1)
    }

    /// The trigger source that hears it inside of the instrument.
    pub(crate) fn heard_as(self) -> Option<TriggerSource> {
        match self {
            Signal::Int1 => Some(TriggerSource::Int1),
            Signal::Int2 => Some(TriggerSource::Int2),
            _ => None,
        }
    }
}
