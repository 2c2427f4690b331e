//! The abort channel: ending a read that the instrument is still at (VXI-11, B.6.15).

use std::{net::SocketAddr, time::Duration};

use tokio::time::{Instant, timeout_at};

use super::{calls::DEVICE_ABORT, channel::Channel, xdr::Writer};
use crate::{LinkError, tcp};

/// How long an abort may take. An instrument that has no working abort channel lets its reads run
/// into the end of their slice instead.
const LIMIT: Duration = Duration::from_secs(1);

/// The abort channel, opened when it is needed first.
#[derive(Debug)]
pub(super) struct Abort {
    host: String,
    port: u16,
    link: u32,
    state: State,
}

#[derive(Debug)]
enum State {
    Unopened,
    Open(Channel),
    /// It cannot be opened, or did not work.
    Broken,
}

impl Abort {
    pub(super) fn new(core: SocketAddr, port: u16, link: u32) -> Abort {
        let state = if port == 0 { State::Broken } else { State::Unopened };
        Abort { host: tcp::host_of(core), port, link, state }
    }

    /// Asks the instrument to end what it is at. Whether it does is seen on the core channel.
    pub(super) async fn call(&mut self) {
        let deadline = Instant::now() + LIMIT;
        let outcome = timeout_at(deadline, self.attempt(deadline)).await;
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.give_up(&error.to_string()),
            Err(_) => self.give_up("no answer"),
        }
    }

    async fn attempt(&mut self, deadline: Instant) -> Result<(), LinkError> {
        if let State::Unopened = self.state {
            let stream = tcp::open(&self.host, self.port, "abort channel", deadline, LIMIT).await?;
            self.state = State::Open(Channel::new(stream));
        }
        if let State::Open(channel) = &mut self.state {
            let arguments = Writer::default().number(self.link).into_bytes();
            // Its own error code changes nothing: the read ends, or its slice does.
            channel.exchange(DEVICE_ABORT, &arguments).await?;
        }
        Ok(())
    }

    fn give_up(&mut self, error: &str) {
        tracing::debug!(error, "the abort channel does not work");
        self.state = State::Broken;
    }

    /// Asks without waiting, if the channel is open. For the end of a link.
    pub(super) fn call_now(&mut self) {
        if let State::Open(channel) = &mut self.state {
            channel.push(DEVICE_ABORT, &Writer::default().number(self.link).into_bytes());
            channel.flush_now();
        }
    }
}
