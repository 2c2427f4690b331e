//! What a source does to the device on its terminals: drive it, and limit.

use crate::{config::Dut, device::Device};

/// A device, and what drives it.
pub(crate) struct Terminals {
    device: Device,
    drive: Drive,
}

impl Terminals {
    pub(crate) fn new(dut: &Dut, seed: u64) -> Self {
        Terminals { device: Device::new(dut, seed), drive: Drive::Off }
    }

    pub(crate) fn set(&mut self, drive: Drive) {
        self.drive = drive;
    }

    pub(crate) fn drive(&self) -> Drive {
        self.drive
    }

    pub(crate) fn pass(&mut self, seconds: f64) {
        self.drive.hold(&mut self.device, seconds);
    }

    pub(crate) fn operating(&self) -> Operating {
        self.drive.operating(&self.device)
    }

    pub(crate) fn noise(&mut self, amperes: f64, cycles: f64) -> f64 {
        self.device.noise(amperes, cycles)
    }

    /// New liquid for the device.
    pub(crate) fn refill(&mut self) {
        self.device.refill();
    }
}

/// What the instrument puts on its terminals.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Drive {
    /// Output off: the device is at rest at 0 V.
    Off,
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

impl Drive {
    /// The operating point with the device as it is now. In limitation it is the true solution:
    /// the voltage at which the device carries the limit.
    pub(crate) fn operating(self, device: &Device) -> Operating {
        match self {
            Drive::Off => Operating { volts: 0.0, amperes: 0.0, limiting: false },
            Drive::Voltage { volts, limit } => {
                let amperes = device.current(volts);
                if amperes.abs() <= limit {
                    return Operating { volts, amperes, limiting: false };
                }
                let amperes = limit.copysign(amperes);
                // A device with an offset current can exceed the limit at its own level of 0 V;
                // the source then leaves 0 V on the far side, by no more than this.
                let reach = volts.abs().max(1.0);
                Operating { volts: device.voltage(amperes, reach), amperes, limiting: true }
            }
            Drive::Current { amperes, limit } => {
                let volts = device.voltage(amperes, limit);
                let carried = device.current(volts);
                let short = (carried - amperes).abs() > 1e-6 * amperes.abs() + 1e-15;
                let limiting = short && volts.abs() >= limit * (1.0 - 1e-9);
                let amperes = if limiting { carried } else { amperes };
                Operating { volts, amperes, limiting }
            }
        }
    }

    /// Keeps driving for `seconds`.
    pub(crate) fn hold(self, device: &mut Device, seconds: f64) {
        match self {
            Drive::Off => device.hold(0.0, seconds),
            Drive::Voltage { volts, .. } => {
                let operating = self.operating(device);
                if operating.limiting {
                    device.hold_current(operating.amperes, volts.abs().max(1.0), seconds);
                } else {
                    device.hold(volts, seconds);
                }
            }
            Drive::Current { amperes, limit } => device.hold_current(amperes, limit, seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, DeviceConfig, Preset};

    fn ten_kilohms() -> Device {
        let device = DeviceConfig::preset(Preset::Resistor);
        Device::new(&Config { device, ..Config::default() }.dut(0), 0)
    }

    #[test]
    fn a_voltage_below_the_limit_is_delivered() {
        let drive = Drive::Voltage { volts: 1.0, limit: 1e-3 };
        let expected = Operating { volts: 1.0, amperes: 1e-4, limiting: false };
        assert_eq!(drive.operating(&ten_kilohms()), expected);
    }

    #[test]
    fn in_compliance_the_voltage_is_the_one_at_which_the_limit_flows() {
        for sign in [1.0, -1.0] {
            let drive = Drive::Voltage { volts: sign * 2.0, limit: 5e-5 };
            let operating = drive.operating(&ten_kilohms());
            assert!(operating.limiting);
            assert_eq!(operating.amperes, sign * 5e-5);
            assert!((operating.volts - sign * 0.5).abs() < 1e-9, "{operating:?}");
        }
    }

    #[test]
    fn a_current_that_needs_more_than_the_voltage_limit_is_not_reached() {
        let drive = Drive::Current { amperes: 1e-3, limit: 2.0 };
        let operating = drive.operating(&ten_kilohms());
        assert!(operating.limiting);
        assert!((operating.volts - 2.0).abs() < 1e-9);
        assert!((operating.amperes - 2e-4).abs() < 1e-12);
        let within = Drive::Current { amperes: 1e-4, limit: 2.0 }.operating(&ten_kilohms());
        assert!(!within.limiting);
        assert!((within.volts - 1.0).abs() < 1e-9);
    }
}
