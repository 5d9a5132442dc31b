//! What is live goes into the zone files, in place.

use super::drifting::Drift;
use super::{Project, ProjectError};
use crate::config::{MadeFrom, ZoneId};
use crate::plan::drift::Drifted;
use crate::state::directory::rewrite_whole;
use dnsure_zones::diagnostic::{Diagnostic, Position};
use dnsure_zones::yaml::edit::{Deed, Edit, Edited};
use dnsure_zones::{Rdata, RecordKey, RecordSet, Zone};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// One record set that the files say as it is live now.
#[derive(Debug, Clone)]
pub struct Adopted {
    /// Which.
    pub key: RecordKey,
    /// What was done.
    pub deed: Deed,
    /// Where, in the file as it was before.
    pub place: Option<Position>,
    /// What the files say now; nothing where it was taken out.
    pub set: Option<RecordSet>,
}

/// What came of adopting one zone.
#[derive(Debug, Default)]
pub struct Adoption {
    /// The files that were written.
    pub files: Vec<PathBuf>,
    /// What was adopted.
    pub adopted: Vec<Adopted>,
    /// What could not be, with its place and what to do by hand.
    pub refused: Vec<Diagnostic>,
    /// What was left out, one line each.
    pub left: Vec<String>,
}

impl Project {
    /// Writes what drifted live at the targets of `zone` into its files. What waits in the files, or
    /// changed on both sides, is left alone unless `named`.
    ///
    /// # Errors
    /// [`ProjectError`] when the files cannot be read or written.
    pub fn adopt(&self, zone: &ZoneId, drifts: &[&Drift], named: bool) -> Result<Adoption, ProjectError> {
        let mut adoption = Adoption::default();
        let wishes = self.wishes(zone, drifts, named, &mut adoption.left);
        if wishes.is_empty() {
            return Ok(adoption);
        }
        if let Some(MadeFrom::Alias { of, .. }) = self.config.zone(zone).map(|entry| &entry.made_from) {
            adoption.left.push(format!("{zone} is read from the files of {of}: dnsure drift --adopt {of}"));
            return Ok(adoption);
        }
        let edits: Vec<Edit> = wishes.into_values().collect();
        let edited = self.zone_files().edit_in(&zone.name, &self.home(zone), &edits);
        let Edited { files, done, refused } = edited.map_err(ProjectError::Files)?;
        for (path, text) in files {
            rewrite_whole(&self.root.join(&path), text.as_bytes())?;
            adoption.files.push(path);
        }
        adoption.adopted = done
            .into_iter()
            .filter(|done| done.deed != Deed::Nothing)
            .filter_map(|done| {
                let (key, set) = match edits.get(done.wish)? {
                    Edit::Put(set) => (set.key.clone(), Some((**set).clone())),
                    Edit::Remove(key) => (key.clone(), None),
                    Edit::RemoveName(_) => return None,
                };
                Some(Adopted { key, deed: done.deed, place: done.place, set })
            })
            .collect();
        adoption.refused = refused.into_iter().map(|(_, found)| found).collect();
        Ok(adoption)
    }

    /// What the files are to say, one wish a record set; targets that differ are left out.
    fn wishes(
        &self,
        zone: &ZoneId,
        drifts: &[&Drift],
        named: bool,
        left: &mut Vec<String>,
    ) -> BTreeMap<RecordKey, Edit> {
        let mut wishes: BTreeMap<RecordKey, Edit> = BTreeMap::new();
        // Named, or the next command would take the same name in every other zone too.
        let files_of = match self.config.zone(zone).map(|entry| &entry.made_from) {
            Some(MadeFrom::Alias { of, .. }) => of,
            _ => zone,
        };
        let quote = if files_of.view.is_some() { "'" } else { "" };
        let mut torn: Vec<RecordKey> = Vec::new();
        for drift in drifts {
            // Somebody else's account, or a zone that was deleted by mistake, must not empty the files.
            if drift.is_missing {
                left.push(format!(
                    "{}: the zone does not exist there, so there is nothing to adopt: dnsure plan shows how to create it",
                    drift.id
                ));
                continue;
            }
            for one in &drift.sets {
                if !one.cause.is_live_only() && !named {
                    left.push(format!(
                        "{} {}: {}; name it to take what is live: dnsure drift --adopt {quote}{files_of}{quote} --name '{}'",
                        drift.id,
                        one.key,
                        one.cause.words(),
                        one.key.name.shown_in(&zone.name)
                    ));
                    continue;
                }
                let wish = wish(one, &drift.declared, &drift.desired);
                match wishes.get(&one.key) {
                    Some(other) if *other != wish => torn.push(one.key.clone()),
                    _ => {
                        wishes.insert(one.key.clone(), wish);
                    }
                }
            }
        }
        for key in torn {
            if wishes.remove(&key).is_some() {
                left.push(format!("{key}: its targets hold different things; change the files by hand"));
            }
        }
        wishes
    }
}

/// What the files are to say so that nothing is left to change. Only what differs is taken over:
/// the target's form may leave out what the files say for others.
fn wish(one: &Drifted, declared: &Zone, desired: &Zone) -> Edit {
    let Some(live) = &one.live else { return Edit::Remove(one.key.clone()) };
    let own = declared.get_key(&one.key).map(|set| set.to_set());
    let (Some(own), Some(form)) = (own, desired.get_key(&one.key).map(|set| set.to_set())) else {
        let mut set = RecordSet::new(one.key.clone(), live.ttl, live.rdatas().iter().cloned());
        set.settings = live.settings.clone();
        return Edit::Put(Box::new(set));
    };
    // Members under `ignore:` stand on both sides and are in no file.
    let said = one.files.as_ref().map_or(&[][..], RecordSet::rdatas);
    let foreign = |data: &&Rdata| said.contains(data) && !form.rdatas().contains(data);
    let members: Vec<Rdata> = live.rdatas().iter().filter(|data| !foreign(data)).cloned().collect();
    let plain = RecordSet::new(one.key.clone(), live.ttl, members);
    let members = if plain.same_rdatas(&form) { own.rdatas().to_vec() } else { plain.rdatas().to_vec() };
    let ttl = if live.ttl == form.ttl { own.ttl } else { live.ttl };
    let mut set = RecordSet::new(one.key.clone(), ttl, members);
    set.settings = if live.settings == form.settings { own.settings } else { live.settings.clone() };
    Edit::Put(Box::new(set))
}
