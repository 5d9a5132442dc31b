//! What stands beside the data of a record set, in the namespace that octoDNS's provider has.

use crate::declared::{Field, Kind};
use dnsure_zones::Settings;
use serde_json::{Map, Value};

/// The namespace.
pub(super) const NAMESPACE: &str = "azuredns";
/// In it: the id of the Azure resource whose addresses or name are answered.
pub(super) const ALIAS: &str = "alias";
/// In it: names and texts that are kept with the set and never served.
pub(super) const METADATA: &str = "metadata";
/// In it: the id of a Traffic Manager profile that makes the answers; only ever listed.
const PROFILE: &str = "traffic-management-profile";
/// In it: the properties of a record set of an unknown type; only ever listed.
pub(super) const VERBATIM: &str = "properties";

/// What zone files may say.
pub(super) const FIELDS: &[Field] = &[
    Field::new(ALIAS, "targetResource", Kind::Beginning("/subscriptions/", "the id of an Azure resource")),
    Field::new(METADATA, "metadata", Kind::Labels),
    // octoDNS's own key: how Traffic Manager watches the pools of its `dynamic` records.
    Field::new("healthcheck", "", Kind::Ignored),
];

/// Whether there is anything in it: Azure gives `{}` for none.
pub(super) fn is_some(value: &Value) -> bool {
    value.as_object().is_some_and(|object| !object.is_empty())
}

/// The settings in the properties of a listed record set.
pub(super) fn of(properties: &Map<String, Value>) -> Settings {
    let mut own = Map::new();
    for (key, member) in [(ALIAS, "targetResource"), (PROFILE, "trafficManagementProfile")] {
        let id = properties.get(member).and_then(|resource| resource.get("id")).and_then(Value::as_str);
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            own.insert(key.into(), id.into());
        }
    }
    if let Some(metadata) = properties.get("metadata").filter(|value| is_some(value)) {
        own.insert(METADATA.into(), metadata.clone());
    }
    Settings::of(NAMESPACE, own)
}

/// The resource of an alias record.
pub(super) fn target(settings: &Settings) -> Option<&str> {
    settings.own(NAMESPACE, ALIAS)?.as_str()
}

/// The Traffic Manager profile that makes the answers.
pub(super) fn profile(settings: &Settings) -> Option<&str> {
    settings.own(NAMESPACE, PROFILE)?.as_str()
}

/// The metadata.
pub(super) fn metadata(settings: &Settings) -> Option<&Value> {
    settings.own(NAMESPACE, METADATA).filter(|value| is_some(value))
}

/// Whether something is answered although there are no records.
pub(super) fn makes_answers(settings: &Settings) -> bool {
    [ALIAS, PROFILE, VERBATIM].iter().any(|key| settings.own(NAMESPACE, key).is_some())
}
