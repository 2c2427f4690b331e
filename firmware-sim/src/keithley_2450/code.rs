//! The numbers of the 2450's events, and their texts (2450 Reference Manual, appendix of events).

pub(super) use crate::engine::code::{
    Class, Code, DATA_STALE, ILLEGAL_PARAMETER, PARAMETER_OUT_OF_RANGE, SETTINGS_CONFLICT,
    TOO_MUCH_DATA,
};

pub(super) const INIT_IGNORED: Code = Code(-213);
pub(super) const OUT_OF_MEMORY: Code = Code(-225);
pub(super) const SUFFIX_OUT_OF_RANGE: Code = Code(-114);
pub(super) const UNDEFINED_HEADER: Code = Code(-113);
pub(super) const PROGRAM_SYNTAX: Code = Code(-285);
pub(super) const QUEUE_OVERFLOW: Code = Code(-350);
/// Seen on an instrument of the same platform.
pub(super) const PROHIBITED_WHILE_RUNNING: Code = Code(2727);
/// UNVERIFIED which of 2728 to 2745 these are.
pub(super) const MODEL_INITIATED: Code = Code(2731);
pub(super) const MODEL_IDLED: Code = Code(2732);
pub(super) const NO_MODEL: Code = Code(2735);
pub(super) const MODEL_FAILED: Code = Code(2736);
/// One of 2771 to 2778; UNVERIFIED which.
pub(super) const OVER_TEMPERATURE: Code = Code(2771);
/// 2461 Reference Manual, page 6-165.
pub(super) const EXISTING_NAME: Code = Code(1115);
pub(super) const BUFFER_CLEARED: Code = Code(4917);
pub(super) const BUFFER_FULL: Code = Code(4918);
pub(super) const LIMITED_BY_INTERLOCK: Code = Code(5074);
/// UNVERIFIED that it has this number.
pub(super) const LIMIT_CHANGED: Code = Code(5082);
/// Binary readings hold numbers only (2461 Reference Manual, page 6-46).
pub(super) const NOT_A_VALID_NAME: Code = Code(1133);
pub(super) const SOURCE_OVER_LIMIT: Code = Code(5080);
pub(super) const SOURCE_WITHIN_LIMIT: Code = Code(5081);

/// How bad an event is, as the log writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Severity {
    Error = 1,
    Warning = 2,
    Information = 4,
}

/// The text behind the number.
pub(super) fn text(code: Code) -> &'static str {
    let own = TEXTS.iter().find(|it| it.0 == code.0).map(|it| it.1);
    own.or_else(|| code.standard_text()).unwrap_or("Unknown error")
}

/// Whether an event reaches the log. The comings and goings of runs do not: they are there for the
/// bits of status registers to be mapped to. UNVERIFIED.
pub(super) fn is_logged(code: Code) -> bool {
    !matches!(code, MODEL_INITIATED | MODEL_IDLED)
}

pub(super) fn severity(code: Code) -> Severity {
    match code {
        LIMITED_BY_INTERLOCK | LIMIT_CHANGED => Severity::Warning,
        MODEL_INITIATED | MODEL_IDLED | BUFFER_CLEARED | BUFFER_FULL | SOURCE_OVER_LIMIT
        | SOURCE_WITHIN_LIMIT => Severity::Information,
        _ => Severity::Error,
    }
}

/// The bit of the standard event register that an error sets; the 2450's own set the device's.
pub(super) fn class(code: Code) -> Option<Class> {
    match code {
        Code(0) => None,
        PROHIBITED_WHILE_RUNNING => Some(Class::Execution),
        _ if severity(code) != Severity::Error => None,
        _ => Some(code.standard_class().unwrap_or(Class::Device)),
    }
}

/// Where the 2450 does not say what SCPI says, and what SCPI has no number for. The texts above
/// zero are UNVERIFIED but for 1115, 1133 and 2727.
const TEXTS: &[(i16, &str)] = &[
    (-222, "Parameter data out of range"),
    (1115, "Parameter error: TRACe:MAKE cannot take an existing reading buffer name"),
    (1133, "Parameter 4, Syntax error, expected valid name parameters"),
    (2727, "Command prohibited while trigger model is running"),
    (2731, "Trigger model initiated"),
    (2732, "Trigger model idled"),
    (2735, "No trigger model is defined"),
    (2736, "Trigger model failed"),
    (2771, "Over temperature; the output is off"),
    (4917, "Reading buffer cleared"),
    (4918, "Reading buffer full"),
    (5074, "Output voltage limited by interlock"),
    (5080, "Source over limit"),
    (5082, "Source limit changed to suit the range"),
    (5081, "Source back within limit"),
];
