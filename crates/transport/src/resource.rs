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
        parse(text.trim()).map_err(|reason| ResourceError {
            resource: text.to_owned(),
            reason,
        })
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
    Ok(Resource::Simulated {
        name: name.to_owned(),
    })
}

fn tcp_socket(board: &str, rest: &str) -> Result<Resource, &'static str> {
    let board = if board.is_empty() {
        Ok(0)
    } else {
        number(board)
    };
    let board = board.map_err(|()| "the board number after TCPIP must be 0 to 65535")?;
    let (host, rest) = host(rest)?;
    let (port, class) = rest
        .rsplit_once("::")
        .ok_or("it does not end with ::port::SOCKET")?;
    if !class.eq_ignore_ascii_case("SOCKET") {
        return Err("it does not end with ::SOCKET");
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
            let (host, rest) = rest
                .split_once(']')
                .ok_or("the bracket before the host is not closed")?;
            if host.parse::<std::net::Ipv6Addr>().is_err() {
                return Err("what stands in brackets is no IPv6 address");
            }
            (
                host,
                rest.strip_prefix("::")
                    .ok_or("it does not end with ::port::SOCKET")?,
            )
        }
        None => rest
            .split_once("::")
            .ok_or("it does not end with ::port::SOCKET")?,
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
