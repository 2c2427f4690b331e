//! What is set on a box.

use std::{fmt, str::FromStr, time::Duration};

use serde::Deserialize;

/// Which box it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GatewayKind {
    /// Prologix GPIB-ETHERNET (User Manual 1.6.6.0).
    #[default]
    Prologix,
    /// AR488, firmware 0.51 (its manual, "Command Reference").
    Ar488,
}

impl GatewayKind {
    /// As it is written in files and on the command line.
    pub fn text(self) -> &'static str {
        match self {
            GatewayKind::Prologix => "prologix",
            GatewayKind::Ar488 => "ar488",
        }
    }
}

impl fmt::Display for GatewayKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl FromStr for GatewayKind {
    type Err = String;

    fn from_str(text: &str) -> Result<GatewayKind, String> {
        let kinds = [GatewayKind::Prologix, GatewayKind::Ar488];
        kinds
            .into_iter()
            .find(|it| it.text() == text)
            .ok_or_else(|| format!("\"{text}\" is not a gateway: expected prologix or ar488"))
    }
}

/// A GPIB address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pad {
    pub(super) primary: u8,
    /// From 96 on, as it goes over the bus.
    pub(super) secondary: Option<u8>,
}

impl fmt::Display for Pad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.secondary {
            Some(secondary) => write!(f, "{} {secondary}", self.primary),
            None => write!(f, "{}", self.primary),
        }
    }
}

/// Everything that is set; one for a box, whoever is connected to it.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) controller: bool,
    pub(super) address: Pad,
    pub(super) auto: u8,
    pub(super) eoi: u8,
    pub(super) eos: u8,
    pub(super) eot_enable: u8,
    pub(super) eot_char: u8,
    pub(super) read_tmo_ms: u16,
    /// Device mode: what a serial poll of the box would read.
    pub(super) status: u8,
    pub(super) lon: u8,
    /// Only on an AR488, from here on.
    pub(super) eor: u8,
    pub(super) ren: u8,
    pub(super) idn: u8,
    pub(super) srqauto: u8,
    pub(super) verbose: bool,
    pub(super) name: String,
    pub(super) serial: String,
    pub(super) version: String,
}

impl Settings {
    /// As the box is delivered. Most of a Prologix's are UNVERIFIED: its manual does not list them;
    /// `++auto 1` is the one that hurts a driver which relies on another.
    pub(super) fn of(kind: GatewayKind) -> Settings {
        let prologix = kind == GatewayKind::Prologix;
        Settings {
            controller: true,
            address: Pad { primary: u8::from(!prologix), secondary: None },
            auto: u8::from(prologix),
            eoi: u8::from(prologix),
            eos: 0,
            eot_enable: 0,
            eot_char: 0,
            read_tmo_ms: if prologix { 500 } else { 1200 },
            status: 0,
            lon: 0,
            eor: 0,
            ren: 1,
            idn: 0,
            srqauto: 0,
            verbose: false,
            name: String::new(),
            serial: "000000000".to_owned(),
            version: String::new(),
        }
    }

    /// What is appended to data on its way to an instrument (`++eos`).
    pub(super) fn terminator(&self) -> &'static [u8] {
        match self.eos {
            0 => b"\r\n",
            1 => b"\r",
            2 => b"\n",
            _ => b"",
        }
    }

    /// How long a byte may take (`++read_tmo_ms`).
    pub(super) fn patience(&self) -> Duration {
        Duration::from_millis(self.read_tmo_ms.into())
    }
}
