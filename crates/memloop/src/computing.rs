//! What needs the processor and no instrument, so that a stop does not wait for it.

use anyhow::Result;
use tokio::task::spawn_blocking;

use crate::{exit::Interrupted, shutdown::Stop};

/// Computes on a thread of its own. A stop ends the wait at once: the result is then of no use to
/// anybody, and the thread ends with the process. Where it may take long, outputs are off meanwhile.
///
/// # Errors
/// [`Interrupted`].
///
/// # Panics
/// Where the computation does.
pub async fn compute<T: Send + 'static>(
    stop: &Stop,
    computation: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Interrupted> {
    stop.go_on()?;
    let mut heard = stop.heard();
    tokio::select! {
        computed = spawn_blocking(computation) => match computed {
            Ok(value) => Ok(value),
            Err(error) => match error.try_into_panic() {
                Ok(payload) => std::panic::resume_unwind(payload),
                // Only a runtime that ends cancels it.
                Err(_) => Err(Interrupted),
            },
        },
        _ = heard.wait_for(|it| *it) => Err(Interrupted),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;

    use super::*;

    #[tokio::test]
    async fn a_stop_does_not_wait_for_a_computation() {
        let stop = Stop::default();
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (end, may_end) = channel::<()>();
        let computation = compute(&stop, move || {
            begun.send(()).unwrap();
            may_end.recv().is_ok()
        });
        let asked = async {
            has_begun.await.unwrap();
            stop.ask();
        };
        let (computed, ()) = tokio::join!(computation, asked);
        assert!(computed.is_err());
        end.send(()).unwrap();
        assert!(compute(&stop, || 1).await.is_err(), "nothing is begun after a stop");
        assert_eq!(compute(&Stop::default(), || 1).await.unwrap(), 1);
    }
}
