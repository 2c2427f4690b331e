//! Where a reply ends on a link that has ends of messages of its own.

use scpi_parser::reply::Framer;

/// The longest reply that a link with ends of messages accepts, in bytes.
pub(crate) const LONGEST_REPLY: usize = 16 << 20;

/// Takes the terminator off a whole reply.
///
/// A response message ends with a line feed together with END (IEEE 488.2, 8.5), but some
/// instruments leave the line feed out, and then the last byte of a block may be one; others send a
/// carriage return in front of it, or several of both. `expected_block` is how many bytes of data an
/// indefinite-length block is known to have.
pub(crate) fn without_terminator(mut reply: Vec<u8>, expected_block: Option<usize>) -> Vec<u8> {
    if reply.starts_with(b"#0") {
        let data = expected_block.is_some_and(|bytes| reply.len() == bytes + 2);
        if reply.last() == Some(&b'\n') && !data {
            reply.pop();
        }
        return reply;
    }
    while is_whole_line(&reply) {
        reply.pop();
        strip_carriage_return(&mut reply);
    }
    reply
}

/// Whether the last byte is a line feed that is no data: the framer, which knows blocks and quoted
/// strings, sees an end there.
pub(crate) fn is_whole_line(reply: &[u8]) -> bool {
    reply.last() == Some(&b'\n') && !reply.starts_with(b"#0") && !ends_in_data(reply)
}

/// Takes the carriage return off a line whose line feed is off already, unless it is data.
pub(crate) fn strip_carriage_return(line: &mut Vec<u8>) {
    if line.last() == Some(&b'\r') {
        // With a line feed in its place, which is data where the carriage return is.
        line.pop();
        line.push(b'\n');
        let is_data = ends_in_data(line);
        line.pop();
        if is_data {
            line.push(b'\r');
        }
    }
}

fn ends_in_data(reply: &[u8]) -> bool {
    matches!(Framer::new(reply.len() + 1).push(reply), Ok(None))
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

    #[test]
    fn carriage_returns_and_more_line_feeds_go_too_unless_they_are_data() {
        let strip = |reply: &[u8]| without_terminator(reply.to_vec(), None);
        assert_eq!(strip(b"1\r\n"), b"1");
        assert_eq!(strip(b"1\n\n"), b"1");
        assert_eq!(strip(b"1\r\n\r\n"), b"1");
        assert_eq!(strip(b"1\n2\n"), b"1\n2");
        assert_eq!(strip(b"#14ab\r\n"), b"#14ab\r\n");
        assert_eq!(strip(b"#13ab\r\n"), b"#13ab\r");
        assert_eq!(strip(b"#13ab\r\r\n"), b"#13ab\r");
        assert_eq!(strip(b"\n"), b"");
    }
}
