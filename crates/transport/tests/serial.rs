//! Serial ports, over pseudo-terminals.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test's helper: a failure is the test's failure")]

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_serial::{SerialPort, SerialStream};
use transport::{
    LinkError, Terminator, Transport,
    serial::{self, FlowControl, SerialClear, SerialOptions, SerialTransport},
};

const LIMIT: Duration = Duration::from_secs(10);

/// The far end of a line that nobody has opened yet, and the near end's name.
fn line() -> (SerialStream, String) {
    let (far, near) = SerialStream::pair().unwrap();
    let path = near.name().unwrap();
    drop(near);
    (far, path)
}

async fn open(options: &SerialOptions) -> (SerialTransport, SerialStream) {
    let (far, path) = line();
    (serial::open(&path, options, LIMIT).await.unwrap(), far)
}

/// At 115200 baud the line is taken for idle soon.
fn fast() -> SerialOptions {
    SerialOptions { baud: 115_200, ..SerialOptions::default() }
}

async fn expects(far: &mut SerialStream, bytes: &[u8]) {
    let mut heard = vec![0; bytes.len()];
    far.read_exact(&mut heard).await.unwrap();
    assert_eq!(heard, bytes);
}

#[tokio::test]
async fn messages_go_both_ways_with_the_configured_terminators() {
    let options = SerialOptions { send: Terminator::Cr, accept: Terminator::LfCr, ..fast() };
    let (mut link, mut far) = open(&options).await;
    link.send(b"*IDN?").await.unwrap();
    expects(&mut far, b"*IDN?\r").await;
    far.write_all(b"KEITHLEY\n\r").await.unwrap();
    assert_eq!(link.receive().await.unwrap(), b"KEITHLEY");
}

#[tokio::test]
async fn what_lies_on_the_line_at_opening_is_dropped() {
    let (mut far, path) = line();
    let options = fast();
    let opening = serial::open(&path, &options, LIMIT);
    let noise = async { far.write_all(b"+1.0,+2.0\nstale").await.unwrap() };
    let (link, ()) = tokio::join!(opening, noise);
    let mut link = link.unwrap();
    far.write_all(b"fresh\n").await.unwrap();
    assert_eq!(link.receive().await.unwrap(), b"fresh");
}

#[tokio::test]
async fn a_line_that_never_falls_silent_is_no_link_but_one_that_obeys_a_clear_is() {
    let limit = Duration::from_millis(200);
    let (far, path) = line();
    let talk = tokio::spawn(chatter(far));
    let error = serial::open(&path, &fast(), limit).await.unwrap_err();
    assert!(error.to_string().contains("was not silent"), "{error}");
    talk.abort();

    let (far, path) = line();
    let talk = tokio::spawn(chatter(far));
    let options = SerialOptions { clear: SerialClear::CtrlC, ..fast() };
    let mut link = serial::open(&path, &options, limit).await.unwrap();
    let mut far = talk.await.unwrap();
    far.write_all(b"fresh\n").await.unwrap();
    assert_eq!(link.receive().await.unwrap(), b"fresh");
}

/// Sends without end, until it hears ^C.
async fn chatter(far: SerialStream) -> SerialStream {
    let (mut ear, mut mouth) = tokio::io::split(far);
    {
        let mut heard = std::pin::pin!(ear.read_u8());
        loop {
            tokio::select! {
                byte = &mut heard => {
                    assert_eq!(byte.unwrap(), 3);
                    break;
                }
                written = mouth.write_all(b"1\n") => written.unwrap(),
            }
            tokio::task::yield_now().await;
        }
    }
    ear.unsplit(mouth)
}

#[tokio::test]
async fn a_clear_is_sent_where_the_instrument_knows_one() {
    for (clear, sent) in [(SerialClear::CtrlC, 3), (SerialClear::CtrlX, 24)] {
        let (mut link, mut far) = open(&SerialOptions { clear, ..fast() }).await;
        far.write_all(b"half a rep").await.unwrap();
        let sent = [sent];
        let (cleared, ()) = tokio::join!(link.clear(), expects(&mut far, &sent));
        cleared.unwrap();
        far.write_all(b"fresh\n").await.unwrap();
        assert_eq!(link.receive().await.unwrap(), b"fresh");
    }
    let (mut link, mut far) = open(&fast()).await;
    link.clear().await.unwrap();
    link.send(b"A").await.unwrap();
    expects(&mut far, b"A\n").await;
}

#[tokio::test]
async fn flow_control_bytes_are_no_part_of_a_reply() {
    for flow_control in [FlowControl::None, FlowControl::XonXoff] {
        let (mut link, mut far) = open(&SerialOptions { flow_control, ..fast() }).await;
        far.write_all(b"\x13\x11+1.\x13\x115\x11\n").await.unwrap();
        assert_eq!(link.receive().await.unwrap(), b"+1.5", "{flow_control:?}");
    }
}

#[tokio::test]
async fn an_instrument_that_says_stop_is_sent_nothing_until_it_says_go_on() {
    let options = SerialOptions { flow_control: FlowControl::XonXoff, ..fast() };
    let (mut link, mut far) = open(&options).await;
    // The reply behind it shows that the stop has arrived.
    far.write_all(b"\x13stopped\n").await.unwrap();
    assert_eq!(link.receive().await.unwrap(), b"stopped");
    {
        let mut sending = std::pin::pin!(link.send(b"A"));
        let mut left = false;
        for _ in 0..20 {
            tokio::select! {
                biased;
                byte = far.read_u8() => panic!("{byte:?} has come"),
                sent = &mut sending, if !left => {
                    sent.unwrap();
                    left = true;
                }
                () = tokio::task::yield_now() => {}
            }
        }
        far.write_all(b"\x11").await.unwrap();
        if !left {
            sending.await.unwrap();
        }
    }
    expects(&mut far, b"A\n").await;
}

#[tokio::test]
async fn what_the_line_would_obey_is_refused() {
    let (mut link, mut far) = open(&SerialOptions { data_bits: 7, ..fast() }).await;
    for (byte, name) in
        [(0x11, "XON"), (0x13, "XOFF"), (3, "^C"), (0x18, "^X"), (0xB5, "byte beyond 127")]
    {
        let error = link.send(&[b'A', byte]).await.unwrap_err();
        assert!(
            matches!(error, LinkError::Unsendable { name: found, position: 1, .. } if found == name)
        );
    }
    link.send(b"A").await.unwrap();
    expects(&mut far, b"A\n").await;
}

#[tokio::test]
async fn a_port_that_vanishes_closes_the_link() {
    let (mut link, far) = open(&fast()).await;
    drop(far);
    assert!(matches!(link.receive().await, Err(LinkError::Closed)));
    assert!(matches!(link.unsolicited().await, Err(LinkError::Closed)));
}

#[tokio::test]
async fn a_port_is_opened_once() {
    let (_far, path) = line();
    let _first = serial::open(&path, &fast(), LIMIT).await.unwrap();
    let error = serial::open(&path, &fast(), LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("another program has it open"), "{error}");
}

#[tokio::test]
async fn what_no_port_can_do_is_refused_with_what_it_can() {
    let (_far, path) = line();
    let cases = [
        (
            SerialOptions { baud: 9601, ..fast() },
            "baud = 9601: accepted is 300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200",
        ),
        (SerialOptions { data_bits: 6, ..fast() }, "data-bits = 6: accepted is 7, 8"),
        (SerialOptions { stop_bits: 3, ..fast() }, "stop-bits = 3: accepted is 1, 2"),
    ];
    for (options, said) in cases {
        let error = serial::open(&path, &options, LIMIT).await.unwrap_err();
        assert_eq!(error.to_string(), format!("ASRL{path}::INSTR: {said}"));
    }
}

#[tokio::test]
async fn a_port_that_is_not_there_is_named() {
    let error = serial::open("/dev/no-such-port", &fast(), LIMIT).await.unwrap_err();
    let said = error.to_string();
    assert!(said.starts_with("ASRL/dev/no-such-port::INSTR: /dev/no-such-port cannot be opened"));
    assert!(said.contains("there are") || said.contains("has no serial port"), "{said}");
}

#[tokio::test]
async fn a_serial_line_carries_no_binary_and_without_flow_control_one_query() {
    let none = fast();
    let flow = SerialOptions { flow_control: FlowControl::XonXoff, ..fast() };
    assert!(!none.allows_binary() && !flow.allows_binary());
    let ((plain, _a), (held, _b)) = (open(&none).await, open(&flow).await);
    assert_eq!((plain.depth(), held.depth()), (1, 8));
}

#[test]
fn options_are_written_as_people_write_them() {
    let options: SerialOptions = serde_json::from_str(
        r#"{"baud": 57600, "data-bits": 7, "parity": "odd", "flow-control": "xon-xoff", "send": "crlf", "clear": "^C"}"#,
    )
    .unwrap();
    assert_eq!(options.baud, 57600);
    assert_eq!((options.flow_control, options.clear), (FlowControl::XonXoff, SerialClear::CtrlC));
    assert_eq!((options.send, options.accept), (Terminator::CrLf, Terminator::Lf));
}
