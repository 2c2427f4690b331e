use multiversion::multiversion;
use ndarray::{Array2, ArrayView2};
use thiserror::Error;

use crate::{ConfigError, Mapping};

/// Elements that are looked up at a time: enough for whole vectors, few enough for registers and
/// the nearest cache.
const CHUNK: usize = 64;

/// How far a level may be from its place on an equidistant grid, in steps of the grid: levels are
/// rounded to what a source can make.
const TOLERANCE: f64 = 0.1;

/// A device's current and slope at equidistant levels, as an activation that a computer evaluates.
///
/// Between two levels both are linear: a current that rises from level to level gives an activation
/// that nowhere falls, to the last bit. The slope that is returned is the measured one, not the
/// slope of these lines.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Steps of the grid for each unit of z.
    steps_per_unit: f32,
    /// Where z = 0 is, in steps from the first level.
    origin: f32,
    /// The ends of the window, in steps from the first level.
    ends: (f32, f32),
    /// The lowest and highest z that are not clipped.
    inside: (f32, f32),
    /// One a step of the grid.
    segments: Vec<Segment>,
}

/// What is between two levels; at its beginning, and by how much more it is at its end.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Segment {
    value: f32,
    value_rise: f32,
    slope: f32,
    slope_rise: f32,
}

/// Why there is no table.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum TableError {
    /// The mapping is not accepted.
    #[error(transparent)]
    Mapping(#[from] ConfigError),
    /// Not every level has its current and its slope.
    #[error(
        "{levels} levels, {currents} currents, {slopes} slopes: expected one of each, twice or more"
    )]
    Lengths {
        /// How many levels.
        levels: usize,
        /// How many currents.
        currents: usize,
        /// How many slopes.
        slopes: usize,
    },
    /// A level is not where an equidistant grid has it.
    #[error(
        "level {index} of the table is {found} V: expected about {expected} V, equidistant and rising"
    )]
    Level {
        /// From 0.
        index: usize,
        /// V.
        found: f64,
        /// V.
        expected: f64,
    },
    /// The levels do not reach as far as the mapping's window.
    #[error("the table reaches from {} V to {} V: expected the window, {} V to {} V", levels.0, levels.1, window.0, window.1)]
    Window {
        /// The lowest and the highest level, V.
        levels: (f64, f64),
        /// The mapping's, V.
        window: (f64, f64),
    },
    /// A current is not a finite number, or a slope is infinite.
    #[error("the table has a {quantity} of {found} at {level} V: expected a finite number")]
    NotFinite {
        /// `current` or `slope`.
        quantity: &'static str,
        /// A or S.
        found: f64,
        /// V.
        level: f64,
    },
}

impl Table {
    /// A table of what was measured: at each of `levels` (V), of which two or more rise in equal
    /// steps (to a tenth of a step: they may be rounded to a source's codes) from one end of the
    /// mapping's window or beyond to the other, `currents` (A) and `slopes` (dI/dV, S; NaN where
    /// absent, which makes both neighbouring steps absent).
    ///
    /// # Errors
    /// Anything else, with the level.
    pub fn new(
        mapping: &Mapping,
        levels: &[f64],
        currents: &[f64],
        slopes: &[f64],
    ) -> Result<Table, TableError> {
        mapping.check()?;
        let count = levels.len();
        if count < 2 || currents.len() != count || slopes.len() != count {
            let (currents, slopes) = (currents.len(), slopes.len());
            return Err(TableError::Lengths { levels: count, currents, slopes });
        }
        let (first, last) = (levels[0], levels[count - 1]);
        let step = (last - first) / (count - 1) as f64;
        let grid: Vec<f64> = (0..count).map(|index| first + step * index as f64).collect();
        for (index, (&found, &expected)) in levels.iter().zip(&grid).enumerate() {
            let near = step > 0.0 && (found - expected).abs() <= TOLERANCE * step;
            if !near {
                return Err(TableError::Level { index, found, expected });
            }
        }
        let window = mapping.window;
        if window.0 < first - TOLERANCE * step || window.1 > last + TOLERANCE * step {
            return Err(TableError::Window { levels: (first, last), window });
        }
        for (&level, (&current, &slope)) in levels.iter().zip(currents.iter().zip(slopes)) {
            let refused = |quantity, found| Err(TableError::NotFinite { quantity, found, level });
            if !current.is_finite() {
                return refused("current", current);
            }
            if slope.is_infinite() {
                return refused("slope", slope);
            }
        }

        let Mapping { volts_per_unit, current_scale, gain, .. } = *mapping;
        let value = |current: f64| mapping.value(current);
        let slope = |didv: f64| (gain * volts_per_unit * didv / current_scale) as f32;
        let values: Vec<f32> = on_grid(&grid, levels, currents).map(value).collect();
        let slopes: Vec<f32> = on_grid(&grid, levels, slopes).map(slope).collect();
        let place = |level: f64| ((level - first) / step).clamp(0.0, (count - 1) as f64) as f32;
        let segment = |(values, slopes): (&[f32], &[f32])| Segment {
            value: values[0],
            value_rise: rise(values[0], values[1]),
            slope: slopes[0],
            slope_rise: slopes[1] - slopes[0],
        };
        Ok(Table {
            steps_per_unit: (volts_per_unit / step) as f32,
            origin: (-first / step) as f32,
            ends: (place(window.0), place(window.1)),
            inside: inside(mapping),
            segments: values.windows(2).zip(slopes.windows(2)).map(segment).collect(),
        })
    }

    /// Activates `inputs`, pre-activations z of any shape: V = clip(volts_per_unit · z, window), the
    /// value is gain · I(V) / current_scale, the slope gain · volts_per_unit · g(V) / current_scale,
    /// zero where V was clipped, NaN where g is absent. `values` and `slopes` are overwritten, and
    /// replaced where their shape is another than that of `inputs`.
    pub fn activate(
        &self,
        inputs: ArrayView2<'_, f32>,
        values: &mut Array2<f32>,
        slopes: &mut Array2<f32>,
    ) {
        for output in [&mut *values, &mut *slopes] {
            if output.raw_dim() != inputs.raw_dim() || !output.is_standard_layout() {
                *output = Array2::zeros(inputs.raw_dim());
            }
        }
        let inputs = inputs.as_standard_layout();
        if let (Some(inputs), Some(values), Some(slopes)) =
            (inputs.as_slice(), values.as_slice_mut(), slopes.as_slice_mut())
        {
            look_up(self, inputs, values, slopes);
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+avx2+fma", "x86_64+avx2+fma"))]
fn look_up(table: &Table, inputs: &[f32], values: &mut [f32], slopes: &mut [f32]) {
    let mut places = [0.0; CHUNK];
    let mut indices = [0; CHUNK];
    let mut slope_or_zero = [0.0; CHUNK];
    let last = table.segments.len() - 1;
    let outputs = values.chunks_mut(CHUNK).zip(slopes.chunks_mut(CHUNK));
    for (inputs, (values, slopes)) in inputs.chunks(CHUNK).zip(outputs) {
        for (at, &z) in inputs.iter().enumerate() {
            let place = z * table.steps_per_unit + table.origin;
            let place = place.clamp(table.ends.0, table.ends.1);
            // At the very end of the grid the place is the end of the last segment.
            let index = (place as i32).min(last as i32);
            indices[at] = index;
            places[at] = place - index as f32;
            let clipped = (z < table.inside.0) | (z > table.inside.1);
            slope_or_zero[at] = if clipped { 0.0 } else { 1.0 };
        }
        let chunk = indices.iter().zip(&places).zip(&slope_or_zero);
        for (((&index, &place), &keep), (value, slope)) in
            chunk.zip(values.iter_mut().zip(slopes.iter_mut()))
        {
            let segment = table.segments[index as usize];
            *value = segment.value + place * segment.value_rise;
            let measured = segment.slope + place * segment.slope_rise;
            *slope = if keep == 0.0 { 0.0 } else { measured };
        }
    }
}

/// `quantities`, which were measured at `levels`, at the places of `grid` that belong to them: on
/// the lines between neighbours.
fn on_grid<'a>(
    grid: &'a [f64],
    levels: &'a [f64],
    quantities: &'a [f64],
) -> impl Iterator<Item = f64> {
    let last = levels.len() - 1;
    grid.iter().enumerate().map(move |(index, &place)| {
        if place == levels[index] {
            return quantities[index];
        }
        let from = if place < levels[index] { index.max(1) - 1 } else { index.min(last - 1) };
        let share = (place - levels[from]) / (levels[from + 1] - levels[from]);
        quantities[from] + share * (quantities[from + 1] - quantities[from])
    })
}

/// What leads from one value to the next, and not beyond it by rounding.
fn rise(from: f32, to: f32) -> f32 {
    let rise = to - from;
    let beyond = if rise > 0.0 { from + rise > to } else { from + rise < to };
    match (beyond, rise > 0.0) {
        (false, _) => rise,
        (true, true) => rise.next_down(),
        (true, false) => rise.next_up(),
    }
}

/// The lowest and highest z that the mapping does not clip: it decides in `f64`.
fn inside(mapping: &Mapping) -> (f32, f32) {
    let (mut low, mut high) = mapping.range();
    while mapping.clips(low) {
        low = low.next_up();
    }
    while !mapping.clips(low.next_down()) {
        low = low.next_down();
    }
    while mapping.clips(high) {
        high = high.next_down();
    }
    while !mapping.clips(high.next_up()) {
        high = high.next_up();
    }
    (low, high)
}

#[cfg(test)]
mod tests {
    use ndarray::{Array1, s};

    use super::*;

    const MAPPING: Mapping =
        Mapping { volts_per_unit: 0.3, window: (-1.0, 0.8), current_scale: 60e-6, gain: 1.5 };
    const LEVELS: usize = 257;

    /// Saturates, in A.
    fn current(volts: f64) -> f64 {
        60e-6 * ((volts - 0.03) / 0.38).tanh() + 3e-6 * volts
    }

    /// Deliberately not the slope of [`current`], in S: what was measured is what is used.
    fn didv(volts: f64) -> f64 {
        90e-6 * (1.0 + 0.3 * (7.0 * volts).sin())
    }

    fn grid() -> Vec<f64> {
        let step = 2.0 / (LEVELS - 1) as f64;
        (0..LEVELS).map(|index| -1.0 + step * index as f64).collect()
    }

    fn at(levels: &[f64], quantity: fn(f64) -> f64) -> Vec<f64> {
        levels.iter().map(|&it| quantity(it)).collect()
    }

    fn table() -> Table {
        let levels = grid();
        Table::new(&MAPPING, &levels, &at(&levels, current), &at(&levels, didv)).unwrap()
    }

    /// By way of volts, in f64, with a search for the two neighbours.
    fn slowly(levels: &[f64], currents: &[f64], slopes: &[f64], z: f32) -> (f32, f32) {
        let volts = MAPPING.level(z);
        let above = levels.partition_point(|&it| it <= volts).clamp(1, levels.len() - 1);
        let share = (volts - levels[above - 1]) / (levels[above] - levels[above - 1]);
        let line = |of: &[f64]| of[above - 1] + share * (of[above] - of[above - 1]);
        (MAPPING.value(line(currents)), MAPPING.slope(z, line(slopes)))
    }

    fn activate(table: &Table, inputs: ArrayView2<'_, f32>) -> (Array2<f32>, Array2<f32>) {
        // Another shape, to be replaced.
        let (mut values, mut slopes) = (Array2::ones((2, 2)), Array2::ones((3, 1)));
        table.activate(inputs, &mut values, &mut slopes);
        (values, slopes)
    }

    #[test]
    fn values_and_slopes_are_those_of_the_slow_way() {
        let levels = grid();
        let (currents, slopes) = (at(&levels, current), at(&levels, didv));
        // Also beyond the window, and not a whole number of chunks.
        let inputs =
            Array2::from_shape_fn((31, 47), |(i, j)| ((i * 47 + j) as f32 / 1456.0 - 0.5) * 9.0);
        let (found, found_slopes) = activate(&table(), inputs.view());
        for ((&z, value), slope) in inputs.iter().zip(&found).zip(&found_slopes) {
            let (expected, expected_slope) = slowly(&levels, &currents, &slopes, z);
            assert!((value - expected).abs() < 2e-6, "{z}: {value} against {expected}");
            assert!((slope - expected_slope).abs() < 4e-6, "{z}: {slope}, {expected_slope}");
            assert_eq!(*slope == 0.0, MAPPING.clips(z), "{z}");
        }
    }

    #[test]
    fn the_ends_of_the_window_are_where_the_mapping_has_them() {
        let (low, high) = inside(&MAPPING);
        let inputs = [low.next_down(), low, high, high.next_up(), -1e30, 1e30];
        let inputs = Array2::from_shape_vec((3, 2), inputs.to_vec()).unwrap();
        let (values, slopes) = activate(&table(), inputs.view());
        let clipped: Vec<bool> = slopes.iter().map(|&it| it == 0.0).collect();
        assert_eq!(clipped, [true, false, false, true, true, true]);
        let end = |volts: f64| MAPPING.value(current(volts));
        for (value, expected) in values.iter().zip([-1.0, -1.0, 0.8, 0.8, -1.0, 0.8].map(end)) {
            assert!((value - expected).abs() < 2e-5);
        }
    }

    #[test]
    fn a_rising_current_gives_an_activation_that_nowhere_falls() {
        let levels = grid();
        // Rises of every size, down to a last bit or nothing.
        let rises = |index: usize| 1e-6 * 2_f64.powi(-((index * 7 % 31) as i32));
        let currents: Vec<f64> = (0..LEVELS)
            .scan(-3e-6, |sum, index| {
                *sum += rises(index);
                Some(*sum)
            })
            .collect();
        let table = Table::new(&MAPPING, &levels, &currents, &at(&levels, didv)).unwrap();
        let inputs: Array2<f32> =
            Array1::linspace(-4.0, 4.0, 400_000).into_shape_with_order((4, 100_000)).unwrap();
        let (values, _) = activate(&table, inputs.view());
        let values: Vec<f32> = values.into_iter().collect();
        assert!(values.is_sorted());
        let falling: Vec<f64> = currents.iter().map(|it| -it).collect();
        let table = Table::new(&MAPPING, &levels, &falling, &at(&levels, didv)).unwrap();
        let (values, _) = activate(&table, inputs.view());
        assert!(values.iter().is_sorted_by(|a, b| a >= b));
    }

    #[test]
    fn inputs_in_any_order_of_memory_come_back_in_their_places() {
        let inputs =
            Array2::from_shape_fn((6, 70), |(i, j)| (i as f32 - 3.0) * 0.4 + j as f32 * 0.02);
        let (values, slopes) = activate(&table(), inputs.view());
        let (transposed, transposed_slopes) = activate(&table(), inputs.t());
        assert_eq!((transposed.t(), transposed_slopes.t()), (values.view(), slopes.view()));
        let (every_other, _) = activate(&table(), inputs.slice(s![..;2, ..;3]));
        assert_eq!(every_other, values.slice(s![..;2, ..;3]));
    }

    #[test]
    fn absent_slopes_and_inputs_that_are_no_numbers_stay_absent() {
        let levels = grid();
        let mut slopes = at(&levels, didv);
        slopes[128] = f64::NAN;
        let table = Table::new(&MAPPING, &levels, &at(&levels, current), &slopes).unwrap();
        // A step is 1/128 V, or 0.026 z; level 128 is at 0 V.
        let inputs = ndarray::array![[-0.03, -0.01, 0.0, 0.01, 0.03, f32::NAN, 9.0]];
        let (values, slopes) = activate(&table, inputs.view());
        let absent: Vec<bool> = slopes.iter().map(|it| it.is_nan()).collect();
        assert_eq!(absent, [false, true, true, true, false, true, false]);
        assert_eq!(values.iter().filter(|it| it.is_nan()).count(), 1);
    }

    #[test]
    fn levels_rounded_to_a_sources_codes_are_put_in_their_places() {
        let levels: Vec<f64> = grid().iter().map(|it| (it * 8191.5).round() / 8191.5).collect();
        let (currents, slopes) = (at(&levels, current), at(&levels, didv));
        let table = Table::new(&MAPPING, &levels, &currents, &slopes).unwrap();
        let inputs = Array2::from_shape_fn((1, 999), |(_, j)| (j as f32 / 499.0 - 1.0) * 3.3);
        let (values, found) = activate(&table, inputs.view());
        for ((&z, value), slope) in inputs.iter().zip(&values).zip(&found) {
            let (expected, expected_slope) = slowly(&levels, &currents, &slopes, z);
            assert!((value - expected).abs() < 5e-5, "{z}: {value} against {expected}");
            assert!((slope - expected_slope).abs() < 5e-5, "{z}: {slope} against {expected_slope}");
        }
    }

    #[test]
    fn what_is_no_table_is_refused() {
        let refusal = |levels: &[f64], currents: &[f64], slopes: &[f64]| {
            Table::new(&MAPPING, levels, currents, slopes).unwrap_err().to_string()
        };
        let good = [-1.0, 0.0, 1.0];
        assert_eq!(
            [
                refusal(&good, &good, &good[1..]),
                refusal(&[0.0], &[0.0], &[0.0]),
                refusal(&[-1.0, 0.2, 1.0], &good, &good),
                refusal(&[1.0, 0.0, -1.0], &good, &good),
                refusal(&[-1.0, -0.25, 0.5], &good, &good),
                refusal(&good, &[0.0, f64::NAN, 0.0], &good),
                refusal(&good, &good, &[0.0, 0.0, f64::INFINITY]),
            ],
            [
                "3 levels, 3 currents, 2 slopes: expected one of each, twice or more",
                "1 levels, 1 currents, 1 slopes: expected one of each, twice or more",
                "level 1 of the table is 0.2 V: expected about 0 V, equidistant and rising",
                "level 0 of the table is 1 V: expected about 1 V, equidistant and rising",
                "the table reaches from -1 V to 0.5 V: expected the window, -1 V to 0.8 V",
                "the table has a current of NaN at 0 V: expected a finite number",
                "the table has a slope of inf at 1 V: expected a finite number",
            ]
        );
    }
}
