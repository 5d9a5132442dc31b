//! Pieces of text that take the place of others, and how values are written there.

use super::super::emit::{Out, write_text};
use super::super::syntax::next_line;
use std::ops::Range;

/// A piece of the old text, and what stands there instead.
pub(super) type Splice = (Range<usize>, String);

/// The text with the splices made; of two at one place the one that came first stands first.
pub(super) fn spliced(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|(range, _)| (range.start, range.end));
    let mut new = String::with_capacity(text.len() + 64);
    let mut at = 0;
    for (range, piece) in splices {
        // What lies inside of a piece that is gone is gone with it.
        if range.start >= at {
            new.push_str(&text[at..range.start]);
        }
        at = at.max(range.end);
        new.push_str(&piece);
    }
    new.push_str(&text[at..]);
    new
}

/// How the lines of a text end.
pub(super) fn line_ends(text: &str) -> &'static str {
    if text.split('\n').next().is_some_and(|line| line.ends_with('\r')) && text.contains('\n') {
        "\r\n"
    } else {
        "\n"
    }
}

/// Where the line after a value starts, whether or not the value has its line end in it.
pub(super) fn after(text: &str, end: usize) -> usize {
    if end > 0 && text[..end].ends_with('\n') { end } else { next_line(text, end) }
}

/// Whole lines, put where a line starts or at the end of the text. `lines` end with `\n`.
pub(super) fn lines_at(text: &str, at: usize, lines: &str) -> Splice {
    let ends = line_ends(text);
    let lines = lines.replace('\n', ends);
    if at == text.len() && at > 0 && !text.ends_with('\n') {
        // A text without a last line end stays one.
        return (at..at, format!("{ends}{}", lines.strip_suffix(ends).unwrap_or(&lines)));
    }
    (at..at, lines)
}

/// A value on one line, as it may stand in braces too.
pub(super) fn flow(out: &Out) -> String {
    match out {
        Out::Raw(text) => text.clone(),
        Out::Text(value) => flow_text(value),
        Out::List(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Out::Map(pairs) => {
            let pairs: Vec<String> =
                pairs.iter().map(|(key, value)| format!("{}: {}", flow_text(key), flow(value))).collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

/// A text that a comma or bracket around it cannot change.
fn flow_text(value: &str) -> String {
    let mut text = String::new();
    write_text(&mut text, value);
    if !text.starts_with(['"', '\'']) && text.contains([',', '[', ']', '{', '}']) {
        return format!("'{}'", value.replace('\'', "''"));
    }
    text
}

/// `- value` lines of a list whose `-` stand at `column`.
pub(super) fn item_lines(out: &Out, column: usize) -> String {
    let mut text = String::new();
    Out::List(vec![out.clone()]).write(&mut text, column);
    text.split_off(text.find('\n').map_or(0, |at| at + 1))
}

/// `key: value` lines of a mapping whose keys stand at `column`, without the indentation of the first.
pub(super) fn pair_lines(key: &str, out: &Out, column: usize) -> String {
    let mut text = String::new();
    write_text(&mut text, key);
    text.push(':');
    out.write(&mut text, if matches!(out, Out::List(_)) { column } else { column + 2 });
    text
}
