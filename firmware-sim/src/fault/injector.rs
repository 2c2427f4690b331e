//! Counts messages and replies, and lets each planned fault strike once.

use std::collections::VecDeque;

use super::{After, Fault, FaultPlan, Lateness};
use crate::{firmware::Upset, instrument::Delivery};

/// The plans that have not struck yet, and what the struck ones left behind.
#[derive(Debug, Default)]
pub(crate) struct Injector {
    plans: Vec<FaultPlan>,
    messages: u64,
    replies: u64,
    /// Faults that hit the next replies, one each.
    waiting: VecDeque<Fault>,
    /// Replies still to be swallowed.
    silent: u64,
    /// A reply that leaves in front of the next.
    held: Vec<u8>,
}

impl Injector {
    pub(crate) fn plan(&mut self, plan: FaultPlan) {
        self.plans.push(plan);
    }

    /// Forgets a held reply; the client it was for has gone.
    pub(crate) fn forget_client(&mut self) {
        self.held.clear();
    }

    /// A program message has been executed.
    pub(crate) fn count_message(&mut self) {
        self.messages += 1;
    }

    /// What strikes the instrument now, one at a time until there is nothing left.
    pub(crate) fn upset(&mut self) -> Option<Upset> {
        while let Some(index) = self.plans.iter().position(|plan| self.is_due(plan)) {
            match self.plans.remove(index).fault {
                Fault::ErrorEntry { code } => return Some(Upset::ErrorEntry(code)),
                Fault::PowerCycle => return Some(Upset::PowerCycle),
                Fault::Silence { replies } => self.silent = replies.unwrap_or(u64::MAX),
                link => self.waiting.push_back(link),
            }
        }
        None
    }

    fn is_due(&self, plan: &FaultPlan) -> bool {
        match plan.after {
            After::Replies(count) => self.replies >= count,
            After::Messages(count) => self.messages >= count,
        }
    }

    /// Sends `reply`, line feed included, on its way.
    pub(crate) fn deliver(&mut self, reply: &[u8], out: &mut Vec<u8>) -> Delivery {
        self.replies += 1;
        if self.silent > 0 {
            self.silent -= u64::from(self.silent != u64::MAX);
            return Delivery::Now;
        }
        out.append(&mut self.held);
        match self.waiting.pop_front() {
            Some(Fault::LateReply(Lateness::UntilNextMessage)) => {
                self.held.extend_from_slice(reply);
                Delivery::Now
            }
            Some(Fault::LateReply(Lateness::By(time))) => {
                out.extend_from_slice(reply);
                Delivery::After(time)
            }
            Some(Fault::TornReply) => {
                out.extend_from_slice(&reply[..reply.len() / 2]);
                Delivery::Now
            }
            Some(Fault::Disconnect) => {
                out.extend_from_slice(&reply[..reply.len() / 2]);
                Delivery::ThenClose
            }
            _ => {
                out.extend_from_slice(reply);
                Delivery::Now
            }
        }
    }
}
