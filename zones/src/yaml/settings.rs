//! What stands beside the data of a record: `octodns:`, provider settings, `dynamic`.

use super::node::{Entry, Node, closest, listed};
use super::owner::misread;
use super::scalar::{Plain, is_decimal};
use crate::Settings;
use crate::diagnostic::{Diagnostic, Diagnostics, Problem};
use serde_json::Value;

/// octoDNS's own keys under `octodns:`.
const CORE: &[&str] = &["auto_arpa_priority", "excluded", "healthcheck", "ignored", "included", "lenient"];
/// octoDNS's keys of a health check.
const HEALTHCHECK: &[&str] = &["host", "path", "port", "protocol"];
/// Providers that keep settings under `octodns:`.
pub(super) const NAMESPACES: &[&str] = &[
    "akamai",
    "azure",
    "azuredns",
    "bunny",
    "cloudflare",
    "constellix",
    "digitalocean",
    "dnsimple",
    "dnsmadeeasy",
    "dnsure",
    "dyn",
    "easydns",
    "edgecenter",
    "edgedns",
    "gandi",
    "gcore",
    "google",
    "googlecloud",
    "hetzner",
    "infoblox",
    "linode",
    "netbox",
    "ns1",
    "ovh",
    "powerdns",
    "route53",
    "scaleway",
    "selectel",
    "transip",
    "ultra",
];
/// Settings that people write one level too high, and where they belong.
const MISPLACED: &[(&str, &str)] = &[
    ("proxied", "octodns: cloudflare:"),
    ("auto-ttl", "octodns: cloudflare:"),
    ("comment", "octodns: cloudflare:"),
    ("tags", "octodns: cloudflare:"),
    ("measure_latency", "octodns: route53: healthcheck:"),
    ("request_interval", "octodns: route53: healthcheck:"),
];

/// Settings from which a provider makes the answers of a record that has no values.
const ANSWERS: &[(&str, &str)] =
    &[("azuredns", "alias"), ("googlecloud", "routing-policy"), ("route53", "alias")];

/// What `octodns:` says about a record.
#[derive(Debug, Default)]
pub(super) struct Core {
    pub(super) ignored: bool,
    pub(super) lenient: bool,
    pub(super) included: Vec<String>,
    pub(super) excluded: Vec<String>,
    pub(super) settings: Settings,
}

/// Where a misplaced or unknown key of a record belongs.
pub(super) fn unknown_record_key(key: &Node, known: &[&str], extra: &[String]) -> Diagnostic {
    let text = key.text().unwrap_or_default();
    let error = key.error("unknown-key", format!("unknown key `{text}`"));
    if let Some((_, place)) = MISPLACED.iter().find(|(name, _)| *name == text) {
        return error.with_help(format!("`{text}` belongs under `{place}`"));
    }
    if CORE.contains(&text) || is_namespace(text, extra) {
        return error.with_help(format!("`{text}` belongs under `octodns:`"));
    }
    match closest(text, known.iter().copied()) {
        Some(meant) => error.with_help(format!("did you mean `{meant}`?")),
        None => error.with_help(format!("the keys of a record are {}", listed(known))),
    }
}

fn is_namespace(text: &str, extra: &[String]) -> bool {
    NAMESPACES.contains(&text) || extra.iter().any(|name| name == text)
}

impl Core {
    /// Reads the value of `octodns:`. Errors that `lenient` may turn into warnings go to
    /// `soft`, the others to `found`.
    pub(super) fn read(
        &mut self,
        node: &Node,
        extra: &[String],
        soft: &mut Vec<Diagnostic>,
        found: &mut Diagnostics,
    ) {
        if node.is_null() {
            found.push(node.warning("empty-settings", "`octodns:` is empty; octoDNS fails on that"));
            return;
        }
        let entries = match node.expect_map() {
            Ok(entries) => entries,
            Err(error) => return found.push(error),
        };
        for Entry { key, value } in entries {
            let name = key.text().unwrap_or_default();
            match name {
                "ignored" => keep(value.expect_bool(), &mut self.ignored, found),
                "lenient" => keep(value.expect_bool(), &mut self.lenient, found),
                "included" => targets(value, &mut self.included, found),
                "excluded" => targets(value, &mut self.excluded, found),
                "auto_arpa_priority" => match value.expect_integer::<i64>() {
                    Ok(number) => self.insert(name, Value::from(number)),
                    Err(error) => found.push(error),
                },
                "healthcheck" => self.healthcheck(value, found),
                _ => self.namespace(key, value, extra, soft, found),
            }
        }
    }

    /// Whether a provider makes the answers, so that there may be no values.
    pub(super) fn makes_answers(&self) -> bool {
        let says =
            |space: &str, key: &str| self.settings.0.get(space).is_some_and(|own| own.get(key).is_some());
        ANSWERS.iter().any(|(space, key)| says(space, key))
    }

    fn insert(&mut self, key: &str, value: Value) {
        self.settings.0.insert(key.to_owned(), value);
    }

    fn healthcheck(&mut self, node: &Node, found: &mut Diagnostics) {
        if let Err(error) = node.expect_map() {
            return found.push(error);
        }
        found.extend(node.unknown_keys(HEALTHCHECK));
        if let Some(protocol) = node.get("protocol")
            && !matches!(protocol.text(), Some("HTTPS" | "HTTP" | "ICMP" | "TCP" | "UDP"))
        {
            found.push(protocol.unexpected("HTTPS, HTTP, ICMP, TCP or UDP"));
        }
        self.insert("healthcheck", json(node, found));
    }

    fn namespace(
        &mut self,
        key: &Node,
        value: &Node,
        extra: &[String],
        soft: &mut Vec<Diagnostic>,
        found: &mut Diagnostics,
    ) {
        let name = key.text().unwrap_or_default();
        let known = is_namespace(name, extra);
        if known && value.is_null() {
            found.push(value.warning("empty-settings", format!("`{name}:` is empty")));
            return;
        }
        if !known || value.entries().is_none() {
            let words = CORE.iter().copied().chain(NAMESPACES.iter().copied());
            let meant = closest(name, words.chain(extra.iter().map(String::as_str)));
            let misplaced = MISPLACED.iter().find(|(key, _)| *key == name);
            if known {
                return found.push(value.unexpected("a mapping of provider settings"));
            }
            let error = key.error("unknown-key", format!("unknown key `{name}` under `octodns:`"));
            if let Some((_, place)) = misplaced {
                soft.push(error.with_help(format!("`{name}` belongs under `{place}`")));
            } else if let Some(meant) = meant {
                soft.push(error.with_help(format!("did you mean `{meant}`?")));
            } else if value.entries().is_none() {
                soft.push(error.with_help(format!("octoDNS's own keys are {}", listed(CORE))));
            } else {
                // Settings of a provider that is not known here: kept, as octoDNS does.
                found.push(error.downgraded().with_help("kept as settings of a provider of that name"));
            }
            if value.entries().is_none() {
                return;
            }
        }
        let settings = json(value, found);
        self.insert(name, settings);
    }
}

fn keep<T>(value: Result<T, Problem>, place: &mut T, found: &mut Diagnostics) {
    match value {
        Ok(value) => *place = value,
        Err(error) => found.push(error),
    }
}

fn targets(node: &Node, list: &mut Vec<String>, found: &mut Diagnostics) {
    if node.is_null() {
        return;
    }
    for item in node.one_or_many() {
        match item.expect_str() {
            Ok(id) => list.push(id.to_owned()),
            Err(error) => found.push(error),
        }
    }
}

/// A value as JSON, typed as YAML 1.1 types it; what that would change is an error.
pub(super) fn json(node: &Node, found: &mut Diagnostics) -> Value {
    if let Some(items) = node.items() {
        return items.iter().map(|item| json(item, found)).collect();
    }
    if let Some(entries) = node.entries() {
        let pairs = entries
            .iter()
            .map(|entry| (entry.key.text().unwrap_or_default().to_owned(), json(&entry.value, found)));
        return Value::Object(pairs.collect());
    }
    match node.scalar() {
        None | Some((_, Plain::Null)) => Value::Null,
        Some((_, Plain::Bool(value))) => Value::Bool(value),
        Some((text, Plain::Int(value))) => match value {
            Some(value) if is_decimal(text) => Value::from(value),
            _ => {
                found.push(misread(node, text, value));
                Value::Null
            }
        },
        Some((text, Plain::Float(value))) => {
            serde_json::Number::from_f64(value).map_or_else(|| Value::from(text), Value::Number)
        }
        Some((text, Plain::Timestamp)) => {
            let error = node.error("quote-this", format!("YAML 1.1 reads `{text}` as a date"));
            found.push(error.with_help(format!("write it in quotes: '{text}'")));
            Value::Null
        }
        Some((text, Plain::Text)) => Value::from(text),
    }
}
