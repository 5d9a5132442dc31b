//! The plan for one target.

use super::caches::{CacheView, cache_view, negative_ttl};
use super::canary;
use super::guards::{Guard, guards};
use super::hidden::{Hidden, hidden_answers};
use super::inventory::Inventory;
use super::legal::{self, Illegal};
use super::names::OwnerNames;
use super::order::{Hints, NoOrder, Ordered, arrange};
use super::ownership::{Policy, settle, without_server_kept};
use super::step::{Purpose, Step, net_changes};
use crate::config::{View, ZoneId};
use crate::state::TargetId;
use dnsure_providers::guarantee::{Wildcards, WriteUnit};
use dnsure_providers::{Change, Guarantee, Notice, SetChange};
use dnsure_zones::diff::{Difference, diff};
use dnsure_zones::zone::ZoneError;
use dnsure_zones::{Name, RecordKey, RecordSet, RecordType, Ttl, Zone};
use std::collections::BTreeMap;

/// What one target is planned from. Both zones are in the target's normal form.
#[derive(Debug)]
pub struct TargetInput<'a> {
    /// The provider's name in `dnsure.yaml`.
    pub provider: &'a str,
    /// What the provider promises.
    pub guarantee: Guarantee,
    /// What the files declare for this target.
    pub desired: &'a Zone,
    /// What the target holds; `None` when it has no such zone.
    pub live: Option<&'a Zone>,
    /// What the files declared at the last apply.
    pub inventory: &'a Inventory,
    /// What may be deleted and ignored.
    pub policy: &'a Policy,
    /// What normalising found.
    pub notices: Vec<Notice>,
    /// What the files say about the way from old to new.
    pub hints: &'a Hints,
    /// Whether a canary goes first.
    pub canary: bool,
}

/// Ordered steps for one target, with everything a reviewer should see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TargetPlan {
    /// The zone.
    pub zone: Name,
    /// The view of the zone, where it has several.
    pub view: Option<View>,
    /// The provider's name.
    pub provider: String,
    /// The owner names that it keeps to.
    pub names: OwnerNames,
    /// The promise, in words.
    pub guarantee: String,
    /// What one write takes.
    pub unit: WriteUnit,
    /// The TTL, in seconds, that everything changes under, where that was asked for.
    pub staged_under: Option<Ttl>,
    /// Whether the zone does not exist there yet.
    pub creates_zone: bool,
    /// The writes, in order.
    pub steps: Vec<Step>,
    /// What caches may hold, per changed record set.
    pub caches: BTreeMap<RecordKey, CacheView>,
    /// What must be acknowledged.
    pub guards: Vec<Guard>,
    /// Live, not in the files, never declared here: left alone.
    pub unmanaged: Vec<RecordSet>,
    /// The number of live record sets under `ignore:`.
    pub ignored: usize,
    /// What the target does to declared data, one line each.
    pub notices: Vec<String>,
}

/// Why a target cannot be planned; which one, says whoever tells it.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// A state that must not be.
    #[error("{illegal}")]
    Illegal {
        /// What is illegal.
        illegal: Illegal,
    },
    /// A declared record set that something unmanaged stands in the way of.
    #[error(
        "{declared} cannot be added beside {unmanaged}, which is live and was never in the files, and so is not deleted; put the live record into the files and apply them once, or say `owns: zone`, or remove it by hand"
    )]
    InTheWay {
        /// What the files declare.
        declared: RecordKey,
        /// What stands in the way.
        unmanaged: RecordKey,
    },
    /// Keys declared for a zone whose server signs it with its own.
    #[error(
        "{key}: the server signs this zone and keeps the record set itself; leave it out of the file, or let the server sign no more"
    )]
    KeptByServer {
        /// The record set.
        key: RecordKey,
    },
    /// A change that the writes of this provider cannot make.
    #[error("{why}")]
    NoOrder {
        /// What and why.
        why: NoOrder,
    },
}

impl TargetPlan {
    /// Its zone, view included.
    #[must_use]
    pub fn zone_id(&self) -> ZoneId {
        ZoneId { name: self.zone.clone(), view: self.view.clone() }
    }

    /// Its zone and provider.
    #[must_use]
    pub fn id(&self) -> TargetId {
        TargetId::of(&self.zone_id(), &self.provider)
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty() && !self.creates_zone
    }

    /// The answers that the reviewer has seen to be hidden by additions.
    #[must_use]
    pub fn hidden(&self) -> Vec<Hidden> {
        let hidden = self.guards.iter().filter_map(|guard| match guard {
            Guard::Hides { hidden } => Some(hidden.clone()),
            _ => None,
        });
        hidden.collect()
    }

    /// Every change of every step, what is only on the way included.
    pub fn changes(&self) -> impl Iterator<Item = &Change> {
        self.steps.iter().flat_map(|step| &step.changes)
    }

    /// What the steps change all in all, by owner name in canonical order.
    #[must_use]
    pub fn net_changes(&self) -> Vec<Change> {
        net_changes(&self.steps)
    }

    /// Whether a canary goes first.
    #[must_use]
    pub fn has_canary(&self) -> bool {
        self.steps.iter().any(|step| step.purpose == Purpose::Canary)
    }
}

/// Plans one target.
///
/// # Errors
/// [`TargetError`] when the files ask for something illegal or too large.
pub fn plan_target(input: TargetInput<'_>) -> Result<TargetPlan, TargetError> {
    let zone = input.desired.apex().clone();
    let illegal = |illegal: Illegal| TargetError::Illegal { illegal };
    let from_zone = |error: ZoneError| illegal(Illegal::Zone(error));
    // A new zone is created with the declared SOA and NS records.
    let created = input
        .desired
        .filtered(|set| set.is_apex() && matches!(set.rtype(), RecordType::SOA | RecordType::NS));
    let signed =
        input.live.is_some_and(|live| live.at(live.apex()).any(|set| set.rtype() == RecordType::RRSIG));
    let live = without_server_kept(input.live.cloned().unwrap_or(created));
    let live = &live;
    let mut owned = settle(input.desired, live, input.inventory, input.policy).map_err(from_zone)?;
    let names = &input.policy.names;
    let mut changes = group(diff(&owned.live, &owned.desired));
    changes.retain(|change| names.cover(&zone, change.name()));
    owned.unmanaged.retain(|set| names.cover(&zone, &set.key.name));
    if let Some((declared, unmanaged)) = in_the_way(&owned.desired, &owned.unmanaged) {
        return Err(TargetError::InTheWay { declared, unmanaged });
    }
    // Else the plan would hold the deletion of the keys that the server signs with.
    let kept = |set: &&SetChange| {
        matches!(set.key().rtype, RecordType::DNSKEY | RecordType::CDS | RecordType::CDNSKEY)
    };
    if let Some(set) = changes.iter().flat_map(Change::sets).find(kept).filter(|_| signed) {
        return Err(TargetError::KeptByServer { key: set.key().clone() });
    }
    let end = legal::after(live, &changes).map_err(illegal)?;
    legal::check_names(&end, &changes).map_err(illegal)?;

    let hidden = hidden_answers(live, &end, &changes);
    let mut guards = guards(&zone, input.desired, owned.live.set_count(), &changes, hidden, input.policy);
    let caches =
        changes.iter().flat_map(Change::sets).map(|set| (set.key().clone(), cache_view(live, set))).collect();
    let arranged = arrange(changes, &input.guarantee, input.hints);
    let Ordered { mut steps, gaps } = arranged.map_err(|why| TargetError::NoOrder { why })?;
    legal::check_steps(live, steps.iter().map(|step| step.changes.as_slice()), &gaps).map_err(illegal)?;
    guards.extend(gaps.into_iter().map(|gap| Guard::Gap {
        gap,
        publishes_within: input.guarantee.publishes_within,
        remembered: negative_ttl(live),
    }));
    if input.canary && !steps.is_empty() {
        steps.splice(0..0, canary::steps(live));
    }

    let blinking = match input.guarantee.wildcards {
        Wildcards::Steady => Vec::new(),
        Wildcards::MayBlink => {
            steps.iter().flat_map(|step| &step.changes).filter_map(|change| blink(live, change)).collect()
        }
    };

    Ok(TargetPlan {
        zone,
        view: None,
        provider: input.provider.to_owned(),
        names: names.clone(),
        guarantee: input.guarantee.to_string(),
        unit: input.guarantee.unit,
        staged_under: input.hints.staging.all,
        creates_zone: input.live.is_none(),
        steps,
        caches,
        guards,
        unmanaged: owned.unmanaged,
        ignored: owned.ignored,
        notices: input.notices.iter().map(show_notice).chain(blinking).collect(),
    })
}

/// A CNAME and other data at one name, one of them declared and one unmanaged.
fn in_the_way(desired: &Zone, unmanaged: &[RecordSet]) -> Option<(RecordKey, RecordKey)> {
    unmanaged.iter().find_map(|left| {
        let mut declared = desired.at(&left.key.name);
        let clash = declared
            .find(|set| (set.rtype() == RecordType::CNAME) != (left.key.rtype == RecordType::CNAME))?;
        Some((clash.key(), left.key.clone()))
    })
}

/// A wildcard at which every record set changes, on a server that then loses it for a moment.
fn blink(live: &Zone, change: &Change) -> Option<String> {
    let name = change.name();
    let stays = change.sets().iter().any(|set| set.after().is_some());
    let mut there = live.at(name).peekable();
    there.peek()?;
    let all_change = there.all(|set| change.sets().iter().any(|changed| *changed.key() == set.key()));
    (name.is_wildcard() && stays && all_change).then(|| {
        format!(
            "{name}: names made from this wildcard may be NXDOMAIN for some milliseconds while BIND writes; \
             another record set at the wildcard (a TXT, say), added first, keeps them answered. Where the \
             server is not BIND, say `software:` of the provider"
        )
    })
}

fn show_notice(notice: &Notice) -> String {
    match &notice.position {
        Some(position) => format!("{position}: {}: {}", notice.key, notice.message),
        None => format!("{}: {}", notice.key, notice.message),
    }
}

/// Gathers differences by owner name; canonical order keeps a name together.
fn group<'a>(differences: impl Iterator<Item = Difference<'a>>) -> Vec<Change> {
    let mut names: Vec<Vec<SetChange>> = Vec::new();
    for difference in differences {
        let set = match difference {
            Difference::Added(set) => SetChange::Add(set.to_set()),
            Difference::Removed(set) => SetChange::Remove(set.to_set()),
            Difference::Changed(before, after) => {
                let (before, after) = (before.to_set(), after.to_set());
                // Equal in all but the serial; an equal set of another type has members whose TTLs
                // differ, and is written to mend them.
                if before.key.rtype == RecordType::SOA && before.same_but_serial(&after) {
                    continue;
                }
                SetChange::Replace { before, after }
            }
        };
        match names.last_mut() {
            Some(sets) if sets[0].key().name == set.key().name => sets.push(set),
            _ => names.push(vec![set]),
        }
    }
    names.into_iter().filter_map(Change::new).collect()
}
