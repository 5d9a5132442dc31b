//! The panel protocol, as `docs/panel.openapi.yaml` has it.

use serde_json::{Value, json};

use super::personality::Personality;
use super::rows::{Batch, Refusal, Row, Store, refuse};
use super::state::{Settings, State};
use crate::publish::Op;
use crate::wire::{Request, Response};

/// What becomes of a request.
#[derive(Debug)]
pub(super) enum End {
    Answer(Response),
    /// The connection is closed without an answer.
    Close,
    /// The connection stays open without one.
    Silence,
}

impl End {
    pub(super) fn answer(status: u16, body: &Value) -> End {
        End::Answer(Response::json(status, body))
    }

    pub(super) fn refusal((status, words): Refusal) -> End {
        End::answer(status, &json!({ "error": words }))
    }
}

/// A request whose method and path are in the protocol.
enum Asked<'a> {
    Declaration,
    Listing,
    DraftListing,
    Create,
    Edit(&'a str),
    Delete(&'a str),
    Batch,
    Zone,
    Draft,
    DraftBatch,
    Publish,
}

impl Asked<'_> {
    /// The write units that have this request.
    fn units(&self) -> &[&str] {
        match self {
            Asked::Declaration | Asked::Listing => &[],
            Asked::Create | Asked::Delete(_) => &["record", "create-and-delete"],
            Asked::Edit(_) => &["record"],
            Asked::Batch => &["record-set", "owner-name", "zone-batch"],
            Asked::Zone => &["whole-zone"],
            Asked::Draft | Asked::DraftBatch | Asked::DraftListing | Asked::Publish => &["staged"],
        }
    }
}

pub(super) fn handle(request: &Request, settings: &Settings, state: &mut State) -> End {
    if request.token() != Some(settings.token.as_str()) {
        return End::refusal((401, "who are you?".into()));
    }
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let ["zones", zone, rest @ ..] = segments.as_slice() else {
        return End::refusal((404, format!("there is no {path}")));
    };
    let asked = match (request.method.as_str(), rest) {
        ("GET", []) => Asked::Declaration,
        ("GET", ["records"]) => Asked::Listing,
        ("GET", ["draft", "records"]) => Asked::DraftListing,
        ("POST", ["records"]) => Asked::Create,
        ("PUT", ["records"]) => Asked::Zone,
        ("PUT", ["records", id]) => Asked::Edit(id),
        ("DELETE", ["records", id]) => Asked::Delete(id),
        ("POST", ["batch"]) => Asked::Batch,
        ("POST", ["draft"]) => Asked::Draft,
        ("POST", ["draft", "batch"]) => Asked::DraftBatch,
        ("POST", ["draft", "publish"]) => Asked::Publish,
        (_, [] | ["records" | "batch" | "draft"] | ["records" | "draft", _]) => {
            return End::refusal((405, format!("{} cannot be done to {path}", request.method)));
        }
        _ => return End::refusal((404, format!("there is no {path}"))),
    };
    if state.behaviour.is_too_many() {
        let body = json!({ "error": "slow down" });
        return End::Answer(Response::json(429, &body).header("Retry-After", "0"));
    }
    let known = state.stores.iter().position(|store| store.apex.eq_ignore_ascii_case(zone));
    let Some(at) = known else {
        return End::refusal((404, format!("there is no zone {zone}")));
    };
    if !asked.units().is_empty() && !asked.units().contains(&settings.unit.as_str()) {
        return End::refusal((405, format!("this provider is {}", settings.unit)));
    }
    let result = match asked {
        Asked::Declaration => Ok(End::answer(200, &settings.declaration(&state.stores[at].apex))),
        Asked::Listing | Asked::DraftListing => {
            list(state, settings, at, matches!(asked, Asked::DraftListing), query)
        }
        _ => write(&asked, request, settings, state, at),
    };
    result.unwrap_or_else(End::refusal)
}

fn list(state: &mut State, settings: &Settings, at: usize, draft: bool, query: &str) -> Result<End, Refusal> {
    let start = match query.strip_prefix("cursor=") {
        None if query.is_empty() => 0,
        Some(cursor) => cursor.parse().or_else(|_| refuse(400, format!("there is no page {cursor}")))?,
        None => return refuse(400, format!("what is {query}?")),
    };
    if start > 0 && state.behaviour.shifts() {
        state.stores[at].version += 1;
    }
    let store = &state.stores[at];
    let rows = match &store.draft {
        Some(rows) if draft => rows,
        None if draft => return refuse(404, "there is no draft"),
        _ => &store.rows,
    };
    let end = (start + settings.page).min(rows.len());
    let next = (end < rows.len()).then(|| end.to_string());
    let short = usize::from(next.is_none() && state.behaviour.has(&Personality::ShortPage));
    let records: Vec<Value> =
        rows.get(start..end - short).unwrap_or_default().iter().map(Row::json).collect();
    let version = settings.version(store);
    Ok(End::answer(
        200,
        &json!({ "records": records, "next": next, "total": rows.len(), "version": version }),
    ))
}

fn write(
    asked: &Asked<'_>,
    request: &Request,
    settings: &Settings,
    state: &mut State,
    at: usize,
) -> Result<End, Refusal> {
    state.behaviour.writes += 1;
    if state.behaviour.times_out() {
        return Ok(End::Silence);
    }
    if state.behaviour.fails() {
        return refuse(500, "something went wrong");
    }
    let version = request.header("if-match").map(|text| text.trim_matches('"'));
    settings.compare(version, &state.stores[at])?;
    let body = match request.body.as_str() {
        "" => Value::Null,
        text => serde_json::from_str(text).or_else(|error| refuse(400, error.to_string()))?,
    };
    let batch = match asked {
        Asked::Create => Batch { create: vec![Row::from_json(&body, false)?], ..Batch::default() },
        Asked::Edit(id) => {
            let mut row = Row::from_json(&body, false)?;
            row.id = (*id).to_owned();
            Batch { edit: vec![row], ..Batch::default() }
        }
        Asked::Delete(id) => Batch { delete: vec![(*id).to_owned()], ..Batch::default() },
        Asked::Batch | Asked::DraftBatch => read_batch(&body)?,
        Asked::Zone => Batch { create: read_rows(&body, "records", false)?, ..Batch::default() },
        _ => Batch::default(),
    };
    settings.check(&batch)?;
    if !batch.create.is_empty() && state.behaviour.refuses_creates() {
        return refuse(422, "the plan of this account allows no more records");
    }
    if let Some(row) = batch.create.iter().find(|row| state.behaviour.refuses_to_create(&row.data)) {
        return refuse(422, format!("{} {} {} is not accepted", row.name, row.rtype, row.data));
    }
    let State { stores, behaviour, .. } = state;
    let store = &mut stores[at];
    let created = !batch.create.is_empty() && matches!(asked, Asked::Create);
    let (rows, row_ops) = match asked {
        Asked::Draft => {
            store.draft = Some(store.rows.clone());
            return Ok(state.answered(End::answer(201, &json!({}))));
        }
        Asked::DraftBatch => {
            let draft = store.draft.clone().map_or_else(|| refuse(404, "there is no draft"), Ok)?;
            let (mut rows, _) = store.after(&draft, batch, behaviour)?;
            if behaviour.has(&Personality::DraftForgets) {
                rows.pop();
            }
            store.draft = Some(rows);
            return Ok(state.answered(End::answer(200, &json!({}))));
        }
        Asked::Publish => {
            (store.draft.take().map_or_else(|| refuse(404, "there is no draft"), Ok)?, Vec::new())
        }
        Asked::Zone => store.after(&[], batch, behaviour)?,
        _ => {
            let rows = store.rows.clone();
            store.after(&rows, batch, behaviour)?
        }
    };
    let id = rows.last().filter(|_| created).map(|row| row.id.clone());
    let set_ops = store.replace(rows);
    let version = settings.version(store);
    let sends_rows = behaviour.has(&Personality::Rows) && !matches!(asked, Asked::Zone | Asked::Publish);
    state.publish(at, if sends_rows { &row_ops } else { &set_ops }, sends_rows);
    let end = match id {
        Some(id) => End::answer(201, &json!({ "id": id, "version": version })),
        None => End::answer(200, &json!({ "version": version })),
    };
    Ok(state.answered(end))
}

fn read_batch(body: &Value) -> Result<Batch, Refusal> {
    let deleted = body.get("delete").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let ids: Option<Vec<String>> = deleted.iter().map(|id| id.as_str().map(str::to_owned)).collect();
    match ids {
        Some(delete) if body.as_object().is_some_and(|object| object.len() == 3) => Ok(Batch {
            create: read_rows(body, "create", false)?,
            edit: read_rows(body, "edit", true)?,
            delete,
        }),
        _ => refuse(400, format!("this is no batch: {body}")),
    }
}

fn read_rows(body: &Value, member: &str, with_id: bool) -> Result<Vec<Row>, Refusal> {
    match body.get(member).and_then(Value::as_array) {
        Some(rows) => rows.iter().map(|row| Row::from_json(row, with_id)).collect(),
        None => refuse(400, format!("there is no `{member}`")),
    }
}

impl Settings {
    fn declaration(&self, apex: &str) -> Value {
        let mut value = json!({ "zone": apex, "unit": self.unit, "compare": self.compare });
        let servers: Vec<String> = self.servers.iter().map(ToString::to_string).collect();
        if !servers.is_empty() {
            value["servers"] = json!(servers);
        }
        if let Some(records) = self.records {
            value["limits"] = json!({ "records": records });
        }
        if let Some(seconds) = self.publishes_within {
            value["publishes_within"] = json!(seconds);
        }
        if let Some((min, max)) = self.ttl {
            value["ttl"] = json!({ "min": min, "max": max });
        }
        if !self.types.is_empty() {
            value["types"] = json!(self.types);
        }
        value
    }

    fn version(&self, store: &Store) -> String {
        if self.compare == "values" { store.values_version.to_string() } else { store.version.to_string() }
    }

    fn compare(&self, if_match: Option<&str>, store: &Store) -> Result<(), Refusal> {
        let version = self.version(store);
        match if_match {
            _ if self.compare == "none" => Ok(()),
            None => refuse(400, "every write must carry If-Match"),
            Some(expected) if expected == version => Ok(()),
            Some(expected) => refuse(412, format!("the zone is at version {version}, not at {expected}")),
        }
    }

    fn check(&self, batch: &Batch) -> Result<(), Refusal> {
        let count = batch.create.len() + batch.edit.len() + batch.delete.len();
        if self.records.is_some_and(|limit| count > limit) {
            return refuse(413, format!("{count} records are too many"));
        }
        for row in batch.create.iter().chain(&batch.edit) {
            if self.ttl.is_some_and(|(min, max)| row.ttl < min || row.ttl > max) {
                return refuse(422, format!("{} cannot have a TTL of {}", row.name, row.ttl));
            }
            if !self.types.is_empty() && !self.types.contains(&row.rtype) {
                return refuse(422, format!("{} is no type of this provider", row.rtype));
            }
        }
        Ok(())
    }
}

/// The record sets that operations leave behind, taken away.
pub(super) fn undone(ops: &[Op]) -> Vec<Op> {
    let undo = |op: &Op| match op {
        Op::Add(row) | Op::Edit(_, row) => Some(Op::Remove(row.clone())),
        Op::Set { name, rtype, members, .. } if !members.is_empty() => Some(Op::Set {
            name: name.clone(),
            rtype: rtype.clone(),
            members: Vec::new(),
            gone: members.iter().map(|(data, _)| data.clone()).collect(),
        }),
        _ => None,
    };
    ops.iter().filter_map(undo).collect()
}
