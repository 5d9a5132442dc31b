//! Presentation format (RFC 1035 5.1, RFC 3597 5).

use super::table::{Field, Row, row};
use super::token::{Lexeme, Scanner, Token};
use super::{Kind, RdataError, apl, bitmap, loc, plain, strings, svcb, wire};
use crate::{Name, RecordType, name};
use data_encoding::HEXLOWER;
use std::borrow::Cow;
use std::fmt::Write;
use std::ops::Range;

/// How domain names are read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Names<'a> {
    /// As RFC 1035 5.1: names without a final dot and `@` are relative to the origin.
    Master(&'a Name),
    /// As in octoDNS's YAML: every name is absolute, IDNA applies.
    Yaml {
        /// The zone, for messages.
        zone: &'a Name,
    },
}

impl Names<'_> {
    /// Appends the wire form of a name. The problem reads on from the field's key.
    pub(super) fn read(self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
        let text = || String::from_utf8_lossy(bytes);
        let result = match self {
            Self::Master(origin) if bytes == b"@" => {
                out.extend_from_slice(origin.wire());
                Ok(())
            }
            Self::Master(origin) => name::append_text(bytes, bytes, Some(origin), out),
            Self::Yaml { zone } => {
                if bytes == b"@" {
                    return Err(format!("`@` does not stand for the zone here: write `{zone}`"));
                }
                Name::parse_unicode(&text(), Some(&Name::root()))
                    .map(|name| out.extend_from_slice(name.wire()))
            }
        };
        result.map_err(|error| format!("`{}` is no domain name: {error}", text()))
    }
}

/// Reads presentation format. Names without a final dot are relative to `origin`;
/// parentheses and line ends count as spaces.
///
/// # Errors
/// [`RdataError`] with the place in `text`.
pub fn parse_text(rtype: RecordType, text: &str, origin: &Name) -> Result<Vec<u8>, RdataError> {
    parse_with(rtype, text, Names::Master(origin))
}

pub(super) fn parse_with(rtype: RecordType, text: &str, names: Names<'_>) -> Result<Vec<u8>, RdataError> {
    let mut scanner = Scanner::new(text.as_bytes(), 0);
    let mut tokens = Vec::new();
    let mut offsets = Vec::new();
    loop {
        let (offset, lexeme) = scanner.next();
        let problem = match lexeme {
            Lexeme::Token(token) => {
                tokens.push(token);
                offsets.push(offset);
                continue;
            }
            Lexeme::Open | Lexeme::Close | Lexeme::Line => continue,
            Lexeme::End => break,
            Lexeme::Comment => "`;` starts a comment here: put the text in quotes",
            Lexeme::Unclosed => "this quote is not closed",
        };
        return Err(RdataError { offset: Some(offset), ..RdataError::new(problem.into()) });
    }
    let mut wire = Vec::with_capacity(text.len());
    read(rtype, &tokens, names, &mut wire).map_err(|error| RdataError {
        offset: Some(error.token.and_then(|index| offsets.get(index).copied()).unwrap_or(text.len())),
        ..error
    })?;
    Ok(wire)
}

/// Reads presentation format from its words, as a master file reader has them.
///
/// # Errors
/// [`RdataError`] with the index of the token at fault, which is the number of tokens
/// where one is missing.
pub fn parse_tokens(rtype: RecordType, tokens: &[Token<'_>], origin: &Name) -> Result<Vec<u8>, RdataError> {
    let mut wire = Vec::new();
    read(rtype, tokens, Names::Master(origin), &mut wire)?;
    Ok(wire)
}

/// Appends the wire form of `tokens` to `out`, which is empty.
pub(crate) fn parse_tokens_into(
    rtype: RecordType,
    tokens: &[Token<'_>],
    origin: &Name,
    out: &mut Vec<u8>,
) -> Result<(), RdataError> {
    read(rtype, tokens, Names::Master(origin), out)
}

fn read(
    rtype: RecordType,
    tokens: &[Token<'_>],
    names: Names<'_>,
    out: &mut Vec<u8>,
) -> Result<(), RdataError> {
    if let [Token { bytes: b"\\#", quoted: false, .. }, rest @ ..] = tokens {
        return generic(rtype, rest, out);
    }
    let Some(row) = row(rtype) else {
        return Err(RdataError::at(
            0,
            format!(
                "{rtype} has no text form of its own: write `\\# length hex`, as `\\# 4 c0000201` (RFC 3597 5)"
            ),
        ));
    };
    let mut reader = Reader { row, tokens, at: 0, names, scratch: Vec::new() };
    for field in row.fields {
        reader.field(field, out)?;
    }
    if let Some(extra) = tokens.get(reader.at) {
        let message = format!("`{}` is left over: {rtype} is {}", extra.shown(), syntax(row));
        return Err(RdataError::at(reader.at, message));
    }
    if out.len() > wire::MAX_RDATA {
        return Err(RdataError::at(0, format!("{} octets of data; a record holds at most 65535", out.len())));
    }
    Ok(())
}

/// The fields of a row in one line, with an example.
pub(super) fn syntax(row: &Row) -> String {
    let keys: Vec<&str> = row.fields.iter().map(|field| field.key).collect();
    let example = row.examples.first().copied().unwrap_or_default();
    format!("`{}`, as in `{example}`", keys.join(" "))
}

/// Reads what follows `\#` (RFC 3597 5).
fn generic(rtype: RecordType, tokens: &[Token<'_>], out: &mut Vec<u8>) -> Result<(), RdataError> {
    let length = tokens.first().and_then(|token| std::str::from_utf8(token.bytes).ok());
    let length = length.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let Some(length) = length.and_then(|text| text.parse::<u16>().ok()) else {
        return Err(RdataError::at(
            1,
            "a number of octets from 0 to 65535 follows `\\#` (RFC 3597 5)".into(),
        ));
    };
    for (index, token) in tokens.iter().enumerate().skip(1) {
        let text = String::from_utf8_lossy(token.bytes);
        let octets = plain::decode_hex(&text)
            .map_err(|problem| RdataError::at(index + 1, format!("`{}` {problem}", token.shown())))?;
        out.extend_from_slice(&octets);
    }
    if out.len() != usize::from(length) {
        let message = format!("`\\#` promises {length} octets and {} follow", out.len());
        return Err(RdataError::at(1, message));
    }
    wire::check(rtype, out).map_err(|error| RdataError { token: Some(0), ..error })
}

struct Reader<'a, 't> {
    row: &'static Row,
    tokens: &'t [Token<'a>],
    at: usize,
    names: Names<'a>,
    scratch: Vec<u8>,
}

impl<'a, 't> Reader<'a, 't> {
    fn field(&mut self, field: &'static Field, out: &mut Vec<u8>) -> Result<(), RdataError> {
        match field.kind {
            Kind::Name => {
                let token = self.next(field)?;
                let result = self.names.read(token.bytes, out);
                self.place(field, result)
            }
            Kind::String | Kind::Tag | Kind::LongString | Kind::Text { .. } => {
                let token = self.next(field)?;
                self.text(field, token, out)
            }
            Kind::Strings => {
                let mut token = self.next(field)?;
                loop {
                    self.text(field, token, out)?;
                    if self.at == self.tokens.len() {
                        return Ok(());
                    }
                    token = self.next(field)?;
                }
            }
            Kind::Hex { .. } | Kind::Base64 { .. } => {
                self.next(field)?;
                let words = &self.tokens[self.at - 1..];
                self.at = self.tokens.len();
                let joined: Vec<u8> = words.iter().flat_map(|token| token.bytes).copied().collect();
                self.plain(field, &joined, out)
            }
            Kind::Types => {
                let mut codes = Vec::new();
                while self.at < self.tokens.len() {
                    let token = self.next(field)?;
                    let code = bitmap::code(&String::from_utf8_lossy(token.bytes));
                    codes.push(self.place(field, code)?);
                }
                bitmap::push(&mut codes, out);
                Ok(())
            }
            Kind::Prefixes => {
                while self.at < self.tokens.len() {
                    let token = self.next(field)?;
                    let result = apl::push(&String::from_utf8_lossy(token.bytes), out);
                    self.place(field, result)?;
                }
                Ok(())
            }
            Kind::ServiceParams => {
                let first = self.at;
                self.at = self.tokens.len();
                svcb::parse(&self.tokens[first..], out)
                    .map_err(|(index, problem)| RdataError::at(first + index, problem))
            }
            Kind::Location => {
                let words: Vec<String> = self.tokens.iter().map(Token::shown).collect();
                self.at = self.tokens.len();
                loc::parse(&words, out).map_err(|(index, problem)| RdataError::at(index, problem))
            }
            _ => {
                let token = self.next(field)?;
                self.plain(field, token.bytes, out)
            }
        }
    }

    fn next(&mut self, field: &Field) -> Result<Token<'a>, RdataError> {
        let Some(token) = self.tokens.get(self.at) else {
            let message = format!("{} is missing: {} is {}", field.key, self.row.rtype, syntax(self.row));
            return Err(RdataError::at(self.tokens.len(), message));
        };
        self.at += 1;
        Ok(*token)
    }

    /// Gives a problem with the token read last its place.
    fn place<T>(&self, field: &Field, result: Result<T, String>) -> Result<T, RdataError> {
        result
            .map_err(|problem| RdataError::at(self.at.saturating_sub(1), format!("{} {problem}", field.key)))
    }

    fn plain(&mut self, field: &Field, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), RdataError> {
        // Nearly always UTF-8, which the lossy way is slower to see.
        let text = std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed);
        let result = plain::read(field.kind, &text, out).unwrap_or(Ok(()));
        self.place(field, result)
    }

    fn text(&mut self, field: &Field, token: Token<'_>, out: &mut Vec<u8>) -> Result<(), RdataError> {
        self.scratch.clear();
        let resolved = strings::resolve(token.bytes, &mut self.scratch).map_err(str::to_owned);
        self.place(field, resolved)?;
        let result = push_text(field.kind, &self.scratch, out);
        self.place(field, result)
    }
}

/// Appends one text field of any of the kinds that hold text.
pub(super) fn push_text(kind: Kind, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), String> {
    match kind {
        Kind::Tag if bytes.is_empty() => Err("is empty".into()),
        Kind::LongString => {
            let length = u16::try_from(bytes.len()).map_err(|_| "has more than 65535 octets".to_owned())?;
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(bytes);
            Ok(())
        }
        Kind::Text { min } if bytes.len() < usize::from(min) => Err("is empty".into()),
        Kind::Text { .. } => {
            out.extend_from_slice(bytes);
            Ok(())
        }
        _ => strings::push_string(bytes, out),
    }
}

/// Writes presentation format on one line, names absolute. Reading it gives the same
/// bytes; data that does not fit its type comes as `\# length hex` (RFC 3597 5).
#[must_use]
pub fn to_text(rtype: RecordType, wire: &[u8]) -> String {
    let mut text = String::with_capacity(wire.len() * 2 + 8);
    write_text(rtype, wire, &mut text);
    text
}

/// Appends [`to_text`] to `text`.
pub fn write_text(rtype: RecordType, wire: &[u8], text: &mut String) {
    let start = text.len();
    let whole = row(rtype).is_some_and(|row| write_row(row, wire, text).is_some());
    if !whole || text.len() == start {
        text.truncate(start);
        let _ = write!(text, "\\# {}", wire.len());
        if !wire.is_empty() {
            text.push(' ');
            HEXLOWER.encode_append(wire, text);
        }
    }
}

fn write_row(row: &'static Row, wire: &[u8], text: &mut String) -> Option<()> {
    let mut end = 0;
    for part in wire::split(row, wire) {
        let (field, range) = part.ok()?;
        end = range.end;
        let before = text.len();
        if range.start > 0 {
            text.push(' ');
        }
        let separated = text.len();
        write_field(field, &wire[range], text)?;
        if text.len() == separated {
            // An empty list at the end leaves no space behind.
            text.truncate(before);
        }
    }
    (end == wire.len()).then_some(())
}

fn write_field(field: &Field, wire: &[u8], text: &mut String) -> Option<()> {
    match field.kind {
        Kind::Name => write_name(wire, text),
        Kind::Tag if wire[1..].iter().all(u8::is_ascii_alphanumeric) => {
            text.extend(wire[1..].iter().map(|&byte| char::from(byte)));
        }
        Kind::String | Kind::Tag | Kind::LongString | Kind::Text { .. } => {
            strings::quote(&wire[content(field.kind, wire)], text);
        }
        Kind::Strings => words(strings::strings(wire).map(Some), text, strings::quote)?,
        Kind::Types => words(bitmap::types(wire).map(Some), text, |rtype, text| {
            let _ = write!(text, "{rtype}");
        })?,
        Kind::Prefixes => words(apl::texts(wire), text, |prefix, text| text.push_str(&prefix))?,
        Kind::ServiceParams => svcb::write(wire, text)?,
        Kind::Location => loc::write(wire, text).then_some(())?,
        kind => plain::write(kind, wire, text)?,
    }
    Some(())
}

/// Where the text stands inside a field that holds text.
pub(super) fn content(kind: Kind, wire: &[u8]) -> Range<usize> {
    let skipped = match kind {
        Kind::String | Kind::Tag => 1,
        Kind::LongString => 2,
        _ => 0,
    };
    skipped.min(wire.len())..wire.len()
}

/// Appends an absolute name.
pub(super) fn write_name(wire: &[u8], text: &mut String) {
    name::write_labels(text, wire);
    text.push('.');
}

fn words<T>(
    items: impl Iterator<Item = Option<T>>,
    text: &mut String,
    write: impl Fn(T, &mut String),
) -> Option<()> {
    for (index, item) in items.enumerate() {
        if index > 0 {
            text.push(' ');
        }
        write(item?, text);
    }
    Some(())
}
