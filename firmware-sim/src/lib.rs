//! A simulated source-measure unit with a simulated memristor on its terminals.
//!
//! An [`Instrument`] takes program messages as bytes and answers as bytes; [`serve`] puts it behind
//! any byte stream, [`serve_tcp`] behind a socket. A [`Host`] shares one among clients, TCP ports
//! ([`answer_tcp`]), serial lines ([`serve_serial`]) and trigger cables, and a [`Bench`] sets up
//! several from a file; the binary `firmware-sim` does no more than that. A [`Config`] says which
//! instrument it is, which device is on its terminals, and how imperfect both are; the same
//! configuration and the same messages give the same bytes.
//!
//! Time is virtual: each command, delay and conversion advances the instrument's own clock by what
//! the real one would take, and the device relaxes in that time. Nothing sleeps, unless a [`Pace`]
//! ties simulated time to the clock on the wall.
//!
//! What goes wrong is part of the configuration too: a [`FaultPlan`] makes the instrument fall
//! silent, answer late, tear a reply, hang up, lose its power, and more ([`Fault`]); while it runs
//! [`Instrument::strike`] does, and the side channel of a bench ([`Panel`]).
//!
//! The commands are written from the manual, each table entry with its place there; this crate
//! never reads the driver's instrument files.

mod bench;
mod config;
mod device;
mod engine;
mod fault;
mod firmware;
mod instrument;
mod keithley_2400;
mod keithley_2450;
mod keysight_b2900;
mod link;
mod random;
mod solve;
mod terminals;

#[cfg(target_os = "linux")]
pub use crate::link::Pty;
pub use crate::{
    bench::{
        Address, Bench, BenchError, Cable, GatewayConfig, LinkConfig, Place, Running, Standing,
        StandingGateway,
    },
    config::{
        Amperes, Branch, Cell, Column, Config, ConfigError, Curve, Cycle, DeviceConfig,
        Diffusivity, Drift, Drying, Dut, Farads, Hertz, LinkModel, Metres, Mismatch, ModelName,
        Noise, Ohms, PerSecond, Preset, QuantityError, Ratio, Seconds, Siemens, TableQuantity,
        Volts, Window,
    },
    fault::{After, Fault, FaultError, FaultPlan, Lateness, Refusal},
    instrument::{Delivery, Instrument, MessageLink, Outlook, Session, Taken},
    link::{
        Acknowledge, BULK_IN, BULK_OUT, Baud, Clients, Flow, Gateway, GatewayKind, HislipOptions,
        Host, INTERRUPT_IN, Pace, Panel, SerialSettings, Services, Setup, TcpOptions, Terminator,
        UsbError, UsbFunction, UsbIdentity, UsbOptions, UsbQuirks, UsbSpeed, Vxi11Options,
        answer_control, answer_gateway, answer_hislip, answer_portmapper, answer_tcp, answer_vxi11,
        serve, serve_serial, serve_tcp,
    },
};
