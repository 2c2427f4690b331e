//! The endings that no command handles by itself.

use smu::{Model, Settings, Smu};
use tokio::{
    io::duplex,
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
};
use transport::{Session, SessionOptions, StreamTransport, Transcript, TranscriptLine};

use super::*;
use crate::{bench::Bench, reach::Ways};

/// A configured instrument with its output on, and everything that was said to it.
async fn instrument() -> (Smu, UnboundedReceiver<String>) {
    let bench = Bench::load(None).unwrap();
    let settings: Settings = bench.settings.clone().unwrap();
    let (near, far) = duplex(1 << 16);
    let config = bench.simulated["a1"].clone();
    tokio::spawn(async move {
        let mut instrument = firmware_sim::Instrument::new(&config).unwrap();
        firmware_sim::serve(far, &mut instrument).await
    });
    let (said, heard) = unbounded_channel();
    let transcript = Transcript::new(move |line| {
        if let TranscriptLine::Sent(message) = line {
            let _ = said.send(String::from_utf8_lossy(message).into_owned());
        }
    });
    let options = SessionOptions { transcript: Some(transcript), ..SessionOptions::default() };
    let session = Session::spawn(StreamTransport::new(near), options);
    let model = Model::builtin("keithley-2400").unwrap();
    let mut smu = Smu::open("a1", session, model, settings).await.unwrap();
    smu.output_on().await.unwrap();
    (smu, heard)
}

fn reach() -> Reach {
    let bench = Bench::load(None).unwrap();
    Reach::of_bench(&bench.smu[0], &Ways::of(&bench).unwrap())
}

fn last_said(mut heard: UnboundedReceiver<String>) -> Vec<String> {
    let mut said = Vec::new();
    while let Ok(line) = heard.try_recv() {
        said.push(line);
    }
    said.split_off(said.len() - 3)
}

#[tokio::test]
async fn the_output_goes_off_when_the_command_panics() {
    let (smu, heard) = instrument().await;
    let error = guarded(Guarding::Off, |Guard { outputs, .. }| async move {
        outputs.watch(smu.kill_switch(), reach()).unwrap();
        panic!("the experiment fell over");
    })
    .await
    .unwrap_err();
    assert_eq!(error.to_string(), "memloop panicked: the experiment fell over");
    assert_eq!(last_said(heard), [":OUTP OFF", ":ABOR", ":OUTP?"]);
}

#[tokio::test]
async fn the_output_goes_off_when_the_command_fails() {
    let (smu, heard) = instrument().await;
    let error = guarded(Guarding::Off, |Guard { outputs, .. }| async move {
        outputs.watch(smu.kill_switch(), reach()).unwrap();
        anyhow::bail!("no luck")
    })
    .await
    .unwrap_err();
    assert_eq!(error.to_string(), "no luck");
    assert_eq!(last_said(heard), [":OUTP OFF", ":ABOR", ":OUTP?"]);
}

#[tokio::test]
async fn an_output_that_cannot_be_reached_is_named() {
    let error = guarded(Guarding::Off, |Guard { outputs, .. }| async move {
        let (smu, _heard) = instrument().await;
        let session =
            Session::spawn(StreamTransport::new(tokio::io::empty()), SessionOptions::default());
        session.clone().close().await;
        let mut bench = Bench::load(None).unwrap();
        // Nobody listens on a port that was let go.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        bench.smu[0].resource = format!("TCPIP::127.0.0.1::{port}::SOCKET").parse().unwrap();
        let nowhere = Reach::of_bench(&bench.smu[0], &Ways::of(&bench).unwrap());
        outputs.watch(smu.kill_switch().over(session), nowhere).unwrap();
        anyhow::bail!("no luck")
    })
    .await
    .unwrap_err();
    let text = format!("{error:#}");
    assert!(text.starts_with("THE OUTPUT MAY STILL BE ON at \"a1\""), "{text}");
    assert!(text.ends_with("switch it off by hand: no luck"), "{text}");
}
