//! SCPI and IEEE 488.2 text, in both directions. Pure: no input or output, no instrument, no volt.
//!
//! **Device side.** [`input`] finds program messages in a byte stream, [`program`] takes them apart,
//! [`table`] finds the command, [`response`] writes the answer; [`error`] and [`status`] are the
//! error queue and the status registers.
//!
//! ```
//! use scpi_parser::{program, response::Response, table::{Command, Table}};
//!
//! enum Action { Identify, Level }
//! const TABLE: Table<Action> = Table(&[
//!     Command { pattern: "*IDN?", action: Action::Identify },
//!     Command { pattern: ":SOURce#:VOLTage[:LEVel][:IMMediate][:AMPLitude][?]", action: Action::Level },
//! ]);
//!
//! let mut level = 0.0;
//! let mut out = Vec::new();
//! let mut response = Response::new(&mut out);
//! for unit in program::units(b":SOUR:VOLT 20 mV;VOLT?;*IDN?") {
//!     let mut unit = unit?;
//!     match (TABLE.find(&unit)?.action, unit.is_query) {
//!         (Action::Identify, _) => { response.begin().raw(b"MAKER,MODEL,1,1.0"); }
//!         (Action::Level, true) => { response.begin().nr3(level, 6); }
//!         (Action::Level, false) => {
//!             if let program::Numeric::Value(value) = unit.parameters.number(&["V"])? {
//!                 level = value;
//!             }
//!         }
//!     }
//! }
//! response.finish();
//! assert_eq!(out, b"+2.000000E-02;MAKER,MODEL,1,1.0\n");
//! # Ok::<(), scpi_parser::error::Error>(())
//! ```
//!
//! **Host side.** [`write`](mod@write) makes text that reads back as the same number, [`reply`] frames and reads
//! answers, [`quantity`] reads what people write in files, `"20 mV"`.
//!
//! ```
//! use scpi_parser::{reply, write};
//!
//! assert_eq!(format!(":SOUR:VOLT {}", write::number(1.000001)), ":SOUR:VOLT 1.000001");
//! let numbers: Result<Vec<_>, _> = reply::numbers(b"+1.0E-06,+9.900000E+37").collect();
//! assert_eq!(numbers?, [reply::Number::Value(1e-6), reply::Number::Overflow { negative: false }]);
//! # Ok::<(), reply::ReplyError>(())
//! ```

#![forbid(unsafe_code)]

pub mod error;
pub mod input;
pub mod program;
pub mod quantity;
pub mod reply;
pub mod response;
pub mod status;
pub mod table;
pub mod write;

mod scan;

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
