//! What is varied.

/// Steps, mV.
const STEPS: [f64; 7] = [2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0];
/// Differences of gain between the two devices, per cent.
const GAINS: [f64; 6] = [0.0, 1.0, 2.0, 5.0, 10.0, 20.0];
/// The step at which gains are varied, mV.
const STEP_OF_GAINS: f64 = 50.0;

/// One way of measuring slopes.
pub struct Variant {
    /// What the figure calls it and its like.
    pub family: &'static str,
    /// As `[gradient]` names it.
    pub method: &'static str,
    /// mV.
    pub step: f64,
    /// Per cent between the two devices, in place of the bench's own differences.
    pub gain: Option<f64>,
    /// Whether negative slopes are raised to zero, as the bench says, or kept.
    pub signs: Signs,
}

/// What becomes of negative slopes.
#[derive(Clone, Copy, PartialEq)]
pub enum Signs {
    /// The bench knows the devices to be monotonic.
    OfTheBench,
    /// It does not.
    Both,
}

/// All of them, each family together.
pub fn variants() -> Vec<Variant> {
    let steps = |family, method, signs| {
        STEPS.map(|step| Variant { family, method, step, gain: None, signs }).into_iter()
    };
    let gains = |family, method| {
        let of = |gain| Variant {
            family,
            method,
            step: STEP_OF_GAINS,
            gain: Some(gain),
            signs: Signs::OfTheBench,
        };
        GAINS.map(of).into_iter()
    };
    steps("forward", "forward", Signs::OfTheBench)
        .chain(steps("forward, negative slopes kept", "forward", Signs::Both))
        .chain(steps("central", "central", Signs::OfTheBench))
        .chain(steps("chopped-central", "chopped-central", Signs::OfTheBench))
        .chain(steps("alternately-chopped", "alternately-chopped", Signs::OfTheBench))
        .chain(steps("baseline-subtracted", "baseline-subtracted", Signs::OfTheBench))
        .chain(gains("forward, gain mismatch 0 to 20 %", "forward"))
        .chain(gains("alternately-chopped, gain mismatch 0 to 20 %", "alternately-chopped"))
        .collect()
}
