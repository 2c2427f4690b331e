//! Compact models: the current of a device in a state, and how the state moves.
//!
//! Every model has a closed form for its motion at a constant voltage, so holding a voltage is
//! exact and the result does not depend on how often the device is asked. Every memristor's
//! current is zero at 0 V in any state: all loops are pinched at the origin. No current falls with
//! the voltage in a given state.

mod channel;
mod diode;
mod exponential_integral;
mod filament;
mod sinh;
mod state;
mod stretched;
mod switching;
mod table;
mod vteam;
mod yakopcic;

pub(crate) use self::state::State;
use self::{
    channel::Channel,
    diode::Diode,
    filament::Filament,
    sinh::{Saturating, SinhMix},
    switching::Switching,
    table::Table,
    vteam::Vteam,
    yakopcic::Yakopcic,
};
use crate::{
    config::{DeviceConfig, Number, Preset},
    random::Draws,
};

/// The law of one device. Volts, amperes, seconds.
#[derive(Clone, Debug)]
pub(crate) enum Law {
    /// `I = V / R`.
    Resistor {
        siemens: f64,
    },
    SinhMix(SinhMix),
    Saturating(Saturating),
    Channel(Channel),
    Filament(Filament),
    Switching(Switching),
    Vteam(Vteam),
    Yakopcic(Yakopcic),
    Diode(Diode),
    Table(Table),
}

impl Law {
    /// # Panics
    /// Never with a validated configuration: the file of a `table` was read then.
    pub(crate) fn new(config: &DeviceConfig) -> Self {
        match config.preset {
            Preset::LiquidSinh => Law::SinhMix(SinhMix::liquid(config)),
            Preset::Cuso4 => Law::SinhMix(SinhMix::cuso4(config)),
            Preset::Saturating => Law::Saturating(Saturating::new(config)),
            Preset::Conical => Law::Channel(Channel::conical(config)),
            Preset::Nanochannel => Law::Channel(Channel::nanochannel(config)),
            Preset::AgFilament => Law::Filament(Filament::new(config)),
            Preset::Switching => Law::Switching(Switching::new(config)),
            Preset::Vteam => Law::Vteam(Vteam::new(config)),
            Preset::Yakopcic => Law::Yakopcic(Yakopcic::new(config)),
            Preset::Resistor => Law::Resistor { siemens: 1.0 / or(config.resistance, 10e3) },
            Preset::Diode => Law::Diode(Diode::new(config)),
            Preset::Table => {
                let measured = config.measured().expect("a validated configuration has its table");
                Law::Table(Table::new(&measured, config.full_scale.map(Number::number)))
            }
        }
    }

    /// The current at `volts` in `state`.
    pub(crate) fn current(&self, volts: f64, state: &State) -> f64 {
        match self {
            Law::Resistor { siemens } => siemens * volts,
            Law::SinhMix(law) => law.current(volts, state.x()),
            Law::Saturating(law) => law.current(volts, state.x()),
            Law::Channel(law) => law.current(volts, state.x()),
            Law::Filament(law) => law.current(volts, state),
            Law::Switching(law) => law.current(volts, state.x()),
            Law::Vteam(law) => law.current(volts, state.x()),
            Law::Yakopcic(law) => law.current(volts, state.x()),
            Law::Diode(law) => law.current(volts),
            Law::Table(law) => law.current(volts),
        }
    }

    /// The current at `volts` in `state` and its derivative in siemens, of the laws for which a root
    /// is quick to find with it: steep ones with a closed form.
    pub(crate) fn tangent(&self, volts: f64, state: &State) -> Option<(f64, f64)> {
        match self {
            Law::SinhMix(law) => Some(law.tangent(volts, state.x())),
            Law::Yakopcic(law) => Some(law.tangent(volts, state.x())),
            _ => None,
        }
    }

    /// Moves the state as `seconds` at constant `volts` do; exact.
    pub(crate) fn flow(&self, state: &mut State, volts: f64, seconds: f64) {
        let x = &mut state.modes[0];
        match self {
            Law::Resistor { .. } | Law::Diode(_) | Law::Table(_) => {}
            Law::SinhMix(law) => *x = law.relaxation(volts).after(*x, seconds),
            Law::Saturating(law) => *x = law.relaxation(volts).after(*x, seconds),
            Law::Channel(law) => *x = law.relaxation(volts).after(*x, seconds),
            Law::Filament(law) => law.flow(state, volts, seconds),
            Law::Switching(law) => *x = law.relaxation(volts).after(*x, seconds),
            Law::Vteam(law) => *x = law.after(*x, volts, seconds),
            Law::Yakopcic(law) => *x = law.after(*x, volts, seconds),
        }
    }

    /// How fast the state moves at `volts` at most, in 1/s.
    pub(crate) fn speed(&self, volts: f64, state: &State) -> f64 {
        match self {
            Law::Resistor { .. } | Law::Diode(_) | Law::Table(_) => 0.0,
            Law::SinhMix(law) => law.relaxation(volts).rate,
            Law::Saturating(law) => law.relaxation(volts).rate,
            Law::Channel(law) => law.relaxation(volts).rate,
            Law::Filament(law) => law.speed(volts, state),
            Law::Switching(law) => law.relaxation(volts).rate,
            Law::Vteam(law) => law.speed(volts),
            Law::Yakopcic(law) => law.speed(volts),
        }
    }

    /// Whether the current depends on the past.
    pub(crate) fn remembers(&self) -> bool {
        !matches!(self, Law::Resistor { .. } | Law::Diode(_) | Law::Table(_))
    }

    /// Whether the motion changes at a voltage so steeply that nothing smooth in the voltage stands
    /// for it.
    pub(crate) fn is_abrupt(&self) -> bool {
        matches!(self, Law::Filament(_) | Law::Switching(_))
    }

    /// Resistance that belongs to the law, in ohms.
    pub(crate) fn series(&self) -> f64 {
        if let Law::Diode(law) = self { law.series } else { 0.0 }
    }

    /// The state of a device as it is put on the terminals.
    pub(crate) fn rest(&self) -> State {
        State::of(match self {
            Law::Resistor { .. } | Law::Diode(_) | Law::Table(_) | Law::Filament(_) => 0.0,
            Law::SinhMix(law) => law.rest(),
            Law::Saturating(_) => 0.5,
            Law::Channel(_) => 1.0,
            Law::Switching(law) => law.steady(0.0),
            Law::Vteam(law) => law.fresh,
            Law::Yakopcic(law) => law.fresh,
        })
    }

    /// What the noise and offset figures are shares of: the current at +1 V from rest; of a
    /// filament that of a whole one, of a smooth switch the one that settles there, of a diode 1 mA.
    pub(crate) fn full_scale(&self) -> f64 {
        match self {
            Law::Filament(law) => law.whole(1.0),
            Law::Switching(law) => law.full_scale,
            Law::Diode(_) => 1e-3,
            _ => self.current(1.0, &self.rest()).abs(),
        }
    }

    /// Draws what a new cycle of this law has for itself.
    pub(crate) fn redraw(&self, state: &mut State, draws: &mut Draws) {
        if let Law::Filament(law) = self {
            law.redraw(state, draws);
        }
    }

    /// Notices where the state has ended a cycle by itself.
    pub(crate) fn turn(&self, state: &mut State, draws: &mut Draws) {
        if let Law::Filament(law) = self {
            law.turn(state, draws);
        }
    }
}

/// A linear relaxation: where the state goes and how fast.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Relaxation {
    pub(crate) target: f64,
    /// 1/s.
    pub(crate) rate: f64,
}

impl Relaxation {
    /// The state `seconds` after it was `x`.
    fn after(self, x: f64, seconds: f64) -> f64 {
        vanishing(self.target + (x - self.target) * (-self.rate * seconds).exp())
    }
}

/// The hyperbolic sine, of an argument that leaves it a number.
fn sinh(argument: f64) -> f64 {
    argument.clamp(-700.0, 700.0).sinh()
}

/// The hyperbolic sine and cosine; the second costs a root.
fn sinh_cosh(argument: f64) -> (f64, f64) {
    let sinh = sinh(argument);
    (sinh, (1.0 + sinh * sinh).sqrt())
}

/// A state that has all but decayed is zero: subnormal numbers are slow to compute with.
fn vanishing(x: f64) -> f64 {
    if x.abs() < 1e-30 { 0.0 } else { x }
}

fn or<T: Number>(given: Option<T>, default: f64) -> f64 {
    given.map_or(default, Number::number)
}
