//! Where files come from.

use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};

/// Reads files for the parsers, so that they do no I/O of their own. Paths are relative
/// to the root of the source and never lead out of it.
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

    /// Whether `path` is a directory inside the source.
    fn is_directory(&self, path: &Path) -> bool {
        self.list(path).is_ok_and(|names| !names.is_empty())
    }

    /// Whether `path` is a file inside the source.
    fn is_file(&self, path: &Path) -> bool {
        self.read(path).is_ok()
    }
}

/// `path` without `.` and `..`, by the words alone; `None` when it leaves the root.
#[must_use]
pub fn tidy(path: &Path) -> Option<PathBuf> {
    let mut tidied = PathBuf::new();
    for part in path.components() {
        match part {
            Component::Normal(name) => tidied.push(name),
            Component::CurDir => {}
            Component::ParentDir => {
                if !tidied.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(tidied)
}

fn outside(path: &Path) -> io::Error {
    let message = format!("`{}` leads out of the directory that zone files may use", path.display());
    io::Error::new(io::ErrorKind::PermissionDenied, message)
}

/// Files below a directory, symbolic links resolved.
#[derive(Debug, Clone)]
pub struct DirectorySource {
    root: PathBuf,
}

impl DirectorySource {
    /// The files below `root`.
    ///
    /// # Errors
    /// When `root` is no directory that can be reached.
    pub fn new(root: impl AsRef<Path>) -> io::Result<Self> {
        let root = root.as_ref().canonicalize()?;
        if !root.is_dir() {
            let message = format!("`{}` is no directory", root.display());
            return Err(io::Error::new(io::ErrorKind::NotADirectory, message));
        }
        Ok(Self { root })
    }

    /// The root, symbolic links resolved.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        if path.is_absolute() {
            return Err(outside(path));
        }
        // What is missing outside must look like what exists outside, so the words are
        // judged before the file system is asked.
        let tidied = tidy(path).ok_or_else(|| outside(path))?;
        let resolved = self.root.join(tidied).canonicalize()?;
        if resolved.starts_with(&self.root) { Ok(resolved) } else { Err(outside(path)) }
    }
}

impl Source for DirectorySource {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let resolved = self.resolve(path)?;
        // A pipe or a device would block or never end.
        if !resolved.is_file() {
            let message = format!("`{}` is no regular file", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        std::fs::read(resolved)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let directory = match self.resolve(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            resolved => resolved?,
        };
        let mut names = Vec::new();
        for entry in std::fs::read_dir(directory)? {
            names.push(PathBuf::from(entry?.file_name()));
        }
        names.sort();
        Ok(names)
    }

    fn is_directory(&self, path: &Path) -> bool {
        self.resolve(path).is_ok_and(|resolved| resolved.is_dir())
    }

    fn is_file(&self, path: &Path) -> bool {
        // A link out of the root or to nothing is there: reading it says what is wrong.
        match self.resolve(path) {
            Ok(resolved) => resolved.is_file(),
            Err(_) => tidy(path).is_some_and(|tidied| self.root.join(tidied).is_symlink()),
        }
    }
}

/// Another source with some of its files replaced by texts, to see what they would mean.
pub struct Overlay<'s> {
    below: &'s dyn Source,
    above: BTreeMap<PathBuf, Vec<u8>>,
}

impl<'s> Overlay<'s> {
    /// `below` as it is.
    #[must_use]
    pub fn new(below: &'s dyn Source) -> Self {
        Self { below, above: BTreeMap::new() }
    }

    /// With this text for the file at `path`.
    #[must_use]
    pub fn with(mut self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) -> Self {
        self.put(path, text);
        self
    }

    /// Puts this text in the place of the file at `path`.
    pub fn put(&mut self, path: impl AsRef<Path>, text: impl AsRef<[u8]>) {
        let path = path.as_ref();
        let text = text.as_ref().to_vec();
        self.above.insert(tidy(path).unwrap_or_else(|| path.to_path_buf()), text);
    }

    fn replaced(&self, path: &Path) -> Option<&Vec<u8>> {
        self.above.get(&tidy(path)?)
    }
}

impl Source for Overlay<'_> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.replaced(path).map_or_else(|| self.below.read(path), |text| Ok(text.clone()))
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let mut names = self.below.list(path)?;
        let tidied = tidy(path).unwrap_or_default();
        let added = self.above.keys().filter(|file| file.parent() == Some(&tidied));
        names.extend(added.filter_map(|file| file.file_name()).map(PathBuf::from));
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn is_directory(&self, path: &Path) -> bool {
        self.below.is_directory(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.replaced(path).is_some() || self.below.is_file(path)
    }
}

/// Files in memory, for tests and for text that comes from elsewhere.
#[derive(Debug, Clone, Default)]
pub struct MemorySource {
    files: BTreeMap<PathBuf, Vec<u8>>,
}

impl MemorySource {
    /// No files.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With one more file.
    #[must_use]
    pub fn with(mut self, path: impl Into<PathBuf>, text: impl Into<Vec<u8>>) -> Self {
        self.files.insert(path.into(), text.into());
        self
    }
}

impl Source for MemorySource {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        let tidied = tidy(path).ok_or_else(|| outside(path))?;
        let missing = || io::Error::new(io::ErrorKind::NotFound, "there is no such file");
        self.files.get(&tidied).cloned().ok_or_else(missing)
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        let tidied = tidy(path).ok_or_else(|| outside(path))?;
        let mut names: Vec<PathBuf> = self
            .files
            .keys()
            .filter_map(|file| file.strip_prefix(&tidied).ok()?.components().next())
            .map(|name| PathBuf::from(name.as_os_str()))
            .collect();
        names.dedup();
        Ok(names)
    }

    fn is_directory(&self, path: &Path) -> bool {
        tidy(path)
            .is_some_and(|tidied| self.files.keys().any(|file| file.starts_with(&tidied) && *file != tidied))
    }

    fn is_file(&self, path: &Path) -> bool {
        tidy(path).is_some_and(|tidied| self.files.contains_key(&tidied))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_source_reads_what_is_below_its_root_only() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("repository");
        std::fs::create_dir_all(root.join("zones")).unwrap();
        std::fs::write(root.join("zones/a.yaml"), "a").unwrap();
        std::fs::write(place.path().join("secret"), "s").unwrap();
        std::os::unix::fs::symlink("../../secret", root.join("zones/link.yaml")).unwrap();
        std::os::unix::fs::symlink("a.yaml", root.join("zones/fine.yaml")).unwrap();
        let source = DirectorySource::new(&root).unwrap();

        assert_eq!(source.read(Path::new("zones/a.yaml")).unwrap(), b"a");
        assert_eq!(source.read(Path::new("zones/../zones/fine.yaml")).unwrap(), b"a");
        for bad in ["../secret", "zones/link.yaml", "zones/../../secret", "/etc/passwd", "../absent"] {
            let error = source.read(Path::new(bad)).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::PermissionDenied, "{bad}: {error}");
        }
        assert_eq!(source.list(Path::new("zones")).unwrap().len(), 3);
        assert!(source.list(Path::new("absent")).unwrap().is_empty());
        assert!(source.is_file(Path::new("zones/link.yaml")));
        assert_eq!(source.read(Path::new("zones")).unwrap_err().kind(), io::ErrorKind::InvalidInput);
    }

    #[test]
    fn a_memory_source_lists_as_a_directory_does() {
        let source = MemorySource::new().with("z/a.yaml", "").with("z/b./x.yaml", "").with("c", "");
        assert_eq!(source.list(Path::new("z")).unwrap(), [PathBuf::from("a.yaml"), PathBuf::from("b.")]);
        assert!(source.is_directory(Path::new("z/b.")) && !source.is_directory(Path::new("z/a.yaml")));
        assert!(source.read(Path::new("../c")).is_err());
    }
}
