//! Shots in their order, each that counts with what the devices' memory demands before it.

use smu::units::Volts;

use super::{Codes, SourceCodes};
use crate::{Derivative, GradientConfig, GradientError, Method, Pulse, Purpose, Shot};

/// The shots of a plan so far.
#[derive(Debug)]
pub(super) struct Script<'p> {
    pub(super) shots: Vec<Shot>,
    config: &'p GradientConfig,
    codes: &'p Codes,
    /// Both devices at the resting level, and how often.
    rest: Option<(Shot, usize)>,
    condition: Option<(Shot, usize)>,
    /// Nothing comes before a shot that counts.
    plain: bool,
}

impl<'p> Script<'p> {
    /// # Errors
    /// A level of `rest` or `condition` that is outside a window.
    pub(super) fn new(
        config: &'p GradientConfig,
        codes: &'p Codes,
        capacity: usize,
    ) -> Result<Script<'p>, GradientError> {
        let shots = Vec::with_capacity(capacity);
        let plain = config.rest.is_none()
            && (config.derivative == Derivative::Protocol || config.hold.is_none());
        let mut script = Script { shots, config, codes, rest: None, condition: None, plain };
        let pulse = |key, pulse: Option<Pulse>, purpose| {
            let shot =
                |it: Pulse| script.both(key, it.level.0, purpose).map(|shot| (shot, it.readings));
            pulse.map(shot).transpose()
        };
        let rest = pulse("rest.level", config.rest, Purpose::Rest)?;
        let condition = pulse("condition.level", config.condition, Purpose::Condition)?;
        (script.rest, script.condition) = (rest, condition);
        Ok(script)
    }

    /// Both devices at one level that the configuration names; the base alone where its method uses it
    /// alone, so that one list serves.
    ///
    /// # Errors
    /// The level is outside a window.
    pub(super) fn both(
        &self,
        key: &'static str,
        level: f64,
        purpose: Purpose,
    ) -> Result<Shot, GradientError> {
        let shot = self.at_common_level(level, purpose);
        let outside = |source: &SourceCodes| GradientError::Setting {
            key,
            found: Volts(level).to_string(),
            accepted: format!(
                "{} to {}, the window of \"{}\"",
                Volts(source.window[0]),
                Volts(source.window[1]),
                source.smu
            ),
        };
        if !self.codes.base.contains(shot.base) {
            return Err(outside(&self.codes.base));
        }
        match shot.probe {
            Some(probe) if !self.codes.probe.contains(probe) => Err(outside(&self.codes.probe)),
            _ => Ok(shot),
        }
    }

    fn at_common_level(&self, level: f64, purpose: Purpose) -> Shot {
        let (base, probe) = self.codes.common(level);
        let probe = (self.config.method != Method::OwnDevice).then_some(probe);
        Shot { base, probe, purpose }
    }

    /// Begins a part of the plan: a pulse that brings the devices to a known state.
    pub(super) fn begin(&mut self) {
        self.repeat(self.condition);
    }

    /// Adds a shot that counts, of a point at `level`; its place.
    #[inline]
    pub(super) fn add(&mut self, shot: Shot, level: f64) -> usize {
        if !self.plain {
            self.lead_to(shot, level);
        }
        self.follow(shot)
    }

    /// Adds a shot that belongs to the one before, with nothing between them; its place.
    #[inline]
    pub(super) fn follow(&mut self, shot: Shot) -> usize {
        self.shots.push(shot);
        self.shots.len() - 1
    }

    fn lead_to(&mut self, shot: Shot, level: f64) {
        self.repeat(self.rest);
        let held = match self.config.derivative {
            Derivative::Protocol => return,
            Derivative::FrozenState => self.at_common_level(level, Purpose::Hold),
            Derivative::QuasiStatic => Shot { purpose: Purpose::Hold, ..shot },
        };
        self.repeat(self.config.hold.map(|it| (held, it)));
    }

    fn repeat(&mut self, shot: Option<(Shot, usize)>) {
        if let Some((shot, times)) = shot {
            self.shots.extend(std::iter::repeat_n(shot, times));
        }
    }
}
