//! Service parameters as octoDNS's YAML has them.

use super::{Collected, Shape, items, key_called, key_name, params, push_protocol, texts};
use super::{written_protocols, written_shape};
use crate::rdata::fields::{FieldInput, Mapping};
use crate::rdata::strings;

/// Reads octoDNS's `svcparams`.
pub(in crate::rdata) fn from_fields(mapping: &mut Mapping<'_>, out: &mut Vec<u8>) {
    let mut collected = Collected::default();
    for (name, input) in mapping.pairs() {
        let result = key_called(name).and_then(|(key, shape)| {
            field_value(shape, key, input, mapping).map_or(Ok(()), |value| collected.push(key, value, ()))
        });
        if let Err(problem) = result {
            mapping.problem(name, problem);
        }
    }
    collected.write(out);
}

/// `None` when a problem was reported with a place of its own.
fn field_value(shape: Shape, key: u16, input: &FieldInput, mapping: &mut Mapping<'_>) -> Option<Vec<u8>> {
    let name = key_name(key);
    let result = match (shape, input) {
        (Shape::Nothing, FieldInput::Null) => Ok(Vec::new()),
        (Shape::Nothing, _) => Err(format!("{name} takes no value: write `{name}: null`")),
        (Shape::Opaque, FieldInput::Null) => Ok(Vec::new()),
        (Shape::Opaque | Shape::Text, FieldInput::Scalar(text)) => {
            let mut bytes = Vec::new();
            let resolved = strings::resolve(text.as_bytes(), &mut bytes);
            resolved.map(|()| bytes).map_err(|problem| format!("{name} {problem}"))
        }
        (Shape::Number | Shape::Base64, FieldInput::Scalar(text)) => {
            items(shape, key, &mut std::iter::once(text.trim()))
        }
        (
            Shape::Keys | Shape::Protocols | Shape::Ipv4s | Shape::Ipv6s | Shape::Numbers,
            FieldInput::List(list),
        ) => {
            return list_value(shape, key, list, mapping);
        }
        (
            Shape::Keys | Shape::Protocols | Shape::Ipv4s | Shape::Ipv6s | Shape::Numbers,
            FieldInput::Scalar(text),
        ) => Err(format!("{name} takes a list: write [{text}]")),
        _ => Err(format!("{name} takes one value")),
    };
    result.map_err(|problem| mapping.problem(&written_name(key, mapping), problem)).ok()
}

/// The spelling of `key` in the mapping, for the path of a problem.
fn written_name(key: u16, mapping: &Mapping<'_>) -> String {
    let written =
        mapping.pairs().iter().find(|(name, _)| key_called(name).is_ok_and(|(known, _)| known == key));
    written.map_or_else(|| key_name(key), |(name, _)| name.clone())
}

fn list_value(shape: Shape, key: u16, list: &[FieldInput], mapping: &mut Mapping<'_>) -> Option<Vec<u8>> {
    let name = written_name(key, mapping);
    let mut texts = Vec::new();
    let mut whole = true;
    for (index, item) in list.iter().enumerate() {
        let result = match item {
            FieldInput::Scalar(text) => match shape {
                Shape::Protocols => written_protocols(text).map(|_| text.as_str()),
                _ => items(shape, key, &mut std::iter::once(text.as_str())).map(|_| text.as_str()),
            },
            _ => Err(format!("{name} takes a list of plain values")),
        };
        match result {
            Ok(text) => texts.push(text),
            Err(problem) => {
                mapping.problem_at(&[&name, &index.to_string()], problem);
                whole = false;
            }
        }
    }
    if !whole {
        return None;
    }
    let result = match (texts.is_empty(), shape) {
        (true, _) => Err(format!("{name} has an empty list: leave it out, or name something")),
        (_, Shape::Protocols) => written_protocols(&texts.join(",")),
        _ => items(shape, key, &mut texts.into_iter()),
    };
    result.map_err(|problem| mapping.problem(&name, problem)).ok()
}

/// Writes octoDNS's `svcparams`, with escapes that stand without quotes.
pub(in crate::rdata) fn to_fields(wire: &[u8]) -> FieldInput {
    let mut pairs = Vec::new();
    for (key, value) in params(wire) {
        let list = |texts: Vec<String>| FieldInput::List(texts.into_iter().map(FieldInput::Scalar).collect());
        let input = match written_shape(key) {
            Shape::Nothing => FieldInput::Null,
            Shape::Protocols => list(
                strings::strings(value)
                    .map(|protocol| {
                        let mut item = Vec::new();
                        push_protocol(protocol, &mut item);
                        strings::word(&item)
                    })
                    .collect(),
            ),
            Shape::Text | Shape::Opaque => FieldInput::Scalar(strings::word(value)),
            shape @ (Shape::Number | Shape::Base64) => FieldInput::Scalar(texts(shape, value).concat()),
            shape => list(texts(shape, value)),
        };
        pairs.push((key_name(key), input));
    }
    FieldInput::Map(pairs)
}
