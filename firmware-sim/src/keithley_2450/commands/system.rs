//! `:SYSTem` (2450 Reference Manual, section 6, from page 6-98).

use super::super::{
    call::{Call, Command, Handled, Limits, command},
    code::{self, Severity},
    log,
};
use crate::engine::{
    choice::{Choice, choice},
    date::Date,
};

choice!(
    /// The kinds of event that `:SYST:EVEN:COUN?` counts.
    EventKind { Error = "ERRor", Warning = "WARNing", Information = "INFormation", All = "ALL" }
);
choice!(
    /// `:SYST:POS`.
    PowerOnSetup { Reset = "RST", Saved1 = "SAV1", Saved2 = "SAV2", Saved3 = "SAV3", Saved4 = "SAV4" }
);

const ERRORS: u32 = Severity::Error as u32;
const ALL: u32 = ERRORS | Severity::Warning as u32 | Severity::Information as u32;

pub(super) const TABLE: &[Command] = &[
    command(":SYSTem:ERRor[:NEXT]?", |call| next(call, ERRORS)),
    command(":SYSTem:ERRor:CODE[:NEXT]?", |call| {
        call.no_parameters()?;
        let number = log::number(call.unit.status.log.take(ERRORS).as_ref());
        call.answer_text(&number.to_string())
    }),
    command(":SYSTem:ERRor:COUNt?", |call| {
        call.no_parameters()?;
        let count = call.unit.status.log.count(ERRORS);
        call.answer_whole(count as u32)
    }),
    command(":SYSTem:EVENtlog:NEXT?", |call| next(call, ALL)),
    command(":SYSTem:EVENtlog:COUNt?", count_events),
    command(":SYSTem:EVENtlog:POST", post),
    command(":SYSTem:CLEar", |call| {
        call.no_parameters()?;
        call.unit.status.log.clear();
        Ok(())
    }),
    command(":SYSTem:LFRequency?", |call| {
        let hertz = call.unit.line_frequency;
        call.answer_whole(hertz as u32)
    }),
    // UNVERIFIED which year.
    command(":SYSTem:VERSion?", |call| call.answer_text("1999.0")),
    command(":SYSTem:TIME[?]", time),
    command(":SYSTem:ACCess[?]", |call| call.setting(|it| &mut it.access)),
    command(":SYSTem:POSetup[?]", |call| {
        call.chosen(
            |_| PowerOnSetup::Reset,
            |_, setup| match setup {
                PowerOnSetup::Reset => Ok(()),
                // Which of the set-ups of `*SAV` survive the mains is UNVERIFIED: none here.
                _ => Err(code::SETTINGS_CONFLICT),
            },
        )
    }),
    command(":SYSTem:BEEPer[:IMMediate]", |call| {
        call.number(Limits::new(20.0, 8000.0, 500.0))?;
        call.number(Limits::new(0.001, 100.0, 0.5))?;
        call.no_parameters()
    }),
    command(":SYSTem:COMMunication:LAN:CONFigure[?]", lan),
    command(":SYSTem:COMMunication:LAN:MACaddress?", |call| {
        call.answer_string("00:60:1A:00:00:00")
    }),
    command(":SYSTem:GPIB:ADDRess[?]", |call| {
        call.whole(
            Limits::new(1.0, 30.0, 18.0),
            |it| it.gpib_address,
            |it, address| {
                it.gpib_address = address;
                Ok(())
            },
        )
    }),
];

fn next(call: &mut Call<'_, '_>, severities: u32) -> Handled {
    call.no_parameters()?;
    let event = call.unit.status.log.take(severities);
    call.answer_text(&log::written(event.as_ref()))
}

/// `:SYST:EVEN:COUN? [kind]`.
fn count_events(call: &mut Call<'_, '_>) -> Handled {
    let kind = call.next_choice()?.unwrap_or(EventKind::All);
    call.no_parameters()?;
    let severities = match kind {
        EventKind::Error => ERRORS,
        EventKind::Warning => Severity::Warning as u32,
        EventKind::Information => Severity::Information as u32,
        EventKind::All => ALL,
    };
    let count = call.unit.status.log.count(severities);
    call.answer_whole(count as u32)
}

/// `:SYST:EVEN:POST "text"[, kind]`.
fn post(call: &mut Call<'_, '_>) -> Handled {
    let text = call.text()?;
    let kind = if call.has_more() {
        call.parameters.choice(EventKind::ALL)?
    } else {
        EventKind::Information
    };
    call.no_parameters()?;
    let severity = match kind {
        EventKind::Error => Severity::Error,
        EventKind::Warning => Severity::Warning,
        EventKind::Information => Severity::Information,
        EventKind::All => return Err(code::ILLEGAL_PARAMETER),
    };
    call.unit.log_text(severity, text);
    Ok(())
}

/// `:SYST:TIME year, month, day, hour, minute, second`, or hours, minutes and seconds alone; the
/// query answers seconds since 1970.
fn time(call: &mut Call<'_, '_>) -> Handled {
    let now = call.unit.clock.now();
    let shown = call.unit.epoch + now;
    if call.is_query {
        // `1` asks for the other form (page 6-106); UNVERIFIED how it is written.
        if call.has_more() {
            call.integer(1, 1)?;
            call.no_parameters()?;
            return call.answer_text(&Date::at(shown).logged());
        }
        return call.answer_text(&format!("{}", shown.floor()));
    }
    let mut fields = [0u32; 6];
    let mut count = 0;
    while call.has_more() {
        let field = call.integer(0, 9999)?;
        *fields.get_mut(count).ok_or(code::TOO_MUCH_DATA)? = field;
        count += 1;
    }
    let midnight = (shown / 86_400.0).floor() * 86_400.0;
    let time = match count {
        6 => Date::seconds(fields),
        3 => {
            let [hour, minute, second, ..] = fields;
            Date::seconds([1970, 1, 1, hour, minute, second]).map(|it| midnight + it)
        }
        _ => None,
    };
    call.unit.epoch = time.ok_or(code::PARAMETER_OUT_OF_RANGE)? - now;
    Ok(())
}

/// `:SYST:COMM:LAN:CONF`: read and kept; the simulated link has its address from elsewhere.
fn lan(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        let configuration = call.unit.lan.clone();
        return call.answer_string(&configuration);
    }
    let configuration = call.text()?;
    call.no_parameters()?;
    let mode = configuration.split(',').next().unwrap_or_default().trim().to_ascii_uppercase();
    if !["AUTO", "MANUAL"].contains(&mode.as_str()) {
        return Err(code::ILLEGAL_PARAMETER);
    }
    call.unit.lan = configuration;
    Ok(())
}
