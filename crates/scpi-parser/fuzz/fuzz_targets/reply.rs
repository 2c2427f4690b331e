//! Any bytes as replies: no panic, the same replies however the stream is torn, and what is read
//! can be written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use scpi_parser::{
    quantity,
    reply::{self, Framer, Number},
    write,
};

const LIMIT: usize = 256;

/// The replies in the stream; `None` for one that is too long.
fn replies(pieces: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
    let mut framer = Framer::new(LIMIT);
    let mut replies = Vec::new();
    let mut reply = Vec::new();
    for piece in pieces {
        let mut rest = *piece;
        while !rest.is_empty() {
            match framer.push(rest) {
                Ok(Some(end)) => {
                    reply.extend_from_slice(&rest[..end]);
                    assert!(reply.len() <= LIMIT && reply.ends_with(b"\n"));
                    replies.push(Some(std::mem::take(&mut reply)));
                    rest = &rest[end..];
                }
                Ok(None) => {
                    reply.extend_from_slice(rest);
                    rest = &[];
                }
                // What a session does: it ends.
                Err(_) => {
                    replies.push(None);
                    return replies;
                }
            }
        }
    }
    replies
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, stream)) = bytes.split_first() else { return };
    let (head, tail) = stream.split_at(usize::from(*first).min(stream.len()));
    let whole = replies(&[stream]);
    let torn = replies(&[head, tail]);
    assert_eq!(whole, torn);

    let joined: Vec<&[u8]> = reply::answers(stream).collect();
    assert_eq!(joined.join(&b';'), stream);
    for answer in joined {
        for number in reply::numbers(answer) {
            if let Ok(Number::Value(value)) = number {
                let text = write::number(value).to_string();
                assert_eq!(reply::number(text.as_bytes()), number);
            }
        }
        if let Ok((data, rest)) = reply::block(answer) {
            assert!(data.len() + rest.len() < answer.len());
        }
        if let Ok(text) = reply::string(answer) {
            let written = write::string(&text).to_string();
            assert_eq!(reply::string(written.as_bytes()).as_deref(), Ok(&*text));
        }
        let _ = reply::error_entry(answer);
        if let Ok(text) = std::str::from_utf8(answer)
            && let Ok(value) = quantity::parse(text, "V")
        {
            let again = quantity::parse(&quantity::display(value, "V").to_string(), "V");
            assert_eq!(again.map(f64::to_bits), Ok(value.to_bits()));
        }
    }
});
