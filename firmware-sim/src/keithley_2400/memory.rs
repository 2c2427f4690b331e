//! Source memory: a hundred places for a set-up of source and measurement, and the sweep through
//! them (`:SOUR:MEM`, User's Manual chapter 10 and table 18-7).

use super::{
    Keithley2400,
    settings::{Calculate, Function, Sense, Settings, SourceFunction},
    timing,
};

/// Places, numbered from 1.
pub(super) const PLACES: usize = 100;

/// What one place keeps.
#[derive(Clone)]
pub(super) struct SetUp {
    function: Function,
    voltage: SourceFunction,
    current: SourceFunction,
    delay: f64,
    delay_auto: bool,
    sense: Sense,
    calculate: Calculate,
    four_wire: bool,
    auto_zero: bool,
}

impl SetUp {
    fn of(settings: &Settings) -> SetUp {
        let source = &settings.source;
        SetUp {
            // A place that said "memory" would lead to itself.
            function: if source.function == Function::Memory {
                Function::Voltage
            } else {
                source.function
            },
            voltage: source.voltage.clone(),
            current: source.current.clone(),
            delay: source.delay,
            delay_auto: source.delay_auto,
            sense: settings.sense.clone(),
            calculate: settings.calculate.clone(),
            four_wire: settings.four_wire,
            auto_zero: settings.auto_zero,
        }
    }

    fn recall(self, settings: &mut Settings) {
        settings.source.function = self.function;
        settings.source.voltage = self.voltage;
        settings.source.current = self.current;
        settings.source.delay = self.delay;
        settings.source.delay_auto = self.delay_auto;
        settings.sense = self.sense;
        settings.calculate = self.calculate;
        settings.four_wire = self.four_wire;
        settings.auto_zero = self.auto_zero;
    }
}

impl Keithley2400 {
    /// `:SOUR:MEM:SAVE`, place from 1.
    pub(super) fn save_set_up(&mut self, place: usize) {
        self.memory[place - 1] = Some(Box::new(SetUp::of(&self.settings)));
    }

    /// `:SOUR:MEM:REC`, place from 1. A place that was never saved holds the reset values.
    pub(super) fn recall_set_up(&mut self, place: usize) {
        let kept = match &self.memory[place - 1] {
            Some(kept) => SetUp::clone(kept),
            None => SetUp::of(&Settings::reset(self.model)),
        };
        kept.recall(&mut self.settings);
    }

    /// Recalls the place of a memory sweep's point, with the time that takes; and where the current
    /// range changes, the time that `:SENS:CURR:RANG:HOLD` asks for.
    pub(super) fn recall_point(&mut self, index: usize) {
        let before = self.settings.sense.current.range;
        let place = self.memory_place(index);
        self.recall_set_up(place);
        self.spend(timing::MEMORY_RECALL);
        let sense = &self.settings.sense;
        if sense.range_hold && sense.current.range != before {
            self.spend(sense.range_hold_delay);
        }
    }

    /// The place of point `index` of a memory sweep: after the last point it begins again.
    fn memory_place(&self, index: usize) -> usize {
        let source = &self.settings.source;
        let points = source.memory_points.max(1) as usize;
        (source.memory_start as usize - 1 + index % points) % PLACES + 1
    }
}
