//! A directory of small files that are never torn.

use super::StateError;
use crate::sabotage::point;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// What the names of files start with until they are whole.
const TEMPORARY: &str = dnsure_zones::yaml::TEMPORARY;

/// The root of the state.
#[derive(Debug, Clone)]
pub struct StateDirectory {
    root: PathBuf,
}

impl StateDirectory {
    /// State below `root`, which is made on the first write.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// Where the state is.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The path of a file below the root.
    #[must_use]
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// The file's bytes; `None` when there is no such file.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn read(&self, relative: &str) -> Result<Option<Vec<u8>>, StateError> {
        let path = self.path(relative);
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(io_error("read", &path, error)),
        }
    }

    /// The names in a directory, sorted; empty when there is none.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn list(&self, relative: &str) -> Result<Vec<String>, StateError> {
        let path = self.path(relative);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(io_error("list", &path, error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| io_error("list", &path, error))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with(TEMPORARY) {
                names.push(name);
            }
        }
        names.sort();
        Ok(names)
    }

    /// Creates the file with these bytes, all or nothing.
    ///
    /// # Errors
    /// [`StateError::Fenced`] when it exists, [`StateError::Io`].
    pub fn create(&self, relative: &str, bytes: &[u8]) -> Result<(), StateError> {
        let path = self.path(relative);
        let temporary = write_temporary(&path, bytes)?;
        point("before link");
        let linked = fs::hard_link(&temporary, &path);
        point("after link");
        let removed = fs::remove_file(&temporary);
        match linked {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                Err(StateError::Fenced { path: path.display().to_string() })
            }
            Err(error) => Err(io_error("create", &path, error)),
            Ok(()) => {
                removed.map_err(|error| io_error("remove", &temporary, error))?;
                sync_parent(&path)
            }
        }
    }

    /// Replaces the file by these bytes, all or nothing.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn replace(&self, relative: &str, bytes: &[u8]) -> Result<(), StateError> {
        write_whole(&self.path(relative), bytes)
    }

    /// Makes the file hold `bytes`, or removes it, if it still holds what was `seen`. Says whether
    /// it did.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn swap(
        &self,
        relative: &str,
        seen: Option<&[u8]>,
        bytes: Option<&[u8]>,
    ) -> Result<bool, StateError> {
        // One process at a time looks and changes. The system ends a turn with its process, so a
        // kill leaves none behind.
        let _turn = self.exclusive(&format!("{relative}.turn"))?;
        if self.read(relative)?.as_deref() != seen {
            return Ok(false);
        }
        match bytes {
            Some(bytes) => self.replace(relative, bytes)?,
            None => self.remove(relative)?,
        }
        Ok(true)
    }

    /// Opens the file, made where it is missing, and waits until no other process has it open
    /// like this.
    fn exclusive(&self, relative: &str) -> Result<File, StateError> {
        let path = self.path(relative);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).map_err(|error| io_error("create", parent, error))?;
        }
        let opened = File::options().create(true).append(true).open(&path);
        let file = opened.map_err(|error| io_error("open", &path, error))?;
        file.lock().map_err(|error| io_error("lock", &path, error))?;
        Ok(file)
    }

    /// Removes the file; fine when there is none.
    ///
    /// # Errors
    /// [`StateError::Io`].
    pub fn remove(&self, relative: &str) -> Result<(), StateError> {
        let path = self.path(relative);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(io_error("remove", &path, error)),
            _ => Ok(()),
        }
    }
}

/// Writes a file whole: temporary name, sync, rename, sync of the directory.
///
/// # Errors
/// [`StateError::Io`]; the old file is then still there.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    let temporary = write_temporary(path, bytes)?;
    point("before rename");
    fs::rename(&temporary, path).map_err(|error| io_error("replace", path, error))?;
    sync_parent(path)
}

/// Temporary name, sync, rename, sync of the directory, for a file of the user's: its mode stays, and a link stays a link.
///
/// # Errors
/// [`StateError::Io`]; the old file is then still there.
pub fn rewrite_whole(path: &Path, bytes: &[u8]) -> Result<(), StateError> {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_path_buf());
    let temporary = write_temporary(&real, bytes)?;
    let renamed = fs::metadata(&real)
        .map_or(Ok(()), |old| fs::set_permissions(&temporary, old.permissions()))
        .and_then(|()| fs::rename(&temporary, &real));
    if let Err(error) = renamed {
        // The error that matters is the first one.
        let _ = fs::remove_file(&temporary);
        return Err(io_error("replace", &real, error));
    }
    sync_parent(&real)
}

fn write_temporary(path: &Path, bytes: &[u8]) -> Result<PathBuf, StateError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(|error| io_error("create", parent, error))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    // The ending is not that of the file: a directory of zone files is read by its endings.
    let temporary = parent.join(format!("{TEMPORARY}{}-{name}.part", std::process::id()));
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(|error| {
        // The error that matters is the first one.
        let _ = fs::remove_file(&temporary);
        io_error("write", path, error)
    })?;
    Ok(temporary)
}

fn sync_parent(path: &Path) -> Result<(), StateError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent)
        .and_then(|directory| directory.sync_all())
        .map_err(|error| io_error("sync", parent, error))
}

fn io_error(action: &'static str, path: &Path, source: io::Error) -> StateError {
    StateError::Io { action, path: path.display().to_string(), source }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_created_file_cannot_be_created_again() {
        let root = tempfile::tempdir().unwrap();
        let state = StateDirectory::new(root.path());
        state.create("a/1.json", b"one").unwrap();
        assert!(matches!(state.create("a/1.json", b"two"), Err(StateError::Fenced { .. })));
        assert_eq!(state.read("a/1.json").unwrap().unwrap(), b"one");
        assert_eq!(state.list("a").unwrap(), ["1.json"]);
    }

    #[test]
    fn a_file_that_is_not_yet_whole_is_no_file_of_its_kind() {
        let root = tempfile::tempdir().unwrap();
        let temporary = write_temporary(&root.path().join("www.yaml"), b"www:").unwrap();
        assert_eq!(temporary.parent(), Some(root.path()));
        assert!(temporary.extension().is_some_and(|end| end != "yaml"), "{}", temporary.display());
        assert!(StateDirectory::new(root.path()).list("").unwrap().is_empty());
    }
}
