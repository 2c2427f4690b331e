//! One channel: source, meter, device, and what its two actions have come to.

use super::{
    machine::Machine,
    model::Model,
    power,
    ranges::holding,
    readings::{CAPACITY, Reading, Trace},
    settings::{Action, Format, LevelMode, OffMode, Settings, Shape, Spacing, SweepRanging},
    sweep,
};
use crate::{
    config::Config,
    engine::channel::{Channel, Programme, Quantity},
    random::{Draws, Purpose},
    terminals::Drive,
};

/// What is sourced.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point {
    pub(super) quantity: Quantity,
    pub(super) level: f64,
    /// Index of the source range.
    pub(super) range: usize,
}

/// The terminals never see more than this, in volts.
const HIGHEST: f64 = 210.0;
/// With the interlock open they never see more than this (User's Guide, "Interlock").
pub(super) const SAFE: f64 = 42.0;

/// One channel.
pub(super) struct Smu {
    pub(super) channel: Channel,
    pub(super) settings: Settings,
    /// By [`Action`].
    pub(super) machines: [Machine; 2],
    /// What a run has put on the terminals; otherwise the immediate level is there.
    pub(super) point: Option<Point>,
    /// The largest level of the sweep or list that runs.
    pub(super) largest: f64,
    /// How often the source has changed in this run.
    pub(super) changes: u64,
    /// An automatic measurement of what is sourced now does not begin before.
    pub(super) ready: f64,
    /// When the source changed last.
    pub(super) changed: f64,
    /// When the conversion that runs began.
    pub(super) begun: f64,
    /// What the last run measured.
    pub(super) samples: Vec<Reading>,
    pub(super) latest: Option<Reading>,
    pub(super) trace: Trace,
    /// The output went off because it limited: of the quantity that did.
    pub(super) tripped: Option<Quantity>,
    /// The output went off because of heat.
    pub(super) hot: bool,
    pub(super) interlock_open: bool,
    /// The share of the specification that this unit's errors take.
    pub(super) accuracy: f64,
    /// Of what short integration adds.
    pub(super) draws: Draws,
}

/// Sets this stream apart from the converter's own.
const SHORT_APERTURE: u64 = 0x2900;

impl Smu {
    pub(super) fn new(config: &Config, index: usize, model: &Model) -> Smu {
        Smu {
            channel: Channel::new(config, index, model.spec),
            settings: Settings::reset(model, config.line_frequency.0),
            machines: [Machine::default(); 2],
            point: None,
            largest: 0.0,
            changes: 0,
            ready: f64::NEG_INFINITY,
            changed: f64::NEG_INFINITY,
            begun: 0.0,
            samples: Vec::new(),
            latest: None,
            trace: Trace::empty(),
            tripped: None,
            hot: false,
            interlock_open: false,
            accuracy: config.accuracy.0,
            draws: Draws::new(
                config.seed.wrapping_add(SHORT_APERTURE + index as u64),
                Purpose::Converter,
            ),
        }
    }

    pub(super) fn machine(&mut self, action: Action) -> &mut Machine {
        &mut self.machines[action as usize]
    }

    pub(super) fn is_idle(&self) -> bool {
        self.machines.iter().all(Machine::is_idle)
    }

    pub(super) fn is_acquiring(&self) -> bool {
        !self.machines[Action::Acquire as usize].is_idle()
    }

    /// The immediate level.
    pub(super) fn resting(&self) -> Point {
        let source = &self.settings.source;
        let quantity = source.quantity();
        let sourced = source.peek(quantity);
        let range = sourced.range_for(self.channel.spec.of(quantity), sourced.level);
        Point { quantity, level: sourced.level, range }
    }

    /// What is sourced now, or would be with the output on.
    pub(super) fn present(&self) -> Point {
        self.point.unwrap_or_else(|| self.resting())
    }

    /// What the next transition sources, `index` counted from the start of the run. With a pulse
    /// it is the peak.
    pub(super) fn next_point(&mut self, index: usize) -> Point {
        let quantity = self.settings.source.quantity();
        let spec = self.channel.spec;
        let table = spec.of(quantity);
        let top = table.len() - 1;
        let source = &mut self.settings.source;
        let shape = source.shape;
        let sourced = source.of(quantity);
        let level = match sourced.mode {
            LevelMode::Fixed => {
                let level = sourced.triggered.unwrap_or(sourced.level);
                if shape == Shape::Dc {
                    sourced.level = level;
                }
                let range = sourced.range_for(table, level.abs().max(sourced.level.abs()));
                return Point { quantity, level, range };
            }
            LevelMode::List => sourced.list[index % sourced.list.len()],
            LevelMode::Sweep => sweep::level(source, source.peek(quantity), index),
        };
        let source = &self.settings.source;
        let sourced = source.peek(quantity);
        let best = || holding(table, level).unwrap_or(top);
        let range = match (source.ranging, source.spacing, sourced.mode) {
            (SweepRanging::Fixed, ..) => self.present().range,
            (SweepRanging::Auto, ..) => best(),
            (SweepRanging::Best, Spacing::Logarithmic, LevelMode::Sweep) => best(),
            (SweepRanging::Best, ..) => holding(table, self.largest).unwrap_or(top),
        };
        // A level beyond a fixed range is sourced as far as the range goes.
        let level = level.clamp(-table[range].top(), table[range].top());
        Point { quantity, level, range }
    }

    /// The largest level that a run will source.
    pub(super) fn largest_level(&self) -> f64 {
        let source = &self.settings.source;
        let sourced = source.peek(source.quantity());
        match sourced.mode {
            LevelMode::Fixed => sourced.triggered.unwrap_or(sourced.level).abs(),
            LevelMode::Sweep => sweep::largest(source, sourced),
            LevelMode::List => sourced.list.iter().fold(0.0, |most, it| it.abs().max(most)),
        }
    }

    /// The limit of the other quantity while `level` is sourced.
    pub(super) fn limit(&self, quantity: Quantity, level: f64) -> f64 {
        let sensed = self.settings.sense.peek(quantity.complement());
        if level < 0.0 { sensed.negative } else { sensed.positive }
    }

    /// The voltage and the current that the channel may have to deliver at `level`.
    pub(super) fn demand(&self, level: f64) -> power::Demand {
        let quantity = self.settings.source.quantity();
        let sensed = self.settings.sense.peek(quantity.complement());
        let limit = sensed.positive.max(sensed.negative);
        match quantity {
            Quantity::Voltage => power::Demand { volts: level.abs(), amperes: limit },
            Quantity::Current => power::Demand { volts: limit, amperes: level.abs() },
        }
    }

    /// Puts what is sourced now on the terminals, or takes it off.
    pub(super) fn apply(&mut self) {
        let drive = match self.settings.output.off_mode {
            _ if self.settings.output.on => self.drive(),
            // A relay opens (SCPI Reference, :OUTP:OFF:MODE); the other modes end at 0 V.
            OffMode::HighImpedance => Drive::Open,
            OffMode::Normal | OffMode::Zero => Drive::Off,
        };
        self.channel.terminals.set(drive);
    }

    fn drive(&self) -> Drive {
        let Point { quantity, level, range } = self.present();
        let over_voltage = if self.interlock_open { SAFE } else { HIGHEST };
        let limit = self.limit(quantity, level);
        self.channel.drive(Programme { quantity, level, range, limit, over_voltage })
    }

    /// Whether the source limits as it is programmed, and holds `quantity` at its limit. That comes
    /// within microseconds of the level, which is no event of a run.
    pub(super) fn is_limiting(&self, quantity: Quantity) -> bool {
        self.settings.output.on
            && self.present().quantity == quantity.complement()
            && self.channel.terminals.destination().limiting
    }

    pub(super) fn keep(&mut self, reading: Reading) {
        self.latest = Some(reading);
        if self.samples.len() < CAPACITY {
            self.samples.push(reading);
        }
        self.trace.store(reading);
    }

    pub(super) fn forget_readings(&mut self) {
        self.samples.clear();
        self.latest = None;
    }

    /// The seconds of one conversion.
    pub(super) fn aperture(&self) -> f64 {
        self.settings.sense.aperture
    }

    /// Which elements of a reading are asked for, with the one too many of a known clone.
    pub(super) fn asked(format: &Format, wrong_stride: bool) -> [bool; 6] {
        let mut elements = format.elements;
        if wrong_stride {
            let next = elements.iter().rposition(|it| *it).map_or(0, |it| (it + 1) % 6);
            elements[next] = true;
        }
        elements
    }
}
