//! Findings as they are gathered.

use super::{Diagnostic, Position, Severity, Span};
use std::collections::{HashMap, HashSet};

/// Warnings of one kind that are kept one by one; a file of a million records without
/// final dots should not cost a gigabyte of advice.
const KEPT: u32 = 1000;

/// Gathers diagnostics, keeps every error, and bounds the warnings of one kind.
#[derive(Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    /// The codes and places of what is in the list.
    told: HashSet<(&'static str, Position)>,
    errors: usize,
    warnings: HashMap<&'static str, (u32, Option<Span>)>,
}

impl Diagnostics {
    /// Adds a finding.
    pub fn push(&mut self, diagnostic: impl Into<Diagnostic>) {
        let diagnostic = diagnostic.into();
        if diagnostic.is_error() {
            self.errors += 1;
        } else {
            let (count, last) = self.warnings.entry(diagnostic.code).or_default();
            *count += 1;
            if *count > KEPT {
                *last = Some(diagnostic.span);
                return;
            }
        }
        self.told.insert((diagnostic.code, diagnostic.span.position.clone()));
        self.list.push(diagnostic);
    }

    /// Adds several findings.
    pub fn extend(&mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) {
        diagnostics.into_iter().for_each(|diagnostic| self.push(diagnostic));
    }

    /// Whether a finding with this code was made at this place.
    #[must_use]
    pub fn has(&self, code: &'static str, span: &Span) -> bool {
        self.told.contains(&(code, span.position.clone()))
    }

    /// The number of errors so far.
    #[must_use]
    pub fn errors(&self) -> usize {
        self.errors
    }

    /// Everything, by file, line and column; at one place errors first.
    #[must_use]
    pub fn into_sorted(self) -> Vec<Diagnostic> {
        let mut list = self.list;
        for (code, (count, last)) in self.warnings {
            if let Some(span) = last {
                let message = format!("{} more warnings of the kind `{code}` up to here", count - KEPT);
                list.push(Diagnostic::warning(code, span, message));
            }
        }
        list.sort_by(|a, b| {
            let key = |diagnostic: &Diagnostic| std::cmp::Reverse(diagnostic.severity);
            a.span.position.cmp(&b.span.position).then_with(|| key(a).cmp(&key(b)))
        });
        list
    }
}

impl Diagnostic {
    /// The same finding as a warning.
    #[must_use]
    pub fn downgraded(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::diagnostic::Position;

    fn span(line: u32) -> Span {
        Span::new(Position { file: "f.yaml".into(), line, column: 1 }, 1)
    }

    #[test]
    fn findings_come_by_position_and_errors_first() {
        let mut found = Diagnostics::default();
        found.push(Diagnostic::warning("b", span(2), "two"));
        found.push(Diagnostic::warning("a", span(1), "one, warning"));
        found.push(Diagnostic::error("a", span(1), "one, error"));
        let messages: Vec<String> = found.into_sorted().into_iter().map(|found| found.message).collect();
        assert_eq!(messages, ["one, error", "one, warning", "two"]);
    }

    #[test]
    fn errors_are_all_kept_and_warnings_of_one_kind_are_counted() {
        let mut found = Diagnostics::default();
        for line in 1..=KEPT + 500 {
            found.push(Diagnostic::warning("w", span(line), "w"));
            found.push(Diagnostic::error("e", span(line), "e"));
        }
        let list = found.into_sorted();
        assert_eq!(list.iter().filter(|found| found.is_error()).count(), 1500);
        assert_eq!(list.last().unwrap().message, "500 more warnings of the kind `w` up to here");
    }
}
