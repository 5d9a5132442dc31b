//! IPSECKEY (RFC 4025 2): the shape of its gateway depends on a field before it. PowerDNS
//! leaves the gateway out where there is none, RFC 4025 3.1 writes a dot.

use super::{escape_names, plain_names};
use dnsure_zones::Name;
use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) fn from_api(content: &str) -> Result<Vec<u8>, String> {
    let mut words = content.split_ascii_whitespace();
    let mut wire = Vec::new();
    for field in ["precedence", "gateway type", "algorithm"] {
        let word = words.next().unwrap_or_default();
        wire.push(word.parse::<u8>().map_err(|_| format!("its {field} is no number up to 255"))?);
    }
    let mut gateway = || words.next().ok_or("it has no gateway");
    match wire[1] {
        0 => {}
        1 => {
            let address: Ipv4Addr = gateway()?.parse().map_err(|_| "its gateway is no IPv4 address")?;
            wire.extend_from_slice(&address.octets());
        }
        2 => {
            let address: Ipv6Addr = gateway()?.parse().map_err(|_| "its gateway is no IPv6 address")?;
            wire.extend_from_slice(&address.octets());
        }
        3 => {
            let name = Name::parse(&escape_names(gateway()?), None).map_err(|error| error.to_string())?;
            wire.extend_from_slice(name.wire());
        }
        other => return Err(format!("nobody knows gateway type {other}")),
    }
    let key: String = words.filter(|word| *word != ".").collect();
    let key = data_encoding::BASE64.decode(key.as_bytes()).map_err(|_| "its key is no base64")?;
    wire.extend_from_slice(&key);
    Ok(wire)
}

pub(super) fn to_api(wire: &[u8]) -> Result<String, String> {
    let cut = "the IPSECKEY record is cut short";
    let ([precedence, kind, algorithm], rest) = wire.split_first_chunk::<3>().ok_or(cut)?;
    let (gateway, key) = match kind {
        0 => (String::new(), rest),
        1 => {
            let (octets, key) = rest.split_first_chunk::<4>().ok_or(cut)?;
            (format!(" {}", Ipv4Addr::from(*octets)), key)
        }
        2 => {
            let (octets, key) = rest.split_first_chunk::<16>().ok_or(cut)?;
            (format!(" {}", super::ipv6(Ipv6Addr::from(*octets))), key)
        }
        3 => {
            let length = dnsure_zones::name::wire_length(rest).map_err(|error| error.to_string())?;
            let (name, key) = rest.split_at_checked(length).ok_or(cut)?;
            let name = Name::from_wire(name).map_err(|error| error.to_string())?;
            (format!(" {}", plain_names(&name.to_string())), key)
        }
        other => return Err(format!("PowerDNS knows no gateway type {other}")),
    };
    let text = format!("{precedence} {kind} {algorithm}{gateway}");
    Ok(if key.is_empty() { text } else { format!("{text} {}", data_encoding::BASE64.encode(key)) })
}
