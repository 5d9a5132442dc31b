//! One batch: what is in it, and what is checked before it goes out.
//!
//! The API carries out deletions, then edits, then creations. A record whose TTL, settings or data
//! change keeps its id and is edited in place: as long as a set goes on, at least one record of it is
//! edited or stays, so that it is never empty, not even where records become visible one by one.

use super::data;
use super::flags::{self, SETTINGS};
use super::listing::{Listed, Records, at};
use crate::backend::WriteEnd;
use crate::change::{Change, SetChange};
use crate::declared::members::Own;
use crate::http::shown;
use crate::{sabotage, standing};
use dnsure_zones::{Name, Rdata, RecordKey, RecordType, Ttl};
use serde_json::{Value, json};
use std::collections::BTreeSet;

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

    /// Puts in what makes these records the ones that are wanted.
    fn push(
        &mut self,
        key: &RecordKey,
        records: &[Listed],
        wanted: &[(&Rdata, Ttl, Own)],
    ) -> Result<(), String> {
        let mut gone = records.iter().filter(|record| !wanted.iter().any(|(data, ..)| record.is(data)));
        for (data, ttl, own) in wanted {
            let same = records.iter().find(|record| record.is(data));
            if same.is_some_and(|record| record.ttl == *ttl && record.own == *own) {
                continue;
            }
            let instead_of = same.or_else(|| gone.next());
            let list = if instead_of.is_some() { &mut self.patches } else { &mut self.posts };
            list.push(request(key, data, *ttl, own, instead_of)?);
        }
        self.deletes.splice(0..0, gone.map(|record| record.id.clone()));
        Ok(())
    }
}

/// The keys of what changes.
pub(super) fn keys(changes: &[Change]) -> impl Iterator<Item = &RecordKey> {
    changes.iter().flat_map(Change::sets).map(SetChange::key)
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
    keys(changes).try_for_each(|key| untouched(key, before, now))?;
    // A DS stands beside NS records only: these come first, and go last.
    upon.sort_by_key(|upon| match upon.change.key().rtype {
        RecordType::NS => 0,
        RecordType::DS => 2,
        _ => 1,
    });
    let mut batch = Batch::default();
    for upon in upon {
        let key = upon.change.key();
        let wanted = upon.change.after().map_or(Ok(Vec::new()), |after| {
            let owns = flags::of_members(after, None)?;
            Ok(after.members().zip(owns).map(|((data, ttl), own)| (data, ttl, own)).collect())
        });
        wanted
            .and_then(|wanted| batch.push(key, at(now, key), &wanted))
            .map_err(|reason| WriteEnd::Refused { reason: format!("{key}: {reason}") })?;
    }
    Ok(batch)
}

/// Ids and times tell what values do not: records that were changed and changed back.
fn untouched(key: &RecordKey, before: &Records, now: &Records) -> Result<(), WriteEnd> {
    let versions = |records: &Records| -> BTreeSet<String> {
        at(records, key).iter().map(|record| format!("{} of {}", record.id, record.modified_on)).collect()
    };
    let [was, is] = [before, now].map(versions);
    if was == is || sabotage::is_off("freshness") {
        return Ok(());
    }
    let [was, is] = [was, is].map(|all| shown(&all.into_iter().collect::<Vec<_>>().join(", ")));
    let reason = format!("{key} was touched by another hand: it was the records {was} and is {is} now");
    Err(WriteEnd::Stale { reason })
}

/// Whether the API shows what was asked for.
///
/// # Errors
/// The first set that is other, in words.
pub(super) fn read_back(changes: &[Change], now: &Records) -> Result<(), String> {
    for change in changes.iter().flat_map(Change::sets) {
        let [is, wanted] = [now.get(change.key()).and_then(|entry| entry.set.as_ref()), change.after()];
        if is != wanted {
            let [is, wanted] = [is, wanted].map(standing::words);
            return Err(format!("{} is {is} in its reply, not {wanted}", change.key()));
        }
    }
    Ok(())
}

/// A record of a request; all of it, so that none is ever there with half of its settings.
fn request(
    key: &RecordKey,
    data: &Rdata,
    ttl: Ttl,
    own: &Own,
    record: Option<&Listed>,
) -> Result<Value, String> {
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
