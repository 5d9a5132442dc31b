//! The lines in which two texts differ.

use anstyle::{AnsiColor, Style};
use dnsure_zones::diagnostic::visible;
use similar::{ChangeTag, TextDiff};
use std::fmt::Write as _;

/// How many lines of a difference are shown.
const LINES: usize = 40;

/// A short difference: changed lines with one line around them.
#[must_use]
pub fn short(before: &str, after: &str) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut text = String::new();
    let mut lines = 0;
    let mut left = 0;
    for group in diff.grouped_ops(1) {
        let mut head = group.first().map(|op| op.old_range().start + 1);
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            if lines == LINES {
                left += usize::from(change.tag() != ChangeTag::Equal);
                continue;
            }
            if let Some(line) = head.take() {
                let _ = writeln!(text, "  line {line}");
            }
            let (sign, style) = match change.tag() {
                ChangeTag::Delete => ('-', AnsiColor::Red.on_default()),
                ChangeTag::Insert => ('+', AnsiColor::Green.on_default()),
                ChangeTag::Equal => (' ', Style::new().dimmed()),
            };
            let line = change.value().trim_end_matches(['\n', '\r']);
            let _ = writeln!(text, "  {style}{sign} {}{style:#}", visible(line));
            lines += 1;
        }
    }
    if left > 0 {
        let _ = writeln!(text, "  … and {left} more lines");
    }
    text
}
