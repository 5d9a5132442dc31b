//! octoDNS's order of keys. Comments move with their entries.

use super::super::natural;
use super::{Entry, LayoutError, Remark, Sheet, Value};
use std::collections::HashMap;

/// Sorts the keys of every mapping, and the records of a name by their types.
pub(super) fn sort(sheet: &mut Sheet, records: bool) -> Result<(), LayoutError> {
    let Some(value) = &mut sheet.value else { return Ok(()) };
    bind(value);
    if records && let Value::Map { entries, .. } = value {
        for name in entries.iter_mut() {
            if let Value::List { entries, .. } = &mut name.value {
                arrange(entries, |entries| {
                    entries.sort_by_cached_key(|entry| {
                        let scalar = |key: &str| scalar_of(entry, key);
                        (scalar("type"), scalar("set"))
                    });
                });
            }
        }
    }
    sort_keys(value);
    if !sheet.head.is_empty()
        && let Value::Map { entries, .. } | Value::List { entries, .. } = value
        && let Some(first) = entries.first_mut()
    {
        // What belongs to the file stays apart from what has come to be first.
        match first.lead.first_mut() {
            Some(Remark { blank, .. }) => *blank = true,
            None => first.blank = true,
        }
    }
    check(value)
}

/// The text of a key of a record.
fn scalar_of(record: &Entry, wanted: &str) -> String {
    let Value::Map { entries, .. } = &record.value else { return String::new() };
    let found = entries.iter().find_map(|entry| match (&entry.key, &entry.value) {
        (Some(key), Value::Inline(scalar)) if key.text == wanted => scalar.text.clone(),
        (Some(key), Value::Map { .. }) if key.text == "dnsure" && wanted == "set" => {
            Some(scalar_of(entry, wanted))
        }
        _ => None,
    });
    found.unwrap_or_default()
}

fn sort_keys(value: &mut Value) {
    match value {
        Value::Map { entries, .. } => {
            arrange(entries, |entries| {
                // What a merge replaces, and what replaces it, hangs on their order.
                let is_merge = |entry: &Entry| entry.key.as_ref().is_some_and(|key| key.written == "<<");
                for run in entries.split_mut(is_merge) {
                    run.sort_by(|a, b| {
                        let text = |entry: &Entry| {
                            let key = entry.key.as_ref().map_or("", |key| key.text.as_str());
                            natural::decomposed(key).into_owned()
                        };
                        natural::compare(&text(a), &text(b))
                    });
                }
            });
            entries.iter_mut().for_each(|entry| sort_keys(&mut entry.value));
        }
        Value::List { entries, .. } => entries.iter_mut().for_each(|entry| {
            sort_keys(&mut entry.value);
            above_the_dash(entry);
        }),
        Value::Inline(_) | Value::Block { .. } => {}
    }
}

/// The comments of what has come to stand on the line of a `-` go above that line.
fn above_the_dash(item: &mut Entry) {
    if !item.properties.is_empty() {
        return;
    }
    let (Value::Map { entries, .. } | Value::List { entries, .. }) = &mut item.value else { return };
    let Some(first) = entries.first_mut() else { return };
    let lead = std::mem::take(&mut first.lead);
    item.lead.extend(lead.into_iter().map(|remark| Remark { blank: false, ..remark }));
}

/// Sorts entries; where most stand behind an empty line, the one that was first does too.
fn arrange(entries: &mut [Entry], sort: impl FnOnce(&mut [Entry])) {
    let parted = |entry: &Entry| entry.blank || entry.lead.first().is_some_and(|remark| remark.blank);
    let rest = entries.get(1..).unwrap_or_default();
    let most = !rest.is_empty() && rest.iter().filter(|entry| parted(entry)).count() * 2 > rest.len();
    if most && let Some(first) = entries.first_mut() {
        match first.lead.first_mut() {
            Some(Remark { blank, .. }) => *blank = true,
            None => first.blank = true,
        }
    }
    sort(entries);
    if let Some(first) = entries.first_mut() {
        match first.lead.first_mut() {
            Some(Remark { blank, .. }) => *blank = false,
            None => first.blank = false,
        }
    }
}

fn each(value: &mut Value, visit: &mut impl FnMut(&mut Entry)) {
    let (Value::Map { entries, .. } | Value::List { entries, .. }) = value else { return };
    for entry in entries {
        visit(entry);
        each(&mut entry.value, visit);
    }
}

/// Notes which definition each use of an anchor means.
fn bind(value: &mut Value) {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut count = 0;
    each(value, &mut |entry| {
        for anchor in &mut entry.anchors {
            if anchor.defined {
                count += 1;
                known.insert(anchor.name.clone(), count);
            }
            anchor.id = known.get(&anchor.name).copied().unwrap_or(0);
        }
    });
}

/// Checks that each use of an anchor still means what it meant.
fn check(value: &mut Value) -> Result<(), LayoutError> {
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut wrong: Option<(String, usize, String)> = None;
    let mut tops: Vec<(usize, String)> = Vec::new();
    let (Value::Map { entries, .. } | Value::List { entries, .. }) = value else { return Ok(()) };
    for top in entries {
        let shown = top.key.as_ref().map_or_else(|| "-".to_owned(), |key| key.written.trim().to_owned());
        let mut look = |entry: &mut Entry| {
            for anchor in &entry.anchors {
                if anchor.defined {
                    known.insert(anchor.name.clone(), anchor.id);
                    tops.push((anchor.id, shown.clone()));
                } else if known.get(&anchor.name) != Some(&anchor.id) {
                    wrong.get_or_insert_with(|| (anchor.name.clone(), anchor.id, shown.clone()));
                }
            }
        };
        look(top);
        each(&mut top.value, &mut look);
    }
    match wrong {
        None => Ok(()),
        Some((name, id, user)) => {
            let definer = tops.into_iter().find(|(known, _)| *known == id).map(|(_, top)| top);
            Err(LayoutError::AnchorOrder { name, user, definer: definer.unwrap_or_default() })
        }
    }
}
