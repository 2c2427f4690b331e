//! Opening a VXI-11 link.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::{
    Lock, Vxi11Options, Vxi11Transport,
    calls::{CREATE_LINK, milliseconds},
    channel::Channel,
    codes::{self, LOCKED_BY_ANOTHER},
    link::Created,
    portmap, rpc,
    xdr::{Reader, Writer},
};
use crate::{LinkError, tcp};

/// Opens a link to `device` (`inst0` on instruments, `gpib0,24` behind gateways).
///
/// # Errors
/// One sentence naming the resource and what to check, within `limit` at the latest.
pub async fn connect(
    host: &str,
    device: &str,
    options: &Vxi11Options,
    limit: Duration,
) -> Result<Vxi11Transport, LinkError> {
    let resource = resource(host, device);
    let deadline = Instant::now() + limit;
    let no_answer = || LinkError::NoAnswer { resource: resource.clone(), limit };
    let port = match options.core_port {
        Some(port) => port,
        None => {
            portmap::find_core(host, options.portmapper_port, &resource, deadline, limit).await?
        }
    };
    let stream = tcp::open(host, port, &resource, deadline, limit).await;
    let mut core = Channel::new(stream.map_err(|error| explained(error, port))?);
    let wait = options.lock.wait();
    let arguments = Writer::default()
        // It is for the instrument's own records.
        .number(client_id())
        .boolean(options.lock != Lock::None)
        .number(milliseconds(wait))
        .bytes(device.as_bytes())
        .into_bytes();
    let created = timeout_at(deadline, core.exchange(CREATE_LINK, &arguments));
    let created = created.await.map_err(|_| no_answer())??;
    let mut results = Reader::new(&created);
    match results.number()? {
        0 => {}
        LOCKED_BY_ANOTHER => {
            return Err(LinkError::Locked { resource, limit: wait });
        }
        code => return Err(codes::declined(CREATE_LINK.name, code)),
    }
    let created = Created {
        link: results.number()?,
        abort_port: (results.number()? & 0xffff) as u16,
        largest: results.number()? as usize,
    };
    // From here on, whatever fails, the link is destroyed when it is dropped.
    let mut link = Vxi11Transport::new(core, created, resource.clone(), options.clone())
        .map_err(|_| LinkError::Closed)?;
    if options.service_requests {
        let enabled = timeout_at(deadline, link.enable_service_requests());
        enabled.await.map_err(|_| no_answer())??;
    }
    Ok(link)
}

fn client_id() -> u32 {
    // A positive number: the argument is signed, and some servers show it.
    rpc::first_xid() & 0x7fff_ffff
}

fn explained(error: LinkError, port: u16) -> LinkError {
    match error {
        LinkError::Refused { resource } => LinkError::NoDevice {
            resource,
            device: format!("VXI-11's core channel at port {port}"),
            reason: "the connection was refused; check that VXI-11 is enabled in the instrument's \
                     LAN settings and that the port is its core channel's"
                .to_owned(),
        },
        other => other,
    }
}

fn resource(host: &str, device: &str) -> String {
    match host.contains(':') {
        true => format!("TCPIP0::[{host}]::{device}::INSTR"),
        false => format!("TCPIP0::{host}::{device}::INSTR"),
    }
}
