//! A record set (RRset, RFC 2181 5): the unit of every change.

use crate::diagnostic::Position;
use crate::{Name, RecordType, rdata};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A time to live in seconds, 0 to 2^31 - 1 (RFC 2181 8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct Ttl(u32);

/// A number of seconds above 2^31 - 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a TTL of {0} seconds is above 2147483647, the largest there is (RFC 2181 8)")]
pub struct TtlTooLarge(pub u32);

impl Ttl {
    /// The largest TTL, 2^31 - 1 seconds.
    pub const MAX: Self = Self(0x7fff_ffff);

    /// A TTL of `seconds`.
    ///
    /// # Errors
    /// [`TtlTooLarge`] above 2^31 - 1.
    pub const fn from_secs(seconds: u32) -> Result<Self, TtlTooLarge> {
        if seconds > Self::MAX.0 { Err(TtlTooLarge(seconds)) } else { Ok(Self(seconds)) }
    }

    /// As received from a server: a value with the top bit set counts as 0 (RFC 2181 8).
    #[must_use]
    pub const fn from_wire(seconds: u32) -> Self {
        if seconds > Self::MAX.0 { Self(0) } else { Self(seconds) }
    }

    /// The number of seconds.
    #[must_use]
    pub const fn as_secs(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Ttl {
    type Error = TtlTooLarge;
    fn try_from(seconds: u32) -> Result<Self, TtlTooLarge> {
        Self::from_secs(seconds)
    }
}

impl From<Ttl> for u32 {
    fn from(ttl: Ttl) -> u32 {
        ttl.0
    }
}

impl fmt::Display for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The data of one record: uncompressed wire form, names in their own spelling.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rdata(Box<[u8]>);

impl Rdata {
    /// Takes bytes that are known to be valid for their type.
    #[must_use]
    pub fn new(wire: impl Into<Box<[u8]>>) -> Self {
        Self(wire.into())
    }

    /// Reads presentation format; every name in it is absolute, with or without its final dot.
    ///
    /// # Errors
    /// [`rdata::RdataError`] with the place in `text`.
    pub fn of_text(rtype: RecordType, text: &str) -> Result<Self, rdata::RdataError> {
        rdata::parse_text(rtype, text, &Name::root()).map(Self::new)
    }

    /// The uncompressed wire form.
    #[must_use]
    pub fn wire(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Rdata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", data_encoding::HEXLOWER.encode(&self.0))
    }
}

/// What tells one record set of a zone from another.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct RecordKey {
    /// The owner name.
    pub name: Name,
    /// The record type.
    #[serde(rename = "type")]
    pub rtype: RecordType,
    /// The set id of weighted and geo sets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_id: Option<Arc<str>>,
}

impl RecordKey {
    /// The key of a plain record set.
    #[must_use]
    pub fn new(name: Name, rtype: RecordType) -> Self {
        Self { name, rtype, set_id: None }
    }
}

impl fmt::Display for RecordKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.rtype)?;
        match &self.set_id {
            Some(id) => write!(f, " ({id})"),
            None => Ok(()),
        }
    }
}

/// Provider settings of a record set (proxied, comment, routing policy …), keys sorted,
/// so that equal settings have equal text.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(transparent)]
pub struct Settings(pub BTreeMap<String, serde_json::Value>);

impl Settings {
    /// These settings of one provider, or none where there are none.
    #[must_use]
    pub fn of(provider: &str, own: serde_json::Map<String, serde_json::Value>) -> Self {
        let own = (!own.is_empty()).then(|| (provider.to_owned(), own.into()));
        Self(own.into_iter().collect())
    }

    /// One setting of one provider.
    #[must_use]
    pub fn own(&self, provider: &str, key: &str) -> Option<&serde_json::Value> {
        self.0.get(provider)?.get(key)
    }

    /// Whether nothing is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// One record set, on its own.
#[derive(Debug, Clone)]
pub struct RecordSet {
    /// Owner name, type and set id.
    pub key: RecordKey,
    /// The TTL of every member (RFC 2181 5.2); the smallest where they differ.
    pub ttl: Ttl,
    /// The members, in canonical order, without duplicates (RFC 2181 5).
    rdatas: Vec<Rdata>,
    /// The TTL of each member, where they differ: a state that only a provider of single
    /// records can be in, on the way from one record set to another.
    ttls: Option<Box<[Ttl]>>,
    /// Provider settings.
    pub settings: Settings,
    /// Where a file declares it.
    pub position: Option<Position>,
}

impl RecordSet {
    /// A record set of `rdatas`; sorts them and drops duplicates.
    #[must_use]
    pub fn new(key: RecordKey, ttl: Ttl, rdatas: impl IntoIterator<Item = Rdata>) -> Self {
        let mut rdatas: Vec<Rdata> = rdatas.into_iter().collect();
        sort_rdatas(key.rtype, &mut rdatas);
        Self { key, ttl, rdatas, ttls: None, settings: Settings::default(), position: None }
    }

    /// A record set of records with a TTL each; `None` without records. Of equal records the
    /// first stays.
    #[must_use]
    pub fn from_members(key: RecordKey, members: impl IntoIterator<Item = (Rdata, Ttl)>) -> Option<Self> {
        let mut members: Vec<(Vec<u8>, Rdata, Ttl)> = members
            .into_iter()
            .map(|(data, ttl)| (rdata::canonical(key.rtype, data.wire()).into_owned(), data, ttl))
            .collect();
        members.sort_by(|a, b| a.0.cmp(&b.0));
        members.dedup_by(|later, first| later.0 == first.0);
        let smallest = members.iter().map(|(.., ttl)| *ttl).min()?;
        let differ = members.iter().any(|(.., ttl)| *ttl != smallest);
        let ttls = differ.then(|| members.iter().map(|(.., ttl)| *ttl).collect());
        let rdatas = members.into_iter().map(|(_, data, _)| data).collect();
        Some(Self { key, ttl: smallest, rdatas, ttls, settings: Settings::default(), position: None })
    }

    /// The records: each member with its TTL.
    pub fn members(&self) -> impl Iterator<Item = (&Rdata, Ttl)> {
        let ttl = |index: usize| self.ttls.as_ref().map_or(self.ttl, |ttls| ttls[index]);
        self.rdatas.iter().enumerate().map(move |(index, data)| (data, ttl(index)))
    }

    /// Whether members have different TTLs.
    #[must_use]
    pub fn has_mixed_ttls(&self) -> bool {
        self.ttls.is_some()
    }

    /// The largest TTL of a member: how long a cache may keep any of it.
    #[must_use]
    pub fn longest_ttl(&self) -> Ttl {
        self.members().map(|(_, ttl)| ttl).max().unwrap_or(self.ttl)
    }

    /// The same members, all with the smallest TTL.
    #[must_use]
    pub fn with_one_ttl(mut self) -> Self {
        self.ttls = None;
        self
    }

    /// The members in canonical order (RFC 4034 6.3).
    #[must_use]
    pub fn rdatas(&self) -> &[Rdata] {
        &self.rdatas
    }

    /// The members in presentation format.
    pub fn texts(&self) -> impl Iterator<Item = String> {
        self.rdatas.iter().map(|data| rdata::to_text(self.key.rtype, data.wire()))
    }

    /// Whether both hold the same members, TTL aside.
    #[must_use]
    pub fn same_rdatas(&self, other: &Self) -> bool {
        let canonical = |set: &Self| -> Vec<Vec<u8>> {
            set.rdatas.iter().map(|data| rdata::canonical(set.key.rtype, data.wire()).into_owned()).collect()
        };
        self.key.rtype == other.key.rtype && canonical(self) == canonical(other)
    }
}

impl RecordSet {
    /// Whether both are equal when the serial of an SOA does not count.
    #[must_use]
    pub fn same_but_serial(&self, other: &Self) -> bool {
        if self.key.rtype != RecordType::SOA || other.key.rtype != RecordType::SOA {
            return self == other;
        }
        self.with_serial(0) == other.with_serial(0)
    }

    /// The same SOA with another serial; any other set as it is.
    #[must_use]
    pub fn with_serial(&self, serial: u32) -> Self {
        if self.key.rtype != RecordType::SOA {
            return self.clone();
        }
        let data =
            self.members().map(|(data, ttl)| (Rdata::new(rdata::with_serial(data.wire(), serial)), ttl));
        let Some(mut set) = Self::from_members(self.key.clone(), data) else { return self.clone() };
        (set.settings, set.position) = (self.settings.clone(), self.position.clone());
        set
    }

    /// The serial of an SOA.
    #[must_use]
    pub fn serial(&self) -> Option<u32> {
        let soa = self.rdatas.first().filter(|_| self.key.rtype == RecordType::SOA)?;
        rdata::soa_serial(soa.wire())
    }
}

/// Equal when key, TTLs, members and settings are: positions and spelling do not count.
impl PartialEq for RecordSet {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
            && self.ttl == other.ttl
            && self.ttls == other.ttls
            && self.settings == other.settings
            && self.same_rdatas(other)
    }
}

impl Eq for RecordSet {}

fn sort_rdatas(rtype: RecordType, rdatas: &mut Vec<Rdata>) {
    rdatas.sort_by(|a, b| rdata::canonical(rtype, a.wire()).cmp(&rdata::canonical(rtype, b.wire())));
    rdatas.dedup_by(|a, b| rdata::canonical(rtype, a.wire()) == rdata::canonical(rtype, b.wire()));
}

/// How a record set stands in plans, journals and receipts: members as text.
#[derive(serde::Serialize, serde::Deserialize)]
struct Written {
    #[serde(flatten)]
    key: RecordKey,
    ttl: Ttl,
    values: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    value_ttls: Option<Vec<Ttl>>,
    #[serde(default, skip_serializing_if = "Settings::is_empty")]
    settings: Settings,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    declared_at: Option<String>,
}

impl serde::Serialize for RecordSet {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Written {
            key: self.key.clone(),
            ttl: self.ttl,
            values: self.texts().collect(),
            value_ttls: self.ttls.as_ref().map(|ttls| ttls.to_vec()),
            settings: self.settings.clone(),
            declared_at: self.position.as_ref().map(ToString::to_string),
        }
        .serialize(serializer)
    }
}

/// A member as [`rdata::to_text`] writes it. Data that does not fit its type is written as bytes, and read
/// as bytes: what a server holds is carried, whatever it is.
fn read_member(rtype: RecordType, value: &str) -> Result<Vec<u8>, rdata::RdataError> {
    rdata::parse_text(rtype, value, &Name::root()).or_else(|error| {
        const UNKNOWN: RecordType = RecordType::from_code(65_534);
        let bytes = value.starts_with("\\#").then(|| rdata::parse_text(UNKNOWN, value, &Name::root()));
        bytes.and_then(Result::ok).ok_or(error)
    })
}

impl<'de> serde::Deserialize<'de> for RecordSet {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let written = Written::deserialize(deserializer)?;
        let mut rdatas = Vec::with_capacity(written.values.len());
        for value in &written.values {
            let wire = read_member(written.key.rtype, value)
                .map_err(|error| D::Error::custom(format_args!("{} {value}: {error}", written.key)))?;
            rdatas.push(Rdata::new(wire));
        }
        let mut set = match written.value_ttls {
            None => RecordSet::new(written.key, written.ttl, rdatas),
            Some(ttls) if ttls.len() == rdatas.len() && !ttls.is_empty() => {
                RecordSet::from_members(written.key.clone(), rdatas.into_iter().zip(ttls))
                    .ok_or_else(|| D::Error::custom(format_args!("{} has no values", written.key)))?
            }
            Some(_) => {
                let key = written.key;
                return Err(D::Error::custom(format_args!("{key} has more or fewer TTLs than values")));
            }
        };
        set.settings = written.settings;
        set.position = written.declared_at.as_deref().and_then(Position::parse);
        Ok(set)
    }
}
