//! No reply over VXI-11 is ever taken for that of another query, whenever the caller gives up.

mod lan;

use lan::{
    random::{hunt, reply_to},
    vxi11::*,
};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::{sync::mpsc, task::yield_now};

/// An instrument that keeps IEEE 488.2's rules, more or less, one call at a time. An abort may eat
/// what was on its way.
async fn serve(mut core: Core, mut aborts: mpsc::UnboundedReceiver<()>, seed: u64) {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut output: Option<(u32, Vec<u8>)> = None;
    let mut input = Vec::new();
    while let Some(call) = core.hears().await {
        let results = match call.procedure {
            WRITE => {
                let data = call.opaque(4);
                let taken = chance.random_range(1..=data.len());
                input.extend_from_slice(&data[..taken]);
                if taken == data.len() && call.word(3) & 8 != 0 {
                    let text = input.strip_suffix(b"\n").expect("a terminator");
                    let reply = reply_to(text, &mut chance);
                    // Some keep an unread reply when what comes is no query.
                    if text.contains(&b'?') || chance.random_ratio(1, 2) {
                        output = reply;
                    }
                    input.clear();
                }
                words(&[0, taken as u32])
            }
            READ => {
                while aborts.try_recv().is_ok() {}
                read(&mut output, &mut aborts, &mut chance).await
            }
            CLEAR => {
                (output, input) = (None, Vec::new());
                words(&[0])
            }
            READSTB => words(&[0, 0]),
            DESTROY_LINK => words(&[0]),
            other => panic!("procedure {other}"),
        };
        let reply = success(call.xid, &results);
        let cut = chance.random_range(0..=reply.len());
        core.says(&[fragment(&reply[..cut], false), fragment(&reply[cut..], true)].concat()).await;
    }
}

/// One `device_read`: it ends with a piece of the reply, at an abort, or after a slice.
async fn read(
    output: &mut Option<(u32, Vec<u8>)>,
    aborts: &mut mpsc::UnboundedReceiver<()>,
    chance: &mut ChaCha8Rng,
) -> Vec<u8> {
    for _ in 0..60 {
        if aborts.try_recv().is_ok() {
            if let Some((_, rest)) = output {
                rest.drain(..chance.random_range(0..=rest.len()));
            }
            return read_results(23, 0, b"");
        }
        match output {
            Some((0, rest)) if !rest.is_empty() => {
                let piece: Vec<u8> = rest.drain(..chance.random_range(1..=rest.len())).collect();
                let reason = if rest.is_empty() { END } else { REQCNT };
                return read_results(0, reason, &piece);
            }
            Some((turns, _)) => *turns = turns.saturating_sub(1),
            None => {}
        }
        yield_now().await;
    }
    read_results(15, 0, b"")
}

#[tokio::test]
async fn a_reply_always_answers_its_own_query() {
    for seed in 0..4 {
        let instrument = Instrument::new().await;
        let (mut link, core) = instrument.open(&instrument.options()).await;
        let (aborted, aborts) = mpsc::unbounded_channel();
        let Instrument { abort, .. } = instrument;
        tokio::spawn(async move {
            let mut channel = Core(abort.accept().await.unwrap().0);
            while let Some(call) = channel.hears().await {
                let _ = aborted.send(());
                channel.answers(&call, &words(&[0])).await;
            }
        });
        let served = tokio::spawn(serve(core, aborts, seed));
        let tally = hunt(&mut link, seed, 400).await;
        let every = tally.answered > 100 && tally.given_up > 20 && tally.urgent > 20;
        assert!(every, "{tally:?}");
        drop(link);
        served.await.unwrap();
    }
}
