//! `:SYSTem` (SYSTem subsystem; page 5-2 for the queue).

use scpi_parser::table::{Command, Table};

use super::super::{
    KeysightB2900,
    call::{Call, Handled, Limits},
    code::{self, PARAMETER_OUT_OF_RANGE},
    settings::{Format, Settings},
    smu::SAFE,
    timing::{QUERY, RESET},
};
use super::{Entry, command, digital::Port, display::Display, timed};
use crate::engine::{choice::choice, date::Date};

choice!(
    /// `:SYST:COMM:RLST`.
    Control { Local = "LOCal", Remote = "REMote", Locked = "RWLock" }
);
choice!(
    /// `:SYST:FAN:MODE`.
    Fan { Normal = "NORMal", Rack = "RACK" }
);

/// What belongs to no channel and is not part of `*RST`.
pub(crate) struct System {
    beeper: bool,
    remote: Control,
    fan: Fan,
    locked: bool,
    /// Channels that work together.
    grouped: [bool; 2],
    pub(super) display: Display,
    pub(super) port: Port,
    /// `*SAV 0` to `*SAV 4`.
    pub(super) saved: [Option<(Vec<Settings>, Format)>; 5],
    /// `:OUTP:SAVE`, by channel and place.
    pub(super) channels: [[Option<Settings>; 2]; 2],
}

impl System {
    pub(crate) fn new() -> System {
        System {
            beeper: true,
            remote: Control::Local,
            fan: Fan::Normal,
            locked: false,
            grouped: [true; 2],
            display: Display::new(),
            port: Port::new(),
            saved: Default::default(),
            channels: Default::default(),
        }
    }
}

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

const COMMANDS: &[Command<Entry>] = &[
    command(":SYSTem:ERRor[:NEXT]?", next_error),
    command(":SYSTem:ERRor:ALL?", all_errors),
    command(":SYSTem:ERRor:COUNt?", |call| {
        let count = call.unit.status.queue.len();
        call.answer_whole(count as u32)
    }),
    command(":SYSTem:ERRor:CODE[:NEXT]?", next_code),
    command(":SYSTem:ERRor:CODE:ALL?", all_codes),
    command(":SYSTem:VERSion?", |call| call.answer_text("1999.0")),
    timed(":SYSTem:PRESet", RESET, QUERY, |call| {
        call.no_parameters()?;
        call.unit.reset();
        Ok(())
    }),
    command(":SYSTem:BEEPer[:IMMediate]", beep),
    command(":SYSTem:BEEPer:STATe[?]", |call| {
        call.toggle(
            |it| it.system.beeper,
            |it, on| {
                it.system.beeper = on;
                Ok(())
            },
        )
    }),
    command(":SYSTem:LFRequency[?]", line_frequency),
    command(":SYSTem:TIME:TIMer:COUNt?", |call| {
        let seconds = call.unit.clock.reading();
        call.answer_real(seconds)
    }),
    command(":SYSTem:TIME:TIMer:COUNt:RESet[:IMMediate]", |call| {
        call.no_parameters()?;
        call.unit.clock.restart();
        Ok(())
    }),
    command(":SYSTem:TIME:TIMer:COUNt:RESet:AUTO[?]", |call| {
        call.toggle(
            |it| it.time_reset_auto,
            |it, on| {
                it.time_reset_auto = on;
                Ok(())
            },
        )
    }),
    command(":SYSTem:DATE[?]", |call| calendar(call, 0)),
    command(":SYSTem:TIME[?]", |call| calendar(call, 3)),
    command(":SYSTem:GROup[:DEFine][?]", group),
    command(":SYSTem:GROup:RESet", |call| {
        call.no_parameters()?;
        call.unit.system.grouped = [true; 2];
        Ok(())
    }),
    command(":SYSTem:INTerlock:TRIPped?", |call| {
        let open = call.unit.smus.iter().any(|it| it.interlock_open);
        call.answer_toggle(open)
    }),
    command(":SYSTem:LOCK:REQuest?", |call| {
        call.unit.system.locked = true;
        call.answer_toggle(true)
    }),
    command(":SYSTem:LOCK:RELease", |call| {
        call.no_parameters()?;
        call.unit.system.locked = false;
        Ok(())
    }),
    command(":SYSTem:LOCK:OWNer?", |call| {
        let owner = if call.unit.system.locked { "LAN" } else { "NONE" };
        call.answer_word(owner)
    }),
    command(":SYSTem:LOCK:NAME?", |call| call.answer_word("LAN")),
    command(":SYSTem:COMMunicate:RLSTate[?]", |call| call.setting(|it| &mut it.system.remote)),
    command(":SYSTem:FAN:MODE[?]", |call| call.setting(|it| &mut it.system.fan)),
];

fn next_error(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let error = call.unit.status.queue.pop();
    call.answer_text(&code::text(error))
}

fn all_errors(call: &mut Call<'_, '_>) -> Handled {
    next_error(call)?;
    while !call.unit.status.queue.is_empty() {
        next_error(call)?;
    }
    Ok(())
}

fn next_code(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let error = call.unit.status.queue.pop();
    call.answer_text(&format!("{:+}", error.code()))
}

fn all_codes(call: &mut Call<'_, '_>) -> Handled {
    next_code(call)?;
    while !call.unit.status.queue.is_empty() {
        next_code(call)?;
    }
    Ok(())
}

/// `:SYST:BEEP frequency,seconds`.
fn beep(call: &mut Call<'_, '_>) -> Handled {
    let frequency = Limits::new(55.0, 6640.0, 440.0);
    let duration = Limits::new(0.05, 12.75, 0.1);
    frequency.check(call.parameters.number(&["HZ"])?)?;
    duration.check(call.parameters.number(&["S"])?)?;
    call.no_parameters()
}

/// `:SYST:LFR 50|60`: apertures keep their seconds.
fn line_frequency(call: &mut Call<'_, '_>) -> Handled {
    call.whole(
        Limits::new(50.0, 60.0, 50.0),
        |unit| unit.line_frequency as u32,
        |unit, hertz| {
            if hertz != 50 && hertz != 60 {
                return Err(PARAMETER_OUT_OF_RANGE);
            }
            unit.line_frequency = f64::from(hertz);
            for sense in unit.smus.iter_mut().map(|it| &mut it.settings.sense) {
                // The automatic choice is a number of cycles.
                if sense.aperture_auto {
                    sense.aperture = 0.1 / f64::from(hertz);
                }
            }
            Ok(())
        },
    )
}

/// The date or the time of day: three of the fields of a moment, from `first`. The other three run
/// on. Years from 1970 to 2100 (UNVERIFIED).
fn calendar(call: &mut Call<'_, '_>, first: usize) -> Handled {
    let now = call.unit.clock.now();
    let present = call.unit.epoch + now;
    let mut fields = Date::at(present).fields();
    let part = &mut fields[first..first + 3];
    if call.is_query {
        call.no_parameters()?;
        return part.iter().try_for_each(|it| call.answer_whole(*it));
    }
    let limits = Limits::new(0.0, 9999.0, 0.0);
    for field in part {
        *field = limits.check(call.parameters.number(&[])?)?.round() as u32;
    }
    call.no_parameters()?;
    let set = Date::seconds(fields).ok_or(PARAMETER_OUT_OF_RANGE)?;
    // A new date keeps the fraction of the second that has begun.
    let fraction = if first == 0 { present.fract() } else { 0.0 };
    call.unit.epoch = set + fraction - now;
    Ok(())
}

/// `:SYST:GRO (@1,2)`: which channels work together. Their timers share one clock either way.
fn group(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        let both = call.unit.smus.len() == 2 && call.unit.system.grouped == [true; 2];
        return call.answer_word(if both { "(@1,2)" } else { "(@1)" });
    }
    call.unit.system.grouped = call.channels()?;
    Ok(())
}

impl KeysightB2900 {
    /// The interlock opens or closes. Open, an output that could carry more than 42 V goes off.
    pub(crate) fn interlock(&mut self, open: bool) {
        for channel in 0..self.smus.len() {
            let smu = &mut self.smus[channel];
            smu.interlock_open = open;
            let volts = smu.demand(smu.present().level).volts;
            if open && volts > SAFE {
                self.output_off(channel);
            } else {
                smu.apply();
            }
        }
        self.refresh_conditions();
    }
}
