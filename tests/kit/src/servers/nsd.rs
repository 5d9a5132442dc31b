//! NSD, for static zones: it takes no updates.

use std::fmt::Write as _;

use super::Server;
use super::settings::{Settings, Source, common_settings, key_settings, write, zone_file};
use crate::process::Launch;

/// NSD; see [`Nsd::builder`].
#[derive(Debug)]
pub struct Nsd;

/// Settings of an NSD to be started.
#[derive(Debug, Default)]
pub struct NsdBuilder {
    settings: Settings,
}

impl Nsd {
    /// An NSD without zones; transfers allowed from loopback unless a key is given.
    pub fn builder() -> NsdBuilder {
        NsdBuilder::default()
    }
}

impl NsdBuilder {
    common_settings!();
    key_settings!();

    /// Starts it and waits until it serves its zones.
    pub fn start(mut self) -> Server {
        let settings = std::mem::take(&mut self.settings);
        let ready = settings.ready();
        let (mut reserved, settings) = (settings.at, Settings { at: None, ..settings });
        Server::launch("NSD", reserved.take(), &ready, |directory, addr| {
            let mut conf = format!(
                "server:\n  ip-address: {}@{}\n  username: \"\"\n  chroot: \"\"\n  zonesdir: \"{here}\"\n  \
                 database: \"\"\n  pidfile: \"\"\n  xfrdfile: \"{here}/xfrd.state\"\n  xfrdir: \"{here}\"\n  \
                 zonelistfile: \"{here}/zone.list\"\n  server-count: 1\n  rrl-ratelimit: 0\n{}\
                 remote-control:\n  control-enable: yes\n  control-interface: \"{here}/nsd.sock\"\n",
                addr.ip(),
                addr.port(),
                settings.extra,
                here = directory.display(),
            );
            for key in &settings.keys {
                let _ = writeln!(
                    conf,
                    "key:\n  name: \"{}\"\n  algorithm: {}\n  secret: \"{}\"",
                    key.name, key.algorithm, key.secret
                );
            }
            let who = settings.keys.first().map_or("NOKEY", |key| &key.name);
            for (apex, source) in &settings.zones {
                let file = zone_file(apex);
                let _ = writeln!(
                    conf,
                    "zone:\n  name: \"{apex}\"\n  zonefile: \"{file}\"\n  provide-xfr: 127.0.0.0/8 {who}"
                );
                match source {
                    Source::Text(text) => write(directory, &file, text),
                    Source::Primary(primary) => {
                        let _ = writeln!(
                            conf,
                            "  allow-notify: 127.0.0.0/8 NOKEY\n  request-xfr: {}@{} NOKEY",
                            primary.ip(),
                            primary.port()
                        );
                    }
                }
                for addr in &settings.notify {
                    let _ = writeln!(conf, "  notify: {}@{} NOKEY", addr.ip(), addr.port());
                }
            }
            write(directory, "nsd.conf", &conf);
            Launch::new("nsd", ["-d", "-c", "nsd.conf"])
        })
    }
}
