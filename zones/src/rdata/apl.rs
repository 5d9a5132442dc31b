//! Address prefixes (RFC 3123).

use std::fmt::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Appends one prefix, `[!]family:address/length`.
pub(super) fn push(text: &str, out: &mut Vec<u8>) -> Result<(), String> {
    let expected = || {
        format!(
            "`{text}` is no address prefix: write `1:192.0.2.0/24`, `2:2001:db8::/32`, `!` in front to negate"
        )
    };
    let (negated, rest) = match text.strip_prefix('!') {
        Some(rest) => (0x80, rest),
        None => (0, text),
    };
    let (family, rest) = rest.split_once(':').ok_or_else(expected)?;
    let (address, length) = rest.split_once('/').ok_or_else(expected)?;
    let address: IpAddr = address.parse().map_err(|_| expected())?;
    let (octets, most) = match (family, address) {
        ("1", IpAddr::V4(address)) => (address.octets().to_vec(), 32),
        ("2", IpAddr::V6(address)) => (address.octets().to_vec(), 128),
        _ => return Err(expected()),
    };
    let digits = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
    let length: u8 = length.parse().ok().filter(|_| digits).ok_or_else(expected)?;
    if length > most {
        return Err(format!("`{text}` has a prefix length above {most}"));
    }
    let used = octets.iter().rposition(|&octet| octet != 0).map_or(0, |last| last + 1);
    out.extend_from_slice(&[0, if most == 32 { 1 } else { 2 }, length, negated | used as u8]);
    out.extend_from_slice(&octets[..used]);
    Ok(())
}

/// Whether `wire` is a list of prefixes.
pub(super) fn check(mut wire: &[u8]) -> Result<(), &'static str> {
    while !wire.is_empty() {
        let [family_high, family_low, length, flag, rest @ ..] = wire else {
            return Err("has an address prefix that ends too early");
        };
        let (address, rest) = rest
            .split_at_checked(usize::from(flag & 0x7f))
            .ok_or("has an address prefix that ends too early")?;
        if address.last() == Some(&0) {
            return Err("has an address prefix with zero octets at the end (RFC 3123 4)");
        }
        let (bits, octets) = match (family_high, family_low) {
            (0, 1) => (32, 4),
            (0, 2) => (128, 16),
            _ => (255, 127),
        };
        if *length > bits || address.len() > octets {
            return Err("has an address prefix longer than its address family");
        }
        wire = rest;
    }
    Ok(())
}

/// Each prefix as text; `None` for one of another address family than IPv4 and IPv6.
pub(super) fn texts(mut wire: &[u8]) -> impl Iterator<Item = Option<String>> {
    std::iter::from_fn(move || {
        let [family_high, family_low, length, flag, rest @ ..] = wire else { return None };
        let (address, rest) = rest.split_at_checked(usize::from(flag & 0x7f))?;
        wire = rest;
        let mut text = String::new();
        if flag & 0x80 != 0 {
            text.push('!');
        }
        let written = match (family_high, family_low) {
            (0, 1) => {
                let mut octets = [0; 4];
                octets.get_mut(..address.len()).map(|used| used.copy_from_slice(address)).map(|()| {
                    let _ = write!(text, "1:{}/{length}", Ipv4Addr::from(octets));
                })
            }
            (0, 2) => {
                let mut octets = [0; 16];
                octets.get_mut(..address.len()).map(|used| used.copy_from_slice(address)).map(|()| {
                    let _ = write!(text, "2:{}/{length}", Ipv6Addr::from(octets));
                })
            }
            _ => None,
        };
        Some(written.map(|()| text))
    })
}
