//! The words that a device's keys are written in.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The laws that can be put on the terminals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Preset {
    /// A liquid memristor with a convex current and a modest memory.
    LiquidSinh,
    /// A memristor whose current saturates.
    Saturating,
    /// Aqueous copper sulphate, as fitted to published loops.
    #[default]
    Cuso4,
    /// A conical iontronic channel.
    Conical,
    /// A tapered nanochannel network with a memory of seconds.
    Nanochannel,
    /// A volatile silver filament.
    AgFilament,
    /// A filament that opens and closes smoothly with the voltage.
    Switching,
    /// The voltage threshold adaptive model.
    Vteam,
    /// Yakopcic's generalised model.
    Yakopcic,
    /// An ohmic resistor, for tests.
    Resistor,
    /// A diode with a series resistance, for tests.
    Diode,
    /// A measured curve from a file.
    Table,
}

impl Preset {
    /// Every preset, in the order of its documentation.
    pub const ALL: [Preset; 12] = [
        Preset::LiquidSinh,
        Preset::Saturating,
        Preset::Cuso4,
        Preset::Conical,
        Preset::Nanochannel,
        Preset::AgFilament,
        Preset::Switching,
        Preset::Vteam,
        Preset::Yakopcic,
        Preset::Resistor,
        Preset::Diode,
        Preset::Table,
    ];
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Preset::LiquidSinh => "liquid-sinh",
            Preset::Saturating => "saturating",
            Preset::Cuso4 => "cuso4",
            Preset::Conical => "conical",
            Preset::Nanochannel => "nanochannel",
            Preset::AgFilament => "ag-filament",
            Preset::Switching => "switching",
            Preset::Vteam => "vteam",
            Preset::Yakopcic => "yakopcic",
            Preset::Resistor => "resistor",
            Preset::Diode => "diode",
            Preset::Table => "table",
        })
    }
}

/// How the motion of a state w in 0..=1 ends at its limits: the factor on its speed. All have a
/// closed form at a constant voltage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Window {
    /// 1, and a hard stop.
    None,
    /// 1 − w upwards, w downwards.
    #[default]
    Linear,
    /// 4·w·(1 − w) (Joglekar and Wolf 2009, p = 1); the state can only creep off its limits.
    Joglekar,
    /// 1 − w² upwards, 1 − (1 − w)² downwards (Biolek 2009, p = 1).
    Biolek,
}

/// How a resistance depends on the state w in 0..=1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Curve {
    /// R = r_on + (r_off − r_on)·w.
    #[default]
    Linear,
    /// R = r_on·(r_off/r_on)^w.
    Exponential,
}

/// Which way of a measured sweep.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Branch {
    /// Rising voltage.
    Up,
    /// Falling voltage.
    Down,
    /// The mean of both.
    #[default]
    Mean,
}

/// What was measured against the voltage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TableQuantity {
    /// Current, in A.
    Amperes,
    /// Conductance I/V, in S.
    Siemens,
}

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a column is its name or its number from 1")]
pub enum Column {
    /// By number, from 1.
    Number(usize),
    /// By its name in the header.
    Name(String),
}
