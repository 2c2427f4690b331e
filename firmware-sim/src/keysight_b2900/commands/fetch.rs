//! `:FETCh?`, `:READ?`, `:MEASure?` and `:SENSe:DATA?`: the FETCh, READ (page 4-68) and MEASure
//! (page 4-44) subsystems, and B2961 4-91.

use scpi_parser::table::{Command, Table};

use super::super::{
    ALL,
    call::{Call, Channels, Handled, Limits},
    code,
    data::{Elements, Extent},
    readings::{CAPACITY, Offset},
    settings::Functions,
    timing::{FETCH, INITIATE},
};
use super::{Entry, timed};
use crate::engine::choice::Choice;

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

const VOLTAGE: Elements = [true, false, false, false, false, false];
const CURRENT: Elements = [false, true, false, false, false, false];
const RESISTANCE: Elements = [false, false, true, false, false, false];
const TIME: Elements = [false, false, false, true, false, false];
const STATUS: Elements = [false, false, false, false, true, false];
const SOURCE: Elements = [false, false, false, false, false, true];

const READ: f64 = INITIATE + FETCH;

const COMMANDS: &[Command<Entry>] = &[
    timed(":FETCh[:SCALar]?", 0.0, FETCH, |call| fetch(call, None, Extent::Scalar)),
    timed(":FETCh[:SCALar]:VOLTage?", 0.0, FETCH, |call| {
        fetch(call, Some(VOLTAGE), Extent::Scalar)
    }),
    timed(":FETCh[:SCALar]:CURRent?", 0.0, FETCH, |call| {
        fetch(call, Some(CURRENT), Extent::Scalar)
    }),
    timed(":FETCh[:SCALar]:RESistance?", 0.0, FETCH, |call| {
        fetch(call, Some(RESISTANCE), Extent::Scalar)
    }),
    timed(":FETCh[:SCALar]:TIME?", 0.0, FETCH, |call| fetch(call, Some(TIME), Extent::Scalar)),
    timed(":FETCh[:SCALar]:STATus?", 0.0, FETCH, |call| fetch(call, Some(STATUS), Extent::Scalar)),
    timed(":FETCh[:SCALar]:SOURce?", 0.0, FETCH, |call| fetch(call, Some(SOURCE), Extent::Scalar)),
    timed(":FETCh:ARRay?", 0.0, FETCH, |call| fetch(call, None, Extent::Array)),
    timed(":FETCh:ARRay:VOLTage?", 0.0, FETCH, |call| fetch(call, Some(VOLTAGE), Extent::Array)),
    timed(":FETCh:ARRay:CURRent?", 0.0, FETCH, |call| fetch(call, Some(CURRENT), Extent::Array)),
    timed(":FETCh:ARRay:RESistance?", 0.0, FETCH, |call| {
        fetch(call, Some(RESISTANCE), Extent::Array)
    }),
    timed(":FETCh:ARRay:TIME?", 0.0, FETCH, |call| fetch(call, Some(TIME), Extent::Array)),
    timed(":FETCh:ARRay:STATus?", 0.0, FETCH, |call| fetch(call, Some(STATUS), Extent::Array)),
    timed(":FETCh:ARRay:SOURce?", 0.0, FETCH, |call| fetch(call, Some(SOURCE), Extent::Array)),
    timed(":READ[:SCALar]?", 0.0, READ, |call| read(call, None, Extent::Scalar)),
    timed(":READ[:SCALar]:VOLTage?", 0.0, READ, |call| read(call, Some(VOLTAGE), Extent::Scalar)),
    timed(":READ[:SCALar]:CURRent?", 0.0, READ, |call| read(call, Some(CURRENT), Extent::Scalar)),
    timed(":READ[:SCALar]:RESistance?", 0.0, READ, |call| {
        read(call, Some(RESISTANCE), Extent::Scalar)
    }),
    timed(":READ[:SCALar]:TIME?", 0.0, READ, |call| read(call, Some(TIME), Extent::Scalar)),
    timed(":READ[:SCALar]:STATus?", 0.0, READ, |call| read(call, Some(STATUS), Extent::Scalar)),
    timed(":READ[:SCALar]:SOURce?", 0.0, READ, |call| read(call, Some(SOURCE), Extent::Scalar)),
    timed(":READ:ARRay?", 0.0, READ, |call| read(call, None, Extent::Array)),
    timed(":READ:ARRay:VOLTage?", 0.0, READ, |call| read(call, Some(VOLTAGE), Extent::Array)),
    timed(":READ:ARRay:CURRent?", 0.0, READ, |call| read(call, Some(CURRENT), Extent::Array)),
    timed(":READ:ARRay:RESistance?", 0.0, READ, |call| read(call, Some(RESISTANCE), Extent::Array)),
    timed(":READ:ARRay:TIME?", 0.0, READ, |call| read(call, Some(TIME), Extent::Array)),
    timed(":READ:ARRay:STATus?", 0.0, READ, |call| read(call, Some(STATUS), Extent::Array)),
    timed(":READ:ARRay:SOURce?", 0.0, READ, |call| read(call, Some(SOURCE), Extent::Array)),
    timed(":MEASure?", 0.0, FETCH, |call| measure(call, None)),
    timed(":MEASure:VOLTage[:DC]?", 0.0, FETCH, |call| measure(call, Some(VOLTAGE))),
    timed(":MEASure:CURRent[:DC]?", 0.0, FETCH, |call| measure(call, Some(CURRENT))),
    timed(":MEASure:RESistance?", 0.0, FETCH, |call| measure(call, Some(RESISTANCE))),
    timed(":SENSe#:DATA?", 0.0, FETCH, data),
    timed(":SENSe#:DATA:LATest?", 0.0, FETCH, latest),
    timed(":SENSe#:DATA:CLEar", INITIATE, 0.0, forget),
];

fn is_acquiring(call: &Call<'_, '_>, channels: Channels) -> bool {
    call.unit.smus.iter().zip(channels).any(|(smu, chosen)| chosen && smu.is_acquiring())
}

/// Waits until the measurements of the channels are complete.
fn fetch(call: &mut Call<'_, '_>, only: Option<Elements>, extent: Extent) -> Handled {
    let channels = call.channels()?;
    if is_acquiring(call, channels) {
        return call.wait();
    }
    let elements = call.elements(only);
    call.answer_samples(channels, elements, extent)
}

/// `:INIT` and `:FETCh`.
fn read(call: &mut Call<'_, '_>, only: Option<Elements>, extent: Extent) -> Handled {
    if !call.resumed {
        let unread = call.parameters;
        let channels = call.channels()?;
        call.unit.initiate(channels, ALL)?;
        call.parameters = unread;
    }
    fetch(call, only, extent)
}

/// One measurement of each channel with the settings that are there. The output stays as it is:
/// the manual has it come on by itself with `:INIT` and `:READ` only (B2961 4-67); a user of a
/// B2902B found it on. UNVERIFIED.
fn measure(call: &mut Call<'_, '_>, only: Option<Elements>) -> Handled {
    let channels = call.channels()?;
    if is_acquiring(call, channels) {
        return Err(code::INIT_IGNORED);
    }
    let begun = call.unit.clock.now();
    let mut middles: Vec<(usize, f64)> = (0..call.unit.smus.len())
        .filter(|it| channels[*it])
        .map(|it| (it, begun + 0.5 * call.unit.smus[it].aperture()))
        .collect();
    middles.sort_by(|one, other| one.1.total_cmp(&other.1));
    let mut end = begun;
    for (channel, middle) in middles {
        call.unit.proceed_to(middle);
        let asked = call.unit.smus[channel].settings.sense.functions;
        // What is asked for by name is measured, enabled or not.
        let functions = only.map_or(asked, |it| Functions {
            voltage: asked.voltage || it[0],
            current: asked.current || it[1],
            ohms: asked.ohms || it[2],
        });
        call.unit.smus[channel].begun = begun;
        let (reading, moved) = call.unit.measure(channel, functions);
        let smu = &mut call.unit.smus[channel];
        end = f64::max(end, begun + smu.conversion(moved));
        smu.forget_readings();
        smu.keep(reading);
        call.unit.note_reading(channel, reading);
    }
    call.unit.proceed_to(end);
    let elements = call.elements(only);
    call.answer_samples(channels, elements, Extent::Scalar)
}

/// `:SENS:DATA? [offset[,size]]`: what has been measured so far, without waiting.
fn data(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    let stored = call.unit.smus[channel].samples.len();
    let (from, to) = call.window(stored)?;
    let elements = call.elements(None);
    let samples = std::mem::take(&mut call.unit.smus[channel].samples);
    call.answer_rows(&[&samples[from..to]], elements);
    call.unit.smus[channel].samples = samples;
    Ok(())
}

fn latest(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    call.no_parameters()?;
    let elements = call.elements(None);
    let latest = call.unit.smus[channel].latest;
    call.answer_rows(&[latest.as_slice()], elements);
    Ok(())
}

/// `:SENS:DATA:CLE`.
fn forget(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    call.no_parameters()?;
    call.unit.smus[channel].forget_readings();
    call.unit.refresh_conditions();
    Ok(())
}

impl Call<'_, '_> {
    /// `[offset[,size]]` over `stored` readings: where to begin and to end.
    pub(super) fn window(&mut self, stored: usize) -> Result<(usize, usize), code::Code> {
        let limits = Limits::new(0.0, CAPACITY as f64, 0.0);
        if self.parameters.is_empty() {
            return Ok((0, stored));
        }
        let mut ahead = self.parameters;
        let from = if ahead.choice(Offset::ALL).is_ok() {
            match self.choice_of_several()? {
                Offset::Start => 0,
                Offset::Current => stored,
            }
        } else {
            limits.check(self.parameters.number(&[])?)?.round() as usize
        };
        let size = if self.parameters.is_empty() {
            stored
        } else {
            self.whole_parameter(limits)? as usize
        };
        let from = from.min(stored);
        Ok((from, (from + size).min(stored)))
    }
}
