//! Record data as JSON, for services that give each field a member of its own.
//!
//! A service says how it calls the members, in the order of the fields in the table of record types; what a
//! field is stands there. A dot in a member leads into an object.

use dnsure_zones::rdata::{self, Kind, row};
use dnsure_zones::{Name, RecordType};
use serde_json::{Map, Number, Value, json};

/// How a service spells what JSON has no type for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spelling {
    /// An absolute name, with its final dot and escapes, as the service has it.
    pub(crate) name: fn(&str) -> Result<String, String>,
    /// The octets of a text as the service has them.
    pub(crate) text: fn(Vec<u8>) -> Result<String, String>,
}

/// How one member is written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Form {
    Number,
    /// A word that holds no spaces.
    Word,
    Text,
    Name,
    /// All strings that are left, as a list.
    Texts,
    /// Metres, in presentation format with an `m`.
    Metres,
    /// All that is left, as it is: service parameters.
    Rest,
}

/// A position has three numbers and a direction, twice, then four lengths.
const LOCATION: [Form; 12] = {
    use Form::{Metres, Number, Word};
    [Number, Number, Number, Word, Number, Number, Number, Word, Metres, Metres, Metres, Metres]
};

fn forms(rtype: RecordType) -> impl Iterator<Item = Form> {
    let fields = row(rtype).map_or(&[][..], |row| row.fields);
    fields.iter().flat_map(|field| match field.kind {
        Kind::Location => LOCATION.to_vec(),
        Kind::Integer { .. } | Kind::Period => vec![Form::Number],
        Kind::Name => vec![Form::Name],
        Kind::String | Kind::Tag | Kind::Text { .. } => vec![Form::Text],
        Kind::Strings => vec![Form::Texts],
        Kind::ServiceParams => vec![Form::Rest],
        _ => vec![Form::Word],
    })
}

/// The data in the members of a record.
///
/// # Errors
/// Data that the service has no spelling for.
pub(crate) fn to_json(
    rtype: RecordType,
    members: &[&str],
    wire: &[u8],
    spelling: Spelling,
) -> Result<Map<String, Value>, String> {
    let text = rdata::to_text(rtype, wire);
    let mut words = words(&text).into_iter();
    let mut record = json!({});
    for (index, (path, form)) in members.iter().zip(forms(rtype)).enumerate() {
        let mut word = || words.next().ok_or_else(|| format!("{rtype} {text} is cut short"));
        let mut plain = || word().map(|word| String::from_utf8_lossy(&word).into_owned());
        let value = match form {
            Form::Number => number(&plain()?)?,
            Form::Metres => number(plain()?.trim_end_matches('m'))?,
            Form::Word => plain()?.into(),
            Form::Name => (spelling.name)(&plain()?)?.into(),
            Form::Text => (spelling.text)(word()?)?.into(),
            Form::Texts => words.by_ref().map(spelling.text).collect::<Result<Vec<_>, _>>()?.into(),
            Form::Rest => text.splitn(index + 1, ' ').nth(index).unwrap_or_default().into(),
        };
        *path.split('.').fold(&mut record, |place, key| &mut place[key]) = value;
    }
    Ok(record.as_object_mut().map(std::mem::take).unwrap_or_default())
}

/// The data of a listed record.
///
/// # Errors
/// The member that is missing or cannot be read.
pub(crate) fn from_json(rtype: RecordType, members: &[&str], record: &Value) -> Result<Vec<u8>, String> {
    let mut words = Vec::new();
    for (path, form) in members.iter().zip(forms(rtype)) {
        let value = path.split('.').try_fold(record, |value, key| value.get(key));
        let value = value.unwrap_or(&Value::Null);
        words.push(word(form, value).ok_or_else(|| format!("its `{path}` cannot be read"))?);
    }
    rdata::parse_text(rtype, &words.join(" "), &Name::root()).map_err(|error| error.to_string())
}

/// The path of a member of a listed record that is none of `members`, and that a write would lose.
#[cfg_attr(not(feature = "azure-dns"), allow(dead_code))]
pub(crate) fn unknown(members: &[&str], record: &Value) -> Option<String> {
    fn below(members: &[&str], above: &str, record: &Value) -> Option<String> {
        record.as_object()?.iter().find_map(|(key, value)| {
            let path = format!("{above}{key}");
            let inside = format!("{path}.");
            if members.contains(&path.as_str()) || value.is_null() {
                None
            } else if members.iter().any(|member| member.starts_with(&inside)) {
                below(members, &inside, value)
            } else {
                Some(path)
            }
        })
    }
    below(members, "", record)
}

/// A member in presentation format.
fn word(form: Form, value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => Some(text.clone()),
        // Whole numbers stay whole.
        Value::Number(number) => number.as_f64().map(|number| number.to_string()),
        _ => None,
    };
    match form {
        Form::Number | Form::Word => text.filter(|text| !text.is_empty()),
        Form::Metres => Some(format!("{:.2}m", text?.trim_end_matches('m').parse::<f64>().ok()?)),
        Form::Name => text.map(|text| absolute(&text)),
        Form::Rest => Some(text.unwrap_or_default()),
        Form::Text => text.map(|text| quoted(&text)),
        Form::Texts => {
            let quoted = |text: &Value| text.as_str().map(quoted);
            Some(value.as_array()?.iter().map(quoted).collect::<Option<Vec<_>>>()?.join(" "))
        }
    }
}

fn number(text: &str) -> Result<Value, String> {
    let number: f64 = text.parse().map_err(|_| format!("{text} is no number"))?;
    // Whole numbers stay whole: 10, not 10.0.
    let whole = (number.fract() == 0.0).then_some(number as i64);
    Ok(whole.map(Value::from).or_else(|| Number::from_f64(number).map(Value::Number)).unwrap_or_default())
}

/// A name with its final dot; the root where there is nothing.
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

/// The words and quoted strings of presentation format as `to_text` writes it, unescaped where they
/// stand in quotes.
fn words(text: &str) -> Vec<Vec<u8>> {
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
                        let digits = rest.by_ref().take(3);
                        let octet = digits.fold(0_u32, |all, digit| all * 10 + u32::from(digit - b'0'));
                        word.push(octet as u8);
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
        words.push(word);
    }
    words
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use dnsure_zones::rdata::rows;

    #[test]
    fn every_example_of_the_table_comes_back_from_members_called_as_its_fields() {
        let text = |octets: Vec<u8>| String::from_utf8(octets).map_err(|error| error.to_string());
        let spelling = Spelling { name: |name| Ok(name.trim_end_matches('.').to_owned()), text };
        let mut count = 0;
        for row in rows() {
            let other = |kind| {
                matches!(
                    kind,
                    Kind::Types | Kind::Prefixes | Kind::LongString | Kind::Location | Kind::TypeNumber
                )
            };
            if row.fields.iter().any(|field| other(field.kind)) {
                continue;
            }
            let members: Vec<String> = row.fields.iter().map(|field| format!("in.{}", field.key)).collect();
            let members: Vec<&str> = members.iter().map(String::as_str).collect();
            for example in row.examples {
                let wire = rdata::parse_text(row.rtype, example, &Name::root()).unwrap();
                let json = to_json(row.rtype, &members, &wire, spelling).unwrap();
                let back = from_json(row.rtype, &members, &Value::Object(json.clone()));
                assert_eq!(back, Ok(wire), "{} {example}: {json:?}", row.rtype);
                count += 1;
            }
        }
        assert!(count > 60, "{count}");
    }

    #[test]
    fn a_member_that_nobody_knows_is_named_by_its_path() {
        let other = |record: Value| unknown(&["preference", "to.exchange"], &record);
        assert_eq!(other(json!({ "preference": 10, "to": { "exchange": "mx" }, "nothing": null })), None);
        assert_eq!(other(json!({ "preference": 10, "weight": 3 })).as_deref(), Some("weight"));
        assert_eq!(other(json!({ "to": { "exchange": "mx", "by": "ship" } })).as_deref(), Some("to.by"));
    }

    #[test]
    fn what_is_missing_is_named_by_its_path_and_what_cannot_be_spelt_by_the_service() {
        let read = |record: Value| from_json(RecordType::MX, &["preference", "to.exchange"], &record);
        assert_eq!(
            read(json!({ "preference": 10, "to": {} })),
            Err("its `to.exchange` cannot be read".to_owned())
        );
        assert!(read(json!({ "preference": 70_000, "to": { "exchange": "mx" } })).is_err());
        let strict = Spelling { name: |_| Err("no names here".into()), text: |_| Ok(String::new()) };
        assert_eq!(to_json(RecordType::NS, &["host"], b"\x01a\0", strict), Err("no names here".to_owned()));
    }
}
