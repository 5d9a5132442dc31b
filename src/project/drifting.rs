//! Live against the files and the last apply, and every server against the listing.

use super::adopting::Adopted;
use super::declared::{Declarations, ReadZones};
use super::planning::Places;
use super::reserving::held;
use super::verifying::Grid;
use super::{Project, ProjectError};
use crate::config::ZoneId;
use crate::plan::drift::{Drifted, drifted};
use crate::plan::names::OwnerNames;
use crate::plan::ownership::{settle, without_server_kept};
use crate::plan::sought::{Missed, Sought};
use crate::progress::Activity;
use crate::state::TargetId;
use crate::verify::sweep::Check;
use dnsure_providers::{Backend, Live, Reading};
use dnsure_zones::diagnostic::Diagnostic;
use dnsure_zones::{RecordKey, Zone};
use futures_util::StreamExt as _;
use std::collections::BTreeSet;

/// How many targets are compared at once, whatever their providers.
const COMPARED_AT_ONCE: usize = 64;

/// What comparing one target found.
#[derive(Debug)]
pub struct Drift {
    /// The target.
    pub id: TargetId,
    /// Whether the provider has no such zone.
    pub is_missing: bool,
    /// What is live, in the target's form.
    pub live: Zone,
    /// What the files ask of it.
    pub asked: Asked,
    /// What the owner names that were asked for found.
    pub sought: Sought,
    /// The servers against the listing; or why they could not be asked.
    pub grid: Result<Grid, String>,
}

/// What the files ask of one target, beside what is live there.
#[derive(Debug)]
pub struct Asked {
    /// Where files and live differ.
    pub sets: Vec<Drifted>,
    /// What the files declare for it, as the files have it.
    pub declared: Zone,
    /// What they declare, in the target's form.
    pub desired: Zone,
    /// What waits for an open rollout, one line each.
    pub waiting: Vec<String>,
}

impl Compared {
    /// The owner names that were asked for and are nowhere.
    #[must_use]
    pub fn missed(&self, names: &OwnerNames) -> Missed {
        let mut sought = Sought::default();
        self.drifts.iter().for_each(|drift| sought.add(drift.sought.clone()));
        sought.missed(names)
    }
}

impl Drift {
    /// Whether there is anything to tell.
    #[must_use]
    pub fn is_any(&self) -> bool {
        !self.asked.sets.is_empty() || self.is_served_otherwise()
    }
}

impl Drift {
    /// How many answers are not what is listed.
    #[must_use]
    pub fn others(&self) -> usize {
        self.grid.as_ref().map_or(0, |grid| grid.findings().count())
    }

    /// Whether servers serve something else than is listed, or nobody knows.
    #[must_use]
    pub fn is_served_otherwise(&self) -> bool {
        self.grid.is_err() || self.others() > 0
    }
}

/// All that was compared.
#[derive(Debug)]
pub struct Compared {
    /// Target after target.
    pub drifts: Vec<Drift>,
    /// Why zones and targets could not be compared, one line each.
    pub failed: Vec<String>,
    /// What was found in the zone files.
    pub findings: Vec<Diagnostic>,
}

impl Project {
    /// Compares every target of `zones`, at the owner names `names`: all that can be compared, and why
    /// the others cannot.
    ///
    /// # Errors
    /// [`ProjectError`] for what concerns no single zone.
    pub async fn drift(&self, zones: &[ZoneId], names: &OwnerNames) -> Result<Compared, ProjectError> {
        let read = self.read_zones(zones)?;
        let failed = read.left("compared");
        let targets = self.all_targets(&read.whole_of(zones))?;
        let ReadZones { declarations, findings, .. } = read;
        let places = Places::default();
        let counted = self.progress.begin(Activity::ReadingLive, targets.len());
        let each = targets.into_iter().map(async |id| {
            let shown = id.to_string();
            let compared = self.compare(id, &declarations, names, &places).await;
            counted.one();
            compared.map_err(|error| error.of_target(&shown))
        });
        let results: Vec<_> = futures_util::stream::iter(each).buffered(COMPARED_AT_ONCE).collect().await;
        drop(counted);
        let mut compared = Compared { drifts: Vec::new(), failed, findings };
        for result in results {
            match result {
                Ok(drift) => compared.drifts.push(drift),
                Err(error) => compared.failed.push(error),
            }
        }
        Ok(compared)
    }

    async fn compare(
        &self,
        id: TargetId,
        declarations: &Declarations,
        names: &OwnerNames,
        places: &Places,
    ) -> Result<Drift, ProjectError> {
        let backend = self.backend(&id.provider).await?;
        let place = places.at(&id.provider).await;
        let (live, is_missing) = match backend.read(&id.zone).await {
            Ok(Reading::Live(Live { zone, .. })) => (zone, false),
            Ok(Reading::Missing) => (Zone::empty(id.zone.clone()), true),
            Err(error) => return Err(ProjectError::Backend { target: id.to_string(), error }),
        };
        drop(place);
        let live = backend.normalise(&live).zone;
        let asked = self.asked(&id, backend.as_ref(), &live, declarations, names).await?;
        let grid = self.listing_served(&id, backend.as_ref(), &live, names).await;
        let sought = Sought::of(names, [&asked.desired, &live]);
        Ok(Drift { id, is_missing, live, asked, sought, grid })
    }

    /// What the files ask of a target that holds `live`.
    async fn asked(
        &self,
        id: &TargetId,
        backend: &dyn Backend,
        live: &Zone,
        declarations: &Declarations,
        names: &OwnerNames,
    ) -> Result<Asked, ProjectError> {
        let other = |error: String| ProjectError::Other(format!("{id}: {error}"));
        let declared = declarations.of(id).ok_or_else(|| other("nothing is declared".into()))?;
        let surveyed = backend.survey(live, &declared).await;
        surveyed.map_err(|error| ProjectError::Backend { target: id.to_string(), error })?;
        let mut policy = self.target_config(id)?.policy.clone();
        policy.ignore.extend(declarations.ignored_rules(id));
        let inventory = self.inventory(id).await?;
        let desired = backend.normalise(&declared).zone;
        // A rollout that is open has the phase that it has come to.
        let (now, waiting) = held(&desired, live, &self.reservations(id).await?);
        let owned = settle(&now, live, &inventory, &policy).map_err(|error| other(error.to_string()))?;
        let sets = drifted(&owned, &now, &inventory, names);
        Ok(Asked { sets, declared, desired, waiting })
    }

    /// What of `adopted` is still not the same live and in the files of `zone` as they are now, one line
    /// each: one file speaks for all targets, and with one TTL for all members of a record set.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub async fn still_differing(
        &self,
        zone: &ZoneId,
        drifts: &[&Drift],
        adopted: &[Adopted],
        names: &OwnerNames,
    ) -> Result<Vec<String>, ProjectError> {
        let mut lines = Vec::new();
        if adopted.is_empty() {
            return Ok(lines);
        }
        let adopted: BTreeSet<&RecordKey> = adopted.iter().map(|one| &one.key).collect();
        let read = self.read_each(std::slice::from_ref(zone), |declared| declared);
        let (declarations, _) = self.gather(read)?.whole()?;
        for Drift { id, live, asked: before, .. } in drifts.iter().filter(|drift| !drift.is_missing) {
            let backend = self.backend(&id.provider).await?;
            let asked = self.asked(id, backend.as_ref(), live, &declarations, names).await?;
            // What another target had alone is declared for this one too now, as somebody asked by name.
            let had = |key: &RecordKey| before.sets.binary_search_by(|one| one.key.cmp(key)).is_ok();
            let still = asked.sets.iter().filter(|one| adopted.contains(&one.key) && had(&one.key));
            lines.extend(still.map(|one| {
                let why = match &one.live {
                    Some(live) if live.has_mixed_ttls() => "its members have different TTLs live",
                    _ => "it is still not what is live",
                };
                format!("{id} {}: {why}: dnsure apply brings what the files say now", one.key)
            }));
        }
        Ok(lines)
    }

    /// Asks every server whether it serves what the provider lists.
    async fn listing_served(
        &self,
        id: &TargetId,
        backend: &dyn Backend,
        live: &Zone,
        names: &OwnerNames,
    ) -> Result<Grid, String> {
        let listed = without_server_kept(live.clone());
        let sets = listed.sets().filter(|set| names.cover(&id.zone, &set.name()));
        let checks = sets.map(|set| Check::of(&listed, &set.name(), set.rtype())).collect();
        self.grid(id, backend, live, checks).await.map_err(|error| error.to_string())
    }
}
