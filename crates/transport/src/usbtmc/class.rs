//! Class requests and their answers (USBTMC 1.0, 4.2; USB488 1.0, 4.2 and 4.3).

use super::pipes::{Bulk, ClassRequest, Layout, Recipient};

pub(super) const SUCCESS: u8 = 0x01;
pub(super) const PENDING: u8 = 0x02;
/// USB488: an earlier interrupt packet has not been read yet.
pub(super) const INTERRUPT_IN_BUSY: u8 = 0x20;

/// What a status means.
pub(super) fn meaning(status: u8) -> &'static str {
    match status {
        SUCCESS => "success",
        PENDING => "pending",
        INTERRUPT_IN_BUSY => "interrupt-IN busy",
        0x80 => "failed",
        0x81 => "transfer not in progress",
        0x82 => "split not in progress",
        0x83 => "split in progress",
        _ => "a status that the specification does not know",
    }
}

fn of_interface(layout: Layout, request: u8, value: u16, length: u16) -> ClassRequest {
    let index = u16::from(layout.interface);
    ClassRequest { recipient: Recipient::Interface, request, value, index, length }
}

fn of_endpoint(layout: Layout, pipe: Bulk, request: u8, value: u16, length: u16) -> ClassRequest {
    let index = u16::from(match pipe {
        Bulk::Out => layout.bulk_out,
        Bulk::In => layout.bulk_in,
    });
    ClassRequest { recipient: Recipient::Endpoint, request, value, index, length }
}

/// `INITIATE_ABORT_BULK_OUT` or `_IN` of the transfer with that tag.
pub(super) fn initiate_abort(layout: Layout, pipe: Bulk, tag: u8) -> ClassRequest {
    let request = match pipe {
        Bulk::Out => 1,
        Bulk::In => 3,
    };
    of_endpoint(layout, pipe, request, tag.into(), 2)
}

/// `CHECK_ABORT_BULK_OUT_STATUS` or `_IN_STATUS`.
pub(super) fn check_abort(layout: Layout, pipe: Bulk) -> ClassRequest {
    let request = match pipe {
        Bulk::Out => 2,
        Bulk::In => 4,
    };
    of_endpoint(layout, pipe, request, 0, 8)
}

pub(super) fn initiate_clear(layout: Layout) -> ClassRequest {
    of_interface(layout, 5, 0, 1)
}

pub(super) fn check_clear(layout: Layout) -> ClassRequest {
    of_interface(layout, 6, 0, 2)
}

pub(super) fn get_capabilities(layout: Layout) -> ClassRequest {
    of_interface(layout, 7, 0, 24)
}

pub(super) fn read_status_byte(layout: Layout, tag: u8) -> ClassRequest {
    of_interface(layout, 128, tag.into(), 3)
}

pub(super) fn ren_control(layout: Layout, on: bool) -> ClassRequest {
    of_interface(layout, 160, on.into(), 1)
}

pub(super) fn go_to_local(layout: Layout) -> ClassRequest {
    of_interface(layout, 161, 0, 1)
}

pub(super) fn local_lockout(layout: Layout) -> ClassRequest {
    of_interface(layout, 162, 0, 1)
}

/// What an instrument says that it can (`GET_CAPABILITIES`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// It ends a reply's transfer at a character.
    pub term_char: bool,
    /// It takes `TRIGGER`.
    pub trigger: bool,
    /// It takes `REN_CONTROL`, `GO_TO_LOCAL` and `LOCAL_LOCKOUT`.
    pub remote_local: bool,
    /// It keeps to IEEE 488.2.
    pub ieee_488_2: bool,
}

impl Capabilities {
    /// From the answer, of which old instruments send less than 24 bytes.
    pub(super) fn parse(answer: &[u8], usb488: bool) -> Capabilities {
        let bit =
            |byte: usize, bit: u8| answer.get(byte).is_some_and(|found| found & (1 << bit) != 0);
        Capabilities {
            term_char: bit(5, 0),
            trigger: usb488 && bit(14, 0),
            remote_local: usb488 && bit(14, 1),
            ieee_488_2: usb488 && bit(14, 2),
        }
    }
}
