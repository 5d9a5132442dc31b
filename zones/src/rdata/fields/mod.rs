//! The form of record data in octoDNS's YAML, free of YAML itself.

use super::table::{Field, Row, row};
use super::text::{self, Names};
use super::{Kind, apl, bitmap, loc, plain, strings, svcb, wire};
use crate::{Name, RecordType};
use std::net::IpAddr;

mod write;

pub use write::to_fields;

/// A value as YAML holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FieldInput {
    /// Nothing.
    Null,
    /// Text or number, as written.
    Scalar(String),
    /// A sequence.
    List(Vec<FieldInput>),
    /// A mapping, in the order of the file.
    Map(Vec<(String, FieldInput)>),
}

/// What is wrong with a value, and where in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Keys and indexes from the value's root; empty for the value itself.
    pub path: Vec<String>,
    /// What is wrong, one line.
    pub message: String,
    /// How to mend it.
    pub help: Option<String>,
}

/// The key under which any value may stand in presentation format.
pub const RDATA_KEY: &str = "rdata";

/// Reads one value of a record: octoDNS's form, or `{rdata: presentation format}` for any
/// type, or presentation format as it is for types with several fields and for types
/// without a row.
///
/// Names are absolute with or without a final dot, as in octoDNS; see
/// [`missing_final_dot`]. Text fields beside others (CAA, NAPTR, URI …) and service
/// parameters hold what stands between the quotes in presentation format, escapes and all,
/// because octoDNS passes them on so. TXT and its like take text that is already unescaped
/// and cut it into strings of 255 octets; a list gives the exact strings. `origin` is the
/// zone, for messages.
///
/// # Errors
/// Everything that is wrong, each with its place.
pub fn from_fields(rtype: RecordType, input: &FieldInput, origin: &Name) -> Result<Vec<u8>, Vec<FieldError>> {
    let mut errors = Vec::new();
    let wire = match (row(rtype), input) {
        (_, FieldInput::Null) => Err(vec![error(&[], format!("{rtype} has no value"), None)]),
        (_, FieldInput::Map(pairs)) if is_rdata(pairs) => match &pairs[0].1 {
            FieldInput::Scalar(text) => presentation(rtype, text, origin, &[RDATA_KEY]),
            _ => Err(vec![error(&[RDATA_KEY], "rdata takes one text".into(), None)]),
        },
        (None, FieldInput::Scalar(text)) => presentation(rtype, text, origin, &[]),
        (None, _) => {
            let help = Some("write `\\# length hex`, as `\\# 4 0A000001` (RFC 3597 5)".into());
            Err(vec![error(&[], format!("{rtype} takes one text"), help)])
        }
        (Some(row), input) if row.is_plain() => {
            let mut out = Vec::new();
            let mut value =
                Value { row, path: Vec::new(), names: Names::Yaml { zone: origin }, errors: &mut errors };
            value.read(&row.fields[0], input, &mut out);
            Ok(out)
        }
        (Some(row), FieldInput::Map(pairs)) => {
            let mut out = Vec::new();
            let mut mapping = Mapping {
                row,
                pairs,
                used: vec![false; pairs.len()],
                prefix: Vec::new(),
                errors: &mut errors,
            };
            mapping.row_fields(origin, &mut out);
            Ok(out)
        }
        (Some(_), FieldInput::Scalar(text)) => presentation(rtype, text, origin, &[]),
        (Some(row), FieldInput::List(_)) => {
            Err(vec![error(&[], format!("{rtype} takes one mapping per value"), Some(keys_help(row)))])
        }
    }?;
    if !errors.is_empty() {
        return Err(errors);
    }
    wire::check(rtype, &wire).map_err(|problem| vec![error(&[], problem.message, None)])?;
    Ok(wire)
}

fn is_rdata(pairs: &[(String, FieldInput)]) -> bool {
    matches!(pairs, [(key, _)] if key == RDATA_KEY)
}

fn error(path: &[&str], message: String, help: Option<String>) -> FieldError {
    FieldError { path: path.iter().map(|part| (*part).to_owned()).collect(), message, help }
}

fn presentation(
    rtype: RecordType,
    text: &str,
    origin: &Name,
    path: &[&str],
) -> Result<Vec<u8>, Vec<FieldError>> {
    text::parse_with(rtype, text, Names::Yaml { zone: origin })
        .map_err(|problem| vec![error(path, problem.message, row(rtype).map(keys_help))])
}

/// How a value of this type looks in YAML.
fn keys_help(row: &Row) -> String {
    let example = row.examples.first().copied().unwrap_or_default();
    if row.is_plain() {
        return format!("a {} value is plain, as `{example}`", row.rtype);
    }
    format!("a {} value has the keys {}", row.rtype, keys(row).join(", "))
}

/// The YAML keys of a value.
fn keys(row: &Row) -> Vec<&'static str> {
    match row.fields {
        [Field { kind: Kind::Location, .. }] => loc::KEYS.to_vec(),
        fields => fields.iter().map(|field| field.key).collect(),
    }
}

/// A mapping whose keys are being read; collects what is wrong with them.
pub(super) struct Mapping<'a> {
    row: &'static Row,
    pairs: &'a [(String, FieldInput)],
    used: Vec<bool>,
    prefix: Vec<String>,
    errors: &'a mut Vec<FieldError>,
}

impl<'a> Mapping<'a> {
    pub(super) fn pairs(&self) -> &'a [(String, FieldInput)] {
        self.pairs
    }

    pub(super) fn problem(&mut self, key: &str, message: String) {
        self.problem_at(&[key], message);
    }

    pub(super) fn problem_at(&mut self, path: &[&str], message: String) {
        let mut full = self.prefix.clone();
        full.extend(path.iter().map(|part| (*part).to_owned()));
        self.errors.push(FieldError { path: full, message, help: None });
    }

    fn take(&mut self, key: &str, alias: Option<&str>) -> Option<(&'a str, &'a FieldInput)> {
        let mut found = None;
        for (index, (name, input)) in self.pairs.iter().enumerate() {
            if name == key || alias == Some(name) {
                self.used[index] = true;
                if let Some((first, other)) = found
                    && other != input
                {
                    self.problem(
                        name,
                        format!("{name} and {first} are the same field with different values"),
                    );
                }
                found = found.or(Some((name.as_str(), input)));
            }
        }
        found
    }

    /// A field with one plain value; reports it when it is missing or something else.
    pub(super) fn scalar(
        &mut self,
        key: &str,
        alias: Option<&str>,
        default: Option<&str>,
        kind: Kind,
    ) -> Option<String> {
        match self.take(key, alias) {
            Some((_, FieldInput::Scalar(text))) => Some(text.clone()),
            None => self.missing(key, default),
            Some((name, _)) => {
                self.problem(name, format!("{name} takes one value: {}", kind.expected()));
                None
            }
        }
    }

    fn missing(&mut self, key: &str, default: Option<&str>) -> Option<String> {
        if default.is_none() {
            let error = FieldError {
                path: self.prefix.clone(),
                message: format!("{key} is missing"),
                help: Some(keys_help(self.row)),
            };
            self.errors.push(error);
        }
        default.map(str::to_owned)
    }

    fn row_fields(&mut self, origin: &Name, out: &mut Vec<u8>) {
        if let [Field { kind: Kind::Location, .. }] = self.row.fields {
            loc::from_fields(self, out);
            self.unknown_keys();
            return;
        }
        let old = self
            .row
            .old_form
            .as_ref()
            .filter(|old| self.pairs.iter().any(|(key, _)| old.marks.contains(&key.as_str())));
        for (index, field) in self.row.fields.iter().enumerate() {
            let (key, alias) = match old {
                Some(old) => (old.keys[index], None),
                None => (field.key, field.alias),
            };
            let default;
            let (name, input) = match self.take(key, alias) {
                Some(found) => found,
                None => match self.missing(key, field.default) {
                    Some(text) if field.kind == Kind::ServiceParams && text.is_empty() => continue,
                    Some(text) => {
                        default = FieldInput::Scalar(text);
                        (key, &default)
                    }
                    None => continue,
                },
            };
            let start = out.len();
            let mut value = Value {
                row: self.row,
                path: [self.prefix.as_slice(), &[name.to_owned()]].concat(),
                names: Names::Yaml { zone: origin },
                errors: self.errors,
            };
            value.read(field, input, out);
            if field.kind == Kind::ServiceParams {
                let priority = plain::number(&out[..start.min(2)]);
                for (key, message) in svcb::contradictions(priority, &out[start..]) {
                    let path: Vec<&str> = std::iter::once(name).chain(key.as_deref()).collect();
                    self.problem_at(&path, message);
                }
            }
        }
        self.unknown_keys();
    }

    fn unknown_keys(&mut self) {
        for index in 0..self.pairs.len() {
            if self.used[index] {
                continue;
            }
            let name = self.pairs[index].0.as_str();
            let mut known = keys(self.row);
            known.extend(self.row.fields.iter().filter_map(|field| field.alias));
            let near = known
                .iter()
                .map(|key| (strsim::damerau_levenshtein(key, name), *key))
                .min()
                .filter(|(distance, key)| *distance <= 1 + key.len() / 4);
            let help = match near {
                Some((_, key)) => format!("did you mean `{key}`?"),
                None => keys_help(self.row),
            };
            let mut path = self.prefix.clone();
            path.push(name.to_owned());
            let message = format!("`{name}` is no key of {}", self.row.rtype);
            self.errors.push(FieldError { path, message, help: Some(help) });
        }
    }
}

/// One field that is being read.
struct Value<'a> {
    row: &'static Row,
    path: Vec<String>,
    names: Names<'a>,
    errors: &'a mut Vec<FieldError>,
}

impl Value<'_> {
    fn problem(&mut self, message: String, help: Option<String>) {
        self.errors.push(FieldError { path: self.path.clone(), message, help });
    }

    /// Appends the wire form of `input`, or reports what is wrong with it.
    fn read(&mut self, field: &Field, input: &FieldInput, out: &mut Vec<u8>) {
        match (field.kind, input) {
            (Kind::ServiceParams, FieldInput::Null) => {}
            (Kind::ServiceParams, FieldInput::Map(pairs)) => {
                let prefix = self.path.clone();
                let mut mapping =
                    Mapping { row: self.row, pairs, used: Vec::new(), prefix, errors: self.errors };
                svcb::from_fields(&mut mapping, out);
            }
            (Kind::Strings, FieldInput::List(items)) => self.strings(field, items, out),
            (Kind::Types | Kind::Prefixes, FieldInput::List(items)) => {
                let texts: Vec<(Option<usize>, &FieldInput)> =
                    items.iter().enumerate().map(|(index, item)| (Some(index), item)).collect();
                self.list(field, &texts, out);
            }
            (Kind::Types | Kind::Prefixes, FieldInput::Scalar(text)) => {
                let words: Vec<FieldInput> =
                    text.split_whitespace().map(|word| FieldInput::Scalar(word.into())).collect();
                let words: Vec<(Option<usize>, &FieldInput)> =
                    words.iter().map(|word| (None, word)).collect();
                self.list(field, &words, out);
            }
            (_, FieldInput::Scalar(text)) => self.scalar(field, text, out),
            (kind, _) => {
                let message = format!("{} takes {}", field.key, kind.expected());
                self.problem(message, Some(keys_help(self.row)));
            }
        }
    }

    fn scalar(&mut self, field: &Field, text: &str, out: &mut Vec<u8>) {
        let result = match field.kind {
            Kind::Name => return self.name(field, text, out),
            Kind::Strings => {
                strings::push_chunks(text.as_bytes(), out);
                Ok(())
            }
            Kind::Tag if !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Err(format!("`{text}` may hold only letters and digits (RFC 8659 4.1.1)"))
            }
            Kind::String | Kind::Tag | Kind::LongString | Kind::Text { .. } => {
                let mut bytes = Vec::with_capacity(text.len());
                strings::resolve(text.as_bytes(), &mut bytes).map_err(str::to_owned).and_then(|()| {
                    if field.caseless && field.kind == Kind::String {
                        // octoDNS writes the flags of NAPTR in capitals.
                        bytes.make_ascii_uppercase();
                    }
                    text::push_text(field.kind, &bytes, out)
                })
            }
            Kind::Integer { .. } | Kind::Period => number(field.kind, text, out),
            Kind::Hex { .. } | Kind::Base64 { .. } => {
                let joined: String = text.split_whitespace().collect();
                plain::read(field.kind, &joined, out).unwrap_or(Ok(()))
            }
            kind => match plain::read(kind, text, out) {
                Some(result) => result,
                None => Err(format!("takes {}", kind.expected())),
            },
        };
        if let Err(problem) = result {
            self.problem(format!("{} {problem}", field.key), None);
        }
    }

    fn name(&mut self, field: &Field, text: &str, out: &mut Vec<u8>) {
        let bare = text.strip_suffix('.').unwrap_or(text);
        let (problem, help) = if text.is_empty() {
            ("is empty".to_owned(), "write a domain name, or `.` for none".to_owned())
        } else if bare.parse::<IpAddr>().is_ok() {
            let help = "a name stands here; an address belongs in an A or AAAA record of that name";
            (format!("`{text}` is an IP address"), help.into())
        } else if let Some(bad) = text.chars().find(|letter| letter.is_whitespace() || letter.is_control()) {
            (
                format!("`{}` holds white space", text.escape_debug()),
                format!("write \\{:03} if you mean it", bad as u32),
            )
        } else {
            match self.names.read(text.as_bytes(), out) {
                Ok(()) => return,
                Err(problem) => return self.problem(format!("{} {problem}", field.key), None),
            }
        };
        self.problem(format!("{} {problem}", field.key), Some(help));
    }

    fn strings(&mut self, field: &Field, items: &[FieldInput], out: &mut Vec<u8>) {
        if items.is_empty() {
            self.problem(format!("{} has an empty list", field.key), None);
        }
        for (index, item) in items.iter().enumerate() {
            let result = match item {
                FieldInput::Scalar(text) => strings::push_string(text.as_bytes(), out),
                _ => Err("takes a list of plain texts".into()),
            };
            if let Err(problem) = result {
                self.path.push(index.to_string());
                self.problem(format!("{} {problem}", field.key), None);
                self.path.pop();
            }
        }
    }

    fn list(&mut self, field: &Field, items: &[(Option<usize>, &FieldInput)], out: &mut Vec<u8>) {
        let mut codes = Vec::new();
        for (index, item) in items {
            let result = match (item, field.kind) {
                (FieldInput::Scalar(text), Kind::Types) => bitmap::code(text).map(|code| codes.push(code)),
                (FieldInput::Scalar(text), _) => apl::push(text, out),
                _ => Err(format!("takes {}", field.kind.expected())),
            };
            if let Err(problem) = result {
                self.path.extend(index.map(|index| index.to_string()));
                self.problem(format!("{} {problem}", field.key), None);
                self.path.truncate(self.path.len() - usize::from(index.is_some()));
            }
        }
        bitmap::push(&mut codes, out);
    }
}

fn number(kind: Kind, text: &str, out: &mut Vec<u8>) -> Result<(), String> {
    // octoDNS takes a YAML number such as `10.0` too.
    let digits = text.strip_suffix(".0").unwrap_or(text);
    if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let meant = digits.trim_start_matches('0');
        let meant = if meant.is_empty() { "0" } else { meant };
        return Err(format!(
            "{text} starts with 0, which YAML 1.1 reads as octal: write {meant} if you mean that"
        ));
    }
    plain::read(kind, digits, out).unwrap_or(Ok(()))
}

/// The places in `input` where a domain name stands without a final dot. [`from_fields`]
/// takes it as absolute, as octoDNS does; people often mean it relative.
#[must_use]
pub fn missing_final_dot(rtype: RecordType, input: &FieldInput) -> Vec<Vec<String>> {
    let Some(row) = row(rtype) else { return Vec::new() };
    let lacks = |input: &FieldInput| matches!(input, FieldInput::Scalar(text) if !ends_with_dot(text));
    let mut found = Vec::new();
    for field in row.fields.iter().filter(|field| field.kind == Kind::Name) {
        match input {
            FieldInput::Map(pairs) => {
                let named = pairs.iter().filter(|(key, _)| key == field.key || field.alias == Some(key));
                found.extend(named.filter(|(_, value)| lacks(value)).map(|(key, _)| vec![key.clone()]));
            }
            other if row.is_plain() && lacks(other) => found.push(Vec::new()),
            _ => {}
        }
    }
    found
}

fn ends_with_dot(text: &str) -> bool {
    let Some(front) = text.strip_suffix('.') else { return false };
    // An escaped dot is part of the last label.
    let backslashes = front.bytes().rev().take_while(|byte| *byte == b'\\').count();
    backslashes % 2 == 0
}
