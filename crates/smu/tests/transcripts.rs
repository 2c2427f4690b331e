//! The driver says exactly what the golden transcripts hold.
//!
//! `tests/transcripts/<model>/<scenario>.scpi`: a first line that says where the conversation is
//! from, then `> ` lines to the instrument and `< ` lines from it.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod common;

use std::path::PathBuf;

use common::scenario::{NAMES, drive};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, DuplexStream};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/transcripts/keithley-2400")
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
    for name in NAMES {
        let path = folder().join(format!("{name}.scpi"));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# source: "), "{name} does not say where it is from");
        let (near, far) = tokio::io::duplex(1 << 16);
        let driver = drive(name, common::session(near));
        // Whoever differs ends the other, so both are awaited, and the player tells more.
        let player = tokio::spawn(play(text, far));
        let driven = tokio::spawn(driver).await;
        assert_eq!(player.await.unwrap(), Ok(()), "{name}");
        driven.unwrap();
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
fn every_transcript_has_a_scenario_that_drives_it() {
    let mut found: Vec<_> = std::fs::read_dir(folder())
        .unwrap()
        .map(|it| it.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    found.sort();
    let mut known = NAMES.to_vec();
    known.sort();
    assert_eq!(found, known);
}

#[test]
fn levels_of_1_v_and_1_000001_v_leave_as_two_texts() {
    let text = std::fs::read_to_string(folder().join("nearly-equal-levels.scpi")).unwrap();
    for line in ["> :SOUR:VOLT 1\n", "> :SOUR:VOLT 1.000001\n", "> :SOUR:LIST:VOLT 1,1.000001\n"] {
        assert!(text.contains(line), "{line}");
    }
}
