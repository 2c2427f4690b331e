//! Measured dI/dV: two nominally identical devices, one at V, one at V+δV.
//!
//! A [`Service`] answers a batch of asked levels with currents and slopes. It is a [`Pair`] of
//! configured instruments, a [`GradientConfig`] that says how slopes are measured, and what is known of
//! the pair so far. It begins with an [`Opening`]: a [`survey`] tells noise, curvature, mismatch and
//! memory, and from them, where `delta_v = "auto"`, the [`step`]. Each batch becomes one [`Plan`]; its
//! readings become one [`Gradient`] for each level, with standard uncertainties. A slope that cannot be
//! formed is [`Absent`], with the reason; it is never zero.
//!
//! ```no_run
//! use gradient::{GradientConfig, GradientError, Opening, Pair, Service};
//!
//! async fn slopes(mut pair: Pair, config: GradientConfig) -> Result<(), GradientError> {
//!     let window = [-0.8, 0.8];
//!     let shots = Opening::plan(&config, window, &pair.codes())?;
//!     pair.output_on().await?;
//!     // What is shot is recorded before anything is learnt from it.
//!     let rows = pair.shoot(&shots).await?;
//!     let opening = Opening::learn(shots, rows, &config, window, &pair.codes())?;
//!     let mut service = Service::opened(pair, config, &opening);
//!
//!     let asked = [0.3, 0.1, 0.2];
//!     let cost = service.plan(&asked)?.cost;
//!     println!("{} operations, {} s", cost.operations, cost.seconds);
//!     let batch = service.measure(&asked).await?;
//!     for answer in batch.answers() {
//!         match answer.didv {
//!             Ok(it) => println!("{} V: {} ± {} S", answer.level, it.value, it.uncertainty),
//!             Err(absent) => println!("{} V: no slope, {absent}", answer.level),
//!         }
//!     }
//!     for note in &batch.notes {
//!         println!("{note}");
//!     }
//!     service.pair_mut().output_off().await?;
//!     Ok(())
//! }
//! ```
//!
//! [`Method`] lists the estimators; `forward` is the paper's, without any of the discipline below.
//! [`fidelity`] holds the figures that compare measured slopes with the numerical gradient of a
//! measured I-V curve.
//!
//! # From asked levels to shots
//!
//! A shot is one act of both devices: each at its level, at the same time. A plan
//!
//! 1. rounds every asked level to the base's nearest source code, and drops repeats: each code is
//!    measured once, however often it was asked;
//! 2. orders the points, from the lowest level to the highest (`order = "sorted"`) or by their first
//!    place in the batch (`"as-asked"`);
//! 3. gives each point the shots of its estimator. The step is a whole number of codes, and δV is the
//!    difference of the codes that are sent, never the number that was asked. Exchanged roles
//!    (`alternately-chopped`) alternate along the sorted levels in either order, so that neighbours in
//!    voltage have opposite roles;
//! 4. puts before every shot that counts what the devices' memory demands (see below);
//! 5. begins with what is due: a look at the sentinel, a calibration at common bias.
//!
//! [`Cost`] says before anything is sent how many operations and seconds that takes, and what for. The
//! answers come back in the asked order, repeats and all.
//!
//! Current and slope of an answer belong to [`Gradient::level`]. That is the code nearest to the asked
//! level, but where a central step is an odd number of codes: then it is the middle of the codes that
//! were sent, half a code below.
//!
//! # Which derivative
//!
//! A device with memory has no dI/dV as such. It has three, and `derivative` names the one that is
//! meant:
//!
//! * `protocol`, the default: both levels of a pair are read as a forward reading is, with the same
//!   rest, the same settle, the same place in the order. It is the derivative, with respect to the
//!   level, of the number that the forward pass uses. Back-propagation multiplies the derivatives of
//!   the functions that the forward pass has evaluated; the forward pass has evaluated the protocol's
//!   function, not the device's curve at constant or at steady state. With any other derivative the
//!   gradient of the loss is that of another network.
//! * `frozen-state`: dI/dV at constant state. Before each reading both devices are held at V for
//!   `hold` readings, and leave it for one reading only. It answers questions of device physics, such
//!   as the small-signal conductance, and is the truth only where a reading is short against the
//!   device's time constant.
//! * `quasi-static`: dI/dV of the steady curve. Before each reading each device is held at that
//!   reading's own level for `hold` readings, until it has followed.
//!
//! Where the devices have no memory the three are one, and holding costs time for nothing.
//!
//! # Memory and drift
//!
//! Reading a device with memory changes it. What is done against that, all of it in the plan and its
//! cost, and none of it unless the configuration asks:
//!
//! * `rest`: both devices at a resting level before every shot that counts, so that each reading starts
//!   from the same state, whatever was measured before. A dither's samples belong together and have one
//!   rest before them. Only `protocol` rests: the other two hold their level, and a rest would undo
//!   that.
//! * `condition`: a pulse at the beginning of the sentinel's look, of the calibration and of the points,
//!   which brings the devices to a known state.
//! * `check_state`: the same level is read before the first and after the last point. Where a device's
//!   current differs by more than four standard uncertainties the batch has disturbed its state
//!   ([`Note::StateDisturbed`]). The level is the one whose distance from zero is in the middle of the
//!   batch's: at zero every state has the same current.
//! * `sentinel`: a level that is read again every so many shots, at the start of a batch. When the
//!   mismatch there, of `own-device` the current, has moved by more than `threshold` standard
//!   uncertainties, that is [`Note::Drifted`], and a method that rests on a calibration makes a new one
//!   at the start of the next batch. A calibration is also made anew after `refresh` shots.
//!
//! A [`State`] is what answers depend on beside the plan and its rows. It works without instruments:
//! [`State::evaluate`] gives recorded batches their answers again.
//!
//! # What is sent, and what a dropped future leaves
//!
//! A plan that holds one level outside a window, or a step that a source cannot make, is refused
//! before anything is sent. Afterwards a batch costs each instrument its lists, each with its start and
//! one fetch. A measurement that is given up leaves both instruments as they were told so far, perhaps
//! measuring, their outputs on; the next one begins with new lists, and no reading of the old one
//! gets into it.
//!
//! # What limits it
//!
//! Mismatch m(V) of the two devices adds m(V)/δV, and curvature adds δV·I″/2 to a forward difference;
//! read noise σ adds √2·σ/δV. Averaging helps against the last only; exchanging the two devices' roles
//! (`chopped-central`) takes the first away, a central step most of the second.

mod answer;
mod calibration;
mod config;
mod discipline;
mod error;
mod expect;
pub mod fidelity;
mod knowledge;
mod method;
mod pair;
mod plan;
mod sentinel;
mod service;
mod shot;
pub mod step;
mod store;
pub mod survey;
mod twins;

pub use crate::{
    answer::{Absent, Device, Gradient, Monotonic, Uncertain},
    calibration::Calibration,
    config::{
        CalibrationConfig, Derivative, Dither, GradientConfig, Order, Pulse, SentinelConfig, Step,
        SurveyConfig,
    },
    error::GradientError,
    expect::{Outcome, Trial, expect},
    knowledge::{Curve, Knowledge, Local, Memory, Mismatch, Noise},
    method::{Evidence, Method},
    pair::Pair,
    plan::{Codes, Cost, Due, Plan, Point, SourceCodes},
    service::{Batch, Because, Note, Opening, Service, State, Watched},
    shot::{Purpose, Shot, ShotReading},
    step::{Choice, DecidedBy, Expected},
    store::{Store, Stored},
    survey::SurveyError,
    twins::{Discipline, Priced, Recommendation, Remembered, Twins, Unlike, Unsteady},
};
