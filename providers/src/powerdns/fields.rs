//! Record sets and their members out of the API's JSON, field by field.
//!
//! A field that nobody here knows must be seen, because a write could not send it back. serde's `flatten`
//! shows them as well, but puts every object together twice, which is most of reading a large listing.

use super::api::{ApiRecord, ApiSet};
use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::fmt;

/// The fields of a record set.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum SetField {
    Name,
    Type,
    Ttl,
    Records,
    Comments,
    /// Newer servers tell it.
    ModifiedAt,
    Changetype,
    Other(String),
}

/// The fields of a member.
#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum RecordField {
    Content,
    Disabled,
    ModifiedAt,
    Changetype,
    Other(String),
}

impl<'de> Deserialize<'de> for ApiSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(SetVisitor)
    }
}

impl<'de> Deserialize<'de> for ApiRecord {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(RecordVisitor)
    }
}

struct SetVisitor;

impl<'de> Visitor<'de> for SetVisitor {
    type Value = ApiSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record set")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ApiSet, A::Error> {
        let (mut name, mut rtype, mut ttl, mut records) = (None, None, None, None);
        let (mut comments, mut unknown) = (None, None);
        while let Some(field) = map.next_key()? {
            match field {
                SetField::Name => once(&mut name, "name", &mut map)?,
                SetField::Type => once(&mut rtype, "type", &mut map)?,
                SetField::Ttl => once(&mut ttl, "ttl", &mut map)?,
                SetField::Records => once(&mut records, "records", &mut map)?,
                SetField::Comments => once(&mut comments, "comments", &mut map)?,
                SetField::ModifiedAt | SetField::Changetype => skip(&mut map)?,
                SetField::Other(field) => note(&mut unknown, field, &mut map)?,
            }
        }
        Ok(ApiSet {
            name: name.ok_or_else(|| Error::missing_field("name"))?,
            rtype: rtype.ok_or_else(|| Error::missing_field("type"))?,
            ttl: ttl.ok_or_else(|| Error::missing_field("ttl"))?,
            records: records.ok_or_else(|| Error::missing_field("records"))?,
            comments: comments.unwrap_or_default(),
            unknown,
        })
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = ApiRecord;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a member of a record set")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ApiRecord, A::Error> {
        let (mut content, mut disabled, mut unknown) = (None, None, None);
        while let Some(field) = map.next_key()? {
            match field {
                RecordField::Content => once(&mut content, "content", &mut map)?,
                RecordField::Disabled => once(&mut disabled, "disabled", &mut map)?,
                RecordField::ModifiedAt | RecordField::Changetype => skip(&mut map)?,
                RecordField::Other(field) => note(&mut unknown, field, &mut map)?,
            }
        }
        Ok(ApiRecord {
            content: content.ok_or_else(|| Error::missing_field("content"))?,
            disabled: disabled.unwrap_or_default(),
            unknown,
        })
    }
}

/// Reads the value of a field that stands there once.
fn once<'de, T: Deserialize<'de>, A: MapAccess<'de>>(
    slot: &mut Option<T>,
    field: &'static str,
    map: &mut A,
) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(Error::duplicate_field(field));
    }
    *slot = Some(map.next_value()?);
    Ok(())
}

/// Remembers the first field that nobody here knows; `null` is nothing to send back.
fn note<'de, A: MapAccess<'de>>(
    unknown: &mut Option<String>,
    field: String,
    map: &mut A,
) -> Result<(), A::Error> {
    if map.next_value::<Option<IgnoredAny>>()?.is_some() && unknown.is_none() {
        *unknown = Some(field);
    }
    Ok(())
}

fn skip<'de, A: MapAccess<'de>>(map: &mut A) -> Result<(), A::Error> {
    map.next_value::<IgnoredAny>().map(|_| ())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(set: &serde_json::Value) -> Result<ApiSet, String> {
        serde_json::from_str(&set.to_string()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_field_that_nobody_knows_is_seen_at_the_set_and_at_its_members() {
        let set = |set: serde_json::Value, record: serde_json::Value| {
            let mut whole = json!({ "name": "www.example.", "type": "A", "ttl": 60, "records": [record] });
            whole.as_object_mut().unwrap().extend(set.as_object().unwrap().clone());
            read(&whole).unwrap()
        };
        let plain = json!({ "content": "192.0.2.1", "disabled": false, "modified_at": 1_700_000_000 });
        let known = set(json!({ "changetype": "REPLACE", "comments": [], "weight": null }), plain.clone());
        assert_eq!(known.unknown_field(), None);
        assert_eq!(set(json!({ "weight": 3 }), plain).unknown_field(), Some("weight"));
        let marked = json!({ "content": "192.0.2.1", "set-ptr": false });
        assert_eq!(set(json!({}), marked).unknown_field(), Some("set-ptr"));
    }

    #[test]
    fn a_set_that_lacks_a_field_or_has_it_twice_is_no_set() {
        let error = read(&json!({ "name": "www.example.", "type": "A", "records": [] })).unwrap_err();
        assert!(error.contains("missing field `ttl`"), "{error}");
        let twice = r#"{"name": "www.example.", "type": "A", "ttl": 60, "ttl": 90, "records": []}"#;
        let error = serde_json::from_str::<ApiSet>(twice).unwrap_err().to_string();
        assert!(error.contains("duplicate field `ttl`"), "{error}");
    }
}
