//! How a serial line is set.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio_serial::{DataBits, SerialPortBuilder, StopBits};

use crate::{LinkError, Terminator};

/// The rates that instruments and adapters agree on, in baud.
const RATES: [u32; 10] = [300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115_200];

/// How a serial line is set; every value must be the instrument's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct SerialOptions {
    /// 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600 or 115200 baud.
    pub baud: u32,
    /// 7 or 8.
    pub data_bits: u8,
    /// The bit behind the data bits.
    pub parity: Parity,
    /// 1 or 2.
    pub stop_bits: u8,
    /// How a side that cannot keep up says so.
    pub flow_control: FlowControl,
    /// What ends a message that is sent.
    pub send: Terminator,
    /// What ends a message that is received.
    pub accept: Terminator,
    /// What clears the instrument.
    pub clear: SerialClear,
    /// The longest reply that is accepted, in bytes.
    pub longest: usize,
}

impl Default for SerialOptions {
    /// 9600 baud, 8 bits, no parity, 1 stop bit, no flow control, line feeds, no clear, 16 MiB.
    fn default() -> SerialOptions {
        SerialOptions {
            baud: 9600,
            data_bits: 8,
            parity: Parity::None,
            stop_bits: 1,
            flow_control: FlowControl::None,
            send: Terminator::Lf,
            accept: Terminator::Lf,
            clear: SerialClear::None,
            longest: crate::stream::LONGEST_REPLY,
        }
    }
}

/// The bit behind the data bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parity {
    /// There is none.
    None,
    /// The number of ones is even.
    Even,
    /// The number of ones is odd.
    Odd,
}

/// How a side that cannot keep up says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FlowControl {
    /// It does not: bytes are lost.
    None,
    /// By the bytes 17 (go on) and 19 (stop).
    XonXoff,
    /// By the lines RTS and CTS. A Keithley 2400 has them tied and ignores them.
    RtsCts,
}

/// What an instrument takes for a device clear on a serial line: it drops its input, its output and
/// what it is doing (Keithley 2400 User's manual, section 13).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SerialClear {
    /// Nothing.
    #[serde(rename = "none")]
    None,
    /// The byte 3.
    #[serde(rename = "^C")]
    CtrlC,
    /// The byte 24.
    #[serde(rename = "^X")]
    CtrlX,
    /// The line is held at a space for 250 ms. UNVERIFIED: no instrument was at hand.
    #[serde(rename = "break")]
    Break,
}

impl SerialOptions {
    /// Whether binary data may be asked for on this link: never. XON/XOFF are data bytes in a binary
    /// block, and a 2400 refuses binary over RS-232 (+701, "ASCII only with RS-232").
    #[must_use]
    pub const fn allows_binary(&self) -> bool {
        false
    }

    /// How many queries may be on their way: one when nothing holds them back from running over.
    pub(super) fn depth(&self) -> usize {
        match self.flow_control {
            FlowControl::None => 1,
            FlowControl::XonXoff | FlowControl::RtsCts => 8,
        }
    }

    /// How long a line must be silent to be taken for idle: 20 characters of at most 12 bits, and what
    /// a USB adapter keeps to itself (16 ms by default).
    pub(super) fn quiet(&self) -> Duration {
        Duration::from_millis(50) + Duration::from_secs(240) / self.baud.max(1)
    }

    pub(super) fn builder(
        &self,
        path: &str,
        resource: &str,
    ) -> Result<SerialPortBuilder, LinkError> {
        let refused = |key, found: &dyn ToString, accepted: String| LinkError::Option {
            resource: resource.to_owned(),
            key,
            found: found.to_string(),
            accepted,
        };
        if !RATES.contains(&self.baud) {
            let rates: Vec<_> = RATES.iter().map(u32::to_string).collect();
            return Err(refused("baud", &self.baud, rates.join(", ")));
        }
        let data_bits = match self.data_bits {
            7 => DataBits::Seven,
            8 => DataBits::Eight,
            other => return Err(refused("data-bits", &other, "7, 8".to_owned())),
        };
        let stop_bits = match self.stop_bits {
            1 => StopBits::One,
            2 => StopBits::Two,
            other => return Err(refused("stop-bits", &other, "1, 2".to_owned())),
        };
        let parity = match self.parity {
            Parity::None => tokio_serial::Parity::None,
            Parity::Even => tokio_serial::Parity::Even,
            Parity::Odd => tokio_serial::Parity::Odd,
        };
        let flow_control = match self.flow_control {
            FlowControl::None => tokio_serial::FlowControl::None,
            FlowControl::XonXoff => tokio_serial::FlowControl::Software,
            FlowControl::RtsCts => tokio_serial::FlowControl::Hardware,
        };
        Ok(tokio_serial::new(path, self.baud)
            .data_bits(data_bits)
            .stop_bits(stop_bits)
            .parity(parity)
            .flow_control(flow_control))
    }
}
