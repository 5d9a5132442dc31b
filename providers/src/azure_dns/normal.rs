//! What Azure DNS makes of a zone, and what it never takes.
//!
//! What is live is held already: only sets that a file declares are refused or altered. The rules are
//! those of Microsoft's documents (zones and records, limits; October 2024) and of the API's
//! description; null MX and empty TXT are what others found refused.

use super::listing::{Listing, primary};
use super::record;
use super::settings::{self, ALIAS, FIELDS, METADATA, NAMESPACE};
use crate::backend::Normalised;
use crate::declared;
use crate::normaliser::Normaliser;
use crate::plain;
use crate::rules::Rules;
use dnsure_zones::zone::SetRef;
use dnsure_zones::{Name, Rdata, RecordSet, RecordType, Settings, Zone, rdata};
use serde_json::{Map, Value};

/// The largest total length of the strings of a TXT record set, in characters. In the national clouds
/// it is 1024, which the API tells.
const LONGEST_TXT: usize = 4096;
/// How many records a set may have where nobody asked for more.
const USUAL_SET: usize = 20;

/// Names of resources in Azure take no other characters; `/` and `%` are refused by its front door.
const RULES: Rules =
    Rules { not_at_wildcards: &[RecordType::NS], labels: Some("-_"), ..Rules::of("Azure DNS") };

/// The zone as Azure would hold it; `known` is what its last reading told.
pub(super) fn normalise(zone: &Zone, known: Option<&Listing>, preview: bool) -> Normalised {
    Normaliser::of_declared(zone, |set, target| {
        let own = refusal(set, known, preview).map_or_else(|| own_settings(set), Err)?;
        let mut held = set.to_set();
        let live = known.map(|known| known.settings(&held.key)).unwrap_or_default();
        held.settings = with_live_settings(own, &live);
        let count = held.rdatas().len();
        if known.is_none_or(|known| known.largest_set.is_none()) && count > USUAL_SET {
            target.note(set, format!("it has {count} records; Azure DNS takes {USUAL_SET} in a set unless its support has raised the quota"));
        }
        let servers = known.map_or(&[][..], |known| &known.name_servers);
        if set.is_apex() && set.rtype() == RecordType::NS && add(servers, &mut held) {
            let names = servers.iter().map(Name::to_string).collect::<Vec<_>>().join(", ");
            target.note(
                set,
                format!("Azure DNS keeps its own name servers here ({names}); others may stand beside them"),
            );
        }
        Ok(vec![held])
    })
}

/// Why Azure can never hold this set, if so.
fn refusal(set: &SetRef<'_>, known: Option<&Listing>, preview: bool) -> Option<String> {
    if let Some(key) = plain::by_client(set) {
        return Some(format!(
            "Azure DNS itself has no `{key}` records: make a Traffic Manager profile and write `octodns: {{azuredns: {{alias: ID_OF_THE_PROFILE}}}}` in place of `{key}` and the values"
        ));
    }
    if let Some(reason) = RULES.refusal(set) {
        return Some(reason);
    }
    let rtype = set.rtype();
    let host = known.filter(|_| rtype == RecordType::SOA).and_then(|known| known.primary(set.apex()));
    if let Some(host) = host.filter(|host| set.rdatas().any(|soa| primary(soa).as_ref() != Some(host))) {
        return Some(format!(
            "Azure DNS sets the primary name server of the SOA, and nobody may change it: write {host}"
        ));
    }
    let shape = record::shape(rtype);
    let count = set.rdatas().len();
    let quota = known.and_then(|known| known.largest_set).unwrap_or(usize::MAX);
    let characters: usize = set.rdatas().flat_map(rdata::strings).map(<[u8]>::len).sum();
    Some(match rtype {
        _ if set.set_id().is_some() => {
            "Azure DNS has no weighted or geo sets: a Traffic Manager profile behind an alias record does that".into()
        }
        RecordType::ALIAS => {
            "Azure DNS has no ALIAS records: write an A, AAAA or CNAME record with `octodns: {azuredns: {alias: ID_OF_THE_RESOURCE}}`, or exclude this target".into()
        }
        _ if !preview && shape.is_some_and(|shape| shape.preview) => format!(
            "Azure DNS holds {rtype} only by its API 2023-07-01-preview: set `preview: true` at the provider, or exclude this target"
        ),
        _ if shape.is_none() => format!("Azure DNS does not hold {rtype}: exclude this target"),
        _ if count > quota => format!(
            "it has {count} records, and this zone's quota is {quota} in a set: have the quota raised by Azure's support, or use fewer"
        ),
        _ if set.ttl().as_secs() == 0 => "Azure DNS holds TTLs from 1 second: write 1".into(),
        RecordType::MX if set.rdatas().any(|data| data.get(2..) == Some(&[0])) => {
            "Azure DNS takes no null MX (RFC 7505): leave the record out".into()
        }
        RecordType::TXT if set.rdatas().any(|data| rdata::strings(data).all(<[u8]>::is_empty)) => {
            "Azure DNS takes no empty TXT record".into()
        }
        RecordType::TXT if characters > LONGEST_TXT => format!(
            "its texts have {characters} characters together, and Azure DNS takes {LONGEST_TXT} in a TXT record set"
        ),
        _ => return shape?.write(set.rdatas()).err(),
    })
}

/// The settings of a declared set, read and checked.
///
/// # Errors
/// What is wrong with them, in words.
fn own_settings(set: &SetRef<'_>) -> Result<Map<String, Value>, String> {
    let own = declared::own(NAMESPACE, FIELDS, set.settings())?;
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
fn with_live_settings(mut own: Map<String, Value>, live: &Settings) -> Settings {
    if let Some(metadata) = live.own(NAMESPACE, METADATA) {
        own.entry(METADATA).or_insert_with(|| metadata.clone());
    }
    if let (Some(Value::String(id)), Some(target)) = (own.get_mut(ALIAS), settings::target(live))
        && id.eq_ignore_ascii_case(target)
    {
        target.clone_into(id);
    }
    // `{}` in a file takes all of it away.
    own.retain(|_, value| settings::is_some(value));
    Settings::of(NAMESPACE, own)
}

/// Adds these name servers; whether any was not there.
fn add(servers: &[Name], held: &mut RecordSet) -> bool {
    let own = servers.iter().map(|name| Rdata::new(name.wire()));
    let mut all = RecordSet::new(held.key.clone(), held.ttl, own.chain(held.rdatas().iter().cloned()));
    if all.rdatas().len() == held.rdatas().len() {
        return false;
    }
    (all.settings, all.position) = (std::mem::take(&mut held.settings), held.position.take());
    *held = all;
    true
}
