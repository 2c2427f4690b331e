//! A message as a gateway takes it.

const ESC: u8 = 27;

/// Appends `message` and the line feed that ends it for the gateway. CR, LF, ESC and `+` get an ESC in
/// front: they would end the message, or make it a command to the gateway (Prologix GPIB-ETHERNET
/// manual, section 8.1; AR488 manual, "Sending Data and Special Characters").
pub(super) fn escape(message: &[u8], out: &mut Vec<u8>) {
    for &byte in message {
        if matches!(byte, b'\r' | b'\n' | ESC | b'+') {
            out.push(ESC);
        }
        out.push(byte);
    }
    out.push(b'\n');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What reaches the bus: lines, and whether each is the gateway's own.
    fn lines(wire: &[u8]) -> Vec<(bool, Vec<u8>)> {
        let (mut lines, mut line, mut own, mut escaped) = (vec![], vec![], true, false);
        for &byte in wire {
            match byte {
                _ if escaped => {
                    own &= line.len() >= 2;
                    line.push(byte);
                    escaped = false;
                }
                ESC => escaped = true,
                b'\r' | b'\n' => {
                    own &= line.starts_with(b"++");
                    lines.push((own, std::mem::take(&mut line)));
                    own = true;
                }
                _ => line.push(byte),
            }
        }
        lines
    }

    #[test]
    fn the_manuals_example_is_escaped_as_it_shows() {
        let mut wire = Vec::new();
        escape(&[0, 1, 2, 13, 3, 10, 4, 27, 5, 43, 6], &mut wire);
        assert_eq!(wire, [0, 1, 2, 27, 13, 3, 27, 10, 4, 27, 27, 5, 27, 43, 6, 10]);
    }

    proptest! {
        #[test]
        fn any_bytes_arrive_as_one_message_and_never_as_a_command(
            message in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b'+'), Just(ESC), Just(b'\n')], 0..50),
        ) {
            let mut wire = Vec::new();
            escape(&message, &mut wire);
            prop_assert_eq!(lines(&wire), vec![(false, message)]);
        }
    }
}
