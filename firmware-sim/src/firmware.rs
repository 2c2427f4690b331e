//! What every simulated instrument does, whatever its commands are called.

use scpi_parser::program::Unit;

use crate::engine::{code::Code, disturbance::Disturbances, lines::Connector};

/// How far a unit has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub(crate) enum Flow {
    /// It is done, and its answer, if it has one, written.
    Done,
    /// It goes on when something that runs has ended: [`Firmware::resume`] is called again and
    /// again, and the units behind it wait.
    Later,
}

/// A unit done, or refused.
pub(crate) type Executed = Result<Flow, Code>;

/// Something that happens to an instrument from outside of its commands.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub(crate) enum Upset {
    /// An entry appears in the error queue that no command caused.
    ErrorEntry(i16),
    /// The mains fail for a moment: settings lost, outputs off, queue and buffers empty.
    PowerCycle,
    /// The outputs trip, as after too much heat; the settings stay.
    Trip,
    /// The interlock opens or closes again.
    Interlock { open: bool },
    /// The next readings come in compliance, whatever the device does.
    Compliance { readings: u64 },
    /// The next readings overflow, whatever the device does.
    Overflow { readings: u64 },
    /// Each reading carries one element too many from now on, or as asked again.
    WrongStride { wrong: bool },
}

impl Upset {
    /// What ends one that lasts; another is the same again.
    pub(crate) fn ended(self) -> Upset {
        match self {
            Upset::Interlock { .. } => Upset::Interlock { open: false },
            Upset::Compliance { .. } => Upset::Compliance { readings: 0 },
            Upset::Overflow { .. } => Upset::Overflow { readings: 0 },
            Upset::WrongStride { .. } => Upset::WrongStride { wrong: false },
            other @ (Upset::ErrorEntry(_) | Upset::PowerCycle | Upset::Trip) => other,
        }
    }
}

/// What kind of wire a message came over, as far as firmware makes a difference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Wire {
    /// Anything that carries all eight bits and says where a message ends, or a stream that is
    /// taken for it.
    #[default]
    Bus,
    /// RS-232.
    Serial,
}

/// The inside of an instrument: it executes units of program messages, and runs.
///
/// Time is simulated. [`execute`](Firmware::execute) lets as much of it pass as the command takes;
/// what a command starts goes on in [`run`](Firmware::run).
pub(crate) trait Firmware: Send {
    /// Executes one unit. What it answers goes behind what its message has answered so far, after
    /// a semicolon.
    fn execute(&mut self, unit: &Unit<'_>, reply: &mut Vec<u8>) -> Executed;

    /// Goes on with a unit that answered [`Flow::Later`].
    fn resume(&mut self, unit: &Unit<'_>, reply: &mut Vec<u8>) -> Executed;

    /// Whether a unit has to wait until what runs has ended.
    fn defers(&self, unit: &Unit<'_>) -> bool;

    /// Whether a unit is executed even where others wait before it.
    fn is_urgent(&self, unit: &Unit<'_>) -> bool;

    /// Lets what runs go on until it ends, waits for an event, or `horizon` is reached. What would
    /// never end makes one pass where the horizon is infinite.
    fn run(&mut self, horizon: f64);

    /// Whether something runs that [`run`](Firmware::run) would carry on without an event from
    /// outside.
    fn is_running(&self) -> bool;

    /// Lets simulated time pass with nothing to do.
    fn pass(&mut self, seconds: f64);

    /// Seconds of simulated time since power-on.
    fn now(&self) -> f64;

    /// Adds to the error queue.
    fn raise(&mut self, code: Code);

    /// The status byte; `message_available` where a reply waits to be read.
    fn status_byte(&self, message_available: bool) -> u8;

    /// Device clear, by the link: what waits and what runs ends, the settings stay.
    fn clear(&mut self);

    /// Something happens to the instrument.
    fn suffer(&mut self, upset: Upset);

    /// What bad days make of it now.
    fn disturbances(&self) -> &Disturbances;

    /// Readings made since power-on, of all channels.
    fn readings(&self) -> u64 {
        0
    }

    /// Why a unit is refused on this wire, where it is accepted on others.
    fn refuses_on(&self, _wire: Wire, _unit: &Unit<'_>) -> Option<Code> {
        None
    }

    /// Whether its GPIB port hangs when it is to talk in the middle of a message to it, instead of
    /// forgetting the message with an error as IEEE 488.2 wants it.
    fn hangs_unterminated(&self) -> bool {
        false
    }

    /// Whether any output is on.
    fn output_is_on(&self) -> bool;

    /// The headers that it knows, as its manual writes them.
    fn headers(&self) -> Vec<&'static str>;

    /// The ends of its trigger cables.
    fn connector(&mut self) -> &mut Connector;

    /// The terminals of a channel, from zero; `None` beyond the last.
    fn terminals(&mut self, channel: usize) -> Option<&mut crate::terminals::Terminals>;
}
