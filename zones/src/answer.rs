//! What an authoritative server answers from a zone (RFC 1034 4.3.2, RFC 4592, RFC 6672).
//!
//! Pure judgement over a [`Zone`]: the expectation of verification, the guards against
//! hidden answers and the embedded server all stand on it.

use crate::zone::{SetRef, Zone};
use crate::{Name, RecordType};

/// The first step of an answer; chains of CNAMEs are followed by the caller where wanted.
#[derive(Debug, Clone)]
pub enum Answer<'a> {
    /// The zone has this data.
    Data {
        /// The record set, at the asked name or at `wildcard`.
        set: SetRef<'a>,
        /// The wildcard it was made from (RFC 4592 3.3.1).
        wildcard: Option<Name>,
    },
    /// The name is an alias.
    Cname {
        /// The CNAME, at the asked name or at `wildcard`.
        set: SetRef<'a>,
        /// The wildcard it was made from.
        wildcard: Option<Name>,
    },
    /// The name is below a DNAME (RFC 6672).
    Dname {
        /// The DNAME.
        set: SetRef<'a>,
        /// The name it leads to; `None` when that would be over 255 octets (YXDOMAIN).
        target: Option<Name>,
    },
    /// The name is at or below a delegation.
    Referral {
        /// The NS records at the cut.
        ns: SetRef<'a>,
    },
    /// The name exists, the type does not (RFC 2308 2.2).
    NoData {
        /// The wildcard that makes the name exist.
        wildcard: Option<Name>,
    },
    /// The name does not exist (RFC 2308 2.1).
    NameError,
    /// The name is not in this zone.
    OutOfZone,
}

/// The topmost delegation or DNAME that hides `name`, itself included for a delegation.
#[must_use]
pub fn cut_above<'a>(zone: &'a Zone, name: &Name) -> Option<SetRef<'a>> {
    let apex = zone.apex();
    let above = name.label_count().checked_sub(apex.label_count())?;
    for depth in 0..=above {
        let here = name.suffix(apex.label_count() + depth);
        for set in zone.at(&here) {
            let hides = match set.rtype() {
                RecordType::NS => depth > 0,
                RecordType::DNAME => depth < above,
                _ => false,
            };
            if hides {
                return Some(set);
            }
        }
    }
    None
}

/// Whether data at `name` of `rtype` is hidden by a delegation or DNAME above it, so
/// that no server answers with it (glue included).
#[must_use]
pub fn is_occluded(zone: &Zone, name: &Name, rtype: RecordType) -> bool {
    match cut_above(zone, name) {
        None => false,
        Some(cut) if cut.rtype() == RecordType::NS && cut.name() == *name => {
            !matches!(rtype, RecordType::NS | RecordType::DS | RecordType::NSEC | RecordType::RRSIG)
        }
        Some(_) => true,
    }
}

/// Answers a question of class IN from `zone`.
#[must_use]
pub fn answer<'a>(zone: &'a Zone, name: &Name, rtype: RecordType) -> Answer<'a> {
    if !name.is_at_or_below(zone.apex()) {
        return Answer::OutOfZone;
    }
    if let Some(cut) = cut_above(zone, name) {
        if cut.rtype() == RecordType::DNAME {
            return Answer::Dname { target: dname_target(&cut, name), set: cut };
        }
        // The parent side answers for DS at the cut itself (RFC 4035 3.1.4.1).
        if !(rtype == RecordType::DS && cut.name() == *name) {
            return Answer::Referral { ns: cut };
        }
    }
    if zone.name_exists(name) {
        return at_node(zone, name, rtype, None);
    }
    match wildcard_for(zone, name) {
        Some(wildcard) => at_node(zone, &wildcard, rtype, Some(wildcard.clone())),
        None => Answer::NameError,
    }
}

/// The wildcard that answers for `name`, which does not exist itself: `*` at the
/// closest encloser, when that exists (RFC 4592 3.3.1).
#[must_use]
pub fn wildcard_for(zone: &Zone, name: &Name) -> Option<Name> {
    let mut encloser = name.parent()?;
    while !encloser.is_at_or_below(zone.apex()) || (encloser != *zone.apex() && !zone.name_exists(&encloser))
    {
        encloser = encloser.parent()?;
    }
    let wildcard = encloser.child(b"*").ok()?;
    zone.name_exists(&wildcard).then_some(wildcard)
}

fn at_node<'a>(zone: &'a Zone, node: &Name, rtype: RecordType, wildcard: Option<Name>) -> Answer<'a> {
    // Of several sets told apart by their ids any one stands for all.
    let find = |rtype: RecordType| zone.at(node).find(|set| set.rtype() == rtype);
    if let Some(set) = find(rtype) {
        return Answer::Data { set, wildcard };
    }
    match find(RecordType::CNAME) {
        Some(set) => Answer::Cname { set, wildcard },
        None => Answer::NoData { wildcard },
    }
}

fn dname_target(dname: &SetRef<'_>, name: &Name) -> Option<Name> {
    let target = dname.rdatas().next().and_then(|data| Name::from_wire(data).ok())?;
    name.replace_suffix(&dname.name(), &target)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Ttl, ZoneBuilder};

    fn name(text: &str) -> Name {
        text.parse().unwrap()
    }

    /// A zone `example.` of lines `owner TYPE target`; addresses are all the same.
    fn zone(lines: &[&str]) -> Zone {
        let mut builder = ZoneBuilder::new(name("example."));
        for line in ["example. SOA", "example. NS ns.example."].iter().chain(lines) {
            let mut fields = line.split(' ');
            let owner = name(fields.next().unwrap());
            let rtype: RecordType = fields.next().unwrap().parse().unwrap();
            let data = fields.next().map_or(vec![192, 0, 2, 1], |target| name(target).wire().to_vec());
            builder.push(&owner, rtype, Ttl::MAX, &data).unwrap();
        }
        builder.finish()
    }

    /// The answer in one line.
    fn ask(zone: &Zone, owner: &str, rtype: RecordType) -> String {
        let from = |wildcard: &Option<Name>| match wildcard {
            Some(wildcard) => format!(" from {wildcard}"),
            None => String::new(),
        };
        match answer(zone, &name(owner), rtype) {
            Answer::Data { set, wildcard } => {
                format!("data {} {}{}", set.name(), set.rtype(), from(&wildcard))
            }
            Answer::Cname { set, wildcard } => format!("cname {}{}", set.name(), from(&wildcard)),
            Answer::Dname { set, target } => {
                format!("dname {} to {}", set.name(), target.map_or("nowhere".into(), |to| to.to_string()))
            }
            Answer::Referral { ns } => format!("referral {}", ns.name()),
            Answer::NoData { wildcard } => format!("no data{}", from(&wildcard)),
            Answer::NameError => "no name".into(),
            Answer::OutOfZone => "out of zone".into(),
        }
    }

    #[test]
    fn a_name_that_exists_without_the_type_is_no_data_and_other_names_do_not_exist() {
        let zone = zone(&["www.example. A", "a.deep.example. A"]);
        assert_eq!(ask(&zone, "WWW.example.", RecordType::A), "data www.example. A");
        assert_eq!(ask(&zone, "www.example.", RecordType::AAAA), "no data");
        assert_eq!(ask(&zone, "deep.example.", RecordType::A), "no data", "an empty non-terminal");
        assert_eq!(ask(&zone, "x.example.", RecordType::A), "no name");
        assert_eq!(ask(&zone, "x.www.example.", RecordType::A), "no name");
        assert_eq!(ask(&zone, "example.", RecordType::NS), "data example. NS");
        assert_eq!(ask(&zone, "test.", RecordType::A), "out of zone");
        assert_eq!(ask(&zone, ".", RecordType::NS), "out of zone");
    }

    /// The zone and the questions of RFC 4592 2.2.1.
    #[test]
    fn wildcards_answer_as_in_the_examples_of_rfc_4592() {
        let zone = zone(&[
            "*.example. TXT",
            "*.example. MX",
            "sub.*.example. TXT",
            "host1.example. A",
            "_ssh._tcp.host1.example. SRV",
            "subdel.example. NS ns.example.com.",
        ]);
        assert_eq!(ask(&zone, "host3.example.", RecordType::MX), "data *.example. MX from *.example.");
        assert_eq!(ask(&zone, "host3.example.", RecordType::A), "no data from *.example.");
        assert_eq!(ask(&zone, "foo.bar.example.", RecordType::TXT), "data *.example. TXT from *.example.");
        assert_eq!(ask(&zone, "host1.example.", RecordType::MX), "no data");
        assert_eq!(ask(&zone, "sub.*.example.", RecordType::MX), "no data");
        assert_eq!(ask(&zone, "_telnet._tcp.host1.example.", RecordType::SRV), "no name");
        assert_eq!(ask(&zone, "host.subdel.example.", RecordType::A), "referral subdel.example.");
        assert_eq!(ask(&zone, "ghost.*.example.", RecordType::MX), "no name");
    }

    #[test]
    fn a_wildcard_that_only_has_names_below_it_makes_names_exist_without_data() {
        let zone = zone(&["a.*.example. A"]);
        assert_eq!(ask(&zone, "x.example.", RecordType::A), "no data from *.example.");
        assert_eq!(ask(&zone, "a.x.example.", RecordType::A), "no data from *.example.");
    }

    #[test]
    fn an_empty_non_terminal_hides_the_wildcard_above_it() {
        let before = zone(&["*.example. A"]);
        let after = zone(&["*.example. A", "_acme-challenge.foo.example. TXT"]);
        assert_eq!(ask(&before, "foo.example.", RecordType::A), "data *.example. A from *.example.");
        assert_eq!(ask(&after, "foo.example.", RecordType::A), "no data");
        assert_eq!(ask(&after, "bar.foo.example.", RecordType::A), "no name");
    }

    #[test]
    fn an_alias_is_told_unless_it_is_asked_for() {
        let zone = zone(&["www.example. CNAME a.example.", "*.w.example. CNAME a.example."]);
        assert_eq!(ask(&zone, "www.example.", RecordType::A), "cname www.example.");
        assert_eq!(ask(&zone, "www.example.", RecordType::CNAME), "data www.example. CNAME");
        assert_eq!(ask(&zone, "x.w.example.", RecordType::A), "cname *.w.example. from *.w.example.");
    }

    #[test]
    fn the_parent_side_of_a_cut_answers_for_ds_and_nothing_else() {
        let zone = zone(&[
            "sub.example. NS ns.sub.example.",
            "sub.example. DS",
            "sub.example. A",
            "ns.sub.example. A",
            "deeper.sub.example. NS ns.example.",
            "plain.example. NS ns.example.",
        ]);
        assert_eq!(ask(&zone, "sub.example.", RecordType::DS), "data sub.example. DS");
        assert_eq!(ask(&zone, "plain.example.", RecordType::DS), "no data");
        for rtype in [RecordType::NS, RecordType::A, RecordType::SOA] {
            assert_eq!(ask(&zone, "sub.example.", rtype), "referral sub.example.");
        }
        assert_eq!(ask(&zone, "ns.sub.example.", RecordType::A), "referral sub.example.");
        assert_eq!(ask(&zone, "deeper.sub.example.", RecordType::DS), "referral sub.example.");
        assert!(is_occluded(&zone, &name("sub.example."), RecordType::A));
        assert!(!is_occluded(&zone, &name("sub.example."), RecordType::NS));
        assert!(!is_occluded(&zone, &name("sub.example."), RecordType::DS));
        assert!(is_occluded(&zone, &name("ns.sub.example."), RecordType::A));
        assert!(!is_occluded(&zone, &name("example."), RecordType::NS));
    }

    #[test]
    fn a_dname_redirects_what_is_below_it_and_not_its_own_name() {
        let zone = zone(&[
            "old.example. DNAME new.example.",
            "old.example. A",
            "hidden.old.example. A",
            "new.example. A",
        ]);
        assert_eq!(ask(&zone, "old.example.", RecordType::A), "data old.example. A");
        assert_eq!(ask(&zone, "old.example.", RecordType::DNAME), "data old.example. DNAME");
        assert_eq!(ask(&zone, "a.b.old.example.", RecordType::A), "dname old.example. to a.b.new.example.");
        assert_eq!(
            ask(&zone, "hidden.old.example.", RecordType::A),
            "dname old.example. to hidden.new.example."
        );
        assert!(is_occluded(&zone, &name("hidden.old.example."), RecordType::A));
        assert!(!is_occluded(&zone, &name("old.example."), RecordType::A));
    }

    #[test]
    fn a_dname_that_makes_too_long_a_name_leads_nowhere() {
        let label = "a".repeat(60);
        let zone = zone(&[&format!("o.example. DNAME {label}.{label}.{label}.")]);
        let asked = format!("{label}.{label}.o.example.");
        assert_eq!(ask(&zone, &asked, RecordType::A), "dname o.example. to nowhere");
    }

    #[test]
    fn the_topmost_cut_counts() {
        let zone = zone(&["example. DNAME test.", "sub.example. NS ns.test."]);
        assert_eq!(ask(&zone, "www.sub.example.", RecordType::A), "dname example. to www.sub.test.");
        assert_eq!(ask(&zone, "example.", RecordType::NS), "data example. NS");
    }
}
