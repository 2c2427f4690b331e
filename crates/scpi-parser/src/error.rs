//! SCPI errors: codes, texts, and the queue an instrument keeps them in.

use std::{collections::VecDeque, fmt};

/// An error code with its text. Negative codes are SCPI's, positive ones an instrument's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    code: i16,
    text: &'static str,
}

impl Error {
    /// An error of the instrument's own.
    pub const fn new(code: i16, text: &'static str) -> Error {
        Error { code, text }
    }

    /// The number.
    pub const fn code(self) -> i16 {
        self.code
    }

    /// What it says.
    pub const fn text(self) -> &'static str {
        self.text
    }

    /// The bit of the standard event status register that the error sets: command 5, execution 4,
    /// device 3, query 2; the instrument's own count as device errors.
    pub const fn event_bit(self) -> u8 {
        match self.code {
            -199..=-100 => 5,
            -299..=-200 => 4,
            -499..=-400 => 2,
            _ => 3,
        }
    }
}

impl fmt::Display for Error {
    /// As `SYST:ERR?` answers: `-113,"Undefined header"`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},\"{}\"", self.code, self.text)
    }
}

impl std::error::Error for Error {}

macro_rules! standard {
    ($($name:ident $code:literal $text:literal)*) => {
        $(
            #[doc = concat!($text, ", ", stringify!($code), ".")]
            pub const $name: Error = Error::new($code, $text);
        )*
        /// The standard's errors that this crate knows (SCPI-99, volume 2, section 21.8).
        pub const STANDARD: &[Error] = &[$($name),*];
    };
}

standard! {
    NO_ERROR 0 "No error"
    COMMAND_ERROR -100 "Command error"
    INVALID_CHARACTER -101 "Invalid character"
    SYNTAX_ERROR -102 "Syntax error"
    INVALID_SEPARATOR -103 "Invalid separator"
    DATA_TYPE_ERROR -104 "Data type error"
    GET_NOT_ALLOWED -105 "GET not allowed"
    PARAMETER_NOT_ALLOWED -108 "Parameter not allowed"
    MISSING_PARAMETER -109 "Missing parameter"
    COMMAND_HEADER_ERROR -110 "Command header error"
    HEADER_SEPARATOR_ERROR -111 "Header separator error"
    PROGRAM_MNEMONIC_TOO_LONG -112 "Program mnemonic too long"
    UNDEFINED_HEADER -113 "Undefined header"
    HEADER_SUFFIX_OUT_OF_RANGE -114 "Header suffix out of range"
    NUMERIC_DATA_ERROR -120 "Numeric data error"
    INVALID_CHARACTER_IN_NUMBER -121 "Invalid character in number"
    EXPONENT_TOO_LARGE -123 "Exponent too large"
    TOO_MANY_DIGITS -124 "Too many digits"
    NUMERIC_DATA_NOT_ALLOWED -128 "Numeric data not allowed"
    INVALID_SUFFIX -131 "Invalid suffix"
    SUFFIX_NOT_ALLOWED -138 "Suffix not allowed"
    CHARACTER_DATA_ERROR -140 "Character data error"
    INVALID_CHARACTER_DATA -141 "Invalid character data"
    CHARACTER_DATA_TOO_LONG -144 "Character data too long"
    CHARACTER_DATA_NOT_ALLOWED -148 "Character data not allowed"
    STRING_DATA_ERROR -150 "String data error"
    INVALID_STRING_DATA -151 "Invalid string data"
    STRING_DATA_NOT_ALLOWED -158 "String data not allowed"
    BLOCK_DATA_ERROR -160 "Block data error"
    INVALID_BLOCK_DATA -161 "Invalid block data"
    BLOCK_DATA_NOT_ALLOWED -168 "Block data not allowed"
    EXPRESSION_ERROR -170 "Expression error"
    INVALID_EXPRESSION -171 "Invalid expression"
    EXPRESSION_DATA_NOT_ALLOWED -178 "Expression data not allowed"
    EXECUTION_ERROR -200 "Execution error"
    TRIGGER_ERROR -210 "Trigger error"
    TRIGGER_IGNORED -211 "Trigger ignored"
    ARM_IGNORED -212 "Arm ignored"
    INIT_IGNORED -213 "Init ignored"
    TRIGGER_DEADLOCK -214 "Trigger deadlock"
    ARM_DEADLOCK -215 "Arm deadlock"
    PARAMETER_ERROR -220 "Parameter error"
    SETTINGS_CONFLICT -221 "Settings conflict"
    DATA_OUT_OF_RANGE -222 "Data out of range"
    TOO_MUCH_DATA -223 "Too much data"
    ILLEGAL_PARAMETER_VALUE -224 "Illegal parameter value"
    OUT_OF_MEMORY -225 "Out of memory"
    DATA_CORRUPT_OR_STALE -230 "Data corrupt or stale"
    HARDWARE_MISSING -241 "Hardware missing"
    DEVICE_ERROR -300 "Device-specific error"
    MEMORY_LOST -314 "Save/recall memory lost"
    SELF_TEST_FAILED -330 "Self-test failed"
    QUEUE_OVERFLOW -350 "Queue overflow"
    COMMUNICATION_ERROR -360 "Communication error"
    INPUT_BUFFER_OVERRUN -363 "Input buffer overrun"
    QUERY_ERROR -400 "Query error"
    QUERY_INTERRUPTED -410 "Query INTERRUPTED"
    QUERY_UNTERMINATED -420 "Query UNTERMINATED"
    QUERY_DEADLOCKED -430 "Query DEADLOCKED"
    QUERY_UNTERMINATED_INDEFINITE -440 "Query UNTERMINATED after indefinite response"
}

/// A first-in, first-out queue of errors. When it is full, the newest entry becomes
/// [`QUEUE_OVERFLOW`] and what comes later is lost, as the standard asks.
#[derive(Clone, Debug)]
pub struct ErrorQueue {
    entries: VecDeque<Error>,
    depth: usize,
}

impl ErrorQueue {
    /// An empty queue of at most `depth` entries, at least one.
    pub fn new(depth: usize) -> ErrorQueue {
        let depth = depth.max(1);
        ErrorQueue { entries: VecDeque::with_capacity(depth), depth }
    }

    /// Adds an error.
    pub fn push(&mut self, error: Error) {
        if self.entries.len() < self.depth {
            self.entries.push_back(error);
        } else if let Some(newest) = self.entries.back_mut() {
            *newest = QUEUE_OVERFLOW;
        }
    }

    /// Takes the oldest error; [`NO_ERROR`] when there is none.
    pub fn pop(&mut self) -> Error {
        self.entries.pop_front().unwrap_or(NO_ERROR)
    }

    /// How many errors wait.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}
