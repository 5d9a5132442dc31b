//! What Azure DNS makes of a zone, and what it never takes.
//!
//! What is live is held already: only sets that a file declares are refused or altered. The rules are
//! those of Microsoft's documents (zones and records, limits; October 2024) and of the API's
//! description; null MX and empty TXT are what others found refused.

use super::record;
use super::settings::{self, ALIAS, METADATA, NAMESPACE};
use crate::backend::Normalised;
use crate::declared;
use crate::normaliser::Normaliser;
use crate::plain;
use dnsure_zones::zone::SetRef;
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Settings, Zone};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// What the last reading of a zone told.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Azure's own name servers: they stay in the NS records of the apex whatever is written.
    pub(super) name_servers: Vec<Name>,
    /// The primary name server of the SOA, which nobody may change.
    pub(super) host: Option<Name>,
    /// How many records a set may have; a quota of the zone, which Azure mostly leaves unsaid.
    pub(super) largest_set: Option<usize>,
    /// What stands beside the data of record sets.
    pub(super) settings: BTreeMap<RecordKey, Settings>,
}

/// The largest total length of the strings of a TXT record set, in characters. In the national clouds
/// it is 1024, which the API tells.
const LONGEST_TXT: usize = 4096;
/// How many records a set may have where nobody asked for more.
const USUAL_SET: usize = 20;

/// The zone as Azure would hold it.
pub(super) fn normalise(zone: &Zone, known: &Known, preview: bool) -> Normalised {
    let mut target = Normaliser::new(zone);
    for set in zone.sets() {
        let mut held = set.to_set();
        if set.position().is_some() {
            match refusal(&set, known, preview).map_or_else(|| own_settings(&set), Err) {
                Err(reason) => {
                    target.refuse(&set, reason);
                    continue;
                }
                Ok(own) => held.settings = with_live_settings(own, &set, known),
            }
            if known.largest_set.is_none() && held.rdatas().len() > USUAL_SET {
                let count = held.rdatas().len();
                target.note(&set, format!("it has {count} records; Azure DNS takes {USUAL_SET} in a set unless its support has raised the quota"));
            }
            if let Some(message) = with_own_servers(&mut held, &set, known) {
                target.note(&set, message);
            }
        }
        target.hold(&held);
    }
    target.finish()
}

/// Why Azure can never hold this set, if so.
fn refusal(set: &SetRef<'_>, known: &Known, preview: bool) -> Option<String> {
    let (rtype, name) = (set.rtype(), set.name());
    if let Some(key) = plain::by_client(set) {
        return Some(format!(
            "Azure DNS itself has no `{key}` records: make a Traffic Manager profile and write `octodns: {{azuredns: {{alias: ID_OF_THE_PROFILE}}}}` in place of `{key}` and the values"
        ));
    }
    if set.set_id().is_some() {
        return Some("Azure DNS has no weighted or geo sets: a Traffic Manager profile behind an alias record does that".into());
    }
    if rtype == RecordType::DS && set.is_apex() {
        return Some(plain::DS_AT_APEX.into());
    }
    let shape = match record::shape(rtype) {
        Some(shape) if !shape.preview || preview => shape,
        Some(_) => {
            return Some(format!(
                "Azure DNS holds {rtype} only by its API 2023-07-01-preview: set `preview: true` at the provider, or exclude this target"
            ));
        }
        None if rtype == RecordType::ALIAS => {
            return Some(
                "Azure DNS has no ALIAS records: write an A, AAAA or CNAME record with `octodns: {azuredns: {alias: ID_OF_THE_RESOURCE}}`, or exclude this target".into(),
            );
        }
        None => return Some(format!("Azure DNS does not hold {rtype}: exclude this target")),
    };
    if name.is_wildcard() && matches!(rtype, RecordType::NS | RecordType::SOA) {
        return Some(format!("Azure DNS takes no {rtype} records at a wildcard"));
    }
    if !has_usable_labels(&name) {
        return Some(
            "Azure's API takes owner names of letters, digits, `-`, `_` and a first label `*` only".into(),
        );
    }
    let count = set.rdatas().len();
    if let Some(most) = known.largest_set.filter(|most| count > *most) {
        return Some(format!(
            "it has {count} records, and this zone's quota is {most} in a set: have the quota raised by Azure's support, or use fewer"
        ));
    }
    if let Err(reason) = shape.write(set.rdatas()) {
        return Some(reason);
    }
    if set.ttl().as_secs() == 0 {
        return Some("Azure DNS holds TTLs from 1 second: write 1".into());
    }
    set.rdatas().find_map(|data| bad_data(rtype, data, known)).or_else(|| too_long(set))
}

fn bad_data(rtype: RecordType, data: &[u8], known: &Known) -> Option<String> {
    if rtype == RecordType::SOA
        && let Some(host) = &known.host
        && primary(data).is_some_and(|declared| declared != *host)
    {
        return Some(format!(
            "Azure DNS sets the primary name server of the SOA, and nobody may change it: write {host}"
        ));
    }
    let is_null_mx = rtype == RecordType::MX && data.get(2..) == Some(&[0]);
    let is_empty = rtype == RecordType::TXT && data.iter().all(|octet| *octet == 0);
    match (is_null_mx, is_empty) {
        (true, _) => Some("Azure DNS takes no null MX (RFC 7505): leave the record out".into()),
        (_, true) => Some("Azure DNS takes no empty TXT record".into()),
        _ => None,
    }
}

fn too_long(set: &SetRef<'_>) -> Option<String> {
    let count = |mut data: &[u8]| {
        let mut total = 0;
        while let [length, rest @ ..] = data {
            total += usize::from(*length);
            data = rest.get(usize::from(*length)..).unwrap_or_default();
        }
        total
    };
    let total: usize = set.rdatas().map(count).sum();
    (set.rtype() == RecordType::TXT && total > LONGEST_TXT).then(|| {
        format!("its texts have {total} characters together, and Azure DNS takes {LONGEST_TXT} in a TXT record set")
    })
}

/// Names of resources in Azure take no more; `/` and `%` are refused by its front door.
fn has_usable_labels(name: &Name) -> bool {
    let is_usable = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    name.labels().skip(usize::from(name.is_wildcard())).all(|label| label.iter().all(is_usable))
}

/// The settings of a declared set, read and checked. Those of other providers are theirs.
///
/// # Errors
/// What is wrong with them, in words.
fn own_settings(set: &SetRef<'_>) -> Result<Map<String, Value>, String> {
    let own = match set.settings().and_then(|all| all.0.get(NAMESPACE)) {
        None => Map::new(),
        Some(Value::Object(own)) => declared::checked(NAMESPACE, settings::FIELDS, own)?,
        Some(_) => return Err(format!("`{NAMESPACE}` takes a mapping of `{ALIAS}` and `{METADATA}`")),
    };
    let is_alias = own.contains_key(ALIAS);
    let may_be = matches!(set.rtype(), RecordType::A | RecordType::AAAA | RecordType::CNAME);
    match (is_alias, set.rdatas().len()) {
        (true, _) if !may_be => Err("alias records are A, AAAA or CNAME".into()),
        (true, 1..) => Err("an alias record has no values: leave out one or the other".into()),
        (false, 0) => Err(format!(
            "it has no values, and no `{ALIAS}` under `{NAMESPACE}`: exclude this target from it"
        )),
        _ => Ok(own),
    }
}

/// A file that says nothing of metadata leaves what is there, and the id of a resource is the same
/// whatever its case.
fn with_live_settings(mut own: Map<String, Value>, set: &SetRef<'_>, known: &Known) -> Settings {
    if let Some(live) = known.settings.get(&set.key()) {
        if !own.contains_key(METADATA)
            && let Some(metadata) = settings::metadata(live)
        {
            own.insert(METADATA.into(), metadata.clone());
        }
        if let (Some(Value::String(id)), Some(target)) = (own.get_mut(ALIAS), settings::target(live))
            && id.eq_ignore_ascii_case(target)
        {
            target.clone_into(id);
        }
    }
    // `{}` in a file takes all of it away.
    own.retain(|key, value| key != METADATA || settings::is_some(value));
    Settings::of(NAMESPACE, own)
}

/// At the apex Azure's own name servers stay; what of that a reader should know.
fn with_own_servers(held: &mut RecordSet, set: &SetRef<'_>, known: &Known) -> Option<String> {
    if !(set.is_apex() && held.key.rtype == RecordType::NS) {
        return None;
    }
    let own = known.name_servers.iter().map(|name| Rdata::new(name.wire()));
    let mut all = RecordSet::new(held.key.clone(), held.ttl, own.chain(held.rdatas().iter().cloned()));
    if all.rdatas().len() == held.rdatas().len() {
        return None;
    }
    (all.settings, all.position) = (std::mem::take(&mut held.settings), held.position.take());
    *held = all;
    let names: Vec<String> = known.name_servers.iter().map(Name::to_string).collect();
    let names = names.join(", ");
    Some(format!("Azure DNS keeps its own name servers here ({names}); others may stand beside them"))
}

/// The primary name server in an SOA.
pub(super) fn primary(soa: &[u8]) -> Option<Name> {
    dnsure_zones::rdata::names(RecordType::SOA, soa).next()
}
