//! A YAML file as one value, for `dnsure.yaml` and other small files.

use super::loader::Loader;
use super::node::Node;
use super::walk;
use crate::diagnostic::Diagnostic;
use crate::source::Source;
use std::path::{Path, PathBuf};

/// A YAML file, read as a whole.
#[derive(Debug, Clone)]
pub struct Document {
    /// The top of it; null when the file is empty.
    pub root: Node,
    /// What is worth a look.
    pub warnings: Vec<Diagnostic>,
    /// The file and everything it includes.
    pub files: Vec<PathBuf>,
}

impl Document {
    /// Reads the file at `path` with its includes, anchors and merges.
    ///
    /// # Errors
    /// Everything that is wrong with the file as YAML.
    pub fn load(source: &dyn Source, path: &Path) -> Result<Self, Vec<Diagnostic>> {
        let mut loader = Loader::new(source);
        let node = loader.text(path).and_then(|text| walk::whole(&mut loader, path, &text));
        let Loader { found, files, .. } = loader;
        let failed = found.errors() > 0;
        let found = found.into_sorted();
        match node {
            Ok(root) if !failed => Ok(Self { root, warnings: found, files }),
            _ => Err(found),
        }
    }
}
