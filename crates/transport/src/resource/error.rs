//! Why a string is no address, and what was probably meant.

use std::net::{IpAddr, Ipv6Addr};

use thiserror::Error;

/// A string that is no address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("\"{resource}\" is not a resource string: {reason}; {advice}")]
#[non_exhaustive]
pub struct ResourceError {
    /// The string.
    pub resource: String,
    /// What is wrong with it.
    pub reason: &'static str,
    /// What was probably meant, or else what is accepted.
    pub advice: String,
}

const ACCEPTED: &str = "accepted are TCPIP0::host::port::SOCKET, TCPIP0::host::inst0::INSTR (VXI-11), \
     TCPIP0::host::hislip0::INSTR, ASRL/dev/ttyUSB0::INSTR, GPIB0::24::INSTR, \
     USB0::0x05E6::0x2450::serial::INSTR, USBTMC::/dev/usbtmc0, PRLGX-TCPIP0::host::1234::INTFC, \
     PRLGX-ASRL0::/dev/ttyUSB0::INTFC and SIM::name";

pub(super) fn explained(resource: &str, reason: &'static str) -> ResourceError {
    let advice = match meant(resource.trim()) {
        Some(meant) => format!("did you mean {meant}?"),
        None => ACCEPTED.to_owned(),
    };
    ResourceError { resource: resource.to_owned(), reason, advice }
}

/// The slips that people make most.
fn meant(text: &str) -> Option<String> {
    serial(text).or_else(|| network(text)).or_else(|| device_name_of_digits(text))
}

/// `COM3`, `/dev/ttyUSB0`, `/dev/usbtmc0` alone.
fn serial(text: &str) -> Option<String> {
    let com = text.get(..3).is_some_and(|it| it.eq_ignore_ascii_case("COM"))
        && text.len() > 3
        && text[3..].bytes().all(|it| it.is_ascii_digit());
    if com {
        return Some(format!("ASRL{}::INSTR", text.to_ascii_uppercase()));
    }
    if text.starts_with("/dev/usbtmc") {
        return Some(format!("USBTMC::{text}"));
    }
    if text.starts_with("/dev/") && !text.contains("::") {
        return Some(format!("ASRL{text}::INSTR"));
    }
    None
}

/// `192.0.2.7:5025`, `smu-1.lab:5025`, `192.0.2.7` and `2001:db8::7` alone.
fn network(text: &str) -> Option<String> {
    let likely = |host: &str| {
        !host.is_empty()
            && host.bytes().all(|it| it.is_ascii_alphanumeric() || matches!(it, b'.' | b'-'))
    };
    if text.parse::<Ipv6Addr>().is_ok() {
        return Some(format!("TCPIP0::[{text}]::5025::SOCKET"));
    }
    if let Some((host, port)) = text.split_once(':')
        && likely(host)
        && port.parse::<u16>().is_ok_and(|it| it != 0)
    {
        return Some(format!("TCPIP0::{host}::{port}::SOCKET"));
    }
    if text.parse::<IpAddr>().is_ok() {
        return Some(format!("TCPIP0::{text}::5025::SOCKET, or TCPIP0::{text}::inst0::INSTR"));
    }
    None
}

/// `TCPIP0::192.0.2.7::5025`, where SOCKET was forgotten.
fn device_name_of_digits(text: &str) -> Option<String> {
    let mut parts = text.split("::");
    let (interface, host, port) = (parts.next()?, parts.next()?, parts.next()?);
    let class = parts.next().unwrap_or("INSTR");
    let forgotten = interface.get(..5)?.eq_ignore_ascii_case("TCPIP")
        && !host.is_empty()
        && port.parse::<u16>().is_ok_and(|it| it != 0)
        && class.eq_ignore_ascii_case("INSTR")
        && parts.next().is_none();
    forgotten.then(|| format!("{}::{host}::{port}::SOCKET", interface.to_ascii_uppercase()))
}
