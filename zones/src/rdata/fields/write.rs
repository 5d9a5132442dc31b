//! Writing values as octoDNS's YAML has them.

use super::{FieldInput, RDATA_KEY};
use crate::RecordType;
use crate::rdata::table::{Field, Row, row};
use crate::rdata::{Kind, apl, bitmap, loc, plain, strings, svcb, text, wire};

/// Writes one value in octoDNS's form, with its canonical keys. What that form cannot
/// hold (text that is not UTF-8, data that does not fit its type) comes as
/// `{rdata: presentation format}`. [`from_fields`](super::from_fields) gives the same bytes again.
#[must_use]
pub fn to_fields(rtype: RecordType, data: &[u8]) -> FieldInput {
    let exact =
        row(rtype).filter(|_| wire::check(rtype, data).is_ok()).and_then(|row| row_to_fields(row, data));
    exact.unwrap_or_else(|| match row(rtype) {
        Some(_) => {
            FieldInput::Map(vec![(RDATA_KEY.to_owned(), FieldInput::Scalar(text::to_text(rtype, data)))])
        }
        None => FieldInput::Scalar(text::to_text(rtype, data)),
    })
}

fn row_to_fields(row: &'static Row, data: &[u8]) -> Option<FieldInput> {
    let mut pairs = Vec::new();
    for part in wire::split(row, data) {
        let (field, range) = part.ok()?;
        let value = field_to_input(field, &data[range])?;
        if row.is_plain() || field.kind == Kind::Location {
            return Some(value);
        }
        pairs.push((field.key.to_owned(), value));
    }
    Some(FieldInput::Map(pairs))
}

fn field_to_input(field: &Field, wire: &[u8]) -> Option<FieldInput> {
    let mut text = String::new();
    match field.kind {
        Kind::Name => text::write_name(wire, &mut text),
        Kind::Tag if !wire[1..].iter().all(u8::is_ascii_alphanumeric) => return None,
        Kind::String if field.caseless && wire[1..].iter().any(u8::is_ascii_lowercase) => return None,
        Kind::String | Kind::Tag | Kind::LongString | Kind::Text { .. } => {
            strings::escape(&wire[text::content(field.kind, wire)], &mut text);
        }
        Kind::Strings => return strings_to_input(wire),
        Kind::ServiceParams => return Some(svcb::to_fields(wire)),
        Kind::Location => return loc::to_fields(wire),
        Kind::Types => {
            let types = bitmap::types(wire).map(|rtype| FieldInput::Scalar(rtype.to_string()));
            return Some(FieldInput::List(types.collect()));
        }
        Kind::Prefixes => {
            let prefixes = apl::texts(wire).map(|text| text.map(FieldInput::Scalar));
            return prefixes.collect::<Option<_>>().map(FieldInput::List);
        }
        kind => plain::write(kind, wire, &mut text)?,
    }
    Some(FieldInput::Scalar(text))
}

fn strings_to_input(wire: &[u8]) -> Option<FieldInput> {
    let parts: Vec<&[u8]> = strings::strings(wire).collect();
    let joined = parts.concat();
    let mut chunked = Vec::with_capacity(wire.len());
    strings::push_chunks(&joined, &mut chunked);
    if chunked == wire {
        return String::from_utf8(joined).ok().map(FieldInput::Scalar);
    }
    let texts = parts.into_iter().map(|part| String::from_utf8(part.to_vec()).ok().map(FieldInput::Scalar));
    texts.collect::<Option<_>>().map(FieldInput::List)
}
