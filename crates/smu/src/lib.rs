//! Source-measure units: instrument files, set-up, readings, sweeps, safety.
//!
//! An [`Smu`] is a configured instrument; [`Smu::configure`] is the only way to one. All command
//! text is in the instrument file that [`Model`] reads (`instruments/*.toml`); no file of this crate
//! holds any.
//!
//! # What is sent, and what is awaited
//!
//! Settings and levels are checked first; what is refused is refused before anything is sent.
//! Commands are written without waiting for an answer; each batch of readings is fetched together
//! with the error queue in one message, so that an error of the instrument fails the batch that
//! caused it. Time limits follow from points, integration time and delays.
//!
//! A sweep is [`Smu::stage`], [`Smu::start`], [`Smu::fetch`]: two instruments are staged, then
//! started together, then fetched. A list of the length of the one before costs one message.
//!
//! A dropped future leaves the instrument as it was told so far: perhaps measuring, its output as it
//! was. The session still takes the late reply off the link, and the next sweep begins with a new
//! list.
//!
//! # Safety
//!
//! [`Smu::output_off`] ramps to 0 V, switches off and asks whether that is so. [`KillSwitch::off`]
//! asks nothing. Dropping an [`Smu`] sends nothing.

mod configure;
mod error;
mod kill;
mod measured;
mod model;
mod output;
mod reading;
mod settings;
mod smu;
mod sweep;
mod template;
pub mod units;
mod validate;

pub use crate::{
    error::SmuError,
    kill::KillSwitch,
    model::{Model, ModelError},
    reading::Reading,
    settings::{Settings, Window},
    smu::{Identity, ReadBack, Smu},
};
