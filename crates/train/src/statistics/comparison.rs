use serde::Serialize;

use super::{
    HeldOut, McNemar, NotCompared, ResampledT, Verdict, held_out::repeats, holm, pooled_accuracies,
    same_splits,
};

/// What a trained method made of the rows held out.
#[derive(Clone, Copy, Debug)]
pub struct Method<'a> {
    /// As reports call it.
    pub name: &'a str,
    /// Every fold of every repeat.
    pub folds: &'a [HeldOut],
}

/// A method held against another, on the same splits.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The method.
    pub method: String,
    /// What it is held against.
    pub other: String,
    /// Accuracy of the method less that of the other, -1 to 1, mean over the repeats; absent where
    /// the splits differ, since then much of it may be the splits'.
    pub difference: Option<f64>,
    /// Rows on which only one of the two was right, summed over the repeats; absent likewise.
    pub discordant: Option<Discordant>,
    /// The test; absent where none could be made.
    pub test: Option<Test>,
    /// The test's p-value, two-sided.
    pub p: Option<f64>,
    /// `p` corrected for the number of methods held against the same other ([`holm`]). The verdict
    /// is of this one.
    pub p_holm: Option<f64>,
    /// The level that the verdict is at.
    pub level: f64,
    /// What may be said.
    pub verdict: Verdict,
}

/// Rows on which only one of two methods was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Discordant {
    /// Only the method.
    pub only_method: usize,
    /// Only the other.
    pub only_other: usize,
}

/// The test that was made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "name", rename_all = "kebab-case")]
pub enum Test {
    /// On the rows of one repeat, the method being the first.
    #[serde(rename = "mcnemar")]
    McNemar(McNemar),
    /// On the differences of accuracy, method less other, of all folds of all repeats.
    ResampledT(ResampledT),
}

impl Test {
    /// Two-sided.
    pub fn p(&self) -> f64 {
        match self {
            Test::McNemar(it) => it.p,
            Test::ResampledT(it) => it.p,
        }
    }

    /// Positive where the method is the more accurate one.
    fn effect(&self) -> f64 {
        match self {
            Test::McNemar(it) => it.only_first as f64 - it.only_second as f64,
            Test::ResampledT(it) => it.mean,
        }
    }

    /// With several repeats the differences of all folds, whose scatter is then known; with one, or
    /// where every fold differs by the same, the rows of the first repeat.
    ///
    /// Where the split is the same in every repeat, and only weights and order vary, the correction
    /// of the t-test stays: the test is then more careful than the scatter over seeds alone asks.
    fn of(method: &[HeldOut], other: &[HeldOut], level: f64) -> Result<Test, NotCompared> {
        let repeats = repeats(method);
        if repeats.len() > 1 {
            let pairs = || method.iter().zip(other);
            let differences: Vec<_> = pairs().map(|(a, b)| a.accuracy() - b.accuracy()).collect();
            let tested: usize = method.iter().map(|it| it.rows.len()).sum();
            let trained: usize = method.iter().map(|it| it.trained_on).sum();
            let ratio = tested as f64 / trained as f64;
            if let Some(test) = ResampledT::of(&differences, ratio) {
                return Ok(Test::ResampledT(test));
            }
        }
        let first = |it: &&HeldOut| Some(it.repeat) == repeats.first().copied();
        let rows: usize = method.iter().filter(first).map(|it| it.rows.len()).sum();
        if McNemar::least_p(rows) > level {
            return Err(NotCompared::FewRows);
        }
        let of_first = method.iter().filter(first).zip(other.iter().filter(first));
        Ok(Test::McNemar(McNemar::of_rows(of_first.flat_map(|(a, b)| answers(a, b)))))
    }
}

/// Holds `method` against `other`, at a `level` such as 0.05.
pub fn compare(method: Method<'_>, other: Method<'_>, level: f64) -> Comparison {
    let (one, two) = (method.folds, other.folds);
    let found = if same_splits(one, two) {
        Test::of(one, two, level)
    } else {
        Err(NotCompared::DifferentSplits)
    };
    let same = found != Err(NotCompared::DifferentSplits);
    let test = found.ok();
    let p = test.map(|it| it.p());
    let mut comparison = Comparison {
        method: method.name.to_owned(),
        other: other.name.to_owned(),
        difference: if same { difference(one, two) } else { None },
        discordant: same.then(|| Discordant::of(one, two)),
        test,
        p,
        p_holm: p,
        level,
        verdict: found.map_or_else(Verdict::NotCompared, |_| Verdict::NoDifferenceShown),
    };
    comparison.judge();
    comparison
}

/// Holds each of `methods` against `other`, at a `level` that holds for all of them together.
pub fn compare_all(methods: &[Method<'_>], other: Method<'_>, level: f64) -> Vec<Comparison> {
    let mut found: Vec<_> = methods.iter().map(|&it| compare(it, other, level)).collect();
    let corrected = holm(&found.iter().filter_map(|it| it.p).collect::<Vec<_>>());
    for (it, corrected) in found.iter_mut().filter(|it| it.p.is_some()).zip(corrected) {
        it.p_holm = Some(corrected);
        it.judge();
    }
    found
}

impl Comparison {
    /// The verdict of the test, where there is one.
    fn judge(&mut self) {
        if let (Some(test), Some(p)) = (&self.test, self.p_holm) {
            self.verdict = Verdict::of(test.effect(), p, self.level);
        }
    }
}

impl Discordant {
    fn of(method: &[HeldOut], other: &[HeldOut]) -> Discordant {
        let McNemar { only_first, only_second, .. } =
            McNemar::of_rows(method.iter().zip(other).flat_map(|(a, b)| answers(a, b)));
        Discordant { only_method: only_first, only_other: only_second }
    }
}

/// Whether each of the two was right, row by row.
fn answers(one: &HeldOut, two: &HeldOut) -> impl Iterator<Item = (bool, bool)> {
    one.right.iter().copied().zip(two.right.iter().copied())
}

fn difference(one: &[HeldOut], two: &[HeldOut]) -> Option<f64> {
    let (one, two) = (pooled_accuracies(one), pooled_accuracies(two));
    let differences: Vec<_> = one.iter().zip(&two).map(|(a, b)| a - b).collect();
    super::Summary::of(&differences).map(|it| it.mean)
}
