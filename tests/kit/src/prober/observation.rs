//! One observation of the prober: what was asked, and what came of it.

use std::fmt;
use std::time::Instant;

use crate::query::{Form, name_text, name_wire, rtype};

/// How an answer that should be there was missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lack {
    /// No such name.
    NxDomain,
    /// The name, but not the type.
    NoData,
    /// The server failed.
    ServFail,
    /// The server refused.
    Refused,
    /// Any other response code, or unreadable bytes.
    Other,
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Lack::NxDomain => "NXDOMAIN",
            Lack::NoData => "NODATA",
            Lack::ServFail => "SERVFAIL",
            Lack::Refused => "REFUSED",
            Lack::Other => "other",
        })
    }
}

/// One watched question.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Watch {
    pub(super) name: Vec<u8>,
    pub(super) rtype: u16,
}

impl Watch {
    pub(super) fn new(name: &str, rtype: u16) -> Watch {
        Watch { name: name_wire(name).to_ascii_lowercase(), rtype }
    }
}

impl fmt::Display for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", name_text(&self.name), rtype::text(self.rtype))
    }
}

pub(super) enum Outcome {
    Present(Vec<String>),
    Missing(Lack, String),
    Unanswered(String),
}

pub(super) struct Observation {
    pub(super) server: usize,
    pub(super) form: Form,
    pub(super) sent: Instant,
    pub(super) received: Instant,
    pub(super) outcome: Outcome,
}
