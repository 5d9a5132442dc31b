//! Reading zone files, and what they declare for one target.

use super::{Project, ProjectError};
use crate::config::{MadeFrom, ZoneId};
use crate::plan::ignore::IgnoreRule;
use crate::plan::order::Hints;
use crate::progress::Activity;
use crate::state::TargetId;
use dnsure_zones::diagnostic::{Diagnostic, Position, Span};
use dnsure_zones::yaml::{Declared, Home, Options, Semicolons, ZoneFiles, ZoneRead};
use dnsure_zones::{Ttl, Zone, reverse};
use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What the files declare, target by target.
#[derive(Debug, Default)]
pub struct Declarations(BTreeMap<TargetId, Arc<Declared>>);

impl Declarations {
    /// What is declared for one target: without what is ignored or meant for others.
    #[must_use]
    pub fn of(&self, id: &TargetId) -> Option<Zone> {
        self.0.get(id).map(|declared| declared.for_target(&id.provider))
    }

    /// What the files say about the way from old to new.
    #[must_use]
    pub fn hints(&self, id: &TargetId, all_staged: Option<Ttl>) -> Hints {
        let mut hints = Hints::default();
        hints.staging.all = all_staged;
        let Some(declared) = self.0.get(id) else { return hints };
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
        let Some(declared) = self.0.get(id) else { return Vec::new() };
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
    pub zone: &'z ZoneId,
    /// What was made of it.
    pub made: T,
    /// What is wrong or worth a look; what stands in a file of several zones is told once.
    pub findings: Vec<Diagnostic>,
    /// Whether nothing is declared because of errors, told here or with a zone it is made from.
    pub is_broken: bool,
    /// The files that were read or were to be read.
    pub files: Vec<PathBuf>,
}

/// What reading zones gave.
#[derive(Debug, Default)]
pub struct ReadZones {
    /// What the whole ones declare.
    pub declarations: Declarations,
    /// Everything found.
    pub findings: Vec<Diagnostic>,
    /// The zones whose files have errors.
    pub broken: Vec<ZoneId>,
}

impl ReadZones {
    /// Those of `zones` whose files are whole.
    #[must_use]
    pub fn whole_of(&self, zones: &[ZoneId]) -> Vec<ZoneId> {
        let broken: HashSet<&ZoneId> = self.broken.iter().collect();
        zones.iter().filter(|zone| !broken.contains(zone)).cloned().collect()
    }

    /// What was not done with the broken ones (`planned`), one line each.
    #[must_use]
    pub fn left(&self, done: &str) -> Vec<String> {
        let line = |zone| format!("{zone}: not {done}, because of the errors in its files above");
        self.broken.iter().map(line).collect()
    }

    /// The declarations and the warnings.
    ///
    /// # Errors
    /// [`ProjectError::Files`] with every finding when a zone is broken.
    pub fn whole(self) -> Result<(Declarations, Vec<Diagnostic>), ProjectError> {
        if self.broken.is_empty() {
            Ok((self.declarations, self.findings))
        } else {
            Err(ProjectError::Files(self.findings))
        }
    }
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

    /// Reads the files of `zones`, all of them, whatever is wrong with some; warnings come along.
    ///
    /// # Errors
    /// [`ProjectError::Files`] with every finding when any file has an error.
    pub fn read_declarations(
        &self,
        zones: &[ZoneId],
    ) -> Result<(Declarations, Vec<Diagnostic>), ProjectError> {
        self.read_zones(zones)?.whole()
    }

    /// Reads the files of `zones`, all of them, whatever is wrong with some.
    ///
    /// # Errors
    /// [`ProjectError::UnknownZone`].
    pub fn read_zones(&self, zones: &[ZoneId]) -> Result<ReadZones, ProjectError> {
        let read = self.read_each(zones, |declared| declared);
        let unread = self.unread(&read);
        let mut read = self.gather(read)?;
        read.findings.extend(unread);
        Ok(read)
    }

    /// Puts together what was read.
    ///
    /// # Errors
    /// [`ProjectError::UnknownZone`].
    pub fn gather(&self, read: Vec<ReadZone<'_, Option<Declared>>>) -> Result<ReadZones, ProjectError> {
        let mut all = ReadZones::default();
        for ReadZone { zone, made, findings, is_broken, .. } in read {
            all.findings.extend(findings);
            if is_broken {
                all.broken.push(zone.clone());
            }
            if let Some(declared) = made.map(Arc::new) {
                let ids = self.targets(zone)?.into_iter();
                all.declarations.0.extend(ids.map(|id| (id, Arc::clone(&declared))));
            }
        }
        Ok(all)
    }

    /// Whose files `zone` is read from.
    #[must_use]
    pub fn home(&self, zone: &ZoneId) -> Home {
        let made_from = self.config.zone(zone).map(|entry| &entry.made_from);
        match made_from {
            Some(MadeFrom::File { file, .. } | MadeFrom::Addresses { file: Some(file), .. }) => {
                Home::File(file.clone())
            }
            Some(MadeFrom::Alias { of, .. }) if of != zone => self.home(of),
            _ => Home::Named {
                name: zone.name.clone(),
                view: zone.view.as_ref().map(|view| view.as_str().to_owned()),
            },
        }
    }

    /// The zones whose addresses `zone` is made from.
    #[must_use]
    pub fn sources(&self, zone: &ZoneId) -> &[(ZoneId, Span)] {
        match self.config.zone(zone).map(|entry| &entry.made_from) {
            Some(MadeFrom::Addresses { of, .. }) => of,
            _ => &[],
        }
    }

    /// Reads the files of each zone, as many zones at once as there are processors, and keeps
    /// what `make` makes of them, in the order of `zones`.
    pub fn read_each<'z, T: Send>(
        &self,
        zones: &'z [ZoneId],
        make: impl Fn(Option<Declared>) -> T + Sync,
    ) -> Vec<ReadZone<'z, T>> {
        let wanted: HashSet<&ZoneId> =
            zones.iter().flat_map(|zone| self.sources(zone)).map(|(zone, _)| zone).collect();
        let wanted: Vec<&ZoneId> = wanted.into_iter().collect();
        // Read once, though several reverse zones are made from it, and though it is asked for itself.
        let sources: BTreeMap<&ZoneId, ZoneRead> =
            in_parallel(&wanted, |zone| (*zone, self.read_files(zone))).into_iter().collect();
        let counted = self.progress.begin(Activity::ReadingFiles, zones.len());
        let mut read = in_parallel(zones, |zone| {
            let ZoneRead { declared, diagnostics, files } = match sources.get(zone) {
                Some(read) => read.clone(),
                None => self.read_one(zone, &sources),
            };
            counted.one();
            ReadZone {
                zone,
                is_broken: declared.is_none(),
                made: make(declared),
                findings: diagnostics,
                files,
            }
        });
        self.tell_once(&mut read);
        read
    }

    /// A zone from its files and from the zones it is made from.
    fn read_one(&self, zone: &ZoneId, sources: &BTreeMap<&ZoneId, ZoneRead>) -> ZoneRead {
        let of = self.sources(zone);
        let mut read = self.read_files(zone);
        let mut whole = Vec::new();
        for (source, span) in of {
            let Some(source_read) = sources.get(source) else { continue };
            read.files.extend(source_read.files.iter().cloned());
            // Where the source is read for itself too, they are told there.
            let errors = source_read.diagnostics.iter().filter(|finding| finding.is_error());
            read.diagnostics.extend(errors.cloned().map(|error| match error.code {
                "no-zone-file" | "unreadable" => {
                    error.with_related(span.clone(), format!("{zone} is made from it"))
                }
                _ => error,
            }));
            whole.push(source_read.declared.as_ref());
        }
        let whole: Option<Vec<&Declared>> = whole.into_iter().collect();
        read.declared = match (read.declared, whole) {
            (Some(own), Some(whole)) if !of.is_empty() => {
                let (declared, found) = reverse::fill(own, &whole);
                let fits = !found.iter().any(Diagnostic::is_error);
                read.diagnostics.extend(found);
                fits.then_some(declared)
            }
            (own, Some(_)) => own,
            (_, None) => None,
        };
        read
    }

    /// A zone from its files alone.
    pub(super) fn read_files(&self, zone: &ZoneId) -> ZoneRead {
        let files = self.zone_files();
        let home = self.home(zone);
        match self.config.zone(zone).map(|entry| &entry.made_from) {
            // A file of its own is a welcome addition.
            Some(MadeFrom::Addresses { file: None, .. })
                if files.own_files(&home).is_ok_and(|own| own.is_empty()) =>
            {
                match &self.config.shared_file {
                    Some(shared) => {
                        let shared = Home::File(self.config.directory.join(shared));
                        files.read_from(&zone.name, &shared)
                    }
                    None => ZoneRead {
                        declared: Some(Declared::new(Zone::empty(zone.name.clone()))),
                        diagnostics: Vec::new(),
                        files: Vec::new(),
                    },
                }
            }
            Some(MadeFrom::Alias { span, .. } | MadeFrom::File { span, .. }) => {
                let mut read = files.read_from(&zone.name, &home);
                let missing =
                    |finding: &&mut Diagnostic| matches!(finding.code, "no-zone-file" | "unreadable");
                for finding in read.diagnostics.iter_mut().filter(missing) {
                    finding.related.push((span.clone(), format!("{zone} is made from it")));
                }
                if let Some(error) = unread_file(&files, zone, &home, span) {
                    read.diagnostics.push(error);
                    read.declared = None;
                }
                read
            }
            _ => files.read_from(&zone.name, &home),
        }
    }

    /// Leaves out what was told before: two zones may be made from one file.
    fn tell_once<T>(&self, read: &mut [ReadZone<'_, T>]) {
        let mut told: HashSet<(&str, Position, String)> = HashSet::new();
        let mut places: HashMap<(&str, Position), u8> = HashMap::new();
        let is_made = |zone: &ZoneId| match self.config.zone(zone).map(|entry| &entry.made_from) {
            Some(MadeFrom::Alias { .. }) => 2,
            Some(MadeFrom::Addresses { .. }) => 1,
            _ => 0,
        };
        // What a finding is about comes before what is made from it.
        let mut order: Vec<&mut ReadZone<'_, T>> = read.iter_mut().collect();
        order.sort_by_key(|zone| is_made(zone.zone));
        for zone in order {
            let made = is_made(zone.zone);
            zone.findings.retain(|finding| {
                let place = &finding.span.position;
                // The same finding may be worded for another name.
                let new = match places.entry((finding.code, place.clone())) {
                    Entry::Vacant(vacant) => *vacant.insert(made) == made,
                    Entry::Occupied(first) => made < 2 && *first.get() == made,
                };
                new && told.insert((finding.code, place.clone(), finding.message.clone()))
            });
        }
    }
}

/// A file of its own name that a zone has and does not read.
fn unread_file(files: &ZoneFiles<'_>, zone: &ZoneId, home: &Home, span: &Span) -> Option<Diagnostic> {
    let view = zone.view.as_ref().map(|view| view.as_str().to_owned());
    let own = files.own_files(&Home::Named { name: zone.name.clone(), view }).unwrap_or_default();
    let unread = own.into_iter().find(|file| *home != Home::File(file.clone()))?;
    let message = format!("{} is not read: {zone} is made from another file", unread.display());
    Some(
        Diagnostic::error("unread-file", Span::file(unread.to_string_lossy()), message)
            .with_related(span.clone(), "as this says")
            .with_help("delete the file, or this line"),
    )
}

/// What `make` makes of each of `items`, in their order, by as many threads as there are processors.
pub(super) fn in_parallel<'i, I: Sync, T: Send>(items: &'i [I], make: impl Fn(&'i I) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { return done };
            done.push((index, make(item)));
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
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
    all.into_iter().map(|(_, made)| made).collect()
}
