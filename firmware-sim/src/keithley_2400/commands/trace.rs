//! `:TRACe`, `:CALCulate3`, `:FORMat` (User's Manual tables 18-1, 18-3 and 18-10).

use super::super::{
    call::{Call, Handled, Limits},
    code,
    readings::{CAPACITY, Trace},
    settings::{DataFormat, Element, FeedControl, Statistic},
};

/// What a stored reading takes, for `:TRAC:FREE?`. UNVERIFIED.
const BYTES_PER_READING: u32 = 20;

fn refuse_while_storing(trace: &Trace) -> Handled {
    if trace.control == FeedControl::Next { Err(code::STORAGE_ACTIVE) } else { Ok(()) }
}

/// `:TRAC:POIN`.
pub(super) fn points(call: &mut Call<'_, '_>) -> Handled {
    let limits = Limits { minimum: 1.0, maximum: CAPACITY as f64, default: 100.0 };
    call.whole(
        limits,
        |unit| unit.trace.points as u32,
        |unit, points| {
            refuse_while_storing(&unit.trace)?;
            unit.trace.points = points as usize;
            unit.trace.readings.clear();
            Ok(())
        },
    )
}

/// `:TRAC:POIN:ACT?`.
pub(super) fn actual_points(call: &mut Call<'_, '_>) -> Handled {
    let stored = call.unit.trace.readings.len();
    call.answer_whole(stored as u32)
}

/// `:TRAC:FEED`.
pub(super) fn feed(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        return call.answer_choice(call.unit.trace.feed);
    }
    let feed = call.choice()?;
    refuse_while_storing(&call.unit.trace)?;
    call.unit.trace.feed = feed;
    Ok(())
}

/// `:TRAC:FEED:CONT`: `NEXT` starts storing, over what a filled buffer held.
pub(super) fn feed_control(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        return call.answer_choice(call.unit.trace.control);
    }
    let control = call.choice()?;
    let trace = &mut call.unit.trace;
    if control == FeedControl::Next && trace.is_full() {
        trace.readings.clear();
    }
    trace.control = control;
    call.unit.refresh_conditions();
    Ok(())
}

/// `:TRAC:CLE`.
pub(super) fn clear(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.trace.readings.clear();
    call.unit.refresh_conditions();
    Ok(())
}

/// `:TRAC:FREE?`: bytes free, bytes used.
pub(super) fn free(call: &mut Call<'_, '_>) -> Handled {
    let used = call.unit.trace.readings.len() as u32 * BYTES_PER_READING;
    let total = CAPACITY as u32 * BYTES_PER_READING;
    call.answer_whole(total - used)?;
    call.answer_whole(used)
}

/// `:TRAC:DATA?`.
pub(super) fn data(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.answer_trace()
}

/// `:CALC3:DATA?`: the statistic of voltage, current and resistance over the buffer.
pub(super) fn statistics(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let readings = &call.unit.trace.readings;
    if readings.is_empty() {
        return Err(code::DATA_STALE);
    }
    let statistic = call.unit.settings.statistic;
    let elements = call.unit.settings.format.elements;
    let columns: [fn(&super::super::readings::Reading) -> f64; 3] =
        [|it| it.volts, |it| it.amperes, |it| it.ohms];
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
    // A column of not-a-numbers stays one; its mean would drift in the last digit.
    if maximum == minimum && matches!(statistic, Statistic::Mean) {
        return maximum;
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

/// `:FORM:ELEM`: which elements are answered; their order is fixed.
pub(super) fn elements(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        let asked = call.unit.settings.format.elements;
        let all = [
            Element::Voltage,
            Element::Current,
            Element::Resistance,
            Element::Time,
            Element::Status,
        ];
        let on = all.into_iter().zip(asked).filter(|it| it.1);
        return on.map(|it| it.0).try_for_each(|element| call.answer_choice(element));
    }
    let mut elements = [false; 5];
    let mut element: Element = call.choice_of_several()?;
    loop {
        elements[element as usize] = true;
        match call.next_choice()? {
            Some(next) => element = next,
            None => break,
        }
    }
    call.unit.settings.format.elements = elements;
    Ok(())
}

/// `:FORM[:DATA] ASC|REAL,32|SRE`.
pub(super) fn data_format(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        let format = call.unit.settings.format.data;
        call.answer_choice(format)?;
        if format == DataFormat::Real {
            call.answer_whole(32)?;
        }
        return Ok(());
    }
    let format = call.choice_of_several()?;
    if let Some(bits) = call.next_real()?
        && (format != DataFormat::Real || bits != 32.0)
    {
        return Err(code::PARAMETER_OUT_OF_RANGE);
    }
    call.no_parameters()?;
    call.unit.settings.format.data = format;
    Ok(())
}
