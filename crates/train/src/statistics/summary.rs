use serde::Serialize;

/// Figures of several values, in the values' unit.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Values.
    pub n: usize,
    /// The mean.
    pub mean: f64,
    /// The standard deviation (dividing by n − 1); absent with fewer than two values.
    pub sd: Option<f64>,
    /// The least.
    pub min: f64,
    /// The largest.
    pub max: f64,
}

impl Summary {
    /// Of any number of values; `None` of none.
    pub fn of(values: &[f64]) -> Option<Summary> {
        let n = values.len();
        if n == 0 {
            return None;
        }
        let mean = values.iter().sum::<f64>() / n as f64;
        let squares: f64 = values.iter().map(|it| (it - mean).powi(2)).sum();
        Some(Summary {
            n,
            mean,
            sd: (n > 1).then(|| (squares / (n - 1) as f64).sqrt()),
            min: values.iter().copied().fold(f64::INFINITY, f64::min),
            max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Michelson's first five speeds of light of 1879, less 299 000 km/s: mean 898, and
    /// deviations of 48, 158, 2, 172 and 32.
    #[test]
    fn the_figures_are_those_made_by_hand() {
        let found = Summary::of(&[850.0, 740.0, 900.0, 1070.0, 930.0]).unwrap();
        let squares: f64 = [48.0, 158.0, 2.0, 172.0, 32.0].iter().map(|it| it * it).sum();
        let expected = Summary {
            n: 5,
            mean: 898.0,
            sd: Some((squares / 4.0).sqrt()),
            min: 740.0,
            max: 1070.0,
        };
        assert_eq!(found, expected);
    }

    #[test]
    fn one_value_has_no_scatter_and_none_has_no_summary() {
        let one = Summary { n: 1, mean: 0.5, sd: None, min: 0.5, max: 0.5 };
        assert_eq!(Summary::of(&[0.5]), Some(one));
        assert_eq!(Summary::of(&[]), None);
    }
}
