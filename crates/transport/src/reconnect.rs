//! Connecting again, with growing pauses.

use std::time::Duration;

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::{LinkError, Session};

/// How long and how often a connection is tried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reconnect {
    /// Between the first try and the second.
    pub first_delay: Duration,
    /// How much longer each further pause is.
    pub factor: f64,
    /// No pause is longer.
    pub longest_delay: Duration,
    /// After so much time in all, the tries included, it is given up.
    pub limit: Duration,
    /// The share of each pause, 0 to 1, that is drawn by lot and taken off it: instruments that were
    /// lost together are not all called in the same moment.
    pub jitter: f64,
    /// Of the lots.
    pub seed: u64,
}

impl Default for Reconnect {
    /// 250 ms, doubled each time up to 10 s, for 2 minutes, a quarter drawn by lot: an instrument that
    /// was power-cycled takes 12 s (2450) to a minute until its sockets answer.
    fn default() -> Reconnect {
        Reconnect {
            first_delay: Duration::from_millis(250),
            factor: 2.0,
            longest_delay: Duration::from_secs(10),
            limit: Duration::from_secs(120),
            jitter: 0.25,
            seed: 0,
        }
    }
}

/// A try that failed, and what follows.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FailedTry {
    /// Counted from 1.
    pub number: u32,
    /// Why it failed.
    pub error: LinkError,
    /// The pause until the next.
    pub pause: Duration,
}

impl Reconnect {
    /// The pauses, one after another, for ever.
    pub fn pauses(&self) -> impl Iterator<Item = Duration> + use<> {
        let policy = *self;
        let mut dice = ChaCha8Rng::seed_from_u64(policy.seed);
        let mut next = policy.first_delay.min(policy.longest_delay);
        std::iter::repeat_with(move || {
            let lot: f64 = dice.random();
            let pause = next.mul_f64(1.0 - policy.jitter.clamp(0.0, 1.0) * lot);
            // A factor that makes no sense, or no longer a duration, leads to the longest.
            next = Duration::try_from_secs_f64(next.as_secs_f64() * policy.factor)
                .map_or(policy.longest_delay, |it| it.min(policy.longest_delay));
            pause
        })
    }
}

/// Calls `connect` until it succeeds, with the policy's pauses in between; `progress` hears of every
/// failure that is followed by another try.
///
/// A new session knows nothing of the instrument: it may have been switched off and on meanwhile, so
/// identity and settings are to be read back before anything is assumed. Dropping the future gives up.
///
/// # Errors
/// The first error that trying again does not mend ([`LinkError::is_permanent`]), as it is;
/// [`LinkError::GivenUp`] when the time is over.
pub async fn reconnect<F>(
    policy: &Reconnect,
    mut connect: impl FnMut() -> F,
    mut progress: impl FnMut(&FailedTry),
) -> Result<Session, LinkError>
where
    F: Future<Output = Result<Session, LinkError>>,
{
    let far = Instant::now() + super::session::FOR_EVER;
    let deadline = Instant::now().checked_add(policy.limit).map_or(far, |it| it.min(far));
    let mut pauses = policy.pauses();
    let mut last = None;
    for number in 1.. {
        let error = match timeout_at(deadline, connect()).await {
            Ok(Ok(session)) => {
                tracing::info!(tries = number, "connected");
                return Ok(session);
            }
            Ok(Err(error)) if error.is_permanent() => return Err(error),
            Ok(Err(error)) => error,
            Err(_) => return Err(given_up(policy, number, last)),
        };
        let pause = pauses.next().unwrap_or(policy.longest_delay);
        let next = Instant::now() + pause;
        if next >= deadline {
            return Err(given_up(policy, number, Some(error)));
        }
        let failed = FailedTry { number, error, pause };
        tracing::info!(number, error = %failed.error, ?pause, "not connected yet");
        progress(&failed);
        last = Some(failed.error);
        sleep_until(next).await;
    }
    Err(given_up(policy, u32::MAX, last))
}

fn given_up(policy: &Reconnect, tries: u32, last: Option<LinkError>) -> LinkError {
    LinkError::GivenUp { tries, limit: policy.limit, last: last.map(Box::new) }
}
