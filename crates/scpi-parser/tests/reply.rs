//! Replies: numbers, strings, blocks, entries of the error queue, and where each ends.

use scpi_parser::{
    quantity::{self, QuantityError},
    reply::{self, Framer, Number, TooLong},
    write,
};

#[test]
fn numbers_are_read_with_the_standards_sentinels() {
    for (text, expected) in [
        ("5", Some(Number::Value(5.0))),
        ("-0", Some(Number::Value(-0.0))),
        ("+1.00", Some(Number::Value(1.0))),
        (" +1.000206E+00\r", Some(Number::Value(1.000206))),
        ("1e-05", Some(Number::Value(1e-5))),
        ("9.9E37", Some(Number::Overflow { negative: false })),
        ("+9.900000E+37", Some(Number::Overflow { negative: false })),
        ("-9.9e37", Some(Number::Overflow { negative: true })),
        ("9.90000043e37", Some(Number::Overflow { negative: false })),
        ("+9.910000E+37", Some(Number::NotANumber)),
        ("-9.91E37", Some(Number::NotANumber)),
        ("9.8E37", Some(Number::Value(9.8e37))),
        ("9.9E36", Some(Number::Value(9.9e36))),
        ("", None),
        (".", None),
        ("1e", None),
        ("1e400", None),
        ("inf", None),
        ("NAN", None),
        ("1 2", None),
        ("1,2", None),
        ("1V", None),
        ("0x10", None),
    ] {
        assert_eq!(reply::number(text.as_bytes()).ok(), expected, "{text:?}");
    }
    let list: Vec<_> = reply::numbers(b"+1.0E+00, -2.5 ,x,").map(Result::ok).collect();
    assert_eq!(list, [Some(Number::Value(1.0)), Some(Number::Value(-2.5)), None, None]);
    assert_eq!(Number::Value(1.5).value(), Some(1.5));
    assert_eq!(Number::NotANumber.value(), None);
}

#[test]
fn a_refusal_quotes_what_came_and_shortens_it() {
    let error = reply::number(b"a\nb").expect_err("no number");
    assert_eq!(error.to_string(), r#""a\nb" is not a number"#);
    let error = reply::string(&[b'x'; 100]).expect_err("no string");
    assert_eq!(error.to_string(), format!("\"{}…\" is not a string in quotes", "x".repeat(60)));
    let error = reply::block(b"#15abc").expect_err("no block");
    assert_eq!(error.to_string(), "\"#15abc\" is not a whole block");
    let error = reply::error_entry(b"0").expect_err("no entry");
    let expected = "\"0\" is not an entry of an error queue, such as 0,\"No error\"";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn strings_are_one_string_in_either_quote() {
    for (text, expected) in [
        ("\"VOLT\"", Some("VOLT")),
        (" 'VOLT'\r", Some("VOLT")),
        ("\"\"", Some("")),
        ("\"a\"\"b\"", Some("a\"b")),
        ("'a''b\"'", Some("a'b\"")),
        ("\"\"\"\"", Some("\"")),
        ("\"a\",\"b\"", None),
        ("\"a\"b\"", None),
        ("\"\"\"", None),
        ("\"", None),
        ("'a\"", None),
        ("VOLT", None),
        ("", None),
    ] {
        assert_eq!(reply::string(text.as_bytes()).ok().as_deref(), expected, "{text:?}");
    }
}

#[test]
fn blocks_are_counted_by_their_length() {
    for (bytes, expected) in [
        (&b"#15a\nb;c"[..], Some((&b"a\nb;c"[..], &b""[..]))),
        (b"#15abcde,1", Some((b"abcde", b",1"))),
        (b"#3005abcde", Some((b"abcde", b""))),
        (b"#10", Some((b"", b""))),
        (b"#0a\nb", Some((b"a\nb", b""))),
        (b"#15abcd", None),
        (b"#2x5abcde", None),
        (b"#", None),
        (b"#a", None),
        (b"#9999999999", None),
        (b"15abcde", None),
        (b"", None),
    ] {
        assert_eq!(reply::block(bytes).ok(), expected, "{}", bytes.escape_ascii());
    }
}

#[test]
fn entries_of_error_queues_are_read_as_instruments_write_them() {
    for (text, expected) in [
        ("0,\"No error\"", Some((0, "No error"))),
        ("+0,\"No error\"", Some((0, "No error"))),
        ("-113,\"Undefined header\"\r", Some((-113, "Undefined header"))),
        ("0,\"No error;0;0 0\"", Some((0, "No error"))),
        ("-222, 'Data out of range'", Some((-222, "Data out of range"))),
        ("-101,\"Invalid \"\"character\"", Some((-101, "Invalid \"character"))),
        ("-113,\"Undefined header \"FOO\"\"", Some((-113, "Undefined header \"FOO\""))),
        ("0", None),
        ("0,No error", None),
        ("zero,\"No error\"", None),
        ("99999999999,\"No error\"", None),
        ("", None),
    ] {
        let expected = expected.map(|(code, text)| (code, text.to_owned()));
        assert_eq!(reply::error_entry(text.as_bytes()).ok(), expected, "{text:?}");
    }
}

#[test]
fn answers_end_at_semicolons_outside_of_strings_and_blocks() {
    for (bytes, expected) in [
        (&b"1;2"[..], &[&b"1"[..], b"2"][..]),
        (b"", &[b""]),
        (b"1;", &[b"1", b""]),
        (b"\"a;b\";'c;\"d';3", &[b"\"a;b\"", b"'c;\"d'", b"3"]),
        (b"#15a;b\";;2", &[b"#15a;b\";", b"2"]),
        (b"1,#13a;b;#12;;", &[b"1,#13a;b", b"#12;;"]),
        (b"#0a;b", &[b"#0a;b"]),
        (b"#19a;b", &[b"#19a;b"]),
        (b"a#15;b", &[b"a#15", b"b"]),
        (b"#HFF;2", &[b"#HFF", b"2"]),
        (b":FUNC \"a;b\";:OUTP ON", &[b":FUNC \"a;b\"", b":OUTP ON"]),
    ] {
        let found: Vec<_> = reply::answers(bytes).collect();
        assert_eq!(found, expected, "{}", bytes.escape_ascii());
    }
}

/// The replies of a stream that comes in pieces of `size`.
fn frame(stream: &[u8], size: usize, limit: usize) -> Result<Vec<Vec<u8>>, TooLong> {
    let mut framer = Framer::new(limit);
    let (mut replies, mut reply) = (Vec::new(), Vec::new());
    for mut piece in stream.chunks(size) {
        while !piece.is_empty() {
            let end = framer.push(piece)?;
            let (head, rest) = piece.split_at(end.unwrap_or(piece.len()));
            reply.extend_from_slice(head);
            if end.is_some() {
                replies.push(std::mem::take(&mut reply));
            }
            piece = rest;
        }
    }
    Ok(replies)
}

#[test]
fn a_reply_ends_at_the_line_feed_that_is_no_data() {
    for (stream, expected) in [
        (&b"1\n2\r\n"[..], &[&b"1\n"[..], b"2\r\n"][..]),
        (b"\n\n", &[b"\n", b"\n"]),
        (b"#13a\nb\n1\n", &[b"#13a\nb\n", b"1\n"]),
        (b"1,#3002\n\n;\"a\n\"\n", &[b"1,#3002\n\n;\"a\n\"\n"]),
        (b"\"a\"\"\n\"\n", &[b"\"a\"\"\n\"\n"]),
        (b"it's\n1\n", &[b"it's\n", b"1\n"]),
        (b"#10\n1\n", &[b"#10\n", b"1\n"]),
        (b"#0a,\"b\n1\n", &[b"#0a,\"b\n", b"1\n"]),
        (b"#3\n1\n", &[b"#3\n", b"1\n"]),
        (b"#2x\n1\n", &[b"#2x\n", b"1\n"]),
        (b"\t#12\n\n\n", &[b"\t#12\n\n\n"]),
        (b"1\n2", &[b"1\n"]),
        (b"#15a\n", &[]),
    ] {
        for size in 1..=stream.len() {
            let found = frame(stream, size, 100).expect("short replies");
            assert_eq!(found, expected, "{} by {size}", stream.escape_ascii());
        }
    }
}

#[test]
fn a_reply_longer_than_the_limit_is_refused_however_it_is_torn() {
    for (stream, fits) in [
        (&b"1234\n"[..], true),
        (b"12345\n", false),
        (b"12345", false),
        (b"1\n1234\n", true),
        (b"#9999999999aaa", false),
    ] {
        for size in 1..=stream.len() {
            let found = frame(stream, size, 5);
            assert_eq!(found.is_ok(), fits, "{} by {size}", stream.escape_ascii());
        }
    }
    let mut framer = Framer::new(5);
    assert_eq!(framer.push(b"123456"), Err(TooLong { limit: 5 }));
    assert_eq!(framer.push(b"7\n8\n"), Err(TooLong { limit: 5 }));
    assert_eq!(framer.push(b"8\n"), Ok(Some(2)));
}

#[test]
fn numbers_leave_in_their_shortest_form() {
    for (value, text) in [
        (1.0, "1"),
        (1.000001, "1.000001"),
        (0.1 + 0.2, "0.30000000000000004"),
        (1e-3, "0.001"),
        (2e-5, "2E-5"),
        (-1.5e-9, "-1.5E-9"),
        (9999999.5, "9999999.5"),
        (1e7, "1E7"),
        (f64::MIN_POSITIVE, "2.2250738585072014E-308"),
        (0.0, "0"),
        (-0.0, "-0"),
        (f64::INFINITY, "INF"),
        (f64::NEG_INFINITY, "NINF"),
        (f64::NAN, "NAN"),
    ] {
        assert_eq!(write::number(value).to_string(), text);
    }
    assert_eq!(write::numbers(&[1.0, 2e-5, -3.0]).to_string(), "1,2E-5,-3");
    assert_eq!(write::numbers(&[]).to_string(), "");
    assert_eq!(write::string("a\"b").to_string(), "\"a\"\"b\"");
    assert_eq!(write::string("").to_string(), "\"\"");
}

#[test]
fn quantities_are_read_and_written_as_people_do() {
    for (text, unit, value) in [
        ("20 mV", "V", 0.02),
        ("1.1mV", "V", 0.0011),
        (" 1 V ", "V", 1.0),
        ("5 \u{b5}A", "A", 5e-6),
        ("5 \u{3bc}A", "A", 5e-6),
        ("5 uA", "A", 5e-6),
        ("1 Mohm", "ohm", 1e6),
        ("1 mohm", "ohm", 1e-3),
        ("10 V/s", "V/s", 10.0),
        ("1e-3 kV", "V", 1.0),
        ("-3 aA", "A", -3e-18),
    ] {
        assert_eq!(quantity::parse(text, unit), Ok(value), "{text}");
    }
    let (unit, text) = ("V".to_owned(), |it: &str| it.to_owned());
    for (given, expected) in [
        ("", QuantityError::NotANumber { text: text(""), unit: unit.clone() }),
        ("mV", QuantityError::NotANumber { text: text("mV"), unit: unit.clone() }),
        ("1e999 V", QuantityError::NotANumber { text: text("1e999 V"), unit: unit.clone() }),
        ("1e308 kV", QuantityError::NotANumber { text: text("1e308 kV"), unit: unit.clone() }),
        ("20", QuantityError::MissingUnit { text: text("20"), unit: unit.clone() }),
        ("20 m", QuantityError::WrongUnit { text: text("20 m"), unit: unit.clone() }),
        ("20 mA", QuantityError::WrongUnit { text: text("20 mA"), unit: unit.clone() }),
        ("20 MILLIV", QuantityError::WrongUnit { text: text("20 MILLIV"), unit: unit.clone() }),
        ("1 2 V", QuantityError::WrongUnit { text: text("1 2 V"), unit }),
    ] {
        assert_eq!(quantity::parse(given, "V"), Err(expected), "{given}");
    }
    for (value, text) in [
        (0.02, "20 mV"),
        (1.0, "1 V"),
        (-0.0011, "-1.1 mV"),
        (123456.0, "123.456 kV"),
        (1e-18, "1 aV"),
        (1e-19, "0.0000000000000000001 V"),
        (0.0, "0 V"),
        (f64::INFINITY, "inf V"),
    ] {
        assert_eq!(quantity::display(value, "V").to_string(), text);
    }
}

#[test]
fn an_indefinite_block_of_known_length_ends_behind_it_at_the_byte_that_ends_replies() {
    for (end, stream, expected) in [
        (b'\n', &b"#0a\nb\n1\n"[..], 6),
        (b'\r', b"#0\r\r\r\n\r1", 7),
        (b'\n', b"1;#0a\nb\n", 6),
        (b'\n', b"#13a\nb\n", 7),
    ] {
        for size in 1..=stream.len() {
            let mut framer = Framer::ended_by(100, end);
            framer.expect_block(3);
            let mut seen = 0;
            let ended = stream.chunks(size).find_map(|piece| {
                let found = framer.push(piece).expect("short replies");
                let ended = found.map(|n| seen + n);
                seen += piece.len();
                ended
            });
            assert_eq!(ended, Some(expected), "{} by {size}", stream.escape_ascii());
        }
    }
}
