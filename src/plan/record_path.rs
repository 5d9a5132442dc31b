//! From one record set to another in writes of single records, without a moment in which
//! nothing is served.
//!
//! ```text
//! edits in place    create what is more ▶ edit pairs and TTLs ▶ delete what is less
//! create and delete create what is new ▶ each record whose TTL changes: delete, create
//!                   (others stand in meanwhile) ▶ delete what is gone
//! ```
//!
//! Two records with the same data and different TTLs are one record on a name server: a
//! duplicate is never made, for the deletion of the old one may take both away.
//!
//! A name server has one TTL for a whole set (RFC 2181 5.2), and a provider that sends it row
//! by row sets that TTL with each record it adds (measured on BIND 9.18 and Knot 3.2): the
//! record added last decides. Everything added here has the TTL of the goal, so that what ends
//! with an addition or goes on from one ends right. Only where records had different TTLs and
//! nothing has to be added is one added for that alone: a record that goes is first brought to
//! the goal's TTL.

use super::union::{exclusive, may_coexist, members_are_alternatives};
use dnsure_providers::SetChange;
use dnsure_zones::{Rdata, RecordKey, RecordSet, Ttl, rdata};

/// One write on the way, and whether something is missing between it and the one before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// The record set before and after it: one record differs.
    pub change: SetChange,
    /// It follows the write before it at once, because something is missing in between.
    pub in_gap: bool,
}

/// Why no row of single writes leads there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoPath {
    /// A record keeps its data and gets another TTL, and nothing could stand in for it.
    #[error(
        "{key}: the TTL of {value} cannot be changed from {from} to {to} here: this provider edits nothing in place, a duplicate with another TTL is the same record to a name server, and deleting the old one would take both away; name a stand-in for the meantime (`dnsure: {{stand_in: …}}`), change value and TTL together, or leave the TTL as it is"
    )]
    SameData {
        /// The record set.
        key: RecordKey,
        /// The record.
        value: String,
        /// Its TTL.
        from: Ttl,
        /// The TTL that the files want.
        to: Ttl,
    },
    /// Provider settings change, and single records cannot carry them.
    #[error("{key}: this provider writes single records and cannot change settings")]
    Settings {
        /// The record set.
        key: RecordKey,
    },
    /// The named stand-in cannot stand beside the others.
    #[error("{key}: the stand-in {value} is one of the records themselves; name another value")]
    StandIn {
        /// The record set.
        key: RecordKey,
        /// What the file names.
        value: String,
    },
}

/// What a provider of single records can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Skill {
    /// Records are edited in place.
    Edits,
    /// Records are created and deleted.
    CreatesAndDeletes,
}

/// The writes that make `before` into `after`; empty when both are equal.
///
/// # Errors
/// [`NoPath`].
pub fn record_path(
    before: Option<&RecordSet>,
    after: Option<&RecordSet>,
    skill: Skill,
    stand_in: Option<&Rdata>,
) -> Result<Vec<Hop>, NoPath> {
    let Some(key) = before.or(after).map(|set| set.key.clone()) else { return Ok(Vec::new()) };
    if let (Some(before), Some(after)) = (before, after)
        && before.settings != after.settings
    {
        return Err(NoPath::Settings { key });
    }
    let mut path = Path::new(key, before, after);
    match skill {
        Skill::Edits => path.by_edits(),
        Skill::CreatesAndDeletes => path.by_creating_and_deleting(stand_in)?,
    }
    Ok(path.hops)
}

/// A record: its data in canonical form, as it is, and its TTL.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    canonical: Vec<u8>,
    data: Rdata,
    ttl: Ttl,
}

/// Two members with the same data.
struct Retimed {
    old: Member,
    new: Member,
}

struct Path {
    key: RecordKey,
    now: Vec<Member>,
    goal: Vec<Member>,
    hops: Vec<Hop>,
    /// Carries position and settings of the states.
    pattern: Option<RecordSet>,
}

impl Path {
    fn new(key: RecordKey, before: Option<&RecordSet>, after: Option<&RecordSet>) -> Self {
        let members = |set: Option<&RecordSet>| -> Vec<Member> {
            let member = |(data, ttl): (&Rdata, Ttl)| Member {
                canonical: rdata::canonical(key.rtype, data.wire()).into_owned(),
                data: data.clone(),
                ttl,
            };
            set.into_iter().flat_map(RecordSet::members).map(member).collect()
        };
        let (now, goal) = (members(before), members(after));
        Self { key, now, goal, hops: Vec::new(), pattern: after.or(before).cloned() }
    }

    fn gone(&self) -> Vec<Member> {
        let stays = |one: &Member| self.goal.iter().any(|other| other.canonical == one.canonical);
        self.now.iter().filter(|one| !stays(one)).cloned().collect()
    }

    fn fresh(&self) -> Vec<Member> {
        let there = |one: &Member| self.now.iter().any(|other| other.canonical == one.canonical);
        self.goal.iter().filter(|one| !there(one)).cloned().collect()
    }

    fn retimed(&self) -> Vec<Retimed> {
        let old = |new: &Member| {
            self.now.iter().find(|old| old.canonical == new.canonical && old.ttl != new.ttl).cloned()
        };
        self.goal.iter().filter_map(|new| Some(Retimed { old: old(new)?, new: new.clone() })).collect()
    }

    /// The group of mutually exclusive records that a member is in.
    fn group(&self, member: &Member) -> Option<super::union::Exclusive> {
        let all: Vec<&Rdata> = self.now.iter().chain(&self.goal).map(|member| &member.data).collect();
        exclusive(&self.key, &member.data, &all)
    }

    fn by_edits(&mut self) {
        let (mut gone, mut fresh) = (self.gone(), self.fresh());
        let retimed = self.retimed();
        // Records that exclude each other are paired with each other; the rest as they come.
        let mut pairs = Vec::new();
        let mut pair_up = |gone: &mut Vec<Member>, fresh: &mut Vec<Member>, same_group: bool| {
            gone.retain(|old| {
                let fits = |new: &&Member| !same_group || self.group(new) == self.group(old);
                let partner = fresh.iter().position(|new| fits(&new));
                if let Some(partner) = partner {
                    pairs.push((old.clone(), fresh.remove(partner)));
                }
                partner.is_none()
            });
        };
        pair_up(&mut gone, &mut fresh, true);
        pair_up(&mut gone, &mut fresh, false);
        // A null MX or an alias excludes all others: what goes without a successor goes first.
        let leaves_exclusive = gone.iter().any(|old| {
            let with_all: Vec<&Rdata> =
                self.goal.iter().chain(std::iter::once(old)).map(|member| &member.data).collect();
            !may_coexist(&self.key, &with_all)
        });
        if leaves_exclusive {
            gone.drain(..).for_each(|old| self.delete(&old, false));
        }
        let comes_exclusive = fresh.iter().any(|new| {
            let with_all: Vec<&Rdata> =
                self.now.iter().chain(std::iter::once(new)).map(|member| &member.data).collect();
            !may_coexist(&self.key, &with_all)
        });
        if !comes_exclusive {
            fresh.drain(..).for_each(|new| self.create(&new, false));
        }
        for (old, new) in &pairs {
            self.edit(old, new);
        }
        for retimed in &retimed {
            self.edit(&retimed.old, &retimed.new);
        }
        if let Some(last) = self.ttl_bearer(pairs.is_empty() && retimed.is_empty() && fresh.is_empty()) {
            self.edit(&last.old, &last.new);
        }
        fresh.iter().for_each(|new| self.create(new, false));
        gone.iter().for_each(|old| self.delete(old, false));
    }

    fn by_creating_and_deleting(&mut self, stand_in: Option<&Rdata>) -> Result<(), NoPath> {
        let (gone, fresh, retimed) = (self.gone(), self.fresh(), self.retimed());
        let (gone_alone, gone): (Vec<Member>, Vec<Member>) = self.split_exclusive(gone, &fresh, &retimed);
        let (fresh_alone, fresh): (Vec<Member>, Vec<Member>) =
            self.split_exclusive(fresh, &gone_alone, &retimed);
        let (retimed_alone, retimed): (Vec<Retimed>, Vec<Retimed>) =
            retimed.into_iter().partition(|one| self.group(&one.old).is_some());

        fresh.iter().for_each(|new| self.create(new, false));
        let has_gap = !(gone_alone.is_empty() || fresh_alone.is_empty()) || !retimed_alone.is_empty();
        for (index, old) in gone_alone.iter().chain(retimed_alone.iter().map(|one| &one.old)).enumerate() {
            self.delete(old, has_gap && index > 0);
        }
        for new in retimed_alone.iter().map(|one| &one.new).chain(&fresh_alone) {
            self.create(new, has_gap);
        }
        self.retime(&retimed, stand_in)?;
        if let Some(last) = self.ttl_bearer(self.hops.is_empty()) {
            self.delete(&last.old, false);
            self.create(&last.new, false);
        }
        gone.iter().for_each(|old| self.delete(old, false));
        Ok(())
    }

    /// Those of `members` that must not stand beside one of the others, and the rest.
    fn split_exclusive(
        &self,
        members: Vec<Member>,
        others: &[Member],
        retimed: &[Retimed],
    ) -> (Vec<Member>, Vec<Member>) {
        members.into_iter().partition(|one| {
            let group = self.group(one);
            group.is_some()
                && (others.iter().any(|other| self.group(other) == group)
                    || retimed.iter().any(|other| self.group(&other.old) == group))
        })
    }

    /// Takes each record away and brings it back with its new TTL while others are served.
    fn retime(&mut self, retimed: &[Retimed], stand_in: Option<&Rdata>) -> Result<(), NoPath> {
        let Some(first) = retimed.first() else { return Ok(()) };
        let refused = || NoPath::SameData {
            key: self.key.clone(),
            value: rdata::to_text(self.key.rtype, first.old.data.wire()),
            from: first.old.ttl,
            to: first.new.ttl,
        };
        let stand_in = match stand_in {
            Some(data) => Some(self.stand_in(data, first.new.ttl)?),
            None if self.now.len() > 1 && members_are_alternatives(self.key.rtype) => None,
            None => return Err(refused()),
        };
        if let Some(stand_in) = &stand_in {
            self.create(stand_in, false);
        }
        for one in retimed {
            self.delete(&one.old, false);
            self.create(&one.new, false);
        }
        if let Some(stand_in) = &stand_in {
            self.delete(stand_in, false);
        }
        Ok(())
    }

    /// A record that goes and whose TTL is not the goal's, where nothing else sets the TTL that
    /// the servers have for the set.
    fn ttl_bearer(&self, nothing_is_added: bool) -> Option<Retimed> {
        let ttl = self.goal.first()?.ttl;
        let stays = |one: &Member| self.goal.iter().any(|other| other.canonical == one.canonical);
        let old = self.now.iter().find(|one| one.ttl != ttl && !stays(one)).filter(|_| nothing_is_added)?;
        let differ = self.now.iter().any(|one| one.ttl != old.ttl);
        differ.then(|| Retimed { old: old.clone(), new: Member { ttl, ..old.clone() } })
    }

    fn stand_in(&self, data: &Rdata, ttl: Ttl) -> Result<Member, NoPath> {
        let canonical = rdata::canonical(self.key.rtype, data.wire()).into_owned();
        if self.now.iter().chain(&self.goal).any(|member| member.canonical == canonical) {
            let value = rdata::to_text(self.key.rtype, data.wire());
            return Err(NoPath::StandIn { key: self.key.clone(), value });
        }
        Ok(Member { canonical, data: data.clone(), ttl })
    }

    fn create(&mut self, new: &Member, in_gap: bool) {
        let mut then = self.now.clone();
        then.push(new.clone());
        self.hop(then, in_gap);
    }

    fn delete(&mut self, old: &Member, in_gap: bool) {
        let then = self.now.iter().filter(|one| one.canonical != old.canonical).cloned().collect();
        self.hop(then, in_gap);
    }

    fn edit(&mut self, old: &Member, new: &Member) {
        let mut then: Vec<Member> =
            self.now.iter().filter(|one| one.canonical != old.canonical).cloned().collect();
        then.push(new.clone());
        self.hop(then, false);
    }

    fn hop(&mut self, then: Vec<Member>, in_gap: bool) {
        let (before, after) = (self.state(&self.now), self.state(&then));
        self.hops.extend(SetChange::between(before, after).map(|change| Hop { change, in_gap }));
        self.now = then;
    }

    fn state(&self, members: &[Member]) -> Option<RecordSet> {
        let records = members.iter().map(|member| (member.data.clone(), member.ttl));
        let mut set = RecordSet::from_members(self.key.clone(), records)?;
        if let Some(pattern) = &self.pattern {
            set.settings = pattern.settings.clone();
            set.position = pattern.position.clone();
        }
        Some(set)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
