//! Record data in the API's forms: a `content`, and for many types a `data` object.

use serde_json::{Map, Value, json};

/// How one member of `data` is written.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Number,
    Word,
    Quoted,
    Host,
    /// All that is left of the line.
    Rest,
    Metres,
}
use Form::{Host, Metres, Number, Quoted, Rest, Word};

/// Types with a `data` object, its members in the order of presentation format.
const WITH_DATA: &[(&str, &[(&str, Form)])] = &[
    ("CAA", &[("flags", Number), ("tag", Word), ("value", Quoted)]),
    ("CERT", &[("type", Number), ("key_tag", Number), ("algorithm", Number), ("certificate", Word)]),
    ("DNSKEY", &[("flags", Number), ("protocol", Number), ("algorithm", Number), ("public_key", Word)]),
    ("DS", &[("key_tag", Number), ("algorithm", Number), ("digest_type", Number), ("digest", Word)]),
    ("HTTPS", &[("priority", Number), ("target", Host), ("value", Rest)]),
    (
        "LOC",
        &[
            ("lat_degrees", Number),
            ("lat_minutes", Number),
            ("lat_seconds", Number),
            ("lat_direction", Word),
            ("long_degrees", Number),
            ("long_minutes", Number),
            ("long_seconds", Number),
            ("long_direction", Word),
            ("altitude", Metres),
            ("size", Metres),
            ("precision_horz", Metres),
            ("precision_vert", Metres),
        ],
    ),
    (
        "NAPTR",
        &[
            ("order", Number),
            ("preference", Number),
            ("flags", Quoted),
            ("service", Quoted),
            ("regex", Quoted),
            ("replacement", Host),
        ],
    ),
    ("SMIMEA", TLSA),
    ("SRV", &[("priority", Number), ("weight", Number), ("port", Number), ("target", Host)]),
    ("SSHFP", &[("algorithm", Number), ("type", Number), ("fingerprint", Word)]),
    ("SVCB", &[("priority", Number), ("target", Host), ("value", Rest)]),
    ("TLSA", TLSA),
    ("URI", &[("weight", Number), ("target", Quoted)]),
];
const TLSA: &[(&str, Form)] =
    &[("usage", Number), ("selector", Number), ("matching_type", Number), ("certificate", Word)];

/// Types with nothing but a `content`.
const WITH_CONTENT: &[&str] = &["A", "AAAA", "CNAME", "MX", "NS", "OPENPGPKEY", "PTR", "TXT"];

fn fields(rtype: &str) -> Option<&'static [(&'static str, Form)]> {
    WITH_DATA.iter().find(|(known, _)| *known == rtype).map(|(_, fields)| *fields)
}

pub(super) fn is_known(rtype: &str) -> bool {
    fields(rtype).is_some() || WITH_CONTENT.contains(&rtype)
}

pub(super) fn has_data(rtype: &str) -> bool {
    fields(rtype).is_some()
}

/// Types whose `priority` stands beside the data.
pub(super) fn has_priority(rtype: &str) -> bool {
    matches!(rtype, "MX" | "URI")
}

fn number(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => {
            number.as_f64().filter(|number| number.is_finite()).map(|number| number.to_string())
        }
        _ => None,
    }
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => quoted.extend(['\\', char::from(byte)]),
            b' '..=b'~' => quoted.push(char::from(byte)),
            other => quoted.push_str(&format!("\\{other:03}")),
        }
    }
    quoted + "\""
}

pub(super) fn absolute(name: &str) -> String {
    if name.ends_with('.') { name.to_owned() } else { format!("{name}.") }
}

/// Presentation format of a `data` object; `None` where a member is missing or of another kind.
pub(super) fn text_of(rtype: &str, data: &Value, priority: Option<u64>) -> Option<String> {
    let mut words = Vec::new();
    if rtype == "URI" {
        words.push(priority?.to_string());
    }
    for (name, form) in fields(rtype)? {
        let value = data.get(name)?;
        words.push(match form {
            Number => number(value)?,
            Metres => format!("{:.2}m", value.as_f64()?),
            Word => value.as_str().filter(|text| !text.is_empty() && !text.contains(' '))?.to_owned(),
            Quoted => quoted(value.as_str()?),
            Host => absolute(value.as_str().filter(|text| !text.is_empty())?),
            Rest => value.as_str()?.trim().to_owned(),
        });
    }
    Some(words.join(" ").trim_end().to_owned())
}

/// The `data` object and `priority` of presentation format, as `named-compilezone` writes it.
pub(super) fn data_of(rtype: &str, text: &str) -> Option<(Value, Option<u64>)> {
    let mut words = words(text).into_iter();
    let priority = if rtype == "URI" { words.next()?.parse().ok() } else { None };
    let mut data = Map::new();
    for (name, form) in fields(rtype)? {
        let value = match form {
            Rest => json!(text.splitn(3, ' ').nth(2).unwrap_or_default()),
            // Keys and fingerprints may stand in groups.
            Word if matches!(*name, "certificate" | "public_key" | "digest" | "fingerprint") => {
                json!(words.by_ref().collect::<String>())
            }
            Number => json!(numeral(&words.next()?)?),
            Metres => json!(words.next()?.trim_end_matches('m').parse::<f64>().ok()?),
            Host => {
                let name = words.next()?;
                json!(if name == "." { "." } else { name.trim_end_matches('.') })
            }
            Word | Quoted => json!(words.next()?),
        };
        data.insert((*name).to_owned(), value);
    }
    Some((Value::Object(data), priority))
}

/// A number, or one of the mnemonics that `named-compilezone` writes.
fn numeral(word: &str) -> Option<f64> {
    const MNEMONICS: &[(&str, f64)] = &[
        ("PKIX", 1.0),
        ("SPKI", 2.0),
        ("PGP", 3.0),
        ("IPKIX", 4.0),
        ("ISPKI", 5.0),
        ("IPGP", 6.0),
        ("ACPKIX", 7.0),
        ("IACPKIX", 8.0),
        ("URI", 253.0),
        ("OID", 254.0),
        ("RSASHA1", 5.0),
        ("RSASHA256", 8.0),
        ("RSASHA512", 10.0),
        ("ECDSAP256SHA256", 13.0),
        ("ECDSAP384SHA384", 14.0),
        ("ED25519", 15.0),
        ("ED448", 16.0),
    ];
    let known = MNEMONICS.iter().find(|(mnemonic, _)| *mnemonic == word).map(|(_, number)| *number);
    known.or_else(|| word.parse().ok())
}

/// Words and quoted strings, unescaped.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut bytes = text.bytes().peekable();
    while let Some(&first) = bytes.peek() {
        if first == b' ' {
            bytes.next();
            continue;
        }
        let is_quoted = first == b'"';
        if is_quoted {
            bytes.next();
        }
        let mut word = Vec::new();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' if is_quoted => break,
                b' ' if !is_quoted => break,
                b'\\' => {
                    let digits: Vec<u8> = bytes.clone().take(3).take_while(u8::is_ascii_digit).collect();
                    match std::str::from_utf8(&digits)
                        .ok()
                        .filter(|_| digits.len() == 3)
                        .and_then(|d| d.parse().ok())
                    {
                        Some(byte) => {
                            word.push(byte);
                            bytes.by_ref().take(3).for_each(drop);
                        }
                        None => word.extend(bytes.next()),
                    }
                }
                other => word.push(other),
            }
        }
        words.push(String::from_utf8_lossy(&word).into_owned());
    }
    words
}
