//! Counts messages and replies, and lets each planned fault strike once.

use std::{collections::VecDeque, time::Duration};

use super::{After, Deaf, Fault, FaultPlan, Lateness, reply};
use crate::instrument::Delivery;

/// How far an instrument has come beside what is counted here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Progress {
    /// Readings made since power-on.
    pub(crate) readings: u64,
    /// Seconds of simulated time since power-on.
    pub(crate) now: f64,
}

/// The plans that have not struck yet, and what the struck ones left behind.
#[derive(Debug, Default)]
pub(crate) struct Injector {
    plans: Vec<FaultPlan>,
    pub(crate) messages: u64,
    replies: u64,
    /// Faults that hit the next replies, one each.
    waiting: VecDeque<Fault>,
    /// Replies still to be swallowed.
    silent: u64,
    /// Replies still to be held back for one segment.
    together: u64,
    /// Settings that are not heard.
    pub(crate) deaf: Vec<Deaf>,
}

impl Injector {
    pub(crate) fn plan(&mut self, plan: FaultPlan) {
        self.plans.push(plan);
    }

    /// The same plan, its time counted from power-on instead of from now.
    pub(crate) fn counted_from_now(&self, plan: FaultPlan, progress: Progress) -> FaultPlan {
        let after = match plan.after {
            After::Now => After::Now,
            After::Replies(count) => After::Replies(self.replies.saturating_add(count)),
            After::Messages(count) => After::Messages(self.messages.saturating_add(count)),
            After::Readings(count) => After::Readings(progress.readings.saturating_add(count)),
            After::Time(time) => {
                let now = Duration::try_from_secs_f64(progress.now).unwrap_or_default();
                After::Time(now.saturating_add(time))
            }
        };
        FaultPlan { after, ..plan }
    }

    /// Replies that have left, or would have, since power-on.
    pub(crate) fn replies(&self) -> u64 {
        self.replies
    }

    /// A program message has been executed.
    pub(crate) fn count_message(&mut self) {
        self.messages += 1;
        self.deaf.retain(|it| !it.is_over());
    }

    /// The plans whose time has not come, and the struck ones that wait for a reply.
    pub(crate) fn pending(&self) -> impl Iterator<Item = String> {
        let waiting = self.waiting.iter().map(|it| format!("{it} at the next reply"));
        self.plans.iter().map(FaultPlan::to_string).chain(waiting)
    }

    /// The faults that have struck and go on.
    pub(crate) fn in_force(&self) -> impl Iterator<Item = Fault> {
        let silence = (self.silent > 0)
            .then(|| Fault::Silence { replies: (self.silent != u64::MAX).then_some(self.silent) });
        let together =
            (self.together > 0).then_some(Fault::MergedReplies { replies: self.together });
        let deaf = self.deaf.iter().filter(|it| !it.is_over()).map(Deaf::fault);
        silence.into_iter().chain(together).chain(deaf)
    }

    /// Ends what the struck ones left behind; those that have not struck yet stay.
    pub(crate) fn end(&mut self) {
        (self.silent, self.together) = (0, 0);
        self.waiting.clear();
        self.deaf.clear();
    }

    /// Ends all of them, struck or not.
    pub(crate) fn heal(&mut self) {
        self.plans.clear();
        self.end();
    }

    /// Whether a plan can strike in the middle of a run.
    pub(crate) fn watches_runs(&self) -> bool {
        self.plans.iter().any(|it| matches!(it.after, After::Readings(_) | After::Time(_)))
    }

    /// The next simulated time at which a plan strikes.
    pub(crate) fn next_time(&self) -> Option<f64> {
        let times = self.plans.iter().filter_map(|it| match it.after {
            After::Time(time) => Some(time.as_secs_f64()),
            _ => None,
        });
        times.min_by(f64::total_cmp)
    }

    /// What strikes now, one at a time until there is nothing left.
    pub(crate) fn due(&mut self, progress: Progress) -> Option<Fault> {
        let index = self.plans.iter().position(|plan| self.is_due(plan, progress))?;
        Some(self.plans.remove(index).fault)
    }

    fn is_due(&self, plan: &FaultPlan, progress: Progress) -> bool {
        match plan.after {
            After::Now => true,
            After::Replies(count) => self.replies >= count,
            After::Messages(count) => self.messages >= count,
            After::Readings(count) => progress.readings >= count,
            After::Time(time) => progress.now >= time.as_secs_f64(),
        }
    }

    /// Takes a fault that hits replies or settings from now on.
    pub(crate) fn arm(&mut self, fault: Fault) {
        match fault {
            Fault::Silence { replies } => self.silent = replies.unwrap_or(u64::MAX),
            Fault::MergedReplies { replies } => self.together = replies,
            Fault::Ignores { header, messages } => self.deaf.push(Deaf::new(header, messages)),
            reply => self.waiting.push_back(reply),
        }
    }

    /// How much longer the reply that leaves next takes in the instrument itself.
    pub(crate) fn slowness(&mut self) -> Option<Duration> {
        match self.waiting.front() {
            Some(Fault::SlowQuery { by }) => {
                let by = *by;
                self.waiting.pop_front();
                Some(by)
            }
            _ => None,
        }
    }

    /// Sends `reply`, line feed included, on its way; `held` is an earlier one of the same client
    /// that waits to leave in front of it.
    pub(crate) fn deliver(
        &mut self,
        reply: &[u8],
        held: &mut Vec<u8>,
        out: &mut Vec<u8>,
    ) -> Delivery {
        self.replies += 1;
        if self.silent > 0 {
            self.silent -= u64::from(self.silent != u64::MAX);
            return Delivery::Now;
        }
        out.append(held);
        match self.next_of_reply() {
            Some(Fault::LateReply(Lateness::UntilNextMessage)) => held.extend_from_slice(reply),
            Some(Fault::LateReply(Lateness::By(time))) => {
                out.extend_from_slice(reply);
                return Delivery::After(time);
            }
            Some(Fault::TornReply) => out.extend_from_slice(reply::first_half(reply)),
            Some(Fault::Disconnect) => {
                out.extend_from_slice(reply::first_half(reply));
                return Delivery::ThenClose;
            }
            Some(Fault::SplitReply { pieces }) => {
                out.extend_from_slice(reply);
                return Delivery::InPieces(pieces);
            }
            Some(Fault::LostByte { .. }) => reply::without_a_byte(reply, out),
            Some(Fault::DoubledByte { .. }) => reply::with_a_byte_twice(reply, out),
            Some(Fault::Garbage { bytes }) => {
                reply::garbage(bytes, self.replies, out);
                out.extend_from_slice(reply);
            }
            _ => out.extend_from_slice(reply),
        }
        if self.together > 0 {
            self.together -= 1;
            if self.together > 0 {
                return Delivery::Held;
            }
        }
        Delivery::Now
    }

    /// The fault that hits this reply; one that is for several stays for the next.
    fn next_of_reply(&mut self) -> Option<Fault> {
        let fault = self.waiting.pop_front()?;
        let more = match &fault {
            Fault::LostByte { replies } if *replies > 1 => {
                Some(Fault::LostByte { replies: replies - 1 })
            }
            Fault::DoubledByte { replies } if *replies > 1 => {
                Some(Fault::DoubledByte { replies: replies - 1 })
            }
            _ => None,
        };
        if let Some(more) = more {
            self.waiting.push_front(more);
        }
        Some(fault)
    }
}
