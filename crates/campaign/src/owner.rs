//! One writer a campaign: who it is, and a lock that the system lets go of when it dies.

use std::{
    ffi::OsString,
    fmt, fs,
    fs::{File, TryLockError},
    io::{self, Read, Seek, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    process,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use serde::{Deserialize, Serialize};

use crate::{CampaignError, Result};

/// Who writes a campaign, as the file `<campaign>.owner` beside it says while they do (JSON).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Owner {
    /// The process.
    pub pid: u32,
    /// The computer it runs on; empty: not said.
    pub host: String,
    /// What it was asked to do; empty: not said.
    pub command: String,
    /// Since when, UTC.
    pub since_utc: String,
    /// The run that it writes, once there is one.
    pub run: Option<i64>,
    /// The process that switches outputs off should the owner die; itself, once it does.
    pub guard_pid: Option<u32>,
}

impl Owner {
    /// This process, of which nothing is said but its number.
    pub fn unnamed() -> Owner {
        Owner { pid: process::id(), ..Owner::default() }
    }

    /// Whoever writes the campaign now; `None` where nobody does, or where the file system cannot say.
    pub fn now(campaign: &Path) -> Option<Owner> {
        let file = File::open(place(campaign)).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(said(&file)),
            _ => None,
        }
    }

    /// Whether this is a guard that does its work: the writer itself is dead.
    pub fn is_a_guard(&self) -> bool {
        self.guard_pid == Some(self.pid)
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid == 0 {
            return f.write_str("another process");
        }
        write!(f, "process {}", self.pid)?;
        if !self.host.is_empty() {
            write!(f, " on {}", self.host)?;
        }
        if !self.command.is_empty() {
            write!(f, " ({})", self.command)?;
        }
        if !self.since_utc.is_empty() {
            write!(f, " since {}", self.since_utc)?;
        }
        Ok(())
    }
}

/// That a campaign is this process's to write. Let go, the file that says so is gone, unless a guard
/// has it too.
#[derive(Debug)]
pub struct Ownership {
    file: File,
    path: PathBuf,
    owner: Mutex<Owner>,
    is_shared: AtomicBool,
}

impl Ownership {
    /// Takes a campaign that nobody has.
    ///
    /// # Errors
    /// [`CampaignError::Owned`]; the file beside the campaign cannot be made.
    pub(crate) fn take(campaign: &Path, owner: Owner) -> Result<Ownership> {
        let path = place(campaign);
        let cannot = |source| CampaignError::CannotOwn { path: path.clone(), source };
        let file = loop {
            let mut options = File::options();
            let file = options.read(true).write(true).create(true).truncate(false).open(&path);
            let file = file.map_err(cannot)?;
            match file.try_lock() {
                // A file system without locks does not keep anybody from writing.
                Ok(()) | Err(TryLockError::Error(_)) => {}
                Err(TryLockError::WouldBlock) => {
                    let (path, owner) = (campaign.to_owned(), Box::new(said(&file)));
                    return Err(CampaignError::Owned { path, owner });
                }
            }
            // The last owner may have removed the file after it was opened here.
            if is_at(&file, &path) {
                break file;
            }
        };
        let is_shared = AtomicBool::new(false);
        let owner = Mutex::new(owner);
        let ownership = Ownership { file, path: path.clone(), owner, is_shared };
        ownership.update(|_| ()).map_err(cannot)?;
        Ok(ownership)
    }

    /// What a guard has after the death of the owner that started it with `file`, the owner's
    /// [`Ownership::for_a_guard`]. `None` where that is another file.
    pub fn inherited(campaign: &Path, file: File) -> Option<Ownership> {
        let path = place(campaign);
        let is_shared = AtomicBool::new(false);
        let owner = Mutex::new(said(&file));
        is_at(&file, &path).then_some(Ownership { file, path, owner, is_shared })
    }

    /// The same lock for another process: it lasts until both have let go.
    ///
    /// # Errors
    /// The system has no more handles.
    pub fn for_a_guard(&self) -> io::Result<File> {
        let file = self.file.try_clone()?;
        self.is_shared.store(true, Ordering::Relaxed);
        Ok(file)
    }

    /// The guard is gone: the campaign is this process's alone again.
    pub fn is_alone(&self) {
        self.is_shared.store(false, Ordering::Relaxed);
    }

    /// Says something else of the owner.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn update(&self, change: impl FnOnce(&mut Owner)) -> io::Result<()> {
        let mut owner = self.owner.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut owner);
        let text = serde_json::to_string(&*owner)? + "\n";
        let mut file = &self.file;
        file.set_len(0)?;
        file.rewind()?;
        file.write_all(text.as_bytes())
    }
}

impl Drop for Ownership {
    fn drop(&mut self) {
        // Removed before the lock is let go: whoever waits finds out that its file is not there.
        if !self.is_shared.load(Ordering::Relaxed) && is_at(&self.file, &self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Where the owner of a campaign says who it is, however the campaign's path is written.
fn place(campaign: &Path) -> PathBuf {
    let folder = campaign.parent().filter(|it| !it.as_os_str().is_empty());
    let resolved = fs::canonicalize(campaign).or_else(|_| {
        let folder = fs::canonicalize(folder.unwrap_or(Path::new(".")))?;
        Ok::<_, io::Error>(folder.join(campaign.file_name().unwrap_or_default()))
    });
    let mut name: OsString = resolved.unwrap_or_else(|_| campaign.to_owned()).into();
    name.push(".owner");
    name.into()
}

fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(one), Ok(other)) => (one.dev(), one.ino()) == (other.dev(), other.ino()),
        _ => false,
    }
}

/// What stands in the file; nothing yet, where its owner is about to write.
fn said(mut file: &File) -> Owner {
    let mut text = String::new();
    let read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    read.ok().and_then(|_| serde_json::from_str(&text).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Campaign;

    fn owner() -> Owner {
        Owner {
            pid: 4711,
            host: "station".to_owned(),
            command: "memloop iv".to_owned(),
            since_utc: "2026-11-25T09:00:00Z".to_owned(),
            ..Owner::default()
        }
    }

    #[test]
    fn a_second_writer_is_refused_with_the_first_named_and_readers_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.sqlite");
        assert_eq!(Owner::now(&path), None);
        let first = Campaign::open_as(&path, owner()).unwrap();
        assert_eq!(Owner::now(&path), Some(owner()));
        std::os::unix::fs::symlink(&path, folder.path().join("link.sqlite")).unwrap();
        for name in ["c.sqlite", "../x/c.sqlite", "link.sqlite"] {
            fs::create_dir_all(folder.path().join("x")).unwrap();
            let path = folder.path().join("x").join("..").join(name.trim_start_matches("../x/"));
            let error = Campaign::open(&path).unwrap_err().to_string();
            let named = "is being written by process 4711 on station (memloop iv) since 2026-11-25T09:00:00Z";
            assert!(error.ends_with(named), "{error}");
        }
        Campaign::open_read_only(&path).unwrap().runs().unwrap();
        drop(first);
        assert_eq!(Owner::now(&path), None);
        assert!(!place(&path).exists());
        drop(Campaign::open(&path).unwrap());
    }

    #[test]
    fn what_a_dead_writer_left_is_taken() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.sqlite");
        fs::write(place(&path), "{\"pid\": 4711").unwrap();
        let campaign = Campaign::open(&path).unwrap();
        assert_eq!(Owner::now(&path), Some(Owner::unnamed()));
        drop(campaign);
        assert!(!place(&path).exists());
    }

    #[test]
    fn a_campaign_whose_guard_has_work_is_still_owned() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c.sqlite");
        let campaign = Campaign::open_as(&path, owner()).unwrap();
        let ownership = Arc::clone(campaign.ownership().unwrap());
        let handed = ownership.for_a_guard().unwrap();
        drop((campaign, ownership));
        assert!(matches!(Campaign::open(&path), Err(CampaignError::Owned { .. })));
        let inherited = Ownership::inherited(&path, handed).unwrap();
        inherited.update(|it| (it.pid, it.guard_pid) = (4712, Some(4712))).unwrap();
        assert!(Owner::now(&path).unwrap().is_a_guard());
        drop(inherited);
        assert!(!place(&path).exists());
        drop(Campaign::open(&path).unwrap());
    }
}
