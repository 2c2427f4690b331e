//! The procedures of VXI-11 (appendix C) and of the portmapper (RFC 1057, appendix A).

use std::time::Duration;

use super::{rpc::Procedure, xdr::Writer};

const CORE: u32 = 0x0006_07af;
const ABORT: u32 = 0x0006_07b0;
pub(super) const INTERRUPT: u32 = 0x0006_07b1;
pub(super) const VERSION: u32 = 1;

const fn core(number: u32, name: &'static str) -> Procedure {
    Procedure { program: CORE, version: VERSION, number, name }
}

pub(super) const CREATE_LINK: Procedure = core(10, "create_link");
pub(super) const DEVICE_WRITE: Procedure = core(11, "device_write");
pub(super) const DEVICE_READ: Procedure = core(12, "device_read");
pub(super) const DEVICE_READSTB: Procedure = core(13, "device_readstb");
pub(super) const DEVICE_TRIGGER: Procedure = core(14, "device_trigger");
pub(super) const DEVICE_CLEAR: Procedure = core(15, "device_clear");
pub(super) const DEVICE_REMOTE: Procedure = core(16, "device_remote");
pub(super) const DEVICE_LOCAL: Procedure = core(17, "device_local");
pub(super) const DEVICE_LOCK: Procedure = core(18, "device_lock");
pub(super) const DEVICE_UNLOCK: Procedure = core(19, "device_unlock");
pub(super) const DEVICE_ENABLE_SRQ: Procedure = core(20, "device_enable_srq");
pub(super) const DESTROY_LINK: Procedure = core(23, "destroy_link");
pub(super) const CREATE_INTR_CHAN: Procedure = core(25, "create_intr_chan");
pub(super) const DESTROY_INTR_CHAN: Procedure = core(26, "destroy_intr_chan");
pub(super) const DEVICE_ABORT: Procedure =
    Procedure { program: ABORT, version: VERSION, number: 1, name: "device_abort" };
/// The one procedure that the instrument calls.
pub(super) const DEVICE_INTR_SRQ: u32 = 30;

pub(super) const GETPORT: Procedure =
    Procedure { program: 100_000, version: 2, number: 3, name: "GETPORT" };

/// Flag: wait for a lock to be released.
pub(super) const WAIT_LOCK: u32 = 1;
/// Flag: the last byte is the message's last.
pub(super) const END: u32 = 8;
/// Flag: a read ends at the termination character.
pub(super) const TERM_CHAR_SET: u32 = 0x80;

/// A read ended at the termination character.
pub(super) const REASON_CHR: u32 = 2;
/// A read ended with the message.
pub(super) const REASON_END: u32 = 4;

/// The transport in a portmapper's table, and that of an interrupt channel (there it is 0).
const IP_TCP: u32 = 6;

/// GETPORT for the core channel over TCP.
pub(super) fn core_port() -> Vec<u8> {
    Writer::default().number(CORE).number(VERSION).number(IP_TCP).number(0).into_bytes()
}

/// A time limit in milliseconds.
pub(super) fn milliseconds(limit: Duration) -> u32 {
    u32::try_from(limit.as_millis()).unwrap_or(u32::MAX)
}
