//! What is live goes into the zone files, in place.

use super::drifting::Drift;
use super::readers::Readers;
use super::{Project, ProjectError};
use crate::config::{MadeFrom, ZoneId};
use crate::plan::drift::{Cause, Drifted};
use crate::sabotage::point;
use crate::state::TargetId;
use crate::state::directory::rewrite_whole;
use dnsure_zones::diagnostic::{Diagnostic, Position};
use dnsure_zones::yaml::edit::{Deed, Edit, Edited};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, Zone};
use std::collections::{BTreeMap, BTreeSet};
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
    /// changed on both sides, is left alone unless `named`; so is what the targets do not agree on,
    /// and what stands in a file that another zone of `readers` reads too.
    ///
    /// # Errors
    /// [`ProjectError`] when the files cannot be read or written.
    pub fn adopt(
        &self,
        zone: &ZoneId,
        drifts: &[&Drift],
        named: bool,
        readers: &Readers,
    ) -> Result<Adoption, ProjectError> {
        let mut adoption = Adoption::default();
        let wishes = self.wishes(zone, drifts, named, &mut adoption.left)?;
        if wishes.is_empty() {
            return Ok(adoption);
        }
        match self.config.zone(zone).map(|entry| &entry.made_from) {
            Some(MadeFrom::Alias { of, .. }) => {
                let line =
                    format!("{zone} is read from the files of {of}: dnsure drift --adopt {}", of.typed());
                adoption.left.push(line);
                return Ok(adoption);
            }
            Some(MadeFrom::Addresses { file: None, .. })
                if self.zone_files().own_files(&self.home(zone)).is_ok_and(|own| own.is_empty()) =>
            {
                adoption.left.push(format!(
                    "{zone} has no file of its own to adopt into: dnsure apply brings back what the addresses say"
                ));
                return Ok(adoption);
            }
            _ => {}
        }
        let mut edits: Vec<Edit> = wishes.into_values().collect();
        // What is no longer live may stand in the way of what came in its place.
        let is_put = |edit: &Edit| matches!(edit, Edit::Put(_));
        edits.sort_by(|a, b| (a.name(), is_put(a)).cmp(&(b.name(), is_put(b))));
        let swapped = swapped(drifts);
        let Edited { files, done, refused } =
            self.edited(zone, &mut edits, &swapped, readers, &mut adoption)?;
        for (path, text) in files {
            rewrite_whole(&self.root.join(&path), text.as_bytes())?;
            adoption.files.push(path);
        }
        point("after adopt");
        for done in done {
            let (key, set) = match edits.get(done.wish) {
                Some(Edit::Put(set)) => (set.key.clone(), Some((**set).clone())),
                Some(Edit::Remove(key)) => (key.clone(), None),
                Some(Edit::RemoveName(_)) | None => continue,
            };
            if done.deed == Deed::Nothing {
                adoption.left.push(format!(
                    "{key}: its zone file has nothing to change for what is live: dnsure apply mends it"
                ));
                continue;
            }
            adoption.adopted.push(Adopted { key, deed: done.deed, place: done.place, set });
        }
        adoption.refused.extend(refused.into_iter().map(|(_, found)| found));
        Ok(adoption)
    }

    /// The files of `zone` with `edits`, without those that would change another zone too, and without
    /// half of what was `swapped`.
    fn edited(
        &self,
        zone: &ZoneId,
        edits: &mut Vec<Edit>,
        swapped: &BTreeSet<Name>,
        readers: &Readers,
        adoption: &mut Adoption,
    ) -> Result<Edited, ProjectError> {
        loop {
            let edited = self.zone_files().edit_in(&zone.name, &self.home(zone), edits);
            let edited = edited.map_err(ProjectError::Files)?;
            let shared: BTreeMap<String, String> = edited
                .files
                .keys()
                .filter_map(|file| {
                    let others = self.also_read_by(file, zone, readers)?;
                    Some((file.to_string_lossy().into_owned(), others))
                })
                .collect();
            if shared.is_empty() {
                let halves = halves(&edited, edits, swapped);
                if halves.is_empty() {
                    return Ok(edited);
                }
                adoption.take_out(&edited, edits, &halves);
                continue;
            }
            // One by one, as an edit may go into another file once others are out.
            let mut out = BTreeSet::new();
            for done in &edited.done {
                let Some(place) = &done.place else { continue };
                let Some(others) = shared.get(&*place.file) else { continue };
                let Some(edit) = edits.get(done.wish) else { continue };
                let what = what(edit);
                let line = format!("{what}: {} is also read by {others}: change it by hand", place.file);
                adoption.left.push(line);
                out.insert(done.wish);
            }
            if out.is_empty() {
                let files: Vec<&str> = shared.keys().map(String::as_str).collect();
                return Err(ProjectError::Other(format!(
                    "{zone}: {} is also read by other zones: change it by hand",
                    files.join(", ")
                )));
            }
            let torn = out.iter().filter_map(|index| edits.get(*index)).map(Edit::name);
            let torn: BTreeSet<Name> = torn.filter(|name| swapped.contains(name)).cloned().collect();
            for (index, edit) in edits.iter().enumerate() {
                if torn.contains(edit.name()) && out.insert(index) {
                    adoption.left.push(half(&what(edit)));
                }
            }
            let mut index = 0..;
            edits.retain(|_| index.next().is_none_or(|index| !out.contains(&index)));
        }
    }

    /// What the files are to say, one wish a record set; targets that differ are left out.
    fn wishes(
        &self,
        zone: &ZoneId,
        drifts: &[&Drift],
        named: bool,
        left: &mut Vec<String>,
    ) -> Result<BTreeMap<RecordKey, Edit>, ProjectError> {
        let mut wishes: BTreeMap<RecordKey, Edit> = BTreeMap::new();
        // Named, or the next command would take the same name in every other zone too.
        let files_of = match self.config.zone(zone).map(|entry| &entry.made_from) {
            Some(MadeFrom::Alias { of, .. }) => of,
            _ => zone,
        };
        let typed = files_of.typed();
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
            for one in &drift.asked.sets {
                if !one.cause.is_live_only() && !named {
                    left.push(format!(
                        "{} {}: {}; name it to take what is live: dnsure drift --adopt {typed} --name '{}'",
                        drift.id,
                        one.key,
                        one.cause.words(),
                        one.key.name.shown_in(&zone.name)
                    ));
                    continue;
                }
                let wish = wish(one, &drift.asked.declared, &drift.asked.desired);
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
        let mut uncompared = self.targets(zone)?;
        uncompared.retain(|id| drifts.iter().all(|drift| drift.id != *id));
        wishes.retain(|key, _| {
            let Some((id, stance)) = dissent(key, drifts, &uncompared, named) else { return true };
            let mut line = format!("{key}: its targets differ; {id}: {}", stance.words());
            if stance == Stance::Nothing {
                let name = key.name.shown_in(&zone.name);
                let command = format!("dnsure drift --adopt {typed} --name '{name}'");
                line.push_str(&format!("; name it to declare it for all of them: {command}"));
            }
            left.push(line);
            false
        });
        let taken: BTreeSet<RecordKey> = wishes.keys().cloned().collect();
        let sets = drifts.iter().filter(|drift| !drift.is_missing).flat_map(|drift| &drift.asked.sets);
        let untaken = sets.filter(|one| !taken.contains(&one.key)).map(|one| &one.key.name);
        let torn: BTreeSet<&Name> = untaken.collect();
        let swapped = swapped(drifts);
        wishes.retain(|key, _| {
            let is_half = torn.contains(&key.name) && swapped.contains(&key.name);
            if is_half {
                left.push(half(&key.to_string()));
            }
            !is_half
        });
        Ok(wishes)
    }
}

impl Adoption {
    /// Takes everything at `names` out of `edits`, and tells what was `edited` there and what was not.
    fn take_out(&mut self, edited: &Edited, edits: &mut Vec<Edit>, names: &BTreeSet<Name>) {
        let is_out = |wish: usize| edits.get(wish).is_some_and(|edit| names.contains(edit.name()));
        let refused = edited.refused.iter().filter(|(wish, _)| is_out(*wish));
        self.refused.extend(refused.map(|(_, found)| found.clone()));
        let done = edited.done.iter().filter(|done| is_out(done.wish));
        self.left.extend(done.filter_map(|done| edits.get(done.wish)).map(|edit| half(&what(edit))));
        edits.retain(|edit| !names.contains(edit.name()));
    }
}

/// The names at which something is no longer live and something else came: one may keep the other out,
/// so that half of it would be a zone that cannot be read, or one in which nothing answers.
fn swapped(drifts: &[&Drift]) -> BTreeSet<Name> {
    let mut gone = BTreeSet::new();
    let mut come = BTreeSet::new();
    for one in drifts.iter().filter(|drift| !drift.is_missing).flat_map(|drift| &drift.asked.sets) {
        match (&one.files, &one.live) {
            (Some(_), None) => gone.insert(one.key.name.clone()),
            (None, Some(_)) => come.insert(one.key.name.clone()),
            _ => continue,
        };
    }
    gone.intersection(&come).cloned().collect()
}

/// Of the names that were `swapped`, those of which one part was done and another refused.
fn halves(edited: &Edited, edits: &[Edit], swapped: &BTreeSet<Name>) -> BTreeSet<Name> {
    let name = |wish: usize| edits.get(wish).map(Edit::name);
    let done = edited.done.iter().filter(|done| done.deed != Deed::Nothing);
    let done: BTreeSet<&Name> = done.filter_map(|done| name(done.wish)).collect();
    let refused = edited.refused.iter().filter_map(|(wish, _)| name(*wish));
    refused.filter(|name| swapped.contains(name) && done.contains(name)).cloned().collect()
}

fn what(edit: &Edit) -> String {
    match edit {
        Edit::Put(set) => set.key.to_string(),
        Edit::Remove(key) => key.to_string(),
        Edit::RemoveName(name) => name.to_string(),
    }
}

fn half(key: &str) -> String {
    format!("{key}: its name has other types live, which go into the files together or not at all")
}

/// What a target has to say against what is live at another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stance {
    /// It holds what the files say.
    AsDeclared,
    /// It has no such zone.
    NoZone,
    /// Nobody knows what it holds.
    Uncompared,
    /// It differs for another reason than a change made live.
    Waiting(Cause),
    /// It has no such record set, nor do the files.
    Nothing,
}

impl Stance {
    fn words(self) -> &'static str {
        match self {
            Self::AsDeclared => {
                "holds what the files say; dnsure apply mends the others, or change the files by hand"
            }
            Self::NoZone => "the zone does not exist there; dnsure plan shows how to create it",
            Self::Uncompared => "not compared, so what it holds is unknown",
            Self::Waiting(cause) => cause.words(),
            Self::Nothing => "has no such record set",
        }
    }
}

/// The first target that speaks against taking over `key` from another: the files speak for all
/// targets, and an accident at one of them must not become what is applied to the rest.
fn dissent(
    key: &RecordKey,
    drifts: &[&Drift],
    uncompared: &[TargetId],
    named: bool,
) -> Option<(TargetId, Stance)> {
    if let Some(id) = uncompared.first() {
        return Some((id.clone(), Stance::Uncompared));
    }
    drifts.iter().find_map(|drift| {
        // In canonical order, see `drifted`.
        let entry = drift.asked.sets.binary_search_by(|one| one.key.cmp(key)).ok();
        let stance = match entry.and_then(|at| drift.asked.sets.get(at)) {
            _ if drift.is_missing => Stance::NoZone,
            Some(one) if named || one.cause.is_live_only() => return None,
            Some(one) => Stance::Waiting(one.cause),
            None if drift.asked.desired.get_key(key).is_some() => Stance::AsDeclared,
            // Declared for other targets only: this one has no say.
            None if named || is_declared(key, drifts) => return None,
            None => Stance::Nothing,
        };
        Some((drift.id.clone(), stance))
    })
}

/// Whether the files declare `key` for any of the targets.
fn is_declared(key: &RecordKey, drifts: &[&Drift]) -> bool {
    drifts.iter().any(|drift| drift.asked.desired.get_key(key).is_some())
}

/// What the files are to say so that nothing is left to change. Only what differs is taken over:
/// the target's form may leave out what the files say for others.
fn wish(one: &Drifted, declared: &Zone, desired: &Zone) -> Edit {
    let Some(live) = &one.live else { return Edit::Remove(one.key.clone()) };
    let own = declared.get_key(&one.key).map(|set| set.to_set());
    let (Some(own), Some(form)) = (own, desired.get_key(&one.key).map(|set| set.to_set())) else {
        // Whatever is asked for where no file declares anything is under `ignore:`.
        let ignored = one.files.as_ref().map_or(&[][..], RecordSet::rdatas);
        let members = live.rdatas().iter().filter(|data| !ignored.contains(data)).cloned();
        let mut set = RecordSet::new(one.key.clone(), live.ttl, members);
        set.settings = live.settings.clone();
        return Edit::Put(Box::new(set));
    };
    // The serial is the server's own: the files keep theirs.
    let serial = own.serial();
    let numbered = |set: &RecordSet| serial.map_or_else(|| set.clone(), |serial| set.with_serial(serial));
    let (live, form, said) = (numbered(live), numbered(&form), one.files.as_ref().map(numbered));
    // Members under `ignore:` stand on both sides and are in no file.
    let said = said.as_ref().map_or(&[][..], RecordSet::rdatas);
    let foreign = |data: &&Rdata| said.contains(data) && !form.rdatas().contains(data);
    let members: Vec<Rdata> = live.rdatas().iter().filter(|data| !foreign(data)).cloned().collect();
    let plain = RecordSet::new(one.key.clone(), live.ttl, members);
    let members = if plain.same_rdatas(&form) { own.rdatas().to_vec() } else { plain.rdatas().to_vec() };
    let ttl = if live.ttl == form.ttl { own.ttl } else { live.ttl };
    let mut set = RecordSet::new(one.key.clone(), ttl, members);
    set.settings = if live.settings == form.settings { own.settings } else { live.settings.clone() };
    Edit::Put(Box::new(set))
}
