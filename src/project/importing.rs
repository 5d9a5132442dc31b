//! Live zones to zone files: what is read from where, and where it is written.

use super::{Project, ProjectError};
use crate::config::{MadeFrom, ZoneId};
use crate::import::{Holder, Import, back};
use crate::state::directory::rewrite_whole;
use crate::state::{TargetId, inventory};
use dnsure_providers::{Live, Reading};
use dnsure_zones::yaml::{Declared, Options, ZoneFiles};
use dnsure_zones::{Name, Zone};
use std::fs;
use std::path::{Path, PathBuf};

/// A zone as it stands somewhere, and who holds it.
#[derive(Debug)]
pub struct Found {
    /// Everything that is live.
    pub zone: Zone,
    /// Who holds it.
    pub holder: Holder,
    /// Where it was found, in words: `bind`, `192.0.2.1:53`, `db.example`.
    pub place: String,
}

/// Where the files of an import go.
#[derive(Debug)]
pub struct Destination<'s> {
    /// The directory of the configuration.
    pub root: &'s Path,
    /// The directory of zone files, below the root.
    pub directory: PathBuf,
    /// How zone files are read.
    pub options: Options,
    /// One file per owner name.
    pub split: bool,
    /// This file instead, below the root; `None` for the zone's own.
    pub file: Option<PathBuf>,
    /// The zones whose files make a part of it: what they make stands in no file of its own.
    pub made_from: Vec<Declared>,
    /// Whether files that are there are replaced.
    pub overwrite: bool,
}

/// A zone that was imported, and proved to plan to nothing.
#[derive(Debug)]
pub struct Imported {
    /// What became of every record set.
    pub import: Import,
    /// The files, below the root, and what stands in them.
    pub files: Vec<(PathBuf, String)>,
    /// Files of the zone that were there before and are gone, for what they held is not live.
    pub removed: Vec<PathBuf>,
}

impl Project {
    /// Reads `zone` at `provider`.
    ///
    /// # Errors
    /// [`ProjectError`], also when there is no such zone.
    pub async fn find(&self, zone: &Name, provider: &str) -> Result<Found, ProjectError> {
        let id = TargetId::of(&self.config.zone_at(zone, provider), provider);
        let backend = self.backend(provider).await?;
        let Live { zone: live, .. } = match backend.read(zone).await {
            Ok(Reading::Live(live)) => live,
            Ok(Reading::Missing) => {
                return Err(ProjectError::Other(format!("{zone}: provider `{provider}` has no such zone")));
            }
            Err(error) => return Err(ProjectError::Backend { target: id.to_string(), error }),
        };
        let holder = Holder {
            provider: provider.to_owned(),
            backend: Some(backend),
            policy: self.config.zone_of(zone, provider).map(|entry| entry.policy.clone()).unwrap_or_default(),
        };
        Ok(Found { zone: live, holder, place: provider.to_owned() })
    }

    /// The file that a zone is read from, where it is not the one that is called after it: views have files
    /// of their own, and an entry may name one.
    #[must_use]
    pub fn file_of(&self, zone: &ZoneId) -> Option<PathBuf> {
        match self.config.zone(zone).map(|entry| &entry.made_from) {
            Some(MadeFrom::File { file, .. } | MadeFrom::Addresses { file: Some(file), .. }) => {
                Some(file.clone())
            }
            _ if zone.view.is_some() => Some(self.config.directory.join(format!("{zone}.yaml"))),
            _ => None,
        }
    }

    /// The zone whose files an alias is read from.
    #[must_use]
    pub fn alias_of(&self, zone: &ZoneId) -> Option<&ZoneId> {
        match &self.config.zone(zone)?.made_from {
            MadeFrom::Alias { of, .. } => Some(of),
            _ => None,
        }
    }

    /// What the zones declare whose addresses `zone` is made from.
    ///
    /// # Errors
    /// [`ProjectError::Files`] where one of them has errors.
    pub fn declared_sources(&self, zone: &ZoneId) -> Result<Vec<Declared>, ProjectError> {
        let sources: Vec<ZoneId> = self.sources(zone).iter().map(|(source, _)| source.clone()).collect();
        let read = self.read_each(&sources, |declared| declared);
        if read.iter().any(|source| source.is_broken) {
            let findings = read.into_iter().flat_map(|source| source.findings);
            return Err(ProjectError::Files(findings.collect()));
        }
        Ok(read.into_iter().filter_map(|source| source.made).collect())
    }

    /// Notes that what was imported is declared at the target that it came from, before anything is
    /// applied there: what it was then tells who moves. Gives the reason, in one line, where it cannot.
    pub async fn note_imported(&self, zone: &ZoneId, found: &Found, imported: &Imported) -> Option<String> {
        let Holder { provider, .. } = &found.holder;
        let entry = self.config.zone(zone).filter(|entry| entry.targets.contains(provider))?;
        // These are read from the files of others.
        if matches!(entry.made_from, MadeFrom::Alias { .. } | MadeFrom::Addresses { file: None, .. }) {
            return None;
        }
        let id = TargetId::of(zone, provider);
        let noted = inventory::begin(&self.state, &id, &imported.import.inventory(&found.holder)).await;
        noted.err().map(|error| {
            format!("{id}: what was imported is not noted, so `drift` cannot tell before an apply who moved: {error}")
        })
    }

    /// Where this project's files go.
    #[must_use]
    pub fn destination(&self) -> Destination<'_> {
        Destination {
            root: &self.root,
            directory: self.config.directory.clone(),
            options: self.reading_options(),
            split: false,
            file: None,
            made_from: Vec::new(),
            overwrite: false,
        }
    }
}

impl<'s> Destination<'s> {
    /// Where files go while there is no configuration yet.
    #[must_use]
    pub fn without_project(root: &'s Path) -> Self {
        Self {
            root,
            directory: "zones".into(),
            options: Options::default(),
            split: false,
            file: None,
            made_from: Vec::new(),
            overwrite: false,
        }
    }

    /// Makes the files of `found` in memory, reads them back and plans.
    ///
    /// # Errors
    /// [`ProjectError`] when the plan is not empty: the files are then left beside their places for
    /// inspection, each with `.rejected` at its end.
    pub fn prove(&self, found: &Found, keep_soa: bool) -> Result<Imported, ProjectError> {
        let import = Import::of(&found.zone, &found.holder, keep_soa);
        let import = match self.made_from.as_slice() {
            [] => import,
            sources => import.without_made(&sources.iter().collect::<Vec<_>>()),
        };
        let files = import.files(&self.directory, self.split, &self.options);
        let wrong = back::check(&import, &files, &self.directory, &self.options, &found.zone, &found.holder);
        let mut imported = Imported { import, files, removed: Vec::new() };
        if let (Some(file), [(path, _)]) = (&self.file, imported.files.as_mut_slice()) {
            path.clone_from(file);
        }
        if wrong.is_empty() {
            return Ok(imported);
        }
        Err(self.reject(&imported, found, &wrong))
    }

    fn reject(&self, imported: &Imported, found: &Found, wrong: &[String]) -> ProjectError {
        const SHOWN: usize = 20;
        let mut lines =
            vec![format!("{}: the file would not plan to nothing; nothing was imported", found.zone.apex())];
        lines.extend(wrong.iter().take(SHOWN).map(|line| format!("  {line}")));
        if wrong.len() > SHOWN {
            lines.push(format!("  and {} more", wrong.len() - SHOWN));
        }
        for (path, text) in imported.files.iter().take(1) {
            let mut name = path.clone().into_os_string();
            name.push(".rejected");
            match rewrite_whole(&self.root.join(&name), text.as_bytes()) {
                Ok(()) => lines.push(format!(
                    "look into {}, and please report this as a bug of dnsure, with these lines",
                    Path::new(&name).display()
                )),
                Err(error) => lines.push(error.to_string()),
            }
        }
        ProjectError::Other(lines.join("\n"))
    }

    /// Refuses a zone that has files already, unless they may be replaced.
    ///
    /// # Errors
    /// [`ProjectError`] that names the file.
    pub fn make_room(&self, zone: &Name) -> Result<(), ProjectError> {
        match self.in_the_way(zone)?.first() {
            Some(path) if !self.overwrite => Err(ProjectError::Other(format!(
                "{} is there already: replace it with --overwrite, or write elsewhere with --out",
                path.display()
            ))),
            _ => Ok(()),
        }
    }

    /// The files that hold the zone now, below the root.
    ///
    /// # Errors
    /// [`ProjectError`] where the zone has files of two spellings, or the directory cannot be read.
    pub fn in_the_way(&self, zone: &Name) -> Result<Vec<PathBuf>, ProjectError> {
        if let Some(file) = &self.file {
            return Ok(if self.root.join(file).exists() { vec![file.clone()] } else { Vec::new() });
        }
        if !self.root.is_dir() {
            return Ok(Vec::new());
        }
        let source = dnsure_zones::source::DirectorySource::new(self.root).map_err(|error| {
            ProjectError::Unreadable { path: self.root.display().to_string(), reason: error.to_string() }
        })?;
        let files = ZoneFiles::new(&source, self.directory.clone(), self.options.clone());
        let mut there = match files.files_of(zone) {
            Ok(there) => there,
            // Two spellings of one zone are for a person to sort out.
            Err(error) if error.code == "two-spellings" => {
                return Err(ProjectError::Other(format!("{zone}: {}", error.message)));
            }
            Err(_) => Vec::new(),
        };
        if let Some(shared) = &self.options.shared_file {
            let shared = self.directory.join(shared);
            there.retain(|path| *path != shared);
        }
        Ok(there)
    }

    /// Writes the files, each whole or not at all, and removes what else held the zone.
    ///
    /// # Errors
    /// [`ProjectError`] when something cannot be written, or does not read back as written.
    pub fn write(&self, zone: &Name, imported: &mut Imported) -> Result<(), ProjectError> {
        let before = self.in_the_way(zone)?;
        self.make_room(zone)?;
        for (path, text) in &imported.files {
            let path = self.root.join(path);
            rewrite_whole(&path, text.as_bytes())?;
            if fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
                return Err(ProjectError::Other(format!(
                    "{} does not read back as it was written: check the disk, then import again",
                    path.display()
                )));
            }
        }
        for old in before {
            if imported.files.iter().any(|(path, _)| *path == old) {
                continue;
            }
            fs::remove_file(self.root.join(&old)).map_err(|error| {
                ProjectError::Other(format!(
                    "{} holds the zone too, and cannot be removed: {error}",
                    old.display()
                ))
            })?;
            imported.removed.push(old);
        }
        Ok(())
    }
}
