//! How often a service lets something be done to one zone.

use dnsure_zones::Name;
use governor::clock::DefaultClock;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;

/// So many calls a minute for each zone.
#[derive(Debug)]
pub struct PerMinute(Option<RateLimiter<Name, HashMapStateStore<Name>, DefaultClock>>);

impl PerMinute {
    /// With this limit; `None` is none.
    #[must_use]
    pub fn of(limit: Option<NonZeroU32>) -> Self {
        Self(limit.map(|limit| {
            // Half at once: what comes after a pause is then not all of the next minute.
            let burst = NonZeroU32::new(limit.get() / 2).unwrap_or(limit);
            RateLimiter::hashmap(Quota::per_minute(limit).allow_burst(burst))
        }))
    }

    /// Waits until one more may go.
    pub async fn ready(&self, zone: &Name) {
        if let Some(limiter) = &self.0 {
            limiter.until_key_ready(zone).await;
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::time::Duration;

    async fn is_held_back(pace: &PerMinute, zone: &str) -> bool {
        let zone = zone.parse().unwrap();
        tokio::time::timeout(Duration::from_millis(50), pace.ready(&zone)).await.is_err()
    }

    #[tokio::test]
    async fn half_goes_at_once_and_each_zone_counts_for_itself() {
        let pace = PerMinute::of(NonZeroU32::new(4));
        for held_back in [false, false, true] {
            assert_eq!(is_held_back(&pace, "a.example.").await, held_back);
        }
        assert!(!is_held_back(&pace, "b.example.").await);
    }

    #[tokio::test]
    async fn without_a_limit_nothing_is_held_back() {
        let pace = PerMinute::of(None);
        for _ in 0..100 {
            assert!(!is_held_back(&pace, "a.example.").await);
        }
    }
}
