//! How replies leave.

use std::time::Duration;

/// How replies are to leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "planned faults show here"]
pub enum Delivery {
    /// At once.
    Now,
    /// Not before this time has passed; then call [`Instrument::receive`](super::Instrument::receive)
    /// again, without bytes, for what is left of the input.
    After(Duration),
    /// Not before so much simulated time has passed since power-on, and then as with `After`. Only
    /// from [`Instrument::attend_at`](super::Instrument::attend_at).
    At(Duration),
    /// At once, in so many segments, and then as with `After`.
    InPieces(u64),
    /// Together with the next, which may be there already: then as with `After`.
    Held,
    /// At once, and the connection is closed behind them.
    ThenClose,
}
