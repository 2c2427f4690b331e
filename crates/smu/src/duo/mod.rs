//! Two instruments that act as one.

mod command;
mod coupling;
mod fetch;
mod model;
mod recover;
mod restore;
mod side;
mod skew;
mod sweep;

pub(crate) use self::model::{Pairing, pairing};
use self::{coupling::Plan, skew::Clocks};
pub use self::{
    coupling::{Coupling, Side, Wiring},
    model::Lines,
    skew::{DuoReading, Skew},
};
use crate::{KillSwitch, Smu, SmuError};

/// Two configured instruments, or two channels of one, that measure together.
///
/// Between calls both are as [`Smu::configure`] left them: a coupling is set up when a sweep is
/// staged and taken back when it has ended, so that single readings work. After a failure the one
/// that still answers is aborted, and taken back too. A future that is dropped leaves both as they
/// were told so far, perhaps waiting for each other; whatever is called next aborts them and takes
/// them back first, and a [`KillSwitch`] works at any time.
#[derive(Debug)]
pub struct Duo {
    base: Smu,
    probe: Smu,
    coupling: Coupling,
    plan: Plan,
    clocks: Clocks,
    /// Base and probe: told of the coupling, and not taken back.
    coupled: [bool; 2],
}

impl Duo {
    /// Couples two configured instruments; nothing is sent yet.
    ///
    /// # Errors
    /// A coupling that the two models, their lines or their firmware do not allow.
    pub fn new(base: Smu, probe: Smu, coupling: Coupling) -> Result<Duo, SmuError> {
        let plan = Plan::new(coupling, &base, &probe)?;
        let clocks = Clocks { base: base.file().pairing.clock, probe: probe.file().pairing.clock };
        Ok(Duo { base, probe, coupling, plan, clocks, coupled: [false; 2] })
    }

    /// The device at V.
    pub fn base(&self) -> &Smu {
        &self.base
    }

    /// The device at V+δV.
    pub fn probe(&self) -> &Smu {
        &self.probe
    }

    /// What joins them.
    pub fn coupling(&self) -> Coupling {
        self.coupling
    }

    /// Output-off without a question, for both.
    pub fn kill_switches(&self) -> [KillSwitch; 2] {
        [self.base.kill_switch(), self.probe.kill_switch()]
    }

    /// The most levels of one sweep of both.
    pub fn max_list_len(&self) -> usize {
        self.base.max_list_len().min(self.probe.max_list_len())
    }

    /// What a point of a sweep of both should take, without the links, s.
    pub fn seconds_per_point(&self) -> f64 {
        let slower = self.base.seconds_per_point().max(self.probe.seconds_per_point());
        match &self.plan {
            Plan::Software => slower,
            // There and back.
            Plan::Handshake(shake) => slower + 2.0 * shake.latency,
            Plan::Channels(table) => table.period(slower),
        }
    }

    /// Switches both outputs on, at 0 V.
    ///
    /// # Errors
    /// The first that failed; both were tried.
    pub async fn output_on(&mut self) -> Result<(), SmuError> {
        self.take_back().await?;
        both(tokio::join!(self.base.output_on(), self.probe.output_on())).map(|_| ())
    }

    /// Ramps both to 0 V and switches both off.
    ///
    /// # Errors
    /// The first that failed; both were tried.
    pub async fn output_off(&mut self) -> Result<(), SmuError> {
        // One that does not answer is switched off all the same, and does not hold up the other.
        let taken_back = self.take_back().await;
        let off = both(tokio::join!(self.base.output_off(), self.probe.output_off()));
        off.map(|_| ()).and(taken_back)
    }

    /// The two instruments, each on its own again.
    ///
    /// # Errors
    /// One that was coupled when a future was dropped does not answer.
    pub async fn split(mut self) -> Result<[Smu; 2], SmuError> {
        self.take_back().await?;
        Ok([self.base, self.probe])
    }
}

/// Both results, or the first error; both futures have ended by then.
fn both<T>((base, probe): (Result<T, SmuError>, Result<T, SmuError>)) -> Result<(T, T), SmuError> {
    Ok((base?, probe?))
}
