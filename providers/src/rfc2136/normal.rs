//! What a server behind dynamic updates can hold: every DNS type, and nothing that only a provider's API knows.

use crate::backend::{Normalised, Notice};
use crate::plain;
use dnsure_zones::zone::SetRef;
use dnsure_zones::{RecordType, Settings, Zone, ZoneBuilder};

/// The zone as such a server would hold it; `takes_not` says why it does not take a set.
pub(crate) fn normalise(zone: &Zone, takes_not: impl Fn(&SetRef<'_>) -> Option<String>) -> Normalised {
    let refusal = |set: &SetRef<'_>| refusal(set).or_else(|| takes_not(set));
    let mut notices = Vec::new();
    let mut refused = Vec::new();
    let note =
        |set: &SetRef<'_>, message: String| Notice { key: set.key(), position: set.position(), message };
    for set in zone.sets() {
        if let Some(reason) = refusal(&set) {
            refused.push(note(&set, reason));
        } else if let Some(settings) = set.settings() {
            let names: Vec<&str> = settings.0.keys().map(String::as_str).collect();
            notices.push(note(&set, format!("{} left out: this is a plain DNS server", names.join(", "))));
        }
    }
    if notices.is_empty() && refused.is_empty() {
        return Normalised::unchanged(zone);
    }
    // Every set comes out of a zone, so it fits into one.
    let mut builder = ZoneBuilder::new(zone.apex().clone());
    for set in zone.sets().filter(|set| refusal(set).is_none()) {
        let mut set = set.to_set();
        set.settings = Settings::default();
        if let Err(error) = builder.push_set(&set) {
            refused.push(Notice { key: set.key, position: set.position, message: error.to_string() });
        }
    }
    Normalised { zone: builder.finish(), notices, refused }
}

fn refusal(set: &SetRef<'_>) -> Option<String> {
    let rtype = set.rtype();
    if rtype == RecordType::ALIAS {
        return Some(
            "no DNS server holds an ALIAS: write the addresses (A, AAAA), or a CNAME below the apex".into(),
        );
    }
    if rtype.is_pseudo() {
        return Some(format!("{rtype} exists only at its own provider: exclude this target from it"));
    }
    if rtype.is_meta() {
        return Some(format!("{rtype} is a type of questions, which no zone can hold (RFC 6895 3.1)"));
    }
    if rtype == RecordType::DS && set.is_apex() {
        return Some(plain::DS_AT_APEX.into());
    }
    plain::refusal(set)
}
