//! The event log: errors, warnings and information, oldest first, each with its time.

use std::{collections::VecDeque, fmt::Write as _};

use super::code::{self, Code, Severity};
use crate::engine::date::Date;

/// The log holds this many unread events.
const DEPTH: usize = 1000;

/// One event.
#[derive(Clone, Debug)]
pub(super) struct Event {
    code: Code,
    severity: Severity,
    /// Instead of the code's own text.
    text: Option<String>,
    /// Seconds since 1970, as the instrument's clock shows them.
    at: f64,
}

/// Unread events.
#[derive(Clone, Debug, Default)]
pub(super) struct EventLog(VecDeque<Event>);

impl EventLog {
    /// Adds an event. A full log forgets information, oldest first, and where there is none ends
    /// with -350 instead.
    pub(super) fn push(&mut self, code: Code, severity: Severity, text: Option<String>, at: f64) {
        let event = Event { code, severity, text, at };
        if self.0.len() == DEPTH
            && let Some(index) = self.0.iter().position(|it| it.severity == Severity::Information)
        {
            self.0.remove(index);
        }
        if self.0.len() < DEPTH {
            self.0.push_back(event);
        } else if let Some(newest) = self.0.back_mut() {
            let (code, severity) = (code::QUEUE_OVERFLOW, Severity::Error);
            *newest = Event { code, severity, text: None, at };
        }
    }

    /// Takes the oldest event of any of `severities`.
    pub(super) fn take(&mut self, severities: u32) -> Option<Event> {
        let index = self.0.iter().position(|it| it.severity as u32 & severities != 0)?;
        self.0.remove(index)
    }

    pub(super) fn count(&self, severities: u32) -> usize {
        self.0.iter().filter(|it| it.severity as u32 & severities != 0).count()
    }

    pub(super) fn has_errors(&self) -> bool {
        self.0.iter().any(|it| it.severity == Severity::Error)
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// An event as it is answered; without one, that there is none.
pub(super) fn written(event: Option<&Event>) -> String {
    let Some(Event { code, severity, text, at }) = event else {
        return "0,\"No error;0;0 0\"".to_owned();
    };
    let text = text.as_deref().unwrap_or(code::text(*code)).replace('"', "\"\"");
    let mut out = String::new();
    let severity = *severity as u32;
    // Writing to a string cannot fail.
    let _ = write!(out, "{},\"{text};{severity};{}\"", code.0, Date::at(*at).logged());
    out
}

/// The number of an event, zero without one.
pub(super) fn number(event: Option<&Event>) -> i16 {
    event.map_or(0, |it| it.code.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_carries_its_kind_and_its_time_as_in_the_2470_manual() {
        let mut log = EventLog::default();
        // The 2470 Reference Manual's example.
        log.push(Code(-109), Severity::Error, None, 1_494_075_213.648_4);
        let event = log.take(Severity::Error as u32);
        let expected = "-109,\"Missing parameter;1;2017/05/06 12:53:33.648\"";
        assert_eq!(written(event.as_ref()), expected);
        assert_eq!(written(None), "0,\"No error;0;0 0\"");
    }

    #[test]
    fn a_full_log_ends_with_queue_overflow() {
        let mut log = EventLog::default();
        for _ in 0..DEPTH + 5 {
            log.push(Code(-113), Severity::Error, None, 0.0);
        }
        assert_eq!(log.count(7), DEPTH);
        for _ in 0..DEPTH - 1 {
            assert_eq!(number(log.take(1).as_ref()), -113);
        }
        assert_eq!(number(log.take(1).as_ref()), -350);
    }

    #[test]
    fn information_that_nobody_reads_is_no_error() {
        let mut log = EventLog::default();
        for _ in 0..2 * DEPTH {
            log.push(code::SOURCE_OVER_LIMIT, Severity::Information, None, 0.0);
        }
        log.push(Code(-113), Severity::Error, None, 0.0);
        assert_eq!(log.count(1), 1);
        assert_eq!(number(log.take(1).as_ref()), -113);
    }
}
