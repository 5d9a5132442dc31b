//! A zone of single records, each with an id, for services that list and write records instead of sets.

use crate::backend::WriteEnd;
use crate::change::{Change, SetChange};
use crate::declared::members::{Own, PerRecord};
use crate::http::shown;
use crate::listing::{Entries, Entry};
use crate::{sabotage, standing};
use dnsure_zones::{Rdata, RecordKey, RecordSet, Ttl, rdata};
use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};

/// One record, as it was listed.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    /// The set that it is of.
    pub(crate) key: RecordKey,
    pub(crate) id: String,
    /// What becomes another with each change of it, such as a time.
    pub(crate) version: String,
    pub(crate) data: Rdata,
    pub(crate) ttl: Ttl,
    /// What stands beside its data.
    pub(crate) own: Own,
    /// Why it is never written to.
    pub(crate) locked: Option<String>,
}

impl Record {
    fn is(&self, data: &Rdata) -> bool {
        let canonical = |data| rdata::canonical(self.key.rtype, Rdata::wire(data));
        canonical(&self.data) == canonical(data)
    }
}

/// Record sets, each with its records.
pub(crate) type Records = Entries<Vec<Record>>;

impl Records {
    /// The sets that these records make.
    ///
    /// # Errors
    /// As [`Entries::gather`].
    pub(crate) fn of(listed: impl IntoIterator<Item = Record>, settings: &PerRecord) -> Result<Self, String> {
        let mut sets: BTreeMap<RecordKey, Vec<Record>> = BTreeMap::new();
        for record in listed {
            sets.entry(record.key.clone()).or_default().push(record);
        }
        Self::gather(sets.into_iter().map(|(key, records)| Ok((key.clone(), entry(key, records, settings)))))
    }

    /// The records of one set.
    pub(crate) fn at(&self, key: &RecordKey) -> &[Record] {
        self.get(key).map_or(&[], |entry| &entry.source)
    }

    /// Ids and versions tell what values do not: records that were changed and changed back.
    ///
    /// # Errors
    /// [`WriteEnd::Stale`] where a set of `changes` is not made of the records that it was made of in
    /// `before`.
    pub(crate) fn untouched_since(&self, before: &Self, changes: &[Change]) -> Result<(), WriteEnd> {
        for key in changes.iter().flat_map(Change::sets).map(SetChange::key) {
            let [was, is] = [before, self].map(|records| -> BTreeSet<(&str, &str)> {
                records.at(key).iter().map(|record| (&*record.id, &*record.version)).collect()
            });
            if was != is && !sabotage::is_off("freshness") {
                let [was, is] = [was, is].map(|all| {
                    let each: Vec<_> =
                        all.into_iter().map(|(id, version)| format!("{id} of {version}")).collect();
                    shown(&each.join(", "))
                });
                let reason =
                    format!("{key} was touched by another hand: it was the records {was} and is {is} now");
                return Err(WriteEnd::Stale { reason });
            }
        }
        Ok(())
    }

    /// Takes in what a write has made of the sets of `changes`: the ids that are gone, and the records
    /// that it edited or created.
    ///
    /// # Errors
    /// The first set that is not what was asked for, in words.
    pub(crate) fn follow(
        &mut self,
        changes: &[Change],
        gone: &[String],
        answered: &[Record],
        settings: &PerRecord,
    ) -> Result<(), String> {
        let touched: HashSet<&String> = gone.iter().chain(answered.iter().map(|record| &record.id)).collect();
        for key in changes.iter().flat_map(Change::sets).map(SetChange::key) {
            let stay = self.at(key).iter().filter(|record| !touched.contains(&record.id));
            let now: Vec<Record> =
                stay.chain(answered.iter().filter(|record| record.key == *key)).cloned().collect();
            self.keep(key, (!now.is_empty()).then(|| entry(key.clone(), now, settings)));
        }
        for change in changes.iter().flat_map(Change::sets) {
            let [is, wanted] = [self.get(change.key()).and_then(|entry| entry.set.as_ref()), change.after()];
            if is != wanted {
                let [is, wanted] = [is, wanted].map(standing::words);
                return Err(format!("{} is {is} in its reply, not {wanted}", change.key()));
            }
        }
        Ok(())
    }
}

fn entry(key: RecordKey, records: Vec<Record>, settings: &PerRecord) -> Entry<Vec<Record>> {
    let members = records.iter().map(|record| (record.data.clone(), record.ttl));
    let mut set = RecordSet::from_members(key, members);
    let mut locked = records.iter().find_map(|record| record.locked.clone());
    if let Some(set) = &mut set {
        let of = |data: &Rdata| Some(records.iter().find(|record| record.is(data))?.own.clone());
        let members: Vec<Own> = set.rdatas().iter().filter_map(of).collect();
        set.settings = settings.of_set(set, &members);
        if set.rdatas().len() < records.len() {
            locked = locked.or_else(|| Some("one of its records is listed twice, and to name servers both are one (RFC 2181 5): remove one by hand, see that it is still answered, then plan again".into()));
        }
    }
    Entry { set, locked, source: records }
}

/// One record of what shall be.
#[derive(Debug)]
pub(crate) struct Wanted<'w> {
    pub(crate) data: &'w Rdata,
    pub(crate) ttl: Ttl,
    pub(crate) own: Own,
}

/// What makes the records of a set the ones that are wanted.
#[derive(Debug)]
pub(crate) struct Edits<'r, 'w> {
    /// What is to be written, with the record that is edited in place for it; without one it is created.
    pub(crate) written: Vec<(Wanted<'w>, Option<&'r Record>)>,
    /// What is to be deleted.
    pub(crate) deleted: Vec<&'r Record>,
}

impl<'r, 'w> Edits<'r, 'w> {
    /// Records that are as they shall be are left alone, and one that goes becomes one that comes: as long
    /// as a set goes on, one of its records at least stays or is edited.
    pub(crate) fn between(records: &'r [Record], after: Option<&'w RecordSet>, owns: Vec<Own>) -> Self {
        let members = after.into_iter().flat_map(RecordSet::members).zip(owns);
        let wanted: Vec<Wanted<'w>> = members.map(|((data, ttl), own)| Wanted { data, ttl, own }).collect();
        let is_gone = |record: &&Record| !wanted.iter().any(|wanted| record.is(wanted.data));
        let mut gone: VecDeque<&Record> = records.iter().filter(is_gone).collect();
        let mut written = Vec::new();
        for wanted in wanted {
            let same = records.iter().find(|record| record.is(wanted.data));
            if !same.is_some_and(|record| record.ttl == wanted.ttl && record.own == wanted.own) {
                written.push((wanted, same.or_else(|| gone.pop_front())));
            }
        }
        Self { written, deleted: gone.into() }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::declared::{Field, Kind};
    use dnsure_zones::RecordType;

    const SETTINGS: PerRecord = PerRecord {
        namespace: "cloud",
        fields: &[Field::new("note", "note", Kind::Comment)],
        off_unless_said: &[],
        of_one_for_all: &[],
    };

    fn key() -> RecordKey {
        RecordKey::new("www.example.".parse().unwrap(), RecordType::A)
    }

    /// The record 192.0.2.`last`, called `id`.
    fn record(id: &str, last: u8) -> Record {
        Record {
            key: key(),
            id: id.to_owned(),
            version: "1".to_owned(),
            data: Rdata::new([192, 0, 2, last]),
            ttl: Ttl::from_wire(300),
            own: Own::default(),
            locked: None,
        }
    }

    fn records(all: &[Record]) -> Records {
        Records::of(all.to_vec(), &SETTINGS).unwrap()
    }

    fn set(lasts: &[u8]) -> RecordSet {
        let data = lasts.iter().map(|last| Rdata::new([192, 0, 2, *last]));
        RecordSet::new(key(), Ttl::from_wire(300), data)
    }

    fn changes(before: &[u8], after: &[u8]) -> Vec<Change> {
        let change = SetChange::between(Some(set(before)), Some(set(after)));
        Change::new(change.into_iter().collect()).into_iter().collect()
    }

    /// The last octet of what is written with the id of what is edited for it, and the ids of what goes.
    fn edits(listed: &[Record], wanted: &[u8]) -> (Vec<(u8, Option<String>)>, Vec<String>) {
        let after = set(wanted);
        let edits = Edits::between(listed, Some(&after), vec![Own::default(); wanted.len()]);
        let written = edits
            .written
            .iter()
            .map(|(wanted, record)| (wanted.data.wire()[3], record.map(|record| record.id.clone())));
        (written.collect(), edits.deleted.iter().map(|record| record.id.clone()).collect())
    }

    #[test]
    fn records_make_sets_and_one_that_is_there_twice_locks_its_own() {
        let mut noted = record("b", 2);
        noted.own.set("note", "x".into());
        let all = records(&[record("a", 1), noted]);
        let entry = all.get(&key()).unwrap();
        assert!(entry.set.as_ref().unwrap().same_rdatas(&set(&[1, 2])) && entry.locked.is_none());
        assert_eq!(entry.set.as_ref().unwrap().settings.0["cloud"]["values"][0]["note"], "x");
        let twice = records(&[record("a", 1), record("b", 1)]);
        assert!(twice.get(&key()).unwrap().locked.as_ref().unwrap().contains("listed twice"));
    }

    #[test]
    fn what_stays_is_left_alone_and_what_goes_becomes_what_comes() {
        let listed = [record("a", 1), record("b", 2), record("c", 3)];
        let id = |id: &str| Some(id.to_owned());
        assert_eq!(edits(&listed, &[1, 2, 3]), (vec![], vec![]));
        assert_eq!(edits(&listed, &[2, 8, 9]), (vec![(8, id("a")), (9, id("c"))], vec![]));
        assert_eq!(edits(&listed, &[9]), (vec![(9, id("a"))], vec!["b".to_owned(), "c".to_owned()]));
        assert_eq!(edits(&listed[..1], &[8, 9]), (vec![(8, id("a")), (9, None)], vec![]));
        let mut other = record("a", 1);
        other.own.set("note", "x".into());
        assert_eq!(edits(&[other], &[1]), (vec![(1, id("a"))], vec![]));
    }

    #[test]
    fn another_version_or_id_of_the_same_values_is_stale() {
        let before = records(&[record("a", 1)]);
        let changes = changes(&[1], &[2]);
        assert_eq!(records(&[record("a", 1)]).untouched_since(&before, &changes), Ok(()));
        let mut touched = record("a", 1);
        touched.version = "2".into();
        for now in [touched, record("b", 1)] {
            let end = records(&[now]).untouched_since(&before, &changes);
            assert!(matches!(end, Err(WriteEnd::Stale { reason }) if reason.contains("the records a of 1")));
        }
    }

    #[test]
    fn what_a_write_answered_is_followed_and_must_be_what_was_asked_for() {
        let follow = |gone: &[&str], answered: &[Record]| {
            let mut all = records(&[record("a", 1), record("b", 2)]);
            let gone: Vec<String> = gone.iter().map(|id| (*id).to_owned()).collect();
            let end = all.follow(&changes(&[1, 2], &[2, 3]), &gone, answered, &SETTINGS);
            (end, all.at(&key()).iter().map(|record| record.id.clone()).collect::<Vec<_>>())
        };
        assert_eq!(follow(&["a"], &[record("c", 3)]), (Ok(()), vec!["b".into(), "c".into()]));
        assert_eq!(follow(&[], &[record("a", 3)]), (Ok(()), vec!["b".into(), "a".into()]));
        let (end, _) = follow(&["a"], &[]);
        assert!(end.is_err_and(|words| {
            words.contains("is 192.0.2.2 (TTL 300) in its reply, not 192.0.2.2 + 192.0.2.3")
        }));
    }
}
