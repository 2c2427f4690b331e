//! Everything that can be set on a 2450 but its trigger model, with its `*RST` value (2450
//! Reference Manual, section 6).

use super::{
    digitize::{self, Digitize},
    limits::LimitTest,
    models::Model,
};
use crate::engine::{channel::Quantity, choice::choice, ranges};

choice!(
    /// `:SOUR:FUNC`.
    SourceQuantity { Voltage = "VOLTage", Current = "CURRent" }
);
choice!(
    /// `:OUTP:<fn>:SMOD`.
    OffState { Normal = "NORMal", HighImpedance = "HIMPedance", Zero = "ZERO", Guard = "GUARd" }
);
choice!(
    /// `:SENS:<fn>:AVER:TCON`.
    FilterControl { Repeat = "REPeat", Moving = "MOVing" }
);
choice!(
    /// `:SENS:<fn>:UNIT`.
    Unit { Ohm = "OHM", Watt = "WATT", Ampere = "AMP", Volt = "VOLT" }
);
choice!(
    /// `:FORM:DATA`.
    DataFormat { Ascii = "ASCii", Real = "REAL", Single = "SREal" }
);
choice!(
    /// `:FORM:BORD`.
    ByteOrder { Normal = "NORMal", Swapped = "SWAPped" }
);
choice!(
    /// `:SOUR:VOLT:PROT`.
    Protection {
        At2 = "PROT2", At5 = "PROT5", At10 = "PROT10", At20 = "PROT20", At40 = "PROT40",
        At60 = "PROT60", At80 = "PROT80", At100 = "PROT100", At120 = "PROT120",
        At140 = "PROT140", At160 = "PROT160", At180 = "PROT180", None = "NONE",
    }
);
choice!(
    /// `*LANG`.
    Language { Scpi = "SCPI", Tsp = "TSP", Scpi2400 = "SCPI2400" }
);
choice!(
    /// `:SYST:ACC`.
    Access { Full = "FULL", Exclusive = "EXCLusive", Protected = "PROTected", Lockout = "LOCKout" }
);

impl Protection {
    /// Volts that the output never exceeds.
    pub(super) fn volts(self) -> f64 {
        const VOLTS: [f64; 12] =
            [2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 80.0, 100.0, 120.0, 140.0, 160.0, 180.0];
        VOLTS.get(self as usize).copied().unwrap_or(f64::INFINITY)
    }
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Measured {
    Voltage,
    Current,
    Resistance,
}

/// What `*RST` acts on.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) output: bool,
    pub(super) source: Source,
    pub(super) sense: Sense,
    /// `:SENS:COUN`.
    pub(super) count: u32,
    /// `:SENS:DIG:COUN`.
    pub(super) digitize_count: u32,
    pub(super) rear_terminals: bool,
    /// `:OUTP:INT:STAT`: the interlock must be closed for any output at all.
    pub(super) needs_interlock: bool,
    pub(super) format: Format,
}

#[derive(Clone, Debug)]
pub(super) struct Format {
    pub(super) data: DataFormat,
    pub(super) order: ByteOrder,
    /// Significant digits; 0 leaves them to the instrument.
    pub(super) precision: u32,
}

/// What source configuration lists store.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) function: SourceQuantity,
    pub(super) voltage: SourceFunction,
    pub(super) current: SourceFunction,
    pub(super) protection: Protection,
}

/// One of the two quantities that can be sourced.
#[derive(Clone, Debug)]
pub(super) struct SourceFunction {
    pub(super) level: f64,
    /// Index of the range.
    pub(super) range: usize,
    pub(super) range_auto: bool,
    /// The limit of the other quantity.
    pub(super) limit: f64,
    pub(super) delay: f64,
    pub(super) delay_auto: bool,
    pub(super) user_delays: [f64; 5],
    pub(super) read_back: bool,
    pub(super) high_capacitance: bool,
    pub(super) off_state: OffState,
}

/// What measure configuration lists store.
#[derive(Clone, Debug)]
pub(super) struct Sense {
    pub(super) function: Measured,
    pub(super) voltage: SenseFunction,
    pub(super) current: SenseFunction,
    pub(super) resistance: SenseFunction,
    pub(super) digitize: Digitize,
}

/// One of the three things that can be measured.
#[derive(Clone, Debug)]
pub(super) struct SenseFunction {
    /// Index of the range.
    pub(super) range: usize,
    pub(super) range_auto: bool,
    /// Indices of the lowest and the highest range that autoranging chooses.
    pub(super) lowest: usize,
    pub(super) highest: usize,
    pub(super) nplc: f64,
    pub(super) auto_zero: bool,
    pub(super) four_wire: bool,
    pub(super) filter: bool,
    pub(super) filter_count: u32,
    pub(super) filter_control: FilterControl,
    pub(super) relative: bool,
    pub(super) relative_offset: f64,
    pub(super) offset_compensated: bool,
    pub(super) user_delays: [f64; 5],
    pub(super) unit: Unit,
    /// Limits 1 and 2 of `:CALC2`.
    pub(super) limits: [LimitTest; 2],
}

/// The ohms ranges: nominal values (2450 Reference Manual, `:SENS:RES:RANG`).
pub(super) const OHMS: [f64; 8] = [20.0, 200.0, 2e3, 20e3, 200e3, 2e6, 20e6, 200e6];

impl Settings {
    /// The values after `*RST`.
    pub(super) fn reset(model: &Model) -> Settings {
        Settings {
            output: false,
            source: Source::reset(model),
            sense: Sense::reset(model),
            count: 1,
            digitize_count: digitize::COUNT,
            rear_terminals: false,
            needs_interlock: false,
            format: Format { data: DataFormat::Ascii, order: ByteOrder::Swapped, precision: 0 },
        }
    }
}

impl Source {
    fn reset(model: &Model) -> Source {
        let spec = &model.spec;
        let function = |quantity: Quantity, limit: f64| SourceFunction {
            level: 0.0,
            range: ranges::holding(spec.of(quantity), reset_range(quantity)).unwrap_or(0),
            range_auto: true,
            limit,
            delay: 0.0,
            delay_auto: true,
            user_delays: [0.0; 5],
            read_back: true,
            high_capacitance: false,
            off_state: OffState::Normal,
        };
        Source {
            function: SourceQuantity::Voltage,
            voltage: function(Quantity::Voltage, 1.05e-4),
            current: function(Quantity::Current, model.voltage_limit),
            protection: Protection::None,
        }
    }

    pub(super) fn quantity(&self) -> Quantity {
        match self.function {
            SourceQuantity::Voltage => Quantity::Voltage,
            SourceQuantity::Current => Quantity::Current,
        }
    }

    pub(super) fn of(&self, quantity: Quantity) -> &SourceFunction {
        match quantity {
            Quantity::Voltage => &self.voltage,
            Quantity::Current => &self.current,
        }
    }

    pub(super) fn of_mut(&mut self, quantity: Quantity) -> &mut SourceFunction {
        match quantity {
            Quantity::Voltage => &mut self.voltage,
            Quantity::Current => &mut self.current,
        }
    }

    /// What is sourced.
    pub(super) fn present(&self) -> &SourceFunction {
        self.of(self.quantity())
    }
}

/// The source ranges after `*RST`; UNVERIFIED, and of no consequence while autoranging.
fn reset_range(quantity: Quantity) -> f64 {
    match quantity {
        Quantity::Voltage => 2.0,
        Quantity::Current => 1e-4,
    }
}

impl Sense {
    fn reset(model: &Model) -> Sense {
        let spec = &model.spec;
        let function = |range, lowest, highest, unit| SenseFunction {
            range,
            range_auto: true,
            lowest,
            highest,
            nplc: 1.0,
            auto_zero: true,
            four_wire: false,
            filter: false,
            filter_count: 10,
            filter_control: FilterControl::Repeat,
            relative: false,
            relative_offset: 0.0,
            offset_compensated: false,
            user_delays: [0.0; 5],
            unit,
            limits: [LimitTest::reset(); 2],
        };
        let (volts, amperes) = (spec.voltage.len() - 1, spec.current.len() - 1);
        Sense {
            function: Measured::Current,
            voltage: function(model.measures_voltage_on, 0, volts, Unit::Volt),
            current: function(model.measures_current_on, 0, amperes, Unit::Ampere),
            resistance: function(OHMS.len() - 1, 0, OHMS.len() - 1, Unit::Ohm),
            digitize: Digitize::reset(model),
        }
    }

    pub(super) fn of(&self, measured: Measured) -> &SenseFunction {
        match measured {
            Measured::Voltage => &self.voltage,
            Measured::Current => &self.current,
            Measured::Resistance => &self.resistance,
        }
    }

    pub(super) fn of_mut(&mut self, measured: Measured) -> &mut SenseFunction {
        match measured {
            Measured::Voltage => &mut self.voltage,
            Measured::Current => &mut self.current,
            Measured::Resistance => &mut self.resistance,
        }
    }

    /// Makes a measure function the active one.
    pub(super) fn select(&mut self, measured: Measured) {
        self.function = measured;
        self.digitize.function = None;
    }

    /// The settings of what is measured.
    pub(super) fn present(&self) -> &SenseFunction {
        self.of(self.function)
    }
}
