//! The servers behind the backends, and the foreign hand that changes them behind dnsure's back.

use crate::suite::{NAME_SERVERS, ZONE, name};
use dnsure_kit::query::rtype;
use dnsure_kit::{Bind, Knot, PowerDns, Server, Tsig, nsupdate, planted_hole};
use dnsure_providers::dns::TsigKey;
use dnsure_providers::embedded::{Embedded, EmbeddedSettings};
use dnsure_providers::powerdns::{self, PowerDnsSettings};
use dnsure_providers::rfc2136::{Rfc2136, Rfc2136Settings, Software};
use dnsure_providers::{Backend, Change, Reading, SetChange, WriteEnd};
use dnsure_zones::{Name, Rdata, RecordKey, RecordSet, RecordType, Ttl, rdata};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;

/// One backend with its server.
pub(crate) trait Host: Send + Sync {
    fn label(&self) -> &str;
    fn backend(&self) -> Arc<dyn Backend>;
    fn servers(&self) -> Vec<SocketAddr>;
    /// Whether names made from a wildcard go missing while it changes, whoever changes it; see
    /// `wildcards.rs`.
    fn hides_wildcards(&self) -> bool {
        false
    }
    /// How long a cache behind nobody's control may bring an old answer back, to one exact form of
    /// question, after a change is served.
    fn late(&self) -> Duration {
        Duration::ZERO
    }
    /// Answers that each server must have given around each state's change.
    fn answers(&self) -> u64 {
        1_000
    }
    /// Questions a second, few enough to leave the servers time for updates.
    fn rate(&self) -> u32 {
        8_000
    }
    /// Adds records (`owner TTL TYPE data`, owners relative to the zone) behind dnsure's back.
    fn put(&self, records: &[String]) -> Result<(), String>;
    /// Takes away what the backend cannot delete.
    fn take_back(&self, _records: &[String]) -> Result<(), String> {
        Ok(())
    }
    /// Deletes the A record 192.0.2.1 of `owner` and brings it back 20 ms later.
    fn plant_hole(&self, owner: &str);
    /// What of the calls so far the vendor's own description or SDK does not know.
    fn unknown_to_the_vendor(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The zone at the beginning: nothing but SOA and name servers, all outside of it.
pub(crate) fn zone_file() -> String {
    let [first, second] = NAME_SERVERS;
    format!(
        "$ORIGIN {ZONE}\n$TTL 3600\n@ SOA {first} hostmaster.example.org. 1 3600 600 604800 300\n\
         @ NS {first}\n@ NS {second}\n"
    )
}

pub(crate) fn absolute(owner: &str) -> String {
    if owner == "@" { ZONE.into() } else { format!("{owner}.{ZONE}") }
}

/// The parts of a record (`owner TTL TYPE data`), its owner absolute.
pub(crate) fn parts(record: &str) -> (String, u32, &str, &str) {
    let mut words = record.splitn(4, ' ');
    let owner = absolute(words.next().unwrap());
    let ttl = words.next().unwrap().parse().unwrap();
    (owner, ttl, words.next().unwrap(), words.next().unwrap())
}

fn commands<'a>(records: impl IntoIterator<Item = &'a String>) -> String {
    let lines = records.into_iter().map(|record| {
        let (owner, rest) = record.split_once(' ').unwrap();
        format!("update add {} {rest}\n", absolute(owner))
    });
    lines.collect()
}

fn by_update(server: SocketAddr, key: &Tsig, software: Software) -> Arc<dyn Backend> {
    let secret = key.secret.clone().into();
    let key = TsigKey::parse(&key.name, &key.algorithm, &secret).unwrap();
    let settings = Rfc2136Settings { server, key: Some(key), transfer_key: None, servers: vec![server] };
    Arc::new(Rfc2136::new(settings).running(software))
}

/// A server whose every change goes by signed updates.
pub(crate) struct Updated {
    label: &'static str,
    server: Server,
    key: Tsig,
    software: Software,
}

impl Host for Updated {
    fn label(&self) -> &str {
        self.label
    }

    fn backend(&self) -> Arc<dyn Backend> {
        by_update(self.server.addr(), &self.key, self.software)
    }

    fn servers(&self) -> Vec<SocketAddr> {
        vec![self.server.addr()]
    }

    fn hides_wildcards(&self) -> bool {
        self.software == Software::Bind
    }

    fn put(&self, records: &[String]) -> Result<(), String> {
        nsupdate(self.server.addr(), ZONE, Some(&self.key), &commands(records)).map(drop)
    }

    fn plant_hole(&self, owner: &str) {
        planted_hole(self.server.addr(), ZONE, Some(&self.key), (owner, rtype::A), "300 A 192.0.2.1");
    }
}

pub(crate) struct BindHost;

impl BindHost {
    pub(crate) fn start(signed: bool) -> Updated {
        let key = Tsig::sample("conformance.");
        let builder = Bind::builder().zone(ZONE, zone_file()).key(&key);
        let (label, builder) =
            if signed { ("BIND signing inline", builder.inline_signing()) } else { ("BIND", builder) };
        Updated { label, server: builder.start(), key, software: Software::Bind }
    }
}

pub(crate) struct KnotHost;

impl KnotHost {
    pub(crate) fn start(signed: bool) -> Updated {
        let key = Tsig::sample("conformance.");
        let builder = Knot::builder().zone(ZONE, zone_file()).key(&key);
        let (label, builder) = if signed { ("Knot signing", builder.signing()) } else { ("Knot", builder) };
        Updated { label, server: builder.start(), key, software: Software::Knot }
    }
}

/// PowerDNS, reached by its API or by updates.
pub(crate) struct PowerDnsHost {
    label: &'static str,
    server: PowerDns,
    key: Tsig,
    update: bool,
}

impl PowerDnsHost {
    pub(crate) fn start(update: bool, signed: bool) -> Self {
        let key = Tsig::sample("conformance.");
        let builder = PowerDns::builder().zone(ZONE, zone_file()).key(&key).extra("enable-lua-records=yes");
        let builder = if signed { builder.signed() } else { builder };
        let label = match (update, signed) {
            (false, false) => "PowerDNS by its API",
            (false, true) => "PowerDNS, signed, by its API",
            (true, false) => "PowerDNS by updates",
            (true, true) => "PowerDNS, signed, by updates",
        };
        Self { label, server: builder.start(), key, update }
    }

    fn patch(&self, set: &str) -> Result<(), String> {
        let zone = ZONE.trim_end_matches('.');
        let path = format!("/api/v1/servers/localhost/zones/{zone}.");
        let (status, body) = self.server.api("PATCH", &path, &format!(r#"{{"rrsets":[{set}]}}"#));
        if status != 204 {
            return Err(format!("{status} {body}"));
        }
        self.flush()
    }

    fn flush(&self) -> Result<(), String> {
        let path = format!("/api/v1/servers/localhost/cache/flush?domain={ZONE}");
        match self.server.api("PUT", &path, "") {
            (200, _) => Ok(()),
            (status, body) => Err(format!("flush: {status} {body}")),
        }
    }
}

impl Host for PowerDnsHost {
    fn label(&self) -> &str {
        self.label
    }

    fn backend(&self) -> Arc<dyn Backend> {
        if self.update {
            return by_update(self.server.addr(), &self.key, Software::PowerDns);
        }
        let settings = PowerDnsSettings::new(self.server.api_url(), self.server.api_key().to_owned().into());
        Arc::new(powerdns::PowerDns::new(settings.servers([self.server.addr()])).unwrap())
    }

    fn servers(&self) -> Vec<SocketAddr> {
        vec![self.server.addr()]
    }

    /// Its packet cache keeps answers by every octet of the question; an update leaves in it what a
    /// question under way puts back, for `cache-ttl`. The API's backend empties it.
    fn late(&self) -> Duration {
        if self.update { Duration::from_secs(25) } else { Duration::ZERO }
    }

    /// What its update listener refuses goes in by the API.
    fn put(&self, records: &[String]) -> Result<(), String> {
        let (unknown, known): (Vec<_>, Vec<_>) = records.iter().partition(|line| line.contains(" TYPE"));
        for line in unknown {
            let mut words = line.splitn(4, ' ');
            let owner = absolute(words.next().unwrap());
            let [ttl, rtype, data] = [(); 3].map(|()| words.next().unwrap());
            let data = data.replace('\\', "\\\\");
            self.patch(&format!(
                r#"{{"name":"{owner}","type":"{rtype}","ttl":{ttl},"changetype":"REPLACE","records":[{{"content":"{data}","disabled":false}}]}}"#
            ))?;
        }
        if !known.is_empty() {
            nsupdate(self.server.addr(), ZONE, Some(&self.key), &commands(known))?;
        }
        self.flush()
    }

    fn take_back(&self, records: &[String]) -> Result<(), String> {
        for line in records.iter().filter(|line| line.contains(" TYPE")) {
            let mut words = line.splitn(4, ' ');
            let owner = absolute(words.next().unwrap());
            let rtype = words.nth(1).unwrap();
            self.patch(&format!(r#"{{"name":"{owner}","type":"{rtype}","changetype":"DELETE"}}"#))?;
        }
        Ok(())
    }

    fn plant_hole(&self, owner: &str) {
        let delete = format!(r#"{{"name":"{owner}","type":"A","changetype":"DELETE"}}"#);
        let add = format!(
            r#"{{"name":"{owner}","type":"A","ttl":300,"changetype":"REPLACE","records":[{{"content":"192.0.2.1","disabled":false}}]}}"#
        );
        self.patch(&delete).unwrap();
        std::thread::sleep(Duration::from_millis(20));
        self.patch(&add).unwrap();
    }
}

/// The embedded backend; the foreign hand is another handle on the same directory.
pub(crate) struct EmbeddedHost {
    backend: Arc<Embedded>,
    foreign: Embedded,
    _directory: tempfile::TempDir,
}

impl EmbeddedHost {
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let settings = EmbeddedSettings { directory: directory.path().join("zones"), listen: None };
        let backend = Arc::new(Embedded::open(settings.clone()).unwrap());
        Self { backend, foreign: Embedded::open(settings).unwrap(), _directory: directory }
    }

    fn change(&self, key: &RecordKey, ttl: u32, member: &[u8], there: bool) -> Result<(), String> {
        let apex = name(ZONE);
        Handle::current().block_on(async {
            let Reading::Live(live) = self.foreign.read(&apex).await.map_err(|error| error.to_string())?
            else {
                return Err("no zone".into());
            };
            let before = live.zone.get_key(key).map(|set| set.to_set());
            let old = before.iter().flat_map(|set| set.rdatas().iter().cloned());
            let mut members: Vec<Rdata> = old.filter(|data| data.wire() != member).collect();
            if there {
                members.push(Rdata::new(member));
            }
            let after = RecordSet::new(key.clone(), Ttl::from_wire(ttl), members);
            let after = Some(after).filter(|set| !set.rdatas().is_empty());
            let change = SetChange::between(before, after).and_then(|set| Change::new(vec![set]));
            match self.foreign.write(&apex, &change.into_iter().collect::<Vec<_>>(), &live).await {
                WriteEnd::Accepted { .. } => Ok(()),
                end => Err(format!("{end:?}")),
            }
        })
    }
}

impl Host for EmbeddedHost {
    fn label(&self) -> &str {
        "embedded"
    }

    fn backend(&self) -> Arc<dyn Backend> {
        self.backend.clone()
    }

    fn servers(&self) -> Vec<SocketAddr> {
        vec![self.backend.addr()]
    }

    fn put(&self, records: &[String]) -> Result<(), String> {
        let apex = name(ZONE);
        for record in records {
            let mut words = record.splitn(4, ' ');
            let owner = Name::parse(words.next().unwrap(), Some(&apex)).unwrap();
            let ttl: u32 = words.next().unwrap().parse().unwrap();
            let rtype: RecordType = words.next().unwrap().parse().unwrap();
            let wire = rdata::parse_text(rtype, words.next().unwrap(), &apex).unwrap();
            self.change(&RecordKey::new(owner, rtype), ttl, &wire, true)?;
        }
        // The other handle's server looks at the directory every 25 ms.
        std::thread::sleep(Duration::from_millis(300));
        Ok(())
    }

    fn plant_hole(&self, owner: &str) {
        let key = RecordKey::new(name(owner), RecordType::A);
        self.change(&key, 300, &[192, 0, 2, 1], false).unwrap();
        // The server of the other handle sees it after its next look at the directory.
        std::thread::sleep(Duration::from_millis(45));
        self.change(&key, 300, &[192, 0, 2, 1], true).unwrap();
    }
}
