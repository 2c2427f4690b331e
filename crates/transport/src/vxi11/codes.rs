//! What VXI-11's error codes mean (VXI-11, table B.2).

use crate::LinkError;

pub(super) const OPERATION_NOT_SUPPORTED: u32 = 8;
pub(super) const LOCKED_BY_ANOTHER: u32 = 11;
pub(super) const IO_TIMEOUT: u32 = 15;
pub(super) const ABORT: u32 = 23;

fn meaning(code: u32) -> &'static str {
    match code {
        1 => "syntax error",
        3 => "device not accessible; check the device's name in the resource string",
        4 => "invalid link identifier; the instrument has forgotten the link",
        5 => "parameter error",
        6 => "channel not established",
        OPERATION_NOT_SUPPORTED => "operation not supported",
        9 => {
            "out of resources; the instrument has no free link: close other programs, or switch it off and on"
        }
        LOCKED_BY_ANOTHER => "device locked by another link",
        12 => "no lock held by this link",
        IO_TIMEOUT => "I/O timeout",
        17 => "I/O error",
        21 => "invalid address",
        ABORT => "abort",
        29 => "channel already established",
        _ => "a code that VXI-11 does not know",
    }
}

/// What the instrument said to a call, as an error.
pub(super) fn declined(operation: &'static str, code: u32) -> LinkError {
    LinkError::Declined {
        protocol: "VXI-11",
        operation,
        code: i64::from(code),
        meaning: meaning(code),
    }
}
