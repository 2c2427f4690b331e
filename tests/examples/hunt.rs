//! Hunts for readings that are given to another level; prints what was met.
//!
//! `cargo run --release -p memloop-tests --example hunt -- 1000000 1`

use std::{env, error::Error};

use memloop_tests::hunt::hunt;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = env::args().skip(1);
    let readings = arguments.next().map_or(Ok(1_000_000), |it| it.parse())?;
    let seed = arguments.next().map_or(Ok(1), |it| it.parse())?;
    let mut clock = tokio::runtime::Builder::new_current_thread();
    let clock = clock.enable_time().start_paused(true).build()?;
    let report = clock.block_on(hunt(readings, seed));
    println!("seed {seed}\n{report}");
    Ok(())
}
