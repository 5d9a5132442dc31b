//! Record data in the API's forms: `content` for some types, a `data` object for the others, and for
//! MX and URI a `priority` beside them.

use dnsure_zones::{Name, RecordType, rdata};
use serde_json::{Map, Number, Value, json};

/// How one member of `data` is written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Number,
    /// A word that holds no spaces.
    Word,
    /// A quoted string.
    Text,
    /// A domain name without its final dot.
    Host,
    /// Metres, in presentation format with an `m`.
    Metres,
    /// All that is left: service parameters.
    Rest,
}
use Form::{Host, Metres, Rest, Text, Word};

const TLSA: &[(&str, Form)] = &[
    ("usage", Form::Number),
    ("selector", Form::Number),
    ("matching_type", Form::Number),
    ("certificate", Word),
];
const SVCB: &[(&str, Form)] = &[("priority", Form::Number), ("target", Host), ("value", Rest)];

/// Each type that the API takes: its members in the order of presentation format, none for those
/// that have only a `content`.
#[rustfmt::skip]
const TYPES: &[(RecordType, &[(&str, Form)])] = &[
    (RecordType::A, &[]),
    (RecordType::AAAA, &[]),
    (RecordType::CAA, &[("flags", Form::Number), ("tag", Word), ("value", Text)]),
    (RecordType::CERT, &[("type", Form::Number), ("key_tag", Form::Number), ("algorithm", Form::Number), ("certificate", Word)]),
    (RecordType::CNAME, &[]),
    (RecordType::DNSKEY, &[("flags", Form::Number), ("protocol", Form::Number), ("algorithm", Form::Number), ("public_key", Word)]),
    (RecordType::DS, &[("key_tag", Form::Number), ("algorithm", Form::Number), ("digest_type", Form::Number), ("digest", Word)]),
    (RecordType::HTTPS, SVCB),
    (RecordType::LOC, &[
        ("lat_degrees", Form::Number), ("lat_minutes", Form::Number), ("lat_seconds", Form::Number), ("lat_direction", Word),
        ("long_degrees", Form::Number), ("long_minutes", Form::Number), ("long_seconds", Form::Number), ("long_direction", Word),
        ("altitude", Metres), ("size", Metres), ("precision_horz", Metres), ("precision_vert", Metres),
    ]),
    (RecordType::MX, &[]),
    (RecordType::NAPTR, &[
        ("order", Form::Number), ("preference", Form::Number), ("flags", Text), ("service", Text), ("regex", Text), ("replacement", Host),
    ]),
    (RecordType::NS, &[]),
    (RecordType::OPENPGPKEY, &[]),
    (RecordType::PTR, &[]),
    (RecordType::SMIMEA, TLSA),
    (RecordType::SRV, &[("priority", Form::Number), ("weight", Form::Number), ("port", Form::Number), ("target", Host)]),
    (RecordType::SSHFP, &[("algorithm", Form::Number), ("type", Form::Number), ("fingerprint", Word)]),
    (RecordType::SVCB, SVCB),
    (RecordType::TLSA, TLSA),
    (RecordType::TXT, &[]),
    (RecordType::URI, &[("weight", Form::Number), ("target", Text)]),
];

fn members(rtype: RecordType) -> Option<&'static [(&'static str, Form)]> {
    TYPES.iter().find(|(known, _)| *known == rtype).map(|(_, members)| *members)
}

/// Whether the API takes records of this type.
pub(super) fn takes(rtype: RecordType) -> bool {
    members(rtype).is_some()
}

/// A name as the API writes it: no final dot.
///
/// # Errors
/// Octets for which the API has no known spelling.
pub(super) fn host(name: &str) -> Result<&str, String> {
    if name.contains('\\') {
        return Err(format!(
            "Cloudflare's API has no spelling for the octets of {name} that are escaped here"
        ));
    }
    Ok(if name == "." { name } else { name.trim_end_matches('.') })
}

/// The members of a request that hold the data.
///
/// # Errors
/// Data that the API has no form for.
pub(super) fn to_api(rtype: RecordType, wire: &[u8]) -> Result<Map<String, Value>, String> {
    let text = rdata::to_text(rtype, wire);
    let members = members(rtype).ok_or_else(|| format!("Cloudflare holds no {rtype} records"))?;
    if rtype == RecordType::TXT {
        // In presentation format, any octet.
        return Ok(Map::from_iter([("content".to_owned(), text.into())]));
    }
    let words = words(&text)?;
    let mut words = words.iter();
    let mut word = || words.next().ok_or_else(|| format!("{rtype} {text} is cut short"));
    let number = |text: &str| -> Result<Value, String> {
        let number: f64 = text.parse().map_err(|_| format!("{text} is no number"))?;
        // Whole numbers stay whole: 10, not 10.0.
        let whole = (number.fract() == 0.0).then_some(number as i64);
        Ok(whole.map(Value::from).or_else(|| Number::from_f64(number).map(Value::Number)).unwrap_or_default())
    };
    let mut fields = Map::new();
    if matches!(rtype, RecordType::MX | RecordType::URI) {
        fields.insert("priority".into(), number(word()?)?);
    }
    if members.is_empty() {
        let content = match rtype {
            RecordType::A | RecordType::AAAA | RecordType::OPENPGPKEY => word()?.clone(),
            _ => host(word()?)?.to_owned(),
        };
        fields.insert("content".into(), content.into());
        return Ok(fields);
    }
    let mut data = Map::new();
    for (name, form) in members {
        let value = match form {
            Form::Number => number(word()?)?,
            Metres => number(word()?.trim_end_matches('m'))?,
            Word | Text => json!(word()?),
            Host => json!(host(word()?)?),
            Rest => json!(text.splitn(3, ' ').nth(2).unwrap_or_default()),
        };
        data.insert((*name).to_owned(), value);
    }
    fields.insert("data".into(), Value::Object(data));
    Ok(fields)
}

/// The data of a listed record.
///
/// # Errors
/// What is missing or cannot be read.
pub(super) fn from_api(
    rtype: RecordType,
    content: Option<&str>,
    data: Option<&Map<String, Value>>,
    priority: Option<f64>,
) -> Result<Vec<u8>, String> {
    let missing = |what: &str| format!("it has no `{what}`");
    let members = members(rtype).unwrap_or_default();
    let text = match data {
        Some(data) if !members.is_empty() => {
            let mut words = Vec::new();
            if rtype == RecordType::URI {
                words.push(priority.ok_or_else(|| missing("priority"))?.to_string());
            }
            for (name, form) in members {
                words.push(word(*form, data.get(*name)).ok_or_else(|| missing(name))?);
            }
            words.join(" ")
        }
        _ => {
            let content = content.ok_or_else(|| missing("content"))?;
            match rtype {
                // Listings had no quotes until 2024.
                RecordType::TXT if !content.starts_with('"') => return Ok(unquoted(content)),
                RecordType::MX => {
                    format!("{} {}", priority.ok_or_else(|| missing("priority"))?, absolute(content))
                }
                RecordType::CNAME | RecordType::NS | RecordType::PTR => absolute(content),
                _ => content.to_owned(),
            }
        }
    };
    rdata::parse_text(rtype, &text, &Name::root()).map_err(|error| error.to_string())
}

fn word(form: Form, value: Option<&Value>) -> Option<String> {
    let text = || match value? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => number.as_f64().map(|number| number.to_string()),
        _ => None,
    };
    Some(match form {
        Form::Number | Word => text().filter(|text| !text.is_empty())?,
        Metres => format!("{:.2}m", text()?.trim_end_matches('m').parse::<f64>().ok()?),
        Host => absolute(&text().filter(|text| !text.is_empty())?),
        Rest => text().unwrap_or_default(),
        Text => quoted(&text()?),
    })
}

fn absolute(name: &str) -> String {
    if name.ends_with('.') { name.to_owned() } else { format!("{name}.") }
}

/// A quoted string (RFC 1035 5.1).
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            other => quoted.push_str(&format!("\\{other:03}")),
        }
    }
    quoted.push('"');
    quoted
}

/// The strings of a text without quotes: nothing in it is escaped.
fn unquoted(text: &str) -> Vec<u8> {
    let mut wire = Vec::with_capacity(text.len() + 1);
    for chunk in text.as_bytes().chunks(255) {
        // A chunk has at most 255 octets.
        wire.push(chunk.len() as u8);
        wire.extend_from_slice(chunk);
    }
    if wire.is_empty() { vec![0] } else { wire }
}

/// The words and quoted strings of presentation format as `to_text` writes it, unescaped where they
/// stand in quotes.
fn words(text: &str) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut rest = text.bytes().peekable();
    while let Some(first) = rest.next() {
        let mut word = Vec::new();
        match first {
            b' ' => continue,
            b'"' => loop {
                match rest.next() {
                    None | Some(b'"') => break,
                    Some(b'\\') if rest.peek().is_some_and(u8::is_ascii_digit) => {
                        let digits = rest
                            .by_ref()
                            .take(3)
                            .fold(0_u32, |all, digit| all * 10 + u32::from(digit - b'0'));
                        word.push(digits as u8);
                    }
                    Some(b'\\') => word.extend(rest.next()),
                    Some(byte) => word.push(byte),
                }
            },
            byte => {
                word.push(byte);
                word.extend(std::iter::from_fn(|| rest.next_if(|byte| *byte != b' ')));
            }
        }
        words.push(
            String::from_utf8(word).map_err(|_| {
                "Cloudflare's API takes text here, and these octets are none (UTF-8)".to_owned()
            })?,
        );
    }
    Ok(words)
}
