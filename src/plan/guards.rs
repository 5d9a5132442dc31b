//! What a person must sign for before it is applied.

use super::hidden::Hidden;
use super::ignore::IgnoreRule;
use super::order::Gap;
use super::ownership::Policy;
use crate::report::words;
use dnsure_providers::{Change, SetChange};
use dnsure_zones::{Name, RecordKey, RecordType, Zone};
use jiff::Timestamp;
use std::fmt;

/// One reason to stop until somebody acknowledges the plan by its digest.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(tag = "guard", rename_all = "snake_case")]
pub enum Guard {
    /// The zone would be made, and the state knows that it was there.
    GoneZone {
        /// The last run that was applied to it, where one is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        run: Option<String>,
        /// When that ended.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at: Option<Timestamp>,
    },
    /// The files declare nothing (or nothing but SOA and apex NS), and live data would go.
    EmptyZone {
        /// The number of record sets that would be destroyed.
        deletes: usize,
    },
    /// More deletions than allowed unasked.
    TooManyDeletes {
        /// The number of record sets that would be destroyed.
        deletes: usize,
        /// `guards.max_deletes`.
        limit: usize,
    },
    /// A larger share of the zone than allowed unasked; small zones too.
    TooLargeShare {
        /// The number of record sets that would be destroyed.
        deletes: usize,
        /// The number of live record sets.
        of: usize,
        /// `guards.max_delete_percent`.
        limit_percent: usize,
    },
    /// The NS records at the apex change.
    ApexNs,
    /// The SOA changes.
    Soa,
    /// A protected record set changes.
    Protected {
        /// The record set.
        key: RecordKey,
        /// The `protect:` entry.
        rule: String,
    },
    /// An added name hides an answer.
    Hides {
        /// The answer and what hides it.
        #[serde(flatten)]
        hidden: Hidden,
    },
    /// Data that is there before and after is missing for a moment.
    Gap {
        /// Where, and what.
        #[serde(flatten)]
        gap: Gap,
        /// How many seconds the provider says a write takes until it is served.
        publishes_within: Option<u32>,
        /// How many seconds caches may remember the absence (RFC 2308 5).
        remembered: Option<u32>,
    },
}

impl Guard {
    /// Whether it needs `--accept-gap` rather than `--ack`.
    #[must_use]
    pub fn is_gap(&self) -> bool {
        matches!(self, Self::Gap { .. })
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::GoneZone { run, at } => {
                f.write_str("the zone was there before and is gone now")?;
                match (run, at) {
                    (Some(run), Some(at)) => write!(f, ": it was applied at {at} (receipt {run})")?,
                    (Some(run), None) => write!(f, ": it was applied (receipt {run})")?,
                    (None, _) => {
                        f.write_str(": it was found there when its files were imported or applied")?
                    }
                }
                f.write_str(
                    ". This may be another account or directory than then, a volume may not be mounted, or \
                     somebody deleted it: look first, because what would be made is a new zone with no more \
                     than the files declare",
                )
            }
            Self::EmptyZone { deletes } => {
                write!(
                    f,
                    "the zone file declares nothing, and {} would be destroyed",
                    words::count(*deletes, "live record set")
                )
            }
            Self::TooManyDeletes { deletes, limit } => {
                write!(
                    f,
                    "{} would be destroyed; {limit} are allowed unasked (guards.max_deletes)",
                    words::count(*deletes, "record set")
                )
            }
            Self::TooLargeShare { deletes, of, limit_percent } => write!(
                f,
                "{deletes} of {of} record sets would be destroyed; {limit_percent} % are allowed unasked (guards.max_delete_percent)"
            ),
            Self::ApexNs => f.write_str("the NS records at the apex change"),
            Self::Soa => f.write_str("the SOA changes"),
            Self::Protected { key, rule } => write!(f, "{key} is protected (`{rule}`)"),
            Self::Hides { hidden } => {
                write!(
                    f,
                    "{} is answered now and would not be any more: the new name {} hides it",
                    hidden.key, hidden.by
                )
            }
            Self::Gap { gap, publishes_within, remembered } => {
                let types: Vec<String> = gap.missing.iter().map(ToString::to_string).collect();
                write!(f, "{} {} is missing between two writes", gap.name, types.join(", "))?;
                match publishes_within {
                    Some(seconds) => {
                        write!(f, ", and until the second is served: up to {}", words::seconds(*seconds))?
                    }
                    None => f.write_str(
                        ", and until the second is served: this provider does not say how long that takes",
                    )?,
                }
                if let Some(seconds) = remembered {
                    write!(
                        f,
                        "; caches that ask in that time remember the absence up to {}",
                        words::seconds(*seconds)
                    )?;
                }
                Ok(())
            }
        }
    }
}

/// The number of record sets that `changes` destroy. At a name whose types swap, only
/// what is not replaced counts.
#[must_use]
pub fn count_deletes(changes: &[Change]) -> usize {
    changes
        .iter()
        .map(|change| {
            let removed = change.sets().iter().filter(|set| set.after().is_none()).count();
            let added = change.sets().iter().filter(|set| set.before().is_none()).count();
            removed.saturating_sub(added)
        })
        .sum()
}

/// The guards that `changes` trip.
#[must_use]
pub fn guards(
    apex: &Name,
    desired: &Zone,
    live_sets: usize,
    changes: &[Change],
    hidden: Vec<Hidden>,
    policy: &Policy,
) -> Vec<Guard> {
    let mut found = Vec::new();
    let deletes = count_deletes(changes);
    let declares_something =
        desired.sets().any(|set| !(set.is_apex() && matches!(set.rtype(), RecordType::SOA | RecordType::NS)));
    if deletes > 0 && !declares_something {
        found.push(Guard::EmptyZone { deletes });
    }
    if deletes > policy.max_deletes {
        found.push(Guard::TooManyDeletes { deletes, limit: policy.max_deletes });
    }
    if deletes * 100 > policy.max_delete_percent * live_sets {
        found.push(Guard::TooLargeShare { deletes, of: live_sets, limit_percent: policy.max_delete_percent });
    }
    for set in changes.iter().flat_map(Change::sets) {
        let key = set.key();
        let existed = set.before().is_some();
        if existed && key.name == *apex && key.rtype == RecordType::NS {
            found.push(Guard::ApexNs);
        }
        if existed && key.rtype == RecordType::SOA {
            found.push(Guard::Soa);
        }
        found.extend(protecting(apex, set, &policy.protect));
    }
    found.extend(hidden.into_iter().map(|hidden| Guard::Hides { hidden }));
    found
}

fn protecting(apex: &Name, set: &SetChange, rules: &[IgnoreRule]) -> Option<Guard> {
    set.before()?;
    let key = set.key();
    let rule = rules.iter().find(|rule| rule.covers_set(apex, &key.name, key.rtype))?;
    Some(Guard::Protected { key: key.clone(), rule: rule.to_string() })
}
