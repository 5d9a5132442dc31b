//! What octoDNS's `Route53Provider/ALIAS` says.

use super::table::row;
use super::wire;
use crate::RecordType;

/// One value of that pseudo type, by the fields of its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route53Alias {
    /// The type of the record set that it stands for.
    pub rtype: RecordType,
    /// Where it leads, as it was written; empty for the zone itself.
    pub name: String,
    /// The id of the target's zone; empty for the zone itself.
    pub hosted_zone_id: String,
    /// Whether the target's health counts.
    pub evaluate_target_health: bool,
}

impl Route53Alias {
    /// The alias of these data; `None` where they are none.
    #[must_use]
    pub fn of(data: &[u8]) -> Option<Self> {
        let parts = wire::split(row(RecordType::ROUTE53_ALIAS)?, data);
        let parts: Vec<&[u8]> = parts.map(|part| data.get(part.ok()?.1)).collect::<Option<_>>()?;
        let [rtype, name, hosted_zone_id, health] = parts.as_slice() else { return None };
        // A text has its length before it.
        let text = |field: &[u8]| String::from_utf8(field.get(2..)?.to_vec()).ok();
        Some(Self {
            rtype: RecordType::from_code(u16::from_be_bytes(*rtype.first_chunk()?)),
            name: text(name)?,
            hosted_zone_id: text(hosted_zone_id)?,
            evaluate_target_health: **health == [1],
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::{Name, rdata};

    fn data(text: &str) -> Vec<u8> {
        rdata::parse_text(RecordType::ROUTE53_ALIAS, text, &Name::root()).unwrap()
    }

    #[test]
    fn every_field_of_the_row_is_told() {
        let alias = Route53Alias::of(&data(r#"AAAA "lb.example." "Z32O12XQLNTSW2" true"#)).unwrap();
        assert_eq!((alias.rtype, alias.evaluate_target_health), (RecordType::AAAA, true));
        assert_eq!((alias.name.as_str(), alias.hosted_zone_id.as_str()), ("lb.example.", "Z32O12XQLNTSW2"));
        let near = Route53Alias::of(&data(r#"A "" "" false"#)).unwrap();
        assert_eq!((near.name.as_str(), near.hosted_zone_id.as_str()), ("", ""));
        assert!(!near.evaluate_target_health);
    }

    #[test]
    fn data_that_are_cut_short_or_no_text_are_no_alias() {
        let whole = data(r#"A "www" "" false"#);
        for length in 0..whole.len() {
            assert_eq!(Route53Alias::of(&whole[..length]), None, "{length}");
        }
        assert_eq!(Route53Alias::of(&data(r#"A "\255" "" false"#)), None);
    }
}
