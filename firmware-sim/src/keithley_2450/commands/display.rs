//! `:DISPlay`: what the front panel shows; nobody sees it here (2450 Reference Manual, section 6,
//! from page 6-24).

use super::super::call::{Call, Command, Handled, Limits, command};
use crate::engine::choice::choice;

choice!(
    /// `:DISP:LIGH:STAT`.
    Light {
        On100 = "ON100", On75 = "ON75", On50 = "ON50", On25 = "ON25", Off = "OFF",
        Blackout = "BLACkout",
    }
);
choice!(
    /// `:DISP:SCR`.
    Screen {
        Home = "HOME", HomeLarge = "HOME_LARGe_reading", Reading = "READing_table",
        Graph = "GRAPh", Histogram = "HISTogram", Swipe = "SWIPE_FUNCtions",
        SwipeGraph = "SWIPE_GRAPh", SwipeSettings = "SWIPE_SETTings", SwipePlot = "SWIPE_PLOT",
        SwipeSource = "SWIPE_SOURce", SwipeStatistics = "SWIPE_STATistics",
        SwipeUser = "SWIPE_USER", Processing = "PROCessing",
    }
);
choice!(
    /// `:DISP:READ:FORM`.
    Notation { Exponent = "EXPonent", Prefix = "PREFix" }
);

/// What was set of it.
#[derive(Clone, Debug)]
pub(in super::super) struct Display {
    light: Light,
    notation: Notation,
    digits: [u32; 3],
}

impl Default for Display {
    fn default() -> Self {
        Display { light: Light::On50, notation: Notation::Prefix, digits: [5; 3] }
    }
}

pub(super) const TABLE: &[Command] = &[
    command(":DISPlay:SCReen", |call| {
        call.choice::<Screen>()?;
        Ok(())
    }),
    command(":DISPlay:CLEar", |call| call.no_parameters()),
    command(":DISPlay:BUFFer:ACTive", |call| {
        call.buffer()?;
        call.no_parameters()
    }),
    command(":DISPlay:LIGHt:STATe[?]", |call| call.setting(|it| &mut it.display.light)),
    command(":DISPlay:READing:FORMat[?]", |call| call.setting(|it| &mut it.display.notation)),
    command(":DISPlay:USER#:TEXT[:DATA]", |call| {
        call.place(0, 2)?;
        call.text()?;
        call.no_parameters()
    }),
    command(":DISPlay:VOLTage:DIGits[?]", |call| digits(call, 0)),
    command(":DISPlay:CURRent:DIGits[?]", |call| digits(call, 1)),
    command(":DISPlay:RESistance:DIGits[?]", |call| digits(call, 2)),
];

fn digits(call: &mut Call<'_, '_>, index: usize) -> Handled {
    call.whole(
        Limits::new(3.0, 6.0, 5.0),
        |it| it.display.digits[index],
        |it, digits| {
            it.display.digits[index] = digits;
            Ok(())
        },
    )
}
