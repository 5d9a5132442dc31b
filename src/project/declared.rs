//! Reading zone files, and what they declare for one target.

use super::{Project, ProjectError};
use crate::plan::ignore::IgnoreRule;
use crate::plan::order::Hints;
use crate::progress::Activity;
use crate::state::TargetId;
use dnsure_zones::diagnostic::Diagnostic;
use dnsure_zones::yaml::{Declared, Options, Semicolons, ZoneFiles, ZoneRead};
use dnsure_zones::{Name, Ttl, Zone};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the files declare, zone by zone.
#[derive(Debug, Default)]
pub struct Declarations(BTreeMap<Name, Declared>);

impl Declarations {
    /// What is declared for one target: without what is ignored or meant for others.
    #[must_use]
    pub fn of(&self, id: &TargetId) -> Option<Zone> {
        self.0.get(&id.zone).map(|declared| declared.for_target(&id.provider))
    }

    /// What the files say about the way from old to new.
    #[must_use]
    pub fn hints(&self, id: &TargetId, all_staged: Option<Ttl>) -> Hints {
        let mut hints = Hints::default();
        hints.staging.all = all_staged;
        let Some(declared) = self.0.get(&id.zone) else { return hints };
        for (key, hint) in declared.hints.iter().filter(|(key, _)| declared.manages(key, &id.provider)) {
            if let Some(stand_in) = &hint.stand_in {
                hints.stand_ins.insert(key.clone(), stand_in.clone());
            }
            if let Some(stage) = hint.stage {
                hints.staging.of.insert(key.clone(), stage);
            }
        }
        hints
    }

    /// Rules for record sets that the files say to ignore, or mean for other targets only.
    #[must_use]
    pub fn ignored_rules(&self, id: &TargetId) -> Vec<IgnoreRule> {
        let Some(declared) = self.0.get(&id.zone) else { return Vec::new() };
        let elsewhere = declared.targets.keys().filter(|key| !declared.manages(key, &id.provider));
        declared
            .ignored
            .iter()
            .chain(elsewhere)
            .map(|key| IgnoreRule::exactly(&key.name, &id.zone, key.rtype))
            .collect()
    }
}

/// What reading one zone gave.
#[derive(Debug)]
pub struct ReadZone<'z, T> {
    /// The zone.
    pub zone: &'z Name,
    /// What was made of its files.
    pub found: T,
}

impl Project {
    /// The zone files of this project.
    #[must_use]
    pub fn zone_files(&self) -> ZoneFiles<'_> {
        ZoneFiles::new(&self.source, &self.config.directory, self.reading_options())
    }

    /// How zone files are read.
    #[must_use]
    pub fn reading_options(&self) -> Options {
        Options {
            default_ttl: Ttl::from_wire(self.config.default_ttl),
            semicolons: match self.config.escaped_semicolons {
                Some(true) => Semicolons::Escaped,
                Some(false) => Semicolons::Plain,
                None => Semicolons::Either,
            },
            split_extension: self.config.split_extension.clone(),
            shared_file: self.config.shared_file.clone().map(PathBuf::from),
            ..Options::default()
        }
    }

    /// Reads the files of `zones`, all of them, whatever is wrong with some; warnings come
    /// along.
    ///
    /// # Errors
    /// [`ProjectError::Files`] with every finding when any file has an error.
    pub fn read_declarations(&self, zones: &[Name]) -> Result<(Declarations, Vec<Diagnostic>), ProjectError> {
        let mut declared = BTreeMap::new();
        let mut diagnostics = Vec::new();
        for ReadZone { zone, found } in self.read_each(zones, |read| read) {
            diagnostics.extend(found.diagnostics);
            if let Some(found) = found.declared {
                declared.insert(zone.clone(), found);
            }
        }
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(ProjectError::Files(diagnostics));
        }
        Ok((Declarations(declared), diagnostics))
    }

    /// Reads the files of each zone, as many zones at once as there are processors, and keeps
    /// what `make` makes of them, in the order of `zones`.
    pub fn read_each<'z, T: Send>(
        &self,
        zones: &'z [Name],
        make: impl Fn(ZoneRead) -> T + Sync,
    ) -> Vec<ReadZone<'z, T>> {
        let next = AtomicUsize::new(0);
        let read = self.progress.begin(Activity::ReadingFiles, zones.len());
        let work = || {
            let files = self.zone_files();
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(zone) = zones.get(index) else { return done };
                done.push((index, ReadZone { zone, found: make(files.read(zone)) }));
                read.one();
            }
        };
        let threads = std::thread::available_parallelism().map_or(1, usize::from).min(zones.len());
        let mut all = if threads <= 1 {
            work()
        } else {
            std::thread::scope(|scope| {
                let threads: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
                let joined = threads.into_iter().map(|thread| match thread.join() {
                    Ok(done) => done,
                    // A panic of the reader is this thread's panic, as without threads.
                    Err(panic) => std::panic::resume_unwind(panic),
                });
                joined.flatten().collect()
            })
        };
        all.sort_by_key(|(index, _)| *index);
        all.into_iter().map(|(_, read)| read).collect()
    }
}
