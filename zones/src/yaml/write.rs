//! From a zone to octoDNS's YAML.

use super::emit::{Out, write_text};
use super::hint::{Hint, STAND_IN};
use super::natural;
use super::record::is_number;
use super::txt::{Semicolons, written};
use super::{Declared, Options, Targets};
use crate::rdata::{self, FieldInput, RDATA_KEY};
use crate::zone::SetRef;
use crate::{Name, RecordType, Ttl, Zone};
use serde_json::Value;

/// Writes a zone as one file, as octoDNS would sort it. Reading it back with the same
/// options gives the same zone.
#[must_use]
pub fn write(zone: &Zone, options: &Options) -> String {
    write_with(zone, |_| None, options)
}

/// As [`write()`], with what the files say about targets and the way from old to new.
#[must_use]
pub fn write_declared(declared: &Declared, options: &Options) -> String {
    write_with(&declared.zone, |set| Own::of(declared, set), options)
}

/// What a file says about one record beside data and settings.
struct Own {
    ignored: bool,
    lenient: bool,
    targets: Targets,
    hint: Hint,
}

impl Own {
    /// What `declared` says; `None` where that is nothing.
    fn of(declared: &Declared, set: &SetRef<'_>) -> Option<Self> {
        let sets = declared.ignored.len() + declared.lenient.len() + declared.targets.len();
        if sets + declared.hints.len() == 0 {
            return None;
        }
        let key = set.key();
        let own = Self {
            ignored: declared.ignored.contains(&key),
            lenient: declared.lenient.contains(&key),
            targets: declared.targets.get(&key).cloned().unwrap_or_default(),
            hint: declared.hints.get(&key).cloned().unwrap_or_default(),
        };
        let silent = !own.ignored && !own.lenient && own.targets == Targets::default() && own.hint.is_empty();
        (!silent).then_some(own)
    }
}

/// The keys and values of one record.
pub(super) fn record_of(declared: &Declared, set: &SetRef<'_>, options: &Options) -> Vec<(String, Out)> {
    match record(set, Own::of(declared, set), options) {
        Out::Map(pairs) => pairs,
        Out::Text(_) | Out::Raw(_) | Out::List(_) => Vec::new(),
    }
}

fn write_with(zone: &Zone, says: impl Fn(&SetRef<'_>) -> Option<Own>, options: &Options) -> String {
    let mut text = String::from(START);
    write_names(zone, says, options, |_, lines| text.push_str(lines));
    if zone.is_empty() {
        text.push_str(NOTHING);
    }
    text
}

/// What every file begins with.
pub(super) const START: &str = "---\n";
/// What a file without records holds.
pub(super) const NOTHING: &str = "{}\n";

/// As [`write_declared`], one owner name after the other: each name as files write it, and its lines.
pub(super) fn write_each(declared: &Declared, options: &Options, take: impl FnMut(&str, &str)) {
    write_names(&declared.zone, |set| Own::of(declared, set), options, take);
}

fn write_names(
    zone: &Zone,
    says: impl Fn(&SetRef<'_>) -> Option<Own>,
    options: &Options,
    mut take: impl FnMut(&str, &str),
) {
    let mut names: Vec<(String, Vec<SetRef<'_>>)> = Vec::new();
    let mut last: Option<Name> = None;
    for set in zone.sets() {
        let name = set.name();
        match names.last_mut() {
            Some((_, sets)) if last.as_ref() == Some(&name) => sets.push(set),
            _ => names.push((owner_text(&name, zone.apex()), vec![set])),
        }
        last = Some(name);
    }
    names.sort_by(|a, b| natural::compare(&natural::decomposed(&a.0), &natural::decomposed(&b.0)));
    let mut text = String::new();
    for (name, mut sets) in names {
        text.clear();
        sets.sort_by_cached_key(|set| (set.rtype().to_string(), set.set_id().cloned()));
        let mut records: Vec<Out> = sets.iter().map(|set| record(set, says(set), options)).collect();
        write_text(&mut text, &name);
        text.push(':');
        match records.pop() {
            Some(only) if records.is_empty() => only.write(&mut text, 2),
            Some(last) => {
                records.push(last);
                Out::List(records).write(&mut text, 0);
            }
            None => text.push_str(" []\n"),
        }
        take(&name, &text);
    }
}

/// The name as a file writes it: in Unicode where that reads back as the same name.
pub(super) fn owner_text(name: &Name, apex: &Name) -> String {
    let ascii = name.relative_to(apex);
    if !ascii.to_ascii_lowercase().contains("xn--") {
        return ascii;
    }
    let depth = name.label_count() - apex.label_count();
    let unicode = name.to_unicode();
    let unicode = unicode.split('.').take(depth).collect::<Vec<_>>().join(".");
    match Name::parse_unicode(&unicode, Some(apex)) {
        Ok(again) if again.wire() == name.wire() => unicode,
        _ => ascii,
    }
}

fn record(set: &SetRef<'_>, own: Option<Own>, options: &Options) -> Out {
    let mut pairs = vec![("type".to_owned(), Out::Text(set.rtype().to_string()))];
    let seconds = |key: &str, ttl: Ttl| (key.to_owned(), Out::Raw(ttl.to_string()));
    let said = Some(set.ttl()).filter(|ttl| *ttl != options.default_ttl);
    match (said, own.as_ref().and_then(|own| own.hint.stage)) {
        (said, Some(stage)) => {
            let value = said.map(|ttl| seconds("value", ttl));
            let both = value.into_iter().chain([seconds("stage", stage)]);
            pairs.push(("ttl".to_owned(), Out::Map(both.collect())));
        }
        (Some(ttl), None) => pairs.push(seconds("ttl", ttl)),
        (None, None) => {}
    }
    let mut values: Vec<Out> =
        set.rdatas().map(|wire| value(set.rtype(), wire, options.semicolons)).collect();
    match values.pop() {
        // A list under `value` would be a list of values.
        Some(only) if values.is_empty() && !matches!(only, Out::List(_)) => {
            pairs.push(("value".to_owned(), only))
        }
        Some(last) => {
            values.push(last);
            pairs.push(("values".to_owned(), Out::List(values)));
        }
        None => {}
    }
    settings(set, own, &mut pairs);
    Out::Map(pairs)
}

/// Settings where reading looks for them: beside the type, or under `octodns:`.
fn settings(set: &SetRef<'_>, own: Option<Own>, pairs: &mut Vec<(String, Out)>) {
    let mut core: Vec<(String, Out)> = Vec::new();
    let mut ours: Vec<(String, Out)> = Vec::new();
    for (key, value) in set.settings().into_iter().flat_map(|settings| &settings.0) {
        match (key.as_str(), value) {
            ("dnsure", Value::Object(pairs)) => {
                ours.extend(pairs.iter().map(|(key, value)| (key.clone(), Out::of_json(value))));
            }
            ("dynamic" | "geo", _) => pairs.push((key.clone(), Out::of_json(value))),
            _ => core.push((key.clone(), Out::of_json(value))),
        }
    }
    if let Some(id) = set.set_id() {
        ours.push(("set".to_owned(), Out::Text(id.to_string())));
    }
    if let Some(own) = own {
        if let Some(stand_in) = own.hint.stand_in {
            let text = rdata::to_text(set.rtype(), stand_in.wire());
            ours.push((STAND_IN.to_owned(), Out::Text(text)));
        }
        let list = |ids: Vec<String>| Out::List(ids.into_iter().map(Out::Text).collect());
        let flags = [("ignored", own.ignored), ("lenient", own.lenient)];
        core.extend(
            flags.into_iter().filter(|(_, on)| *on).map(|(key, _)| (key.to_owned(), Out::Raw("true".into()))),
        );
        for (key, ids) in [("included", own.targets.included), ("excluded", own.targets.excluded)] {
            if !ids.is_empty() {
                core.push((key.to_owned(), list(ids)));
            }
        }
    }
    for (key, inner) in [("octodns", core), ("dnsure", ours)] {
        if !inner.is_empty() {
            pairs.push((key.to_owned(), Out::Map(inner)));
        }
    }
}

fn value(rtype: RecordType, wire: &[u8], semicolons: Semicolons) -> Out {
    let input = rdata::to_fields(rtype, wire);
    if matches!(rtype, RecordType::TXT | RecordType::SPF) {
        let exact = || Out::Map(vec![(RDATA_KEY.to_owned(), Out::Text(rdata::to_text(rtype, wire)))]);
        return match input {
            FieldInput::Scalar(text) => written(&text, semicolons).map_or_else(exact, Out::Text),
            // In exact strings quotes mean themselves; only `\;` would be read.
            FieldInput::List(items) => {
                let strings = items.iter().map(|item| match item {
                    FieldInput::Scalar(text) if !text.contains("\\;") => Some(Out::Text(text.clone())),
                    _ => None,
                });
                match strings.collect::<Option<Vec<Out>>>() {
                    Some(strings) if !wire.contains(&b';') => Out::List(strings),
                    _ => exact(),
                }
            }
            FieldInput::Map(_) | FieldInput::Null => exact(),
        };
    }
    out(rtype, None, input)
}

fn out(rtype: RecordType, key: Option<&str>, input: FieldInput) -> Out {
    match input {
        FieldInput::Null => Out::Raw("null".into()),
        FieldInput::Scalar(text) if is_number(rtype, key) && reads_as_number(&text) => Out::Raw(text),
        FieldInput::Scalar(text) => Out::Text(text),
        FieldInput::List(items) => Out::List(items.into_iter().map(|item| out(rtype, key, item)).collect()),
        FieldInput::Map(pairs) => Out::Map(
            pairs
                .into_iter()
                .map(|(key, value)| {
                    let value = out(rtype, Some(&key), value);
                    (key, value)
                })
                .collect(),
        ),
    }
}

fn reads_as_number(text: &str) -> bool {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    super::scalar::is_decimal(whole)
        && !fraction.is_empty()
        && fraction.bytes().all(|byte| byte.is_ascii_digit())
}

/// Writes a zone as JSON: name, type, TTL, values in presentation format, settings.
///
/// # Errors
/// Whatever `out` says.
pub fn write_json(zone: &Zone, mut out: impl std::io::Write) -> std::io::Result<()> {
    let apex = zone.apex().to_string();
    write!(out, "{{\"zone\":{},\"records\":[", serde_json::to_string(&apex)?)?;
    for (index, set) in zone.sets().enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        let rtype = set.rtype();
        let values: Vec<String> = set.rdatas().map(|wire| rdata::to_text(rtype, wire)).collect();
        let mut record = serde_json::json!({
            "name": set.name().to_string(),
            "type": rtype.to_string(),
            "ttl": set.ttl().as_secs(),
            "values": values,
        });
        if let Some(id) = set.set_id() {
            record["set_id"] = Value::from(&**id);
        }
        if let Some(settings) = set.settings() {
            record["settings"] = serde_json::to_value(settings)?;
        }
        write!(out, "\n{record}")?;
    }
    out.write_all(b"\n]}\n")
}
