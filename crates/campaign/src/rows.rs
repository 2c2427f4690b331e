//! What goes in and comes out.

use serde::Serialize;

use crate::Source;

/// A run of the campaign, by the number that people see.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RunId(pub i64);

/// An instrument of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct InstrumentId(pub(crate) i64);

/// A pair of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PairId(pub(crate) i64);

/// What is known when a run begins.
#[derive(Clone, Copy, Debug)]
pub struct NewRun<'a> {
    /// The experiment's name.
    pub experiment: &'a str,
    /// `train`, `evaluate`, `gradient`, `match`, `iv` or `import`.
    pub kind: &'a str,
    /// The experiment as resolved.
    pub configuration_json: &'a str,
    /// The bench as resolved.
    pub bench_json: &'a str,
    /// Which memloop.
    pub software_version: &'a str,
    /// What the run was begun from, where it can be resumed.
    pub source: Option<&'a Source>,
}

/// An instrument as it was when the run began.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InstrumentRow {
    /// As the bench names it.
    pub name: String,
    /// VISA resource string.
    pub resource: String,
    /// From `*IDN?`.
    pub maker: String,
    /// From `*IDN?`.
    pub model: String,
    /// From `*IDN?`.
    pub serial: String,
    /// From `*IDN?`.
    pub firmware: String,
    /// The settings as read back.
    pub settings_json: String,
}

/// What was measured as one plan.
#[derive(Clone, Debug, Default)]
pub struct Batch<'a> {
    /// What it was measured for: `iv`, `survey`, `gradient`, or the arm that trained.
    pub phase: &'a str,
    /// Every reading.
    pub readings: Vec<BatchReading<'a>>,
    /// Every point measured, its slope formed or not.
    pub gradients: Vec<BatchGradient<'a>>,
    /// Every level asked.
    pub requests: Vec<BatchRequest>,
}

/// One reading.
#[derive(Clone, Copy, Debug)]
pub struct BatchReading<'a> {
    /// Who measured it.
    pub instrument: InstrumentId,
    /// Place in the order of measurement, from 0, for each instrument; the readings of one shot of a
    /// pair share it.
    pub position: usize,
    /// `point`, `rest`, `survey`, ...; `None` in a sweep of an I-V curve.
    pub purpose: Option<&'a str>,
    /// The place of the point that it was made for.
    pub point: Option<usize>,
    /// V, as sent.
    pub level_volts: f64,
    /// A; `None` when it overflowed or is not a number.
    pub current_amperes: Option<f64>,
    /// The source was limiting.
    pub in_compliance: bool,
    /// Beyond the range.
    pub overflow: bool,
    /// s, on the instrument's clock; stored as NULL when it is not a number.
    pub instrument_seconds: f64,
    /// The instrument's status word.
    pub status: u32,
    /// s; of a pair's probe, how much later it was measured than the base.
    pub skew_seconds: Option<f64>,
    /// s; half the width of the interval around it.
    pub skew_uncertainty_seconds: Option<f64>,
}

/// A reading as it lies on disk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ReadingRow {
    /// The number of its batch, which grows with time.
    pub batch: i64,
    /// What the batch was measured for.
    pub phase: String,
    /// Who measured it.
    pub instrument: String,
    /// Place in the order of measurement, from 0, for each instrument of a batch; the readings of one
    /// shot of a pair share it.
    pub position: usize,
    /// `point`, `rest`, `survey`, ...; `None` in a sweep of an I-V curve.
    pub purpose: Option<String>,
    /// The place of the point that it was made for.
    pub point: Option<usize>,
    /// V, as sent.
    pub level_volts: f64,
    /// A; `None` when it overflowed or is not a number.
    pub current_amperes: Option<f64>,
    /// The source was limiting.
    pub in_compliance: bool,
    /// Beyond the range.
    pub overflow: bool,
    /// s, on the instrument's clock; `None` when that gave no number.
    pub instrument_seconds: Option<f64>,
    /// The instrument's status word.
    pub status: u32,
    /// s; of a pair's probe, how much later it was measured than the base.
    pub skew_seconds: Option<f64>,
    /// s; half the width of the interval around it.
    pub skew_uncertainty_seconds: Option<f64>,
}

/// A slope as it lies on disk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GradientRow {
    /// The number of its batch, which grows with time.
    pub batch: i64,
    /// What the batch was measured for.
    pub phase: String,
    /// Which pair.
    pub pair: String,
    /// The point's place in its plan: the readings with this `point` were made for it.
    pub position: usize,
    /// V, where current and slope belong; `None` where that is not in the file.
    pub level_volts: Option<f64>,
    /// The estimator.
    pub method: String,
    /// Whose current and slope they are: `base`, or the `mean` of the two.
    pub device: String,
    /// V, between the levels as sent.
    pub delta_v_volts: f64,
    /// A; `None` where a reading that it rests on has none.
    pub current_amperes: Option<f64>,
    /// A, one standard uncertainty; `None` where it is not known.
    pub current_uncertainty_amperes: Option<f64>,
    /// S; `None` where no slope could be formed.
    pub didv_siemens: Option<f64>,
    /// S, one standard uncertainty; `None` where it is not known.
    pub didv_uncertainty_siemens: Option<f64>,
    /// Why none could be formed.
    pub absent_because: Option<String>,
    /// A negative slope of a monotonic device, raised to zero.
    pub clamped: bool,
}

/// One point: current and slope, or why there is none.
#[derive(Clone, Debug)]
pub struct BatchGradient<'a> {
    /// Which pair.
    pub pair: PairId,
    /// The point's place in its plan.
    pub position: usize,
    /// V, where current and slope belong.
    pub level_volts: f64,
    /// The estimator.
    pub method: &'a str,
    /// `base`, or `mean`.
    pub device: &'a str,
    /// V, between the levels as sent.
    pub delta_v_volts: f64,
    /// A; `None` where a reading that it rests on has none.
    pub current_amperes: Option<f64>,
    /// A, one standard uncertainty; NULL in the file when it is not a number.
    pub current_uncertainty_amperes: Option<f64>,
    /// S, or the reason for its absence.
    pub didv_siemens: Result<f64, String>,
    /// S, one standard uncertainty; NULL in the file when it is not a number.
    pub didv_uncertainty_siemens: Option<f64>,
    /// A negative slope of a monotonic device, raised to zero.
    pub clamped: bool,
}

/// One level that a batch asked of a pair.
#[derive(Clone, Copy, Debug)]
pub struct BatchRequest {
    /// Which pair.
    pub pair: PairId,
    /// Place in the order asked, from 0.
    pub position: usize,
    /// V, as asked, before it was rounded to a source code.
    pub level_volts: f64,
    /// The place of the point that answers it.
    pub point: usize,
}

/// A level asked, as it lies on disk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RequestRow {
    /// The number of its batch, which grows with time.
    pub batch: i64,
    /// What the batch was measured for.
    pub phase: String,
    /// Which pair.
    pub pair: String,
    /// Place in the order asked, from 0.
    pub position: usize,
    /// V, as asked, before it was rounded to a source code.
    pub level_volts: f64,
    /// The `position` of the [`GradientRow`] that answers it.
    pub point: usize,
}

/// One epoch of one fold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EpochRow {
    /// `measured`, `constant-slope`, `tanh` or `relu`.
    pub arm: String,
    /// From 0.
    pub repeat: usize,
    /// From 0.
    pub fold: usize,
    /// From 0.
    pub epoch: usize,
    /// Mean over the epoch, nats; NaN when training diverged (NULL in the file).
    pub loss: f64,
    /// 0 to 1, over the epoch's forward passes.
    pub train_accuracy: f64,
}

/// What a phase of a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PhaseCount {
    /// Readings on disk.
    pub readings: u64,
    /// Slopes that could not be formed.
    pub absent: u64,
    /// Negative slopes raised to zero.
    pub clamped: u64,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Exit {
    /// It did what it was asked.
    Done,
    /// An error ended it.
    Failed,
    /// The user, or the system, ended it.
    Interrupted,
}

impl Exit {
    /// As the file spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Exit::Done => "done",
            Exit::Failed => "failed",
            Exit::Interrupted => "interrupted",
        }
    }

    pub(crate) fn from_text(text: &str) -> Option<Exit> {
        [Exit::Done, Exit::Failed, Exit::Interrupted].into_iter().find(|it| it.as_str() == text)
    }
}

/// A run, in a line.
#[derive(Clone, Debug, Serialize)]
pub struct RunSummary {
    /// Its number.
    pub run: RunId,
    /// The experiment's name.
    pub experiment: String,
    /// `train`, `evaluate`, `gradient`, `match`, `iv` or `import`.
    pub kind: String,
    /// ISO 8601.
    pub started_utc: String,
    /// ISO 8601; absent while it runs, and after a crash.
    pub ended_utc: Option<String>,
    /// Absent while it runs, and after a crash.
    pub exit: Option<Exit>,
    /// Why it failed.
    pub exit_message: String,
    /// Which memloop.
    pub software_version: String,
    /// Readings on disk.
    pub readings: u64,
    /// Slopes asked for.
    pub gradients: u64,
    /// Slopes that could not be formed.
    pub gradients_absent: u64,
}

/// A result that the run recorded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResultRow {
    /// What it is.
    pub name: String,
    /// JSON.
    pub value_json: String,
}
