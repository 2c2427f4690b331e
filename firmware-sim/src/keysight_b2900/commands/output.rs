//! `:OUTPut` (OUTPut subsystem; B2961 4-67).

use scpi_parser::table::{Command, Table};

use super::super::{
    call::{Call, Handled, Limits},
    timing::{OUTPUT_OFF, QUERY},
};
use super::{Entry, command, timed};

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

/// The output filter's time constant in seconds: 5 us to 5 ms.
const TIME_CONSTANT: Limits = Limits::new(5e-6, 5e-3, 5e-6);

const COMMANDS: &[Command<Entry>] = &[
    // What it takes depends on the way it is switched, and is spent there.
    timed(":OUTPut#[:STATe][?]", 0.0, QUERY, state),
    command(":OUTPut#:ON:AUTO[?]", |call| call.toggle_of(|it| &mut it.output.on_auto)),
    command(":OUTPut#:OFF:AUTO[?]", |call| call.toggle_of(|it| &mut it.output.off_auto)),
    command(":OUTPut#:OFF:MODE[?]", |call| call.choice_of(|it| &mut it.output.off_mode)),
    command(":OUTPut#:PROTection[:STATe][?]", protection),
    command(":OUTPut#:LOW[?]", |call| call.choice_of(|it| &mut it.output.low)),
    command(":OUTPut#:HCAPacitance[:STATe][?]", |call| {
        call.toggle_of(|it| &mut it.output.high_capacitance)
    }),
    command(":OUTPut#:FILTer[:LPASs][:STATe][?]", |call| {
        call.toggle_of(|it| &mut it.output.filter)
    }),
    command(":OUTPut#:FILTer[:LPASs]:AUTO[?]", |call| {
        call.toggle_of(|it| &mut it.output.filter_auto)
    }),
    command(":OUTPut#:FILTer[:LPASs]:TCONstant[?]", |call| {
        call.real_of(TIME_CONSTANT, |it| &mut it.output.filter_time)
    }),
    command(":OUTPut#:FILTer[:LPASs]:FREQuency[?]", filter_frequency),
    command(":OUTPut#:SAVE", save),
    command(":OUTPut#:RECall", recall),
];

fn state(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    let present = call.unit.smus[channel].settings.output.on;
    call.toggle(
        |_| present,
        |unit, on| {
            if on {
                return unit.output_on(channel);
            }
            unit.output_off(channel);
            unit.spend(OUTPUT_OFF);
            Ok(())
        },
    )
}

/// Switched on while the source limits, it acts at once.
fn protection(call: &mut Call<'_, '_>) -> Handled {
    call.toggle_of(|it| &mut it.output.protection)?;
    call.unit.guard_outputs();
    Ok(())
}

/// The filter's corner, 1 / (2 pi tau).
fn filter_frequency(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    let corner = |seconds: f64| 1.0 / (std::f64::consts::TAU * seconds);
    let limits = Limits::new(
        corner(TIME_CONSTANT.maximum) * 0.999,
        corner(TIME_CONSTANT.minimum) * 1.001,
        corner(TIME_CONSTANT.default),
    );
    let present = corner(call.unit.smus[channel].settings.output.filter_time);
    call.real(
        limits,
        |_| present,
        |unit, hertz| {
            unit.smus[channel].settings.output.filter_time = corner(hertz);
            Ok(())
        },
    )
}

/// The two memories of a channel's set-up (their headers are UNVERIFIED).
const PLACES: Limits = Limits::new(0.0, 1.0, 0.0);

/// `:OUTP:SAVE 0|1`.
fn save(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    let place = call.whole_parameter(PLACES)? as usize;
    let settings = call.unit.smus[channel].settings.clone();
    call.unit.system.channels[channel][place] = Some(settings);
    Ok(())
}

/// `:OUTP:REC 0|1`: as saved, the output off; nothing where nothing was saved.
fn recall(call: &mut Call<'_, '_>) -> Handled {
    let channel = call.channel()?;
    let place = call.whole_parameter(PLACES)? as usize;
    if let Some(settings) = call.unit.system.channels[channel][place].clone() {
        let mut only = [false; 2];
        only[channel] = true;
        call.unit.abort(only, super::super::ALL);
        call.unit.output_off(channel);
        let smu = &mut call.unit.smus[channel];
        smu.settings = settings;
        smu.settings.output.on = false;
        smu.point = None;
    }
    Ok(())
}
