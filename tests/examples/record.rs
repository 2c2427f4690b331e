//! Writes the transcript of a scenario between the driver and its simulated instrument, as golden
//! transcripts have it:
//!
//! `cargo run -p memloop-tests --example record -- keithley-2450 driver > tests/transcripts/keithley-2450/driver.scpi`

use memloop_tests::{
    scenario::{EVERY_MODEL, drive},
    wire::{SIMULATED, TEN_KILOHMS, simulated},
};

const RESISTOR: &str = "device = { preset = \"resistor\" }\n";

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let model = arguments.next().unwrap_or_else(|| "keithley-2400".to_owned());
    let scenario = arguments.next().unwrap_or_else(|| EVERY_MODEL.to_owned());
    // The conversation that every model has is with an instrument without errors of its own.
    let device = if scenario == EVERY_MODEL { TEN_KILOHMS } else { RESISTOR };
    let (session, wire) = simulated(&model, device);
    drive(&scenario, &model, session).await;
    println!("{SIMULATED}; no hardware has confirmed it");
    for line in wire.said() {
        println!("{line}");
    }
}
