//! The real binary with all its links on the LAN: what it prints, and that they share an instrument.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should fail there")]

mod bench_server;
mod hislip_client;
mod vxi11_client;

use bench_server::{Server, firmware_sim};

/// The port in a line that a link is announced by, and its VISA resource string.
fn announced(line: &str, protocol: &str) -> (u16, String) {
    let (address, resource) = line.strip_prefix(protocol).unwrap().split_once(", ").unwrap();
    let port = address.strip_prefix(" on 127.0.0.1:").unwrap().parse().unwrap();
    (port, resource.to_owned())
}

#[tokio::test]
async fn links_are_announced_by_their_names_and_share_one_instrument() {
    let free = "127.0.0.1:0";
    let mut server =
        Server::start(&["--listen", free, "--vxi11", free, "--portmapper", free, "--hislip", free]);
    let line = server.line();
    let mut socket = bench_server::Client::connect(line.strip_prefix("listening on ").unwrap());
    let (vxi11, resource) = announced(&server.line(), "VXI-11");
    assert_eq!(resource, "TCPIP0::127.0.0.1::inst0::INSTR");
    let (portmapper, _) = announced(&server.line(), "portmapper");
    let (hislip, resource) = announced(&server.line(), "HiSLIP");
    assert_eq!(resource, format!("TCPIP0::127.0.0.1::hislip0,{hislip}::INSTR"));
    assert_eq!(socket.ask(":SOUR:VOLT 0.25;*OPC?"), "1");
    let mut one = vxi11_client::Client::link(vxi11).await;
    assert_eq!(one.ask(":SOUR:VOLT?;VOLT 0.5").await, "+2.500000E-01");
    let mut other = hislip_client::Client::open(hislip).await;
    assert_eq!(other.ask(":SOUR:VOLT?").await, "+5.000000E-01");
    // A lock of one link keeps off the other.
    let lock = vxi11_client::words(&[one.lid, 0, 0]);
    assert_eq!(one.core(18, &lock).await, [0]);
    assert_eq!(other.other.exchange(4, 1, 0, b"").await, hislip_client::plain(5, 0, 0));
    let mut asked = vxi11_client::Client::connect(portmapper).await;
    let mapping = vxi11_client::words(&[vxi11_client::CORE, 1, 6, 0]);
    asked.send(&vxi11_client::record(1, 100_000, 2, 3, &mapping)).await;
    assert_eq!(vxi11_client::numbers(&asked.results(1).await), [u32::from(vxi11)]);
}

#[test]
fn a_link_alone_opens_no_socket_and_json_names_the_protocol() {
    let mut server = Server::start(&["--hislip", "127.0.0.1:0", "--json"]);
    let said: serde_json::Value = serde_json::from_str(&server.line()).unwrap();
    let links = said["instruments"].as_array().unwrap();
    assert_eq!((links.len(), &links[0]["protocol"]), (1, &serde_json::json!("HiSLIP")));
    let refused = firmware_sim(&["--portmapper", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--vxi11"));
}
