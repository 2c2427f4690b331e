//! `[:SOURce]`: staircases (pages 4-95, 4-97, 4-108 and 4-109).

use scpi_parser::table::{Command, Table};

use super::super::{
    call::{Call, Handled, Limits},
    code::SETTINGS_CONFLICT,
    settings::{Source, Sourced},
    sweep::{self, MOST},
    timing::{QUERY, SOURCE},
};
use super::{Entry, command, source::levels, timed};
use crate::engine::channel::Quantity;

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

use Quantity::{Current, Voltage};

const COMMANDS: &[Command<Entry>] = &[
    timed("[:SOURce#]:VOLTage:STARt[?]", SOURCE, QUERY, |call| end(call, Voltage, START)),
    timed("[:SOURce#]:CURRent:STARt[?]", SOURCE, QUERY, |call| end(call, Current, START)),
    timed("[:SOURce#]:VOLTage:STOP[?]", SOURCE, QUERY, |call| end(call, Voltage, STOP)),
    timed("[:SOURce#]:CURRent:STOP[?]", SOURCE, QUERY, |call| end(call, Current, STOP)),
    timed("[:SOURce#]:VOLTage:CENTer[?]", SOURCE, QUERY, |call| end(call, Voltage, CENTRE)),
    timed("[:SOURce#]:CURRent:CENTer[?]", SOURCE, QUERY, |call| end(call, Current, CENTRE)),
    timed("[:SOURce#]:VOLTage:SPAN[?]", SOURCE, QUERY, |call| end(call, Voltage, SPAN)),
    timed("[:SOURce#]:CURRent:SPAN[?]", SOURCE, QUERY, |call| end(call, Current, SPAN)),
    timed("[:SOURce#]:VOLTage:STEP[?]", SOURCE, QUERY, |call| step(call, Voltage)),
    timed("[:SOURce#]:CURRent:STEP[?]", SOURCE, QUERY, |call| step(call, Current)),
    timed("[:SOURce#]:VOLTage:POINts[?]", SOURCE, QUERY, points),
    timed("[:SOURce#]:CURRent:POINts[?]", SOURCE, QUERY, points),
    command("[:SOURce#]:SWEep:POINts[?]", points),
    command("[:SOURce#]:SWEep:SPACing[?]", |call| call.choice_of(|it| &mut it.source.spacing)),
    command("[:SOURce#]:SWEep:DIRection[?]", |call| call.choice_of(|it| &mut it.source.direction)),
    command("[:SOURce#]:SWEep:STAir[?]", |call| call.choice_of(|it| &mut it.source.stair)),
    command("[:SOURce#]:SWEep:RANGing[?]", |call| call.choice_of(|it| &mut it.source.ranging)),
];

/// One of the four ways to say where a staircase begins and ends.
#[derive(Clone, Copy)]
struct End {
    get: fn(&Sourced) -> f64,
    /// Start and stop with this one changed.
    ends: fn(&Sourced, f64) -> (f64, f64),
}

const START: End = End { get: |it| it.start, ends: |it, value| (value, it.stop) };
const STOP: End = End { get: |it| it.stop, ends: |it, value| (it.start, value) };
const CENTRE: End =
    End { get: centre, ends: |it, value| (value - 0.5 * span(it), value + 0.5 * span(it)) };
const SPAN: End =
    End { get: span, ends: |it, value| (centre(it) - 0.5 * value, centre(it) + 0.5 * value) };

fn centre(sourced: &Sourced) -> f64 {
    0.5 * (sourced.start + sourced.stop)
}

fn span(sourced: &Sourced) -> f64 {
    sourced.stop - sourced.start
}

/// The points stay, the step follows.
fn end(call: &mut Call<'_, '_>, quantity: Quantity, end: End) -> Handled {
    let channel = call.channel()?;
    let single = levels(call, quantity);
    let limits = Limits::new(2.0 * single.minimum, 2.0 * single.maximum, 0.0);
    let present = (end.get)(call.unit.smus[channel].settings.source.peek(quantity));
    call.real(
        limits,
        |_| present,
        |unit, value| {
            let source = &mut unit.smus[channel].settings.source;
            let points = source.points;
            let sourced = source.of(quantity);
            let (start, stop) = (end.ends)(sourced, value);
            single.check(scpi_parser::program::Numeric::Value(start))?;
            single.check(scpi_parser::program::Numeric::Value(stop))?;
            (sourced.start, sourced.stop) = (start, stop);
            sourced.step = sweep::step(sourced, points);
            Ok(())
        },
    )
}

/// The span stays, the points follow.
fn step(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    let channel = call.channel()?;
    let single = levels(call, quantity);
    let limits = Limits::new(2.0 * single.minimum, 2.0 * single.maximum, 0.0);
    let present = call.unit.smus[channel].settings.source.peek(quantity).step;
    call.real(
        limits,
        |_| present,
        |unit, step| {
            let source = &mut unit.smus[channel].settings.source;
            let points = sweep::points(source.peek(quantity), step).ok_or(SETTINGS_CONFLICT)?;
            source.points = points;
            source.of(quantity).step = step;
            let other = source.of(quantity.complement());
            other.step = sweep::step(other, points);
            Ok(())
        },
    )
}

/// One number for both quantities; the spans stay, the steps follow.
fn points(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    let limits = Limits::new(1.0, f64::from(MOST), 1.0);
    let present = call.unit.smus[channel].settings.source.points;
    call.whole(
        limits,
        |_| present,
        |unit, points| {
            let source: &mut Source = &mut unit.smus[channel].settings.source;
            source.points = points;
            for sourced in [&mut source.voltage, &mut source.current] {
                sourced.step = sweep::step(sourced, points);
            }
            Ok(())
        },
    )
}
