//! `:ARM`, `:TRIGger`, `:INITiate`, `:ABORt` (User's Manual table 18-11 and chapter 11).

use super::super::{
    Keithley2400,
    call::{Call, Handled, Limits},
    code,
    readings::CAPACITY,
    settings::{LayerEvent, LayerEvents, Trigger},
};
use crate::engine::channel::OVERFLOW;

/// `:INIT[:IMM]`.
pub(super) fn initiate(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.initiate()
}

/// `:ABOR`.
pub(super) fn abort(call: &mut Call<'_, '_>) -> Handled {
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
pub(super) fn clear(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.connector.forget();
    Ok(())
}

/// `:ARM:COUN`: its product with the trigger count is at most 2500.
pub(super) fn arm_count(call: &mut Call<'_, '_>) -> Handled {
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
pub(super) fn count(call: &mut Call<'_, '_>) -> Handled {
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

/// A trigger-link line, 1 to 4.
pub(super) fn line(call: &mut Call<'_, '_>, of: fn(&mut Trigger) -> &mut u32) -> Handled {
    let limits = Limits { minimum: 1.0, maximum: 4.0, default: 1.0 };
    let present = *of(&mut call.unit.settings.trigger);
    call.whole(
        limits,
        |_| present,
        |unit, line| {
            *of(&mut unit.settings.trigger) = line;
            Ok(())
        },
    )
}

/// `:TRIG:INP` and `:TRIG:OUTP`: any of the three events, or none.
pub(super) fn events(call: &mut Call<'_, '_>, of: fn(&mut Trigger) -> &mut LayerEvents) -> Handled {
    if call.is_query {
        let LayerEvents { source, delay, sense } = *of(&mut call.unit.settings.trigger);
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
    *of(&mut call.unit.settings.trigger) = events;
    Ok(())
}

/// `:FETC?`: the sample buffer, again.
pub(super) fn fetch(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.answer_samples()
}

/// `:READ?`: a run, and its readings.
///
/// With the output off nothing is ever answered: the run is refused (+803) and the fetch finds
/// nothing (-230).
pub(super) fn read(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    if call.unit.settings.trigger.arm_count.is_none() {
        return Err(code::INVALID_WITH_INFINITE_ARM);
    }
    run_and_fetch(call)
}

fn run_and_fetch(call: &mut Call<'_, '_>) -> Handled {
    if !call.resumed {
        if let Err(refused) = call.unit.initiate() {
            call.unit.samples.clear();
            call.unit.report(refused);
            return Err(code::DATA_STALE);
        }
        call.unit.answers_run = true;
        return call.wait();
    }
    if !std::mem::take(&mut call.unit.answers_run) {
        // The run was ended from outside; nobody is answered.
        return Ok(());
    }
    if call.unit.is_busy() {
        call.unit.answers_run = true;
        return call.wait();
    }
    call.answer_samples()
}

/// What `:CONF` and `:MEAS?` select.
#[derive(Clone, Copy)]
pub(super) enum Measured {
    Present,
    Voltage,
    Current,
    Ohms,
}

/// `:CONF:<fn>`: a one-shot measurement of that function alone, its parameters as after `*RST`,
/// and the output **on**.
pub(super) fn configure(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    call.no_parameters()?;
    call.unit.configure(measured);
    Ok(())
}

/// `:MEAS[:<fn>]?`: `:CONF:<fn>` and `:READ?`; without a function `:READ?` of what is configured.
pub(super) fn measure(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    call.no_parameters()?;
    if !call.resumed {
        call.unit.configure(measured);
    }
    run_and_fetch(call)
}

/// `:SENS:DATA[:LAT]?`: the newest reading, without waiting.
pub(super) fn latest(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.answer_latest()
}

impl Keithley2400 {
    fn configure(&mut self, measured: Measured) {
        use super::super::settings::{Functions, OhmsMode, Settings};
        let fresh = Settings::reset();
        let nothing = Functions { voltage: false, current: false, ohms: false };
        let sense = &mut self.settings.sense;
        match measured {
            Measured::Present => {}
            Measured::Voltage => {
                sense.functions = Functions { voltage: true, ..nothing };
                sense.voltage = fresh.sense.voltage;
            }
            Measured::Current => {
                sense.functions = Functions { current: true, ..nothing };
                sense.current = fresh.sense.current;
            }
            Measured::Ohms => {
                sense.functions = Functions { ohms: true, ..nothing };
                sense.ohms = fresh.sense.ohms;
                sense.ohms.mode = OhmsMode::Auto;
            }
        }
        if !matches!(measured, Measured::Present) {
            sense.nplc = fresh.sense.nplc;
            self.settings.trigger = fresh.trigger;
        }
        self.output_on();
    }
}
