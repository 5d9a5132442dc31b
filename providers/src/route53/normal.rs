//! What Route 53 makes of a zone, and what it never takes.

use super::dynamic;
use super::fields::{self, ALIAS, HEALTH, NAMESPACE, ROUTING, TARGET, ZONE_ID};
use super::names;
use super::set::{self, ALIAS_TTL};
use crate::backend::Normalised;
use crate::normaliser::Normaliser;
use crate::plain;
use crate::rules::Rules;
use dnsure_zones::rdata::Route53Alias;
use dnsure_zones::zone::SetRef;
use dnsure_zones::{Name, RecordKey, RecordSet, RecordType, Settings, Ttl, Zone};
use serde_json::{Map, Value, json};

/// Characters of one value.
const MOST_CHARACTERS: usize = 4_000;

/// The most values of a set are from AWS's list of quotas, not from a reply.
const RULES: Rules = Rules {
    besides: Some(&[]),
    not_at_wildcards: &[RecordType::NS],
    records: Some(400),
    ..Rules::of("Route 53")
};

/// The zone as Route 53 would hold it. What is listed there is in this form already: only sets that a
/// file declares are changed or refused. `zone_id` is the id of the hosted zone, where it is known.
pub(super) fn normalise(zone: &Zone, zone_id: Option<&str>) -> Normalised {
    Normaliser::of_declared(zone, |set, _| held(set, zone, zone_id))
}

/// A declared set in the form in which it would be listed; several of octoDNS's pseudo type.
fn held(set: &SetRef<'_>, zone: &Zone, zone_id: Option<&str>) -> Result<Vec<RecordSet>, String> {
    let apex = zone.apex();
    if set.rtype() == RecordType::ROUTE53_ALIAS {
        let real = |wire| real(set, wire, zone).and_then(|(set, own)| with_settings(set, own, apex, zone_id));
        return set.rdatas().map(real).collect();
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
    with_settings(held, own, apex, zone_id).map(|set| vec![set])
}

/// The record set that one value of `Route53Provider/ALIAS` stands for, and its settings.
fn real(set: &SetRef<'_>, wire: &[u8], zone: &Zone) -> Result<(RecordSet, Map<String, Value>), String> {
    let Route53Alias { rtype, name, hosted_zone_id, evaluate_target_health } =
        Route53Alias::of(wire).ok_or("the alias is malformed")?;
    let key = RecordKey { name: set.name(), rtype, set_id: set.set_id().cloned() };
    if zone.get_key(&key).is_some() {
        return Err(format!("{rtype} is declared beside it, and both are one record set at Route 53"));
    }
    let mut real = RecordSet::new(key, set.ttl(), []);
    real.position = set.position();
    let alias = json!({ TARGET: name, ZONE_ID: hosted_zone_id, HEALTH: evaluate_target_health });
    let own = [(ALIAS.to_owned(), alias)].into_iter().collect();
    Ok((real, fields::checked(&own)?))
}

fn with_settings(
    mut set: RecordSet,
    mut own: Map<String, Value>,
    apex: &Name,
    zone_id: Option<&str>,
) -> Result<RecordSet, String> {
    let refusal = RULES.forbids(apex, &set.key, set.rdatas().len());
    let refusal = refusal.or_else(|| bad_values(&set, &own)).or_else(|| bad_routing(&set.key, &own));
    refusal.map_or(Ok(()), Err)?;
    if let Some(Value::Object(alias)) = own.get_mut(ALIAS) {
        let target = alias.get(TARGET).and_then(Value::as_str).unwrap_or_default();
        let is_foreign = alias.contains_key(ZONE_ID);
        if is_foreign && !target.ends_with('.') {
            return Err(format!(
                "`{target}` is in the zone, and `{ZONE_ID}` says that it is not: end the name with a dot, or leave the id out"
            ));
        }
        let target = set::normal_alias(alias, apex, zone_id)?;
        if !is_foreign && !target.is_at_or_below(apex) {
            return Err(format!(
                "the alias leads out of the zone, to {}: add the `{ZONE_ID}` of the target",
                names::of_name(&target)
            ));
        }
        set.ttl = Ttl::from_wire(ALIAS_TTL);
    }
    set.settings = Settings::of(NAMESPACE, own);
    Ok(set)
}

/// What is wrong with values and alias, of which a set has one.
fn bad_values(set: &RecordSet, own: &Map<String, Value>) -> Option<String> {
    let rtype = set.key.rtype;
    match (own.contains_key(ALIAS), set.rdatas().is_empty()) {
        (false, true) => {
            Some("it has no values and no alias of Route 53: exclude this target from it".into())
        }
        (true, false) => Some("an alias has no values: leave out one or the other".into()),
        (true, true) => matches!(rtype, RecordType::NS | RecordType::SOA)
            .then(|| format!("Route 53 has no aliases of type {rtype}")),
        (false, false) => {
            let longest = set::values(set).map(|value| value.chars().count()).max()?;
            (longest > MOST_CHARACTERS).then(|| {
                format!("a value has {longest} characters, and Route 53 holds {MOST_CHARACTERS} at most")
            })
        }
    }
}

/// What is wrong with that which says when the set is answered: a set that has a name has one such thing.
fn bad_routing(key: &RecordKey, own: &Map<String, Value>) -> Option<String> {
    let ways: Vec<&str> = ROUTING.iter().copied().filter(|way| own.contains_key(*way)).collect();
    match (ways.as_slice(), key.set_id.as_ref()) {
        ([], None) => None,
        ([one], Some(id)) => (!(1..=128).contains(&id.chars().count()))
            .then(|| format!("the set id beside `{one}` must have 1 to 128 characters")),
        ([one], None) => {
            Some(format!("`{one}` chooses among several sets: name this one, as in `dnsure: {{set: blue}}`"))
        }
        ([], Some(id)) => Some(format!(
            "nothing says when the set `{id}` is answered: add weight, region, geo, failover, multivalue, geoproximity or cidr under `octodns: {{route53: …}}`"
        )),
        (several, _) => {
            Some(format!("{} are several ways of choosing: a set has one", several.join(" and ")))
        }
    }
}
