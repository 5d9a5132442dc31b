//! The plain part of YAML, in which nearly all of a zone file is written, read line by line.
//!
//! A full YAML scanner looks at every character for everything that YAML has. Zone files
//! are block mappings and lists of one-line scalars, with comments, quotes and short flow
//! collections; this reads those, one entry of the top mapping at a time, and gives up as
//! soon as something else comes: the full parser then reads on from the start of that
//! entry. So it never decides what is an error, and never sees an anchor, a tag, a merge
//! or text over several lines. Tests compare both on everything there is.

use super::node::{Entry, Kind, Mark, Node, Style};
use std::sync::Arc;

/// Levels of nesting; what is deeper is left to the full parser, which counts with aliases.
const MAX_DEPTH: usize = 16;
/// Keys of a mapping below the top; what has more is left to the full parser, which hashes.
const MAX_KEYS: usize = 32;
/// Octets of a key; YAML ends keys without `?` at 1024 characters.
const MAX_KEY: usize = 512;

/// Something that is not plain, or not right.
#[derive(Debug)]
pub(super) struct Unusual;

/// Where the full parser has to read on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rest {
    /// The offset of the start of a line.
    pub(super) at: usize,
    /// The number of lines before it.
    pub(super) lines: u32,
}

/// Reads the plain entries of a file.
pub(super) struct Plain<'t> {
    text: &'t str,
    file: Arc<str>,
    /// The next line with something on it.
    line: Option<Line>,
    /// Where the line after that starts.
    next: usize,
    /// The number of lines before `next`.
    lines: u32,
    /// Where the entry that is being read starts.
    rest: Rest,
    /// Whether the first line with something on it was read.
    is_open: bool,
}

/// A line that is neither empty nor a comment.
#[derive(Debug, Clone, Copy)]
struct Line {
    start: usize,
    /// The offset of its first character that is no space.
    content: usize,
    /// The end without trailing spaces.
    end: usize,
    /// The end with them.
    whole: usize,
    number: u32,
    is_ascii: bool,
}

impl Line {
    fn indent(&self) -> usize {
        self.content - self.start
    }
}

type Result<T> = std::result::Result<T, Unusual>;

impl<'t> Plain<'t> {
    pub(super) fn new(text: &'t str, file: Arc<str>) -> Self {
        Self { text, file, line: None, next: 0, lines: 0, rest: Rest { at: 0, lines: 0 }, is_open: false }
    }

    /// Goes to the first entry.
    pub(super) fn open(&mut self) -> Result<()> {
        self.advance()?;
        self.is_open = true;
        if self.line.is_some_and(|line| line.content == line.start && self.rest_of(&line) == b"---") {
            self.advance()?;
        }
        Ok(())
    }

    /// Where to read on after [`Unusual`].
    pub(super) fn rest(&self) -> Rest {
        self.rest
    }

    /// The next entry of the top mapping; `None` at the end of the file.
    pub(super) fn entry(&mut self) -> Result<Option<Entry>> {
        let Some(line) = self.line else { return Ok(None) };
        self.rest = Rest { at: line.start, lines: line.number - 1 };
        if line.indent() != 0 {
            return Err(Unusual);
        }
        self.pair(&line, line.content, 0, 1).map(Some)
    }

    fn bytes(&self) -> &'t [u8] {
        self.text.as_bytes()
    }

    fn rest_of(&self, line: &Line) -> &'t [u8] {
        &self.bytes()[line.content..line.end]
    }

    /// Goes to the next line that is neither empty nor a comment.
    fn advance(&mut self) -> Result<()> {
        let bytes = self.bytes();
        self.line = None;
        while self.next < bytes.len() {
            let start = self.next;
            let mut content = start;
            while bytes.get(content) == Some(&b' ') {
                content += 1;
            }
            let (mut at, mut is_ascii) = (content, true);
            while let Some(&byte) = bytes.get(at) {
                match byte {
                    b'\n' => break,
                    b'\r' if bytes.get(at + 1) == Some(&b'\n') => break,
                    // Where a tab may stand is for the full parser to say.
                    b'\t' | b'\r' => return Err(Unusual),
                    _ => is_ascii &= byte.is_ascii(),
                }
                at += 1;
            }
            self.next = at + if bytes.get(at) == Some(&b'\r') { 2 } else { 1 };
            self.lines += 1;
            if at == content || bytes[content] == b'#' {
                continue;
            }
            let mut end = at;
            while bytes[end - 1] == b' ' {
                end -= 1;
            }
            let here = &bytes[start..];
            if here.starts_with(b"...") || (here.starts_with(b"---") && self.is_open) {
                return Err(Unusual);
            }
            self.line = Some(Line { start, content, end, whole: at, number: self.lines, is_ascii });
            break;
        }
        Ok(())
    }

    fn mark(&self, line: &Line, at: usize) -> Mark {
        let before = at - line.start;
        let column = if line.is_ascii { before } else { self.text[line.start..at].chars().count() };
        // Files over 4 GiB are not read, so it fits.
        Mark { line: line.number, column: column as u32 + 1 }
    }

    fn node(&self, line: &Line, start: usize, end: usize, kind: Kind) -> Node {
        let (start, end) = (self.mark(line, start), self.mark(line, end));
        Node { kind, file: self.file.clone(), start, end, used_at: None }
    }

    fn scalar(&self, line: &Line, start: usize, end: usize) -> Node {
        self.node(line, start, end, Kind::Scalar(self.text[start..end].into(), Style::Plain))
    }

    /// A text in quotes. As the full parser has it, it ends where something else comes.
    fn quoted_scalar(&self, line: &Line, start: usize, end: usize, next: usize) -> Node {
        self.node(line, start, next, Kind::Scalar(self.text[start + 1..end - 1].into(), Style::Quoted))
    }

    /// One key at `at` with its value, in a mapping at this indent, up to the line after it.
    fn pair(&mut self, line: &Line, at: usize, indent: usize, depth: usize) -> Result<Entry> {
        let bytes = self.bytes();
        let (key, colon) = match bytes[at] {
            b'\'' | b'"' => {
                let end = self.quoted(line, at)?;
                (self.quoted_scalar(line, at, end, end), end)
            }
            _ => {
                let colon = self.plain_key(line, at)?;
                (self.scalar(line, at, colon), colon)
            }
        };
        if colon >= line.end || bytes[colon] != b':' || colon - at > MAX_KEY {
            return Err(Unusual);
        }
        let mut value = colon + 1;
        while value < line.end && bytes[value] == b' ' {
            value += 1;
        }
        let value = if value == line.end || (bytes[value] == b'#' && bytes[value - 1] == b' ') {
            self.advance()?;
            self.below(indent, depth)?
        } else if bytes[colon + 1] != b' ' {
            return Err(Unusual);
        } else {
            self.inline(line, value, indent, depth)?
        };
        Ok(Entry { key, value })
    }

    /// Where the plain key at `at` ends: at a colon.
    fn plain_key(&self, line: &Line, at: usize) -> Result<usize> {
        let bytes = self.bytes();
        if !starts_plain(bytes, at, line.end) {
            return Err(Unusual);
        }
        for colon in at..line.end {
            match bytes[colon] {
                b':' if colon + 1 == line.end || bytes[colon + 1] == b' ' => {
                    return if bytes[colon - 1] == b' ' { Err(Unusual) } else { Ok(colon) };
                }
                b'#' if bytes[colon - 1] == b' ' => return Err(Unusual),
                _ => {}
            }
        }
        Err(Unusual)
    }

    /// The offset after the quoted text at `at`, which ends on its line and holds no escape.
    fn quoted(&self, line: &Line, at: usize) -> Result<usize> {
        let bytes = self.bytes();
        let quote = bytes[at];
        let length = bytes[at + 1..line.end].iter().position(|&byte| byte == quote || byte == b'\\');
        let end = at + 1 + length.ok_or(Unusual)?;
        // `''` is a quote inside; a backslash is an escape in double quotes only.
        let is_end = bytes[end] == quote && (quote == b'"' || bytes.get(end + 1) != Some(&b'\''));
        if is_end { Ok(end + 1) } else { Err(Unusual) }
    }

    /// The value that starts at `at` and ends on this line, up to the line after it.
    fn inline(&mut self, line: &Line, at: usize, indent: usize, depth: usize) -> Result<Node> {
        let bytes = self.bytes();
        let (node, end) = match bytes[at] {
            b'\'' | b'"' => {
                let end = self.quoted(line, at)?;
                let next = if bytes.get(end) == Some(&b' ') { line.whole } else { end };
                (self.quoted_scalar(line, at, end, next), end)
            }
            b'[' | b'{' => self.flow(line, at, depth)?,
            _ => {
                let end = self.plain_value(line, at)?;
                (self.scalar(line, at, end), end)
            }
        };
        let mut after = end;
        while after < line.end && bytes[after] == b' ' {
            after += 1;
        }
        let is_last = after == line.end || (after > end && bytes[after] == b'#');
        if !is_last {
            return Err(Unusual);
        }
        self.advance()?;
        // What is deeper would go on with this value.
        if self.line.is_some_and(|next| next.indent() > indent) { Err(Unusual) } else { Ok(node) }
    }

    /// Where the plain value at `at` ends: before a comment, or with the line.
    fn plain_value(&self, line: &Line, at: usize) -> Result<usize> {
        let bytes = self.bytes();
        if !starts_plain(bytes, at, line.end) {
            return Err(Unusual);
        }
        for end in at..line.end {
            match bytes[end] {
                b':' if end + 1 == line.end || bytes[end + 1] == b' ' => return Err(Unusual),
                b'#' if bytes[end - 1] == b' ' => return Ok(trimmed(bytes, end)),
                _ => {}
            }
        }
        Ok(line.end)
    }

    /// The collection on the lines after a key at this indent.
    fn below(&mut self, indent: usize, depth: usize) -> Result<Node> {
        let Some(line) = self.line.filter(|line| line.indent() >= indent && depth < MAX_DEPTH) else {
            return Err(Unusual);
        };
        if self.is_item(&line) {
            return self.list(&line, indent, depth + 1);
        }
        if line.indent() == indent {
            return Err(Unusual);
        }
        self.mapping(&line, line.content, depth + 1)
    }

    fn is_item(&self, line: &Line) -> bool {
        matches!(self.rest_of(line), [b'-'] | [b'-', b' ', ..])
    }

    /// The mapping whose first key stands at `at`.
    fn mapping(&mut self, line: &Line, at: usize, depth: usize) -> Result<Node> {
        let indent = at - line.start;
        let mut entries = vec![self.pair(line, at, indent, depth)?];
        while let Some(next) = self.line.filter(|next| next.indent() >= indent) {
            if next.indent() > indent || entries.len() == MAX_KEYS {
                return Err(Unusual);
            }
            let entry = self.pair(&next, next.content, indent, depth)?;
            if entries.iter().any(|known| known.key.text() == entry.key.text()) {
                return Err(Unusual);
            }
            entries.push(entry);
        }
        Ok(self.node(line, at, at, Kind::Map(entries)))
    }

    /// The list that starts on `line`, under a key at `parent`.
    fn list(&mut self, line: &Line, parent: usize, depth: usize) -> Result<Node> {
        let indent = line.indent();
        let mut items: Vec<Node> = Vec::new();
        while let Some(next) = self.line.filter(|next| next.indent() >= indent) {
            if next.indent() > indent {
                return Err(Unusual);
            }
            if !self.is_item(&next) {
                // The next key of the mapping that this list stands in.
                if indent == parent {
                    break;
                }
                return Err(Unusual);
            }
            items.push(self.item(&next, indent, depth)?);
        }
        let start = match items.first() {
            // As the full parser has it: what is not deeper than its key starts after the dash.
            Some(first) if indent == parent => first.start,
            _ => self.mark(line, line.content),
        };
        Ok(Node { kind: Kind::List(items), file: self.file.clone(), start, end: start, used_at: None })
    }

    fn item(&mut self, line: &Line, indent: usize, depth: usize) -> Result<Node> {
        let bytes = self.bytes();
        let mut at = line.content + 1;
        while at < line.end && bytes[at] == b' ' {
            at += 1;
        }
        if depth >= MAX_DEPTH || at == line.end {
            return Err(Unusual);
        }
        let is_key = match bytes[at] {
            b'\'' | b'"' => bytes.get(self.quoted(line, at)?) == Some(&b':'),
            b'[' | b'{' => false,
            _ => self.plain_key(line, at).is_ok(),
        };
        if is_key { self.mapping(line, at, depth + 1) } else { self.inline(line, at, indent, depth) }
    }

    /// The flow collection at `at`, which ends on its line, and the offset after it.
    fn flow(&self, line: &Line, at: usize, depth: usize) -> Result<(Node, usize)> {
        if depth >= MAX_DEPTH {
            return Err(Unusual);
        }
        let bytes = self.bytes();
        let is_list = bytes[at] == b'[';
        let (mut items, mut entries): (Vec<Node>, Vec<Entry>) = (Vec::new(), Vec::new());
        let mut next = at + 1;
        loop {
            let (node, end) = self.flow_node(line, next, depth)?;
            next = end;
            if is_list {
                items.push(node);
            } else {
                // A colon alone ends a key; flow values right after it are JSON's way.
                if bytes.get(next) != Some(&b':') || bytes.get(next + 1) != Some(&b' ') {
                    return Err(Unusual);
                }
                let is_known = entries.iter().any(|known: &Entry| known.key.text() == node.text());
                if node.text().is_none() || is_known || entries.len() == MAX_KEYS {
                    return Err(Unusual);
                }
                let (value, end) = self.flow_node(line, next + 1, depth)?;
                entries.push(Entry { key: node, value });
                next = end;
            }
            while next < line.end && bytes[next] == b' ' {
                next += 1;
            }
            if next >= line.end {
                return Err(Unusual);
            }
            next += 1;
            match (bytes[next - 1], is_list) {
                (b',', _) => {}
                (b']', true) => break,
                (b'}', false) => break,
                _ => return Err(Unusual),
            }
        }
        let kind = if is_list { Kind::List(items) } else { Kind::Map(entries) };
        Ok((self.node(line, at, at, kind), next))
    }

    /// One value inside of a flow collection, and the offset after it.
    fn flow_node(&self, line: &Line, mut at: usize, depth: usize) -> Result<(Node, usize)> {
        let bytes = self.bytes();
        while at < line.end && bytes[at] == b' ' {
            at += 1;
        }
        if at >= line.end {
            return Err(Unusual);
        }
        match bytes[at] {
            b'\'' | b'"' => {
                let end = self.quoted(line, at)?;
                let spaces = bytes[end..line.end].iter().take_while(|byte| **byte == b' ').count();
                Ok((self.quoted_scalar(line, at, end, end + spaces), end + spaces))
            }
            b'[' | b'{' => self.flow(line, at, depth + 1),
            _ => {
                if !starts_plain(bytes, at, line.end) {
                    return Err(Unusual);
                }
                let mut end = at;
                while end < line.end {
                    match bytes[end] {
                        b',' | b']' | b'}' => break,
                        b'[' | b'{' | b'#' => return Err(Unusual),
                        b':' => match bytes.get(end + 1) {
                            Some(b' ') => break,
                            Some(b',' | b'[' | b']' | b'{' | b'}' | b'\r' | b'\n') | None => {
                                return Err(Unusual);
                            }
                            Some(_) => {}
                        },
                        _ => {}
                    }
                    end += 1;
                }
                // A space before the colon of a key.
                let cut = trimmed(bytes, end);
                if cut < end && bytes.get(end) == Some(&b':') {
                    return Err(Unusual);
                }
                Ok((self.scalar(line, at, cut), cut))
            }
        }
    }
}

/// `end` without the spaces before it.
fn trimmed(bytes: &[u8], mut end: usize) -> usize {
    while bytes[end - 1] == b' ' {
        end -= 1;
    }
    end
}

/// Whether a plain scalar starts at `at`, and surely nothing else.
fn starts_plain(bytes: &[u8], at: usize, end: usize) -> bool {
    match bytes[at] {
        b'-' => at + 1 < end && (bytes[at + 1].is_ascii_alphanumeric() || bytes[at + 1] == b'_'),
        b'?' | b':' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
        | b'"' | b'%' | b'@' | b'`' | b'<' => false,
        byte => byte > b' ',
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod tests;
