//! How long things take on a B2900: medians of a trace of a B2912A over USBTMC whose host sent
//! `*ESR?` after each command. A figure of that trace is command and query together, so what a
//! command takes here is the figure less the query's 1.5 ms.

/// A query that only looks something up.
pub(super) const QUERY: f64 = 1.5e-3;
/// `*IDN?`.
pub(super) const IDENTITY: f64 = 15e-3;
/// `*RST`; 165 ms together with `*OPC?`.
pub(super) const RESET: f64 = 163.5e-3;
/// Settings of `:SENS` and `:TRIG`, and, UNVERIFIED, of everything else.
pub(super) const SETTING: f64 = 0.9e-3;
/// `:SOUR` levels, ranges and modes.
pub(super) const SOURCE: f64 = 15.5e-3;
/// `:SOUR:LIST`, whatever its length.
pub(super) const LIST: f64 = 13.3e-3;
/// `:SOUR:FUNC:MODE`.
pub(super) const FUNCTION: f64 = 23.5e-3;
/// `:OUTP 1`.
pub(super) const OUTPUT_ON: f64 = 20e-3;
/// `:OUTP 0`.
pub(super) const OUTPUT_OFF: f64 = 41e-3;
/// `:INIT`.
pub(super) const INITIATE: f64 = 3e-3;
/// `:FORM`.
pub(super) const FORMAT: f64 = 0.3e-3;
/// `:FETC?` of what is there already.
pub(super) const FETCH: f64 = 3e-3;

/// From the end of a conversion until an automatic trigger starts the next: the shortest aperture,
/// 8 us, then comes as often as the shortest interval of a timer, 10 us. UNVERIFIED.
pub(super) const CONVERSION: f64 = 2e-6;
/// One change of the measurement range; the measurement is repeated then. UNVERIFIED.
pub(super) const RANGE_CHANGE: f64 = 1e-3;
/// From a pulse on a pin of the digital port to the action: at most 5 us (data sheet page 17).
pub(super) const TRIGGER_LATENCY: f64 = 5e-6;
