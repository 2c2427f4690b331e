//! Faults that strike the instrument.

use tokio::time::Instant;

use super::{Instrument, Session};
use crate::{
    engine::code::INPUT_OVERRUN,
    fault::{Fault, FaultPlan, Progress, Refusal},
    firmware::Upset,
};

/// What has happened to the links since power-on.
#[derive(Debug, Default)]
pub(super) struct Happened {
    seen: Seen,
    /// Connections still to be refused.
    refused: u64,
    /// Until when all are.
    refused_until: Option<Instant>,
}

/// How often it has happened; a session that has seen less has lost something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Seen {
    hang_ups: u64,
    power_cycles: u64,
    heals: u64,
}

impl Instrument {
    /// Lets a fault strike at once.
    pub fn strike(&mut self, fault: Fault) {
        tracing::info!(target: "firmware_sim::fault", "{fault}");
        // Those who wait for something else see what has become of it.
        self.inbox().ring();
        let upset = match fault {
            Fault::ErrorEntry { code } => Upset::ErrorEntry(code),
            Fault::ErrorFlood { entries } => {
                (0..entries).for_each(|_| self.firmware.suffer(Upset::ErrorEntry(INPUT_OVERRUN.0)));
                return;
            }
            Fault::PowerCycle => {
                self.happened.seen.power_cycles += 1;
                self.faults.end();
                Upset::PowerCycle
            }
            Fault::HangUp => {
                self.happened.seen.hang_ups += 1;
                return;
            }
            Fault::Refuse(Refusal::Connections(count)) => {
                self.happened.refused = count;
                return;
            }
            Fault::Refuse(Refusal::For(time)) => {
                self.happened.refused_until = Some(Instant::now() + time);
                return;
            }
            Fault::Refill => {
                let mut channel = 0;
                while let Some(terminals) = self.firmware.terminals(channel) {
                    terminals.refill();
                    channel += 1;
                }
                return;
            }
            Fault::Heal => {
                self.heal();
                return;
            }
            Fault::Trip => Upset::Trip,
            Fault::Interlock { open } => Upset::Interlock { open },
            Fault::Compliance { readings } => Upset::Compliance { readings },
            Fault::Overflow { readings } => Upset::Overflow { readings },
            Fault::WrongStride { wrong } => Upset::WrongStride { wrong },
            reply => {
                self.faults.arm(reply);
                return;
            }
        };
        self.firmware.suffer(upset);
    }

    /// Ends all faults, in force or pending.
    fn heal(&mut self) {
        self.faults.heal();
        self.happened.seen.heals += 1;
        (self.happened.refused, self.happened.refused_until) = (0, None);
        for lasting in self.firmware.disturbances().in_force() {
            self.firmware.suffer(lasting.ended());
        }
    }

    /// The faults that have struck and go on, but for those at the next reply.
    pub(super) fn faults_in_force(&self) -> Vec<String> {
        let Happened { refused, refused_until, .. } = self.happened;
        let left = refused_until.map(|it| it.saturating_duration_since(Instant::now()));
        let for_a_time = left.filter(|it| !it.is_zero()).map(Refusal::For);
        let counted = (refused > 0).then_some(Refusal::Connections(refused));
        let refusals = for_a_time.into_iter().chain(counted).map(Fault::Refuse);
        let upsets = self.firmware.disturbances().in_force();
        let upsets = upsets.into_iter().filter_map(|it| match it {
            Upset::Compliance { readings } => Some(Fault::Compliance { readings }),
            Upset::Overflow { readings } => Some(Fault::Overflow { readings }),
            Upset::WrongStride { wrong } => Some(Fault::WrongStride { wrong }),
            Upset::Interlock { open } => Some(Fault::Interlock { open }),
            Upset::ErrorEntry(_) | Upset::PowerCycle | Upset::Trip => None,
        });
        self.faults.in_force().chain(refusals).chain(upsets).map(|it| it.to_string()).collect()
    }

    /// Device clear: what a client has sent and is not done, its replies and what runs are
    /// forgotten; the settings stay.
    pub fn device_clear(&mut self, session: &mut Session) {
        session.clear();
        self.firmware.clear();
    }

    /// How often the mains have failed.
    pub(super) fn power_cycles(&self) -> u64 {
        self.happened.seen.power_cycles
    }

    /// Bytes were lost on their way in.
    pub(crate) fn input_overrun(&mut self) {
        self.firmware.raise(INPUT_OVERRUN);
    }

    /// Plans a fault whose time counts from now.
    pub fn inject_from_now(&mut self, plan: FaultPlan) {
        let plan = self.faults.counted_from_now(plan, self.progress());
        self.inject(plan);
    }

    /// Lets due faults strike.
    pub(super) fn suffer(&mut self) {
        while let Some(fault) = self.faults.due(self.progress()) {
            self.strike(fault);
        }
    }

    fn progress(&self) -> Progress {
        Progress { readings: self.firmware.readings(), now: self.firmware.now() }
    }

    /// Whether a connection that is made now is to be refused; counts it.
    pub(crate) fn refuses_connection(&mut self) -> bool {
        if self.happened.refused_until.is_some_and(|it| Instant::now() < it) {
            return true;
        }
        let refuses = self.happened.refused > 0;
        self.happened.refused = self.happened.refused.saturating_sub(1);
        refuses
    }

    /// Takes note, for a session, of what has happened since it was here last: after a power cycle
    /// what it had sent is lost. Whether its connection is to be closed.
    pub(super) fn has_hung_up_on(&self, session: &mut Session) -> bool {
        let now = self.happened.seen;
        let before = session.seen.replace(now).unwrap_or(now);
        if before.power_cycles != now.power_cycles {
            session.clear();
        }
        if before.heals != now.heals {
            session.forget_held();
        }
        before.hang_ups != now.hang_ups
    }
}
