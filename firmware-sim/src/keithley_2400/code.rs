//! The numbers and texts of the 2400's errors (User's Manual appendix B, table B-1; firmware C34).

pub(crate) use crate::engine::code::{
    Class, Code, DATA_STALE, ILLEGAL_PARAMETER, PARAMETER_OUT_OF_RANGE, SETTINGS_CONFLICT,
    TOO_MUCH_DATA, TRIGGER_IGNORED,
};

pub(crate) const HARDWARE_MISSING: Code = Code(-241);

pub(crate) const STORAGE_ACTIVE: Code = Code(800);
pub(crate) const INSUFFICIENT_VECTOR_DATA: Code = Code(801);
pub(crate) const BLOCKED_BY_ENABLE: Code = Code(802);
pub(crate) const OUTPUT_OFF: Code = Code(803);
pub(crate) const EXPRESSION_NOT_FOUND: Code = Code(806);
pub(crate) const TOO_SMALL_FOR_SENSE_RANGE: Code = Code(822);
pub(crate) const INVALID_WITH_READ_BACK: Code = Code(823);
pub(crate) const EXCEEDS_COMPLIANCE_RANGE: Code = Code(824);
pub(crate) const INVALID_WITH_AUTO_OHMS: Code = Code(825);
pub(crate) const EXCEEDS_POWER: Code = Code(826);
pub(crate) const INVALID_WITH_OHMS_GUARD: Code = Code(827);
pub(crate) const INVALID_ON_1_AMPERE: Code = Code(828);
pub(crate) const INVALID_ON_1_KILOVOLT: Code = Code(829);
pub(crate) const INVALID_WITH_INFINITE_ARM: Code = Code(830);

// Status events.
pub(crate) const LIMIT_1_FAILED: Code = Code(100);
pub(crate) const LIMITS_PASSED: Code = Code(105);
pub(crate) const READING_AVAILABLE: Code = Code(106);
pub(crate) const READING_OVERFLOW: Code = Code(107);
pub(crate) const BUFFER_AVAILABLE: Code = Code(108);
pub(crate) const BUFFER_FULL: Code = Code(109);
pub(crate) const ENABLE_ASSERTED: Code = Code(111);
pub(crate) const TEMPERATURE_LIMIT: Code = Code(112);
pub(crate) const VOLTAGE_LIMIT: Code = Code(113);
pub(crate) const IN_COMPLIANCE: Code = Code(114);
pub(crate) const OPERATION_COMPLETE: Code = Code(200);
pub(crate) const SWEEPING: Code = Code(303);
pub(crate) const WAITING_FOR_TRIGGER: Code = Code(305);
pub(crate) const WAITING_FOR_ARM: Code = Code(306);
pub(crate) const ENTERING_IDLE: Code = Code(310);

/// The text behind the number.
pub(super) fn text(code: Code) -> &'static str {
    let known = TEXTS.iter().find(|(number, _)| *number == code.0);
    known.map_or("Unknown error", |(_, text)| text)
}

/// The class, or `None` for what is only a status event.
pub(super) fn class(code: Code) -> Option<Class> {
    match code.0 {
        500..=799 | 900..=999 => Some(Class::Device),
        800..=899 => Some(Class::Execution),
        _ => code.standard_class(),
    }
}

/// Table B-1, in the corrected order of its rows 800 to 810.
const TEXTS: &[(i16, &str)] = &[
    (-440, "Query UNTERMINATED after indefinite response"),
    (-430, "Query DEADLOCKED"),
    (-420, "Query UNTERMINATED"),
    (-410, "Query INTERRUPTED"),
    (-363, "Input buffer overrun"),
    (-362, "Framing error in program message"),
    (-361, "Parity error in program message"),
    (-360, "Communications error"),
    (-350, "Queue overflow"),
    (-330, "Self-test failed"),
    (-315, "Configuration memory lost"),
    (-314, "Save/recall memory lost"),
    (-285, "Program syntax error"),
    (-284, "Program currently running"),
    (-282, "Illegal program name"),
    (-281, "Cannot create program"),
    (-260, "Expression error"),
    (-241, "Hardware missing"),
    (-230, "Data corrupt or stale"),
    (-225, "Out of memory"),
    (-224, "Illegal parameter value"),
    (-223, "Too much data"),
    (-222, "Parameter data out of range"),
    (-221, "Settings conflict"),
    (-220, "Parameter error"),
    (-215, "Arm deadlock"),
    (-214, "Trigger deadlock"),
    (-213, "Init ignored"),
    (-212, "Arm ignored"),
    (-211, "Trigger ignored"),
    (-210, "Trigger error"),
    (-202, "Settings lost due to rtl"),
    (-201, "Invalid while in local"),
    (-200, "Execution error"),
    (-178, "Expression data not allowed"),
    (-171, "Invalid expression"),
    (-170, "Expression error"),
    (-168, "Block data not allowed"),
    (-161, "Invalid block data"),
    (-160, "Block data error"),
    (-158, "String data not allowed"),
    (-154, "String too long"),
    (-151, "Invalid string data"),
    (-150, "String data error"),
    (-148, "Character data not allowed"),
    (-144, "Character data too long"),
    (-141, "Invalid character data"),
    (-140, "Character data error"),
    (-128, "Numeric data not allowed"),
    (-124, "Too many digits"),
    (-123, "Exponent too large"),
    (-121, "Invalid character in number"),
    (-120, "Numeric data error"),
    (-114, "Header suffix out of range"),
    (-113, "Undefined header"),
    (-112, "Program mnemonic too long"),
    (-111, "Header separator error"),
    (-110, "Command header error"),
    (-109, "Missing parameter"),
    (-108, "Parameter not allowed"),
    (-105, "GET not allowed"),
    (-104, "Data type error"),
    (-103, "Invalid separator"),
    (-102, "Syntax error"),
    (-101, "Invalid character"),
    (-100, "Command error"),
    (0, "No error"),
    (100, "Limit 1 failed"),
    (101, "Low limit 2 failed"),
    (102, "High limit 2 failed"),
    (103, "Low limit 3 failed"),
    (104, "High limit 3 failed"),
    (105, "Active limit tests passed"),
    (106, "Reading available"),
    (107, "Reading overflow"),
    (108, "Buffer available"),
    (109, "Buffer full"),
    (111, "OUTPUT enable asserted"),
    (112, "Temperature limit exceeded"),
    (113, "Voltage limit exceeded"),
    (114, "Source in compliance"),
    (200, "Operation complete"),
    (303, "Device sweeping"),
    (305, "Waiting in trigger layer"),
    (306, "Waiting in arm layer"),
    (310, "Entering idle layer"),
    (701, "ASCII only with RS-232"),
    (800, "Illegal with storage active"),
    (801, "Insufficient vector data"),
    (802, "OUTPUT blocked by output enable"),
    (803, "Not permitted with OUTPUT off"),
    (804, "Expression list full"),
    (805, "Undefined expression exists"),
    (806, "Expression not found"),
    (807, "Definition not allowed"),
    (808, "Expression cannot be deleted"),
    (809, "Source memory location revised"),
    (810, "OUTPUT blocked by Over-Temp"),
    (822, "Too small for sense range"),
    (823, "Invalid with source read-back on"),
    (824, "Cannot exceed compliance range"),
    (825, "Invalid with auto-ohms on"),
    (826, "Attempt to exceed power limit"),
    (827, "Invalid with ohms guard on"),
    (828, "Invalid on 1 amp range"),
    (829, "Invalid on 1kV range"),
    (830, "Invalid with INF ARM:COUNT"),
    (831, "Invalid in Pulse Mode"),
    (900, "Internal System Error"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_a_class_and_every_status_event_has_none() {
        for (number, text) in TEXTS {
            let event = (0..=499).contains(number);
            assert_eq!(class(Code(*number)).is_none(), event, "{number} {text}");
        }
    }
}
