//! One change: what is in it.

use super::listing::{Listing, NAMESPACE, POLICY};
use crate::backend::WriteEnd;
use crate::change::Change;
use dnsure_zones::{Name, RecordKey, RecordSet, rdata};
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
    pub(super) fn culprit(&self, end: &WriteEnd) -> Option<&RecordKey> {
        let words = end.reason()?;
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
    for upon in listing.sets.upon(zone, changes)? {
        if let Some(listed) = upon.listed {
            deletions.push(listed.source.clone());
            deleted.push(upon.change.key().clone());
        }
        // Google takes any serial, and leaves it alone.
        if let Some(after) = upon.after(rdata::next_serial) {
            additions.push(addition(&after));
            added.push(after.key);
        }
    }
    if deletions.is_empty() && additions.is_empty() {
        return Ok(None);
    }
    let body = json!({ "kind": "dns#change", "additions": additions, "deletions": deletions });
    Ok(Some(Request { body: body.to_string().into_bytes(), deletions: deleted, additions: added }))
}

fn addition(after: &RecordSet) -> Value {
    let key = &after.key;
    let (name, rtype, ttl) = (key.name.to_lower().to_string(), key.rtype.to_string(), after.ttl.as_secs());
    let mut set = json!({ "kind": "dns#resourceRecordSet", "name": name, "type": rtype, "ttl": ttl });
    match after.settings.own(NAMESPACE, POLICY) {
        Some(policy) => set["routingPolicy"] = policy.clone(),
        None => set["rrdatas"] = after.texts().collect(),
    }
    set
}
