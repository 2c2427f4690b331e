//! `:ARM`, `:TRIGger`, `:INITiate`, `:ABORt` (User's Manual table 18-11 and chapter 11).

use scpi_parser::table::Table;

use super::{
    super::{
        call::{Call, Handled, Limits, Place},
        code,
        readings::CAPACITY,
        settings::{ArmSource, LayerEvent, LayerEvents},
    },
    Entry, command, urgent,
};
use crate::engine::channel::OVERFLOW;

pub(super) const TABLE: Table<Entry> = Table(&[
    command(":INITiate[:IMMediate]", initiate),
    urgent(":ABORt", abort),
    command(":ARM[:SEQuence#][:LAYer#]:COUNt[?]", arm_count),
    command(":ARM[:SEQuence#][:LAYer#]:SOURce[?]", arm_source),
    command(":ARM[:SEQuence#][:LAYer#]:TIMer[?]", |call| {
        call.figure(TIMER, |it| &mut it.trigger.arm_timer)
    }),
    command(":ARM[:SEQuence#][:LAYer#][:TCONfigure]:DIRection[?]", |call| {
        call.setting(|unit| &mut unit.settings.trigger.arm_bypass)
    }),
    command(":ARM[:SEQuence#][:LAYer#][:TCONfigure][:ASYNchronous]:ILINe[?]", |call| {
        call.number(LINES, |it| &mut it.trigger.arm_input_line)
    }),
    command(":ARM[:SEQuence#][:LAYer#][:TCONfigure][:ASYNchronous]:OLINe[?]", |call| {
        call.number(LINES, |it| &mut it.trigger.arm_output_line)
    }),
    command(":ARM[:SEQuence#][:LAYer#][:TCONfigure][:ASYNchronous]:OUTPut[?]", |call| {
        call.setting(|unit| &mut unit.settings.trigger.arm_output)
    }),
    command(":TRIGger:CLEar", clear),
    command(":TRIGger[:SEQuence#]:COUNt[?]", count),
    command(":TRIGger[:SEQuence#]:DELay[?]", |call| call.figure(DELAY, |it| &mut it.trigger.delay)),
    command(":TRIGger[:SEQuence#]:SOURce[?]", |call| {
        call.setting(|unit| &mut unit.settings.trigger.source)
    }),
    command(":TRIGger[:SEQuence#][:TCONfigure]:DIRection[?]", |call| {
        call.setting(|unit| &mut unit.settings.trigger.bypass)
    }),
    command(":TRIGger[:SEQuence#][:TCONfigure][:ASYNchronous]:ILINe[?]", |call| {
        call.number(LINES, |it| &mut it.trigger.input_line)
    }),
    command(":TRIGger[:SEQuence#][:TCONfigure][:ASYNchronous]:OLINe[?]", |call| {
        call.number(LINES, |it| &mut it.trigger.output_line)
    }),
    command(":TRIGger[:SEQuence#][:TCONfigure][:ASYNchronous]:INPut[?]", |call| {
        events(call, |it| &mut it.trigger.inputs)
    }),
    command(":TRIGger[:SEQuence#][:TCONfigure][:ASYNchronous]:OUTPut[?]", |call| {
        events(call, |it| &mut it.trigger.outputs)
    }),
]);

const TIMER: Limits = Limits::new(0.001, 99_999.99, 0.1);
const DELAY: Limits = Limits::new(0.0, 999.9999, 0.0);
const LINES: Limits = Limits::new(1.0, 4.0, 1.0);

/// `:INIT[:IMM]`.
fn initiate(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.initiate()
}

/// `:ABOR`.
fn abort(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.abort();
    Ok(())
}

/// `*TRG`: the event that an arm layer on `BUS` waits for; ignored by anything else (-211).
pub(super) fn bus_trigger(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.bus_trigger()
}

/// `:TRIG:CLE`: pending input triggers are forgotten.
fn clear(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.connector.forget();
    Ok(())
}

/// `:ARM:COUN`: its product with the trigger count is at most 2500.
fn arm_count(call: &mut Call<'_, '_>) -> Handled {
    if !call.is_query && call.infinity_keyword() {
        call.unit.settings.trigger.arm_count = None;
        return call.no_parameters();
    }
    if call.is_query && call.unit.settings.trigger.arm_count.is_none() {
        return call.answer_real(OVERFLOW);
    }
    let limits = Limits { minimum: 1.0, maximum: 2500.0, default: 1.0 };
    call.whole(
        limits,
        |unit| unit.settings.trigger.arm_count.unwrap_or(0),
        |unit, count| {
            let trigger = &mut unit.settings.trigger;
            check_product(count, trigger.count)?;
            trigger.arm_count = Some(count);
            Ok(())
        },
    )
}

/// `:TRIG:COUN`.
fn count(call: &mut Call<'_, '_>) -> Handled {
    let limits = Limits { minimum: 1.0, maximum: 2500.0, default: 1.0 };
    call.whole(
        limits,
        |unit| unit.settings.trigger.count,
        |unit, count| {
            let trigger = &mut unit.settings.trigger;
            check_product(trigger.arm_count.unwrap_or(1), count)?;
            trigger.count = count;
            Ok(())
        },
    )
}

fn check_product(arms: u32, triggers: u32) -> Handled {
    if arms as usize * triggers as usize > CAPACITY {
        return Err(code::SETTINGS_CONFLICT);
    }
    Ok(())
}

/// `:ARM:SOUR`. The 488.1 protocol has no bus trigger (appendix G).
fn arm_source(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        return call.setting(|unit| &mut unit.settings.trigger.arm_source);
    }
    let source: ArmSource = call.choice()?;
    if source == ArmSource::Bus && !call.unit.link.message_exchange {
        return Err(code::SETTINGS_CONFLICT);
    }
    call.unit.settings.trigger.arm_source = source;
    Ok(())
}

/// `:TRIG:INP` and `:TRIG:OUTP`: any of the three events, or none.
fn events(call: &mut Call<'_, '_>, of: Place<LayerEvents>) -> Handled {
    if call.is_query {
        let LayerEvents { source, delay, sense } = *of(&mut call.unit.settings);
        let on =
            [(source, LayerEvent::Source), (delay, LayerEvent::Delay), (sense, LayerEvent::Sense)];
        let on: Vec<_> = on.into_iter().filter(|it| it.0).map(|it| it.1).collect();
        if on.is_empty() {
            return call.answer_choice(LayerEvent::None);
        }
        return on.into_iter().try_for_each(|event| call.answer_choice(event));
    }
    let mut events = LayerEvents::default();
    let mut event = call.choice_of_several()?;
    loop {
        match event {
            LayerEvent::Source => events.source = true,
            LayerEvent::Delay => events.delay = true,
            LayerEvent::Sense => events.sense = true,
            LayerEvent::None => events = LayerEvents::default(),
        }
        match call.next_choice()? {
            Some(next) => event = next,
            None => break,
        }
    }
    *of(&mut call.unit.settings) = events;
    Ok(())
}
