//! Quantities with their units: `"20 mV"` in files, numbers of volts inside.

use std::{fmt, str::FromStr};

use scpi_parser::quantity::{self, QuantityError};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! units {
    ($($name:ident $unit:literal $doc:literal)*) => {$(
        #[doc = $doc]
        ///
        /// Read and written as text with a unit; a number without one is refused.
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
        pub struct $name(pub f64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                quantity::display(self.0, $unit).fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = QuantityError;

            fn from_str(text: &str) -> Result<Self, QuantityError> {
                quantity::parse(text, $unit).map($name)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                impl de::Visitor<'_> for Text {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        write!(f, "a quantity in quotes with its unit, for example \"20 m{}\"", $unit)
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    )*};
}

units! {
    Volts "V" "A voltage in volts."
    Amperes "A" "A current in amperes."
    Seconds "s" "A time in seconds."
    Hertz "Hz" "A frequency in hertz."
    Siemens "S" "A conductance in siemens."
    Watts "W" "A power in watts."
    Coulombs "C" "A charge in coulombs."
    VoltsPerSecond "V/s" "A rate of change in volts per second."
}
