//! Zones that were there and are not listed any more.

use super::{Project, ProjectError};
use crate::plan::Plan;
use crate::plan::guards::Guard;
use crate::plan::inventory::Inventory;
use crate::state::{Journal, TargetId};

impl Project {
    /// What a reviewer must sign for before a zone is made at a target that has none: nothing where it was
    /// never there. Another account, or a volume that is not mounted, lists no zone either; a second one made
    /// there would be served in the place of the first, or take its place when that comes back.
    pub(super) async fn vanished(
        &self,
        id: &TargetId,
        inventory: &Inventory,
    ) -> Result<Option<Guard>, ProjectError> {
        let applied = Journal::last_applied(&self.state, id).await?;
        let (run, at) = match applied {
            Some((run, at)) => (Some(run), Some(at)),
            None => (inventory.run().map(str::to_owned), None),
        };
        let was_there = run.is_some() || inventory.is_noted();
        Ok(was_there.then_some(Guard::GoneZone { run, at }))
    }

    /// The targets at which `plan` makes a zone that was applied there since the plan was made, one line
    /// each. No file says so: it counts also where they are not looked at.
    ///
    /// # Errors
    /// [`ProjectError`].
    pub async fn made_since(&self, plan: &Plan) -> Result<Vec<String>, ProjectError> {
        let mut lines = Vec::new();
        for target in plan.targets.iter().filter(|target| target.creates_zone) {
            let id = target.id();
            let guard = self.vanished(&id, &self.inventory(&id).await?).await?;
            if guard.is_some_and(|guard| !target.guards.contains(&guard)) {
                lines.push(format!("{id}: the plan makes the zone, and it was made there since: plan again"));
            }
        }
        Ok(lines)
    }
}
