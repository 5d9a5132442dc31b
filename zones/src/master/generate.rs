//! `$GENERATE`, BIND's directive for records that differ by a number.

use super::reader::{Entry, File, Reader};
use crate::rdata::token::{Lexeme, Scanner, Token};
use std::fmt::Write;

/// How many records one directive may make.
const MAX_RECORDS: u32 = 1 << 20;
/// How many octets of text all directives of a zone may make, so that a small file stays a small zone.
const MAX_OCTETS: usize = 1 << 26;

/// Runs `$GENERATE range owner [ttl] [class] type data`. The data is one word, or a quoted
/// string that holds all of it, as in BIND; several words are taken as they stand too.
pub(super) fn run<'f>(reader: &mut Reader<'_>, file: &mut File<'f>, entry: &Entry<'f>) {
    let Some(range) = Range::parse(&entry.tokens[1].shown()) else {
        let message =
            format!("`{}` is no range: write `1-254`, or `0-100/10` for steps", entry.tokens[1].shown());
        return reader.error(file, entry, 1, "bad-generate", message, None);
    };
    if range.count() > MAX_RECORDS {
        let message = format!("{} records from one $GENERATE; the limit is {MAX_RECORDS}", range.count());
        return reader.error(file, entry, 1, "bad-generate", message, None);
    }
    let Some(head) = reader.head(file, entry, 3) else { return };
    let data = data_template(file, entry, head.data);
    let position = file.start(entry);
    for value in range.values() {
        let owner = match expand(entry.tokens[2].bytes, value) {
            Ok(owner) => owner,
            Err(message) => return reader.error(file, entry, 2, "bad-generate", message, None),
        };
        let Some(owner) = reader.name_from(file, entry, 2, &owner) else { return };
        let result =
            expand(&data, value).map_err(|message| (head.data, "bad-generate", message)).and_then(|text| {
                reader.generated += owner.wire().len() + text.len();
                if reader.generated > MAX_OCTETS {
                    let message = format!("more than {MAX_OCTETS} octets from $GENERATE in one zone");
                    return Err((1, "bad-generate", message));
                }
                let tokens = words(&text).ok_or_else(|| {
                    (
                        head.data,
                        "bad-generate",
                        format!("`{}` has a broken quote", String::from_utf8_lossy(&text)),
                    )
                })?;
                reader.push(&owner, &head, &tokens, &file.origin, &position).map_err(
                    |(token, code, message)| {
                        // Without a word of the data it is the owner.
                        let index = if token.is_some() { head.data } else { 2 };
                        (index, code, format!("for {value}: {message}"))
                    },
                )
            });
        // One error is enough: the next thousand would say the same.
        if let Err((index, code, message)) = result {
            return reader.error(file, entry, index, code, message, None);
        }
    }
}

/// The text of the data, to be expanded.
fn data_template<'f>(file: &File<'f>, entry: &Entry<'f>, first: usize) -> Vec<u8> {
    match &entry.tokens[first.min(entry.tokens.len())..] {
        [] => Vec::new(),
        // Quotes inside the quoted data are written \".
        [Token { bytes, quoted: true, .. }] => {
            let mut text = Vec::with_capacity(bytes.len());
            let mut rest = bytes.iter().copied().peekable();
            while let Some(byte) = rest.next() {
                match (byte, rest.peek().copied()) {
                    (b'\\', Some(b'"')) => text.extend(rest.next()),
                    (b'\\', Some(other)) => {
                        rest.next();
                        text.extend([byte, other]);
                    }
                    _ => text.push(byte),
                }
            }
            text
        }
        [.., last] => {
            let start = entry.offsets[first];
            let end =
                entry.offsets[entry.offsets.len() - 1] + last.bytes.len() + if last.quoted { 2 } else { 0 };
            file.bytes[start..end].to_vec()
        }
    }
}

fn words(text: &[u8]) -> Option<Vec<Token<'_>>> {
    let mut scanner = Scanner::new(text, 0);
    let mut tokens = Vec::new();
    loop {
        match scanner.next().1 {
            Lexeme::Token(token) => tokens.push(token),
            Lexeme::End | Lexeme::Comment => return Some(tokens),
            Lexeme::Unclosed => return None,
            Lexeme::Open | Lexeme::Close | Lexeme::Line => {}
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Range {
    first: u32,
    last: u32,
    step: u32,
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse::<u32>().ok().filter(|number| digits && *number <= i32::MAX as u32)
        };
        let (range, step) = match text.split_once('/') {
            Some((range, step)) => (range, number(step)?),
            None => (text, 1),
        };
        let (first, last) = range.split_once('-')?;
        let range = Self { first: number(first)?, last: number(last)?, step };
        (range.first <= range.last && step > 0).then_some(range)
    }

    fn count(self) -> u32 {
        (self.last - self.first) / self.step + 1
    }

    fn values(self) -> impl Iterator<Item = u32> {
        (self.first..=self.last).step_by(self.step as usize)
    }
}

/// Puts `value` where `template` has `$` or `${offset,width,radix}`; `$$` is a dollar sign,
/// and an escaped one stays escaped.
fn expand(template: &[u8], value: u32) -> Result<Vec<u8>, String> {
    let mut out = Vec::with_capacity(template.len() + 8);
    let mut rest = template;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'\\' => {
                out.push(byte);
                if let Some((&escaped, after)) = rest.split_first() {
                    out.push(escaped);
                    rest = after;
                }
            }
            b'$' if rest.first() == Some(&b'$') => {
                out.push(b'$');
                rest = &rest[1..];
            }
            b'$' if rest.first() == Some(&b'{') => {
                let end = rest.iter().position(|&byte| byte == b'}');
                let end = end.ok_or("`${` without `}`")?;
                out.extend_from_slice(modified(&rest[1..end], value)?.as_bytes());
                rest = &rest[end + 1..];
            }
            b'$' => out.extend_from_slice(value.to_string().as_bytes()),
            other => out.push(other),
        }
    }
    Ok(out)
}

fn modified(modifier: &[u8], value: u32) -> Result<String, String> {
    let shown = String::from_utf8_lossy(modifier);
    let bad = || {
        format!(
            "`${{{shown}}}` is no modifier: write `${{offset,width,radix}}` with a radix of d, o, x, X, n or N"
        )
    };
    let mut parts = shown.split(',').map(str::trim);
    let offset: i32 = parts.next().and_then(|part| part.parse().ok()).ok_or_else(bad)?;
    let width: usize = parts.next().map_or(Ok(0), |part| part.parse().map_err(|_| bad()))?;
    let radix = parts.next().unwrap_or("d");
    if parts.next().is_some() || width > 255 {
        return Err(bad());
    }
    let number = i64::from(value) + i64::from(offset);
    let number = u32::try_from(number).map_err(|_| format!("{value} with offset {offset} is below 0"))?;
    let mut text = String::new();
    let _ = match radix {
        "d" => write!(text, "{number:0width$}"),
        "o" => write!(text, "{number:0width$o}"),
        "x" => write!(text, "{number:0width$x}"),
        "X" => write!(text, "{number:0width$X}"),
        "n" | "N" => {
            nibbles(number, width, &mut text);
            if radix == "N" {
                text.make_ascii_uppercase();
            }
            Ok(())
        }
        _ => return Err(bad()),
    };
    Ok(text)
}

/// Hex digits from the last to the first with dots between them; the width counts both.
fn nibbles(mut number: u32, mut width: usize, text: &mut String) {
    loop {
        text.extend(char::from_digit(number & 15, 16));
        number >>= 4;
        width = width.saturating_sub(1);
        if width == 0 && number == 0 {
            return;
        }
        text.push('.');
        width = width.saturating_sub(1);
        if width == 0 && number == 0 {
            return;
        }
    }
}
