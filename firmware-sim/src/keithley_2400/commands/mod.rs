//! The headers of the 2400, each with the place in the Series 2400 User's Manual (2400S-900-01
//! Rev K) that describes it. What is not here is refused with -113.

mod sense;
mod source;
mod status;
mod system;
mod trace;
mod trigger;

use scpi_parser::table::{Command, Table};

pub(super) use self::source::check_sweep;
use self::trigger::Measured;
use super::{
    Keithley2400,
    call::{Handler, Limits},
};
use crate::engine::channel::Quantity;

/// What a header does, and whether it is executed also outside of idle.
pub(super) struct Entry {
    pub(super) handler: Handler<Keithley2400>,
    pub(super) urgent: bool,
}

const SOAK: Limits = Limits { minimum: 0.0, maximum: 9999.999, default: 0.0 };
const HOLD: Limits = Limits { minimum: 0.0, maximum: 999.9999, default: 0.0 };
const FILTER: Limits = Limits { minimum: 1.0, maximum: 100.0, default: 10.0 };
const TIMER: Limits = Limits { minimum: 0.001, maximum: 99_999.99, default: 0.1 };
const TRIGGER_DELAY: Limits = Limits { minimum: 0.0, maximum: 999.9999, default: 0.0 };

const fn command(pattern: &'static str, handler: Handler<Keithley2400>) -> Command<Entry> {
    Command { pattern, action: Entry { handler, urgent: false } }
}

const fn urgent(pattern: &'static str, handler: Handler<Keithley2400>) -> Command<Entry> {
    Command { pattern, action: Entry { handler, urgent: true } }
}

pub(super) const TABLE: Table<Entry> = Table(&[
    // Common commands (table 14-1). DCL and the like belong to the link.
    command("*CLS", status::clear),
    command("*ESE[?]", status::standard_enable),
    command("*ESR?", status::standard_event),
    command("*IDN?", system::identity),
    command("*OPC[?]", system::operation_complete),
    command("*OPT?", system::zero),
    urgent("*RCL", system::recall),
    urgent("*RST", system::reset),
    command("*SAV", system::save),
    command("*SRE[?]", status::service_enable),
    command("*STB?", status::status_byte),
    urgent("*TRG", trigger::bus_trigger),
    command("*TST?", system::zero),
    command("*WAI", system::nothing),
    // Signal-oriented commands (table 3-1 and pages 18-3 to 18-6).
    command(":CONFigure:VOLTage[:DC]", |call| trigger::configure(call, Measured::Voltage)),
    command(":MEASure:VOLTage[:DC]?", |call| trigger::measure(call, Measured::Voltage)),
    command(":CONFigure:CURRent[:DC]", |call| trigger::configure(call, Measured::Current)),
    command(":MEASure:CURRent[:DC]?", |call| trigger::measure(call, Measured::Current)),
    command(":CONFigure:RESistance", |call| trigger::configure(call, Measured::Ohms)),
    command(":MEASure:RESistance?", |call| trigger::measure(call, Measured::Ohms)),
    command(":MEASure?", |call| trigger::measure(call, Measured::Present)),
    command(":READ?", trigger::read),
    command(":FETCh?", trigger::fetch),
    command("[:SENSe#]:DATA[:LATest]?", trigger::latest),
    // Source (table 18-7).
    command(":SOURce#:FUNCtion[:MODE][?]", source::function),
    command(":SOURce#:VOLTage[:LEVel][:IMMediate][:AMPLitude][?]", |call| {
        source::level(call, Quantity::Voltage)
    }),
    command(":SOURce#:VOLTage[:LEVel]:TRIGgered[:AMPLitude][?]", |call| {
        source::triggered_level(call, Quantity::Voltage)
    }),
    command(":SOURce#:VOLTage:MODE[?]", |call| source::mode(call, Quantity::Voltage)),
    command(":SOURce#:VOLTage:RANGe[?]", |call| source::range(call, Quantity::Voltage)),
    command(":SOURce#:VOLTage:RANGe:AUTO[?]", |call| source::range_auto(call, Quantity::Voltage)),
    command(":SOURce#:VOLTage:STARt[?]", |call| source::start(call, Quantity::Voltage)),
    command(":SOURce#:VOLTage:STOP[?]", |call| source::stop(call, Quantity::Voltage)),
    command(":SOURce#:VOLTage:STEP[?]", |call| source::step(call, Quantity::Voltage)),
    command(":SOURce#:VOLTage:CENTer[?]", |call| source::centre(call, Quantity::Voltage)),
    command(":SOURce#:VOLTage:SPAN[?]", |call| source::span(call, Quantity::Voltage)),
    command(":SOURce#:LIST:VOLTage[?]", |call| source::list(call, Quantity::Voltage)),
    command(":SOURce#:LIST:VOLTage:APPend", |call| source::append(call, Quantity::Voltage)),
    command(":SOURce#:LIST:VOLTage:POINts?", |call| source::list_points(call, Quantity::Voltage)),
    command(":SOURce#:LIST:VOLTage:STARt[?]", |call| source::list_start(call, Quantity::Voltage)),
    command(":SOURce#:CURRent[:LEVel][:IMMediate][:AMPLitude][?]", |call| {
        source::level(call, Quantity::Current)
    }),
    command(":SOURce#:CURRent[:LEVel]:TRIGgered[:AMPLitude][?]", |call| {
        source::triggered_level(call, Quantity::Current)
    }),
    command(":SOURce#:CURRent:MODE[?]", |call| source::mode(call, Quantity::Current)),
    command(":SOURce#:CURRent:RANGe[?]", |call| source::range(call, Quantity::Current)),
    command(":SOURce#:CURRent:RANGe:AUTO[?]", |call| source::range_auto(call, Quantity::Current)),
    command(":SOURce#:CURRent:STARt[?]", |call| source::start(call, Quantity::Current)),
    command(":SOURce#:CURRent:STOP[?]", |call| source::stop(call, Quantity::Current)),
    command(":SOURce#:CURRent:STEP[?]", |call| source::step(call, Quantity::Current)),
    command(":SOURce#:CURRent:CENTer[?]", |call| source::centre(call, Quantity::Current)),
    command(":SOURce#:CURRent:SPAN[?]", |call| source::span(call, Quantity::Current)),
    command(":SOURce#:LIST:CURRent[?]", |call| source::list(call, Quantity::Current)),
    command(":SOURce#:LIST:CURRent:APPend", |call| source::append(call, Quantity::Current)),
    command(":SOURce#:LIST:CURRent:POINts?", |call| source::list_points(call, Quantity::Current)),
    command(":SOURce#:LIST:CURRent:STARt[?]", |call| source::list_start(call, Quantity::Current)),
    command(":SOURce#:VOLTage:PROTection[:LEVel][?]", source::over_voltage),
    command(":SOURce#:DELay[?]", source::delay),
    command(":SOURce#:DELay:AUTO[?]", |call| {
        call.toggle(
            |it| it.settings.source.delay_auto,
            |it, on| {
                it.settings.source.delay_auto = on;
                Ok(())
            },
        )
    }),
    command(":SOURce#:SOAK[?]", |call| {
        call.real(
            SOAK,
            |it| it.settings.source.soak,
            |it, value| {
                it.settings.source.soak = value;
                Ok(())
            },
        )
    }),
    command(":SOURce#:CLEar[:IMMediate]", source::clear),
    command(":SOURce#:CLEar:AUTO[?]", |call| {
        call.toggle(
            |it| it.settings.source.clear_auto,
            |it, on| {
                it.settings.source.clear_auto = on;
                it.apply();
                Ok(())
            },
        )
    }),
    command(":SOURce#:CLEar:AUTO:MODE[?]", |call| {
        call.setting(|it| &mut it.settings.source.clear_mode)
    }),
    command(":SOURce#:SWEep:SPACing[?]", |call| call.setting(|it| &mut it.settings.source.spacing)),
    command(":SOURce#:SWEep:POINts[?]", source::sweep_points),
    command(":SOURce#:SWEep:DIRection[?]", |call| {
        call.setting(|it| &mut it.settings.source.direction)
    }),
    command(":SOURce#:SWEep:RANGing[?]", |call| {
        call.setting(|it| &mut it.settings.source.sweep_ranging)
    }),
    command(":SOURce#:SWEep:CABort[?]", |call| {
        call.setting(|it| &mut it.settings.source.compliance_abort)
    }),
    // Output (table 18-4) and terminals (table 18-5).
    command(":OUTPut#[:STATe][?]", source::output),
    command(":OUTPut#:SMODe[?]", |call| call.setting(|it| &mut it.settings.output.off_state)),
    command(":OUTPut#:ENABle[:STATe][?]", |call| {
        call.toggle(
            |it| it.settings.output.enable_line,
            |it, on| {
                it.settings.output.enable_line = on;
                Ok(())
            },
        )
    }),
    command(":OUTPut#:ENABle:TRIPped?", system::enable_tripped),
    command(":ROUTe:TERMinals[?]", system::terminals),
    // Sense (table 18-6).
    command("[:SENSe#]:FUNCtion:CONCurrent[?]", sense::concurrent),
    command("[:SENSe#]:FUNCtion[:ON][?]", sense::functions_on),
    command("[:SENSe#]:FUNCtion[:ON]:ALL", sense::all_functions_on),
    command("[:SENSe#]:FUNCtion[:ON]:COUNt?", sense::functions_count),
    command("[:SENSe#]:FUNCtion:OFF[?]", sense::functions_off),
    command("[:SENSe#]:FUNCtion:OFF:ALL", sense::all_functions_off),
    command("[:SENSe#]:FUNCtion:OFF:COUNt?", sense::functions_off_count),
    command("[:SENSe#]:FUNCtion:STATe?", sense::function_state),
    command("[:SENSe#]:VOLTage[:DC]:RANGe[:UPPer][?]", |call| {
        sense::range(call, Quantity::Voltage)
    }),
    command("[:SENSe#]:VOLTage[:DC]:RANGe:AUTO[?]", |call| {
        sense::range_auto(call, Quantity::Voltage)
    }),
    command("[:SENSe#]:VOLTage[:DC]:RANGe:AUTO:LLIMit[?]", |call| {
        sense::lower_limit(call, Quantity::Voltage)
    }),
    command("[:SENSe#]:VOLTage[:DC]:RANGe:AUTO:ULIMit?", |call| {
        sense::upper_limit(call, Quantity::Voltage)
    }),
    command("[:SENSe#]:VOLTage[:DC]:PROTection[:LEVel][?]", |call| {
        sense::protection(call, Quantity::Voltage)
    }),
    command("[:SENSe#]:VOLTage[:DC]:PROTection:TRIPped?", |call| {
        sense::tripped(call, Quantity::Voltage)
    }),
    command("[:SENSe#]:VOLTage[:DC]:PROTection:RSYNchronize[?]", |call| {
        sense::protection_sync(call, Quantity::Voltage)
    }),
    command("[:SENSe#]:VOLTage[:DC]:NPLCycles[?]", sense::nplc),
    command("[:SENSe#]:CURRent[:DC]:RANGe[:UPPer][?]", |call| {
        sense::range(call, Quantity::Current)
    }),
    command("[:SENSe#]:CURRent[:DC]:RANGe:AUTO[?]", |call| {
        sense::range_auto(call, Quantity::Current)
    }),
    command("[:SENSe#]:CURRent[:DC]:RANGe:AUTO:LLIMit[?]", |call| {
        sense::lower_limit(call, Quantity::Current)
    }),
    command("[:SENSe#]:CURRent[:DC]:RANGe:AUTO:ULIMit?", |call| {
        sense::upper_limit(call, Quantity::Current)
    }),
    command("[:SENSe#]:CURRent[:DC]:PROTection[:LEVel][?]", |call| {
        sense::protection(call, Quantity::Current)
    }),
    command("[:SENSe#]:CURRent[:DC]:PROTection:TRIPped?", |call| {
        sense::tripped(call, Quantity::Current)
    }),
    command("[:SENSe#]:CURRent[:DC]:PROTection:RSYNchronize[?]", |call| {
        sense::protection_sync(call, Quantity::Current)
    }),
    command("[:SENSe#]:CURRent[:DC]:NPLCycles[?]", sense::nplc),
    command("[:SENSe#]:RESistance:MODE[?]", sense::ohms_mode),
    command("[:SENSe#]:RESistance:RANGe[:UPPer][?]", sense::ohms_range),
    command("[:SENSe#]:RESistance:RANGe:AUTO[?]", |call| {
        call.toggle(
            |it| it.settings.sense.ohms.range_auto,
            |it, on| {
                it.settings.sense.ohms.range_auto = on;
                Ok(())
            },
        )
    }),
    command("[:SENSe#]:RESistance:OCOMpensated[?]", |call| {
        call.toggle(
            |it| it.settings.sense.ohms.offset_compensated,
            |it, on| {
                it.settings.sense.ohms.offset_compensated = on;
                Ok(())
            },
        )
    }),
    command("[:SENSe#]:RESistance:NPLCycles[?]", sense::nplc),
    command("[:SENSe#]:CURRent[:DC]:RANGe:HOLD[:STATe][?]", |call| {
        call.toggle(
            |it| it.settings.sense.range_hold,
            |it, on| {
                it.settings.sense.range_hold = on;
                Ok(())
            },
        )
    }),
    command("[:SENSe#]:CURRent[:DC]:RANGe:HOLD:DELay[?]", |call| {
        call.real(
            HOLD,
            |it| it.settings.sense.range_hold_delay,
            |it, value| {
                it.settings.sense.range_hold_delay = value;
                Ok(())
            },
        )
    }),
    command("[:SENSe#]:AVERage[:STATe][?]", |call| {
        call.toggle(
            |it| it.settings.sense.filter,
            |it, on| {
                it.settings.sense.filter = on;
                Ok(())
            },
        )
    }),
    command("[:SENSe#]:AVERage:COUNt[?]", |call| {
        call.whole(
            FILTER,
            |it| it.settings.sense.filter_count,
            |it, value| {
                it.settings.sense.filter_count = value;
                Ok(())
            },
        )
    }),
    command("[:SENSe#]:AVERage:TCONtrol[?]", |call| {
        call.setting(|it| &mut it.settings.sense.filter_control)
    }),
    // Trigger (table 18-11 and chapter 11).
    command(":INITiate[:IMMediate]", trigger::initiate),
    urgent(":ABORt", trigger::abort),
    command(":ARM[:SEQuence#][:LAYer#]:COUNt[?]", trigger::arm_count),
    command(":ARM[:SEQuence#][:LAYer#]:SOURce[?]", |call| {
        call.setting(|it| &mut it.settings.trigger.arm_source)
    }),
    command(":ARM[:SEQuence#][:LAYer#]:TIMer[?]", |call| {
        call.real(
            TIMER,
            |it| it.settings.trigger.arm_timer,
            |it, value| {
                it.settings.trigger.arm_timer = value;
                Ok(())
            },
        )
    }),
    command(":ARM[:SEQuence#][:LAYer#][:TCONfigure]:DIRection[?]", |call| {
        call.setting(|it| &mut it.settings.trigger.arm_bypass)
    }),
    command(":ARM[:SEQuence#][:LAYer#][:TCONfigure][:ASYNchronous]:ILINe[?]", |call| {
        trigger::line(call, |it| &mut it.arm_input_line)
    }),
    command(":ARM[:SEQuence#][:LAYer#][:TCONfigure][:ASYNchronous]:OLINe[?]", |call| {
        trigger::line(call, |it| &mut it.arm_output_line)
    }),
    command(":ARM[:SEQuence#][:LAYer#][:TCONfigure][:ASYNchronous]:OUTPut[?]", |call| {
        call.setting(|it| &mut it.settings.trigger.arm_output)
    }),
    command(":TRIGger:CLEar", trigger::clear),
    command(":TRIGger[:SEQuence#]:COUNt[?]", trigger::count),
    command(":TRIGger[:SEQuence#]:DELay[?]", |call| {
        call.real(
            TRIGGER_DELAY,
            |it| it.settings.trigger.delay,
            |it, value| {
                it.settings.trigger.delay = value;
                Ok(())
            },
        )
    }),
    command(":TRIGger[:SEQuence#]:SOURce[?]", |call| {
        call.setting(|it| &mut it.settings.trigger.source)
    }),
    command(":TRIGger[:SEQuence#][:TCONfigure]:DIRection[?]", |call| {
        call.setting(|it| &mut it.settings.trigger.bypass)
    }),
    command(":TRIGger[:SEQuence#][:TCONfigure][:ASYNchronous]:ILINe[?]", |call| {
        trigger::line(call, |it| &mut it.input_line)
    }),
    command(":TRIGger[:SEQuence#][:TCONfigure][:ASYNchronous]:OLINe[?]", |call| {
        trigger::line(call, |it| &mut it.output_line)
    }),
    command(":TRIGger[:SEQuence#][:TCONfigure][:ASYNchronous]:INPut[?]", |call| {
        trigger::events(call, |it| &mut it.inputs)
    }),
    command(":TRIGger[:SEQuence#][:TCONfigure][:ASYNchronous]:OUTPut[?]", |call| {
        trigger::events(call, |it| &mut it.outputs)
    }),
    // Trace, statistics and format (tables 18-1, 18-3 and 18-10).
    command(":TRACe:POINts[?]", trace::points),
    command(":TRACe:POINts:ACTual?", trace::actual_points),
    command(":TRACe:FEED[?]", trace::feed),
    command(":TRACe:FEED:CONTrol[?]", trace::feed_control),
    command(":TRACe:CLEar", trace::clear),
    command(":TRACe:FREE?", trace::free),
    command(":TRACe:DATA?", trace::data),
    command(":TRACe:TSTamp:FORMat[?]", |call| call.setting(|it| &mut it.trace.timestamp)),
    command(":CALCulate3:FORMat[?]", |call| call.setting(|it| &mut it.settings.statistic)),
    command(":CALCulate3:DATA?", trace::statistics),
    command(":FORMat[:DATA][?]", trace::data_format),
    command(":FORMat:ELEMents[:SENSe#][?]", trace::elements),
    command(":FORMat:SREGister[?]", |call| call.setting(|it| &mut it.settings.format.registers)),
    command(":FORMat:BORDer[?]", |call| call.setting(|it| &mut it.settings.format.order)),
    // System and display (tables 18-2 and 18-9).
    command(":SYSTem:ERRor[:NEXT]?", status::next_error),
    command(":SYSTem:ERRor:ALL?", status::all_errors),
    command(":SYSTem:ERRor:COUNt?", status::count_errors),
    command(":SYSTem:ERRor:CODE[:NEXT]?", status::next_code),
    command(":SYSTem:ERRor:CODE:ALL?", status::all_codes),
    command(":SYSTem:CLEar", status::clear_queue),
    urgent(":SYSTem:PRESet", system::preset),
    command(":SYSTem:VERSion?", system::version),
    command(":SYSTem:RSENse[?]", |call| {
        call.toggle(
            |it| it.settings.four_wire,
            |it, on| {
                it.settings.four_wire = on;
                Ok(())
            },
        )
    }),
    command(":SYSTem:AZERo[:STATe][?]", system::auto_zero),
    command(":SYSTem:AZERo:CACHing[:STATe][?]", |call| {
        call.toggle(
            |it| it.settings.zero_cache,
            |it, on| {
                it.settings.zero_cache = on;
                Ok(())
            },
        )
    }),
    command(":SYSTem:AZERo:CACHing:REFResh", system::nothing),
    command(":SYSTem:AZERo:CACHing:RESet", system::nothing),
    command(":SYSTem:RCMode[?]", |call| call.setting(|it| &mut it.settings.ranging_once)),
    command(":SYSTem:LFRequency[?]", system::line_frequency),
    command(":SYSTem:LFRequency:AUTO[?]", system::line_frequency_auto),
    command(":SYSTem:TIME?", system::time),
    command(":SYSTem:TIME:RESet", system::time_reset),
    command(":SYSTem:TIME:RESet:AUTO[?]", |call| {
        call.toggle(
            |it| it.settings.time_reset_auto,
            |it, on| {
                it.settings.time_reset_auto = on;
                Ok(())
            },
        )
    }),
    command(":SYSTem:GUARd[?]", system::guard),
    command(":SYSTem:BEEPer[:IMMediate]", system::forgotten),
    command(":SYSTem:BEEPer:STATe[?]", |call| {
        call.toggle(
            |it| it.settings.beeper,
            |it, on| {
                it.settings.beeper = on;
                Ok(())
            },
        )
    }),
    command(":SYSTem:KEY", system::forgotten),
    command(":SYSTem:LOCal", system::nothing),
    command(":SYSTem:REMote", system::nothing),
    command(":SYSTem:RWLock", system::nothing),
    command(":DISPlay:ENABle[?]", |call| {
        call.toggle(
            |it| it.display_on,
            |it, on| {
                it.display_on = on;
                Ok(())
            },
        )
    }),
    command(":DISPlay:DIGits[?]", system::digits),
    command(":DISPlay:CNDisplay", system::nothing),
    command(":DISPlay[:WINDow#]:TEXT[:DATA]", system::forgotten),
    command(":DISPlay[:WINDow#]:TEXT:STATe", system::forgotten),
    // Status (chapter 15).
    command(":STATus:MEASurement[:EVENt]?", |call| {
        status::event(call, |it| &mut it.status.measurement)
    }),
    command(":STATus:MEASurement:CONDition?", |call| {
        status::condition(call, |it| &mut it.status.measurement)
    }),
    command(":STATus:MEASurement:ENABle[?]", |call| {
        status::enable(call, |it| &mut it.status.measurement)
    }),
    command(":STATus:OPERation[:EVENt]?", |call| {
        status::event(call, |it| &mut it.status.operation)
    }),
    command(":STATus:OPERation:CONDition?", |call| {
        status::condition(call, |it| &mut it.status.operation)
    }),
    command(":STATus:OPERation:ENABle[?]", |call| {
        status::enable(call, |it| &mut it.status.operation)
    }),
    command(":STATus:QUEStionable[:EVENt]?", |call| {
        status::event(call, |it| &mut it.status.questionable)
    }),
    command(":STATus:QUEStionable:CONDition?", |call| {
        status::condition(call, |it| &mut it.status.questionable)
    }),
    command(":STATus:QUEStionable:ENABle[?]", |call| {
        status::enable(call, |it| &mut it.status.questionable)
    }),
    command(":STATus:PRESet", status::preset),
    command(":STATus:QUEue[:NEXT]?", status::next_error),
    command(":STATus:QUEue:CLEar", status::clear_queue),
    command(":STATus:QUEue:ENABle", system::forgotten),
    command(":STATus:QUEue:DISable", system::forgotten),
]);
