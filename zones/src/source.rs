//! Where files come from.

use std::io;
use std::path::{Path, PathBuf};

/// Reads files for the parsers, so that they do no I/O of their own.
pub trait Source {
    /// The bytes of the file at `path`, relative to the root of the source.
    ///
    /// # Errors
    /// Whatever the file system says; [`io::ErrorKind::PermissionDenied`] for a path
    /// that leaves the root.
    fn read(&self, path: &Path) -> io::Result<Vec<u8>>;

    /// The names in the directory at `path`, sorted; empty when there is no such directory.
    ///
    /// # Errors
    /// Whatever the file system says.
    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>>;
}
