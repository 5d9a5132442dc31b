//! What a record set consists of: one table in the order of the API's schema, from which settings are read,
//! written and checked.

use crate::declared::{self, Field, Kind};
use serde_json::{Map, Value};

const fn field(key: &'static str, element: &'static str, kind: Kind) -> Field {
    Field::new(key, element, kind)
}

const fn text(key: &'static str, element: &'static str) -> Field {
    Field::new(key, element, Kind::Text)
}

/// An element that is no setting.
const fn plain(element: &'static str) -> Field {
    Field::new("", element, Kind::Apart)
}

/// The parts of a record set.
pub(super) const FIELDS: &[Field] = &[
    plain("Name"),
    plain("Type"),
    plain("SetIdentifier"),
    field("weight", "Weight", Kind::Number(0, 255)),
    text("region", "Region"),
    field(
        "geo",
        "GeoLocation",
        Kind::Group(&[
            text("continent", "ContinentCode"),
            text("country", "CountryCode"),
            text("subdivision", "SubdivisionCode"),
        ]),
    ),
    field("failover", "Failover", Kind::Word(&["primary", "secondary"])),
    field("multivalue", "MultiValueAnswer", Kind::Flag),
    plain("TTL"),
    plain("ResourceRecords"),
    field(
        ALIAS,
        "AliasTarget",
        Kind::Group(&[
            // Without a value they are the zone itself, as in octoDNS.
            field(ZONE_ID, "HostedZoneId", Kind::Optional),
            field(TARGET, "DNSName", Kind::Optional),
            field(HEALTH, "EvaluateTargetHealth", Kind::Bool),
        ]),
    ),
    text("health-check-id", "HealthCheckId"),
    text(POLICY, "TrafficPolicyInstanceId"),
    field(
        "cidr",
        "CidrRoutingConfig",
        Kind::Group(&[text("collection-id", "CollectionId"), text("location-name", "LocationName")]),
    ),
    field(
        "geoproximity",
        "GeoProximityLocation",
        Kind::Group(&[
            text("region", "AWSRegion"),
            text("local-zone-group", "LocalZoneGroup"),
            field(
                "coordinates",
                "Coordinates",
                Kind::Group(&[text("latitude", "Latitude"), text("longitude", "Longitude")]),
            ),
            field("bias", "Bias", Kind::Number(-99, 99)),
        ]),
    ),
    // octoDNS reads it beside `dynamic` only.
    field("healthcheck", "", Kind::Ignored),
];

/// The namespace of the settings.
pub(super) const NAMESPACE: &str = "route53";
/// Where an alias leads.
pub(super) const ALIAS: &str = "alias";
/// In it: the id of the target's zone; without it, the target is in the zone itself.
pub(super) const ZONE_ID: &str = "hosted-zone-id";
/// In it: the name of the target.
pub(super) const TARGET: &str = "name";
/// In it: whether the target's health counts.
pub(super) const HEALTH: &str = "evaluate-target-health";
/// The traffic policy instance that made the set.
pub(super) const POLICY: &str = "traffic-policy-instance-id";
/// What decides which of several sets is answered; a set has one of them at most.
const ROUTING: &[&str] = &["cidr", "failover", "geo", "geoproximity", "multivalue", "region", "weight"];

/// Those of the settings that decide which of several sets is answered.
pub(super) fn routing(own: &Map<String, Value>) -> Vec<&'static str> {
    ROUTING.iter().filter(|key| own.contains_key(**key)).copied().collect()
}

/// The settings of a zone file in the form in which they are listed.
///
/// # Errors
/// As [`declared::checked`].
pub(super) fn checked(settings: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let ours = FIELDS.iter().filter(|field| !["", POLICY].contains(&field.key));
    declared::checked(NAMESPACE, ours, settings)
}
