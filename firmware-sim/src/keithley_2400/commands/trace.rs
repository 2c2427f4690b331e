//! `:TRACe` and `:CALCulate3`: the buffer, and statistics over it (User's Manual tables 18-1 and
//! 18-10).

use scpi_parser::table::Table;

use super::{
    super::{
        call::{Call, Handled, Limits},
        code,
        readings::{CAPACITY, Reading, Trace},
        settings::{Feed, FeedControl, Statistic},
    },
    Entry, command,
};
use crate::engine::channel::OVERFLOW;

pub(super) const TABLE: Table<Entry> = Table(&[
    command(":TRACe:DATA?", data),
    command(":TRACe:POINts[?]", points),
    command(":TRACe:POINts:ACTual?", actual_points),
    command(":TRACe:FEED[?]", feed),
    command(":TRACe:FEED:CONTrol[?]", feed_control),
    command(":TRACe:CLEar", clear),
    command(":TRACe:FREE?", free),
    command(":TRACe:TSTamp:FORMat[?]", |call| call.setting(|unit| &mut unit.trace.timestamp)),
    command(":CALCulate3:FORMat[?]", |call| call.setting(|unit| &mut unit.settings.statistic)),
    command(":CALCulate3:DATA?", statistics),
]);

/// What a stored reading takes, for `:TRAC:FREE?`. UNVERIFIED.
const BYTES_PER_READING: u32 = 20;

fn refuse_while_storing(trace: &Trace) -> Handled {
    if trace.is_storing() { Err(code::STORAGE_ACTIVE) } else { Ok(()) }
}

/// `:TRAC:POIN`.
fn points(call: &mut Call<'_, '_>) -> Handled {
    let limits = Limits { minimum: 1.0, maximum: CAPACITY as f64, default: 100.0 };
    call.whole(
        limits,
        |unit| unit.trace.points as u32,
        |unit, points| {
            refuse_while_storing(&unit.trace)?;
            unit.trace.points = points as usize;
            unit.trace.readings.clear();
            unit.refresh_buffer();
            Ok(())
        },
    )
}

/// `:TRAC:POIN:ACT?`.
fn actual_points(call: &mut Call<'_, '_>) -> Handled {
    let stored = call.unit.trace.readings.len();
    call.answer_whole(stored as u32)
}

/// `:TRAC:FEED`.
fn feed(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        return call.answer_choice(call.unit.trace.feed);
    }
    let feed = call.choice()?;
    refuse_while_storing(&call.unit.trace)?;
    call.unit.trace.feed = feed;
    Ok(())
}

/// `:TRAC:FEED:CONT`: `NEXT` starts storing, over what a filled buffer held.
fn feed_control(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        return call.answer_choice(call.unit.trace.control);
    }
    let control = call.choice()?;
    let trace = &mut call.unit.trace;
    if control == FeedControl::Next && trace.is_full() {
        trace.readings.clear();
    }
    trace.control = control;
    call.unit.refresh_buffer();
    Ok(())
}

/// `:TRAC:CLE`.
fn clear(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.trace.readings.clear();
    call.unit.refresh_buffer();
    Ok(())
}

/// `:TRAC:FREE?`: bytes free, bytes used.
fn free(call: &mut Call<'_, '_>) -> Handled {
    let used = call.unit.trace.readings.len() as u32 * BYTES_PER_READING;
    let total = CAPACITY as u32 * BYTES_PER_READING;
    call.answer_whole(total - used)?;
    call.answer_whole(used)
}

/// `:TRAC:DATA?`.
fn data(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.answer_trace()
}

/// `:CALC3:DATA?`: the statistic of voltage, current and resistance over the buffer.
fn statistics(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let readings = &call.unit.trace.readings;
    if readings.is_empty() {
        return Err(code::DATA_STALE);
    }
    let statistic = call.unit.settings.statistic;
    let result: Option<fn(&Reading) -> f64> = match call.unit.trace.feed {
        Feed::Sense => None,
        Feed::Calculate1 => Some(|it| it.math),
        Feed::Calculate2 => Some(|it| it.null),
    };
    if let Some(result) = result {
        let value = of(statistic, readings.iter().map(result));
        return call.answer_real(value);
    }
    let elements = call.unit.settings.format.elements;
    let columns: [fn(&Reading) -> f64; 3] = [|it| it.volts, |it| it.amperes, |it| it.ohms];
    let values: Vec<f64> = columns
        .into_iter()
        .zip(elements)
        .filter(|(_, asked)| *asked)
        .map(|(column, _)| of(statistic, readings.iter().map(column)))
        .collect();
    call.answer_reals(&values)
}

fn of(statistic: Statistic, values: impl Iterator<Item = f64> + Clone) -> f64 {
    let count = values.clone().count() as f64;
    let maximum = values.clone().fold(f64::NEG_INFINITY, f64::max);
    let minimum = values.clone().fold(f64::INFINITY, f64::min);
    // Nothing is known of a column that was not measured.
    if maximum >= OVERFLOW {
        return maximum;
    }
    // Sums of equal values would drift in the last digit.
    if maximum == minimum {
        return if matches!(statistic, Statistic::PeakToPeak | Statistic::Deviation) {
            0.0
        } else {
            maximum
        };
    }
    let mean = values.clone().sum::<f64>() / count;
    match statistic {
        Statistic::Mean => mean,
        Statistic::Maximum => maximum,
        Statistic::Minimum => minimum,
        Statistic::PeakToPeak => maximum - minimum,
        Statistic::Deviation if count < 2.0 => 0.0,
        Statistic::Deviation => {
            let squares: f64 = values.map(|it| (it - mean) * (it - mean)).sum();
            (squares / (count - 1.0)).sqrt()
        }
    }
}
