//! The queue that `SYSTem:ERRor?` reads.

use std::collections::VecDeque;

use super::{Error, NO_ERROR, QUEUE_OVERFLOW};

/// A first-in, first-out queue of errors. When it is full, the newest entry becomes
/// [`QUEUE_OVERFLOW`] and what comes later is lost, as the standard asks.
#[derive(Clone, Debug)]
pub struct ErrorQueue {
    entries: VecDeque<Error>,
    depth: usize,
}

impl ErrorQueue {
    /// An empty queue of at most `depth` entries, at least one.
    pub fn new(depth: usize) -> ErrorQueue {
        let depth = depth.max(1);
        ErrorQueue { entries: VecDeque::with_capacity(depth), depth }
    }

    /// Adds an error.
    pub fn push(&mut self, error: Error) {
        if self.entries.len() < self.depth {
            self.entries.push_back(error);
        } else if let Some(newest) = self.entries.back_mut() {
            *newest = QUEUE_OVERFLOW;
        }
    }

    /// Takes the oldest error; [`NO_ERROR`] when there is none.
    pub fn pop(&mut self) -> Error {
        self.entries.pop_front().unwrap_or(NO_ERROR)
    }

    /// How many errors wait.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Forgets all.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}
