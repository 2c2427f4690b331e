//! Locks, and remote and local control (IVI-6.1, 6.5 and 6.13).

use std::time::Duration;

use super::{HislipTransport, Lock, Mode, message::kind};
use crate::LinkError;

const RELEASE: u8 = 0;
const REQUEST: u8 = 1;
/// AsyncLockResponse.
const REFUSED: u8 = 0;
const GRANTED: u8 = 1;
const SHARED_RELEASED: u8 = 2;

/// AsyncRemoteLocalControl: return to local operation and let the front panel work.
const GO_TO_LOCAL: u8 = 6;
/// AsyncRemoteLocalControl: remote operation, the front panel works.
const GO_TO_REMOTE: u8 = 3;

impl HislipTransport {
    /// Locks the instrument.
    ///
    /// # Errors
    /// [`LinkError::Locked`] when others did not let go; the link is broken.
    pub async fn lock(&mut self, lock: &Lock) -> Result<(), LinkError> {
        let (key, wait) = match lock {
            Lock::None => return Ok(()),
            Lock::Exclusive { wait } => ("", *wait),
            Lock::Shared { key, wait } => (key.as_str(), *wait),
        };
        if matches!(lock, Lock::Shared { .. }) && !(key.is_ascii() && (1..256).contains(&key.len()))
        {
            return Err(LinkError::Option {
                resource: self.resource.clone(),
                key: "shared lock",
                found: key.to_owned(),
                accepted: "1 to 255 ASCII characters".to_owned(),
            });
        }
        let milliseconds = u32::try_from(wait.as_millis()).unwrap_or(u32::MAX);
        self.asynchronous.outgoing.push(kind::ASYNC_LOCK, REQUEST, milliseconds, key.as_bytes());
        let answer = self.answer(kind::ASYNC_LOCK_RESPONSE, wait).await?;
        match answer.control {
            GRANTED => Ok(()),
            REFUSED => Err(LinkError::Locked { resource: self.resource.clone(), limit: wait }),
            code => Err(declined("AsyncLock (request)", code)),
        }
    }

    /// Lets the lock go that [`HislipTransport::lock`] took.
    ///
    /// # Errors
    /// There was none; the link is broken.
    pub async fn unlock(&mut self) -> Result<(), LinkError> {
        let last = self.last_or_none();
        self.asynchronous.outgoing.push(kind::ASYNC_LOCK, RELEASE, last, &[]);
        let answer = self.answer(kind::ASYNC_LOCK_RESPONSE, Duration::ZERO).await?;
        match answer.control {
            GRANTED | SHARED_RELEASED => Ok(()),
            code => Err(declined("AsyncLock (release)", code)),
        }
    }

    /// Puts the instrument under remote control, or gives it back to its front panel.
    ///
    /// # Errors
    /// The link is broken.
    pub async fn remote(&mut self, remote: bool) -> Result<(), LinkError> {
        let control = if remote { GO_TO_REMOTE } else { GO_TO_LOCAL };
        let last = self.last_or_none();
        self.asynchronous.outgoing.push(kind::ASYNC_REMOTE_LOCAL_CONTROL, control, last, &[]);
        self.answer(kind::ASYNC_REMOTE_LOCAL_RESPONSE, Duration::ZERO).await.map(|_| ())
    }

    /// What the options ask for once the session is open.
    pub(super) async fn settle_options(&mut self) -> Result<(), LinkError> {
        let lock = self.options.lock.clone();
        self.lock(&lock).await?;
        if self.overlapped == (self.options.mode == Mode::Overlapped) {
            return Ok(());
        }
        self.device_clear().await
    }
}

fn declined(operation: &'static str, code: u8) -> LinkError {
    LinkError::Declined {
        protocol: "HiSLIP",
        operation,
        code: i64::from(code),
        meaning: "the lock is held already, or there is none to release",
    }
}
