//! What a link can do beside messages: locks, remote control, service requests.

use std::{net::IpAddr, time::Duration};

use super::{
    Lock, Vxi11Transport,
    calls::{self, milliseconds},
    interrupt::Interrupts,
    xdr::Writer,
};
use crate::LinkError;

impl Vxi11Transport {
    /// Locks the device for this link.
    ///
    /// # Errors
    /// [`LinkError::Locked`] when another link did not let go; the link is broken.
    pub async fn lock(&mut self, wait: Duration) -> Result<(), LinkError> {
        let before = std::mem::replace(&mut self.options.lock, Lock::Exclusive { wait });
        let arguments =
            Writer::default().number(self.link).number(self.flags()).number(milliseconds(wait));
        let locked = self.call(calls::DEVICE_LOCK, arguments).await;
        if locked.is_err() {
            self.options.lock = before;
        }
        locked
    }

    /// Lets the lock go.
    ///
    /// # Errors
    /// There was none; the link is broken.
    pub async fn unlock(&mut self) -> Result<(), LinkError> {
        self.call(calls::DEVICE_UNLOCK, Writer::default().number(self.link)).await?;
        self.options.lock = Lock::None;
        Ok(())
    }

    /// Puts the instrument under remote control, or gives it back to its front panel.
    ///
    /// # Errors
    /// The instrument cannot; the link is broken.
    pub async fn remote(&mut self, remote: bool) -> Result<(), LinkError> {
        let procedure = if remote { calls::DEVICE_REMOTE } else { calls::DEVICE_LOCAL };
        self.call(procedure, self.generic()).await
    }

    /// Has the instrument connect to us, and call when it wants service.
    pub(super) async fn enable_service_requests(&mut self) -> Result<(), LinkError> {
        let address = match self.core.stream().local_addr().map(|address| address.ip()) {
            Ok(IpAddr::V4(address)) => address,
            _ => {
                return Err(LinkError::Option {
                    resource: self.resource.clone(),
                    key: "service_requests",
                    found: "true, over IPv6".to_owned(),
                    accepted: "true over IPv4 only: VXI-11 has no room for a longer address"
                        .to_owned(),
                });
            }
        };
        let mut interrupts = Interrupts::listen(address).await?;
        let port = interrupts.address()?.port();
        let channel = Writer::default()
            .number(address.to_bits())
            .number(u32::from(port))
            .number(calls::INTERRUPT)
            .number(calls::VERSION)
            .number(0);
        let enable = Writer::default().number(self.link).boolean(true).bytes(interrupts.handle());
        let set_up = async {
            self.call(calls::CREATE_INTR_CHAN, channel).await?;
            self.call(calls::DEVICE_ENABLE_SRQ, enable).await
        };
        // The instrument may want to be answered on the new channel before it answers here.
        tokio::select! {
            set = set_up => set?,
            error = interrupts.serve_on() => return Err(error),
        }
        self.interrupts = Some(interrupts);
        Ok(())
    }
}
