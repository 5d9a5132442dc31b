//! One batch: what is in it, and what is checked before it goes out.
//!
//! The API carries out deletions, then edits, then creations. A record whose TTL, settings or data
//! change keeps its id and is edited in place: as long as a set goes on, at least one record of it is
//! edited or stays, so that it is never empty, not even where records become visible one by one.

use super::data;
use super::flags::{self, SETTINGS};
use crate::backend::WriteEnd;
use crate::change::{Change, SetChange};
use crate::declared::members::Own;
use crate::listing::Upon;
use crate::records::{Edits, Record, Records, Wanted};
use dnsure_zones::{Name, RecordKey, RecordType};
use serde_json::{Value, json};

/// What is to be sent; an edit says what changes, and the rest of a record stays.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) deletes: Vec<String>,
    patches: Vec<Value>,
    posts: Vec<Value>,
}

impl Batch {
    pub(super) fn len(&self) -> usize {
        self.deletes.len() + self.patches.len() + self.posts.len()
    }

    /// The body of `POST …/dns_records/batch`.
    pub(super) fn body(&self) -> Vec<u8> {
        let deletes: Vec<Value> = self.deletes.iter().map(|id| json!({ "id": id })).collect();
        json!({ "deletes": deletes, "patches": self.patches, "posts": self.posts }).to_string().into_bytes()
    }
}

/// The batch that carries out `changes`, made from the listing `before`, upon what is listed `now`.
///
/// # Errors
/// [`WriteEnd::Stale`] where another hand was there in between, [`WriteEnd::Refused`] for what is locked
/// and for data or settings that no request can hold.
pub(super) fn batch(
    zone: &Name,
    changes: &[Change],
    before: &Records,
    now: &Records,
) -> Result<Batch, WriteEnd> {
    let mut upon = now.upon(zone, changes)?;
    now.untouched_since(before, changes)?;
    // A DS stands beside NS records only: these come first, and go last.
    upon.sort_by_key(|upon| match upon.change.key().rtype {
        RecordType::NS => 0,
        RecordType::DS => 2,
        _ => 1,
    });
    let mut batch = Batch::default();
    for Upon { change, .. } in upon {
        let refused = |reason: String| WriteEnd::Refused { reason: format!("{}: {reason}", change.key()) };
        let owns = change.after().map_or(Ok(Vec::new()), |after| flags::of_members(after, None));
        let edits = Edits::between(now.at(change.key()), change.after(), owns.map_err(refused)?);
        for (wanted, record) in edits.written {
            let list = if record.is_some() { &mut batch.patches } else { &mut batch.posts };
            list.push(request(change.key(), &wanted, record).map_err(refused)?);
        }
        batch.deletes.splice(0..0, edits.deleted.into_iter().map(|record| record.id.clone()));
    }
    Ok(batch)
}

/// A record of a request; all of it, so that none is ever there with half of its settings.
fn request(key: &RecordKey, wanted: &Wanted<'_>, record: Option<&Record>) -> Result<Value, String> {
    let Wanted { data, ttl, own } = wanted;
    let rtype = data::held_as(key.rtype);
    let mut request = data::to_api(rtype, data.wire())?;
    request["name"] = data::host(&key.name.to_lower().to_string())?.into();
    request["type"] = rtype.to_string().into();
    request["ttl"] = if own.is("auto-ttl") { 1 } else { ttl.as_secs() }.into();
    if flags::is_proxiable(key.rtype) {
        request["proxied"] = own.is("proxied").into();
    }
    let nothing = Own::default();
    SETTINGS.write(own, record.map_or(&nothing, |record| &record.own), &mut request);
    if let Some(record) = record {
        request["id"] = record.id.clone().into();
    }
    Ok(request)
}

/// Names at which what is answered changes its type.
pub(super) fn swaps(changes: &[Change]) -> impl Iterator<Item = &Name> {
    use RecordType as Type;
    let is_lead = |set: &&SetChange| {
        matches!(data::held_as(set.key().rtype), Type::CNAME | Type::A | Type::AAAA | Type::NS)
    };
    let swapped = move |change: &&Change| {
        let mut lead = change.sets().iter().filter(is_lead);
        lead.clone().any(|set| set.before().is_none()) && lead.any(|set| set.after().is_none())
    };
    changes.iter().filter(swapped).map(Change::name)
}
