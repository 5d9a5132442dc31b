//! `dnsure.yaml`: providers, zones, policy, verification.
//!
//! Secrets stand in it only as references (`env:NAME`, `file:PATH`); they are looked up
//! when a provider is opened and never written anywhere.

mod key;
mod made_from;
mod provider;
mod reader;
mod windows;
mod zone;
mod zone_id;
mod zones;

pub use key::{KeyConfig, SecretRef};
pub use made_from::MadeFrom;
#[cfg(feature = "route53")]
pub use provider::Route53Config;
#[cfg(feature = "azure-dns")]
pub use provider::{AzureCredentialsConfig, AzureDnsConfig};
pub use provider::{CloudDnsConfig, CloudflareConfig, ProviderConfig, ProviderKind, ZoneFileConfig};
pub use zone::{CanaryRule, Pattern, ZoneConfig};
pub use zone_id::{View, ZoneId, ZoneIdError};
pub use zones::ZoneEntries;

use crate::state::Place;
use crate::state::place::PlaceError;
use crate::windows::Windows;
use dnsure_zones::Name;
use dnsure_zones::diagnostic::Diagnostic;
use dnsure_zones::source::Source;
use dnsure_zones::yaml::{Document, Node};
use jiff::SignedDuration;
use reader::{Reader, missing};
use std::collections::BTreeMap;
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
    pub zones: ZoneEntries,
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
    /// How long, in an accepted gap, the new record may take to be served before the old one
    /// is put back.
    pub heal: SignedDuration,
    /// Whether what is not served by the deadline is taken back.
    pub rolls_back: bool,
    /// The zone that is applied alone before all others; `None` is the first.
    pub canary_zone: Option<ZoneId>,
    /// When changes are allowed, where a zone says nothing else.
    pub windows: Windows,
    /// Where state is kept.
    pub state: Place,
    /// The configuration's own file and what it includes.
    pub files: Vec<PathBuf>,
}

const TOP_KEYS: &[&str] = &["providers", "zones", "guards", "verify", "windows", "state", "canary_zone"];
const GUARD_KEYS: &[&str] = &["max_deletes", "max_delete_percent"];
const VERIFY_KEYS: &[&str] = &["samples", "deadline", "write_deadline", "heal", "roll_back"];

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
            Some(config) if reader.errors.is_empty() => Ok(Self { files: document.files, ..config }),
            _ => Err(reader.errors),
        }
    }

    /// What is said about `zone`: its own entry, else the longest glob that matches.
    #[must_use]
    pub fn zone(&self, zone: &ZoneId) -> Option<&ZoneConfig> {
        self.zones.get(zone)
    }

    /// The zone that a provider holds under this name: the view of it that it is a target of, else
    /// the zone as such.
    #[must_use]
    pub fn zone_at(&self, name: &Name, provider: &str) -> ZoneId {
        self.zones.served_by(name, provider).map_or_else(|| name.clone().into(), |(zone, _)| zone)
    }

    /// What is said about the zone that a provider holds under this name; `None` where it is no
    /// target of it.
    #[must_use]
    pub fn zone_of(&self, name: &Name, provider: &str) -> Option<&ZoneConfig> {
        self.zones.served_by(name, provider).map(|(_, entry)| entry)
    }

    /// When `zone` may be changed.
    #[must_use]
    pub fn windows(&self, zone: &ZoneId) -> &Windows {
        self.zone(zone).map_or(&self.windows, |entry| &entry.windows)
    }
}

impl Reader {
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
            zones: ZoneEntries::default(),
            max_deletes,
            max_delete_percent,
            samples: 3,
            deadline: SignedDuration::from_mins(5),
            write_deadline: SignedDuration::from_secs(30),
            heal: SignedDuration::from_mins(1),
            rolls_back: true,
            canary_zone: None,
            windows: Windows::default(),
            state: Place::Directory(".dnsure".into()),
            files: Vec::new(),
        };
        if let Some(state) = root.get("state") {
            config.state = self.place(state)?;
        }
        if let Some(zone) = root.get("canary_zone") {
            config.canary_zone = self.zone_id(zone);
        }
        if let Some(verify) = root.get("verify") {
            self.verify(verify, &mut config);
        }
        if let Some(windows) = root.get("windows").and_then(|node| self.windows(node, &config.windows)) {
            config.windows = windows;
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

    fn place(&mut self, node: &Node) -> Option<Place> {
        let text = self.text(node)?;
        // The value may hold a secret: it is not repeated.
        self.take(text.parse().map_err(|error: PlaceError| {
            let code = if error == PlaceError::Credentials { "secret-in-file" } else { "bad-state" };
            node.error(code, error.to_string())
                .with_help("write a directory, or a bucket such as `s3://bucket/prefix`")
        }))
    }

    fn guards(&mut self, node: Option<&Node>, defaults: (usize, usize)) -> (usize, usize) {
        let Some(node) = node else { return defaults };
        self.only(node, GUARD_KEYS);
        let mut number = |key: &str, default: usize| {
            node.get(key).map_or(Some(default), |value| self.take(value.expect_integer())).unwrap_or(default)
        };
        (number("max_deletes", defaults.0), number("max_delete_percent", defaults.1))
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
        if let Some(heal) = node.get("heal").and_then(|node| self.duration(node)) {
            config.heal = heal;
        }
        if let Some(node) = node.get("roll_back") {
            config.rolls_back = self.take(node.expect_bool()).unwrap_or(true);
        }
    }
}
