//! What a kind of server never takes, where its owner says which one it is.
//!
//! Measured on BIND 9.18 and PowerDNS 4.7; Knot 3.2 takes everything. Only what a file declares is
//! refused: what is live is there, whatever the defaults say.

use crate::powerdns::takes_updates_of;
use dnsure_zones::zone::SetRef;
use dnsure_zones::{Name, RecordType, Ttl, rdata};

/// The program behind an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Software {
    /// Nobody said. What it does not take shows when it is written: the server refuses, and nothing
    /// changes.
    #[default]
    Unknown,
    /// BIND 9 with its defaults.
    Bind,
    /// Knot DNS.
    Knot,
    /// PowerDNS Authoritative Server.
    PowerDns,
}

/// BIND's `max-records-per-type`, 100 by default.
const BIND_MEMBERS: usize = 100;

/// `max-zone-ttl` of BIND's default `dnssec-policy`: one day.
const BIND_SIGNED_TTL: Ttl = Ttl::from_wire(86_400);

impl Software {
    /// The program that configuration files call so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "bind" => Some(Self::Bind),
            "knot" => Some(Self::Knot),
            "powerdns" => Some(Self::PowerDns),
            _ => None,
        }
    }

    /// Why this program never takes `set`, if so.
    pub(super) fn refusal(self, set: &SetRef<'_>, signed: bool) -> Option<String> {
        set.position()?;
        match self {
            Self::Unknown | Self::Knot => None,
            Self::Bind => by_bind(set, signed),
            Self::PowerDns => by_powerdns(set.rtype()),
        }
    }
}

const OTHERWISE: &str = "where yours is set otherwise, leave out `software: bind`";

fn by_bind(set: &SetRef<'_>, signed: bool) -> Option<String> {
    if set.rtype() == RecordType::DNSKEY {
        return Some("BIND keeps the DNSKEY records itself and fails updates of them".into());
    }
    if signed && set.ttl() > BIND_SIGNED_TTL {
        return Some(format!(
            "BIND cuts TTLs of a zone that it signs to {BIND_SIGNED_TTL} (max-zone-ttl); {OTHERWISE}"
        ));
    }
    bind_takes_not(set)
}

/// What BIND takes neither by update nor in a file.
pub(crate) fn bind_takes_not(set: &SetRef<'_>) -> Option<String> {
    let rtype = set.rtype();
    let members = set.rdatas().len();
    if members > BIND_MEMBERS {
        return Some(format!(
            "it has {members} records, and BIND takes {BIND_MEMBERS} in a set (max-records-per-type); {OTHERWISE}"
        ));
    }
    let is_address = matches!(rtype, RecordType::A | RecordType::AAAA | RecordType::MX);
    if is_address && !is_hostname(&set.name()) {
        return Some(format!(
            "BIND takes {rtype} records at names of letters, digits and hyphens only (check-names); {OTHERWISE}"
        ));
    }
    let has_hosts = matches!(rtype, RecordType::NS | RecordType::MX | RecordType::SRV);
    let mut hosts = set.rdatas().flat_map(|wire| rdata::names(rtype, wire));
    let odd = hosts.find(|host| has_hosts && !is_hostname(host))?;
    Some(format!(
        "BIND takes no {rtype} record that leads to {odd}, which is no host name (check-names); {OTHERWISE}"
    ))
}

/// RFC 952 and RFC 1123 2.1, and a `*` in front; the root counts.
fn is_hostname(name: &Name) -> bool {
    let first = usize::from(name.is_wildcard());
    name.labels().skip(first).all(|label| {
        let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
        edge(label.first())
            && edge(label.last())
            && label.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    })
}

fn by_powerdns(rtype: RecordType) -> Option<String> {
    if rtype == RecordType::DNSKEY {
        return Some("PowerDNS answers NOERROR to updates of DNSKEY records and drops them".into());
    }
    (!takes_updates_of(rtype))
        .then(|| format!("PowerDNS takes no updates of {rtype}, which it does not know"))
}
