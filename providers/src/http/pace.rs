//! How often a service lets something be done.

use dnsure_zones::Name;
use governor::clock::DefaultClock;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use std::num::NonZeroU32;
use std::time::Duration;

/// How many calls an account may make: `burst` at once, then one every `every`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The time between two calls, in the long run; not zero.
    pub every: Duration,
    /// How many may go at once after a pause.
    pub burst: NonZeroU32,
}

impl Rate {
    /// A bucket as a service has it: so many calls a second in the long run, and so many at once after a pause;
    /// one at least of both.
    #[must_use]
    pub fn new(per_second: u32, burst: u32) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        Self { every: Duration::from_secs(1) / per_second.max(1), burst }
    }

    /// At most `limit` calls in any time of the length of `window`, wherever it begins; up to `burst` of them, and
    /// never more than `limit`, at once after a pause. What goes at once is missing from the pace after it.
    #[must_use]
    pub fn within(limit: u32, window: Duration, burst: u32) -> Self {
        let limit = NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN);
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN).min(limit);
        // A window that begins with the burst has room for the rest of the limit, and the next call is in the next.
        Self { every: window / (limit.get() - burst.get() + 1), burst }
    }

    pub(super) fn quota(self) -> Option<Quota> {
        Some(Quota::with_period(self.every)?.allow_burst(self.burst))
    }
}

/// So many calls a minute for each zone.
#[derive(Debug)]
pub struct PerMinute(Option<RateLimiter<Name, HashMapStateStore<Name>, DefaultClock>>);

impl PerMinute {
    /// With this limit; `None` is none.
    #[must_use]
    pub fn of(limit: Option<NonZeroU32>) -> Self {
        // A quarter at once: most plans are smaller, and the pace of large ones hardly suffers.
        let rate = |limit: NonZeroU32| Rate::within(limit.get(), Duration::from_secs(60), limit.get() / 4);
        Self(limit.and_then(|limit| rate(limit).quota()).map(RateLimiter::hashmap))
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
    use governor::clock::FakeRelativeClock;
    use std::collections::VecDeque;

    /// The most calls in any time of this length, of somebody who always wants to and rests now and then.
    fn most_in(window: Duration, rate: Rate) -> usize {
        let clock = FakeRelativeClock::default();
        let limiter = RateLimiter::direct_with_clock(rate.quota().unwrap(), clock.clone());
        let step = window / 3_000;
        let mut recent: VecDeque<u32> = VecDeque::new();
        let mut most = 0;
        for now in 0..15_000 {
            let rests = now % 4_000 > 3_500;
            while !rests && limiter.check().is_ok() {
                recent.push_back(now);
            }
            recent.retain(|then| now - then < 3_000);
            most = most.max(recent.len());
            clock.advance(step);
        }
        most
    }

    #[test]
    fn no_window_has_more_calls_than_the_limit_and_almost_all_of_them_are_used() {
        for (limit, seconds, burst) in
            [(1_200, 300, 100), (5, 1, 2), (5, 1, 1), (5, 1, 9), (60, 60, 15), (200, 60, 50)]
        {
            let window = Duration::from_secs(seconds);
            let most = most_in(window, Rate::within(limit, window, burst));
            let limit = limit as usize;
            assert!(
                most <= limit && most * 10 >= limit * 9,
                "{most} of {limit} in {seconds} s, {burst} at once"
            );
        }
    }

    #[test]
    fn a_bucket_that_is_refilled_at_the_limit_itself_would_be_too_fast() {
        let most = most_in(Duration::from_secs(300), Rate::new(4, 100));
        assert!(most > 1_200, "{most}");
    }

    async fn is_held_back(pace: &PerMinute, zone: &str) -> bool {
        let zone = zone.parse().unwrap();
        tokio::time::timeout(Duration::from_millis(50), pace.ready(&zone)).await.is_err()
    }

    #[tokio::test]
    async fn a_quarter_goes_at_once_and_each_zone_counts_for_itself() {
        let pace = PerMinute::of(NonZeroU32::new(8));
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
