//! Reading zone files, and what they declare for one target.

use super::{Project, ProjectError};
use crate::plan::ignore::IgnoreRule;
use crate::state::TargetId;
use dnsure_zones::diagnostic::Diagnostic;
use dnsure_zones::yaml::{Declared, Options, Semicolons, ZoneFiles};
use dnsure_zones::{Name, Ttl, Zone};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the files declare, zone by zone.
#[derive(Debug, Default)]
pub struct Declarations(BTreeMap<Name, Declared>);

impl Declarations {
    /// What is declared for one target: without what is ignored or meant for others.
    #[must_use]
    pub fn of(&self, id: &TargetId) -> Option<Zone> {
        self.0.get(&id.zone).map(|declared| declared.for_target(&id.provider))
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
        let files = self.zone_files();
        let mut declared = BTreeMap::new();
        let mut diagnostics = Vec::new();
        for zone in zones {
            let read = files.read(zone);
            diagnostics.extend(read.diagnostics);
            if let Some(zone_declared) = read.declared {
                declared.insert(zone.clone(), zone_declared);
            }
        }
        if diagnostics.iter().any(Diagnostic::is_error) {
            return Err(ProjectError::Files(diagnostics));
        }
        Ok((Declarations(declared), diagnostics))
    }
}
