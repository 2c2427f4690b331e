//! Sources and limits on a resistor.

use super::*;
use crate::config::{DeviceConfig, Preset};

fn ten_kilohms() -> Terminals {
    Terminals::new(&Dut { device: DeviceConfig::preset(Preset::Resistor), ..Dut::default() }, 1)
}

fn operating(drive: Drive) -> Operating {
    let mut terminals = ten_kilohms();
    terminals.set(drive);
    terminals.operating()
}

#[test]
fn a_voltage_below_the_limit_is_delivered() {
    let expected = Operating { volts: 1.0, amperes: 1e-4, limiting: false };
    assert_eq!(operating(Drive::Voltage { volts: 1.0, limit: 1e-3 }), expected);
}

#[test]
fn in_compliance_the_voltage_is_the_one_at_which_the_limit_flows() {
    for sign in [1.0, -1.0] {
        let operating = operating(Drive::Voltage { volts: sign * 2.0, limit: 5e-5 });
        assert!(operating.limiting);
        assert_eq!(operating.amperes, sign * 5e-5);
        assert!((operating.volts - sign * 0.5).abs() < 1e-9, "{operating:?}");
    }
}

#[test]
fn a_current_that_needs_more_than_the_voltage_limit_is_not_reached() {
    let beyond = operating(Drive::Current { amperes: 1e-3, limit: 2.0 });
    assert!(beyond.limiting);
    assert!((beyond.volts - 2.0).abs() < 1e-9);
    assert!((beyond.amperes - 2e-4).abs() < 1e-12);
    let within = operating(Drive::Current { amperes: 1e-4, limit: 2.0 });
    assert!(!within.limiting);
    assert!((within.volts - 1.0).abs() < 1e-9);
}
