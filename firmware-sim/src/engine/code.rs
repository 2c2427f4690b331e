//! The numbers of errors, as SCPI has them and as makers add to them.

/// An error on its way to the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Code(pub(crate) i16);

pub(crate) const GET_NOT_ALLOWED: Code = Code(-105);
pub(crate) const TRIGGER_IGNORED: Code = Code(-211);
pub(crate) const SETTINGS_CONFLICT: Code = Code(-221);
pub(crate) const PARAMETER_OUT_OF_RANGE: Code = Code(-222);
pub(crate) const TOO_MUCH_DATA: Code = Code(-223);
pub(crate) const ILLEGAL_PARAMETER: Code = Code(-224);
pub(crate) const DATA_STALE: Code = Code(-230);
pub(crate) const INPUT_OVERRUN: Code = Code(-363);
pub(crate) const QUERY_INTERRUPTED: Code = Code(-410);
pub(crate) const QUERY_UNTERMINATED: Code = Code(-420);
pub(crate) const AFTER_INDEFINITE: Code = Code(-440);

impl From<scpi_parser::error::Error> for Code {
    fn from(error: scpi_parser::error::Error) -> Self {
        Code(error.code())
    }
}

/// Which bit of the standard event register a code sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    Query = 2,
    Device = 3,
    Execution = 4,
    Command = 5,
}

impl Code {
    /// A unit was not understood.
    pub(crate) fn is_command_error(self) -> bool {
        (-199..=-100).contains(&self.0)
    }

    /// The class of one of SCPI's own, or `None` for what is none of them.
    pub(crate) fn standard_class(self) -> Option<Class> {
        match self.0 {
            -499..=-400 => Some(Class::Query),
            -399..=-300 => Some(Class::Device),
            -299..=-200 => Some(Class::Execution),
            -199..=-100 => Some(Class::Command),
            _ => None,
        }
    }

    /// The text that SCPI-99 has for it.
    pub(crate) fn standard_text(self) -> Option<&'static str> {
        let known = scpi_parser::error::STANDARD.iter().find(|it| it.code() == self.0);
        known.map(|it| it.text())
    }
}
