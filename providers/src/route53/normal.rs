//! What Route 53 makes of a zone, and what it never takes.

use super::dynamic;
use super::fields::{self, ALIAS, HEALTH, NAMESPACE, TARGET, ZONE_ID};
use super::set::{self, ALIAS_TTL};
use crate::backend::Normalised;
use crate::normaliser::Normaliser;
use crate::plain;
use dnsure_zones::zone::SetRef;
use dnsure_zones::{Name, RecordKey, RecordSet, RecordType, Settings, Ttl, Zone};
use serde_json::{Map, Value};

/// The types of the API.
const TYPES: &[RecordType] = &[
    RecordType::A,
    RecordType::AAAA,
    RecordType::CAA,
    RecordType::CNAME,
    RecordType::DS,
    RecordType::HTTPS,
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

/// Values in one set. From AWS's list of quotas, not from a reply.
const MOST_VALUES: usize = 400;
/// Characters of one value.
const MOST_CHARACTERS: usize = 4_000;

/// The zone as Route 53 would hold it. What is listed there is in this form already: only sets that a
/// file declares are changed or refused. `zone_id` is the id of the hosted zone, where it is known.
pub(super) fn normalise(zone: &Zone, zone_id: Option<&str>) -> Normalised {
    let mut normal = Normaliser::new(zone);
    for set in zone.sets() {
        if set.position().is_none() {
            normal.hold(&set.to_set());
            continue;
        }
        match held(&set, zone, zone_id) {
            Ok(held) => held.iter().for_each(|set| normal.hold(set)),
            Err(message) => normal.refuse(&set, message),
        }
    }
    normal.finish()
}

/// A declared set in the form in which it would be listed; several of octoDNS's pseudo type.
fn held(set: &SetRef<'_>, zone: &Zone, zone_id: Option<&str>) -> Result<Vec<RecordSet>, String> {
    if set.rtype() == RecordType::ROUTE53_ALIAS {
        return set.rdatas().map(|wire| of_pseudo(set, wire, zone, zone_id)).collect();
    }
    let mut held = set.to_set();
    let declared = std::mem::take(&mut held.settings).0;
    if let Some(dynamic) = declared.get("dynamic") {
        return dynamic::sets(set, dynamic);
    }
    if let Some(key) = plain::by_client(set) {
        return Err(format!(
            "octoDNS's `{key}`, which it has given up, is not translated: write `dynamic`, or declare one set for each answer, with `dnsure: {{set: ID}}` and `octodns: {{route53: {{geo: …}}}}`"
        ));
    }
    let own = match declared.get(NAMESPACE) {
        Some(Value::Object(own)) => fields::checked(own)?,
        _ => Map::new(),
    };
    with_settings(held, own, zone.apex(), zone_id).map(|set| vec![set])
}

/// The record set that one value of `Route53Provider/ALIAS` stands for: type, name, zone id, health.
fn of_pseudo(set: &SetRef<'_>, wire: &[u8], zone: &Zone, zone_id: Option<&str>) -> Result<RecordSet, String> {
    let malformed = || "the alias is malformed".to_owned();
    let mut rest = wire;
    let mut take = |length: usize| {
        let (head, tail) = rest.split_at_checked(length)?;
        rest = tail;
        Some(head)
    };
    let mut number = || Some(u16::from_be_bytes(take(2)?.try_into().ok()?));
    let rtype = RecordType::from_code(number().ok_or_else(malformed)?);
    let mut text = || {
        let length = u16::from_be_bytes(take(2)?.try_into().ok()?);
        String::from_utf8(take(usize::from(length))?.to_vec()).ok()
    };
    let (target, id) = (text().ok_or_else(malformed)?, text().ok_or_else(malformed)?);
    let health = take(1) == Some(&[1]);
    let key = RecordKey { name: set.name(), rtype, set_id: set.set_id().cloned() };
    if zone.get_key(&key).is_some() {
        return Err(format!("{rtype} is declared beside it, and both are one record set at Route 53"));
    }
    let mut alias: Map<String, Value> =
        [(TARGET.to_owned(), target.into()), (HEALTH.to_owned(), health.into())].into_iter().collect();
    if !id.is_empty() {
        alias.insert(ZONE_ID.into(), id.into());
    }
    let own = [(ALIAS.to_owned(), Value::Object(alias))].into_iter().collect();
    let mut real = RecordSet::new(key, set.ttl(), []);
    real.position = set.position();
    with_settings(real, own, zone.apex(), zone_id)
}

fn with_settings(
    mut set: RecordSet,
    mut own: Map<String, Value>,
    apex: &Name,
    zone_id: Option<&str>,
) -> Result<RecordSet, String> {
    if let Some(reason) = refusal(&set, &own, apex) {
        return Err(reason);
    }
    if let Some(Value::Object(alias)) = own.get_mut(ALIAS) {
        let target = alias.get(TARGET).and_then(Value::as_str).unwrap_or_default();
        let (relative, foreign) = (!target.ends_with('.'), alias.contains_key(ZONE_ID));
        if relative && foreign {
            return Err(format!(
                "`{target}` is in the zone, and `{ZONE_ID}` says that it is not: end the name with a dot, or leave the id out"
            ));
        }
        set::normal_alias(alias, apex, None)?;
        let target = alias.get(TARGET).and_then(Value::as_str).unwrap_or_default();
        if !foreign && !super::text::name(target)?.is_at_or_below(apex) {
            return Err(format!(
                "the alias leads out of the zone, to {target}: add the `{ZONE_ID}` of the target"
            ));
        }
        if zone_id.is_some() && alias.get(ZONE_ID).and_then(Value::as_str) == zone_id {
            alias.remove(ZONE_ID);
        }
        set.ttl = Ttl::from_wire(ALIAS_TTL);
    }
    set.settings = Settings::of(NAMESPACE, own);
    Ok(set)
}

/// Why Route 53 can never hold this set, if so.
fn refusal(set: &RecordSet, own: &Map<String, Value>, apex: &Name) -> Option<String> {
    let RecordKey { name, rtype, set_id } = &set.key;
    let is_alias = own.contains_key(ALIAS);
    if !TYPES.contains(rtype) {
        return Some(format!("Route 53 does not hold {rtype}: exclude this target from it"));
    }
    if name == apex && *rtype == RecordType::DS {
        return Some(plain::DS_AT_APEX.into());
    }
    if name.is_wildcard() && *rtype == RecordType::NS {
        return Some("Route 53 delegates no wildcard".into());
    }
    match (is_alias, set.rdatas().is_empty()) {
        (false, true) => {
            return Some("it has no values and no alias of Route 53: exclude this target from it".into());
        }
        (true, false) => return Some("an alias has no values: leave out one or the other".into()),
        (true, true) if matches!(*rtype, RecordType::NS | RecordType::SOA) => {
            return Some(format!("Route 53 has no aliases of type {rtype}"));
        }
        _ => {}
    }
    match (fields::routing(own).as_slice(), set_id) {
        ([], None) => {}
        ([one], Some(id)) if !(1..=128).contains(&id.chars().count()) => {
            return Some(format!("the set id beside `{one}` must have 1 to 128 characters"));
        }
        ([_], Some(_)) => {}
        ([one], None) => {
            return Some(format!(
                "`{one}` chooses among several sets: name this one, as in `dnsure: {{set: blue}}`"
            ));
        }
        ([], Some(id)) => {
            return Some(format!(
                "nothing says when the set `{id}` is answered: add weight, region, geo, failover, multivalue, geoproximity or cidr under `octodns: {{route53: …}}`"
            ));
        }
        (several, _) => {
            return Some(format!("{} are several ways of choosing: a set has one", several.join(" and ")));
        }
    }
    if set.rdatas().len() > MOST_VALUES {
        return Some(format!(
            "it has {} values, and Route 53 holds {MOST_VALUES} at most",
            set.rdatas().len()
        ));
    }
    let longest = set::values(set).map(|value| value.chars().count()).max().unwrap_or_default();
    (longest > MOST_CHARACTERS)
        .then(|| format!("a value has {longest} characters, and Route 53 holds {MOST_CHARACTERS} at most"))
}
