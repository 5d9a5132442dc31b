//! One change batch: every old set deleted exactly as it was listed, every new one created. There is no
//! UPSERT, which would overwrite what nobody has looked at.

use super::fields::{ALIAS, NAMESPACE, TARGET};
use super::{names, set};
use crate::backend::WriteEnd;
use crate::change::Change;
use crate::http::xml::{leaf, within};
use crate::listing::Entries;
use dnsure_zones::{Name, RecordSet, RecordType};
use std::collections::HashSet;

/// The root of the document, and the namespace of all that is in it.
const REQUEST: &str = "ChangeResourceRecordSetsRequest";
const XMLNS: &str = "https://route53.amazonaws.com/doc/2013-04-01/";
/// `ResourceRecord` elements in one batch.
pub(super) const MOST_RECORDS: usize = 1_000;
/// Characters of all values in one batch.
pub(super) const MOST_CHARACTERS: usize = 32_000;

/// What a reading leaves for the write upon it.
#[derive(Debug)]
pub(super) struct Listing {
    /// The id of the hosted zone.
    pub(super) id: String,
    pub(super) sets: Entries<String>,
}

/// The body of the request; `None` when nothing changes.
///
/// # Errors
/// [`WriteEnd::Stale`] where the listing is not what the changes were made from, [`WriteEnd::Refused`]
/// for what is never sent.
pub(super) fn batch(zone: &Name, changes: &[Change], listing: &Listing) -> Result<Option<String>, WriteEnd> {
    let upon = listing.sets.upon(zone, changes)?;
    let listed = upon.iter().filter_map(|upon| upon.listed);
    let gone: Vec<Part<'_>> =
        listed.filter_map(|entry| Some((entry.set.as_ref()?, entry.source.clone()))).collect();
    // The service never moves the serial.
    let after: Vec<RecordSet> = upon.iter().filter_map(|upon| upon.after(|serial| serial)).collect();
    let new: Vec<Part<'_>> = after.iter().map(|set| (set, set::element(set, &listing.id))).collect();
    if gone.is_empty() && new.is_empty() {
        return Ok(None);
    }
    let changed = || gone.iter().chain(&new).map(|(set, _)| *set);
    let records: usize = changed().map(|set| set.rdatas().len()).sum();
    let characters: usize = changed().flat_map(set::values).map(|value| value.chars().count()).sum();
    if records > MOST_RECORDS || characters > MOST_CHARACTERS {
        let reason = format!(
            "the batch has {records} records and {characters} characters of values, Route 53 takes {MOST_RECORDS} and {MOST_CHARACTERS}: apply it in parts; nothing was sent"
        );
        return Err(WriteEnd::Refused { reason });
    }
    // What an alias leads to is there before it and stays until it is gone.
    let change = |action: &str, (_, set): Part<'_>| within("Change", &(leaf("Action", action) + &set));
    let gone = targets_first(gone).into_iter().rev().map(|part| change("DELETE", part));
    let new = targets_first(new).into_iter().map(|part| change("CREATE", part));
    let changes: String = gone.chain(new).collect();
    let batch = within("ChangeBatch", &within("Changes", &changes));
    Ok(Some(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><{REQUEST} xmlns=\"{XMLNS}\">{batch}</{REQUEST}>"
    )))
}

/// A record set and its element.
type Part<'a> = (&'a RecordSet, String);

/// The same sets, each after all those of the name that it leads to. What leads in a circle comes last.
fn targets_first(mut waiting: Vec<Part<'_>>) -> Vec<Part<'_>> {
    let mut sorted = Vec::with_capacity(waiting.len());
    while !waiting.is_empty() {
        let there: HashSet<(Name, RecordType)> =
            waiting.iter().map(|(set, _)| (set.key.name.clone(), set.key.rtype)).collect();
        let waits = |(set, _): &Part<'_>| target(set).is_some_and(|target| there.contains(&target));
        let (later, ready): (Vec<_>, Vec<_>) = waiting.into_iter().partition(waits);
        if ready.is_empty() {
            sorted.extend(later);
            return sorted;
        }
        sorted.extend(ready);
        waiting = later;
    }
    sorted
}

/// The name and type that an alias leads to.
fn target(set: &RecordSet) -> Option<(Name, RecordType)> {
    let target = set.settings.own(NAMESPACE, ALIAS)?.get(TARGET)?.as_str()?;
    Some((names::name(target).ok()?, set.key.rtype))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use dnsure_zones::{RecordKey, Settings, Ttl};
    use serde_json::json;

    #[test]
    fn an_alias_comes_after_its_target_and_a_circle_of_them_last() {
        let alias = |name: &str, target: &str| {
            let key = RecordKey::new(name.parse().unwrap(), RecordType::A);
            let mut set = RecordSet::new(key, Ttl::from_wire(60), []);
            let own = json!({ ALIAS: { TARGET: target } });
            set.settings = Settings::of(NAMESPACE, own.as_object().unwrap().clone());
            set
        };
        let links = [("x.", "y."), ("y.", "x."), ("a.", "b."), ("b.", "c."), ("c.", "elsewhere.")];
        let sets = links.map(|(name, target)| alias(name, target));
        let sorted = targets_first(sets.iter().map(|set| (set, String::new())).collect());
        let names: Vec<String> = sorted.iter().map(|(set, _)| set.key.name.to_string()).collect();
        assert_eq!(names, ["c.", "b.", "a.", "x.", "y."]);
    }
}
