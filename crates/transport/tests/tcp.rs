//! Raw TCP sockets, on the loopback device.

use std::time::Duration;

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpSocket},
};
use transport::{LinkError, Session, SessionOptions, connect_tcp};

const LIMIT: Duration = Duration::from_secs(5);

#[tokio::test]
async fn an_instrument_answers_over_a_socket() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let instrument = async {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        assert_eq!(line, "*IDN?\n");
        stream.write_all(b"KEITHLEY,2400\n").await.unwrap();
        line.clear();
        assert_eq!(stream.read_line(&mut line).await.unwrap(), 0);
    };
    let driver = async {
        let session = Session::spawn(
            connect_tcp("127.0.0.1", port, LIMIT).await.unwrap(),
            SessionOptions::default(),
        );
        assert_eq!(session.query("*IDN?", LIMIT).await.unwrap(), b"KEITHLEY,2400");
        session.close().await;
    };
    tokio::join!(instrument, driver);
}

#[tokio::test]
async fn a_port_where_nobody_listens_is_named_with_what_to_check() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let error = connect_tcp("127.0.0.1", port, LIMIT).await.unwrap_err();
    assert!(matches!(error, LinkError::Refused { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!(
            "TCPIP0::127.0.0.1::{port}::SOCKET: the connection was refused; check that the port is the instrument's \
             raw SCPI socket (5025 on most) and that no other program is connected to it"
        )
    );
}

#[tokio::test(start_paused = true)]
async fn an_instrument_that_does_not_answer_is_given_up_at_the_limit() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let port = listener.local_addr().unwrap().port();
    // Nobody accepts: once its queue is full, the address is silent.
    let mut waiting = Vec::new();
    let error = loop {
        match connect_tcp("127.0.0.1", port, LIMIT).await {
            Ok(link) => waiting.push(link),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, LinkError::NoAnswer { .. }), "{error:?}");
    let sentence = error.to_string();
    let begin = format!("TCPIP0::127.0.0.1::{port}::SOCKET: no answer within 5s; check that");
    assert!(sentence.starts_with(&begin), "{sentence}");
}

#[tokio::test]
async fn a_host_name_that_cannot_be_is_named() {
    let error = connect_tcp("no_such_host.invalid", 5025, LIMIT).await.unwrap_err();
    let sentence = error.to_string();
    assert!(sentence.starts_with("TCPIP0::no_such_host.invalid::5025::SOCKET: "), "{sentence}");
}

#[tokio::test]
async fn a_connection_over_which_nothing_ever_came_is_explained() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let link = connect_tcp("127.0.0.1", port, LIMIT).await.unwrap();
    let session = Session::spawn(link, SessionOptions::default());
    let error = session.query("*IDN?", Duration::from_millis(50)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "no reply to `*IDN?` within 50ms; the connection was made, but nothing has ever come over it: an earlier \
         client may still hold the instrument's only session; close that program, connect once to port 5030 \
         (dead-socket termination, Keithley 2600B and 707B), or switch the instrument off and on"
    );
}
