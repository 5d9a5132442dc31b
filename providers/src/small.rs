//! Plans that come near no limit, so that no account need be asked for its own.

use dnsure_zones::Zone;
use dnsure_zones::diff::{Difference, diff};

/// What is far below the limits of any account: record sets that change in one plan, their records and
/// the octets of these, and the record sets of a zone.
const FEW_SETS: usize = 50;
const FEW_RECORDS: usize = 4;
const FEW_OCTETS: usize = 5_000;
const SMALL_ZONE: usize = 5_000;

/// Whether a plan from `live` to `declared` comes near no limit of any account.
pub(crate) fn is_small(live: &Zone, declared: &Zone) -> bool {
    let mut octets = 0;
    let is_small = |(count, difference)| {
        let sets = match difference {
            Difference::Added(set) | Difference::Removed(set) => [Some(set), None],
            Difference::Changed(before, after) => [Some(before), Some(after)],
        };
        let mut sets = sets.into_iter().flatten();
        sets.all(|set| {
            octets += set.rdatas().map(<[u8]>::len).sum::<usize>();
            set.rdatas().len() <= FEW_RECORDS && octets <= FEW_OCTETS && count < FEW_SETS
        })
    };
    declared.set_count().max(live.set_count()) <= SMALL_ZONE && diff(live, declared).enumerate().all(is_small)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use dnsure_zones::yaml::{Options, read_text};

    fn zone(sets: usize, records: usize) -> Zone {
        let addresses: Vec<String> = (1..=records).map(|last| format!("192.0.2.{last}")).collect();
        let set = |index: usize| format!("n{index}: {{type: A, values: [{}]}}\n", addresses.join(", "));
        let text: String = if sets == 0 { "{}".into() } else { (0..sets).map(set).collect() };
        let apex = "example.com.".parse().unwrap();
        read_text(&text, "example.com.yaml", &apex, &Options::default()).declared.unwrap().zone
    }

    #[test]
    fn a_plan_is_small_by_its_changes_their_records_and_the_zone() {
        assert!(is_small(&zone(0, 1), &zone(50, 4)));
        assert!(!is_small(&zone(0, 1), &zone(51, 1)), "many sets change");
        assert!(!is_small(&zone(0, 1), &zone(1, 5)), "a set has many records");
        assert!(is_small(&zone(51, 5), &zone(51, 5)), "nothing changes");
        assert!(!is_small(&zone(5_001, 1), &zone(5_001, 1)), "the zone is large");
    }
}
