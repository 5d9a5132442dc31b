//! What Cloud DNS makes of a zone, and what it never takes.
//!
//! Types and rules are those of Google's documentation ("DNS records overview", "Quotas and limits").

use super::listing::{NAMESPACE, POLICY, canonical};
use super::managed::Managed;
use super::quota::Quota;
use crate::backend::Normalised;
use crate::declared::{self, Field, Kind};
use crate::normaliser::Normaliser;
use crate::plain;
use crate::rules::Rules;
use dnsure_zones::zone::SetRef;
use dnsure_zones::{RecordType, Settings, Zone, rdata};
use serde_json::{Map, Value};

/// Users have reported that other characters in names are refused.
const RULES: Rules = Rules {
    besides: Some(&[RecordType::ALIAS, RecordType::DNSKEY, RecordType::IPSECKEY]),
    at_apex: &[RecordType::ALIAS],
    not_at_wildcards: &[RecordType::NS],
    labels: Some("-_/"),
    ..Rules::of("Cloud DNS")
};

/// What zone files may say under `googlecloud`.
const FIELDS: &[Field] = &[Field::new(POLICY, "routingPolicy", Kind::Mapping("wrr: {items: […]}"))];

/// The zone as Cloud DNS would hold it. What is listed there is held already: only sets that a file
/// declares are refused.
pub(super) fn normalise(
    zone: &Zone,
    managed: Option<&Managed>,
    private: bool,
    quota: Option<&Quota>,
) -> Normalised {
    let mut count = 0;
    Normaliser::of_declared(zone, |set, _| {
        count += 1;
        let reason = refusal(set, managed, private)
            .or_else(|| quota?.exceeded_by(set.rtype(), set.rdatas().len(), count));
        let mut held = set.to_set();
        held.settings = settings(&held.settings);
        reason.map_or(Ok(vec![held]), Err)
    })
}

/// Other providers' settings are theirs; the own ones are compared as Google would list them.
fn settings(settings: &Settings) -> Settings {
    let own = settings.0.get(NAMESPACE).map(canonical);
    Settings(own.map(|own| (NAMESPACE.to_owned(), own)).into_iter().collect())
}

fn refusal(set: &SetRef<'_>, managed: Option<&Managed>, private: bool) -> Option<String> {
    let rtype = set.rtype();
    let ours = not_as_declared(set).or_else(|| RULES.refusal(set));
    if ours.is_some() {
        return ours;
    }
    let dnssec = managed.map_or("off", Managed::dnssec);
    let words = match rtype {
        RecordType::ALIAS if private => "Cloud DNS takes ALIAS in public zones only",
        RecordType::ALIAS if dnssec != "off" => "Cloud DNS takes no ALIAS in a zone that it signs",
        RecordType::DNSKEY if dnssec != "transfer" => {
            "Cloud DNS keeps the DNSKEY records itself, but for a zone whose DNSSEC state is `transfer`"
        }
        _ if set.rdatas().any(|wire| rdata::to_text(rtype, wire).starts_with("\\#")) => {
            "these data have no text of their type, and Cloud DNS takes no other form"
        }
        _ => return None,
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
