//! The same instruments with other devices.

use super::{Config, DeviceConfig, Drift, Dut, Noise};
use crate::random::redrawn;

impl Config {
    /// The same configuration with everything random drawn anew: another unit of the instrument with
    /// other devices of the same kind. `draw` 0 changes nothing; the same draw gives the same units.
    ///
    /// The common seeds of drift and noise move by what they are, not by the instrument's seed, so
    /// instruments that shared one still do. A serial number that is not written follows the seed.
    ///
    /// ```
    /// let one: firmware_sim::Config = toml::from_str("seed = 11\nnoise = { common_seed = 3 }")?;
    /// let two: firmware_sim::Config = toml::from_str("seed = 12\nnoise = { common_seed = 3 }")?;
    /// let (one, two) = (one.redrawn(7), two.redrawn(7));
    /// assert_ne!(one.seed, 11);
    /// assert_ne!(one.seed, two.seed);
    /// assert_eq!(one.noise.common_seed, two.noise.common_seed);
    /// # Ok::<(), toml::de::Error>(())
    /// ```
    #[must_use]
    pub fn redrawn(&self, draw: u64) -> Config {
        Config {
            seed: redrawn(self.seed, draw),
            noise: self.noise.redrawn(draw),
            drift: self.drift.redrawn(draw),
            channel_2: self.channel_2.as_deref().map(|it| Box::new(it.redrawn(draw))),
            ..self.clone()
        }
    }

    /// The same devices without noise and drift: what an average of endlessly many readings of fresh
    /// devices would tell.
    #[must_use]
    pub fn quiet(&self) -> Config {
        let second = |dut: &Dut| {
            Box::new(Dut { noise: Noise::default(), drift: Drift::default(), ..dut.clone() })
        };
        Config {
            noise: Noise::default(),
            drift: Drift::default(),
            channel_2: self.channel_2.as_deref().map(second),
            ..self.clone()
        }
    }

    /// The same configuration with this device on every channel; what is said of mismatch, noise and
    /// drift stays.
    #[must_use]
    pub fn with_device(&self, device: &DeviceConfig) -> Config {
        let second = |dut: &Dut| Box::new(Dut { device: device.clone(), ..dut.clone() });
        Config {
            device: device.clone(),
            channel_2: self.channel_2.as_deref().map(second),
            ..self.clone()
        }
    }
}

impl Dut {
    /// As [`Config::redrawn`]; a device without a seed of its own still has none.
    #[must_use]
    pub fn redrawn(&self, draw: u64) -> Dut {
        Dut {
            seed: self.seed.map(|it| redrawn(it, draw)),
            noise: self.noise.redrawn(draw),
            drift: self.drift.redrawn(draw),
            ..self.clone()
        }
    }
}

impl Noise {
    fn redrawn(self, draw: u64) -> Noise {
        Noise { common_seed: redrawn(self.common_seed, draw), ..self }
    }
}

impl Drift {
    fn redrawn(self, draw: u64) -> Drift {
        Drift { common_seed: redrawn(self.common_seed, draw), ..self }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::config::Preset;

    fn config(seed: u64) -> Config {
        let text = format!(
            "model = \"keysight-b2902a\"\nseed = {seed}\nnoise = {{ common = \"1 %\", common_seed = 3 }}\n\
             drift = {{ gain = \"1 %\", correlation = \"50 %\", common_seed = 4 }}\n\
             [channel_2]\nseed = 9\nnoise = {{ common = \"1 %\", common_seed = 3 }}"
        );
        toml::from_str(&text).unwrap()
    }

    #[test]
    fn draw_0_changes_nothing_and_another_draw_moves_every_seed() {
        let config = config(11);
        assert_eq!(config.redrawn(0), config);
        let other = config.redrawn(1);
        assert_eq!(other, config.redrawn(1));
        let seeds = |it: &Config| [it.dut(0).seed, it.dut(1).seed, Some(it.seed)];
        assert!(seeds(&config).iter().zip(seeds(&other)).all(|(a, b)| *a != b));
        assert_ne!(other.noise.common_seed, 3);
        assert_ne!(other.drift.common_seed, 4);
        assert_eq!(other.noise.common_seed, other.dut(1).noise.common_seed);
        // Nothing else: with its seeds back it is what it was.
        let back = Config {
            seed: 11,
            noise: config.noise,
            drift: config.drift,
            channel_2: config.channel_2.clone(),
            ..other
        };
        assert_eq!(back, config);
    }

    #[test]
    fn draws_are_all_different_and_can_be_written_to_a_file() {
        let config = config(11);
        let seeds: HashSet<u64> = (0..10_000).map(|draw| config.redrawn(draw).seed).collect();
        assert_eq!(seeds.len(), 10_000);
        let written = toml::to_string(&config.redrawn(77)).unwrap();
        assert_eq!(toml::from_str::<Config>(&written).unwrap(), config.redrawn(77));
    }

    #[test]
    fn quiet_devices_are_the_same_without_noise_and_drift() {
        let loud = config(11);
        let quiet = loud.quiet();
        for channel in [0, 1] {
            let dut = quiet.dut(channel);
            assert_eq!((dut.noise, dut.drift), (Noise::default(), Drift::default()));
            assert_eq!(
                (dut.seed, dut.mismatch),
                (loud.dut(channel).seed, loud.dut(channel).mismatch)
            );
        }
        assert_eq!(quiet.seed, loud.seed);
    }

    #[test]
    fn another_device_is_put_on_every_channel() {
        let mut resistor = DeviceConfig::preset(Preset::Resistor);
        resistor.resistance = Some(crate::config::Ohms(5e3));
        let config = config(11).with_device(&resistor);
        assert_eq!([config.dut(0).device, config.dut(1).device], [resistor.clone(), resistor]);
        assert_eq!(config.dut(1).seed, Some(9));
        assert_eq!(config.noise.common_seed, 3);
    }
}
