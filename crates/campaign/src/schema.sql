-- A memloop campaign: every run, reading and slope. Open it with any SQLite.
-- Units are in the column names. Times in UTC are ISO 8601; times named instrument_seconds are of
-- the instrument's own clock. Booleans are 0 or 1. docs/campaign-schema.md explains the tables.

CREATE TABLE runs (
  id                 INTEGER PRIMARY KEY,
  experiment         TEXT NOT NULL,     -- the experiment's name
  kind               TEXT NOT NULL,     -- train, evaluate, gradient, match, iv
  started_utc        TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  ended_utc          TEXT,              -- NULL: still running, or it did not live to say
  configuration_json TEXT NOT NULL,     -- the experiment as resolved, quantities with units
  bench_json         TEXT NOT NULL,     -- the bench as resolved, quantities with units
  software_version   TEXT NOT NULL,
  exit_status        TEXT CHECK (exit_status IN ('done', 'failed', 'interrupted')),
  exit_message       TEXT,
  experiment_file    TEXT,              -- absolute path; paths in the configuration lie beside it
  bench_file         TEXT,              -- absolute path; NULL: the embedded bench, or not known
  data_sha256        TEXT               -- of the data set that a run of kind train had, in hex
) STRICT;

CREATE TABLE instruments (
  id            INTEGER PRIMARY KEY,
  run           INTEGER NOT NULL REFERENCES runs (id),
  name          TEXT NOT NULL,          -- as the bench names it
  resource      TEXT NOT NULL,          -- VISA resource string
  maker         TEXT NOT NULL,          -- from *IDN?
  model         TEXT NOT NULL,          -- from *IDN?
  serial        TEXT NOT NULL,          -- from *IDN?
  firmware      TEXT NOT NULL,          -- from *IDN?
  settings_json TEXT NOT NULL,          -- as read back from the instrument
  UNIQUE (run, name)
) STRICT;

CREATE TABLE pairs (
  id    INTEGER PRIMARY KEY,
  run   INTEGER NOT NULL REFERENCES runs (id),
  name  TEXT NOT NULL,                  -- as the bench names it
  base  INTEGER NOT NULL REFERENCES instruments (id),  -- the device at V
  probe INTEGER NOT NULL REFERENCES instruments (id),  -- the device at V + delta V
  coupling TEXT,                        -- what starts both; NULL: written before version 2
  UNIQUE (run, name)
) STRICT;

-- What was measured as one plan and committed as one transaction.
CREATE TABLE batches (
  id            INTEGER PRIMARY KEY,
  run           INTEGER NOT NULL REFERENCES runs (id),
  phase         TEXT NOT NULL,          -- iv, gradient, or the arm that trained: measured, ...
  committed_utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX batches_by_run ON batches (run, phase);

CREATE TABLE readings (
  batch              INTEGER NOT NULL REFERENCES batches (id),
  instrument         INTEGER NOT NULL REFERENCES instruments (id),
  position           INTEGER NOT NULL,  -- in the order of measurement: the shot's place in its plan
  level_volts        REAL NOT NULL,     -- as sent
  current_amperes    REAL,              -- NULL: overflow, or not a number
  in_compliance      INTEGER NOT NULL,
  overflow           INTEGER NOT NULL,
  instrument_seconds REAL,              -- NULL: the instrument's clock gave no number
  status             INTEGER NOT NULL,  -- the instrument's status word, raw
  skew_seconds       REAL,              -- of a pair's probe: how much later than the base; else NULL
  skew_uncertainty_seconds REAL,        -- half the width of the interval around it
  purpose            TEXT,              -- point, rest, hold, condition, check, sentinel, calibration,
                                        -- survey, ...; NULL: a sweep of an I-V curve
  point              INTEGER,           -- of purpose 'point': gradients.position; else NULL
  PRIMARY KEY (batch, instrument, position)
) STRICT, WITHOUT ROWID;

-- A point of a plan: a level that was measured once, however often it was asked.
CREATE TABLE gradients (
  batch          INTEGER NOT NULL REFERENCES batches (id),
  pair           INTEGER NOT NULL REFERENCES pairs (id),
  position       INTEGER NOT NULL,      -- the point's place in its plan; its readings have it as point
  method         TEXT NOT NULL,         -- the estimator
  delta_v_volts  REAL NOT NULL,         -- between the levels as sent
  didv_siemens   REAL,                  -- NULL: no slope could be formed
  absent_because TEXT,                  -- why there is none
  clamped        INTEGER NOT NULL,      -- a negative slope of a monotonic device, raised to zero
  level_volts    REAL,                  -- where current and slope belong
  device         TEXT,                  -- whose they are: base, or mean of the two
  current_amperes REAL,                 -- NULL: a reading that it rests on has none
  current_uncertainty_amperes REAL,     -- one standard uncertainty; NULL: none, or not known
  didv_uncertainty_siemens    REAL,     -- one standard uncertainty; NULL: none, or not known
  PRIMARY KEY (batch, pair, position),
  CHECK ((didv_siemens IS NULL) = (absent_because IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- The levels that a batch asked of a pair, in the order asked, and which point answered each.
CREATE TABLE requests (
  batch       INTEGER NOT NULL REFERENCES batches (id),
  pair        INTEGER NOT NULL REFERENCES pairs (id),
  position    INTEGER NOT NULL,         -- in the order asked
  level_volts REAL NOT NULL,            -- as asked, before it was rounded to a source code
  point       INTEGER NOT NULL,         -- gradients.position
  PRIMARY KEY (batch, pair, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE epochs (
  run            INTEGER NOT NULL REFERENCES runs (id),
  arm            TEXT NOT NULL,         -- measured, constant-slope, tanh, relu
  repeat         INTEGER NOT NULL,      -- from 0
  fold           INTEGER NOT NULL,      -- from 0
  epoch          INTEGER NOT NULL,      -- from 0
  loss           REAL,                  -- mean cross-entropy and penalty over the epoch, nats; NULL: not a number
  train_accuracy REAL NOT NULL,         -- 0 to 1, over the epoch's forward passes
  PRIMARY KEY (run, arm, repeat, fold, epoch)
) STRICT, WITHOUT ROWID;

-- What a training rests on that was found out before its first epoch: surveys, figures, tables.
-- state is MessagePack, of the layout that format counts; sha256 is of state, in hex. So in all three.
CREATE TABLE openings (
  run           INTEGER PRIMARY KEY REFERENCES runs (id),
  committed_utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  format        INTEGER NOT NULL,
  sha256        TEXT NOT NULL,
  state         BLOB NOT NULL
) STRICT;

-- Where an arm that has not ended is, between two epochs: the newest place alone.
CREATE TABLE checkpoints (
  run           INTEGER NOT NULL REFERENCES runs (id),
  arm           TEXT NOT NULL,
  repeat        INTEGER NOT NULL,       -- from 0
  fold          INTEGER NOT NULL,       -- from 0
  epochs        INTEGER NOT NULL,       -- that have ended in this fold
  committed_utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  format        INTEGER NOT NULL,
  sha256        TEXT NOT NULL,
  state         BLOB NOT NULL,          -- weights, optimiser, generator, order of rows, device tables
  PRIMARY KEY (run, arm)
) STRICT;

-- The folds that have ended, for good.
CREATE TABLE folds (
  run           INTEGER NOT NULL REFERENCES runs (id),
  arm           TEXT NOT NULL,
  repeat        INTEGER NOT NULL,       -- from 0
  fold          INTEGER NOT NULL,       -- from 0
  epochs        INTEGER NOT NULL,       -- that were trained
  test_accuracy REAL NOT NULL,          -- 0 to 1, over the held-out rows
  committed_utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  format        INTEGER NOT NULL,
  sha256        TEXT NOT NULL,
  state         BLOB NOT NULL,          -- weights, scaling of the features, held-out rows, predictions
  PRIMARY KEY (run, arm, repeat, fold)
) STRICT;

CREATE TABLE results (
  run        INTEGER NOT NULL REFERENCES runs (id),
  name       TEXT NOT NULL,
  value_json TEXT NOT NULL,
  PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE events (
  id     INTEGER PRIMARY KEY,
  run    INTEGER NOT NULL REFERENCES runs (id),
  at_utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now')),
  kind   TEXT NOT NULL,
  text   TEXT NOT NULL
) STRICT;
