//! How an instrument proves that it is in step again.
//!
//! After a reply that did not come, three lines may still be on their way or never come: the late
//! reply (whole, or torn at any byte), and nothing says which. `*IDN?` proves nothing: the late reply
//! may be an answer to `*IDN?` itself, and so may that of an earlier check. So the proof is a reply
//! with *more response units than any reply that can still be outstanding*.
//!
//! The lost query held L queries, so its reply is one line of at most L units. Sent are, once per
//! lost reply:
//!
//! 1. `*ESE?`, the sweeper. One line, whatever it says, is dropped: it carries the late reply, or the
//!    torn head of one with the sweeper's own answer glued to it.
//! 2. `*ESE?;*ESE?;...`, L + 3 times: the proof. Lines are dropped until one has exactly L + 3 units,
//!    all the same whole number.
//!
//! Replies come in the order of the queries. A line ended by the late reply has at most L units; one
//! ended by the sweeper's answer at most L + 1, also when glued to a torn head. A line with L + 3
//! units was therefore ended by the proof's own line feed, and after it nothing is outstanding.
//!
//! The same is asked after bytes that nobody asked for, where more may follow: L is then a guess.
//!
//! `*ESE?` is mandatory (IEEE 488.2, 10.11), changes nothing, clears nothing and, unlike `*OPC?`,
//! does not wait for a sweep to end.

/// What makes the instrument end a torn line.
pub(super) const SWEEPER: &str = "*ESE?";

/// The question only whose answer has `units` units.
pub(super) struct Proof {
    units: usize,
}

impl Proof {
    /// A proof after a lost message of that many queries.
    pub(super) fn after(lost_queries: usize) -> Proof {
        Proof { units: lost_queries + 3 }
    }

    pub(super) fn message(&self) -> String {
        vec![SWEEPER; self.units].join(";")
    }

    /// Whether `line` can only be the answer to [`Proof::message`].
    pub(super) fn is_met_by(&self, line: &[u8]) -> bool {
        let mut units = line.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let first = units.next().unwrap_or_default();
        let digits = first.strip_prefix(b"+").unwrap_or(first);
        !digits.is_empty()
            && digits.iter().all(u8::is_ascii_digit)
            && line.iter().filter(|byte| **byte == b';').count() + 1 == self.units
            && units.all(|unit| unit == first)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_the_right_number_of_equal_whole_numbers_is_a_proof() {
        let proof = Proof::after(1);
        assert_eq!(proof.message(), "*ESE?;*ESE?;*ESE?;*ESE?");
        assert!(proof.is_met_by(b"0;0;0;0"));
        assert!(proof.is_met_by(b"+32; +32; +32; +32\r"));
        for other in
            ["0", "0;0;0", "0;0;0;0;0", "0;0;0;1", ";;;", "1.0;1.0;1.0;1.0", "KEITHLEY;2400;1;C30"]
        {
            assert!(!proof.is_met_by(other.as_bytes()), "{other}");
        }
    }

    proptest! {
        /// A late reply of L units, torn anywhere, alone or glued to the sweeper's answer, is no proof.
        #[test]
        fn nothing_that_can_come_before_the_proof_looks_like_it(
            units in proptest::collection::vec("[0-9]{0,3}", 1..12),
            from in 0_usize..60,
            to in 0_usize..60,
            ese in "[0-9]{1,3}",
        ) {
            let reply = units.join(";");
            let proof = Proof::after(units.len());
            let (from, to) = (from.min(reply.len()), to.min(reply.len()));
            let torn = &reply[from.min(to)..to];
            prop_assert!(!proof.is_met_by(torn.as_bytes()));
            let glued = format!("{}{}", torn, ese);
            prop_assert!(!proof.is_met_by(glued.as_bytes()));
        }
    }
}
