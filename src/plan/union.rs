//! Record sets of which an old and a new record must never stand side by side.
//!
//! Where a provider writes single records, a set goes from old to new through states that
//! hold some of both. For most sets that is what every resolver sees anyway while caches
//! expire. For the ones here it is an error: a second CNAME (RFC 2181 10.1), a second SPF
//! (RFC 7208 3.2), DMARC (RFC 7489 6.6.3) or DKIM string (RFC 6376 3.6.2.2), a null MX beside
//! another (RFC 7505 3), an SVCB alias beside service mode (RFC 9460 2.4.1).

use dnsure_zones::{Rdata, RecordKey, RecordType};

/// A group of records of one set that exclude each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Exclusive {
    /// The type has one member.
    Single,
    /// `v=spf1`.
    Spf,
    /// `v=DMARC1`.
    Dmarc,
    /// A DKIM key.
    Dkim,
    /// `0 .` and any other MX.
    NullMx,
    /// Alias mode and service mode.
    ServiceMode,
}

/// The group that `data` belongs to in the record set of `key`; `None` for records that any
/// others may stand beside. Whether an MX or SVCB excludes others depends on all of them:
/// `all` holds the records before and after.
#[must_use]
pub fn exclusive(key: &RecordKey, data: &Rdata, all: &[&Rdata]) -> Option<Exclusive> {
    match key.rtype {
        rtype if rtype.is_single() => Some(Exclusive::Single),
        RecordType::TXT => text_group(key, data),
        RecordType::MX => all.iter().any(|data| is_null_mx(data)).then_some(Exclusive::NullMx),
        RecordType::SVCB | RecordType::HTTPS => {
            all.iter().any(|data| is_alias_mode(data)).then_some(Exclusive::ServiceMode)
        }
        _ => None,
    }
}

/// Whether these records may stand in one record set.
#[must_use]
pub fn may_coexist(key: &RecordKey, members: &[&Rdata]) -> bool {
    let of_group =
        |group: Exclusive| members.iter().filter(|data| exclusive(key, data, members) == Some(group)).count();
    match key.rtype {
        RecordType::MX => !members.iter().any(|data| is_null_mx(data)) || members.len() == 1,
        RecordType::SVCB | RecordType::HTTPS => {
            let aliases = members.iter().filter(|data| is_alias_mode(data)).count();
            aliases == 0 || aliases == members.len()
        }
        _ => [Exclusive::Single, Exclusive::Spf, Exclusive::Dmarc, Exclusive::Dkim]
            .into_iter()
            .all(|group| of_group(group) <= 1),
    }
}

/// Whether the members of a set of this type stand for each other, so that a client that
/// finds some of them is served: addresses, name servers, mail servers, services.
#[must_use]
pub fn members_are_alternatives(rtype: RecordType) -> bool {
    matches!(rtype, RecordType::A | RecordType::AAAA | RecordType::NS | RecordType::MX | RecordType::SRV)
}

fn text_group(key: &RecordKey, data: &Rdata) -> Option<Exclusive> {
    let text = first_string(data).to_ascii_lowercase();
    let starts = |prefix: &str| {
        let rest = text.strip_prefix(prefix.as_bytes());
        rest.is_some_and(|rest| rest.first().is_none_or(|byte| matches!(byte, b' ' | b';' | b'\t')))
    };
    let labels = key.name.to_string().to_ascii_lowercase();
    if starts("v=spf1") {
        Some(Exclusive::Spf)
    } else if starts("v=dmarc1") {
        Some(Exclusive::Dmarc)
    } else if labels.contains("._domainkey.") {
        Some(Exclusive::Dkim)
    } else {
        None
    }
}

/// The first character string of a TXT record.
fn first_string(data: &Rdata) -> &[u8] {
    match data.wire() {
        [length, rest @ ..] => &rest[..usize::from(*length).min(rest.len())],
        [] => &[],
    }
}

fn is_null_mx(data: &Rdata) -> bool {
    matches!(data.wire(), [_, _, 0])
}

fn is_alias_mode(data: &Rdata) -> bool {
    data.wire().starts_with(&[0, 0])
}
