//! No reply over HiSLIP is ever taken for that of another query, whenever the caller gives up.

mod lan;

use lan::{
    hislip::*,
    random::{hunt, reply_to},
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::{
    io::AsyncWriteExt,
    net::tcp::{OwnedReadHalf, OwnedWriteHalf},
    sync::mpsc,
    task::yield_now,
};

/// Everything that comes on a channel. Reading is not cancel-safe here, so it has a task.
fn listen(mut stream: OwnedReadHalf) -> mpsc::UnboundedReceiver<Message> {
    let (heard, messages) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(message) = hears(&mut stream).await {
            if heard.send(message).is_err() {
                return;
            }
        }
    });
    messages
}

async fn say(to: &mut OwnedWriteHalf, kind: u8, control: u8, parameter: u32, payload: &[u8]) {
    // A client that has gone is noticed by what it no longer sends.
    let _ = to.write_all(&message(kind, control, parameter, payload)).await;
}

/// An instrument that keeps the rules of synchronized mode, and now and then sends a stale reply.
async fn serve(sync: Channel, asynchronous: Channel, seed: u64) {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let (from_sync, mut sync) = sync.0.into_split();
    let (from_async, mut asynchronous) = asynchronous.0.into_split();
    let (mut from_sync, mut from_async) = (listen(from_sync), listen(from_async));
    let mut output: Option<(u32, u32, Vec<u8>)> = None;
    let mut clearing = false;
    loop {
        tokio::select! {
            message = from_sync.recv() => match message {
                None => return,
                Some(Message { kind: CLEAR_COMPLETE, .. }) => {
                    (clearing, output) = (false, None);
                    say(&mut sync, CLEAR_ACKNOWLEDGE, 0, 0, b"").await;
                }
                // What was sent before the clear is dropped.
                Some(_) if clearing => {}
                Some(Message { kind: DATA_END, parameter, payload, .. }) => {
                    if let Some((_, old, rest)) = output.take() {
                        say(&mut sync, INTERRUPTED, 0, parameter, b"").await;
                        say(&mut asynchronous, ASYNC_INTERRUPTED, 0, parameter, b"").await;
                        if chance.random_ratio(1, 4) {
                            say(&mut sync, DATA_END, 0, old, &rest).await;
                        }
                    }
                    let text = payload.strip_suffix(b"\n").expect("a terminator");
                    output = reply_to(text, &mut chance)
                        .map(|(turns, reply)| (turns, parameter, reply));
                }
                Some(other) => panic!("{other:?}"),
            },
            message = from_async.recv() => match message {
                None => return,
                Some(Message { kind: ASYNC_CLEAR, .. }) => {
                    clearing = true;
                    say(&mut asynchronous, ASYNC_CLEAR_ACKNOWLEDGE, 0, 0, b"").await;
                }
                Some(Message { kind: STATUS_QUERY, .. }) => {
                    say(&mut asynchronous, STATUS_RESPONSE, 0, 0, b"").await;
                }
                Some(other) => panic!("{other:?}"),
            },
            () = yield_now(), if output.is_some() && !clearing => {
                let Some((turns, id, mut rest)) = output.take() else { continue };
                if turns > 0 {
                    output = Some((turns - 1, id, rest));
                    continue;
                }
                let piece: Vec<u8> = rest.drain(..chance.random_range(0..=rest.len())).collect();
                let kind = if rest.is_empty() { DATA_END } else { DATA };
                say(&mut sync, kind, 0, id, &piece).await;
                if !rest.is_empty() {
                    output = Some((chance.random_range(0..5), id, rest));
                }
            }
        }
    }
}

#[tokio::test]
async fn a_reply_always_answers_its_own_query() {
    for seed in 0..4 {
        let instrument = Instrument::new().await;
        let (mut link, sync, asynchronous) = instrument.open().await;
        let served = tokio::spawn(serve(sync, asynchronous, seed));
        let tally = hunt(&mut link, seed, 400).await;
        let every = tally.answered > 100 && tally.given_up > 20 && tally.urgent > 20;
        assert!(every, "{tally:?}");
        drop(link);
        served.await.unwrap();
    }
}
