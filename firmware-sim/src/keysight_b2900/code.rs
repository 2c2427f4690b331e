//! The numbers and texts of the B2900's errors (SCPI Command Reference chapter 5). The texts that
//! were not to be had are SCPI-99's. UNVERIFIED, as is which number the firmware chooses for a
//! setting that is valid by itself and not together with others: -221 here.

use scpi_parser::error::Error;

pub(super) use crate::engine::code::{
    Class, Code, ILLEGAL_PARAMETER, PARAMETER_OUT_OF_RANGE, SETTINGS_CONFLICT, TOO_MUCH_DATA,
    TRIGGER_IGNORED,
};

pub(super) const SUFFIX_OUT_OF_RANGE: Code = Code(-114);
pub(super) const INVALID_CHARACTER_DATA: Code = Code(-141);
pub(super) const INIT_IGNORED: Code = Code(-213);

/// Entries of the error queue. UNVERIFIED.
pub(super) const QUEUE: usize = 30;

/// The class; errors of the instrument's own count as device errors (page 5-2).
pub(super) fn class(code: Code) -> Class {
    code.standard_class().unwrap_or(Class::Device)
}

/// As `:SYST:ERR?` writes it: the number signed, `+0,"No error"`.
pub(super) fn text(error: Error) -> String {
    let text = if error.code() == -350 { "Error queue overflow" } else { error.text() };
    format!("{:+},\"{text}\"", error.code())
}

#[cfg(test)]
mod tests {
    use super::*;
    use scpi_parser::error::{NO_ERROR, QUEUE_OVERFLOW};

    #[test]
    fn numbers_are_signed_and_the_overflow_has_the_makers_words() {
        assert_eq!(text(NO_ERROR), "+0,\"No error\"");
        assert_eq!(text(QUEUE_OVERFLOW), "-350,\"Error queue overflow\"");
    }
}
