//! Open rollouts: which names they hold, and what of the files waits for them.

use super::{Project, ProjectError};
use crate::apply::reservation::Reservation;
use crate::state::{Journal, TargetId};
use dnsure_zones::Zone;

impl Project {
    /// The journals of the open runs of a target.
    pub(super) async fn open_journals(&self, id: &TargetId) -> Result<Vec<Journal>, ProjectError> {
        Ok(Journal::all_open_of(&self.state, id).await?)
    }

    /// The open rollouts of a target that wait for their next phase.
    ///
    /// # Errors
    /// [`ProjectError`] when a journal cannot be read.
    pub async fn reservations(&self, id: &TargetId) -> Result<Vec<Reservation>, ProjectError> {
        let open = self.open_journals(id).await?;
        Ok(open.iter().filter_map(Journal::reservation).collect())
    }
}

/// What is to be had now: where a rollout leads to what the files say, the phase it has come
/// to is right, and is not to be hurried. What waits is told, one line each.
#[must_use]
pub fn held(desired: &Zone, live: &Zone, reservations: &[Reservation]) -> (Zone, Vec<String>) {
    let mut now = Vec::new();
    let mut lines = Vec::new();
    for reservation in reservations {
        for key in reservation.keys() {
            let live_set = live.get_key(key).map(|set| set.to_set());
            let wanted = desired.get_key(key).map(|set| set.to_set());
            if reservation.covers(key, live_set.as_ref(), wanted.as_ref()) {
                now.push((key.clone(), live_set));
                lines.push(format!(
                    "{key}: in the open rollout {}, which goes on at {}",
                    reservation.run, reservation.until
                ));
            }
        }
    }
    let changed = desired.with(now.iter().map(|(key, set)| (key, set.as_ref())));
    (changed.unwrap_or_else(|_| desired.clone()), lines)
}
