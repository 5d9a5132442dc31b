//! Service parameters of SVCB and HTTPS (RFC 9460).

use super::token::Token;
use super::{plain, strings};
use data_encoding::BASE64;
use std::net::{Ipv4Addr, Ipv6Addr};

mod fields;

pub(super) use fields::{from_fields, to_fields};

/// What the value of a parameter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Keys of other parameters, in order.
    Keys,
    /// Protocol names.
    Protocols,
    /// Nothing at all.
    Nothing,
    /// A number of 16 bits.
    Number,
    /// IPv4 addresses.
    Ipv4s,
    /// Octets in base64.
    Base64,
    /// IPv6 addresses.
    Ipv6s,
    /// Text as it is.
    Text,
    /// Numbers of 16 bits.
    Numbers,
    /// Octets of an unknown key, as text with escapes.
    Opaque,
}

/// The parameters of the IANA registry "Service Parameter Keys".
#[rustfmt::skip]
const PARAMS: &[(u16, &str, Shape)] = &[
    (0, "mandatory",            Shape::Keys),      // RFC 9460 8
    (1, "alpn",                 Shape::Protocols), // RFC 9460 7.1
    (2, "no-default-alpn",      Shape::Nothing),   // RFC 9460 7.1
    (3, "port",                 Shape::Number),    // RFC 9460 7.2
    (4, "ipv4hint",             Shape::Ipv4s),     // RFC 9460 7.3
    (5, "ech",                  Shape::Base64),    // RFC 9848
    (6, "ipv6hint",             Shape::Ipv6s),     // RFC 9460 7.3
    (7, "dohpath",              Shape::Text),      // RFC 9461 5
    (8, "ohttp",                Shape::Nothing),   // RFC 9540 4
    (9, "tls-supported-groups", Shape::Numbers),   // IANA registry
];

/// Keys from here on are written as `keyN`, which every server reads; the newer names
/// are only read.
const FIRST_WRITTEN_AS_NUMBER: u16 = 8;

fn shape(key: u16) -> Shape {
    PARAMS.get(usize::from(key)).map_or(Shape::Opaque, |(_, _, shape)| *shape)
}

fn key_name(key: u16) -> String {
    match PARAMS.get(usize::from(key)) {
        Some((_, name, _)) if key < FIRST_WRITTEN_AS_NUMBER => (*name).to_owned(),
        _ => format!("key{key}"),
    }
}

/// The key called `name`, and the shape that its value has under that name: `key1` is
/// `alpn` in opaque octets.
fn key_called(name: &str) -> Result<(u16, Shape), String> {
    if let Some((key, _, shape)) = PARAMS.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name)) {
        return Ok((*key, *shape));
    }
    let digits = name.get(..3).filter(|prefix| prefix.eq_ignore_ascii_case("key")).map(|_| &name[3..]);
    let plain = |digits: &&str| {
        !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && (digits.len() == 1 || !digits.starts_with('0'))
    };
    match digits.filter(plain).and_then(|digits| digits.parse().ok()) {
        // RFC 9460 14.3.2 keeps the last key for ever.
        Some(u16::MAX) => Err("key65535 is reserved and never used (RFC 9460 14.3.2)".into()),
        Some(key) => Ok((key, Shape::Opaque)),
        None => Err(match suggestion(name) {
            Some(near) => format!("`{name}` is no service parameter; did you mean `{near}`?"),
            None => {
                format!("`{name}` is no service parameter: known are {}, and key0 to key65534", known())
            }
        }),
    }
}

fn known() -> String {
    let names: Vec<&str> = PARAMS.iter().map(|(_, name, _)| *name).collect();
    names.join(", ")
}

fn suggestion(name: &str) -> Option<&'static str> {
    let names = PARAMS.iter().map(|(_, known, _)| *known);
    names
        .map(|known| (strsim::damerau_levenshtein(known, name), known))
        .min()
        .filter(|(distance, _)| *distance <= 2)
        .map(|(_, known)| known)
}

/// The parameters in `wire`, as far as they are whole.
pub(super) fn params(mut wire: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let [key_high, key_low, length_high, length_low, rest @ ..] = wire else { return None };
        let length = usize::from(u16::from_be_bytes([*length_high, *length_low]));
        let (value, rest) = rest.split_at_checked(length)?;
        wire = rest;
        Some((u16::from_be_bytes([*key_high, *key_low]), value))
    })
}

/// Whether `wire` is a list of parameters in the order of RFC 9460 2.2, with values of
/// the right shape.
pub(super) fn check(wire: &[u8]) -> Result<(), &'static str> {
    let mut last = None;
    let mut octets = 0;
    for (key, value) in params(wire) {
        if last.is_some_and(|last| last >= key) {
            return Err("has keys out of order or twice (RFC 9460 2.2)");
        }
        // Its text would not read back.
        if key == u16::MAX {
            return Err("has key65535, which is reserved and never used (RFC 9460 14.3.2)");
        }
        fits(shape(key), value)?;
        last = Some(key);
        octets += 4 + value.len();
    }
    if octets == wire.len() { Ok(()) } else { Err("is cut off") }
}

fn fits(shape: Shape, value: &[u8]) -> Result<(), &'static str> {
    let numbers = value.chunks(2).map(plain::number);
    let right = match shape {
        Shape::Keys => {
            value.len().is_multiple_of(2)
                && numbers.clone().is_sorted_by(|a, b| a < b)
                && numbers.min() > Some(0)
        }
        Shape::Protocols => {
            let mut octets = 0;
            let mut whole = true;
            for protocol in strings::strings(value) {
                octets += 1 + protocol.len();
                whole &= !protocol.is_empty();
            }
            whole && octets == value.len() && octets > 0
        }
        Shape::Nothing => value.is_empty(),
        Shape::Number => value.len() == 2,
        Shape::Ipv4s => !value.is_empty() && value.len().is_multiple_of(4),
        Shape::Base64 => !value.is_empty(),
        Shape::Ipv6s => !value.is_empty() && value.len().is_multiple_of(16),
        Shape::Numbers => !value.is_empty() && value.len().is_multiple_of(2),
        Shape::Text | Shape::Opaque => true,
    };
    match (right, shape) {
        (true, _) => Ok(()),
        (_, Shape::Keys) => {
            Err("has a `mandatory` list that is not one to many keys in order, without key 0")
        }
        (_, Shape::Protocols) => Err("has an `alpn` list with an empty or cut off protocol"),
        (_, Shape::Nothing) => Err("has a value where the parameter takes none"),
        (_, Shape::Number) => Err("has a `port` that is not two octets"),
        (_, Shape::Ipv4s | Shape::Ipv6s) => Err("has a hint that is not one or more whole addresses"),
        (_, Shape::Base64) => Err("has an empty `ech`"),
        (_, _) => Err("has a list of numbers that is empty or cut off"),
    }
}

/// What makes parameters that are well formed contradict themselves: the key at fault
/// and why. `wire` is the whole data.
pub(super) fn contradictions(priority: u32, wire: &[u8]) -> Vec<(Option<String>, String)> {
    let keys: Vec<u16> = params(wire).map(|(key, _)| key).collect();
    let mut found = Vec::new();
    if priority == 0 && !keys.is_empty() {
        found.push((
            None,
            "svcparams have no effect with svcpriority 0, which is an alias (RFC 9460 2.4.2): leave them out, or use a priority of 1 or more".into(),
        ));
    }
    if keys.contains(&2) && !keys.contains(&1) {
        found.push((Some(key_name(2)), "no-default-alpn needs alpn beside it (RFC 9460 7.1.1)".into()));
    }
    for (_, value) in params(wire).filter(|(key, _)| *key == 0) {
        for key in value.chunks(2).map(|octets| plain::number(octets) as u16) {
            if !keys.contains(&key) {
                found.push((
                    Some(key_name(0)),
                    format!("mandatory names {}, which is not there (RFC 9460 8)", key_name(key)),
                ));
            }
        }
    }
    found
}

/// Parameters as they are collected, with the place of each for messages.
#[derive(Default)]
struct Collected<P>(Vec<(u16, Vec<u8>, P)>);

impl<P> Collected<P> {
    fn push(&mut self, key: u16, value: Vec<u8>, place: P) -> Result<(), String> {
        if self.0.iter().any(|(known, _, _)| *known == key) {
            return Err(format!("{} is given twice (RFC 9460 2.1)", key_name(key)));
        }
        if value.len() > usize::from(u16::MAX) {
            return Err(format!("{} has more than 65535 octets", key_name(key)));
        }
        fits(shape(key), &value).map_err(str::to_owned)?;
        self.0.push((key, value, place));
        Ok(())
    }

    fn write(mut self, out: &mut Vec<u8>) {
        self.0.sort_by_key(|(key, _, _)| *key);
        for (key, value, _) in self.0 {
            out.extend_from_slice(&key.to_be_bytes());
            out.extend_from_slice(&(value.len() as u16).to_be_bytes());
            out.extend_from_slice(&value);
        }
    }
}

/// Reads `key=value` words in any order.
pub(super) fn parse(tokens: &[Token<'_>], out: &mut Vec<u8>) -> Result<(), (usize, String)> {
    let mut collected = Collected::default();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let place = at;
        at += 1;
        let (name, mut raw) = match token.bytes.iter().position(|&byte| byte == b'=') {
            Some(equals) => (&token.bytes[..equals], Some(&token.bytes[equals + 1..])),
            None => (token.bytes, None),
        };
        if raw == Some(b"")
            && let Some(next) = tokens.get(at).filter(|next| next.quoted && next.glued)
        {
            raw = Some(next.bytes);
            at += 1;
        }
        let result = key_called(&String::from_utf8_lossy(name)).and_then(|(key, shape)| {
            let mut text = Vec::new();
            if let Some(raw) = raw {
                strings::resolve(raw, &mut text).map_err(str::to_owned)?;
            }
            let value = value(shape, key, raw.map(|_| text.as_slice()))?;
            collected.push(key, value, ())
        });
        result.map_err(|problem| (place, problem))?;
    }
    collected.write(out);
    Ok(())
}

/// The octets of a value from its text with escapes resolved.
fn value(shape: Shape, key: u16, text: Option<&[u8]>) -> Result<Vec<u8>, String> {
    let name = key_name(key);
    let bytes = match (shape, text) {
        (Shape::Nothing, None) => return Ok(Vec::new()),
        (Shape::Nothing, Some(_)) => return Err(format!("{name} takes no value")),
        (Shape::Opaque | Shape::Text, text) => return Ok(text.unwrap_or_default().to_vec()),
        (_, None | Some([])) => return Err(format!("{name} needs a value, as in `{name}=...`")),
        (_, Some(bytes)) => bytes,
    };
    if shape == Shape::Protocols {
        return protocols(split_list(bytes).iter().map(Vec::as_slice));
    }
    let text = String::from_utf8_lossy(bytes);
    items(shape, key, &mut text.split(','))
}

/// The octets of a value from the items of its list.
fn items(shape: Shape, key: u16, items: &mut dyn Iterator<Item = &str>) -> Result<Vec<u8>, String> {
    let name = key_name(key);
    let mut out = Vec::new();
    match shape {
        Shape::Keys => {
            let mut keys = Vec::new();
            for item in items {
                keys.push(key_called(item)?.0);
            }
            keys.sort_unstable();
            if keys.windows(2).any(|pair| pair[0] == pair[1]) {
                return Err(format!("{name} names a key twice (RFC 9460 8)"));
            }
            if keys.first() == Some(&0) {
                return Err(format!("{name} names itself (RFC 9460 8)"));
            }
            out.extend(keys.iter().flat_map(|key| key.to_be_bytes()));
        }
        Shape::Number | Shape::Numbers => {
            for item in items {
                let digits = !item.is_empty() && item.bytes().all(|byte| byte.is_ascii_digit());
                let number: Option<u16> = item.parse().ok().filter(|_| digits);
                let number =
                    number.ok_or_else(|| format!("{name} `{item}` is no whole number from 0 to 65535"))?;
                out.extend_from_slice(&number.to_be_bytes());
            }
            if shape == Shape::Number && out.len() != 2 {
                return Err(format!("{name} takes one number"));
            }
        }
        Shape::Ipv4s => {
            for item in items {
                let address: Ipv4Addr =
                    item.parse().map_err(|_| format!("{name} `{item}` is no IPv4 address"))?;
                out.extend_from_slice(&address.octets());
            }
        }
        Shape::Ipv6s => {
            for item in items {
                let address: Ipv6Addr =
                    item.parse().map_err(|_| format!("{name} `{item}` is no IPv6 address"))?;
                out.extend_from_slice(&address.octets());
            }
        }
        Shape::Base64 => {
            let text: Vec<&str> = items.collect();
            out = plain::decode_base64(&text.join(",")).map_err(|problem| format!("{name} {problem}"))?;
        }
        Shape::Protocols | Shape::Nothing | Shape::Text | Shape::Opaque => {}
    }
    Ok(out)
}

fn protocols<'a>(items: impl Iterator<Item = &'a [u8]>) -> Result<Vec<u8>, String> {
    let mut out = Vec::new();
    for item in items {
        if item.is_empty() {
            return Err("alpn has an empty protocol (RFC 9460 7.1.1)".into());
        }
        strings::push_string(item, &mut out).map_err(|problem| format!("alpn {problem}"))?;
    }
    Ok(out)
}

/// The protocols in a list as presentation format has it, with two layers of escapes.
fn written_protocols(text: &str) -> Result<Vec<u8>, String> {
    let mut list = Vec::new();
    strings::resolve(text.as_bytes(), &mut list).map_err(|problem| format!("alpn {problem}"))?;
    protocols(split_list(&list).iter().map(Vec::as_slice))
}

/// Appends one protocol with the escapes that lists need.
fn push_protocol(protocol: &[u8], list: &mut Vec<u8>) {
    for &byte in protocol {
        if matches!(byte, b',' | b'\\') {
            list.push(b'\\');
        }
        list.push(byte);
    }
}

/// Splits at commas that have no backslash before them (RFC 9460 A.1).
fn split_list(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut items = vec![Vec::new()];
    let mut rest = bytes.iter();
    while let Some(&byte) = rest.next() {
        let byte = match byte {
            b',' => {
                items.push(Vec::new());
                continue;
            }
            b'\\' => *rest.next().unwrap_or(&b'\\'),
            other => other,
        };
        if let Some(item) = items.last_mut() {
            item.push(byte);
        }
    }
    items
}

/// Writes the parameters in order.
pub(super) fn write(wire: &[u8], text: &mut String) -> Option<()> {
    for (index, (key, value)) in params(wire).enumerate() {
        if index > 0 {
            text.push(' ');
        }
        text.push_str(&key_name(key));
        if value.is_empty() {
            continue;
        }
        text.push('=');
        match written_shape(key) {
            Shape::Protocols => {
                let mut list = Vec::new();
                for (index, protocol) in strings::strings(value).enumerate() {
                    if index > 0 {
                        list.push(b',');
                    }
                    push_protocol(protocol, &mut list);
                }
                write_value(&list, text);
            }
            Shape::Text | Shape::Opaque => write_value(value, text),
            shape => text.push_str(&texts(shape, value).join(",")),
        }
    }
    Some(())
}

fn written_shape(key: u16) -> Shape {
    if key < FIRST_WRITTEN_AS_NUMBER { shape(key) } else { Shape::Opaque }
}

fn write_value(bytes: &[u8], text: &mut String) {
    let bare = |byte: &u8| matches!(byte, 0x21..=0x7e) && !br#""\();"#.contains(byte);
    if bytes.iter().all(bare) {
        text.extend(bytes.iter().map(|&byte| char::from(byte)));
    } else {
        strings::quote(bytes, text);
    }
}

/// The items of a value with a list or a single value of plain text.
fn texts(shape: Shape, value: &[u8]) -> Vec<String> {
    let numbers = || value.chunks(2).map(plain::number);
    match shape {
        Shape::Keys => numbers().map(|key| key_name(key as u16)).collect(),
        Shape::Number | Shape::Numbers => numbers().map(|number| number.to_string()).collect(),
        Shape::Ipv4s => {
            let octets = value.chunks(4).filter_map(|octets| <[u8; 4]>::try_from(octets).ok());
            octets.map(|octets| Ipv4Addr::from(octets).to_string()).collect()
        }
        Shape::Ipv6s => {
            let mut texts = Vec::new();
            for octets in value.chunks(16) {
                let mut text = String::new();
                let _ = plain::write(super::Kind::Ipv6, octets, &mut text);
                texts.push(text);
            }
            texts
        }
        _ => vec![BASE64.encode(value)],
    }
}
