//! Settings that the firmware takes and does not act on.

use scpi_parser::program::{Header, Unit, units};

use super::Fault;

/// Nodes that manuals write in brackets: a header means the same with and without them.
const OPTIONAL: &[&str] = &["LEVel", "IMMediate", "AMPLitude", "DC", "STATe"];

/// A setting that is not heard.
#[derive(Debug)]
pub(crate) struct Deaf {
    header: String,
    /// How many times more.
    left: u64,
}

impl Deaf {
    pub(crate) fn new(header: String, times: Option<u64>) -> Deaf {
        Deaf { header, left: times.unwrap_or(u64::MAX) }
    }

    /// Whether `unit` is not to be executed; counts it.
    pub(crate) fn ignores(&mut self, unit: &Unit<'_>) -> bool {
        if self.left == 0 || unit.is_query {
            return false;
        }
        let named = units(self.header.as_bytes()).next();
        let same = named.is_some_and(|it| it.is_ok_and(|it| same(&it.header, &unit.header)));
        if same && self.left != u64::MAX {
            self.left -= 1;
        }
        same
    }

    /// The fault that it is, as often as it is still to strike.
    pub(crate) fn fault(&self) -> Fault {
        let messages = (self.left != u64::MAX).then_some(self.left);
        Fault::Ignores { header: self.header.clone(), messages }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.left == 0
    }
}

/// Whether two headers name the same setting.
fn same(one: &Header<'_>, other: &Header<'_>) -> bool {
    let essential = |header: &Header<'_>| -> Vec<String> {
        let nodes = header.nodes().iter().enumerate();
        let kept = nodes.filter(|(index, node)| {
            *index == 0
                || !OPTIONAL.iter().any(|it| abbreviated(it.as_bytes()) == abbreviated(node))
        });
        kept.map(|it| abbreviated(it.1)).collect()
    };
    one.is_common() == other.is_common() && essential(one) == essential(other)
}

/// The short form of a mnemonic by SCPI's rule: four letters, or three where the fourth of a longer
/// word is a vowel; the numeric suffix stays, unless it is 1 (SCPI-99, volume 1, section 6.2).
fn abbreviated(node: &[u8]) -> String {
    let text = String::from_utf8_lossy(node).to_ascii_uppercase();
    let word = text.trim_end_matches(|it: char| it.is_ascii_digit());
    let suffix = &text[word.len()..];
    let vowel = word.as_bytes().get(3).is_some_and(|it| b"AEIOU".contains(it));
    let letters = if word.len() <= 4 {
        word.len()
    } else if vowel {
        3
    } else {
        4
    };
    let suffix = if suffix == "1" { "" } else { suffix };
    format!("{}{suffix}", &word[..letters])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ignores(header: &str, message: &str) -> bool {
        let unit = units(message.as_bytes()).last().unwrap().unwrap();
        Deaf::new(header.to_owned(), None).ignores(&unit)
    }

    #[test]
    fn a_header_is_matched_in_short_and_long_form_with_and_without_optional_nodes() {
        for message in [
            ":SENS:CURR:PROT 1E-3",
            "sense:current:dc:protection:level 1E-3",
            ":SENS1:CURR:PROT 1E-3",
            ":SENS:CURR:RANG 1E-3;PROT 1E-3",
        ] {
            assert!(ignores(":SENS:CURR:PROT", message), "{message}");
            assert!(ignores("SENSe:CURRent:PROTection:LEVel", message), "{message}");
        }
    }

    #[test]
    fn other_headers_and_queries_are_heard() {
        for message in
            [":SENS:CURR:PROT?", ":SENS:CURR:RANG 1E-3", ":SENS:VOLT:PROT 1", ":SENS2:CURR:PROT 1"]
        {
            assert!(!ignores(":SENS:CURR:PROT", message), "{message}");
        }
        assert!(!ignores(":SOUR:VOLT", ":SOUR:VOLT:RANG 2"));
        assert!(ignores(":SOUR:VOLT", ":SOURCE:VOLTAGE:LEVEL:IMMEDIATE:AMPLITUDE 2"));
        assert!(ignores("*RST", "*rst"));
        assert!(!ignores("RST", "*rst"));
    }

    #[test]
    fn it_is_deaf_as_often_as_asked() {
        let mut deaf = Deaf::new("OUTP".to_owned(), Some(1));
        let unit = units(b"OUTPUT:STATE ON").next().unwrap().unwrap();
        assert!(deaf.ignores(&unit));
        assert!(deaf.is_over());
        assert!(!deaf.ignores(&unit));
    }
}
