//! What is there: the zone, what was read for it, and what a new file would lose.

use super::HEADER;
use super::replace::Failure;
use crate::embedded::file::{digest, serial};
use dnsure_zones::diagnostic::visible;
use dnsure_zones::master::{self, Besides};
use dnsure_zones::source::{DirectorySource, Source};
use dnsure_zones::{Name, Zone};
use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};

/// How many findings are shown of a file that cannot be read.
const SHOWN: usize = 5;

/// A zone in its file.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) zone: Zone,
    pub(super) serial: u32,
    pub(super) seen: Seen,
    /// What a new file would lose, in words.
    pub(super) lost: Option<String>,
    /// Whether this program wrote it.
    pub(super) by_us: bool,
}

/// Why there is no zone and no saying that there is none.
pub(super) enum Unfound {
    Directory(String),
    File(String),
}

/// Every file that was read for a zone, and what was in it.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    root: PathBuf,
    files: Vec<(PathBuf, String)>,
}

impl Seen {
    /// Looks again.
    pub(super) fn compare(&self) -> Result<(), Failure> {
        if crate::sabotage::is_off("freshness") {
            return Ok(());
        }
        for (path, before) in &self.files {
            let path = self.root.join(path);
            match std::fs::read(&path) {
                Ok(bytes) if digest(&bytes) == *before => {}
                Ok(_) => {
                    return Err(Failure::Stale(format!("{} has changed since it was read", path.display())));
                }
                Err(error) => {
                    return Err(Failure::Stale(format!(
                        "{} was read before and now is not: {error}",
                        path.display()
                    )));
                }
            }
        }
        Ok(())
    }
}

/// Remembers what was read.
struct Watching<'s> {
    source: &'s DirectorySource,
    files: RefCell<Vec<(PathBuf, String)>>,
}

impl Source for Watching<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let bytes = self.source.read(path)?;
        self.files.borrow_mut().push((path.to_owned(), digest(&bytes)));
        Ok(bytes)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        self.source.list(path)
    }
}

/// Reads the zone in the file `name`; `None` where there is no such file.
pub(super) fn find(directory: &Path, name: &str, apex: &Name) -> Result<Option<Found>, Unfound> {
    let source = DirectorySource::new(directory).map_err(|error| Unfound::Directory(error.to_string()))?;
    let path = source.root().join(name);
    match std::fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_file() => {}
        Ok(_) => {
            return Err(Unfound::File(
                "it is no regular file, so that no other can take its place: name the directory in which it really is".into(),
            ));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Unfound::File(error.to_string())),
    }
    let watching = Watching { source: &source, files: RefCell::default() };
    let (zone, findings) = master::read(&watching, Path::new(name), apex);
    let Some(zone) = zone else {
        let errors = findings.iter().filter(|finding| finding.is_error());
        let mut lines: Vec<String> = errors.take(SHOWN + 1).map(ToString::to_string).collect();
        if lines.len() > SHOWN {
            lines[SHOWN] = "and more".into();
        }
        return Err(Unfound::File(lines.join("; ")));
    };
    let serial = serial(&zone).ok_or_else(|| Unfound::File(format!("it has no SOA record of {apex}")))?;
    let files = watching.files.into_inner();
    let bytes = source.read(Path::new(name)).map_err(|error| Unfound::File(error.to_string()))?;
    let by_us = bytes.starts_with(HEADER.as_bytes());
    let own = if by_us { bytes.get(HEADER.len()..).unwrap_or_default() } else { &bytes };
    let lost = in_words(&master::besides(own), usize::from(by_us));
    Ok(Some(Found { zone, serial, seen: Seen { root: source.root().to_owned(), files }, lost, by_us }))
}

/// `$INCLUDE (line 3) and 12 comments (the first in line 1)`; `header` lines stand before the first.
fn in_words(besides: &[Besides], header: usize) -> Option<String> {
    let place = |besides: &Besides| besides.line + header;
    let mut parts: Vec<String> = Vec::new();
    for directive in besides.iter().filter(|one| one.directive.is_some()).take(3) {
        let name = directive.directive.as_deref().unwrap_or_default();
        parts.push(format!("{} (line {})", visible(name), place(directive)));
    }
    let comments: Vec<&Besides> = besides.iter().filter(|one| one.directive.is_none()).collect();
    match comments.as_slice() {
        [] => {}
        [one] => parts.push(format!("a comment (line {})", place(one))),
        [first, ..] => {
            parts.push(format!("{} comments (the first in line {})", comments.len(), place(first)))
        }
    }
    (!parts.is_empty()).then(|| parts.join(" and "))
}
