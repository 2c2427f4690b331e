//! The store of record: runs, readings, epochs, in one SQLite file.
