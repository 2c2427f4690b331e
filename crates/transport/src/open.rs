//! From an address to a session, whatever the link.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    LinkError, LinkOptions, Resource, Session, SessionOptions, StreamOptions, StreamTransport,
    serial, tcp,
};

/// A GPIB gateway and the board whose instruments it reaches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayEntry {
    /// The board of the instruments' addresses: 0 for `GPIB0::24::INSTR`.
    pub board: u16,
    /// The gateway's own address.
    pub resource: Resource,
    /// Who made it.
    #[serde(default)]
    pub kind: GatewayKind,
    /// How its link is opened.
    #[serde(default)]
    pub link: LinkOptions,
}

/// What a gateway understands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum GatewayKind {
    /// Prologix GPIB-ETHERNET, GPIB-USB, and what imitates them.
    #[default]
    Prologix,
    /// AR488 on an Arduino.
    Ar488,
}

/// Opens sessions. Clones share the gateways: all instruments of a board go over one connection.
#[derive(Clone, Debug, Default)]
pub struct Links {
    gateways: BTreeMap<u16, Arc<Shared>>,
}
