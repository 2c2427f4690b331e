//! A simulated source-measure unit with a simulated memristor on its terminals.
//!
//! An [`Instrument`] takes program messages as bytes and answers as bytes; [`serve`] puts it behind
//! any byte stream, [`serve_tcp`] behind a socket, and the binary `firmware-sim` listens on a port. A
//! [`Config`] says which instrument it is, which device is on its terminals, and how imperfect both
//! are; the same configuration and the same messages give the same bytes.
//!
//! Time is virtual: each command, delay and conversion advances the instrument's own clock by what
//! the real one would take, and the device relaxes in that time. Nothing sleeps.
//!
//! What goes wrong is part of the configuration too: a [`FaultPlan`] makes the instrument fall
//! silent, answer late, tear a reply, hang up, or lose its power.
//!
//! The commands are written from the manual, each table entry with its place there; this crate
//! never reads the driver's instrument files.

mod config;
mod device;
mod engine;
mod fault;
mod firmware;
mod instrument;
mod keithley_2400;
mod keysight_b2900;
mod random;
mod serve;
mod solve;
mod terminals;

pub use crate::{
    config::{
        Amperes, Config, ConfigError, DeviceConfig, Drift, Dut, Hertz, Mismatch, ModelName, Noise,
        Ohms, Preset, QuantityError, Ratio, Seconds,
    },
    fault::{After, Fault, FaultError, FaultPlan, Lateness},
    instrument::{Delivery, Instrument, MessageLink, Session},
    serve::{serve, serve_tcp},
};
