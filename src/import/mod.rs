//! From a live zone to zone files that plan to nothing. Pure: reading and writing are done by
//! [`crate::project::importing`].
//!
//! Every live record set ends in one of three ways, and all of them are counted: written, written
//! and marked as not to be touched (`octodns: {ignored: true}`), or left out with a reason.
//!
//! | module | idea |
//! |---|---|
//! | [`back`] | the files read back, and the plan that must be empty |

pub mod back;

use crate::plan::ignore::Rules;
use crate::plan::inventory::Inventory;
use crate::plan::ownership::Policy;
use dnsure_providers::guarantee::{ApexNs, CompareAndSwap, Limits, Settle, Wildcards, WriteUnit};
use dnsure_providers::{Backend, Guarantee, Normalised};
use dnsure_zones::diagnostic::Position;
use dnsure_zones::yaml::{self, Declared, Options};
use dnsure_zones::zone::SetRef;
use dnsure_zones::{RecordKey, RecordType, Zone, ZoneBuilder, reverse};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Whose zone is imported.
#[derive(Debug, Clone)]
pub struct Holder {
    /// The provider's name in `dnsure.yaml`, or what stands for it.
    pub provider: String,
    /// How it holds zones; `None` for a plain file, which holds everything as it is.
    pub backend: Option<Arc<dyn Backend>>,
    /// What `dnsure.yaml` says about the zone.
    pub policy: Policy,
}

impl Holder {
    /// Something that no `dnsure.yaml` speaks of.
    #[must_use]
    pub fn stranger(provider: &str, backend: Option<Arc<dyn Backend>>) -> Self {
        Self { provider: provider.to_owned(), backend, policy: Policy::default() }
    }

    fn normalise(&self, zone: &Zone) -> Normalised {
        self.backend.as_ref().map_or_else(|| Normalised::unchanged(zone), |backend| backend.normalise(zone))
    }

    fn guarantee(&self, zone: &Zone) -> Guarantee {
        self.backend.as_ref().map_or(FILE, |backend| backend.guarantee(zone.apex()))
    }
}

/// A plain file: replaced whole.
const FILE: Guarantee = Guarantee {
    unit: WriteUnit::WholeZone,
    compare: CompareAndSwap::None,
    limits: Limits {
        records: None,
        octets: None,
        additions: None,
        deletions: None,
        characters: None,
        edits: None,
    },
    settle: Settle::Nothing,
    apex_ns: ApexNs::Editable,
    wildcards: Wildcards::Steady,
    creates_zones: false,
    publishes_within: None,
};

/// A live record set that the files do not manage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmanaged {
    /// The record set.
    pub key: RecordKey,
    /// Why.
    pub reason: String,
}

/// What the files are to say, and what becomes of every live record set.
#[derive(Debug)]
pub struct Import {
    /// What the files are to say.
    pub declared: Declared,
    /// The number of live record sets.
    pub live: usize,
    /// Those that stand in the files, marked as not to be touched.
    pub left_alone: Vec<Unmanaged>,
    /// Those that do not stand in the files.
    pub left_out: Vec<Unmanaged>,
    /// Those of them that the files of other zones make.
    pub made: Vec<RecordKey>,
}

impl Import {
    /// Sorts the record sets of `live` into what is written and what is not.
    #[must_use]
    pub fn of(live: &Zone, holder: &Holder, keep_soa: bool) -> Self {
        let rules = Rules::new(&holder.policy.ignore, live.apex());
        let (mut left_out, mut left_alone) = (Vec::new(), Vec::new());
        let zone = live.filtered(|set| match not_written(set, &rules, keep_soa) {
            Some(reason) => {
                left_out.push(Unmanaged { key: set.key(), reason: reason.to_owned() });
                false
            }
            None => true,
        });
        let normal = holder.normalise(&as_if_declared(&zone));
        let mixed = zone.mixed_ttls().iter().chain(normal.zone.mixed_ttls());
        let mixed =
            mixed.map(|key| (key, "its records have different TTLs, and a file states one".to_owned()));
        let refused = normal.refused.iter();
        let refused = refused.map(|notice| {
            (&notice.key, format!("it is there, and could not be written: {}", notice.message))
        });
        let reasons: BTreeMap<&RecordKey, String> = mixed.chain(refused).collect();
        left_alone.extend(reasons.into_iter().map(|(key, reason)| Unmanaged { key: key.clone(), reason }));
        let mut declared = Declared::new(zone);
        declared.ignored = left_alone.iter().map(|set| set.key.clone()).collect();
        declared.lenient = beside_an_alias(&declared.zone);
        Self { declared, live: live.set_count(), left_alone, left_out, made: Vec::new() }
    }

    /// Leaves out the pointers that the files make from the addresses of `sources` just as they are live.
    /// What is live otherwise stays in the zone's own file, which decides.
    #[must_use]
    pub fn without_made(mut self, sources: &[&Declared]) -> Self {
        let made_beside = |own: Zone| reverse::fill(Declared::new(own), sources).0.zone;
        let is_made = |set: &SetRef<'_>, made: &Zone| {
            let made = made.get_key(&set.key());
            made.is_some_and(|made| made.to_set().same_but_serial(&set.to_set()))
        };
        let live = &self.declared.zone;
        let all = made_beside(Zone::empty(live.apex().clone()));
        // What the file keeps may decide about names of others, as a delegation does.
        let kept = live.filtered(|set| !is_made(set, &all));
        let made = made_beside(kept);
        let left = |set: &SetRef<'_>| {
            is_made(set, &all) && is_made(set, &made) && !self.declared.ignored.contains(&set.key())
        };
        let mut left_out = Vec::new();
        let zone = live.filtered(|set| {
            if left(set) {
                let reason = "the files make it from an address (`reverse_of`)".to_owned();
                left_out.push(Unmanaged { key: set.key(), reason });
            }
            !left(set)
        });
        self.made = left_out.iter().map(|set| set.key.clone()).collect();
        self.left_out.extend(left_out);
        self.declared.zone = zone;
        self
    }

    /// The number of record sets that the files manage.
    #[must_use]
    pub fn written(&self) -> usize {
        self.declared.zone.set_count() - self.left_alone.len()
    }

    /// What counts as declared at `holder` once the files are in their place: all of it is live.
    #[must_use]
    pub fn inventory(&self, holder: &Holder) -> Inventory {
        Inventory::of(&holder.normalise(&self.declared.for_target(&holder.provider)).zone).found()
    }

    /// The files, by their paths below the directory of the configuration: one, or one per owner
    /// name below the split directory.
    #[must_use]
    pub fn files(&self, directory: &Path, split: bool, options: &Options) -> Vec<(PathBuf, String)> {
        let apex = self.declared.zone.apex().to_lower().to_string();
        if !split {
            let file = directory.join(format!("{apex}yaml"));
            return vec![(file, yaml::write_declared(&self.declared, options))];
        }
        let extension = options.split_extension.as_deref().unwrap_or(".");
        let below = directory.join(format!("{}{extension}", apex.trim_end_matches('.')));
        let files = yaml::write_split(&self.declared, options);
        files.into_iter().map(|(name, text)| (below.join(name), text)).collect()
    }
}

/// Why a live record set is not to stand in a file.
fn not_written(set: &SetRef<'_>, rules: &Rules<'_>, keep_soa: bool) -> Option<&'static str> {
    let rtype = set.rtype();
    if rtype == RecordType::SOA {
        return (!keep_soa).then_some("the provider keeps it, and moves its serial; --soa writes it");
    }
    if rtype.is_server_kept() {
        return Some("the server makes it itself from the rest of the zone");
    }
    if rtype.is_server_kept_unless_declared() {
        return Some("whoever signs the zone keeps it, unless the zone file declares it");
    }
    rules.cover_set(&set.name(), rtype).then_some("a rule under `ignore` in dnsure.yaml covers it")
}

/// The zone as if it came from a file: what a provider holds and takes from nobody else is no fault
/// in a listing, and one in a file.
fn as_if_declared(zone: &Zone) -> Zone {
    let position = Position { file: "".into(), line: 1, column: 1 };
    let mut builder = ZoneBuilder::new(zone.apex().clone());
    for set in zone.sets() {
        let mut set = set.to_set();
        set.position = Some(position.clone());
        // It comes out of a zone, so it fits into one; what did not would be missed by the plan.
        let _ = builder.push_set(&set);
    }
    builder.finish().with_mixed_ttls_of(zone)
}

/// Names at which a provider holds what the standards keep apart: said when they are read, and no
/// reason to read nothing.
fn beside_an_alias(zone: &Zone) -> BTreeSet<RecordKey> {
    let aliases = zone.sets().filter(|set| matches!(set.rtype(), RecordType::CNAME | RecordType::ALIAS));
    let others = |set: &SetRef<'_>| zone.at(&set.name()).any(|other| other.rtype() != set.rtype());
    aliases.filter(others).map(|set| set.key()).collect()
}

#[cfg(test)]
mod tests;
