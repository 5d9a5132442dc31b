//! What the service checks and the fakes do not.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::sets::{Key, Set};
use crate::cloud::xml::Element;

const TYPES: [&str; 17] = [
    "A", "AAAA", "CAA", "CNAME", "DS", "HTTPS", "MX", "NAPTR", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP",
    "SVCB", "TLSA", "TXT",
];
/// The elements of a record set. In any order: boto3 sends them as its users wrote them.
const ELEMENTS: [&str; 15] = [
    "Name",
    "Type",
    "SetIdentifier",
    "Weight",
    "Region",
    "GeoLocation",
    "Failover",
    "MultiValueAnswer",
    "TTL",
    "ResourceRecords",
    "AliasTarget",
    "HealthCheckId",
    "TrafficPolicyInstanceId",
    "CidrRoutingConfig",
    "GeoProximityLocation",
];

/// A refusal: code and message.
pub(super) type Refusal = (&'static str, String);

/// One change of a batch.
pub(super) struct Operation {
    pub(super) action: String,
    pub(super) set: Set,
}

/// Whether the document is one, whatever the zone holds.
pub(super) fn document(changes: &[&Element]) -> Result<Vec<Operation>, Refusal> {
    let invalid = |message: String| Err(("InvalidInput", message));
    let (mut records, mut characters) = (0, 0);
    let mut operations = Vec::new();
    for change in changes {
        let action = change.text_of("Action").unwrap_or_default();
        let Some(element) = change.child("ResourceRecordSet") else {
            return invalid("Invalid XML ; a change has no ResourceRecordSet".into());
        };
        if let Some(unknown) = element.children.iter().find(|child| !ELEMENTS.contains(&child.name.as_str()))
        {
            return invalid(format!(
                "Invalid XML ; cvc-complex-type.2.4.a: Invalid content was found starting with element '{}'.",
                unknown.name
            ));
        }
        let set = Set::of(element);
        if !TYPES.contains(&set.key.1.as_str()) {
            return invalid(format!("Invalid XML ; Value '{}' is not facet-valid", set.key.1));
        }
        if set.alias.is_some() != set.values.is_empty()
            || set.values.is_empty() == element.child("TTL").is_some()
        {
            return invalid(format!(
                "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found more than one in Change with [Action={action}, Name={}, Type={}]",
                set.key.0, set.key.1
            ));
        }
        let twice = if action == "UPSERT" { 2 } else { 1 };
        records += twice * set.values.len();
        characters += twice * set.values.iter().map(|value| value.chars().count()).sum::<usize>();
        operations.push(Operation { action, set });
    }
    if records > 1000 {
        return Err(("InvalidChangeBatch", "[Number of records limit of 1000 exceeded.]".into()));
    }
    if characters > 32_000 {
        return Err((
            "InvalidChangeBatch",
            "[Number of characters in RDATA limit of 32000 exceeded.]".into(),
        ));
    }
    Ok(operations)
}

/// Whether the zone may become what the batch makes of it; `protected` are names and types.
pub(super) fn zone(
    operations: &[Operation],
    held: &[Set],
    apex: &str,
    id: &str,
    protected: impl Fn(&str, &str) -> bool,
) -> Result<(), Refusal> {
    let mut messages = Vec::new();
    let mut sets: Vec<Set> = held.to_vec();
    for Operation { action, set } in operations {
        let (name, rtype, _) = &set.key;
        if name != apex && !name.ends_with(&format!(".{apex}")) {
            messages.push(format!("RRSet with DNS name {name} is not permitted in zone {apex}"));
        }
        if protected(name, rtype) {
            messages.push(format!("The resource record set {name} {rtype} is protected"));
        }
        messages.extend(set.values.iter().filter_map(|value| bad_value(rtype, value)));
        let same = |other: &Set, key: &Key| other.key == *key;
        match action.as_str() {
            // Whether it is there as it says is the backing service's to tell.
            "DELETE" => sets.retain(|other| !same(other, &set.key)),
            _ => {
                if let Some((zone, target)) = &set.alias
                    && zone == id
                    && !sets.iter().any(|other| other.key.0 == *target && other.key.1 == *rtype)
                {
                    messages.push(format!(
                        "Tried to create an alias that targets {target}, type {rtype} in zone {id}, but that target was not found"
                    ));
                }
                sets.retain(|other| !same(other, &set.key));
                sets.push(set.clone());
            }
        }
    }
    let at_apex = |rtype: &str| sets.iter().filter(|set| set.key.0 == apex && set.key.1 == rtype).count();
    if at_apex("SOA") != 1 {
        messages.push("A HostedZone must contain exactly one SOA record.".into());
    }
    if at_apex("NS") == 0 {
        messages.push("A HostedZone must contain at least one NS record for the zone itself.".into());
    }
    for Operation { set, .. } in operations {
        let (name, ..) = &set.key;
        let types: Vec<&str> =
            sets.iter().filter(|other| other.key.0 == *name).map(|other| other.key.1.as_str()).collect();
        if types.contains(&"CNAME") && types.iter().any(|rtype| *rtype != "CNAME") {
            messages.push(format!(
                "RRSet of type CNAME with DNS name {name} is not permitted as it conflicts with other records with the same DNS name in zone {apex}"
            ));
        }
        let simple = |other: &&Set| other.key.0 == *name && other.key.1 == set.key.1;
        let ids: Vec<bool> = sets.iter().filter(simple).map(|other| other.key.2.is_empty()).collect();
        if ids.len() > 1 && ids.contains(&true) {
            messages.push(format!(
                "RRSet with DNS name {name}, type {}, SetIdentifier null cannot be created because a non-simple RRSet with the same name and type exists",
                set.key.1
            ));
        }
    }
    messages.dedup();
    if messages.is_empty() {
        Ok(())
    } else {
        Err(("InvalidChangeBatch", format!("[{}]", messages.join(", "))))
    }
}

fn bad_value(rtype: &str, value: &str) -> Option<String> {
    let fine = match rtype {
        "A" => value.parse::<Ipv4Addr>().is_ok(),
        "AAAA" => value.parse::<Ipv6Addr>().is_ok(),
        "TXT" | "SPF" => value.starts_with('"') && value.ends_with('"') && value.is_ascii(),
        _ => value.is_ascii(),
    };
    (!fine)
        .then(|| format!("Invalid Resource Record: FATAL problem: ARRDATAIllegal encountered with '{value}'"))
}
