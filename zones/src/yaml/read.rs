//! From the files of a zone to the zone.

use super::checks;
use super::loader::{Loader, Stop};
use super::node::{Entry, Node};
use super::owner::owner;
use super::plain::{Plain, Rest, Unusual};
use super::record::{self, Context, Record};
use super::txt::Texts;
use super::walk::{Root, Walker, is_merge};
use super::{Declared, Hint, Options, Targets};
use crate::diagnostic::{Diagnostic, Diagnostics, Position, Span};
use crate::{Name, RecordKey, RecordType, ZoneBuilder};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How often something is the same is asked by two hashes of 64 bits with random keys,
/// so that a million names take 32 bytes each, whatever their length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Fingerprint(u64, u64);

/// A fingerprint and where it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    print: Fingerprint,
    file: u32,
    line: u32,
    column: u32,
    length: u32,
}

/// The files of a zone by numbers, in the order in which they come.
#[derive(Default)]
struct Files {
    names: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, usize>,
    /// The one asked for before, which is most often the one asked for next.
    last: usize,
}

impl Files {
    fn number(&mut self, file: &Arc<str>) -> usize {
        if !self.names.get(self.last).is_some_and(|last| Arc::ptr_eq(last, file)) {
            self.last = match self.numbers.get(file) {
                Some(&number) => number,
                None => {
                    self.names.push(file.clone());
                    self.numbers.insert(file.clone(), self.names.len() - 1);
                    self.names.len() - 1
                }
            };
        }
        self.last
    }
}

/// How the top mapping of a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// Entry by entry: what is plain line by line, the rest by the full parser.
    Plainly,
    /// Entry by entry, by the full parser.
    Fully,
    /// As one tree, because it merges others.
    AsTree,
}

/// The file has to be read again in another way.
struct Again(Way);

/// What the full parser found.
enum Walked {
    /// A mapping, up to its end.
    Entries,
    /// Something else, or an error.
    Other,
}

/// Reads the files of one zone.
pub(super) struct Reader<'o> {
    apex: &'o Name,
    options: &'o Options,
    builder: ZoneBuilder,
    texts: Texts,
    files: Files,
    /// The first file, records or not.
    first_file: Option<Arc<str>>,
    hashers: (RandomState, RandomState),
    records: Vec<Seen>,
    keys: Vec<Seen>,
    ignored: BTreeSet<RecordKey>,
    lenient: BTreeSet<RecordKey>,
    targets: Vec<(RecordKey, Targets)>,
    hints: Vec<(RecordKey, Hint)>,
}

impl<'o> Reader<'o> {
    pub(super) fn new(apex: &'o Name, options: &'o Options) -> Self {
        Self {
            apex,
            options,
            builder: ZoneBuilder::new(apex.clone()),
            texts: Texts::new(options.semicolons),
            files: Files::default(),
            first_file: None,
            hashers: (RandomState::new(), RandomState::new()),
            records: Vec::new(),
            keys: Vec::new(),
            ignored: BTreeSet::new(),
            lenient: BTreeSet::new(),
            targets: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Adds the records of one file.
    fn file(&mut self, loader: &mut Loader<'_>, path: &Path, text: &str, way: Way) -> Result<(), Again> {
        loader.enter(path);
        self.first_file.get_or_insert_with(|| path.display().to_string().into());
        let result = match way {
            Way::Plainly => self.walk_plainly(loader, path, text),
            Way::Fully | Way::AsTree => {
                self.walk(&mut Walker::new(loader, path, text), way == Way::AsTree).map(|_| ())
            }
        };
        loader.leave();
        let mut keys = std::mem::take(&mut self.keys);
        keys.sort_unstable();
        self.report_twice(&keys, &mut loader.found, |first, again| {
            Diagnostic::error("duplicate-key", again, "this name is here twice as a key")
                .with_related(first, "first here")
                .with_help("octoDNS would silently drop the first; put all records of a name into one list")
        });
        result
    }

    fn walk_plainly(&mut self, loader: &mut Loader<'_>, path: &Path, text: &str) -> Result<(), Again> {
        let mut plain = Plain::new(text, path.to_string_lossy().into());
        let mut before = None;
        let mut next = plain.open().and_then(|()| plain.entry());
        loop {
            match next {
                Ok(Some(entry)) => {
                    loader.check_all_keys(&entry.value);
                    loader.check_next(&mut before, &entry.key);
                    self.top_entry(&entry, &mut loader.found);
                    next = plain.entry();
                }
                Ok(None) => return Ok(()),
                Err(Unusual) => break,
            }
        }
        let Rest { at, lines } = plain.rest();
        if lines > 0 && text[at..].starts_with([' ', '{', '%']) {
            // No rest of a mapping, so an error, and one that only the whole file explains. A `%`
            // would even be right at the start of a file, as a directive.
            return Err(Again(Way::Fully));
        }
        let mut walker = Walker::new(loader, path, &text[at..]).after(lines, before);
        match self.walk(&mut walker, false)? {
            Walked::Entries => Ok(()),
            Walked::Other if lines == 0 => Ok(()),
            Walked::Other => Err(Again(Way::Fully)),
        }
    }

    fn walk(&mut self, walker: &mut Walker<'_, '_, '_>, as_tree: bool) -> Result<Walked, Again> {
        match walker.open(as_tree) {
            Err(Stop) => return Ok(Walked::Other),
            Ok(Root::Empty) => {}
            Ok(Root::Whole(node)) => match node.expect_map() {
                Ok(entries) if !walker.broken => {
                    for entry in entries {
                        self.name(entry, &mut walker.loader.found);
                    }
                }
                Ok(_) => {}
                Err(error) if !walker.broken => walker.loader.found.push(error),
                Err(_) => {}
            },
            Ok(Root::Entries) => loop {
                match walker.entry() {
                    Err(Stop) => return Ok(Walked::Other),
                    Ok(None) => {
                        // A second document is reported; what stands before it is read.
                        let _ = walker.close();
                        return Ok(Walked::Entries);
                    }
                    Ok(Some(entry)) if is_merge(&entry.key) => return Err(Again(Way::AsTree)),
                    Ok(Some(entry)) if walker.broken => self.top_key(&entry.key),
                    Ok(Some(entry)) => self.top_entry(&entry, &mut walker.loader.found),
                }
            },
        }
        let _ = walker.close();
        Ok(Walked::Other)
    }

    fn top_entry(&mut self, entry: &Entry, found: &mut Diagnostics) {
        self.top_key(&entry.key);
        self.name(entry, found);
    }

    fn top_key(&mut self, key: &Node) {
        if let Some(text) = key.text() {
            let seen = self.seen(text.as_bytes(), None, &key.span());
            self.keys.push(seen);
        }
    }

    /// All records of one name.
    fn name(&mut self, entry: &Entry, found: &mut Diagnostics) {
        let Entry { key, value } = entry;
        let name = owner(key, self.apex).map_err(|error| found.push(error)).ok();
        let alone = value.items().is_none();
        let records = value.one_or_many();
        if records.is_empty() {
            found.push(key.warning("empty-list", "this name has an empty list of records"));
        }
        for node in records {
            let context = Context {
                apex: self.apex,
                default_ttl: self.options.default_ttl,
                lenient: self.options.lenient,
                namespaces: &self.options.namespaces,
            };
            // A wrong name is no reason to keep quiet about its records.
            let place = name.as_ref().unwrap_or(self.apex);
            let record = match &name {
                Some(_) => record::read(place, key, node, alone, &context, &mut self.texts, found),
                None => {
                    let below = self.apex.child(b"x").unwrap_or_else(|_| self.apex.clone());
                    record::read(&below, key, node, alone, &context, &mut self.texts, found);
                    None
                }
            };
            if let (Some(name), Some(record)) = (&name, record) {
                self.add(name, record, found);
            }
        }
    }

    fn add(&mut self, name: &Name, record: Record, found: &mut Diagnostics) {
        let Record { rtype, set_id, ttl, values, bare, core, hint, place } = record;
        let seen = self.seen(&lower_wire(name), Some((rtype, set_id.as_deref())), &place);
        self.records.push(seen);
        let key = || RecordKey { name: name.clone(), rtype, set_id: set_id.clone() };
        let mut pushed = match &bare {
            Some(position) => self.builder.push_bare(&key(), ttl, Some(position)),
            None => Ok(()),
        };
        for (wire, position) in &values {
            pushed = pushed.and_then(|()| {
                self.builder.push_record(name, rtype, set_id.as_ref(), ttl, wire, Some(position))
            });
        }
        if let Err(error) = pushed {
            found.push(Diagnostic::error("bad-name", place, error.to_string()));
            return;
        }
        let plain = !core.ignored
            && !core.lenient
            && core.included.is_empty()
            && core.excluded.is_empty()
            && core.settings.is_empty()
            && hint.is_empty();
        if plain {
            return;
        }
        let key = key();
        if core.ignored {
            self.ignored.insert(key.clone());
        }
        if core.lenient {
            self.lenient.insert(key.clone());
        }
        if !core.included.is_empty() || !core.excluded.is_empty() {
            let targets = Targets { included: core.included, excluded: core.excluded };
            self.targets.push((key.clone(), targets));
        }
        if !hint.is_empty() {
            self.hints.push((key.clone(), hint));
        }
        self.builder.set_settings(key, core.settings);
    }

    fn seen(&mut self, bytes: &[u8], rtype: Option<(RecordType, Option<&str>)>, place: &Span) -> Seen {
        let print = self.print(bytes, rtype);
        let Position { file, line, column } = &place.position;
        let file = self.files.number(file) as u32;
        Seen { print, file, line: *line, column: *column, length: place.length }
    }

    fn print(&self, bytes: &[u8], rtype: Option<(RecordType, Option<&str>)>) -> Fingerprint {
        let value = (bytes, rtype);
        Fingerprint(self.hashers.0.hash_one(value), self.hashers.1.hash_one(value))
    }

    fn place(&self, seen: &Seen) -> Span {
        let file = self.files.names[seen.file as usize].clone();
        Span::new(Position { file, line: seen.line, column: seen.column }, seen.length)
    }

    /// Reports what was seen more than once, each time with the first place.
    fn report_twice(&self, seen: &[Seen], found: &mut Diagnostics, error: impl Fn(Span, Span) -> Diagnostic) {
        for same in seen.chunk_by(|a, b| a.print == b.print) {
            for again in &same[1..] {
                let place = self.place(again);
                // A name written twice as a key was told already.
                if !found.has("duplicate-key", &place) {
                    found.push(error(self.place(&same[0]), place));
                }
            }
        }
    }

    /// The zone, when nothing was wrong.
    pub(super) fn finish(mut self, found: &mut Diagnostics) -> Option<Declared> {
        if let Some(mixed) = self.texts.mixed() {
            found.push(mixed);
        }
        let mut records = std::mem::take(&mut self.records);
        records.sort_unstable();
        self.report_twice(&records, found, |first, again| {
            Diagnostic::error("duplicate-record", again, "this name has a record set of this type already")
                .with_related(first, "first here")
                .with_help("put all values into one record")
        });
        let builder = std::mem::replace(&mut self.builder, ZoneBuilder::new(self.apex.clone()));
        let zone = builder.finish();
        let place_of = |name: &Name, rtype: RecordType| {
            let print = self.print(&lower_wire(name), Some((rtype, None)));
            let at = records.partition_point(|seen| seen.print < print);
            records.get(at).filter(|seen| seen.print == print).map(|seen| self.place(seen))
        };
        let names: BTreeSet<&Name> = self.lenient.iter().map(|key| &key.name).collect();
        let lenient = |name: &Name| self.options.lenient || names.contains(name);
        checks::check(&zone, place_of, lenient, found);
        if zone.is_empty() && found.errors() == 0 {
            let span = Span::file(self.first_file.clone().unwrap_or_else(|| "".into()));
            let message = format!("the zone {} has no records", self.apex);
            found.push(Diagnostic::warning("empty-zone", span, message));
        }
        (found.errors() == 0).then(|| Declared {
            zone,
            ignored: self.ignored,
            lenient: self.lenient,
            targets: self.targets.into_iter().collect(),
            hints: self.hints.into_iter().collect(),
        })
    }
}

fn lower_wire(name: &Name) -> Cow<'_, [u8]> {
    match name.wire().iter().any(u8::is_ascii_uppercase) {
        true => Cow::Owned(name.to_lower_wire()),
        false => Cow::Borrowed(name.wire()),
    }
}

/// Files that merge at their top before all are read as trees: each costs a start from the first.
const MERGING: usize = 8;

/// Reads `files` in their order.
pub(super) fn read(
    loader: &mut Loader<'_>,
    apex: &Name,
    options: &Options,
    files: &[PathBuf],
) -> Option<Declared> {
    read_in(loader, apex, options, files, Way::Plainly)
}

/// Reads `files` in their order, first in this way.
pub(super) fn read_in(
    loader: &mut Loader<'_>,
    apex: &Name,
    options: &Options,
    files: &[PathBuf],
    mut usual: Way,
) -> Option<Declared> {
    let mut ways: HashMap<&PathBuf, Way> = HashMap::new();
    'again: loop {
        let mut reader = Reader::new(apex, options);
        let mut failed = false;
        for path in files {
            let Ok(text) = loader.text(path) else {
                failed = true;
                continue;
            };
            let way = ways.get(path).copied().unwrap_or(usual);
            if let Err(Again(way)) = reader.file(loader, path, &text, way) {
                // Records of this file are in the zone already: start again.
                match way {
                    Way::AsTree if ways.len() < MERGING => drop(ways.insert(path, way)),
                    // Each file that is read again costs all of them, so none is tried plainly any more.
                    _ => usual = way,
                }
                loader.restart();
                continue 'again;
            }
        }
        let declared = reader.finish(&mut loader.found);
        return declared.filter(|_| !failed);
    }
}
