//! From changes to the requests of the protocol.

use super::listing::{Listed, Listing, Record, Rows};
use crate::backend::WriteEnd;
use crate::change::{Change, RecordWrite, SetChange};
use crate::guarantee::WriteUnit;
use crate::http::shown;
use crate::sabotage;
use dnsure_zones::{Rdata, RecordKey, RecordSet, RecordType, Ttl, rdata};
use serde::Serialize;
use std::collections::HashSet;

/// One write of the protocol.
#[derive(Debug)]
pub(super) enum Write {
    /// `POST /zones/{zone}/records`.
    Create(Record),
    /// `PUT /zones/{zone}/records/{id}`.
    Edit(String, Record),
    /// `DELETE /zones/{zone}/records/{id}`.
    Delete(String),
    /// `POST /zones/{zone}/batch`.
    Batch(Batch),
    /// `PUT /zones/{zone}/records`.
    Zone(Whole),
    /// A batch upon a draft, which is read back and published.
    Staged(Batch),
}

/// Records to create, rows to edit and ids to delete, all or nothing.
#[derive(Debug, Default, Serialize)]
pub(super) struct Batch {
    create: Vec<Record>,
    edit: Vec<Edit>,
    delete: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Edit {
    id: String,
    #[serde(flatten)]
    record: Record,
}

/// Every record of a zone.
#[derive(Debug, Serialize)]
pub(super) struct Whole {
    records: Vec<Record>,
}

fn refused(reason: impl Into<String>) -> WriteEnd {
    WriteEnd::Refused { reason: reason.into() }
}

fn bug(key: &RecordKey, unit: WriteUnit, what: &str) -> WriteEnd {
    refused(format!(
        "{key}: {what}, which is no write of a provider that is {unit}; nothing was sent; please report this as a bug of dnsure"
    ))
}

/// The request that carries out `changes` upon `listing`; `None` when there is nothing to do.
///
/// # Errors
/// [`WriteEnd::Stale`] where the listing is not what they were made from, [`WriteEnd::Refused`]
/// where no request can do it safely.
pub(super) fn request(changes: &[Change], listing: &Listing) -> Result<Option<Write>, WriteEnd> {
    let sets: Vec<&SetChange> = changes.iter().flat_map(Change::sets).collect();
    let Some(first) = sets.first() else { return Ok(None) };
    let rows = &*listing.rows();
    for set in &sets {
        check(set, rows)?;
    }
    let unit = listing.declaration.guarantee().unit;
    let whole = match unit {
        WriteUnit::ZoneBatch | WriteUnit::WholeZone | WriteUnit::Staged => true,
        WriteUnit::OwnerName => changes.len() == 1,
        WriteUnit::RecordSet | WriteUnit::Record | WriteUnit::CreateAndDelete => sets.len() == 1,
        WriteUnit::ReadOnly => {
            return Err(refused("the panel says that it is only read: nothing was sent"));
        }
    };
    if !whole {
        return Err(bug(first.key(), unit, "it comes together with other changes"));
    }
    Ok(Some(match unit {
        WriteUnit::Record | WriteUnit::CreateAndDelete => single(first, unit, rows)?,
        WriteUnit::WholeZone => Write::Zone(whole_zone(&sets, rows)),
        WriteUnit::Staged => Write::Staged(batch(&sets, rows)),
        WriteUnit::ZoneBatch | WriteUnit::OwnerName | WriteUnit::RecordSet | WriteUnit::ReadOnly => {
            Write::Batch(batch(&sets, rows))
        }
    }))
}

/// What holds for every unit: the rows are as planned, and each is a record of its own.
fn check(set: &SetChange, listing: &Rows) -> Result<(), WriteEnd> {
    let key = set.key();
    if let Some((one, other)) = listing.same_record_twice(key) {
        let text = rdata::to_text(key.rtype, one.data.wire());
        let [one, other] = [one, other].map(|row| format!("row {} (TTL {})", shown(&row.row.id), row.ttl));
        return Err(refused(format!(
            "{key} {text} is listed twice, as {one} and {other}; to a name server both are one record (RFC 2181 5), and deleting or changing one row can take the record away; remove one row by hand, see that every server still answers, then plan again"
        )));
    }
    if listing.holds(key, set.before()) || sabotage::is_off("freshness") {
        return Ok(());
    }
    let was = set.before().map(|set| texts(key, set.members()));
    let is = Some(listing.at(key)).filter(|rows| !rows.is_empty());
    let is = is.map(|rows| texts(key, rows.iter().map(|row| (&row.data, row.ttl))));
    let [was, is] = [was, is].map(|texts| texts.unwrap_or_else(|| "absent".into()));
    Err(WriteEnd::Stale { reason: format!("{key} was {was} when planned and is {is} now") })
}

fn texts<'a>(key: &RecordKey, records: impl Iterator<Item = (&'a Rdata, Ttl)>) -> String {
    let text = |(data, ttl): (&Rdata, Ttl)| format!("{} (TTL {ttl})", rdata::to_text(key.rtype, data.wire()));
    records.map(text).collect::<Vec<_>>().join(" + ")
}

fn single(set: &SetChange, unit: WriteUnit, listing: &Rows) -> Result<Write, WriteEnd> {
    let key = set.key();
    let write =
        set.as_record_write().ok_or_else(|| bug(key, unit, "more or less than one record differs"))?;
    let id = |data: &Rdata| {
        let row = row_of(listing, key, data);
        row.map(|row| row.row.id.clone()).ok_or_else(|| bug(key, unit, "the record has no row"))
    };
    Ok(match write {
        RecordWrite::Create(data, ttl) => Write::Create(Record::new(key, &data, ttl)),
        RecordWrite::Delete(data, _) => Write::Delete(id(&data)?),
        RecordWrite::Edit { from, to } if unit == WriteUnit::Record => {
            Write::Edit(id(&from.0)?, Record::new(key, &to.0, to.1))
        }
        RecordWrite::Edit { .. } => return Err(bug(key, unit, "a record would be edited in place")),
    })
}

/// The row of a record; the only one of an SOA, whose serial moves by itself.
fn row_of<'a>(listing: &'a Rows, key: &RecordKey, data: &Rdata) -> Option<&'a Listed> {
    listing.at(key).iter().find(|row| key.rtype == RecordType::SOA || row.is(key.rtype, data))
}

/// Members that stay keep their rows; another TTL is an edit of the row, never a second one.
fn batch(sets: &[&SetChange], listing: &Rows) -> Batch {
    let mut batch = Batch::default();
    for set in sets {
        let key = set.key();
        let mut kept = HashSet::new();
        for (data, ttl) in set.after().into_iter().flat_map(RecordSet::members) {
            let record = Record::new(key, data, ttl);
            let Some(row) = row_of(listing, key, data) else {
                batch.create.push(record);
                continue;
            };
            kept.insert(&row.row.id);
            if row.ttl != ttl || !row.is(key.rtype, data) {
                batch.edit.push(Edit { id: row.row.id.clone(), record });
            }
        }
        let gone = listing.at(key).iter().map(|row| &row.row.id).filter(|id| !kept.contains(id));
        batch.delete.extend(gone.cloned());
    }
    batch
}

/// What is not touched goes back word for word as it was listed.
fn whole_zone(sets: &[&SetChange], listing: &Rows) -> Whole {
    let touched: HashSet<&RecordKey> = sets.iter().map(|set| set.key()).collect();
    let mut kept: Vec<&Listed> =
        listing.sets().filter(|(key, _)| !touched.contains(key)).flat_map(|(_, rows)| rows).collect();
    kept.sort_by_key(|row| row.place);
    let mut records: Vec<Record> = kept.into_iter().map(|row| row.row.record.clone()).collect();
    for set in sets.iter().filter_map(|set| set.after()) {
        records.extend(set.members().map(|(data, ttl)| Record::new(&set.key, data, ttl)));
    }
    Whole { records }
}
