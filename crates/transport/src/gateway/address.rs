//! Where an instrument sits on the bus.

use crate::LinkError;

/// A primary and perhaps a secondary address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Address {
    primary: u8,
    /// As on the bus, 96 to 126.
    secondary: Option<u8>,
}

impl Address {
    /// Secondary addresses may be counted from 0 or, as on the bus, from 96.
    pub(super) fn new(
        primary: u8,
        secondary: Option<u8>,
        gateway: &str,
    ) -> Result<Address, LinkError> {
        let refused = |key, found: u8, accepted: &str| LinkError::Option {
            resource: gateway.to_owned(),
            key,
            found: found.to_string(),
            accepted: accepted.to_owned(),
        };
        if primary > 30 {
            return Err(refused("primary address", primary, "0 to 30"));
        }
        let secondary = match secondary {
            Some(found @ (31..=95 | 127..)) => {
                return Err(refused("secondary address", found, "0 to 30, or 96 to 126"));
            }
            Some(counted @ ..=30) => Some(counted + 96),
            other => other,
        };
        Ok(Address { primary, secondary })
    }

    /// The command that chooses the instrument (Prologix manual, "addr"). UNVERIFIED: that a secondary
    /// address is written as on the bus, 96 to 126, by every gateway.
    pub(super) fn command(&self) -> Vec<u8> {
        match self.secondary {
            None => format!("++addr {}\n", self.primary),
            Some(secondary) => format!("++addr {} {secondary}\n", self.primary),
        }
        .into_bytes()
    }

    /// The same, and what is to be done with it.
    pub(super) fn with(&self, command: &str) -> Vec<u8> {
        let mut bytes = self.command();
        bytes.extend_from_slice(command.as_bytes());
        bytes.push(b'\n');
        bytes
    }
}
