//! `:OUTPut[1]` and `:ROUTe` (2450 Reference Manual, section 6, pages 6-37 to 6-43).

use super::super::{
    call::{Call, Command, Handled, command},
    code,
};
use crate::engine::channel::Quantity::{self, Current, Voltage};

pub(super) const TABLE: &[Command] = &[
    command(":OUTPut#[:STATe][?]", |call| {
        call.toggle(
            |it| it.settings.output,
            |it, on| {
                if on {
                    it.output_on()
                } else {
                    it.output_off()
                }
                Ok(())
            },
        )
    }),
    // Without a function it sets both (page 6-32).
    command(":OUTPut#:SMODe", |call| {
        let off_state = call.choice()?;
        let source = &mut call.unit.settings.source;
        source.voltage.off_state = off_state;
        source.current.off_state = off_state;
        Ok(())
    }),
    command(":OUTPut#:VOLTage:SMODe[?]", |call| off_state(call, Voltage)),
    command(":OUTPut#:CURRent:SMODe[?]", |call| off_state(call, Current)),
    command(":OUTPut#:INTerlock:STATe[?]", |call| {
        call.toggle(
            |it| it.settings.needs_interlock,
            |it, on| {
                it.settings.needs_interlock = on;
                it.mind_interlock();
                Ok(())
            },
        )
    }),
    // 1 where the interlock is closed.
    command(":OUTPut#:INTerlock:TRIPped?", |call| {
        let closed = !call.unit.disturbances.interlock_open;
        call.answer_toggle(closed)
    }),
    command(":ROUTe:TERMinals[?]", terminals),
];

fn off_state(call: &mut Call<'_, '_>, quantity: Quantity) -> Handled {
    call.setting(|it| &mut it.settings.source.of_mut(quantity).off_state)
}

/// `:ROUT:TERM`: a change turns the output off.
fn terminals(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        let rear = call.unit.settings.rear_terminals;
        return call.answer_word(if rear { "REAR" } else { "FRON" });
    }
    let rear = call.either("FRONt", "REAR")?;
    if call.unit.trigger.is_active() {
        return Err(code::PROHIBITED_WHILE_RUNNING);
    }
    if rear != call.unit.settings.rear_terminals {
        call.unit.settings.rear_terminals = rear;
        call.unit.output_off();
    }
    Ok(())
}
