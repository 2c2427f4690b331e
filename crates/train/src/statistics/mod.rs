//! What may be said of accuracies: summaries, confusions, and tests between two methods.
//!
//! No method is called better than another without a test of the two on the same splits.
//! [`compare`] chooses the test: of one cross-validation, or one held-out set, [`McNemar`]'s on the
//! rows; of several, [`ResampledT`] on the folds' differences. [`Verdict`] is the only place that
//! words what came out. Where one method is held against several, [`compare_all`] corrects for
//! their number ([`holm`]).
//!
//! Everything here is a function of its arguments.

mod comparison;
#[cfg(test)]
mod comparison_tests;
mod confusion;
mod energy;
mod held_out;
mod holm;
mod mcnemar;
mod resampled_t;
mod student_t;
mod summary;
mod verdict;

pub use self::{
    comparison::{Comparison, Discordant, Method, Test, compare, compare_all},
    confusion::Confusion,
    energy::{Dwell, Energy, energy},
    held_out::{HeldOut, pooled_accuracies, same_splits},
    holm::holm,
    mcnemar::{Form, McNemar},
    resampled_t::ResampledT,
    student_t::two_sided_p,
    summary::Summary,
    verdict::{NotCompared, Verdict},
};
