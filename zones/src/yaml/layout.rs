//! The canonical layout of a zone file, as octoDNS writes them: `fmt`.
//!
//! A file is taken apart into entries with the comments that belong to them ([`attach`]),
//! put into octoDNS's forms ([`forms`]), sorted where that is asked for ([`sort`]) and
//! written (`print`). Whoever calls this compares what both texts mean.
//!
//! | comment | belongs to |
//! |---|---|
//! | on a line of its own | the entry below it, at whatever depth that stands |
//! | on a line of its own, deeper than what follows | the end of the mapping or list it is in |
//! | behind a value, or behind `key:` | that line |
//! | at the top, with an empty line below | the file |

mod attach;
mod forms;
mod print;
mod sort;

use super::syntax::{SyntaxError, Tree};

/// How a file is to be laid out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Layout {
    /// Whether the file is a zone file: owner names and their records. Files that are only
    /// included hold anything.
    pub records: bool,
    /// Whether keys are put into octoDNS's natural order.
    pub sort: bool,
}

/// Why a file keeps its layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// It cannot be taken apart.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
    /// Sorting would put the use of an anchor before its definition.
    #[error(
        "not sorted: `*{name}` at `{user}` would stand before `&{name}` at `{definer}`, and YAML wants the anchor first; give one of them another place by hand, or write the value out"
    )]
    AnchorOrder {
        /// The anchor.
        name: String,
        /// The top key that uses it.
        user: String,
        /// The top key that has it.
        definer: String,
    },
}

/// A comment line of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Remark {
    /// Whether an empty line stands before it.
    blank: bool,
    text: String,
}

/// A pair of a mapping, or an item of a list.
#[derive(Debug, Clone)]
struct Entry {
    lead: Vec<Remark>,
    /// Whether an empty line stands between the comments above and this.
    blank: bool,
    /// The key; `None` for items.
    key: Option<Key>,
    /// Anchor and tag, each with a space behind.
    properties: String,
    value: Value,
    /// The comment on the line of the key or value.
    tail: Option<String>,
    /// The anchors of key and value themselves, not those inside.
    anchors: Vec<Anchor>,
}

/// An anchor or the use of one.
#[derive(Debug, Clone)]
struct Anchor {
    name: String,
    defined: bool,
    /// Which of the definitions in the file it is or means.
    id: usize,
}

#[derive(Debug, Clone)]
struct Key {
    /// As it is compared.
    text: String,
    /// As it is written.
    written: String,
}

#[derive(Debug, Clone)]
enum Value {
    /// On one line; empty for nothing.
    Inline(Scalar),
    /// A `|` or `>` block: its first line, and the others without their indentation. The
    /// empty lines at its end mean something where the flag is set.
    Block {
        header: String,
        lines: Vec<String>,
        keep: bool,
    },
    List {
        entries: Vec<Entry>,
        foot: Vec<Remark>,
    },
    Map {
        entries: Vec<Entry>,
        foot: Vec<Remark>,
    },
}

#[derive(Debug, Clone)]
struct Scalar {
    /// As it is written.
    written: String,
    /// Its text, where it is a scalar without a tag.
    text: Option<String>,
}

/// A whole file.
#[derive(Debug, Clone)]
struct Sheet {
    /// The comments before `---`.
    above: Vec<Remark>,
    /// The comment behind `---`.
    marker: Option<String>,
    /// The comments that belong to the file.
    head: Vec<Remark>,
    properties: String,
    /// `None` for a file without a value.
    value: Option<Value>,
    /// The comments of a file without a value, or at the end.
    foot: Vec<Remark>,
}

/// Lays `text` out.
///
/// # Errors
/// [`LayoutError`].
pub fn layout(text: &str, layout: Layout) -> Result<String, LayoutError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line_end =
        if text.split('\n').next().is_some_and(|line| line.ends_with('\r')) { "\r\n" } else { "\n" };
    let tree = Tree::of(text)?;
    let mut sheet = attach::sheet(&tree);
    if layout.records {
        forms::records(&mut sheet);
    }
    if layout.sort {
        sort::sort(&mut sheet, layout.records)?;
    }
    let written = print::print(&sheet);
    Ok(if line_end == "\n" { written } else { written.replace('\n', line_end) })
}
