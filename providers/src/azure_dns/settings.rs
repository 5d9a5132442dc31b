//! What stands beside the data of a record set, in the namespace that octoDNS's provider has.

use crate::declared::{Field, Kind};
use dnsure_zones::Settings;
use serde_json::{Map, Value, json};

/// The namespace.
pub(super) const NAMESPACE: &str = "azuredns";
/// In it: the id of the Azure resource whose addresses or name are answered.
pub(super) const ALIAS: &str = "alias";
/// In it: names and texts that are kept with the set and never served.
pub(super) const METADATA: &str = "metadata";
/// In it: the id of a Traffic Manager profile that makes the answers; only ever listed.
const PROFILE: &str = "traffic-management-profile";
/// In it: the properties of a record set of an unknown type; only ever listed.
const VERBATIM: &str = "properties";

/// What zone files may say.
pub(super) const FIELDS: &[Field] = &[
    Field::new(ALIAS, "targetResource", Kind::Beginning("/subscriptions/", "the id of an Azure resource")),
    Field::new(METADATA, "metadata", Kind::Labels),
    // octoDNS's own key: how Traffic Manager watches the pools of its `dynamic` records.
    Field::new("healthcheck", "", Kind::Ignored),
];

/// Whether there is anything in it: Azure gives `{}` for none, and so may a file.
pub(super) fn is_some(value: &Value) -> bool {
    ![Value::Null, json!(""), json!({})].contains(value)
}

/// Whether a member of the properties holds settings that files may have.
pub(super) fn is_known(member: &str) -> bool {
    FIELDS.iter().any(|field| field.name == member)
}

/// The settings in the properties of a listed record set.
pub(super) fn of(properties: &Map<String, Value>) -> Settings {
    let id = |member: &str| properties.get(member)?.get("id").filter(|id| id.is_string());
    let listed = [
        (ALIAS, id("targetResource")),
        (PROFILE, id("trafficManagementProfile")),
        (METADATA, properties.get("metadata").filter(|metadata| metadata.is_object())),
    ];
    let said =
        listed.into_iter().filter_map(|(key, value)| Some((key, value.filter(|value| is_some(value))?)));
    Settings::of(NAMESPACE, said.map(|(key, value)| (key.to_owned(), value.clone())).collect())
}

/// Those of a record set of an unknown type.
pub(super) fn verbatim(properties: &Map<String, Value>) -> Settings {
    Settings::of(NAMESPACE, Map::from_iter([(VERBATIM.to_owned(), properties.clone().into())]))
}

/// The resource of an alias record.
pub(super) fn target(settings: &Settings) -> Option<&str> {
    settings.own(NAMESPACE, ALIAS)?.as_str()
}

/// Whether a Traffic Manager profile makes the answers.
pub(super) fn has_profile(settings: &Settings) -> bool {
    settings.own(NAMESPACE, PROFILE).is_some()
}

/// Whether something is answered although there are no records.
pub(super) fn makes_answers(settings: &Settings) -> bool {
    [ALIAS, PROFILE, VERBATIM].iter().any(|key| settings.own(NAMESPACE, key).is_some())
}
