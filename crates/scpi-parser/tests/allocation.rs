//! A command is found and its numbers are read without allocation. This is the only test of its
//! binary: another thread's allocations would be counted too.

#![allow(unsafe_code)]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    sync::atomic::{AtomicUsize, Ordering},
};

use scpi_parser::{
    error::Error,
    program::{self, Numeric},
    table::{Command, Table},
};

struct Counting;

static ALLOCATIONS: AtomicUsize = AtomicUsize::new(0);

// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.fetch_add(1, Ordering::SeqCst);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

const TABLE: Table<u8> = Table(&[
    Command { pattern: "*IDN?", action: 0 },
    Command { pattern: ":SOURce#:CURRent[:LEVel][:IMMediate][:AMPLitude][?]", action: 1 },
    Command { pattern: ":SOURce#:VOLTage[:LEVel][:IMMediate][:AMPLitude][?]", action: 2 },
]);

fn execute(message: &[u8]) -> Result<f64, Error> {
    let mut sum = 0.0;
    for unit in program::units(message) {
        let mut unit = unit?;
        let found = TABLE.find(&unit)?;
        sum += f64::from(*found.action) + f64::from(found.suffix(0, 1..=2).unwrap_or(0));
        if !unit.is_query
            && let Numeric::Value(value) = unit.parameters.number(&["V"])?
        {
            sum += value;
        }
    }
    Ok(sum)
}

#[test]
fn finding_a_command_allocates_nothing() {
    let before = ALLOCATIONS.load(Ordering::SeqCst);
    let sum = execute(b"*IDN?;:SOUR2:VOLTage:LEV:IMM 1.5 ;IMM?;:*IDN?;AMPL 100;:SOURCE1:CURR #HFF");
    let unknown = execute(b":SOUR:RES 1");
    let after = ALLOCATIONS.load(Ordering::SeqCst);
    assert_eq!(after - before, 0);
    assert_eq!(sum.map_err(Error::code), Ok(4.0 + 1.5 + 4.0 + 4.0 + 100.0 + 2.0 + 255.0));
    assert_eq!(unknown.map_err(Error::code), Err(-113));
}
