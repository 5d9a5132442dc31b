//! What a response code means once the zone has been looked at again.

use crate::backend::BackendError;
use crate::change::Change;
use crate::dns::{Rcode, TransferError};
use dnsure_zones::{Name, Rdata, RecordSet, RecordType, Zone};

/// Why a zone could not be read, in the words of the backend trait.
pub(super) fn read_error(error: &TransferError, zone: &Name) -> BackendError {
    let server = error.server().to_string();
    let text = error.to_string();
    // The backend's errors begin with the server themselves.
    let reason = text.strip_prefix(&server).unwrap_or(&text).trim_start_matches([',', ' ']).to_owned();
    match error {
        TransferError::Unreachable { .. } | TransferError::Timeout { .. } => {
            BackendError::Unreachable { server, reason }
        }
        TransferError::Tsig { .. } => BackendError::Unauthorised { server, reason },
        TransferError::NotAuthoritative { .. } | TransferError::Refused { .. } => {
            BackendError::Refused { server, reason }
        }
        TransferError::BrokenOff { .. } | TransferError::Malformed { .. } => {
            BackendError::Incomplete { server, zone: zone.clone(), reason }
        }
    }
}

/// What a response code to an update without changes says: may this key and address update the zone?
pub(super) fn not_allowed(rcode: Rcode, zone: &Name) -> String {
    let advice = match rcode {
        Rcode::REFUSED | Rcode::NOTAUTH => {
            "allow this key or address to update the zone (BIND update-policy or allow-update, Knot acl with \
             action update, PowerDNS allow-dnsupdate-from or TSIG-ALLOW-DNSUPDATE), and send updates to the \
             primary; PowerDNS does not say when only the key or its secret is wrong"
        }
        _ => advice(rcode),
    };
    format!("updates of {zone} ({rcode}): {advice}")
}

/// What a response code other than an unmet prerequisite says, and what to do.
pub(super) fn refusal(rcode: Rcode, zone: &Name) -> String {
    format!("update of {zone} answered with {rcode}: {}", advice(rcode))
}

fn advice(rcode: Rcode) -> &'static str {
    match rcode {
        Rcode::REFUSED => {
            "its rules do not let this key write these names or types (BIND update-policy, Knot acl), or not this \
             data, as BIND refuses an NS or MX that names a host of the zone without address"
        }
        Rcode::NOTAUTH => "it is no longer the primary of the zone, or no longer takes this key",
        Rcode::NOTZONE => "a name in the update is outside the zone",
        Rcode::NOTIMP => "it takes no dynamic updates: enable them, or use another kind of provider",
        Rcode::FORMERR => {
            "it could not read the update; PowerDNS says this to record types that it does not know, and to \
             data that it finds wrong"
        }
        Rcode::SERVFAIL => {
            "it failed; BIND says this above 100 records in a set (max-records-per-type) or 100 types at a name \
             (max-types-per-name): look into its log"
        }
        _ => "look into its log",
    }
}

/// A prerequisite did not hold and the zone cannot be read to say which.
pub(super) fn unmet_unread(rcode: Rcode, error: &TransferError) -> String {
    format!("the zone is not as it was read ({rcode}); what is live now could not be read: {error}")
}

/// The server failed and the zone cannot be read to say whether it wrote.
pub(super) fn failed_unread(error: &TransferError) -> String {
    format!("the server answered SERVFAIL, and whether it wrote could not be read: {error}")
}

/// A prerequisite did not hold.
pub(super) fn stale(rcode: Rcode, differences: &[String]) -> String {
    if differences.is_empty() {
        return format!(
            "the server says that the zone is not as it was read ({rcode}), though the touched record sets are: \
             either it changes all the time, or its SOA no longer holds as a prerequisite, as on PowerDNS after \
             an update of the SOA; run the same command again"
        );
    }
    differences.join("; ")
}

/// Where the zone is not what `changes` were made from, both values of each.
pub(super) fn differences(changes: &[Change], now: &Zone) -> Vec<String> {
    let mut found = Vec::new();
    for change in changes {
        for set in change.sets().iter().filter(|set| set.key().rtype != RecordType::SOA) {
            let here = now.get_key(set.key()).map(|set| set.to_set());
            let same = match (set.before(), &here) {
                (Some(before), Some(here)) => before.ttl == here.ttl && before.same_rdatas(here),
                (None, None) => true,
                _ => false,
            };
            if !same {
                let (was, is) = (shown(set.before()), shown(here.as_ref()));
                found.push(format!("{} was {was} when planned and is {is} now", set.key()));
            }
        }
        found.extend(beside_cname(change, now));
    }
    found
}

/// Data of types that `change` does not touch and that cannot stand beside what it adds.
fn beside_cname(change: &Change, now: &Zone) -> Vec<String> {
    let adds = |cname: bool| {
        change
            .sets()
            .iter()
            .any(|set| set.before().is_none() && (set.key().rtype == RecordType::CNAME) == cname)
    };
    let touched = |rtype| change.sets().iter().any(|set| set.key().rtype == rtype);
    now.at(change.name())
        .map(|set| set.to_set())
        .filter(|set| !set.key.rtype.is_server_kept() && !touched(set.key.rtype))
        .filter(|set| adds(true) || (adds(false) && set.key.rtype == RecordType::CNAME))
        .map(|set| {
            format!("{} is {} now and cannot stand beside what the plan adds", set.key, shown(Some(&set)))
        })
        .collect()
}

fn shown(set: Option<&RecordSet>) -> String {
    match set {
        None => "absent".into(),
        Some(set) => format!("{} (TTL {})", set.texts().collect::<Vec<_>>().join(" + "), set.ttl),
    }
}

/// Whether a server that failed has written all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Written {
    No,
    Yes,
    Unclear,
}

/// After SERVFAIL: a server that passes updates on may fail although its primary wrote, so the zone says.
pub(super) fn after_failure(changes: &[Change], now: &Zone) -> Written {
    let reversed: Vec<Change> = changes.iter().map(Change::reversed).collect();
    if differences(changes, now).is_empty() {
        Written::No
    } else if differences(&reversed, now).is_empty() {
        Written::Yes
    } else {
        Written::Unclear
    }
}

/// The SOA data of a zone.
pub(super) fn soa_of(zone: &Zone) -> Option<Rdata> {
    zone.get(zone.apex(), RecordType::SOA).and_then(|set| set.rdatas().next().map(Rdata::new))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::change::SetChange;
    use dnsure_zones::{RecordKey, Ttl, ZoneBuilder};

    fn set(last: u8) -> RecordSet {
        let key = RecordKey::new("www.example.".parse().unwrap(), RecordType::A);
        RecordSet::new(key, Ttl::from_secs(60).unwrap(), [Rdata::new([192, 0, 2, last])])
    }

    fn zone(set: Option<&RecordSet>) -> Zone {
        let mut builder = ZoneBuilder::new("example.".parse().unwrap());
        if let Some(set) = set {
            builder.push_set(set).unwrap();
        }
        builder.finish()
    }

    #[test]
    fn after_servfail_the_zone_says_what_happened() {
        let changes = [Change::new(vec![SetChange::Replace { before: set(1), after: set(2) }]).unwrap()];
        let end = |now: Option<&RecordSet>| after_failure(&changes, &zone(now));
        assert_eq!(end(Some(&set(1))), Written::No);
        assert_eq!(end(Some(&set(2))), Written::Yes);
        assert_eq!(end(Some(&set(3))), Written::Unclear);
        assert_eq!(end(None), Written::Unclear);
    }
}
