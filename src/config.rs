//! `dnsure.yaml`: providers, zones, policy, verification.
//!
//! Secrets stand in it only as references (`env:NAME`, `file:PATH`); they are looked up
//! when a provider is opened and never written anywhere.

use crate::plan::ignore::IgnoreRule;
use crate::plan::ownership::Policy;
use crate::state::Place;
use crate::state::place::PlaceError;
use dnsure_providers::dns::TsigAlgorithm;
use dnsure_providers::rfc2136::Software;
use dnsure_zones::Name;
use dnsure_zones::diagnostic::{Diagnostic, Problem, Span};
use dnsure_zones::source::Source;
use dnsure_zones::yaml::{Document, Entry, Node};
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// The whole configuration.
#[derive(Debug)]
pub struct Config {
    /// The providers by name.
    pub providers: BTreeMap<String, ProviderConfig>,
    /// Where the zone files are, relative to the configuration.
    pub directory: PathBuf,
    /// Whether TXT values write `;` as `\;`, as octoDNS does by default; `None` finds out.
    pub escaped_semicolons: Option<bool>,
    /// The TTL of records that state none, in seconds.
    pub default_ttl: u32,
    /// The ending of split directories, where they are used.
    pub split_extension: Option<String>,
    /// The file that is read for every zone, where there is one.
    pub shared_file: Option<String>,
    /// Entries for zones: exact names and globs.
    pub zones: Vec<ZoneConfig>,
    /// Limits on deletions.
    pub max_deletes: usize,
    /// Limits on deletions, in per cent of the zone.
    pub max_delete_percent: usize,
    /// How many good rounds in a row count as served.
    pub samples: u32,
    /// How long servers have until they must serve a step.
    pub deadline: SignedDuration,
    /// How long a write whose answer was lost may still take effect at a provider that does
    /// not compare.
    pub write_deadline: SignedDuration,
    /// Where state is kept.
    pub state: Place,
}

/// One provider.
#[derive(Debug)]
pub struct ProviderConfig {
    /// What it is and how to reach it.
    pub kind: ProviderKind,
    /// The server addresses to verify on; empty where the provider or the apex NS tell.
    pub servers: Vec<SocketAddr>,
    /// Where it stands, for messages.
    pub span: Span,
}

/// The kinds of providers.
#[derive(Debug)]
pub enum ProviderKind {
    /// Zones on disk, served by this program.
    Embedded {
        /// Where the zones are kept.
        directory: PathBuf,
        /// The address of `dnsure serve`, where one is fixed.
        listen: Option<SocketAddr>,
    },
    /// Zone transfer and dynamic update.
    Rfc2136 {
        /// `host:port` of the primary.
        server: String,
        /// The key for updates (and transfers).
        key: Option<KeyConfig>,
        /// The key for transfers, where it is another.
        transfer_key: Option<KeyConfig>,
        /// What runs there, where the file says so.
        software: Software,
    },
    /// The PowerDNS HTTP API.
    PowerDns {
        /// The base URL.
        url: String,
        /// The API key.
        api_key: SecretRef,
        /// The server id, `localhost` unless there are several.
        server_id: String,
    },
}

/// A TSIG key.
#[derive(Debug)]
pub struct KeyConfig {
    /// Its name.
    pub name: Name,
    /// Its algorithm.
    pub algorithm: TsigAlgorithm,
    /// Its secret.
    pub secret: SecretRef,
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// The first line of a file.
    File(PathBuf),
}

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
    /// Where it stands, for messages.
    pub span: Span,
}

const TOP_KEYS: &[&str] = &["providers", "zones", "guards", "verify", "state"];
const ZONE_SETTINGS: &[&str] =
    &["directory", "escaped_semicolons", "default_ttl", "split_extension", "shared_filename"];
const ZONE_KEYS: &[&str] = &["targets", "owns", "ignore", "protect", "create", "guards"];
const GUARD_KEYS: &[&str] = &["max_deletes", "max_delete_percent"];
const VERIFY_KEYS: &[&str] = &["samples", "deadline", "write_deadline"];

impl Config {
    /// Reads `file`.
    ///
    /// # Errors
    /// Everything that is wrong with it, in file order.
    pub fn load(source: &dyn Source, file: &Path) -> Result<Self, Vec<Diagnostic>> {
        let document = Document::load(source, file)?;
        let mut reader = Reader { errors: Vec::new() };
        let config = reader.config(&document.root);
        match config {
            Some(config) if reader.errors.is_empty() => Ok(config),
            _ => Err(reader.errors),
        }
    }

    /// What is said about `zone`: its own entry, else the longest glob that matches.
    #[must_use]
    pub fn zone(&self, zone: &Name) -> Option<&ZoneConfig> {
        let name = zone.to_lower().to_string();
        self.zones.iter().find(|entry| entry.pattern == name).or_else(|| {
            self.zones
                .iter()
                .filter(|entry| entry.pattern.contains('*') && matches_zone(&entry.pattern, &name))
                .max_by_key(|entry| entry.pattern.len())
        })
    }

    /// The zones that have an entry of their own.
    pub fn named_zones(&self) -> impl Iterator<Item = (&ZoneConfig, Name)> {
        self.zones
            .iter()
            .filter(|entry| !entry.pattern.contains('*'))
            .filter_map(|entry| entry.pattern.parse().ok().map(|name| (entry, name)))
    }
}

fn matches_zone(pattern: &str, zone: &str) -> bool {
    // In zone globs, one star crosses dots: `*` is every zone.
    crate::plan::ignore::glob(pattern.replace('*', "**").as_bytes(), zone.as_bytes())
}

/// Collects errors while it reads; what it returns on an error does not matter.
struct Reader {
    errors: Vec<Diagnostic>,
}

impl Reader {
    fn take<T>(&mut self, result: Result<T, impl Into<Problem>>) -> Option<T> {
        result.map_err(|error| self.errors.push(*error.into())).ok()
    }

    fn only(&mut self, node: &Node, keys: &[&str]) {
        self.errors.extend(node.unknown_keys(keys));
    }

    fn text(&mut self, node: &Node) -> Option<String> {
        self.take(node.expect_str().map(str::to_owned))
    }

    fn config(&mut self, root: &Node) -> Option<Config> {
        self.take(root.expect_map().map(|_| ()))?;
        self.only(root, TOP_KEYS);
        let (max_deletes, max_delete_percent) = self.guards(root.get("guards"), (10, 20));
        let mut config = Config {
            providers: BTreeMap::new(),
            directory: "zones".into(),
            escaped_semicolons: None,
            default_ttl: 3600,
            split_extension: None,
            shared_file: None,
            zones: Vec::new(),
            max_deletes,
            max_delete_percent,
            samples: 3,
            deadline: SignedDuration::from_mins(5),
            write_deadline: SignedDuration::from_secs(30),
            state: Place::Directory(".dnsure".into()),
        };
        if let Some(state) = root.get("state") {
            config.state = self.place(state)?;
        }
        if let Some(verify) = root.get("verify") {
            self.verify(verify, &mut config);
        }
        match root.get("providers") {
            Some(providers) => self.providers(providers, &mut config),
            None => self.errors.push(missing(root, "providers")),
        }
        match root.get("zones") {
            Some(zones) => self.zones(zones, &mut config),
            None => self.errors.push(missing(root, "zones")),
        }
        Some(config)
    }

    fn guards(&mut self, node: Option<&Node>, defaults: (usize, usize)) -> (usize, usize) {
        let Some(node) = node else { return defaults };
        self.only(node, GUARD_KEYS);
        let mut number = |key: &str, default: usize| {
            node.get(key).map_or(Some(default), |value| self.take(value.expect_integer())).unwrap_or(default)
        };
        (number("max_deletes", defaults.0), number("max_delete_percent", defaults.1))
    }

    fn place(&mut self, node: &Node) -> Option<Place> {
        let text = self.text(node)?;
        // The value may hold a secret: it is not repeated.
        self.take(text.parse().map_err(|error: PlaceError| {
            let code = if error == PlaceError::Credentials { "secret-in-file" } else { "bad-state" };
            node.error(code, error.to_string())
                .with_help("write a directory, or a bucket such as `s3://bucket/prefix`")
        }))
    }

    fn verify(&mut self, node: &Node, config: &mut Config) {
        self.only(node, VERIFY_KEYS);
        if let Some(samples) = node.get("samples")
            && let Some(samples) = self.take(samples.expect_integer::<u32>())
        {
            config.samples = samples.max(1);
        }
        if let Some(deadline) = node.get("deadline").and_then(|node| self.duration(node)) {
            config.deadline = deadline;
        }
        if let Some(deadline) = node.get("write_deadline").and_then(|node| self.duration(node)) {
            config.write_deadline = deadline;
        }
    }

    fn duration(&mut self, node: &Node) -> Option<SignedDuration> {
        let text = self.text(node)?;
        self.take(text.parse().map_err(|_| {
            node.error("bad-duration", format!("`{text}` is no duration"))
                .with_help("write a number and a unit, such as 30s, 5m or 1h")
        }))
    }

    fn providers(&mut self, node: &Node, config: &mut Config) {
        let Some(entries) = self.take(node.expect_map()) else { return };
        for Entry { key, value } in entries {
            let Some(name) = self.text(key) else { continue };
            let servers = value.get("servers").map(|list| self.servers(list)).unwrap_or_default();
            if let Some(kind) = self.provider(&name, value) {
                config.providers.insert(name, ProviderConfig { kind, servers, span: key.span() });
            }
        }
    }

    fn provider(&mut self, name: &str, node: &Node) -> Option<ProviderKind> {
        self.take(node.expect_map().map(|_| ()))?;
        let Some(kind) = node.get("type") else {
            self.errors
                .push(missing(node, "type").with_help("the types are `embedded`, `rfc2136` and `powerdns`"));
            return None;
        };
        match self.text(kind)?.as_str() {
            "embedded" => {
                self.only(node, &["type", "directory", "listen", "servers"]);
                let directory = match node.get("directory") {
                    Some(directory) => self.text(directory)?.into(),
                    None => PathBuf::from(format!(".dnsure/embedded/{name}")),
                };
                let listen = match node.get("listen") {
                    Some(listen) => Some(self.address(listen)?),
                    None => None,
                };
                Some(ProviderKind::Embedded { directory, listen })
            }
            "rfc2136" => {
                self.only(node, &["type", "server", "key", "transfer_key", "software", "servers"]);
                let server = self.required(node, "server")?;
                let server = self.text(server)?;
                let key = node.get("key").and_then(|key| self.key(key));
                let transfer_key = node.get("transfer_key").and_then(|key| self.key(key));
                let software = match node.get("software") {
                    Some(software) => self.software(software)?,
                    None => Software::Unknown,
                };
                Some(ProviderKind::Rfc2136 { server, key, transfer_key, software })
            }
            "powerdns" => {
                self.only(node, &["type", "url", "api_key", "server_id", "servers"]);
                let url = self.required(node, "url")?;
                let url = self.text(url)?;
                let api_key = self.required(node, "api_key")?;
                let api_key = self.secret(api_key)?;
                let server_id = match node.get("server_id") {
                    Some(id) => self.text(id)?,
                    None => "localhost".into(),
                };
                Some(ProviderKind::PowerDns { url, api_key, server_id })
            }
            other => {
                self.errors.push(
                    kind.error("unknown-provider", format!("there is no provider type `{other}`"))
                        .with_help("the types are `embedded`, `rfc2136` and `powerdns`"),
                );
                None
            }
        }
    }

    fn required<'n>(&mut self, node: &'n Node, key: &str) -> Option<&'n Node> {
        let found = node.get(key);
        if found.is_none() {
            self.errors.push(missing(node, key));
        }
        found
    }

    fn key(&mut self, node: &Node) -> Option<KeyConfig> {
        self.take(node.expect_map().map(|_| ()))?;
        self.only(node, &["name", "algorithm", "secret"]);
        let name_node = self.required(node, "name")?;
        let text = self.text(name_node)?;
        let name = self.take(text.parse().map_err(|error: dnsure_zones::name::NameError| {
            name_node.error("bad-name", error.to_string())
        }))?;
        let algorithm = match node.get("algorithm") {
            None => TsigAlgorithm::Sha256,
            Some(algorithm) => {
                let text = self.text(algorithm)?;
                self.take(text.parse().map_err(|_| {
                    algorithm
                        .error("unknown-algorithm", format!("`{text}` is no TSIG algorithm of this program"))
                        .with_help("the algorithms are hmac-sha256, hmac-sha384 and hmac-sha512")
                }))?
            }
        };
        let secret = self.required(node, "secret")?;
        let secret = self.secret(secret)?;
        Some(KeyConfig { name, algorithm, secret })
    }

    fn secret(&mut self, node: &Node) -> Option<SecretRef> {
        let text = self.text(node)?;
        if let Some(name) = text.strip_prefix("env:").filter(|name| !name.is_empty()) {
            return Some(SecretRef::Env(name.into()));
        }
        if let Some(path) = text.strip_prefix("file:").filter(|path| !path.is_empty()) {
            return Some(SecretRef::File(path.into()));
        }
        // The value may be a secret that somebody pasted: it is not repeated.
        self.errors.push(
            node.error("secret-in-file", "a secret does not stand in this file")
                .with_help("write `env:NAME` for an environment variable or `file:PATH` for a file"),
        );
        None
    }

    fn servers(&mut self, node: &Node) -> Vec<SocketAddr> {
        node.one_or_many().iter().filter_map(|item| self.address(item)).collect()
    }

    fn software(&mut self, node: &Node) -> Option<Software> {
        let text = self.text(node)?;
        let software = Software::named(&text);
        if software.is_none() {
            let error = node.error("bad-software", format!("`{text}` is no server that dnsure knows"));
            self.errors.push(error.with_help("write bind, knot or powerdns, or leave it out"));
        }
        software
    }

    fn address(&mut self, node: &Node) -> Option<SocketAddr> {
        let text = self.text(node)?;
        let with_port = text.parse::<SocketAddr>().ok();
        let parsed = with_port.or_else(|| {
            let bare = text.trim_start_matches('[').trim_end_matches(']');
            bare.parse::<IpAddr>().ok().map(|address| SocketAddr::new(address, 53))
        });
        if parsed.is_none() {
            self.errors.push(
                node.error("bad-address", format!("`{text}` is no address"))
                    .with_help("write an IP address with or without a port, such as \"192.0.2.53:53\""),
            );
        }
        parsed
    }

    fn zones(&mut self, node: &Node, config: &mut Config) {
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
        Some(ZoneConfig { pattern, targets, policy, create, span: key.span() })
    }

    fn pattern(&mut self, key: &Node, name: &str) -> Option<String> {
        if name.contains('*') {
            let dotted = name == "*" || name.ends_with('.');
            return Some(if dotted { name.to_lowercase() } else { format!("{}.", name.to_lowercase()) });
        }
        let parsed = name.parse::<Name>().map_err(|error| key.error("bad-name", error.to_string()));
        self.take(parsed).map(|name| name.to_lower().to_string())
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

fn missing(node: &Node, key: &str) -> Diagnostic {
    node.error("missing-key", format!("`{key}` is missing here"))
}
