//! Which files `fmt` lays out, and as what.

use super::{Project, ProjectError};
use crate::config::ZoneId;
use dnsure_zones::Name;
use dnsure_zones::diagnostic::{Diagnostic, summary};
use dnsure_zones::source::{Source, tidy};
use dnsure_zones::yaml::{FormatError, Options, Role, format};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How files are laid out.
pub struct Sheets<'s> {
    /// Where they are.
    pub source: &'s dyn Source,
    /// How zone files are read.
    pub options: &'s Options,
    /// Whether keys are sorted.
    pub sort: bool,
}

/// A file and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// The file, below the root of the project.
    pub path: PathBuf,
    /// The zone whose records stand in it; none for a file that others include.
    pub zone: Option<Name>,
}

/// A file before and after.
#[derive(Debug)]
pub struct Formatted {
    /// As it is.
    pub before: String,
    /// As octoDNS would lay it out.
    pub after: String,
}

/// Why a file keeps its layout.
#[derive(Debug, thiserror::Error)]
pub enum Kept {
    /// There are errors in it.
    #[error("left as it is: {}", summary(.0))]
    Findings(Vec<Diagnostic>),
    /// Anything else, in words.
    #[error("left as it is: {0}")]
    Other(String),
}

/// Lays one file out.
///
/// # Errors
/// [`Kept`]; the file then stays as it is.
pub fn laid_out(sheets: &Sheets<'_>, sheet: &Sheet) -> Result<Formatted, Kept> {
    let bytes = sheets.source.read(&sheet.path).map_err(|error| Kept::Other(error.to_string()))?;
    let before =
        String::from_utf8(bytes).map_err(|_| Kept::Other("it is not UTF-8; save it in UTF-8".into()))?;
    let after = text_laid_out(sheets, sheet, &before)?;
    Ok(Formatted { before, after })
}

/// Lays a text out as if it were that file.
///
/// # Errors
/// [`Kept`].
pub fn text_laid_out(sheets: &Sheets<'_>, sheet: &Sheet, text: &str) -> Result<String, Kept> {
    let role = sheet.zone.as_ref().map_or(Role::Included, Role::Zone);
    format(sheets.source, &sheet.path, text, role, sheets.options, sheets.sort).map_err(|error| match error {
        FormatError::Findings(found) => Kept::Findings(found),
        other => Kept::Other(other.to_string()),
    })
}

/// A zone for a file of which nobody knows the zone: names in it are relative, so any will do.
#[must_use]
pub fn zone_of(path: &Path) -> Name {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let named = stem.parse::<Name>().ok().filter(|zone| !zone.is_root());
    named.unwrap_or_else(|| "zone.invalid.".parse().unwrap_or_else(|_| Name::root()))
}

impl Project {
    /// The files of `zones` and everything they include, each once.
    ///
    /// # Errors
    /// [`ProjectError::Files`] for a zone without files.
    pub fn sheets(&self, zones: &[ZoneId]) -> Result<Vec<Sheet>, ProjectError> {
        let mut all: BTreeMap<PathBuf, Option<Name>> = BTreeMap::new();
        let mut missing = Vec::new();
        let files = self.zone_files();
        for zone in zones {
            let home = self.home(zone);
            match files.files_in(&home) {
                Ok(roots) => {
                    for path in roots {
                        all.insert(tidied(&path), Some(zone.name.clone()));
                    }
                    for path in files.read_from(&zone.name, &home).files {
                        if self.source.is_file(&path) {
                            all.entry(tidied(&path)).or_insert(None);
                        }
                    }
                }
                // A zone that is made from addresses needs no file.
                Err(_) if !self.sources(zone).is_empty() => {}
                Err(error) => missing.push(*error),
            }
        }
        if !missing.is_empty() {
            return Err(ProjectError::Files(missing));
        }
        Ok(all.into_iter().map(|(path, zone)| Sheet { path, zone }).collect())
    }
}

fn tidied(path: &Path) -> PathBuf {
    tidy(path).unwrap_or_else(|| path.to_path_buf())
}
