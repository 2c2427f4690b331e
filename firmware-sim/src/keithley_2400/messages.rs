//! Which messages may enter the queue: `:STAT:QUE:ENAB` and `:STAT:QUE:DIS` (User's Manual
//! chapter 15).

use std::ops::RangeInclusive;

use super::code::Code;
use crate::engine::code;

/// Numbers of messages, as inclusive ranges in ascending order that do not touch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Messages {
    ranges: Vec<RangeInclusive<i16>>,
    /// Any of the status events, +100 to +499, is among them.
    events: bool,
}

/// The lowest and the highest number there is.
const ALL: (i16, i16) = (-999, 999);
const EVENTS: RangeInclusive<i16> = 100..=499;

impl Messages {
    /// As at power-on: every error, no status event.
    pub(super) fn errors() -> Messages {
        let mut messages = Messages { ranges: vec![ALL.0..=ALL.1], events: true };
        messages.remove(&EVENTS);
        messages
    }

    /// These and no others.
    pub(super) fn only(ranges: &[RangeInclusive<i16>]) -> Messages {
        let mut messages = Messages { ranges: ranges.to_vec(), events: false };
        messages.tidy();
        messages
    }

    /// Takes some out.
    pub(super) fn remove(&mut self, taken: &RangeInclusive<i16>) {
        let parts = self.ranges.iter().flat_map(|kept| {
            let below = *kept.start()..=(*kept.end()).min(taken.start().saturating_sub(1));
            let above = (*kept.start()).max(taken.end().saturating_add(1))..=*kept.end();
            [below, above]
        });
        self.ranges = parts.filter(|it| !it.is_empty()).collect();
        self.tidy();
    }

    /// All that these are not.
    pub(super) fn complement(&self) -> Messages {
        let mut messages = Messages { ranges: vec![ALL.0..=ALL.1], events: true };
        for range in &self.ranges {
            messages.remove(range);
        }
        messages
    }

    fn tidy(&mut self) {
        self.ranges.sort_by_key(|it| *it.start());
        let mut joined: Vec<RangeInclusive<i16>> = Vec::new();
        for range in self.ranges.drain(..) {
            match joined.last_mut() {
                Some(last) if last.end() + 1 >= *range.start() => {
                    *last = *last.start()..=(*last.end()).max(*range.end());
                }
                _ => joined.push(range),
            }
        }
        self.events =
            joined.iter().any(|it| it.start() <= EVENTS.end() && it.end() >= EVENTS.start());
        self.ranges = joined;
    }

    /// Whether a message enters the queue.
    pub(super) fn take(&self, number: i16) -> bool {
        self.ranges.iter().any(|it| it.contains(&number))
    }

    /// Whether any status event does.
    pub(super) fn take_events(&self) -> bool {
        self.events
    }

    /// `(-440:-110,+100)`, as a numeric list is written; how a real unit writes one is UNVERIFIED.
    pub(super) fn text(&self) -> String {
        let text = |range: &RangeInclusive<i16>| {
            let (start, end) = (range.start(), range.end());
            if start == end { format!("{start:+}") } else { format!("{start:+}:{end:+}") }
        };
        let parts: Vec<String> = self.ranges.iter().map(text).collect();
        format!("({})", parts.join(","))
    }
}

/// Reads a numeric list: numbers and ranges, ends in either order, in parentheses.
pub(super) fn list(raw: &[u8]) -> Result<Vec<RangeInclusive<i16>>, Code> {
    let text = std::str::from_utf8(raw).map_err(|_| INVALID_EXPRESSION)?.trim();
    let Some(inner) = text.strip_prefix('(').and_then(|it| it.strip_suffix(')')) else {
        return Err(DATA_TYPE);
    };
    if inner.trim().is_empty() {
        return Ok(Vec::new());
    }
    let number = |text: &str| {
        let number = text.trim().parse::<i16>().map_err(|_| INVALID_EXPRESSION)?;
        if (ALL.0..=ALL.1).contains(&number) {
            Ok(number)
        } else {
            Err(code::PARAMETER_OUT_OF_RANGE)
        }
    };
    inner
        .split(',')
        .map(|part| match part.split_once(':') {
            None => number(part).map(|it| it..=it),
            Some((one, other)) => {
                let (one, other) = (number(one)?, number(other)?);
                Ok(one.min(other)..=one.max(other))
            }
        })
        .collect()
}

const INVALID_EXPRESSION: Code = Code(-171);
const DATA_TYPE: Code = Code(-104);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn at_power_on_all_errors_and_no_events_enter() {
        let messages = Messages::errors();
        assert!(messages.take(-113) && messages.take(803) && messages.take(900));
        assert!(!messages.take(106) && !messages.take_events());
        assert_eq!(messages.text(), "(-999:+99,+500:+999)");
    }

    #[test]
    fn a_list_replaces_and_another_takes_out() {
        let listed = list(b"(-440:-100, 114, 100:109)").unwrap();
        let mut messages = Messages::only(&listed);
        assert_eq!(messages.text(), "(-440:-100,+100:+109,+114)");
        messages.remove(&(-113..=-113));
        assert!(!messages.take(-113) && messages.take(-112) && messages.take(-114));
        assert!(messages.take_events() && messages.take(109) && !messages.take(110));
    }

    #[test]
    fn overlapping_ranges_become_one() {
        let messages = Messages::only(&[100..=105, 103..=109, 110..=110]);
        assert_eq!(messages.text(), "(+100:+110)");
    }
}
