//! A file that somebody named to be written: what stands at its path decides whether it may be.
//!
//! A link is followed and stays a link. What is no regular file is never replaced: the rename would put a
//! plain file where a device or a pipe was. A directory that is not there is told, not made.

use super::StateError;
use super::directory::rewrite_whole;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What is written, and what it may replace: its own kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Document {
    /// A plan file.
    Plan,
    /// A receipt.
    Receipt,
}

/// Why nothing is written at a path.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// Its directory is not there.
    #[error("there is no directory {0}: make it first, or name another path")]
    NoDirectory(String),
    /// It leads to something that no file may take the place of.
    #[error("it is {0} and no regular file, so nothing takes its place: name another path")]
    NoFile(&'static str),
    /// It leads nowhere.
    #[error("it is a link to a file that is not there: remove the link, or name another path")]
    LooseLink,
    /// Something else is there.
    #[error(
        "it is there already and is no {0}, so it is not replaced: name another path, or remove it first"
    )]
    Other(&'static str),
    /// It cannot be looked at.
    #[error(transparent)]
    Unseen(#[from] io::Error),
    /// It cannot be written.
    #[error(transparent)]
    Unwritten(#[from] StateError),
}

impl Document {
    /// Looks whether this may be written at `path`; nothing is changed.
    ///
    /// # Errors
    /// [`Unfit`].
    pub fn may_be_at(self, path: &Path) -> Result<(), Unfit> {
        let Some(there) = regular_file(path)? else { return Ok(()) };
        let bytes = fs::read(there)?;
        if bytes.is_empty() || self.is(&bytes) { Ok(()) } else { Err(Unfit::Other(self.name())) }
    }

    /// Writes it at `path`, whole or not at all.
    ///
    /// # Errors
    /// [`Unfit`]; what was there is then still there.
    pub fn write(self, path: &Path, bytes: &[u8]) -> Result<(), Unfit> {
        self.may_be_at(path)?;
        Ok(rewrite_whole(path, bytes)?)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Plan => "plan file",
            Self::Receipt => "receipt",
        }
    }

    /// Whether `bytes` are of this kind, of whatever version.
    fn is(self, bytes: &[u8]) -> bool {
        let keys: &[&str] = match self {
            Self::Plan => &["format_version", "digest", "targets"],
            Self::Receipt => &["format_version", "run", "plan", "targets"],
        };
        let object = serde_json::from_slice::<BTreeMap<String, IgnoredAny>>(bytes);
        object.is_ok_and(|object| keys.iter().all(|key| object.contains_key(*key)))
    }
}

/// The regular file at `path`, links resolved; `None` where there is nothing and a file may be made.
///
/// # Errors
/// [`Unfit`].
pub fn regular_file(path: &Path) -> Result<Option<PathBuf>, Unfit> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if !parent.is_dir() {
        return Err(Unfit::NoDirectory(parent.display().to_string()));
    }
    match fs::metadata(path) {
        Ok(there) if there.is_file() => Ok(Some(fs::canonicalize(path)?)),
        Ok(there) => Err(Unfit::NoFile(kind(there.file_type()))),
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        Err(_) if fs::symlink_metadata(path).is_ok() => Err(Unfit::LooseLink),
        Err(_) => Ok(None),
    }
}

fn kind(found: fs::FileType) -> &'static str {
    if found.is_dir() {
        return "a directory";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if found.is_block_device() || found.is_char_device() {
            return "a device";
        }
        if found.is_fifo() {
            return "a pipe";
        }
        if found.is_socket() {
            return "a socket";
        }
    }
    "something else"
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const PLAN: &[u8] = br#"{"format_version":"0.9","digest":"d","targets":[]}"#;
    const RECEIPT: &[u8] = br#"{"format_version":"1.0","run":"r","plan":"d","targets":[]}"#;

    #[test]
    fn a_document_replaces_its_own_kind_and_an_empty_file_alone() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("out.json");
        for (there, plan, receipt) in [
            (PLAN, true, false),
            (RECEIPT, false, true),
            (b"".as_slice(), true, true),
            (b"www: {type: A}", false, false),
            (b"[1, 2, 3]", false, false),
        ] {
            fs::write(&path, there).unwrap();
            assert_eq!(Document::Plan.may_be_at(&path).is_ok(), plan, "{}", there.escape_ascii());
            assert_eq!(Document::Receipt.may_be_at(&path).is_ok(), receipt, "{}", there.escape_ascii());
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_one_to_nothing_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let (real, link) = (root.path().join("real.json"), root.path().join("link.json"));
        std::os::unix::fs::symlink(&real, &link).unwrap();
        assert!(matches!(Document::Plan.write(&link, PLAN), Err(Unfit::LooseLink)));
        fs::write(&real, b"").unwrap();
        Document::Plan.write(&link, PLAN).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read(&real).unwrap(), PLAN);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_regular_file_is_called_by_its_name() {
        let root = tempfile::tempdir().unwrap();
        let socket = root.path().join("socket");
        let _held = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        for (path, kind) in
            [(Path::new("/dev/full"), "a device"), (root.path(), "a directory"), (&socket, "a socket")]
        {
            let refused = Document::Plan.may_be_at(path).unwrap_err();
            assert!(refused.to_string().contains(kind), "{refused}");
        }
        let absent = root.path().join("no/plan.json");
        assert!(matches!(Document::Plan.write(&absent, PLAN), Err(Unfit::NoDirectory(_))));
        assert!(!root.path().join("no").exists());
    }
}
