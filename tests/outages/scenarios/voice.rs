//! Plain text for a person, also in a pipe.

use std::io::Write as _;

/// Columns of a line.
const WIDTH: usize = 110;

/// Lines of a program's output that are shown, and how many of them are its last ones.
const LINES: usize = 16;
const LAST: usize = 4;

/// Prints `text` folded, the first line after `head` and the others as far to the right.
pub fn say(head: &str, text: &str) {
    let indent = " ".repeat(head.chars().count());
    let mut lead = head.to_owned();
    for line in text.lines() {
        print(&fold(line, &lead, &indent));
        lead.clone_from(&indent);
    }
}

/// Prints what a program printed.
pub fn quote(text: &str) {
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let left_out = lines.len().saturating_sub(LINES);
    let first = if left_out > 0 { LINES - LAST } else { lines.len() };
    for line in &lines[..first] {
        print(&fold(line, "     | ", "     |     "));
    }
    if left_out > 0 {
        print(&format!("     | … {left_out} lines more"));
    }
    for line in &lines[first + left_out..] {
        print(&fold(line, "     | ", "     |     "));
    }
}

/// Prints one line.
pub fn print(line: &str) {
    // A reader that went away misses the rest.
    let _ = writeln!(std::io::stdout(), "{line}");
}

fn fold(line: &str, head: &str, indent: &str) -> String {
    let mut folded = head.to_owned();
    let mut column = head.chars().count();
    let start = line.len() - line.trim_start().len();
    folded.push_str(&line[..start]);
    column += start;
    for (index, word) in line[start..].split(' ').enumerate() {
        let length = word.chars().count();
        if index > 0 && column + 1 + length > WIDTH {
            folded = format!("{}\n{indent}", folded.trim_end());
            column = indent.chars().count();
        } else if index > 0 {
            folded.push(' ');
            column += 1;
        }
        folded.push_str(word);
        column += length;
    }
    folded.trim_end().to_owned()
}
