//! A file opened to be read, wherever it lies, and left as it was.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use rusqlite::{Connection, InterruptHandle, OpenFlags};

use crate::{Campaign, CampaignError, Result};

/// What a file looked like that is read without locks.
#[derive(Debug)]
pub(crate) struct Frozen {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

impl Frozen {
    fn look(path: &Path) -> Option<Frozen> {
        let found = fs::metadata(path).ok()?;
        Some(Frozen { path: path.to_owned(), length: found.len(), modified: found.modified().ok() })
    }

    fn holds(&self) -> bool {
        let now = Frozen::look(&self.path);
        now.is_some_and(|it| (it.length, it.modified) == (self.length, self.modified))
            && !has_log(&self.path)
    }
}

impl Campaign {
    /// Opens a campaign to read it, also where nothing can be written: a file in a folder that is read-only
    /// is read without locks, and [`Campaign::unchanged`] tells afterwards whether that went well. No
    /// file is left beside it that was not there.
    ///
    /// # Errors
    /// There is no such file, or it is not a campaign, or a later memloop's; it has a write-ahead log
    /// in a folder that cannot be written.
    pub fn open_read_only(path: &Path) -> Result<Campaign> {
        if !path.is_file() {
            return Err(CampaignError::NoSuchFile { path: path.to_owned() });
        }
        if has_log(path) {
            // Somebody writes, or did not live to end: the log and its index stay as they are.
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            return match opened(path, flags) {
                Err(CampaignError::CannotOpen { .. } | CampaignError::ReadOnly { .. }) => {
                    Err(CampaignError::NeedsFolder { path: path.to_owned() })
                }
                result => result,
            };
        }
        // Only a connection that may write takes its log away again. It may write, and does not.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let writes = Connection::open_with_flags(path, flags)
            .and_then(|it| it.is_readonly(rusqlite::MAIN_DB))
            .is_ok_and(|it| !it);
        if writes {
            match opened(path, flags) {
                Err(CampaignError::CannotOpen { .. } | CampaignError::ReadOnly { .. }) => {}
                result => {
                    let campaign = result?;
                    campaign.connection.pragma_update(None, "query_only", true)?;
                    return Ok(campaign);
                }
            }
        }
        let frozen = Frozen::look(path);
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
            | OpenFlags::SQLITE_OPEN_NO_MUTEX
            | OpenFlags::SQLITE_OPEN_URI;
        let mut campaign = Campaign::connect(&immutable(path), flags)?;
        campaign.check(path)?;
        campaign.frozen = frozen;
        Ok(campaign)
    }

    /// Whether what was read is what the file holds: nobody wrote to it meanwhile, or that does no harm.
    ///
    /// # Errors
    /// Somebody wrote to a file that was read without locks.
    pub fn unchanged(&self) -> Result<()> {
        match &self.frozen {
            Some(frozen) if !frozen.holds() => {
                Err(CampaignError::Changed { path: frozen.path.clone() })
            }
            _ => Ok(()),
        }
    }

    /// What ends a long statement of this campaign from another thread; it then fails with
    /// [`CampaignError::Interrupted`].
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.connection.get_interrupt_handle())
    }
}

/// Ends a statement that runs, from another thread.
pub struct Interrupter(InterruptHandle);

impl Interrupter {
    /// Ends it; does nothing where none runs.
    pub fn interrupt(&self) {
        self.0.interrupt();
    }
}

fn opened(path: &Path, flags: OpenFlags) -> Result<Campaign> {
    let campaign = Campaign::connect(path, flags)?;
    campaign.check(path)?;
    Ok(campaign)
}

fn has_log(path: &Path) -> bool {
    let mut log = OsString::from(path);
    log.push("-wal");
    fs::metadata(log).is_ok_and(|it| it.len() > 0)
}

/// The file's address with SQLite's promise that nobody changes it.
fn immutable(path: &Path) -> PathBuf {
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'-' | b'.' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => {
                address.push(char::from(*byte));
            }
            _ => address.push_str(&format!("%{byte:02X}")),
        }
    }
    PathBuf::from(address + "?immutable=1")
}
