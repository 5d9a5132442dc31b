//! The `zones` section: where the zone files are, and what is said about each zone.

use super::Config;
use super::reader::Reader;
use crate::plan::ignore::IgnoreRule;
use crate::plan::ownership::Policy;
use crate::windows::Windows;
use dnsure_zones::Name;
use dnsure_zones::diagnostic::Span;
use dnsure_zones::yaml::{Entry, Node};

/// What is said about one zone or a glob of zones.
#[derive(Debug)]
pub struct ZoneConfig {
    /// The name or glob, in lower case with a final dot; `*` is every zone.
    pub pattern: String,
    /// The providers that serve it, in the order they are applied.
    pub targets: Vec<String>,
    /// Its policy, limits included.
    pub policy: Policy,
    /// Whether it may be created where it is missing.
    pub create: bool,
    /// When a canary goes before the first write.
    pub canary: CanaryRule,
    /// When it may be changed, the freezes of all zones included.
    pub windows: Windows,
    /// Where it stands, for messages.
    pub span: Span,
}

/// When a canary is written, observed and removed before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CanaryRule {
    /// Where the provider's writes are less than atomic; where they are atomic and compare
    /// nothing, before the first apply.
    #[default]
    Auto,
    /// Before every apply.
    Always,
    /// Only with `--canary`.
    Never,
}

const ZONE_SETTINGS: &[&str] =
    &["directory", "escaped_semicolons", "default_ttl", "split_extension", "shared_filename"];
const ZONE_KEYS: &[&str] = &["targets", "owns", "ignore", "protect", "create", "guards", "windows", "canary"];

pub(super) fn matches(pattern: &str, zone: &str) -> bool {
    // In zone globs, one star crosses dots: `*` is every zone.
    crate::plan::ignore::glob(pattern.replace('*', "**").as_bytes(), zone.as_bytes())
}

impl Reader {
    pub(super) fn zones(&mut self, node: &Node, config: &mut Config) {
        let Some(entries) = self.take(node.expect_map()) else { return };
        for Entry { key, value } in entries {
            let Some(name) = self.text(key) else { continue };
            if ZONE_SETTINGS.contains(&name.as_str()) {
                self.zone_setting(&name, value, config);
            } else if let Some(zone) = self.zone(key, &name, value, config) {
                config.zones.push(zone);
            }
        }
    }

    fn zone_setting(&mut self, name: &str, value: &Node, config: &mut Config) -> Option<()> {
        match name {
            "directory" => config.directory = self.text(value)?.into(),
            "escaped_semicolons" => config.escaped_semicolons = self.take(value.expect_bool()),
            "default_ttl" => config.default_ttl = self.take(value.expect_integer())?,
            "split_extension" => config.split_extension = self.text(value),
            _ => config.shared_file = self.text(value),
        }
        Some(())
    }

    fn zone(&mut self, key: &Node, name: &str, node: &Node, config: &Config) -> Option<ZoneConfig> {
        let pattern = self.pattern(key, name)?;
        self.take(node.expect_map().map(|_| ()))?;
        self.only(node, ZONE_KEYS);
        let defaults = (config.max_deletes, config.max_delete_percent);
        let (max_deletes, max_delete_percent) = self.guards(node.get("guards"), defaults);
        let targets = self.required(node, "targets")?;
        let targets = targets
            .one_or_many()
            .iter()
            .filter_map(|target| {
                let name = self.text(target)?;
                if !config.providers.contains_key(&name) {
                    let known: Vec<&str> = config.providers.keys().map(String::as_str).collect();
                    self.errors.push(
                        target
                            .error("unknown-provider", format!("there is no provider `{name}`"))
                            .with_help(format!("the providers are {}", known.join(", "))),
                    );
                }
                Some(name)
            })
            .collect();
        let owns_zone = node.get("owns").and_then(|owns| self.owns(owns)).unwrap_or(false);
        let policy = Policy {
            owns_zone,
            ignore: self.rules(node.get("ignore")),
            protect: self.rules(node.get("protect")),
            max_deletes,
            max_delete_percent,
        };
        let create = node.get("create").and_then(|create| self.take(create.expect_bool())).unwrap_or(false);
        let canary = node.get("canary").and_then(|canary| self.canary(canary)).unwrap_or_default();
        let windows = node.get("windows").and_then(|node| self.windows(node, &config.windows));
        let windows = windows.unwrap_or_else(|| config.windows.clone());
        Some(ZoneConfig { pattern, targets, policy, create, canary, windows, span: key.span() })
    }

    fn pattern(&mut self, key: &Node, name: &str) -> Option<String> {
        if name.contains('*') {
            let dotted = name == "*" || name.ends_with('.');
            return Some(if dotted { name.to_lowercase() } else { format!("{}.", name.to_lowercase()) });
        }
        let parsed = name.parse::<Name>().map_err(|error| key.error("bad-name", error.to_string()));
        self.take(parsed).map(|name| name.to_lower().to_string())
    }

    fn canary(&mut self, node: &Node) -> Option<CanaryRule> {
        match self.text(node)?.as_str() {
            "auto" => Some(CanaryRule::Auto),
            "always" => Some(CanaryRule::Always),
            "never" => Some(CanaryRule::Never),
            other => {
                let error =
                    node.error("bad-value", format!("`{other}` does not say when a canary is written"));
                self.errors.push(error.with_help("write auto (the default), always or never"));
                None
            }
        }
    }

    fn owns(&mut self, node: &Node) -> Option<bool> {
        match self.text(node)?.as_str() {
            "zone" => Some(true),
            "declared" => Some(false),
            other => {
                self.errors.push(
                    node.error("bad-value", format!("`{other}` says nothing about ownership"))
                        .with_help("write `zone` (whatever is not in the files may be deleted) or `declared` (the default)"),
                );
                None
            }
        }
    }

    fn rules(&mut self, node: Option<&Node>) -> Vec<IgnoreRule> {
        let items = node.map(Node::one_or_many).unwrap_or_default();
        items
            .iter()
            .filter_map(|item| {
                let text = self.text(item)?;
                self.take(text.parse().map_err(|error: crate::plan::ignore::IgnoreError| {
                    item.error("bad-rule", error.to_string())
                }))
            })
            .collect()
    }
}
