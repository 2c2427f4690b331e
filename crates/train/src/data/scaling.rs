use ndarray::{Array2, ArrayView2, ArrayViewMut2};
use serde::{Deserialize, Serialize};

use super::{MinMax, Standardise};

/// How features are scaled before a network sees them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// `standardise`: mean 0 and standard deviation 1.
    #[default]
    Standardise,
    /// `standardise-together`: mean 0 and standard deviation 1 over all features at once, which
    /// leaves what they are to each other: for pixels, of which those at the edge hardly vary.
    StandardiseTogether,
    /// `min-max`: from -1 to 1.
    MinMax,
    /// `none`: as they come.
    None,
}

/// A scaling fitted to training rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "scaling")]
pub enum Scale {
    /// Mean 0 and standard deviation 1.
    Standardise(Standardise),
    /// From -1 to 1.
    MinMax(MinMax),
    /// As they come.
    None,
}

impl Scaling {
    /// Fits on `rows` of `features` (rows × features) alone: what is held out must not be seen.
    pub fn fit(self, features: ArrayView2<'_, f32>, rows: &[usize]) -> Scale {
        match self {
            Scaling::Standardise => Scale::Standardise(Standardise::fit(features, rows)),
            Scaling::StandardiseTogether => {
                Scale::Standardise(Standardise::fit_together(features, rows))
            }
            Scaling::MinMax => Scale::MinMax(MinMax::fit(features, rows)),
            Scaling::None => Scale::None,
        }
    }
}

impl Scale {
    /// The scaled features, rows × features: one copy, in single precision.
    pub fn apply(&self, features: ArrayView2<'_, f32>) -> Array2<f32> {
        let mut scaled = features.to_owned();
        self.apply_in_place(scaled.view_mut());
        scaled
    }

    /// Scales rows × features where they lie: all of a data set, or the rows of a mini-batch.
    pub fn apply_in_place(&self, features: ArrayViewMut2<'_, f32>) {
        match self {
            Scale::Standardise(it) => it.apply_in_place(features),
            Scale::MinMax(it) => it.apply_in_place(features),
            Scale::None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    #[test]
    fn each_scaling_does_what_its_name_says() {
        let features = array![[1.0], [5.0], [4.0]];
        let scaled = |scaling: Scaling| {
            let scale = scaling.fit(features.view(), &[0, 1]);
            let mut batch = array![[4.0], [1.0]];
            scale.apply_in_place(batch.view_mut());
            (scale.apply(features.view()), batch)
        };
        let expected = (array![[-1.0], [1.0], [0.5]], array![[0.5], [-1.0]]);
        assert_eq!(scaled(Scaling::Standardise), expected);
        assert_eq!(scaled(Scaling::MinMax), expected);
        assert_eq!(scaled(Scaling::None), (features.clone(), array![[4.0], [1.0]]));
    }

    #[test]
    fn scalings_and_scales_are_written_by_their_names() {
        let name = |it: Scaling| toml::Value::try_from(it).unwrap();
        let names = [Scaling::Standardise, Scaling::MinMax, Scaling::None].map(name);
        assert_eq!(
            names.each_ref().map(|it| it.as_str().unwrap()),
            ["standardise", "min-max", "none"]
        );
        let fitted = Scaling::MinMax.fit(array![[1.0], [5.0]].view(), &[0, 1]);
        let written = [fitted, Scale::None].map(|it| toml::Table::try_from(it).unwrap());
        assert_eq!(written[0]["scaling"].as_str(), Some("min-max"));
        assert_eq!(written[0]["half_span"]["data"][0].as_float(), Some(2.0));
        assert_eq!(written[1]["scaling"].as_str(), Some("none"));
    }
}
