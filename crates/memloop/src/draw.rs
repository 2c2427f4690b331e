//! Other devices of the same kind: a simulated bench whose seeds have moved.

use std::collections::BTreeMap;

use anyhow::Result;
use transport::Resource;

use crate::{bench::Bench, exit::BadInput};

/// Refuses draws on a bench that is not simulated throughout.
///
/// # Errors
/// The sentence names the instrument.
pub fn check(bench: &Bench, what: &str) -> Result<()> {
    let real = bench.smu.iter().find(|it| !matches!(it.resource, Resource::Simulated { .. }));
    match real {
        None => Ok(()),
        Some(smu) => Err(BadInput::new(format!(
            "{what} needs simulated instruments, but \"{}\" of bench \"{}\" is at {}",
            smu.name, bench.name, smu.resource
        ))
        .into()),
    }
}

/// The bench with every device drawn anew, its instruments and pairs named after the draw. Draw 0 is
/// the bench itself; the same draw is the same devices.
pub fn bench(bench: &Bench, draw: u64) -> Bench {
    let mut drawn = bench.clone();
    if draw == 0 {
        return drawn;
    }
    let named = |name: &str| format!("{name} draw {draw}");
    for smu in &mut drawn.smu {
        smu.name = named(&smu.name);
    }
    for pair in &mut drawn.pair {
        pair.name = named(&pair.name);
        pair.base = named(&pair.base);
        pair.probe = named(&pair.probe);
    }
    drawn.simulated = bench
        .simulated
        .iter()
        .map(|(name, config)| (name.clone(), redrawn(config, draw)))
        .collect::<BTreeMap<_, _>>();
    drawn
}

/// The seeds of the instrument and of all that its devices have, moved.
fn redrawn(config: &firmware_sim::Config, draw: u64) -> firmware_sim::Config {
    let mut config = config.clone();
    config.seed = moved(config.seed, draw);
    config.drift.common_seed = moved(config.drift.common_seed, draw);
    if let Some(second) = &mut config.channel_2 {
        second.seed = second.seed.map(|it| moved(it, draw));
        second.drift.common_seed = moved(second.drift.common_seed, draw);
    }
    config
}

/// Another seed for every draw, far from those of other draws (Steele, Lea and Flood's mixer,
/// OOPSLA 2014).
fn moved(seed: u64, draw: u64) -> u64 {
    let mut it = seed ^ draw.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    it = (it ^ (it >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    it = (it ^ (it >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    // The configuration is written to files whose integers have 63 bits.
    (it ^ (it >> 31)) >> 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_is_the_same_devices_every_time_and_others_than_the_next() {
        let one = Bench::load(None).unwrap();
        assert_eq!(bench(&one, 0).simulated, one.simulated);
        let (third, again, fourth) = (bench(&one, 3), bench(&one, 3), bench(&one, 4));
        assert_eq!(third.simulated, again.simulated);
        for (name, config) in &third.simulated {
            assert_ne!(config.seed, one.simulated[name].seed);
            assert_ne!(config.seed, fourth.simulated[name].seed);
        }
        assert_eq!(third.smu[0].name, format!("{} draw 3", one.smu[0].name));
        assert_eq!(third.pair[0].base, third.smu[0].name);
    }
}
