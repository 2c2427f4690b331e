//! Whose reply an instrument is about to give, where several links lead to it.
//!
//! A reply on the bus carries no name: whoever reads first gets it. So between a query and its reply
//! no other link's query is sent to the same address, and no other link reads there.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use tokio::time::Instant;

use super::address::Address;

/// A link that has not asked for its reply for so long does not wait for it any more: sessions ask
/// again as soon as a slice has ended.
pub(super) const ABANDONED: Duration = Duration::from_secs(2);

#[derive(Debug, Default)]
pub(super) struct Turns {
    awaited: HashMap<Address, Awaited>,
    /// Where a reply may come that nobody waits for.
    unread: HashSet<Address>,
}

/// A reply that has not come.
#[derive(Debug)]
struct Awaited {
    link: u64,
    /// When the link has asked for it last.
    asked: Instant,
}

impl Turns {
    /// Whether no other link waits for a reply from there.
    pub(super) fn is_free(&self, link: u64, address: Address) -> bool {
        self.awaited.get(&address).is_none_or(|it| it.link == link)
    }

    /// The same, or the other link does not wait any more.
    pub(super) fn is_abandoned(&self, link: u64, address: Address) -> bool {
        let abandoned = |it: &Awaited| it.asked.elapsed() >= ABANDONED;
        self.is_free(link, address) || self.awaited.get(&address).is_some_and(abandoned)
    }

    /// A query is about to leave. True when the instrument must forget an earlier one before.
    pub(super) fn begin(&mut self, link: u64, address: Address) -> bool {
        let awaited = Awaited { link, asked: Instant::now() };
        let other = self.awaited.insert(address, awaited).is_some_and(|it| it.link != link);
        self.unread.remove(&address) || other
    }

    /// The link has asked for its reply, and it is not whole yet.
    pub(super) fn go_on(&mut self, link: u64, address: Address) {
        if let Some(awaited) = self.awaited.get_mut(&address).filter(|it| it.link == link) {
            awaited.asked = Instant::now();
        }
    }

    /// The reply has come.
    pub(super) fn end(&mut self, link: u64, address: Address) {
        if self.is_free(link, address) {
            self.awaited.remove(&address);
        }
    }

    /// The instrument has forgotten all that it was asked.
    pub(super) fn clear(&mut self, address: Address) {
        self.awaited.remove(&address);
        self.unread.remove(&address);
    }

    /// The link has gone.
    pub(super) fn forget(&mut self, link: u64, address: Address) {
        if self.awaited.get(&address).is_some_and(|it| it.link == link) {
            self.awaited.remove(&address);
            self.unread.insert(address);
        }
    }
}
