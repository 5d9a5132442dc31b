//! What a field of record data can be.

/// The kind of a field: how it stands on the wire, in text and in YAML.
///
/// Kinds marked *rest* take everything up to the end of the data and so come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An unsigned number, most significant octet first.
    Integer {
        /// 1, 2 or 4 octets on the wire.
        octets: u8,
        /// The smallest value.
        min: u32,
        /// The largest value.
        max: u32,
        /// Words that may stand for numbers; numbers are what is written.
        words: &'static [(&'static str, u32)],
    },
    /// 32 bits of seconds; text may use units, `1h30m` (RFC 2308 4).
    Period,
    /// 32 bits of seconds since 1970, written `YYYYMMDDHHmmSS` in UTC (RFC 4034 3.2).
    Moment,
    /// A record type, 16 bits, written as its mnemonic.
    TypeNumber,
    /// A domain name, never compressed here.
    Name,
    /// An IPv4 address.
    Ipv4,
    /// An IPv6 address.
    Ipv6,
    /// This many octets, written in hex with hyphens (RFC 7043).
    Eui(u8),
    /// 64 bits, written as four groups of hex with colons (RFC 6742).
    Locator64,
    /// A character string: an octet with the length, up to 255 octets (RFC 1035 3.3).
    String,
    /// As [`Kind::String`], never empty, written without quotes where it has only
    /// letters and digits (the tag of CAA, RFC 8659 4.1.1).
    Tag,
    /// A string with its length in 16 bits; only in pseudo types.
    LongString,
    /// *Rest.* One or more character strings (RFC 1035 3.3.14).
    Strings,
    /// *Rest.* Text without a length, written as one quoted string.
    Text {
        /// The fewest octets.
        min: u8,
    },
    /// *Rest.* Octets in hex.
    Hex {
        /// The fewest octets.
        min: u8,
    },
    /// *Rest.* Octets in base64.
    Base64 {
        /// The fewest octets.
        min: u8,
    },
    /// An octet with the length, then octets in hex, `-` when there are none (RFC 5155 3.3).
    Salt,
    /// An octet with the length, then octets in base32hex without padding (RFC 5155 3.3).
    Hash,
    /// *Rest.* A set of record types (RFC 4034 4.1.2).
    Types,
    /// *Rest.* Service parameters (RFC 9460 2.2).
    ServiceParams,
    /// 16 octets of position, size and precision (RFC 1876 2).
    Location,
    /// *Rest.* Address prefixes (RFC 3123 4).
    Prefixes,
}

impl Kind {
    /// Whether YAML writes the value as a number, without quotes.
    #[must_use]
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Integer { .. } | Self::Period)
    }

    /// What text of this kind looks like, for messages and docs.
    #[must_use]
    pub fn expected(self) -> String {
        match self {
            Self::Integer { min, max, words: [], .. } => format!("a whole number from {min} to {max}"),
            Self::Integer { min, max, words, .. } => {
                let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
                format!("a whole number from {min} to {max}, or one of {}", words.join(", "))
            }
            Self::Period => "seconds from 0 to 4294967295, or a period such as `1h30m`".into(),
            Self::Moment => "a time in UTC as YYYYMMDDHHmmSS, or seconds since 1970".into(),
            Self::TypeNumber => "a record type such as A or TYPE65280".into(),
            Self::Name => "a domain name such as `www.example.com.`".into(),
            Self::Ipv4 => "an IPv4 address such as `192.0.2.1`".into(),
            Self::Ipv6 => "an IPv6 address such as `2001:db8::1`".into(),
            Self::Eui(octets) => format!("{octets} octets in hex with hyphens, as `00-00-5e-00-53-2a`"),
            Self::Locator64 => "four groups of hex with colons, as `0014:4fff:ff20:ee64`".into(),
            Self::String => "a text of up to 255 octets".into(),
            Self::Tag => "letters and digits, up to 255".into(),
            Self::LongString | Self::Text { .. } => "a text".into(),
            Self::Strings => "one or more texts of up to 255 octets".into(),
            Self::Hex { .. } => "octets in hex, two digits each".into(),
            Self::Base64 { .. } => "octets in base64".into(),
            Self::Salt => "up to 255 octets in hex, or `-` for none".into(),
            Self::Hash => "up to 255 octets in base32hex".into(),
            Self::Types => "record types such as `A MX TYPE65280`".into(),
            Self::ServiceParams => "service parameters such as `alpn=h2,h3 port=443`".into(),
            Self::Location => "a location such as `52 22 23.000 N 4 53 32.000 E -2.00m 1m 10000m 10m`".into(),
            Self::Prefixes => "address prefixes such as `1:192.0.2.0/24 !2:2001:db8::/32`".into(),
        }
    }
}
