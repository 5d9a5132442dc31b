//! Numbers and names of the record types that tests mention.

/// IPv4 address.
pub const A: u16 = 1;
/// Name server.
pub const NS: u16 = 2;
/// Canonical name.
pub const CNAME: u16 = 5;
/// Start of authority.
pub const SOA: u16 = 6;
/// Pointer.
pub const PTR: u16 = 12;
/// Mail exchange.
pub const MX: u16 = 15;
/// Text.
pub const TXT: u16 = 16;
/// IPv6 address.
pub const AAAA: u16 = 28;
/// Service location.
pub const SRV: u16 = 33;
/// Redirection of a subtree.
pub const DNAME: u16 = 39;
/// EDNS pseudo record.
pub const OPT: u16 = 41;
/// Delegation signer.
pub const DS: u16 = 43;
/// Signature.
pub const RRSIG: u16 = 46;
/// Signed denial.
pub const NSEC: u16 = 47;
/// Zone key.
pub const DNSKEY: u16 = 48;
/// Service binding.
pub const SVCB: u16 = 64;
/// Service binding for HTTPS.
pub const HTTPS: u16 = 65;
/// Certification authority authorisation.
pub const CAA: u16 = 257;

const NAMES: [(u16, &str); 18] = [
    (A, "A"),
    (NS, "NS"),
    (CNAME, "CNAME"),
    (SOA, "SOA"),
    (PTR, "PTR"),
    (MX, "MX"),
    (TXT, "TXT"),
    (AAAA, "AAAA"),
    (SRV, "SRV"),
    (DNAME, "DNAME"),
    (OPT, "OPT"),
    (DS, "DS"),
    (RRSIG, "RRSIG"),
    (NSEC, "NSEC"),
    (DNSKEY, "DNSKEY"),
    (SVCB, "SVCB"),
    (HTTPS, "HTTPS"),
    (CAA, "CAA"),
];

/// The mnemonic, or `TYPEn`.
pub fn text(rtype: u16) -> String {
    NAMES
        .iter()
        .find(|(number, _)| *number == rtype)
        .map_or_else(|| format!("TYPE{rtype}"), |(_, name)| (*name).to_owned())
}
