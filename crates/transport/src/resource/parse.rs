//! The grammar of resource strings.

use super::{GATEWAY_PORT, HISLIP_PORT, Resource};

/// Bytes of one part of a string: nobody's host name, serial number or path is longer.
const LONGEST_PART: usize = 255;

type Parsed<T = Resource> = Result<T, &'static str>;
/// Reads the board and what follows the first `::`.
type Reader = fn(&str, &str) -> Parsed;

/// The interfaces and what reads the rest. `PRLGX-` stands before what it holds, `USBTMC` before
/// `USB`.
const INTERFACES: [(&str, Reader); 8] = [
    ("PRLGX-TCPIP", gateway_tcp),
    ("PRLGX-ASRL", gateway_serial),
    ("TCPIP", tcpip),
    ("ASRL", serial),
    ("GPIB", gpib),
    ("USBTMC", usb_file),
    ("USB", usb),
    ("SIM", simulated),
];

pub(super) fn resource(text: &str) -> Parsed {
    if text.bytes().any(|byte| byte.is_ascii_control()) {
        return Err("it holds a control character");
    }
    // Only a serial line needs nothing behind its name.
    let line = text.get(..4).is_some_and(|it| it.eq_ignore_ascii_case("ASRL")) && text.len() > 4;
    let (head, rest) = match text.split_once("::") {
        Some(parts) => parts,
        None if line => (text, "INSTR"),
        None => return Err("it has no \"::\""),
    };
    for (interface, parse) in INTERFACES {
        if head.get(..interface.len()).is_some_and(|it| it.eq_ignore_ascii_case(interface)) {
            return parse(&head[interface.len()..], rest);
        }
    }
    for (interface, reason) in [
        ("VICP", "LeCroy's VICP is not spoken here; switch the instrument to VXI-11"),
        ("VXI", "a VXI crate needs a vendor's VISA"),
        ("PXI", "PXI needs a vendor's VISA"),
    ] {
        if head.get(..interface.len()).is_some_and(|it| it.eq_ignore_ascii_case(interface)) {
            return Err(reason);
        }
    }
    Err("it begins with none of TCPIP, ASRL, GPIB, USB, PRLGX-TCPIP, PRLGX-ASRL and SIM")
}

fn simulated(board: &str, name: &str) -> Parsed {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !board.is_empty() || name.is_empty() || !name.bytes().all(allowed) {
        return Err("the name after SIM:: must be letters, digits, \"-\" and \"_\"");
    }
    Ok(Resource::Simulated { name: name.to_owned() })
}

fn tcpip(board: &str, rest: &str) -> Parsed {
    let board = self::board(board)?;
    let (host, rest) = host(rest)?;
    let parts: Vec<_> = rest.map_or_else(Vec::new, |it| it.split("::").collect());
    if let Some((host, port)) = host.split_once(',') {
        return vxi11_at_port(board, host, self::port(port)?, &parts);
    }
    match parts.as_slice() {
        [.., class] if is(class, "SOCKET") => {
            let [port, _] = parts[..] else {
                return Err(
                    "SOCKET follows the host and the port alone; an IPv6 address stands in brackets",
                );
            };
            Ok(Resource::TcpSocket { board, host, port: self::port(port)? })
        }
        [] => Ok(vxi11(board, host, "inst0")),
        [class] if is(class, "INSTR") => Ok(vxi11(board, host, "inst0")),
        [device] => lan_device(board, host, device),
        [device, class] if is(class, "INSTR") => lan_device(board, host, device),
        _ => Err("the host is followed by a device name and INSTR, or by a port and SOCKET"),
    }
}

fn vxi11(board: u16, host: String, device: &str) -> Resource {
    Resource::Vxi11 { board, host, port: None, device: device.to_owned() }
}

/// PyVISA-py's spelling for a core channel that no portmapper knows.
fn vxi11_at_port(board: u16, host: &str, port: u16, parts: &[&str]) -> Parsed {
    const VXI11_ALONE: &str = "a port behind the host and a comma is VXI-11's; other links have it behind the host and ::, \
         or, HiSLIP, behind the device and a comma";
    let named = match parts {
        [] => "inst0",
        [class] if is(class, "INSTR") => "inst0",
        [device] => device,
        [device, class] if is(class, "INSTR") => device,
        _ => return Err(VXI11_ALONE),
    };
    let host = part(host, "the host is empty, longer than 255 bytes, or holds a space")?;
    match lan_device(board, host.to_owned(), named)? {
        Resource::Vxi11 { board, host, device, .. } => {
            Ok(Resource::Vxi11 { board, host, port: Some(port), device })
        }
        _ => Err(VXI11_ALONE),
    }
}

/// VXI-11's or HiSLIP's device name.
fn lan_device(board: u16, host: String, device: &str) -> Parsed {
    let device = part(device, "the device name is empty, longer than 255 bytes, or holds a space")?;
    if device.bytes().all(|it| it.is_ascii_digit()) {
        return Err("a port needs ::SOCKET behind it, and no device is named by digits alone");
    }
    let hislip = device.get(..6).is_some_and(|it| it.eq_ignore_ascii_case("hislip"));
    if !hislip {
        return Ok(vxi11(board, host, device));
    }
    let (sub_address, port) = match device.split_once(',') {
        Some((sub_address, port)) => (sub_address, self::port(port)?),
        None => (device, HISLIP_PORT),
    };
    Ok(Resource::Hislip { board, host, sub_address: sub_address.to_ascii_lowercase(), port })
}

fn serial(port: &str, rest: &str) -> Parsed {
    if !is(rest, "INSTR") {
        return Err("a serial line is written ASRL, its path or number, and ::INSTR");
    }
    // PyVISA's default.
    let port = if port.is_empty() { "0" } else { port };
    let port = part(port, "the line's path is empty, longer than 255 bytes, or holds a space")?;
    let com = port.get(..3).is_some_and(|it| it.eq_ignore_ascii_case("COM"));
    let port = match port.parse::<u16>() {
        Ok(number) if digits(port) => number.to_string(),
        _ if com => port.to_ascii_uppercase(),
        _ => port.to_owned(),
    };
    Ok(Resource::Serial { port })
}

fn gpib(board: &str, rest: &str) -> Parsed {
    const ADDRESSES: &str = "GPIB addresses are 0 to 30";
    let board = self::board(board)?;
    if is(rest, "INTFC") {
        return Ok(Resource::GpibInterface { board });
    }
    let mut parts: Vec<_> = rest.split("::").collect();
    if parts.len() > 1 && parts.last().is_some_and(|it| is(it, "INSTR")) {
        parts.pop();
    }
    let address = |text: &str| match number(text) {
        Ok(address @ 0..=30) => u8::try_from(address).map_err(|_| ADDRESSES),
        Ok(96..=126) => {
            Err("GPIB addresses are 0 to 30; 96 to 126 is 96 plus the secondary address")
        }
        _ => Err(ADDRESSES),
    };
    match parts[..] {
        [primary] => Ok(Resource::Gpib { board, primary: address(primary)?, secondary: None }),
        [primary, secondary] => {
            let secondary = Some(address(secondary)?);
            Ok(Resource::Gpib { board, primary: address(primary)?, secondary })
        }
        _ => Err("GPIB is followed by a primary address, perhaps a secondary one, and INSTR"),
    }
}

fn usb(board: &str, rest: &str) -> Parsed {
    let board = self::board(board)?;
    let mut parts: Vec<_> = rest.split("::").collect();
    let class = parts.last().copied().unwrap_or_default();
    if is(class, "RAW") {
        return Err(
            "USB RAW has no messages that memloop could keep apart; write INSTR if it is a USBTMC instrument",
        );
    }
    if parts.len() > 3 && is(class, "INSTR") {
        parts.pop();
    }
    let (vendor, product, serial, interface) = match parts[..] {
        [_, _, last] if is(last, "INSTR") => {
            return Err("between the product and INSTR stands the serial number");
        }
        [vendor, product, serial] => (vendor, product, serial, "0"),
        [vendor, product, serial, interface] => (vendor, product, serial, interface),
        _ => return Err("USB is followed by vendor, product and serial number"),
    };
    let id = |text: &str| {
        usb_number(text).ok_or(
            "vendor and product are numbers up to 65535, hexadecimal ones with 0x before them",
        )
    };
    let interface = usb_number(interface).and_then(|it| u8::try_from(it).ok());
    Ok(Resource::Usb {
        board,
        vendor: id(vendor)?,
        product: id(product)?,
        serial: part(
            serial,
            "the serial number is empty, longer than 255 bytes, or holds a space",
        )?
        .to_owned(),
        interface: interface.ok_or("the USB interface is 0 to 255")?,
    })
}

fn usb_file(board: &str, path: &str) -> Parsed {
    let path = path.strip_suffix("::INSTR").unwrap_or(path);
    let path = part(path, "the path is empty, longer than 255 bytes, or holds a space")?;
    if !board.is_empty() || !path.starts_with('/') {
        return Err("USBTMC:: is followed by the path of the device file");
    }
    Ok(Resource::UsbFile { path: path.to_owned() })
}

fn gateway_tcp(board: &str, rest: &str) -> Parsed {
    let board = self::board(board)?;
    let rest = interface_class(rest)?;
    let (host, port) = host(rest)?;
    if host.contains(',') {
        return Err("a gateway's port stands behind its host and ::");
    }
    let port = port.map_or(Ok(GATEWAY_PORT), self::port)?;
    Ok(Resource::GatewayTcp { board, host, port })
}

fn gateway_serial(board: &str, rest: &str) -> Parsed {
    let board = self::board(board)?;
    let path = interface_class(rest)?;
    if path.contains("::") {
        return Err("a serial gateway has nothing between its path and INTFC");
    }
    let path = part(path, "the line's path is empty, longer than 255 bytes, or holds a space")?;
    let com = path.get(..3).is_some_and(|it| it.eq_ignore_ascii_case("COM"));
    let path = if com { path.to_ascii_uppercase() } else { path.to_owned() };
    Ok(Resource::GatewaySerial { board, path })
}

/// What stands before `::INTFC`, which PyVISA demands of a gateway.
fn interface_class(rest: &str) -> Parsed<&str> {
    match rest.rsplit_once("::") {
        Some((before, class)) if is(class, "INTFC") => Ok(before),
        _ => Err("a gateway's address ends with ::INTFC"),
    }
}

/// The host, and what follows the `::` after it. An IPv6 address holds `::` itself and stands in
/// brackets.
fn host(rest: &str) -> Parsed<(String, Option<&str>)> {
    if let Some(rest) = rest.strip_prefix('[') {
        return bracketed(rest);
    }
    let (host, rest) =
        rest.split_once("::").map_or((rest, None), |(host, rest)| (host, Some(rest)));
    if host.contains([':', '[', ']']) {
        return Err("an IPv6 address stands in brackets, and a port behind ::");
    }
    let host = part(host, "the host is empty, longer than 255 bytes, or holds a space")?;
    Ok((host.to_owned(), rest))
}

fn bracketed(rest: &str) -> Parsed<(String, Option<&str>)> {
    let (host, rest) = rest.split_once(']').ok_or("the bracket before the host is not closed")?;
    // A link-local address may name its interface, as in fe80::1%eth0.
    let address = host.split_once('%').map_or(host, |(address, _)| address);
    let zone = host.get(address.len()..).unwrap_or_default();
    let odd = zone.contains(|it: char| it.is_whitespace() || it == ':');
    if odd || host.len() > LONGEST_PART || address.parse::<std::net::Ipv6Addr>().is_err() {
        return Err("what stands in brackets is no IPv6 address");
    }
    // A port behind a comma stays with the host.
    let (port, rest) = rest.split_once("::").map_or((rest, None), |(port, it)| (port, Some(it)));
    if port.is_empty() || port.starts_with(',') {
        return Ok((format!("{host}{port}"), rest));
    }
    Err("the bracket behind the host is not followed by ::")
}

fn board(text: &str) -> Parsed<u16> {
    if text.is_empty() {
        return Ok(0);
    }
    number(text).map_err(|()| "the board number must be 0 to 65535")
}

fn port(text: &str) -> Parsed<u16> {
    match number(text) {
        Ok(port) if port != 0 => Ok(port),
        _ => Err("the port must be 1 to 65535"),
    }
}

fn part<'a>(text: &'a str, reason: &'static str) -> Parsed<&'a str> {
    // A colon at an end would meet those of the separator.
    let whole = !text.is_empty() && text.len() <= LONGEST_PART;
    let whole = whole && !text.starts_with(':') && !text.ends_with(':');
    if whole && !text.contains(char::is_whitespace) { Ok(text) } else { Err(reason) }
}

fn is(text: &str, class: &str) -> bool {
    text.eq_ignore_ascii_case(class)
}

fn digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Digits only: `u16::from_str` alone would take a sign.
fn number(text: &str) -> Result<u16, ()> {
    if digits(text) { text.parse().map_err(|_| ()) } else { Err(()) }
}

/// Decimal, or hexadecimal with 0x, as VISA writes it.
fn usb_number(text: &str) -> Option<u16> {
    let hexadecimal = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    match hexadecimal {
        Some(text) if text.bytes().all(|it| it.is_ascii_hexdigit()) => {
            u16::from_str_radix(text, 16).ok()
        }
        Some(_) => None,
        None => number(text).ok(),
    }
}
