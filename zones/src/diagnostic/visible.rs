//! Text from files and servers, made harmless for a terminal and for a reader.

use std::borrow::Cow;
use std::fmt::Write;

/// Whether a character could drive a terminal, vanish, or reorder what is shown.
pub(crate) fn is_hostile(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

/// Writes `c` as it may be shown.
pub(super) fn write_visible(text: &mut String, c: char) {
    if c == '\t' {
        text.push(' ');
    } else if is_hostile(c) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\\u{{{:x}}}", u32::from(c));
    } else {
        text.push(c);
    }
}

/// `text` on one line, with control, invisible and reordering characters as `\u{...}`.
#[must_use]
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| c == '\t' || is_hostile(c)) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    text.chars().for_each(|c| write_visible(&mut shown, c));
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_escapes_and_reordering_marks_are_spelled_out() {
        assert_eq!(visible("a\x1b[31m\u{202e}b\r\n"), "a\\u{1b}[31m\\u{202e}b\\u{d}\\u{a}");
        assert_eq!(visible("münchen 企业"), "münchen 企业");
    }
}
