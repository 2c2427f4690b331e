//! An instrument from outside: bytes in, replies out, faults in between.

use std::{sync::Arc, time::Duration};

use crate::{
    config::{Config, ConfigError, ModelName},
    engine::lines::Inbox,
    fault::{FaultPlan, Injector},
    firmware::{Firmware, Upset},
    keithley_2400::Keithley2400,
    keysight_b2900::KeysightB2900,
};

mod exchange;
mod input;
mod message;

pub use self::{exchange::Session, message::MessageLink};

/// One simulated instrument.
///
/// Bytes go in by [`receive`](Instrument::receive) in whatever pieces they come; replies come out,
/// each message's on one line. Nothing waits and nothing sleeps: time is simulated and passes by
/// what the commands take. [`advance`](Instrument::advance) ties it to a clock outside.
///
/// ```
/// use firmware_sim::{Config, Instrument};
///
/// let mut instrument = Instrument::new(&Config::default())?;
/// let mut out = Vec::new();
/// instrument.receive(b":SOUR:VOLT 0.5;:OUTP ON\n:SYST:ERR?\n", &mut out);
/// assert_eq!(out, b"0,\"No error\"\n");
/// # Ok::<(), firmware_sim::ConfigError>(())
/// ```
pub struct Instrument {
    firmware: Box<dyn Firmware>,
    /// The client of [`receive`](Instrument::receive).
    own: Session,
    faults: Injector,
    /// Runs go on until here; infinite where nothing outside paces them.
    horizon: f64,
}

/// How replies are to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "planned faults show here"]
pub enum Delivery {
    /// At once.
    Now,
    /// Not before this time has passed; then call [`Instrument::receive`] again, without bytes, for
    /// what is left of the input.
    After(Duration),
    /// At once, and the connection is closed behind them.
    ThenClose,
}

impl Instrument {
    /// Switches an instrument on.
    ///
    /// # Errors
    /// The configuration cannot be simulated; the error names the key and what is accepted.
    pub fn new(config: &Config) -> Result<Instrument, ConfigError> {
        config.validate()?;
        let firmware: Box<dyn Firmware> = match config.model {
            ModelName::Keithley2400 => Box::new(Keithley2400::new(config)),
            ModelName::KeysightB2901a
            | ModelName::KeysightB2902a
            | ModelName::KeysightB2911a
            | ModelName::KeysightB2912a => Box::new(KeysightB2900::new(config)),
        };
        let mut instrument = Instrument {
            firmware,
            own: Session::default(),
            faults: Injector::default(),
            horizon: f64::INFINITY,
        };
        for plan in &config.faults {
            instrument.inject(*plan);
        }
        Ok(instrument)
    }

    /// Plans a fault; its time counts from power-on.
    pub fn inject(&mut self, plan: FaultPlan) {
        self.faults.plan(plan);
        self.suffer();
    }

    /// Whether an output is on.
    pub fn output_is_on(&self) -> bool {
        self.firmware.output_is_on()
    }

    /// Simulated seconds since power-on.
    pub fn time(&self) -> f64 {
        self.firmware.now()
    }

    /// Whether something runs that goes on with time alone; then its next step is at
    /// [`time`](Instrument::time).
    pub fn is_running(&self) -> bool {
        self.firmware.is_running()
    }

    /// Lets simulated time pass until `until`, in seconds since power-on, and what runs go on to
    /// there and no further: from now on time passes as it is told to from outside.
    pub fn advance(&mut self, until: f64) {
        self.horizon = until;
        self.firmware.run(until);
        let left = until - self.firmware.now();
        if left > 0.0 && !self.firmware.is_running() {
            self.firmware.pass(left);
        }
    }

    /// Joins the trigger lines of two instruments, each to the one of the same number.
    pub fn join(&mut self, other: &mut Instrument) {
        self.firmware.connector().join(other.firmware.connector());
    }

    /// Rings when a pulse has come on a trigger line; then [`receive`](Instrument::receive) without
    /// bytes lets it act.
    pub(crate) fn inbox(&mut self) -> Arc<Inbox> {
        self.firmware.connector().inbox()
    }

    /// A client has connected: what another left unfinished on the wire is forgotten.
    pub fn greet(&mut self) {
        self.own.input.clear();
        self.faults.forget_client();
    }

    /// Takes bytes from the client and appends the replies to `out`.
    ///
    /// Lines end with LF, alone or with a CR before it. How the bytes are cut into calls makes no
    /// difference to the replies. What is kept between calls is bounded.
    pub fn receive(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Delivery {
        let mut own = std::mem::take(&mut self.own);
        let delivery = self.attend(&mut own, bytes, out);
        self.own = own;
        delivery
    }

    /// The same for one of several clients.
    pub fn attend(&mut self, session: &mut Session, bytes: &[u8], out: &mut Vec<u8>) -> Delivery {
        session.input.extend(bytes);
        let firmware = &mut *self.firmware;
        firmware.run(self.horizon);
        loop {
            while session.waits() && session.go_on(&mut *self.firmware, self.horizon) {
                let delivery = self.finish(session, out);
                if delivery != Delivery::Now {
                    return delivery;
                }
            }
            match session.next(&mut *self.firmware, self.horizon) {
                None => return Delivery::Now,
                Some(false) => {}
                Some(true) => {
                    let delivery = self.finish(session, out);
                    if delivery != Delivery::Now {
                        return delivery;
                    }
                }
            }
        }
    }

    /// A message has been executed: its reply leaves.
    fn finish(&mut self, session: &mut Session, out: &mut Vec<u8>) -> Delivery {
        self.faults.count_message();
        if self.suffer() {
            session.clear();
        }
        if session.reply().is_empty() {
            return Delivery::Now;
        }
        session.reply().push(b'\n');
        tracing::debug!(target: "firmware_sim::wire", "< {}", session.reply().escape_ascii());
        let delivery = self.faults.deliver(session.reply(), out);
        session.reply().clear();
        if delivery == Delivery::ThenClose {
            session.input.clear();
        }
        if self.suffer() {
            session.clear();
        }
        delivery
    }

    /// Lets due faults strike the instrument; whether its sessions are lost.
    fn suffer(&mut self) -> bool {
        let mut lost = false;
        while let Some(upset) = self.faults.upset() {
            lost |= upset == Upset::PowerCycle;
            self.firmware.suffer(upset);
        }
        lost
    }
}
