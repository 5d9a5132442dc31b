//! What the files declared at the last apply to a target: what may be deleted once it leaves
//! them. Written under the target's lock, before its journal is closed.

use super::{State, StateError, TargetId};
use crate::plan::ownership::Inventory;
use crate::sabotage::point;

fn file(id: &TargetId) -> String {
    format!("inventory/{}.json", id.file_name())
}

/// The inventory of a target; empty before the first apply.
///
/// # Errors
/// [`StateError`], and [`StateError::Damaged`] for a file that cannot be read.
pub async fn read(state: &State, id: &TargetId) -> Result<Inventory, StateError> {
    let file = file(id);
    let Some(bytes) = state.read(&file).await? else { return Ok(Inventory::default()) };
    serde_json::from_slice(&bytes)
        .map_err(|error| StateError::Damaged { path: state.place(&file), reason: error.to_string() })
}

/// Keeps `inventory`, where it is another than before.
///
/// # Errors
/// [`StateError`].
pub async fn keep(state: &State, id: &TargetId, inventory: &Inventory) -> Result<(), StateError> {
    if read(state, id).await? == *inventory {
        return Ok(());
    }
    let json = serde_json::to_vec_pretty(inventory).unwrap_or_default();
    point("before inventory");
    state.replace(&file(id), &json).await?;
    point("after inventory");
    Ok(())
}

/// What it means that an inventory could not be kept.
#[must_use]
pub fn unkept(id: &TargetId, error: &impl std::fmt::Display) -> String {
    format!("{id}: what the files declare is not kept, so what leaves them later is not deleted: {error}")
}
