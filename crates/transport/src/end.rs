//! Where a reply ends on a link that has ends of messages of its own.

use scpi_parser::reply::Framer;

/// The longest reply that a link with ends of messages accepts, in bytes.
pub(crate) const LONGEST_REPLY: usize = 16 << 20;

/// Takes the terminator off a whole reply.
///
/// A response message ends with a line feed together with END (IEEE 488.2, 8.5), but some
/// instruments leave the line feed out, and then the last byte of a block may be one.
/// `expected_block` is how many bytes of data an indefinite-length block is known to have.
pub(crate) fn without_terminator(mut reply: Vec<u8>, expected_block: Option<usize>) -> Vec<u8> {
    if reply.last() != Some(&b'\n') {
        return reply;
    }
    let data = match expected_block {
        Some(bytes) if reply.starts_with(b"#0") => reply.len() == bytes + 2,
        _ if reply.starts_with(b"#0") => false,
        // The framer knows blocks and quoted strings: it sees no end where the last byte is data.
        _ => matches!(Framer::new(reply.len() + 1).push(&reply), Ok(None)),
    };
    if !data {
        reply.pop();
    }
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_feed_at_the_end_goes_unless_it_is_data() {
        let strip = |reply: &[u8]| without_terminator(reply.to_vec(), None);
        assert_eq!(strip(b"KEITHLEY,2400\n"), b"KEITHLEY,2400");
        assert_eq!(strip(b"KEITHLEY,2400"), b"KEITHLEY,2400");
        assert_eq!(strip(b"#14abc\n\n"), b"#14abc\n");
        assert_eq!(strip(b"#14abc\n"), b"#14abc\n");
        assert_eq!(strip(b"#0ab\n\n"), b"#0ab\n");
        assert_eq!(without_terminator(b"#0ab\n".to_vec(), Some(3)), b"#0ab\n");
        assert_eq!(without_terminator(b"#0ab\n".to_vec(), Some(2)), b"#0ab");
        assert_eq!(strip(b""), b"");
    }
}
