//! The whole zone against all its servers.

use super::declared::ReadZones;
use super::planning::Places;
use super::reserving::held;
use super::{Project, ProjectError};
use crate::config::ZoneId;
use crate::plan::drift::{Drifted, drifted};
use crate::plan::ignore::IgnoreRule;
use crate::plan::names::OwnerNames;
use crate::plan::ownership::settle;
use crate::plan::sought::{Missed, Sought};
use crate::progress::Activity;
use crate::state::TargetId;
use crate::verify::servers::ServersError;
use crate::verify::sweep::{Check, Seen, sweep_counted};
use crate::verify::{listed, servers, whole};
use dnsure_providers::dns::Form;
use dnsure_providers::{Backend, Live, Reading};
use dnsure_zones::Zone;
use dnsure_zones::diagnostic::Diagnostic;
use futures_util::StreamExt as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How many targets are verified at once.
const VERIFIED_AT_ONCE: usize = 8;

/// What verifying one target found: a grid of record sets and servers.
#[derive(Debug)]
pub struct Grid {
    /// The target.
    pub id: TargetId,
    /// The addresses, one column each.
    pub servers: Vec<SocketAddr>,
    /// The columns that cannot be reached from here.
    pub not_asked: Vec<usize>,
    /// The questions, one row each.
    pub checks: Arc<Vec<Check>>,
    /// Every cell that is not as it should be, sorted by row and column.
    pub seen: Vec<Seen>,
    /// What the provider lists otherwise than the files have it, where no answer can show it.
    pub listed: Vec<Drifted>,
    /// How long it took.
    pub took: Duration,
}

/// All that was verified.
#[derive(Debug)]
pub struct Verified {
    /// Target after target.
    pub grids: Vec<Grid>,
    /// Why zones and targets could not be verified, one line each.
    pub failed: Vec<String>,
    /// What was found in the zone files.
    pub findings: Vec<Diagnostic>,
    /// Globs of owner names that no name matches.
    pub missed: Missed,
}

impl Grid {
    /// The cells that are not as they should be.
    pub fn findings(&self) -> impl Iterator<Item = &Seen> {
        self.seen.iter().filter(|one| !self.not_asked.contains(&one.server))
    }

    /// Whether nothing is otherwise than it should be.
    #[must_use]
    pub fn is_as_declared(&self) -> bool {
        self.listed.is_empty() && self.findings().next().is_none()
    }
}

impl Project {
    /// Asks every server of every target of `zones` for every declared record set whose owner name is
    /// one of `names`: all that can be asked, and why the others cannot.
    ///
    /// # Errors
    /// [`ProjectError`] for what concerns no single zone.
    pub async fn verify(&self, zones: &[ZoneId], names: &OwnerNames) -> Result<Verified, ProjectError> {
        let read = self.read_zones(zones)?;
        let failed = read.left("verified");
        let ids = self.all_targets(&read.whole_of(zones))?;
        let ReadZones { declarations, findings, .. } = read;
        let places = Places::default();
        let each = ids.into_iter().filter_map(|id| {
            let declared = declarations.of(&id)?;
            let ignored = declarations.ignored_rules(&id);
            let shown = id.to_string();
            let grid = self.verify_one(id, declared, ignored, names, &places);
            Some(async move { grid.await.map_err(|error| error.of_target(&shown)) })
        });
        let results: Vec<_> = futures_util::stream::iter(each).buffered(VERIFIED_AT_ONCE).collect().await;
        let mut sought = Sought::default();
        let mut verified = Verified { grids: Vec::new(), failed, findings, missed: Missed::default() };
        for result in results {
            match result {
                Ok((grid, found)) => {
                    verified.grids.push(grid);
                    sought.add(found);
                }
                Err(error) => verified.failed.push(error),
            }
        }
        verified.missed = sought.missed(names);
        Ok(verified)
    }

    async fn verify_one(
        &self,
        id: TargetId,
        declared: Zone,
        ignored: Vec<IgnoreRule>,
        names: &OwnerNames,
        places: &Places,
    ) -> Result<(Grid, Sought), ProjectError> {
        let backend = self.backend(&id.provider).await?;
        let place = places.at(&id.provider).await;
        // What the target would make of the files may be known only once it has been read.
        let live = match backend.read(&id.zone).await {
            Ok(Reading::Live(Live { zone, .. })) => backend.normalise(&zone).zone,
            Ok(Reading::Missing) => Zone::empty(id.zone.clone()),
            Err(error) => return Err(ProjectError::Backend { target: id.to_string(), error }),
        };
        drop(place);
        let mut policy = self.target_config(&id)?.policy.clone();
        policy.ignore.extend(ignored);
        let other = |error: String| ProjectError::Other(format!("{id}: {error}"));
        let inventory = self.inventory(&id).await?;
        let desired = backend.normalise(&declared).zone;
        let (desired, _) = held(&desired, &live, &self.reservations(&id).await?);
        let owned = settle(&desired, &live, &inventory, &policy).map_err(|error| other(error.to_string()))?;
        let mut checks = whole::checks(&owned).map_err(|error| other(error.to_string()))?;
        checks.retain(|check| names.cover(&id.zone, &check.question.name));
        let sought = Sought::of(names, [&desired, &live]);
        let differing = drifted(&owned, &desired, &inventory, names);
        let listed = listed::out_of_sight(differing, &owned.desired);
        let grid = self.grid(&id, backend.as_ref(), &live, checks).await;
        let grid = grid.map_err(|error| other(error.to_string()))?;
        Ok((Grid { listed, ..grid }, sought))
    }

    /// Asks every server of a target for `checks`; `live` is what its provider lists.
    ///
    /// # Errors
    /// [`ServersError`] where nobody knows who they are.
    pub(super) async fn grid(
        &self,
        id: &TargetId,
        backend: &dyn Backend,
        live: &Zone,
        checks: Vec<Check>,
    ) -> Result<Grid, ServersError> {
        let configured = self.config.providers.get(&id.provider).map(|provider| provider.servers.as_slice());
        let servers = servers::find(&id.provider, configured.unwrap_or_default(), backend, live).await?;
        let started = Instant::now();
        let checks = Arc::new(checks);
        let asking = self.progress.begin(Activity::Verifying, checks.len() * servers.len());
        let counter = asking.counter();
        let swept =
            sweep_counted(&self.asker, &servers, Arc::clone(&checks), &[Form::UdpEdns], &counter).await;
        let not_asked = swept.unroutable().into_iter().collect();
        let id = id.clone();
        Ok(Grid {
            id,
            servers,
            not_asked,
            checks,
            seen: swept.findings,
            listed: Vec::new(),
            took: started.elapsed(),
        })
    }
}
