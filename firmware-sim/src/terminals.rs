//! Where a source and a device meet: what is driven, what flows, and the time in which both move.

use crate::{
    config::Dut,
    device::{Device, Source},
};

/// What the instrument puts on its terminals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Drive {
    /// Output off, the terminals held at 0 V: the device rests there.
    Off,
    /// Output off, the terminals open (HIMP): no current flows.
    Open,
    /// A voltage, with the current limited either way.
    Voltage { volts: f64, limit: f64 },
    /// A current, with the voltage limited either way.
    Current { amperes: f64, limit: f64 },
}

/// Where source and device meet.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Operating {
    pub(crate) volts: f64,
    pub(crate) amperes: f64,
    /// The source has reached its limit and holds that instead of its level.
    pub(crate) limiting: bool,
}

/// No emf of a cell drives open terminals further than this, in volts.
const OPEN_REACH: f64 = 1e3;

impl Drive {
    /// The level in volts or amperes.
    pub(crate) fn level(self) -> f64 {
        match self {
            Drive::Off | Drive::Open => 0.0,
            Drive::Voltage { volts, .. } => volts,
            Drive::Current { amperes, .. } => amperes,
        }
    }

    /// The drive with `lag` added to its level; off, what the terminals still carry.
    pub(crate) fn shifted(self, lag: f64) -> Drive {
        match self {
            Drive::Off => Drive::Voltage { volts: lag, limit: f64::INFINITY },
            Drive::Open => Drive::Current { amperes: lag, limit: OPEN_REACH },
            Drive::Voltage { volts, limit } => Drive::Voltage { volts: volts + lag, limit },
            Drive::Current { amperes, limit } => Drive::Current { amperes: amperes + lag, limit },
        }
    }

    /// Whether the output is on.
    pub(crate) fn is_on(self) -> bool {
        !matches!(self, Drive::Off | Drive::Open)
    }

    fn is_voltage(self) -> bool {
        matches!(self, Drive::Off | Drive::Voltage { .. })
    }
}

/// A device on the terminals of an instrument, in simulated time.
pub(crate) struct Terminals {
    device: Device,
    source: Source,
    /// The operating point, where it was worked out since anything changed.
    now: Option<Operating>,
    /// The source was limiting when time last passed.
    limiting: bool,
}

impl Terminals {
    /// A fresh device with the output off. `seed` is taken where the device has none of its own.
    /// The source settles at once until [`Terminals::settling`] says otherwise.
    ///
    /// # Panics
    /// Never with a device of a validated configuration.
    pub(crate) fn new(dut: &Dut, seed: u64) -> Terminals {
        let source = Source { drive: Drive::Off, lag: 0.0, time_constant: 0.0 };
        Terminals { device: Device::new(dut, seed), source, now: None, limiting: false }
    }

    /// The source goes from one level to the next exponentially with this time constant, in
    /// seconds; 0 is at once. One that settles to 0.1 % in 100 us has 14.5 us.
    pub(crate) fn settling(&mut self, seconds: f64) {
        self.source.time_constant = seconds;
        if seconds == 0.0 {
            self.source.lag = 0.0;
            self.now = None;
        }
    }

    /// Programmes what is driven. The output follows from where it is, with the source's settling.
    pub(crate) fn set(&mut self, drive: Drive) {
        if drive == self.source.drive {
            return;
        }
        if self.source.time_constant > 0.0 {
            self.source.lag = self.output(drive.is_voltage()) - drive.level();
        }
        self.source.drive = drive;
        self.now = None;
    }

    /// What the output is now, in volts or amperes.
    fn output(&self, volts: bool) -> f64 {
        let drive = self.source.drive;
        // Only a source that may be limiting has to be asked where it is.
        if drive.is_voltage() == volts && !self.limiting {
            return drive.level() + self.source.lag;
        }
        let known = self.now.filter(|_| drive.is_on());
        let operating = known.unwrap_or_else(|| self.device.operating(self.source.after(0.0)));
        if volts { operating.volts } else { operating.amperes }
    }

    /// What is programmed.
    pub(crate) fn drive(&self) -> Drive {
        self.source.drive
    }

    /// Simulated time passes, in seconds. However it is cut into pieces, the device does the same.
    pub(crate) fn pass(&mut self, seconds: f64) {
        if seconds <= 0.0 {
            return;
        }
        self.device.head_for(self.source.drive.level());
        let alone = self.device.is_bare() && self.source.drive.is_voltage();
        if !self.device.remembers() && self.device.is_bare() {
            self.device.rest(seconds);
            self.source.lag = self.source.lag_after(seconds);
            self.arrive();
        } else if !(alone && self.pass_alone(seconds)) {
            self.device.walk(self.source, seconds);
            self.source.lag = self.source.lag_after(seconds);
            self.arrive();
        }
    }

    /// Notes where the source has come to.
    fn arrive(&mut self) {
        self.now = None;
        let now = self.operating();
        self.limiting = now.limiting;
        self.now = self.device.is_steady().then_some(now);
    }

    /// The quick way, of a voltage that is on the device itself from the beginning to the end;
    /// answers whether it was.
    fn pass_alone(&mut self, seconds: f64) -> bool {
        let watched = self.source.drive != Drive::Off;
        if watched {
            let before = self.operating();
            self.now = Some(before);
            if before.limiting {
                return false;
            }
        }
        let (state, lag) = (self.device.state(), self.source.lag);
        self.device.follow(self.source, seconds);
        if !watched {
            self.source.lag = self.source.lag_after(seconds);
            self.device.rest(seconds);
            self.device.turn();
            self.limiting = false;
            return true;
        }
        self.source.lag = self.source.lag_after(seconds);
        let after = self.device.operating(self.source.after(0.0));
        if after.limiting {
            self.device.restore(state);
            self.source.lag = lag;
            return false;
        }
        self.device.rest(seconds);
        self.device.turn();
        self.limiting = false;
        self.now = self.device.is_steady().then_some(after);
        true
    }

    /// The operating point now, before noise. In limitation it is the true solution: the voltage at
    /// which the device carries the limit. Off, nothing is measured.
    pub(crate) fn operating(&self) -> Operating {
        if let Some(operating) = self.now {
            return operating;
        }
        match self.source.drive {
            Drive::Off => Operating { volts: 0.0, amperes: 0.0, limiting: false },
            _ => self.device.operating(self.source.after(0.0)),
        }
    }

    /// The operating point that the output goes to: [`Terminals::operating`] once it has settled,
    /// if the device stayed as it is.
    pub(crate) fn destination(&self) -> Operating {
        match self.source.drive {
            Drive::Off => self.operating(),
            drive => self.device.operating(drive),
        }
    }

    /// The device's own noise on a reading of `amperes` integrated over `plc` power-line cycles, in
    /// amperes. The private drift takes its step here.
    pub(crate) fn noise(&mut self, amperes: f64, plc: f64) -> f64 {
        if self.device.wanders() {
            self.now = None;
        }
        self.device.noise(amperes, plc)
    }

    /// New liquid for a device that has dried.
    pub(crate) fn refill(&mut self) {
        self.device.refill();
        self.now = None;
    }
}

#[cfg(test)]
mod tests;
