//! The files of a zone as one round of edits sees them: each taken apart once, however many wishes.

use super::super::syntax::{Item, Pair, SyntaxError, Tree};
use crate::Name;
use crate::diagnostic::Position;
use std::cell::OnceCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

/// A file, its tree, and where to find things in it.
pub(super) struct Sheet<'t> {
    path: &'t Path,
    pub(super) tree: Tree<'t>,
    /// Which pair holds a name; the first of several.
    names: HashMap<Name, usize>,
    /// Where each line starts.
    lines: Vec<usize>,
    /// How its names are laid out, once somebody has asked.
    pub(super) custom: OnceCell<Custom>,
}

/// How the names of a file are laid out.
#[derive(Debug, Clone, Copy)]
pub(super) struct Custom {
    /// Whether they are in their natural order.
    pub(super) is_sorted: bool,
    /// Whether most have an empty line before them.
    pub(super) is_parted: bool,
}

impl<'t> Sheet<'t> {
    fn of(path: &'t Path, text: &'t str, apex: &Name) -> Result<Self, SyntaxError> {
        let tree = Tree::of(text)?;
        let mut names = HashMap::new();
        for (index, pair) in tree.root.pairs().unwrap_or_default().iter().enumerate() {
            if let Some(name) = name_of(&pair.key, apex) {
                names.entry(name).or_insert(index);
            }
        }
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Ok(Self { path, tree, names, lines, custom: OnceCell::new() })
    }

    /// What stands under a name.
    pub(super) fn pair(&self, name: &Name) -> Option<&Pair> {
        self.tree.root.pairs()?.get(*self.names.get(name)?)
    }

    /// The byte of a place; nothing for one in another file.
    pub(super) fn byte(&self, place: &Position) -> Option<usize> {
        if self.path.to_string_lossy() != *place.file {
            return None;
        }
        let start = *self.lines.get((place.line as usize).checked_sub(1)?)?;
        let line = &self.tree.text[start..];
        let line = if start == 0 { line.strip_prefix('\u{feff}').unwrap_or(line) } else { line };
        let skipped = self.tree.text[start..].len() - line.len();
        let column = line
            .char_indices()
            .nth((place.column as usize).saturating_sub(1))
            .map_or(line.len(), |(at, _)| at);
        Some(start + skipped + column)
    }

    /// The place of a byte.
    pub(super) fn place(&self, at: usize) -> Position {
        let at = at.min(self.tree.text.len());
        let line = self.lines.partition_point(|start| *start <= at);
        let start = line.checked_sub(1).and_then(|line| self.lines.get(line)).copied().unwrap_or(0);
        Position {
            file: self.path.to_string_lossy().into(),
            line: line as u32,
            column: self.tree.text[start..at].chars().count() as u32 + 1,
        }
    }
}

/// The name that a key of a file stands for.
fn name_of(key: &Item, apex: &Name) -> Option<Name> {
    match key.text()? {
        "" => Some(apex.clone()),
        text => Name::parse_unicode(text, Some(apex)).ok(),
    }
}

/// All files that a round may touch.
pub(super) struct Sheets<'t>(BTreeMap<&'t Path, Result<Sheet<'t>, SyntaxError>>);

impl<'t> Sheets<'t> {
    pub(super) fn of(texts: &'t BTreeMap<PathBuf, String>, apex: &Name) -> Self {
        Self(texts.iter().map(|(path, text)| (path.as_path(), Sheet::of(path, text, apex))).collect())
    }

    /// One of them; an error where it cannot be edited at all, nothing where it is not there.
    pub(super) fn get(&self, path: &Path) -> Result<Option<&Sheet<'t>>, SyntaxError> {
        self.0.get(path).map(|sheet| sheet.as_ref().map_err(Clone::clone)).transpose()
    }
}
