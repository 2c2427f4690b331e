//! How much the instrument can deliver (User's Guide Edition 5, page 2-14, and the data sheet's
//! maximum of each channel: 210 V and 105 mA, 21 V and 1.515 A, 6 V and 3.03 A).

use super::{
    call::Handled,
    code::{Code, SETTINGS_CONFLICT},
};

/// What a channel may have to deliver: level and compliance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Demand {
    pub(super) volts: f64,
    pub(super) amperes: f64,
}

/// Corners of what one channel can deliver.
const CORNERS: [(f64, f64); 3] = [(6.0, 3.03), (21.0, 1.515), (210.0, 0.105)];

/// A level at a corner is within it, whatever its last bit.
const SLACK: f64 = 1.0 + 1e-9;

impl Demand {
    fn is_deliverable(self) -> bool {
        let volts = self.volts / SLACK;
        let corner = CORNERS.iter().find(|(most, _)| volts <= *most);
        corner.is_some_and(|(_, amperes)| self.amperes <= amperes * SLACK)
    }
}

/// Refuses (-221) what one channel cannot deliver.
pub(super) fn check_one(demand: Demand) -> Handled {
    if demand.is_deliverable() { Ok(()) } else { Err(refusal()) }
}

/// Refuses (-221) what two channels cannot deliver together.
pub(super) fn check_two(one: Demand, two: Demand) -> Handled {
    let (low, high) = if one.volts <= two.volts { (one, two) } else { (two, one) };
    let low_voltage = |it: Demand| it.volts <= 6.0 * SLACK;
    let medium_voltage = |it: Demand| it.volts <= 21.0 * SLACK;
    // The manual has no line for more than 21 V; a channel's own limit of 105 mA stands there.
    if !medium_voltage(high) {
        return Ok(());
    }
    let (sum, most) = match (low_voltage(low), low_voltage(high)) {
        (true, true) => (low.amperes + high.amperes, 4.0),
        (true, false) => (low.amperes + 1.6 * high.amperes, 4.0),
        _ => (low.amperes + high.amperes, 2.5),
    };
    if sum <= most * SLACK { Ok(()) } else { Err(refusal()) }
}

/// UNVERIFIED: which error the firmware reports.
fn refusal() -> Code {
    SETTINGS_CONFLICT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn demand(volts: f64, amperes: f64) -> Demand {
        Demand { volts, amperes }
    }

    #[test]
    fn one_channel_delivers_up_to_its_corners() {
        for (volts, amperes) in CORNERS {
            assert!(check_one(demand(volts, amperes)).is_ok());
            assert!(check_one(demand(volts, amperes * 1.01)).is_err());
        }
        assert!(check_one(demand(6.1, 3.0)).is_err());
        assert!(check_one(demand(211.0, 0.01)).is_err());
    }

    #[test]
    fn two_channels_share_what_there_is() {
        let both = |one, two| check_two(one, two).is_ok();
        assert!(both(demand(6.0, 2.0), demand(6.0, 2.0)));
        assert!(!both(demand(6.0, 2.0), demand(5.0, 2.01)));
        assert!(both(demand(6.0, 1.6), demand(20.0, 1.5)));
        assert!(!both(demand(6.0, 1.7), demand(20.0, 1.5)));
        // The first channel at the higher voltage: the same line divided by 1.6.
        assert!(both(demand(20.0, 1.5), demand(6.0, 1.6)));
        assert!(!both(demand(20.0, 1.5), demand(6.0, 1.7)));
        assert!(both(demand(20.0, 1.25), demand(20.0, 1.25)));
        assert!(!both(demand(20.0, 1.25), demand(20.0, 1.3)));
        assert!(both(demand(200.0, 0.1), demand(20.0, 1.5)));
    }
}
