//! Public data sets, fetched from their mirrors: what has the right checksum comes into the folder
//! under its name, and nothing else does.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context, Result, anyhow};
use flate2::read::MultiGzDecoder;
use serde::Serialize;
use sha2::{Digest, Sha256};
use ureq::{Agent, config::ConfigBuilder, typestate::AgentScope};

/// How long a mirror may take to be found and connected to, and to begin its answer.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);
/// A line slower than this, in bytes per second, is given up.
const SLOWEST: u64 = 20_000;

/// A public data set: where it is, and what it is known by.
pub struct Public {
    /// Folders to fetch from, in order.
    pub mirrors: &'static [&'static str],
    /// Its files.
    pub files: &'static [PublicFile],
}

/// A file that mirrors have gzipped.
pub struct PublicFile {
    /// Without `.gz`.
    pub name: &'static str,
    /// Bytes, unpacked.
    pub bytes: u64,
    /// SHA-256 of what is packed, so that it does not matter which gzip packed it.
    pub sha256: &'static str,
}

/// MNIST (LeCun, Cortes and Burges; CC BY-SA 3.0).
///
/// The checksums are those of the public files, unpacked: their MD5, 6bbc9ace898e44ae57da46a324031adb,
/// a25bea736e30d166cdddb491f175f624, 2646ac647ad5339dbf082846283269ea and
/// 27ae3e4e09519cfbb04c329615203637, are what many published programs check them by.
pub const MNIST: Public = Public {
    mirrors: &[
        "https://ossci-datasets.s3.amazonaws.com/mnist",
        "https://storage.googleapis.com/cvdf-datasets/mnist",
    ],
    files: &[
        PublicFile {
            name: "train-images-idx3-ubyte",
            bytes: 47_040_016,
            sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        },
        PublicFile {
            name: "train-labels-idx1-ubyte",
            bytes: 60_008,
            sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        },
        PublicFile {
            name: "t10k-images-idx3-ubyte",
            bytes: 7_840_016,
            sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        },
        PublicFile {
            name: "t10k-labels-idx1-ubyte",
            bytes: 10_008,
            sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
        },
    ],
};

/// A file that is in the folder now.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Fetched {
    /// Where.
    pub file: PathBuf,
    /// Its size as it lies there.
    pub bytes: u64,
    /// The address it came from; `None` when it was there already.
    pub from: Option<String>,
}

/// What fetches: no longer than the limits, and by the proxy of the environment, if there is one.
pub fn agent() -> ConfigBuilder<AgentScope> {
    Agent::config_builder()
        .timeout_connect(Some(ANSWER_LIMIT))
        .timeout_recv_response(Some(ANSWER_LIMIT))
        .user_agent("memloop")
}

/// Sees to it that `folder` holds `file`: checks the one that is there, or fetches it from the first
/// of `mirrors` that has it. `scratch` is a folder of the same file system for what is not whole
/// yet. `on_bytes` hears how many bytes of how many (0: not known) have come.
///
/// # Errors
/// Another file of that name is there, no mirror has the right one, with the reason of each, or the
/// folder cannot be written.
pub fn fetch(
    agent: &Agent,
    mirrors: &[&str],
    file: &PublicFile,
    folder: &Path,
    scratch: &Path,
    mut on_bytes: impl FnMut(u64, u64),
) -> Result<Fetched> {
    let packed = folder.join(format!("{}.gz", file.name));
    if let Some(there) = [&packed, &folder.join(file.name)].into_iter().find(|it| it.exists()) {
        check(there, file).with_context(|| {
            format!("{} is not what it is named: move it away, then fetch again", there.display())
        })?;
        let bytes = fs::metadata(there)?.len();
        return Ok(Fetched { file: there.clone(), bytes, from: None });
    }
    let partial = scratch.join(format!("{}.gz.part", file.name));
    let mut reasons = Vec::new();
    for mirror in mirrors {
        let url = format!("{}/{}.gz", mirror.trim_end_matches('/'), file.name);
        let fetched = download(agent, &url, file, &partial, &mut on_bytes)
            .and_then(|bytes| check(&partial, file).map(|()| bytes));
        match fetched {
            Ok(bytes) => {
                fs::rename(&partial, &packed)
                    .and_then(|()| File::open(folder)?.sync_all())
                    .with_context(|| format!("{} cannot be written", packed.display()))?;
                return Ok(Fetched { file: packed, bytes, from: Some(url) });
            }
            Err(error) => reasons.push(format!("{url}: {error:#}")),
        }
    }
    Err(anyhow!("{}.gz could not be fetched ({})", file.name, reasons.join("; ")))
}

/// Writes what `url` answers into `partial`, down to the disk; returns its size.
fn download(
    agent: &Agent,
    url: &str,
    file: &PublicFile,
    partial: &Path,
    on_bytes: &mut impl FnMut(u64, u64),
) -> Result<u64> {
    let limit = ANSWER_LIMIT + Duration::from_secs(file.bytes / SLOWEST);
    let answer = agent.get(url).config().timeout_recv_body(Some(limit)).build().call()?;
    let length = answer.body().content_length();
    let mut body = answer.into_body().into_reader();
    let mut written = File::create(partial).context("cannot be written")?;
    let (mut piece, mut bytes) = (vec![0; 1 << 16], 0);
    on_bytes(0, length.unwrap_or(0));
    loop {
        let count = match body.read(&mut piece) {
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error).with_context(|| format!("broke off at {bytes} bytes")),
        };
        if count == 0 {
            break;
        }
        bytes += count as u64;
        // Packing makes nothing noticeably longer: more is another file.
        if bytes > file.bytes + file.bytes / 100 + 1000 {
            return Err(anyhow!("is longer than {} bytes", file.bytes));
        }
        written.write_all(&piece[..count]).context("cannot be written")?;
        on_bytes(bytes, length.unwrap_or(0));
    }
    if let Some(length) = length.filter(|&it| it != bytes) {
        return Err(anyhow!("broke off at {bytes} of {length} bytes"));
    }
    written.sync_all().context("cannot be written")?;
    Ok(bytes)
}

/// Requires that what lies at `path`, gzipped or not, is `file`.
///
/// # Errors
/// It cannot be read or unpacked, or has another checksum.
fn check(path: &Path, file: &PublicFile) -> Result<()> {
    let mut stored = BufReader::new(File::open(path)?);
    let gzipped = stored.fill_buf()?.starts_with(&[0x1f, 0x8b]);
    // What unpacks without end is cut off, and has another checksum then.
    let mut content: Box<dyn Read> = if gzipped {
        Box::new(MultiGzDecoder::new(stored).take(file.bytes + 1))
    } else {
        Box::new(stored)
    };
    let (mut digest, mut piece) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        match content.read(&mut piece).context("cannot be unpacked")? {
            0 => break,
            count => digest.update(&piece[..count]),
        }
    }
    let found = digest.finalize().iter().fold(String::new(), |text, it| format!("{text}{it:02x}"));
    if found == file.sha256 {
        Ok(())
    } else {
        Err(anyhow!("has the SHA-256 {found} unpacked, expected {}", file.sha256))
    }
}

#[cfg(test)]
mod tests;
