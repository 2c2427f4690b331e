//! Signal-oriented commands: configure, run, answer (User's Manual table 3-1 and pages 18-3 to
//! 18-6).

use scpi_parser::table::Table;

use super::{
    super::{
        Keithley2400,
        call::{Call, Handled},
        code,
        settings::{Functions, OhmsMode, Settings, Trigger},
    },
    Entry, command,
};

pub(super) const TABLE: Table<Entry> = Table(&[
    command(":READ?", read),
    command(":FETCh?", fetch),
    command("[:SENSe#]:DATA[:LATest]?", latest),
    command(":MEASure?", |call| measure(call, Measured::Present)),
    command(":CONFigure?", |call| {
        call.no_parameters()?;
        call.answer_functions(call.unit.settings.sense.functions)
    }),
    command(":CONFigure:VOLTage[:DC]", |call| configure(call, Measured::Voltage)),
    command(":MEASure:VOLTage[:DC]?", |call| measure(call, Measured::Voltage)),
    command(":CONFigure:CURRent[:DC]", |call| configure(call, Measured::Current)),
    command(":MEASure:CURRent[:DC]?", |call| measure(call, Measured::Current)),
    command(":CONFigure:RESistance", |call| configure(call, Measured::Ohms)),
    command(":MEASure:RESistance?", |call| measure(call, Measured::Ohms)),
]);

fn refuse_infinite(unit: &Keithley2400) -> Handled {
    match unit.settings.trigger.arm_count {
        Some(_) => Ok(()),
        None => Err(code::INVALID_WITH_INFINITE_ARM),
    }
}

/// `:FETC?`: the sample buffer, again. Not with an infinite arm count (+830).
fn fetch(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    refuse_infinite(call.unit)?;
    call.answer_samples()
}

/// `:SENS:DATA[:LAT]?`: the newest reading.
fn latest(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    call.answer_latest()
}

/// `:READ?`: a run, and its readings.
///
/// With the output off nothing is ever answered: the run is refused (+803) and the fetch finds
/// nothing (-230).
fn read(call: &mut Call<'_, '_>) -> Handled {
    call.no_parameters()?;
    if !call.resumed {
        refuse_infinite(call.unit)?;
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
#[derive(Clone, Copy, PartialEq)]
enum Measured {
    Present,
    Voltage,
    Current,
    Ohms,
}

/// `:CONF:<fn>`: a one-shot measurement of that function alone, its parameters as after `*RST`,
/// and the output **on**.
fn configure(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    call.no_parameters()?;
    call.unit.configure(measured)
}

/// `:MEAS[:<fn>]?`: `:CONF:<fn>` and `:READ?`; without a function `:READ?` of what is configured.
fn measure(call: &mut Call<'_, '_>, measured: Measured) -> Handled {
    call.no_parameters()?;
    if !call.resumed {
        call.unit.configure(measured)?;
    }
    run_and_fetch(call)
}

impl Keithley2400 {
    fn configure(&mut self, measured: Measured) -> Handled {
        let fresh = Settings::reset(self.model);
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
        if measured != Measured::Present {
            sense.nplc = fresh.sense.nplc;
            self.settings.trigger = Trigger::reset();
        }
        self.output_on()
    }
}
