//! `:TRIGger` but its blocks and templates: state, timers, blenders (2450 Reference Manual, section
//! 6, from page 6-127).

use super::super::{
    call::{Call, Command, Handled, Limits, command},
    trigger::{Event, Phase, SAYS_IT_WAITS, Timer},
};
use crate::engine::choice::choice;

choice!(
    /// `:TRIG:BLEN<n>:MODE`.
    BlenderMode { And = "AND", Or = "OR" }
);

pub(super) const TABLE: &[Command] = &[
    command(":TRIGger:STATe?", state),
    command(":TRIGger:TIMer#:DELay[?]", |call| {
        timer_time(call, Limits::new(8e-6, 100_000.0, 10e-6), |it| &mut it.delay)
    }),
    command(":TRIGger:TIMer#:STARt:SEConds[?]", |call| {
        timer_time(call, Limits::new(0.0, 2_147_483_647.0, 0.0), |it| &mut it.start)
    }),
    command(":TRIGger:TIMer#:STARt:FRACtional[?]", |call| {
        timer_time(call, Limits::new(0.0, 1.0, 0.0), |it| &mut it.start_fraction)
    }),
    command(":TRIGger:TIMer#:COUNt[?]", |call| {
        let index = call.place(0, 4)?;
        call.whole(
            Limits::new(0.0, 1_048_575.0, 1.0),
            |it| it.events.timers[index].count,
            |it, count| {
                it.events.timers[index].count = count;
                Ok(())
            },
        )
    }),
    command(":TRIGger:TIMer#:STARt:STIMulus[?]", |call| {
        let index = call.place(0, 4)?;
        call.setting(|it| &mut it.events.timers[index].stimulus)
    }),
    command(":TRIGger:TIMer#:STARt:GENerate[?]", |call| {
        let index = call.place(0, 4)?;
        call.toggle(
            |it| it.events.timers[index].at_start,
            |it, on| {
                it.events.timers[index].at_start = on;
                Ok(())
            },
        )
    }),
    command(":TRIGger:TIMer#:STATe[?]", timer_state),
    command(":TRIGger:TIMer#:STARt:OVERrun?", |call| {
        let index = call.place(0, 4)?;
        let overrun = call.unit.events.timers[index].overrun;
        call.answer_toggle(overrun)
    }),
    command(":TRIGger:TIMer#:CLEar", |call| {
        let index = call.place(0, 4)?;
        call.no_parameters()?;
        let timer = &mut call.unit.events.timers[index];
        timer.stop();
        timer.overrun = false;
        Ok(())
    }),
    command(":TRIGger:BLENder#:MODE[?]", |call| {
        let index = call.place(0, 2)?;
        call.chosen(
            |it| if it.events.blenders[index].all { BlenderMode::And } else { BlenderMode::Or },
            |it, mode| {
                it.events.blenders[index].all = mode == BlenderMode::And;
                Ok(())
            },
        )
    }),
    command(":TRIGger:BLENder#:STIMulus#[?]", |call| {
        let (index, input) = (call.place(0, 2)?, call.place(1, 4)?);
        call.setting(|it| &mut it.events.blenders[index].stimuli[input])
    }),
    command(":TRIGger:BLENder#:OVERrun?", |call| {
        let index = call.place(0, 2)?;
        let overrun = call.unit.events.blenders[index].overrun;
        call.answer_toggle(overrun)
    }),
    command(":TRIGger:BLENder#:CLEar", |call| {
        let index = call.place(0, 2)?;
        call.no_parameters()?;
        call.unit.events.blenders[index].clear();
        Ok(())
    }),
];

/// `:TRIG:STAT?` (page 6-166): the state, the state again, and the block that was executed last. A model says
/// that it waits when it has been in one wait block for 100 ms.
fn state(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let unit = &*call.unit;
    let model = &unit.trigger;
    let waited = unit.clock.now() - model.run.entered_at;
    let state = match model.phase {
        Phase::Waiting if waited > SAYS_IT_WAITS => "WAITING",
        Phase::Running | Phase::Waiting => "RUNNING",
        Phase::Aborted => "ABORTED",
        Phase::Failed => "FAILED",
        Phase::Building => "BUILDING",
        Phase::Idle if model.blocks.is_empty() => "EMPTY",
        Phase::Idle => "IDLE",
    };
    let last = model.run.last;
    call.answer_text(&format!("{state};{state};{last}"))
}

fn timer_time(call: &mut Call<'_, '_>, limits: Limits, of: fn(&mut Timer) -> &mut f64) -> Handled {
    let index = call.place(0, 4)?;
    let present = *of(&mut call.unit.events.timers[index]);
    call.real(
        limits,
        |_| present,
        |unit, value| {
            *of(&mut unit.events.timers[index]) = value;
            Ok(())
        },
    )
}

/// `:TRIG:TIM<n>:STAT`: off stops it; on without a stimulus starts it at its time, or at once where
/// that has passed, and with one when that occurs.
fn timer_state(call: &mut Call<'_, '_>) -> Handled {
    let index = call.place(0, 4)?;
    call.toggle(
        |it| it.events.timers[index].enabled,
        |it, on| {
            let (now, epoch) = (it.clock.now(), it.epoch);
            let timer = &mut it.events.timers[index];
            timer.enabled = on;
            timer.stop();
            if on && timer.stimulus == Event::None {
                timer.begin_on_time(now, epoch);
            }
            Ok(())
        },
    )
}
