//! How well measured slopes follow the numerical gradient of a measured I-V curve.
//!
//! "RMSE 8.38 %, R² 0.98" means nothing without conventions: over the range of the reference, an
//! RMSE of ρ forces 1 − SSE/SST ≤ 1 − 4ρ², because no set of numbers has a variance above a quarter
//! of its range squared (Popoviciu). So every figure here has its own name, and all are reported.
//!
//! [`compare`] makes the figures, [`Spread`] says which pairs of them are possible on given data,
//! [`LocalPolynomial`] makes the reference of a dense averaged sweep, with its uncertainty, and
//! [`Coverage`] holds the uncertainties that an estimator states against its errors.

mod coverage;
mod error;
mod figures;
mod numerical;
mod possible;
mod reference;
mod summary;

pub use self::{
    coverage::Coverage,
    error::FidelityError,
    figures::{Fidelity, compare},
    numerical::{numerical_gradient, smoothed_gradient},
    possible::{Convention, Spread},
    reference::{LocalPolynomial, Slope},
    summary::{MeanSd, Summary},
};
