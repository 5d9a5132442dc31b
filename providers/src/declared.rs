//! What a zone file may say under a provider's name: tables of keys, by which settings are read and checked.

#[cfg(feature = "cloudflare")]
pub(crate) mod members;
#[cfg(feature = "route53")]
pub(crate) mod xml;

use dnsure_zones::Settings;
use serde_json::{Map, Value};

/// One setting.
pub(crate) struct Field {
    /// Its key in zone files; empty for what is no setting and stands in the table for its place only.
    pub(crate) key: &'static str,
    /// What the service calls it; empty where that is not said by a table.
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// What may stand there.
pub(crate) enum Kind {
    /// A text, not empty; a number counts as one.
    Text,
    /// A text; one that is empty, or nothing, is as if it were not there.
    Optional,
    /// A text, empty where there shall be none.
    Comment,
    /// A text that begins like this, and what it is.
    Beginning(&'static str, &'static str),
    /// One of these words.
    Word(&'static [&'static str]),
    Number(i64, i64),
    Bool,
    /// True; false is as if it were not there.
    Flag,
    /// A list of texts.
    Texts,
    /// Names with texts.
    Labels,
    /// A mapping that is passed on as it is, and what it looks like.
    Mapping(&'static str),
    Group(&'static [Field]),
    /// What the backend reads by itself.
    Apart,
    /// What only other programs read.
    Ignored,
}

impl Field {
    pub(crate) const fn new(key: &'static str, name: &'static str, kind: Kind) -> Self {
        Self { key, name, kind }
    }

    /// A text.
    pub(crate) const fn text(key: &'static str, name: &'static str) -> Self {
        Self::new(key, name, Kind::Text)
    }

    /// What is no setting.
    pub(crate) const fn apart(name: &'static str) -> Self {
        Self::new("", name, Kind::Apart)
    }
}

/// The settings in the form in which they are compared.
///
/// # Errors
/// The key that is not known or holds what it may not, and what may stand there.
pub(crate) fn checked<'f>(
    place: &str,
    fields: impl IntoIterator<Item = &'f Field> + Clone,
    settings: &Map<String, Value>,
) -> Result<Map<String, Value>, String> {
    let mut normal = Map::new();
    for (key, value) in settings {
        let Some(field) = fields.clone().into_iter().find(|field| field.key == key) else {
            let ours = fields.into_iter().filter(|field| !matches!(field.kind, Kind::Ignored));
            let keys: Vec<&str> = ours.map(|field| field.key).collect();
            let key = crate::http::shown(key);
            return Err(format!("`{place}` has no setting `{key}`: it has {}", keys.join(", ")));
        };
        if let Some(held) = field.kind.read(place, key, value)? {
            normal.insert(key.clone(), held);
        }
    }
    Ok(normal)
}

/// What `settings` say under a provider's name; those of other providers are theirs.
///
/// # Errors
/// As [`checked`], and what is no mapping.
pub(crate) fn own(
    namespace: &str,
    fields: &[Field],
    settings: Option<&Settings>,
) -> Result<Map<String, Value>, String> {
    match settings.and_then(|settings| settings.0.get(namespace)) {
        None => Ok(Map::new()),
        Some(Value::Object(own)) => checked(namespace, fields, own),
        Some(_) => {
            let ours = fields.iter().filter(|field| !matches!(field.kind, Kind::Ignored));
            let keys: Vec<String> = ours.map(|field| format!("`{}`", field.key)).collect();
            Err(format!("`{namespace}` takes a mapping of {}", keys.join(", ")))
        }
    }
}

impl Kind {
    /// The value as it is compared, if it says anything.
    fn read(&self, place: &str, key: &str, value: &Value) -> Result<Option<Value>, String> {
        let wants = |what: &str| Err(format!("`{place}: {key}` must be {what}"));
        let is_text = |value: &Value| value.is_string();
        let fits = match (self, value) {
            (Self::Ignored | Self::Apart, _) | (Self::Optional, Value::Null) => return Ok(None),
            (Self::Optional, Value::String(text)) if text.is_empty() => return Ok(None),
            (Self::Flag, Value::Bool(false)) => return Ok(None),
            (Self::Text | Self::Optional, Value::Number(number)) => {
                return Ok(Some(number.to_string().into()));
            }
            (Self::Group(fields), Value::Object(inner)) => {
                return checked(key, *fields, inner).map(|inner| Some(inner.into()));
            }
            (Self::Text, Value::String(text)) => !text.is_empty(),
            (Self::Optional | Self::Comment, value) => value.is_string(),
            (Self::Beginning(with, _), Value::String(text)) => text.starts_with(with),
            (Self::Word(words), Value::String(word)) => words.contains(&word.as_str()),
            (Self::Number(least, most), value) => {
                value.as_i64().is_some_and(|number| (*least..=*most).contains(&number))
            }
            (Self::Bool | Self::Flag, value) => value.is_boolean(),
            (Self::Texts, Value::Array(texts)) => texts.iter().all(is_text),
            (Self::Labels, Value::Object(texts)) => texts.values().all(is_text),
            (Self::Mapping(_), value) => value.is_object(),
            _ => false,
        };
        if fits {
            return Ok(Some(value.clone()));
        }
        match self {
            Self::Beginning(with, what) => wants(&format!("{what}: {with}…")),
            Self::Word(words) => wants(&words.join(" or ")),
            Self::Number(least, most) => wants(&format!("a whole number from {least} to {most}")),
            Self::Bool | Self::Flag => wants("true or false"),
            Self::Texts => wants("a list of texts"),
            Self::Labels => wants("names with texts; put numbers into quotes"),
            Self::Mapping(example) => wants(&format!("a mapping, as `{example}`")),
            Self::Group(_) => wants("a mapping"),
            Self::Text | Self::Optional | Self::Comment | Self::Ignored | Self::Apart => wants("a text"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    const TABLE: &[Field] = &[
        Field::new("weight", "", Kind::Number(0, 255)),
        Field::new("when", "", Kind::Word(&["first", "then"])),
        Field::new("note", "", Kind::Comment),
        Field::new("off", "", Kind::Flag),
        Field::new("health", "", Kind::Ignored),
        Field::new("to", "", Kind::Group(&[Field::new("name", "", Kind::Optional)])),
    ];

    fn read(settings: Value) -> Result<Value, String> {
        checked("cloud", TABLE, settings.as_object().unwrap()).map(Value::Object)
    }

    #[test]
    fn what_says_something_is_kept_and_what_others_read_is_not() {
        let settings = json!({ "weight": 3, "when": "then", "note": "", "off": false, "health": { "path": "/" }, "to": { "name": "" } });
        assert_eq!(read(settings).unwrap(), json!({ "weight": 3, "when": "then", "note": "", "to": {} }));
    }

    #[test]
    fn only_the_settings_under_the_own_name_are_read() {
        let all = |own: Value| Settings([("cloud".into(), own), ("other".into(), json!(1))].into());
        let read = |settings: Option<&Settings>| own("cloud", TABLE, settings).map(Value::Object);
        assert_eq!(read(None), Ok(json!({})));
        assert_eq!(read(Some(&all(json!({ "weight": 3 })))), Ok(json!({ "weight": 3 })));
        let words = "`cloud` takes a mapping of `weight`, `when`, `note`, `off`, `to`";
        assert_eq!(read(Some(&all(json!("x")))), Err(words.to_owned()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place_and_what_may_stand_there() {
        let why = |settings: Value| read(settings).unwrap_err();
        assert_eq!(
            why(json!({ "wait": 1 })),
            "`cloud` has no setting `wait`: it has weight, when, note, off, to"
        );
        assert_eq!(why(json!({ "weight": 256 })), "`cloud: weight` must be a whole number from 0 to 255");
        assert_eq!(why(json!({ "when": "last" })), "`cloud: when` must be first or then");
        assert_eq!(why(json!({ "to": { "name": [] } })), "`to: name` must be a text");
        assert_eq!(why(json!({ "to": { "place": 1 } })), "`to` has no setting `place`: it has name");
    }
}
