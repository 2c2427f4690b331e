//! Versions of firmware, compared.

use crate::{Identity, Model};

impl Model {
    /// What the maker's release notes say of this instrument's firmware; empty when nothing.
    pub fn firmware_warnings(&self, identity: &Identity) -> Vec<&str> {
        let notes = self.identity.firmware.iter();
        let older = notes.filter(|it| is_below(&identity.firmware, &it.below));
        older.map(|it| it.warning.as_str()).collect()
    }
}

/// Whether the version that `found` begins with is older than `below`: `C30   Mar 17 2006` is below
/// `C32`, `1.6.4c` below `1.7`. Versions of different letters, `A01` and `C32`, are not compared.
fn is_below(found: &str, below: &str) -> bool {
    let found = found.split_whitespace().next().unwrap_or_default();
    let (mut found, mut below) = (parts(found), parts(below));
    loop {
        match (found.next(), below.next()) {
            (_, None) => return false,
            (None, Some(_)) => return true,
            (Some(one), Some(other)) => match (one.parse::<u64>(), other.parse::<u64>()) {
                (Ok(one), Ok(other)) if one != other => return one < other,
                (Ok(_), Ok(_)) => {}
                _ if one == other => {}
                _ => return false,
            },
        }
    }
}

/// Runs of digits and runs of letters.
fn parts(version: &str) -> impl Iterator<Item = &str> {
    let separated = version.split(|it: char| !it.is_ascii_alphanumeric());
    separated.filter(|it| !it.is_empty()).flat_map(|word| {
        word.as_bytes()
            .chunk_by(|one, other| one.is_ascii_digit() == other.is_ascii_digit())
            .map(|it| std::str::from_utf8(it).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn older_firmware_is_told_from_newer_and_from_another_kind() {
        for (found, below, expected) in [
            ("C30   Mar 17 2006 09:29:29/A02  /K/J", "C32", true),
            ("C32 Jun  8 2010", "C32", false),
            ("C34", "C32", false),
            ("A01 Aug 25 2011", "C32", false),
            ("1.6.4c", "1.7", true),
            ("1.7.12b", "1.7", false),
            ("1.10.0", "1.9.9", false),
            ("", "1", true),
        ] {
            assert_eq!(is_below(found, below), expected, "{found} and {below}");
        }
    }
}
