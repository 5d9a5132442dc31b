//! Questions for a whole zone, not only for what a run touched.

use super::sweep::Check;
use crate::plan::ownership::Owned;
use dnsure_zones::zone::ZoneError;

/// One check per record set that is ours to declare.
///
/// # Errors
/// [`ZoneError`] when the parts of the zone cannot be put together, which no valid zone causes.
pub fn checks(owned: &Owned) -> Result<Vec<Check>, ZoneError> {
    // What is unmanaged is served too: it decides what is an alias, hidden or delegated.
    let unmanaged: Vec<_> = owned.unmanaged.iter().map(|set| (&set.key, Some(set))).collect();
    let whole = owned.desired.with(unmanaged)?;
    Ok(owned.desired.sets().map(|set| Check::of(&whole, &set.name(), set.rtype())).collect())
}
