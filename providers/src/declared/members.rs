//! Settings that every record of a set has for itself, where a zone file speaks of the set.
//!
//! What a file says is said of all of them; `values` says what is other, member by member:
//!
//! ```yaml
//! octodns: {cloudflare: {comment: web, values: [{value: 192.0.2.2, comment: the old one}]}}
//! ```

use super::{Field, Kind, checked};
use crate::declared;
use dnsure_zones::{Name, RecordSet, Settings, rdata};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The key for single members, of the kind [`Kind::Apart`] in a table.
pub(crate) const VALUES: &str = "values";

/// What a service keeps beside the data of each record.
pub(crate) struct PerRecord {
    /// The service's name in zone files.
    pub(crate) namespace: &'static str,
    /// The keys; the name of each is where it stands in a record of the API, a dot leads into an object.
    pub(crate) fields: &'static [Field],
    /// Keys that are off where a file does not say them; the others then stay as they are at the service.
    pub(crate) off_unless_said: &'static [&'static str],
    /// Keys that a set has as soon as one of its records has them.
    pub(crate) of_one_for_all: &'static [&'static str],
}

/// The settings of one record; what says no more than if it were not there is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Own(BTreeMap<String, Value>);

impl Own {
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }

    /// Whether a switch is on.
    pub(crate) fn is(&self, key: &str) -> bool {
        self.get(key) == Some(&Value::Bool(true))
    }

    /// Sets `key`; a value that says nothing takes it away. Texts in a list stand in order, each once.
    pub(crate) fn set(&mut self, key: &str, mut value: Value) {
        if let Value::Array(texts) = &mut value {
            texts.sort_by(|one, other| one.as_str().cmp(&other.as_str()));
            texts.dedup();
        }
        if value.is_null() || [json!(false), json!(""), json!([])].contains(&value) {
            self.0.remove(key)
        } else {
            self.0.insert(key.to_owned(), value)
        };
    }

    fn apply(&mut self, said: &Map<String, Value>) {
        said.iter().for_each(|(key, value)| self.set(key, value.clone()));
    }
}

impl PerRecord {
    fn each(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| !matches!(field.kind, Kind::Apart))
    }

    fn named(&self) -> impl Iterator<Item = &Field> {
        self.each().filter(|field| !field.name.is_empty())
    }

    /// What a record of the API says of them.
    ///
    /// # Errors
    /// A value of another kind.
    pub(crate) fn read(&self, record: &Value) -> Result<Own, String> {
        let at = |path: &str| path.split('.').try_fold(record, |place, key| place.get(key));
        let said = self.named().filter_map(|field| Some((field.key.to_owned(), at(field.name)?.clone())));
        let said = said.filter(|(_, value)| !value.is_null()).collect();
        let mut own = Own::default();
        own.apply(&checked(self.namespace, self.fields, &said)?);
        Ok(own)
    }

    /// Puts into a request what is to be other than `before`.
    pub(crate) fn write(&self, own: &Own, before: &Own, request: &mut Value) {
        for field in self.named().filter(|field| own.get(field.key) != before.get(field.key)) {
            *field.name.split('.').fold(&mut *request, |place, key| &mut place[key]) = field.of(own);
        }
    }

    /// The settings of each member of a set, in the order of its members. A member keeps what it has
    /// in `live` where the file says nothing of it.
    ///
    /// # Errors
    /// A setting that is unknown or of another kind, and a value that is none of the set.
    pub(crate) fn of_members(&self, set: &RecordSet, live: Option<&RecordSet>) -> Result<Vec<Own>, String> {
        let Self { namespace, fields, .. } = self;
        let says = |settings: &&Settings| settings.0.get(*namespace).is_some_and(|said| !said.is_null());
        let of_all = declared::own(namespace, fields, Some(&set.settings).filter(says))?;
        let mut members = self.kept(set, live)?;
        members.iter_mut().for_each(|own| own.apply(&of_all));
        let entries = match set.settings.own(namespace, VALUES) {
            None => &[][..],
            Some(Value::Array(entries)) => entries,
            Some(_) => return Err(format!("`{namespace}: {VALUES}` must be a list")),
        };
        for entry in entries {
            let fault = || {
                format!(
                    "`{namespace}: {VALUES}` must be a list of mappings, each with a `value` of the record set"
                )
            };
            let mut said = entry.as_object().cloned().ok_or_else(fault)?;
            let Some(Value::String(text)) = said.remove("value") else { return Err(fault()) };
            let wire = rdata::parse_text(set.key.rtype, &text, &Name::root())
                .map_err(|error| format!("{}: {error}", fault()))?;
            let own = place(set, &wire).and_then(|place| members.get_mut(place)).ok_or_else(fault)?;
            own.apply(&checked(namespace, *fields, &said)?);
        }
        Ok(members)
    }

    /// What stays of the settings of `live`: a member that is new gets what all others have.
    fn kept(&self, set: &RecordSet, live: Option<&RecordSet>) -> Result<Vec<Own>, String> {
        let Some(live) = live else { return Ok(vec![Own::default(); set.rdatas().len()]) };
        let mut there = self.of_members(live, None)?;
        for own in &mut there {
            own.0.retain(|key, _| !self.off_unless_said.contains(&key.as_str()));
        }
        let mut common = there.first().cloned().unwrap_or_default();
        common.0.retain(|key, value| there.iter().all(|own| own.get(key) == Some(value)));
        let members = set.rdatas().iter().map(|data| there.get(place(live, data.wire())?).cloned());
        Ok(members.map(|own| own.unwrap_or_else(|| common.clone())).collect())
    }

    /// The settings of a set whose members have these: always the same for the same members.
    pub(crate) fn of_set(&self, set: &RecordSet, members: &[Own]) -> Settings {
        let mut common = Own::default();
        for Field { key, .. } in self.each() {
            let first = members.iter().find_map(|own| own.get(key));
            if self.of_one_for_all.contains(key) || members.iter().all(|own| own.get(key) == first) {
                common.set(key, first.cloned().unwrap_or_default());
            }
        }
        let differs = |(own, text): (&Own, String)| {
            let others = self.each().filter(|field| own.get(field.key) != common.get(field.key));
            let mut said: Map<_, _> = others.map(|field| (field.key.to_owned(), field.of(own))).collect();
            (!said.is_empty()).then(|| {
                said.insert("value".into(), text.into());
                Value::Object(said)
            })
        };
        let values: Vec<Value> = members.iter().zip(set.texts()).filter_map(differs).collect();
        let mut said: Map<_, _> = common.0.into_iter().collect();
        if !values.is_empty() {
            said.insert(VALUES.into(), values.into());
        }
        Settings::of(self.namespace, said)
    }
}

impl Field {
    /// What a record has, or what says that it has nothing.
    fn of(&self, own: &Own) -> Value {
        own.get(self.key).cloned().unwrap_or_else(|| match self.kind {
            Kind::Bool => json!(false),
            Kind::Texts => json!([]),
            _ => json!(""),
        })
    }
}

/// The place of these data among the members of a set.
fn place(set: &RecordSet, wire: &[u8]) -> Option<usize> {
    let canonical = |wire| rdata::canonical(set.key.rtype, wire);
    set.rdatas().iter().position(|data| canonical(data.wire()) == canonical(wire))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use dnsure_zones::{Rdata, RecordKey, RecordType, Ttl};

    const CLOUD: PerRecord = PerRecord {
        namespace: "cloud",
        fields: &[
            Field::new("note", "meta.note", Kind::Comment),
            Field::new("on", "on", Kind::Bool),
            Field::new("tags", "meta.tags", Kind::Texts),
            Field::new(VALUES, "", Kind::Apart),
        ],
        off_unless_said: &["on"],
        of_one_for_all: &["on"],
    };

    fn set(last: &[u8], said: Value) -> RecordSet {
        let key = RecordKey::new("www.example.".parse().unwrap(), RecordType::A);
        let data = last.iter().map(|last| Rdata::new([192, 0, 2, *last]));
        let mut set = RecordSet::new(key, Ttl::from_wire(300), data);
        set.settings.0.insert("cloud".into(), said);
        set
    }

    /// What a set says once each member was told what is its own.
    fn again(set: &RecordSet, live: Option<&RecordSet>) -> Result<Value, String> {
        let members = CLOUD.of_members(set, live)?;
        Ok(CLOUD.of_set(set, &members).0.remove("cloud").unwrap_or_default())
    }

    #[test]
    fn what_is_said_of_the_set_and_of_single_members_has_one_form() {
        let said = json!({ "note": "", "tags": ["b", "a", "b"], "values": [
            { "value": "192.0.2.1", "note": "one" }, { "value": "192.0.2.2", "tags": [] }] });
        let form = json!({ "values": [
            { "value": "192.0.2.1", "note": "one", "tags": ["a", "b"] }] });
        assert_eq!(again(&set(&[1, 2], said), None), Ok(form.clone()));
        assert_eq!(again(&set(&[1, 2], form.clone()), None), Ok(form));
        let same = json!({ "values": [{ "value": "192.0.2.1", "note": "x" }, { "value": "192.0.2.2", "note": "x" }] });
        assert_eq!(again(&set(&[1, 2], same), None), Ok(json!({ "note": "x" })));
        let one = json!({ "values": [{ "value": "192.0.2.1", "on": true }] });
        let for_all = json!({ "on": true, "values": [{ "value": "192.0.2.2", "on": false }] });
        assert_eq!(again(&set(&[1, 2], one), None), Ok(for_all));
    }

    #[test]
    fn members_keep_what_a_file_does_not_say_and_new_ones_get_what_all_have() {
        let live = set(
            &[1, 2],
            json!({ "on": true, "tags": ["a"], "values": [{ "value": "192.0.2.1", "note": "one" }] }),
        );
        let kept = json!({ "tags": ["a"], "values": [{ "value": "192.0.2.1", "note": "one" }] });
        assert_eq!(again(&set(&[1, 3], json!({})), Some(&live)), Ok(kept));
        assert_eq!(again(&set(&[1, 3], json!({ "note": "", "tags": [] })), Some(&live)), Ok(Value::Null));
    }

    #[test]
    fn what_is_none_of_the_set_or_of_the_table_is_told() {
        assert_eq!(again(&set(&[1], Value::Null), None), Ok(Value::Null), "nothing is said");
        let why = |said: Value| again(&set(&[1], said), None).unwrap_err();
        assert!(why(json!({ "off": true })).contains("no setting `off`"));
        assert!(why(json!("x")).contains("takes a mapping of `note`"));
        assert!(why(json!({ "values": {} })).contains("must be a list"));
        for entry in [json!("x"), json!({ "note": "x" }), json!({ "value": "192.0.2.9" })] {
            assert!(why(json!({ "values": [entry] })).contains("each with a `value` of the record set"));
        }
        assert!(why(json!({ "values": [{ "value": "192.0.2.1", "on": 1 }] })).contains("true or false"));
        assert!(again(&set(&[], json!({ "on": 1 })), None).is_err());
    }

    #[test]
    fn a_record_of_the_api_is_read_by_the_table_and_told_only_what_changes() {
        let record = json!({ "on": false, "meta": { "note": "x", "tags": null, "other": 1 } });
        let own = CLOUD.read(&record).unwrap();
        assert_eq!(own.get("note"), Some(&json!("x")));
        assert!(CLOUD.read(&json!({ "on": "yes" })).is_err());
        let mut request = json!({ "content": "192.0.2.1" });
        CLOUD.write(&own, &own, &mut request);
        assert_eq!(request, json!({ "content": "192.0.2.1" }));
        let mut other = Own::default();
        other.set("on", json!(true));
        CLOUD.write(&other, &own, &mut request);
        assert_eq!(request, json!({ "content": "192.0.2.1", "on": true, "meta": { "note": "" } }));
    }
}
