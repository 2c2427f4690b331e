//! What the parser says of a value, in the words of whoever wrote the file.

/// What is wrong with a key or a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Complaint {
    /// A value of another kind or size than the one that is accepted.
    Value {
        /// In words, or as the program calls it: see [`plain`].
        expected: String,
    },
    /// Something else than one of some words.
    NoWord,
    /// A word that is none of those that are accepted.
    UnknownWord {
        /// All of them.
        accepted: Vec<String>,
    },
    /// A key that does not belong where it is.
    UnknownKey {
        /// As it stands there.
        key: String,
        /// All that would.
        accepted: Vec<String>,
    },
    /// A key that is needed and is not there.
    MissingKey {
        /// Its name.
        key: String,
    },
    /// A sentence that is made for people already.
    Other(String),
}

impl Complaint {
    /// Takes a message of serde or of the TOML parser apart.
    pub(super) fn of(message: &str) -> Complaint {
        let message = message.trim();
        let other = || Complaint::Other(message.replace('\n', "; "));
        let value = ["invalid type: ", "invalid value: ", "invalid length "];
        if value.iter().any(|it| message.starts_with(it)) {
            let Some((_, expected)) = message.rsplit_once(", expected ") else { return other() };
            return match expected {
                it if it.contains("variant") || it.starts_with("enum ") => Complaint::NoWord,
                it => Complaint::Value { expected: it.to_owned() },
            };
        }
        let no_word =
            ["wanted string or table", "wanted exactly 1 element", "expected empty table"];
        if no_word.iter().any(|it| message.starts_with(it)) {
            return Complaint::NoWord;
        }
        if let Some(rest) = message.strip_prefix("unknown variant `") {
            let accepted = rest.rsplit_once("`, expected ").map(|it| alternatives(it.1));
            return accepted.map_or_else(other, |accepted| Complaint::UnknownWord { accepted });
        }
        if let Some(rest) = message.strip_prefix("unknown field `") {
            let Some((key, expected)) = rest.split_once("`, ") else { return other() };
            let accepted = expected.strip_prefix("expected ").map_or(Vec::new(), alternatives);
            return Complaint::UnknownKey { key: key.to_owned(), accepted };
        }
        if let Some(key) = message.strip_prefix("missing field `") {
            return Complaint::MissingKey { key: key.trim_end_matches('`').to_owned() };
        }
        other()
    }
}

/// What is accepted, where the program has a name of its own for it.
pub(super) fn plain(expected: &str) -> String {
    let words = match expected {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "u128" | "usize" => "a whole number of 0 or more",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        it if it.starts_with("a nonzero ") => "a whole number of 1 or more",
        "f32" | "f64" => "a number",
        "a boolean" => "true or false",
        "a string" | "a character" | "string" | "str" | "path string" => "text in quotes",
        "a sequence" | "an array" => "a list in square brackets",
        "a map" => "a table",
        it if is_table(it) => "a table",
        it => {
            match it.strip_prefix("an array of length ").or(it.strip_prefix("a tuple of size ")) {
                Some(length) => return format!("a list of {length} in square brackets"),
                None => it,
            }
        }
    };
    words.to_owned()
}

/// Whether a table with certain keys is expected.
pub(super) fn is_table(expected: &str) -> bool {
    expected.starts_with("struct ") || expected.starts_with("tuple struct ")
}

/// The names in serde's "one of `a`, `b`, `c`", "`a` or `b`", "`a`".
fn alternatives(expected: &str) -> Vec<String> {
    expected.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_found_text_with_a_comma_does_not_hide_what_is_expected() {
        let complaint = Complaint::of("invalid type: string \"a, expected b\", expected usize");
        assert_eq!(complaint, Complaint::Value { expected: "usize".to_owned() });
    }

    #[test]
    fn a_table_without_any_key_accepts_none() {
        let complaint = Complaint::of("unknown field `x`, there are no fields");
        let expected = Complaint::UnknownKey { key: "x".to_owned(), accepted: Vec::new() };
        assert_eq!(complaint, expected);
    }
}
