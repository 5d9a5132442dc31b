//! The difference between two zones, in one merge pass.

use crate::zone::{SetRef, Zone};
use std::cmp::Ordering;

/// One record set that is not the same in both zones.
#[derive(Debug, Clone, Copy)]
pub enum Difference<'a> {
    /// Only the second zone has it.
    Added(SetRef<'a>),
    /// Only the first zone has it.
    Removed(SetRef<'a>),
    /// Both have it, with other data, TTL or settings: before, after.
    Changed(SetRef<'a>, SetRef<'a>),
}

/// The record sets in which `after` differs from `before`, in canonical order.
/// Case, order of members and positions do not count; TTLs and settings do.
pub fn diff<'a>(before: &'a Zone, after: &'a Zone) -> impl Iterator<Item = Difference<'a>> {
    let mut old = before.sets().peekable();
    let mut new = after.sets().peekable();
    std::iter::from_fn(move || {
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return None,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(a), Some(b)) => a.cmp_key(b),
            };
            match order {
                Ordering::Less => return old.next().map(Difference::Removed),
                Ordering::Greater => return new.next().map(Difference::Added),
                Ordering::Equal => {
                    if let (Some(a), Some(b)) = (old.next(), new.next())
                        && !a.same(&b)
                    {
                        return Some(Difference::Changed(a, b));
                    }
                }
            }
        }
    })
}
