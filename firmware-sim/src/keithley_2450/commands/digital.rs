//! `:DIGital`: the lines and their modes (2450 Reference Manual, section 6, from page 6-21).

use super::super::{
    Keithley2450,
    call::{Call, Command, Handled, command},
    code,
    digital::{Direction, LINES, Line, LineType},
    trigger::Event,
};
use crate::engine::choice::Choice;

pub(super) const TABLE: &[Command] = &[
    command(":DIGital:LINE#:MODE[?]", mode),
    command(":DIGital:LINE#:STATe[?]", |call| {
        let index = call.place(0, LINES)?;
        call.toggle(
            |it| it.line_is_high(index),
            |it, high| {
                it.write_line(index, high);
                Ok(())
            },
        )
    }),
    command(":DIGital:READ?", |call| {
        call.no_parameters()?;
        all_digital(call)?;
        let unit = &*call.unit;
        let bits =
            (0..LINES).filter(|it| unit.line_is_high(*it)).fold(0, |bits, it| bits | 1 << it);
        call.answer_whole(bits)
    }),
    command(":DIGital:WRITe", |call| {
        let bits = call.integer(0, 63)?;
        call.no_parameters()?;
        all_digital(call)?;
        for index in 0..LINES {
            call.unit.write_line(index, bits >> index & 1 == 1);
        }
        Ok(())
    }),
];

/// `:DIG:LINE<n>:MODE DIG|TRIG|SYNC, IN|OUT|OPEN|MAST|ACC`.
fn mode(call: &mut Call<'_, '_>) -> Handled {
    let index = call.place(0, LINES)?;
    if call.is_query {
        call.no_parameters()?;
        let Line { kind, direction, .. } = call.unit.lines[index];
        call.answer_choice(kind)?;
        return call.answer_choice(direction);
    }
    let kind = call.parameters.choice(LineType::ALL)?;
    let direction = call.parameters.choice(Direction::ALL)?;
    call.no_parameters()?;
    if !Line::is_mode(kind, direction) {
        return Err(code::ILLEGAL_PARAMETER);
    }
    call.unit.change_line(index, |it| (it.kind, it.direction) = (kind, direction));
    Ok(())
}

/// The whole port can be read and written only where all lines are digital (2461 Reference Manual,
/// page 3-94); that -221 says so is UNVERIFIED.
fn all_digital(call: &Call<'_, '_>) -> Handled {
    let digital = call.unit.lines.iter().all(|it| it.kind == LineType::Digital);
    if digital { Ok(()) } else { Err(code::SETTINGS_CONFLICT) }
}

impl Keithley2450 {
    /// What the trigger templates make of the lines that they use.
    pub(super) fn become_trigger_lines(&mut self, input: usize, output: Option<(usize, Event)>) {
        let line = &mut self.lines[input];
        (line.kind, line.direction) = (LineType::Trigger, Direction::In);
        if let Some((output, stimulus)) = output {
            let line = &mut self.lines[output];
            (line.kind, line.direction) = (LineType::Trigger, Direction::Out);
            line.stimulus = stimulus;
        }
    }
}
