//! The links that there are.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use tokio::sync::Notify;

use super::super::{desk::Desk, host::Host, stream::lock};

/// One link: a client of the instrument.
pub(super) struct Link {
    pub(super) id: u32,
    pub(super) desk: Arc<Desk>,
    /// What it is called among those who hold locks.
    pub(super) holder: u64,
    /// Ends the call that is in progress.
    pub(super) abort: Notify,
    /// What the client calls this link, where service requests are enabled.
    pub(super) handle: Mutex<Option<Vec<u8>>>,
}

impl Link {
    pub(super) fn host(&self) -> &Arc<Host> {
        self.desk.host()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.host().locks.forget(self.holder);
    }
}

/// All links of a server, whatever connection they came over.
#[derive(Default)]
pub(super) struct Links(Mutex<Table>);

#[derive(Default)]
struct Table {
    links: BTreeMap<u32, Arc<Link>>,
    last: u32,
}

impl Links {
    /// Makes a link; `None` when there are enough.
    pub(super) fn create(&self, host: &Arc<Host>, most: usize) -> Option<Arc<Link>> {
        let mut table = lock(&self.0);
        if table.links.len() >= most {
            return None;
        }
        // Numbers come again after four milliards of links, and then only those that are free.
        let mut id = table.last;
        loop {
            id = id.wrapping_add(1) & 0x7fff_ffff;
            if !table.links.contains_key(&id) {
                break;
            }
        }
        table.last = id;
        let link = Arc::new(Link {
            id,
            desk: Desk::new(Arc::clone(host)),
            holder: host.locks.newcomer(),
            abort: Notify::new(),
            handle: Mutex::default(),
        });
        table.links.insert(id, Arc::clone(&link));
        Some(link)
    }

    pub(super) fn find(&self, id: u32) -> Option<Arc<Link>> {
        lock(&self.0).links.get(&id).cloned()
    }

    /// Ends a link; its locks are free at once.
    pub(super) fn destroy(&self, id: u32) {
        let link = lock(&self.0).links.remove(&id);
        if let Some(link) = link {
            link.host().locks.forget(link.holder);
            link.abort.notify_waiters();
        }
    }
}
