//! The instrument's side besides parsing: responses, the input buffer, errors, status.

use scpi_parser::{
    error::{self, Error, ErrorQueue, STANDARD},
    input::{InputBuffer, Overrun},
    response::{Response, nr3},
    status::{RegisterGroup, Standard, standard_event, status_byte},
};

#[test]
fn a_response_separates_data_by_commas_and_replies_by_semicolons() {
    let respond = |fill: &dyn Fn(&mut Response<'_>)| {
        let mut out = Vec::new();
        let mut response = Response::new(&mut out);
        fill(&mut response);
        response.finish();
        String::from_utf8_lossy(&out).into_owned()
    };
    assert_eq!(respond(&|_| {}), "");
    assert_eq!(respond(&|it| assert!(!it.begin().is_empty())), "\n");
    assert_eq!(respond(&|it| assert!(!it.begin().nr1(-5).is_empty())), "-5\n");
    let mixed = respond(&|it| {
        assert!(it.is_empty());
        it.begin().nr1(1).boolean(true).boolean(false);
        it.begin().nr2(1.0, 2).nr2(-0.126, 2).nr2(f64::NAN, 3);
        it.begin().nr3(1.000206, 6).raw(b"VOLT").string(b"a\"b");
        it.begin().block(b"a;\nb").block(b"");
        it.begin().indefinite_block(b"c\r");
        assert!(!it.is_empty());
    });
    let expected = "1,1,0;1.00,-0.13,+9.91E+37;+1.000206E+00,VOLT,\"a\"\"b\";#14a;\nb,#10;#0c\r\n";
    assert_eq!(mixed, expected);
}

#[test]
fn nr3_is_written_as_c_writes_it() {
    for (value, decimals, text) in [
        (0.0, 6, "+0.000000E+00"),
        (-0.0, 1, "-0.0E+00"),
        (1.0, 0, "+1E+00"),
        (-1e-6, 6, "-1.000000E-06"),
        (9.9999999, 6, "+1.000000E+01"),
        (1e100, 2, "+1.00E+100"),
        (1.5e-300, 1, "+1.5E-300"),
        (9.9e37, 6, "+9.900000E+37"),
        (f64::INFINITY, 6, "+9.900000E+37"),
        (f64::NEG_INFINITY, 1, "-9.90E+37"),
        (f64::NAN, 0, "+9.91E+37"),
    ] {
        let mut out = b"1,".to_vec();
        nr3(&mut out, value, decimals);
        assert_eq!(String::from_utf8_lossy(&out), format!("1,{text}"));
    }
}

/// The messages of a stream that comes in pieces of `size`, and how often the buffer overran.
fn receive(stream: &[u8], size: usize, capacity: usize) -> (Vec<Vec<u8>>, usize) {
    let mut buffer = InputBuffer::new(capacity);
    let (mut messages, mut overruns) = (Vec::new(), 0);
    for piece in stream.chunks(size) {
        if let Err(overrun) = buffer.receive(piece, |it| messages.push(it.to_vec())) {
            assert_eq!(overrun, Overrun { capacity });
            overruns += 1;
        }
    }
    (messages, overruns)
}

#[test]
fn a_message_ends_at_the_line_feed_that_is_in_no_block() {
    for (stream, expected) in [
        (&b"*RST\n*CLS\r\n"[..], &[&b"*RST"[..], b"*CLS\r"][..]),
        (b"\n", &[b""]),
        (b"*RST", &[]),
        (b"DATA #13a\nb\n*CLS\n", &[b"DATA #13a\nb", b"*CLS"]),
        (b"DATA #11\n\n*CLS\n", &[b"DATA #11\n", b"*CLS"]),
        (
            b"DATA #11\n,#212\n\n\n\n\n\n\n\n\n\n\n\n\n",
            &[b"DATA #11\n,#212\n\n\n\n\n\n\n\n\n\n\n\n"],
        ),
        (b"DATA #0a\nb\n", &[b"DATA #0a", b"b"]),
        (b"TEXT '#15'\n*CLS\n", &[b"TEXT '#15'", b"*CLS"]),
        (b"TEXT 'a\n*CLS\n", &[b"TEXT 'a", b"*CLS"]),
        // Malformed blocks end with their line, and are refused by the parser.
        (b"VOLT #3\n*CLS\n", &[b"VOLT #3", b"*CLS"]),
        (b"VOLT #3a\n*CLS\n", &[b"VOLT #3a", b"*CLS"]),
        (b"VOLT #H1\n*CLS\n", &[b"VOLT #H1", b"*CLS"]),
    ] {
        for size in 1..=stream.len() {
            let (found, overruns) = receive(stream, size, 100);
            assert_eq!(found, expected, "{} by {size}", stream.escape_ascii());
            assert_eq!(overruns, 0);
        }
    }
}

#[test]
fn an_overrun_drops_up_to_the_next_terminator() {
    for (stream, expected) in [
        (&b"12345678\n*CLS\n"[..], &[&b"*CLS"[..]][..]),
        (b"1234567\n*CLS\n", &[b"1234567", b"*CLS"]),
        (b"DATA #999999999\n*CLS\n", &[b"*CLS"]),
    ] {
        for size in 1..=stream.len() {
            let (found, overruns) = receive(stream, size, 8);
            assert_eq!(found, expected, "{} by {size}", stream.escape_ascii());
            assert_eq!(overruns, usize::from(found.len() < 2));
        }
    }
    let mut buffer = InputBuffer::new(8);
    assert_eq!(buffer.receive(b"half", |_| unreachable!("no terminator came")), Ok(()));
    buffer.clear();
    let mut messages = Vec::new();
    assert_eq!(buffer.receive(b"*CLS\n", |it| messages.push(it.to_vec())), Ok(()));
    assert_eq!(messages, [b"*CLS"]);
    assert_eq!(Overrun { capacity: 8 }.to_string(), "the input buffer of 8 bytes overran");
}

#[test]
fn the_standards_errors_are_in_order_and_set_their_event_bits() {
    assert!(STANDARD.windows(2).all(|it| it[0].code() > it[1].code()));
    for (error, bit) in [
        (error::SYNTAX_ERROR, standard_event::COMMAND_ERROR),
        (error::DATA_OUT_OF_RANGE, standard_event::EXECUTION_ERROR),
        (error::QUEUE_OVERFLOW, standard_event::DEVICE_ERROR),
        (error::QUERY_UNTERMINATED, standard_event::QUERY_ERROR),
        (error::POWER_ON, standard_event::POWER_ON),
        (error::USER_REQUEST, standard_event::USER_REQUEST),
        (error::OPERATION_COMPLETE, standard_event::OPERATION_COMPLETE),
        (Error::new(803, "Not permitted with OUTPUT off"), standard_event::DEVICE_ERROR),
    ] {
        assert_eq!(1 << error.event_bit(), bit, "{error}");
    }
    assert_eq!(error::UNDEFINED_HEADER.to_string(), "-113,\"Undefined header\"");
    assert_eq!(error::NO_ERROR.to_string(), "0,\"No error\"");
}

#[test]
fn a_full_error_queue_reports_its_overflow_last() {
    let mut queue = ErrorQueue::new(2);
    assert_eq!((queue.pop(), queue.len(), queue.is_empty()), (error::NO_ERROR, 0, true));
    queue.push(error::SYNTAX_ERROR);
    queue.push(error::INIT_IGNORED);
    queue.push(error::SELF_TEST_FAILED);
    queue.push(error::DEVICE_ERROR);
    assert_eq!(queue.len(), 2);
    assert_eq!(queue.pop(), error::SYNTAX_ERROR);
    assert_eq!(queue.pop(), error::QUEUE_OVERFLOW);
    assert_eq!(queue.pop(), error::NO_ERROR);
    queue.push(error::SYNTAX_ERROR);
    queue.clear();
    assert!(queue.is_empty());
    // A queue holds one entry at least.
    let mut queue = ErrorQueue::new(0);
    queue.push(error::SYNTAX_ERROR);
    assert_eq!(queue.pop(), error::SYNTAX_ERROR);
}

#[test]
fn changes_of_a_condition_make_the_events_that_the_filters_let_through() {
    let mut group = RegisterGroup::default();
    group.set_condition(0b0101);
    assert_eq!((group.condition(), group.take_event(), group.take_event()), (0b0101, 0b0101, 0));
    group.set_condition(0);
    assert_eq!(group.take_event(), 0);
    group.set_transitions(0, 0xffff);
    assert_eq!(group.transitions(), (0, 0x7fff));
    group.set_condition(0b0010);
    group.set_condition(0);
    assert!(!group.summary());
    group.set_enable(0xffff);
    assert_eq!(group.enable(), 0x7fff);
    assert!(group.summary());
    // The preset leaves events alone, `*CLS` clears them and nothing else.
    group.preset();
    assert_eq!((group.enable(), group.transitions()), (0, (0x7fff, 0)));
    group.set_enable(0b0010);
    assert!(group.summary());
    group.clear();
    assert_eq!((group.summary(), group.enable()), (false, 0b0010));
    group.raise(0b0010);
    assert!(group.summary());
}

#[test]
fn the_status_byte_sums_up_enabled_events() {
    let mut standard = Standard::default();
    standard.raise(standard_event::COMMAND_ERROR);
    assert_eq!(standard.status_byte(0), 0);
    standard.set_event_enable(standard_event::COMMAND_ERROR);
    assert_eq!(standard.status_byte(0), status_byte::EVENT_SUMMARY);
    // The master summary enables nothing, least of all itself.
    standard.set_service_enable(0xff);
    assert_eq!((standard.service_enable(), standard.event_enable()), (0xbf, 0x20));
    let both = status_byte::EVENT_SUMMARY | status_byte::MASTER_SUMMARY;
    assert_eq!(standard.status_byte(0), both);
    let available = status_byte::MESSAGE_AVAILABLE;
    assert_eq!(standard.status_byte(available | status_byte::MASTER_SUMMARY), both | available);
    assert_eq!((standard.take_event(), standard.take_event()), (0x20, 0));
    assert_eq!(standard.status_byte(0), 0);
    standard.raise(standard_event::COMMAND_ERROR);
    standard.clear();
    assert_eq!((standard.status_byte(0), standard.service_enable()), (0, 0xbf));
}
