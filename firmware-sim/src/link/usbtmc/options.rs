//! What a USB instrument says of itself, and what its maker got wrong.

use crate::config::ModelName;

/// The endpoint over which messages come (USBTMC 1.0, section 3).
pub const BULK_OUT: u8 = 0x01;
/// The endpoint over which replies go.
pub const BULK_IN: u8 = 0x82;
/// The endpoint over which notifications go.
pub const INTERRUPT_IN: u8 = 0x83;

/// The speed of the bus, which gives the size of a packet on the bulk endpoints.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UsbSpeed {
    /// 64 bytes.
    Full,
    /// 512 bytes.
    #[default]
    High,
}

impl UsbSpeed {
    /// The largest packet of a bulk endpoint in bytes.
    pub fn packet(self) -> usize {
        match self {
            UsbSpeed::Full => 64,
            UsbSpeed::High => 512,
        }
    }
}

/// The numbers of a device descriptor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UsbIdentity {
    /// `idVendor`.
    pub vendor: u16,
    /// `idProduct`.
    pub product: u16,
}

impl UsbIdentity {
    /// Those of a model; `None` where it has no USB port, or nobody has told them.
    ///
    /// The Keysights' are out of the maker's own trace and out of strings of the field. Keithley's are
    /// the vendor's number with the model's in hexadecimal digits, as with 05E6:2450; UNVERIFIED.
    pub fn of(model: ModelName) -> Option<UsbIdentity> {
        let (vendor, product) = match model {
            ModelName::Keithley2450 => (0x05e6, 0x2450),
            ModelName::Keithley2460 => (0x05e6, 0x2460),
            ModelName::Keithley2461 => (0x05e6, 0x2461),
            ModelName::Keithley2470 => (0x05e6, 0x2470),
            ModelName::KeysightB2902a => (0x0957, 0xce18),
            ModelName::KeysightB2912a => (0x0957, 0xd018),
            _ => return None,
        };
        Some(UsbIdentity { vendor, product })
    }
}

/// What makers got wrong; none of it by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsbQuirks {
    /// A reply comes in transfers of no more than a packet, whatever was asked for.
    pub one_packet: bool,
    /// A reply carries the tag of the request before.
    pub late_tag: bool,
    /// The end of a reply is not marked (EOM is never set).
    pub no_end: bool,
    /// Replies are not filled up to a multiple of four bytes.
    pub no_padding: bool,
    /// So many times a split request is answered "pending" first.
    pub pending: u8,
    /// Each so many requests for a reply, one is not answered, and the reply stays in front of the next
    /// one: the stream is one behind. So does a GW Instek GSM-20H10. Zero: never.
    pub lost_request: u32,
}

/// How a USB instrument is made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsbOptions {
    /// The bus.
    pub speed: UsbSpeed,
    /// The maker's mistakes.
    pub quirks: UsbQuirks,
}
