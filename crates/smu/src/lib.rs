//! Source-measure units: instrument files, set-up, readings, sweeps, safety.
//!
//! An [`Instrument`] is a box on a link, identified and reset; an [`Smu`] is a configured channel of
//! it, and [`Smu::configure`] the only way to one ([`Smu::open`] does both for an instrument of one
//! channel). All command text is in the instrument file that [`Model`] reads (`instruments/*.toml`);
//! no file of this crate holds any.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use smu::{Model, Settings, Smu};
//! use transport::{Session, SessionOptions, connect_tcp};
//!
//! # async fn sweep() -> Result<(), Box<dyn std::error::Error>> {
//! let settings: Settings = toml::from_str(
//!     r#"
//!     source_range = "2 V"
//!     sense_range = "100 uA"
//!     compliance = "105 uA"
//!     nplc = 1
//!     line_frequency = "50 Hz"
//!     source_delay = "1 ms"
//!     four_wire = false
//!     window = ["-1 V", "1 V"]
//!     ramp = "10 V/s"
//!     "#,
//! )?;
//! let link = connect_tcp("192.0.2.7", 5025, Duration::from_secs(5)).await?;
//! let session = Session::spawn(link, SessionOptions::default());
//! let model = Model::builtin("keithley-2400")?;
//! let mut smu = Smu::open("a0", session, model, settings).await?;
//! smu.output_on().await?;
//! for reading in smu.list_sweep(&[0.1, 0.2, 0.3]).await? {
//!     println!("{} V: {:?} A", reading.level, reading.current);
//! }
//! smu.output_off().await?;
//! # Ok(())
//! # }
//! ```
//!
//! # What is sent, and what is awaited
//!
//! Settings and levels are checked first; what is refused is refused before anything is sent.
//! Commands are written without waiting for an answer; each batch of readings is fetched together
//! with the error queue in one message, so that an error of the instrument fails the batch that
//! caused it. When that message gets no answer the queue is asked once more by itself: instruments
//! that refuse to measure say nothing else. Time limits follow from points, integration time and
//! delays.
//!
//! A sweep is [`Smu::stage`], [`Smu::start`], [`Smu::fetch`]: two instruments are staged, then
//! started together, then fetched. A list of the length of the one before costs one message.
//!
//! A dropped future leaves the instrument as it was told so far: perhaps measuring, its output as it
//! was. The session still takes the late reply off the link. After that, and after any failure, the
//! next sweep stages everything again, waits for the points that are still being measured, and never
//! returns readings of another.
//!
//! # Lost links and power cycles
//!
//! [`Smu::verify`] and [`Smu::rejoin`] tell whether an instrument still is what it was told to be. An
//! instrument with a [`Rescue`] uses that by itself: where the link dies under [`Smu::output_on`],
//! [`Smu::list_sweep`] or [`Duo::sweep`], or the instrument turns out to have been switched off and on,
//! it is connected again, identified, compared or configured again, its output at 0 V, and everything
//! that was asked is measured again. One whose serial number, settings or output are not as they were
//! is an error, and so is one that does not come back.
//!
//! # Safety
//!
//! [`Smu::output_off`] ramps to 0 V, switches off and asks whether that is so; when the ramp fails it
//! switches off all the same. [`KillSwitch::off`]
//! asks nothing. Dropping an [`Smu`] sends nothing.

mod comeback;
mod configure;
mod decode;
mod duo;
mod error;
mod instrument;
mod kill;
mod limits;
mod link;
mod measured;
mod model;
mod options;
mod output;
mod reading;
mod settings;
mod single;
mod smu;
mod sweep;
mod template;
pub mod units;
mod verify;

pub use crate::{
    comeback::{Comeback, Gone, Opening, Rescue},
    duo::{Coupling, Duo, DuoReading, Lines, Side, Skew, Wiring},
    error::SmuError,
    instrument::{Identity, Instrument},
    kill::KillSwitch,
    limits::Limits,
    link::{Blocks, Carries},
    model::{Model, ModelError},
    options::{AutoZero, Filter, FilterKind, OutputOffMode},
    reading::Reading,
    settings::{Settings, Window},
    smu::{ReadBack, Smu},
    verify::Rejoined,
};
