//! SCPI errors: codes, texts, and the queue an instrument keeps them in.

use std::fmt;

mod queue;

pub use self::queue::ErrorQueue;

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
    /// device 3, query 2; power-on 7, user request 6, request control 1, operation complete 0. The
    /// instrument's own count as device errors.
    pub const fn event_bit(self) -> u8 {
        match self.code {
            -199..=-100 => 5,
            -299..=-200 => 4,
            -499..=-400 => 2,
            -599..=-500 => 7,
            -699..=-600 => 6,
            -799..=-700 => 1,
            -899..=-800 => 0,
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
        /// The standard's errors and events (SCPI-99, volume 2, section 21.8).
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
    UNEXPECTED_NUMBER_OF_PARAMETERS -115 "Unexpected number of parameters"
    NUMERIC_DATA_ERROR -120 "Numeric data error"
    INVALID_CHARACTER_IN_NUMBER -121 "Invalid character in number"
    EXPONENT_TOO_LARGE -123 "Exponent too large"
    TOO_MANY_DIGITS -124 "Too many digits"
    NUMERIC_DATA_NOT_ALLOWED -128 "Numeric data not allowed"
    SUFFIX_ERROR -130 "Suffix error"
    INVALID_SUFFIX -131 "Invalid suffix"
    SUFFIX_TOO_LONG -134 "Suffix too long"
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
    MACRO_ERROR -180 "Macro error"
    INVALID_OUTSIDE_MACRO_DEFINITION -181 "Invalid outside macro definition"
    INVALID_INSIDE_MACRO_DEFINITION -183 "Invalid inside macro definition"
    MACRO_PARAMETER_ERROR -184 "Macro parameter error"
    EXECUTION_ERROR -200 "Execution error"
    INVALID_WHILE_IN_LOCAL -201 "Invalid while in local"
    SETTINGS_LOST -202 "Settings lost due to rtl"
    COMMAND_PROTECTED -203 "Command protected"
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
    LISTS_NOT_SAME_LENGTH -226 "Lists not same length"
    DATA_CORRUPT_OR_STALE -230 "Data corrupt or stale"
    DATA_QUESTIONABLE -231 "Data questionable"
    INVALID_FORMAT -232 "Invalid format"
    INVALID_VERSION -233 "Invalid version"
    HARDWARE_ERROR -240 "Hardware error"
    HARDWARE_MISSING -241 "Hardware missing"
    MASS_STORAGE_ERROR -250 "Mass storage error"
    MISSING_MASS_STORAGE -251 "Missing mass storage"
    MISSING_MEDIA -252 "Missing media"
    CORRUPT_MEDIA -253 "Corrupt media"
    MEDIA_FULL -254 "Media full"
    DIRECTORY_FULL -255 "Directory full"
    FILE_NAME_NOT_FOUND -256 "File name not found"
    FILE_NAME_ERROR -257 "File name error"
    MEDIA_PROTECTED -258 "Media protected"
    EXPRESSION_NOT_EXECUTED -260 "Expression error"
    MATH_ERROR_IN_EXPRESSION -261 "Math error in expression"
    MACRO_NOT_EXECUTED -270 "Macro error"
    MACRO_SYNTAX_ERROR -271 "Macro syntax error"
    MACRO_EXECUTION_ERROR -272 "Macro execution error"
    ILLEGAL_MACRO_LABEL -273 "Illegal macro label"
    MACRO_PARAMETER_NOT_EXECUTED -274 "Macro parameter error"
    MACRO_DEFINITION_TOO_LONG -275 "Macro definition too long"
    MACRO_RECURSION_ERROR -276 "Macro recursion error"
    MACRO_REDEFINITION_NOT_ALLOWED -277 "Macro redefinition not allowed"
    MACRO_HEADER_NOT_FOUND -278 "Macro header not found"
    PROGRAM_ERROR -280 "Program error"
    CANNOT_CREATE_PROGRAM -281 "Cannot create program"
    ILLEGAL_PROGRAM_NAME -282 "Illegal program name"
    ILLEGAL_VARIABLE_NAME -283 "Illegal variable name"
    PROGRAM_CURRENTLY_RUNNING -284 "Program currently running"
    PROGRAM_SYNTAX_ERROR -285 "Program syntax error"
    PROGRAM_RUNTIME_ERROR -286 "Program runtime error"
    MEMORY_USE_ERROR -290 "Memory use error"
    MEMORY_USED_UP -291 "Out of memory"
    REFERENCED_NAME_DOES_NOT_EXIST -292 "Referenced name does not exist"
    REFERENCED_NAME_ALREADY_EXISTS -293 "Referenced name already exists"
    INCOMPATIBLE_TYPE -294 "Incompatible type"
    DEVICE_ERROR -300 "Device-specific error"
    SYSTEM_ERROR -310 "System error"
    MEMORY_ERROR -311 "Memory error"
    PUD_MEMORY_LOST -312 "PUD memory lost"
    CALIBRATION_MEMORY_LOST -313 "Calibration memory lost"
    MEMORY_LOST -314 "Save/recall memory lost"
    CONFIGURATION_MEMORY_LOST -315 "Configuration memory lost"
    STORAGE_FAULT -320 "Storage fault"
    DEVICE_OUT_OF_MEMORY -321 "Out of memory"
    SELF_TEST_FAILED -330 "Self-test failed"
    CALIBRATION_FAILED -340 "Calibration failed"
    QUEUE_OVERFLOW -350 "Queue overflow"
    COMMUNICATION_ERROR -360 "Communication error"
    PARITY_ERROR -361 "Parity error in program message"
    FRAMING_ERROR -362 "Framing error in program message"
    INPUT_BUFFER_OVERRUN -363 "Input buffer overrun"
    TIME_OUT_ERROR -365 "Time out error"
    QUERY_ERROR -400 "Query error"
    QUERY_INTERRUPTED -410 "Query INTERRUPTED"
    QUERY_UNTERMINATED -420 "Query UNTERMINATED"
    QUERY_DEADLOCKED -430 "Query DEADLOCKED"
    QUERY_UNTERMINATED_INDEFINITE -440 "Query UNTERMINATED after indefinite response"
    POWER_ON -500 "Power on"
    USER_REQUEST -600 "User request"
    REQUEST_CONTROL -700 "Request control"
    OPERATION_COMPLETE -800 "Operation complete"
}
