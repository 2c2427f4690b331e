//! Everything that can be set on a 2400, with its `*RST` value (User's Manual tables 18-3 to
//! 18-11; the values a real unit answers where they differ).

use super::model::Model;
pub(crate) use super::{choices::*, limits::Calculate};
use crate::engine::channel::Quantity;

/// What `*RST`, `*SAV` and `*RCL` act on.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) output: Output,
    pub(crate) source: Source,
    pub(crate) sense: Sense,
    pub(crate) trigger: Trigger,
    pub(crate) format: Format,
    pub(crate) statistic: Statistic,
    pub(crate) calculate: Calculate,
    pub(crate) digital: Digital,
    pub(crate) panel: Panel,
    pub(crate) four_wire: bool,
    pub(crate) auto_zero: bool,
    pub(crate) zero_cache: bool,
    pub(crate) ranging_once: RangingInCompliance,
    pub(crate) guard: Guard,
    pub(crate) beeper: bool,
    pub(crate) time_reset_auto: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Output {
    pub(crate) on: bool,
    pub(crate) off_state: OffState,
    /// The rear enable line is obeyed: the output comes on only while it is pulled low.
    pub(crate) enable_line: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) function: Function,
    pub(crate) voltage: SourceFunction,
    pub(crate) current: SourceFunction,
    pub(crate) delay: f64,
    pub(crate) delay_auto: bool,
    pub(crate) clear_auto: bool,
    pub(crate) clear_mode: ClearMode,
    /// Volts; the largest level is none.
    pub(crate) over_voltage: f64,
    pub(crate) soak: f64,
    pub(crate) spacing: Spacing,
    pub(crate) direction: SweepDirection,
    pub(crate) sweep_ranging: SweepRanging,
    pub(crate) compliance_abort: ComplianceAbort,
    pub(crate) sweep_points: u32,
    /// Points of a source-memory sweep.
    pub(crate) memory_points: u32,
    /// Its first location, from 1.
    pub(crate) memory_start: u32,
}

/// The digital outputs, `:SOUR2`.
#[derive(Clone, Debug)]
pub(crate) struct Digital {
    /// What was programmed.
    pub(crate) level: u32,
    /// Lines: 3, or 4.
    pub(crate) size: u32,
    pub(crate) line_four: LineFour,
    /// The state of line 4 while busy.
    pub(crate) busy_high: bool,
    pub(crate) clear_auto: bool,
    pub(crate) clear_delay: f64,
}

/// One of the two quantities that can be sourced.
#[derive(Clone, Debug)]
pub(crate) struct SourceFunction {
    pub(crate) level: f64,
    /// Taken over at the next trigger.
    pub(crate) triggered_level: Option<f64>,
    /// Each trigger multiplies the level by this, where that is on.
    pub(crate) scale: f64,
    pub(crate) scaled: bool,
    /// Index of the range.
    pub(crate) range: usize,
    pub(crate) range_auto: bool,
    pub(crate) mode: LevelMode,
    pub(crate) start: f64,
    pub(crate) stop: f64,
    pub(crate) step: f64,
    pub(crate) list: Vec<f64>,
    /// First point of the list that runs, from 1.
    pub(crate) list_start: u32,
}

#[derive(Clone, Debug)]
pub(crate) struct Sense {
    pub(crate) concurrent: bool,
    pub(crate) functions: Functions,
    pub(crate) nplc: f64,
    pub(crate) voltage: SenseFunction,
    pub(crate) current: SenseFunction,
    pub(crate) ohms: Ohms,
    pub(crate) filter: bool,
    pub(crate) filter_count: u32,
    pub(crate) filter_control: FilterControl,
    pub(crate) range_hold: bool,
    pub(crate) range_hold_delay: f64,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Functions {
    pub(crate) voltage: bool,
    pub(crate) current: bool,
    pub(crate) ohms: bool,
}

/// One of the two quantities that can be measured, and limited while the other is sourced.
#[derive(Clone, Debug)]
pub(crate) struct SenseFunction {
    /// Index of the range.
    pub(crate) range: usize,
    pub(crate) range_auto: bool,
    pub(crate) lower_limit: f64,
    /// The compliance.
    pub(crate) protection: f64,
    pub(crate) protection_sync: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Ohms {
    pub(crate) mode: OhmsMode,
    pub(crate) range: usize,
    pub(crate) range_auto: bool,
    /// Ohms between which the automatic range is chosen.
    pub(crate) lower_limit: f64,
    pub(crate) upper_limit: f64,
    pub(crate) offset_compensated: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Trigger {
    /// `None` is infinite.
    pub(crate) arm_count: Option<u32>,
    pub(crate) arm_source: ArmSource,
    pub(crate) arm_timer: f64,
    pub(crate) arm_bypass: Bypass,
    pub(crate) arm_input_line: u32,
    pub(crate) arm_output_line: u32,
    pub(crate) arm_output: ArmOutput,
    pub(crate) count: u32,
    pub(crate) source: TriggerSource,
    pub(crate) delay: f64,
    pub(crate) bypass: Bypass,
    pub(crate) input_line: u32,
    pub(crate) output_line: u32,
    pub(crate) inputs: LayerEvents,
    pub(crate) outputs: LayerEvents,
}

/// Which of the three layers' events are enabled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct LayerEvents {
    pub(crate) source: bool,
    pub(crate) delay: bool,
    pub(crate) sense: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Format {
    pub(crate) data: DataFormat,
    pub(crate) order: ByteOrder,
    pub(crate) registers: RegisterFormat,
    /// In the order of [`Element`].
    pub(crate) elements: [bool; 5],
    /// In the order of [`ResultElement`].
    pub(crate) results: [bool; 3],
    /// Of `:SOUR2:TTL?`.
    pub(crate) digital: RegisterFormat,
}

impl Settings {
    /// The values after `*RST`.
    pub(crate) fn reset(model: &Model) -> Self {
        Settings {
            output: Output { on: false, off_state: OffState::Normal, enable_line: false },
            source: Source::reset(model),
            sense: Sense::reset(model),
            trigger: Trigger::reset(),
            format: Format {
                data: DataFormat::Ascii,
                order: ByteOrder::Normal,
                registers: RegisterFormat::Ascii,
                elements: [true; 5],
                results: [true, false, false],
                digital: RegisterFormat::Ascii,
            },
            statistic: Statistic::Mean,
            calculate: Calculate::reset(),
            digital: Digital {
                level: 15,
                size: 4,
                line_four: LineFour::EndOfTest,
                busy_high: false,
                clear_auto: false,
                clear_delay: 1e-4,
            },
            panel: Panel::Front,
            four_wire: false,
            auto_zero: true,
            zero_cache: false,
            ranging_once: RangingInCompliance::Single,
            guard: Guard::Cable,
            beeper: true,
            time_reset_auto: false,
        }
    }

    /// The values after `:SYST:PRES`, as far as they differ from `*RST`.
    pub(crate) fn preset(model: &Model) -> Self {
        let mut settings = Settings::reset(model);
        settings.format.order = ByteOrder::Swapped;
        settings.source.over_voltage = model.preset_over_voltage;
        settings
    }
}

impl Source {
    fn reset(model: &Model) -> Self {
        let function = |range| SourceFunction {
            level: 0.0,
            triggered_level: None,
            scale: 1.0,
            scaled: false,
            range,
            range_auto: true,
            mode: LevelMode::Fixed,
            start: 0.0,
            stop: 0.0,
            step: 0.0,
            list: vec![0.0],
            list_start: 1,
        };
        Source {
            function: Function::Voltage,
            voltage: function(2),
            current: function(2),
            // Table 18-7 says 0; page 11-17 and a real unit say 1 ms.
            delay: 0.001,
            delay_auto: true,
            clear_auto: false,
            clear_mode: ClearMode::Always,
            over_voltage: model.top(Quantity::Voltage),
            soak: 0.0,
            spacing: Spacing::Linear,
            direction: SweepDirection::Up,
            sweep_ranging: SweepRanging::Best,
            compliance_abort: ComplianceAbort::Never,
            sweep_points: 2500,
            memory_points: 1,
            memory_start: 1,
        }
    }

    /// One of the two.
    pub(crate) fn of(&self, quantity: Quantity) -> &SourceFunction {
        match quantity {
            Quantity::Voltage => &self.voltage,
            Quantity::Current => &self.current,
        }
    }

    /// One of the two.
    pub(crate) fn of_mut(&mut self, quantity: Quantity) -> &mut SourceFunction {
        match quantity {
            Quantity::Voltage => &mut self.voltage,
            Quantity::Current => &mut self.current,
        }
    }

    /// What is sourced. While memory locations are swept they say so themselves.
    pub(crate) fn quantity(&self) -> Quantity {
        match self.function {
            Function::Current => Quantity::Current,
            Function::Voltage | Function::Memory => Quantity::Voltage,
        }
    }
}

impl SourceFunction {
    /// The span from start to stop.
    pub(crate) fn span(&self) -> f64 {
        self.stop - self.start
    }

    /// The middle between start and stop.
    pub(crate) fn centre(&self) -> f64 {
        0.5 * (self.start + self.stop)
    }
}

impl Sense {
    fn reset(model: &Model) -> Self {
        Sense {
            concurrent: true,
            functions: Functions { voltage: false, current: true, ohms: false },
            nplc: 1.0,
            voltage: SenseFunction {
                range: 2,
                range_auto: true,
                lower_limit: model.ranges(Quantity::Voltage)[0].top(),
                protection: 21.0,
                protection_sync: false,
            },
            current: SenseFunction {
                range: 2,
                range_auto: true,
                lower_limit: model.ranges(Quantity::Current)[0].nominal,
                protection: 1.05e-4,
                protection_sync: false,
            },
            ohms: Ohms {
                mode: OhmsMode::Auto,
                range: 4,
                range_auto: true,
                lower_limit: 20.0,
                upper_limit: 2.1e8,
                offset_compensated: false,
            },
            filter: false,
            filter_count: 10,
            filter_control: FilterControl::Repeat,
            range_hold: false,
            range_hold_delay: 0.0,
        }
    }

    /// One of the two.
    pub(crate) fn of(&self, quantity: Quantity) -> &SenseFunction {
        match quantity {
            Quantity::Voltage => &self.voltage,
            Quantity::Current => &self.current,
        }
    }

    /// One of the two.
    pub(crate) fn of_mut(&mut self, quantity: Quantity) -> &mut SenseFunction {
        match quantity {
            Quantity::Voltage => &mut self.voltage,
            Quantity::Current => &mut self.current,
        }
    }

    /// Ohms are measured with a current that the instrument chooses.
    pub(crate) fn auto_ohms(&self) -> bool {
        self.functions.ohms && self.ohms.mode == OhmsMode::Auto
    }
}

impl Trigger {
    /// Pulses on a trigger line decide about the run's pace.
    pub(crate) fn is_linked(&self) -> bool {
        self.source == TriggerSource::TriggerLink || self.arm_source == ArmSource::TriggerLink
    }

    pub(crate) fn reset() -> Self {
        Trigger {
            arm_count: Some(1),
            arm_source: ArmSource::Immediate,
            arm_timer: 0.1,
            arm_bypass: Bypass::Acceptor,
            arm_input_line: 1,
            arm_output_line: 2,
            arm_output: ArmOutput::None,
            count: 1,
            source: TriggerSource::Immediate,
            delay: 0.0,
            bypass: Bypass::Acceptor,
            input_line: 1,
            output_line: 2,
            // Table 18-11 says NONE; the defaults of page 11-17 say the source event, and that page
            // is right about the source delay, as a real unit shows. UNVERIFIED.
            inputs: LayerEvents { source: true, delay: false, sense: false },
            outputs: LayerEvents::default(),
        }
    }
}
