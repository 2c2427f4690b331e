//! Transcripts: what every instrument and we said, in the format of `tests/transcripts`.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

use anyhow::{Context, Result};
use transport::{Transcript, TranscriptLine};

use crate::exit::BadInput;

/// Where transcripts go, if anywhere. Clones write into the same files.
#[derive(Clone, Default)]
pub struct Transcripts(Option<Arc<Files>>);

struct Files {
    asked: PathBuf,
    open: Mutex<BTreeMap<PathBuf, Arc<File>>>,
}

impl Transcripts {
    /// Into `file`, or nowhere.
    pub fn new(file: Option<PathBuf>) -> Transcripts {
        let files = |asked| Arc::new(Files { asked, open: Mutex::default() });
        Transcripts(file.map(files))
    }

    /// Begins a transcript for each of these instruments (name, address): one goes into the file
    /// that was asked for, several into one each, named after both. Call it before anything is sent.
    ///
    /// # Errors
    /// A file is there already, or cannot be written.
    pub fn begin<'a>(
        &self,
        instruments: impl IntoIterator<Item = (&'a str, String)>,
    ) -> Result<Vec<Option<Transcript>>> {
        let instruments: Vec<_> = instruments.into_iter().collect();
        let Some(files) = &self.0 else { return Ok(vec![None; instruments.len()]) };
        let several = instruments.len() > 1;
        let path =
            |name: &str| if several { named(&files.asked, name) } else { files.asked.clone() };
        let transcripts = instruments
            .iter()
            .map(|(name, address)| files.transcript(&path(name), address).map(Some));
        transcripts.collect()
    }
}

impl Files {
    fn transcript(&self, path: &Path, address: &str) -> Result<Transcript> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match open.get(path) {
            // A second connection to the same instrument goes on where the first ended.
            Some(file) => Arc::clone(file),
            None => {
                let file = Arc::new(begun(path, address)?);
                open.insert(path.to_owned(), Arc::clone(&file));
                file
            }
        };
        let path = path.to_owned();
        Ok(Transcript::new(move |line| {
            // One write for each line, straight to the system: a crash loses none.
            if let Err(error) = (&*file).write_all(written(line).as_bytes()) {
                tracing::warn!(%error, "{} cannot be written", path.display());
            }
        }))
    }
}

fn begun(path: &Path, address: &str) -> Result<File> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    let mut file = file.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => BadInput::new(format!(
            "--transcript {}: the file is there already; move it away or name another",
            path.display()
        )),
        _ => BadInput::new(format!("--transcript {} cannot be written: {error}", path.display())),
    })?;
    let version = env!("CARGO_PKG_VERSION");
    let now = humantime::format_rfc3339_seconds(SystemTime::now());
    let source = if address.starts_with("SIM::") { "firmware-sim at" } else { "the instrument at" };
    writeln!(file, "# source: {source} {address}, recorded by memloop {version} at {now}")
        .with_context(|| format!("{} cannot be written", path.display()))?;
    Ok(file)
}

/// `run.scpi` and `a1` are `run-a1.scpi`.
fn named(path: &Path, name: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let safe: String = name
        .chars()
        .map(|it| if it.is_alphanumeric() || "._-".contains(it) { it } else { '-' })
        .collect();
    let file = match path.extension() {
        Some(extension) => format!("{stem}-{safe}.{}", extension.to_string_lossy()),
        None => format!("{stem}-{safe}"),
    };
    path.with_file_name(file)
}

/// A line of a golden transcript: what is no printable ASCII is escaped, and so is the backslash that
/// escapes.
fn written(line: TranscriptLine<'_>) -> String {
    let (arrow, bytes) = match line {
        TranscriptLine::Sent(bytes) => ('>', bytes),
        TranscriptLine::Received(bytes) => ('<', bytes),
    };
    let mut text = String::with_capacity(bytes.len() + 3);
    text.push(arrow);
    text.push(' ');
    for &byte in bytes {
        match byte {
            b'"' | b'\'' => text.push(char::from(byte)),
            _ => text.extend(byte.escape_ascii().map(char::from)),
        }
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_stay_and_bytes_are_escaped() {
        let sent = written(TranscriptLine::Sent(b":SENS:FUNC \"CURR\""));
        assert_eq!(sent, "> :SENS:FUNC \"CURR\"\n");
        let received = written(TranscriptLine::Received(b"#12\x00\n\\'"));
        assert_eq!(received, "< #12\\x00\\n\\\\'\n");
    }

    #[test]
    fn several_instruments_have_a_file_each_and_none_is_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.scpi");
        let begin = |names: &[&str]| {
            let transcripts = Transcripts::new(Some(path.clone()));
            transcripts.begin(names.iter().map(|it| (*it, "SIM::a1".to_owned())))
        };
        assert_eq!(begin(&["a1"]).unwrap().len(), 1);
        assert_eq!(begin(&["a1", "b/1"]).unwrap().len(), 2);
        for file in ["run.scpi", "run-a1.scpi", "run-b-1.scpi"] {
            let text = std::fs::read_to_string(folder.path().join(file)).unwrap();
            assert!(text.starts_with("# source: firmware-sim at SIM::a1, recorded by memloop "));
        }
        let error = begin(&["a1"]).unwrap_err();
        assert!(error.is::<BadInput>());
        assert!(error.to_string().ends_with("move it away or name another"), "{error}");
    }
}
