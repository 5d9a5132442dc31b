//! One change batch: every old set deleted exactly as it was listed, every new one created. There is no
//! UPSERT, which would overwrite what nobody has looked at.

use super::fields::{ALIAS, NAMESPACE, TARGET};
use super::{set, text};
use crate::backend::WriteEnd;
use crate::change::Change;
use crate::http::xml::{leaf, within};
use crate::listing::Entries;
use dnsure_zones::{Name, RecordKey, RecordSet};
use std::cmp::Reverse;
use std::collections::HashMap;

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
    let mut gone: Vec<(&RecordSet, &String)> =
        listed.filter_map(|entry| Some((entry.set.as_ref()?, &entry.source))).collect();
    // The service never moves the serial.
    let mut new: Vec<RecordSet> = upon.iter().filter_map(|upon| upon.after(|serial| serial)).collect();
    if gone.is_empty() && new.is_empty() {
        return Ok(None);
    }
    let changed: Vec<&RecordSet> = gone.iter().map(|(set, _)| *set).chain(&new).collect();
    let records: usize = changed.iter().map(|set| set.rdatas().len()).sum();
    let values = changed.iter().flat_map(|set| set::values(set));
    let characters: usize = values.map(|value| value.chars().count()).sum();
    if records > MOST_RECORDS || characters > MOST_CHARACTERS {
        let reason = format!(
            "the batch has {records} records and {characters} characters of values, Route 53 takes {MOST_RECORDS} and {MOST_CHARACTERS}: apply it in parts; nothing was sent"
        );
        return Err(WriteEnd::Refused { reason });
    }
    // What an alias leads to is there before it and stays until it is gone.
    let depth = depths(new.iter());
    new.sort_by_key(depth);
    let depth = depths(gone.iter().map(|(set, _)| *set));
    gone.sort_by_key(|(set, _)| Reverse(depth(set)));
    let change = |action: &str, set: &str| within("Change", &(leaf("Action", action) + set));
    let gone = gone.iter().map(|(_, source)| change("DELETE", source));
    let new = new.iter().map(|set| change("CREATE", &set::element(set, &listing.id)));
    let changes: String = gone.chain(new).collect();
    let batch = within("ChangeBatch", &within("Changes", &changes));
    Ok(Some(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><{REQUEST} xmlns=\"{XMLNS}\">{batch}</{REQUEST}>"
    )))
}

/// The longest chain of aliases that is followed; a loop ends there.
const LONGEST_CHAIN: usize = 16;

/// The name and type of an alias, and those that it leads to.
fn leads_to(set: &RecordSet) -> Option<(RecordKey, RecordKey)> {
    let target = set.settings.own(NAMESPACE, ALIAS)?.get(TARGET)?.as_str()?;
    let plain = |name: Name| RecordKey::new(name, set.key.rtype);
    Some((plain(set.key.name.clone()), plain(text::name(target).ok()?)))
}

/// How many of these aliases lie between a set, or another of its name, and the values at the end.
fn depths<'a>(sets: impl Iterator<Item = &'a RecordSet>) -> Box<dyn Fn(&RecordSet) -> usize> {
    let links: Vec<(RecordKey, RecordKey)> = sets.filter_map(leads_to).collect();
    let mut depths: HashMap<RecordKey, usize> = HashMap::new();
    let above =
        |depths: &HashMap<RecordKey, usize>, to: &RecordKey| depths.get(to).map_or(1, |depth| depth + 1);
    for _ in 0..LONGEST_CHAIN.min(links.len()) {
        for (from, to) in &links {
            let depth = above(&depths, to).max(depths.get(from).copied().unwrap_or_default());
            depths.insert(from.clone(), depth);
        }
    }
    Box::new(move |set| leads_to(set).map_or(0, |(_, to)| above(&depths, &to)))
}
