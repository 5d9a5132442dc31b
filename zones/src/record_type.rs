//! Record types: what goes on the wire, and the pseudo types that never do.

use std::fmt;
use std::str::FromStr;

/// A DNS type (16 bits) or a pseudo type of a provider.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordType(u32);

/// Pseudo types start here, above every DNS type.
const PSEUDO: u32 = 0x1_0000;

macro_rules! types {
    ($($(#[$doc:meta])* $name:ident = $code:literal $text:literal),* $(,)?) => {
        #[allow(missing_docs)]
        impl RecordType {
            $($(#[$doc])* pub const $name: Self = Self($code);)*
        }
        /// Every type with a mnemonic, by number.
        const MNEMONICS: &[(u32, &str)] = &[$(($code, $text)),*];
    };
}

types! {
    A = 1 "A", NS = 2 "NS", MD = 3 "MD", MF = 4 "MF", CNAME = 5 "CNAME", SOA = 6 "SOA", MB = 7 "MB",
    MG = 8 "MG", MR = 9 "MR", NULL = 10 "NULL", WKS = 11 "WKS", PTR = 12 "PTR", HINFO = 13 "HINFO",
    MINFO = 14 "MINFO", MX = 15 "MX", TXT = 16 "TXT", RP = 17 "RP", AFSDB = 18 "AFSDB", X25 = 19 "X25",
    ISDN = 20 "ISDN", RT = 21 "RT", NSAP = 22 "NSAP", SIG = 24 "SIG", KEY = 25 "KEY", PX = 26 "PX",
    GPOS = 27 "GPOS", AAAA = 28 "AAAA", LOC = 29 "LOC", NXT = 30 "NXT", SRV = 33 "SRV", NAPTR = 35 "NAPTR",
    KX = 36 "KX", CERT = 37 "CERT", A6 = 38 "A6", DNAME = 39 "DNAME", OPT = 41 "OPT", APL = 42 "APL",
    DS = 43 "DS", SSHFP = 44 "SSHFP", IPSECKEY = 45 "IPSECKEY", RRSIG = 46 "RRSIG", NSEC = 47 "NSEC",
    DNSKEY = 48 "DNSKEY", DHCID = 49 "DHCID", NSEC3 = 50 "NSEC3", NSEC3PARAM = 51 "NSEC3PARAM",
    TLSA = 52 "TLSA", SMIMEA = 53 "SMIMEA", HIP = 55 "HIP", CDS = 59 "CDS", CDNSKEY = 60 "CDNSKEY",
    OPENPGPKEY = 61 "OPENPGPKEY", CSYNC = 62 "CSYNC", ZONEMD = 63 "ZONEMD", SVCB = 64 "SVCB",
    HTTPS = 65 "HTTPS", DSYNC = 66 "DSYNC", SPF = 99 "SPF", NID = 104 "NID", L32 = 105 "L32",
    L64 = 106 "L64", LP = 107 "LP", EUI48 = 108 "EUI48", EUI64 = 109 "EUI64", TKEY = 249 "TKEY",
    TSIG = 250 "TSIG", IXFR = 251 "IXFR", AXFR = 252 "AXFR", ANY = 255 "ANY", URI = 256 "URI",
    CAA = 257 "CAA", AVC = 258 "AVC", RESINFO = 261 "RESINFO", WALLET = 262 "WALLET",
    TA = 32768 "TA", DLV = 32769 "DLV",
    /// An address alias at a name where a CNAME may not stand; resolved by the provider.
    ALIAS = 0x1_0000 "ALIAS",
    /// An HTTP redirect kept by a DNS provider.
    URLFWD = 0x1_0001 "URLFWD",
    /// A PowerDNS Lua record.
    LUA = 0x1_0002 "PowerDnsProvider/LUA",
    /// An alias to an AWS resource.
    ROUTE53_ALIAS = 0x1_0003 "Route53Provider/ALIAS",
}

/// A text that names no record type.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no record type: write a mnemonic such as A or MX, or TYPE and a number (RFC 3597)")]
pub struct UnknownType(pub String);

impl RecordType {
    /// BIND's private type for the state of signing, maintained by the server itself.
    pub const BIND_SIGNING: Self = Self(65534);

    /// The type with this number on the wire.
    #[must_use]
    pub const fn from_code(code: u16) -> Self {
        Self(code as u32)
    }

    /// The number on the wire; `None` for a pseudo type.
    #[must_use]
    pub fn code(self) -> Option<u16> {
        u16::try_from(self.0).ok()
    }

    /// Whether this type never goes on the wire.
    #[must_use]
    pub const fn is_pseudo(self) -> bool {
        self.0 >= PSEUDO
    }

    /// Whether this is a query or meta type that no zone can hold (RFC 6895 3.1).
    #[must_use]
    pub const fn is_meta(self) -> bool {
        matches!(self.0, 0 | 41 | 128..=255)
    }

    /// Whether the server maintains records of this type itself, so that they are never
    /// in a diff, never owned, never deleted. DNSKEY, CDS and CDNSKEY are maintained
    /// too unless the zone file declares them; see [`RecordType::is_server_kept_unless_declared`].
    #[must_use]
    pub const fn is_server_kept(self) -> bool {
        matches!(self.0, 46 | 47 | 50 | 51 | 63 | 65534)
    }

    /// Whether the server maintains records of this type as long as nobody declares them.
    #[must_use]
    pub const fn is_server_kept_unless_declared(self) -> bool {
        matches!(self.0, 6 | 48 | 59 | 60)
    }

    /// Whether a record set of this type holds at most one record (RFC 2181 10.1, RFC 6672 2.4).
    #[must_use]
    pub const fn is_single(self) -> bool {
        matches!(self.0, 5 | 6 | 39 | 0x1_0000)
    }

    /// The mnemonic, where this program knows one.
    #[must_use]
    pub fn mnemonic(self) -> Option<&'static str> {
        MNEMONICS.binary_search_by_key(&self.0, |(code, _)| *code).ok().map(|index| MNEMONICS[index].1)
    }

    /// The mnemonics this program knows, for suggestions.
    pub fn mnemonics() -> impl Iterator<Item = &'static str> {
        MNEMONICS.iter().map(|(_, text)| *text)
    }
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mnemonic() {
            Some(mnemonic) => f.pad(mnemonic),
            None => f.pad(&format!("TYPE{}", self.0)),
        }
    }
}

impl fmt::Debug for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for RecordType {
    type Err = UnknownType;

    /// Reads a mnemonic in any case, or `TYPE` and a number (RFC 3597 5).
    fn from_str(text: &str) -> Result<Self, UnknownType> {
        // Nearly every record of nearly every zone.
        match text {
            "A" => return Ok(Self::A),
            "AAAA" => return Ok(Self::AAAA),
            "CNAME" => return Ok(Self::CNAME),
            "MX" => return Ok(Self::MX),
            "NS" => return Ok(Self::NS),
            "PTR" => return Ok(Self::PTR),
            "TXT" => return Ok(Self::TXT),
            _ => {}
        }
        if let Some((code, _)) = MNEMONICS.iter().find(|(_, mnemonic)| mnemonic.eq_ignore_ascii_case(text)) {
            return Ok(Self(*code));
        }
        let number = text.get(..4).filter(|prefix| prefix.eq_ignore_ascii_case("TYPE")).map(|_| &text[4..]);
        number
            .filter(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse::<u16>().ok())
            .map(Self::from_code)
            .ok_or_else(|| UnknownType(text.into()))
    }
}

impl serde::Serialize for RecordType {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for RecordType {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn mnemonics_are_sorted_and_read_back() {
        assert!(MNEMONICS.is_sorted_by_key(|(code, _)| *code));
        for text in RecordType::mnemonics() {
            assert_eq!(text.parse::<RecordType>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn unknown_types_use_the_form_of_rfc_3597() {
        assert_eq!("TYPE65280".parse::<RecordType>().unwrap().to_string(), "TYPE65280");
        assert_eq!("type1".parse::<RecordType>().unwrap(), RecordType::A);
        assert!("TYPE65536".parse::<RecordType>().is_err());
        assert!("TYPE+1".parse::<RecordType>().is_err());
    }
}
