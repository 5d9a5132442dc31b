//! From text to tree: events of the parser, and what stands between them.

use super::{Comment, Item, Pair, Shape, SyntaxError, Tree, line_end, line_of, line_start};
use saphyr_parser::{Event, Parser, ScalarStyle, Span as EventSpan, StrInput};
use std::ops::Range;

/// Levels of nesting, as many as the reader of zone files takes.
const MAX_DEPTH: usize = 64;

/// Where a CR stands that no LF follows.
fn lone_return(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (0..bytes.len()).find(|&at| bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n'))
}

pub(super) struct Reader<'t> {
    text: &'t str,
    parser: Parser<'t, StrInput<'t>>,
    /// The bytes where characters start, unless all are ASCII.
    bytes: Option<Vec<usize>>,
    at: usize,
    comments: Vec<Comment>,
    marker: Option<usize>,
    anchors: Vec<String>,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let bytes =
            (!text.is_ascii()).then(|| text.char_indices().map(|(at, _)| at).chain([text.len()]).collect());
        Self {
            text,
            parser: Parser::new_from_str(text),
            bytes,
            at: 0,
            comments: Vec::new(),
            marker: None,
            anchors: Vec::new(),
        }
    }

    pub(super) fn tree(mut self) -> Result<Tree<'t>, SyntaxError> {
        // The parser breaks lines there; everything here counts by LF.
        if let Some(at) = lone_return(self.text) {
            self.at = at;
            return self.unsupported("a line that ends with CR alone");
        }
        let mut root = None;
        loop {
            let (event, span) = self.next()?;
            match event {
                Event::StreamStart | Event::Nothing => {}
                Event::DocumentStart(explicit) => {
                    if root.is_some() {
                        return self.unsupported("a second document");
                    }
                    if explicit {
                        let start = self.byte(span.start.index());
                        self.gap(start)?;
                        self.marker = Some(start);
                        self.at = start + 3;
                    }
                }
                Event::DocumentEnd => {}
                Event::StreamEnd => break,
                event => root = Some(self.node(event, span, 0, false)?),
            }
        }
        let end = self.at;
        self.rest()?;
        let nothing = Item { range: end..end, content: end, anchor: None, tag: None, kind: Shape::Empty };
        Ok(Tree {
            text: self.text,
            root: root.unwrap_or(nothing),
            comments: self.comments,
            marker: self.marker,
        })
    }

    fn next(&mut self) -> Result<(Event<'t>, EventSpan), SyntaxError> {
        match self.parser.next_event() {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => {
                Err(SyntaxError::NotYaml { line: error.marker().line(), reason: error.info().to_owned() })
            }
            None => self.unsupported("the end of this file"),
        }
    }

    fn unsupported<T>(&self, what: &'static str) -> Result<T, SyntaxError> {
        Err(SyntaxError::Unsupported { line: line_of(self.text, self.at), what })
    }

    /// The text between two places, which are of one mind unless the parser counts otherwise.
    fn between(&self, range: Range<usize>) -> Result<&'t str, SyntaxError> {
        self.text.get(range).map_or_else(|| self.unsupported("this"), Ok)
    }

    fn byte(&self, index: usize) -> usize {
        match &self.bytes {
            None => index.min(self.text.len()),
            Some(bytes) => bytes.get(index).copied().unwrap_or(self.text.len()),
        }
    }

    /// Passes over white space and comments.
    fn space(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                b'#' if self.at == 0 || bytes[self.at - 1].is_ascii_whitespace() => self.comment(),
                _ => return,
            }
        }
    }

    fn comment(&mut self) {
        let end = line_end(self.text, self.at);
        let before = &self.text[line_start(self.text, self.at)..self.at];
        let own_line = before.trim_start_matches('\u{feff}').trim().is_empty();
        self.comments.push(Comment { range: self.at..end, own_line });
        self.at = end;
    }

    /// Passes over everything up to `end` that is no value: indicators, comments.
    fn gap(&mut self, end: usize) -> Result<(), SyntaxError> {
        loop {
            self.space();
            if self.at >= end {
                return Ok(());
            }
            let c = self.text[self.at..].chars().next().unwrap_or(' ');
            match c {
                '-' | '?' | ':' | ',' | '\u{feff}' => self.at += c.len_utf8(),
                '%' => return self.unsupported("a directive"),
                _ => return self.unsupported("this"),
            }
        }
    }

    /// What stands behind the document.
    fn rest(&mut self) -> Result<(), SyntaxError> {
        loop {
            self.space();
            let left = &self.text[self.at..];
            if left.is_empty() {
                return Ok(());
            }
            if !left.starts_with("...") {
                return self.unsupported("this");
            }
            self.at += 3;
        }
    }

    /// Anchor and tag, in any order, and the start of what follows.
    fn properties(&mut self) -> (Option<String>, Option<String>) {
        let (mut anchor, mut tag) = (None, None);
        loop {
            let left = &self.text[self.at..];
            let flow_end = |c: char| c.is_whitespace() || matches!(c, ',' | '[' | ']' | '{' | '}');
            let word = &left[..left.find(flow_end).unwrap_or(left.len())];
            match left.chars().next() {
                Some('&') => anchor = Some(word[1..].to_owned()),
                Some('!') => tag = Some(word.to_owned()),
                _ => return (anchor, tag),
            }
            self.at += word.len();
            self.space();
        }
    }

    fn node(
        &mut self,
        event: Event<'t>,
        span: EventSpan,
        depth: usize,
        in_flow: bool,
    ) -> Result<Item, SyntaxError> {
        if depth > MAX_DEPTH {
            return self.unsupported("a value that is nested this deeply");
        }
        let (from, to) = (self.byte(span.start.index()), self.byte(span.end.index()));
        let (id, tagged) = match &event {
            Event::Scalar(_, _, id, tag) => (*id, tag.is_some()),
            Event::SequenceStart(id, tag) | Event::MappingStart(id, tag) => (*id, tag.is_some()),
            _ => (0, false),
        };
        let has_properties = id != 0 || tagged;
        let (mut start, mut anchor, mut tag) = (from, None, None);
        if has_properties {
            // The span of a block scalar starts with its content.
            let first = self.between(self.at..from)?.find(['&', '!']).map_or(from, |ahead| {
                if self.text[from..].starts_with(['&', '!']) { from } else { self.at + ahead }
            });
            self.gap(first)?;
            start = self.at;
            let end = self.at;
            (anchor, tag) = self.properties();
            if anchor.is_some() != (id != 0) || tag.is_some() != tagged || self.at == end {
                return self.unsupported("this anchor or tag");
            }
            if let Some(name) = &anchor {
                if self.anchors.len() < id {
                    self.anchors.resize(id, String::new());
                }
                self.anchors[id - 1].clone_from(name);
            }
        }
        let item =
            |range: Range<usize>, content: usize, kind: Shape| Item { range, content, anchor, tag, kind };
        match event {
            Event::Scalar(text, style, ..) => {
                if text.is_empty() && style == ScalarStyle::Plain {
                    // The place after the last property, or where the parser has come to.
                    let end =
                        if has_properties { start + properties_length(&self.text[start..]) } else { self.at };
                    let start = if has_properties { start } else { end };
                    return Ok(item(start..end, end, Shape::Empty));
                }
                match style {
                    ScalarStyle::Plain => {
                        if !has_properties {
                            self.gap(from)?;
                        }
                        let content = self.at;
                        let end = content.max(self.between(0..to)?.trim_end().len());
                        self.at = end;
                        let start = if has_properties { start } else { content };
                        Ok(item(start..end, content, Shape::Scalar(text.into_owned(), style)))
                    }
                    ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                        if !has_properties {
                            self.gap(from)?;
                        }
                        let content = self.at;
                        let Some(length) = quoted_length(&self.text[content..]) else {
                            return self.unsupported("this quoted text");
                        };
                        self.at = content + length;
                        let start = if has_properties { start } else { content };
                        Ok(item(start..self.at, content, Shape::Scalar(text.into_owned(), style)))
                    }
                    ScalarStyle::Literal | ScalarStyle::Folded => {
                        if !has_properties {
                            let ahead = self.header_ahead();
                            self.gap(ahead)?;
                        }
                        let content = self.at;
                        if !self.text[content..].starts_with(['|', '>']) {
                            return self.unsupported("this block text");
                        }
                        let header = line_end(self.text, content);
                        if let Some(hash) = self.text[content..header].find('#') {
                            self.at = content + hash;
                            self.comment();
                        }
                        // The span goes on into the indentation of what follows.
                        let last = line_start(self.text, to.max(header));
                        let into_next = last > header && self.between(last..to)?.trim().is_empty();
                        self.at = if into_next { last } else { to.max(header) };
                        let start = if has_properties { start } else { content };
                        Ok(item(start..self.at, content, Shape::Scalar(text.into_owned(), style)))
                    }
                }
            }
            Event::Alias(id) => {
                self.gap(from)?;
                let name = self.between(from..to)?.trim_end().trim_start_matches('*').to_owned();
                let known = self.anchors.get(id.wrapping_sub(1)) == Some(&name);
                if !known {
                    return self.unsupported("this alias");
                }
                self.at = from + 1 + name.len();
                Ok(item(from..self.at, from, Shape::Alias(name)))
            }
            Event::SequenceStart(..) => self.list(item, start, has_properties, depth, in_flow),
            Event::MappingStart(..) => self.map(item, start, has_properties, depth, in_flow),
            _ => self.unsupported("this"),
        }
    }

    /// Where the next `|` or `>` stands that is in no comment.
    fn header_ahead(&self) -> usize {
        let mut at = self.at;
        for line in self.text[self.at..].split_inclusive('\n') {
            let code = line.find('#').map_or(line, |hash| &line[..hash]);
            if let Some(found) = code.find(['|', '>']) {
                return at + found;
            }
            at += line.len();
        }
        self.text.len()
    }

    fn list(
        &mut self,
        item: impl FnOnce(Range<usize>, usize, Shape) -> Item,
        start: usize,
        has_properties: bool,
        depth: usize,
        in_flow: bool,
    ) -> Result<Item, SyntaxError> {
        let flow = self.opens(in_flow, '[')?;
        let content = if flow { self.at - 1 } else { self.at };
        let mut items = Vec::new();
        let mut first = None;
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::SequenceEnd) {
                break;
            }
            self.separator(flow)?;
            let dash = if flow { None } else { Some(self.indicator('-')?) };
            let value = self.node(event, span, depth + 1, flow)?;
            first = first.or(dash);
            items.push((dash.unwrap_or(value.range.start), value));
        }
        let end = self.close(flow, ']', items.last().map(|(dash, item)| (*dash + 1).max(item.range.end)))?;
        let content = first.unwrap_or(content);
        let start = if has_properties { start } else { content };
        Ok(item(start..end, content, Shape::List(flow, items)))
    }

    fn map(
        &mut self,
        item: impl FnOnce(Range<usize>, usize, Shape) -> Item,
        start: usize,
        has_properties: bool,
        depth: usize,
        in_flow: bool,
    ) -> Result<Item, SyntaxError> {
        let flow = self.opens(in_flow, '{')?;
        let content = if flow { self.at - 1 } else { self.at };
        let mut pairs: Vec<Pair> = Vec::new();
        loop {
            let (event, span) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break;
            }
            self.separator(flow)?;
            let question = (self.text[self.at..].starts_with("? ")
                || self.text[self.at..].starts_with("?\n"))
            .then_some(self.at);
            if question.is_some() {
                self.at += 1;
            }
            let key = self.node(event, span, depth + 1, flow)?;
            let (event, span) = self.next()?;
            self.space();
            if self.text[self.at..].starts_with(':') {
                self.at += 1;
            }
            let value = self.node(event, span, depth + 1, flow)?;
            pairs.push(Pair { start: question.unwrap_or(key.range.start), key, value });
        }
        let end = self.close(flow, '}', pairs.last().map(|pair| pair.value.range.end))?;
        let content = if flow { content } else { pairs.first().map_or(content, |pair| pair.start) };
        let start = if has_properties { start } else { content };
        Ok(item(start..end, content, Shape::Map(flow, pairs)))
    }

    /// Passes over the bracket that opens a collection; `false` for one without.
    fn opens(&mut self, in_flow: bool, bracket: char) -> Result<bool, SyntaxError> {
        self.space();
        let opened = self.text[self.at..].starts_with(bracket);
        if opened {
            self.at += 1;
        } else if in_flow {
            return self.unsupported("a pair without braces");
        }
        Ok(opened)
    }

    fn separator(&mut self, flow: bool) -> Result<(), SyntaxError> {
        self.space();
        if flow && self.text[self.at..].starts_with(',') {
            self.at += 1;
            self.space();
        }
        Ok(())
    }

    fn indicator(&mut self, wanted: char) -> Result<usize, SyntaxError> {
        self.space();
        if !self.text[self.at..].starts_with(wanted) {
            return self.unsupported("this list");
        }
        self.at += 1;
        Ok(self.at - 1)
    }

    /// Where a collection ends, given the end of its last value.
    fn close(&mut self, flow: bool, bracket: char, last: Option<usize>) -> Result<usize, SyntaxError> {
        if !flow {
            return Ok(last.unwrap_or(self.at));
        }
        self.separator(true)?;
        if !self.text[self.at..].starts_with(bracket) {
            return self.unsupported("this");
        }
        self.at += 1;
        Ok(self.at)
    }
}

/// The length of the anchor and tag at the start of `text`, without what follows.
fn properties_length(text: &str) -> usize {
    let mut at = 0;
    let mut end = 0;
    while text[at..].starts_with(['&', '!']) {
        let left = &text[at..];
        end = at + left.find(|c: char| c.is_whitespace() || ",[]{}".contains(c)).unwrap_or(left.len());
        at = end + (text[end..].len() - text[end..].trim_start_matches([' ', '\t']).len());
    }
    end
}

/// The length of the quoted text at the start of `text`.
fn quoted_length(text: &str) -> Option<usize> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && quote == '"' {
            chars.next();
        } else if c == quote {
            if quote == '\'' && chars.next_if(|(_, next)| *next == '\'').is_some() {
                continue;
            }
            return Some(at + 1);
        }
    }
    None
}
