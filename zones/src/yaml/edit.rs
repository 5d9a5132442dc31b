//! Changes zone files in place: from texts to texts, and every byte that is not touched stays.
//!
//! Splices at the places that the tree of a file gives (`record`, `names`). Afterwards the
//! zone is read again and must be exactly what was asked for; whatever cannot be done so is
//! refused with its place, and the rest goes on.
//!
//! What belongs to what: a comment behind a value, or inside a record, is its own and goes when
//! it goes. Comment lines above a record stay, also when the record goes: nobody can tell
//! whether they speak of it alone. A value that changes keeps the comment behind it.

mod names;
mod record;
mod splice;

use super::files::{Home, ZoneFiles, ZoneRead};
use super::meaning::same_declared;
use super::syntax::{Item, Shape, SyntaxError, Tree};
use super::txt::Semicolons;
use super::{Declared, Options, natural};
use crate::diagnostic::{Diagnostic, Position, Span};
use crate::source::{Overlay, Source};
use crate::{Name, RecordKey, RecordSet, RecordType};
use splice::{Splice, spliced};
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// One wish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// The files are to declare this record set, whether they know its key or not.
    Put(Box<RecordSet>),
    /// The files are to declare no record set with this key.
    Remove(RecordKey),
    /// The files are to declare nothing at this name.
    RemoveName(Name),
}

impl Edit {
    /// The name it is about.
    #[must_use]
    pub fn name(&self) -> &Name {
        match self {
            Self::Put(set) => &set.key.name,
            Self::Remove(key) => &key.name,
            Self::RemoveName(name) => name,
        }
    }
}

/// What was done about a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// A record set was added.
    Added,
    /// A record set was changed.
    Changed,
    /// Something was removed.
    Removed,
    /// The files said so already.
    Nothing,
}

/// A wish that was fulfilled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// Which of the wishes, by its index.
    pub wish: usize,
    /// What was done.
    pub deed: Deed,
    /// Where, in the file as it was before this wish.
    pub place: Option<Position>,
}

/// What came of the wishes.
#[derive(Debug, Default)]
pub struct Edited {
    /// The files that have another text now, with that text.
    pub files: BTreeMap<PathBuf, String>,
    /// What was done.
    pub done: Vec<Done>,
    /// The wishes that were refused, by index, with the reason, the place and what to do by hand.
    pub refused: Vec<(usize, Diagnostic)>,
}

/// Why one wish is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// The value stands elsewhere.
    #[error("{0}")]
    Elsewhere(String),
    /// Nothing here knows how to write it.
    #[error("{0}")]
    Form(&'static str),
    /// The new text would not mean what was asked for.
    #[error("the edited file would not say exactly this: {0}")]
    Meaning(String),
}

/// The texts of the files while they are edited.
struct Desk<'s> {
    files: &'s ZoneFiles<'s>,
    source: &'s dyn Source,
    apex: &'s Name,
    home: &'s Home,
    roots: Vec<PathBuf>,
    texts: BTreeMap<PathBuf, String>,
    declared: Declared,
}

/// A change to one file.
struct Change {
    file: PathBuf,
    at: usize,
    splices: Vec<Splice>,
    deed: Deed,
}

impl ZoneFiles<'_> {
    /// Edits the files of the zone at `apex` in place. Nothing is written: the new texts come back.
    ///
    /// # Errors
    /// What is wrong with the files, when they cannot be read as they are.
    pub fn edit(&self, apex: &Name, wishes: &[Edit]) -> Result<Edited, Vec<Diagnostic>> {
        self.edit_in(apex, &Home::from(apex.clone()), wishes)
    }

    /// As [`ZoneFiles::edit`], for a zone that is read from the files of `home`.
    ///
    /// # Errors
    /// As there.
    pub fn edit_in(&self, apex: &Name, home: &Home, wishes: &[Edit]) -> Result<Edited, Vec<Diagnostic>> {
        let ZoneRead { declared, diagnostics, .. } = self.read_from(apex, home);
        let Some(declared) = declared else { return Err(diagnostics) };
        let roots = self.files_in(home).map_err(|error| vec![*error])?;
        let desk = || Desk {
            files: self,
            source: self.source(),
            apex,
            home,
            roots: roots.clone(),
            texts: BTreeMap::new(),
            declared: declared.clone(),
        };
        // All at once where that goes well, which reads the zone once and not once a wish.
        if wishes.len() > 1
            && let Some(edited) = desk().all_at_once(wishes)
        {
            return Ok(edited);
        }
        Ok(desk().one_by_one(wishes))
    }
}

impl Desk<'_> {
    /// All wishes against the files as they are, where each is about a name of its own and none
    /// is refused; the zone is read once for all of them.
    fn all_at_once(mut self, wishes: &[Edit]) -> Option<Edited> {
        let mut names: Vec<&Name> = wishes.iter().map(Edit::name).collect();
        names.sort();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return None;
        }
        // New names at one place come in their order.
        let mut order: Vec<usize> = (0..wishes.len()).collect();
        let shown = |wish: &Edit| wish.name().relative_to(self.apex);
        order.sort_by(|a, b| natural::compare(&shown(&wishes[*a]), &shown(&wishes[*b])));
        let mut edited = Edited::default();
        let mut splices: BTreeMap<PathBuf, Vec<Splice>> = BTreeMap::new();
        for index in order {
            let change = self.change(&wishes[index]).ok()?;
            edited.done.push(self.done(index, change.as_ref()));
            if let Some(change) = change {
                splices.entry(change.file).or_default().extend(change.splices);
            }
        }
        for (file, splices) in splices {
            let text = spliced(&self.text(&file), splices);
            self.texts.insert(file, text);
        }
        let before = self.declared.clone();
        let wanted = wishes.iter().try_fold(before, |declared, wish| expected(&declared, wish).ok())?;
        if !same_declared(&wanted, &self.read().ok()?) {
            return None;
        }
        edited.done.sort_by_key(|done| done.wish);
        edited.files = self.texts;
        Some(edited)
    }

    fn one_by_one(mut self, wishes: &[Edit]) -> Edited {
        let mut edited = Edited::default();
        for (index, wish) in wishes.iter().enumerate() {
            let texts = self.texts.clone();
            match self.fulfil(index, wish) {
                Ok(done) => edited.done.push(done),
                Err(refusal) => {
                    self.texts = texts;
                    edited.refused.push((index, self.told(wish, &refusal)));
                }
            }
        }
        edited.files = self.texts;
        edited
    }

    fn fulfil(&mut self, index: usize, wish: &Edit) -> Result<Done, Refusal> {
        let change = self.change(wish)?;
        let done = self.done(index, change.as_ref());
        let Some(change) = change else { return Ok(done) };
        let text = spliced(&self.text(&change.file), change.splices);
        self.texts.insert(change.file, text);
        let wanted = expected(&self.declared, wish)?;
        let read = self.read()?;
        if !same_declared(&wanted, &read) {
            return Err(Refusal::Meaning("it would be read as something else".into()));
        }
        self.declared = read;
        Ok(done)
    }

    /// The zone as the texts say it now.
    fn read(&self) -> Result<Declared, Refusal> {
        let mut overlay = Overlay::new(self.source);
        for (path, text) in &self.texts {
            overlay.put(path, text);
        }
        let ZoneRead { declared, diagnostics, .. } =
            self.files.over(&overlay).read_from(self.apex, self.home);
        declared.ok_or_else(|| {
            let error = diagnostics.iter().find(|found| found.is_error());
            Refusal::Meaning(error.map_or_else(String::new, ToString::to_string))
        })
    }

    /// What a wish changes; nothing where the files say so already.
    fn change(&self, edit: &Edit) -> Result<Option<Change>, Refusal> {
        let zone = &self.declared.zone;
        Ok(match edit {
            Edit::Put(set) => match zone.get_key(&set.key) {
                Some(old) if old.to_set() == **set => None,
                Some(_) => Some(self.change_record(set)?),
                None => Some(self.add_record(set)?),
            },
            Edit::Remove(key) if zone.get_key(key).is_none() => None,
            Edit::Remove(key) => Some(self.remove_record(key)?),
            Edit::RemoveName(name) if zone.at(name).next().is_none() => None,
            Edit::RemoveName(name) => Some(self.remove_name(name)?),
        })
    }

    fn done(&self, wish: usize, change: Option<&Change>) -> Done {
        let Some(change) = change else { return Done { wish, deed: Deed::Nothing, place: None } };
        let text = self.text(&change.file);
        let at = change.at.min(text.len());
        let start = super::syntax::line_start(&text, at);
        let place = Position {
            file: change.file.to_string_lossy().into(),
            line: text[..start].matches('\n').count() as u32 + 1,
            column: text[start..at].chars().count() as u32 + 1,
        };
        Done { wish, deed: change.deed, place: Some(place) }
    }

    /// The text of a file as it is now; empty for one that is not there.
    fn text(&self, path: &Path) -> String {
        if let Some(text) = self.texts.get(path) {
            return text.clone();
        }
        let bytes = self.source.read(path).unwrap_or_default();
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// How new values are written: as the rest of the zone writes them.
    fn writing(&self) -> Options {
        let mut options = self.files.options().clone();
        if options.semicolons == Semicolons::Either {
            let escaped = self.roots.iter().any(|file| self.text(file).contains("\\;"));
            let texts = |rtype| matches!(rtype, RecordType::TXT | RecordType::SPF);
            let mut sets = self.declared.zone.sets().filter(|set| texts(set.rtype()));
            if !escaped && sets.any(|set| set.rdatas().any(|wire| wire.contains(&b';'))) {
                options.semicolons = Semicolons::Plain;
            }
        }
        options
    }

    /// The reason as users read it.
    fn told(&self, wish: &Edit, refusal: &Refusal) -> Diagnostic {
        let (key, by_hand) = match wish {
            Edit::Put(set) => {
                let values: Vec<String> = set.texts().collect();
                (set.key.to_string(), format!("by hand: {} {} {}", set.ttl, set.key.rtype, values.join(", ")))
            }
            Edit::Remove(key) => (key.to_string(), "by hand: take it out".to_owned()),
            Edit::RemoveName(name) => (name.to_string(), "by hand: take it out".to_owned()),
        };
        let own = match wish {
            Edit::Put(set) => self.declared.zone.get_key(&set.key).and_then(|set| set.position()),
            Edit::Remove(key) => self.declared.zone.get_key(key).and_then(|set| set.position()),
            Edit::RemoveName(name) => self.declared.zone.at(name).find_map(|set| set.position()),
        };
        let span = own.map_or_else(
            || Span::file(self.roots.first().map_or_else(String::new, |file| file.to_string_lossy().into())),
            |position| Span::new(position, 1),
        );
        let message = format!("{key} is not edited: {refusal}");
        Diagnostic::warning("not-edited", span, message).with_help(by_hand)
    }
}

/// What the files are to declare once `wish` is fulfilled.
fn expected(declared: &Declared, wish: &Edit) -> Result<Declared, Refusal> {
    let outside = |error: crate::zone::ZoneError| Refusal::Meaning(error.to_string());
    let mut declared = declared.clone();
    let gone: Vec<RecordKey> = match wish {
        Edit::Put(set) => {
            declared.zone = declared.zone.with([(&set.key, Some(&**set))]).map_err(outside)?;
            return Ok(declared);
        }
        Edit::Remove(key) => vec![key.clone()],
        Edit::RemoveName(name) => declared.zone.at(name).map(|set| set.key()).collect(),
    };
    declared.zone = declared.zone.with(gone.iter().map(|key| (key, None))).map_err(outside)?;
    declared.ignored.retain(|key| !gone.contains(key));
    declared.lenient.retain(|key| !gone.contains(key));
    declared.targets.retain(|key, _| !gone.contains(key));
    declared.hints.retain(|key, _| !gone.contains(key));
    Ok(declared)
}

/// Refuses what is no value of its own here: aliases, includes, and anchors that are used
/// outside of `range`.
fn guard(tree: &Tree<'_>, item: &Item, range: &Range<usize>) -> Result<(), Refusal> {
    let mut wrong = None;
    item.each(&mut |inner| {
        let line = tree.line(inner.range.start);
        if let Shape::Alias(name) = &inner.kind {
            let defined = anchor_line(tree, name);
            let whence = defined.map_or_else(String::new, |line| format!(" of line {line}"));
            let message =
                format!("line {line} takes it from the anchor `&{name}`{whence}, which others may use too");
            wrong.get_or_insert(Refusal::Elsewhere(message));
        }
        if inner.tag.as_deref() == Some("!include") {
            let file = inner.text().unwrap_or_default();
            let message = format!("line {line} includes it from {file}, which others may use too");
            wrong.get_or_insert(Refusal::Elsewhere(message));
        }
        if let Some(name) = &inner.anchor
            && let Some(user) = user_outside(tree, name, range)
        {
            let message = format!("it has the anchor `&{name}`, which line {} uses too", tree.line(user));
            wrong.get_or_insert(Refusal::Elsewhere(message));
        }
    });
    wrong.map_or(Ok(()), Err)
}

fn anchor_line(tree: &Tree<'_>, name: &str) -> Option<usize> {
    let mut found = None;
    tree.root.each(&mut |item| {
        if item.anchor.as_deref() == Some(name) {
            found.get_or_insert(tree.line(item.range.start));
        }
    });
    found
}

/// Where an alias of `name` stands outside of `range`.
fn user_outside(tree: &Tree<'_>, name: &str, range: &Range<usize>) -> Option<usize> {
    let mut found = None;
    tree.root.each(&mut |item| {
        if matches!(&item.kind, Shape::Alias(used) if used == name) && !range.contains(&item.range.start) {
            found.get_or_insert(item.range.start);
        }
    });
    found
}
