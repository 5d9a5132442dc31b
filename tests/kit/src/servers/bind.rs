//! BIND 9 (`named`).

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use super::Server;
use super::settings::{Settings, Source, common_settings, key_settings, write, zone_file};
use crate::ports::{Lease, reserve};
use crate::process::{Launch, find};

/// BIND 9; see [`Bind::builder`].
#[derive(Debug)]
pub struct Bind;

/// Settings of a BIND to be started.
#[derive(Debug, Default)]
pub struct BindBuilder {
    settings: Settings,
    policy: Option<String>,
    control: Option<Lease>,
}

impl Bind {
    /// A BIND without zones; updates and transfers allowed from loopback unless a key is given.
    pub fn builder() -> BindBuilder {
        BindBuilder::default()
    }
}

impl BindBuilder {
    common_settings!();
    key_settings!();

    /// Signs its primary zones (`dnssec-policy default`, inline signing).
    #[must_use]
    pub fn inline_signing(mut self) -> Self {
        self.settings.signed = true;
        self
    }

    /// `update-policy` of its primary zones (`deny ci. name a.test. ANY;`); every key may change
    /// everything unless this is said.
    #[must_use]
    pub fn update_policy(mut self, rules: &str) -> Self {
        self.policy = Some(rules.to_owned());
        self
    }

    /// Its zones are changed in their files alone, and loaded by [`Server::reload_command`].
    #[must_use]
    pub fn static_files(mut self) -> Self {
        self.control = Some(reserve());
        self
    }

    /// `max-records-per-type`, 100 by default.
    #[must_use]
    pub fn max_records_per_type(self, limit: u32) -> Self {
        self.extra(&format!("max-records-per-type {limit};"))
    }

    /// `max-types-per-name`, 100 by default.
    #[must_use]
    pub fn max_types_per_name(self, limit: u32) -> Self {
        self.extra(&format!("max-types-per-name {limit};"))
    }

    /// Starts it and waits until it serves its zones.
    pub fn start(mut self) -> Server {
        let reserved = self.settings.at.take();
        Server::launch("BIND", reserved, &self.settings.ready(), |directory, addr| {
            self.write_files(directory, addr);
            let program = program(directory);
            let arguments = ["-g", "-n", "2", "-c", "named.conf"].map(str::to_owned).to_vec();
            Launch { program, arguments }
        })
    }

    fn write_files(&self, directory: &Path, addr: SocketAddr) {
        let settings = &self.settings;
        let mut keys = String::new();
        let mut allowed = String::new();
        for key in &settings.keys {
            let _ = writeln!(
                keys,
                "key \"{}\" {{ algorithm {}; secret \"{}\"; }};",
                key.name, key.algorithm, key.secret
            );
            let _ = write!(allowed, "key \"{}\"; ", key.name);
        }
        if allowed.is_empty() {
            allowed.push_str("127.0.0.0/8; ");
        }
        let mut conf = format!(
            "options {{\n  directory \"{directory}\";\n  key-directory \"{directory}\";\n  pid-file none;\n  \
             session-keyfile none;\n  listen-on port {port} {{ 127.0.0.1; }};\n  listen-on-v6 {{ none; }};\n  \
             recursion no;\n  dnssec-validation no;\n  notify explicit;\n  notify-delay 0;\n  \
             allow-transfer {{ {allowed}}};\n  {extra}}};\n{controls}{keys}",
            directory = directory.display(),
            port = addr.port(),
            extra = settings.extra,
            controls = self.controls(directory),
        );
        for (apex, source) in &settings.zones {
            let file = zone_file(apex);
            let _ = writeln!(conf, "zone \"{apex}\" {{\n  file \"{file}\";");
            match source {
                Source::Text(text) => {
                    write(directory, &file, text);
                    let _ = match &self.policy {
                        None if self.control.is_some() => writeln!(conf, "  type primary;"),
                        Some(rules) => writeln!(conf, "  type primary;\n  update-policy {{ {rules} }};"),
                        None => writeln!(conf, "  type primary;\n  allow-update {{ {allowed}}};"),
                    };
                    if settings.signed {
                        conf.push_str("  dnssec-policy default;\n  inline-signing yes;\n");
                    }
                }
                Source::Primary(primary) => {
                    let key =
                        settings.keys.first().map_or(String::new(), |key| format!(" key \"{}\"", key.name));
                    let _ = writeln!(
                        conf,
                        "  type secondary;\n  masterfile-format text;\n  allow-notify {{ 127.0.0.0/8; }};\n  \
                         primaries {{ {} port {}{key}; }};",
                        primary.ip(),
                        primary.port()
                    );
                }
            }
            if !settings.notify.is_empty() {
                let list = settings.notify.iter().fold(String::new(), |mut list, addr| {
                    let _ = write!(list, "{} port {}; ", addr.ip(), addr.port());
                    list
                });
                let _ = writeln!(conf, "  also-notify {{ {list}}};");
            }
            conf.push_str("};\n");
        }
        write(directory, "named.conf", &conf);
    }
}

impl BindBuilder {
    /// The control channel, and the file by which `rndc` finds it.
    fn controls(&self, directory: &Path) -> String {
        let Some(control) = &self.control else { return "controls { };\n".into() };
        let port = control.addr().port();
        let key = "key \"rndc\" { algorithm hmac-sha256; secret \"cm5kYyBvZiB0aGUga2l0\"; };\n";
        write(
            directory,
            "rndc.conf",
            &format!(
                "{key}options {{ default-key \"rndc\"; default-server 127.0.0.1; default-port {port}; }};\n"
            ),
        );
        format!(
            "{key}controls {{ inet 127.0.0.1 port {port} allow {{ 127.0.0.1; }} keys {{ \"rndc\"; }}; }};\n"
        )
    }
}

/// `named`, as a copy in the server's directory where AppArmor's profile, which goes by path, would
/// keep it out of there.
fn program(directory: &Path) -> PathBuf {
    let program = find("named");
    let confined =
        fs::read_to_string("/sys/module/apparmor/parameters/enabled").is_ok_and(|on| on.starts_with('Y'));
    if !confined {
        return program;
    }
    let copy = directory.join("named");
    fs::copy(&program, &copy).unwrap_or_else(|error| panic!("cannot copy {}: {error}", program.display()));
    copy
}
