//! Reading live zones and planning against them.

use super::ahead::Ahead;
use super::declared::{Declarations, ReadZones};
use super::reserving::held;
use super::{Project, ProjectError};
use crate::apply::reservation::Reservation;
use crate::config::{CanaryRule, ZoneId};
use crate::plan::inventory::Inventory;
use crate::plan::names::OwnerNames;
use crate::plan::sought::{Missed, Sought};
use crate::plan::target::{TargetInput, TargetPlan, plan_target};
use crate::plan::{Plan, locked};
use crate::progress::Activity;
use crate::sabotage::{self, GuardName};
use crate::state::{Journal, TargetId, inventory};
use crate::verify::servers;
use crate::verify::sweep::{Check, sweep};
use dnsure_providers::dns::{Form, Question};
use dnsure_providers::{Backend, Guarantee, Notice, Reading};
use dnsure_zones::diagnostic::Diagnostic;
use dnsure_zones::{Name, RecordKey, RecordSet, RecordType, Ttl, Zone};
use futures_util::StreamExt as _;
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore};

/// How long a plan file may be applied.
const PLAN_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A plan and what else the user should know.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What was found in the zone files.
    pub findings: Vec<Diagnostic>,
    /// Why zones and targets could not be planned, one line each or more; the plan is without them.
    pub failed: Vec<String>,
    /// Globs of owner names that no name matches.
    pub missed: Missed,
    /// Where servers disagree with what their provider lists, one line each.
    pub disagreements: Vec<String>,
    /// Targets with an interrupted run that is to be finished first, each with what to say about it.
    pub unfinished: BTreeMap<TargetId, String>,
    /// What the files declare, for the targets of the plan.
    pub declarations: Declarations,
}

/// What the user asks of a plan.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// The git commit of the zone files, where there is one.
    pub commit: Option<String>,
    /// A canary goes first, whatever the provider promises.
    pub canary: bool,
    /// The TTL that everything changes under.
    pub stage: Option<Ttl>,
    /// The owner names that the plan keeps to.
    pub names: OwnerNames,
}

/// A target's zone as it is listed.
pub(super) struct Listed {
    backend: Arc<dyn Backend>,
    live: Option<Zone>,
    /// What the provider lets nobody change, and why.
    locked: BTreeMap<RecordKey, String>,
}

/// One target, planned.
struct PlannedTarget {
    target: TargetPlan,
    disagreements: Vec<String>,
    /// What the globs of owner names found.
    sought: Sought,
    /// What to say about an interrupted run of the target.
    unfinished: Option<String>,
}

/// How many reads of each provider may go on at once: less than the transfers that BIND gives out.
pub(super) const READS: usize = 8;

/// How many targets are planned at once, whatever their providers.
const PLANNED_AT_ONCE: usize = 64;

/// Places for reads, by provider.
#[derive(Debug, Default)]
pub(super) struct Places(Mutex<BTreeMap<String, Arc<Semaphore>>>);

impl Places {
    /// Waits for a place to read from `provider`.
    pub(super) async fn at(&self, provider: &str) -> Option<OwnedSemaphorePermit> {
        let places = {
            let mut all = self.0.lock().await;
            Arc::clone(all.entry(provider.to_owned()).or_insert_with(|| Arc::new(Semaphore::new(READS))))
        };
        // It is never closed.
        places.acquire_owned().await.ok()
    }
}

impl Project {
    /// Plans `zones`: all that can be planned, and why the others cannot.
    ///
    /// # Errors
    /// [`ProjectError`] for what concerns no single zone.
    pub async fn plan(&self, zones: &[ZoneId], options: PlanOptions) -> Result<Planned, ProjectError> {
        let places = Places::default();
        let ahead = self.list_ahead(&self.all_targets(zones)?, &places).await;
        let read = self.read_zones(zones)?;
        let mut failed = read.left("planned");
        let ids = self.all_targets(&read.whole_of(zones))?;
        let ReadZones { declarations, findings, .. } = read;
        let counted = self.progress.begin(Activity::ReadingLive, ids.len());
        let each = ids.iter().map(async |id| {
            let planned = self.plan_target(id, &declarations, &options, &places, &ahead).await;
            counted.one();
            planned
        });
        let results: Vec<_> = futures_util::stream::iter(each).buffered(PLANNED_AT_ONCE).collect().await;
        drop(counted);
        let mut targets = Vec::new();
        let mut disagreements = Vec::new();
        let mut sought = Sought::default();
        let mut unfinished = BTreeMap::new();
        for result in results {
            match result {
                Ok(one) => {
                    unfinished.extend(one.unfinished.map(|line| (one.target.id(), line)));
                    targets.push(one.target);
                    disagreements.extend(one.disagreements);
                    sought.add(one.sought);
                }
                Err(reason) => failed.push(reason),
            }
        }
        let missed = sought.missed(&options.names);
        let now = Timestamp::now();
        let plan = Plan {
            created_at: now,
            expires_at: now.saturating_add(PLAN_FOR).unwrap_or(now),
            commit: options.commit,
            targets,
        };
        Ok(Planned { plan, findings, failed, missed, disagreements, unfinished, declarations })
    }

    /// Whether the configuration lets the zone of this target be created.
    #[must_use]
    pub fn may_create(&self, target: &TargetPlan) -> bool {
        self.config.zone(&target.zone_id()).is_some_and(|config| config.create)
    }

    /// Reads one target and plans it; the error is what to tell, each line with its target.
    async fn plan_target(
        &self,
        id: &TargetId,
        declarations: &Declarations,
        options: &PlanOptions,
        places: &Places,
        ahead: &Ahead,
    ) -> Result<PlannedTarget, String> {
        if let Some(listed) = ahead.take(id).await {
            let listed = listed.map_err(|reason| format!("{id}: {reason}"))?;
            return self.plan_one(id, declarations, &listed, options).await;
        }
        let backend = self.backend(&id.provider).await.map_err(|error| format!("{id}: {error}"))?;
        // Whatever is there, this provider writes nothing.
        if let Some(reason) = backend.read_only(&id.zone) {
            return Err(self.only_read(id, &reason));
        }
        let place = places.at(&id.provider).await;
        let listed = list(backend, &id.zone).await.map_err(|reason| format!("{id}: {reason}"))?;
        drop(place);
        self.plan_one(id, declarations, &listed, options).await
    }

    async fn plan_one(
        &self,
        id: &TargetId,
        declarations: &Declarations,
        listed: &Listed,
        options: &PlanOptions,
    ) -> Result<PlannedTarget, String> {
        let config = self.target_config(id).map_err(|error| error.to_string())?;
        let declared = declarations.of(id).ok_or_else(|| format!("{id}: nothing is declared"))?;
        let nothing = Zone::empty(id.zone.clone());
        let surveyed = listed.backend.survey(listed.live.as_ref().unwrap_or(&nothing), &declared).await;
        surveyed.map_err(|error| format!("{id}: {error}"))?;
        let desired = listed.backend.normalise(&declared);
        if !desired.refused.is_empty() {
            let lines: Vec<String> = desired.refused.iter().map(|notice| refusal(id, notice)).collect();
            return Err(lines.join("\n"));
        }
        let live = listed.live.as_ref().map(|live| listed.backend.normalise(live).zone);
        let inventory = self.inventory(id).await.map_err(|error| error.to_string())?;
        let mut policy = config.policy.clone();
        policy.ignore.extend(declarations.ignored_rules(id));
        policy.names = options.names.clone();
        let mut guarantee = listed.backend.guarantee(&id.zone);
        guarantee.limits = crate::sabotage::limited(guarantee.limits);
        let open = self.open_journals(id).await.map_err(|error| error.to_string())?;
        let unfinished = self.unfinished(id, &open).await.map_err(|error| error.to_string())?;
        let reservations: Vec<Reservation> = open.iter().filter_map(Journal::reservation).collect();
        let (wanted, waiting) = held(&desired.zone, live.as_ref().unwrap_or(&nothing), &reservations);
        let with_soa = match &live {
            Some(live) => self.with_served_soa(id, listed.backend.as_ref(), live, &wanted).await,
            None => None,
        };
        let canary = options.canary || wants_canary(config.canary, &guarantee, &inventory);
        let mut target = plan_target(TargetInput {
            hints: &declarations.hints(id, options.stage),
            canary: canary && live.is_some() && !sabotage::is_off(GuardName::Canary),
            provider: &id.provider,
            guarantee,
            desired: &wanted,
            live: with_soa.as_ref().or(live.as_ref()),
            inventory: &inventory,
            policy: &policy,
            notices: desired.notices,
        })
        .map_err(|error| format!("{id}: {error}"))?;
        let locked = locked::in_the_way(&target, &listed.locked);
        if !locked.is_empty() {
            return Err(locked.join("\n"));
        }
        if !target.is_empty()
            && let Some(reason) = listed.backend.read_only(&id.zone)
        {
            return Err(self.only_read(id, &reason));
        }
        if listed.live.is_none() {
            let gone = self.vanished(id, &inventory).await.map_err(|error| error.to_string())?;
            target.guards.splice(0..0, gone);
        }
        target.view = id.view.clone();
        target.notices.extend(waiting);
        target.notices.extend(listed.backend.caveats(&target.net_changes()));
        let disagreements = match &live {
            Some(live) => self.disagreements(id, listed.backend.as_ref(), live, &target).await,
            None => Vec::new(),
        };
        let sought = Sought::of(&options.names, std::iter::once(&desired.zone).chain(&live));
        Ok(PlannedTarget { target, disagreements, sought, unfinished })
    }

    /// Why there is no plan for a target that is only read.
    fn only_read(&self, id: &TargetId, reason: &str) -> String {
        let entry = self.target_config(id).ok().map(|entry| format!("{}: ", entry.span.position));
        format!("{}{id} is not written: {reason}", entry.unwrap_or_default())
    }

    /// What the files declared at the last apply to this target.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub async fn inventory(&self, id: &TargetId) -> Result<Inventory, ProjectError> {
        inventory::read(&self.state, id).await.map_err(|error| {
            ProjectError::Other(format!("{error}: what it listed is then unmanaged until the next apply"))
        })
    }

    /// The listing with the SOA that is served, where neither it nor the files have one: how long
    /// caches remember an absence stands in it, and many panels do not show it.
    async fn with_served_soa(
        &self,
        id: &TargetId,
        backend: &dyn Backend,
        live: &Zone,
        wanted: &Zone,
    ) -> Option<Zone> {
        let has_soa = |zone: &Zone| zone.get(zone.apex(), RecordType::SOA).is_some();
        if has_soa(live) || has_soa(wanted) {
            return None;
        }
        let configured = self.config.providers.get(&id.provider).map(|provider| provider.servers.as_slice());
        let addresses =
            servers::find(&id.provider, configured.unwrap_or_default(), backend, live).await.ok()?;
        let question = Question { name: live.apex().clone(), rtype: RecordType::SOA };
        let reply = self.asker.ask(*addresses.first()?, &question, Form::UdpEdns).await.ok()?;
        let soa = reply.answer.iter().find(|record| record.rtype == RecordType::SOA)?;
        let key = RecordKey::new(live.apex().clone(), RecordType::SOA);
        let set = RecordSet::new(key, soa.ttl, [soa.rdata.clone()]);
        live.with([(&set.key, Some(&set))]).ok()
    }

    /// Asks the servers for the touched names: where they disagree with the listing, a
    /// reviewer should know before anything is changed.
    async fn disagreements(
        &self,
        id: &TargetId,
        backend: &dyn Backend,
        live: &Zone,
        target: &TargetPlan,
    ) -> Vec<String> {
        let keys: Vec<&RecordKey> =
            target.changes().flat_map(|change| change.sets()).map(|set| set.key()).collect();
        if keys.is_empty() {
            return Vec::new();
        }
        let configured = self.config.providers.get(&id.provider).map(|provider| provider.servers.as_slice());
        let addresses = match servers::find(&id.provider, configured.unwrap_or_default(), backend, live).await
        {
            Ok(addresses) => addresses,
            Err(error) => return vec![format!("{id}: {error}")],
        };
        let checks =
            Arc::new(keys.into_iter().map(|key| Check::of(live, &key.name, key.rtype)).collect::<Vec<_>>());
        let swept = sweep(&self.asker, &addresses, Arc::clone(&checks), &[Form::UdpEdns]).await;
        swept
            .findings
            .iter()
            .filter(|one| !one.no_route)
            .map(|one| {
                let question = &checks[one.check].question;
                format!("{} {question}: {}", addresses[one.server], one.judgement.detail())
            })
            .collect()
    }
}

/// Whether a provider deserves so little trust that a canary goes first: where writes are less
/// than atomic, always; where they compare nothing, before the first apply.
pub(super) fn wants_canary(rule: CanaryRule, guarantee: &Guarantee, inventory: &Inventory) -> bool {
    match rule {
        CanaryRule::Always => true,
        CanaryRule::Never => false,
        CanaryRule::Auto if guarantee.is_atomic_and_guarded() => false,
        CanaryRule::Auto => !guarantee.unit.is_whole() || !inventory.is_applied(),
    }
}

pub(super) async fn list(backend: Arc<dyn Backend>, zone: &Name) -> Result<Listed, String> {
    match backend.read(zone).await {
        Ok(Reading::Live(live)) => Ok(Listed { backend, live: Some(live.zone), locked: live.locked }),
        Ok(Reading::Missing) if backend.guarantee(zone).creates_zones => {
            Ok(Listed { backend, live: None, locked: BTreeMap::new() })
        }
        Ok(Reading::Missing) => Err(format!(
            "the server has no such zone, and a {} provider cannot create it: add the zone to the server's configuration",
            backend.kind()
        )),
        Err(error) => Err(error.to_string()),
    }
}

fn refusal(id: &TargetId, notice: &Notice) -> String {
    let place = notice.position.as_ref().map(|position| format!("{position}: ")).unwrap_or_default();
    format!("{place}{} cannot be held by {}: {}", notice.key, id.provider, notice.message)
}
