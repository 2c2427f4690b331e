//! `:TRACe` (TRACe subsystem, page 4-149; B2961 4-187).

use scpi_parser::table::{Command, Table};

use super::super::{
    call::{Call, Handled, Limits},
    code::SETTINGS_CONFLICT,
    readings::{CAPACITY, FeedControl, Reading, Statistic, Trace},
    timing::{FETCH, QUERY, SETTING},
};
use super::{Entry, command, timed};
use crate::engine::{
    channel::{NOT_A_NUMBER, OVERFLOW},
    choice::Choice,
};

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

const COMMANDS: &[Command<Entry>] = &[
    command(":TRACe#:POINts[?]", points),
    command(":TRACe#:POINts:ACTual?", actual_points),
    command(":TRACe#:FEED[?]", |call| setting(call, |it| &mut it.feed)),
    command(":TRACe#:FEED:CONTrol[?]", feed_control),
    command(":TRACe#:CLEar", clear),
    command(":TRACe#:FREE?", free),
    timed(":TRACe#[:DATA]?", SETTING, FETCH, data),
    command(":TRACe#:STATistic:FORMat[?]", |call| {
        let channel = call.channel()?;
        call.setting(|it| &mut it.smus[channel].trace.statistic)
    }),
    timed(":TRACe#:STATistic:DATA?", SETTING, QUERY, statistics),
    command(":TRACe#:TSTamp:FORMat[?]", |call| {
        let channel = call.channel()?;
        call.setting(|it| &mut it.smus[channel].trace.timestamp)
    }),
];

/// What is stored cannot be changed while it is being stored. UNVERIFIED: the error's number.
fn refuse_while_storing(trace: &Trace) -> Handled {
    if trace.control == FeedControl::Next { Err(SETTINGS_CONFLICT) } else { Ok(()) }
}

/// `:TRAC:POIN`: the buffer is empty then.
fn points(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    let limits = Limits::new(1.0, CAPACITY as f64, CAPACITY as f64);
    let present = call.unit.smus[channel].trace.points as u32;
    call.whole(
        limits,
        |_| present,
        |unit, points| {
            let trace = &mut unit.smus[channel].trace;
            refuse_while_storing(trace)?;
            trace.points = points as usize;
            trace.readings.clear();
            unit.refresh_conditions();
            Ok(())
        },
    )
}

fn actual_points(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    let stored = call.unit.smus[channel].trace.readings.len();
    call.answer_whole(stored as u32)
}

fn setting<T: Choice>(call: &mut Call<'_, '_>, of: fn(&mut Trace) -> &mut T) -> Handled {
    let channel = call.channel()?;
    if !call.is_query {
        refuse_while_storing(&call.unit.smus[channel].trace)?;
    }
    call.setting(|it| of(&mut it.smus[channel].trace))
}

/// `NEXT` starts storing, over what a full buffer held.
fn feed_control(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    call.setting(|it| &mut it.smus[channel].trace.control)?;
    let trace = &mut call.unit.smus[channel].trace;
    if !call.is_query && trace.control == FeedControl::Next && trace.is_full() {
        trace.readings.clear();
    }
    call.unit.refresh_conditions();
    Ok(())
}

fn clear(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    call.no_parameters()?;
    call.unit.smus[channel].trace.readings.clear();
    call.unit.refresh_conditions();
    Ok(())
}

/// What a stored reading takes, in bytes. UNVERIFIED.
const BYTES: u32 = 48;

/// `:TRAC:FREE?`: bytes available, bytes in all.
fn free(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    let stored = call.unit.smus[channel].trace.readings.len();
    call.answer_whole((CAPACITY - stored) as u32 * BYTES)?;
    call.answer_whole(CAPACITY as u32 * BYTES)
}

/// `:TRAC:DATA? [offset[,size]]`.
fn data(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    let stored = call.unit.smus[channel].trace.readings.len();
    let (from, to) = call.window(stored)?;
    let elements = call.elements(None);
    let trace = &call.unit.smus[channel].trace;
    let readings: Vec<Reading> = (from..to).map(|index| trace.stamped(index)).collect();
    call.answer_rows(&[&readings], elements);
    Ok(())
}

/// The statistic of voltage, current, resistance and source, as far as they are elements; there is
/// none of time and status.
fn statistics(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    call.no_parameters()?;
    let elements = call.elements(None);
    let trace = &call.unit.smus[channel].trace;
    let values: Vec<f64> = [0, 1, 2, 5]
        .into_iter()
        .filter(|element| elements[*element])
        .map(|element| of(trace.statistic, trace.readings.iter().map(|it| it.elements()[element])))
        .collect();
    call.answer_numbers(&values)
}

fn of(statistic: Statistic, values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.filter(|it| it.abs() < OVERFLOW).collect();
    let count = values.len() as f64;
    if values.is_empty() {
        return NOT_A_NUMBER;
    }
    let maximum = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let minimum = values.iter().copied().fold(f64::INFINITY, f64::min);
    let mean = values.iter().sum::<f64>() / count;
    match statistic {
        Statistic::Mean => mean,
        Statistic::Maximum => maximum,
        Statistic::Minimum => minimum,
        Statistic::PeakToPeak => maximum - minimum,
        Statistic::Deviation if count < 2.0 => 0.0,
        Statistic::Deviation => {
            let squares: f64 = values.iter().map(|it| (it - mean) * (it - mean)).sum();
            (squares / (count - 1.0)).sqrt()
        }
    }
}
