//! Who watches a run from outside.

use dnsure_providers::scenarios::{Group, State};
use dnsure_zones::Zone;

/// What is about to happen, or has happened.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The group.
    pub group: &'a Group,
    /// The state; `None` while the zone is emptied before the first one.
    pub state: Option<&'a State>,
    /// The zone before, as the provider lists it.
    pub live: &'a Zone,
    /// The zone after, as planned.
    pub end: &'a Zone,
}

/// Watches a run with other eyes than dnsure's own, and plays the foreign hand.
///
/// Each method may block for a while, and an error fails the state with its words.
pub trait Witness: Send {
    /// Puts records at the server behind dnsure's back: lines of a master file, owner names
    /// relative to the zone.
    ///
    /// # Errors
    /// Why they are not there.
    fn put(&mut self, records: &[String]) -> Result<(), String>;

    /// Everything is planned, nothing is written yet.
    ///
    /// # Errors
    /// Whatever the witness does not like.
    fn before(&mut self, _moment: &Moment<'_>) -> Result<(), String> {
        Ok(())
    }

    /// The zone is as it should be, as far as dnsure can see.
    ///
    /// # Errors
    /// Whatever the witness does not like.
    fn after(&mut self, _moment: &Moment<'_>) -> Result<(), String> {
        Ok(())
    }
}

/// Nobody: fails the states that need a foreign hand.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unwatched;

impl Witness for Unwatched {
    fn put(&mut self, _records: &[String]) -> Result<(), String> {
        Err("this state needs a `Witness` that puts records at the server".into())
    }
}
