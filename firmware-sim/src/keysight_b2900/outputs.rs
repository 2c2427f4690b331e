//! Outputs on, off, and off by themselves.

use super::{
    KeysightB2900,
    call::{Channels, Handled},
    code, power,
    smu::{SAFE, Smu},
    timing,
};
use crate::engine::channel::Quantity;

impl KeysightB2900 {
    /// Switches an output on; refused where the interlock or the power do not allow it.
    pub(super) fn output_on(&mut self, channel: usize) -> Handled {
        let smu = &self.smus[channel];
        // UNVERIFIED: which error the firmware reports for an open interlock.
        if smu.interlock_open && smu.demand(smu.present().level).volts > SAFE {
            return Err(code::SETTINGS_CONFLICT);
        }
        let mut channels = [false; 2];
        channels[channel] = true;
        self.check_power(channels)?;
        if !smu.settings.output.on {
            tracing::info!(target: "firmware_sim::output", "output {} on", channel + 1);
        }
        self.spend(timing::OUTPUT_ON);
        let now = self.clock.now();
        let smu = &mut self.smus[channel];
        smu.settings.output.on = true;
        smu.tripped = None;
        smu.hot = false;
        smu.changed = now;
        smu.apply();
        self.guard_outputs();
        Ok(())
    }

    pub(super) fn output_off(&mut self, channel: usize) {
        let smu = &mut self.smus[channel];
        if smu.settings.output.on {
            tracing::info!(target: "firmware_sim::output", "output {} off", channel + 1);
        }
        smu.settings.output.on = false;
        smu.apply();
    }

    /// Whether the instrument can deliver what its channels are set to, `starting` counted as on
    /// and with the largest level that a run will source.
    pub(super) fn check_power(&self, starting: Channels) -> Handled {
        let demands = self.smus.iter().zip(starting).filter_map(|(smu, starting)| {
            let output = &smu.settings.output;
            let present = smu.present().level.abs();
            let level = if starting { smu.largest_level().max(present) } else { present };
            (starting || output.on).then(|| smu.demand(level))
        });
        let demands: Vec<power::Demand> = demands.collect();
        demands.iter().try_for_each(|it| power::check_one(*it))?;
        match demands[..] {
            [one, two] => power::check_two(one, two),
            _ => Ok(()),
        }
    }

    /// What a change of a level or of a compliance does: refused and taken back where the
    /// instrument cannot deliver it, otherwise on the terminals at once.
    pub(super) fn change_smu(
        &mut self,
        channel: usize,
        change: impl FnOnce(&mut Smu),
        take_back: impl FnOnce(&mut Smu),
    ) -> Handled {
        change(&mut self.smus[channel]);
        let refused = if self.smus[channel].settings.output.on {
            self.check_power([false; 2])
        } else {
            let smu = &self.smus[channel];
            power::check_one(smu.demand(smu.resting().level))
        };
        if let Err(refused) = refused {
            take_back(&mut self.smus[channel]);
            return Err(refused);
        }
        self.apply(channel);
        Ok(())
    }

    /// Puts what is set on a channel's terminals.
    pub(super) fn apply(&mut self, channel: usize) {
        let now = self.clock.now();
        let smu = &mut self.smus[channel];
        smu.changed = now;
        smu.apply();
        self.guard_outputs();
    }

    /// `:OUTP:PROT`: a source that reaches its limit goes off.
    pub(super) fn guard_outputs(&mut self) {
        for channel in 0..self.smus.len() {
            if !self.smus[channel].settings.output.protection {
                continue;
            }
            let limiting = [Quantity::Voltage, Quantity::Current]
                .into_iter()
                .find(|it| self.smus[channel].is_limiting(*it));
            if let Some(quantity) = limiting {
                self.output_off(channel);
                self.smus[channel].tripped = Some(quantity);
                self.note_trip(quantity);
            }
        }
    }
}
