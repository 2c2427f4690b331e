//! Which columns a table has, in which units, and how an older file is asked for them.

use super::Table;

/// One column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Column {
    /// Its name, with the unit where it has one.
    pub name: &'static str,
    /// What its values are.
    pub kind: ColumnKind,
    /// Its unit as UCUM and UDUNITS spell it: `V`, `A`, `s`, `S`, or `1` of a number without; `None` of what
    /// is no quantity.
    pub unit: Option<&'static str>,
    /// Whether a value may be absent.
    pub nullable: bool,
    /// What it means.
    pub meaning: &'static str,
    /// The version of the schema that brought it.
    since: i32,
}

/// What the values of a column are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Integers.
    Integer,
    /// 0 or 1.
    Flag,
    /// Numbers of 64 bits.
    Real,
    /// Texts.
    Text,
    /// The phase of the row's batch, a text.
    Phase,
    /// The name of an instrument, a text.
    Instrument,
    /// The name of a pair, a text.
    Pair,
}

impl ColumnKind {
    /// Whether values are texts.
    pub fn is_text(self) -> bool {
        !matches!(self, ColumnKind::Integer | ColumnKind::Flag | ColumnKind::Real)
    }
}

impl Column {
    const fn new(name: &'static str, kind: ColumnKind, meaning: &'static str) -> Column {
        Column { name, kind, unit: None, nullable: false, meaning, since: 1 }
    }

    const fn nullable(self) -> Column {
        Column { nullable: true, ..self }
    }

    const fn unit(self, unit: &'static str) -> Column {
        Column { unit: Some(unit), ..self }
    }

    const fn since(self, since: i32) -> Column {
        Column { since, ..self.nullable() }
    }
}

use ColumnKind::{Flag, Instrument, Integer, Pair, Phase, Real, Text};

const PHASE: Column = Column::new(
    "phase",
    Phase,
    "what the batch was measured for: iv, survey, or the arm that trained",
);
const BATCH: Column =
    Column::new("batch", Integer, "number of the batch in its campaign; grows with time");
const ARM: Column = Column::new("arm", Text, "measured, constant-slope, tanh, relu, ...");
const REPEAT: Column = Column::new("repeat", Integer, "which cross-validation, from 0");
const FOLD: Column = Column::new("fold", Integer, "which of its folds, from 0");

const RUNS: &[Column] = &[
    Column::new("id", Integer, "the run's number"),
    Column::new("experiment", Text, "the experiment's name"),
    Column::new("kind", Text, "train, evaluate, gradient, match, iv, import"),
    Column::new("started_utc", Text, "ISO 8601"),
    Column::new("ended_utc", Text, "ISO 8601; absent: unfinished").nullable(),
    Column::new("configuration_json", Text, "the experiment as resolved, quantities with units"),
    Column::new("bench_json", Text, "the bench as resolved, quantities with units"),
    Column::new("software_version", Text, "of the memloop that made the run"),
    Column::new("exit_status", Text, "done, failed or interrupted; absent: unfinished").nullable(),
    Column::new("exit_message", Text, "why it failed").nullable(),
    Column::new("experiment_file", Text, "absolute path").since(4),
    Column::new("bench_file", Text, "absolute path").since(4),
    Column::new("data_sha256", Text, "of the data set, in hex").since(4),
];

const INSTRUMENTS: &[Column] = &[
    Column::new("id", Integer, "number in its campaign"),
    Column::new("name", Text, "as the bench names it"),
    Column::new("resource", Text, "VISA resource string"),
    Column::new("maker", Text, "from *IDN?"),
    Column::new("model", Text, "from *IDN?"),
    Column::new("serial", Text, "from *IDN?"),
    Column::new("firmware", Text, "from *IDN?"),
    Column::new("settings_json", Text, "as read back from the instrument"),
];

const PAIRS: &[Column] = &[
    Column::new("id", Integer, "number in its campaign"),
    Column::new("name", Text, "as the bench names it"),
    Column::new("base", Instrument, "the device at V"),
    Column::new("probe", Instrument, "the device at V + delta V"),
    Column::new("coupling", Text, "what starts both").since(2),
];

const BATCHES: &[Column] = &[
    Column::new("id", Integer, "number of the batch in its campaign; grows with time"),
    Column::new("phase", Text, "what it was measured for: iv, survey, or the arm that trained"),
    Column::new("committed_utc", Text, "ISO 8601"),
];

const READINGS: &[Column] = &[
    BATCH,
    PHASE,
    Column::new("instrument", Instrument, "who measured it"),
    Column::new("position", Integer, "in the order of measurement: the shot's place in its plan"),
    Column::new("purpose", Text, "point, rest, survey, ...; absent: a sweep of an I-V curve")
        .since(3),
    Column::new("point", Integer, "of purpose point: the position of its gradient").since(3),
    Column::new("level_volts", Real, "level as sent").unit("V"),
    Column::new("current_amperes", Real, "absent: overflow, or not a number").nullable().unit("A"),
    Column::new("in_compliance", Flag, "the source was limiting"),
    Column::new("overflow", Flag, "the current was beyond its range"),
    Column::new("instrument_seconds", Real, "on the instrument's own clock").nullable().unit("s"),
    Column::new("status", Integer, "the instrument's status word, raw"),
    Column::new("skew_seconds", Real, "of a pair's probe: how much later than the base")
        .since(2)
        .unit("s"),
    Column::new("skew_uncertainty_seconds", Real, "half the width of the interval around the skew")
        .since(2)
        .unit("s"),
];

const GRADIENTS: &[Column] = &[
    BATCH,
    PHASE,
    Column::new("pair", Pair, "which pair"),
    Column::new(
        "position",
        Integer,
        "the point's place in its plan; its readings have it as point",
    ),
    Column::new("level_volts", Real, "where current and slope belong").since(3).unit("V"),
    Column::new("method", Text, "the estimator"),
    Column::new("device", Text, "whose they are: base, or mean of the two").since(3),
    Column::new("delta_v_volts", Real, "between the levels as sent").unit("V"),
    Column::new("current_amperes", Real, "absent: a reading that it rests on has none")
        .since(3)
        .unit("A"),
    Column::new("current_uncertainty_amperes", Real, "one standard uncertainty").since(3).unit("A"),
    Column::new("didv_siemens", Real, "the slope dI/dV; absent: none could be formed")
        .nullable()
        .unit("S"),
    Column::new("didv_uncertainty_siemens", Real, "one standard uncertainty").since(3).unit("S"),
    Column::new("absent_because", Text, "why there is no slope").nullable(),
    Column::new("clamped", Flag, "a negative slope of a monotonic device, raised to zero"),
];

const REQUESTS: &[Column] = &[
    BATCH,
    PHASE,
    Column::new("pair", Pair, "which pair"),
    Column::new("position", Integer, "in the order asked"),
    Column::new("level_volts", Real, "as asked, before it was rounded to a source code").unit("V"),
    Column::new("point", Integer, "the position of the gradient that answered it"),
];

const EPOCHS: &[Column] = &[
    ARM,
    REPEAT,
    FOLD,
    Column::new("epoch", Integer, "from 0"),
    Column::new(
        "loss",
        Real,
        "mean cross-entropy and penalty over the epoch, nats; absent: not a number",
    )
    .nullable()
    .unit("1"),
    Column::new("train_accuracy", Real, "0 to 1, over the epoch's forward passes").unit("1"),
];

const FOLDS: &[Column] = &[
    ARM,
    REPEAT,
    FOLD,
    Column::new("epochs", Integer, "that were trained"),
    Column::new("test_accuracy", Real, "0 to 1, over the held-out rows").unit("1"),
    Column::new("committed_utc", Text, "ISO 8601"),
    Column::new(
        "sha256",
        Text,
        "of weights and predictions, in hex: equal hashes are equal results",
    ),
];

const RESULTS: &[Column] = &[
    Column::new("name", Text, "what it is"),
    Column::new("value_json", Text, "a report of the run, as JSON"),
];

const EVENTS: &[Column] = &[
    Column::new("at_utc", Text, "ISO 8601"),
    Column::new("kind", Text, "link-lost, reconnected, power-cycled, resumed, ..."),
    Column::new("text", Text, "what happened"),
];

/// Whether a reading of a file before version 3 was made for the slope at its own position.
pub(crate) const OF_POINT_BEFORE_3: &str = "EXISTS (
    SELECT 1 FROM pairs JOIN gradients ON gradients.pair = pairs.id
    WHERE readings.instrument IN (pairs.base, pairs.probe)
      AND gradients.batch = readings.batch AND gradients.position = readings.position)";

impl Table {
    /// Its columns, in order.
    pub fn columns(self) -> &'static [Column] {
        match self {
            Table::Runs => RUNS,
            Table::Instruments => INSTRUMENTS,
            Table::Pairs => PAIRS,
            Table::Batches => BATCHES,
            Table::Readings => READINGS,
            Table::Gradients => GRADIENTS,
            Table::Requests => REQUESTS,
            Table::Epochs => EPOCHS,
            Table::Folds => FOLDS,
            Table::Results => RESULTS,
            Table::Events => EVENTS,
        }
    }

    /// How its rows are asked for, by batch or by run; `None` where the file has no such table.
    pub(super) fn select(self, version: i32) -> Option<String> {
        let exists = match self {
            Table::Requests => version >= 3,
            Table::Folds => version >= 4,
            _ => true,
        };
        let columns: Vec<_> =
            self.columns().iter().map(|it| self.expression(it, version)).collect();
        let (name, columns) = (self.name(), columns.join(", "));
        let (join, key, order) = match self {
            Table::Runs => ("", "id", "id"),
            Table::Instruments | Table::Pairs | Table::Batches | Table::Events => ("", "run", "id"),
            Table::Readings => ("", "batch", "instrument, position"),
            Table::Gradients if version < 3 => {
                (BASE_BEFORE_3, "gradients.batch", "pair, gradients.position")
            }
            Table::Gradients | Table::Requests => ("", "batch", "pair, position"),
            Table::Epochs => ("", "run", "arm, repeat, fold, epoch"),
            Table::Folds => ("", "run", "arm, repeat, fold"),
            Table::Results => ("", "run", "name"),
        };
        exists.then(|| {
            format!("SELECT {columns} FROM {name} {join} WHERE {key} = ? ORDER BY {order}")
        })
    }

    fn expression(self, column: &Column, version: i32) -> String {
        let name = self.name();
        let plain = || format!("{name}.{}", column.name);
        if column.kind == Phase {
            return "NULL".to_owned();
        }
        if version >= column.since {
            return plain();
        }
        match (self, column.name) {
            (Table::Readings, "purpose") => format!("iif({OF_POINT_BEFORE_3}, 'point', NULL)"),
            (Table::Readings, "point") => format!("iif({OF_POINT_BEFORE_3}, position, NULL)"),
            (Table::Gradients, "device") => "'base'".to_owned(),
            (Table::Gradients, "level_volts" | "current_amperes") => {
                format!("base.{}", column.name)
            }
            _ => "NULL".to_owned(),
        }
    }
}

/// Before version 3 a slope was the forward difference of the readings at its own position.
pub(crate) const BASE_BEFORE_3: &str = "JOIN pairs ON pairs.id = gradients.pair
    LEFT JOIN readings AS base ON base.batch = gradients.batch
    AND base.instrument = pairs.base AND base.position = gradients.position";
