//! A zone that lives as long as the test, made and deleted by the vendor's own SDK.

use super::Account;
use super::running::Ran;
use dnsure_kit::query::{name_wire, rtype};
use dnsure_kit::{Form, ask, oracles_python};
use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;
use std::net::{SocketAddr, ToSocketAddrs as _};
use std::thread;
use std::time::{Duration, Instant};

/// How long a cloud may take until its name servers answer for a new zone.
const PATIENCE: Duration = Duration::from_secs(300);

/// The zone; deleted in the end, also when the test fails.
pub struct ThrowAway<'a> {
    account: &'a Account,
    /// Absolute.
    pub name: String,
    /// The name servers that the cloud gave it.
    pub name_servers: Vec<String>,
}

/// A name that nobody has had yet and that tells its age.
fn name_below(parent: &str) -> String {
    let made = jiff::Timestamp::now().strftime("%Y%m%dt%H%M");
    // Keys of a hasher are random.
    let random = RandomState::new().hash_one(std::process::id()) >> 32;
    format!("dnsure-live-{made}-{random:08x}.{}.", parent.trim_end_matches('.'))
}

impl<'a> ThrowAway<'a> {
    /// Makes it, or takes the empty zone that the account names.
    pub fn at(account: &'a Account) -> Self {
        let (name, command) = match &account.zone {
            Some(zone) => (format!("{}.", zone.trim_end_matches('.')), "adopt"),
            None => (name_below(&account.parent), "create"),
        };
        if command == "adopt" {
            // Before there is a guard that empties it.
            script(account, &[command, &name]).ends(0);
        }
        // The guard comes first: who knows what is there when a creation fails.
        let mut zone = Self { account, name, name_servers: Vec::new() };
        let ran = script(account, &[command, &zone.name]);
        ran.ends(0);
        let facts: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let servers = facts["name_servers"].as_array().unwrap();
        zone.name_servers = servers.iter().map(|name| name.as_str().unwrap().to_owned()).collect();
        assert!(!zone.name_servers.is_empty(), "{ran:?}");
        zone
    }

    /// The first IPv4 address of each of its name servers.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let resolve = |name: &String| {
            let found = (name.trim_end_matches('.'), 53).to_socket_addrs();
            let mut found = found.unwrap_or_else(|error| panic!("{name}: {error}"));
            found.find(SocketAddr::is_ipv4).unwrap_or_else(|| panic!("{name} has no IPv4 address"))
        };
        self.name_servers.iter().map(resolve).collect()
    }

    /// Waits until all of these answer for it: a zone that was just made takes a while.
    pub fn until_answered_by(&self, servers: &[SocketAddr]) {
        let deadline = Instant::now() + PATIENCE;
        let name = name_wire(&self.name);
        for server in servers {
            let answers = || {
                let answer = ask(*server, &name, rtype::SOA, Form::Udp, Duration::from_secs(3));
                answer.is_ok_and(|answer| !answer.texts().is_empty())
            };
            while !answers() {
                assert!(Instant::now() < deadline, "{server} does not answer for {}", self.name);
                thread::sleep(Duration::from_secs(1));
            }
        }
    }

    /// A stranger's change by the SDK; `owner` is relative.
    pub fn change(&self, owner: &str, rtype: &str, ttl: u32, value: &str) {
        script(self.account, &["change", &self.name, owner, rtype, &ttl.to_string(), value]).ends(0);
    }
}

impl Drop for ThrowAway<'_> {
    fn drop(&mut self) {
        let command = if self.account.zone.is_some() { "empty" } else { "delete" };
        let ran = script(self.account, &[command, &self.name]);
        if ran.code != Some(0) {
            let cloud = self.account.cloud.name();
            // A second panic would hide the first.
            let _ = writeln!(
                std::io::stderr(),
                "{} is left behind at {cloud}; delete it with tests/kit/python/live_zone.py {cloud} {command} {}\n{ran:?}",
                self.name,
                self.name
            );
        }
    }
}

/// Runs the vendor's SDK.
pub fn script(account: &Account, arguments: &[&str]) -> Ran {
    let mut command = account.command(oracles_python());
    // What the script reads must be what dnsure reads.
    command.env(account.cloud.variable(), &account.provider);
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/kit/python/live_zone.py"));
    command.arg(account.cloud.name()).args(arguments);
    Ran::from_command(command)
}
