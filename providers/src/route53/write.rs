//! One change batch: every old set deleted exactly as it was listed, every new one created. There is no
//! UPSERT, which would overwrite what nobody has looked at.

use super::fields::{ALIAS, NAMESPACE, TARGET};
use super::set;
use crate::backend::WriteEnd;
use crate::change::Change;
use crate::http::xml::leaf;
use crate::listing::Entries;
use dnsure_zones::{Name, RecordKey, RecordSet};
use std::collections::HashMap;

/// The namespace of every document.
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
    let refused = |reason: String| WriteEnd::Refused { reason: format!("{reason}; nothing was sent") };
    let upon = listing.sets.upon(zone, changes)?;
    let mut gone: Vec<(&RecordSet, &String)> = upon
        .iter()
        .filter_map(|upon| upon.listed)
        .filter_map(|entry| Some((entry.set.as_ref()?, &entry.source)))
        .collect();
    // The service never moves the serial.
    let mut new: Vec<RecordSet> = upon.iter().filter_map(|upon| upon.after(|serial| serial)).collect();
    if gone.is_empty() && new.is_empty() {
        return Ok(None);
    }
    // What an alias leads to is there before it and stays until it is gone.
    let deep = depths(new.iter());
    new.sort_by_key(|set| depth(set, &deep));
    let deep = depths(gone.iter().map(|(set, _)| *set));
    gone.sort_by_key(|(set, _)| std::cmp::Reverse(depth(set, &deep)));
    let changed = || gone.iter().map(|(set, _)| *set).chain(&new);
    let records: usize = changed().map(|set| set.rdatas().len()).sum();
    let characters: usize = changed().flat_map(set::values).map(|value| value.chars().count()).sum();
    if records > MOST_RECORDS || characters > MOST_CHARACTERS {
        return Err(refused(format!(
            "the batch has {records} records and {characters} characters of values, Route 53 takes {MOST_RECORDS} and {MOST_CHARACTERS}: apply it in parts"
        )));
    }
    let change = |action: &str, set: &str| format!("<Change>{}{set}</Change>", leaf("Action", action));
    let gone = gone.iter().map(|(_, source)| change("DELETE", source));
    let new = new.iter().map(|set| change("CREATE", &set::element(set, &listing.id)));
    let changes: String = gone.chain(new).collect();
    Ok(Some(format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><ChangeResourceRecordSetsRequest xmlns=\"{XMLNS}\"><ChangeBatch><Changes>{changes}</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
    )))
}

/// Every message of a refused batch that says that the zone is not what it was made from.
pub(super) fn is_stale(messages: &[String]) -> bool {
    // Not "that target was not found", which is said of aliases.
    const WORDS: [&str; 3] = ["but it was not found", "values provided do not match", "already exists"];
    !messages.is_empty() && messages.iter().all(|message| WORDS.iter().any(|words| message.contains(words)))
}

/// The longest chain of aliases that is followed; a loop ends there.
const LONGEST_CHAIN: usize = 16;

/// The name and type of an alias, and those that it leads to.
fn leads_to(set: &RecordSet) -> Option<(RecordKey, RecordKey)> {
    let target = set.settings.own(NAMESPACE, ALIAS)?.get(TARGET)?.as_str()?;
    let plain = |name: Name| RecordKey::new(name, set.key.rtype);
    Some((plain(set.key.name.clone()), plain(super::text::name(target).ok()?)))
}

/// How many aliases lie between a name, with all its sets, and the values at the end.
fn depths<'a>(sets: impl Iterator<Item = &'a RecordSet>) -> HashMap<RecordKey, usize> {
    let links: Vec<(RecordKey, RecordKey)> = sets.filter_map(leads_to).collect();
    let mut depths: HashMap<RecordKey, usize> = HashMap::new();
    for _ in 0..LONGEST_CHAIN.min(links.len()) {
        for (from, to) in &links {
            let beyond = depths.get(to).map_or(1, |depth| depth + 1);
            let depth = depths.entry(from.clone()).or_default();
            *depth = beyond.max(*depth);
        }
    }
    depths
}

fn depth(set: &RecordSet, depths: &HashMap<RecordKey, usize>) -> usize {
    leads_to(set).map_or(0, |(_, to)| depths.get(&to).map_or(1, |depth| depth + 1))
}
