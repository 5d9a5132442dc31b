//! Response codes (RFC 1035 4.1.1, RFC 2136 2.2, RFC 6891 6.1.3).

use std::fmt;

/// A response code, the extended bits of EDNS included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rcode(pub u16);

macro_rules! rcodes {
    ($($(#[$doc:meta])* $name:ident = $code:literal),* $(,)?) => {
        impl Rcode {
            $($(#[$doc])* pub const $name: Self = Self($code);)*
        }
        const MNEMONICS: &[(u16, &str)] = &[$(($code, stringify!($name))),*];
    };
}

rcodes! {
    /// No error.
    NOERROR = 0,
    /// The server could not read the question.
    FORMERR = 1,
    /// The server failed.
    SERVFAIL = 2,
    /// The name does not exist.
    NXDOMAIN = 3,
    /// The server does not know this kind of request.
    NOTIMP = 4,
    /// The server refuses, by its configuration.
    REFUSED = 5,
    /// A name exists that should not (RFC 2136 2.2; also an overlong DNAME target, RFC 6672).
    YXDOMAIN = 6,
    /// A record set exists that should not (RFC 2136 2.2).
    YXRRSET = 7,
    /// A record set that should exist does not, or not with these members (RFC 2136 2.2).
    NXRRSET = 8,
    /// The server is not authoritative for the zone, or the signature was not accepted (RFC 8945 5.2).
    NOTAUTH = 9,
    /// A name is not in the zone (RFC 2136 2.2).
    NOTZONE = 10,
    /// The server does not know this EDNS version (RFC 6891 6.1.3).
    BADVERS = 16,
}

impl fmt::Display for Rcode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match MNEMONICS.iter().find(|(code, _)| *code == self.0) {
            Some((_, text)) => f.pad(text),
            None => f.pad(&format!("RCODE{}", self.0)),
        }
    }
}
