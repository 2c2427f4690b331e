use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Zip};
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
    /// Holds a few numbers a feature at a time, in double precision, and no copy of the rows.
    pub fn fit(features: ArrayView2<'_, f32>, rows: &[usize]) -> Standardise {
        let zeros = || Array1::<f64>::zeros(features.ncols());
        let (mut sum, mut mean, mut squares) = (zeros(), zeros(), zeros());
        for (before, &row) in rows.iter().enumerate() {
            let count = (before + 1) as f64;
            // Welford, Technometrics 4 (1962) 419, for the squares; the mean that is kept is of the
            // sum, which rounds less.
            Zip::from(&mut sum).and(&mut mean).and(&mut squares).and(features.row(row)).for_each(
                |sum, mean, squares, &x| {
                    let x = f64::from(x);
                    *sum += x;
                    let distance = x - *mean;
                    *mean += distance / count;
                    *squares = (x - *mean).mul_add(distance, *squares);
                },
            );
        }
        let count = rows.len().max(1) as f64;
        let sd = squares.mapv(|it| (it / count).sqrt());
        Standardise { mean: sum / count, sd: sd.mapv(|sd| if sd > 0.0 { sd } else { 1.0 }) }
    }

    /// As [`fit`](Standardise::fit), with the mean and standard deviation of all values for every
    /// feature.
    pub fn fit_together(features: ArrayView2<'_, f32>, rows: &[usize]) -> Standardise {
        let count = (rows.len() * features.ncols()).max(1) as f64;
        let sum = |of: &dyn Fn(f64) -> f64| {
            let of_row =
                |&row: &usize| features.row(row).iter().map(|&x| of(x.into())).sum::<f64>();
            rows.iter().map(of_row).sum::<f64>()
        };
        let mean = sum(&|x| x) / count;
        let sd = (sum(&|x| (x - mean).powi(2)) / count).sqrt();
        let all = |value| Array1::from_elem(features.ncols(), value);
        Standardise { mean: all(mean), sd: all(if sd > 0.0 { sd } else { 1.0 }) }
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
            Zip::from(row).and(&self.mean).and(&self.sd).for_each(|it, mean, sd| {
                *it = ((f64::from(*it) - mean) / sd) as f32;
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Axis, array};

    use super::*;
    use crate::DataSet;

    #[test]
    fn together_all_values_have_mean_0_and_standard_deviation_1() {
        let features = array![[1.0, 7.0, 5.0], [3.0, 7.0, 9.0]];
        let scale = Standardise::fit_together(features.view(), &[0, 1]);
        let scaled = scale.apply(features.view()).mapv(f64::from);
        assert!(scaled.mean().unwrap().abs() < 1e-7);
        assert!((scaled.std(0.0) - 1.0).abs() < 1e-7);
        assert_eq!(scaled[[0, 1]], scaled[[1, 1]]);
    }

    #[test]
    fn only_the_rows_fitted_on_decide_the_scale() {
        let features = array![[1.0, 5.0], [100.0, 5.0], [3.0, 5.0]];
        let scale = Standardise::fit(features.view(), &[0, 2]);
        assert_eq!(scale, Standardise { mean: array![2.0, 5.0], sd: array![1.0, 1.0] });
        assert_eq!(scale.apply(features.view()), array![[-1.0, 0.0], [98.0, 0.0], [1.0, 0.0]]);
    }

    #[test]
    fn iris_is_scaled_to_the_bits_that_whole_copies_in_double_precision_give() {
        let text = include_str!("../../../../experiments/iris.csv");
        let features = DataSet::from_csv("iris.csv", text, None).unwrap().features;
        let rows: Vec<_> = (0..150).filter(|it| it % 5 != 2).collect();
        let fitted = features.select(Axis(0), &rows).mapv(f64::from);
        let expected = Standardise {
            mean: fitted.mean_axis(Axis(0)).unwrap(),
            sd: fitted.std_axis(Axis(0), 0.0),
        };
        let scale = Standardise::fit(features.view(), &rows);
        assert_eq!(scale, expected);
        let scaled =
            ((features.mapv(f64::from) - &expected.mean) / &expected.sd).mapv(|x| x as f32);
        assert_eq!(scale.apply(features.view()), scaled);
    }

    #[test]
    fn no_rows_leave_features_as_they_are() {
        let scale = Standardise::fit(array![[1.0, 5.0]].view(), &[]);
        assert_eq!(scale, Standardise { mean: array![0.0, 0.0], sd: array![1.0, 1.0] });
    }
}
