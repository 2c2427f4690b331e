//! The levels that slopes will be asked at, and the room that steps need beside them.

use anyhow::Result;
use serde::Serialize;
use smu::units::Volts;

use crate::{
    bench::{Bench, PairEntry},
    exit::BadInput,
};

/// What is compared where nothing else is asked, V.
const USUAL: [f64; 2] = [-1.0, 1.0];
/// Room beside a window that is chosen here, as a share of it: the widest step that is ever chosen.
const ROOM: f64 = 0.1;
/// Room beside a window that is asked for: with less, noise is all that a step shows.
const LEAST_ROOM: f64 = 0.01;

/// The levels that slopes of one pair will be asked at.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Window {
    pair: String,
    window: [Volts; 2],
}

/// An end that an option gives.
///
/// # Errors
/// It is no voltage.
pub(super) fn end(option: &str, text: Option<&str>) -> Result<Option<Volts>> {
    let parse = |text: &str| {
        text.parse().map_err(|error| BadInput::new(format!("{option}: {error}")).into())
    };
    text.map(parse).transpose()
}

impl Window {
    /// The ends that are asked for; where one is not, ±1 V, or as near to it as leaves room for steps
    /// inside the windows of both instruments.
    ///
    /// # Errors
    /// Ends that are no window, that an instrument's window excludes, or that leave no room.
    pub(super) fn of(
        bench: &Bench,
        pair: &PairEntry,
        [from, to]: [Option<Volts>; 2],
    ) -> Result<Window> {
        let allowed = allowed(bench, pair);
        let [low, high] = usual(allowed);
        let window = [from.map_or(low, |it| it.0), to.map_or(high, |it| it.0)];
        match refusal(window, allowed, pair) {
            Some(sentence) => Err(BadInput::new(sentence).into()),
            None => Ok(Window { pair: pair.name.clone(), window: window.map(Volts) }),
        }
    }

    /// V.
    pub(super) fn volts(&self) -> [f64; 2] {
        self.window.map(|it| it.0)
    }
}

/// The levels that both instruments of a pair may be sent, V.
fn allowed(bench: &Bench, pair: &PairEntry) -> [f64; 2] {
    let both = bench.smu.iter().filter(|it| it.name == pair.base || it.name == pair.probe);
    both.fold([f64::NEG_INFINITY, f64::INFINITY], |[low, high], smu| {
        let window = bench.settings_of(smu).window;
        [window.low.0.max(low), window.high.0.min(high)]
    })
}

/// The part of ±1 V, of all that is allowed where it has no part, beside which a tenth of it fits.
fn usual([least, most]: [f64; 2]) -> [f64; 2] {
    let within = |[from, to]: [f64; 2]| {
        let (mut low, mut high) = (from.max(least), to.min(most));
        // Each turn is a fifth as far from the answer as the one before.
        for _ in 0..20 {
            let room = ROOM * (high - low);
            (low, high) = (from.max(least + room), to.min(most - room));
        }
        [(low * 1e3 - 1e-6).ceil() / 1e3 + 0.0, (high * 1e3 + 1e-6).floor() / 1e3 + 0.0]
    };
    let usual = within(USUAL);
    if usual[0] < usual[1] { usual } else { within([f64::NEG_INFINITY, f64::INFINITY]) }
}

fn refusal([low, high]: [f64; 2], [least, most]: [f64; 2], pair: &PairEntry) -> Option<String> {
    let (from, to) = (Volts(low), Volts(high));
    if low.partial_cmp(&high) != Some(std::cmp::Ordering::Less) {
        return Some(format!(
            "from {from} to {to} is no window: --from takes the lower level, --to the higher"
        ));
    }
    let room = LEAST_ROOM * (high - low);
    let inside = low >= least && high <= most;
    if low - room >= least && high + room <= most {
        return None;
    }
    let what = if inside { "leaves no room for a step" } else { "reaches outside" };
    let (fits_low, fits_high) = (low.max(least + room), high.min(most - room));
    Some(format!(
        "the window {from} to {to} {what} {}the window {} to {} of pair \"{}\": accepted is, for example, {} to {}",
        if inside { "inside " } else { "" },
        Volts(least),
        Volts(most),
        pair.name,
        Volts((fits_low * 1e3).ceil() / 1e3 + 0.0),
        Volts((fits_high * 1e3).floor() / 1e3 + 0.0),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_window_leaves_room_for_the_widest_step() {
        for (allowed, expected) in [
            ([-1.3, 1.3], [-1.0, 1.0]),
            ([-1.2, 1.2], [-1.0, 1.0]),
            ([-0.6, 0.6], [-0.5, 0.5]),
            ([0.0, 5.0], [0.091, 1.0]),
            ([2.0, 5.0], [2.25, 4.75]),
        ] {
            assert_eq!(usual(allowed), expected, "{allowed:?}");
        }
    }
}
