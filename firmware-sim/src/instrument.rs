//! The message exchange: bytes in, program messages, replies, bytes out.

use std::{collections::VecDeque, time::Duration};

use scpi_parser::program;

use crate::{
    config::{Config, ConfigError},
    fault::{FaultPlan, Injector, Upset},
    keithley_2400::{Code, INPUT_OVERRUN, Keithley2400},
};

/// The longest line, and the most bytes that may wait behind a running sweep. What goes beyond is
/// lost and reported as -363.
const INPUT: usize = 64 * 1024;

/// One simulated instrument.
///
/// Bytes go in by [`receive`](Instrument::receive) in whatever pieces they come; replies come out,
/// each message's on one line. Nothing waits and nothing sleeps: time is virtual and passes by what
/// the commands take.
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
    unit: Keithley2400,
    /// Bytes of the line that is not finished.
    input: Vec<u8>,
    /// How much of it is known to hold no line feed.
    searched: usize,
    /// The line is too long already: the rest is thrown away up to its end.
    overrun: bool,
    /// Messages that wait for the instrument to become idle.
    deferred: VecDeque<Message>,
    deferred_bytes: usize,
    /// The reply of the message that is being executed.
    reply: Vec<u8>,
    faults: Injector,
}

/// A program message, and how many of its units have been executed.
struct Message {
    text: Vec<u8>,
    executed: usize,
}

/// How far a message has come.
enum Progress {
    Done,
    /// The rest waits until the instrument is idle.
    Waits {
        executed: usize,
    },
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
        let mut instrument = Instrument {
            unit: Keithley2400::new(config),
            input: Vec::new(),
            searched: 0,
            overrun: false,
            deferred: VecDeque::new(),
            deferred_bytes: 0,
            reply: Vec::new(),
            faults: Injector::default(),
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

    /// Whether the output is on.
    pub fn output_is_on(&self) -> bool {
        self.unit.output_is_on()
    }

    /// Simulated seconds since power-on.
    pub fn time(&self) -> f64 {
        self.unit.time()
    }

    /// A client has connected: what another left unfinished on the wire is forgotten.
    pub fn greet(&mut self) {
        self.input.clear();
        self.searched = 0;
        self.overrun = false;
        self.faults.forget_client();
    }

    /// Takes bytes from the client and appends the replies to `out`.
    ///
    /// Lines end with LF, alone or with a CR before it. How the bytes are cut into calls makes no
    /// difference to the replies. What is kept between calls is bounded.
    pub fn receive(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Delivery {
        let mut delivery = self.settle(out);
        let mut input = std::mem::take(&mut self.input);
        let mut search = std::mem::take(&mut self.searched);
        input.extend_from_slice(bytes);
        let mut start = 0;
        while delivery == Delivery::Now {
            let Some(length) = input[search..].iter().position(|it| *it == b'\n') else {
                break;
            };
            let line = &input[start..search + length];
            start = search + length + 1;
            search = start;
            if !std::mem::take(&mut self.overrun) {
                delivery = self.take_line(line, out);
            }
        }
        input.drain(..start);
        self.input = input;
        match delivery {
            Delivery::Now => self.bound_input(),
            Delivery::After(_) => {}
            Delivery::ThenClose => self.input.clear(),
        }
        delivery
    }

    fn bound_input(&mut self) {
        if self.input.len() > INPUT {
            self.input.clear();
            if !self.overrun {
                self.unit.raise(INPUT_OVERRUN);
            }
            self.overrun = true;
        }
        self.searched = self.input.len();
    }

    fn take_line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Delivery {
        let text = line.trim_ascii();
        if text.is_empty() {
            return Delivery::Now;
        }
        tracing::debug!(target: "firmware_sim::wire", "> {}", text.escape_ascii());
        match self.execute(text, 0, !self.deferred.is_empty()) {
            Progress::Done => self.finish(out),
            Progress::Waits { executed } => {
                self.defer(text, executed);
                self.settle(out)
            }
        }
    }

    /// Executes the units of a message from `first` on. A unit that cannot be understood ends it; one
    /// that cannot be executed is only reported.
    fn execute(&mut self, text: &[u8], first: usize, behind_others: bool) -> Progress {
        let mut executed = first;
        for unit in program::units(text).skip(first) {
            let unit = match unit {
                Ok(unit) => unit,
                Err(error) => {
                    self.unit.raise(error.into());
                    return Progress::Done;
                }
            };
            let waits = behind_others || self.unit.is_busy();
            if waits && !self.unit.is_urgent(&unit) {
                return Progress::Waits { executed };
            }
            if let Err(code) = self.unit.execute(&unit, &mut self.reply) {
                self.unit.raise(code);
                if code.is_command_error() {
                    return Progress::Done;
                }
            }
            executed += 1;
        }
        if self.unit.owes_samples() { Progress::Waits { executed } } else { Progress::Done }
    }

    /// Keeps a message until the instrument is idle.
    fn defer(&mut self, text: &[u8], executed: usize) {
        if self.deferred_bytes + text.len() > INPUT {
            self.unit.raise(INPUT_OVERRUN);
            return;
        }
        self.deferred_bytes += text.len();
        self.deferred.push_back(Message { text: text.to_vec(), executed });
    }

    /// Executes what has waited, as far as the instrument is idle.
    fn settle(&mut self, out: &mut Vec<u8>) -> Delivery {
        while !self.unit.is_busy()
            && let Some(message) = self.deferred.pop_front()
        {
            self.deferred_bytes -= message.text.len();
            let progress = match self.unit.pay_samples(&mut self.reply) {
                Ok(()) => self.execute(&message.text, message.executed, false),
                Err(code) => {
                    self.unit.raise(code);
                    Progress::Done
                }
            };
            if let Progress::Waits { executed } = progress {
                self.deferred_bytes += message.text.len();
                self.deferred.push_front(Message { text: message.text, executed });
                continue;
            }
            let delivery = self.finish(out);
            if delivery != Delivery::Now {
                return delivery;
            }
        }
        Delivery::Now
    }

    /// A message has been executed: its reply leaves.
    fn finish(&mut self, out: &mut Vec<u8>) -> Delivery {
        self.faults.count_message();
        self.suffer();
        if self.reply.is_empty() {
            return Delivery::Now;
        }
        self.reply.push(b'\n');
        tracing::debug!(target: "firmware_sim::wire", "< {}", self.reply.escape_ascii());
        let delivery = self.faults.deliver(&self.reply, out);
        self.reply.clear();
        self.suffer();
        delivery
    }

    /// Lets due faults strike the instrument.
    fn suffer(&mut self) {
        while let Some(upset) = self.faults.upset() {
            match upset {
                Upset::ErrorEntry(code) => self.unit.raise(Code(code)),
                Upset::PowerCycle => {
                    self.unit.power_cycle();
                    self.deferred.clear();
                    self.deferred_bytes = 0;
                    self.reply.clear();
                }
            }
        }
    }
}
