//! Compares `scpi-parser` with `scpi` 1.0.1; see `tests/lines.rs`.
