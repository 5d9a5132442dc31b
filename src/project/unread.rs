//! Directories that look like the split files of a zone, and are not read.

use super::{CONFIG_FILE, Project};
use crate::config::ZoneId;
use dnsure_zones::diagnostic::{Diagnostic, Span};
use dnsure_zones::source::Source as _;
use std::collections::BTreeSet;
use std::path::Path;

impl Project {
    /// One warning for each: somebody who moves from octoDNS has them, and would miss their records.
    #[must_use]
    pub fn unread_directories(&self) -> Vec<Diagnostic> {
        if self.config.split_extension.is_some() {
            return Vec::new();
        }
        // What cannot be listed is told where the zones are looked for.
        let names = self.source.list(&self.config.directory).unwrap_or_default();
        let known: BTreeSet<ZoneId> = self.all_zones().unwrap_or_default();
        let directories = names.iter().filter_map(|name| name.to_str()).filter(|name| {
            let path = self.config.directory.join(name);
            self.is_called_like_a_zone(name, &known)
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
