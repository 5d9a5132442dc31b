//! All entries of `zones`, and which of them is about a zone.

use super::ZoneConfig;
use super::zone::Pattern;
use super::zone_id::{View, ZoneId};
use crate::plan::ignore::glob;
use dnsure_zones::Name;
use dnsure_zones::diagnostic::{Diagnostic, Span};
use std::collections::{BTreeMap, BTreeSet};

/// The entries, found by name without looking at all of them.
#[derive(Debug, Default)]
pub struct ZoneEntries {
    exact: BTreeMap<ZoneId, ZoneConfig>,
    globs: Vec<ZoneConfig>,
    /// Every view that an entry is about; `None` is the zone as such.
    views: BTreeSet<Option<View>>,
}

impl ZoneEntries {
    /// Adds an entry. The error says that the zone has one already.
    pub(super) fn add(&mut self, entry: ZoneConfig) -> Result<(), Box<Diagnostic>> {
        self.views.insert(entry.pattern.view().cloned());
        let id = match &entry.pattern {
            Pattern::Exact(id) => id.clone(),
            pattern @ Pattern::Glob { .. } => {
                if let Some(first) = self.globs.iter().find(|known| known.pattern == *pattern) {
                    return Err(Box::new(twice(pattern, &entry.span, &first.span)));
                }
                self.globs.push(entry);
                return Ok(());
            }
        };
        if let Some(first) = self.exact.get(&id) {
            return Err(Box::new(twice(&entry.pattern, &entry.span, &first.span)));
        }
        self.exact.insert(id, entry);
        Ok(())
    }

    /// What is said about `zone`: its own entry, else the longest glob that matches.
    #[must_use]
    pub fn get(&self, zone: &ZoneId) -> Option<&ZoneConfig> {
        self.exact.get(zone).or_else(|| {
            if self.globs.is_empty() {
                return None;
            }
            let name = zone.name.to_lower().to_string();
            let matching = self.globs.iter().filter(|entry| entry.pattern.matches(&name, zone.view.as_ref()));
            matching.max_by_key(|entry| entry.pattern.length())
        })
    }

    /// The entries of exact names, in the order of the names.
    pub fn exact(&self) -> impl Iterator<Item = (&ZoneId, &ZoneConfig)> {
        self.exact.iter()
    }

    /// The view of `name` that `provider` is a target of: there is one at most.
    #[must_use]
    pub fn served_by(&self, name: &Name, provider: &str) -> Option<(ZoneId, &ZoneConfig)> {
        self.views.iter().find_map(|view| {
            let id = ZoneId { name: name.clone(), view: view.clone() };
            let entry = self.get(&id).filter(|entry| entry.targets.iter().any(|known| known == provider))?;
            Some((id, entry))
        })
    }

    pub(super) fn exact_mut(&mut self) -> impl Iterator<Item = (&ZoneId, &mut ZoneConfig)> {
        self.exact.iter_mut()
    }

    /// A provider holds one zone of a name: an error for each that is the target of two of `zones`.
    #[must_use]
    pub fn clashes<'z>(&self, zones: impl IntoIterator<Item = &'z ZoneId>) -> Vec<Diagnostic> {
        let mut seen: BTreeMap<(&Name, &str), (&ZoneId, &Span)> = BTreeMap::new();
        let mut found = Vec::new();
        for zone in zones {
            let Some(entry) = self.get(zone) else { continue };
            for target in &entry.targets {
                let first = seen.insert((&zone.name, target), (zone, &entry.span));
                // Also where the other has no files yet: a glob of this provider would stand for this zone.
                let glob = self.served_by(&zone.name, target).filter(|(other, _)| other != zone);
                let glob = glob.as_ref().map(|(other, entry)| (other, &entry.span));
                let Some((other, first)) = first.or(glob) else { continue };
                let message = format!(
                    "`{target}` is a target of {other} and of {zone}, and it holds one zone of that name"
                );
                found.push(
                    Diagnostic::error("two-views", entry.span.clone(), message)
                        .with_related(first.clone(), format!("{other} is here"))
                        .with_help("give each view a provider of its own; two views of one server are two providers, told apart by address or key"),
                );
            }
        }
        found
    }
}

fn twice(pattern: &Pattern, again: &Span, first: &Span) -> Diagnostic {
    Diagnostic::error("duplicate-zone", again.clone(), format!("{pattern} has an entry already"))
        .with_related(first.clone(), "first here")
        .with_help("keep one of them")
}

/// Whether the zone glob matches: one star crosses dots, so that `*` is every zone.
pub(super) fn zone_glob(pattern: &str, name: &str) -> bool {
    glob(pattern.replace('*', "**").as_bytes(), name.as_bytes())
}
