//! From the tree of a file to entries with the comments that belong to them.

use super::super::emit::write_text;
use super::super::scalar::Plain;
use super::super::syntax::{Comment, Item, Shape, Tree, line_end, line_start};
use super::{Anchor, Entry, Key, Remark, Scalar, Sheet, Value};
use saphyr_parser::ScalarStyle;

/// What comes after a value: where it stands, and its column; none at the end of a file.
#[derive(Debug, Clone, Copy)]
struct Next {
    at: usize,
    column: Option<usize>,
}

struct Attacher<'t> {
    tree: &'t Tree<'t>,
    /// How many comments have found their place.
    done: usize,
}

pub(super) fn sheet(tree: &Tree<'_>) -> Sheet {
    let mut attacher = Attacher { tree, done: 0 };
    let above = tree.marker.map(|marker| attacher.before(marker)).unwrap_or_default();
    let marker = tree.marker.and_then(|marker| attacher.behind(marker + 3));
    let end = Next { at: tree.text.len(), column: None };
    let root = &tree.root;
    let mut sheet = Sheet {
        above,
        marker,
        head: Vec::new(),
        properties: properties(root),
        value: None,
        foot: Vec::new(),
    };
    if root.is_empty() && sheet.properties.is_empty() {
        sheet.foot = attacher.before(end.at);
        return sheet;
    }
    if !matches!(root.kind, Shape::List(..) | Shape::Map(..)) {
        sheet.head = attacher.before(root.content);
    }
    let (mut value, tail) = attacher.value(root, end, true);
    if matches!(value, Value::Block { .. }) {
        // Its header is written on the line of the marker, which has room for one comment.
        let marker = std::mem::replace(&mut sheet.marker, tail);
        sheet.above.extend(marker.map(|text| Remark { blank: false, text }));
        sheet.above.append(&mut sheet.head);
    } else {
        sheet.foot.extend(tail.map(|text| Remark { blank: false, text }));
    }
    if let Value::Map { entries, .. } | Value::List { entries, .. } = &mut value
        && let Some(first) = entries.first_mut()
    {
        // What an empty line parts from the first entry belongs to the file.
        let split = if first.blank {
            first.lead.len()
        } else {
            first.lead.iter().skip(1).rposition(|remark| remark.blank).map_or(0, |at| at + 1)
        };
        sheet.head = first.lead.drain(..split).collect();
    }
    sheet.value = Some(value);
    sheet.foot.extend(attacher.before(end.at));
    sheet
}

impl Attacher<'_> {
    fn next_comment(&self) -> Option<&Comment> {
        self.tree.comments.get(self.done)
    }

    /// Takes all comments before `at` that have no place yet.
    fn before(&mut self, at: usize) -> Vec<Remark> {
        let mut taken = Vec::new();
        while let Some(comment) = self.next_comment().filter(|comment| comment.range.start < at) {
            taken.push(self.remark(comment));
            self.done += 1;
        }
        taken
    }

    /// Takes the comment behind `at`, on the same line and the next without a place.
    fn behind(&mut self, at: usize) -> Option<String> {
        let comment = self.tree.comment_after(at)?;
        if self.next_comment() != Some(comment) {
            return None;
        }
        let text = self.text(comment);
        self.done += 1;
        Some(text)
    }

    fn text(&self, comment: &Comment) -> String {
        self.tree.text[comment.range.clone()].trim_end().to_owned()
    }

    fn remark(&self, comment: &Comment) -> Remark {
        Remark { blank: comment.own_line && self.blank_before(comment.range.start), text: self.text(comment) }
    }

    /// Whether an empty line stands right before `at`.
    fn blank_before(&self, at: usize) -> bool {
        let text = &self.tree.text[..at];
        let space = &text[text.trim_end_matches([' ', '\t', '\r', '\n']).len()..];
        space.bytes().filter(|byte| *byte == b'\n').count() > 1
    }

    /// The value of `item`, whose anchor and tag are told elsewhere, and the comment on its line.
    fn value(&mut self, item: &Item, next: Next, top: bool) -> (Value, Option<String>) {
        match &item.kind {
            Shape::List(flow, items) if !items.is_empty() => {
                let tail = self.head_comment(item, *flow, top);
                let mut entries = Vec::with_capacity(items.len());
                for (index, (dash, value)) in items.iter().enumerate() {
                    let next = items.get(index + 1).map_or(next, |(at, _)| self.place(*at));
                    let lead = self.before(*dash);
                    let blank = self.blank_before(*dash);
                    entries.push(self.entry(lead, blank, None, value, next));
                }
                let foot = self.foot(item, next, *flow, items[0].0);
                (Value::List { entries, foot }, tail)
            }
            Shape::Map(flow, pairs) if !pairs.is_empty() => {
                let tail = self.head_comment(item, *flow, top);
                let mut entries = Vec::with_capacity(pairs.len());
                for (index, pair) in pairs.iter().enumerate() {
                    let next = pairs.get(index + 1).map_or(next, |pair| self.place(pair.start));
                    let lead = self.before(pair.start);
                    let blank = self.blank_before(pair.start);
                    entries.push(self.entry(lead, blank, Some(&pair.key), &pair.value, next));
                }
                let foot = self.foot(item, next, *flow, pairs[0].start);
                (Value::Map { entries, foot }, tail)
            }
            Shape::Scalar(text, ScalarStyle::Literal | ScalarStyle::Folded) => {
                let (value, header) = self.block(item, text);
                (value, header)
            }
            _ => {
                let tail = if top { None } else { self.behind(item.range.end) };
                (Value::Inline(self.inline(item)), tail)
            }
        }
    }

    fn place(&self, at: usize) -> Next {
        Next { at, column: Some(self.tree.column(at)) }
    }

    /// The comment on the line of the key: before the first entry, or behind the bracket
    /// that closes.
    fn head_comment(&mut self, item: &Item, flow: bool, top: bool) -> Option<String> {
        if flow {
            // Everything inside stays in order, so only where there is nothing inside.
            if !self.tree.comments_in(&item.range).is_empty() {
                return None;
            }
            return self.behind(item.range.end);
        }
        let first = self.next_comment()?;
        let starts = match &item.kind {
            Shape::List(_, items) => items.first().map(|(at, _)| *at),
            Shape::Map(_, pairs) => pairs.first().map(|pair| pair.start),
            _ => None,
        }?;
        if top || first.own_line || first.range.start >= starts {
            return None;
        }
        let text = self.text(first);
        self.done += 1;
        Some(text)
    }

    /// The comments at the end of a collection: those in its brackets, or as deep as it is and
    /// deeper than what follows.
    fn foot(&mut self, item: &Item, next: Next, flow: bool, first: usize) -> Vec<Remark> {
        if flow {
            return self.before(item.range.end);
        }
        let column = self.tree.column(first);
        let mut foot = Vec::new();
        while let Some(comment) = self.next_comment().filter(|comment| comment.range.start < next.at) {
            let own = self.tree.column(comment.range.start);
            if !comment.own_line || own < column || next.column.is_some_and(|next| own <= next) {
                break;
            }
            foot.push(self.remark(comment));
            self.done += 1;
        }
        foot
    }

    fn entry(
        &mut self,
        mut lead: Vec<Remark>,
        blank: bool,
        key: Option<&Item>,
        item: &Item,
        next: Next,
    ) -> Entry {
        let bare = properties(item).is_empty();
        let is_block = matches!(&item.kind, Shape::List(_, items) if !items.is_empty())
            || matches!(&item.kind, Shape::Map(_, pairs) if !pairs.is_empty());
        // What stands before the first word that is printed on the line goes above that line.
        let above = match (is_block, key) {
            (false, _) => self.before(item.content),
            (true, None) if bare => self.before(first_text(item)),
            (true, _) => Vec::new(),
        };
        lead.extend(above.into_iter().map(|remark| Remark { blank: false, ..remark }));
        let (mut value, mut tail) = self.value(item, next, false);
        if key.is_none()
            && bare
            && let Value::Map { entries, .. } | Value::List { entries, .. } = &mut value
            && let Some(first) = entries.first_mut()
        {
            // The line of the `-` is that of the first entry.
            let inner = std::mem::take(&mut first.lead);
            lead.extend(inner.into_iter().map(|remark| Remark { blank: false, ..remark }));
            if first.tail.is_none() {
                first.tail = tail.take();
            } else {
                lead.extend(tail.take().map(|text| Remark { blank: false, text }));
            }
        }
        let mut anchors: Vec<Anchor> = key.into_iter().filter_map(anchor).collect();
        anchors.extend(anchor(item));
        let key = key.map(|key| self.key(key));
        Entry { lead, blank, key, properties: properties(item), value, tail, anchors }
    }

    fn key(&self, key: &Item) -> Key {
        let inline = self.inline(key);
        // `*a :` keeps its space, or the colon would be part of the name.
        let space =
            if matches!(key.kind, Shape::Alias(_)) || key.is_empty() && key.tag.is_some() { " " } else { "" };
        let written = format!("{}{}{space}", properties(key), inline.written);
        Key { text: key.text().unwrap_or_default().to_owned(), written }
    }

    /// What stands on one line: scalars, aliases, nothing, empty collections.
    fn inline(&self, item: &Item) -> Scalar {
        match &item.kind {
            Shape::Empty => Scalar { written: String::new(), text: None },
            Shape::Alias(name) => Scalar { written: format!("*{name}"), text: None },
            Shape::List(..) => Scalar { written: "[]".into(), text: None },
            Shape::Map(..) => Scalar { written: "{}".into(), text: None },
            Shape::Scalar(text, style) => {
                // A plain number is none in quotes, and a tag may say what a plain text is.
                let typed = *style == ScalarStyle::Plain && Plain::of(text) != Plain::Text;
                let is_path = item.tag.is_some() && *style == ScalarStyle::Plain && !text.contains('\n');
                let is_merge = *style == ScalarStyle::Plain && text == "<<";
                let written = if typed || is_path || is_merge {
                    text.clone()
                } else {
                    let mut written = String::new();
                    write_text(&mut written, text);
                    written
                };
                Scalar { written, text: item.tag.is_none().then(|| text.clone()) }
            }
        }
    }

    /// A block text, its lines without their indentation, and the comment behind its first.
    fn block(&mut self, item: &Item, text: &str) -> (Value, Option<String>) {
        let source = &self.tree.text[item.content..item.range.end];
        let first = line_end(source, 0);
        let tail = self.behind_header(item.content + first);
        let header = source[..first].split_whitespace().next().unwrap_or_default();
        let mut lines: Vec<&str> = source[first..].lines().skip(1).collect();
        let keep = header.contains('+');
        if !keep {
            while lines.last().is_some_and(|line| line.trim_end_matches('\r').trim_matches(' ').is_empty()) {
                lines.pop();
            }
        }
        let indents =
            |line: &&str| (!line.trim().is_empty()).then(|| line.len() - line.trim_start_matches(' ').len());
        let given = header.chars().find_map(|c| c.to_digit(10)).map(|digit| digit as usize);
        let indent = match given {
            // Relative to what it stands in; the text says how many spaces are its own.
            Some(_) => {
                let own = text
                    .lines()
                    .find(|line| !line.trim().is_empty())
                    .map_or(0, |line| line.len() - line.trim_start_matches(' ').len());
                lines.iter().find_map(indents).unwrap_or(0).saturating_sub(own)
            }
            None => lines.iter().find_map(indents).unwrap_or(0),
        };
        let header = match given {
            Some(digit) => header.replacen(char::from_digit(digit as u32, 10).unwrap_or('2'), "2", 1),
            None => header.to_owned(),
        };
        let cut = |line: &&str| {
            let spaces = line.len() - line.trim_start_matches(' ').len();
            line[spaces.min(indent)..].trim_end_matches('\r').to_owned()
        };
        (Value::Block { header, lines: lines.iter().map(cut).collect(), keep }, tail)
    }

    /// The comment that ends at `at`, on the line where a block text starts.
    fn behind_header(&mut self, at: usize) -> Option<String> {
        let comment = self.next_comment().filter(|comment| comment.range.end == at && !comment.own_line)?;
        debug_assert!(comment.range.start > line_start(self.tree.text, at));
        let text = self.text(comment);
        self.done += 1;
        Some(text)
    }
}

/// Anchor and tag as they are written, each with a space behind.
fn properties(item: &Item) -> String {
    let anchor = item.anchor.iter().map(|name| format!("&{name} "));
    let tag = item.tag.iter().map(|tag| format!("{tag} "));
    anchor.chain(tag).collect()
}

/// Where the first text of a value stands: what is printed on the line of its `-`.
fn first_text(item: &Item) -> usize {
    match &item.kind {
        Shape::List(_, items) => match items.first() {
            Some((_, first)) if properties(first).is_empty() => first_text(first),
            Some((dash, _)) => *dash,
            None => item.content,
        },
        Shape::Map(_, pairs) => pairs.first().map_or(item.content, |pair| pair.start),
        _ => item.content,
    }
}

/// The anchor that a value has, or is.
fn anchor(item: &Item) -> Option<Anchor> {
    match (&item.anchor, &item.kind) {
        (Some(name), _) => Some(Anchor { name: name.clone(), defined: true, id: 0 }),
        (None, Shape::Alias(name)) => Some(Anchor { name: name.clone(), defined: false, id: 0 }),
        _ => None,
    }
}
