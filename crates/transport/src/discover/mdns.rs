//! DNS-SD over multicast DNS.

use std::{collections::BTreeMap, time::Duration};

use mdns_sd::{ResolvedService, ServiceDaemon, ServiceEvent};
use tokio::time::{Instant, timeout_at};

use super::{Found, Source};
use crate::Resource;

/// The services that instruments announce (LXI Device Specification, section 10.4).
const SERVICES: [&str; 5] = [
    "_hislip._tcp.local.",
    "_vxi-11._tcp.local.",
    "_scpi-raw._tcp.local.",
    "_scpi-telnet._tcp.local.",
    "_lxi._tcp.local.",
];

pub(super) async fn look(limit: Duration) -> Result<Vec<Found>, String> {
    let deadline = Instant::now() + limit;
    let daemon = ServiceDaemon::new().map_err(|error| error.to_string())?;
    let mut answers = Vec::new();
    for service in SERVICES {
        answers.push(daemon.browse(service).map_err(|error| error.to_string())?);
    }
    let mut found = BTreeMap::new();
    let mut looking = tokio::task::JoinSet::new();
    for receiver in answers {
        looking.spawn(async move {
            let mut resolved = Vec::new();
            while let Ok(Ok(event)) = timeout_at(deadline, receiver.recv_async()).await {
                if let ServiceEvent::ServiceResolved(service) = event {
                    resolved.push(service);
                }
            }
            resolved
        });
    }
    while let Some(resolved) = looking.join_next().await {
        for service in resolved.unwrap_or_default() {
            if let Some(it) = instrument(&service) {
                found.insert(it.resource.to_string(), it);
            }
        }
    }
    // It may have ended by itself: nothing is lost with it.
    let _ = daemon.shutdown();
    Ok(found.into_values().collect())
}

/// The address that a service tells.
fn instrument(service: &ResolvedService) -> Option<Found> {
    let host = host(service)?;
    let property = |key: &str| service.get_property_val_str(key).unwrap_or_default().trim();
    let kind = service.ty_domain.split('.').next().unwrap_or_default();
    let port = if service.port == 0 { None } else { Some(service.port) };
    let resource = match kind {
        "_hislip" => Resource::Hislip {
            board: 0,
            host,
            sub_address: "hislip0".to_owned(),
            port: port.unwrap_or(crate::resource::HISLIP_PORT),
        },
        "_scpi-raw" => Resource::TcpSocket { board: 0, host, port: port? },
        // A telnet server echoes and prompts: its instrument is better reached otherwise, and
        // `_lxi` says only that there is a web page.
        "_vxi-11" | "_lxi" | "_scpi-telnet" => {
            Resource::Vxi11 { board: 0, host, port: None, device: "inst0".to_owned() }
        }
        _ => return None,
    };
    let name = service.fullname.split("._").next().unwrap_or_default();
    // The keys of the TXT record, LXI Device Specification, section 10.4.3.
    let told: Vec<_> = ["Manufacturer", "Model", "SerialNumber", "FirmwareVersion"]
        .into_iter()
        .map(property)
        .filter(|it| !it.is_empty())
        .collect();
    let mut description =
        if told.is_empty() { name.to_owned() } else { format!("{name} ({})", told.join(", ")) };
    if matches!(kind, "_lxi" | "_scpi-telnet") {
        description += "; announced otherwise, whether VXI-11 answers is a guess";
    }
    Some(Found { resource, source: Source::Mdns, description })
}

/// IPv4 before IPv6, the name when there is neither.
fn host(service: &ResolvedService) -> Option<String> {
    let mut addresses: Vec<_> = service.addresses.iter().map(|it| it.to_ip_addr()).collect();
    addresses.sort();
    let address = addresses.first().map(ToString::to_string);
    address
        .or_else(|| Some(service.host.trim_end_matches('.').to_owned()))
        .filter(|it| !it.is_empty())
}

#[cfg(test)]
mod tests {
    use mdns_sd::ServiceInfo;

    use super::*;

    fn found(service: &str, port: u16, properties: &[(&str, &str)]) -> Option<(String, String)> {
        let info = ServiceInfo::new(
            service,
            "K-2450 - 04012345",
            "k-2450-04012345.local.",
            "192.0.2.7",
            port,
            properties,
        )
        .unwrap();
        instrument(&info.as_resolved_service()).map(|it| (it.resource.to_string(), it.description))
    }

    #[test]
    fn each_service_leads_to_the_address_of_its_link() {
        let told: &[(&str, &str)] =
            &[("txtvers", "1"), ("Manufacturer", "Keithley"), ("Model", "2450")];
        let described = "K-2450 - 04012345 (Keithley, 2450)".to_owned();
        for (service, port, resource) in [
            ("_hislip._tcp.local.", 4880, "TCPIP0::192.0.2.7::hislip0::INSTR"),
            ("_hislip._tcp.local.", 5001, "TCPIP0::192.0.2.7::hislip0,5001::INSTR"),
            ("_vxi-11._tcp.local.", 111, "TCPIP0::192.0.2.7::inst0::INSTR"),
            ("_scpi-raw._tcp.local.", 5025, "TCPIP0::192.0.2.7::5025::SOCKET"),
        ] {
            assert_eq!(found(service, port, told), Some((resource.to_owned(), described.clone())));
        }
    }

    #[test]
    fn a_web_page_alone_is_a_guess_and_a_printer_nothing() {
        let (resource, description) = found("_lxi._tcp.local.", 80, &[]).unwrap();
        assert_eq!(resource, "TCPIP0::192.0.2.7::inst0::INSTR");
        assert!(description.ends_with("is a guess"), "{description}");
        assert_eq!(found("_ipp._tcp.local.", 631, &[]), None);
        assert_eq!(found("_scpi-raw._tcp.local.", 0, &[]), None);
    }
}
