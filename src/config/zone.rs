//! The `zones` section: where the zone files are, and what is said about each zone.

use super::Config;
use super::made_from::MadeFrom;
use super::reader::Reader;
use super::zone_id::{View, ZoneId, parts};
use super::zones::zone_glob;
use crate::plan::ignore::IgnoreRule;
use crate::plan::names::OwnerNames;
use crate::plan::ownership::Policy;
use crate::windows::Windows;
use dnsure_zones::diagnostic::{Diagnostic, Span};
use dnsure_zones::yaml::{Entry, Node};
use std::fmt;

/// What is said about one zone or a glob of zones. A list of names makes one for each of them.
#[derive(Debug, Clone)]
pub struct ZoneConfig {
    /// Which zones it is about.
    pub pattern: Pattern,
    /// The providers that serve it, in the order they are applied.
    pub targets: Vec<String>,
    /// What it is made from, where not from files of its own name.
    pub made_from: MadeFrom,
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

/// Which zones an entry is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pattern {
    /// One.
    Exact(ZoneId),
    /// All whose name matches, of one view.
    Glob {
        /// In lower case with a final dot; `*` is every zone.
        glob: String,
        /// The view; `None` is the zones as such.
        view: Option<View>,
    },
}

impl Pattern {
    pub(super) fn view(&self) -> Option<&View> {
        match self {
            Self::Exact(id) => id.view.as_ref(),
            Self::Glob { view, .. } => view.as_ref(),
        }
    }

    pub(super) fn matches(&self, name: &str, view: Option<&View>) -> bool {
        match self {
            Self::Exact(id) => id.view.as_ref() == view && id.name.to_string() == name,
            Self::Glob { glob, view: own } => own.as_ref() == view && zone_glob(glob, name),
        }
    }

    /// How much it says: the longer, the more specific.
    pub(super) fn length(&self) -> usize {
        match self {
            Self::Exact(_) => usize::MAX,
            Self::Glob { glob, .. } => glob.len(),
        }
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(id) => id.fmt(f),
            Self::Glob { glob, view: Some(view) } => write!(f, "{glob}{view}"),
            Self::Glob { glob, view: None } => f.write_str(glob),
        }
    }
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
const ZONE_KEYS: &[&str] = &[
    "names",
    "targets",
    "file",
    "alias",
    "reverse_of",
    "owns",
    "ignore",
    "protect",
    "create",
    "guards",
    "windows",
    "canary",
];

impl Reader {
    pub(super) fn zones(&mut self, node: &Node, config: &mut Config) {
        let Some(entries) = self.take(node.expect_map()) else { return };
        for Entry { key, value } in entries {
            let Some(name) = self.text(key) else { continue };
            if ZONE_SETTINGS.contains(&name.as_str()) {
                self.zone_setting(&name, value, config);
            } else {
                self.zone(key, value, config);
            }
        }
        self.settle_zones(config);
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

    /// One entry: about the zone that it is called after, or about all that `names` lists.
    fn zone(&mut self, key: &Node, node: &Node, config: &mut Config) -> Option<()> {
        self.take(node.expect_map().map(|_| ()))?;
        self.only(node, ZONE_KEYS);
        let listed = node.get("names");
        let names = match listed {
            Some(names) => names.one_or_many(),
            None => std::slice::from_ref(key),
        };
        if names.is_empty() {
            let error = listed.unwrap_or(key).error("no-names", "this list names no zone");
            self.errors.push(error.with_help("write names or globs, such as [example.com., \"*.example.\"]"));
        }
        let patterns: Vec<(Pattern, Span)> =
            names.iter().filter_map(|name| Some((self.pattern(name)?, name.span()))).collect();
        let said = self.said(key, node, config)?;
        for (pattern, span) in patterns {
            if matches!(pattern, Pattern::Glob { .. }) && said.made_from.wants_names() {
                let message = format!(
                    "the glob {pattern} finds zones by their files, and this entry names another file"
                );
                let error = Diagnostic::error("glob-without-files", span, message);
                let error = match said.made_from.place() {
                    Some(place) => error.with_related(place.clone(), "here"),
                    None => error,
                };
                self.errors.push(error.with_help("name the zones one by one, in `names: [...]`"));
                continue;
            }
            let added = config.zones.add(ZoneConfig { pattern, span, ..said.clone() });
            self.take(added);
        }
        Some(())
    }

    /// What an entry says, whichever zones it is about.
    fn said(&mut self, key: &Node, node: &Node, config: &Config) -> Option<ZoneConfig> {
        let defaults = (config.max_deletes, config.max_delete_percent);
        let (max_deletes, max_delete_percent) = self.guards(node.get("guards"), defaults);
        let made_from = self.made_from(node);
        let targets = match (node.get("targets"), &made_from) {
            (Some(targets), _) => self.targets(targets, config),
            (None, MadeFrom::Alias { .. }) => Vec::new(),
            (None, _) => {
                self.required(node, "targets")?;
                Vec::new()
            }
        };
        let owns_zone = node.get("owns").and_then(|owns| self.owns(owns)).unwrap_or(false);
        let policy = Policy {
            owns_zone,
            ignore: self.rules(node.get("ignore")),
            protect: self.rules(node.get("protect")),
            max_deletes,
            max_delete_percent,
            names: OwnerNames::default(),
        };
        let create = node.get("create").and_then(|create| self.take(create.expect_bool())).unwrap_or(false);
        let canary = node.get("canary").and_then(|canary| self.canary(canary)).unwrap_or_default();
        let windows = node.get("windows").and_then(|node| self.windows(node, &config.windows));
        let windows = windows.unwrap_or_else(|| config.windows.clone());
        let span = key.span();
        let pattern = Pattern::Glob { glob: String::new(), view: None };
        Some(ZoneConfig { pattern, targets, made_from, policy, create, canary, windows, span })
    }

    fn targets(&mut self, node: &Node, config: &Config) -> Vec<String> {
        let mut targets: Vec<String> = Vec::new();
        for target in node.one_or_many() {
            let Some(name) = self.text(target) else { continue };
            if !config.providers.contains_key(&name) {
                let known: Vec<&str> = config.providers.keys().map(String::as_str).collect();
                self.errors.push(
                    target
                        .error("unknown-provider", format!("there is no provider `{name}`"))
                        .with_help(format!("the providers are {}", known.join(", "))),
                );
            }
            if targets.contains(&name) {
                let error = target.error("duplicate-target", format!("`{name}` is a target already"));
                self.errors.push(error.with_help("leave one of them out"));
                continue;
            }
            targets.push(name);
        }
        targets
    }

    fn pattern(&mut self, node: &Node) -> Option<Pattern> {
        let text = self.text(node)?;
        if !text.contains('*') {
            return self.zone_id(node).map(Pattern::Exact);
        }
        let (name, view) =
            self.take(parts(&text).map_err(|error| node.error("bad-name", error.to_string())))?;
        let dotted = name == "*" || name.ends_with('.');
        let glob = if dotted { name.to_lowercase() } else { format!("{}.", name.to_lowercase()) };
        Some(Pattern::Glob { glob, view })
    }

    pub(super) fn zone_id(&mut self, node: &Node) -> Option<ZoneId> {
        let text = self.text(node)?;
        let parsed = text.parse::<ZoneId>();
        self.take(parsed.map_err(|error| node.error("bad-name", error.to_string())))
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
