//! What a zone file may ask that only some providers can do: answers made by the provider, and
//! answers that depend on who asks.

use dnsure_zones::zone::SetRef;

/// The one DS set that no child zone holds.
pub(crate) const DS_AT_APEX: &str = "DS stands in the parent zone, never at the apex (RFC 4035 2.4)";

/// octoDNS's keys for answers that depend on who asks.
const BY_CLIENT: &[&str] = &["dynamic", "geo"];

/// Why a provider that takes no octoDNS answers by client, weight or place cannot hold this set.
pub(crate) fn refusal(set: &SetRef<'_>) -> Option<String> {
    if set.rdatas().len() == 0 {
        let reason = "it has no values, and its settings are another provider's: exclude this target from it";
        return Some(reason.into());
    }
    if set.set_id().is_some() {
        return Some(
            "this provider has no weighted or geo sets: write one record, or exclude this target from it"
                .into(),
        );
    }
    let key = by_client(set)?;
    Some(format!(
        "octoDNS's `{key}` cannot be carried to this provider: leave it out, or exclude this target from it"
    ))
}

/// The key by which answers would depend on who asks.
pub(crate) fn by_client(set: &SetRef<'_>) -> Option<&'static str> {
    let settings = set.settings()?;
    BY_CLIENT.iter().copied().find(|key| settings.0.contains_key(*key))
}
