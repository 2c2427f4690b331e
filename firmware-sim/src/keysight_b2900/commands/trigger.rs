//! `:ARM`, `:TRIGger`, `:INITiate`, `:ABORt`, `:IDLE` (TRIGger and ARM subsystems; User's Guide
//! page 6-27 for the model).

use scpi_parser::{
    program::Numeric,
    table::{Command, Table},
};

use super::super::{
    ALL, KeysightB2900,
    call::{Call, Handled, Limits},
    code::{PARAMETER_OUT_OF_RANGE, SETTINGS_CONFLICT, TRIGGER_IGNORED},
    machine::Stage,
    readings::CAPACITY,
    settings::{Action, INFINITE, Layer, Layers, Settings, TriggerSource},
    timing::{INITIATE, QUERY, SETTING},
};
use super::{Entry, command, timed, urgent};
use crate::engine::call::Dialect;

pub(super) const TABLE: Table<Entry> = Table(COMMANDS);

const SOURCE: &[Action] = &[Action::Transient];
const METER: &[Action] = &[Action::Acquire];

/// The layer that a header speaks of.
#[derive(Clone, Copy)]
struct Target {
    actions: &'static [Action],
    of: fn(&mut Layers) -> &mut Layer,
    stage: Stage,
}

const fn arm(actions: &'static [Action]) -> Target {
    Target { actions, of: |it| &mut it.arm, stage: Stage::Arm }
}

const fn trigger(actions: &'static [Action]) -> Target {
    Target { actions, of: |it| &mut it.trigger, stage: Stage::Trigger }
}

/// The commands of a layer, for each of the ways in which its header begins.
macro_rules! layers {
    ({ $($head:literal $target:expr;)+ } $($others:expr,)+) => {
        &[
            $(
                command(concat!($head, ":COUNt[?]"), |call| count(call, $target)),
                command(concat!($head, ":DELay[?]"), |call| delay(call, $target)),
                command(concat!($head, ":SOURce[:SIGNal][?]"), |call| source(call, $target)),
                command(concat!($head, ":TIMer[?]"), |call| timer(call, $target)),
                command(concat!($head, ":BYPass[?]"), |call| bypass(call, $target)),
                command(concat!($head, ":TOUTput[:STATe][?]"), |call| output(call, $target)),
                command(concat!($head, ":TOUTput:SIGNal[?]"), |call| signal(call, $target)),
                command(concat!($head, "[:IMMediate]"), |call| immediate(call, $target)),
                command(concat!($head, ":LXI:LAN:DISable:ALL"), no_lan),
            )+
            $($others,)+
        ]
    };
}

const COMMANDS: &[Command<Entry>] = layers![
    {
    ":ARM#[:ALL]" arm(ALL);
    ":ARM#:TRANsient" arm(SOURCE);
    ":ARM#:ACQuire" arm(METER);
    ":TRIGger#[:ALL]" trigger(ALL);
    ":TRIGger#:TRANsient" trigger(SOURCE);
    ":TRIGger#:ACQuire" trigger(METER);
    // Laboratories write it so. UNVERIFIED.
    ":TRIGger#:MEASure" trigger(METER);
    }
    timed(":INITiate[:IMMediate][:ALL]", INITIATE, QUERY, |call| initiate(call, ALL)),
    timed(":INITiate[:IMMediate]:TRANsient", INITIATE, QUERY, |call| initiate(call, SOURCE)),
    timed(":INITiate[:IMMediate]:ACQuire", INITIATE, QUERY, |call| initiate(call, METER)),
    urgent(":ABORt[:ALL]", SETTING, |call| abort(call, ALL)),
    urgent(":ABORt:TRANsient", SETTING, |call| abort(call, SOURCE)),
    urgent(":ABORt:ACQuire", SETTING, |call| abort(call, METER)),
    command(":IDLE#[:ALL]?", |call| idle(call, ALL)),
    command(":IDLE#:TRANsient?", |call| idle(call, SOURCE)),
    command(":IDLE#:ACQuire?", |call| idle(call, METER)),
];

fn initiate(call: &mut Call<'_, '_>, actions: &[Action]) -> Handled {
    let channels = call.channels()?;
    call.unit.initiate(channels, actions)
}

fn abort(call: &mut Call<'_, '_>, actions: &[Action]) -> Handled {
    let channels = call.channels()?;
    call.unit.abort(channels, actions);
    Ok(())
}

/// `:IDLE?`: 1 or 0 at once. UNVERIFIED: the firmware may wait until it can answer 1.
fn idle(call: &mut Call<'_, '_>, actions: &[Action]) -> Handled {
    let channel = call.channel()?;
    call.no_parameters()?;
    let smu = &call.unit.smus[channel];
    let idle = actions.iter().all(|it| smu.machines[*it as usize].is_idle());
    call.answer_toggle(idle)
}

impl Target {
    fn layer(self, settings: &mut Settings, action: Action) -> &mut Layer {
        (self.of)(&mut settings.trigger[action as usize])
    }

    /// As set now; of the source's where both actions are spoken of.
    fn present(self, call: &mut Call<'_, '_>, channel: usize) -> Layer {
        self.layer(&mut call.unit.smus[channel].settings, self.actions[0]).clone()
    }

    fn set(self, unit: &mut KeysightB2900, channel: usize, change: impl Fn(&mut Layer)) -> Handled {
        for action in self.actions {
            change(self.layer(&mut unit.smus[channel].settings, *action));
        }
        Ok(())
    }
}

const DELAY: Limits = Limits::new(0.0, 100_000.0, 0.0);
const MOST: f64 = CAPACITY as f64;

/// 1 to 100 000, or endless: `INFinity`, 2147483647. The product of the two layers' counts is at
/// most 100 000 (the refusal's number is UNVERIFIED).
fn count(call: &mut Call<'_, '_>, target: Target) -> Handled {
    let channel = call.channel()?;
    let limits = Limits::new(1.0, f64::from(INFINITE), 1.0);
    if call.is_query {
        let present = target.present(call, channel).count;
        let value = call.next_limit(limits)?.map_or(present, |it| it as u32);
        return call.answer_whole(value);
    }
    let count = match call.parameters.number(KeysightB2900::UNITS)? {
        Numeric::Infinity => f64::from(INFINITE),
        number => limits.check(number)?.round(),
    };
    call.no_parameters()?;
    if count > MOST && count != f64::from(INFINITE) {
        return Err(PARAMETER_OUT_OF_RANGE);
    }
    let count = count as u32;
    for action in target.actions {
        let mut layers = call.unit.smus[channel].settings.trigger[*action as usize].clone();
        (target.of)(&mut layers).count = count;
        let (arms, triggers) = (layers.arm.count, layers.trigger.count);
        if !layers.is_endless() && u64::from(arms) * u64::from(triggers) > CAPACITY as u64 {
            return Err(SETTINGS_CONFLICT);
        }
    }
    target.set(call.unit, channel, |it| it.count = count)
}

fn delay(call: &mut Call<'_, '_>, target: Target) -> Handled {
    let channel = call.channel()?;
    let present = target.present(call, channel).delay;
    call.real(
        DELAY,
        |_| present,
        |unit, seconds| target.set(unit, channel, |it| it.delay = seconds),
    )
}

/// In steps of 1 us; the shortest interval is the model's.
fn timer(call: &mut Call<'_, '_>, target: Target) -> Handled {
    let channel = call.channel()?;
    let shortest = call.unit.model.fastest_timer;
    let limits = Limits::new(shortest, 100_000.0, shortest);
    let present = target.present(call, channel).timer;
    call.real(
        limits,
        |_| present,
        |unit, seconds| {
            let seconds = (seconds * 1e6).round() / 1e6;
            target.set(unit, channel, |it| it.timer = seconds)
        },
    )
}

/// A source cannot be changed while what it triggers runs without end: `:ABOR` comes first.
fn source(call: &mut Call<'_, '_>, target: Target) -> Handled {
    let channel = call.channel()?;
    if call.is_query {
        call.no_parameters()?;
        let present = target.present(call, channel).source;
        return call.answer_choice(present);
    }
    let source: TriggerSource = call.choice()?;
    let smu = &call.unit.smus[channel];
    let endless = target.actions.iter().any(|action| {
        let index = *action as usize;
        !smu.machines[index].is_idle() && smu.settings.trigger[index].is_endless()
    });
    if endless {
        return Err(SETTINGS_CONFLICT);
    }
    target.set(call.unit, channel, |it| it.source = source)
}

/// `ONCE`: the first event is not waited for.
fn bypass(call: &mut Call<'_, '_>, target: Target) -> Handled {
    let channel = call.channel()?;
    if call.is_query {
        call.no_parameters()?;
        let once = target.present(call, channel).bypass;
        return call.answer_word(if once { "ONCE" } else { "OFF" });
    }
    let once = call.either("OFF", "ONCE")?;
    target.set(call.unit, channel, |it| it.bypass = once)
}

fn output(call: &mut Call<'_, '_>, target: Target) -> Handled {
    let channel = call.channel()?;
    let present = target.present(call, channel).output.on;
    call.toggle(|_| present, |unit, on| target.set(unit, channel, |it| it.output.on = on))
}

fn signal(call: &mut Call<'_, '_>, target: Target) -> Handled {
    let channel = call.channel()?;
    if call.is_query {
        call.no_parameters()?;
        let present = target.present(call, channel).output.signal;
        return call.answer_choice(present);
    }
    let signal = call.choice()?;
    target.set(call.unit, channel, |it| it.output.signal = signal)
}

/// `[:IMM] [chanlist]`: the event that the layer waits for, whatever its source; ignored where it
/// waits for none (-211).
fn immediate(call: &mut Call<'_, '_>, target: Target) -> Handled {
    let mut channels = call.channels()?;
    // A suffix may say the channel as well.
    let suffix = call.channel()?;
    channels[suffix] |= suffix > 0;
    let now = call.unit.clock.now();
    let mut heard = false;
    for (smu, _) in call.unit.smus.iter_mut().zip(channels).filter(|it| it.1) {
        for action in target.actions {
            let machine = smu.machine(*action);
            if machine.waits_in(target.stage) {
                machine.expect(target.stage, now.max(machine.since));
                heard = true;
            }
        }
    }
    call.unit.refresh_conditions();
    if heard { Ok(()) } else { Err(TRIGGER_IGNORED) }
}

/// LXI events are not simulated: none is enabled, so disabling all changes nothing.
fn no_lan(call: &mut Call<'_, '_>) -> Handled {
    call.channel()?;
    call.no_parameters()
}
