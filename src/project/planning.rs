//! Reading live zones and planning against them.

use super::declared::Declarations;
use super::reserving::held;
use super::{Project, ProjectError};
use crate::config::CanaryRule;
use crate::plan::ownership::Inventory;
use crate::plan::target::{TargetInput, TargetPlan, plan_target};
use crate::plan::{Plan, locked};
use crate::sabotage::{self, GuardName};
use crate::state::{TargetId, inventory};
use crate::verify::servers;
use crate::verify::sweep::{Check, sweep};
use dnsure_providers::dns::{Form, Question};
use dnsure_providers::{Backend, Guarantee, Notice, Reading};
use dnsure_zones::diagnostic::Diagnostic;
use dnsure_zones::{Name, RecordKey, RecordSet, RecordType, Ttl, Zone};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;

/// How long a plan file may be applied.
const PLAN_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A plan and what else the user should know.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Warnings from the zone files.
    pub warnings: Vec<Diagnostic>,
    /// Where servers disagree with what their provider lists, one line each.
    pub disagreements: Vec<String>,
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
    /// Nothing will be applied, as in `drift`: providers that are only read may be targets.
    pub comparing: bool,
}

/// A target's zone as it is listed.
struct Listed {
    backend: Arc<dyn Backend>,
    live: Option<Zone>,
    /// What the provider lets nobody change, and why.
    locked: BTreeMap<RecordKey, String>,
}

impl Project {
    /// Plans `zones`. Nothing is planned when any zone cannot be: every error is told.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub async fn plan(&self, zones: &[Name], options: PlanOptions) -> Result<Planned, ProjectError> {
        let (declarations, warnings) = self.read_declarations(zones)?;
        let mut targets = Vec::new();
        let mut disagreements = Vec::new();
        let mut failed = Vec::new();
        let mut reading = tokio::task::JoinSet::new();
        let mut ids = Vec::new();
        for zone in zones {
            for id in self.targets(zone)? {
                let backend = self.backend(&id.provider).await?;
                if !options.comparing && backend.guarantee(zone).unit.is_read_only() {
                    failed.push(self.only_read(&id, backend.kind()));
                    continue;
                }
                let index = ids.len();
                ids.push(id);
                let zone = zone.clone();
                reading.spawn(async move { (index, list(backend, &zone).await) });
            }
        }
        let mut listed: Vec<Option<Result<Listed, String>>> = ids.iter().map(|_| None).collect();
        while let Some(joined) = reading.join_next().await {
            if let Ok((index, result)) = joined {
                listed[index] = Some(result);
            }
        }
        for (id, listed) in ids.iter().zip(listed) {
            let result = match listed {
                Some(Ok(listed)) => self.plan_one(id, &declarations, &listed, &options).await,
                Some(Err(reason)) => Err(format!("{id}: {reason}")),
                None => Err(format!("{id}: reading it was broken off; run the command again")),
            };
            match result {
                Ok((target, lines)) => {
                    targets.push(target);
                    disagreements.extend(lines);
                }
                Err(reason) => failed.push(reason),
            }
        }
        if !failed.is_empty() {
            return Err(ProjectError::Other(failed.join("\n")));
        }
        let now = Timestamp::now();
        let plan = Plan {
            created_at: now,
            expires_at: now.saturating_add(PLAN_FOR).unwrap_or(now),
            commit: options.commit,
            targets,
        };
        Ok(Planned { plan, warnings, disagreements, declarations })
    }

    async fn plan_one(
        &self,
        id: &TargetId,
        declarations: &Declarations,
        listed: &Listed,
        options: &PlanOptions,
    ) -> Result<(TargetPlan, Vec<String>), String> {
        let config = self.zone_config(&id.zone).map_err(|error| error.to_string())?;
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
        let mut guarantee = listed.backend.guarantee(&id.zone);
        guarantee.limits = crate::sabotage::limited(guarantee.limits);
        let reservations = self.reservations(id).await.map_err(|error| error.to_string())?;
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
        .map_err(|error| error.to_string())?;
        let locked = locked::in_the_way(&target, &listed.locked);
        if !locked.is_empty() {
            return Err(locked.join("\n"));
        }
        target.notices.extend(waiting);
        target.notices.extend(listed.backend.caveats(&target.net_changes()));
        let disagreements = match &live {
            Some(live) => self.disagreements(id, listed.backend.as_ref(), live, &target).await,
            None => Vec::new(),
        };
        Ok((target, disagreements))
    }

    /// Why there is no plan for a provider that is only read.
    fn only_read(&self, id: &TargetId, kind: &str) -> String {
        let entry = self.config.zone(&id.zone).map(|entry| format!("{}: ", entry.span.position));
        format!(
            "{}{} has the target `{}`, and {kind} providers are only read (`dnsure import`, `dnsure drift`): name a provider that writes under `targets`",
            entry.unwrap_or_default(),
            id.zone,
            id.provider
        )
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
        CanaryRule::Auto => !guarantee.unit.is_whole() || inventory.0.is_empty(),
    }
}

async fn list(backend: Arc<dyn Backend>, zone: &Name) -> Result<Listed, String> {
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
