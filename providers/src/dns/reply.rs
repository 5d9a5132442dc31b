//! What is asked and what comes back.

use super::Rcode;
use dnsure_zones::{Name, Rdata, RecordType, Ttl};
use std::fmt;
use std::time::Duration;

/// A question of class IN.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Question {
    /// The name asked for.
    pub name: Name,
    /// The type asked for.
    pub rtype: RecordType,
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.rtype)
    }
}

/// How a question is sent. Servers keep separate caches for these, so one sample asks in all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Form {
    /// A plain datagram (RFC 1035).
    Udp,
    /// A datagram with EDNS (RFC 6891).
    UdpEdns,
    /// A datagram with EDNS and the DO bit (RFC 3225).
    UdpEdnsDo,
    /// A new TCP connection (RFC 7766), with EDNS.
    Tcp,
}

impl Form {
    /// Every form.
    pub const ALL: [Self; 4] = [Self::Udp, Self::UdpEdns, Self::UdpEdnsDo, Self::Tcp];

    /// Whether the question carries EDNS.
    #[must_use]
    pub const fn has_edns(self) -> bool {
        !matches!(self, Self::Udp)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Udp => "UDP",
            Self::UdpEdns => "UDP+EDNS",
            Self::UdpEdnsDo => "UDP+EDNS+DO",
            Self::Tcp => "TCP",
        })
    }
}

/// One record as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The owner name, in the server's spelling.
    pub name: Name,
    /// The type.
    pub rtype: RecordType,
    /// The class: 1 is IN.
    pub class: u16,
    /// The TTL in seconds.
    pub ttl: Ttl,
    /// The data, uncompressed.
    pub rdata: Rdata,
}

/// One answer of one server address to one question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The response code, extended bits included.
    pub rcode: Rcode,
    /// The AA bit.
    pub authoritative: bool,
    /// The answer did not fit into a datagram (TC); the rest of this reply came over TCP.
    pub truncated: bool,
    /// The answer section.
    pub answer: Vec<Record>,
    /// The authority section.
    pub authority: Vec<Record>,
    /// The additional section without OPT and TSIG.
    pub additional: Vec<Record>,
    /// The identity of the instance that answered (RFC 5001), where it tells one.
    pub nsid: Option<Vec<u8>>,
    /// From sending the question to the complete answer, the retry over TCP included.
    pub took: Duration,
}
