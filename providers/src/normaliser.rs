//! Builds the zone that a target would hold, set by set.

use crate::backend::{Normalised, Notice};
use dnsure_zones::zone::SetRef;
use dnsure_zones::{RecordSet, Zone, ZoneBuilder};

/// A zone under way to its target's form.
pub(crate) struct Normaliser {
    builder: ZoneBuilder,
    notices: Vec<Notice>,
    refused: Vec<Notice>,
}

impl Normaliser {
    /// For sets of `zone`; holds none yet.
    pub(crate) fn new(zone: &Zone) -> Self {
        let builder = ZoneBuilder::new(zone.apex().clone());
        Self { builder, notices: Vec::new(), refused: Vec::new() }
    }

    /// For a target that holds what it lists as it is: each set that a file declares is held in the form
    /// that `held` gives it, of which there may be several sets or none, or refused with its words.
    pub(crate) fn of_declared(
        zone: &Zone,
        mut held: impl FnMut(&SetRef<'_>, &mut Self) -> Result<Vec<RecordSet>, String>,
    ) -> Normalised {
        Self::of_all(zone, |set, normal, is_declared| match is_declared {
            true => held(set, normal),
            false => Ok(vec![set.to_set()]),
        })
    }

    /// The same, where sets that no file declares are asked about too; `held` is told whether one does.
    pub(crate) fn of_all(
        zone: &Zone,
        mut held: impl FnMut(&SetRef<'_>, &mut Self, bool) -> Result<Vec<RecordSet>, String>,
    ) -> Normalised {
        let mut normal = Self::new(zone);
        for set in zone.sets() {
            match held(&set, &mut normal, set.position().is_some()) {
                Ok(sets) => sets.iter().for_each(|set| normal.hold(set)),
                Err(reason) => normal.refuse(&set, reason),
            }
        }
        normal.finish()
    }

    /// The target holds this set, made of one of the zone.
    pub(crate) fn hold(&mut self, set: &RecordSet) {
        if let Err(error) = self.builder.push_set(set) {
            let (key, position) = (set.key.clone(), set.position.clone());
            self.refused.push(Notice { key, position, message: error.to_string() });
        }
    }

    /// The target can never hold it.
    pub(crate) fn refuse(&mut self, set: &SetRef<'_>, message: impl Into<String>) {
        self.refused.push(notice(set, message));
    }

    /// The target does something to it that the reader of a plan should know.
    pub(crate) fn note(&mut self, set: &SetRef<'_>, message: impl Into<String>) {
        self.notices.push(notice(set, message));
    }

    /// What came of it.
    pub(crate) fn finish(self) -> Normalised {
        Normalised { zone: self.builder.finish(), notices: self.notices, refused: self.refused }
    }
}

fn notice(set: &SetRef<'_>, message: impl Into<String>) -> Notice {
    Notice { key: set.key(), position: set.position(), message: message.into() }
}
