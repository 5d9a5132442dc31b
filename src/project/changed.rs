//! Which files changed since a git commit, and so which zones.

use super::{Project, ProjectError};
use crate::config::ZoneId;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// Files that are not what they were at a commit, relative to the project: changed, new or gone,
/// committed or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedFiles(BTreeSet<PathBuf>);

impl ChangedFiles {
    /// Whether a file at `place`, or below it where it is a directory, is among them; or something above it:
    /// git names a submodule and a link to a directory only as a whole.
    #[must_use]
    pub fn touch(&self, place: &Path) -> bool {
        let mut above = place.ancestors().skip(1).filter(|above| !above.as_os_str().is_empty());
        self.0.range(place.to_path_buf()..).next().is_some_and(|file| file.starts_with(place))
            || above.any(|above| self.0.contains(above))
    }
}

impl Project {
    /// The files that changed since `reference`, by asking git.
    ///
    /// # Errors
    /// [`ProjectError::Other`] where there is no git, no repository or no such commit.
    pub fn changed_files(&self, reference: &str) -> Result<ChangedFiles, ProjectError> {
        let root = self.source.root();
        let commit = format!("{reference}^{{commit}}");
        let found = git(root, &["rev-parse", "--verify", "--quiet", "--end-of-options", &commit])?;
        let commit = String::from_utf8_lossy(&found.stdout).trim().to_owned();
        if !found.status.success() || commit.is_empty() {
            return Err(self.no_commit(reference));
        }
        let mut files = BTreeSet::new();
        let changed =
            ["diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative", &commit, "--"];
        // What git leaves out (`.gitignore`) may hold zones all the same.
        for arguments in [&changed[..], &["ls-files", "--others", "-z"]] {
            let listed = git(root, arguments)?;
            if !listed.status.success() {
                return Err(failed(&listed));
            }
            let names = listed.stdout.split(|byte| *byte == 0).filter(|name| !name.is_empty());
            files.extend(names.map(|name| PathBuf::from(OsStr::from_bytes(name))));
        }
        Ok(ChangedFiles(files))
    }

    fn no_commit(&self, reference: &str) -> ProjectError {
        let root = self.source.root();
        let shallow = match git(root, &["rev-parse", "--is-shallow-repository"]) {
            Err(error) => return error,
            Ok(output) if !output.status.success() => return failed(&output),
            Ok(output) => String::from_utf8_lossy(&output.stdout).trim() == "true",
        };
        let how = if shallow {
            "this clone is shallow and may lack it: fetch it with its history (`git fetch --unshallow origin`; `fetch-depth: 0` of actions/checkout)"
        } else {
            "name a commit, a branch or a tag that `git log` knows; a branch of the remote is `origin/NAME`, and `git fetch` brings it"
        };
        ProjectError::Other(format!("--changed-since: git knows no commit `{reference}` here; {how}"))
    }

    /// Whether `zone` has a file among `files`, or a zone that it is made from has, includes aside.
    fn has_changed_place(&self, zone: &ZoneId, files: &ChangedFiles) -> bool {
        let sources = self.sources(zone).iter().map(|(zone, _)| zone);
        let mut homes = std::iter::once(zone).chain(sources).map(|zone| self.home(zone));
        let zone_files = self.zone_files();
        homes.any(|home| zone_files.places_of(&home).iter().any(|place| self.touches(files, place)))
    }

    /// Whether `file` changed, or what it is a link to.
    fn touches(&self, files: &ChangedFiles, file: &Path) -> bool {
        let plain = dnsure_zones::source::tidy(file);
        if plain.as_deref().is_some_and(|file| files.touch(file)) {
            return true;
        }
        let root = self.source.root();
        let resolved = root.join(file).canonicalize().ok();
        resolved.is_some_and(|path| path.strip_prefix(root).is_ok_and(|path| files.touch(path)))
    }

    /// Those of `zones` whose files changed since `reference`: their own, what these include, those of
    /// the zones that they are made from. With the configuration, all of them.
    ///
    /// # Errors
    /// As [`Project::changed_files`].
    pub fn changed_since(&self, reference: &str, zones: Vec<ZoneId>) -> Result<Vec<ZoneId>, ProjectError> {
        let files = self.changed_files(reference)?;
        if self.config.files.iter().any(|file| self.touches(&files, file)) {
            return Ok(zones);
        }
        let (mut changed, others): (Vec<ZoneId>, Vec<ZoneId>) =
            zones.into_iter().partition(|zone| self.has_changed_place(zone, &files));
        // What a file includes is known only once it is read.
        let read = self.read_each(&others, |_| ());
        let included = read.iter().filter(|read| read.files.iter().any(|file| self.touches(&files, file)));
        changed.extend(included.map(|read| read.zone.clone()));
        changed.sort();
        Ok(changed)
    }
}

fn git(directory: &Path, arguments: &[&str]) -> Result<Output, ProjectError> {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(directory).stdin(Stdio::null());
    command.output().map_err(|error| {
        ProjectError::Other(format!("--changed-since asks `git`, and it cannot be run ({error}): install it"))
    })
}

fn failed(output: &Output) -> ProjectError {
    let says = String::from_utf8_lossy(&output.stderr);
    let says = says.lines().next().unwrap_or("it does not say why");
    ProjectError::Other(format!("--changed-since: git failed: {says}"))
}
