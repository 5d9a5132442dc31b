//! What a service never holds, as far as services differ in a table only.

use dnsure_zones::zone::SetRef;
use dnsure_zones::{Name, RecordKey, RecordType};

/// The rules of one service.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rules {
    /// Its name, for messages.
    pub(crate) service: &'static str,
    /// The types that it holds beside the [`USUAL`]; `None` where it holds all that a zone may have.
    pub(crate) besides: Option<&'static [RecordType]>,
    /// Types that it takes at the apex only.
    pub(crate) at_apex: &'static [RecordType],
    /// Types that it does not take at a wildcard.
    pub(crate) not_at_wildcards: &'static [RecordType],
    /// What the labels of owner names may have beside letters and digits; `None` where any octet goes.
    pub(crate) labels: Option<&'static str>,
    /// The most records of a set; `None` is no limit.
    pub(crate) records: Option<usize>,
}

/// What services hold that hold certain types only.
const USUAL: &[RecordType] = &[
    RecordType::A,
    RecordType::AAAA,
    RecordType::CAA,
    RecordType::CNAME,
    RecordType::DS,
    RecordType::HTTPS,
    RecordType::MX,
    RecordType::NAPTR,
    RecordType::NS,
    RecordType::PTR,
    RecordType::SOA,
    RecordType::SPF,
    RecordType::SRV,
    RecordType::SSHFP,
    RecordType::SVCB,
    RecordType::TLSA,
    RecordType::TXT,
];

impl Rules {
    /// No rules but those of the DNS.
    pub(crate) const fn of(service: &'static str) -> Self {
        Self { service, besides: None, at_apex: &[], not_at_wildcards: &[], labels: None, records: None }
    }

    /// Why the service can never hold this set, if so.
    pub(crate) fn refusal(&self, set: &SetRef<'_>) -> Option<String> {
        self.forbids(set.apex(), &set.key(), set.rdatas().len())
    }

    /// Why it can never hold a set of this key and so many records, if so.
    pub(crate) fn forbids(&self, apex: &Name, key: &RecordKey, records: usize) -> Option<String> {
        let Self { service, .. } = self;
        let RecordKey { name, rtype, .. } = key;
        if rtype.is_meta() {
            return Some(format!("{rtype} is a type of questions, which no zone can hold (RFC 6895 3.1)"));
        }
        if *rtype == RecordType::DS && name == apex {
            return Some("DS stands in the parent zone, never at the apex (RFC 4035 2.4)".into());
        }
        if *rtype == RecordType::SOA && name != apex {
            return Some("SOA stands at the apex only (RFC 1035 3.3.13)".into());
        }
        if self.besides.is_some_and(|besides| !USUAL.contains(rtype) && !besides.contains(rtype)) {
            return Some(format!("{service} holds no {rtype} records: exclude this target from it"));
        }
        if name != apex && self.at_apex.contains(rtype) {
            return Some(format!("{service} takes {rtype} at the apex only"));
        }
        if name.is_wildcard() && self.not_at_wildcards.contains(rtype) {
            return Some(format!("{service} takes no {rtype} records at a wildcard"));
        }
        if let Some(others) = self.labels.filter(|others| !is_written_with(name, others)) {
            let others: Vec<String> = others.chars().map(|other| format!("`{other}`")).collect();
            let others = others.join(", ");
            return Some(format!(
                "{service}'s API takes owner names of letters, digits, {others} and a first label `*` only"
            ));
        }
        if rtype.is_single() && records > 1 {
            return Some(format!("one name holds one {rtype} record at most"));
        }
        let most = self.records.filter(|most| records > *most)?;
        Some(format!("it has {records} records, and {service} holds {most} in a set at most"))
    }
}

fn is_written_with(name: &Name, others: &str) -> bool {
    let fits = |byte: &u8| byte.is_ascii_alphanumeric() || others.as_bytes().contains(byte);
    name.labels().skip(usize::from(name.is_wildcard())).all(|label| label.iter().all(fits))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const RULES: Rules = Rules {
        besides: Some(&[RecordType::ALIAS]),
        at_apex: &[RecordType::ALIAS],
        not_at_wildcards: &[RecordType::NS],
        labels: Some("-_"),
        records: Some(20),
        ..Rules::of("The Cloud")
    };

    fn refusal(name: &str, rtype: RecordType, records: usize) -> Option<String> {
        let key = RecordKey::new(name.parse().unwrap(), rtype);
        RULES.forbids(&"example.".parse().unwrap(), &key, records)
    }

    #[test]
    fn what_fits_every_rule_is_held() {
        for (name, rtype) in [
            ("example.", RecordType::ALIAS),
            ("*.example.", RecordType::A),
            ("_a-1.example.", RecordType::CNAME),
            ("sub.example.", RecordType::DS),
        ] {
            assert_eq!(refusal(name, rtype, 1), None, "{name} {rtype}");
        }
    }

    #[test]
    fn every_rule_refuses_in_its_own_words() {
        let why = |name, rtype, records| refusal(name, rtype, records).unwrap();
        assert!(why("example.", RecordType::DS, 1).contains("parent zone"));
        assert!(why("a.example.", RecordType::SOA, 1).contains("apex only"));
        assert_eq!(
            why("example.", RecordType::LOC, 1),
            "The Cloud holds no LOC records: exclude this target from it"
        );
        assert!(why("a.example.", RecordType::ALIAS, 1).contains("at the apex only"));
        assert!(why("*.example.", RecordType::NS, 1).contains("at a wildcard"));
        assert!(why("a\\@b.example.", RecordType::A, 1).contains("digits, `-`, `_` and a first label `*`"));
        assert!(why("a.*.example.", RecordType::A, 1).contains("a first label"));
        assert!(why("a.example.", RecordType::CNAME, 2).contains("one CNAME record"));
        assert!(why("a.example.", RecordType::A, 21).contains("20 in a set"));
    }
}
