//! `:TRIGger:DIGital`: digital lines as trigger objects (2450 Reference Manual, section 6, from page
//! 6-149).

use super::super::call::{Command, Limits, command};

pub(super) const TABLE: &[Command] = &[
    command(":TRIGger:DIGital#:IN:EDGE[?]", |call| {
        let index = call.place(0, 6)?;
        call.setting(|it| &mut it.lines[index].edge)
    }),
    command(":TRIGger:DIGital#:IN:CLEar", |call| {
        let index = call.place(0, 6)?;
        call.no_parameters()?;
        call.unit.forget_pulses(index);
        Ok(())
    }),
    command(":TRIGger:DIGital#:IN:OVERrun?", |call| {
        let index = call.place(0, 6)?;
        let overrun = call.unit.lines[index].overrun;
        call.answer_toggle(overrun)
    }),
    command(":TRIGger:DIGital#:OUT:STIMulus[?]", |call| {
        let index = call.place(0, 6)?;
        call.setting(|it| &mut it.lines[index].stimulus)
    }),
    command(":TRIGger:DIGital#:OUT:LOGic[?]", |call| {
        let index = call.place(0, 6)?;
        call.setting(|it| &mut it.lines[index].logic)
    }),
    command(":TRIGger:DIGital#:OUT:PULSewidth[?]", |call| {
        let index = call.place(0, 6)?;
        call.real(
            Limits::new(0.0, 100_000.0, 10e-6),
            |it| it.lines[index].pulse_width,
            |it, width| {
                it.lines[index].pulse_width = width;
                Ok(())
            },
        )
    }),
];
