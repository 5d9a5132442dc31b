//! Gets the text of YAML files and keeps count of what they may cost.

use super::natural::Order;
use super::node::Node;
use crate::diagnostic::{Diagnostic, Diagnostics, Position, Span};
use crate::source::{Source, tidy};
use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// Values that aliases and includes may copy before a file counts as an attack; each
/// byte that is read adds a few more. A value is some 200 bytes in memory.
const COPIES: u64 = 100_000;
/// Files that may include one another in a row.
const MAX_INCLUDES: usize = 16;

/// Reading a file cannot go on; the reason is among the diagnostics.
#[derive(Debug)]
pub(super) struct Stop;

/// A value kept for aliases or for the next include of the same file.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) node: Node,
    pub(super) count: u64,
    pub(super) height: usize,
}

impl Held {
    pub(super) fn new(node: Node) -> Self {
        let (count, height) = measure(&node);
        Self { node, count, height }
    }
}

/// The number of nodes and of levels.
fn measure(node: &Node) -> (u64, usize) {
    let inner: (u64, usize) = node
        .children()
        .map(measure)
        .fold((0, 0), |(sum, high), (count, height)| (sum + count, high.max(height)));
    (inner.0 + 1, inner.1 + 1)
}

/// What all files of one run share.
pub(super) struct Loader<'s> {
    source: &'s dyn Source,
    /// Everything found so far.
    pub(super) found: Diagnostics,
    /// Every file that was read or was to be read, in order.
    pub(super) files: Vec<PathBuf>,
    /// The same, to ask whether one is among them.
    noted: HashSet<PathBuf>,
    /// The order that keys must have.
    pub(super) order: Option<Order>,
    open: Vec<PathBuf>,
    done: HashMap<PathBuf, Rc<Held>>,
    copies_left: u64,
}

impl<'s> Loader<'s> {
    pub(super) fn new(source: &'s dyn Source) -> Self {
        Self {
            source,
            found: Diagnostics::default(),
            files: Vec::new(),
            noted: HashSet::new(),
            order: None,
            open: Vec::new(),
            done: HashMap::new(),
            copies_left: COPIES,
        }
    }

    /// Forgets what was found, to read the same files again.
    pub(super) fn restart(&mut self) {
        self.found = Diagnostics::default();
        self.done.clear();
        self.copies_left = COPIES;
    }

    /// The text of a file named by the configuration or found in a directory.
    pub(super) fn text(&mut self, path: &Path) -> Result<String, Stop> {
        match self.source.read(path) {
            Ok(bytes) => self.checked(path, bytes),
            Err(error) => {
                let message = format!("cannot read {}: {error}", path.display());
                let span = Span::file(path.to_string_lossy());
                self.found.push(Diagnostic::error("unreadable", span, message));
                Err(Stop)
            }
        }
    }

    fn note(&mut self, path: &Path) {
        if self.noted.insert(path.to_path_buf()) {
            self.files.push(path.to_path_buf());
        }
    }

    /// Accepts UTF-8 without characters that YAML forbids or reads in two ways.
    pub(super) fn checked(&mut self, path: &Path, bytes: Vec<u8>) -> Result<String, Stop> {
        self.note(path);
        self.copies_left += 4 * bytes.len() as u64;
        let mut text = String::from_utf8(bytes).map_err(|error| {
            let valid = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
            let span = span_after(path, &valid);
            let message = "this byte is not UTF-8";
            let help = "save the file in UTF-8; a byte of a record is written as \\DDD";
            self.found.push(Diagnostic::error("not-utf8", span, message).with_help(help));
            Stop
        })?;
        if text.starts_with('\u{feff}') {
            text.drain(..'\u{feff}'.len_utf8());
        }
        match first_forbidden(&text) {
            None => Ok(text),
            Some((at, c)) => {
                let span = span_after(path, &text[..at]);
                let message = format!("the character U+{:04X} may not stand in a YAML file", u32::from(c));
                let help = "write it as an escape in double quotes";
                self.found.push(Diagnostic::error("bad-character", span, message).with_help(help));
                Err(Stop)
            }
        }
    }

    /// Takes `count` copies off the budget; `false` when it is used up.
    pub(super) fn charge(&mut self, count: u64) -> bool {
        match self.copies_left.checked_sub(count) {
            Some(left) => self.copies_left = left,
            None => self.copies_left = 0,
        }
        self.copies_left > 0
    }

    /// Marks a file as being read, until [`Loader::leave`].
    pub(super) fn enter(&mut self, path: &Path) {
        self.open.push(path.to_path_buf());
    }

    pub(super) fn leave(&mut self) {
        self.open.pop();
    }

    /// The content of the file that `path` in `from` names; the error is its message.
    pub(super) fn include(&mut self, from: &Path, path: &str) -> Result<Rc<Held>, String> {
        if path.is_empty() {
            return Err("`!include` needs the path of a file".into());
        }
        if path.starts_with(['/', '~', '\\']) {
            return Err(format!("`{path}`: includes are relative to the file they stand in"));
        }
        let joined = from.parent().unwrap_or(Path::new("")).join(path);
        let Some(target) = tidy(&joined) else {
            return Err(format!("`{path}` leads out of the directory that zone files may use"));
        };
        if let Some(held) = self.done.get(&target) {
            return Ok(held.clone());
        }
        if let Some(at) = self.open.iter().position(|open| *open == target) {
            let mut chain: Vec<String> =
                self.open[at..].iter().map(|file| file.display().to_string()).collect();
            chain.push(target.display().to_string());
            return Err(format!("the files include one another in a circle: {}", chain.join(" → ")));
        }
        if self.open.len() >= MAX_INCLUDES {
            return Err(format!("more than {MAX_INCLUDES} files include one another"));
        }
        // Noted before it is read: a file that has gone away is one that was changed.
        self.note(&target);
        let bytes = self.source.read(&target).map_err(|error| format!("cannot include `{path}`: {error}"))?;
        let broken = || format!("`{path}` has errors");
        let text = self.checked(&target, bytes).map_err(|Stop| broken())?;
        let node = super::walk::whole(self, &target, &text).map_err(|Stop| broken())?;
        let held = Rc::new(Held::new(node));
        self.done.insert(target, held.clone());
        Ok(held)
    }
}

/// The place right after `text`.
fn span_after(path: &Path, text: &str) -> Span {
    let line = text.matches('\n').count() + 1;
    let column = text.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    let file: Arc<str> = path.to_string_lossy().into();
    Span::new(Position { file, line: line as u32, column: column as u32 }, 1)
}

/// The first character outside YAML's printable set, or one that is a line break to
/// YAML 1.1 and none to YAML 1.2.
fn first_forbidden(text: &str) -> Option<(usize, char)> {
    let suspect = |byte: u8| (byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r')) || byte >= 0x7f;
    let start = text.bytes().position(suspect)?;
    text[start..]
        .char_indices()
        .find(|(_, c)| {
            let c = *c;
            (c.is_control() && !matches!(c, '\t' | '\n' | '\r'))
                || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
        })
        .map(|(at, c)| (start + at, c))
}
