//! What the files declared at the last apply to a target: what may be deleted once it leaves
//! them. Written under the target's lock, before its journal is closed; and by an import, before any
//! run was begun.

use super::{State, StateError, TargetId, Versioned};
use crate::plan::inventory::Inventory;
use crate::sabotage::point;

/// How often it is tried while others write the same inventory.
const TRIES: usize = 8;

fn file(id: &TargetId) -> String {
    format!("inventory/{}.json", id.file_name())
}

/// The inventory of a target; empty before the first apply or import.
///
/// # Errors
/// [`StateError`], and [`StateError::Damaged`] for a file that cannot be read.
pub async fn read(state: &State, id: &TargetId) -> Result<Inventory, StateError> {
    let file = file(id);
    read_from(state, &file, state.look(&file).await?.as_ref())
}

/// Makes what is noted of a target what `after` makes of it. What somebody else notes meanwhile is not
/// overwritten: then `after` is asked once more.
///
/// # Errors
/// [`StateError`].
pub async fn note(
    state: &State,
    id: &TargetId,
    after: impl Fn(Inventory) -> Inventory,
) -> Result<(), StateError> {
    let file = file(id);
    for _ in 0..TRIES {
        let seen = state.look(&file).await?;
        let before = read_from(state, &file, seen.as_ref())?;
        let now = after(before.clone());
        if now == before {
            return Ok(());
        }
        let json = serde_json::to_vec_pretty(&now).unwrap_or_default();
        point("before inventory");
        let is_noted = state.swap(&file, seen.as_ref(), &json).await?;
        point("after inventory");
        if is_noted {
            return Ok(());
        }
    }
    Err(StateError::Contended { place: state.place(&file) })
}

/// Notes what an import found, where no run was ever begun; an earlier import does not count any more.
///
/// # Errors
/// [`StateError`].
pub async fn begin(state: &State, id: &TargetId, found: &Inventory) -> Result<(), StateError> {
    let file = file(id);
    let runs = state.list(&format!("journals/{}", id.file_name())).await?;
    let seen = state.look(&file).await?;
    let before = read_from(state, &file, seen.as_ref())?;
    if !runs.is_empty() || before.is_applied() || before == *found {
        return Ok(());
    }
    let json = serde_json::to_vec_pretty(found).unwrap_or_default();
    // Whoever was faster knows more.
    state.swap(&file, seen.as_ref(), &json).await.map(|_| ())
}

fn read_from(state: &State, file: &str, seen: Option<&Versioned>) -> Result<Inventory, StateError> {
    let Some(seen) = seen else { return Ok(Inventory::default()) };
    serde_json::from_slice(&seen.bytes)
        .map_err(|error| StateError::Damaged { path: state.place(file), reason: error.to_string() })
}

/// What it means that an inventory could not be kept.
#[must_use]
pub fn unkept(id: &TargetId, error: &impl std::fmt::Display) -> String {
    format!("{id}: what the files declare is not kept, so what leaves them later is not deleted: {error}")
}
