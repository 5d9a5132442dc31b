//! What a record set consists of: one table in the order of the API's schema, from which settings are read,
//! written and checked.

use crate::declared::{self, Field, Kind};
use serde_json::{Map, Value};

/// The parts of a record set.
pub(super) const FIELDS: &[Field] = &[
    Field::apart("Name"),
    Field::apart("Type"),
    Field::apart("SetIdentifier"),
    Field::new("weight", "Weight", Kind::Number(0, 255)),
    Field::text("region", "Region"),
    Field::new(
        "geo",
        "GeoLocation",
        Kind::Group(&[
            Field::text("continent", "ContinentCode"),
            Field::text("country", "CountryCode"),
            Field::text("subdivision", "SubdivisionCode"),
        ]),
    ),
    Field::new("failover", "Failover", Kind::Word(&["primary", "secondary"])),
    Field::new("multivalue", "MultiValueAnswer", Kind::Flag),
    Field::apart("TTL"),
    Field::apart("ResourceRecords"),
    Field::new(
        ALIAS,
        "AliasTarget",
        Kind::Group(&[
            // Without a value they are the zone itself, as in octoDNS.
            Field::new(ZONE_ID, "HostedZoneId", Kind::Optional),
            Field::new(TARGET, "DNSName", Kind::Optional),
            Field::new(HEALTH, "EvaluateTargetHealth", Kind::Bool),
        ]),
    ),
    Field::text("health-check-id", "HealthCheckId"),
    Field::text(POLICY, "TrafficPolicyInstanceId"),
    Field::new(
        "cidr",
        "CidrRoutingConfig",
        Kind::Group(&[
            Field::text("collection-id", "CollectionId"),
            Field::text("location-name", "LocationName"),
        ]),
    ),
    Field::new(
        "geoproximity",
        "GeoProximityLocation",
        Kind::Group(&[
            Field::text("region", "AWSRegion"),
            Field::text("local-zone-group", "LocalZoneGroup"),
            Field::new(
                "coordinates",
                "Coordinates",
                Kind::Group(&[Field::text("latitude", "Latitude"), Field::text("longitude", "Longitude")]),
            ),
            Field::new("bias", "Bias", Kind::Number(-99, 99)),
        ]),
    ),
    // octoDNS reads it beside `dynamic` only.
    Field::new("healthcheck", "", Kind::Ignored),
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
pub(super) const ROUTING: &[&str] =
    &["cidr", "failover", "geo", "geoproximity", "multivalue", "region", "weight"];

/// The settings of a zone file in the form in which they are listed.
///
/// # Errors
/// As [`declared::checked`].
pub(super) fn checked(settings: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let ours = FIELDS.iter().filter(|field| !["", POLICY].contains(&field.key));
    declared::checked(NAMESPACE, ours, settings)
}
