//! A file appears whole, or not at all.

use std::{
    ffi::OsStr,
    fs::{self, File, Permissions},
    io,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use tempfile::{Builder, NamedTempFile};

use crate::{ExportError, Result};

/// How the names of files end that are not whole yet.
const PARTIAL: &str = ".partial";

/// What becomes of a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and nothing is written.
    Keep,
    /// It is replaced, at once and whole.
    Replace,
}

/// A file under a name of its own until it is whole. Dropped before, it goes.
pub(crate) struct Whole {
    partial: NamedTempFile,
    target: PathBuf,
    existing: Existing,
}

impl Whole {
    /// Begins a file; makes its folder; removes what a killed process has left of the same.
    pub(crate) fn begin(target: &Path, existing: Existing) -> Result<Whole> {
        let cannot = |source| ExportError::CannotWrite { path: target.to_owned(), source };
        if existing == Existing::Keep && target.exists() {
            return Err(ExportError::Exists { path: target.to_owned() });
        }
        let folder = match target.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        fs::create_dir_all(folder).map_err(cannot)?;
        let name = target.file_name().unwrap_or_default().to_string_lossy();
        let prefix = format!(".{name}.");
        remove_left(folder, &prefix);
        let mut builder = Builder::new();
        builder.prefix(&prefix).suffix(PARTIAL).permissions(Permissions::from_mode(0o666));
        let partial = builder.tempfile_in(folder).map_err(cannot)?;
        // A file system without locks keeps what a killed process has left.
        let _ = partial.as_file().try_lock();
        Ok(Whole { partial, target: target.to_owned(), existing })
    }

    /// To write into.
    pub(crate) fn file(&self) -> io::Result<File> {
        self.partial.as_file().try_clone()
    }

    /// Gives it its name, when all of it is on disk.
    pub(crate) fn end(self) -> Result<u64> {
        let Whole { partial, target, existing } = self;
        partial.as_file().sync_all()?;
        let bytes = partial.as_file().metadata()?.len();
        let named = match existing {
            Existing::Keep => partial.persist_noclobber(&target),
            Existing::Replace => partial.persist(&target),
        };
        match named {
            Ok(_) => Ok(bytes),
            Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
                Err(ExportError::Exists { path: target })
            }
            Err(error) => Err(ExportError::CannotWrite { path: target, source: error.error }),
        }
    }
}

/// Removes partial files that no process holds.
fn remove_left(folder: &Path, prefix: &str) {
    let is_partial = |name: &OsStr| {
        name.to_str().is_some_and(|it| it.starts_with(prefix) && it.ends_with(PARTIAL))
    };
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if is_partial(&entry.file_name())
            && File::open(entry.path()).is_ok_and(|it| it.try_lock().is_ok())
        {
            // What cannot be removed does no harm: nobody reads files of such names.
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_file_that_does_not_end_leaves_nothing_and_one_that_was_killed_is_tidied_up() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a.csv");
        drop(Whole::begin(&target, Existing::Keep).unwrap());
        assert_eq!(names(folder.path()), Vec::<String>::new());
        fs::write(folder.path().join(".a.csv.killed.partial"), "half").unwrap();
        let whole = Whole::begin(&target, Existing::Keep).unwrap();
        let other = Whole::begin(&target, Existing::Keep).unwrap();
        assert_eq!(names(folder.path()).len(), 2, "those that live stay");
        whole.file().unwrap().write_all(b"one").unwrap();
        assert_eq!(whole.end().unwrap(), 3);
        assert!(matches!(other.end(), Err(ExportError::Exists { .. })));
        assert_eq!(names(folder.path()), ["a.csv"]);
        assert_eq!(fs::read(&target).unwrap(), b"one");
        assert!(matches!(Whole::begin(&target, Existing::Keep), Err(ExportError::Exists { .. })));
        Whole::begin(&target, Existing::Replace).unwrap().end().unwrap();
        assert_eq!(fs::read(&target).unwrap(), b"");
    }
}
