//! The numbers of VXI-11 (revision 1.0, tables B.1 to B.3, B.7 and section C).

pub(super) const CORE: u32 = 395_183;
pub(super) const ABORT: u32 = 395_184;
pub(super) const INTERRUPT: u32 = 395_185;
pub(super) const VERSION: u32 = 1;

/// The procedure that every program has (RFC 1057, section 11.1).
pub(super) const NULL: u32 = 0;

pub(super) const DEVICE_ABORT: u32 = 1;
pub(super) const DEVICE_INTR_SRQ: u32 = 30;

pub(super) const CREATE_LINK: u32 = 10;
pub(super) const DEVICE_WRITE: u32 = 11;
pub(super) const DEVICE_READ: u32 = 12;
pub(super) const DEVICE_READSTB: u32 = 13;
pub(super) const DEVICE_TRIGGER: u32 = 14;
pub(super) const DEVICE_CLEAR: u32 = 15;
pub(super) const DEVICE_REMOTE: u32 = 16;
pub(super) const DEVICE_LOCAL: u32 = 17;
pub(super) const DEVICE_LOCK: u32 = 18;
pub(super) const DEVICE_UNLOCK: u32 = 19;
pub(super) const DEVICE_ENABLE_SRQ: u32 = 20;
pub(super) const DEVICE_DOCMD: u32 = 22;
pub(super) const DESTROY_LINK: u32 = 23;
pub(super) const CREATE_INTR_CHAN: u32 = 25;
pub(super) const DESTROY_INTR_CHAN: u32 = 26;

/// device_read stopped after as many bytes as were asked for.
pub(super) const REQUEST_COUNT: u32 = 1;
/// It stopped at the termination character.
pub(super) const CHARACTER: u32 = 2;
/// It stopped at the end of the reply.
pub(super) const END: u32 = 4;

/// Flags of an operation.
#[derive(Clone, Copy)]
pub(super) struct Flags(pub(super) u32);

impl Flags {
    pub(super) fn waits_for_lock(self) -> bool {
        self.0 & 1 != 0
    }

    pub(super) fn has_end(self) -> bool {
        self.0 & 8 != 0
    }

    pub(super) fn has_character(self) -> bool {
        self.0 & 0x80 != 0
    }
}

/// Why an operation did not succeed (table B.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    Inaccessible = 3,
    InvalidLink = 4,
    Parameter = 5,
    NoChannel = 6,
    Unsupported = 8,
    NoResources = 9,
    Locked = 11,
    NotLocked = 12,
    TimedOut = 15,
    Aborted = 23,
    ChannelExists = 29,
}
