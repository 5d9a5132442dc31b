//! Which zones read which file.

use super::declared::in_parallel;
use super::{Project, ProjectError};
use crate::config::{MadeFrom, ZoneId};
use dnsure_zones::Name;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The zones that read each file, includes too, by the real paths of the files. Aliases are left out:
/// they are meant to say what the other zone says.
#[derive(Debug, Default)]
pub struct Readers(BTreeMap<PathBuf, Vec<ZoneId>>);

impl Project {
    /// Who reads which file, among all configured zones.
    ///
    /// # Errors
    /// As [`Project::all_zones`].
    pub fn readers(&self) -> Result<Readers, ProjectError> {
        let is_alias = |zone: &ZoneId| {
            matches!(self.config.zone(zone).map(|entry| &entry.made_from), Some(MadeFrom::Alias { .. }))
        };
        let zones: Vec<ZoneId> = self.all_zones()?.into_iter().filter(|zone| !is_alias(zone)).collect();
        let mut readers = Readers::default();
        for (zone, files) in in_parallel(&zones, |zone| (zone, self.read_files(zone).files)) {
            for file in files {
                let of_file = readers.0.entry(self.real_path(&file)).or_default();
                if !of_file.contains(zone) {
                    of_file.push(zone.clone());
                }
            }
        }
        Ok(readers)
    }

    /// Who else than `zone` reads `file`, in words: the first, and how many more.
    #[must_use]
    pub fn also_read_by(&self, file: &Path, zone: &ZoneId, readers: &Readers) -> Option<String> {
        let mut others = readers.0.get(&self.real_path(file))?.iter().filter(|other| *other != zone);
        let first = others.next()?;
        Some(match others.count() {
            0 => first.to_string(),
            more => format!("{first} and {more} more"),
        })
    }

    /// The names of the zones whose own file `path` is, or a part of it: neither what they include nor what
    /// all zones share.
    #[must_use]
    pub fn zones_in(&self, path: &Path) -> BTreeSet<Name> {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
        let files = self.zone_files();
        let reads = |zone: &ZoneId| {
            let own = files.own_files(&self.home(zone)).unwrap_or_default();
            own.iter().any(|file| self.real_path(file) == path)
        };
        let zones = self.all_zones().unwrap_or_default().into_iter();
        // An alias is read as the zone that it says the same as.
        zones.filter(|zone| self.alias_of(zone).is_none() && reads(zone)).map(|zone| zone.name).collect()
    }

    /// Symbolic links resolved; a file that is not there stays as it is named.
    fn real_path(&self, file: &Path) -> PathBuf {
        let path = self.root.join(file);
        path.canonicalize().unwrap_or(path)
    }
}
