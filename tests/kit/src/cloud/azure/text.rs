//! Records of Azure's JSON and their presentation format.

use serde_json::{Map, Value, json};

/// A field: its path in the JSON, and what it is.
type Field = (&'static str, Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number(u64),
    Name,
    Address,
    /// Letters and digits, never quoted.
    Word,
    Text,
    Texts,
    Hex,
}

use Kind::{Address, Hex, Name, Number, Text, Texts, Word};

const OCTET: Kind = Number(0xff);
const SHORT: Kind = Number(0xffff);
const LONG: Kind = Number(0xffff_ffff);

/// Type, member of the properties, fields in presentation order, whether the preview version alone has it.
#[rustfmt::skip]
const TYPES: &[(&str, &str, &[Field], bool)] = &[
    ("A", "ARecords", &[("ipv4Address", Address)], false),
    ("AAAA", "AAAARecords", &[("ipv6Address", Address)], false),
    ("CAA", "caaRecords", &[("flags", OCTET), ("tag", Word), ("value", Text)], false),
    ("CNAME", "CNAMERecord", &[("cname", Name)], false),
    ("MX", "MXRecords", &[("preference", SHORT), ("exchange", Name)], false),
    ("NS", "NSRecords", &[("nsdname", Name)], false),
    ("PTR", "PTRRecords", &[("ptrdname", Name)], false),
    ("SOA", "SOARecord", &[("host", Name), ("email", Name), ("serialNumber", LONG), ("refreshTime", LONG),
        ("retryTime", LONG), ("expireTime", LONG), ("minimumTTL", LONG)], false),
    ("SRV", "SRVRecords", &[("priority", SHORT), ("weight", SHORT), ("port", SHORT), ("target", Name)], false),
    ("TXT", "TXTRecords", &[("value", Texts)], false),
    ("DS", "DSRecords", &[("keyTag", SHORT), ("algorithm", OCTET), ("digest.algorithmType", OCTET),
        ("digest.value", Hex)], true),
    ("NAPTR", "NAPTRRecords", &[("order", SHORT), ("preference", SHORT), ("flags", Text), ("services", Text),
        ("regexp", Text), ("replacement", Name)], true),
    ("TLSA", "TLSARecords", &[("usage", OCTET), ("selector", OCTET), ("matchingType", OCTET),
        ("certAssociationData", Hex)], true),
];

/// A record type in its own spelling, whatever the case; `None` for one that this version lacks.
pub(super) fn rtype(text: &str, preview: bool) -> Option<&'static str> {
    let known = TYPES.iter().find(|(rtype, .., new)| rtype.eq_ignore_ascii_case(text) && (!new || preview));
    known.map(|(rtype, ..)| *rtype)
}

/// Where the records of a type stand.
pub(super) fn member(rtype: &str) -> &'static str {
    row(rtype).1
}

/// All members that hold records.
pub(super) fn members() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(_, member, ..)| *member)
}

fn row(rtype: &str) -> &'static (&'static str, &'static str, &'static [Field], bool) {
    TYPES
        .iter()
        .find(|(known, ..)| *known == rtype)
        .unwrap_or_else(|| panic!("no type of Azure DNS: {rtype}"))
}

/// The records in the properties.
pub(super) fn records(rtype: &str, properties: &Map<String, Value>) -> Vec<Value> {
    match properties.get(member(rtype)) {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(records)) => records.clone(),
        Some(single) => vec![single.clone()],
    }
}

/// Puts records into the properties.
pub(super) fn set_records(rtype: &str, properties: &mut Map<String, Value>, mut records: Vec<Value>) {
    let value = match rtype {
        "CNAME" | "SOA" => records.pop().unwrap_or(Value::Null),
        _ => Value::Array(records),
    };
    properties.insert(member(rtype).to_owned(), value);
}

/// A record in presentation format, names absolute.
///
/// # Errors
/// The field that is no such thing.
pub(super) fn data(rtype: &str, record: &Value) -> Result<String, String> {
    let fault = |path: &str| format!("The value of '{path}' in {record} is not valid for {rtype}.");
    let mut words = Vec::new();
    for (path, kind) in row(rtype).2 {
        let value =
            path.split('.').try_fold(record, |value, key| value.get(key)).ok_or_else(|| fault(path))?;
        let word = match kind {
            Number(most) => value.as_u64().filter(|number| number <= most).map(|number| number.to_string()),
            Name => value.as_str().map(|name| format!("{}.", name.trim_end_matches('.'))),
            Address => value.as_str().filter(|text| is_address(rtype, text)).map(str::to_owned),
            Word => value
                .as_str()
                .filter(|text| text.bytes().all(|b| b.is_ascii_alphanumeric()))
                .map(str::to_owned),
            Text => value.as_str().filter(|text| text.len() <= 255 || rtype == "CAA").map(quoted),
            Texts => value.as_array().and_then(|texts| {
                let texts: Option<Vec<String>> = texts.iter().map(|text| string(text).map(quoted)).collect();
                Some(texts?.join(" "))
            }),
            Hex => value.as_str().map(str::to_owned),
        };
        words.push(word.ok_or_else(|| fault(path))?);
    }
    Ok(words.join(" "))
}

fn string(text: &Value) -> Option<&str> {
    text.as_str().filter(|text| text.len() <= 255)
}

fn is_address(rtype: &str, text: &str) -> bool {
    let address = text.parse::<std::net::IpAddr>();
    address.is_ok_and(|address| address.is_ipv4() == (rtype == "A"))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A record of presentation format as JSON.
pub(super) fn record(rtype: &str, data: &str) -> Value {
    let words = words(data);
    let mut record = json!({});
    let fields = row(rtype).2;
    for (index, (path, kind)) in fields.iter().enumerate() {
        let word = words.get(index).unwrap_or_else(|| panic!("{rtype} {data}"));
        let value = match kind {
            Number(_) => word.parse::<u64>().unwrap_or_else(|_| panic!("{rtype} {data}")).into(),
            Name | Address | Word | Text => Value::from(word.as_str()),
            Texts => words.clone().into(),
            // named-compilezone cuts long ones with blanks.
            Hex => words[index..].concat().to_ascii_lowercase().into(),
        };
        let place = path.split('.').fold(&mut record, |place, key| &mut place[key]);
        *place = value;
    }
    record
}

/// The words of presentation format, quotes and escapes undone.
fn words(data: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = data.chars().peekable();
    loop {
        while rest.next_if(|character| character.is_whitespace()).is_some() {}
        if rest.peek().is_none() {
            return words;
        }
        let is_quoted = rest.next_if_eq(&'"').is_some();
        let ends = |character: char| if is_quoted { character == '"' } else { character.is_whitespace() };
        let mut word = String::new();
        while let Some(character) = rest.next() {
            match character {
                character if ends(character) => break,
                '\\' => word.push(escaped(&mut rest)),
                character => word.push(character),
            }
        }
        words.push(word);
    }
}

/// What stands behind a backslash: three digits, or the character itself.
fn escaped(rest: &mut impl Iterator<Item = char>) -> char {
    let first = rest.next().unwrap_or_default();
    if !first.is_ascii_digit() {
        return first;
    }
    let digits = [Some(first), rest.next(), rest.next()].into_iter().flatten();
    char::from(digits.filter_map(|digit| digit.to_digit(10)).fold(0, |all: u32, digit| all * 10 + digit) as u8)
}
