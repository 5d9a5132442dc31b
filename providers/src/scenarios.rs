//! What every backend must pass, as data.
//!
//! A [`Group`] is an ordered list of [`State`]s, each a whole desired zone. A runner starts
//! each group from a zone with nothing but SOA and apex NS records, and brings it to each
//! state in turn: plan, apply, plan again (which must be empty), ask every server. A group
//! that a backend cannot pass is refused at plan time; there is no other way to skip one.
//!
//! Groups 1 to 63 are the situations that DNSControl's provider tests walk through,
//! described anew; 64 and up are what no peer tests. What is about faults rather than
//! states (a lost answer, two writers, 429, a page cut off, a stale plan) is no data and
//! stands in the tests of the driver.

use dnsure_zones::{Name, RecordType};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

mod basics;
mod ignored;
mod ours;
mod typed;

/// What a target must be able to do for a group to make sense there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Hold this record type, pseudo types included.
    Type(RecordType),
    /// Change the NS records at the apex.
    ApexNs,
    /// Hold DS records at the apex, which RFC 4035 2.4 forbids.
    ApexDs,
    /// Hold record sets of more than 100 members.
    LargeSets,
    /// Hold several thousand names.
    ManyNames,
    /// Hold owner names with any byte in a label.
    AnyLabel,
    /// Hold types that have no mnemonic (RFC 3597).
    UnknownTypes,
    /// Take the given unmanaged records by another way than dnsure.
    Extras,
}

/// Whether bringing the zone to a state changes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// The first plan holds at least one change.
    Change,
    /// The first plan is empty already.
    NoChange,
    /// Either is right.
    Either,
}

/// One desired zone.
#[derive(Debug, Clone)]
pub struct State {
    /// What is new about it.
    pub title: String,
    /// The zone file, in octoDNS's YAML.
    pub zone: String,
    /// What the first plan holds.
    pub expect: Expect,
    /// Rules for `ignore:`, name glob, type or `*`, target glob.
    pub ignore: Vec<String>,
    /// Lines of a master file (owner, TTL, type, data) that are put at the server behind
    /// dnsure's back before this state is planned.
    pub extras: Vec<String>,
    /// Records that are not in the file and must be served all the same when the state is
    /// reached: owner, type, data.
    pub kept: Vec<String>,
}

/// Several states, one after another.
#[derive(Debug, Clone)]
pub struct Group {
    /// The number in the list of scenarios.
    pub number: u8,
    /// In kebab case.
    pub name: &'static str,
    /// What it is about, one sentence.
    pub story: &'static str,
    /// What the target must be able to do, sorted.
    pub needs: Vec<Need>,
    /// The states in order, never empty.
    pub states: Vec<State>,
}

/// All groups for the zone `apex`, in which `name_servers` are the apex NS records of every
/// state that has none of its own.
#[must_use]
pub fn groups(apex: &Name, name_servers: &[Name]) -> Vec<Group> {
    let drafts = [basics::groups(), typed::groups(), ignored::groups(), ours::groups()];
    drafts.into_iter().flatten().map(|draft| draft.finish(apex, name_servers)).collect()
}

/// A group as the modules below write it: one line per record set, `owner TYPE [ttl] value`,
/// `@` for the apex, values in YAML's flow style. `{apex}` is the zone's name with a dot,
/// `{ns}` the name servers, each with a comma behind it.
struct Draft {
    number: u8,
    name: &'static str,
    story: &'static str,
    needs: Vec<Need>,
    states: Vec<DraftState>,
}

#[derive(Clone)]
struct DraftState {
    title: String,
    records: Vec<String>,
    expect: Expect,
    ignore: Vec<String>,
    extras: Vec<String>,
    kept: Vec<String>,
}

fn group(number: u8, name: &'static str, story: &'static str) -> Draft {
    Draft { number, name, story, needs: Vec::new(), states: Vec::new() }
}

fn owned<T: AsRef<str>>(texts: &[T]) -> Vec<String> {
    texts.iter().map(|text| text.as_ref().to_owned()).collect()
}

impl Draft {
    fn need(mut self, need: Need) -> Self {
        self.needs.push(need);
        self
    }

    /// A state that differs from the one before.
    fn state<T: AsRef<str>>(mut self, title: impl Into<String>, records: &[T]) -> Self {
        self.states.push(DraftState {
            title: title.into(),
            records: owned(records),
            expect: Expect::Change,
            ignore: Vec::new(),
            extras: Vec::new(),
            kept: Vec::new(),
        });
        self
    }

    /// A state that is the one before in other words.
    fn same<T: AsRef<str>>(self, title: impl Into<String>, records: &[T]) -> Self {
        self.state(title, records).expecting(Expect::NoChange)
    }

    fn expecting(mut self, expect: Expect) -> Self {
        if let Some(state) = self.states.last_mut() {
            state.expect = expect;
        }
        self
    }

    /// Ignore rules of the last state.
    fn ignoring(mut self, rules: &[&str]) -> Self {
        if let Some(state) = self.states.last_mut() {
            state.ignore = owned(rules);
        }
        self
    }

    /// What the last state keeps although its file does not have it.
    fn keeping(mut self, records: &[&str]) -> Self {
        if let Some(state) = self.states.last_mut() {
            state.kept = owned(records);
        }
        self
    }

    /// What somebody else adds before the last state is planned.
    fn after_foreign(mut self, records: &[&str]) -> Self {
        if let Some(state) = self.states.last_mut() {
            state.extras = owned(records);
        }
        self.need(Need::Extras)
    }

    fn finish(self, apex: &Name, name_servers: &[Name]) -> Group {
        let ns: String = name_servers.iter().map(|name| format!("{name}, ")).collect();
        let fill = |text: &String| text.replace("{apex}", &apex.to_string()).replace("{ns}", &ns);
        let mut needs: BTreeSet<Need> = self.needs.into_iter().collect();
        let states = self.states.into_iter().map(|state| {
            let records: Vec<Record> =
                state.records.iter().filter_map(|line| Record::read(&fill(line))).collect();
            needs.extend(records.iter().filter_map(|record| record.rtype.parse().ok()).map(Need::Type));
            State {
                title: state.title,
                zone: yaml(&records, name_servers),
                expect: state.expect,
                ignore: state.ignore,
                extras: state.extras.iter().map(fill).collect(),
                kept: state.kept.iter().map(fill).collect(),
            }
        });
        let states = states.collect();
        Group {
            number: self.number,
            name: self.name,
            story: self.story,
            needs: needs.into_iter().collect(),
            states,
        }
    }
}

struct Record {
    owner: String,
    rtype: String,
    ttl: u32,
    value: String,
}

impl Record {
    fn read(line: &str) -> Option<Self> {
        let (owner, rest) = line.split_once(' ')?;
        let (rtype, rest) = rest.split_once(' ')?;
        let (ttl, value) = match rest.split_once(' ') {
            Some((number, value)) if number.parse::<u32>().is_ok() => (number.parse().ok()?, value),
            _ => (300, rest),
        };
        let owner = if owner == "@" { String::new() } else { owner.to_owned() };
        Some(Self { owner, rtype: rtype.to_owned(), ttl, value: value.to_owned() })
    }
}

/// The zone file: each owner once, with a list of its record sets.
fn yaml(records: &[Record], name_servers: &[Name]) -> String {
    let mut owners: BTreeMap<&str, String> = BTreeMap::new();
    if !records.iter().any(|record| record.owner.is_empty() && record.rtype == "NS") {
        let list: Vec<String> = name_servers.iter().map(ToString::to_string).collect();
        owners.insert("", format!("  - {{type: NS, ttl: 3600, values: [{}]}}\n", list.join(", ")));
    }
    for Record { owner, rtype, ttl, value } in records {
        let key = if value.starts_with('[') { "values" } else { "value" };
        let text = owners.entry(owner).or_default();
        let _ = writeln!(text, "  - {{type: {rtype}, ttl: {ttl}, {key}: {value}}}");
    }
    let mut file = String::from("---\n");
    for (owner, sets) in owners {
        let _ = write!(file, "'{owner}':\n{sets}");
    }
    file
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
