//! The names of the instruments that can be simulated.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::ConfigError;

macro_rules! models {
    ($($(#[$doc:meta])* $name:ident = $text:literal),+ $(,)?) => {
        /// The instruments that can be simulated.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        pub enum ModelName {
            $($(#[$doc])* #[serde(rename = $text)] $name),+
        }

        impl ModelName {
            /// All of them.
            pub const ALL: &'static [ModelName] = &[$(ModelName::$name),+];

            /// As it is written in files.
            pub fn text(self) -> &'static str {
                match self { $(ModelName::$name => $text),+ }
            }
        }
    };
}

models! {
    /// Keithley 2400: ±210 V, ±1.05 A.
    #[default]
    Keithley2400 = "keithley-2400",
    /// Keithley 2401: ±21 V, ±1.05 A, no digital outputs.
    Keithley2401 = "keithley-2401",
    /// Keithley 2410: ±1100 V, ±1.05 A.
    Keithley2410 = "keithley-2410",
    /// Keithley 2450, in its own SCPI: ±210 V, ±1.05 A.
    Keithley2450 = "keithley-2450",
    /// Keithley 2460, in its own SCPI: ±105 V, ±7.35 A.
    Keithley2460 = "keithley-2460",
    /// Keithley 2461, in its own SCPI, without its pulses: ±105 V, ±7.35 A.
    Keithley2461 = "keithley-2461",
    /// Keithley 2470, in its own SCPI: ±1100 V, ±1.05 A.
    Keithley2470 = "keithley-2470",
    /// Keysight B2901A: one channel, ±210 V, ±3.03 A, 100 nA range and up.
    KeysightB2901a = "keysight-b2901a",
    /// Keysight B2902A: two of the B2901A's channels.
    KeysightB2902a = "keysight-b2902a",
    /// Keysight B2911A: one channel, ±210 V, ±3.03 A, 10 nA range and up.
    KeysightB2911a = "keysight-b2911a",
    /// Keysight B2912A: two of the B2911A's channels.
    KeysightB2912a = "keysight-b2912a",
}

impl ModelName {
    /// How many trigger lines it has: the 2400's Trigger Link, the 2450's and the B2900's digital
    /// lines.
    pub fn trigger_lines(self) -> u32 {
        match self {
            ModelName::Keithley2400 | ModelName::Keithley2401 | ModelName::Keithley2410 => 4,
            ModelName::Keithley2450
            | ModelName::Keithley2460
            | ModelName::Keithley2461
            | ModelName::Keithley2470 => 6,
            ModelName::KeysightB2901a
            | ModelName::KeysightB2902a
            | ModelName::KeysightB2911a
            | ModelName::KeysightB2912a => 14,
        }
    }

    /// Whether it has a second channel.
    pub fn has_two_channels(self) -> bool {
        matches!(self, ModelName::KeysightB2902a | ModelName::KeysightB2912a)
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl FromStr for ModelName {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, ConfigError> {
        let found = ModelName::ALL.iter().find(|it| it.text() == text);
        found.copied().ok_or_else(|| ConfigError::UnknownModel {
            found: text.to_owned(),
            accepted: ModelName::ALL.iter().map(|it| it.text()).collect::<Vec<_>>().join(", "),
        })
    }
}
