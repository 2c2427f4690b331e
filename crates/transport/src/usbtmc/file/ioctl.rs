//! The kernel driver's requests (Linux, `include/uapi/linux/usb/tmc.h`): the one place in this
//! workspace where code is unsafe, since no crate offers them. The numbers were compared with that
//! file, but for the trigger's, which came later: UNVERIFIED.
#![allow(unsafe_code, reason = "rustix cannot know what a driver's request does with its argument")]

use std::{io, os::fd::AsFd};

use rustix::ioctl::{Getter, NoArg, Setter, ioctl, opcode};

/// `USBTMC_IOC_NR`.
const GROUP: u8 = 91;

/// `USBTMC_IOCTL_CLEAR`.
pub(super) fn clear(file: &impl AsFd) -> io::Result<()> {
    // SAFETY: the request has no argument and touches no memory of this process.
    Ok(unsafe { ioctl(file, NoArg::<{ opcode::none(GROUP, 2) }>::new()) }?)
}

/// `USBTMC_IOCTL_ABORT_BULK_IN`.
pub(super) fn abort_bulk_in(file: &impl AsFd) -> io::Result<()> {
    // SAFETY: the request has no argument and touches no memory of this process.
    Ok(unsafe { ioctl(file, NoArg::<{ opcode::none(GROUP, 4) }>::new()) }?)
}

/// `USBTMC_IOCTL_SET_TIMEOUT`, in milliseconds, at least 100.
pub(super) fn set_timeout(file: &impl AsFd, milliseconds: u32) -> io::Result<()> {
    // SAFETY: the request reads one `__u32` through the pointer that `Setter` makes to its own.
    Ok(unsafe {
        let request = Setter::<{ opcode::write::<u32>(GROUP, 10) }, u32>::new(milliseconds);
        ioctl(file, request)
    }?)
}

/// `USBTMC488_IOCTL_READ_STB`.
pub(super) fn status_byte(file: &impl AsFd) -> io::Result<u8> {
    // SAFETY: the request writes one `__u8` through the pointer that `Getter` makes to its own, and
    // any byte is a `u8`. On failure nothing is read from it.
    Ok(unsafe { ioctl(file, Getter::<{ opcode::read::<u8>(GROUP, 18) }, u8>::new()) }?)
}

/// `USBTMC488_IOCTL_TRIGGER`.
pub(super) fn trigger(file: &impl AsFd) -> io::Result<()> {
    // SAFETY: the request has no argument and touches no memory of this process.
    Ok(unsafe { ioctl(file, NoArg::<{ opcode::none(GROUP, 22) }>::new()) }?)
}
