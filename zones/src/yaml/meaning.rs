//! Whether two texts say the same.

use super::node::{Kind, Node, Style};
use super::scalar::Plain;
use super::{Declared, Document, Layout, LayoutError, Options, ZoneRead, layout, read_file};
use crate::Name;
use crate::diagnostic::Diagnostic;
use crate::diff::diff;
use crate::source::{Overlay, Source};
use std::path::Path;

/// Why a file keeps its layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// There are errors in it; every finding is here.
    #[error("the file has errors and keeps its layout: {}", crate::diagnostic::summary(.0))]
    Findings(Vec<Diagnostic>),
    /// There is no canonical layout for it.
    #[error("{0}")]
    Layout(#[from] LayoutError),
    /// The new text would say something else: a defect here, never in the file.
    #[error(
        "the canonical layout would change what the file says, so it keeps its own; please report this file"
    )]
    Meaning,
}

/// What a file is read as.
#[derive(Debug, Clone, Copy)]
pub enum Role<'a> {
    /// The records of this zone, or some of them.
    Zone(&'a Name),
    /// A value that other files include.
    Included,
}

/// Lays the file at `path` of `source` out as octoDNS writes zone files. What it says stays
/// the same, which is checked by reading both.
///
/// # Errors
/// [`FormatError`].
pub fn format(
    source: &dyn Source,
    path: &Path,
    text: &str,
    role: Role<'_>,
    options: &Options,
    sort: bool,
) -> Result<String, FormatError> {
    let records = matches!(role, Role::Zone(_));
    let before = Overlay::new(source).with(path, text);
    let formatted = match layout(text, Layout { records, sort }) {
        Ok(formatted) => formatted,
        Err(error) => {
            // The reader's own words about the file are better, where it has any.
            let found = findings(&before, path, role, options);
            return Err(if found.iter().any(Diagnostic::is_error) {
                FormatError::Findings(found)
            } else {
                error.into()
            });
        }
    };
    let after = Overlay::new(source).with(path, &formatted);
    match role {
        Role::Zone(apex) => {
            // Types in small letters are errors, unless somebody is lenient, and are mended here.
            let lenient = Options { lenient: true, order: None, ..options.clone() };
            let Some(old) = read_file(&before, path, apex, &lenient).declared else {
                return Err(FormatError::Findings(findings(&before, path, role, options)));
            };
            if findings(&after, path, role, options).iter().any(Diagnostic::is_error) {
                let found = findings(&before, path, role, options);
                let known = found.iter().any(Diagnostic::is_error);
                return Err(if known { FormatError::Findings(found) } else { FormatError::Meaning });
            }
            match read_file(&after, path, apex, &lenient).declared {
                Some(new) if same_declared(&old, &new) => Ok(formatted),
                _ => Err(FormatError::Meaning),
            }
        }
        Role::Included => {
            let old = Document::load(&before, path).map_err(FormatError::Findings)?;
            match Document::load(&after, path) {
                Ok(new) if same_node(&old.root, &new.root) => Ok(formatted),
                _ => Err(FormatError::Meaning),
            }
        }
    }
}

fn findings(source: &dyn Source, path: &Path, role: Role<'_>, options: &Options) -> Vec<Diagnostic> {
    match role {
        Role::Zone(apex) => {
            let ZoneRead { diagnostics, .. } = read_file(source, path, apex, options);
            diagnostics
        }
        Role::Included => Document::load(source, path).err().unwrap_or_default(),
    }
}

/// Whether two readings declare the same, wherever it stands.
pub(super) fn same_declared(a: &Declared, b: &Declared) -> bool {
    diff(&a.zone, &b.zone).next().is_none()
        && a.ignored == b.ignored
        && a.lenient == b.lenient
        && a.targets == b.targets
        && a.hints == b.hints
}

/// Whether two values are the same to YAML 1.1; the order of keys does not count.
fn same_node(a: &Node, b: &Node) -> bool {
    match (&a.kind, &b.kind) {
        (Kind::Scalar(text, style), Kind::Scalar(other, other_style)) => {
            let typed = |text: &str, style: &Style| match style {
                Style::Plain => Plain::of(text),
                Style::Quoted | Style::Block => Plain::Text,
            };
            let (a, b) = (typed(text, style), typed(other, other_style));
            std::mem::discriminant(&a) == std::mem::discriminant(&b)
                && (text == other || (a == Plain::Null && b == Plain::Null))
        }
        (Kind::List(a), Kind::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same_node(a, b)),
        (Kind::Map(entries), Kind::Map(others)) => {
            entries.len() == others.len()
                && entries.iter().all(|entry| {
                    let key = entry.key.text().unwrap_or_default();
                    b.entry(key).is_some_and(|other| {
                        same_node(&entry.key, &other.key) && same_node(&entry.value, &other.value)
                    })
                })
        }
        _ => false,
    }
}
