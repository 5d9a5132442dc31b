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
mod sheet;
mod splice;

use super::files::{Home, ZoneFiles, ZoneRead};
use super::meaning::same_declared;
use super::syntax::{Item, Shape, SyntaxError, Tree};
use super::txt::Semicolons;
use super::{Declared, Options, natural};
use crate::diagnostic::{Diagnostic, Position, Span};
use crate::source::{Overlay, Source};
use crate::{Name, RecordKey, RecordSet, RecordType};
use sheet::Sheets;
use splice::{Splice, spliced};
use std::collections::{BTreeMap, BTreeSet, HashMap};
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
    /// Where, in the file as it was before the round that this wish was fulfilled in.
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

/// What one round has in front of it.
struct Bench<'d, 't> {
    desk: &'d Desk<'d>,
    sheets: Sheets<'t>,
    /// What the files are to declare in the end.
    wanted: &'d Declared,
    /// How new values are written.
    writing: Options,
}

/// What came of one round.
#[derive(Default)]
struct Round {
    done: Vec<Done>,
    refused: Vec<(usize, Refusal)>,
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
        let desk =
            Desk { files: self, source: self.source(), apex, home, roots, texts: BTreeMap::new(), declared };
        Ok(desk.fulfilled(wishes))
    }
}

impl Desk<'_> {
    /// All wishes, the first of each name before the second of any: those of one wave are made against
    /// the files as they are, so that the zone is read once and not once a wish.
    fn fulfilled(mut self, wishes: &[Edit]) -> Edited {
        let mut edited = Edited::default();
        let mut waves: Vec<Vec<usize>> = Vec::new();
        let mut before: HashMap<&Name, usize> = HashMap::new();
        for (index, wish) in wishes.iter().enumerate() {
            let wave = before.entry(wish.name()).or_default();
            match waves.get_mut(*wave) {
                Some(wave) => wave.push(index),
                None => waves.push(vec![index]),
            }
            *wave += 1;
        }
        for wave in waves {
            self.together(wishes, &wave, &mut edited);
        }
        edited.done.sort_by_key(|done| done.wish);
        edited.refused.sort_by_key(|(wish, _)| *wish);
        edited.files = self.texts;
        edited
    }

    /// Fulfils `some` of the wishes, each of a name of its own: all at once where that goes well, else
    /// one half after the other.
    fn together(&mut self, wishes: &[Edit], some: &[usize], edited: &mut Edited) {
        match self.round(wishes, some) {
            Ok(Round { done, refused }) => {
                let is_stuck = done.is_empty();
                edited.done.extend(done);
                if is_stuck {
                    let told = |(index, refusal): (usize, _)| (index, self.told(&wishes[index], &refusal));
                    edited.refused.extend(refused.into_iter().map(told));
                } else if !refused.is_empty() {
                    // What stood in the way may be gone now.
                    let again: Vec<usize> = refused.into_iter().map(|(index, _)| index).collect();
                    self.together(wishes, &again, edited);
                }
            }
            Err(refusal) => match some {
                [] => {}
                [only] => edited.refused.push((*only, self.told(&wishes[*only], &refusal))),
                _ => {
                    let (first, second) = some.split_at(some.len() / 2);
                    self.together(wishes, first, edited);
                    self.together(wishes, second, edited);
                }
            },
        }
    }

    /// Makes all of `some` that can be made against the files as they are; the zone is read once for
    /// all of them. An error where it would not say what was asked for, and nothing is changed then.
    fn round(&mut self, wishes: &[Edit], some: &[usize]) -> Result<Round, Refusal> {
        let all = |some: &[usize]| expected(&self.declared, some.iter().map(|index| &wishes[*index]));
        let mut wanted = all(some)?;
        let before: BTreeMap<PathBuf, String> =
            self.roots.iter().map(|root| (root.clone(), self.text(root))).collect();
        let sheets = Sheets::of(&before, self.apex);
        let bench = Bench { desk: self, sheets, wanted: &wanted, writing: self.writing() };
        // New names at one place come in their order.
        let shown = |index: &usize| wishes[*index].name().relative_to(self.apex);
        let mut order: Vec<(String, usize)> = some.iter().map(|index| (shown(index), *index)).collect();
        order.sort_by(|(a, _), (b, _)| natural::compare(a, b));
        let mut round = Round::default();
        let mut splices: BTreeMap<PathBuf, Vec<Splice>> = BTreeMap::new();
        for (_, index) in order {
            match bench.change(&wishes[index]) {
                Ok(change) => {
                    round.done.push(bench.done(index, change.as_ref())?);
                    if let Some(change) = change {
                        splices.entry(change.file).or_default().extend(change.splices);
                    }
                }
                Err(refusal) => round.refused.push((index, refusal)),
            }
        }
        if splices.is_empty() {
            return Ok(round);
        }
        if !round.refused.is_empty() {
            let made: Vec<usize> = round.done.iter().map(|done| done.wish).collect();
            wanted = all(&made)?;
        }
        let mut texts = self.texts.clone();
        for (file, splices) in splices {
            let text = spliced(before.get(&file).map_or("", String::as_str), splices);
            texts.insert(file, text);
        }
        let read = self.read(&texts)?;
        if !same_declared(&wanted, &read) {
            return Err(Refusal::Meaning("it would be read as something else".into()));
        }
        let new = texts.keys().filter(|file| !before.contains_key(*file)).cloned().collect::<Vec<_>>();
        self.roots.extend(new);
        self.texts = texts;
        self.declared = read;
        Ok(round)
    }

    /// The zone as these texts say it.
    fn read(&self, texts: &BTreeMap<PathBuf, String>) -> Result<Declared, Refusal> {
        let mut overlay = Overlay::new(self.source);
        for (path, text) in texts {
            overlay.put(path, text);
        }
        let ZoneRead { declared, diagnostics, .. } =
            self.files.over(&overlay).read_from(self.apex, self.home);
        declared.ok_or_else(|| {
            let error = diagnostics.iter().find(|found| found.is_error());
            Refusal::Meaning(error.map_or_else(String::new, ToString::to_string))
        })
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

impl Bench<'_, '_> {
    /// What a wish changes; nothing where the files say so already.
    fn change(&self, edit: &Edit) -> Result<Option<Change>, Refusal> {
        let zone = &self.desk.declared.zone;
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

    fn done(&self, wish: usize, change: Option<&Change>) -> Result<Done, Refusal> {
        let Some(change) = change else { return Ok(Done { wish, deed: Deed::Nothing, place: None }) };
        let sheet = self.sheets.get(&change.file)?;
        let start = || Position { file: change.file.to_string_lossy().into(), line: 1, column: 1 };
        let place = sheet.map_or_else(start, |sheet| sheet.place(change.at));
        Ok(Done { wish, deed: change.deed, place: Some(place) })
    }
}

/// What the files are to declare once all `wishes`, each of a name of its own, are fulfilled.
fn expected<'e>(
    declared: &Declared,
    wishes: impl IntoIterator<Item = &'e Edit>,
) -> Result<Declared, Refusal> {
    let mut declared = declared.clone();
    let mut new: Vec<&RecordSet> = Vec::new();
    let mut gone: BTreeSet<RecordKey> = BTreeSet::new();
    for wish in wishes {
        match wish {
            Edit::Put(set) => new.push(set),
            Edit::Remove(key) => {
                gone.insert(key.clone());
            }
            Edit::RemoveName(name) => gone.extend(declared.zone.at(name).map(|set| set.key())),
        }
    }
    let put = new.into_iter().map(|set| (&set.key, Some(set)));
    let zone = declared.zone.with(put.chain(gone.iter().map(|key| (key, None))));
    declared.zone = zone.map_err(|error| Refusal::Meaning(error.to_string()))?;
    if !gone.is_empty() {
        declared.ignored.retain(|key| !gone.contains(key));
        declared.lenient.retain(|key| !gone.contains(key));
        declared.targets.retain(|key, _| !gone.contains(key));
        declared.hints.retain(|key, _| !gone.contains(key));
    }
    Ok(declared)
}

/// Refuses what is no value of its own here: aliases, includes, and anchors that are used
/// outside of `range`.
fn guard(tree: &Tree<'_>, item: &Item, range: &Range<usize>) -> Result<(), Refusal> {
    let mut wrong = None;
    item.each(&mut |inner| {
        // Counted only where it is told: there are as many calls as values.
        let line = || tree.line(inner.range.start);
        if let Shape::Alias(name) = &inner.kind {
            let defined = anchor_line(tree, name);
            let whence = defined.map_or_else(String::new, |line| format!(" of line {line}"));
            let message = format!(
                "line {} takes it from the anchor `&{name}`{whence}, which others may use too",
                line()
            );
            wrong.get_or_insert(Refusal::Elsewhere(message));
        }
        if inner.tag.as_deref() == Some("!include") {
            let file = inner.text().unwrap_or_default();
            let message = format!("line {} includes it from {file}, which others may use too", line());
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
