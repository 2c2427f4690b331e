/// Holm's correction (Scand. J. Stat. 6, 65, 1979): p-values that may be held to a level together.
///
/// Rejecting where the corrected value is at most α keeps the chance of any false rejection among
/// them at α, however they depend on each other. Returned in the order of `p`: the j-th smallest of
/// m, from 1, is multiplied by m − j + 1, is not below the one before, and at most 1.
pub fn holm(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[a].total_cmp(&p[b]));
    let mut corrected = vec![0.0; p.len()];
    let mut least: f64 = 0.0;
    for (rank, at) in order.into_iter().enumerate() {
        least = least.max((p[at] * (p.len() - rank) as f64).min(1.0));
        corrected[at] = least;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of four hypotheses with p = 0.01, 0.04, 0.03, 0.005, of which only the first and
    /// the last are rejected at 0.05: 3 · 0.01, 2 · 0.03, and 4 · 0.005.
    #[test]
    fn the_textbook_example_of_four_hypotheses_is_reproduced() {
        let found = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in found.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-15, "{found} against {expected}");
        }
    }

    #[test]
    fn one_value_stays_and_none_exceeds_one() {
        assert_eq!(holm(&[0.04]), [0.04]);
        assert_eq!(holm(&[0.7, 0.9]), [1.0, 1.0]);
        assert!(holm(&[]).is_empty());
    }
}
