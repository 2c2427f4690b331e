//! Every form, every slip.

use proptest::prelude::*;

use super::*;

/// The strings of `tests/peers/resource_strings.tsv`, which PyVISA's own parser reads too: text,
/// what it is printed as, and whether PyVISA accepts it.
const TABLE: &str = include_str!("../../../../tests/peers/resource_strings.tsv");

#[test]
fn every_string_of_the_table_that_pyvisa_reads_too_is_printed_as_it_says() {
    let mut rows = 0;
    for line in TABLE.lines().filter(|it| !it.starts_with('#')) {
        let (text, rest) = line.split_once('\t').unwrap();
        let (printed, _) = rest.split_once('\t').unwrap();
        let resource: Resource = text.parse().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(resource.to_string(), printed, "{text}");
        assert_eq!(printed.parse(), Ok(resource));
        rows += 1;
    }
    assert!(rows > 40, "{rows}");
}

#[track_caller]
fn refused(text: &str, reason: &str, advice: &str) {
    let error = text.parse::<Resource>().unwrap_err();
    assert_eq!(error.reason, reason);
    assert!(error.advice.contains(advice), "{error}");
    assert!(error.to_string().starts_with(&format!("\"{text}\" is not a resource string: ")));
}

#[test]
fn a_slip_is_answered_with_what_was_meant() {
    for (text, meant) in [
        ("192.168.1.5:5025", "TCPIP0::192.168.1.5::5025::SOCKET"),
        ("smu-1.lab:5025", "TCPIP0::smu-1.lab::5025::SOCKET"),
        ("192.168.1.5", "TCPIP0::192.168.1.5::5025::SOCKET"),
        ("2001:db8::7", "TCPIP0::[2001:db8::7]::5025::SOCKET"),
        ("COM3", "ASRLCOM3::INSTR"),
        ("com12", "ASRLCOM12::INSTR"),
        ("/dev/ttyUSB0", "ASRL/dev/ttyUSB0::INSTR"),
        ("/dev/usbtmc0", "USBTMC::/dev/usbtmc0"),
        ("TCPIP0::192.0.2.7::5025", "TCPIP0::192.0.2.7::5025::SOCKET"),
        ("TCPIP::192.0.2.7::5025::INSTR", "TCPIP::192.0.2.7::5025::SOCKET"),
    ] {
        let error = text.parse::<Resource>().unwrap_err();
        assert!(error.advice.starts_with(&format!("did you mean {meant}")), "{error}");
    }
}

#[test]
fn what_is_no_address_is_refused_with_what_would_be() {
    let accepted = "accepted are TCPIP0::host::port::SOCKET";
    refused("smu", "it has no \"::\"", accepted);
    refused(
        "TTYS::1",
        "it begins with none of TCPIP, ASRL, GPIB, USB, PRLGX-TCPIP, PRLGX-ASRL and SIM",
        accepted,
    );
    refused("VXI0::1::INSTR", "a VXI crate needs a vendor's VISA", accepted);
    refused("TCPIP0::smu::+5025::SOCKET", "the port must be 1 to 65535", accepted);
    refused("TCPIP0::smu::70000::SOCKET", "the port must be 1 to 65535", accepted);
    refused("TCPIP0::smu::0::SOCKET", "the port must be 1 to 65535", accepted);
    refused("TCPIP0::smu::hislip0,0::INSTR", "the port must be 1 to 65535", accepted);
    refused("TCPIPX::smu::5025::SOCKET", "the board number must be 0 to 65535", accepted);
    refused(
        "TCPIP0::::5025::SOCKET",
        "the host is empty, longer than 255 bytes, or holds a space",
        accepted,
    );
    refused("TCPIP0::smu::inst0\n::INSTR", "it holds a control character", accepted);
    refused(
        "TCPIP0::fe80::1::5025::SOCKET",
        "SOCKET follows the host and the port alone; an IPv6 address stands in brackets",
        accepted,
    );
    refused(
        "TCPIP0::fe80:1::5025::SOCKET",
        "an IPv6 address stands in brackets, and a port behind ::",
        accepted,
    );
    refused(
        "TCPIP0::[fe80::1::5025::SOCKET",
        "the bracket before the host is not closed",
        accepted,
    );
    refused("TCPIP0::[smu]::5025::SOCKET", "what stands in brackets is no IPv6 address", accepted);
    refused("GPIB0::31::INSTR", "GPIB addresses are 0 to 30", accepted);
    refused(
        "GPIB0::5::96::INSTR",
        "GPIB addresses are 0 to 30; 96 to 126 is 96 plus the secondary address",
        accepted,
    );
    refused("GPIB0::INSTR", "GPIB addresses are 0 to 30", accepted);
    refused(
        "USB0::0x05E6::0x2450::INSTR::RAW",
        "USB RAW has no messages that memloop could keep apart; write INSTR if it is a USBTMC instrument",
        accepted,
    );
    refused(
        "USB0::05E6::0x2450::1::INSTR",
        "vendor and product are numbers up to 65535, hexadecimal ones with 0x before them",
        accepted,
    );
    refused(
        "USB0::0x05E6::0x2450::INSTR",
        "between the product and INSTR stands the serial number",
        accepted,
    );
    refused(
        "USB0::0x05E6::0x2450",
        "USB is followed by vendor, product and serial number",
        accepted,
    );
    refused("USBTMC::usbtmc0", "USBTMC:: is followed by the path of the device file", accepted);
    refused("PRLGX-TCPIP::192.0.2.9::1234", "a gateway's address ends with ::INTFC", accepted);
    refused("SIM::a b", "the name after SIM:: must be letters, digits, \"-\" and \"_\"", accepted);
}

#[test]
fn files_hold_an_address_as_a_string() {
    let resource: Resource = serde_json::from_str("\"tcpip::smu::5025::socket\"").unwrap();
    assert_eq!(serde_json::to_string(&resource).unwrap(), "\"TCPIP0::smu::5025::SOCKET\"");
    let error = serde_json::from_str::<Resource>("\"smu\"").unwrap_err().to_string();
    assert!(error.starts_with("\"smu\" is not a resource string"), "{error}");
}

#[test]
fn a_core_channels_port_stands_behind_the_host_and_a_comma() {
    for (text, written) in [
        ("TCPIP::192.0.2.7,1024::inst0::INSTR", "TCPIP0::192.0.2.7,1024::inst0::INSTR"),
        ("TCPIP::192.0.2.7,1024::INSTR", "TCPIP0::192.0.2.7,1024::inst0::INSTR"),
        ("TCPIP0::smu,600::gpib0,24::INSTR", "TCPIP0::smu,600::gpib0,24::INSTR"),
        ("TCPIP::[2001:db8::7],600::inst0::INSTR", "TCPIP0::[2001:db8::7],600::inst0::INSTR"),
    ] {
        assert_eq!(text.parse::<Resource>().unwrap().to_string(), written);
    }
    for text in [
        "TCPIP::smu,0::INSTR",
        "TCPIP::smu,::INSTR",
        "TCPIP::,600::INSTR",
        "TCPIP::smu,600::5025::SOCKET",
        "TCPIP::smu,600::hislip0::INSTR",
        "PRLGX-TCPIP::gw,5::1234::INTFC",
    ] {
        assert!(text.parse::<Resource>().is_err(), "{text}");
    }
}

fn any_resource() -> impl Strategy<Value = Resource> {
    let host = prop_oneof!["[a-z0-9.-]{1,20}", Just("2001:db8::7".to_owned())];
    let ports = 1..=u16::MAX;
    prop_oneof![
        (any::<u16>(), host.clone(), ports.clone())
            .prop_map(|(board, host, port)| Resource::TcpSocket { board, host, port }),
        (
            any::<u16>(),
            host.clone(),
            proptest::option::of(ports.clone()),
            "inst[0-9]|gpib[0-9],[0-9]{1,2}"
        )
            .prop_map(|(board, host, port, device)| Resource::Vxi11 {
                board,
                host,
                port,
                device
            }),
        (any::<u16>(), host.clone(), "hislip[0-9]", ports.clone()).prop_map(
            |(board, host, sub_address, port)| Resource::Hislip { board, host, sub_address, port }
        ),
        prop_oneof!["/dev/tty[A-Za-z0-9]{1,8}", "COM[1-9]", "[1-9][0-9]?"]
            .prop_map(|port| Resource::Serial { port }),
        (any::<u16>(), 0..=30_u8, proptest::option::of(0..=30_u8))
            .prop_map(|(board, primary, secondary)| Resource::Gpib { board, primary, secondary }),
        (any::<u16>(), any::<u16>(), any::<u16>(), "[A-Z0-9-]{1,16}", any::<u8>()).prop_map(
            |(board, vendor, product, serial, interface)| Resource::Usb {
                board,
                vendor,
                product,
                serial,
                interface
            }
        ),
        (any::<u16>(), host, ports).prop_map(|(board, host, port)| Resource::GatewayTcp {
            board,
            host,
            port
        }),
        (any::<u16>(), "/dev/tty[A-Za-z0-9]{1,8}")
            .prop_map(|(board, path)| Resource::GatewaySerial { board, path }),
    ]
}

proptest! {
    #[test]
    fn every_address_is_read_as_it_is_printed(resource in any_resource()) {
        prop_assert_eq!(resource.to_string().parse(), Ok(resource.clone()));
        prop_assert_eq!(resource.to_string().to_ascii_lowercase().parse::<Resource>().map(|it| it.link()), Ok(resource.link()));
    }

    #[test]
    fn what_is_accepted_reads_back_the_same(
        text in "(TCPIP|tcpip|SIM|ASRL|GPIB|USB|USBTMC|PRLGX-TCPIP|PRLGX-ASRL|)[0-9]{0,2}(::)?(\\PC|:){0,20}(::)?[0-9]{0,5}(::SOCKET|::INSTR|::INTFC|::RAW)?"
    ) {
        if let Ok(resource) = text.parse::<Resource>() {
            prop_assert_eq!(resource.to_string().parse(), Ok(resource));
        }
    }
}
