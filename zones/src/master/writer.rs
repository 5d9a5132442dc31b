//! Writes a zone as a master file.

use crate::zone::SetRef;
use crate::{RecordType, Ttl, Zone, rdata};
use std::collections::BTreeMap;
use std::fmt;

/// Owner names up to this many characters set the width of their column.
const WIDEST_OWNER: usize = 30;

/// Writes `zone` as a master file that every server reads: the SOA first, the rest in
/// canonical order, owners relative to `$ORIGIN` and on every line, names in data absolute,
/// a TTL only where it is not that of `$TTL`. The same zone gives the same text.
///
/// What a master file cannot hold comes as comments: pseudo types, sets with a set id, and
/// provider settings (`; octodns: {...}` on the line before).
///
/// # Errors
/// What `out` returns.
pub fn write(zone: &Zone, out: &mut dyn fmt::Write) -> fmt::Result {
    writeln!(out, "$ORIGIN {}", zone.apex())?;
    let common = common_ttl(zone);
    if let Some(ttl) = common {
        writeln!(out, "$TTL {ttl}")?;
    }
    let columns = Columns::of(zone, common);
    if let Some(set) = zone.get(zone.apex(), RecordType::SOA) {
        columns.set(&set, zone, out)?;
    }
    let is_apex_soa =
        |set: &SetRef<'_>| set.is_apex() && set.rtype() == RecordType::SOA && set.set_id().is_none();
    for set in zone.sets().filter(|set| !is_apex_soa(set)) {
        columns.set(&set, zone, out)?;
    }
    Ok(())
}

/// The TTL that most record sets have, the smallest of several.
fn common_ttl(zone: &Zone) -> Option<Ttl> {
    let mut counts: BTreeMap<Ttl, usize> = BTreeMap::new();
    for set in zone.sets() {
        *counts.entry(set.ttl()).or_default() += 1;
    }
    counts.into_iter().rev().max_by_key(|(_, count)| *count).map(|(ttl, _)| ttl)
}

struct Columns {
    owner: usize,
    /// 0 where every record has the TTL of `$TTL`.
    ttl: usize,
    rtype: usize,
    common: Option<Ttl>,
}

impl Columns {
    fn of(zone: &Zone, common: Option<Ttl>) -> Self {
        let mut columns = Self { owner: 1, ttl: 0, rtype: 1, common };
        for set in zone.sets() {
            let owner = set.name().shown_in(zone.apex()).len();
            if owner <= WIDEST_OWNER {
                columns.owner = columns.owner.max(owner);
            }
            if Some(set.ttl()) != common {
                columns.ttl = columns.ttl.max(set.ttl().to_string().len());
            }
            if !set.rtype().is_pseudo() {
                columns.rtype = columns.rtype.max(set.rtype().to_string().len());
            }
        }
        columns
    }

    fn set(&self, set: &SetRef<'_>, zone: &Zone, out: &mut dyn fmt::Write) -> fmt::Result {
        if let Some(settings) = set.settings()
            && let Ok(json) = serde_json::to_string(settings)
        {
            writeln!(out, "; octodns: {json}")?;
        }
        let mut prefix = "";
        if let Some(id) = set.set_id() {
            // The id is free text and must not end the comment.
            writeln!(out, "; one of several sets at this name, which a master file cannot hold: {id:?}")?;
            prefix = "; ";
        } else if set.rtype().is_pseudo() {
            writeln!(out, "; {} is no DNS type; a provider makes answers from it", set.rtype())?;
            prefix = "; ";
        }
        if set.rdatas().len() == 0 {
            writeln!(out, "; {}: its provider makes the answers, it has no data", set.key())?;
        }
        let owner = set.name().shown_in(zone.apex());
        let ttl = if Some(set.ttl()) == self.common { String::new() } else { set.ttl().to_string() };
        let rtype = set.rtype().to_string();
        for data in set.rdatas() {
            write!(out, "{prefix}{owner:<width$} ", width = self.owner)?;
            if self.ttl > 0 {
                write!(out, "{ttl:<width$} ", width = self.ttl)?;
            }
            writeln!(out, "IN {rtype:<width$} {}", rdata::to_text(set.rtype(), data), width = self.rtype)?;
        }
        Ok(())
    }
}
