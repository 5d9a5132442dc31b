//! What the panel keeps: rows, not record sets.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::personality::{Behaviour, Personality};
use crate::publish::Op;

/// A record in presentation format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The panel's own number for it, never used twice.
    pub id: String,
    /// Absolute owner name.
    pub name: String,
    /// Mnemonic.
    pub rtype: String,
    /// Seconds.
    pub ttl: u32,
    /// Presentation format.
    pub data: String,
}

/// A refusal: status and words.
pub(super) type Refusal = (u16, String);

pub(super) fn refuse<T>(status: u16, words: impl Into<String>) -> Result<T, Refusal> {
    Err((status, words.into()))
}

impl Row {
    pub(super) fn is_at(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    pub(crate) fn is_in(&self, name: &str, rtype: &str) -> bool {
        self.is_at(name) && self.rtype.eq_ignore_ascii_case(rtype)
    }

    fn is_same_record(&self, other: &Row) -> bool {
        self.is_in(&other.name, &other.rtype) && self.data == other.data
    }

    pub(super) fn json(&self) -> Value {
        json!({ "id": self.id, "name": self.name, "type": self.rtype, "ttl": self.ttl, "data": self.data })
    }

    /// A record of a request: exactly the members of the protocol.
    pub(super) fn from_json(value: &Value, with_id: bool) -> Result<Row, Refusal> {
        let empty = Map::new();
        let object = value.as_object().unwrap_or(&empty);
        let text = |name: &str| object.get(name).and_then(Value::as_str).map(str::to_owned);
        let wanted = if with_id { 5 } else { 4 };
        let read = || {
            let id = if with_id { text("id")? } else { String::new() };
            let ttl = u32::try_from(object.get("ttl")?.as_u64()?).ok()?;
            Some(Row { id, name: text("name")?, rtype: text("type")?, ttl, data: text("data")? })
        };
        match read() {
            Some(row) if object.len() == wanted && row.name.ends_with('.') => Ok(row),
            _ => refuse(400, format!("this is no record of the protocol: {value}")),
        }
    }
}

/// What one write asks for.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) create: Vec<Row>,
    pub(super) edit: Vec<Row>,
    pub(super) delete: Vec<String>,
}

/// One zone.
#[derive(Debug)]
pub(super) struct Store {
    pub(super) apex: String,
    pub(super) rows: Vec<Row>,
    pub(super) draft: Option<Vec<Row>>,
    next_id: u64,
    pub(super) version: u64,
    /// Moves when members change and not for their TTLs.
    pub(super) values_version: u64,
}

impl Store {
    pub(super) fn new(apex: &str, rows: Vec<Row>) -> Store {
        let mut store = Store {
            apex: apex.to_owned(),
            rows: vec![],
            draft: None,
            next_id: 1,
            version: 1,
            values_version: 1,
        };
        store.rows = store.numbered(rows);
        store
    }

    pub(super) fn numbered(&mut self, mut rows: Vec<Row>) -> Vec<Row> {
        for row in &mut rows {
            row.id = self.next_id.to_string();
            self.next_id += 1;
        }
        rows
    }

    /// `rows` after a batch, and the rows it took away and brought, for a publisher that sends rows.
    pub(super) fn after(
        &mut self,
        rows: &[Row],
        batch: Batch,
        behaviour: &Behaviour,
    ) -> Result<(Vec<Row>, Vec<Op>), Refusal> {
        let mut rows = rows.to_vec();
        let mut ops = Vec::new();
        for id in &batch.delete {
            let Some(at) = rows.iter().position(|row| row.id == *id) else {
                return refuse(404, format!("there is no row {id}"));
            };
            ops.push(Op::Remove(rows.remove(at)));
        }
        let mut touched: Vec<Row> = Vec::new();
        for edit in batch.edit {
            let Some(row) = rows.iter_mut().find(|row| row.id == edit.id) else {
                return refuse(404, format!("there is no row {}", edit.id));
            };
            ops.push(Op::Edit(row.clone(), edit.clone()));
            touched.push(edit.clone());
            *row = edit;
        }
        for row in self.numbered(batch.create) {
            ops.push(Op::Add(row.clone()));
            touched.push(row.clone());
            rows.push(row);
        }
        for row in &touched {
            check(row, &rows, behaviour)?;
        }
        for op in &ops {
            let (Op::Add(row) | Op::Remove(row) | Op::Edit(row, _)) = op else { continue };
            if behaviour.poisons(&row.name) {
                return refuse(422, format!("{} cannot be saved", row.name));
            }
        }
        Ok((rows, ops))
    }

    /// Takes new rows over; returns the operations of a publisher that sends whole record sets.
    pub(super) fn replace(&mut self, rows: Vec<Row>) -> Vec<Op> {
        let old = std::mem::replace(&mut self.rows, rows);
        let (before, after) = (sets(&old), sets(&self.rows));
        let keys: BTreeSet<&Key> = before.keys().chain(after.keys()).collect();
        let none = Members::new();
        let mut ops: Vec<Op> = Vec::new();
        let mut values = false;
        for key in keys {
            let [before, after] = [&before, &after].map(|sets| sets.get(key).unwrap_or(&none));
            if before == after {
                continue;
            }
            let data =
                |members: &Members| -> Vec<String> { members.iter().map(|(data, _)| data.clone()).collect() };
            let (was, is) = (data(before), data(after));
            values |= was != is;
            let gone = was.into_iter().filter(|data| !is.contains(data)).collect();
            let (name, rtype) = key.clone();
            ops.push(Op::Set { name, rtype, members: after.clone(), gone });
        }
        self.version += u64::from(!ops.is_empty());
        self.values_version += u64::from(values);
        ops
    }
}

type Key = (String, String);
type Members = Vec<(String, u32)>;

/// The record sets that rows make, members sorted.
fn sets(rows: &[Row]) -> BTreeMap<Key, Members> {
    let mut sets: BTreeMap<Key, Members> = BTreeMap::new();
    for row in rows {
        let key = (row.name.to_ascii_lowercase(), row.rtype.to_ascii_uppercase());
        sets.entry(key).or_default().push((row.data.clone(), row.ttl));
    }
    sets.values_mut().for_each(|members| members.sort());
    sets
}

/// What no panel takes, and what only a careless one does.
fn check(row: &Row, rows: &[Row], behaviour: &Behaviour) -> Result<(), Refusal> {
    let others = || rows.iter().filter(|other| other.id != row.id);
    let is_alias = |row: &Row| row.rtype.eq_ignore_ascii_case("CNAME");
    if others().any(|other| other.is_at(&row.name) && (is_alias(other) || is_alias(row))) {
        return refuse(409, format!("{} cannot have a CNAME beside other data", row.name));
    }
    let careless = behaviour.has(&Personality::Rows);
    let same = |other: &&Row| other.is_same_record(row) && (!careless || other.ttl == row.ttl);
    if !behaviour.has(&Personality::Duplicates) && others().any(|other| same(&other)) {
        return refuse(409, format!("{} {} {} is there already", row.name, row.rtype, row.data));
    }
    Ok(())
}
