//! A YAML value that knows where it stands.

use super::scalar::Plain;
use crate::diagnostic::{Diagnostic, Position, Problem, Span};
use crate::sabotage;
use std::sync::Arc;

/// How a scalar was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Without quotes.
    Plain,
    /// In single or double quotes.
    Quoted,
    /// As a `|` or `>` block.
    Block,
}

/// What a node holds.
#[derive(Debug, Clone)]
pub enum Kind {
    /// Text; what type it has depends on who asks.
    Scalar(Box<str>, Style),
    /// A list.
    List(Vec<Node>),
    /// A mapping in file order, merges done, without duplicate keys.
    Map(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key, always a scalar.
    pub key: Node,
    /// The value.
    pub value: Node,
}

/// A YAML value with its place.
#[derive(Debug, Clone)]
pub struct Node {
    /// What it holds.
    pub kind: Kind,
    pub(super) file: Arc<str>,
    pub(super) start: Mark,
    pub(super) end: Mark,
    /// Where an alias put it, when it stands elsewhere.
    pub(super) used_at: Option<Box<Span>>,
}

/// Line and column, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

impl Node {
    /// Where the text of this value starts: in the included file, or at the anchor.
    #[must_use]
    pub fn position(&self) -> Position {
        Position { file: self.file.clone(), line: self.start.line, column: self.start.column }
    }

    /// Where the text of this value ends, exclusive.
    #[must_use]
    pub fn end(&self) -> Mark {
        self.end
    }

    /// The place for the caret: all of a value on one line, else its first character.
    #[must_use]
    pub fn span(&self) -> Span {
        let length = match self.kind {
            Kind::Scalar(..) if self.start.line == self.end.line => {
                self.end.column.saturating_sub(self.start.column)
            }
            _ => 1,
        };
        Span::new(self.position(), length)
    }

    /// Where an alias (`*name`) put this value; `None` for a value that stands here itself.
    #[must_use]
    pub fn used_at(&self) -> Option<&Span> {
        self.used_at.as_deref()
    }

    /// Whether this is a plain `~`, `null` or nothing.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(text, Style::Plain) if Plain::of(text) == Plain::Null)
    }

    /// The text of a scalar as written, null included.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(text, _) => Some(text),
            _ => None,
        }
    }

    /// The text and the YAML 1.1 type of a scalar.
    #[must_use]
    pub fn scalar(&self) -> Option<(&str, Plain)> {
        match &self.kind {
            Kind::Scalar(text, Style::Plain) => Some((text, Plain::of(text))),
            Kind::Scalar(text, _) => Some((text, Plain::Text)),
            _ => None,
        }
    }

    /// The items of a list.
    #[must_use]
    pub fn items(&self) -> Option<&[Node]> {
        match &self.kind {
            Kind::List(items) => Some(items),
            _ => None,
        }
    }

    /// The entries of a mapping.
    #[must_use]
    pub fn entries(&self) -> Option<&[Entry]> {
        match &self.kind {
            Kind::Map(entries) => Some(entries),
            _ => None,
        }
    }

    /// The values one level down, keys included.
    pub(super) fn children(&self) -> impl Iterator<Item = &Node> {
        let (items, entries): (&[Node], &[Entry]) = match &self.kind {
            Kind::Scalar(..) => (&[], &[]),
            Kind::List(items) => (items, &[]),
            Kind::Map(entries) => (&[], entries),
        };
        items.iter().chain(entries.iter().flat_map(|entry| [&entry.key, &entry.value]))
    }

    /// The entry of a mapping with this key.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries()?.iter().find(|entry| entry.key.text() == Some(key))
    }

    /// The value of a mapping under this key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|entry| &entry.value)
    }

    /// What this is called in messages.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(..) => self.scalar().map_or("text", |(_, plain)| plain.kind()),
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }

    /// An error here. An alias shows both where it is used and where it is defined.
    #[must_use]
    pub fn error(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        let error = Diagnostic::error(code, self.span(), message);
        match self.used_at() {
            Some(span) => error.with_related(span.clone(), "used here"),
            None => error,
        }
    }

    /// A warning here.
    #[must_use]
    pub fn warning(&self, code: &'static str, message: impl Into<String>) -> Diagnostic {
        self.error(code, message).downgraded()
    }

    /// The text, where a text is asked for: quoted, or plain and read as text by YAML 1.1.
    ///
    /// # Errors
    /// For lists, mappings, null and plain scalars of another type.
    pub fn expect_str(&self) -> Result<&str, Problem> {
        match self.scalar() {
            Some((text, Plain::Text)) => Ok(text),
            Some((text, plain)) if plain != Plain::Null && plain.retyped(text).is_none() => Ok(text),
            Some((text, plain)) if plain != Plain::Null => Err(self
                .error("quote-this", format!("`{text}` is {} to YAML, and text is expected", plain.kind()))
                .with_help(format!("write it in quotes: '{text}'"))
                .into()),
            _ => Err(self.unexpected("a text").into()),
        }
    }

    /// A whole number written as a plain decimal.
    ///
    /// # Errors
    /// For anything else, and for numbers outside the type.
    pub fn expect_integer<T: TryFrom<i64>>(&self) -> Result<T, Problem> {
        let Some((text, Plain::Int(Some(value)))) = self.scalar() else {
            return Err(self.unexpected("a whole number").into());
        };
        if value.to_string() != text {
            let message = format!("YAML 1.1 reads `{text}` as {value}, and people may read another number");
            return Err(self.error("quote-this", message).with_help(format!("write {value}")).into());
        }
        T::try_from(value)
            .map_err(|_| self.error("out-of-range", format!("{value} is out of range here")).into())
    }

    /// A truth value.
    ///
    /// # Errors
    /// For anything else.
    pub fn expect_bool(&self) -> Result<bool, Problem> {
        match self.scalar() {
            Some((_, Plain::Bool(value))) => Ok(value),
            _ => Err(self.unexpected("true or false").into()),
        }
    }

    /// The entries of a mapping.
    ///
    /// # Errors
    /// For anything else.
    pub fn expect_map(&self) -> Result<&[Entry], Problem> {
        self.entries().ok_or_else(|| self.unexpected("a mapping").into())
    }

    /// The items of a list.
    ///
    /// # Errors
    /// For anything else.
    pub fn expect_list(&self) -> Result<&[Node], Problem> {
        self.items().ok_or_else(|| self.unexpected("a list").into())
    }

    /// The items of a list, or this one value.
    #[must_use]
    pub fn one_or_many(&self) -> &[Node] {
        self.items().unwrap_or(std::slice::from_ref(self))
    }

    /// The error that something else is expected here.
    #[must_use]
    pub fn unexpected(&self, expected: &str) -> Diagnostic {
        let found = match self.scalar() {
            Some(("", Plain::Null)) => "nothing".to_owned(),
            Some((_, Plain::Text)) => "a text".to_owned(),
            _ => self.kind_name().to_owned(),
        };
        self.error("wrong-type", format!("expected {expected}, found {found}"))
    }

    /// An error for each key of this mapping that is not in `known`.
    pub fn unknown_keys<'a>(&'a self, known: &'a [&'a str]) -> impl Iterator<Item = Diagnostic> + 'a {
        let entries = if sabotage::is_off("unknownkeys") { None } else { self.entries() };
        let entries = entries.unwrap_or_default().iter();
        entries.filter(|entry| !entry.key.text().is_some_and(|key| known.contains(&key))).map(|entry| {
            let key = entry.key.text().unwrap_or_default();
            let error = entry.key.error("unknown-key", format!("unknown key `{key}`"));
            match closest(key, known.iter().copied()) {
                Some(meant) => error.with_help(format!("did you mean `{meant}`?")),
                None => error.with_help(format!("the keys here are {}", listed(known))),
            }
        })
    }
}

/// The word that `text` may be a misspelling of.
#[must_use]
pub fn closest<'w>(text: &str, words: impl IntoIterator<Item = &'w str>) -> Option<&'w str> {
    let lower = text.to_lowercase().replace('_', "-");
    let distance = |word: &str| strsim::damerau_levenshtein(&lower, &word.to_lowercase().replace('_', "-"));
    let length = text.chars().count();
    let allowed = (length / 3).clamp(1, 3);
    words
        .into_iter()
        .filter(|word| word.chars().count().abs_diff(length) <= allowed)
        .map(|word| (distance(word), word))
        .filter(|(distance, word)| *distance <= allowed && *distance < word.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// `a, b and c`, each in backticks.
#[must_use]
pub fn listed(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "none".to_owned(),
    }
}
