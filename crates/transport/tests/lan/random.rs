//! A caller that gives up at any moment, and asks whether what it gets answers what it asked.

use std::pin::pin;

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::task::yield_now;
use transport::Transport;

/// What happened; all of it has to.
#[derive(Debug, Default)]
pub struct Tally {
    pub answered: u32,
    pub given_up: u32,
    pub urgent: u32,
}

/// Asks `ECHO? n` over and over, n always another; drops receives at random, sends in between, and
/// clears when it has given a reply up, as a session does.
pub async fn hunt(link: &mut impl Transport, seed: u64, rounds: u32) -> Tally {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let mut tally = Tally::default();
    for round in 0..rounds {
        link.send(format!("ECHO? {round:06}").as_bytes()).await.unwrap();
        let mut reply = None;
        for _ in 0..chance.random_range(1..8) {
            let turns = chance.random_range(1..20);
            if let Some(received) = within(turns, link.receive()).await {
                reply = Some(received.unwrap());
                break;
            }
            if chance.random_ratio(1, 8) {
                tally.urgent += 1;
                link.send(b":OUTP OFF").await.unwrap();
            }
            if chance.random_ratio(1, 8) {
                link.status_byte().await.unwrap();
            }
        }
        match reply {
            Some(reply) => {
                tally.answered += 1;
                assert_eq!(reply, format!("{round:06}").as_bytes(), "{}", reply.escape_ascii());
            }
            None => {
                tally.given_up += 1;
                link.clear().await.unwrap();
            }
        }
    }
    tally
}

/// Drops a future that is not done after so many turns of the runtime: giving up by the clock would
/// take time.
async fn within<T>(turns: u32, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    for _ in 0..turns {
        tokio::select! {
            biased;
            done = &mut future => return Some(done),
            () = yield_now() => {}
        }
    }
    None
}

/// The reply of the pretended instrument, if it will make one, and after how many turns.
pub fn reply_to(message: &[u8], chance: &mut impl Rng) -> Option<(u32, Vec<u8>)> {
    let text = String::from_utf8(message.to_vec()).unwrap();
    let number = text.strip_prefix("ECHO? ")?;
    let delay = chance.random_range(0..40);
    (!chance.random_ratio(1, 20)).then(|| (delay, number.as_bytes().to_vec()))
}
