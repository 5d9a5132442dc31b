//! The servers: one per kind, with any number of zones.

use super::{Project, SECRET};
use dnsure_kit::panel::{Panel, PanelBuilder};
use dnsure_kit::servers::BindBuilder;
use dnsure_kit::{
    Bind, Knot, Nsd, PowerDns, Server, Tsig, dig_axfr_sorted, nsupdate, without_server_made, zone_text,
};
use dnsure_providers::embedded::{Embedded, EmbeddedSettings, Serving, serve};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What serves the zone, and how dnsure reaches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bind,
    Knot,
    PowerDnsApi,
    PowerDnsUpdate,
    Embedded,
    Panel,
    Cloud,
}

impl Kind {
    /// Those that [`Host::start`] starts.
    pub const ALL: [Self; 5] =
        [Self::Bind, Self::Knot, Self::PowerDnsApi, Self::PowerDnsUpdate, Self::Embedded];
}

/// A running server.
pub struct Host {
    pub kind: Kind,
    running: Running,
}

enum Running {
    Server(Server),
    PowerDns(PowerDns),
    Embedded { directory: tempfile::TempDir, serving: Serving },
    Panel { panel: Panel, servers: Vec<Arc<Server>> },
    Cloud { provider: String, token: String, servers: Vec<Arc<Server>> },
}

pub(super) fn key() -> Tsig {
    Tsig::new("ci.", "hmac-sha256", SECRET)
}

impl Host {
    /// Starts a server of `kind` with these zones: apex and records.
    pub fn start(kind: Kind, zones: &[(&str, &str)]) -> Arc<Self> {
        let key = key();
        let running = match kind {
            Kind::Bind => {
                let builder = Bind::builder().key(&key);
                let builder =
                    zones.iter().fold(builder, |b, (zone, records)| b.zone(zone, zone_text(zone, records)));
                Running::Server(builder.start())
            }
            Kind::Knot => {
                let builder = Knot::builder().key(&key);
                let builder =
                    zones.iter().fold(builder, |b, (zone, records)| b.zone(zone, zone_text(zone, records)));
                Running::Server(builder.start())
            }
            Kind::PowerDnsApi | Kind::PowerDnsUpdate => {
                let mut builder = PowerDns::builder();
                if kind == Kind::PowerDnsUpdate {
                    builder = builder.key(&key);
                }
                let builder =
                    zones.iter().fold(builder, |b, (zone, records)| b.zone(zone, zone_text(zone, records)));
                Running::PowerDns(builder.start())
            }
            Kind::Embedded => {
                let directory = tempfile::tempdir().unwrap();
                for (zone, records) in zones {
                    super::stranger::create(directory.path(), zone, &zone_text(zone, records));
                }
                let settings = EmbeddedSettings { directory: directory.path().into(), listen: None };
                let serving = serve(&settings).unwrap();
                Running::Embedded { directory, serving }
            }
            Kind::Panel => return Self::panel(Panel::builder(), zones),
            Kind::Cloud => panic!("a test starts its cloud itself: Host::cloud"),
        };
        Arc::new(Self { kind, running })
    }

    /// A BIND of the test's own making, with the key of all servers here.
    pub fn bind(builder: BindBuilder) -> Arc<Self> {
        Arc::new(Self { kind: Kind::Bind, running: Running::Server(builder.key(&key()).start()) })
    }

    /// A panel with these zones that publishes to a BIND, a Knot and an NSD.
    pub fn panel(builder: PanelBuilder, zones: &[(&str, &str)]) -> Arc<Self> {
        let texts: Vec<(&str, String)> =
            zones.iter().map(|(zone, records)| (*zone, zone_text(zone, records))).collect();
        let servers = std::thread::scope(|scope| {
            let bind = scope.spawn(|| {
                texts.iter().fold(Bind::builder(), |b, (zone, text)| b.zone(zone, text.clone())).start()
            });
            let knot = scope.spawn(|| {
                texts.iter().fold(Knot::builder(), |b, (zone, text)| b.zone(zone, text.clone())).start()
            });
            let nsd = texts.iter().fold(Nsd::builder(), |b, (zone, text)| b.zone(zone, text.clone())).start();
            [bind.join().unwrap(), knot.join().unwrap(), nsd].map(Arc::new)
        });
        let builder = texts.iter().fold(builder, |b, (zone, text)| b.zone(zone, text.clone()));
        let builder = servers.iter().fold(builder, |b, server| b.publish_to(Arc::clone(server)));
        let running = Running::Panel { panel: builder.start(), servers: servers.into() };
        Arc::new(Self { kind: Kind::Panel, running })
    }

    /// A cloud of the test's own making: its entry in `dnsure.yaml`, what `LAB_SECRET` is, and the servers
    /// that it publishes to.
    pub fn cloud(provider: String, token: &str, servers: Vec<Arc<Server>>) -> Arc<Self> {
        Arc::new(Self {
            kind: Kind::Cloud,
            running: Running::Cloud { provider, token: token.into(), servers },
        })
    }

    /// A project for one of its zones.
    pub fn project(self: &Arc<Self>, zone: &str) -> Project {
        Project::new(Arc::clone(self), zone)
    }

    /// Every server behind it, with its kind.
    pub fn servers(&self) -> Vec<(&'static str, SocketAddr)> {
        match &self.running {
            Running::Panel { servers, .. } | Running::Cloud { servers, .. } => {
                servers.iter().map(|server| (server.kind(), server.addr())).collect()
            }
            Running::Embedded { serving, .. } => vec![("dnsure", serving.addr())],
            _ => vec![(self.server().kind(), self.addr())],
        }
    }

    /// The panel; panics where there is none.
    pub fn the_panel(&self) -> &Panel {
        match &self.running {
            Running::Panel { panel, .. } => panel,
            _ => panic!("{:?} is no panel", self.kind),
        }
    }

    /// Where it answers; the first server behind a panel.
    pub fn addr(&self) -> SocketAddr {
        match &self.running {
            Running::Panel { servers, .. } | Running::Cloud { servers, .. } => servers[0].addr(),
            Running::Server(server) => server.addr(),
            Running::PowerDns(server) => server.addr(),
            Running::Embedded { serving, .. } => serving.addr(),
        }
    }

    /// The process, to be stopped and started; panics for the embedded one.
    pub fn server(&self) -> &Server {
        match &self.running {
            Running::Server(server) => server,
            Running::PowerDns(server) => server,
            Running::Panel { servers, .. } | Running::Cloud { servers, .. } => &servers[0],
            Running::Embedded { .. } => panic!("the embedded server is no process of its own"),
        }
    }

    /// The directory of the embedded server's zones.
    pub(super) fn embedded(&self) -> Option<&Path> {
        match &self.running {
            Running::Embedded { directory, .. } => Some(directory.path()),
            _ => None,
        }
    }

    /// Takes the zone away, as a volume does that is not mounted any more.
    pub fn lose(&self, zone: &str) {
        let directory = self.embedded().expect("an embedded server");
        std::fs::remove_file(directory.join(format!("{zone}jsonl"))).unwrap();
    }

    /// The provider's entry in `dnsure.yaml`.
    pub fn provider(&self) -> String {
        let addr = self.addr();
        match &self.running {
            Running::Cloud { provider, .. } => provider.clone(),
            Running::Embedded { directory, .. } => {
                format!("{{type: embedded, directory: {}}}", directory.path().display())
            }
            Running::Panel { panel, servers } => {
                let servers: Vec<String> =
                    servers.iter().map(|server| format!("{:?}", server.addr().to_string())).collect();
                format!(
                    "{{type: panel, url: \"{}\", token: \"env:LAB_SECRET\", servers: [{}]}}",
                    panel.url(),
                    servers.join(", ")
                )
            }
            Running::PowerDns(server) if self.kind == Kind::PowerDnsApi => format!(
                "{{type: powerdns, url: \"{}\", api_key: \"env:LAB_SECRET\", servers: [\"{addr}\"]}}",
                server.api_url()
            ),
            _ => format!(
                "{{type: rfc2136, server: \"{addr}\", key: {{name: ci., algorithm: hmac-sha256, secret: \"env:LAB_SECRET\"}}}}"
            ),
        }
    }

    /// What `LAB_SECRET` must be.
    pub fn secret(&self) -> &str {
        match &self.running {
            Running::Panel { panel, .. } => panel.token(),
            Running::Cloud { token, .. } => token,
            Running::PowerDns(server) if self.kind == Kind::PowerDnsApi => server.api_key(),
            _ => SECRET,
        }
    }

    fn key(&self) -> Option<Tsig> {
        matches!(self.kind, Kind::Bind | Kind::Knot | Kind::PowerDnsUpdate).then(key)
    }

    /// The zone as served, one record a line, without what the server makes itself.
    pub fn snapshot(&self, zone: &str) -> Vec<String> {
        if let Some(directory) = self.embedded() {
            return super::stranger::lines(directory, zone);
        }
        let lines = dig_axfr_sorted(self.addr(), zone, self.key().as_ref());
        without_server_made(&lines.unwrap_or_else(|error| panic!("{error}")))
    }

    /// The zone as each server serves it.
    pub fn snapshots(&self, zone: &str) -> Vec<Vec<String>> {
        let transfer = |(_, addr)| {
            let lines = dig_axfr_sorted(addr, zone, self.key().as_ref());
            without_server_made(&lines.unwrap_or_else(|error| panic!("{error}")))
        };
        self.servers().into_iter().map(transfer).collect()
    }

    /// Sends `nsupdate` commands to the first server.
    pub fn nsupdate(&self, zone: &str, commands: &str) {
        nsupdate(self.addr(), zone, self.key().as_ref(), commands).unwrap_or_else(|error| panic!("{error}"));
    }

    /// The serial of the zone.
    pub fn serial(&self, zone: &str) -> String {
        let soa = dnsure_kit::query::rtype::SOA;
        let name = dnsure_kit::query::name_wire(zone);
        let wait = std::time::Duration::from_secs(5);
        let answer = dnsure_kit::ask(self.addr(), &name, soa, dnsure_kit::Form::Tcp, wait);
        answer.unwrap_or_else(|error| panic!("{error:?}")).texts().concat()
    }

    /// Changes the zone by the server's own ways: `records` (`owner TTL TYPE rdata`, names complete)
    /// take the place of everything at `owner` and `rtype`; none deletes it.
    pub fn edit(&self, zone: &str, owner: &str, rtype: &str, records: &[&str]) {
        if let Some(directory) = self.embedded() {
            super::stranger::edit(directory, zone, owner, rtype, records);
            // The server looks every 25 ms whether somebody else has written.
            std::thread::sleep(std::time::Duration::from_millis(250));
            return;
        }
        let mut commands = format!("update delete {owner} {rtype}");
        for record in records {
            commands.push_str(&format!("\nupdate add {record}"));
        }
        nsupdate(self.addr(), zone, self.key().as_ref(), &commands).unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Where the embedded backend of a test keeps its zones.
pub(super) fn open(directory: &Path) -> Embedded {
    Embedded::open(EmbeddedSettings { directory: PathBuf::from(directory), listen: None }).unwrap()
}
