//! VISA resource strings: the addresses of instruments.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The address of an instrument.
///
/// Written and read as a string, also by serde. Two strings that mean the same address print the
/// same: `tcpip::192.0.2.7::5025::socket` is `TCPIP0::192.0.2.7::5025::SOCKET`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[non_exhaustive]
pub enum Resource {
    /// `TCPIP0::host::5025::SOCKET`: a raw TCP socket.
    TcpSocket {
        /// VISA's number of the network adapter; says nothing here.
        board: u16,
        /// Name, IPv4 address, or IPv6 address (without the brackets it is written in).
        host: String,
        /// TCP port.
        port: u16,
    },
    /// `SIM::name`: a simulated instrument of the bench.
    Simulated {
        /// Its name in the bench.
        name: String,
    },
}

const UNBRACKETED: &str =
    "the host must be followed by the port alone, and an IPv6 address be in brackets";

/// A string that is no address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error(
    "\"{resource}\" is not a resource string: {reason}; accepted are TCPIP0::host::port::SOCKET \
     (as TCPIP0::192.0.2.7::5025::SOCKET) and SIM::name"
)]
#[non_exhaustive]
pub struct ResourceError {
    /// The string.
    pub resource: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl FromStr for Resource {
    type Err = ResourceError;

    fn from_str(text: &str) -> Result<Resource, ResourceError> {
        parse(text.trim()).map_err(|reason| ResourceError { resource: text.to_owned(), reason })
    }
}

fn parse(text: &str) -> Result<Resource, &'static str> {
    let (interface, rest) = text.split_once("::").ok_or("it has no \"::\"")?;
    let interface = interface.to_ascii_uppercase();
    if interface == "SIM" {
        return simulated(rest);
    }
    match interface.strip_prefix("TCPIP") {
        Some(board) => tcp_socket(board, rest),
        None => Err("it begins with neither TCPIP nor SIM"),
    }
}

fn simulated(name: &str) -> Result<Resource, &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if name.is_empty() || !name.bytes().all(allowed) {
        return Err("the name after SIM:: must be letters, digits, \"-\" and \"_\"");
    }
    Ok(Resource::Simulated { name: name.to_owned() })
}

fn tcp_socket(board: &str, rest: &str) -> Result<Resource, &'static str> {
    let board = if board.is_empty() { Ok(0) } else { number(board) };
    let board = board.map_err(|()| "the board number after TCPIP must be 0 to 65535")?;
    let (host, rest) = host(rest)?;
    let (port, class) = rest.rsplit_once("::").ok_or("it does not end with ::port::SOCKET")?;
    if !class.eq_ignore_ascii_case("SOCKET") {
        return Err("it does not end with ::SOCKET");
    }
    if port.contains("::") {
        return Err(UNBRACKETED);
    }
    match number(port) {
        Ok(port) if port != 0 => Ok(Resource::TcpSocket { board, host, port }),
        _ => Err("the port must be 1 to 65535"),
    }
}

/// The host, and what follows the `::` after it. An IPv6 address holds `::` itself and stands in
/// brackets.
fn host(rest: &str) -> Result<(String, &str), &'static str> {
    let (host, rest) = match rest.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) =
                rest.split_once(']').ok_or("the bracket before the host is not closed")?;
            // A link-local address may name its interface, as in fe80::1%eth0.
            let address = host.split_once('%').map_or(host, |(address, _)| address);
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return Err("what stands in brackets is no IPv6 address");
            }
            (host, rest.strip_prefix("::").ok_or("it does not end with ::port::SOCKET")?)
        }
        None => {
            let (host, rest) =
                rest.split_once("::").ok_or("it does not end with ::port::SOCKET")?;
            if host.contains(':') {
                return Err(UNBRACKETED);
            }
            (host, rest)
        }
    };
    let unlike = |byte: u8| byte.is_ascii_whitespace() || byte.is_ascii_control();
    if host.is_empty() || host.bytes().any(unlike) {
        return Err("the host is empty or holds a space");
    }
    Ok((host.to_owned(), rest))
}

/// Digits only: `u16::from_str` alone would take a sign.
fn number(text: &str) -> Result<u16, ()> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        text.parse().map_err(|_| ())
    } else {
        Err(())
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Resource::TcpSocket { board, host, port } if host.contains(':') => {
                write!(f, "TCPIP{board}::[{host}]::{port}::SOCKET")
            }
            Resource::TcpSocket { board, host, port } => {
                write!(f, "TCPIP{board}::{host}::{port}::SOCKET")
            }
            Resource::Simulated { name } => write!(f, "SIM::{name}"),
        }
    }
}

impl TryFrom<String> for Resource {
    type Error = ResourceError;

    fn try_from(text: String) -> Result<Resource, ResourceError> {
        text.parse()
    }
}

impl From<Resource> for String {
    fn from(resource: Resource) -> String {
        resource.to_string()
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Expect) {
        let resource: Resource = text.parse().unwrap();
        expected.assert_eq(&resource.to_string());
        assert_eq!(resource.to_string().parse(), Ok(resource));
    }

    fn refused(text: &str, reason: &str) {
        let error = text.parse::<Resource>().unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "\"{text}\" is not a resource string: {reason}; accepted are TCPIP0::host::port::SOCKET (as \
                 TCPIP0::192.0.2.7::5025::SOCKET) and SIM::name"
            )
        );
    }

    #[test]
    fn addresses_are_printed_as_they_are_read() {
        check("TCPIP0::192.0.2.7::5025::SOCKET", expect!["TCPIP0::192.0.2.7::5025::SOCKET"]);
        check("tcpip::smu-1.lab::5025::socket", expect!["TCPIP0::smu-1.lab::5025::SOCKET"]);
        check(" TCPIP2::smu::1::SOCKET ", expect!["TCPIP2::smu::1::SOCKET"]);
        check("TCPIP::[2001:db8::7]::5025::SOCKET", expect!["TCPIP0::[2001:db8::7]::5025::SOCKET"]);
        check(
            "TCPIP::[fe80::1%eth0]::5025::SOCKET",
            expect!["TCPIP0::[fe80::1%eth0]::5025::SOCKET"],
        );
        check("sim::left_1-base", expect!["SIM::left_1-base"]);
    }

    #[test]
    fn what_is_no_address_is_refused_with_what_would_be() {
        refused("192.0.2.7:5025", "it has no \"::\"");
        refused("GPIB0::24::INSTR", "it begins with neither TCPIP nor SIM");
        refused("TCPIP0::192.0.2.7::INSTR", "it does not end with ::port::SOCKET");
        refused("TCPIP0::192.0.2.7::inst0::INSTR", "it does not end with ::SOCKET");
        refused("TCPIP0::192.0.2.7::SOCKET", "it does not end with ::port::SOCKET");
        refused("TCPIP0::192.0.2.7::+5025::SOCKET", "the port must be 1 to 65535");
        refused("TCPIP0::192.0.2.7::70000::SOCKET", "the port must be 1 to 65535");
        refused("TCPIP0::192.0.2.7::0::SOCKET", "the port must be 1 to 65535");
        refused(
            "TCPIPX::192.0.2.7::5025::SOCKET",
            "the board number after TCPIP must be 0 to 65535",
        );
        refused("TCPIP0::::5025::SOCKET", "the host is empty or holds a space");
        refused("TCPIP0::fe80::1::5025::SOCKET", UNBRACKETED);
        refused("TCPIP0::fe80:1::5025::SOCKET", UNBRACKETED);
        refused("TCPIP0::[fe80::1::5025::SOCKET", "the bracket before the host is not closed");
        refused("TCPIP0::[smu]::5025::SOCKET", "what stands in brackets is no IPv6 address");
        refused("SIM::", "the name after SIM:: must be letters, digits, \"-\" and \"_\"");
        refused("SIM::a b", "the name after SIM:: must be letters, digits, \"-\" and \"_\"");
    }

    #[test]
    fn files_hold_an_address_as_a_string() {
        let resource: Resource = serde_json::from_str("\"tcpip::smu::5025::socket\"").unwrap();
        assert_eq!(serde_json::to_string(&resource).unwrap(), "\"TCPIP0::smu::5025::SOCKET\"");
        let error = serde_json::from_str::<Resource>("\"smu\"").unwrap_err().to_string();
        assert!(error.starts_with("\"smu\" is not a resource string"), "{error}");
    }

    proptest! {
        #[test]
        fn what_is_accepted_reads_back_the_same(text in "(TCPIP|tcpip|SIM|)[0-9]{0,2}(::)?\\PC{0,20}(::)?[0-9]{0,5}(::SOCKET)?") {
            if let Ok(resource) = text.parse::<Resource>() {
                prop_assert_eq!(resource.to_string().parse(), Ok(resource));
            }
        }
    }
}
