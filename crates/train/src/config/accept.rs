//! Values that tables accept, and serde that refuses the others.

use crate::ConfigError;

/// Larger counts are typing errors, or would not fit in memory.
pub(super) const MOST: usize = 1_000_000;
const COUNT: &str = "a whole number from 1 to 1000000";

pub(super) fn count(key: &'static str, value: usize) -> Result<(), ConfigError> {
    accept(key, value, (1..=MOST).contains(&value), COUNT)
}

pub(super) fn above_zero(key: &'static str, value: f64) -> Result<(), ConfigError> {
    accept(key, value, value.is_finite() && value > 0.0, "a number above 0")
}

pub(super) fn not_negative(key: &'static str, value: f64) -> Result<(), ConfigError> {
    accept(key, value, value.is_finite() && value >= 0.0, "0 or a number above")
}

pub(super) fn accept(
    key: &'static str,
    value: impl ToString,
    accepts: bool,
    accepted: &'static str,
) -> Result<(), ConfigError> {
    if accepts { Ok(()) } else { Err(ConfigError { key, found: value.to_string(), accepted }) }
}

/// `remote = "Self"` makes serde's derived functions inherent, so that the trait's can check.
macro_rules! checked_serde {
    ($table:ty) => {
        impl<'de> serde::Deserialize<'de> for $table {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let table = <$table>::deserialize(deserializer)?;
                table.check().map_err(serde::de::Error::custom)?;
                Ok(table)
            }
        }

        impl serde::Serialize for $table {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                <$table>::serialize(self, serializer)
            }
        }
    };
}
pub(super) use checked_serde;

/// A list that may be written as its only element: `hidden = 2`, `hidden = [128, 64]`.
pub(super) mod one_or_many {
    use serde::{Deserialize, Deserializer};

    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMany<T> {
        One(T),
        Many(Vec<T>),
    }

    pub fn deserialize<'de, T, D>(deserializer: D) -> Result<Vec<T>, D::Error>
    where
        T: Deserialize<'de> + super::Named,
        D: Deserializer<'de>,
    {
        match OneOrMany::deserialize(deserializer) {
            Ok(OneOrMany::One(one)) => Ok(vec![one]),
            Ok(OneOrMany::Many(many)) => Ok(many),
            Err(_) => Err(serde::de::Error::custom(format_args!(
                "expected {name}, or a list of such",
                name = T::NAME
            ))),
        }
    }
}

/// What a value is called where another was found.
pub(super) trait Named {
    const NAME: &'static str;
}

impl Named for usize {
    const NAME: &'static str = "a whole number from 1 to 1000000";
}
