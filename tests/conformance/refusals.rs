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

pub(crate) const fn all(group: &'static str, why: &'static str) -> Refused {
    Refused { group, states: &[], why }
}

pub(crate) const fn some(group: &'static str, states: &'static [&'static str], why: &'static str) -> Refused {
    Refused { group, states, why }
}

const AT_APEX: &[&str] = &["create", "everything", "key tag", "algorithm", "digest"];
pub(crate) const APEX_DS: Refused = some("digest-at-apex", AT_APEX, "RFC 4035 2.4");
pub(crate) const NO_ALIAS: Refused = all("address-alias", "ALIAS");
pub(crate) const NO_SCRIPT: Refused = all("script", "PowerDnsProvider/LUA");
const OWN_KEYS: Refused = all("zone-key", "the server signs this zone and keeps the record set itself");

pub(crate) const EMBEDDED: &[Refused] = &[APEX_DS, NO_ALIAS, NO_SCRIPT];

const KEYS: Refused = all("zone-key", "BIND keeps the DNSKEY records itself");
const HOST_NAMES: Refused = some("any-byte-in-a-label", &["a dot", "a space"], "check-names");
const SMALL_SETS: Refused = some("large-sets", &["101", "1,200", "1,200 others"], "max-records-per-type");
const ONE_DAY: Refused = some("smallest-and-largest-ttl", &["largest"], "max-zone-ttl");

pub(crate) const BIND: &[Refused] = &[APEX_DS, NO_ALIAS, NO_SCRIPT, KEYS, HOST_NAMES, SMALL_SETS];
pub(crate) const BIND_SIGNED: &[Refused] =
    &[APEX_DS, NO_ALIAS, NO_SCRIPT, KEYS, HOST_NAMES, SMALL_SETS, ONE_DAY];

pub(crate) const FILES: &[Refused] = &[APEX_DS, NO_ALIAS, NO_SCRIPT];
pub(crate) const FILES_ON_BIND: &[Refused] = &[APEX_DS, NO_ALIAS, NO_SCRIPT, HOST_NAMES, SMALL_SETS];

/// One UPDATE message is one write, and a record set is never split.
const ONE_MESSAGE: Refused =
    some("large-sets", &["1,200 others"], "more than one write of this provider holds");

pub(crate) const KNOT: &[Refused] = &[APEX_DS, NO_ALIAS, NO_SCRIPT, ONE_MESSAGE];
pub(crate) const KNOT_SIGNED: &[Refused] = &[APEX_DS, NO_ALIAS, NO_SCRIPT, OWN_KEYS, ONE_MESSAGE];

pub(crate) const POWERDNS_API: &[Refused] =
    &[APEX_DS, some("any-byte-in-a-label", &["a dot", "a space"], "PowerDNS's API takes owner names of")];
pub(crate) const POWERDNS_API_SIGNED: &[Refused] = &[
    APEX_DS,
    OWN_KEYS,
    some("any-byte-in-a-label", &["a dot", "a space"], "PowerDNS's API takes owner names of"),
];

pub(crate) const POWERDNS_UPDATE: &[Refused] =
    &[APEX_DS, NO_ALIAS, NO_SCRIPT, all("zone-key", "updates of DNSKEY records and drops them"), ONE_MESSAGE];
pub(crate) const POWERDNS_UPDATE_SIGNED: &[Refused] = POWERDNS_UPDATE;

/// One record a write: the single-valued types, null MX, and types that exclude each other. The panel's
/// unit `record` edits in place and needs a gap for the last of these only.
pub(crate) const GAP: &str = "is missing between two writes";
/// Nothing is edited in place, and no other member stands in.
const SAME_DATA: &str = "this provider edits nothing in place";

pub(crate) const SWAP_MANY: Refused = some("swap-of-many-types", &["CNAME"], GAP);
pub(crate) const SWAP_WILDCARD: Refused = some("swap-of-a-wildcard", &["CNAME"], GAP);

/// Units that take all types at a name in one write.
pub(crate) const PANEL: &[Refused] = &[APEX_DS, NO_ALIAS, NO_SCRIPT];

/// The panel of this unit declares a thousand records as the most in one write.
pub(crate) const PANEL_BATCH: &[Refused] = &[
    APEX_DS,
    NO_ALIAS,
    NO_SCRIPT,
    some("large-sets", &["1,200", "1,200 others"], "more than one write of this provider holds"),
];

pub(crate) const PANEL_BY_SET: &[Refused] = &[
    APEX_DS,
    NO_ALIAS,
    NO_SCRIPT,
    some("type-change-with-cname", &["A"], GAP),
    some("swap-above-others", &["A"], GAP),
    SWAP_MANY,
    SWAP_WILDCARD,
];

pub(crate) const PANEL_CREATE_AND_DELETE: &[Refused] = &[
    APEX_DS,
    NO_ALIAS,
    NO_SCRIPT,
    some("type-change-with-cname", &["A", "CNAME again"], GAP),
    some("swap-above-others", &["A", "CNAME again"], GAP),
    SWAP_MANY,
    SWAP_WILDCARD,
    some("alias-name", &["change"], GAP),
    some("subtree-alias", &["change", "into the zone"], GAP),
    some("null-mail", &["two exchangers"], GAP),
    some("null-mail-at-apex", &["two exchangers"], GAP),
    all("start-of-authority", GAP),
    TTL_ONLY,
    TTLS,
    TTL_OF_SERVICE,
    TTL_OF_TEXT,
    some("smallest-and-largest-ttl", &["largest"], SAME_DATA),
];

const TTL_ONLY: Refused = some("ttl-only", &["other TTL"], SAME_DATA);
const TTLS: Refused = some("ttls", &["TTL of the apex", "a member of the set", "all TTLs"], SAME_DATA);
const TTL_OF_SERVICE: Refused = some("service-location-ttl", &["other TTL"], SAME_DATA);
const TTL_OF_TEXT: Refused = some("all-ttls-and-members", &["all"], SAME_DATA);

/// Those of the groups that a panel with rows goes through.
pub(crate) const PANEL_ROWS: &[Refused] = &[TTL_ONLY, TTLS, TTL_OF_SERVICE, TTL_OF_TEXT];
