//! `:CALCulate1` and `:CALCulate2`: mathematics, null and limit tests (User's Manual chapters 9 and
//! 12, table 18-1). Expressions of one's own are not simulated, nor are the contact check's.

use scpi_parser::table::Table;

use super::{
    super::{
        Keithley2400,
        call::{Call, Handled, Limits},
        code,
        data::Outcome,
        limits::{Expression, Limit, Verdict},
    },
    Entry, command,
    digital::PATTERNS,
    numbered,
};

const LIMITS: u32 = super::super::limits::LIMITS as u32;
const LEVELS: Limits = Limits::new(-9.999_999e20, 9.999_999e20, 0.0);

pub(super) const TABLE: Table<Entry> = Table(&[
    command(":CALCulate:MATH[:EXPRession]:CATalog?", catalogue),
    command(":CALCulate:MATH[:EXPRession]:NAME[?]", name),
    command(":CALCulate1:MATH[:EXPRession]:CATalog?", catalogue),
    command(":CALCulate1:MATH[:EXPRession]:NAME[?]", name),
    command(":CALCulate:STATe[?]", |call| call.switch(|it| &mut it.calculate.math_on)),
    command(":CALCulate1:STATe[?]", |call| call.switch(|it| &mut it.calculate.math_on)),
    command(":CALCulate:DATA?", |call| results(call, Outcome::Math, false)),
    command(":CALCulate:DATA:LATest?", |call| results(call, Outcome::Math, true)),
    command(":CALCulate1:DATA?", |call| results(call, Outcome::Math, false)),
    command(":CALCulate1:DATA:LATest?", |call| results(call, Outcome::Math, true)),
    command(":CALCulate2:FEED[?]", |call| call.setting(|unit| &mut unit.settings.calculate.feed)),
    command(":CALCulate2:NULL:OFFSet[?]", |call| {
        call.figure(LEVELS, |it| &mut it.calculate.null_offset)
    }),
    command(":CALCulate2:NULL:STATe[?]", |call| call.switch(|it| &mut it.calculate.null_on)),
    command(":CALCulate2:NULL:ACQuire", acquire_null),
    command(":CALCulate2:DATA?", |call| results(call, Outcome::Null, false)),
    command(":CALCulate2:DATA:LATest?", |call| results(call, Outcome::Null, true)),
    command(":CALCulate2:LIMit:COMPliance:FAIL[?]", |call| {
        call.setting(|unit| &mut unit.settings.calculate.compliance_fails)
    }),
    command(":CALCulate2:LIMit1:COMPliance:FAIL[?]", |call| {
        call.setting(|unit| &mut unit.settings.calculate.compliance_fails)
    }),
    command(":CALCulate2:LIMit:COMPliance:SOURce2[?]", |call| {
        call.number(PATTERNS, |it| &mut it.calculate.fail_pattern)
    }),
    command(":CALCulate2:LIMit1:COMPliance:SOURce2[?]", |call| {
        call.number(PATTERNS, |it| &mut it.calculate.fail_pattern)
    }),
    numbered(":CALCulate2:LIMit#:STATe[?]", LIMITS, state),
    numbered(":CALCulate2:LIMit#:FAIL?", LIMITS, fail),
    numbered(":CALCulate2:LIMit#:LOWer[:DATA][?]", LIMITS, |call| level(call, |it| &mut it.lower)),
    numbered(":CALCulate2:LIMit#:UPPer[:DATA][?]", LIMITS, |call| level(call, |it| &mut it.upper)),
    numbered(":CALCulate2:LIMit#:LOWer:SOURce2[?]", LIMITS, |call| {
        pattern(call, |it| &mut it.lower_pattern)
    }),
    numbered(":CALCulate2:LIMit#:UPPer:SOURce2[?]", LIMITS, |call| {
        pattern(call, |it| &mut it.upper_pattern)
    }),
    numbered(":CALCulate2:LIMit#:PASS:SOURce2[?]", LIMITS, |call| {
        pattern(call, |it| &mut it.pass_pattern)
    }),
    command(":CALCulate2:CLIMits:CLEar[:IMMediate]", clear),
    command(":CALCulate2:CLIMits:CLEar:AUTO[?]", |call| {
        call.switch(|it| &mut it.calculate.clear_auto)
    }),
    command(":CALCulate2:CLIMits:PASS:SOURce2[?]", |call| {
        call.number(PATTERNS, |it| &mut it.calculate.pass_pattern)
    }),
    command(":CALCulate2:CLIMits:FAIL:SOURce2[?]", |call| {
        call.number(PATTERNS, |it| &mut it.calculate.fail_pattern)
    }),
    command(":CALCulate2:CLIMits:MODE[?]", |call| {
        call.setting(|unit| &mut unit.settings.calculate.mode)
    }),
    command(":CALCulate2:CLIMits:BCONtrol[?]", |call| {
        call.setting(|unit| &mut unit.settings.calculate.bins)
    }),
]);

/// `:CALC1:MATH:CAT?`: the expressions that there are.
fn catalogue(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    Expression::ALL.iter().try_for_each(|(name, _)| call.answer_text(&format!("\"{name}\"")))
}

/// `:CALC1:MATH:NAME "POWER"`: chooses one; another name is not found (+806).
fn name(call: &mut Call<'_, '_>) -> Handled {
    if call.is_query {
        call.no_parameters()?;
        let present = call.unit.settings.calculate.math;
        let known = Expression::ALL.iter().find(|it| it.1 == present);
        return call.answer_text(&format!("\"{}\"", known.map_or("", |it| it.0)));
    }
    let name = call.text()?;
    call.no_parameters()?;
    let known = Expression::ALL.iter().find(|it| it.0.eq_ignore_ascii_case(name.trim()));
    call.unit.settings.calculate.math = known.ok_or(code::EXPRESSION_NOT_FOUND)?.1;
    Ok(())
}

/// `:CALC1:DATA?` and `:CALC2:DATA?`: the results of the last run's readings. A formula over two
/// points needs two (+801).
fn results(call: &mut Call<'_, '_>, of: Outcome, newest: bool) -> Handled {
    call.no_parameters()?;
    let calculate = &call.unit.settings.calculate;
    let vector = of == Outcome::Math && calculate.math != Expression::Power;
    if vector && call.unit.samples.len() == 1 {
        return Err(code::INSUFFICIENT_VECTOR_DATA);
    }
    call.answer_sample_results(of, newest)
}

/// `:CALC2:NULL:ACQ`: the newest reading becomes the offset.
fn acquire_null(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let latest = call.unit.latest.ok_or(code::DATA_STALE)?;
    let calculate = &mut call.unit.settings.calculate;
    calculate.null_on = false;
    calculate.null_offset = calculate.fed(&latest);
    calculate.null_on = true;
    Ok(())
}

fn index(call: &Call<'_, '_>) -> usize {
    call.suffix(0) as usize - 1
}

/// `:CALC2:LIM<n>:STAT`. Number 4 is the contact check, which is not fitted (-241).
fn state(call: &mut Call<'_, '_>) -> Handled {
    let index = index(call);
    let set = |unit: &mut Keithley2400, on| {
        if index == 3 && on {
            return Err(code::HARDWARE_MISSING);
        }
        unit.settings.calculate.limits[index].on = on;
        Ok(())
    };
    call.toggle(|unit| unit.settings.calculate.limits[index].on, set)
}

/// `:CALC2:LIM<n>:FAIL?`: 1 when the test failed last.
fn fail(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    let failed = call.unit.verdicts[index(call)] != Verdict::Passed;
    call.answer_toggle(failed)
}

/// Limit 1 is no comparison of levels, and the contact check has none.
fn refuse_levelless(index: usize) -> Handled {
    if index == 0 || index == 3 { Err(scpi_parser::error::UNDEFINED_HEADER.into()) } else { Ok(()) }
}

fn level(call: &mut Call<'_, '_>, of: fn(&mut Limit) -> &mut f64) -> Handled {
    let index = index(call);
    refuse_levelless(index)?;
    let present = *of(&mut call.unit.settings.calculate.limits[index]);
    call.real(
        LEVELS,
        |_| present,
        |unit, level| {
            *of(&mut unit.settings.calculate.limits[index]) = level;
            Ok(())
        },
    )
}

fn pattern(call: &mut Call<'_, '_>, of: fn(&mut Limit) -> &mut u32) -> Handled {
    let index = index(call);
    refuse_levelless(index)?;
    let present = *of(&mut call.unit.settings.calculate.limits[index]);
    call.whole(
        PATTERNS,
        |_| present,
        |unit, pattern| {
            *of(&mut unit.settings.calculate.limits[index]) = pattern;
            Ok(())
        },
    )
}

/// `:CALC2:CLIM:CLE`.
fn clear(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.unit.clear_verdicts();
    Ok(())
}
