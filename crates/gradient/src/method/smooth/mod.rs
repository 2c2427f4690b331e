//! One smooth curve and one smooth mismatch through all readings of a pair.
//!
//! The model of a shot: I_base = (1 + c)·f(V_base) − m(V_base)/2 + e and
//! I_probe = (1 + c)·f(V_probe) + m(V_probe)/2 + e, where f is the mean device, m the mismatch, c
//! what both share in the shot (variance `common`²) and e what they do not. f and m are cubic
//! splines whose fourth and second differences are penalised (Eilers and Marx, Statist. Sci. 11, 89,
//! 1996). How much is decided by the readings themselves: restricted maximum likelihood, by the
//! fixed point of Wood and Fasiolo (Biometrics 73, 1071, 2017). A cubic f and a linear m cost
//! nothing, so they come back exactly.

mod banded;
mod basis;
mod fit;
mod grid;
mod normal;
mod penalty;
mod search;

pub(super) use self::fit::{Prior, Smooth};

/// One reading of a shot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Datum {
    /// As sent, V.
    pub(super) level: f64,
    /// A.
    pub(super) current: f64,
    /// The square of the standard deviation that it shares with no other reading, A².
    pub(super) variance: f64,
}

/// The usable readings of one shot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Row {
    pub(super) base: Option<Datum>,
    pub(super) probe: Option<Datum>,
    /// The square of the standard deviation of the shared c, a share of the current.
    pub(super) common: f64,
}

impl Row {
    /// Its readings.
    pub(super) fn data(&self) -> impl Iterator<Item = &Datum> {
        [&self.base, &self.probe].into_iter().flatten()
    }
}
