//! From YAML events to nodes, one value at a time.
//!
//! A zone file of a million records never stands in memory as one tree: the reader asks
//! for one entry of the top mapping after the other. Anchors, aliases, merges, includes
//! and limits are settled here, so that nobody above has to know them.

use super::loader::{Held, Loader, Stop};
use super::natural::Order;
use super::node::{Entry, Kind, Mark, Node, Style};
use crate::diagnostic::{Diagnostic, Span};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Span as EventSpan, StrInput, Tag};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// Levels of nesting, aliases and includes counted.
const MAX_DEPTH: usize = 64;
/// From this many keys on a mapping is searched by hash.
const MANY_KEYS: usize = 16;

/// What stands at the top of a file.
pub(super) enum Root {
    /// Nothing.
    Empty,
    /// A mapping, whose entries come from [`Walker::entry`].
    Entries,
    /// A value that had to be read as a whole.
    Whole(Node),
}

/// Reads one file.
pub(super) struct Walker<'t, 'l, 's> {
    parser: Parser<'t, StrInput<'t>>,
    pub(super) loader: &'l mut Loader<'s>,
    path: PathBuf,
    file: Arc<str>,
    anchors: HashMap<usize, Rc<Held>>,
    /// Whether part of the current value is missing because of an error already told.
    pub(super) broken: bool,
    /// The key before, where the order counts.
    before: Option<String>,
    /// The number of lines of the file before the text.
    lines: u32,
}

/// Reads a whole file as one value; an empty file is null.
pub(super) fn whole(loader: &mut Loader<'_>, path: &Path, text: &str) -> Result<Node, Stop> {
    loader.enter(path);
    let mut walker = Walker::new(loader, path, text);
    let read = walker.open(true).and_then(|root| {
        let node = match root {
            Root::Whole(node) => node,
            Root::Empty | Root::Entries => walker.nothing(Mark { line: 1, column: 1 }),
        };
        walker.close().map(|()| node)
    });
    loader.leave();
    read
}

impl<'t, 'l, 's> Walker<'t, 'l, 's> {
    pub(super) fn new(loader: &'l mut Loader<'s>, path: &Path, text: &'t str) -> Self {
        Self {
            parser: Parser::new_from_str(text),
            loader,
            path: path.to_path_buf(),
            file: path.to_string_lossy().into(),
            anchors: HashMap::new(),
            broken: false,
            before: None,
            lines: 0,
        }
    }

    /// Goes on in a file of which this reads the rest: after so many lines, and this key.
    pub(super) fn after(self, lines: u32, before: Option<String>) -> Self {
        Self { lines, before, ..self }
    }

    /// Reads up to the top of the document; a mapping is left for [`Walker::entry`]
    /// unless `as_tree` asks for all of it.
    pub(super) fn open(&mut self, as_tree: bool) -> Result<Root, Stop> {
        loop {
            match self.next()? {
                (Event::StreamStart | Event::DocumentStart(_), _) => {}
                (Event::StreamEnd, _) => return Ok(Root::Empty),
                (Event::MappingStart(0, None), _) if !as_tree => return Ok(Root::Entries),
                (event, span) => {
                    let node = self.node(event, span, 0)?;
                    return Ok(if node.is_null() { Root::Empty } else { Root::Whole(node) });
                }
            }
        }
    }

    /// The next entry of the top mapping.
    pub(super) fn entry(&mut self) -> Result<Option<Entry>, Stop> {
        self.broken = false;
        match self.next()? {
            (Event::MappingEnd, _) => Ok(None),
            (event, span) => {
                let key = self.node(event, span, 1)?;
                let (event, span) = self.next()?;
                let value = self.node(event, span, 1)?;
                self.loader.check_next(&mut self.before, &key);
                Ok(Some(Entry { key, value }))
            }
        }
    }

    /// Checks that nothing follows the document.
    pub(super) fn close(&mut self) -> Result<(), Stop> {
        loop {
            match self.parser.next_event() {
                None | Some(Ok((Event::StreamEnd, _))) => return Ok(()),
                Some(Ok((Event::DocumentStart(_), span))) => {
                    let message = "a second YAML document starts here; a file holds one";
                    let help = "put it into a file of its own";
                    let place = self.span(span.start, 3);
                    return self.stop(Diagnostic::error("second-document", place, message).with_help(help));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return self.syntax(&error),
            }
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, EventSpan), Stop> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => self.syntax(&error),
            // The parser ends with StreamEnd, which every caller takes as an end.
            None => Err(Stop),
        }
    }

    fn node(&mut self, event: Event<'t>, span: EventSpan, depth: usize) -> Result<Node, Stop> {
        if depth > MAX_DEPTH {
            return self.too_deep(span);
        }
        let (kind, anchor, end) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                };
                if let Some(tag) = tag {
                    let node = self.tagged(&tag, text.into_owned(), style, span, depth)?;
                    self.remember(anchor, &node);
                    return Ok(node);
                }
                (Kind::Scalar(text.into(), style), anchor, span.end)
            }
            Event::SequenceStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), "seq", span);
                let mut items = Vec::new();
                loop {
                    let (event, span) = self.next()?;
                    if matches!(event, Event::SequenceEnd) {
                        break (Kind::List(items), anchor, span.end);
                    }
                    items.push(self.node(event, span, depth + 1)?);
                }
            }
            Event::MappingStart(anchor, tag) => {
                self.check_tag(tag.as_deref(), "map", span);
                let mut mapping = Mapping::default();
                loop {
                    let (event, span) = self.next()?;
                    if matches!(event, Event::MappingEnd) {
                        self.loader.check_keys(&mapping.entries);
                        break (Kind::Map(mapping.entries), anchor, span.end);
                    }
                    let key = self.node(event, span, depth + 1)?;
                    let (event, span) = self.next()?;
                    let value = self.node(event, span, depth + 1)?;
                    self.add(&mut mapping, key, value);
                }
            }
            Event::Alias(anchor) => return self.alias(anchor, span, depth),
            // Not reached: these events stand outside of values.
            _ => return Err(Stop),
        };
        let node = Node {
            kind,
            file: self.file.clone(),
            start: self.mark(span.start),
            end: self.mark(end),
            used_at: None,
        };
        self.remember(anchor, &node);
        Ok(node)
    }

    fn remember(&mut self, anchor: usize, node: &Node) {
        if anchor != 0 {
            self.anchors.insert(anchor, Rc::new(Held::new(node.clone())));
        }
    }

    fn alias(&mut self, anchor: usize, span: EventSpan, depth: usize) -> Result<Node, Stop> {
        let place = self.span_of(span);
        match self.anchors.get(&anchor).cloned() {
            Some(held) => self.copy(&held, place, depth),
            None => {
                let message = "this alias stands inside the value it refers to";
                self.stop(Diagnostic::error("alias-loop", place, message))
            }
        }
    }

    fn copy(&mut self, held: &Held, place: Span, depth: usize) -> Result<Node, Stop> {
        if depth + held.height > MAX_DEPTH {
            return self.stop(Diagnostic::error("too-deep", place, "the values are nested too deeply"));
        }
        if !self.loader.charge(held.count) {
            let message = "aliases and includes multiply to too many values";
            return self.stop(Diagnostic::error("too-many-copies", place, message));
        }
        let mut node = held.node.clone();
        node.used_at = Some(Box::new(place));
        Ok(node)
    }

    /// A scalar with a tag.
    fn tagged(
        &mut self,
        tag: &Tag,
        text: String,
        style: Style,
        span: EventSpan,
        depth: usize,
    ) -> Result<Node, Stop> {
        let (text, style) = match (tag.handle.as_str(), tag.suffix.as_str()) {
            ("!", "include") => return self.include(&text, span, depth),
            ("tag:yaml.org,2002:", "str") | ("", "!") | ("!", "") => (text, Style::Quoted),
            ("tag:yaml.org,2002:", "int" | "float" | "bool") => (text, Style::Plain),
            ("tag:yaml.org,2002:", "null") => (String::new(), Style::Plain),
            _ => {
                self.unknown_tag(tag, span);
                (text, style)
            }
        };
        let kind = Kind::Scalar(text.into(), style);
        let (start, end) = (self.mark(span.start), self.mark(span.end));
        Ok(Node { kind, file: self.file.clone(), start, end, used_at: None })
    }

    fn include(&mut self, path: &str, span: EventSpan, depth: usize) -> Result<Node, Stop> {
        let place = self.span_of(span);
        match self.loader.include(&self.path, path) {
            Ok(held) => self.copy(&held, place, depth),
            Err(message) => {
                self.broken = true;
                self.loader.found.push(Diagnostic::error("bad-include", place, message));
                Ok(self.nothing(self.mark(span.start)))
            }
        }
    }

    fn check_tag(&mut self, tag: Option<&Tag>, expected: &str, span: EventSpan) {
        if let Some(tag) = tag
            && !(tag.is_yaml_core_schema() && tag.suffix == expected)
            && !(tag.handle.is_empty() && tag.suffix == "!")
        {
            self.unknown_tag(tag, span);
        }
    }

    fn unknown_tag(&mut self, tag: &Tag, span: EventSpan) {
        let shown = match tag.is_yaml_core_schema() {
            true => format!("!!{}", tag.suffix),
            false => tag.to_string(),
        };
        let error =
            Diagnostic::error("unknown-tag", self.span(span.start, 1), format!("unknown tag `{shown}`"));
        self.loader.found.push(error.with_help("`!include` and the tags of the YAML core schema are known"));
    }

    /// Adds an entry to a mapping: merges `<<`, refuses duplicates.
    fn add(&mut self, mapping: &mut Mapping, key: Node, value: Node) {
        if is_merge(&key) {
            let broken = self.broken && value.is_null();
            let maps: Vec<Node> = match value.kind {
                Kind::List(items) => items.into_iter().rev().collect(),
                _ => vec![value],
            };
            for map in maps {
                match map.kind {
                    Kind::Map(entries) => {
                        for entry in entries {
                            if let Some(warning) = mapping.merge(entry, &key) {
                                self.loader.found.push(warning);
                            }
                        }
                    }
                    _ if broken => {}
                    _ => self.loader.found.push(map.unexpected("a mapping to merge")),
                }
            }
        } else if key.text().is_none() {
            self.loader.found.push(key.unexpected("a text as key"));
        } else if let Some(error) = mapping.insert(Entry { key, value }) {
            self.loader.found.push(error);
        }
    }

    fn mark(&self, marker: Marker) -> Mark {
        // Files over 4 GiB are not read, so both fit.
        Mark { line: marker.line() as u32 + self.lines, column: marker.col() as u32 + 1 }
    }

    fn nothing(&self, at: Mark) -> Node {
        let kind = Kind::Scalar("".into(), Style::Plain);
        Node { kind, file: self.file.clone(), start: at, end: at, used_at: None }
    }

    fn span(&self, at: Marker, length: u32) -> Span {
        let Mark { line, column } = self.mark(at);
        Span::new(crate::diagnostic::Position { file: self.file.clone(), line, column }, length)
    }

    fn span_of(&self, span: EventSpan) -> Span {
        let one_line = span.start.line() == span.end.line();
        let length = if one_line { span.end.col().saturating_sub(span.start.col()) } else { 1 };
        self.span(span.start, length as u32)
    }

    fn too_deep<T>(&mut self, span: EventSpan) -> Result<T, Stop> {
        let place = self.span(span.start, 1);
        self.stop(Diagnostic::error("too-deep", place, "the values are nested too deeply"))
    }

    fn syntax<T>(&mut self, error: &saphyr_parser::ScanError) -> Result<T, Stop> {
        let place = self.span(*error.marker(), 1);
        let mut found = Diagnostic::error("yaml-syntax", place, format!("this is no YAML: {}", error.info()));
        if error.info().contains("tab") {
            found = found.with_help("indent with spaces; YAML allows no tabs there");
        }
        self.stop(found)
    }

    fn stop<T>(&mut self, diagnostic: Diagnostic) -> Result<T, Stop> {
        self.loader.found.push(diagnostic);
        Err(Stop)
    }
}

/// Whether a key is YAML's merge key.
pub(super) fn is_merge(key: &Node) -> bool {
    matches!(&key.kind, Kind::Scalar(text, Style::Plain) if &**text == "<<")
}

impl Loader<'_> {
    /// Checks the order of the keys of the top mapping, one after the other.
    pub(super) fn check_next(&mut self, before: &mut Option<String>, key: &Node) {
        let (Some(order), Some(text)) = (self.order, key.text()) else { return };
        let before = before.replace(text.to_owned());
        if let Some(error) = before.and_then(|before| out_of_order(order, &before, key)) {
            self.found.push(error);
        }
    }

    /// Checks the order of the keys of one mapping.
    fn check_keys(&mut self, entries: &[Entry]) {
        let Some(order) = self.order else { return };
        for pair in entries.windows(2) {
            if let Some(error) = out_of_order(order, text_of(&pair[0].key), &pair[1].key) {
                self.found.push(error);
            }
        }
    }

    /// Checks the order of the keys of every mapping in `node`.
    pub(super) fn check_all_keys(&mut self, node: &Node) {
        if self.order.is_some() {
            self.check_keys(node.entries().unwrap_or_default());
            node.children().for_each(|child| self.check_all_keys(child));
        }
    }
}

fn out_of_order(order: Order, before: &str, key: &Node) -> Option<Diagnostic> {
    let text = text_of(key);
    order.compare(before, text).is_gt().then(|| {
        let error = key.error("key-order", format!("`{text}` stands after `{before}`"));
        error.with_help("sort the keys, as octoDNS's enforce_order wants it")
    })
}

/// A mapping while it is read.
#[derive(Default)]
struct Mapping {
    entries: Vec<Entry>,
    merged: Vec<bool>,
    index: HashMap<Box<str>, usize>,
}

impl Mapping {
    /// Adds an entry that stands here itself; an error when the key stands here already.
    fn insert(&mut self, entry: Entry) -> Option<Diagnostic> {
        match self.find(&entry.key) {
            None => self.append(entry, false),
            Some(at) if self.merged[at] => {
                self.entries[at] = entry;
                self.merged[at] = false;
            }
            Some(at) => {
                let name = entry.key.text().unwrap_or_default();
                let message = format!("the key `{name}` is here twice");
                let first = self.entries[at].key.span();
                return Some(
                    entry
                        .key
                        .error("duplicate-key", message)
                        .with_related(first, "first here")
                        .with_help("octoDNS would silently drop the first; merge them or delete one"),
                );
            }
        }
        None
    }

    /// Adds an entry from a merge. As octoDNS has it, what comes later in the file wins;
    /// YAML itself would let the entry that stands here win, so that is worth a warning.
    fn merge(&mut self, entry: Entry, merge_key: &Node) -> Option<Diagnostic> {
        match self.find(&entry.key) {
            None => {
                self.append(entry, true);
                None
            }
            Some(at) => {
                let own = !self.merged[at];
                let name = entry.key.text().unwrap_or_default().to_owned();
                let replaced = std::mem::replace(&mut self.entries[at], entry);
                self.merged[at] = true;
                own.then(|| {
                    let message = format!("this merge replaces `{name}`, which stands before it");
                    merge_key
                        .warning("merge-replaces", message)
                        .with_related(replaced.key.span(), "replaced")
                        .with_help("put `<<` first, so that the keys of the file win")
                })
            }
        }
    }

    fn append(&mut self, entry: Entry, merged: bool) {
        let at = self.entries.len();
        self.entries.push(entry);
        self.merged.push(merged);
        if self.entries.len() == MANY_KEYS {
            self.index =
                self.entries.iter().enumerate().map(|(at, entry)| (text_of(&entry.key).into(), at)).collect();
        } else if self.entries.len() > MANY_KEYS {
            self.index.insert(text_of(&self.entries[at].key).into(), at);
        }
    }

    fn find(&self, key: &Node) -> Option<usize> {
        let text = text_of(key);
        if self.entries.len() < MANY_KEYS {
            return self.entries.iter().position(|entry| text_of(&entry.key) == text);
        }
        self.index.get(text).copied()
    }
}

fn text_of(key: &Node) -> &str {
    key.text().unwrap_or_default()
}
