//! What the guard does: it listens, and acts once, when memloop is gone.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
    process,
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};
use campaign::{Campaign, Ownership, RunId};
use futures_util::future::join_all;
use tokio::time::{sleep, timeout};
use transport::{Links, SessionError, SessionOptions};

use super::{ACTED, Order, Word};
use crate::shutdown::Signals;

/// How long the guard tries to reach an instrument. Some accept one connection, and notice late that
/// the last one is dead.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// When it first says what it has done, with instruments that it has not reached yet.
const FIRST_WORD: Duration = Duration::from_secs(2);

/// How long one instrument may take to accept a connection and output-off.
const TRY_LIMIT: Duration = Duration::from_secs(5);

/// How long it may take to answer that it is off.
const ANSWER_LIMIT: Duration = Duration::from_secs(3);

/// Between two tries: so long at first, twice as long each time, at most the second.
const PAUSE: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(1)];

/// What the guard has been told.
#[derive(Default)]
struct Duty {
    outputs: Vec<Order>,
    campaign: Option<PathBuf>,
    run: Option<i64>,
}

/// Stands guard until memloop says that nothing is left to do, or dies; then switches off.
///
/// # Errors
/// An output that may still be on.
pub fn stand() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // Once somebody listens to them they end no process, and nobody has to hear them.
    let entered = runtime.enter();
    let _signals = Signals::listen()?;
    drop(entered);
    let mut duty = Duty::default();
    for line in io::stdin().lock().lines() {
        // Of a memloop that died while it spoke, the last word may be half a word.
        match serde_json::from_str(&line?) {
            Ok(Word::Watch(order)) => duty.outputs.push(*order),
            Ok(Word::Campaign(path)) => duty.campaign = Some(path),
            Ok(Word::Run(number)) => duty.run = Some(number),
            Ok(Word::Dismissed) => return Ok(()),
            Err(_) => {}
        }
    }
    runtime.block_on(duty.act())
}

impl Duty {
    /// Output-off to all at once, and again to those that did not take it.
    async fn act(self) -> Result<()> {
        let ownership = self.take_over();
        let began = Instant::now();
        // One link to an instrument, whatever the number of its channels.
        let mut open: Vec<(String, Vec<&Order>)> = Vec::new();
        for order in &self.outputs {
            let place = order.resource.to_string();
            match open.iter_mut().find(|it| it.0 == place) {
                Some((_, orders)) => orders.push(order),
                None => open.push((place, vec![order])),
            }
        }
        if open.is_empty() {
            return Ok(());
        }
        let gateways: BTreeMap<_, _> = self
            .outputs
            .iter()
            .filter_map(|it| it.gateway.clone())
            .map(|it| (it.board, it))
            .collect();
        let gateways = Links::new(gateways.into_values())?;
        for until in [FIRST_WORD, PATIENCE] {
            let tried = open.into_iter().map(|(place, orders)| async {
                let tried = switch_off(&gateways, &orders, began + until).await;
                (place, orders, tried)
            });
            let tried = join_all(tried).await;
            self.tell(&tried);
            open = tried.into_iter().filter(|it| it.2.is_err()).map(|it| (it.0, it.1)).collect();
            if open.is_empty() {
                break;
            }
            super::fall_silent();
        }
        drop(ownership);
        let places: Vec<_> = open.iter().map(|it| it.0.as_str()).collect();
        match places[..] {
            [] => Ok(()),
            _ => Err(anyhow!("outputs may still be on at {}", places.join(", "))),
        }
    }

    /// The campaign is the guard's own until it has done its work.
    fn take_over(&self) -> Option<Ownership> {
        let ownership = Ownership::inherited(self.campaign.as_deref()?, super::lock().ok()?)?;
        let pid = process::id();
        let described = ownership.update(|owner| {
            owner.command =
                format!("memloop's guard, switching off what process {} left on", owner.pid);
            (owner.pid, owner.guard_pid) = (pid, Some(pid));
        });
        // Who asks is told of a dead process then.
        drop(described);
        Some(ownership)
    }

    fn tell(&self, tried: &[(String, Vec<&Order>, Result<Off>)]) {
        let parts = tried.iter().map(|(place, orders, tried)| {
            let names: Vec<_> = orders.iter().map(|it| format!("\"{}\"", it.name)).collect();
            let names = names.join(", ");
            match tried {
                Ok(Off::Verified) => format!("{names} at {place} is off (verified)"),
                Ok(Off::Told(why)) => {
                    format!("{names} at {place} was told, and does not say so ({why})")
                }
                Err(error) => format!("{names} at {place} MAY STILL BE ON ({error:#})"),
            }
        });
        let text = format!(
            "guard {}: memloop is gone; outputs off: {}",
            process::id(),
            parts.collect::<Vec<_>>().join("; ")
        );
        let _ = writeln!(io::stderr(), "{text}");
        if let (Some(campaign), Some(run)) = (&self.campaign, self.run) {
            note(campaign, run, &text);
        }
    }
}

fn note(campaign: &Path, run: i64, text: &str) {
    if let Err(error) = Campaign::note(campaign, RunId(run), ACTED, text) {
        let _ = writeln!(io::stderr(), "guard: {error}");
    }
}

/// What is known of an instrument that took output-off.
enum Off {
    /// It says that it is off.
    Verified,
    /// It did not say, and why.
    Told(String),
}

/// Tries until it has taken output-off, or until `deadline`; once in any case.
async fn switch_off(links: &Links, orders: &[&Order], deadline: Instant) -> Result<Off> {
    let mut pause = PAUSE[0];
    loop {
        let tried = timeout(TRY_LIMIT + ANSWER_LIMIT, try_once(links, orders)).await;
        let tried = tried.unwrap_or_else(|_| Err(anyhow!("it took nothing for {TRY_LIMIT:?}")));
        if tried.is_ok() || Instant::now() + pause > deadline {
            return tried;
        }
        sleep(pause).await;
        pause = (2 * pause).min(PAUSE[1]);
    }
}

/// Over a fresh link: nothing is asked before everything is off.
async fn try_once(links: &Links, orders: &[&Order]) -> Result<Off> {
    let first = orders[0];
    let opening = links.open_once(&first.resource, &first.link, SessionOptions::default());
    let session = opening.await?;
    for message in orders.iter().flat_map(|it| &it.off) {
        session.write_urgent(message).await?;
    }
    let mut off = Off::Verified;
    for order in orders {
        match session.query(&order.state, ANSWER_LIMIT).await {
            Ok(answer) if answer.trim_ascii() == b"0" => {}
            Ok(answer) => {
                let answer = String::from_utf8_lossy(&answer).into_owned();
                return Err(anyhow!("it answers {} with {answer}", order.state));
            }
            Err(error @ SessionError::TimedOut { .. }) => off = Off::Told(error.to_string()),
            // A link that ends here may have lost what it took.
            Err(error) => return Err(error.into()),
        }
    }
    session.close().await;
    Ok(off)
}
