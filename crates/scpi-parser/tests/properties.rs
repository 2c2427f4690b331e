//! What holds for every value, every byte and every way to tear a stream.

use proptest::{collection::vec, prelude::*, sample::select};
use scpi_parser::{
    input::InputBuffer,
    program::{self, Numeric, Parameters, Unit},
    quantity,
    reply::{self, Framer, Number},
    response::Response,
    write,
};

/// Any finite number, by its bits: subnormal ones and huge ones too.
fn finite() -> impl Strategy<Value = f64> {
    any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |it| it.is_finite())
}

/// Bytes in which syntax is frequent.
fn syntax() -> impl Strategy<Value = Vec<u8>> {
    let pieces: &[&[u8]] = &[
        b"\n", b"\r\n", b";", b",", b":", b"*", b"?", b"#", b"#0", b"#1", b"#13", b"#204", b"#H",
        b"\"", b"'", b"(", b"(@", b")", b" ", b"1", b"2.5", b"E", b"e-3", b"VOLT", b"mV", b"RST",
        b"\xff", b"\0",
    ];
    vec(select(pieces), 0..24).prop_map(|it| it.concat())
}

/// The parameters of a message of one unit.
fn parameters(message: &[u8]) -> Parameters<'_> {
    let mut units = program::units(message);
    let unit = units.next().expect("a unit").expect("a unit without faults");
    assert!(units.next().is_none());
    unit.parameters
}

fn respond(fill: impl FnOnce(&mut Response<'_>)) -> Vec<u8> {
    let mut out = Vec::new();
    let mut response = Response::new(&mut out);
    fill(response.begin());
    response.finish();
    out
}

/// One whole reply, without its line feed.
fn framed(reply: &[u8]) -> &[u8] {
    assert_eq!(Framer::new(reply.len()).push(reply), Ok(Some(reply.len())));
    &reply[..reply.len() - 1]
}

fn replies<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limit: usize) -> Vec<Option<Vec<u8>>> {
    let mut framer = Framer::new(limit);
    let (mut replies, mut reply) = (Vec::new(), Vec::new());
    for mut piece in pieces {
        while !piece.is_empty() {
            let Ok(end) = framer.push(piece) else {
                replies.push(None);
                return replies;
            };
            let (head, rest) = piece.split_at(end.unwrap_or(piece.len()));
            reply.extend_from_slice(head);
            assert!(reply.len() <= limit);
            if end.is_some() {
                replies.push(Some(std::mem::take(&mut reply)));
            }
            piece = rest;
        }
    }
    replies
}

fn messages<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, capacity: usize) -> Vec<Vec<u8>> {
    let mut buffer = InputBuffer::new(capacity);
    let mut messages = Vec::new();
    for piece in pieces {
        // An overrun drops a message: what is left of the stream is compared.
        let _ = buffer.receive(piece, |it| {
            assert!(it.len() < capacity);
            messages.push(it.to_vec());
        });
    }
    messages
}

/// Reads the parameters of a unit in every way.
fn read_all(unit: &Unit<'_>) {
    type Read = fn(&mut Parameters<'_>) -> bool;
    let reads: [Read; 6] = [
        |it| it.number(&["V", "OHM"]).is_ok(),
        |it| it.boolean().is_ok(),
        |it| it.choice(&[("VOLTage", ())]).is_ok(),
        |it| it.string().is_ok(),
        |it| it.channels().is_ok_and(|mut it| it.all(|it| it.is_ok())),
        |it| it.block().is_ok(),
    ];
    for read in reads {
        let mut parameters = unit.parameters;
        while !parameters.is_empty() && read(&mut parameters) {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_number_reads_back_as_the_same_number(value in finite()) {
        let text = write::number(value).to_string();
        prop_assert_eq!(text.parse::<f64>().map(f64::to_bits), Ok(value.to_bits()));
        let message = format!("VOLT {text}");
        match parameters(message.as_bytes()).number(&[]) {
            Ok(Numeric::Value(found)) => prop_assert_eq!(found.to_bits(), value.to_bits()),
            other => prop_assert!(false, "{} is {:?}", text, other),
        }
        // Seventeen digits are enough for every number.
        let reply = respond(|it| {
it.nr3(value, 16).nr3(value, 16);
});
        for found in reply::numbers(framed(&reply)) {
            match found {
                Ok(Number::Value(found)) => prop_assert_eq!(found.to_bits(), value.to_bits()),
                other => prop_assert!((9.8e37..9.92e37).contains(&value.abs()), "{:?}", other),
            }
        }
    }

    #[test]
    fn a_list_of_numbers_reads_back(values in vec(finite(), 1..20)) {
        let message = format!("LIST {}", write::numbers(&values));
        let mut parameters = parameters(message.as_bytes());
        for value in values {
            prop_assert_eq!(parameters.number(&[]), Ok(Numeric::Value(value)));
        }
        prop_assert_eq!(parameters.finish(), Ok(()));
    }

    #[test]
    fn a_quantity_reads_back_as_the_same_number(
        value in finite(),
        // Numbers of the size that prefixes are for.
        digits in -99999i32..99999, exponent in -22i32..16,
        unit in select(&["V", "A", "s", "ohm", "V/s"][..]),
    ) {
        let usual: f64 = format!("{digits}e{exponent}").parse().expect("a number");
        for value in [value, usual] {
            let text = quantity::display(value, unit).to_string();
            let found = quantity::parse(&text, unit).map(f64::to_bits);
            prop_assert_eq!(found, Ok(value.to_bits()), "{}", text);
        }
    }

    #[test]
    fn a_string_reads_back_in_both_directions(text in "[a-z;,#\"'()\n 1µ]{0,20}") {
        let message = format!("TEXT {} \r", write::string(&text));
        let sent = parameters(message.as_bytes()).string();
        prop_assert_eq!(sent.as_deref(), Ok(text.as_bytes()));
        let reply = respond(|it| {
it.string(text.as_bytes());
});
        let answers: Vec<_> = reply::answers(framed(&reply)).collect();
        prop_assert_eq!(answers.len(), 1);
        let answered = reply::string(answers[0]);
        prop_assert_eq!(answered.as_deref(), Ok(&*text));
    }

    #[test]
    fn a_block_reads_back_in_both_directions(
        data in prop_oneof![vec(any::<u8>(), 0..300), syntax()],
        after in syntax(),
    ) {
        let mut stream = b"DATA ".to_vec();
        write::block(&mut stream, &data);
        stream.push(b'\n');
        let received = messages([&stream[..]], 1000);
        prop_assert_eq!(received.len(), 1);
        prop_assert_eq!(parameters(&received[0]).block(), Ok(&data[..]));

        let reply = respond(|it| {
it.block(&data).block(&after);
});
        let reply = framed(&reply);
        prop_assert_eq!(reply::answers(reply).collect::<Vec<_>>(), [reply]);
        let (first, rest) = reply::block(reply).expect("a block");
        prop_assert_eq!(first, &data[..]);
        prop_assert_eq!(reply::block(&rest[1..]), Ok((&after[..], &b""[..])));

        let endless = respond(|it| {
it.indefinite_block(&data);
});
        prop_assert_eq!(reply::block(&endless[..endless.len() - 1]), Ok((&data[..], &b""[..])));
        let message = [b"DATA #0", &data[..]].concat();
        prop_assert_eq!(parameters(&message).block(), Ok(&data[..]));
    }

    #[test]
    fn any_bytes_are_read_without_panic(
        bytes in prop_oneof![vec(any::<u8>(), 0..200), syntax()],
    ) {
        for unit in program::units(&bytes).flatten() {
            read_all(&unit);
        }
        let answers: Vec<_> = reply::answers(&bytes).collect();
        prop_assert_eq!(answers.join(&b';'), &bytes[..]);
        for answer in answers {
            // Whatever they are: numbers, strings, blocks, entries, or none of these.
            let _ = reply::numbers(answer).count();
            let _ = (reply::string(answer), reply::block(answer), reply::error_entry(answer));
        }
        let _ = quantity::parse(&String::from_utf8_lossy(&bytes), "V");
    }

    #[test]
    fn a_stream_means_the_same_however_it_is_torn(
        bytes in vec(syntax(), 1..8).prop_map(|it| it.concat()),
        size in 1usize..40,
        limit in 1usize..80,
    ) {
        let whole = [&bytes[..]];
        prop_assert_eq!(messages(bytes.chunks(size), limit), messages(whole, limit));
        prop_assert_eq!(replies(bytes.chunks(size), limit), replies(whole, limit));
    }
}
