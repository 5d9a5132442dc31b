//! PowerDNS Authoritative Server with its SQLite backend, HTTP API and update listener.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::ops::Deref;
use std::path::Path;

use super::Server;
use super::settings::{Settings, Source, common_settings, key_settings, write, zone_file};
use crate::http::request;
use crate::ports::{Lease, reserve};
use crate::process::{Launch, run};

/// The database's tables, from Debian's package.
const SCHEMA: &str = "/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql";
const API_KEY: &str = "kit-api-key";

/// A running PowerDNS: a [`Server`] with an HTTP API.
#[derive(Debug)]
pub struct PowerDns {
    server: Server,
    api: Lease,
}

impl Deref for PowerDns {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl PowerDns {
    /// A PowerDNS without zones, with its default caches; updates and transfers are allowed from
    /// loopback, updates only signed once a key is given.
    pub fn builder() -> PowerDnsBuilder {
        PowerDnsBuilder {
            settings: Settings::default(),
            metadata: vec![("SOA-EDIT-API".into(), "DEFAULT".into())],
        }
    }

    /// Where its HTTP API is, as in `http://127.0.0.1:8081`.
    pub fn api_url(&self) -> String {
        format!("http://{}", self.api.addr())
    }

    /// The value for `X-API-Key`.
    pub fn api_key(&self) -> &'static str {
        API_KEY
    }

    /// One request to its API, path from `/api` on: status and body. For tests that need no more.
    pub fn api(&self, method: &str, path: &str, body: &str) -> (u16, String) {
        let headers = [("X-API-Key", API_KEY), ("Content-Type", "application/json")];
        request(self.api.addr(), method, path, &headers, body)
            .unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Runs `pdnsutil` on its database.
    pub fn pdnsutil(&self, arguments: &[&str]) -> Result<String, String> {
        pdnsutil(self.directory(), arguments)
    }
}

/// Settings of a PowerDNS to be started.
#[derive(Debug)]
pub struct PowerDnsBuilder {
    settings: Settings,
    metadata: Vec<(String, String)>,
}

impl PowerDnsBuilder {
    common_settings!();
    key_settings!();

    /// Signs its primary zones (`pdnsutil secure-zone`).
    #[must_use]
    pub fn signed(mut self) -> Self {
        self.settings.signed = true;
        self
    }

    /// `SOA-EDIT` of every zone: changes the serial as it is served, as in `INCEPTION-EPOCH`.
    #[must_use]
    pub fn soa_edit(self, how: &str) -> Self {
        self.metadata("SOA-EDIT", how)
    }

    /// `SOA-EDIT-API` of every zone, `DEFAULT` unless set, as the API itself creates zones.
    #[must_use]
    pub fn soa_edit_api(mut self, how: &str) -> Self {
        self.metadata.retain(|(kind, _)| kind != "SOA-EDIT-API");
        self.metadata("SOA-EDIT-API", how)
    }

    /// Domain metadata of every zone.
    #[must_use]
    pub fn metadata(mut self, kind: &str, content: &str) -> Self {
        self.metadata.push((kind.to_owned(), content.to_owned()));
        self
    }

    /// Switches its packet, query and negative caches off.
    #[must_use]
    pub fn without_caches(self) -> Self {
        self.extra("cache-ttl=0\nquery-cache-ttl=0\nnegquery-cache-ttl=0\nzone-cache-refresh-interval=0")
    }

    /// Starts it and waits until it serves its zones and its API answers.
    pub fn start(mut self) -> PowerDns {
        let reserved = self.settings.at.take();
        let mut api = reserve();
        let server = Server::launch("PowerDNS", reserved, &self.settings.ready(), |directory, addr| {
            api = reserve();
            self.write_files(directory, addr, api.addr());
            self.fill_database(directory).unwrap_or_else(|error| panic!("PowerDNS database: {error}"));
            Launch::new("pdns_server", ["--config-dir=."])
        });
        let started = PowerDns { server, api };
        let (status, body) = started.api("GET", "/api/v1/servers/localhost", "");
        assert_eq!(status, 200, "PowerDNS API: {body}\n{}", started.log());
        started
    }

    fn write_files(&self, directory: &Path, addr: SocketAddr, api: SocketAddr) {
        let mut conf = format!(
            "launch=gsqlite3\ngsqlite3-database={here}/pdns.sqlite3\ngsqlite3-dnssec=yes\n\
             local-address={}\nlocal-port={}\nwebserver=yes\napi=yes\napi-key={API_KEY}\n\
             webserver-address={}\nwebserver-port={}\nwebserver-allow-from=127.0.0.0/8\n\
             dnsupdate=yes\nallow-dnsupdate-from=127.0.0.0/8\nallow-axfr-ips=127.0.0.0/8\n\
             primary=yes\nsecondary=yes\nallow-notify-from=127.0.0.0/8\nonly-notify=127.0.0.0/8\n\
             socket-dir={here}\ndaemon=no\nguardian=no\nwrite-pid=no\ndisable-syslog=yes\n\
             log-timestamp=yes\nsecurity-poll-suffix=\n",
            addr.ip(),
            addr.port(),
            api.ip(),
            api.port(),
            here = directory.display(),
        );
        if !self.settings.notify.is_empty() {
            let list: Vec<String> = self.settings.notify.iter().map(ToString::to_string).collect();
            let _ = writeln!(conf, "also-notify={}", list.join(","));
        }
        conf.push_str(&self.settings.extra);
        write(directory, "pdns.conf", &conf);
    }

    fn fill_database(&self, directory: &Path) -> Result<(), String> {
        let sqlite = |input: &str| run("sqlite3", &["-bail", "pdns.sqlite3"], directory, input);
        sqlite(&format!(".read {SCHEMA}\n"))?;
        for (apex, source) in &self.settings.zones {
            if let Source::Text(text) = source {
                let file = zone_file(apex);
                write(directory, &file, text);
                pdnsutil(directory, &["load-zone", apex, &file])?;
                if self.settings.signed {
                    pdnsutil(directory, &["secure-zone", apex])?;
                }
            }
        }
        sqlite(&self.statements())?;
        Ok(())
    }

    fn statements(&self) -> String {
        let quote = |text: &str| format!("'{}'", text.replace('\'', "''"));
        let bare = |name: &str| quote(&name.trim_end_matches('.').to_ascii_lowercase());
        let mut sql = String::from("BEGIN;\n");
        for key in &self.settings.keys {
            let _ = writeln!(
                sql,
                "INSERT INTO tsigkeys (name, algorithm, secret) VALUES ({}, {}, {});",
                bare(&key.name),
                bare(&key.algorithm),
                quote(&key.secret)
            );
        }
        for (apex, source) in &self.settings.zones {
            let zone = bare(apex);
            let mut metadata = |kind: &str, content: &str| {
                let _ = writeln!(
                    sql,
                    "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, {}, {content} FROM domains WHERE name = {zone};",
                    quote(kind)
                );
            };
            match source {
                Source::Text(_) => {
                    for (kind, content) in &self.metadata {
                        metadata(kind, &quote(content));
                    }
                    for key in &self.settings.keys {
                        metadata("TSIG-ALLOW-DNSUPDATE", &bare(&key.name));
                        metadata("TSIG-ALLOW-AXFR", &bare(&key.name));
                    }
                    if !self.settings.notify.is_empty() {
                        let _ = writeln!(sql, "UPDATE domains SET type = 'MASTER' WHERE name = {zone};");
                    }
                }
                Source::Primary(primary) => {
                    let row = format!("{zone}, 'SLAVE', '{primary}'");
                    let key = self.settings.keys.first().map(|key| bare(&key.name));
                    let _ = writeln!(sql, "INSERT INTO domains (name, type, master) VALUES ({row});");
                    if let Some(key) = key {
                        let _ = writeln!(
                            sql,
                            "INSERT INTO domainmetadata (domain_id, kind, content) SELECT id, 'AXFR-MASTER-TSIG', {key} FROM domains WHERE name = {zone};"
                        );
                    }
                }
            }
        }
        sql.push_str("COMMIT;\n");
        sql
    }
}

fn pdnsutil(directory: &Path, arguments: &[&str]) -> Result<String, String> {
    run("pdnsutil", &[&["--config-dir=."], arguments].concat(), directory, "")
}
