//! One change: what is in it, and what its refusal means.

use super::api::Problem;
use super::listing::{ApiSet, Listing, NAMESPACE, POLICY, read};
use crate::backend::WriteEnd;
use crate::change::Change;
use dnsure_zones::{Name, RecordKey, RecordSet, RecordType, rdata};
use serde_json::{Value, json};

/// A change to be sent.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) body: Vec<u8>,
    deletions: Vec<RecordKey>,
    additions: Vec<RecordKey>,
}

impl Request {
    /// The record set that Google's words are about: they say the place in the request
    /// (`entity.change.deletions[76]`) or name it themselves.
    pub(super) fn culprit(&self, words: &str) -> Option<&RecordKey> {
        let lists = [("deletions[", &self.deletions), ("additions[", &self.additions)];
        lists.into_iter().find_map(|(list, keys)| {
            let (_, rest) = words.split_once(list)?;
            keys.get(rest.split_once(']')?.0.parse::<usize>().ok()?)
        })
    }
}

/// The change that carries out `changes` upon `listing`; `None` where there is nothing to do.
///
/// # Errors
/// [`WriteEnd::Stale`] where a set is not what its change was made from, [`WriteEnd::Refused`] for
/// what must not be sent.
pub(super) fn request(
    zone: &Name,
    changes: &[Change],
    listing: &Listing,
) -> Result<Option<Request>, WriteEnd> {
    let (mut deletions, mut additions) = (Vec::new(), Vec::new());
    let (mut deleted, mut added) = (Vec::new(), Vec::new());
    for set in changes.iter().flat_map(Change::sets) {
        let key = set.key();
        let listed = listing.sets.get(key);
        let live = match listed {
            Some(entry) => Some(read(entry).map_err(|reason| WriteEnd::Refused { reason })?),
            None => None,
        };
        if let Some((_, Some(lock))) = &live {
            return Err(WriteEnd::Refused { reason: format!("{key} cannot be changed here: {lock}") });
        }
        if !is_same(set.before(), live.as_ref().map(|(live, _)| live)) {
            return Err(WriteEnd::Stale { reason: format!("{key} is not what it was when planned") });
        }
        let stays = key.name == *zone && matches!(key.rtype, RecordType::SOA | RecordType::NS);
        if stays && set.after().is_none() {
            return Err(WriteEnd::Refused { reason: format!("{key} can be replaced and never be deleted") });
        }
        if let Some(entry) = listed {
            deletions.push(entry.clone());
            deleted.push(key.clone());
        }
        if let Some(after) = set.after() {
            additions.push(addition(after, live.as_ref().map(|(live, _)| live)));
            added.push(key.clone());
        }
    }
    if deletions.is_empty() && additions.is_empty() {
        return Ok(None);
    }
    let body = json!({ "kind": "dns#change", "additions": additions, "deletions": deletions });
    Ok(Some(Request { body: body.to_string().into_bytes(), deletions: deleted, additions: added }))
}

fn is_same(before: Option<&RecordSet>, live: Option<&RecordSet>) -> bool {
    match (before, live) {
        (Some(before), Some(live)) if live.key.rtype == RecordType::SOA => {
            before.ttl == live.ttl && without_serial(before) == without_serial(live)
        }
        (before, live) => before == live,
    }
}

/// The serial is the first of the last five 32-bit numbers of an SOA (RFC 1035 3.3.13).
fn serial(soa: &mut [u8]) -> Option<&mut [u8; 4]> {
    soa.len().checked_sub(20).and_then(|at| soa.get_mut(at..)?.first_chunk_mut())
}

fn without_serial(set: &RecordSet) -> Option<Vec<u8>> {
    let mut wire = set.rdatas().first()?.wire().to_ascii_lowercase();
    *serial(&mut wire)? = [0; 4];
    Some(wire)
}

fn addition(after: &RecordSet, live: Option<&RecordSet>) -> ApiSet {
    let RecordKey { name, rtype, .. } = &after.key;
    let mut set = ApiSet::new();
    set.insert("kind".into(), "dns#resourceRecordSet".into());
    set.insert("name".into(), name.to_lower().to_string().into());
    set.insert("type".into(), rtype.to_string().into());
    set.insert("ttl".into(), after.ttl.as_secs().into());
    let policy = after.settings.0.get(NAMESPACE).and_then(|own| own.get(POLICY));
    match policy {
        Some(policy) => set.insert("routingPolicy".into(), policy.clone()),
        None if *rtype == RecordType::SOA => set.insert("rrdatas".into(), json!([next_soa(after, live)])),
        None => set.insert("rrdatas".into(), after.texts().map(Value::from).collect()),
    };
    set
}

/// An SOA goes out with the live serial plus one (RFC 1982): Google takes any, and leaves it alone.
fn next_soa(after: &RecordSet, live: Option<&RecordSet>) -> String {
    let mut wire = after.rdatas().first().map(|data| data.wire().to_vec()).unwrap_or_default();
    let mut live =
        live.and_then(|set| set.rdatas().first()).map(|data| data.wire().to_vec()).unwrap_or_default();
    if let (Some(next), Some(live)) = (serial(&mut wire), serial(&mut live)) {
        *next = u32::from_be_bytes(*live).wrapping_add(1).max(1).to_be_bytes();
    }
    rdata::to_text(RecordType::SOA, &wire)
}

/// How a change ended that Google did not take. Not found may be what was to be deleted, or the zone.
pub(super) fn judge(status: u16, problem: &Problem, words: String, culprit: Option<&RecordKey>) -> WriteEnd {
    let words = match culprit {
        Some(key) => format!("{words}; this is {key}"),
        None => words,
    };
    match status {
        412 => WriteEnd::Stale { reason: words },
        409 if problem.reason() == "alreadyExists" => WriteEnd::Stale { reason: words },
        404 if problem.message.contains("entity.change") => WriteEnd::Stale { reason: words },
        408 | 500.. => WriteEnd::Unknown { reason: words },
        429 => WriteEnd::Refused { reason: format!("{words}; nothing was done, try again later") },
        _ => WriteEnd::Refused { reason: words },
    }
}
