//! ONC RPC messages on a stream: record marking (RFC 1057, section 10).

use crate::{LinkError, end::LONGEST_REPLY};

/// Room for the RPC header and the results beside the data. Whoever announces more is refused
/// before any room is made.
const LONGEST_RECORD: usize = LONGEST_REPLY + 4096;
const MARK: usize = 4;
const LAST: u32 = 1 << 31;

/// Puts records together from fragments.
#[derive(Debug, Default)]
pub(super) struct Records {
    /// Came, not yet looked at.
    received: Vec<u8>,
    /// The record so far, behind room for a mark.
    record: Vec<u8>,
}

impl Records {
    /// Where bytes from the stream go.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.received
    }

    /// The next whole record as one last fragment, its mark included; `None` when more bytes are
    /// needed.
    ///
    /// # Errors
    /// It is too long to be accepted.
    pub(super) fn next(&mut self) -> Result<Option<Vec<u8>>, LinkError> {
        let mut taken = 0;
        let mut whole = false;
        while !whole {
            let fresh = &self.received[taken..];
            let Some(mark) = fresh.first_chunk::<MARK>() else { break };
            let mark = u32::from_be_bytes(*mark);
            let length = (mark & !LAST) as usize;
            if self.record.len() + length > LONGEST_RECORD {
                return Err(LinkError::Protocol {
                    protocol: "ONC RPC",
                    expected: "a record of at most 16 MiB of data",
                    found: format!("one of {} bytes or more", self.record.len() + length),
                });
            }
            let Some(data) = fresh.get(MARK..MARK + length) else { break };
            if self.record.is_empty() {
                self.record.resize(MARK, 0);
            }
            self.record.extend_from_slice(data);
            taken += MARK + length;
            whole = mark & LAST != 0;
        }
        self.received.drain(..taken);
        if !whole {
            return Ok(None);
        }
        let mut record = std::mem::take(&mut self.record);
        // At most `LONGEST_RECORD`, so it fits the mark.
        let mark = LAST | (record.len() - MARK) as u32;
        record[..MARK].copy_from_slice(&mark.to_be_bytes());
        Ok(Some(record))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hostile_length_is_refused_at_the_mark() {
        let mut records = Records::default();
        records.buffer().extend_from_slice(&0x7fff_ffff_u32.to_be_bytes());
        let error = records.next().unwrap_err().to_string();
        assert_eq!(
            error,
            "ONC RPC: expected a record of at most 16 MiB of data, found one of 2147483647 bytes or more"
        );
    }

    proptest! {
        #[test]
        fn records_come_out_whole_however_they_were_cut(
            records in proptest::collection::vec(
                proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 1..5), 0..4),
            piece in 1_usize..30,
        ) {
            let mut bytes = Vec::new();
            for fragments in &records {
                for (at, fragment) in fragments.iter().enumerate() {
                    let last = if at + 1 == fragments.len() { LAST } else { 0 };
                    bytes.extend_from_slice(&(last | fragment.len() as u32).to_be_bytes());
                    bytes.extend_from_slice(fragment);
                }
            }
            let mut found = Vec::new();
            let mut assembler = Records::default();
            for piece in bytes.chunks(piece) {
                assembler.buffer().extend_from_slice(piece);
                while let Some(record) = assembler.next().unwrap() {
                    found.push(record[MARK..].to_vec());
                }
            }
            let expected: Vec<Vec<u8>> = records.iter().map(|fragments| fragments.concat()).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
