//! What a provider behind an adapter can hold, as far as its declaration says.

use super::declaration::Declaration;
use crate::backend::Normalised;
use crate::normaliser::Normaliser;
use crate::plain;
use crate::rules::Rules;
use dnsure_zones::zone::SetRef;
use dnsure_zones::{RecordSet, Settings, Zone};

/// The zone as the provider would hold it. What is listed there is held already: only sets
/// that a file declares are refused or get another TTL.
pub(super) fn normalise(zone: &Zone, declared: Option<&Declaration>) -> Normalised {
    let mut normal = Normaliser::new(zone);
    for set in zone.sets() {
        let is_ours = set.position().is_some();
        if is_ours && let Some(reason) = refusal(&set, declared) {
            normal.refuse(&set, reason);
            continue;
        }
        let mut held = set.to_set();
        if !held.settings.is_empty() {
            let names: Vec<&str> = held.settings.0.keys().map(String::as_str).collect();
            normal.note(
                &set,
                format!("{} left out: the panel protocol has no such settings", names.join(", ")),
            );
            held.settings = Settings::default();
        }
        if is_ours && let Some(declared) = declared {
            let ttl = declared.ttl.nearest(held.ttl);
            if ttl != held.ttl {
                let was = held.ttl;
                normal.note(&set, format!("TTL {was} becomes {ttl}, the nearest that the provider holds"));
                let (settings, position) = (held.settings, held.position);
                held = RecordSet::new(held.key, ttl, set.rdatas().map(dnsure_zones::Rdata::new));
                (held.settings, held.position) = (settings, position);
            }
        }
        normal.hold(&held);
    }
    normal.finish()
}

fn refusal(set: &SetRef<'_>, declared: Option<&Declaration>) -> Option<String> {
    let rtype = set.rtype();
    if let Some(reason) = Rules::of("the provider").refusal(set).or_else(|| plain::refusal(set)) {
        return Some(reason);
    }
    match declared.and_then(|declared| declared.types.as_ref()) {
        Some(types) if types.iter().any(|text| text.parse() == Ok(rtype)) => None,
        Some(_) => {
            Some(format!("the provider does not hold {rtype}, as its adapter declares: exclude this target"))
        }
        None if rtype.is_pseudo() => {
            Some(format!("{rtype} exists only at its own provider: exclude this target from it"))
        }
        None => None,
    }
}
