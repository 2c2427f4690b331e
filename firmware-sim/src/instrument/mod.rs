//! An instrument from outside: bytes in, replies out, faults in between.

use std::sync::Arc;

use crate::{
    config::{Config, ConfigError, ModelName},
    engine::lines::Inbox,
    fault::{FaultPlan, Injector},
    firmware::Firmware,
    keithley_2400::Keithley2400,
    keithley_2450::Keithley2450,
    keysight_b2900::KeysightB2900,
};

mod cables;
mod delivery;
mod exchange;
mod input;
mod message;
mod outlook;
mod pacing;
mod upsets;

use self::upsets::Happened;
pub use self::{
    delivery::Delivery, exchange::Session, message::MessageLink, message::Taken, outlook::Outlook,
};

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
    /// What clients that have gone left to be done.
    left: Vec<Session>,
    faults: Injector,
    happened: Happened,
    /// Runs go on until here; infinite where nothing outside paces them.
    horizon: f64,
    /// Messages wait for their time, and replies leave at theirs.
    keeps_time: bool,
}

impl Instrument {
    /// Switches an instrument on.
    ///
    /// # Errors
    /// The configuration cannot be simulated; the error names the key and what is accepted.
    pub fn new(config: &Config) -> Result<Instrument, ConfigError> {
        config.validate()?;
        let firmware: Box<dyn Firmware> = match config.model {
            ModelName::Keithley2400 | ModelName::Keithley2401 | ModelName::Keithley2410 => {
                Box::new(Keithley2400::new(config))
            }
            ModelName::Keithley2450
            | ModelName::Keithley2460
            | ModelName::Keithley2461
            | ModelName::Keithley2470 => Box::new(Keithley2450::new(config)),
            ModelName::KeysightB2901a
            | ModelName::KeysightB2902a
            | ModelName::KeysightB2911a
            | ModelName::KeysightB2912a => Box::new(KeysightB2900::new(config)),
        };
        let mut instrument = Instrument {
            firmware,
            own: Session::default(),
            left: Vec::new(),
            faults: Injector::default(),
            happened: Happened::default(),
            horizon: f64::INFINITY,
            keeps_time: false,
        };
        for plan in &config.faults {
            instrument.inject(plan.clone());
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

    /// The headers that the instrument knows, as its manual writes them: `[:SENSe#]:DATA?`.
    pub fn headers(&self) -> Vec<&'static str> {
        self.firmware.headers()
    }

    /// Simulated seconds since power-on.
    pub fn time(&self) -> f64 {
        self.firmware.now()
    }

    /// Program messages executed since power-on.
    pub(crate) fn messages(&self) -> u64 {
        self.faults.messages
    }

    /// Whether something runs that goes on with time alone; then its next step is at
    /// [`time`](Instrument::time).
    pub fn is_running(&self) -> bool {
        self.firmware.is_running()
    }

    /// A client has connected: what another left unfinished on the wire is forgotten.
    pub fn greet(&mut self) {
        self.own.forget_unfinished();
    }

    /// A client has gone. What it had sent in whole is still executed, and nobody is answered.
    pub fn leave(&mut self, mut session: Session) {
        session.forget_unfinished();
        if session.has_work() {
            self.left.push(session);
        }
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
        // What happened before these bytes came does not take them away.
        if self.has_hung_up_on(session) {
            return Delivery::ThenClose;
        }
        session.input.extend(bytes);
        if !self.left.is_empty() {
            self.finish_left();
        }
        self.converse(session, out)
    }

    fn converse(&mut self, session: &mut Session, out: &mut Vec<u8>) -> Delivery {
        loop {
            self.run();
            if self.has_hung_up_on(session) {
                return Delivery::ThenClose;
            }
            // While something runs, what ends it must not wait for the step that is in hand.
            if self.keeps_time && self.is_ahead() && !self.firmware.is_running() {
                return Delivery::Now;
            }
            // Where a fault may strike in the middle of a run, only `run` lets one go on.
            let watched = self.faults.watches_runs();
            let mut turn = exchange::Turn {
                firmware: &mut *self.firmware,
                deaf: &mut self.faults.deaf,
                horizon: if watched { f64::NEG_INFINITY } else { self.horizon },
            };
            let done = session.waits() && session.go_on(&mut turn);
            match if done { Some(true) } else { session.next(&mut turn) } {
                Some(true) => {
                    let delivery = self.finish(session, out);
                    if delivery != Delivery::Now || session.by_message && !out.is_empty() {
                        return delivery;
                    }
                }
                Some(false) => {}
                None => return Delivery::Now,
            }
        }
    }

    /// A message has been executed: its reply leaves.
    fn finish(&mut self, session: &mut Session, out: &mut Vec<u8>) -> Delivery {
        self.faults.count_message();
        self.suffer();
        if self.has_hung_up_on(session) {
            return Delivery::ThenClose;
        }
        if session.reply().is_empty() {
            return Delivery::Now;
        }
        if let Some(by) = self.faults.slowness() {
            self.firmware.pass(by.as_secs_f64());
        }
        session.reply().push(b'\n');
        tracing::debug!(target: "firmware_sim::wire", "< {}", session.reply().escape_ascii());
        let (reply, held) = session.reply_and_held();
        let mut delivery = self.faults.deliver(reply, held, out);
        reply.clear();
        if delivery == Delivery::ThenClose {
            session.forget_input();
        }
        self.suffer();
        if self.has_hung_up_on(session) {
            delivery = Delivery::ThenClose;
        }
        self.paced(delivery)
    }

    /// Goes on with what clients that have gone had sent.
    fn finish_left(&mut self) {
        let mut nobody = Vec::new();
        for mut session in std::mem::take(&mut self.left) {
            while self.converse(&mut session, &mut nobody) != Delivery::Now {
                nobody.clear();
            }
            if session.has_work() {
                self.left.push(session);
            }
        }
    }

    /// Rings when a pulse has come on a trigger line; then [`receive`](Instrument::receive) without
    /// bytes lets it act.
    pub(crate) fn inbox(&mut self) -> Arc<Inbox> {
        self.firmware.connector().inbox()
    }
}
