//! The driver says exactly what the golden transcripts hold.
//!
//! `tests/transcripts/<model>/<scenario>.scpi`: a first line that says where the conversation is
//! from, then `> ` lines to the instrument and `< ` lines from it.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use std::path::{Path, PathBuf};

use common::scenario::{EVERY_MODEL, NAMES, drive};
use smu::Model;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream};

fn transcripts() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/transcripts")
}

/// The conversations of a model that this driver leads; the folder holds those of others, too.
fn led(model: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(transcripts().join(model)).unwrap();
    let mut paths: Vec<_> = entries.map(|it| it.unwrap().path()).collect();
    paths.retain(|it| NAMES.contains(&stem(it)));
    paths.sort();
    paths
}

fn stem(path: &Path) -> &str {
    path.file_stem().and_then(|it| it.to_str()).unwrap()
}

/// Plays the instrument's side of a transcript; the first difference, if there is one.
async fn play(transcript: String, stream: DuplexStream) -> Result<(), String> {
    let (read, mut write) = tokio::io::split(stream);
    let mut read = BufReader::new(read);
    for (number, line) in transcript.lines().enumerate().skip(1) {
        match line.split_at_checked(2) {
            Some(("> ", expected)) => {
                let mut found = String::new();
                read.read_line(&mut found).await.map_err(|error| error.to_string())?;
                if found != format!("{expected}\n") {
                    return Err(format!(
                        "line {}: {expected:?} expected, {found:?} sent",
                        number + 1
                    ));
                }
            }
            Some(("< ", answer)) => {
                let sent = write.write_all(format!("{answer}\n").as_bytes()).await;
                sent.map_err(|error| error.to_string())?;
            }
            _ => return Err(format!("line {}: neither > nor <: {line:?}", number + 1)),
        }
    }
    let mut rest = String::new();
    read.read_to_string(&mut rest).await.map_err(|error| error.to_string())?;
    if rest.is_empty() { Ok(()) } else { Err(format!("sent beyond the end: {rest:?}")) }
}

#[tokio::test]
async fn the_driver_says_exactly_what_the_transcripts_hold() {
    for model in Model::names() {
        for path in led(model) {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("# source: "), "{} has no provenance", path.display());
            let (near, far) = tokio::io::duplex(1 << 16);
            let name = stem(&path).to_owned();
            let session = common::session(near);
            let driver = tokio::spawn(async move { drive(&name, model, session).await });
            // Whoever differs ends the other, so both are awaited, and the player tells more.
            let player = tokio::spawn(play(text, far));
            let driven = driver.await;
            assert_eq!(player.await.unwrap(), Ok(()), "{}", path.display());
            driven.unwrap();
        }
    }
}

#[tokio::test]
async fn a_player_tells_the_line_that_differs() {
    let (mut near, far) = tokio::io::duplex(64);
    near.write_all(b"*RST\n").await.unwrap();
    let text = "# source: this test\n> *CLS\n".to_owned();
    let found = play(text, far).await.unwrap_err();
    assert_eq!(found, "line 2: \"*CLS\" expected, \"*RST\\n\" sent");
}

#[test]
fn every_model_has_its_transcript_and_every_scenario_is_led_by_one() {
    let mut led_by_one: Vec<String> = Vec::new();
    for model in Model::names() {
        let found: Vec<_> = led(model).iter().map(|it| stem(it).to_owned()).collect();
        assert!(found.iter().any(|it| it == EVERY_MODEL), "{model} has no {EVERY_MODEL}.scpi");
        led_by_one.extend(found);
    }
    for name in NAMES {
        assert!(led_by_one.iter().any(|it| it == name), "{name} is led by no transcript");
    }
}

#[test]
fn levels_of_1_v_and_1_000001_v_leave_as_two_texts() {
    let text =
        std::fs::read_to_string(transcripts().join("keithley-2400/nearly-equal-levels.scpi"))
            .unwrap();
    for line in ["> :SOUR:VOLT 1;", "> :SOUR:VOLT 1.000001;", "> :SOUR:LIST:VOLT 1,1.000001\n"] {
        assert!(text.contains(line), "{line}");
    }
}
