//! Which zones there are, and which of them are meant.

use super::{Project, ProjectError};
use crate::config::{ZoneConfig, ZoneId};
use crate::state::TargetId;
use std::collections::BTreeSet;

/// How many zones a hint names.
const NAMED: usize = 8;

impl Project {
    /// Every zone that has a file and an entry, and every zone that has an entry of its own, by name.
    ///
    /// # Errors
    /// [`ProjectError::Unreadable`], and [`ProjectError::Files`] where one provider is the target of
    /// two views of a name.
    pub fn all_zones(&self) -> Result<BTreeSet<ZoneId>, ProjectError> {
        let names = self.zone_files().list_names().map_err(|error| ProjectError::Unreadable {
            path: self.root.join(&self.config.directory).display().to_string(),
            reason: error.to_string(),
        })?;
        let filed = names.iter().filter_map(|name| name.parse::<ZoneId>().ok());
        let filed = filed.filter(|zone| !zone.name.is_root() && self.config.zone(zone).is_some());
        let exact = self.config.zones.exact().map(|(zone, _)| zone.clone());
        let all: BTreeSet<ZoneId> = filed.chain(exact).collect();
        let clashes = self.config.zones.clashes(&all);
        if clashes.is_empty() { Ok(all) } else { Err(ProjectError::Files(clashes)) }
    }

    /// The zones to work on: those asked for, else all of them.
    ///
    /// # Errors
    /// [`ProjectError::UnknownZone`], and as [`Project::all_zones`].
    pub fn select(&self, asked: &[String]) -> Result<Vec<ZoneId>, ProjectError> {
        let all = self.all_zones()?;
        if asked.is_empty() {
            return Ok(all.into_iter().collect());
        }
        let mut seen = BTreeSet::new();
        let mut selected = Vec::new();
        for text in asked {
            let zone = text.parse::<ZoneId>().ok().filter(|zone| all.contains(zone));
            let zone = zone.ok_or_else(|| ProjectError::UnknownZone {
                zone: text.clone(),
                directory: self.config.directory.display().to_string(),
                known: known(text, &all),
            })?;
            if seen.insert(zone.clone()) {
                selected.push(zone);
            }
        }
        Ok(selected)
    }

    /// What the configuration says about `zone`.
    ///
    /// # Errors
    /// [`ProjectError::UnknownZone`].
    pub fn zone_config(&self, zone: &ZoneId) -> Result<&ZoneConfig, ProjectError> {
        self.config.zone(zone).ok_or_else(|| self.unknown(zone))
    }

    /// What the configuration says about the zone that is planned and applied there.
    ///
    /// # Errors
    /// [`ProjectError::UnknownZone`].
    pub fn target_config(&self, id: &TargetId) -> Result<&ZoneConfig, ProjectError> {
        self.config.zone_of(&id.zone, &id.provider).ok_or_else(|| self.unknown(&id.zone_id()))
    }

    fn unknown(&self, zone: &ZoneId) -> ProjectError {
        ProjectError::UnknownZone {
            zone: zone.to_string(),
            directory: self.config.directory.display().to_string(),
            known: String::new(),
        }
    }

    /// The targets of `zone`, in the order they are applied.
    ///
    /// # Errors
    /// [`ProjectError::UnknownZone`].
    pub fn targets(&self, zone: &ZoneId) -> Result<Vec<TargetId>, ProjectError> {
        let targets = self.zone_config(zone)?.targets.iter();
        Ok(targets.map(|provider| TargetId::of(zone, provider)).collect())
    }

    /// Every target of `zones`, zone after zone.
    ///
    /// # Errors
    /// [`ProjectError::UnknownZone`].
    pub fn all_targets(&self, zones: &[ZoneId]) -> Result<Vec<TargetId>, ProjectError> {
        let mut all = Vec::new();
        for zone in zones {
            all.extend(self.targets(zone)?);
        }
        Ok(all)
    }
}

/// The zones there are, as a hint: the views of the name that was asked for, else the first few.
fn known(asked: &str, zones: &BTreeSet<ZoneId>) -> String {
    let name = asked.parse::<ZoneId>().ok().map(|zone| zone.name);
    let views: Vec<String> =
        zones.iter().filter(|zone| Some(&zone.name) == name.as_ref()).map(ZoneId::to_string).collect();
    if !views.is_empty() {
        return format!("; there is {}", views.join(", "));
    }
    if zones.is_empty() {
        return String::new();
    }
    let names: Vec<String> = zones.iter().take(NAMED).map(ZoneId::to_string).collect();
    let more = if zones.len() > names.len() { ", …" } else { "" };
    format!("; the zones are {}{more}", names.join(", "))
}
