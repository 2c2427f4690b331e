use ndarray::{Array1, Array2, ArrayView2, Axis};
use serde::{Deserialize, Serialize};

/// Scales every feature to mean 0 and standard deviation 1, by what it was fitted on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Standardise {
    /// One a feature, in the feature's unit.
    pub mean: Array1<f64>,
    /// One a feature (dividing by n), in the feature's unit; 1 where the feature does not vary.
    pub sd: Array1<f64>,
}

impl Standardise {
    /// Fits on `rows` of `features` (rows × features) alone: what is held out must not be seen.
    pub fn fit(features: ArrayView2<'_, f32>, rows: &[usize]) -> Standardise {
        let fitted = features.select(Axis(0), rows).mapv(f64::from);
        let mean = fitted.mean_axis(Axis(0)).unwrap_or_else(|| Array1::zeros(features.ncols()));
        let sd = fitted.std_axis(Axis(0), 0.0).mapv(|sd| if sd > 0.0 { sd } else { 1.0 });
        Standardise { mean, sd }
    }

    /// The scaled features, rows × features.
    pub fn apply(&self, features: ArrayView2<'_, f32>) -> Array2<f32> {
        ((features.mapv(f64::from) - &self.mean) / &self.sd).mapv(|it| it as f32)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn only_the_rows_fitted_on_decide_the_scale() {
        let features = array![[1.0, 5.0], [100.0, 5.0], [3.0, 5.0]];
        let scale = Standardise::fit(features.view(), &[0, 2]);
        assert_eq!(scale, Standardise { mean: array![2.0, 5.0], sd: array![1.0, 1.0] });
        assert_eq!(scale.apply(features.view()), array![[-1.0, 0.0], [98.0, 0.0], [1.0, 0.0]]);
    }
}
