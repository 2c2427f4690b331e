use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Zip};
use serde::{Deserialize, Serialize};

/// Scales every feature so that what it was fitted on reaches from -1 to 1. Other rows may reach
/// beyond.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MinMax {
    /// One a feature, in the feature's unit: what becomes 0.
    pub centre: Array1<f64>,
    /// One a feature, in the feature's unit: half of what it spans; 1 where it does not vary.
    pub half_span: Array1<f64>,
}

impl MinMax {
    /// Fits on `rows` of `features` (rows × features) alone: what is held out must not be seen.
    pub fn fit(features: ArrayView2<'_, f32>, rows: &[usize]) -> MinMax {
        let mut least = Array1::from_elem(features.ncols(), f64::INFINITY);
        let mut most = Array1::from_elem(features.ncols(), f64::NEG_INFINITY);
        for &row in rows {
            Zip::from(&mut least).and(&mut most).and(features.row(row)).for_each(
                |least, most, &x| {
                    *least = least.min(f64::from(x));
                    *most = most.max(f64::from(x));
                },
            );
        }
        if rows.is_empty() {
            least.fill(0.0);
            most.fill(0.0);
        }
        let half_span = (&most - &least) / 2.0;
        MinMax {
            centre: (least + most) / 2.0,
            half_span: half_span.mapv(|it| if it > 0.0 { it } else { 1.0 }),
        }
    }

    /// The scaled features, rows × features.
    pub fn apply(&self, features: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut scaled = features.to_owned();
        self.apply_in_place(scaled.view_mut());
        scaled
    }

    /// Scales rows × features where they lie.
    pub fn apply_in_place(&self, mut features: ArrayViewMut2<'_, f32>) {
        for row in features.rows_mut() {
            Zip::from(row).and(&self.centre).and(&self.half_span).for_each(|it, centre, half| {
                *it = ((f64::from(*it) - centre) / half) as f32;
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn the_rows_fitted_on_reach_from_minus_one_to_one_and_others_beyond() {
        let features = array![[1.0, 5.0], [7.0, 5.0], [3.0, 5.0], [2.0, 6.0]];
        let scale = MinMax::fit(features.view(), &[0, 2]);
        assert_eq!(scale, MinMax { centre: array![2.0, 5.0], half_span: array![1.0, 1.0] });
        let expected = array![[-1.0, 0.0], [5.0, 0.0], [1.0, 0.0], [0.0, 1.0]];
        assert_eq!(scale.apply(features.view()), expected);
    }

    #[test]
    fn no_rows_leave_features_as_they_are() {
        let scale = MinMax::fit(array![[1.0, 5.0]].view(), &[]);
        assert_eq!(scale, MinMax { centre: array![0.0, 0.0], half_span: array![1.0, 1.0] });
    }
}
