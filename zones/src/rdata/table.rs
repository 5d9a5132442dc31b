//! The table: one row per record type.

use super::Kind;
use crate::RecordType;

/// One record type: everything that text, wire, YAML, checks and docs need to know.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// The type.
    pub rtype: RecordType,
    /// Where the type is specified.
    pub rfc: &'static str,
    /// What it says, a few words.
    pub about: &'static str,
    /// The fields in wire order.
    pub fields: &'static [Field],
    /// Examples in presentation format.
    pub examples: &'static [&'static str],
    /// Keys of an older YAML form, where octoDNS had one.
    pub old_form: Option<OldForm>,
    names: bool,
}

impl Row {
    /// Whether a record set may hold several records of this type.
    #[must_use]
    pub const fn is_many(&self) -> bool {
        !self.rtype.is_single()
    }

    /// Whether the data holds domain names.
    #[must_use]
    pub const fn has_names(&self) -> bool {
        self.names
    }

    /// Whether YAML writes the value as it is, without keys.
    #[must_use]
    pub const fn is_plain(&self) -> bool {
        self.fields.len() == 1 && !matches!(self.fields[0].kind, Kind::Location)
    }

    const fn old_form(mut self, form: OldForm) -> Self {
        self.old_form = Some(form);
        self
    }
}

/// One field of a record type.
#[derive(Debug, PartialEq, Eq)]
pub struct Field {
    /// The key in YAML; octoDNS's where it has the type.
    pub key: &'static str,
    /// Another key that octoDNS accepts.
    pub alias: Option<&'static str>,
    /// What it is.
    pub kind: Kind,
    /// What stands for a missing key in YAML.
    pub default: Option<&'static str>,
    /// Whether case does not matter in comparison although this is no name.
    pub caseless: bool,
}

impl Field {
    const fn or(mut self, alias: &'static str) -> Self {
        self.alias = Some(alias);
        self
    }

    const fn by_default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }

    const fn caseless(mut self) -> Self {
        self.caseless = true;
        self
    }
}

/// Older YAML keys with other meanings: any of `marks` means that `keys` are used.
#[derive(Debug, PartialEq, Eq)]
pub struct OldForm {
    /// Keys that only the old form has.
    pub marks: &'static [&'static str],
    /// The old key of each field, in the order of the fields.
    pub keys: &'static [&'static str],
}

/// The row of `rtype`; `None` for a type that travels as RFC 3597 bytes.
#[must_use]
pub fn row(rtype: RecordType) -> Option<&'static Row> {
    ROWS.binary_search_by_key(&rtype, |row| row.rtype).ok().map(|index| &ROWS[index])
}

/// All rows, by type number, pseudo types last.
pub fn rows() -> impl ExactSizeIterator<Item = &'static Row> {
    ROWS.iter()
}

const fn of(
    rtype: RecordType,
    rfc: &'static str,
    about: &'static str,
    fields: &'static [Field],
    examples: &'static [&'static str],
) -> Row {
    let mut names = false;
    let mut index = 0;
    while index < fields.len() {
        names |= matches!(fields[index].kind, Kind::Name);
        index += 1;
    }
    Row { rtype, rfc, about, fields, examples, old_form: None, names }
}

const fn field(key: &'static str, kind: Kind) -> Field {
    Field { key, alias: None, kind, default: None, caseless: false }
}

const fn number(key: &'static str, octets: u8, words: &'static [(&'static str, u32)]) -> Field {
    let max = if octets >= 4 { u32::MAX } else { (1 << (octets as u32 * 8)) - 1 };
    field(key, Kind::Integer { octets, min: 0, max, words })
}

const fn range(key: &'static str, octets: u8, min: u32, max: u32) -> Field {
    field(key, Kind::Integer { octets, min, max, words: &[] })
}

const fn u8(key: &'static str) -> Field {
    number(key, 1, &[])
}

const fn u16(key: &'static str) -> Field {
    number(key, 2, &[])
}

const fn u32(key: &'static str) -> Field {
    number(key, 4, &[])
}

const fn algorithm(key: &'static str) -> Field {
    number(key, 1, ALGORITHMS)
}

const fn period(key: &'static str) -> Field {
    field(key, Kind::Period)
}

const fn name(key: &'static str) -> Field {
    field(key, Kind::Name)
}

const fn string(key: &'static str) -> Field {
    field(key, Kind::String)
}

const fn hex(key: &'static str) -> Field {
    field(key, Kind::Hex { min: 1 })
}

const fn base64(key: &'static str) -> Field {
    field(key, Kind::Base64 { min: 1 })
}

/// DNSSEC algorithm mnemonics (RFC 4034 A.1 and the IANA registry).
const ALGORITHMS: &[(&str, u32)] = &[
    ("RSAMD5", 1),
    ("DH", 2),
    ("DSA", 3),
    ("RSASHA1", 5),
    ("DSA-NSEC3-SHA1", 6),
    ("NSEC3DSA", 6),
    ("RSASHA1-NSEC3-SHA1", 7),
    ("NSEC3RSASHA1", 7),
    ("RSASHA256", 8),
    ("RSASHA512", 10),
    ("ECC-GOST", 12),
    ("ECDSAP256SHA256", 13),
    ("ECDSAP384SHA384", 14),
    ("ED25519", 15),
    ("ED448", 16),
    ("INDIRECT", 252),
    ("PRIVATEDNS", 253),
    ("PRIVATEOID", 254),
];

/// Certificate type mnemonics (RFC 4398 2.1).
const CERTIFICATES: &[(&str, u32)] = &[
    ("PKIX", 1),
    ("SPKI", 2),
    ("PGP", 3),
    ("IPKIX", 4),
    ("ISPKI", 5),
    ("IPGP", 6),
    ("ACPKIX", 7),
    ("IACPKIX", 8),
    ("URI", 253),
    ("OID", 254),
];

const DS: &[Field] = &[u16("key_tag"), algorithm("algorithm"), u8("digest_type"), hex("digest")];
const DNSKEY: &[Field] = &[u16("flags"), u8("protocol"), algorithm("algorithm"), base64("public_key")];
const TLSA: &[Field] =
    &[u8("certificate_usage"), u8("selector"), u8("matching_type"), hex("certificate_association_data")];
const SVCB: &[Field] =
    &[u16("svcpriority"), name("targetname"), field("svcparams", Kind::ServiceParams).by_default("")];
const TXT: &[Field] = &[field("text", Kind::Strings)];

#[rustfmt::skip]
static ROWS: &[Row] = &[
    of(RecordType::A, "RFC 1035 3.4.1", "IPv4 address",
        &[field("address", Kind::Ipv4)],
        &["192.0.2.1", "0.0.0.0", r"\# 4 c0000201"]),
    of(RecordType::NS, "RFC 1035 3.3.11", "name server",
        &[name("target")],
        &["ns1.example.com.", "."]),
    of(RecordType::MD, "RFC 1035 3.3.4", "mail destination, obsolete",
        &[name("target")],
        &["mail.example.com."]),
    of(RecordType::MF, "RFC 1035 3.3.5", "mail forwarder, obsolete",
        &[name("target")],
        &["mail.example.com."]),
    of(RecordType::CNAME, "RFC 1035 3.3.1", "alias of a name",
        &[name("target")],
        &["www.example.com.", r"a\.b.example.com."]),
    of(RecordType::SOA, "RFC 1035 3.3.13", "start of authority",
        &[name("mname"), name("rname"), u32("serial").by_default("0"), period("refresh"), period("retry"),
          period("expire"), period("minimum")],
        &["ns1.example.com. hostmaster.example.com. 2026112301 7200 3600 1209600 300",
          "ns1.example.com. hostmaster.example.com. 1 2h 1h 2w 5m"]),
    of(RecordType::MB, "RFC 1035 3.3.3", "mailbox",
        &[name("target")],
        &["host.example.com."]),
    of(RecordType::MG, "RFC 1035 3.3.6", "mail group member",
        &[name("target")],
        &["member.example.com."]),
    of(RecordType::MR, "RFC 1035 3.3.8", "mail rename",
        &[name("target")],
        &["new.example.com."]),
    of(RecordType::PTR, "RFC 1035 3.3.12", "pointer to a name",
        &[name("target")],
        &["host.example.com."]),
    of(RecordType::HINFO, "RFC 1035 3.3.2, RFC 8482", "host information",
        &[string("cpu"), string("os")],
        &[r#""RFC8482" """#, "PC Linux"]),
    of(RecordType::MINFO, "RFC 1035 3.3.7", "mailbox information",
        &[name("rmailbx"), name("emailbx")],
        &["requests.example.com. errors.example.com."]),
    of(RecordType::MX, "RFC 1035 3.3.9, RFC 7505", "mail exchange",
        &[u16("preference").or("priority"), name("exchange").or("value")],
        &["10 mail.example.com.", "0 ."]),
    of(RecordType::TXT, "RFC 1035 3.3.14", "text", TXT,
        &[r#""v=spf1 -all""#, r#""v=DKIM1; k=rsa; " "p=MIGf""#, r#""a \"quote\", \\ and \009""#, r#""""#]),
    of(RecordType::RP, "RFC 1183 2.2", "responsible person",
        &[name("mbox"), name("txt")],
        &["admin.example.com. .", "admin.example.com. people.example.com."]),
    of(RecordType::AFSDB, "RFC 1183 1", "AFS or DCE server",
        &[u16("subtype"), name("hostname")],
        &["1 afs.example.com."]),
    of(RecordType::X25, "RFC 1183 3.1", "X.25 address",
        &[string("psdn_address")],
        &[r#""311061700956""#]),
    of(RecordType::RT, "RFC 1183 3.3", "route through",
        &[u16("preference"), name("host")],
        &["10 relay.example.com."]),
    of(RecordType::PX, "RFC 2163 4", "X.400 mail mapping",
        &[u16("preference"), name("map822"), name("mapx400")],
        &["10 net2.it. PRMD-net2.ADMD-p400.C-it."]),
    of(RecordType::GPOS, "RFC 1712 3", "geographical position",
        &[string("longitude"), string("latitude"), string("altitude")],
        &[r#""-32.6882" "116.8652" "10.0""#]),
    of(RecordType::AAAA, "RFC 3596 2.2", "IPv6 address",
        &[field("address", Kind::Ipv6)],
        &["2001:db8::1", "::", "::ffff:192.0.2.1"]),
    of(RecordType::LOC, "RFC 1876", "location",
        &[field("location", Kind::Location)],
        &["52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m", "42 21 54 N 71 06 18 W -24m 30m",
          "90 S 180 W 42849672.95m 90000000m"]),
    of(RecordType::SRV, "RFC 2782", "location of a service",
        &[u16("priority"), u16("weight"), u16("port"), name("target")],
        &["10 60 5060 sip.example.com.", "0 0 0 ."]),
    of(RecordType::NAPTR, "RFC 3403 4.1", "rewrite rule",
        &[u16("order"), u16("preference"), string("flags").caseless(), string("service"), string("regexp"),
          name("replacement")],
        &[r#"100 50 "S" "SIP+D2U" "" _sip._udp.example.com."#,
          r#"100 10 "" "" "!^urn:cid:.+@([^\\.]+\\.)(.*)$!\\2!i" ."#]),
    of(RecordType::KX, "RFC 2230 3.1", "key exchanger",
        &[u16("preference"), name("exchanger")],
        &["10 kx.example.com."]),
    of(RecordType::CERT, "RFC 4398 2", "certificate",
        &[number("certificate_type", 2, CERTIFICATES), u16("key_tag"), algorithm("algorithm"),
          base64("certificate")],
        &["PKIX 12345 8 MIIBAA==", "65534 65535 254 AAEC"]),
    of(RecordType::DNAME, "RFC 6672 2.1", "alias of a subtree",
        &[name("target")],
        &["example.net."]),
    of(RecordType::APL, "RFC 3123 4", "address prefixes",
        &[field("prefixes", Kind::Prefixes)],
        &["1:192.0.2.0/24 !1:192.0.2.64/28 2:2001:db8::/32", "1:0.0.0.0/0"]),
    of(RecordType::DS, "RFC 4034 5", "digest of a child's key", DS,
        &["60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118",
          "60485 ECDSAP256SHA256 2 ( d4b7d520e7bb5f0f67674a0cceb1e3e0614b93c4f9e99b83 83f6a1e4469da50a )"])
        .old_form(OldForm {
            marks: &["public_key", "flags"],
            keys: &["flags", "protocol", "algorithm", "public_key"],
        }),
    of(RecordType::SSHFP, "RFC 4255 3.1, RFC 6594, RFC 8709", "fingerprint of an SSH key",
        &[u8("algorithm"), u8("fingerprint_type"), hex("fingerprint")],
        &["4 2 a87f1b687ac0e57d2a081a2f282672334d90ed316d2b818ca9580ea384d92401"]),
    of(RecordType::RRSIG, "RFC 4034 3", "signature",
        &[field("type_covered", Kind::TypeNumber), algorithm("algorithm"), u8("labels"), u32("original_ttl"),
          field("expiration", Kind::Moment), field("inception", Kind::Moment), u16("key_tag"),
          name("signer"), base64("signature")],
        &["A 13 3 86400 20261201000000 20261101000000 2642 example.com. oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTr"]),
    of(RecordType::NSEC, "RFC 4034 4", "proof of absence",
        &[name("next"), field("types", Kind::Types)],
        &["host.example.com. A MX RRSIG NSEC TYPE1234"]),
    of(RecordType::DNSKEY, "RFC 4034 2", "key of the zone", DNSKEY,
        &["257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==",
          "256 3 RSASHA256 AwEAAag="]),
    of(RecordType::DHCID, "RFC 4701 3", "identity of a DHCP client",
        &[base64("data")],
        &["AAIBY2/AuCccgoJbsaxcQc9TUapptP69lOjxfNuVAA2kjEA="]),
    of(RecordType::NSEC3, "RFC 5155 3", "hashed proof of absence",
        &[u8("hash_algorithm"), u8("flags"), u16("iterations"), field("salt", Kind::Salt),
          field("next", Kind::Hash), field("types", Kind::Types)],
        &["1 1 12 aabbccdd 2vptu5timamqttgl4luu9kg21e0aor3s A RRSIG", "1 0 0 - 2t7b4g4vsa5smi47k61mv5bv1a22bojr"]),
    of(RecordType::NSEC3PARAM, "RFC 5155 4", "how names are hashed",
        &[u8("hash_algorithm"), u8("flags"), u16("iterations"), field("salt", Kind::Salt)],
        &["1 0 0 -", "1 0 12 aabbccdd"]),
    of(RecordType::TLSA, "RFC 6698 2", "certificate of a TLS server", TLSA,
        &["3 1 1 92003ba34942dc74152e2f2c408d29eca5a520e7f2e06bb944f4dca346baf63c"]),
    of(RecordType::SMIMEA, "RFC 8162 2", "certificate of a mail user", TLSA,
        &["3 0 0 0001"]),
    of(RecordType::CDS, "RFC 7344 3.1, RFC 8078 4", "DS the child wants", DS,
        &["60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118", "0 0 0 00"]),
    of(RecordType::CDNSKEY, "RFC 7344 3.2, RFC 8078 4", "key the child wants", DNSKEY,
        &["257 3 13 mdsswUyr3DPW132mOi8V9xESWE8jTo0dxCjjnopKl+GqJxpVXckHAeF+KkxLbxILfDLUT0rAK9iUzy1L53eKGQ==",
          "0 3 0 AA=="]),
    of(RecordType::OPENPGPKEY, "RFC 7929 2.1", "OpenPGP key",
        &[base64("public_key")],
        &["mQCNAzIG"]),
    of(RecordType::CSYNC, "RFC 7477 2.1", "what the parent should copy",
        &[u32("serial"), u16("flags"), field("types", Kind::Types)],
        &["66 3 A NS AAAA"]),
    of(RecordType::ZONEMD, "RFC 8976 2", "digest of the zone",
        &[u32("serial"), u8("scheme"), u8("hash_algorithm"), field("digest", Kind::Hex { min: 12 })],
        &["2018031500 1 1 c68090d90a7aed716bc459f9340e3d7c1370d4d24b7e2fc3a1ddc0b9a87153b9a9713b3c9ae5cc27777f98b8e730044c"]),
    of(RecordType::SVCB, "RFC 9460", "binding of a service", SVCB,
        &["0 svc.example.net.", "1 . alpn=h2,h3 port=8443 ipv4hint=192.0.2.1 key667=hello",
          r#"16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1"#,
          r#"1 dns.example.com. alpn=h2 dohpath=/dns-query{?dns}"#,
          r#"16 foo.example.org. alpn="f\\\\oo\\,bar,h2""#]),
    of(RecordType::HTTPS, "RFC 9460 9", "binding of an HTTPS origin", SVCB,
        &["0 www.example.net.", "1 . alpn=h3,h2 no-default-alpn ipv6hint=2001:db8::1",
          "1 . ech=AEj+DQBEAQAgACAdd+scUi0IYFsXnUIU7ko2Nd9+F8M26pAGZVpz/KrWPgAEAAEAAWQVZWNoLXNpdGVzLmV4YW1wbGUubmV0AAA="]),
    of(RecordType::DSYNC, "RFC 9859 2.1", "where to send NOTIFY",
        &[field("type", Kind::TypeNumber), number("scheme", 1, &[("NOTIFY", 1)]), u16("port"), name("target")],
        &["CDS NOTIFY 5300 notify.example.net.", "CSYNC 1 53 notify.example.net."]),
    of(RecordType::SPF, "RFC 7208 3.1", "sender policy, obsolete", TXT,
        &[r#""v=spf1 mx -all""#]),
    of(RecordType::NID, "RFC 6742 2.1", "ILNP node",
        &[u16("preference"), field("node_id", Kind::Locator64)],
        &["10 0014:4fff:ff20:ee64"]),
    of(RecordType::L32, "RFC 6742 2.2", "ILNP locator, 32 bits",
        &[u16("preference"), field("locator", Kind::Ipv4)],
        &["10 10.1.2.0"]),
    of(RecordType::L64, "RFC 6742 2.3", "ILNP locator, 64 bits",
        &[u16("preference"), field("locator", Kind::Locator64)],
        &["10 2001:0db8:1140:1000"]),
    of(RecordType::LP, "RFC 6742 2.4", "ILNP subnetwork",
        &[u16("preference"), name("target")],
        &["10 l64-subnet1.example.com."]),
    of(RecordType::EUI48, "RFC 7043 3", "EUI-48 address",
        &[field("address", Kind::Eui(6))],
        &["00-00-5e-00-53-2a"]),
    of(RecordType::EUI64, "RFC 7043 4", "EUI-64 address",
        &[field("address", Kind::Eui(8))],
        &["00-00-5e-ef-10-00-00-2a"]),
    of(RecordType::URI, "RFC 7553 4", "URI",
        &[u16("priority"), u16("weight"), field("target", Kind::Text { min: 1 })],
        &[r#"10 1 "https://example.com/Path?Q=1""#]),
    of(RecordType::CAA, "RFC 8659 4", "who may issue certificates",
        &[u8("flags").by_default("0"), field("tag", Kind::Tag).caseless(), field("value", Kind::Text { min: 0 })],
        &[r#"0 issue "letsencrypt.org""#, r#"128 issue ";""#, r#"0 iodef "mailto:security@example.com""#]),
    of(RecordType::AVC, "IANA registry", "application visibility and control", TXT,
        &[r#""app-name:WOLFGANG|app-class:OAM""#]),
    of(RecordType::RESINFO, "RFC 9606 5", "about a resolver", TXT,
        &[r#""qnamemin" "exterr=15,16,17" "infourl=https://resolver.example.com/guide""#]),
    of(RecordType::WALLET, "IANA registry", "address of a wallet", TXT,
        &[r#""BTC" "bc1qexample""#]),
    of(RecordType::TA, "IANA registry", "trust anchor", DS,
        &["60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118"]),
    of(RecordType::DLV, "RFC 4431 2, obsolete", "DNSSEC lookaside validation", DS,
        &["60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118"]),

    // Pseudo types: these bytes never go on the wire; they follow the row all the same.
    of(RecordType::ALIAS, "octoDNS", "address alias resolved by the provider",
        &[name("target")],
        &["lb.example.net."]),
    of(RecordType::URLFWD, "octoDNS", "HTTP redirect by the provider",
        &[field("path", Kind::LongString), field("target", Kind::LongString), range("code", 2, 301, 302),
          range("masking", 1, 0, 2), range("query", 1, 0, 1)],
        &[r#""/" "https://example.com/new" 301 2 0"#]),
    of(RecordType::LUA, "PowerDNS", "record made by a script",
        &[field("type", Kind::TypeNumber), field("script", Kind::Text { min: 0 })],
        &[r#"A "ifportup(443, {'192.0.2.1', '192.0.2.2'})""#]),
    of(RecordType::ROUTE53_ALIAS, "octodns-route53", "alias to an AWS resource",
        &[field("type", Kind::TypeNumber), field("name", Kind::LongString).by_default(""),
          field("hosted-zone-id", Kind::LongString).by_default(""),
          field("evaluate-target-health",
              Kind::Integer { octets: 1, min: 0, max: 1, words: &[("false", 0), ("true", 1)] })
              .by_default("false")],
        &[r#"A "dualstack.lb-1.eu-west-1.elb.amazonaws.com." "Z32O12XQLNTSW2" 1"#, r#"A "www" "" false"#]),
];
