//! What the API checks of a record before it takes it.

use std::net::{Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use super::Zone;
use super::forms;
use super::record::{Record, Refusal, is_proxiable, refuse};

impl Zone {
    /// `base` with what the body says, if that may be beside the other records.
    pub(super) fn checked(&self, base: Record, body: &Value) -> Result<Record, Refusal> {
        let mut record = base;
        let text = |name: &str| body.get(name).and_then(Value::as_str);
        let zone = self.apex.trim_end_matches('.');
        if let Some(name) = text("name") {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            record.name = if name == "@" {
                zone.to_owned()
            } else if name == zone || name.ends_with(&format!(".{zone}")) {
                name
            } else {
                format!("{name}.{zone}")
            };
        }
        if let Some(rtype) = text("type") {
            record.rtype = rtype.to_owned();
        }
        let rtype = record.rtype.clone();
        if record.name.is_empty() || !forms::is_known(&rtype) {
            return refuse(1004, format!("DNS Validation Error: {} {rtype}", record.name));
        }
        if record.name == zone && rtype == "NS" {
            return refuse(1004, "NS records at the zone apex are managed by Cloudflare");
        }
        if let Some(priority) = body.get("priority").and_then(Value::as_f64) {
            record.priority = Some(priority as u64);
        }
        if !forms::has_priority(&rtype) {
            record.priority = None;
        }
        content(&mut record, body)?;
        switches(&mut record, body)?;
        let lowest = if self.plan == "enterprise" { 30 } else { 60 };
        if let Some(ttl) = body.get("ttl") {
            record.ttl = match ttl.as_f64().map(|ttl| ttl as u32) {
                Some(ttl) if ttl == 1 || (lowest..=86_400).contains(&ttl) => ttl,
                _ => {
                    return refuse(
                        9021,
                        format!(
                            "Invalid TTL. Must be between {lowest} and 86400 seconds, or 1 for Automatic."
                        ),
                    );
                }
            };
        }
        if record.proxied {
            record.ttl = 1;
        }
        self.beside_others(&record)?;
        Ok(record)
    }

    fn beside_others(&self, record: &Record) -> Result<(), Refusal> {
        let at_name = || self.records.iter().filter(|other| other.name == record.name);
        let is = |rtype: &str, among: &[&str]| among.contains(&rtype);
        let same = |other: &Record| other.rtype == record.rtype && other.text() == record.text();
        if at_name().any(same) {
            return refuse(81058, "An identical record already exists.");
        }
        for other in at_name() {
            let (new, old) = (record.rtype.as_str(), other.rtype.as_str());
            if new == "CNAME" && is(old, &["A", "AAAA", "CNAME"]) {
                return refuse(81053, "An A, AAAA, or CNAME record with that host already exists.");
            }
            if old == "CNAME" && is(new, &["A", "AAAA"]) {
                return refuse(81054, "A CNAME record with that host already exists.");
            }
            if (new == "NS") != (old == "NS")
                && (is(new, &["A", "AAAA", "CNAME"]) || is(old, &["A", "AAAA", "CNAME"]))
            {
                return refuse(81056, "NS records with that host already exist.");
            }
        }
        if record.rtype == "DS" && !at_name().any(|other| other.rtype == "NS") {
            return refuse(1004, "DS records need NS records of the same name");
        }
        let all = at_name().filter(|other| other.rtype == record.rtype).map(|other| other.content.len());
        if all.sum::<usize>() + record.content.len() > 8_192 {
            return refuse(
                81062,
                "The content of all records of this name and type is over 8192 characters.",
            );
        }
        Ok(())
    }
}

fn content(record: &mut Record, body: &Value) -> Result<(), Refusal> {
    let rtype = record.rtype.clone();
    if forms::has_data(&rtype) {
        if let Some(data) = body.get("data") {
            record.data = Some(data.clone());
        }
        let text = record.data.as_ref().and_then(|data| forms::text_of(&rtype, data, record.priority));
        let Some(text) = text else { return refuse(9101, format!("{rtype}: data is incomplete")) };
        record.content = text;
        return Ok(());
    }
    record.data = None;
    let Some(given) = body.get("content").and_then(Value::as_str) else {
        return if record.content.is_empty() { refuse(9106, "content is required") } else { Ok(()) };
    };
    record.content = match rtype.as_str() {
        "A" => match given.parse::<Ipv4Addr>() {
            Ok(address) => address.to_string(),
            Err(_) => return refuse(9005, "Content for A record must be a valid IPv4 address."),
        },
        "AAAA" => match given.parse::<Ipv6Addr>() {
            Ok(address) => address.to_string(),
            Err(_) => return refuse(9006, "Content for AAAA record must be a valid IPv6 address."),
        },
        "TXT" if !given.starts_with('"') => {
            format!("\"{}\"", given.replace('\\', "\\\\").replace('"', "\\\""))
        }
        "TXT" | "OPENPGPKEY" => given.to_owned(),
        _ if given == "." => ".".into(),
        _ => given.trim_end_matches('.').to_ascii_lowercase(),
    };
    if record.content.is_empty() || record.content.len() > 16_384 {
        return refuse(9106, "content has a wrong length");
    }
    if rtype == "MX" && record.priority.is_none() {
        return refuse(9100, "priority is a required field.");
    }
    if rtype == "CNAME" && record.content == record.name {
        return refuse(9039, "Content for CNAME record cannot reference itself.");
    }
    Ok(())
}

fn switches(record: &mut Record, body: &Value) -> Result<(), Refusal> {
    if let Some(proxied) = body.get("proxied").and_then(Value::as_bool) {
        record.proxied = proxied;
    }
    if record.proxied && !is_proxiable(&record.rtype) {
        return refuse(9004, "This record type cannot be proxied.");
    }
    if let Some(comment) = body.get("comment") {
        record.comment = comment.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
    }
    if let Some(tags) = body.get("tags").and_then(Value::as_array) {
        record.tags = tags.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    if let Some(private) = body.get("private_routing") {
        record.private_routing = private.as_bool();
    }
    for (name, on) in body.get("settings").and_then(Value::as_object).into_iter().flatten() {
        record.settings.insert(name.clone(), on.clone());
    }
    if record.rtype != "CNAME" {
        record.settings.remove("flatten_cname");
    }
    Ok(())
}
