//! Where state lives.

use super::directory::{StateDirectory, StateError};
use std::path::PathBuf;

/// The root of the state.
#[derive(Debug, Clone)]
pub enum State {
    /// Files of this machine.
    Directory(StateDirectory),
}

/// An object as it was read; a later write may ask for it to be still the same.
#[derive(Debug, Clone)]
pub struct Versioned {
    /// What it holds.
    pub bytes: Vec<u8>,
}

impl State {
    /// State below `root`, which is made on the first write.
    #[must_use]
    pub fn in_directory(root: impl Into<PathBuf>) -> Self {
        Self::Directory(StateDirectory::new(root))
    }

    /// Where an object is, for messages.
    #[must_use]
    pub fn place(&self, relative: &str) -> String {
        match self {
            Self::Directory(directory) => directory.path(relative).display().to_string(),
        }
    }

    /// The object's bytes; `None` when there is none.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn read(&self, relative: &str) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.look(relative).await?.map(|found| found.bytes))
    }

    /// The object as it is now; `None` when there is none.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn look(&self, relative: &str) -> Result<Option<Versioned>, StateError> {
        match self {
            Self::Directory(directory) => Ok(directory.read(relative)?.map(|bytes| Versioned { bytes })),
        }
    }

    /// The names below `relative`, one level, sorted; empty when there are none.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn list(&self, relative: &str) -> Result<Vec<String>, StateError> {
        match self {
            Self::Directory(directory) => directory.list(relative),
        }
    }

    /// Creates the object with these bytes, all or nothing.
    ///
    /// # Errors
    /// [`StateError::Fenced`] when it exists, or another [`StateError`].
    pub async fn create(&self, relative: &str, bytes: &[u8]) -> Result<(), StateError> {
        match self {
            Self::Directory(directory) => directory.create(relative, bytes),
        }
    }

    /// Makes the object hold these bytes, all or nothing, whatever it held.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn replace(&self, relative: &str, bytes: &[u8]) -> Result<(), StateError> {
        match self {
            Self::Directory(directory) => directory.replace(relative, bytes),
        }
    }

    /// Makes the object hold `bytes`, or removes it, if it is still what was `seen` (`None`: if
    /// there is still none). Says whether it was; of several that saw the same one gets a yes.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn swap(
        &self,
        relative: &str,
        seen: Option<&Versioned>,
        bytes: Option<&[u8]>,
    ) -> Result<bool, StateError> {
        match self {
            Self::Directory(directory) => {
                directory.swap(relative, seen.map(|seen| seen.bytes.as_slice()), bytes)
            }
        }
    }

    /// Removes the object; fine when there is none.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn remove(&self, relative: &str) -> Result<(), StateError> {
        match self {
            Self::Directory(directory) => directory.remove(relative),
        }
    }
}
