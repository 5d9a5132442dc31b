//! Files and directories that look like those of a zone, and are not read.

use super::declared::ReadZone;
use super::{CONFIG_FILE, Project};
use crate::config::ZoneId;
use crate::report::words;
use dnsure_zones::diagnostic::{Diagnostic, Span};
use dnsure_zones::source::Source as _;
use std::collections::{BTreeSet, HashSet};
use std::path::{Path, PathBuf};

/// How many files are named.
const NAMED: usize = 8;

impl Project {
    /// What is called like the files of a zone and is not read: one warning for each. Which files are not
    /// shows where all zones were `read`: one may include another.
    #[must_use]
    pub fn unread<T>(&self, read: &[ReadZone<'_, T>]) -> Vec<Diagnostic> {
        // What cannot be listed is told where the zones are looked for.
        let names = self.source.list(&self.config.directory).unwrap_or_default();
        let names: Vec<&str> = names.iter().filter_map(|name| name.to_str()).collect();
        let Ok(known) = self.all_zones() else { return Vec::new() };
        let mut found = self.unread_directories(&names, &known);
        if read.len() == known.len() {
            let files = read.iter().flat_map(|zone| &zone.files).map(PathBuf::as_path).collect();
            found.extend(self.unread_files(&names, &known, &files));
        }
        found
    }

    /// The first few, and how many more there are.
    fn unread_files(
        &self,
        names: &[&str],
        known: &BTreeSet<ZoneId>,
        read: &HashSet<&Path>,
    ) -> Vec<Diagnostic> {
        let directory = &self.config.directory;
        let mut unread = names.iter().filter_map(|name| {
            let (why, help) = self.why_unread(name, known)?;
            let path = directory.join(name);
            (!read.contains(path.as_path()) && self.source.is_file(&path)).then_some((path, why, help))
        });
        let warning = |(path, why, help): (PathBuf, String, String)| {
            let message = format!("{} is not read: {why}", path.display());
            Diagnostic::warning("unread-file", Span::file(path.to_string_lossy()), message).with_help(help)
        };
        let mut found: Vec<Diagnostic> = unread.by_ref().take(NAMED).map(warning).collect();
        let more = unread.count();
        if more > 0 {
            let place = directory.to_string_lossy();
            let message =
                format!("{} in {place} not read besides these", words::count(more, "more zone file"));
            found.push(Diagnostic::warning("unread-file", Span::file(place), message));
        }
        found
    }

    /// Why no zone reads a file of this name, and how to mend it; `None` where one does or tells it
    /// itself, and where no zone file is called so.
    fn why_unread(&self, name: &str, known: &BTreeSet<ZoneId>) -> Option<(String, String)> {
        if name.starts_with('.') {
            return None;
        }
        if let Some(bare) = name.strip_suffix(".yml").filter(|bare| bare.contains('.')) {
            let meant = format!("{}.yaml", bare.trim_end_matches('.'));
            return Some(("zone files end with `.yaml`".into(), format!("call it `{meant}`")));
        }
        // Without a dot it is a file for others to include.
        let bare = name.strip_suffix(".yaml").filter(|bare| bare.contains('.'))?;
        let zone = match bare.parse::<ZoneId>() {
            Ok(zone) => zone,
            Err(error) => {
                let why = format!("`{bare}` is no name of a zone: {error}");
                return Some((why, "call it after its zone, as in `example.com.yaml`".into()));
            }
        };
        if !known.contains(&zone) {
            let why = format!("no entry and no glob under `zones:` of {CONFIG_FILE} is about {zone}");
            return Some((why, format!("add an entry for {zone}, or move the file away")));
        }
        let lower = name.to_lowercase();
        let is_double = lower != name && self.source.is_file(&self.config.directory.join(&lower));
        is_double.then(|| {
            (format!("`{lower}` is"), "names of zone files are in lower case: keep one of them".into())
        })
    }

    /// Somebody who moves from octoDNS has them, and would miss their records.
    fn unread_directories(&self, names: &[&str], known: &BTreeSet<ZoneId>) -> Vec<Diagnostic> {
        if self.config.split_extension.is_some() {
            return Vec::new();
        }
        let directories = names.iter().filter(|name| {
            let path = self.config.directory.join(name);
            self.is_called_like_a_zone(name, known)
                && self.source.is_directory(&path)
                && self.holds_yaml(&path)
        });
        directories.map(|name| self.not_read(name)).collect()
    }

    /// `example.com.` in any case, `example.com` where there is such a zone.
    fn is_called_like_a_zone(&self, name: &str, known: &BTreeSet<ZoneId>) -> bool {
        let Ok(zone) = name.parse::<ZoneId>() else { return false };
        let ends_as_one = name.ends_with('.') && !name.starts_with('.') && self.config.zone(&zone).is_some();
        ends_as_one || known.contains(&zone)
    }

    fn holds_yaml(&self, directory: &Path) -> bool {
        let files = self.source.list(directory).unwrap_or_default();
        files.iter().any(|file| file.extension().is_some_and(|ending| ending == "yaml"))
    }

    fn not_read(&self, name: &str) -> Diagnostic {
        let path = self.config.directory.join(name);
        let bare = name.strip_suffix('.').unwrap_or(name);
        let rename = if bare == name { format!("call it `{bare}.`, and ") } else { String::new() };
        let message = format!("the directory {} is not read", path.display());
        Diagnostic::warning("unread-directory", Span::file(path.to_string_lossy()), message)
            .with_help(format!("{rename}add `split_extension: .` under `zones:` of {CONFIG_FILE}"))
    }
}
