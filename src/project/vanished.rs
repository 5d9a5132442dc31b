//! Zones that were there and are not listed any more.

use super::{Project, ProjectError};
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
}
