//! Quantities as people write them: `"60 uA"`, `"10 kOhm"`, `"2.5 %"`.

use std::{fmt, marker::PhantomData, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! quantity {
    ($(#[$doc:meta])* $name:ident, $unit:literal, $noun:literal, $example:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
        pub struct $name(pub f64);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", scpi_parser::quantity::display(self.0, $unit))
            }
        }

        impl FromStr for $name {
            type Err = QuantityError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                scpi_parser::quantity::parse(text, $unit).map(Self).map_err(|_| QuantityError {
                    found: text.to_owned(),
                    noun: $noun,
                    example: $example,
                })
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                read(deserializer, $noun, $example)
            }
        }
    };
}

quantity!(
    /// A current in amperes, written `"60 uA"`.
    Amperes, "A", "a current", "60 uA"
);
quantity!(
    /// A duration in seconds, written `"200 ms"`.
    Seconds, "s", "a duration", "200 ms"
);
quantity!(
    /// A resistance in ohms, written `"10 kOhm"`.
    Ohms, "Ohm", "a resistance", "10 kOhm"
);
quantity!(
    /// A frequency in hertz, written `"50 Hz"`.
    Hertz, "Hz", "a frequency", "50 Hz"
);

quantity!(
    /// A voltage in volts, written `"300 mV"`.
    Volts, "V", "a voltage", "300 mV"
);
quantity!(
    /// A conductance in siemens, written `"10 uS"`.
    Siemens, "S", "a conductance", "10 uS"
);
quantity!(
    /// A capacitance in farads, written `"100 nF"`.
    Farads, "F", "a capacitance", "100 nF"
);
quantity!(
    /// A length in metres, written `"10 um"`.
    Metres, "m", "a length", "10 um"
);
quantity!(
    /// A diffusion coefficient in square metres per second, written `"1e-9 m2/s"`.
    Diffusivity, "m2/s", "a diffusion coefficient", "1e-9 m2/s"
);
quantity!(
    /// A rate in 1/s, written `"4000 /s"`.
    PerSecond, "/s", "a rate", "4000 /s"
);

/// A ratio, written in per cent: `"5 %"` is 0.05.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd)]
pub struct Ratio(pub f64);

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Multiplying by 100 may miss the number that was written by one bit; of the neighbours
        // whose hundredth is this ratio, the one with the shortest text was written.
        let percent = self.0 * 100.0;
        let exact = [percent, percent.next_up(), percent.next_down()]
            .into_iter()
            .filter(|it| it / 100.0 == self.0)
            .min_by_key(|it| it.to_string().len())
            .unwrap_or(percent);
        write!(f, "{exact} %")
    }
}

impl FromStr for Ratio {
    type Err = QuantityError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.trim()
            .strip_suffix('%')
            .and_then(|number| number.trim_end().parse::<f64>().ok())
            .filter(|number| number.is_finite())
            .map(|percent| Ratio(percent / 100.0))
            .ok_or_else(|| QuantityError {
                found: text.to_owned(),
                noun: "a ratio in per cent",
                example: "5 %",
            })
    }
}

impl Serialize for Ratio {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read(deserializer, "a ratio in per cent", "5 %")
    }
}

/// What a key holds, as a number in base units.
pub(crate) trait Number: Copy {
    /// Amperes, seconds, ohms, ..., or the bare number.
    fn number(self) -> f64;
}

macro_rules! number {
    ($($name:ident)*) => {
        $(impl Number for $name {
            fn number(self) -> f64 {
                self.0
            }
        })*
    };
}

number!(Amperes Seconds Ohms Hertz Volts Siemens Farads Metres Diffusivity PerSecond Ratio);

impl Number for f64 {
    fn number(self) -> f64 {
        self
    }
}

impl Number for u8 {
    fn number(self) -> f64 {
        f64::from(self)
    }
}

impl Number for u32 {
    fn number(self) -> f64 {
        f64::from(self)
    }
}

/// The text of a quantity was not understood.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{found}\" is not {noun}: write it with its unit, such as \"{example}\"")]
pub struct QuantityError {
    /// What was written.
    pub found: String,
    /// What was expected.
    pub noun: &'static str,
    /// How that looks.
    pub example: &'static str,
}

/// Reads a quantity from its text; a bare number is answered with the way to write it.
struct Written<T> {
    noun: &'static str,
    example: &'static str,
    quantity: PhantomData<T>,
}

fn read<'de, D, T>(
    deserializer: D,
    noun: &'static str,
    example: &'static str,
) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = QuantityError>,
{
    deserializer.deserialize_any(Written { noun, example, quantity: PhantomData })
}

impl<T> Written<T> {
    fn refuse<E: de::Error>(&self, found: impl ToString) -> E {
        E::custom(QuantityError {
            found: found.to_string(),
            noun: self.noun,
            example: self.example,
        })
    }
}

impl<T: FromStr<Err = QuantityError>> de::Visitor<'_> for Written<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} such as \"{}\"", self.noun, self.example)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<T, E> {
        Err(self.refuse(number))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<T, E> {
        Err(self.refuse(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ratio_reads_back_as_the_number_that_was_written() {
        for percent in ["5 %", "0.2 %", "0.07 %", "2.5 %", "-3.3 %", "100 %"] {
            let ratio: Ratio = percent.parse().unwrap();
            assert_eq!(ratio.to_string(), percent);
            assert_eq!(ratio.to_string().parse(), Ok(ratio));
        }
    }

    #[test]
    fn a_quantity_without_its_unit_is_answered_with_an_example() {
        let error = "60".parse::<Amperes>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"60\" is not a current: write it with its unit, such as \"60 uA\""
        );
    }
}
