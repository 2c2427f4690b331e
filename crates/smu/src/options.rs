//! Settings of a few words.

use serde::{Deserialize, Serialize};

/// When the converter measures its own zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AutoZero {
    /// With every reading.
    On,
    /// Never: fast, and adrift.
    Off,
    /// Before each sweep and each single reading that follows another setting, and not in between.
    Once,
}

/// How readings are averaged in the instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// Which average.
    pub kind: FilterKind,
    /// Of how many readings.
    pub count: usize,
}

/// Which average a filter forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FilterKind {
    /// Of as many new readings for each.
    Repeat,
    /// Of the latest ones.
    Moving,
}

/// What is on the terminals while the output is off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OutputOffMode {
    /// 0 V with a low compliance.
    Normal,
    /// Nothing: a relay opens.
    HighImpedance,
    /// 0 V at the last range.
    Zero,
    /// 0 A with a low voltage limit.
    Guard,
}

macro_rules! shown {
    ($($option:ident: $($name:ident $text:literal),*;)*) => {$(
        impl std::fmt::Display for $option {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(match self { $($option::$name => $text),* })
            }
        }
    )*};
}

shown! {
    AutoZero: On "on", Off "off", Once "once";
    FilterKind: Repeat "repeat", Moving "moving";
    OutputOffMode: Normal "normal", HighImpedance "high-impedance", Zero "zero", Guard "guard";
}
