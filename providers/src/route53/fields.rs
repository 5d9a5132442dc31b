//! What a record set has besides name, type, TTL and values: one table of keys and elements, from which
//! settings are read, written and checked.

use crate::declared::{self, Field, Kind};
use crate::http::xml::{Element, leaf};
use serde_json::{Map, Value};

const fn field(key: &'static str, element: &'static str, kind: Kind) -> Field {
    Field::new(key, element, kind)
}

const fn text(key: &'static str, element: &'static str) -> Field {
    Field::new(key, element, Kind::Text)
}

/// In the order of the schema: those before TTL and values, and those after.
const BEFORE: &[Field] = &[
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
    field("multivalue", "MultiValueAnswer", Kind::Bool),
];
const AFTER: &[Field] = &[
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

fn all() -> impl Iterator<Item = &'static Field> + Clone {
    BEFORE.iter().chain(AFTER)
}

/// The place of an element in a record set, in the order of the schema.
pub(super) fn place(element: &str) -> usize {
    let before = BEFORE.iter().map(|field| field.name);
    let after = AFTER.iter().map(|field| field.name);
    let all = ["Name", "Type", "SetIdentifier"].into_iter().chain(before).chain(["TTL", "ResourceRecords"]);
    all.chain(after).position(|name| name == element).unwrap_or(usize::MAX)
}

/// The settings of a listed record set.
///
/// # Errors
/// The element that is not in the table or cannot be read.
pub(super) fn of_element(element: &Element) -> Result<Map<String, Value>, String> {
    const PLAIN: [&str; 5] = ["Name", "Type", "SetIdentifier", "TTL", "ResourceRecords"];
    let others = element.children.iter().filter(|child| !PLAIN.contains(&child.name.as_str()));
    let mut settings = read(others, &all().collect::<Vec<_>>())?;
    leave_out_nothing(&mut settings);
    Ok(settings)
}

/// `multivalue: false` says no more than its absence.
fn leave_out_nothing(settings: &mut Map<String, Value>) {
    if settings.get("multivalue") == Some(&Value::Bool(false)) {
        settings.remove("multivalue");
    }
}

fn read<'e>(
    elements: impl Iterator<Item = &'e Element>,
    fields: &[&Field],
) -> Result<Map<String, Value>, String> {
    let one = |element: &Element| {
        let Some(field) = fields.iter().find(|field| field.name == element.name) else {
            return Err(format!("it has {}, which dnsure does not know", crate::http::shown(&element.name)));
        };
        let bad = || format!("{} holds what dnsure does not understand", element.name);
        let text = element.text.as_str();
        let value = match &field.kind {
            Kind::Word(words) => {
                let word = words.iter().find(|word| word.eq_ignore_ascii_case(text)).ok_or_else(bad)?;
                (*word).into()
            }
            Kind::Number(..) => text.parse::<i64>().map_err(|_| bad())?.into(),
            Kind::Bool => text.parse::<bool>().map_err(|_| bad())?.into(),
            Kind::Group(fields) => {
                Value::Object(read(element.children.iter(), &fields.iter().collect::<Vec<_>>())?)
            }
            _ => text.into(),
        };
        Ok((field.key.to_owned(), value))
    };
    elements.map(one).collect()
}

/// The elements before TTL and values, and those after, in the order of the schema.
pub(super) fn elements(settings: &Map<String, Value>) -> (String, String) {
    (written(BEFORE, settings), written(AFTER, settings))
}

fn written(fields: &[Field], settings: &Map<String, Value>) -> String {
    let element = |field: &Field| {
        let value = settings.get(field.key)?;
        Some(match (&field.kind, value) {
            (Kind::Group(fields), Value::Object(inner)) => {
                format!("<{0}>{1}</{0}>", field.name, written(fields, inner))
            }
            (Kind::Word(_), Value::String(word)) => leaf(field.name, &word.to_ascii_uppercase()),
            (_, Value::String(text)) => leaf(field.name, text),
            (_, other) => leaf(field.name, &other.to_string()),
        })
    };
    fields.iter().filter_map(element).collect()
}

/// The settings of a zone file in the form in which they are listed.
///
/// # Errors
/// As [`declared::checked`].
pub(super) fn checked(settings: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    // octoDNS reads `healthcheck` beside `dynamic` only.
    const OTHERS: &[Field] = &[field("healthcheck", "", Kind::Ignored)];
    let fields = all().filter(|field| field.key != POLICY).chain(OTHERS);
    let mut normal = declared::checked(NAMESPACE, fields, settings)?;
    leave_out_nothing(&mut normal);
    Ok(normal)
}
