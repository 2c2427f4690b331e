use ndarray::{Array2, ArrayView2};

use super::clipped;
use crate::Mapping;

/// `slope` everywhere, also where no slope could be formed, and zero where the level was clipped.
pub fn constant(inputs: ArrayView2<'_, f32>, mapping: Option<&Mapping>, slope: f32) -> Array2<f32> {
    inputs.mapv(|z| if clipped(mapping, z) { 0.0 } else { slope })
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_constant_is_everywhere_but_where_the_level_was_clipped() {
        let mapping =
            Mapping { volts_per_unit: 0.5, window: (-1.0, 1.0), current_scale: 1.0, gain: 1.0 };
        let inputs = array![[0.0, 2.0], [2.1, -9.0]];
        let found = constant(inputs.view(), Some(&mapping), 0.25);
        assert_eq!(found, array![[0.25, 0.25], [0.0, 0.0]]);
        assert_eq!(constant(inputs.view(), None, 0.25), array![[0.25, 0.25], [0.25, 0.25]]);
    }
}
