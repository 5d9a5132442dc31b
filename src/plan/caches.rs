//! How long resolvers may go on giving the old answer.

use dnsure_providers::SetChange;
use dnsure_zones::answer::{Answer, answer};
use dnsure_zones::{RecordType, Zone};

/// What caches may still hold after a change, and for how many seconds at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CacheView {
    /// The old record set, for its TTL.
    Old(u32),
    /// That there is nothing, for the negative TTL (RFC 2308 5).
    Absent(u32),
    /// An answer made from a wildcard, for its TTL.
    Wildcard(u32),
    /// Not known: the zone has no SOA that could be read.
    Unknown,
}

/// How many seconds a cache may give an answer that it got with this TTL: resolvers count in
/// whole seconds, so that one that was cached late in a second is given for almost one more
/// (seen on Unbound 1.17).
#[must_use]
pub fn longest_in_cache(ttl: u32) -> u32 {
    ttl.saturating_add(1)
}

/// What caches may hold about `change`, given the zone as it was.
#[must_use]
pub fn cache_view(live: &Zone, change: &SetChange) -> CacheView {
    if let Some(before) = change.before() {
        return CacheView::Old(before.longest_ttl().as_secs());
    }
    let key = change.key();
    match answer(live, &key.name, key.rtype) {
        Answer::Data { set, wildcard: Some(_) } | Answer::Cname { set, wildcard: Some(_) } => {
            CacheView::Wildcard(set.ttl().as_secs())
        }
        Answer::Cname { set, .. } | Answer::Dname { set, .. } => CacheView::Old(set.ttl().as_secs()),
        _ => negative_ttl(live).map_or(CacheView::Unknown, CacheView::Absent),
    }
}

/// How long the absence of a name in `zone` may be cached, in seconds: the smaller of
/// the SOA's TTL and its minimum field (RFC 2308 5).
#[must_use]
pub fn negative_ttl(zone: &Zone) -> Option<u32> {
    let soa = zone.get(zone.apex(), RecordType::SOA)?;
    let minimum = soa.rdatas().next().and_then(dnsure_zones::rdata::soa_minimum)?;
    Some(minimum.min(soa.ttl().as_secs()))
}
