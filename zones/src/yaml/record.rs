//! From one record of a zone file to wire form.

use super::hint::{self, Hint, STAND_IN};
use super::node::{Entry, Kind, Node, closest};
use super::owner::hazard;
use super::settings::{Core, json, unknown_record_key};
use super::txt::{Text, Texts, chunks};
use crate::diagnostic::{Diagnostic, Diagnostics, Position, Problem, Span};
use crate::rdata::{self, FieldError, FieldInput, Row};
use crate::{Name, RecordType, Ttl};
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

/// The keys of a record.
const KEYS: &[&str] = &["dnsure", "dynamic", "geo", "octodns", "ttl", "type", "value", "values"];

/// What every record of a zone needs.
pub(super) struct Context<'a> {
    pub(super) apex: &'a Name,
    pub(super) default_ttl: Ttl,
    pub(super) lenient: bool,
    pub(super) namespaces: &'a [String],
}

/// One record set as a file declares it.
pub(super) struct Record {
    pub(super) rtype: RecordType,
    pub(super) set_id: Option<Arc<str>>,
    pub(super) ttl: Ttl,
    /// Wire forms and where they stand.
    pub(super) values: Vec<(Vec<u8>, Position)>,
    /// Where it stands, when it has no values because a provider makes the answers.
    pub(super) bare: Option<Position>,
    pub(super) core: Core,
    pub(super) hint: Hint,
    /// The place for messages about the record as a whole.
    pub(super) place: Span,
}

/// Reads one record. What is wrong is in `found` then; the record is what remains of it,
/// so that it can still be compared with others.
pub(super) fn read(
    owner: &Name,
    key: &Node,
    node: &Node,
    alone: bool,
    context: &Context<'_>,
    texts: &mut Texts,
    found: &mut Diagnostics,
) -> Option<Record> {
    let Some(entries) = node.entries() else {
        found.push(node.unexpected("a record (a mapping with `type` and `value` or `values`)"));
        return None;
    };
    // What `lenient` turns into warnings waits until the record has said whether it is.
    let mut soft = Vec::new();
    let mut core = Core { lenient: context.lenient, ..Core::default() };
    let mut fields = Fields::default();
    for entry in entries {
        let Entry { key, value } = entry;
        match key.text().unwrap_or_default() {
            "type" => fields.rtype = Some(value),
            "ttl" => fields.ttl = Some(value),
            "value" => fields.value = Some((key, value)),
            "values" => fields.values = Some((key, value)),
            "octodns" => {
                core.read(value, context.namespaces, &mut soft, found);
                if let Some(entry) = value.entry("dnsure").filter(|entry| entry.value.entries().is_some()) {
                    fields.own(entry, found);
                }
            }
            name @ ("dynamic" | "geo" | "dnsure") => {
                if value.is_null() {
                    found.push(value.warning("empty-settings", format!("`{name}:` is empty")));
                } else if value.entries().is_none() {
                    found.push(value.unexpected("a mapping"));
                } else {
                    let settings = json(value, found);
                    core.settings.0.insert(name.to_owned(), settings);
                    if name == "dnsure" {
                        fields.own(entry, found);
                    }
                }
            }
            other => {
                fields.misspelt.extend(closest(other, ["type", "value", "values"]));
                soft.push(unknown_record_key(key, KEYS, context.namespaces));
            }
        }
    }
    let (ttl, stage) = match fields.ttl {
        Some(node) => hint::ttls(node, context.default_ttl, &mut soft, found),
        None => (context.default_ttl, None),
    };
    let own = fields.own.map(|entry| &entry.value);
    soft.extend(own.into_iter().flat_map(hint::misspelt));
    let mut record = None;
    match fields.rtype(key, alone, &mut soft) {
        Err(_) if fields.misspelt.contains(&"type") => {}
        Err(error) => found.push(error),
        Ok(rtype) => {
            let place = match fields.rtype {
                Some(node) if !alone => node.span(),
                _ => key.span(),
            };
            let row = rdata::row(rtype);
            let mut reader = Values { rtype, row, context, texts, soft: &mut soft, found };
            reader.allowed_here(owner, fields.rtype.unwrap_or(node));
            let bare = (fields.value.is_none() && fields.values.is_none() && core.makes_answers())
                .then(|| fields.rtype.unwrap_or(key).position());
            let values = if bare.is_some() { Vec::new() } else { reader.read(&fields, key) };
            let stand_in = own.and_then(|own| hint::stand_in(own, rtype, &values, context, found));
            let set_id = set_id(&mut core);
            let hint = Hint { stand_in, stage };
            record = Some(Record { rtype, set_id, ttl, values, bare, core, hint, place });
        }
    }
    let lenient = record.as_ref().map_or(context.lenient, |record| record.core.lenient);
    found.extend(soft.into_iter().map(|found| if lenient { found.downgraded() } else { found }));
    record
}

/// `dnsure: {set: id}` tells weighted and geo sets of one name and type apart. Neither it
/// nor the stand-in, which has been read, is a setting that could differ from live.
fn set_id(core: &mut Core) -> Option<Arc<str>> {
    let Some(Value::Object(own)) = core.settings.0.get_mut("dnsure") else { return None };
    let hinted = own.remove(STAND_IN).is_some();
    let id = match own.get("set") {
        Some(Value::String(id)) => Some(Arc::from(id.as_str())),
        _ => None,
    };
    if id.is_some() {
        own.remove("set");
    }
    if own.is_empty() && (hinted || id.is_some()) {
        core.settings.0.remove("dnsure");
    }
    id
}

/// The values of a record's keys.
#[derive(Default)]
struct Fields<'n> {
    rtype: Option<&'n Node>,
    ttl: Option<&'n Node>,
    value: Option<(&'n Node, &'n Node)>,
    values: Option<(&'n Node, &'n Node)>,
    /// `dnsure` and the mapping under it.
    own: Option<&'n Entry>,
    /// What unknown keys are probably meant to be: that they are missing is no second mistake.
    misspelt: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// Keeps `dnsure`, which may stand here and under `octodns:`, though not in both places.
    fn own(&mut self, entry: &'n Entry, found: &mut Diagnostics) {
        if let Some(first) = self.own.replace(entry) {
            let error = entry.key.error("dnsure-twice", "this record has `dnsure` twice");
            let error = error.with_related(first.key.span(), "first here");
            found.push(error.with_help("put all of it into `dnsure:` beside the type"));
        }
    }

    fn rtype(&self, key: &Node, alone: bool, soft: &mut Vec<Diagnostic>) -> Result<RecordType, Problem> {
        let missing = |node: &Node| {
            let error = node.error("missing-type", "this record has no `type`");
            error.with_help("write for example `type: A`")
        };
        let Some(node) = self.rtype else {
            let anchor = self.value.or(self.values).map_or(key, |(key, _)| key);
            return Err(missing(if alone { key } else { anchor }).into());
        };
        let Some(text) = node.text().filter(|_| !node.is_null()) else {
            return Err(if node.is_null() { missing(node) } else { node.unexpected("a record type") }.into());
        };
        let Ok(rtype) = text.parse::<RecordType>() else {
            let error = node.error("unknown-type", format!("unknown record type `{text}`"));
            let common = RecordType::mnemonics()
                .filter(|text| text.parse().is_ok_and(|rtype: RecordType| rdata::row(rtype).is_some()));
            return Err(match closest(text, common) {
                Some(meant) => error.with_help(format!("did you mean `{meant}`?")),
                None => error.with_help("types without a name are written TYPE and their number (RFC 3597)"),
            }
            .into());
        };
        if rtype.is_meta() {
            let message = format!("{rtype} is a type of questions and messages, not of zone data");
            return Err(node.error("unknown-type", message).into());
        }
        if rtype.mnemonic() != Some(text) && !text.starts_with("TYPE") {
            let shown = rtype.to_string();
            let error = node.error("unknown-type", format!("unknown record type `{text}`"));
            soft.push(error.with_help(format!("types are written in capitals: `{shown}`")));
        }
        Ok(rtype)
    }
}

struct Values<'a, 'c> {
    rtype: RecordType,
    row: Option<&'static Row>,
    context: &'a Context<'c>,
    texts: &'a mut Texts,
    soft: &'a mut Vec<Diagnostic>,
    found: &'a mut Diagnostics,
}

impl Values<'_, '_> {
    fn allowed_here(&mut self, owner: &Name, node: &Node) {
        let rtype = self.rtype;
        let at_apex = owner == self.context.apex;
        if at_apex && rtype == RecordType::CNAME {
            let message =
                "a CNAME cannot stand at the zone's own name, where SOA and NS must be (RFC 1034 3.6.2)";
            self.soft.push(
                node.error("cname-at-apex", message).with_help("an ALIAS may do, where the provider has it"),
            );
        } else if at_apex && rtype == RecordType::DS {
            let message = "DS belongs in the parent zone, not at the zone's own name (RFC 4035 2.4)";
            self.soft.push(
                node.error("ds-at-apex", message).with_help("give it to the registrar or the parent zone"),
            );
        } else if rtype.is_server_kept() {
            let message = format!("{rtype} is kept by the server itself; declaring it has no effect");
            self.found.push(node.warning("server-kept", message));
        }
    }

    fn read(&mut self, fields: &Fields<'_>, key: &Node) -> Vec<(Vec<u8>, Position)> {
        let chosen = match (fields.value, fields.values) {
            (Some((value_key, _)), Some((values_key, values))) => {
                let error = value_key.error("value-and-values", "this record has both `value` and `values`");
                let error = error.with_related(values_key.span(), "and here");
                self.soft.push(error.with_help("keep one of them; octoDNS would ignore `value`"));
                Some(values)
            }
            (value, values) => values.or(value).map(|(_, node)| node),
        };
        let missing = |node: &Node, rtype: RecordType| {
            let error = node.error("missing-value", format!("this {rtype} record has no value"));
            error.with_help("write `value:` for one, `values:` for several")
        };
        let Some(chosen) = chosen else {
            if fields.misspelt.iter().any(|meant| meant.starts_with("value")) {
                return Vec::new();
            }
            self.found.push(missing(fields.rtype.unwrap_or(key), self.rtype));
            return Vec::new();
        };
        let items = chosen.one_or_many();
        if items.is_empty() || chosen.is_null() {
            self.found.push(missing(chosen, self.rtype));
            return Vec::new();
        }
        if let [_, second, ..] = items
            && self.rtype.is_single()
        {
            let message = format!("{} takes one value (RFC 2181 10.1), this has {}", self.rtype, items.len());
            self.found.push(second.error("one-value", message));
            return Vec::new();
        }
        let mut values = Vec::with_capacity(items.len());
        let mut known: HashSet<Vec<u8>> = HashSet::new();
        for item in items {
            let Some(wire) = self.value(item) else { continue };
            if items.len() > 1 && !known.insert(rdata::canonical(self.rtype, &wire).into_owned()) {
                let text = rdata::to_text(self.rtype, &wire);
                let message = format!("the value `{text}` is here twice and counts once");
                self.found.push(item.warning("duplicate-value", message));
                continue;
            }
            values.push((wire, item.position()));
        }
        values
    }

    /// The wire form of one value.
    fn value(&mut self, node: &Node) -> Option<Vec<u8>> {
        if node.is_null() {
            let message = format!("this {} record has an empty value", self.rtype);
            self.found.push(node.error("missing-value", message));
            return None;
        }
        let errors = self.found.errors();
        self.hazards(node, None);
        if self.found.errors() > errors {
            return None;
        }
        let input = match self.input(node) {
            Ok(Text::Input(input)) => input,
            Ok(Text::Bytes(bytes)) => return Some(chunks(&bytes)),
            Err(error) => {
                self.found.push(error);
                return None;
            }
        };
        match rdata::from_fields(self.rtype, &input, self.context.apex) {
            Ok(wire) => {
                if self.row.is_some_and(Row::has_names) {
                    self.final_dots(node, &input);
                }
                Some(wire)
            }
            Err(mut errors) => {
                // A misspelled key is one mistake, not also a missing one.
                let meant: Vec<String> = errors.iter().filter_map(meant).collect();
                errors.retain(|error| !meant.iter().any(|key| error.message == format!("{key} is missing")));
                for error in errors {
                    let found = self.located(node, error);
                    self.found.push(found);
                }
                None
            }
        }
    }

    fn input(&mut self, node: &Node) -> Result<Text, Problem> {
        if matches!(self.rtype, RecordType::TXT | RecordType::SPF) {
            match &node.kind {
                Kind::Scalar(text, _) => return self.texts.read(node, text, self.soft),
                // Exact strings: `[[one, two]]`.
                Kind::List(items) => {
                    let mut strings = Vec::with_capacity(items.len());
                    for item in items {
                        let text = item.text().ok_or_else(|| item.unexpected("a text"))?;
                        strings
                            .push(FieldInput::Scalar(self.texts.exact(item, text, self.soft).into_owned()));
                    }
                    return Ok(Text::Input(FieldInput::List(strings)));
                }
                Kind::Map(_) => {}
            }
        }
        Ok(Text::Input(input(node)))
    }

    /// Looks for plain scalars that YAML 1.1 would change.
    fn hazards(&mut self, node: &Node, key: Option<&str>) {
        match &node.kind {
            Kind::Scalar(..) => {
                if let Some(error) = hazard(node, is_number(self.rtype, key)) {
                    self.found.push(error);
                }
            }
            Kind::List(items) => items.iter().for_each(|item| self.hazards(item, key)),
            Kind::Map(entries) => {
                entries.iter().for_each(|entry| self.hazards(&entry.value, entry.key.text()));
            }
        }
    }

    fn final_dots(&mut self, node: &Node, input: &FieldInput) {
        for path in rdata::missing_final_dot(self.rtype, input) {
            let place = descend(node, &path).0;
            let text = place.text().unwrap_or_default();
            if text.contains('.') {
                let message = format!("`{text}` has no final dot and is taken as `{text}.`");
                self.soft.push(place.warning("no-final-dot", message).with_help("end it with a dot"));
            } else {
                // octoDNS refuses these too; most people mean a name of this zone.
                let apex = self.context.apex;
                let message = format!("`{text}` could mean `{text}.` or `{text}.{apex}`");
                let error = place.error("relative-target", message);
                self.soft
                    .push(error.with_help("names in values are absolute: write all of it, with a final dot"));
            }
        }
    }

    /// A finding of the table of types with its place in the file.
    fn located(&self, node: &Node, error: FieldError) -> Diagnostic {
        let (place, key) = descend(node, &error.path);
        let place = match (key, error.path.last(), self.row) {
            (Some(key), Some(name), Some(row)) if !knows(row, name) && error.path.len() == 1 => key,
            _ => place,
        };
        let found = place.error("bad-value", format!("{}: {}", self.rtype, error.message));
        match error.help {
            Some(help) => found.with_help(help),
            None => found,
        }
    }
}

/// Whether the value under `key`, or the plain value, is a number.
pub(super) fn is_number(rtype: RecordType, key: Option<&str>) -> bool {
    let Some(row) = rdata::row(rtype) else { return false };
    if rtype == RecordType::LOC {
        return !matches!(key, Some("lat_direction" | "long_direction" | rdata::RDATA_KEY) | None);
    }
    let Some(key) = key else {
        return row.is_plain() && row.fields[0].kind.is_number();
    };
    let old = row.old_form.as_ref().and_then(|old| old.keys.iter().position(|name| *name == key));
    row.fields.iter().any(|field| (field.key == key || field.alias == Some(key)) && field.kind.is_number())
        || old.is_some_and(|at| row.fields[at].kind.is_number())
        || (key == "port" && row.fields.iter().any(|field| field.kind == rdata::Kind::ServiceParams))
}

/// The key that an unknown key is taken for.
fn meant(error: &FieldError) -> Option<String> {
    let help = error.help.as_deref()?;
    help.strip_prefix("did you mean `")?.strip_suffix("`?").map(str::to_owned)
}

fn knows(row: &Row, key: &str) -> bool {
    row.rtype == RecordType::LOC
        || row.fields.iter().any(|field| field.key == key || field.alias == Some(key))
        || row.old_form.as_ref().is_some_and(|old| old.keys.contains(&key))
}

/// The node at `path` as far as it exists, and the key it stands under.
fn descend<'n>(root: &'n Node, path: &[String]) -> (&'n Node, Option<&'n Node>) {
    let (mut node, mut key) = (root, None);
    for part in path {
        if let Some(entry) = node.entry(part) {
            (node, key) = (&entry.value, Some(&entry.key));
        } else if let Some(item) = part.parse().ok().and_then(|index: usize| node.items()?.get(index)) {
            (node, key) = (item, None);
        } else {
            break;
        }
    }
    (node, key)
}

/// A value for the table of types.
fn input(node: &Node) -> FieldInput {
    if node.is_null() {
        return FieldInput::Null;
    }
    match &node.kind {
        Kind::Scalar(text, _) => FieldInput::Scalar(text.to_string()),
        Kind::List(items) => FieldInput::List(items.iter().map(input).collect()),
        Kind::Map(entries) => FieldInput::Map(
            entries
                .iter()
                .map(|entry| (entry.key.text().unwrap_or_default().to_owned(), input(&entry.value)))
                .collect(),
        ),
    }
}

impl Texts {
    /// A string that stands for itself: only `\;` is read.
    fn exact<'t>(&mut self, node: &Node, text: &'t str, soft: &mut Vec<Diagnostic>) -> Cow<'t, str> {
        match self.semicolons(node, text, soft) {
            Some(text) => Cow::Owned(text),
            None => Cow::Borrowed(text),
        }
    }
}
