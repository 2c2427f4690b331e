use std::{
    io::{BufRead, BufReader},
    net::TcpListener,
    thread,
};

use flate2::{Compression, write::GzEncoder};

use super::*;

const CONTENT: &[u8] = b"what the public file holds";
const FILE: PublicFile = PublicFile {
    name: "things-idx1-ubyte",
    bytes: CONTENT.len() as u64,
    sha256: "535d99e063e387cfd092efe0ca059edb27f6fcc0da1ff62cbce4edb826764581",
};

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::default());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// An answer with its length, of which only so many bytes are sent.
fn answer(status: &str, body: &[u8], sent: usize) -> Vec<u8> {
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    [head.as_bytes(), &body[..sent]].concat()
}

fn whole(body: &[u8]) -> Vec<u8> {
    answer("200 OK", body, body.len())
}

/// A mirror that gives one answer; returns its address.
fn mirror(answer: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let asked = BufReader::new(&stream).lines().map_while(Result::ok);
        let asked: Vec<_> = asked.take_while(|it| !it.is_empty()).collect();
        assert_eq!(asked[0], "GET /sets/things-idx1-ubyte.gz HTTP/1.1");
        // Whoever has heard enough hangs up.
        let _ = stream.write_all(&answer);
    });
    format!("http://{address}/sets/")
}

/// An address where nobody listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}/sets", listener.local_addr().unwrap())
}

/// Fetches from these mirrors into an empty folder: what came of it, and the folder's files.
fn fetched(mirrors: &[&str]) -> (Result<Fetched>, Vec<String>) {
    let (folder, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let result = fetch_into(folder.path(), scratch.path(), mirrors);
    (result, names(folder.path()))
}

fn fetch_into(folder: &Path, scratch: &Path, mirrors: &[&str]) -> Result<Fetched> {
    let agent = agent().proxy(None).build().new_agent();
    fetch(&agent, mirrors, &FILE, folder, scratch, |_, _| {})
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
}

#[track_caller]
fn refused(mirror: &str, part: &str) {
    let (result, files) = fetched(&[mirror]);
    let error = format!("{:#}", result.unwrap_err());
    assert!(error.starts_with("things-idx1-ubyte.gz could not be fetched (http://127.0.0.1:"));
    assert!(error.contains(part), "`{part}` is not in: {error}");
    assert_eq!(files, [""; 0], "something was left");
}

#[test]
fn what_has_the_checksum_lies_in_the_folder_under_its_name() {
    let packed = gzip(CONTENT);
    let (folder, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mirror = mirror(whole(&packed));
    let fetched = fetch_into(folder.path(), scratch.path(), &[&mirror]).unwrap();
    let file = folder.path().join("things-idx1-ubyte.gz");
    let from = Some(format!("{mirror}things-idx1-ubyte.gz"));
    assert_eq!(fetched, Fetched { file: file.clone(), bytes: packed.len() as u64, from });
    assert_eq!(fs::read(&file).unwrap(), packed);
    assert_eq!(names(scratch.path()), [""; 0]);

    // Nobody is asked for what is there.
    let again = fetch_into(folder.path(), scratch.path(), &[&nobody()]).unwrap();
    assert_eq!(again, Fetched { file, bytes: packed.len() as u64, from: None });
}

#[test]
fn how_it_was_packed_does_not_matter() {
    let mut packer = GzEncoder::new(Vec::new(), Compression::none());
    packer.write_all(CONTENT).unwrap();
    let (result, files) = fetched(&[&mirror(whole(&packer.finish().unwrap()))]);
    assert!(result.is_ok());
    assert_eq!(files, ["things-idx1-ubyte.gz"]);
}

#[test]
fn an_unpacked_file_that_is_there_is_not_fetched() {
    let (folder, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("things-idx1-ubyte");
    fs::write(&file, CONTENT).unwrap();
    let there = fetch_into(folder.path(), scratch.path(), &[&nobody()]).unwrap();
    assert_eq!(there, Fetched { file, bytes: FILE.bytes, from: None });
}

#[test]
fn another_file_of_that_name_is_neither_accepted_nor_overwritten() {
    let (folder, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let file = folder.path().join("things-idx1-ubyte.gz");
    fs::write(&file, gzip(b"something else")).unwrap();
    let error = fetch_into(folder.path(), scratch.path(), &[&nobody()]).unwrap_err();
    assert!(error.to_string().ends_with("is not what it is named: move it away, then fetch again"));
    assert_eq!(fs::read(&file).unwrap(), gzip(b"something else"));
}

#[test]
fn an_answer_that_breaks_off_leaves_nothing() {
    let packed = gzip(CONTENT);
    for sent in [0, 1, packed.len() - 1] {
        refused(&mirror(answer("200 OK", &packed, sent)), &format!("broke off at {sent}"));
    }
    // Without a length, only unpacking tells.
    let head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
    let part = [head, &packed[..packed.len() - 9]].concat();
    refused(&mirror(part), "cannot be unpacked");
}

#[test]
fn what_has_another_checksum_leaves_nothing() {
    refused(&mirror(whole(&gzip(b"what another file holds..."))), "has the SHA-256 ");
    refused(&mirror(whole(&gzip(&[CONTENT, b" and more"].concat()))), "has the SHA-256 ");
    refused(&mirror(whole(b"<html>log in first</html>")), "has the SHA-256 ");
    let mut flipped = gzip(CONTENT);
    flipped[14] ^= 4;
    refused(&mirror(whole(&flipped)), "things-idx1-ubyte.gz: ");
}

#[test]
fn what_is_too_long_is_not_read_to_its_end() {
    refused(&mirror(whole(&[0; 100_000])), "is longer than 26 bytes");
}

#[test]
fn mirrors_that_refuse_are_named_with_their_reason() {
    refused(&mirror(answer("404 Not Found", b"gone", 4)), "404");
    refused(&nobody(), "refused");
}

#[test]
fn the_next_mirror_is_asked_when_one_fails_and_all_are_named_when_none_has_it() {
    let (gone, wrong) = (nobody(), mirror(whole(&gzip(b"wrong"))));
    let (result, files) = fetched(&[&gone, &wrong, &mirror(whole(&gzip(CONTENT)))]);
    assert!(result.is_ok());
    assert_eq!(files, ["things-idx1-ubyte.gz"]);

    let others = [nobody(), mirror(answer("500 Internal Server Error", b"", 0))];
    let (result, _) = fetched(&[&others[0], &others[1]]);
    let error = result.unwrap_err().to_string();
    assert!(others.iter().all(|it| error.contains(it.trim_end_matches('/'))), "{error}");
}

#[test]
fn bytes_are_counted_as_they_come() {
    let (folder, scratch) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let packed = gzip(CONTENT);
    let agent = agent().proxy(None).build().new_agent();
    let mut heard = Vec::new();
    let mirror = mirror(whole(&packed));
    let on_bytes = |bytes, of| heard.push((bytes, of));
    fetch(&agent, &[&mirror], &FILE, folder.path(), scratch.path(), on_bytes).unwrap();
    let length = packed.len() as u64;
    assert_eq!((heard[0], heard[heard.len() - 1]), ((0, length), (length, length)));
    assert!(heard.is_sorted());
}
