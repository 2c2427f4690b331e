//! What faults make of the bytes of a reply.

/// Where a byte is lost or doubled.
fn middle(reply: &[u8]) -> usize {
    reply.len() / 2
}

pub(super) fn first_half(reply: &[u8]) -> &[u8] {
    &reply[..reply.len() / 2]
}

pub(super) fn without_a_byte(reply: &[u8], out: &mut Vec<u8>) {
    let at = middle(reply);
    out.extend_from_slice(&reply[..at]);
    out.extend_from_slice(reply.get(at + 1..).unwrap_or_default());
}

pub(super) fn with_a_byte_twice(reply: &[u8], out: &mut Vec<u8>) {
    let at = middle(reply);
    out.extend_from_slice(&reply[..at]);
    out.extend_from_slice(reply.get(at..at + 1).unwrap_or_default());
    out.extend_from_slice(&reply[at..]);
}

/// Bytes as a line without a driver picks them up: no line feed among them, so that they spoil one
/// line and not two. `seed` says which.
pub(super) fn garbage(count: u64, seed: u64, out: &mut Vec<u8>) {
    // Knuth's generator (The Art of Computer Programming, volume 2, section 3.3.4); its upper bits
    // are good enough for noise that nobody measures.
    let mut state = seed;
    for _ in 0..count {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let byte = (state >> 56) as u8;
        out.push(if byte == b'\n' { 0xff } else { byte });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_byte_is_lost_or_doubled_in_the_middle() {
        let mut out = Vec::new();
        without_a_byte(b"+1.0E-6\n", &mut out);
        assert_eq!(out, b"+1.0-6\n");
        out.clear();
        with_a_byte_twice(b"+1.0E-6\n", &mut out);
        assert_eq!(out, b"+1.0EE-6\n");
    }

    #[test]
    fn garbage_spoils_one_line_only() {
        let mut out = Vec::new();
        garbage(65_536, 3, &mut out);
        assert_eq!(out.len(), 65_536);
        assert!(!out.contains(&b'\n'));
        assert!(out.iter().any(|it| *it >= 0x80));
    }
}
