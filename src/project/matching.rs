//! Is a plan file what the zone files and the policy ask for now? A digest is no signature: whoever
//! can write the file can write its digest.

use super::declared::Declarations;
use super::reserving::held;
use super::{Project, ProjectError};
use crate::apply::fresh::shown;
use crate::plan::canary;
use crate::plan::guards::{Guard, guards};
use crate::plan::order::{Hints, arrange};
use crate::plan::ownership::settle;
use crate::plan::step::{Purpose, Step};
use crate::plan::{Plan, TargetPlan};
use crate::sabotage::{self, GuardName};
use crate::state::TargetId;
use dnsure_providers::{Change, Guarantee, Reading, SetChange};
use dnsure_zones::diff::{Difference, diff};
use dnsure_zones::{RecordKey, RecordSet, RecordType, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// What the files of targets with nothing to do say otherwise than live by now: it is for the next plan.
pub type Unsettled = BTreeMap<TargetId, BTreeSet<RecordKey>>;

impl Project {
    /// Checks that every "after" of a plan file is what the zone files say now, and that no guard
    /// was left out of it.
    ///
    /// # Errors
    /// [`ProjectError`] with one line for each difference.
    pub async fn matches_files(
        &self,
        plan: &Plan,
        declarations: &Declarations,
    ) -> Result<Unsettled, ProjectError> {
        let mut unsettled = Unsettled::new();
        if sabotage::is_off(GuardName::Files) {
            return Ok(unsettled);
        }
        let mut lines = Vec::new();
        for target in &plan.targets {
            lines.extend(self.differences(target, declarations, &mut unsettled).await?);
        }
        if lines.is_empty() {
            return Ok(unsettled);
        }
        lines.push("plan again, or apply the plan without looking at the files with --detached".into());
        Err(ProjectError::Other(lines.join("\n")))
    }

    async fn differences(
        &self,
        target: &TargetPlan,
        declarations: &Declarations,
        unsettled: &mut Unsettled,
    ) -> Result<Vec<String>, ProjectError> {
        let id = target.id();
        let backend = self.backend(&id.provider).await?;
        let Some(declared) = declarations.of(&id) else {
            return Ok(vec![format!("{id} is in the plan and not in the files")]);
        };
        // What the target would make of the files may be known only once it has been read.
        let failed = |error| ProjectError::Backend { target: id.to_string(), error };
        let listed = match backend.read(&id.zone).await.map_err(failed)? {
            Reading::Live(live) => Some(live.zone),
            Reading::Missing => None,
        };
        let is_missing = listed.is_none();
        let live = listed.unwrap_or_else(|| Zone::empty(id.zone.clone()));
        backend.survey(&live, &declared).await.map_err(failed)?;
        let live = backend.normalise(&live).zone;
        let mut policy = self.target_config(&id)?.policy.clone();
        policy.ignore.extend(declarations.ignored_rules(&id));
        let inventory = self.inventory(&id).await?;
        let desired = backend.normalise(&declared).zone;
        let (desired, _) = held(&desired, &live, &self.reservations(&id).await?);
        let owned = settle(&desired, &live, &inventory, &policy)
            .map_err(|error| ProjectError::Other(error.to_string()))?;
        if target.is_empty() {
            let differing = diff(&owned.live, &owned.desired).map(|difference| match difference {
                Difference::Added(set) | Difference::Removed(set) | Difference::Changed(set, _) => set.key(),
            });
            unsettled.insert(id.clone(), differing.collect());
        }
        let mut lines = Vec::new();
        let changes = target.net_changes();
        let hints = declarations.hints(&id, target.staged_under);
        let beside = changes.iter().map(Change::name).filter(|name| !target.names.cover(&id.zone, name));
        lines.extend(
            beside.map(|name| format!("{id}: the plan says to keep to {}, and changes {name}", target.names)),
        );
        for set in changes.iter().flat_map(Change::sets) {
            let wanted = owned.desired.get_key(set.key()).map(|set| set.to_set());
            if !agrees(wanted.as_ref(), set) {
                lines.push(format!(
                    "{id}: {}: the plan says {}, the zone files say {}",
                    set.key(),
                    shown(set.after()),
                    shown(wanted.as_ref())
                ));
            }
        }
        if lines.is_empty() && !is_arranged(target, changes.clone(), &backend.guarantee(&id.zone), &hints) {
            lines.push(format!(
                "{id}: the steps of the plan are not the ones that lead from old to new here: the provider's promise or the files' hints have changed"
            ));
        }
        // Answers that additions hide are looked at before each write, under the lock.
        let mut tripped = guards(&id.zone, &desired, owned.live.set_count(), &changes, Vec::new(), &policy);
        if is_missing {
            tripped.extend(self.vanished(&id, &inventory).await?);
        }
        for guard in tripped.iter().filter(|guard| !target.guards.iter().any(|known| is_same(known, guard))) {
            lines.push(format!("{id}: a guard that the plan does not show: {guard}"));
        }
        Ok(lines)
    }
}

/// Whether the steps of a plan are the ones that its changes are made by, and nothing but a
/// canary goes before them.
fn is_arranged(target: &TargetPlan, changes: Vec<Change>, guarantee: &Guarantee, hints: &Hints) -> bool {
    let canary = canary::name(&target.zone);
    let (ours, steps): (Vec<&Step>, Vec<&Step>) =
        target.steps.iter().partition(|step| step.purpose == Purpose::Canary);
    let mut limited = *guarantee;
    limited.limits = crate::sabotage::limited(guarantee.limits);
    let arranged = arrange(changes, &limited, hints);
    ours.iter()
        .flat_map(|step| step.keys())
        .all(|key| Some(&key.name) == canary.as_ref() && key.rtype == RecordType::TXT)
        && arranged.is_ok_and(|arranged| arranged.steps.iter().eq(steps))
}

/// Counts may move with a foreign change elsewhere; what is signed for is the kind of guard.
fn is_same(known: &Guard, tripped: &Guard) -> bool {
    match tripped {
        // A signature for one loss of a zone is none for the next.
        Guard::Protected { .. } | Guard::GoneZone { .. } => known == tripped,
        _ => std::mem::discriminant(known) == std::mem::discriminant(tripped),
    }
}

fn agrees(wanted: Option<&RecordSet>, planned: &SetChange) -> bool {
    match (wanted, planned.after()) {
        (None, None) => true,
        (Some(wanted), Some(after)) => wanted.same_but_serial(after),
        _ => false,
    }
}
