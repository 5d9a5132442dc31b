//! Findings as people read them: message, place, the source line with a caret, help.

use super::visible::{visible, write_visible};
use super::{Diagnostic, Severity, Span};
use crate::source::Source;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Snippet};
use std::collections::HashMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

/// Characters of a long line that are shown before and after the start of the span.
const AROUND: usize = 60;

/// Renders findings with the lines they are about.
pub struct Renderer<'s> {
    source: &'s dyn Source,
    inner: annotate_snippets::Renderer,
    files: HashMap<Arc<str>, Option<Lines>>,
}

/// A file cut into lines.
struct Lines {
    text: String,
    starts: Vec<usize>,
}

impl Lines {
    fn new(bytes: Vec<u8>) -> Self {
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        // Positions do not count a byte order mark.
        let bom = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        let bytes = text.as_bytes();
        let ends = (0..bytes.len())
            .filter(|&at| bytes[at] == b'\n' || (bytes[at] == b'\r' && bytes.get(at + 1) != Some(&b'\n')));
        let starts = std::iter::once(bom).chain(ends.map(|at| at + 1)).collect();
        Self { text, starts }
    }

    fn line(&self, number: u32) -> Option<&str> {
        let index = (number as usize).checked_sub(1)?;
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).map_or(self.text.len(), |next| next - 1);
        let line = self.text.get(start..end)?;
        Some(line.strip_suffix('\r').unwrap_or(line))
    }
}

impl<'s> Renderer<'s> {
    /// Without colours.
    #[must_use]
    pub fn plain(source: &'s dyn Source) -> Self {
        Self { source, inner: annotate_snippets::Renderer::plain(), files: HashMap::new() }
    }

    /// With ANSI colours.
    #[must_use]
    pub fn coloured(source: &'s dyn Source) -> Self {
        Self { inner: annotate_snippets::Renderer::styled(), ..Self::plain(source) }
    }

    /// One finding, over several lines, with a line end.
    pub fn render(&mut self, diagnostic: &Diagnostic) -> String {
        let level = match diagnostic.severity {
            Severity::Error => Level::ERROR,
            Severity::Warning => Level::WARNING,
        };
        let title = level.primary_title(visible(&diagnostic.message).into_owned()).id(diagnostic.code);
        let mut group = Group::with_title(title);
        let mut moved = Vec::new();
        group = self.place(group, &diagnostic.span, AnnotationKind::Primary, None, &mut moved);
        for (span, label) in &diagnostic.related {
            group = self.place(group, span, AnnotationKind::Context, Some(label), &mut moved);
        }
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(visible(help).into_owned()));
        }
        let mut text = self.inner.render(&[group]);
        for (shown, right) in moved {
            text = text.replacen(&shown, &right, 1);
        }
        text.push('\n');
        text
    }

    /// All findings, each followed by an empty line.
    pub fn render_all<'d>(&mut self, diagnostics: impl IntoIterator<Item = &'d Diagnostic>) -> String {
        diagnostics.into_iter().fold(String::new(), |mut text, diagnostic| {
            text.push_str(&self.render(diagnostic));
            text.push('\n');
            text
        })
    }

    /// Adds `file:line:column` and, where the file can be read, the line itself. Where
    /// the line is shown cut or spelled out, the column that the inner renderer counts
    /// is not the one in the file: `moved` gets both texts.
    fn place<'a>(
        &mut self,
        group: Group<'a>,
        span: &Span,
        kind: AnnotationKind,
        label: Option<&str>,
        moved: &mut Vec<(String, String)>,
    ) -> Group<'a> {
        let position = &span.position;
        let (line, column) = (position.line as usize, position.column as usize);
        let path = visible(&position.file).into_owned();
        let label = label.map(|label| visible(label).into_owned());
        match self.lines(&position.file).and_then(|lines| lines.line(position.line)) {
            Some(text) => {
                let (shown, caret) = excerpt(text, column.saturating_sub(1), span.length as usize);
                let counted = shown[..caret.start].chars().count() + 1;
                if counted != column {
                    moved.push((format!("{path}:{line}:{counted}"), format!("{path}:{line}:{column}")));
                }
                let snippet = Snippet::source(shown).line_start(line).path(path);
                group.element(snippet.annotation(kind.span(caret).label(label)))
            }
            None => {
                let group = group.element(Origin::path(path).line(line).char_column(column));
                match label {
                    Some(label) => group.element(Level::NOTE.message(label)),
                    None => group,
                }
            }
        }
    }

    fn lines(&mut self, file: &Arc<str>) -> Option<&Lines> {
        let source = self.source;
        let read = || source.read(Path::new(&**file)).ok().map(Lines::new);
        self.files.entry(file.clone()).or_insert_with(read).as_ref()
    }
}

/// The line as it may be shown, cut around the span, and the span's bytes in it.
fn excerpt(line: &str, column: usize, length: usize) -> (String, Range<usize>) {
    let count = line.chars().count();
    let column = column.min(count);
    let first = if count > 2 * AROUND { column.saturating_sub(AROUND) } else { 0 };
    let last = if count > 2 * AROUND { (column + AROUND).min(count) } else { count };
    let mut shown = String::new();
    if first > 0 {
        shown.push('…');
    }
    let (mut start, mut end) = (None, None);
    for (at, c) in line.chars().enumerate().take(last).skip(first) {
        if at == column {
            start = Some(shown.len());
        }
        if at == column + length {
            end = Some(shown.len());
        }
        write_visible(&mut shown, c);
    }
    let start = start.unwrap_or(shown.len());
    let end = end.unwrap_or(shown.len());
    if last < count {
        shown.push('…');
    }
    (shown, start..end)
}

/// `20 errors, 1 warning in zones/example.com.yaml`; nothing to say is an empty text.
#[must_use]
pub fn summary<'d>(diagnostics: impl IntoIterator<Item = &'d Diagnostic>) -> String {
    let (mut errors, mut warnings) = (0_usize, 0_usize);
    let mut files: Vec<&str> = Vec::new();
    for diagnostic in diagnostics {
        match diagnostic.severity {
            Severity::Error => errors += 1,
            Severity::Warning => warnings += 1,
        }
        let file: &str = &diagnostic.span.position.file;
        if !files.contains(&file) && files.len() < 2 {
            files.push(file);
        }
    }
    let count = |number: usize, word: &str| match number {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{number} {word}s")),
    };
    let counts: Vec<String> =
        [count(errors, "error"), count(warnings, "warning")].into_iter().flatten().collect();
    match files.as_slice() {
        [] => String::new(),
        [file] => format!("{} in {}", counts.join(", "), visible(file)),
        _ => counts.join(", "),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Position;
    use crate::source::MemorySource;

    fn span(line: u32, column: u32, length: u32) -> Span {
        Span::new(Position { file: "z.yaml".into(), line, column }, length)
    }

    #[test]
    fn a_finding_shows_place_line_caret_other_places_and_help() {
        let source = MemorySource::new().with("z.yaml", "---\nwww: 1\r\nwww: 2\n");
        let found = Diagnostic::error("duplicate-key", span(3, 1, 3), "`www` is here twice")
            .with_related(span(2, 1, 3), "first here")
            .with_help("keep one of them");
        insta::assert_snapshot!(Renderer::plain(&source).render(&found), @r#"
        error[duplicate-key]: `www` is here twice
         --> z.yaml:3:1
          |
        3 | www: 2
          | ^^^
          |
         ::: z.yaml:2:1
          |
        2 | www: 1
          | --- first here
          |
          = help: keep one of them
        "#);
        assert_eq!(summary([&found]), "1 error in z.yaml");
    }

    #[test]
    fn hostile_text_is_spelled_out_and_the_caret_stays_right() {
        let source = MemorySource::new().with("z.yaml", "a\u{202e}\x1b[2J: bad\n");
        let found = Diagnostic::error("x", span(1, 8, 3), "bad \x1b]0;owned\x07 text");
        let text = Renderer::plain(&source).render(&found);
        insta::assert_snapshot!(text, @r#"
        error[x]: bad \u{1b}]0;owned\u{7} text
         --> z.yaml:1:8
          |
        1 | a\u{202e}\u{1b}[2J: bad
          |                    ^^^
        "#);
        assert!(!text.contains('\x1b') && !text.contains('\u{202e}'));
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let source =
            MemorySource::new().with("z.yaml", format!("{}HERE{}\n", "a".repeat(500), "b".repeat(500)));
        let found = Diagnostic::warning("x", span(1, 501, 4), "look");
        insta::assert_snapshot!(Renderer::plain(&source).render(&found), @r#"
        warning[x]: look
         --> z.yaml:1:501
          |
        1 | …aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaHEREbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb…
          |                                                              ^^^^
        "#);
    }

    #[test]
    fn a_file_that_cannot_be_read_still_has_a_place() {
        let found = Diagnostic::warning("x", span(4, 2, 1), "look").with_related(span(5, 1, 1), "and here");
        insta::assert_snapshot!(Renderer::plain(&MemorySource::new()).render(&found), @r#"
        warning[x]: look
        --> z.yaml:4:2
        ::: z.yaml:5:1
         = note: and here
        "#);
    }
}
