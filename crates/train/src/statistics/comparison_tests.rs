//! Which test is made, and what may be said after it.

use super::{
    Comparison, Discordant, HeldOut, Method, NotCompared, Test, Verdict, compare, compare_all,
};

/// So many repeats of `folds` folds over `rows` rows; `wrong` says of repeat and row.
fn folds(
    repeats: usize,
    folds: usize,
    rows: usize,
    wrong: impl Fn(usize, usize) -> bool,
) -> Vec<HeldOut> {
    let fold = |repeat, fold| {
        let held: Vec<usize> = (0..rows).filter(|row| (row + repeat) % folds == fold).collect();
        HeldOut {
            repeat,
            fold,
            trained_on: rows - held.len(),
            right: held.iter().map(|&row| !wrong(repeat, row)).collect(),
            rows: held,
        }
    };
    (0..repeats)
        .flat_map(|repeat| (0..folds).map(move |it| (repeat, it)))
        .map(|(r, f)| fold(r, f))
        .collect()
}

fn held(one: &[HeldOut], two: &[HeldOut]) -> Comparison {
    compare(Method { name: "one", folds: one }, Method { name: "two", folds: two }, 0.05)
}

#[test]
fn one_repeat_is_tested_on_its_rows() {
    let one = folds(1, 5, 150, |_, row| row < 3);
    let two = folds(1, 5, 150, |_, row| (2..14).contains(&row));
    let found = held(&one, &two);
    // The first two rows are the other's only, eleven the method's.
    assert_eq!(found.discordant, Some(Discordant { only_method: 11, only_other: 2 }));
    let Some(Test::McNemar(test)) = found.test else { panic!("{found:?}") };
    // 2 · (C(13, 0) + C(13, 1) + C(13, 2)) / 2¹³.
    assert!((test.p - 2.0 * 92.0 / 8192.0).abs() < 1e-12);
    assert!((found.difference.unwrap() - 9.0 / 150.0).abs() < 1e-12);
    assert_eq!(found.verdict, Verdict::Better);
    assert_eq!(held(&two, &one).verdict, Verdict::Worse);
}

#[test]
fn several_repeats_are_tested_on_the_differences_of_their_folds() {
    // Nine to fifteen rows more are wrong, in every repeat others.
    let one = folds(10, 5, 150, |_, _| false);
    let two = folds(10, 5, 150, |repeat, row| row * 7 % 150 < 9 + repeat % 7);
    let found = held(&one, &two);
    let Some(Test::ResampledT(test)) = found.test else { panic!("{found:?}") };
    assert_eq!((test.n, found.verdict), (50, Verdict::Better));
    assert!((test.mean - found.difference.unwrap()).abs() < 1e-12);
    let sd = test.standard_error / (1.0_f64 / 50.0 + 0.25).sqrt();
    let of_fold = |it: usize| one[it].accuracy() - two[it].accuracy();
    let squares: f64 = (0..50).map(|it| (of_fold(it) - test.mean).powi(2)).sum();
    assert!((sd - (squares / 49.0).sqrt()).abs() < 1e-12);
}

#[test]
fn a_difference_that_changes_its_sign_between_folds_is_not_shown() {
    let one = folds(10, 5, 150, |repeat, row| row % 30 == repeat);
    let two = folds(10, 5, 150, |repeat, row| row % 37 == repeat);
    let found = held(&one, &two);
    assert!(matches!(found.test, Some(Test::ResampledT(_))));
    assert_eq!(found.verdict, Verdict::NoDifferenceShown);
    assert!(found.p > Some(0.05));
}

#[test]
fn where_every_fold_differs_by_the_same_the_rows_of_the_first_repeat_decide() {
    let one = folds(3, 5, 150, |_, _| false);
    let two = folds(3, 5, 150, |_, row| row % 3 == 0);
    let found = held(&one, &two);
    let Some(Test::McNemar(test)) = found.test else { panic!("{found:?}") };
    assert_eq!((test.only_first, test.only_second), (50, 0));
    assert_eq!(found.discordant, Some(Discordant { only_method: 150, only_other: 0 }));
    assert_eq!(found.verdict, Verdict::Better);
    assert_eq!(held(&one, &one).verdict, Verdict::NoDifferenceShown);
}

#[test]
fn different_splits_are_not_compared_however_far_apart() {
    let one = folds(10, 5, 150, |_, _| false);
    let two = folds(10, 3, 150, |_, _| true);
    let found = held(&one, &two);
    assert_eq!(found.verdict, Verdict::NotCompared(NotCompared::DifferentSplits));
    assert_eq!((found.difference, found.test, found.discordant), (None, None, None));
    assert_eq!(held(&one, &folds(9, 5, 150, |_, _| true)).verdict, found.verdict);
}

#[test]
fn one_repeat_of_few_rows_is_not_compared_and_of_one_more_it_is() {
    let of = |rows| held(&folds(1, 1, rows, |_, _| false), &folds(1, 1, rows, |_, _| true));
    assert_eq!(of(5).verdict, Verdict::NotCompared(NotCompared::FewRows));
    assert_eq!((of(5).p, of(5).difference), (None, Some(1.0)));
    assert_eq!(of(6).verdict, Verdict::Better);
    let nothing = held(&[], &[]);
    assert_eq!(nothing.verdict, Verdict::NotCompared(NotCompared::FewRows));
    assert_eq!(nothing.difference, None);
}

#[test]
fn a_difference_that_one_comparison_shows_may_be_lost_among_three() {
    let measured = folds(1, 5, 150, |_, _| false);
    // Six rows wrong: p = 2/2⁶ = 0.031, and 0.094 as one of three.
    let control = folds(1, 5, 150, |_, row| row < 6);
    let other_splits = folds(1, 3, 150, |_, row| row < 6);
    let method = |name, folds| Method { name, folds };
    let all = |methods: &[Method<'_>]| compare_all(methods, method("measured", &measured), 0.05);
    let verdicts = |found: &[Comparison]| found.iter().map(|it| it.verdict).collect::<Vec<_>>();

    let alone = all(&[method("constant", &control), method("elsewhere", &other_splits)]);
    let different = Verdict::NotCompared(NotCompared::DifferentSplits);
    assert_eq!(verdicts(&alone), [Verdict::Worse, different]);
    assert!((alone[0].p_holm.unwrap() - 0.03125).abs() < 1e-12);

    let same = method("same", &measured);
    let three = all(&[method("constant", &control), same, same]);
    assert_eq!(verdicts(&three), [Verdict::NoDifferenceShown; 3]);
    assert!((three[0].p.unwrap() - 0.03125).abs() < 1e-12);
    assert!((three[0].p_holm.unwrap() - 0.09375).abs() < 1e-12);
}
