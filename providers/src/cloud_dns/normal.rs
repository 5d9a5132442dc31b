//! What Cloud DNS makes of a zone, and what it never takes.
//!
//! Types and rules are those of Google's documentation ("DNS records overview", "Quotas and limits").

use super::listing::{NAMESPACE, POLICY, canonical};
use super::managed::{Managed, Visibility};
use super::quota::Quota;
use crate::backend::Normalised;
use crate::declared::{self, Field, Kind};
use crate::normaliser::Normaliser;
use crate::plain;
use dnsure_zones::zone::SetRef;
use dnsure_zones::{Name, RecordType, Settings, Zone, rdata};
use serde_json::{Map, Value};

const TYPES: &[RecordType] = &[
    RecordType::A,
    RecordType::AAAA,
    RecordType::ALIAS,
    RecordType::CAA,
    RecordType::CNAME,
    RecordType::DNSKEY,
    RecordType::DS,
    RecordType::HTTPS,
    RecordType::IPSECKEY,
    RecordType::MX,
    RecordType::NAPTR,
    RecordType::NS,
    RecordType::PTR,
    RecordType::SOA,
    RecordType::SPF,
    RecordType::SRV,
    RecordType::SSHFP,
    RecordType::SVCB,
    RecordType::TLSA,
    RecordType::TXT,
];

/// What zone files may say under `googlecloud`.
const FIELDS: &[Field] = &[Field::new(POLICY, "routingPolicy", Kind::Mapping("wrr: {items: […]}"))];

/// The zone as Cloud DNS would hold it. What is listed there is held already: only sets that a file
/// declares are refused.
pub(super) fn normalise(
    zone: &Zone,
    managed: Option<&Managed>,
    visibility: Visibility,
    quota: Option<&Quota>,
) -> Normalised {
    let mut normal = Normaliser::new(zone);
    for (index, set) in zone.sets().enumerate() {
        let too_many = || {
            let most = quota.map(|quota| quota.rrsets_per_managed_zone).filter(|most| index >= *most)?;
            Some(format!("this project's zones hold {most} record sets at most, and there are more"))
        };
        let ours = set.position();
        match ours.and_then(|_| refusal(&set, managed, visibility, quota).or_else(too_many)) {
            Some(reason) => normal.refuse(&set, reason),
            None => {
                let mut held = set.to_set();
                held.settings = settings(&held.settings);
                normal.hold(&held);
            }
        }
    }
    normal.finish()
}

/// Other providers' settings are theirs; the own ones are compared as Google would list them.
fn settings(settings: &Settings) -> Settings {
    let own = settings.0.get(NAMESPACE).map(canonical);
    Settings(own.map(|own| (NAMESPACE.to_owned(), own)).into_iter().collect())
}

fn refusal(
    set: &SetRef<'_>,
    managed: Option<&Managed>,
    visibility: Visibility,
    quota: Option<&Quota>,
) -> Option<String> {
    let (rtype, count) = (set.rtype(), set.rdatas().len());
    if let Some(reason) = not_as_declared(set) {
        return Some(reason);
    }
    if !TYPES.contains(&rtype) {
        return Some(format!("Cloud DNS does not hold {rtype} records: exclude this target from it"));
    }
    let dnssec = managed.map_or("off", Managed::dnssec);
    let words = match rtype {
        RecordType::DS if set.is_apex() => plain::DS_AT_APEX,
        RecordType::NS if set.name().is_wildcard() => "Cloud DNS takes no NS records at a wildcard",
        RecordType::SOA if !set.is_apex() => "SOA stands at the apex only (RFC 1035 3.3.13)",
        RecordType::ALIAS if !set.is_apex() => "Cloud DNS takes ALIAS at the apex only",
        RecordType::ALIAS if visibility == Visibility::Private => {
            "Cloud DNS takes ALIAS in public zones only"
        }
        RecordType::ALIAS if dnssec != "off" => "Cloud DNS takes no ALIAS in a zone that it signs",
        RecordType::DNSKEY if dnssec != "transfer" => {
            "Cloud DNS keeps the DNSKEY records itself, but for a zone whose DNSSEC state is `transfer`"
        }
        _ if !has_usable_labels(&set.name()) => {
            "Cloud DNS takes owner names of letters, digits, `-`, `_`, `/` and a first label `*` only"
        }
        _ if rtype.is_single() && count > 1 => "one name holds one record of this type at most",
        _ if set.rdatas().any(|wire| rdata::to_text(rtype, wire).starts_with("\\#")) => {
            "these data have no text of their type, and Cloud DNS takes no other form"
        }
        _ => return quota.and_then(|quota| quota.exceeded_by(rtype, count)),
    };
    Some(words.into())
}

/// What the settings ask that cannot be.
fn not_as_declared(set: &SetRef<'_>) -> Option<String> {
    let none = Map::new();
    let own = set.settings().and_then(|settings| settings.0.get(NAMESPACE)).and_then(Value::as_object);
    let own = own.unwrap_or(&none);
    if let Err(reason) = declared::checked(NAMESPACE, FIELDS, own) {
        return Some(reason);
    }
    match own.get(POLICY) {
        Some(_) if set.rdatas().len() > 0 => Some(format!(
            "it has values and a `{POLICY}`: Cloud DNS holds one of them, so leave out the other"
        )),
        Some(_) => set
            .set_id()
            .is_some()
            .then(|| format!("a name and type have one `{POLICY}` at Cloud DNS: leave out `set`")),
        None => plain::refusal(set),
    }
}

/// Users have reported that other characters are refused.
fn has_usable_labels(name: &Name) -> bool {
    name.labels().skip(usize::from(name.is_wildcard())).all(|label| {
        label.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'/'))
    })
}
