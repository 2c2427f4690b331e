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
    rename(&mut drawn, |name| format!("{name} draw {draw}"));
    drawn.simulated = bench
        .simulated
        .iter()
        .map(|(name, config)| (name.clone(), config.redrawn(draw)))
        .collect::<BTreeMap<_, _>>();
    drawn
}

/// The same devices without noise and drift, their instruments and pairs named so.
pub fn quiet(bench: &Bench) -> Bench {
    let quiet = |name: &str| format!("{name} quiet");
    let mut quieted = bench.clone();
    rename(&mut quieted, quiet);
    quieted.simulated.values_mut().for_each(|it| *it = it.quiet());
    quieted
}

fn rename(bench: &mut Bench, named: impl Fn(&str) -> String) {
    for smu in &mut bench.smu {
        smu.name = named(&smu.name);
    }
    for pair in &mut bench.pair {
        pair.name = named(&pair.name);
        pair.base = named(&pair.base);
        pair.probe = named(&pair.probe);
    }
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
