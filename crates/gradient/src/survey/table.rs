//! The rows of a survey by level, pass and direction.

use smu::Side;

use crate::{Purpose, Shot, ShotReading};

/// Both devices at one level, once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sight {
    /// Its level's place in [`Table::levels`].
    pub(super) place: usize,
    pub(super) pass: usize,
    pub(super) rising: bool,
    /// Shots before it: the clock of all walks.
    pub(super) time: f64,
    pub(super) base: f64,
    pub(super) probe: f64,
}

/// All usable rows of a survey's passes.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// V, rising: those that were read at least twice.
    pub(super) levels: Vec<f64>,
    /// In the order of measurement.
    pub(super) sights: Vec<Sight>,
    /// Readings in a row at one level, of both devices, right after the devices were elsewhere.
    pub(super) recalls: Vec<Vec<(f64, f64)>>,
    /// Whether both directions have repeats, so that repeats are compared within a direction.
    pub(super) directed: bool,
    /// Shots of the survey.
    pub(super) shots: f64,
}

impl Sight {
    pub(super) fn mean(&self) -> f64 {
        0.5 * (self.base + self.probe)
    }

    pub(super) fn difference(&self) -> f64 {
        self.probe - self.base
    }
}

impl Table {
    pub(super) fn of(shots: &[Shot], rows: &[ShotReading]) -> Table {
        let (mut sights, mut found) = (Vec::new(), Vec::new());
        for (number, (pass, rising)) in passes(shots) {
            if let Some((base, probe)) = currents(&rows[number]) {
                let time = number as f64;
                found.push(shots[number].base);
                sights.push(Sight { place: 0, pass, rising, time, base, probe });
            }
        }
        let mut levels = found.clone();
        levels.sort_by(f64::total_cmp);
        levels.dedup();
        levels.retain(|level| found.iter().filter(|it| *it == level).count() >= 2);
        let placed = sights.into_iter().zip(&found).filter_map(|(sight, level)| {
            let place = levels.iter().position(|it| it == level)?;
            Some(Sight { place, ..sight })
        });
        let sights: Vec<Sight> = placed.collect();
        let both = |rising: bool| sights.iter().filter(move |it| it.rising == rising);
        let repeated = |rising: bool| {
            let mut counts = vec![0; levels.len()];
            both(rising).for_each(|it| counts[it.place] += 1);
            counts.iter().all(|it| *it >= 2)
        };
        let directed = repeated(true) && repeated(false);
        Table { recalls: recalls(shots, rows), directed, shots: shots.len() as f64, levels, sights }
    }

    /// Which repeats a sight is compared with.
    pub(super) fn group(&self, sight: &Sight) -> usize {
        2 * sight.place + usize::from(self.directed && sight.rising)
    }

    /// For every sight what `of` it is less the mean over its repeats, and how many there are.
    pub(super) fn deviations(&self, of: fn(&Sight) -> f64) -> Vec<(f64, f64)> {
        let mut sums = vec![(0.0, 0.0); 2 * self.levels.len()];
        for sight in &self.sights {
            let sum = &mut sums[self.group(sight)];
            *sum = (sum.0 + of(sight), sum.1 + 1.0);
        }
        let deviation = |it: &Sight| {
            let (sum, count) = sums[self.group(it)];
            (of(it) - sum / count, count)
        };
        self.sights.iter().map(deviation).collect()
    }

    /// How much each sight counts in its level's mean: both directions the same.
    pub(super) fn shares(&self) -> Vec<f64> {
        let mut counts = vec![0.0; 2 * self.levels.len()];
        self.sights.iter().for_each(|it| counts[self.group(it)] += 1.0);
        let share = |it: &Sight| {
            let groups = (0..2).filter(|side| counts[2 * it.place + side] > 0.0).count();
            1.0 / (counts[self.group(it)] * groups as f64)
        };
        self.sights.iter().map(share).collect()
    }

    /// The mean device's current at every level, A.
    pub(super) fn means(&self) -> Vec<f64> {
        self.by_level(Sight::mean)
    }

    /// I_probe − I_base at every level, A.
    pub(super) fn differences(&self) -> Vec<f64> {
        self.by_level(Sight::difference)
    }

    fn by_level(&self, of: fn(&Sight) -> f64) -> Vec<f64> {
        let mut values = vec![0.0; self.levels.len()];
        for (sight, share) in self.sights.iter().zip(self.shares()) {
            values[sight.place] += share * of(sight);
        }
        values
    }
}

/// The currents of a row whose source was not limiting.
fn currents(row: &ShotReading) -> Option<(f64, f64)> {
    let sound = |side| {
        let reading = row.reading(side).filter(|it| !it.in_compliance && !it.overflow)?;
        reading.current.filter(|it| it.is_finite())
    };
    sound(Side::Base).zip(sound(Side::Probe))
}

/// The survey's shots by number, each with its pass and whether that one rises.
fn passes(shots: &[Shot]) -> Vec<(usize, (usize, bool))> {
    let surveyed = |it: &(usize, &Shot)| it.1.purpose == Purpose::Survey;
    let numbers: Vec<usize> =
        shots.iter().enumerate().filter(surveyed).map(|(number, _)| number).collect();
    let mut passes: Vec<(usize, (usize, bool))> = Vec::with_capacity(numbers.len());
    let (mut pass, mut first) = (0, 0);
    for (rank, number) in numbers.iter().enumerate() {
        let level = shots[*number].base;
        let next = numbers.get(rank + 1).map(|it| shots[*it].base);
        // A pass ends where the level stays, or turns.
        let before = (rank > first).then(|| shots[numbers[rank - 1]].base);
        let rising = next.map_or_else(|| before.is_some_and(|it| level > it), |it| it > level);
        let rising = before.map_or(rising, |it| level > it);
        passes.push((*number, (pass, rising)));
        let ends = next.is_some_and(|it| it == level || before.is_some() && (it > level) != rising);
        if ends {
            (pass, first) = (pass + 1, rank + 1);
        }
    }
    passes
}

/// Runs of readings at one level: the first shot of a run was elsewhere and is left out.
fn recalls(shots: &[Shot], rows: &[ShotReading]) -> Vec<Vec<(f64, f64)>> {
    let taken = shots.iter().zip(rows).filter(|(shot, _)| shot.purpose == Purpose::Recall);
    let taken: Vec<_> = taken.map(|(shot, row)| (shot.base, currents(row))).collect();
    let runs = taken.chunk_by(|one, next| one.0 == next.0).filter(|it| it.len() > 1);
    runs.filter_map(|it| it.iter().map(|it| it.1).collect()).collect()
}
