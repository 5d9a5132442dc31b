//! What stands at a provider right before a write, and whether it is still what the write was made from.

use crate::backend::{Live, WriteEnd};
use crate::change::SetChange;
use crate::sabotage;
use dnsure_zones::{Name, RecordSet, RecordType};
use std::any::Any;

/// What `live` was listed with, of the backend's own type.
///
/// # Errors
/// [`WriteEnd::Refused`] for the reading of another backend.
pub(crate) fn listing<T: Any + Send + Sync>(live: &Live) -> Result<&T, WriteEnd> {
    live.tokens.get().ok_or_else(|| {
        let reason = "the reading to write upon is not one of this provider: report this as a bug of dnsure";
        WriteEnd::Refused { reason: reason.into() }
    })
}

/// Compares what a change was made from with what stands there `now`. The serial of an SOA moves by
/// itself.
///
/// # Errors
/// [`WriteEnd::Stale`] with both states in words.
pub(crate) fn compare(change: &SetChange, now: Option<&RecordSet>) -> Result<(), WriteEnd> {
    let same = match (change.before(), now) {
        (Some(before), Some(now)) => before.same_but_serial(now),
        (before, now) => before.is_none() && now.is_none(),
    };
    if same || sabotage::is_off("freshness") { Ok(()) } else { Err(stale(change, now)) }
}

/// The end of a write whose record set is not what it was.
pub(crate) fn stale(change: &SetChange, now: Option<&RecordSet>) -> WriteEnd {
    let [was, is] = [change.before(), now].map(words);
    WriteEnd::Stale { reason: format!("{} was {was} when planned and is {is} now", change.key()) }
}

/// SOA and NS at the apex can be replaced and never be deleted.
///
/// # Errors
/// [`WriteEnd::Refused`].
pub(crate) fn keeps_apex(zone: &Name, change: &SetChange) -> Result<(), WriteEnd> {
    let key = change.key();
    let stays = key.name == *zone && matches!(key.rtype, RecordType::NS | RecordType::SOA);
    if !stays || change.after().is_some() {
        return Ok(());
    }
    Err(WriteEnd::Refused { reason: format!("{key} can be replaced and never be deleted; nothing was sent") })
}

/// `192.0.2.1 + 192.0.2.2 (TTL 300)`, with the settings where there are any; `absent`.
pub(crate) fn words(set: Option<&RecordSet>) -> String {
    let Some(set) = set else { return "absent".into() };
    let mut words = if set.has_mixed_ttls() {
        let each = set.texts().zip(set.members()).map(|(text, (_, ttl))| format!("{text} (TTL {ttl})"));
        each.collect::<Vec<_>>().join(" + ")
    } else {
        format!("{} (TTL {})", set.texts().collect::<Vec<_>>().join(" + "), set.ttl).trim_start().to_owned()
    };
    if !set.settings.is_empty()
        && let Ok(settings) = serde_json::to_string(&set.settings)
    {
        words.push_str(&format!(" with {}", crate::http::shown(&settings)));
    }
    words
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use dnsure_zones::{Rdata, RecordKey, Ttl, Zone, rdata};

    fn set(owner: &str, rtype: RecordType, text: &str, ttl: u32) -> RecordSet {
        let data = rdata::parse_text(rtype, text, &Name::root()).unwrap();
        RecordSet::new(RecordKey::new(owner.parse().unwrap(), rtype), Ttl::from_wire(ttl), [Rdata::new(data)])
    }

    #[test]
    fn a_foreign_value_or_ttl_is_stale_and_both_states_are_told() {
        let [before, other] = [300, 60].map(|ttl| set("www.example.", RecordType::A, "192.0.2.1", ttl));
        let change = SetChange::Remove(before.clone());
        assert_eq!(compare(&change, Some(&before)), Ok(()));
        let Err(WriteEnd::Stale { reason }) = compare(&change, Some(&other)) else { panic!() };
        assert_eq!(
            reason,
            "www.example. A was 192.0.2.1 (TTL 300) when planned and is 192.0.2.1 (TTL 60) now"
        );
        let Err(WriteEnd::Stale { reason }) = compare(&change, None) else { panic!() };
        assert!(reason.ends_with("and is absent now"));
        assert!(compare(&SetChange::Add(before), Some(&other)).is_err());
    }

    #[test]
    fn the_serial_of_an_soa_says_nothing_and_the_rest_of_it_does() {
        let soa = |numbers: &str| set("example.", RecordType::SOA, &format!("ns. host. {numbers}"), 60);
        let change = SetChange::Replace { before: soa("1 2 3 4 5"), after: soa("1 2 3 4 9") };
        assert_eq!(compare(&change, Some(&soa("7 2 3 4 5"))), Ok(()));
        assert!(compare(&change, Some(&soa("1 2 3 4 6"))).is_err());
    }

    #[test]
    fn the_apex_keeps_its_soa_and_name_servers() {
        let zone: Name = "example.".parse().unwrap();
        let ns = set("example.", RecordType::NS, "ns.example.net.", 60);
        assert!(keeps_apex(&zone, &SetChange::Remove(ns.clone())).is_err());
        assert!(keeps_apex(&zone, &SetChange::Add(ns)).is_ok());
        let below = set("sub.example.", RecordType::NS, "ns.example.net.", 60);
        assert!(keeps_apex(&zone, &SetChange::Remove(below)).is_ok());
    }

    #[test]
    fn a_reading_of_another_backend_is_refused() {
        let live = Live::new(Zone::empty("example.".parse().unwrap()), None);
        assert!(matches!(listing::<u32>(&live), Err(WriteEnd::Refused { .. })));
    }
}
