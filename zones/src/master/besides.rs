//! What people write into master files besides records.

use crate::rdata::token::{Lexeme, Scanner};

/// A comment, or a directive that stands for other lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Besides {
    /// The line, from 1.
    pub line: usize,
    /// `$INCLUDE` or `$GENERATE`, as it is written; nothing where it is a comment.
    pub directive: Option<String>,
}

/// Everything in `text` that whoever writes its records anew would lose: comments with something in them,
/// `$INCLUDE` and `$GENERATE`.
#[must_use]
pub fn besides(text: &[u8]) -> Vec<Besides> {
    let mut found = Vec::new();
    let mut scanner = Scanner::new(text, 0);
    let (mut line, mut counted) = (1, 0);
    loop {
        let (start, lexeme) = scanner.next();
        line += text[counted..start].iter().filter(|&&byte| byte == b'\n').count();
        counted = start;
        match lexeme {
            Lexeme::End => return found,
            Lexeme::Comment => {
                let comment = text.get(start..scanner.offset()).unwrap_or_default();
                if comment.iter().any(|byte| !matches!(byte, b';' | b' ' | b'\t' | b'\r')) {
                    found.push(Besides { line, directive: None });
                }
            }
            Lexeme::Token(token) if !token.quoted && (start == 0 || text[start - 1] == b'\n') => {
                let stands_for_others = [&b"$INCLUDE"[..], b"$GENERATE"];
                if stands_for_others.iter().any(|name| token.bytes.eq_ignore_ascii_case(name)) {
                    found.push(Besides { line, directive: Some(token.shown()) });
                }
            }
            Lexeme::Token(_) | Lexeme::Open | Lexeme::Close | Lexeme::Line | Lexeme::Unclosed => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_directives_are_found_with_their_lines_and_text_is_not_mistaken_for_them() {
        let text = b"$ORIGIN example.\n;\n; who to call\n@ SOA a b (1 ; serial\n 2 3 4 5)\n\
                     t TXT \"; no comment\" a\\;b $INCLUDE\n$include other\n$GENERATE 1-9 h$ A 192.0.2.$\n";
        let lines: Vec<(usize, Option<String>)> =
            besides(text).into_iter().map(|one| (one.line, one.directive)).collect();
        let directive = |name: &str| Some(name.to_owned());
        assert_eq!(lines, [(3, None), (4, None), (7, directive("$include")), (8, directive("$GENERATE"))]);
    }
}
