//! Source-measure units: instrument descriptions, set-up, readings, sweeps, safety.
