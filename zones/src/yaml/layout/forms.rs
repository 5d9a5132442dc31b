//! octoDNS's forms of records: types in capitals, `value` for one and `values` for several,
//! numbers without quotes.

use super::super::record::is_number;
use super::super::scalar::is_decimal;
use super::{Entry, Sheet, Value};
use crate::RecordType;

pub(super) fn records(sheet: &mut Sheet) {
    let Some(Value::Map { entries: names, .. }) = &mut sheet.value else { return };
    for name in names {
        match &mut name.value {
            Value::Map { entries, .. } => record(entries),
            Value::List { entries, .. } => {
                for item in entries {
                    if let Value::Map { entries, .. } = &mut item.value {
                        record(entries);
                    }
                }
            }
            Value::Inline(_) | Value::Block { .. } => {}
        }
    }
}

fn key_is(entry: &Entry, wanted: &str) -> bool {
    entry.key.as_ref().is_some_and(|key| key.text == wanted)
}

fn record(entries: &mut [Entry]) {
    let mut rtype = None;
    for entry in entries.iter_mut() {
        let is_type = key_is(entry, "type");
        let is_ttl = key_is(entry, "ttl");
        let Value::Inline(scalar) = &mut entry.value else { continue };
        let Some(text) = &scalar.text else { continue };
        if is_type {
            let parsed = text.parse::<RecordType>().ok();
            if let Some(parsed) = parsed.filter(|parsed| parsed.to_string().eq_ignore_ascii_case(text)) {
                scalar.written = parsed.to_string();
            }
            rtype = parsed;
        } else if is_ttl && is_decimal(text) {
            scalar.written.clone_from(text);
        }
    }
    let both = ["value", "values"].iter().all(|key| entries.iter().any(|entry| key_is(entry, key)));
    for entry in entries.iter_mut().filter(|entry| key_is(entry, "value") || key_is(entry, "values")) {
        if !both {
            one_or_many(entry);
        }
        if let Some(rtype) = rtype {
            numbers(&mut entry.value, rtype);
        }
    }
}

/// `value` for one value, `values` for a list of them.
fn one_or_many(entry: &mut Entry) {
    let one = match &mut entry.value {
        Value::Inline(scalar) if scalar.text.is_none() => return,
        Value::Inline(_) | Value::Block { .. } | Value::Map { .. } => true,
        Value::List { entries, foot } => {
            let plain = |only: &Entry| {
                only.lead.is_empty()
                    && only.properties.is_empty()
                    && !matches!(only.value, Value::List { .. })
                    && !matches!(&only.value, Value::Inline(scalar) if scalar.text.is_none())
            };
            let is_one = entries.len() == 1 && foot.is_empty() && entries.iter().all(plain);
            if is_one
                && entry.properties.is_empty()
                && entry.tail.is_none()
                && let Some(only) = entries.pop()
            {
                (entry.value, entry.tail) = (only.value, only.tail);
                true
            } else {
                false
            }
        }
    };
    if let Some(key) = &mut entry.key
        && matches!(key.written.as_str(), "value" | "values")
    {
        key.text = if one { "value" } else { "values" }.to_owned();
        key.written.clone_from(&key.text);
    }
}

/// Takes the quotes off numbers.
fn numbers(value: &mut Value, rtype: RecordType) {
    match value {
        Value::List { entries, .. } => entries.iter_mut().for_each(|entry| numbers(&mut entry.value, rtype)),
        Value::Map { entries, .. } => {
            for entry in entries {
                let Some(key) = &entry.key else { continue };
                if let Value::Inline(scalar) = &mut entry.value
                    && let Some(text) = scalar.text.as_ref().filter(|text| is_decimal(text))
                    && is_number(rtype, Some(&key.text))
                {
                    scalar.written.clone_from(text);
                }
            }
        }
        Value::Inline(_) | Value::Block { .. } => {}
    }
}
