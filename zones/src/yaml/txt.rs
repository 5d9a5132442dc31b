//! The text of TXT and SPF records, as octoDNS writes it.
//!
//! octoDNS keeps `;` escaped as `\;`, depending on a switch of its provider, cuts the
//! outer quotes off a value that starts with one and deletes every `" "`. Here a value
//! in quotes is read as RFC 1035 strings and joined, which is the same wherever octoDNS
//! loses nothing; what it would lose is refused. No other backslash is an escape.

use super::node::Node;
use crate::diagnostic::{Diagnostic, Problem, Span};
use crate::name::unescape;
use crate::rdata::FieldInput;

/// How `;` stands in TXT and SPF values (octoDNS's `escaped_semicolons`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Semicolons {
    /// Either way, with a warning when a zone mixes both.
    #[default]
    Either,
    /// As `\;` (octoDNS's default before 2.0).
    Escaped,
    /// As `;` (`escaped_semicolons: false`).
    Plain,
}

/// Reads the TXT values of one zone.
#[derive(Debug, Default)]
pub(super) struct Texts {
    semicolons: Semicolons,
    escaped_at: Option<Span>,
    plain_at: Option<Span>,
}

/// What stands in a TXT value.
pub(super) enum Text {
    /// For the table of types.
    Input(FieldInput),
    /// Bytes to cut into strings.
    Bytes(Vec<u8>),
}

impl Texts {
    pub(super) fn new(semicolons: Semicolons) -> Self {
        Self { semicolons, ..Self::default() }
    }

    /// Reads one value. Findings that `lenient` may turn into warnings go to `soft`.
    pub(super) fn read(
        &mut self,
        node: &Node,
        text: &str,
        soft: &mut Vec<Diagnostic>,
    ) -> Result<Text, Problem> {
        if !text.is_ascii() {
            let message = "this text is not ASCII and is sent as UTF-8";
            soft.push(node.warning("txt-not-ascii", message).with_help("octoDNS refuses such a text"));
        }
        let plain = self.semicolons(node, text, soft);
        let text = plain.as_deref().unwrap_or(text);
        if !text.starts_with('"') && !text.contains("\" \"") {
            return Ok(Text::Input(FieldInput::Scalar(text.to_owned())));
        }
        let Some(bytes) = quoted_strings(text) else {
            let message =
                "octoDNS takes quotes at the start of a text and `\" \"` inside as marks and loses them";
            let help =
                "write all of it as \"strings\" \"in quotes\", or as {rdata: ...} in presentation format";
            return Err(node.error("txt-quotes", message).with_help(help).into());
        };
        if text.contains('\\') {
            let message =
                "the backslashes in this quoted text are read as RFC 1035 escapes; octoDNS keeps them";
            soft.push(
                node.warning("txt-escapes", message).with_help("leave the outer quotes out to keep them"),
            );
        }
        Ok(Text::Bytes(bytes))
    }

    /// Replaces `\;` by `;`; `None` when there is nothing to replace.
    pub(super) fn semicolons(
        &mut self,
        node: &Node,
        text: &str,
        soft: &mut Vec<Diagnostic>,
    ) -> Option<String> {
        if !text.contains(';') {
            return None;
        }
        let escaped = text.contains("\\;");
        let plain = has_plain_semicolon(text);
        if text.contains("\\\\;") {
            let error = node.error("txt-semicolon", "`;` is escaped twice here, as `\\\\;`");
            soft.push(error.with_help("write `\\;`, or in quotes in YAML '\\;'"));
        }
        match self.semicolons {
            Semicolons::Either => {
                if escaped && self.escaped_at.is_none() {
                    self.escaped_at = Some(node.span());
                }
                if plain && self.plain_at.is_none() {
                    self.plain_at = Some(node.span());
                }
            }
            // octoDNS lets a `;` pass that does not follow a letter or digit.
            Semicolons::Escaped if follows_word(text) => {
                let error = node.error("txt-semicolon", "`;` is not escaped here");
                soft.push(error.with_help("write `\\;`: these zone files escape semicolons"));
            }
            Semicolons::Plain if escaped => {
                let error = node.error("txt-semicolon", "`;` is escaped here");
                soft.push(error.with_help("write `;`: these zone files do not escape semicolons"));
            }
            Semicolons::Escaped | Semicolons::Plain => {}
        }
        escaped.then(|| text.replace("\\;", ";"))
    }

    /// The warning when a zone writes `;` in both ways.
    pub(super) fn mixed(&self) -> Option<Diagnostic> {
        let (escaped, plain) = (self.escaped_at.as_ref()?, self.plain_at.as_ref()?);
        let (later, first, words) = if escaped.position > plain.position {
            (escaped, plain, "plain `;` here")
        } else {
            (plain, escaped, "escaped `\\;` here")
        };
        let message = "this zone writes semicolons in TXT values both as `;` and as `\\;`";
        Some(
            Diagnostic::warning("txt-semicolon", later.clone(), message)
                .with_related(first.clone(), words)
                .with_help("both are read as `;`; octoDNS accepts only one of them"),
        )
    }
}

fn has_plain_semicolon(text: &str) -> bool {
    text.match_indices(';').any(|(at, _)| !text[..at].ends_with('\\'))
}

fn follows_word(text: &str) -> bool {
    text.match_indices(';')
        .any(|(at, _)| text[..at].chars().next_back().is_some_and(|c| c.is_alphanumeric() || c == '_'))
}

/// The joined bytes of one or more quoted strings with white space between them.
fn quoted_strings(text: &str) -> Option<Vec<u8>> {
    let mut joined = Vec::with_capacity(text.len());
    let mut rest = text.bytes().peekable();
    while let Some(byte) = rest.next() {
        if byte != b'"' {
            return None;
        }
        loop {
            match rest.next()? {
                b'"' => break,
                b'\\' => joined.push(unescape(&mut rest)?),
                other => joined.push(other),
            }
        }
        if rest.peek().is_some_and(|byte| !byte.is_ascii_whitespace()) {
            return None;
        }
        while rest.next_if(u8::is_ascii_whitespace).is_some() {}
    }
    Some(joined)
}

/// The wire form of a text: strings of at most 255 octets, one at least.
pub(super) fn chunks(bytes: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(bytes.len() + bytes.len() / 255 + 1);
    if bytes.is_empty() {
        wire.push(0);
    }
    for chunk in bytes.chunks(255) {
        // At most 255.
        wire.push(chunk.len() as u8);
        wire.extend_from_slice(chunk);
    }
    wire
}

/// The text as a zone file writes it, where the plain form means these bytes.
pub(super) fn written(text: &str, semicolons: Semicolons) -> Option<String> {
    if text.starts_with('"') || text.contains("\" \"") || text.contains("\\;") {
        return None;
    }
    Some(if semicolons == Semicolons::Plain { text.to_owned() } else { text.replace(';', "\\;") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_strings_are_joined_and_half_quoted_text_is_refused() {
        assert_eq!(quoted_strings(r#""a b""#).as_deref(), Some(&b"a b"[..]));
        assert_eq!(quoted_strings(r#""a" "b\"c\010""#).as_deref(), Some(&b"ab\"c\n"[..]));
        assert_eq!(quoted_strings(r#""""#).as_deref(), Some(&b""[..]));
        for bad in [r#""abc"#, r#"abc" "def"#, r#""a" b"#, r#""a"b"#, r#""a"" "b""#, "\"a\\"] {
            assert_eq!(quoted_strings(bad), None, "{bad}");
        }
    }

    #[test]
    fn semicolons_after_letters_and_plain_semicolons_are_told_apart() {
        assert!(follows_word("v=DKIM1; k") && !follows_word("a ;b") && !follows_word(r"a\; b"));
        assert!(has_plain_semicolon("a ;b") && !has_plain_semicolon(r"a\; b"));
    }
}
