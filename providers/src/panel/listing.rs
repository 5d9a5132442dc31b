//! The rows of a zone as an adapter lists them, and the record sets they make.

use super::declaration::Declaration;
use crate::http::shown;
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, Zone, ZoneBuilder, rdata};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// One page of `GET /zones/{zone}/records`.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) records: Vec<Row>,
    pub(super) next: Option<String>,
    pub(super) total: usize,
    pub(super) version: Option<String>,
}

/// A record as the provider keeps it.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Row {
    pub(super) id: String,
    #[serde(flatten)]
    pub(super) record: Record,
}

/// A record in presentation format (RFC 1035 5.1), names absolute.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Record {
    name: String,
    #[serde(rename = "type")]
    rtype: String,
    ttl: u32,
    data: String,
}

impl Record {
    pub(super) fn new(key: &RecordKey, data: &Rdata, ttl: Ttl) -> Self {
        Self {
            name: key.name.to_string(),
            rtype: key.rtype.to_string(),
            ttl: ttl.as_secs(),
            data: rdata::to_text(key.rtype, data.wire()),
        }
    }

    fn read(&self) -> Result<(RecordKey, Rdata, Ttl), String> {
        let fault = |reason: String| {
            let Self { name, rtype, ttl, data } = self;
            format!("the record `{}`: {reason}", shown(&format!("{name} {ttl} {rtype} {data}")))
        };
        let name = Name::parse(&self.name, None).map_err(|error| fault(error.to_string()))?;
        let rtype: RecordType = self
            .rtype
            .parse()
            .map_err(|error: dnsure_zones::record_type::UnknownType| fault(error.to_string()))?;
        let ttl = Ttl::from_secs(self.ttl).map_err(|error| fault(error.to_string()))?;
        let data = Rdata::of_text(rtype, &self.data).map_err(|error| fault(error.to_string()))?;
        Ok((RecordKey::new(name, rtype), data, ttl))
    }
}

/// A record that was read, and the row it stands in.
#[derive(Debug)]
pub(super) struct Listed {
    /// The place in the listing.
    pub(super) place: usize,
    pub(super) row: Row,
    pub(super) data: Rdata,
    pub(super) ttl: Ttl,
}

impl Listed {
    pub(super) fn is(&self, rtype: RecordType, data: &Rdata) -> bool {
        rdata::canonical(rtype, self.data.wire()) == rdata::canonical(rtype, data.wire())
    }
}

/// A whole listing: what a write needs besides the zone.
#[derive(Debug)]
pub(super) struct Listing {
    pub(super) declaration: Declaration,
    pub(super) version: Option<String>,
    /// As listed, and as accepted writes of single records have changed them since: where one
    /// write follows another at once, nobody lists the zone in between.
    rows: Mutex<Rows>,
}

/// The rows of a zone by record set.
#[derive(Debug, Default)]
pub(super) struct Rows(HashMap<RecordKey, Vec<Listed>>);

impl Listing {
    /// Reads the rows; the zone holds each member with the TTL of its row.
    ///
    /// # Errors
    /// The row that cannot be read, in words.
    pub(super) fn new(
        apex: &Name,
        declaration: Declaration,
        version: Option<String>,
        rows: Vec<Row>,
    ) -> Result<(Self, Zone), String> {
        let mut builder = ZoneBuilder::new(apex.clone());
        let mut ids = HashSet::with_capacity(rows.len());
        let mut listed: HashMap<RecordKey, Vec<Listed>> = HashMap::new();
        for (place, row) in rows.into_iter().enumerate() {
            let (key, data, ttl) = row.record.read()?;
            // Such an id would name another path.
            if matches!(row.id.as_str(), "" | "." | "..") {
                return Err(format!("{key} has the id `{}`, which no path can hold", row.id));
            }
            if !ids.insert(row.id.clone()) {
                return Err(format!("the id {} is listed twice", shown(&row.id)));
            }
            builder.push(&key.name, key.rtype, ttl, data.wire()).map_err(|error| error.to_string())?;
            listed.entry(key).or_default().push(Listed { place, row, data, ttl });
        }
        Ok((Self { declaration, version, rows: Mutex::new(Rows(listed)) }, builder.finish()))
    }

    /// The rows as they are known now.
    pub(super) fn rows(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rows {
    /// Every record set with its rows.
    pub(super) fn sets(&self) -> impl Iterator<Item = (&RecordKey, &Vec<Listed>)> {
        self.0.iter()
    }

    /// A record was created in the row `id`.
    pub(super) fn created(&mut self, id: &str, record: &Record) {
        let Ok((key, data, ttl)) = record.read() else { return };
        let place = self.0.values().map(Vec::len).sum();
        let row = Row { id: id.to_owned(), record: record.clone() };
        self.0.entry(key).or_default().push(Listed { place, row, data, ttl });
    }

    /// The row `id` was deleted.
    pub(super) fn deleted(&mut self, id: &str) {
        for rows in self.0.values_mut() {
            rows.retain(|row| row.row.id != id);
        }
    }

    /// The rows of one record set.
    pub(super) fn at(&self, key: &RecordKey) -> &[Listed] {
        self.0.get(key).map_or(&[], Vec::as_slice)
    }

    /// Two rows of a set that are one record to every name server (RFC 2181 5).
    pub(super) fn same_record_twice(&self, key: &RecordKey) -> Option<(&Listed, &Listed)> {
        let rows = self.at(key);
        rows.iter().enumerate().find_map(|(index, first)| {
            let second = rows[index + 1..].iter().find(|other| other.is(key.rtype, &first.data))?;
            Some((first, second))
        })
    }

    /// Whether the rows of a set are what a change was made from. The serial of an SOA moves
    /// by itself, so that record is what it is.
    pub(super) fn holds(&self, key: &RecordKey, before: Option<&RecordSet>) -> bool {
        let rows = self.at(key);
        let Some(before) = before else { return rows.is_empty() };
        let is_listed = |(data, ttl): (&Rdata, Ttl)| {
            let listed =
                |row: &Listed| row.ttl == ttl && (key.rtype == RecordType::SOA || row.is(key.rtype, data));
            rows.iter().any(listed)
        };
        rows.len() == before.rdatas().len() && before.members().all(is_listed)
    }
}
