//! Writes the transcript of a scenario between the driver and its simulated instrument, as golden
//! transcripts have it:
//!
//! `cargo run -p memloop-tests --example record -- keithley-2450 driver > tests/transcripts/keithley-2450/driver.scpi`

use memloop_tests::{
    scenario::{EVERY_MODEL, drive},
    wire::{SIMULATED, TEN_KILOHMS, simulated},
};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let model = arguments.next().unwrap_or_else(|| "keithley-2400".to_owned());
    let scenario = arguments.next().unwrap_or_else(|| EVERY_MODEL.to_owned());
    let (session, wire) = simulated(&model, TEN_KILOHMS);
    drive(&scenario, &model, session).await;
    println!("{SIMULATED}; no hardware has confirmed it");
    for line in wire.said() {
        println!("{line}");
    }
}
