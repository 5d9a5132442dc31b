//! Writes entries as octoDNS lays them out: two spaces a level, lists below their key
//! without indentation of their own.

use super::{Entry, Remark, Sheet, Value};

/// Spaces between a value and the comment behind it.
const BEFORE_COMMENT: &str = "  ";

struct Printer {
    text: String,
    /// Whether an empty line may come next: not at the top, not twice.
    room: bool,
}

pub(super) fn print(sheet: &Sheet) -> String {
    let mut printer = Printer { text: String::new(), room: false };
    printer.remarks(&sheet.above, 0);
    let Some(value) = &sheet.value else {
        if sheet.marker.is_some() {
            printer.line("---", sheet.marker.as_deref());
        }
        printer.remarks(&sheet.foot, 0);
        return printer.text;
    };
    // A block text starts on the line of its header.
    let header = if let Value::Block { header, .. } = value { header.as_str() } else { "" };
    let marker = format!("--- {}{header}", sheet.properties);
    printer.line(marker.trim_end(), sheet.marker.as_deref());
    printer.room = false;
    printer.remarks(&sheet.head, 0);
    match value {
        Value::Inline(scalar) => printer.line(&scalar.written, None),
        // Indented, so that a comment below is none of its lines.
        Value::Block { .. } => printer.block(value, 2),
        Value::List { entries, foot } | Value::Map { entries, foot } => {
            // The blank before the first entry parts it from what belongs to the file.
            printer.entries(entries, 0, !sheet.head.is_empty());
            printer.remarks(foot, 0);
        }
    }
    printer.remarks(&sheet.foot, 0);
    printer.text
}

impl Printer {
    fn line(&mut self, code: &str, tail: Option<&str>) {
        self.text.push_str(code);
        self.end(tail);
    }

    /// Ends a line, with its comment.
    fn end(&mut self, tail: Option<&str>) {
        if let Some(tail) = tail {
            self.text.push_str(BEFORE_COMMENT);
            self.text.push_str(tail);
        }
        self.text.push('\n');
        self.room = true;
    }

    fn blank(&mut self, wanted: bool) {
        if wanted && self.room {
            self.text.push('\n');
        }
        self.room = false;
    }

    fn spaces(&mut self, count: usize) {
        self.text.extend(std::iter::repeat_n(' ', count));
    }

    fn remarks(&mut self, remarks: &[Remark], indent: usize) {
        for remark in remarks {
            self.blank(remark.blank);
            self.spaces(indent);
            self.line(&remark.text, None);
        }
    }

    /// The entries of a list or mapping; an empty line before the first only where `parted`.
    fn entries(&mut self, entries: &[Entry], indent: usize, parted: bool) {
        for (index, entry) in entries.iter().enumerate() {
            if index == 0 && !parted {
                self.room = false;
            }
            self.remarks(&entry.lead, indent);
            self.blank(entry.blank);
            self.spaces(indent);
            self.entry(entry, indent);
        }
    }

    /// One entry, its first line already indented.
    fn entry(&mut self, entry: &Entry, indent: usize) {
        let head = match &entry.key {
            Some(key) => format!("{}:", key.written),
            None => "-".to_owned(),
        };
        self.text.push_str(&head);
        let properties = entry.properties.trim_end();
        if !properties.is_empty() {
            self.text.push(' ');
            self.text.push_str(properties);
        }
        let tail = entry.tail.as_deref();
        match &entry.value {
            Value::Inline(scalar) => {
                if !scalar.written.is_empty() {
                    self.text.push(' ');
                    self.text.push_str(&scalar.written);
                }
                self.end(tail);
            }
            Value::Block { header, .. } => {
                self.text.push(' ');
                self.text.push_str(header);
                self.end(tail);
                self.block(&entry.value, indent + 2);
            }
            Value::List { entries, foot } | Value::Map { entries, foot } => {
                let is_list = matches!(entry.value, Value::List { .. });
                let inner = if is_list && entry.key.is_some() { indent } else { indent + 2 };
                if entry.key.is_none() && properties.is_empty() {
                    // On the line of the `-`.
                    self.text.push(' ');
                    if let Some((first, rest)) = entries.split_first() {
                        self.entry(first, inner);
                        self.entries(rest, inner, true);
                    }
                } else {
                    self.end(tail);
                    self.entries(entries, inner, false);
                }
                self.remarks(foot, inner);
            }
        }
    }

    fn block(&mut self, value: &Value, indent: usize) {
        let Value::Block { lines, keep, .. } = value else { return };
        for line in lines {
            if !line.trim_matches(' ').is_empty() {
                self.spaces(indent);
                self.text.push_str(line);
            }
            self.text.push('\n');
        }
        // Another empty line would be one more of its text.
        self.room = !keep;
    }
}
