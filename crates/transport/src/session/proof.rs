//! How an instrument proves that it is in step again.
//!
//! After replies that did not come, lines may still be on their way or never come: the late replies
//! (whole, or torn at any bytes, or glued to one another where the end of one got lost), and nothing
//! says which. `*IDN?` proves nothing: a late reply may be an answer to `*IDN?` itself, and so may
//! that of an earlier check. So the proof is a reply *in more pieces, cut at semicolons, than all that
//! can still be outstanding has together*.
//!
//! The lost messages, one or several on their way together, held L queries in all. A response unit has
//! at most three pieces (the 2450's `0,"No error;0;0 0"`), so all replies have at most 3L. Sent are:
//!
//! 1. `*ESE?`, the sweeper. One line, whatever it says, is dropped: it carries a late reply, or the
//!    torn head of one with the sweeper's own answer glued to it.
//! 2. `*ESE?;*ESE?;...`, 3L + 1 times: the proof. Lines are dropped until one has exactly 3L + 1
//!    pieces, all the same whole number.
//!
//! Replies come in the order of the queries. A line ended by one of the late replies is made of bytes
//! of these only. So is one ended by the sweeper's answer, but for that answer itself, which is one
//! piece, and holds no semicolon: glued to the bytes in front of it, it adds no piece; alone it is one.
//! Either has at most 3L pieces, however many replies were torn and glued. A line with 3L + 1 pieces
//! was therefore ended by the proof's own line feed, and after it nothing is outstanding.
//!
//! This holds for texts. Binary data may hold any number of line feeds and semicolons, and no count is
//! beyond it: after a lost block only a device clear, which makes the instrument forget it, and then
//! the proof on top, or a new connection will do.
//!
//! Where the link has a device clear, it comes first, and a failed proof is tried once more after a
//! second one; the answers that the first try may still get are then counted to what is outstanding.
//!
//! The same is asked after bytes that nobody asked for, where more may follow: what is outstanding is
//! then a guess.
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
    /// A proof that no lines which together have that many pieces can be taken for.
    pub(super) fn beyond(pieces: usize) -> Proof {
        Proof { units: pieces + 1 }
    }

    pub(super) fn units(&self) -> usize {
        self.units
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
        let proof = Proof::beyond(3);
        assert_eq!(proof.message(), "*ESE?;*ESE?;*ESE?;*ESE?");
        assert!(proof.is_met_by(b"0;0;0;0"));
        assert!(proof.is_met_by(b"+32; +32; +32; +32\r"));
        for other in
            ["0", "0;0;0", "0;0;0;0;0", "0;0;0;1", ";;;", "1.0;1.0;1.0;1.0", "KEITHLEY;2400;1;C30"]
        {
            assert!(!proof.is_met_by(other.as_bytes()), "{other}");
        }
    }

    /// A reply, and how much of it comes.
    fn replies() -> impl Strategy<Value = Vec<(Vec<String>, usize, usize)>> {
        let unit = prop_oneof![
            "[0-9]{0,2}",
            Just("0,\"No error;0;0 0\"".to_owned()),
            Just("0;0;0".to_owned())
        ];
        let reply = (proptest::collection::vec(unit, 1..5), 0_usize..60, 0_usize..60);
        proptest::collection::vec(reply, 1..9)
    }

    proptest! {
        /// Late replies, of which any part comes, glued to one another and to the sweeper's answer or
        /// not, are no proof.
        #[test]
        fn nothing_that_can_come_before_the_proof_looks_like_it(
            replies in replies(),
            ese in "[0-9]{1,3}",
        ) {
            let units: usize = replies.iter().map(|it| it.0.len()).sum();
            let proof = Proof::beyond(3 * units);
            let mut glued = String::new();
            for (units, from, to) in replies {
                let reply = units.join(";");
                let (from, to) = (from.min(reply.len()), to.min(reply.len()));
                glued += &reply[from.min(to)..to];
                prop_assert!(!proof.is_met_by(glued.as_bytes()));
            }
            prop_assert!(!proof.is_met_by((glued + &ese).as_bytes()));
        }
    }
}
