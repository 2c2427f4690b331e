//! What the RS-232 interface does not carry.

use scpi_parser::{
    program::Unit,
    table::{Command, Table},
};

use super::Code;

/// The header of the data format, as a command.
const DATA_FORMAT: Table<()> = Table(&[Command { pattern: ":FORMat[:DATA]", action: () }]);

/// "ASCII only with RS-232" (User's Manual, appendix B).
pub(super) const ASCII_ONLY: Code = Code(701);

/// Whether a unit asks for a binary data format, `:FORM[:DATA] REAL,32` or `SREal`, which the serial
/// interface refuses (User's Manual, chapter 18, FORMat subsystem, and appendix B).
pub(super) fn asks_for_binary(unit: &Unit<'_>) -> bool {
    let mut parameters = unit.parameters;
    DATA_FORMAT.find(unit).is_ok()
        && matches!(parameters.next_raw(), Ok(Some([b'R' | b'r' | b'S' | b's', ..])))
}
