//! A YAML file as it is written: every value with the bytes it stands at, every comment.
//!
//! The reader resolves aliases, merges and includes and forgets how things were spelt; edits
//! and layout need the opposite. The events of the parser say what stands where; what is
//! between them (indicators, anchors, tags, comments) is read off the text here.

mod reader;

use reader::Reader;
use saphyr_parser::ScalarStyle;
use std::ops::Range;

/// Why a text has no tree here. The reader's own findings say more about what is no YAML.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SyntaxError {
    /// The parser does not take it.
    #[error("line {line}: this is no YAML: {reason}")]
    NotYaml {
        /// The line.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// YAML that is read and cannot be laid out or edited.
    #[error("line {line}: {what} can be read, and not be edited or laid out; write it in another form")]
    Unsupported {
        /// The line.
        line: usize,
        /// What stands there.
        what: &'static str,
    },
}

/// A comment, from `#` to the end of its line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Comment {
    pub(super) range: Range<usize>,
    /// Whether nothing else stands on its line.
    pub(super) own_line: bool,
}

/// A value where it stands.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// All of it, anchor and tag included. Blocks end where the text of their last value ends.
    pub(super) range: Range<usize>,
    /// Where it starts after anchor and tag.
    pub(super) content: usize,
    pub(super) anchor: Option<String>,
    pub(super) tag: Option<String>,
    pub(super) kind: Shape,
}

/// What a value is.
#[derive(Debug, Clone)]
pub(super) enum Shape {
    /// Nothing at all, which is null.
    Empty,
    /// `*name`.
    Alias(String),
    Scalar(String, ScalarStyle),
    /// With whether it is in brackets; each item with where its `-` stands, or itself.
    List(bool, Vec<(usize, Item)>),
    Map(bool, Vec<Pair>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub(super) struct Pair {
    /// Where it starts: the key, or the `?` before it.
    pub(super) start: usize,
    pub(super) key: Item,
    pub(super) value: Item,
}

/// A whole file.
#[derive(Debug)]
pub(super) struct Tree<'t> {
    pub(super) text: &'t str,
    /// The value; [`Shape::Empty`] where there is none.
    pub(super) root: Item,
    pub(super) comments: Vec<Comment>,
    /// Where `---` stands.
    pub(super) marker: Option<usize>,
}

impl Item {
    pub(super) fn is_empty(&self) -> bool {
        matches!(self.kind, Shape::Empty)
    }

    /// The text of a scalar.
    pub(super) fn text(&self) -> Option<&str> {
        match &self.kind {
            Shape::Scalar(text, _) => Some(text),
            Shape::Empty => Some(""),
            _ => None,
        }
    }

    pub(super) fn pairs(&self) -> Option<&[Pair]> {
        match &self.kind {
            Shape::Map(_, pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The items of a list.
    pub(super) fn items(&self) -> &[(usize, Item)] {
        match &self.kind {
            Shape::List(_, items) => items,
            _ => &[],
        }
    }

    pub(super) fn is_flow(&self) -> bool {
        matches!(self.kind, Shape::List(true, _) | Shape::Map(true, _))
    }

    /// The pair with this key.
    pub(super) fn pair(&self, key: &str) -> Option<&Pair> {
        self.pairs()?.iter().find(|pair| pair.key.text() == Some(key))
    }

    /// Calls `visit` for this and everything inside.
    pub(super) fn each<'i>(&'i self, visit: &mut impl FnMut(&'i Item)) {
        visit(self);
        match &self.kind {
            Shape::List(_, items) => items.iter().for_each(|(_, item)| item.each(visit)),
            Shape::Map(_, pairs) => pairs.iter().for_each(|pair| {
                pair.key.each(visit);
                pair.value.each(visit);
            }),
            _ => {}
        }
    }
}

impl<'t> Tree<'t> {
    /// Takes a text apart.
    pub(super) fn of(text: &'t str) -> Result<Self, SyntaxError> {
        Reader::new(text).tree()
    }

    /// The column of a byte, from 0, in bytes.
    pub(super) fn column(&self, at: usize) -> usize {
        at - line_start(self.text, at)
    }

    /// The line of a byte, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        line_of(self.text, at)
    }

    /// The comments inside a range.
    pub(super) fn comments_in(&self, range: &Range<usize>) -> &[Comment] {
        let start = self.comments.partition_point(|comment| comment.range.start < range.start);
        let length = self.comments[start..].partition_point(|comment| comment.range.start < range.end);
        &self.comments[start..start + length]
    }

    /// The comment that stands behind `at` on the same line.
    pub(super) fn comment_after(&self, at: usize) -> Option<&Comment> {
        let start = self.comments.partition_point(|comment| comment.range.start < at);
        let comment = self.comments.get(start)?;
        let between = &self.text[at..comment.range.start];
        (!between.contains('\n') && between.chars().all(|c| matches!(c, ' ' | '\t' | ',' | ']' | '}')))
            .then_some(comment)
    }
}

/// Where the line of `at` starts.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |end| end + 1)
}

/// Where the line of `at` ends: at its line end, without it.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    let end = text[at..].find('\n').map_or(text.len(), |length| at + length);
    if end > at && end < text.len() && text[..end].ends_with('\r') { end - 1 } else { end }
}

/// Where the line after that of `at` starts.
pub(super) fn next_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |length| at + length + 1)
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].bytes().filter(|byte| *byte == b'\n').count() + 1
}
