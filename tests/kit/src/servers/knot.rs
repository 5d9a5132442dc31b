//! Knot DNS (`knotd`).

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use super::Server;
use super::settings::{Settings, Source, common_settings, key_settings, write, zone_file};
use crate::process::Launch;

/// Knot DNS; see [`Knot::builder`].
#[derive(Debug)]
pub struct Knot;

/// Settings of a Knot to be started.
#[derive(Debug, Default)]
pub struct KnotBuilder {
    settings: Settings,
}

impl Knot {
    /// A Knot without zones; updates and transfers allowed from loopback unless a key is given.
    pub fn builder() -> KnotBuilder {
        KnotBuilder::default()
    }
}

impl KnotBuilder {
    common_settings!();
    key_settings!();

    /// Signs its primary zones (automatic DNSSEC signing).
    #[must_use]
    pub fn signing(mut self) -> Self {
        self.settings.signed = true;
        self
    }

    /// Starts it and waits until it serves its zones.
    pub fn start(mut self) -> Server {
        let reserved = self.settings.at.take();
        Server::launch("Knot", reserved, &self.settings.ready(), |directory, addr| {
            self.write_files(directory, addr);
            Launch::new("knotd", ["-c", "knot.conf"])
        })
    }

    fn write_files(&self, directory: &Path, addr: SocketAddr) {
        let settings = &self.settings;
        let here = directory.display();
        let mut conf = format!(
            "server:\n  rundir: \"{here}\"\n  listen: {}@{}\n  udp-workers: 2\n  tcp-workers: 2\n  \
             background-workers: 2\n  tcp-io-timeout: 20000\n{}log:\n  - target: stderr\n    any: info\n\
             database:\n  storage: \"{here}\"\n",
            addr.ip(),
            addr.port(),
            settings.extra,
        );
        let mut names = Vec::new();
        for (number, key) in settings.keys.iter().enumerate() {
            let head = if number == 0 { "key:\n" } else { "" };
            let _ = writeln!(
                conf,
                "{head}  - id: {}\n    algorithm: {}\n    secret: {}",
                key.name, key.algorithm, key.secret
            );
            names.push(key.name.as_str());
        }
        let who = match names.as_slice() {
            [] => "address: 127.0.0.0/8".to_owned(),
            names => format!("key: [{}]", names.join(", ")),
        };
        let _ = write!(
            conf,
            "acl:\n  - id: access\n    {who}\n    action: [update, transfer]\n  - id: notified\n    \
             address: 127.0.0.0/8\n    action: notify\n"
        );
        conf.push_str(&self.remotes());
        conf.push_str("zone:\n");
        for (number, (apex, source)) in settings.zones.iter().enumerate() {
            let file = zone_file(apex);
            let _ = writeln!(conf, "  - domain: {apex}\n    storage: \"{here}\"\n    file: \"{file}\"");
            match source {
                Source::Text(text) => {
                    write(directory, &file, text);
                    conf.push_str("    acl: access\n");
                    if settings.signed {
                        conf.push_str("    dnssec-signing: on\n");
                    }
                }
                Source::Primary(_) => {
                    let _ = writeln!(conf, "    acl: [notified, access]\n    master: primary{number}");
                }
            }
            if !settings.notify.is_empty() {
                let ids: Vec<String> =
                    (0..settings.notify.len()).map(|index| format!("secondary{index}")).collect();
                let _ = writeln!(conf, "    notify: [{}]", ids.join(", "));
            }
        }
        write(directory, "knot.conf", &conf);
    }

    fn remotes(&self) -> String {
        let settings = &self.settings;
        let mut remotes = String::new();
        for (number, addr) in settings.notify.iter().enumerate() {
            let _ =
                writeln!(remotes, "  - id: secondary{number}\n    address: {}@{}", addr.ip(), addr.port());
        }
        for (number, (_, source)) in settings.zones.iter().enumerate() {
            if let Source::Primary(addr) = source {
                let _ =
                    writeln!(remotes, "  - id: primary{number}\n    address: {}@{}", addr.ip(), addr.port());
                if let Some(key) = settings.keys.first() {
                    let _ = writeln!(remotes, "    key: {}", key.name);
                }
            }
        }
        if remotes.is_empty() { remotes } else { format!("remote:\n{remotes}") }
    }
}
