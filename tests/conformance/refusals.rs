//! What each backend refuses at plan time, and why.

/// States of one group that a backend refuses.
#[derive(Debug)]
pub(crate) struct Refused {
    /// The group.
    pub(crate) group: &'static str,
    /// Titles of states; empty: all of them.
    pub(crate) states: &'static [&'static str],
    /// A part of the reason that users read.
    pub(crate) why: &'static str,
}

const fn all(group: &'static str, why: &'static str) -> Refused {
    Refused { group, states: &[], why }
}

const fn some(group: &'static str, states: &'static [&'static str], why: &'static str) -> Refused {
    Refused { group, states, why }
}

pub(crate) const EMBEDDED: &[Refused] = &[];
pub(crate) const BIND: &[Refused] = &[];
pub(crate) const BIND_SIGNED: &[Refused] = BIND;
pub(crate) const KNOT: &[Refused] = &[];
pub(crate) const KNOT_SIGNED: &[Refused] = KNOT;
pub(crate) const POWERDNS_API: &[Refused] = &[];
pub(crate) const POWERDNS_API_SIGNED: &[Refused] = POWERDNS_API;
pub(crate) const POWERDNS_UPDATE: &[Refused] = &[];
pub(crate) const POWERDNS_UPDATE_SIGNED: &[Refused] = POWERDNS_UPDATE;
