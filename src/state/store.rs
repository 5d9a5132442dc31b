//! State, wherever it lives.

#[cfg(feature = "buckets")]
use super::bucket::Bucket;
use super::{Place, StateDirectory, StateError};
use std::path::{Path, PathBuf};

/// The root of the state.
#[derive(Debug, Clone)]
pub enum State {
    /// Files of this machine.
    Directory(StateDirectory),
    /// Objects that machines share.
    #[cfg(feature = "buckets")]
    Bucket(Bucket),
}

/// An object as it was read; a later write may ask for it to be still the same.
#[derive(Debug, Clone)]
pub struct Versioned {
    /// What it holds.
    pub bytes: Vec<u8>,
    /// What an object store calls this version.
    pub tag: Tag,
}

/// A version by the names of an object store; a directory has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tag {
    /// The entity tag.
    pub e_tag: Option<String>,
    /// The generation, where the store counts them.
    pub version: Option<String>,
}

impl State {
    /// State at `place`; a directory is relative to `root`. Nothing is opened yet.
    ///
    /// # Errors
    /// [`StateError::Store`] for a bucket when the program was built without them.
    pub fn at(place: &Place, root: &Path) -> Result<Self, StateError> {
        match place {
            Place::Directory(directory) => Ok(Self::in_directory(root.join(directory))),
            #[cfg(feature = "buckets")]
            Place::Bucket(url) => Ok(Self::Bucket(Bucket::new(url.clone()))),
            #[cfg(not(feature = "buckets"))]
            Place::Bucket(url) => Err(StateError::Store {
                action: "use",
                place: url.to_string(),
                reason: "this dnsure was built without object stores (feature `buckets`)".into(),
            }),
        }
    }

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
            #[cfg(feature = "buckets")]
            Self::Bucket(bucket) => bucket.place(relative),
        }
    }

    /// The name of an object here that is written as messages show it; files have paths instead.
    #[must_use]
    #[cfg_attr(not(feature = "buckets"), allow(unused_variables))]
    pub fn relative(&self, url: &str) -> Option<String> {
        match self {
            Self::Directory(_) => None,
            #[cfg(feature = "buckets")]
            Self::Bucket(bucket) => bucket.relative(url),
        }
    }

    /// Whether other machines write here too.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        !matches!(self, Self::Directory(_))
    }

    /// The object's bytes; `None` when there is none.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn read(&self, relative: &str) -> Result<Option<Vec<u8>>, StateError> {
        Ok(self.look(relative).await?.map(|found| found.bytes))
    }

    /// As [`State::read`], for several, in their order.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn read_all(&self, relatives: &[String]) -> Result<Vec<Option<Vec<u8>>>, StateError> {
        match self {
            Self::Directory(directory) => relatives.iter().map(|relative| directory.read(relative)).collect(),
            #[cfg(feature = "buckets")]
            Self::Bucket(bucket) => bucket.read_all(relatives).await,
        }
    }

    /// The object as it is now; `None` when there is none.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn look(&self, relative: &str) -> Result<Option<Versioned>, StateError> {
        match self {
            Self::Directory(directory) => {
                let bytes = directory.read(relative)?;
                Ok(bytes.map(|bytes| Versioned { bytes, tag: Tag::default() }))
            }
            #[cfg(feature = "buckets")]
            Self::Bucket(bucket) => bucket.look(relative).await,
        }
    }

    /// The names below `relative`, one level, sorted; empty when there are none.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn list(&self, relative: &str) -> Result<Vec<String>, StateError> {
        match self {
            Self::Directory(directory) => directory.list(relative),
            #[cfg(feature = "buckets")]
            Self::Bucket(bucket) => bucket.list(relative).await,
        }
    }

    /// Creates the object with these bytes, all or nothing.
    ///
    /// # Errors
    /// [`StateError::Fenced`] when it exists, or another [`StateError`].
    pub async fn create(&self, relative: &str, bytes: &[u8]) -> Result<(), StateError> {
        match self {
            Self::Directory(directory) => directory.create(relative, bytes),
            #[cfg(feature = "buckets")]
            Self::Bucket(bucket) => match bucket.swap(relative, None, bytes).await? {
                true => Ok(()),
                false => Err(StateError::Fenced { path: bucket.place(relative) }),
            },
        }
    }

    /// Makes the object hold these bytes, all or nothing, whatever it held.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn replace(&self, relative: &str, bytes: &[u8]) -> Result<(), StateError> {
        match self {
            Self::Directory(directory) => directory.replace(relative, bytes),
            #[cfg(feature = "buckets")]
            Self::Bucket(bucket) => bucket.replace(relative, bytes).await,
        }
    }

    /// Makes the object hold `bytes` if it is still what was `seen` (`None`: if there is still
    /// none). Says whether it was; of several that saw the same one gets a yes.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn swap(
        &self,
        relative: &str,
        seen: Option<&Versioned>,
        bytes: &[u8],
    ) -> Result<bool, StateError> {
        match self {
            Self::Directory(directory) => {
                directory.swap(relative, seen.map(|seen| seen.bytes.as_slice()), Some(bytes))
            }
            #[cfg(feature = "buckets")]
            Self::Bucket(bucket) => bucket.swap(relative, seen.map(|seen| &seen.tag), bytes).await,
        }
    }

    /// Removes the object if it is still what was `seen`, and says whether it was. Where no removal
    /// can be made to depend on that, the object holds `marker` instead.
    ///
    /// # Errors
    /// [`StateError`].
    #[cfg_attr(not(feature = "buckets"), allow(unused_variables))]
    pub async fn vacate(&self, relative: &str, seen: &Versioned, marker: &[u8]) -> Result<bool, StateError> {
        match self {
            Self::Directory(directory) => directory.swap(relative, Some(&seen.bytes), None),
            #[cfg(feature = "buckets")]
            Self::Bucket(_) => self.swap(relative, Some(seen), marker).await,
        }
    }

    /// Removes the object; fine when there is none.
    ///
    /// # Errors
    /// [`StateError`].
    pub async fn remove(&self, relative: &str) -> Result<(), StateError> {
        match self {
            Self::Directory(directory) => directory.remove(relative),
            #[cfg(feature = "buckets")]
            Self::Bucket(bucket) => bucket.remove(relative).await,
        }
    }
}
