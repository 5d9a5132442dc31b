//! PowerDNS's own presentation format.
//!
//! Its API takes record data as text and refuses every text that it would itself write
//! otherwise ("Not in expected format"). So the texts of `dnsure_zones::rdata` are bent to
//! its habits here, measured on 4.7, and what has no text it would take is refused.

use dnsure_zones::rdata;
use dnsure_zones::{Name, RecordType};
use std::fmt::Write as _;
use std::net::Ipv6Addr;

mod gateway;
mod script;
mod service;

/// RKEY, which PowerDNS knows and hardly anybody else.
const RKEY: RecordType = RecordType::from_code(57);

/// Types that 4.7 reads by their own text. All others travel as `TYPEn` with RFC 3597 data,
/// which it refuses for the types it knows.
const NATIVE: &[RecordType] = &[
    RecordType::A,
    RecordType::NS,
    RecordType::CNAME,
    RecordType::SOA,
    RecordType::MB,
    RecordType::MG,
    RecordType::MR,
    RecordType::PTR,
    RecordType::HINFO,
    RecordType::MINFO,
    RecordType::MX,
    RecordType::TXT,
    RecordType::RP,
    RecordType::AFSDB,
    RecordType::KEY,
    RecordType::AAAA,
    RecordType::LOC,
    RecordType::SRV,
    RecordType::NAPTR,
    RecordType::KX,
    RecordType::CERT,
    RecordType::DNAME,
    RecordType::APL,
    RecordType::DS,
    RecordType::SSHFP,
    RecordType::IPSECKEY,
    RecordType::RRSIG,
    RecordType::NSEC,
    RecordType::DNSKEY,
    RecordType::DHCID,
    RecordType::NSEC3,
    RecordType::NSEC3PARAM,
    RecordType::TLSA,
    RecordType::SMIMEA,
    RKEY,
    RecordType::CDS,
    RecordType::CDNSKEY,
    RecordType::OPENPGPKEY,
    RecordType::CSYNC,
    RecordType::ZONEMD,
    RecordType::SVCB,
    RecordType::HTTPS,
    RecordType::SPF,
    RecordType::NID,
    RecordType::L32,
    RecordType::L64,
    RecordType::LP,
    RecordType::EUI48,
    RecordType::EUI64,
    RecordType::URI,
    RecordType::CAA,
    RecordType::DLV,
    RecordType::ALIAS,
    RecordType::LUA,
];

/// Type names that only PowerDNS writes.
const OWN_NAMES: &[(&str, RecordType)] = &[
    ("LUA", RecordType::LUA),
    ("RKEY", RKEY),
    ("MAILB", RecordType::from_code(253)),
    ("MAILA", RecordType::from_code(254)),
    ("ADDR", RecordType::from_code(259)),
];

/// Whether 4.7 reads this type by its own text.
pub(super) fn knows(rtype: RecordType) -> bool {
    NATIVE.contains(&rtype)
}

/// The type of a listed record set; `None` for a name nobody knows.
pub(super) fn type_from_api(text: &str) -> Option<RecordType> {
    let own = OWN_NAMES.iter().find(|(name, _)| *name == text).map(|(_, rtype)| *rtype);
    own.or_else(|| text.parse().ok())
}

/// The type as the API wants it.
pub(super) fn type_to_api(rtype: RecordType) -> String {
    if !NATIVE.contains(&rtype) {
        return match rtype.code() {
            Some(code) => format!("TYPE{code}"),
            None => rtype.to_string(),
        };
    }
    match OWN_NAMES.iter().find(|(_, own)| *own == rtype) {
        Some((name, _)) => (*name).to_owned(),
        None => rtype.to_string(),
    }
}

/// Types whose text another type's row reads and writes.
fn stand_in(rtype: RecordType) -> RecordType {
    match rtype {
        RecordType::KEY | RKEY => RecordType::DNSKEY,
        other => other,
    }
}

/// The wire form of listed data.
pub(super) fn from_api(rtype: RecordType, content: &str) -> Result<Vec<u8>, String> {
    let read = |text: &str| {
        rdata::parse_text(stand_in(rtype), text, &Name::root()).map_err(|error| error.to_string())
    };
    match rtype {
        RecordType::LUA => script::from_api(content),
        RecordType::IPSECKEY => gateway::from_api(content),
        // The API takes strings over 255 octets and cuts them where it serves them.
        RecordType::TXT | RecordType::SPF => {
            read(content).or_else(|error| long_strings(content).ok_or(error))
        }
        RecordType::NAPTR => read(content),
        _ if has_names(rtype) && content.contains(SPECIAL) => read(&escape_names(content)),
        _ => read(content),
    }
}

/// The text the API takes for `wire`.
///
/// # Errors
/// What PowerDNS cannot hold, in words.
pub(super) fn to_api(rtype: RecordType, wire: &[u8]) -> Result<String, String> {
    if !NATIVE.contains(&rtype) {
        return if rtype.is_pseudo() { Err("PowerDNS has no such type".into()) } else { Ok(generic(wire)) };
    }
    match rtype {
        RecordType::AAAA => Ok(match <[u8; 16]>::try_from(wire) {
            Ok(octets) => ipv6(Ipv6Addr::from(octets)),
            Err(_) => return Err("an AAAA record has 16 octets".into()),
        }),
        RecordType::SVCB | RecordType::HTTPS => service::to_api(wire),
        RecordType::LUA => script::to_api(wire),
        RecordType::IPSECKEY => gateway::to_api(wire),
        RecordType::LOC => location(wire),
        RecordType::NAPTR => {
            let text = rdata::to_text(rtype, wire);
            Ok(match text.rsplit_once(' ') {
                Some((front, name)) => format!("{front} {}", plain_names(name)),
                None => text,
            })
        }
        _ => {
            let text = rdata::to_text(stand_in(rtype), wire);
            if text.starts_with("\\#") {
                return Err(
                    "PowerDNS takes this type only in its own text form, which these bytes do not have"
                        .into(),
                );
            }
            Ok(if has_names(rtype) { plain_names(&text) } else { text })
        }
    }
}

/// Why the API takes no text for `wire`, if so.
pub(super) fn refusal(rtype: RecordType, wire: &[u8]) -> Option<String> {
    // What fits these types always has a text, and most of a plan would be spent on writing it.
    let has_text = matches!(
        rtype,
        RecordType::A
            | RecordType::AAAA
            | RecordType::CNAME
            | RecordType::MX
            | RecordType::NS
            | RecordType::PTR
            | RecordType::SRV
            | RecordType::TXT
    );
    if has_text && rdata::check(rtype, wire).is_ok() { None } else { to_api(rtype, wire).err() }
}

/// Whether the data consists of numbers and names only.
fn has_names(rtype: RecordType) -> bool {
    matches!(
        rtype,
        RecordType::NS
            | RecordType::CNAME
            | RecordType::SOA
            | RecordType::MB
            | RecordType::MG
            | RecordType::MR
            | RecordType::PTR
            | RecordType::MINFO
            | RecordType::MX
            | RecordType::RP
            | RecordType::AFSDB
            | RecordType::SRV
            | RecordType::KX
            | RecordType::DNAME
            | RecordType::LP
            | RecordType::ALIAS
    )
}

/// RFC 3597 data; without octets PowerDNS insists on a final space.
fn generic(wire: &[u8]) -> String {
    let mut text = format!("\\# {} ", wire.len());
    for byte in wire {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// PowerDNS refuses dotted quads inside IPv6 addresses, and lists them so itself.
fn ipv6(address: Ipv6Addr) -> String {
    match address.to_ipv4_mapped() {
        Some(_) => {
            let [.., high, low] = address.segments();
            format!("::ffff:{high:x}:{low:x}")
        }
        None => address.to_string(),
    }
}

/// In names PowerDNS escapes dots, backslashes and what is not printable, nothing else.
fn plain_names(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match rest.next() {
            Some(next @ ('"' | '(' | ')' | ';' | '@' | '$')) => plain.push(next),
            Some(next) => plain.extend(['\\', next]),
            None => plain.push('\\'),
        }
    }
    plain
}

/// What PowerDNS leaves as it is in names, and a reader would not.
const SPECIAL: [char; 6] = ['"', '(', ')', ';', '@', '$'];

/// The reverse of [`plain_names`], as far as reading needs it.
fn escape_names(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        match character {
            '\\' => {
                escaped.push('\\');
                escaped.extend(rest.next());
            }
            _ if SPECIAL.contains(&character) => escaped.extend(['\\', character]),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Quoted strings of any length, cut at 255 octets as PowerDNS serves them.
fn long_strings(content: &str) -> Option<Vec<u8>> {
    let mut wire = Vec::new();
    let mut rest = content.trim().bytes().peekable();
    while rest.next_if_eq(&b'"').is_some() {
        let mut string = Vec::new();
        loop {
            match rest.next()? {
                b'"' => break,
                b'\\' => string.push(escape(&mut rest)?),
                other => string.push(other),
            }
        }
        let chunks = if string.is_empty() { 1 } else { string.len().div_ceil(255) };
        for chunk in 0..chunks {
            let part = &string[chunk * 255..string.len().min((chunk + 1) * 255)];
            wire.push(u8::try_from(part.len()).ok()?);
            wire.extend_from_slice(part);
        }
        while rest.next_if_eq(&b' ').is_some() {}
    }
    (rest.next().is_none() && !wire.is_empty() && wire.len() <= usize::from(u16::MAX)).then_some(wire)
}

fn escape(rest: &mut impl Iterator<Item = u8>) -> Option<u8> {
    let first = rest.next()?;
    if !first.is_ascii_digit() {
        return Some(first);
    }
    let digits = [first, rest.next()?, rest.next()?];
    let value = digits.iter().try_fold(0_u16, |value, digit| {
        digit.is_ascii_digit().then(|| value * 10 + u16::from(digit - b'0'))
    })?;
    u8::try_from(value).ok()
}

/// Measured: 4.7 keeps altitude as a signed 32-bit number of centimetres and sizes as an
/// unsigned one, so the upper end of RFC 1876 overflows in its text.
fn location(wire: &[u8]) -> Result<String, String> {
    let octets = <[u8; 16]>::try_from(wire).map_err(|_| "a LOC record has 16 octets")?;
    let [_, size, horizontal, vertical, .., a, b, c, d] = octets;
    if u32::from_be_bytes([a, b, c, d]) > i32::MAX as u32 {
        return Err("PowerDNS holds altitudes up to 21374836.47 m only".into());
    }
    let too_large = |octet: u8| octet & 15 > 9 || octet >> 4 > 9 || (octet & 15 == 9 && octet >> 4 > 4);
    if [size, horizontal, vertical].into_iter().any(too_large) {
        return Err("PowerDNS holds sizes and precisions up to 40000000 m only".into());
    }
    let text = rdata::to_text(RecordType::LOC, wire);
    if text.starts_with("\\#") {
        return Err("this LOC record has no text form".into());
    }
    // The equator is in the south and Greenwich in the west.
    Ok(text.replace("0 0 0.000 N", "0 0 0.000 S").replace("0 0 0.000 E", "0 0 0.000 W"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
