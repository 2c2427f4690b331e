//! The message exchange of one session: lines in, program messages executed in order, replies out.

use std::collections::VecDeque;

use scpi_parser::program;

use super::{
    input::{Input, LONGEST, Overrun},
    upsets::Seen,
};
use crate::{
    engine::code::{AFTER_INDEFINITE, INPUT_OVERRUN},
    fault::Deaf,
    firmware::{Firmware, Flow, Wire},
};

/// One client's conversation with an instrument: what it has sent and is not done yet.
#[derive(Default)]
pub struct Session {
    pub(super) input: Input,
    /// Messages that wait for something that runs, oldest first.
    waiting: VecDeque<Message>,
    waiting_bytes: usize,
    /// What the message that is being executed has answered.
    reply: Vec<u8>,
    /// The line that is being executed; kept for its memory.
    line: Vec<u8>,
    /// A reply that leaves in front of the next.
    held: Vec<u8>,
    /// What the instrument had gone through when this client was attended to last.
    pub(super) seen: Option<Seen>,
    /// Each reply is handed over before the next message is executed.
    pub(super) by_message: bool,
    wire: Wire,
}

/// One turn at an instrument: what executes, how far it may run, and what it does not hear.
pub(super) struct Turn<'t> {
    pub(super) firmware: &'t mut dyn Firmware,
    pub(super) deaf: &'t mut [Deaf],
    pub(super) horizon: f64,
}

/// A program message that waits, and how many of its units have been executed.
struct Message {
    text: Vec<u8>,
    executed: usize,
    /// The next unit has begun, and waits for its end.
    begun: bool,
}

/// How far a message has come.
enum Progress {
    Done,
    Waits { executed: usize, begun: bool },
}

impl Session {
    /// Executes the next whole message that has come in, as far as it goes now.
    ///
    /// `None` when there is none; otherwise whether the message is done and its reply stands in
    /// [`reply`](Session::reply).
    pub(super) fn next(&mut self, turn: &mut Turn<'_>) -> Option<bool> {
        let mut line = std::mem::take(&mut self.line);
        let found = match self.input.next(&mut line) {
            Ok(found) => found,
            Err(Overrun) => {
                turn.firmware.raise(INPUT_OVERRUN);
                false
            }
        };
        let done = found.then(|| self.take_line(&line, turn));
        self.line = line;
        done
    }

    fn take_line(&mut self, text: &[u8], turn: &mut Turn<'_>) -> bool {
        tracing::debug!(target: "firmware_sim::wire", "> {}", text.escape_ascii());
        let behind_others = !self.waiting.is_empty();
        match self.execute(text, 0, false, behind_others, turn) {
            Progress::Done => true,
            Progress::Waits { executed, begun } => {
                if self.waiting_bytes + text.len() > LONGEST {
                    turn.firmware.raise(INPUT_OVERRUN);
                } else {
                    self.waiting_bytes += text.len();
                    let text = text.to_vec();
                    self.waiting.push_back(Message { text, executed, begun });
                }
                false
            }
        }
    }

    /// Goes on with the oldest message that waits; whether it is done.
    pub(super) fn go_on(&mut self, turn: &mut Turn<'_>) -> bool {
        let Some(Message { text, executed, begun }) = self.waiting.pop_front() else {
            return false;
        };
        match self.execute(&text, executed, begun, false, turn) {
            Progress::Done => {
                self.waiting_bytes -= text.len();
                true
            }
            Progress::Waits { executed, begun } => {
                self.waiting.push_front(Message { text, executed, begun });
                false
            }
        }
    }

    /// Executes the units of a message from `first` on. A unit that cannot be understood ends it; one
    /// that cannot be executed is only reported.
    fn execute(
        &mut self,
        text: &[u8],
        first: usize,
        mut begun: bool,
        behind_others: bool,
        turn: &mut Turn<'_>,
    ) -> Progress {
        let firmware = &mut *turn.firmware;
        let mut indefinite = false;
        for (executed, unit) in program::units(text).enumerate().skip(first) {
            let unit = match unit {
                Ok(unit) => unit,
                Err(error) => {
                    firmware.raise(error.into());
                    return Progress::Done;
                }
            };
            let waits = behind_others && !firmware.is_urgent(&unit);
            if !begun && (waits || firmware.defers(&unit)) {
                return Progress::Waits { executed, begun };
            }
            if unit.is_query && indefinite {
                firmware.raise(AFTER_INDEFINITE);
                return Progress::Done;
            }
            if turn.deaf.iter_mut().any(|it| it.ignores(&unit)) {
                continue;
            }
            if let Some(code) = firmware.refuses_on(self.wire, &unit) {
                firmware.raise(code);
                continue;
            }
            let answered = self.reply.len();
            let flow = if std::mem::take(&mut begun) {
                firmware.resume(&unit, &mut self.reply)
            } else {
                firmware.execute(&unit, &mut self.reply)
            };
            // What the unit has started goes on at once, and may end before the next.
            firmware.run(turn.horizon);
            let flow = match flow {
                Ok(Flow::Later) => firmware.resume(&unit, &mut self.reply),
                flow => flow,
            };
            match flow {
                Ok(Flow::Done) => {}
                Ok(Flow::Later) => return Progress::Waits { executed, begun: true },
                Err(code) => {
                    firmware.raise(code);
                    if code.is_command_error() {
                        return Progress::Done;
                    }
                }
            }
            let answer = &self.reply[answered..];
            indefinite = answer.strip_prefix(b";").unwrap_or(answer).starts_with(b"#0");
        }
        Progress::Done
    }

    /// Whether messages wait for something that runs.
    pub(super) fn waits(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// A client on a serial line.
    pub(crate) fn serial() -> Session {
        Session { wire: Wire::Serial, ..Session::default() }
    }

    /// Whether whole messages are there that have not been looked at.
    pub(super) fn has_lines(&self) -> bool {
        self.input.has_line()
    }

    /// Whether there is anything left to be done.
    pub(crate) fn has_work(&self) -> bool {
        self.waits() || self.has_lines()
    }

    /// How many bytes have come and are not done.
    pub(crate) fn backlog(&self) -> usize {
        self.waiting_bytes + self.input.len()
    }

    /// The reply of the message that was done last, without a terminator.
    pub(super) fn reply(&mut self) -> &mut Vec<u8> {
        &mut self.reply
    }

    /// The same, and the reply that leaves in front of it.
    pub(super) fn reply_and_held(&mut self) -> (&mut Vec<u8>, &mut Vec<u8>) {
        (&mut self.reply, &mut self.held)
    }

    /// The client has gone: forgets what nobody will finish, or read.
    pub(super) fn forget_unfinished(&mut self) {
        self.input.forget_unfinished();
        self.held.clear();
    }

    /// Forgets the reply that would leave in front of the next.
    pub(super) fn forget_held(&mut self) {
        self.held.clear();
    }

    /// Forgets the line that has begun.
    pub(crate) fn forget_line(&mut self) {
        self.input.forget_unfinished();
    }

    /// Forgets what has not been looked at.
    pub(super) fn forget_input(&mut self) {
        self.input.clear();
    }

    /// Forgets everything that is not done.
    pub(super) fn clear(&mut self) {
        self.input.clear();
        self.waiting.clear();
        self.waiting_bytes = 0;
        self.reply.clear();
        self.held.clear();
    }
}
