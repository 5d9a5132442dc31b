//! Settings as the elements of an API: a table of fields is its schema, each with the name of its element.

use super::{Field, Kind};
use crate::http::shown;
use crate::http::xml::{Element, leaf, within};
use serde_json::{Map, Value};

/// The settings among the parts of an element.
///
/// # Errors
/// The part that is not in the table or cannot be read.
pub(crate) fn read(fields: &[Field], element: &Element) -> Result<Map<String, Value>, String> {
    let mut settings = Map::new();
    for part in &element.children {
        let field = fields.iter().find(|field| field.name == part.name);
        let field =
            field.ok_or_else(|| format!("it has {}, which dnsure does not know", shown(&part.name)))?;
        let bad = || format!("{} holds what dnsure does not understand", part.name);
        let text = part.text.as_str();
        let value = match &field.kind {
            Kind::Apart => continue,
            Kind::Flag if text == "false" => continue,
            Kind::Group(fields) => read(fields, part)?.into(),
            Kind::Word(words) => {
                let word = words.iter().find(|word| word.eq_ignore_ascii_case(text));
                (*word.ok_or_else(bad)?).into()
            }
            Kind::Number(..) => text.parse::<i64>().map_err(|_| bad())?.into(),
            Kind::Bool | Kind::Flag => text.parse::<bool>().map_err(|_| bad())?.into(),
            _ => text.into(),
        };
        settings.insert(field.key.to_owned(), value);
    }
    Ok(settings)
}

/// The elements of all settings in the order of the table; `apart` gives those that are no settings.
pub(crate) fn written(
    fields: &[Field],
    settings: &Map<String, Value>,
    apart: &dyn Fn(&str) -> Option<String>,
) -> String {
    let element = |field: &Field| match (&field.kind, settings.get(field.key)) {
        (Kind::Apart, _) => apart(field.name),
        (_, None) => None,
        (Kind::Group(fields), Some(Value::Object(inner))) => {
            Some(within(field.name, &written(fields, inner, apart)))
        }
        (Kind::Word(_), Some(Value::String(word))) => Some(leaf(field.name, &word.to_ascii_uppercase())),
        (_, Some(Value::String(text))) => Some(leaf(field.name, text)),
        (_, Some(other)) => Some(leaf(field.name, &other.to_string())),
    };
    fields.iter().filter_map(element).collect()
}

/// The parts of an element word for word, in the order of the table; those that are not in it come last.
pub(crate) fn in_order(fields: &[Field], element: &Element, document: &str) -> String {
    let place = |part: &Element| fields.iter().position(|field| field.name == part.name);
    let mut parts: Vec<&Element> = element.children.iter().collect();
    parts.sort_by_key(|part| place(part).unwrap_or(fields.len()));
    parts.into_iter().map(|part| &document[part.place.clone()]).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::http::xml::parse;
    use serde_json::json;

    const FIELDS: &[Field] = &[
        Field::apart("Name"),
        Field::new("weight", "Weight", Kind::Number(0, 255)),
        Field::new("when", "When", Kind::Word(&["first", "then"])),
        Field::new("many", "Many", Kind::Flag),
        Field::new("to", "Target", Kind::Group(&[Field::text("host", "Host")])),
    ];

    fn settings(parts: &str) -> Result<Value, String> {
        read(FIELDS, &parse(&within("Set", parts)).unwrap()).map(Value::Object)
    }

    #[test]
    fn what_was_read_is_written_again_in_the_order_of_the_table() {
        let parts = "<Target><Host>a&amp;b</Host></Target><When>THEN</When><Weight>3</Weight><Many>true</Many><Name>n</Name>";
        let read = settings(parts).unwrap();
        assert_eq!(read, json!({ "weight": 3, "when": "then", "many": true, "to": { "host": "a&b" } }));
        let name = |element: &str| Some(leaf(element, "n"));
        let order = "<Name>n</Name><Weight>3</Weight><When>THEN</When><Many>true</Many><Target><Host>a&amp;b</Host></Target>";
        assert_eq!(written(FIELDS, read.as_object().unwrap(), &name), order);
        let document = within("Set", &format!("{parts}<New> 1</New>"));
        assert_eq!(in_order(FIELDS, &parse(&document).unwrap(), &document), format!("{order}<New> 1</New>"));
    }

    #[test]
    fn what_says_nothing_is_left_out_and_what_is_not_understood_is_told() {
        assert_eq!(settings("<Many>false</Many>").unwrap(), json!({}));
        let why = |parts: &str| settings(parts).unwrap_err();
        assert_eq!(why("<New/>"), "it has New, which dnsure does not know");
        assert!(why("<Target><Port>1</Port></Target>").contains("it has Port"));
        for bad in ["<Weight>x</Weight>", "<When>last</When>", "<Many>maybe</Many>"] {
            assert!(why(bad).ends_with("holds what dnsure does not understand"), "{bad}");
        }
    }
}
