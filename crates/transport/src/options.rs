//! How a link is opened: what a bench file's `link = { ... }` may say.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::{
    LinkError, Reconnect, Resource, SessionOptions, Terminator,
    hislip::{self, HislipOptions, Mode},
    serial::{FlowControl, Parity, SerialClear, SerialOptions},
    usbtmc::UsbtmcOptions,
    vxi11::{self, Vxi11Options},
};

/// How long an instrument may take to accept a connection, unless something else is said.
const CONNECT_LIMIT: Duration = Duration::from_secs(5);

/// How a link is opened and kept. What is absent has the link's own default.
///
/// Times are written as text with their unit, `"5 s"`. An option that does not belong to the link is
/// refused by [`LinkOptions::check`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LinkOptions {
    /// How long the instrument may take to accept the connection; 5 s.
    #[serde(with = "seconds", skip_serializing_if = "Option::is_none")]
    pub connect_limit: Option<Duration>,
    /// How long the link may take to accept one message; 10 s.
    #[serde(with = "seconds", skip_serializing_if = "Option::is_none")]
    pub write_limit: Option<Duration>,
    /// How long at least the instrument may take to prove that it is in step again; 2 s.
    #[serde(with = "seconds", skip_serializing_if = "Option::is_none")]
    pub proof_limit: Option<Duration>,
    /// Tries again, with growing pauses, when the instrument cannot be reached; once only without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reconnect: Option<ReconnectOptions>,
    /// Queries that may be on their way together, where the link carries several; 16. 1 sends each
    /// after the reply to the one before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub depth: Option<usize>,
    /// Sockets and serial lines: what ends a message, both ways; `"lf"`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terminator: Option<Terminator>,
    /// VXI-11 and HiSLIP: nobody else may use the instrument while the link is open; false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock: Option<bool>,
    /// VXI-11 and HiSLIP, with a lock: how long to wait for others to let go; 5 s.
    #[serde(with = "seconds", skip_serializing_if = "Option::is_none")]
    pub lock_limit: Option<Duration>,
    /// VXI-11: the core channel's port, where there is no portmapper to ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub core_port: Option<u16>,
    /// VXI-11: the instrument connects to this computer to ask for service; false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_requests: Option<bool>,
    /// VXI-11 and USB: a byte that ends replies, for instruments that send no END; 10 is a line feed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub term_char: Option<u8>,
    /// HiSLIP: queries may overlap, where the instrument agrees; false.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub overlapped: Option<bool>,
    /// Serial lines: the rate; 9600.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baud: Option<u32>,
    /// Serial lines: 7 or 8; 8.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data_bits: Option<u8>,
    /// Serial lines: `"none"`, `"even"`, `"odd"`; none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parity: Option<Parity>,
    /// Serial lines: 1 or 2; 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stop_bits: Option<u8>,
    /// Serial lines: `"none"`, `"xon-xoff"`, `"rts-cts"`; none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flow: Option<FlowControl>,
    /// Serial lines: what clears the instrument, `"^C"`, `"^X"`, `"break"` or `"none"`; none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clear: Option<SerialClear>,
}

/// `reconnect = { first = "0.2 s", most = "10 s", limit = "120 s" }`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReconnectOptions {
    /// Between the first try and the second; 0.25 s.
    #[serde(with = "seconds", skip_serializing_if = "Option::is_none")]
    pub first: Option<Duration>,
    /// No pause is longer; 10 s.
    #[serde(with = "seconds", skip_serializing_if = "Option::is_none")]
    pub most: Option<Duration>,
    /// After so much time in all it is given up; 120 s.
    #[serde(with = "seconds", skip_serializing_if = "Option::is_none")]
    pub limit: Option<Duration>,
}

impl ReconnectOptions {
    pub(crate) fn policy(&self) -> Reconnect {
        let default = Reconnect::default();
        Reconnect {
            first_delay: self.first.unwrap_or(default.first_delay),
            longest_delay: self.most.unwrap_or(default.longest_delay),
            limit: self.limit.unwrap_or(default.limit),
            ..default
        }
    }
}

impl LinkOptions {
    /// The policy by which a link that dies in the middle of a run is opened again; where `reconnect`
    /// is absent, 0.2 s growing to 5 s, 60 s in all: a run waits for somebody who plugs a cable in again,
    /// and for an instrument that starts up, but not for the morning.
    pub fn reconnect_in_a_run(&self) -> Reconnect {
        let default = Reconnect {
            first_delay: Duration::from_millis(200),
            longest_delay: Duration::from_secs(5),
            limit: Duration::from_secs(60),
            ..Reconnect::default()
        };
        self.reconnect.as_ref().map_or(default, ReconnectOptions::policy)
    }

    /// Refuses options that do not belong to the link of `resource`.
    ///
    /// # Errors
    /// [`LinkError::Option`], naming the option and the links that have it.
    pub fn check(&self, resource: &Resource) -> Result<(), LinkError> {
        let serial = matches!(resource, Resource::Serial { .. } | Resource::GatewaySerial { .. });
        let stream = matches!(resource, Resource::Serial { .. } | Resource::TcpSocket { .. });
        let vxi11 = matches!(resource, Resource::Vxi11 { .. });
        let hislip = matches!(resource, Resource::Hislip { .. });
        let usb = matches!(resource, Resource::Usb { .. });
        let lan = vxi11 || hislip;
        let links = [
            ("terminator", self.terminator.is_some(), stream, "raw sockets and serial lines"),
            ("lock", self.lock.is_some(), lan, "VXI-11 and HiSLIP links"),
            ("lock_limit", self.lock_limit.is_some(), lan, "VXI-11 and HiSLIP links"),
            ("core_port", self.core_port.is_some(), vxi11, "VXI-11 links"),
            ("service_requests", self.service_requests.is_some(), vxi11, "VXI-11 links"),
            ("term_char", self.term_char.is_some(), vxi11 || usb, "VXI-11 and USB links"),
            ("overlapped", self.overlapped.is_some(), hislip, "HiSLIP links"),
            ("baud", self.baud.is_some(), serial, "serial lines"),
            ("data_bits", self.data_bits.is_some(), serial, "serial lines"),
            ("parity", self.parity.is_some(), serial, "serial lines"),
            ("stop_bits", self.stop_bits.is_some(), serial, "serial lines"),
            ("flow", self.flow.is_some(), serial, "serial lines"),
            ("clear", self.clear.is_some(), serial, "serial lines"),
        ];
        match links.into_iter().find(|(_, given, belongs, _)| *given && !belongs) {
            None => Ok(()),
            Some((key, _, _, of)) => Err(LinkError::Option {
                resource: resource.to_string(),
                key,
                found: format!("an option of {of}"),
                accepted: format!("what a {} link has", resource.link()),
            }),
        }
    }

    /// How long the instrument may take to accept the connection.
    pub fn connect_limit(&self) -> Duration {
        self.connect_limit.unwrap_or(CONNECT_LIMIT)
    }

    /// The session's own options with what is said here.
    pub fn session(&self, options: SessionOptions) -> SessionOptions {
        SessionOptions {
            write_limit: self.write_limit.unwrap_or(options.write_limit),
            proof_limit: self.proof_limit.unwrap_or(options.proof_limit),
            depth: self.depth.unwrap_or(options.depth).max(1),
            ..options
        }
    }

    pub(crate) fn vxi11(&self) -> Vxi11Options {
        let wait = self.lock_limit.unwrap_or(CONNECT_LIMIT);
        let lock = if self.lock == Some(true) {
            vxi11::Lock::Exclusive { wait }
        } else {
            vxi11::Lock::None
        };
        Vxi11Options {
            lock,
            core_port: self.core_port,
            term_char: self.term_char,
            service_requests: self.service_requests.unwrap_or(false),
            ..Vxi11Options::default()
        }
    }

    pub(crate) fn usb(&self, resource: &Resource) -> UsbtmcOptions {
        UsbtmcOptions { term_char: self.term_char, ..UsbtmcOptions::new(&resource.to_string()) }
    }

    pub(crate) fn hislip(&self) -> HislipOptions {
        let wait = self.lock_limit.unwrap_or(CONNECT_LIMIT);
        let lock = if self.lock == Some(true) {
            hislip::Lock::Exclusive { wait }
        } else {
            hislip::Lock::None
        };
        let overlapped = self.overlapped == Some(true);
        let mode = if overlapped { Mode::Overlapped } else { Mode::Synchronized };
        HislipOptions { mode, lock, ..HislipOptions::default() }
    }

    /// How a serial line is set, in a few words: `57600 baud, 8N1, xon-xoff, ends with \n`.
    pub fn line(&self) -> String {
        let it = self.serial();
        let parity = match it.parity {
            Parity::None => 'N',
            Parity::Even => 'E',
            Parity::Odd => 'O',
        };
        let flow = match it.flow_control {
            FlowControl::None => "no flow control",
            FlowControl::XonXoff => "xon-xoff",
            FlowControl::RtsCts => "rts-cts",
        };
        let end = it.send.bytes().escape_ascii();
        format!(
            "{} baud, {}{parity}{}, {flow}, ends with {end}",
            it.baud, it.data_bits, it.stop_bits
        )
    }

    /// The serial line's options.
    pub(crate) fn serial(&self) -> SerialOptions {
        let default = SerialOptions::default();
        SerialOptions {
            baud: self.baud.unwrap_or(default.baud),
            data_bits: self.data_bits.unwrap_or(default.data_bits),
            parity: self.parity.unwrap_or(default.parity),
            stop_bits: self.stop_bits.unwrap_or(default.stop_bits),
            flow_control: self.flow.unwrap_or(default.flow_control),
            send: self.terminator.unwrap_or(default.send),
            accept: self.terminator.unwrap_or(default.accept),
            clear: self.clear.unwrap_or(default.clear),
            ..default
        }
    }
}

/// Times with their unit, `"0.2 s"`.
pub(crate) mod seconds {
    use std::time::Duration;

    use scpi_parser::quantity;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    pub(crate) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(|it| quantity::display(it.as_secs_f64(), "s").to_string()).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse(&text).map(Some).map_err(D::Error::custom)
    }

    fn parse(text: &str) -> Result<Duration, String> {
        let seconds = quantity::parse(text, "s").map_err(|error| error.to_string())?;
        let time = Duration::try_from_secs_f64(seconds).ok().filter(|it| !it.is_zero());
        time.ok_or_else(|| format!("\"{text}\" is no time; write for example \"5 s\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(text: &str) -> Result<LinkOptions, toml::de::Error> {
        toml::from_str(text)
    }

    #[test]
    fn a_2400s_serial_line_is_written_out() {
        let text = "connect_limit = \"3 s\"\nterminator = \"crlf\"\nbaud = 57600\nparity = \"even\"\ndata_bits = 7\n\
                    stop_bits = 2\nflow = \"xon-xoff\"\nclear = \"^C\"\n";
        let options = options(text).unwrap();
        assert_eq!(options.connect_limit(), Duration::from_secs(3));
        options.check(&"ASRL/dev/ttyUSB0::INSTR".parse().unwrap()).unwrap();
        let serial = options.serial();
        assert_eq!((serial.baud, serial.data_bits, serial.stop_bits), (57600, 7, 2));
        assert_eq!((serial.flow_control, serial.clear), (FlowControl::XonXoff, SerialClear::CtrlC));
        assert_eq!((serial.send, serial.accept), (Terminator::CrLf, Terminator::CrLf));
        let written = toml::to_string(&options).unwrap();
        assert_eq!(toml::from_str::<LinkOptions>(&written).unwrap(), options);
    }

    #[test]
    fn nothing_said_is_the_default() {
        let nothing = options("").unwrap();
        assert_eq!(nothing, LinkOptions::default());
        assert_eq!(nothing.serial(), SerialOptions::default());
        assert_eq!(toml::to_string(&nothing).unwrap(), "");
    }

    #[test]
    fn an_option_of_another_link_is_refused_by_name() {
        let baud = options("baud = 9600").unwrap();
        let error = baud.check(&"TCPIP0::smu::5025::SOCKET".parse().unwrap()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "TCPIP0::smu::5025::SOCKET: baud = an option of serial lines: accepted is what a raw socket link has"
        );
    }

    #[test]
    fn what_is_no_option_or_no_time_is_refused() {
        for (text, expected) in [
            ("bauds = 9600", "unknown field `bauds`"),
            ("connect_limit = 5", "expected a string"),
            ("connect_limit = \"5\"", "has no unit"),
            ("connect_limit = \"-5 s\"", "is no time"),
            ("connect_limit = \"0 s\"", "is no time"),
            ("parity = \"mark\"", "unknown variant `mark`"),
        ] {
            let error = options(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
