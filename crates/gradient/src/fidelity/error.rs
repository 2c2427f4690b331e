//! Why slopes cannot be compared.

/// Why slopes cannot be compared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FidelityError {
    /// A gradient of too few points.
    #[error("a numerical gradient needs at least {least} points, there are {found}")]
    TooFewPoints {
        /// The least.
        least: usize,
        /// What there is.
        found: usize,
    },
    /// Levels that turn or stand still.
    #[error("levels must rise or fall strictly, but do not at position {position}")]
    NotASweep {
        /// Where.
        position: usize,
    },
    /// Two lists of different lengths.
    #[error("{one} and {other} points cannot be compared")]
    Lengths {
        /// The length of one.
        one: usize,
        /// The length of the other.
        other: usize,
    },
    /// A value that is not a finite number.
    #[error("the value at position {position} is not a finite number")]
    NotANumber {
        /// Where.
        position: usize,
    },
    /// A local fit that reaches too few points.
    #[error(
        "the local fit at {level} V reaches {found} points within {half_width} V, and needs {least}: choose a larger half_width, or more points"
    )]
    NarrowFit {
        /// Where, V.
        level: f64,
        /// The reach to either side, V.
        half_width: f64,
        /// Points reached.
        found: usize,
        /// What the polynomial needs.
        least: usize,
    },
    /// A reference whose values are all the same.
    #[error("the reference gradient is constant: over its range and variance nothing can be said")]
    Constant,
}

/// Refuses the first that is not.
pub(super) fn all(mut finite: impl Iterator<Item = bool>) -> Result<(), FidelityError> {
    match finite.position(|it| !it) {
        None => Ok(()),
        Some(position) => Err(FidelityError::NotANumber { position }),
    }
}
