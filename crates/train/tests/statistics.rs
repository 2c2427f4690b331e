//! What documents say of statistics.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

use serde_json::{json, to_value};
use train::statistics::{Confusion, HeldOut, Method, NotCompared, Test, Verdict, compare};

#[test]
fn a_document_says_of_a_verdict_what_a_table_says() {
    let verdict = Verdict::NotCompared(NotCompared::FewRows);
    assert_eq!(to_value(verdict).unwrap(), json!("not compared: one repeat of few rows"));
}

#[test]
fn a_document_holds_a_confusion_as_rows_of_counts() {
    let mut confusion = Confusion::new(2);
    confusion.add(1, 0);
    assert_eq!(to_value(&confusion).unwrap(), json!([[0, 0], [1, 0]]));
}

#[test]
fn a_document_names_the_test_and_the_level_of_a_comparison() {
    let folds = |right| HeldOut {
        repeat: 0,
        fold: 0,
        trained_on: 32,
        rows: (0..8).collect(),
        right: vec![right; 8],
    };
    let (one, two) = ([folds(true)], [folds(false)]);
    let method = |name, folds| Method { name, folds };
    let found = compare(method("measured", &one), method("constant", &two), 0.05);
    // Of 2/2⁸ = 0.0078, to the last bits.
    let Some(Test::McNemar(test)) = found.test else { panic!("{found:?}") };
    assert_eq!(
        to_value(&found).unwrap(),
        json!({
            "method": "measured",
            "other": "constant",
            "difference": 1.0,
            "discordant": { "only_method": 8, "only_other": 0 },
            "test": {
                "name": "mcnemar",
                "only_first": 8,
                "only_second": 0,
                "form": "exact",
                "p": test.p,
                "mid_p": test.mid_p,
            },
            "p": test.p,
            "p_holm": test.p,
            "level": 0.05,
            "verdict": "better",
        })
    );
}
