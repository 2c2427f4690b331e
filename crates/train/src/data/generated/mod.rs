//! Tasks that are generated: two numbers and a class, by formula and seed.

mod two_moons;
mod two_spirals;
mod xor;
mod yin_yang;

use ndarray::Array2;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use serde::{Deserialize, Serialize};

use super::DataSet;
use crate::ConfigError;

/// A data set that is generated: the experiment's table `[data]` with a `task`.
///
/// Rows take the classes in turn, so that the classes' rows differ by at most one in number; the
/// same rows, noise and seed give the same bits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Generated {
    /// Which.
    pub task: Task,
    /// How many rows, 4 to 1 000 000.
    pub rows: usize,
    /// Standard deviation of what is added to both coordinates of each point, in their unit, 0 to
    /// 1000. A point keeps the class that it had without.
    #[serde(default)]
    pub noise: f64,
    /// Decides the noise, and the points where they are drawn. At most 2⁶³ − 1, TOML's largest
    /// integer.
    pub seed: u64,
}

/// What can be generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// `two-spirals`: two arms, each three times round the other (Lang and Witbrock 1988).
    TwoSpirals,
    /// `yin-yang`: three classes in a disc (Kriener, Göltz and Petrovici 2022).
    YinYang,
    /// `xor`: the corners of a square, opposite ones of one class.
    Xor,
    /// `two-moons`: two half circles, each ending inside the other (as scikit-learn's
    /// `make_moons`).
    TwoMoons,
}

/// A point before the noise, and its class.
type Point = ([f64; 2], usize);

impl Task {
    /// All there are.
    pub const ALL: [Task; 4] = [Task::TwoSpirals, Task::YinYang, Task::Xor, Task::TwoMoons];

    /// As experiments write it.
    pub fn name(self) -> &'static str {
        match self {
            Task::TwoSpirals => "two-spirals",
            Task::YinYang => "yin-yang",
            Task::Xor => "xor",
            Task::TwoMoons => "two-moons",
        }
    }

    /// The inputs' names.
    pub fn features(self) -> &'static [&'static str] {
        match self {
            Task::YinYang => &["x", "y", "1-x", "1-y"],
            Task::Xor => &["a", "b"],
            Task::TwoSpirals | Task::TwoMoons => &["x", "y"],
        }
    }

    /// The classes' names.
    pub fn classes(self) -> &'static [&'static str] {
        match self {
            Task::YinYang => &yin_yang::CLASSES,
            Task::TwoMoons => &["outer", "inner"],
            Task::TwoSpirals | Task::Xor => &["0", "1"],
        }
    }

    fn points(self, rows: usize, rng: &mut ChaCha8Rng) -> Vec<Point> {
        match self {
            Task::TwoSpirals => two_spirals::points(rows),
            Task::YinYang => yin_yang::points(rows, rng),
            Task::Xor => xor::points(rows),
            Task::TwoMoons => two_moons::points(rows),
        }
    }
}

impl Generated {
    /// Refuses what cannot be generated.
    ///
    /// # Errors
    /// The first value that is not accepted, by its key.
    pub fn check(&self) -> Result<(), ConfigError> {
        let refused = |key, found, accepted| Err(ConfigError { key, found, accepted });
        if !(4..=1_000_000).contains(&self.rows) {
            let accepted = "a whole number from 4 to 1000000";
            return refused("data.rows", self.rows.to_string(), accepted);
        }
        if !(0.0..=1000.0).contains(&self.noise) {
            return refused("data.noise", self.noise.to_string(), "a number from 0 to 1000");
        }
        if i64::try_from(self.seed).is_err() {
            let accepted = "a whole number from 0 to 9223372036854775807";
            return refused("data.seed", self.seed.to_string(), accepted);
        }
        Ok(())
    }

    /// Generates it.
    ///
    /// # Errors
    /// As [`check`](Generated::check).
    pub fn data(&self) -> Result<DataSet, ConfigError> {
        self.check()?;
        let Generated { task, rows, noise, seed } = *self;
        // Points and noise have a stream each: more noise moves the same points further.
        let mut places = ChaCha8Rng::seed_from_u64(seed);
        let mut noises = ChaCha8Rng::seed_from_u64(seed);
        noises.set_stream(1);

        let mut points = task.points(rows, &mut places);
        for ([x, y], _) in &mut points {
            for coordinate in [x, y] {
                let normal: f64 = StandardNormal.sample(&mut noises);
                *coordinate += noise * normal;
            }
        }
        let names = |names: &[&str]| names.iter().map(|&it| it.to_owned()).collect();
        Ok(DataSet {
            features: Array2::from_shape_fn((rows, task.features().len()), |(row, column)| {
                let [x, y] = points[row].0;
                [x, y, 1.0 - x, 1.0 - y][column] as f32
            }),
            labels: points.iter().map(|it| it.1).collect(),
            feature_names: names(task.features()),
            class_names: names(task.classes()),
            held_out: None,
        })
    }
}

#[cfg(test)]
mod tests;
