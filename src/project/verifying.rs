//! The whole zone against all its servers.

use super::reserving::held;
use super::{Project, ProjectError};
use crate::plan::ownership::settle;
use crate::progress::Activity;
use crate::state::TargetId;
use crate::verify::sweep::{Check, Seen, sweep_counted};
use crate::verify::{servers, whole};
use dnsure_providers::dns::Form;
use dnsure_providers::{Live, Reading};
use dnsure_zones::{Name, Zone};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

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
    /// How long it took.
    pub took: Duration,
}

impl Grid {
    /// The cells that are not as they should be.
    pub fn findings(&self) -> impl Iterator<Item = &Seen> {
        self.seen.iter().filter(|one| !self.not_asked.contains(&one.server))
    }
}

impl Project {
    /// Asks every server of every target of `zones` for every declared record set.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub async fn verify(&self, zones: &[Name]) -> Result<Vec<Grid>, ProjectError> {
        let (declarations, _) = self.read_declarations(zones)?;
        let mut grids = Vec::new();
        for zone in zones {
            for id in self.targets(zone)? {
                let Some(declared) = declarations.of(&id) else { continue };
                let ignored = declarations.ignored_rules(&id);
                grids.push(self.verify_one(id, &declared, ignored).await?);
            }
        }
        Ok(grids)
    }

    async fn verify_one(
        &self,
        id: TargetId,
        declared: &Zone,
        ignored: Vec<crate::plan::ignore::IgnoreRule>,
    ) -> Result<Grid, ProjectError> {
        let backend = self.backend(&id.provider).await?;
        // What the target would make of the files may be known only once it has been read.
        let live = match backend.read(&id.zone).await {
            Ok(Reading::Live(Live { zone, .. })) => backend.normalise(&zone).zone,
            Ok(Reading::Missing) => Zone::empty(id.zone.clone()),
            Err(error) => return Err(ProjectError::Backend { target: id.to_string(), error }),
        };
        let mut policy = self.zone_config(&id.zone)?.policy.clone();
        policy.ignore.extend(ignored);
        let other = |error: dnsure_zones::zone::ZoneError| ProjectError::Other(format!("{id}: {error}"));
        let inventory = self.inventory(&id).await?;
        let desired = backend.normalise(declared).zone;
        let (desired, _) = held(&desired, &live, &self.reservations(&id).await?);
        let owned = settle(&desired, &live, &inventory, &policy).map_err(other)?;
        let checks = whole::checks(&owned).map_err(other)?;
        let configured = self.config.providers.get(&id.provider).map(|provider| provider.servers.as_slice());
        let servers = servers::find(&id.provider, configured.unwrap_or_default(), backend.as_ref(), &live)
            .await
            .map_err(|error| ProjectError::Other(error.to_string()))?;
        let started = Instant::now();
        let checks = Arc::new(checks);
        let asking = self.progress.begin(Activity::Verifying, checks.len() * servers.len());
        let counter = asking.counter();
        let swept =
            sweep_counted(&self.asker, &servers, Arc::clone(&checks), &[Form::UdpEdns], &counter).await;
        let not_asked = swept.unroutable().into_iter().collect();
        Ok(Grid { id, servers, not_asked, checks, seen: swept.findings, took: started.elapsed() })
    }
}
