//! What the zone file declares.

use super::Kind;
use std::collections::BTreeMap;

/// The records of a zone file, by relative owner name.
#[derive(Clone)]
pub struct Records(BTreeMap<&'static str, &'static str>);

/// A hundred of them: three do not fit into one string of a TXT record.
macro_rules! letters {
    () => {
        "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAsnUJQmFO3rQ7jdQ5Hc2m8vB1kXyZpE4oT9wLr6NaVfKgS0iYqWuPzDxM"
    };
}

/// Record sets that every cloud can hold.
const PLAIN: &[(&str, &str)] = &[
    (
        "",
        r#"
  - {ttl: 3600, type: CAA, values: [{flags: 0, tag: issue, value: ca.example.net}, {flags: 0, tag: iodef, value: "mailto:dns@example.net"}]}
  - {ttl: 3600, type: MX, values: [{preference: 10, exchange: mx1.example.net.}, {preference: 20, exchange: mx2.example.net.}]}
  - {ttl: 3600, type: TXT, values: ["v=spf1 -all", "some-verification=0123456789abcdef"]}"#,
    ),
    ("*.dev", "{ttl: 300, type: A, value: 192.0.2.30}"),
    ("_dmarc", r#"{ttl: 300, type: TXT, value: "v=DMARC1; p=reject"}"#),
    (
        "_sip._tcp",
        "{ttl: 300, type: SRV, value: {priority: 10, weight: 60, port: 5060, target: sip.example.net.}}",
    ),
    ("alias", "{ttl: 300, type: CNAME, value: www.example.net.}"),
    ("api", "{ttl: 300, type: A, values: [192.0.2.11, 192.0.2.12]}"),
    ("deep.er.down", "{ttl: 300, type: A, value: 192.0.2.13}"),
    ("keep", "{ttl: 300, type: A, value: 192.0.2.14}"),
    ("mail", "{ttl: 300, type: A, value: 192.0.2.15}"),
    (
        "many",
        "{ttl: 300, type: A, values: [192.0.2.21, 192.0.2.22, 192.0.2.23, 192.0.2.24, 192.0.2.25, 192.0.2.26]}",
    ),
    ("ptr", "{ttl: 300, type: PTR, value: host.example.net.}"),
    ("quoted", r#"{ttl: 300, type: TXT, value: 'say "yes" \; and \\ too'}"#),
    ("shop", "{ttl: 300, type: A, value: 192.0.2.16}"),
    ("sub", "{ttl: 3600, type: NS, values: [ns1.example.net., ns2.example.net.]}"),
    ("text", concat!("{ttl: 300, type: TXT, value: p=", letters!(), letters!(), letters!(), "}")),
    ("v6", "{ttl: 300, type: AAAA, value: '2001:db8::6'}"),
    (
        "www",
        "\n  - {ttl: 300, type: A, value: 192.0.2.10}\n  - {ttl: 300, type: AAAA, value: '2001:db8::10'}",
    ),
];

/// Those that not every cloud can hold.
const NEWER: &[(&str, &str)] = &[
    (
        "_443._tcp.www",
        "{ttl: 300, type: TLSA, value: {certificate_usage: 3, selector: 1, matching_type: 1, certificate_association_data: 92003ba34942dc74152e2f2c408d29eca5a520e7f2e06bb944f4dca346baf63c}}",
    ),
    (
        "_svc",
        "{ttl: 300, type: SVCB, value: {svcpriority: 1, targetname: svc.example.net., svcparams: {port: 8443}}}",
    ),
    (
        "enum",
        r#"{ttl: 300, type: NAPTR, value: {order: 100, preference: 10, flags: U, service: "E2U+sip", regexp: "!^.*$!sip:info@example.net!", replacement: .}}"#,
    ),
    (
        "host",
        "{ttl: 300, type: SSHFP, value: {algorithm: 4, fingerprint_type: 2, fingerprint: a87f1b687ac0e57d2a081a2f282672334d90ed316d2b818ca9580ea384d92401}}",
    ),
    (
        "signed",
        "\n  - {ttl: 3600, type: DS, value: {key_tag: 60485, algorithm: 13, digest_type: 2, digest: d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b8383f6a1e4469da50a}}\n  - {ttl: 3600, type: NS, values: [ns1.example.net., ns2.example.net.]}",
    ),
    ("web", "{ttl: 300, type: HTTPS, value: {svcpriority: 1, targetname: ., svcparams: {alpn: [h2, h3]}}}"),
];

impl Records {
    /// About twenty record sets.
    pub fn first(cloud: Kind) -> Self {
        let newer = if cloud.has_newer_types() { NEWER } else { &[] };
        Self(PLAIN.iter().chain(newer).copied().collect())
    }

    /// One record set and nothing else.
    pub fn last() -> Self {
        Self(PLAIN.iter().copied().filter(|(owner, _)| *owner == "keep").collect())
    }

    /// The same with this at a name.
    pub fn with(&self, owner: &'static str, record: &'static str) -> Self {
        let mut records = self.clone();
        records.0.insert(owner, record);
        records
    }

    /// The same without a name.
    pub fn without(&self, owner: &str) -> Self {
        let mut records = self.clone();
        records.0.remove(owner);
        records
    }

    /// The zone file.
    pub fn yaml(&self) -> String {
        self.0.iter().map(|(owner, record)| format!("'{owner}': {record}\n")).collect()
    }
}
