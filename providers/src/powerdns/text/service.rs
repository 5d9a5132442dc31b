//! SVCB and HTTPS (RFC 9460).

use super::plain_names;
use dnsure_zones::Name;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

/// SVCB and HTTPS (RFC 9460 2.1), parameters in the form 4.7 writes: lists bare, the rest quoted.
pub(super) fn to_api(wire: &[u8]) -> Result<String, String> {
    let cut = "the record is cut short";
    let (priority, rest) = wire.split_first_chunk::<2>().ok_or(cut)?;
    let length = dnsure_zones::name::wire_length(rest).map_err(|error| error.to_string())?;
    let (target, mut rest) = rest.split_at_checked(length).ok_or(cut)?;
    let target = Name::from_wire(target).map_err(|error| error.to_string())?;
    let priority = u16::from_be_bytes(*priority);
    let mut text = format!("{priority} {}", plain_names(&target.to_string()));
    if priority == 0 && !rest.is_empty() {
        return Err("PowerDNS takes no parameters in alias mode (RFC 9460 2.4.2 ignores them)".into());
    }
    while let Some((head, after)) = rest.split_first_chunk::<4>() {
        let [key, length] = [[head[0], head[1]], [head[2], head[3]]].map(u16::from_be_bytes);
        let (value, after) = after.split_at_checked(usize::from(length)).ok_or(cut)?;
        rest = after;
        text.push(' ');
        text.push_str(&parameter(key, value)?);
    }
    Ok(text)
}

fn parameter(key: u16, value: &[u8]) -> Result<String, String> {
    let name = parameter_name(key);
    let list = |items: Vec<String>| format!("{name}={}", items.join(","));
    Ok(match key {
        0 => list(
            value
                .chunks_exact(2)
                .map(|pair| parameter_name(u16::from_be_bytes([pair[0], pair[1]])))
                .collect(),
        ),
        1 => list(alpn(value)?),
        2 => name,
        3 => match value {
            [high, low] => format!("{name}={}", u16::from_be_bytes([*high, *low])),
            _ => return Err("a port has two octets".into()),
        },
        4 => list(
            value.chunks_exact(4).map(|ip| Ipv4Addr::new(ip[0], ip[1], ip[2], ip[3]).to_string()).collect(),
        ),
        5 => format!("{name}=\"{}\"", data_encoding::BASE64.encode(value)),
        6 => list(
            value
                .chunks_exact(16)
                .filter_map(|ip| <[u8; 16]>::try_from(ip).ok())
                .map(|ip| Ipv6Addr::from(ip).to_string())
                .collect(),
        ),
        _ => format!("{name}=\"{}\"", quotable(value, &name)?),
    })
}

fn parameter_name(key: u16) -> String {
    match key {
        0 => "mandatory".into(),
        1 => "alpn".into(),
        2 => "no-default-alpn".into(),
        3 => "port".into(),
        4 => "ipv4hint".into(),
        5 => "ech".into(),
        6 => "ipv6hint".into(),
        other => format!("key{other}"),
    }
}

fn alpn(mut value: &[u8]) -> Result<Vec<String>, String> {
    let mut ids = Vec::new();
    while let Some((&length, rest)) = value.split_first() {
        let (id, rest) = rest.split_at_checked(usize::from(length)).ok_or("the alpn list is cut short")?;
        if !id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"./_-+:".contains(byte)) {
            return Err(
                "PowerDNS does not read back alpn ids with other characters than letters, digits and ./_-+:"
                    .into(),
            );
        }
        ids.push(id.iter().copied().map(char::from).collect());
        value = rest;
    }
    Ok(ids)
}

/// Text of any other parameter. 4.7 ends a value at a quote or semicolon even when it is escaped.
fn quotable(value: &[u8], key: &str) -> Result<String, String> {
    let mut text = String::with_capacity(value.len());
    for &byte in value {
        match byte {
            b'"' | b';' => {
                return Err(format!("PowerDNS does not read `{key}` with a double quote or semicolon in it"));
            }
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            other => {
                let _ = write!(text, "\\{other:03}");
            }
        }
    }
    Ok(text)
}
