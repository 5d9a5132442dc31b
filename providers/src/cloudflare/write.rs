//! One batch: what is in it, and what is checked before it goes out.
//!
//! The API carries out deletions, then edits, then creations. A record whose TTL, settings or data
//! change keeps its id and is edited in place: as long as a set goes on, at least one record of it is
//! edited or stays, so that it is never empty, not even where records become visible one by one.

use super::flags::{self, Flags};
use super::listing::{Listed, Records};
use super::normal::held_as;
use super::{data, normal};
use crate::backend::WriteEnd;
use crate::change::{Change, SetChange};
use crate::sabotage;
use crate::standing;
use dnsure_zones::{Name, Rdata, RecordKey, RecordType, Ttl};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The body of `POST …/dns_records/batch`; an edit says what changes, and the rest of a record stays.
#[derive(Debug, Default, Serialize)]
pub(super) struct Batch {
    pub(super) deletes: Vec<Id>,
    patches: Vec<Value>,
    posts: Vec<Value>,
}

#[derive(Debug, Serialize)]
pub(super) struct Id {
    pub(super) id: String,
}

impl Batch {
    pub(super) fn len(&self) -> usize {
        self.deletes.len() + self.patches.len() + self.posts.len()
    }
}

fn sets(changes: &[Change]) -> impl Iterator<Item = &SetChange> {
    changes.iter().flat_map(Change::sets)
}

/// What stands in the way of `changes`, made from the listing `before`, now that `now` is listed.
pub(super) fn check(changes: &[Change], before: &Records, now: &Records) -> Result<(), WriteEnd> {
    for set in sets(changes) {
        let key = set.key();
        if let Some(reason) = now.locked(key) {
            return Err(WriteEnd::Refused { reason: format!("{key}: {reason}; nothing was sent") });
        }
        standing::compare(set, now.set(key).as_ref())?;
        if sabotage::is_off("freshness") {
            continue;
        }
        let versions = |records: &Records| -> BTreeSet<(String, String)> {
            records.at(key).iter().map(|record| (record.id.clone(), record.modified_on.clone())).collect()
        };
        let (was, is) = (versions(before), versions(now));
        if was != is {
            let shown = |versions: BTreeSet<(String, String)>| {
                let texts: Vec<String> =
                    versions.into_iter().map(|(id, at)| format!("{id} of {at}")).collect();
                crate::http::shown(&texts.join(", "))
            };
            let reason = format!(
                "{key} was touched by another hand: it was the records {} and is {} now",
                shown(was),
                shown(is)
            );
            return Err(WriteEnd::Stale { reason });
        }
    }
    Ok(())
}

/// Whether the API shows what was asked for.
///
/// # Errors
/// The first set that is other, in words.
pub(super) fn read_back(changes: &[Change], now: &Records) -> Result<(), String> {
    let other = sets(changes).find(|set| now.set(set.key()).as_ref() != set.after());
    other.map_or(Ok(()), |set| {
        let [is, wanted] = [now.set(set.key()).as_ref(), set.after()].map(standing::words);
        Err(format!("{} is {is} in its reply, not {wanted}", set.key()))
    })
}

/// The batch that carries out `changes` upon `now`.
///
/// # Errors
/// Data or settings that no request can hold.
pub(super) fn batch(changes: &[Change], now: &Records) -> Result<Batch, String> {
    let mut batch = Batch::default();
    let mut all: Vec<&SetChange> = sets(changes).collect();
    // A DS stands beside NS records only: these come first, and go last.
    all.sort_by_key(|set| match set.key().rtype {
        RecordType::NS => 0,
        RecordType::DS => 2,
        _ => 1,
    });
    for set in &all {
        let key = set.key();
        let fault = |reason: String| format!("{key}: {reason}");
        let wanted = match set.after() {
            None => Vec::new(),
            Some(after) => {
                let flags = flags::of_members(after, None).map_err(fault)?;
                after.members().zip(flags).map(|((data, ttl), flags)| (data, ttl, flags)).collect()
            }
        };
        let records = now.at(key);
        let record_of = |data: &Rdata| records.iter().find(|record| record.is(key.rtype, data));
        let (stay, new): (Vec<_>, Vec<_>) = wanted.iter().partition(|(data, ..)| record_of(data).is_some());
        let mut gone =
            records.iter().filter(|record| !wanted.iter().any(|(data, ..)| record.is(key.rtype, data)));
        for (data, ttl, flags) in stay {
            let Some(record) = record_of(data) else { continue };
            if record.ttl != *ttl || record.flags != *flags {
                batch.patches.push(fields(key, data, *ttl, flags, Some(record)).map_err(fault)?);
            }
        }
        for (data, ttl, flags) in new {
            let instead_of = gone.next();
            let value = fields(key, data, *ttl, flags, instead_of).map_err(fault)?;
            if instead_of.is_some() { batch.patches.push(value) } else { batch.posts.push(value) }
        }
        let ids: Vec<Id> = gone.map(|record| Id { id: record.id.clone() }).collect();
        batch.deletes.splice(0..0, ids);
    }
    Ok(batch)
}

/// A record of a request; all of it, so that none is ever there with half of its settings.
fn fields(
    key: &RecordKey,
    data: &Rdata,
    ttl: Ttl,
    flags: &Flags,
    record: Option<&Listed>,
) -> Result<Value, String> {
    let rtype = held_as(key.rtype);
    let mut fields: Map<String, Value> = data::to_api(rtype, data.wire())?;
    fields.extend(flags.to_api(key.rtype, record.map(|record| &record.flags)));
    let name = key.name.to_lower().to_string();
    fields.insert("name".into(), data::host(&name)?.into());
    fields.insert("type".into(), rtype.to_string().into());
    fields.insert("ttl".into(), if flags.is("auto-ttl") { 1 } else { ttl.as_secs() }.into());
    if let Some(record) = record {
        fields.insert("id".into(), record.id.clone().into());
    }
    Ok(Value::Object(fields))
}

/// Names at which what is answered changes its type.
pub(super) fn swaps(changes: &[Change]) -> Vec<&Name> {
    let is_lead = |set: &&SetChange| {
        matches!(
            normal::held_as(set.key().rtype),
            RecordType::CNAME | RecordType::A | RecordType::AAAA | RecordType::NS
        )
    };
    let swapped = |change: &&Change| {
        let lead = || change.sets().iter().filter(is_lead);
        lead().any(|set| set.before().is_none()) && lead().any(|set| set.after().is_none())
    };
    changes.iter().filter(swapped).map(Change::name).collect()
}
