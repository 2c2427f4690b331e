//! How long a query takes, over an in-process stream and over TCP on loopback, one by one and many on
//! their way together.
//!
//! `cargo run --release -p memloop-transport --example round_trip`

use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use transport::{Session, SessionOptions, StreamTransport, connect_tcp};

const QUERIES: u32 = 100_000;
const BATCH: u32 = 1000;
const LIMIT: Duration = Duration::from_secs(10);

async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut stream = BufReader::new(stream);
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line).await.is_ok_and(|read| read > 0) {
        if stream.write_all(b"+1.000000E+00,+1.000000E-06,+0.000000E+00\n").await.is_err() {
            return;
        }
        line.clear();
    }
}

async fn measure(session: Session) -> Result<(Duration, Duration), transport::SessionError> {
    let begun = Instant::now();
    for _ in 0..QUERIES {
        session.query(":SOUR:VOLT 1.000001;:READ?", LIMIT).await?;
    }
    let one_by_one = begun.elapsed() / QUERIES;
    let begun = Instant::now();
    for _ in 0..QUERIES / BATCH {
        let messages = (0..BATCH).map(|_| (":SOUR:VOLT 1.000001;:READ?", LIMIT));
        for answer in session.query_all(messages).await? {
            answer?;
        }
    }
    let together = begun.elapsed() / QUERIES;
    session.close().await;
    Ok((one_by_one, together))
}

async fn run(runtime: &str) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::spawn(answer(far));
    let session = Session::spawn(StreamTransport::new(near), SessionOptions::default());
    let (one_by_one, together) = tokio::spawn(measure(session)).await??;
    println!("{runtime}: duplex {one_by_one:?} a query, together {together:?}");

    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    tokio::spawn(async move {
        if let Ok((stream, _)) = listener.accept().await {
            answer(stream).await;
        }
    });
    let session =
        Session::spawn(connect_tcp("127.0.0.1", port, LIMIT).await?, SessionOptions::default());
    let (one_by_one, together) = tokio::spawn(measure(session)).await??;
    println!("{runtime}: TCP {one_by_one:?} a query, together {together:?}");
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(run("one thread"))?;
    let threads =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    threads.block_on(run("two threads"))
}
