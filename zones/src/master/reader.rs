//! Files, lines and directives: `$ORIGIN`, `$TTL`, `$INCLUDE`, `$GENERATE`.

use super::generate;
use crate::diagnostic::{Diagnostic, Position, Severity, Span};
use crate::name::append_text;
use crate::rdata::time::parse_period;
use crate::rdata::token::{Lexeme, Scanner, Token};
use crate::source::Source;
use crate::{Name, Ttl, Zone, ZoneBuilder};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// How deep files may include each other.
const MAX_DEPTH: usize = 16;
/// How many files one zone may include, so that files that include each other twice end.
const MAX_FILES: usize = 1_000;

/// Reads the zone at `apex` from the master file at `path`. The zone is there only when
/// there is no error, so that a file read in half never looks like a smaller zone.
///
/// `$INCLUDE` takes paths relative to the file it stands in, inside the source; as in
/// BIND, the origin and the last owner hold again after it, and a `$TTL` in it stays.
/// A record without a TTL takes `$TTL`, else the last TTL before it (RFC 1035 5.1), else,
/// for the SOA and what follows, the SOA's minimum with a warning.
#[must_use]
pub fn read(source: &dyn Source, path: &Path, apex: &Name) -> (Option<Zone>, Vec<Diagnostic>) {
    let mut reader = Reader::new(Some(source), apex);
    match source.read(path) {
        Ok(bytes) => reader.file(&bytes, path.to_owned(), apex.clone()),
        Err(error) => {
            let position = Position { file: path.to_string_lossy().into(), line: 1, column: 1 };
            let message = format!("cannot read the file: {error}");
            reader.report(Severity::Error, "unreadable-file", message, Span { position, length: 1 }, None);
        }
    }
    reader.finish()
}

/// Reads the zone at `apex` from `text`, called `file` in positions; it cannot include
/// other files.
#[must_use]
pub fn read_text(text: &str, file: &str, apex: &Name) -> (Option<Zone>, Vec<Diagnostic>) {
    let mut reader = Reader::new(None, apex);
    reader.file(text.as_bytes(), file.into(), apex.clone());
    reader.finish()
}

/// What stands for a whole zone, over all its files.
pub(super) struct Reader<'s> {
    source: Option<&'s dyn Source>,
    pub(super) builder: ZoneBuilder,
    diagnostics: Vec<Diagnostic>,
    /// From `$TTL`, or the SOA's minimum.
    pub(super) default_ttl: Option<Ttl>,
    pub(super) last_ttl: Option<Ttl>,
    pub(super) ttl_missed: bool,
    /// The files that are being read, the outermost first.
    open: Vec<PathBuf>,
    files: usize,
    /// How many octets `$GENERATE` has made.
    pub(super) generated: usize,
    pub(super) wire: Vec<u8>,
}

/// One file while it is read.
pub(super) struct File<'f> {
    name: Arc<str>,
    path: PathBuf,
    pub(super) bytes: &'f [u8],
    pub(super) origin: Name,
    /// The last owner and how it was written.
    pub(super) owner: Option<(&'f [u8], Name)>,
}

/// One record or directive: the words up to the end of its line, or of its parentheses.
#[derive(Default)]
pub(super) struct Entry<'f> {
    pub(super) tokens: Vec<Token<'f>>,
    pub(super) offsets: Vec<usize>,
    /// The offset and number of its first line.
    pub(super) start: usize,
    pub(super) line: u32,
    /// How many line ends were read for it.
    lines: u32,
    /// Whether it starts with white space, and so has the last owner.
    pub(super) indented: bool,
}

impl<'f> File<'f> {
    /// The place of the byte at `offset`, which is in `entry`.
    pub(super) fn position(&self, entry: &Entry<'f>, offset: usize) -> Position {
        let before = &self.bytes[entry.start..offset];
        let lines = before.iter().filter(|&&byte| byte == b'\n').count();
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let column = characters(&before[line_start..]) + 1;
        Position { file: self.name.clone(), line: entry.line + lines as u32, column: column as u32 }
    }

    /// The words from `first` to `last` of `entry`, as far as they stand on one line.
    pub(super) fn span(&self, entry: &Entry<'f>, index: usize) -> Span {
        let Some((token, &offset)) = entry.tokens.get(index).zip(entry.offsets.get(index)) else {
            return self.span_after(entry);
        };
        let length = characters(token.bytes) + if token.quoted { 2 } else { 0 };
        Span { position: self.position(entry, offset), length: length.max(1) as u32 }
    }

    /// The last word, for what is missing after it.
    fn span_after(&self, entry: &Entry<'f>) -> Span {
        match entry.tokens.len().checked_sub(1) {
            Some(last) => self.span(entry, last),
            None => Span { position: self.position(entry, entry.start), length: 1 },
        }
    }

    /// Where the first word of `entry` stands.
    pub(super) fn start(&self, entry: &Entry<'f>) -> Position {
        let offset = entry.offsets.first().copied().unwrap_or(entry.start);
        if offset == entry.start {
            return Position { file: self.name.clone(), line: entry.line, column: 1 };
        }
        self.position(entry, offset)
    }
}

fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&byte| byte & 0xc0 != 0x80).count()
}

impl<'s> Reader<'s> {
    fn new(source: Option<&'s dyn Source>, apex: &Name) -> Self {
        Self {
            source,
            builder: ZoneBuilder::new(apex.clone()),
            diagnostics: Vec::new(),
            default_ttl: None,
            last_ttl: None,
            ttl_missed: false,
            open: Vec::new(),
            files: 0,
            generated: 0,
            wire: Vec::new(),
        }
    }

    fn finish(self) -> (Option<Zone>, Vec<Diagnostic>) {
        let failed = self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
        ((!failed).then(|| self.builder.finish()), self.diagnostics)
    }

    pub(super) fn report(
        &mut self,
        severity: Severity,
        code: &'static str,
        message: String,
        span: Span,
        help: Option<&str>,
    ) {
        let help = help.map(str::to_owned);
        self.diagnostics.push(Diagnostic { severity, code, message, span, related: Vec::new(), help });
    }

    /// Reports an error at the word `index` of `entry`.
    pub(super) fn error<'f>(
        &mut self,
        file: &File<'f>,
        entry: &Entry<'f>,
        index: usize,
        code: &'static str,
        message: String,
        help: Option<&str>,
    ) {
        self.report(Severity::Error, code, message, file.span(entry, index), help);
    }

    fn file(&mut self, bytes: &[u8], path: PathBuf, origin: Name) {
        self.open.push(path.clone());
        let name = path.to_string_lossy().into();
        let mut file = File { name, path, bytes, origin, owner: None };
        // A byte order mark is no part of the first owner.
        let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let mut scanner = Scanner::new(bytes, start);
        let mut entry = Entry { start, line: 1, ..Entry::default() };
        while self.entry(&file, &mut scanner, &mut entry) {
            if !entry.tokens.is_empty() {
                match entry.tokens[0] {
                    Token { bytes: [b'$', ..], quoted: false, .. } if !entry.indented => {
                        self.directive(&mut file, &entry);
                    }
                    _ => self.record(&mut file, &entry),
                }
            }
            entry.line += entry.lines;
            entry.start = scanner.offset();
        }
        self.open.pop();
    }

    /// Collects the words of the next entry; `false` at the end of the file. An entry
    /// with broken quotes or parentheses is reported and comes without words.
    fn entry<'f>(&mut self, file: &File<'f>, scanner: &mut Scanner<'f>, entry: &mut Entry<'f>) -> bool {
        entry.tokens.clear();
        entry.offsets.clear();
        entry.lines = 0;
        entry.indented = matches!(scanner.peek(), Some(b' ' | b'\t'));
        let mut open: Vec<usize> = Vec::new();
        let mut broken = None;
        loop {
            let (offset, lexeme) = scanner.next();
            entry.lines += u32::from(lexeme == Lexeme::Line);
            match lexeme {
                Lexeme::Token(token) => {
                    entry.tokens.push(token);
                    entry.offsets.push(offset);
                }
                Lexeme::Comment => {}
                Lexeme::Open => open.push(offset),
                Lexeme::Close if open.pop().is_some() => {}
                Lexeme::Close => broken = broken.or(Some((offset, "this parenthesis was never opened"))),
                Lexeme::Unclosed => {
                    broken = broken.or(Some((offset, "this quote is not closed on its line")))
                }
                Lexeme::Line if !open.is_empty() => {}
                Lexeme::Line => break,
                Lexeme::End => {
                    if let Some(&first) = open.first() {
                        broken = broken.or(Some((first, "this parenthesis is never closed")));
                    }
                    if entry.tokens.is_empty() && broken.is_none() {
                        return false;
                    }
                    break;
                }
            }
        }
        if let Some((offset, message)) = broken {
            entry.tokens.clear();
            entry.offsets.clear();
            let span = Span { position: file.position(entry, offset), length: 1 };
            self.report(Severity::Error, "unbalanced", message.into(), span, None);
        }
        true
    }

    fn directive<'f>(&mut self, file: &mut File<'f>, entry: &Entry<'f>) {
        let word = entry.tokens[0].shown();
        let given = entry.tokens.len() - 1;
        let (least, most, usage) = match word.to_ascii_uppercase().as_str() {
            "$ORIGIN" => (1, 1, "$ORIGIN name"),
            "$TTL" => (1, 1, "$TTL seconds, or a period such as 1h30m"),
            "$INCLUDE" => (1, 2, "$INCLUDE file [origin]"),
            "$GENERATE" => (4, usize::MAX, "$GENERATE first-last[/step] owner [ttl] [class] type data"),
            _ => {
                let message = format!("`{word}` is no directive");
                let help = "there are $ORIGIN, $TTL, $INCLUDE and $GENERATE; an owner name that starts with $ is written \\$";
                return self.error(file, entry, 0, "unknown-directive", message, Some(help));
            }
        };
        if given < least || given > most {
            let at = if given < least { 0 } else { most + 1 };
            let message = format!("{word} has {given} arguments: write {usage}");
            return self.error(file, entry, at, "bad-directive", message, None);
        }
        match word.to_ascii_uppercase().as_str() {
            "$ORIGIN" => {
                if let Some(name) = self.name(file, entry, 1) {
                    file.origin = name;
                }
            }
            "$TTL" => {
                if let Some(ttl) = self.ttl(file, entry, 1) {
                    self.default_ttl = Some(ttl);
                }
            }
            "$INCLUDE" => self.include(file, entry),
            _ => generate::run(self, file, entry),
        }
    }

    /// The domain name in word `index`, relative to the origin.
    pub(super) fn name<'f>(&mut self, file: &File<'f>, entry: &Entry<'f>, index: usize) -> Option<Name> {
        self.name_from(file, entry, index, entry.tokens[index].bytes)
    }

    /// The domain name in `bytes`, which came from word `index`.
    pub(super) fn name_from<'f>(
        &mut self,
        file: &File<'f>,
        entry: &Entry<'f>,
        index: usize,
        bytes: &[u8],
    ) -> Option<Name> {
        if bytes == b"@" {
            return Some(file.origin.clone());
        }
        self.wire.clear();
        let result = append_text(bytes, bytes, Some(&file.origin), &mut self.wire);
        match result.and_then(|()| Name::from_wire(&self.wire)) {
            Ok(name) => Some(name),
            Err(error) => {
                self.error(file, entry, index, "bad-name", error.to_string(), None);
                None
            }
        }
    }

    /// The TTL in word `index`.
    pub(super) fn ttl<'f>(&mut self, file: &File<'f>, entry: &Entry<'f>, index: usize) -> Option<Ttl> {
        let token = &entry.tokens[index];
        let result = parse_period(token.bytes)
            .map_err(|problem| format!("`{}` {problem}", token.shown()))
            .and_then(|seconds| Ttl::from_secs(seconds).map_err(|error| error.to_string()));
        match result {
            Ok(ttl) => Some(ttl),
            Err(message) => {
                self.error(file, entry, index, "bad-ttl", message, None);
                None
            }
        }
    }

    fn include<'f>(&mut self, file: &File<'f>, entry: &Entry<'f>) {
        let origin = match entry.tokens.len() {
            3.. => self.name(file, entry, 2),
            _ => Some(file.origin.clone()),
        };
        let Some(origin) = origin else { return };
        let written = entry.tokens[1].bytes;
        match self.read_included(&file.path, written) {
            Ok((path, bytes)) => self.file(&bytes, path, origin),
            Err(message) => self.error(file, entry, 1, "unreadable-include", message, None),
        }
    }

    fn read_included(&mut self, from: &Path, written: &[u8]) -> Result<(PathBuf, Vec<u8>), String> {
        let source = self.source.ok_or("there are no other files here to include")?;
        let written = std::str::from_utf8(written).map_err(|_| "a path has to be UTF-8".to_owned())?;
        let path = below_root(from, Path::new(written))
            .ok_or_else(|| format!("`{written}` leads out of the directory that holds the zone files"))?;
        if self.open.contains(&path) {
            return Err(format!("`{written}` includes itself"));
        }
        self.files += 1;
        if self.open.len() >= MAX_DEPTH || self.files > MAX_FILES {
            return Err(format!(
                "too many files: {MAX_DEPTH} inside each other and {MAX_FILES} in all is the limit"
            ));
        }
        let bytes = source.read(&path).map_err(|error| format!("cannot read `{written}`: {error}"))?;
        Ok((path, bytes))
    }
}

/// The path `written` in the file `from`, without `.` and `..`; `None` when it leaves the root.
fn below_root(from: &Path, written: &Path) -> Option<PathBuf> {
    let mut path = from.parent().map(Path::to_owned).unwrap_or_default();
    for component in written.components() {
        match component {
            Component::Normal(part) => path.push(part),
            Component::CurDir => {}
            Component::ParentDir => {
                if !path.pop() {
                    return None;
                }
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(path)
}
