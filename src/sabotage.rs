//! Points where a test may stop the program, and guards that a test may switch off.
//!
//! Two guards have a part in the floors below, where each has a file like this: `unknownkeys` (a
//! misspelt key is an error) in the zones, and the panel's share of `freshness` in the providers.
//!
//! Without the feature `sabotage` every function here is empty; releases are built without.

/// A guard that a test may switch off, to see that its scenario then fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GuardName {
    /// Comparing what is live with what the plan was made from.
    Freshness,
    /// Asking the servers after a write.
    Observation,
    /// The lock.
    Lock,
    /// Leaving unmanaged records alone.
    Ownership,
    /// Never deleting what stays before its successor is served.
    Gapless,
    /// Comparing a plan with the zone files it claims to come from.
    Files,
    /// Wanting a signature for what is dangerous.
    Signature,
    /// Holding back what builds on a refused write.
    Dependents,
    /// Telling a refused record from the others of its write.
    Isolation,
    /// Writing a canary first, and one zone before the others.
    Canary,
}

#[cfg(feature = "sabotage")]
mod armed {
    use super::GuardName;
    use dnsure_providers::guarantee::Limits;
    use jiff::{SignedDuration, Timestamp};
    use std::sync::atomic::{AtomicU64, Ordering};

    static PASSED: AtomicU64 = AtomicU64::new(0);

    fn number(variable: &str) -> Option<u64> {
        std::env::var(variable).ok()?.parse().ok()
    }

    /// Passes a point: at the chosen one the process dies as by `kill -9`.
    pub(crate) fn point(name: &str) {
        let passed = PASSED.fetch_add(1, Ordering::SeqCst) + 1;
        if let Ok(log) = std::env::var("DNSURE_SABOTAGE_LOG") {
            use std::io::Write as _;
            let file = std::fs::OpenOptions::new().create(true).append(true).open(log);
            if let Ok(mut file) = file {
                let _ = writeln!(file, "{passed} {name}");
            }
        }
        if number("DNSURE_SABOTAGE_KILL_AT") == Some(passed) {
            let _ = std::process::Command::new("kill").args(["-9", &std::process::id().to_string()]).status();
            std::process::abort();
        }
        let pauses = std::env::var("DNSURE_SABOTAGE_PAUSE_AT").is_ok_and(|at| is_at(&at, passed, name));
        if pauses && let Ok(gate) = std::env::var("DNSURE_SABOTAGE_GATE") {
            // A foreign hand may now change the zone; it opens the gate by removing the file.
            let _ = std::fs::write(&gate, name);
            let stand = || {
                while std::path::Path::new(&gate).exists() {
                    std::thread::sleep(std::time::Duration::from_millis(5));
                }
            };
            // The thread may be the one that listens for signals and sockets.
            match tokio::runtime::Handle::try_current() {
                Ok(_) => tokio::task::block_in_place(stand),
                Err(_) => stand(),
            }
        }
    }

    /// Whether this is the point: by its number, or by its name and how often that was
    /// passed, as in `before write` or `before write 2`.
    fn is_at(at: &str, passed: u64, name: &str) -> bool {
        static NAMED: AtomicU64 = AtomicU64::new(0);
        if let Ok(number) = at.parse::<u64>() {
            return number == passed;
        }
        let (wanted, nth) = match at.rsplit_once(' ') {
            Some((wanted, nth)) if nth.parse::<u64>().is_ok() => (wanted, nth.parse().unwrap_or(1)),
            _ => (at, 1),
        };
        wanted == name && NAMED.fetch_add(1, Ordering::SeqCst) + 1 == nth
    }

    /// The records one write may hold, where a test wants a plan of many steps.
    pub(crate) fn limited(mut limits: Limits) -> Limits {
        if let Some(records) = number("DNSURE_SABOTAGE_RECORDS") {
            limits.records = usize::try_from(records).ok();
        }
        limits
    }

    /// How long a lock holds, where a test does not want to wait for its expiry.
    pub(crate) fn lock_for(usual: SignedDuration) -> SignedDuration {
        let seconds = number("DNSURE_SABOTAGE_LOCK_SECONDS").and_then(|seconds| i64::try_from(seconds).ok());
        seconds.map_or(usual, SignedDuration::from_secs)
    }

    /// What the clock shows, where a test wants to be inside or outside a change window.
    pub(crate) fn window_clock(now: Timestamp) -> Timestamp {
        std::env::var("DNSURE_SABOTAGE_NOW").ok().and_then(|text| text.parse().ok()).unwrap_or(now)
    }

    pub(crate) fn is_off(guard: GuardName) -> bool {
        let name = format!("{guard:?}").to_lowercase();
        std::env::var("DNSURE_SABOTAGE_OFF").is_ok_and(|off| off.split(',').any(|off| off == name))
    }
}

#[cfg(feature = "sabotage")]
pub(crate) use armed::{is_off, limited, lock_for, point, window_clock};

#[cfg(not(feature = "sabotage"))]
pub(crate) fn point(_name: &str) {}

#[cfg(not(feature = "sabotage"))]
pub(crate) fn limited(limits: dnsure_providers::guarantee::Limits) -> dnsure_providers::guarantee::Limits {
    limits
}

#[cfg(not(feature = "sabotage"))]
pub(crate) fn lock_for(usual: jiff::SignedDuration) -> jiff::SignedDuration {
    usual
}

#[cfg(not(feature = "sabotage"))]
pub(crate) fn window_clock(now: jiff::Timestamp) -> jiff::Timestamp {
    now
}

#[cfg(not(feature = "sabotage"))]
pub(crate) fn is_off(_guard: GuardName) -> bool {
    false
}
