//! Zones in a few words, plans, and for each write unit a plan that shows all it can do.

use dnsure::apply::pace::Pace;
use dnsure::plan::inventory::Inventory;
use dnsure::plan::order::{Hints, StandIns};
use dnsure::plan::ownership::Policy;
use dnsure::plan::staging::Staging;
use dnsure::plan::target::{TargetError, TargetInput};
use dnsure::plan::{TargetPlan, plan_target};
use dnsure_providers::Guarantee;
use dnsure_providers::guarantee::{ApexNs, CompareAndSwap, Limits, Settle, Wildcards, WriteUnit};
use dnsure_zones::{Name, Rdata, RecordKey, RecordType, Ttl, Zone, ZoneBuilder, rdata};
use jiff::SignedDuration;

pub(crate) const APEX: &str = "example.";

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text, Some(&APEX.parse().unwrap())).unwrap()
}

pub(crate) fn key(owner: &str, rtype: RecordType) -> RecordKey {
    RecordKey::new(name(owner), rtype)
}

pub(crate) fn data(rtype: RecordType, text: &str) -> Rdata {
    Rdata::new(rdata::parse_text(rtype, text, &name("@")).unwrap())
}

/// A zone of lines `owner TTL TYPE data`.
pub(crate) fn zone<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> Zone {
    let mut builder = ZoneBuilder::new(name("@"));
    for line in lines {
        let words: Vec<&str> = line.as_ref().splitn(4, ' ').collect();
        let [owner, ttl, rtype, value] = words[..] else { panic!("{}: four words", line.as_ref()) };
        let rtype: RecordType = rtype.parse().unwrap();
        let ttl = Ttl::from_secs(ttl.parse().unwrap()).unwrap();
        builder.push(&name(owner), rtype, ttl, data(rtype, value).wire()).unwrap();
    }
    builder.finish()
}

pub(crate) fn guarantee(unit: WriteUnit, compare: CompareAndSwap, records: Option<usize>) -> Guarantee {
    Guarantee {
        unit,
        compare,
        limits: Limits { records, ..Limits::default() },
        settle: Settle::Nothing,
        apex_ns: ApexNs::Editable,
        wildcards: Wildcards::Steady,
        creates_zones: false,
        publishes_within: None,
    }
}

/// What a plan is made from.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) start: Zone,
    pub(crate) end: Zone,
    pub(crate) guarantee: Guarantee,
    pub(crate) hints: Hints,
    pub(crate) canary: bool,
}

impl Story {
    pub(crate) fn new(unit: WriteUnit, compare: CompareAndSwap, start: &[&str], end: &[&str]) -> Self {
        Self {
            start: zone(start),
            end: zone(end),
            guarantee: guarantee(unit, compare, None),
            hints: Hints::default(),
            canary: false,
        }
    }

    pub(crate) fn with_canary(self) -> Self {
        Self { canary: true, ..self }
    }

    pub(crate) fn with_records(mut self, records: usize) -> Self {
        self.guarantee.limits.records = Some(records);
        self
    }

    /// Everything changes under this TTL.
    pub(crate) fn staged(mut self, seconds: u32) -> Self {
        self.hints.staging.all = Ttl::from_secs(seconds).ok();
        self
    }

    /// One record set changes under this TTL.
    pub(crate) fn staging(mut self, key: RecordKey, seconds: u32) -> Self {
        let of = [(key, Ttl::from_secs(seconds).unwrap())].into();
        self.hints.staging = Staging { of, all: self.hints.staging.all };
        self
    }

    pub(crate) fn standing_in(mut self, key: RecordKey, value: &str) -> Self {
        let value = data(key.rtype, value);
        let mut stand_ins: StandIns = self.hints.stand_ins;
        stand_ins.insert(key, value);
        self.hints.stand_ins = stand_ins;
        self
    }

    pub(crate) fn plan(&self) -> Result<TargetPlan, TargetError> {
        plan_from(&self.start, &self.end, self.guarantee, &self.hints, self.canary)
    }
}

pub(crate) fn plan_from(
    live: &Zone,
    desired: &Zone,
    guarantee: Guarantee,
    hints: &Hints,
    canary: bool,
) -> Result<TargetPlan, TargetError> {
    plan_target(TargetInput {
        provider: "model",
        guarantee,
        desired,
        live: Some(live),
        inventory: &Inventory::of(live),
        policy: &Policy { owns_zone: true, max_deletes: 1000, max_delete_percent: 100, ..Policy::default() },
        notices: Vec::new(),
        hints,
        canary,
    })
}

/// A run that looks once and asks seldom: as few actions as show all states.
pub(crate) fn brisk() -> Pace {
    Pace { samples: 1, between: SignedDuration::from_secs(1), ..Pace::default() }
}

/// Every unit, with and without comparison; providers of single writes also compare values only.
pub(crate) fn guarantees() -> Vec<(WriteUnit, CompareAndSwap)> {
    let compares = [CompareAndSwap::ValuesAndTtl, CompareAndSwap::Values, CompareAndSwap::None];
    WriteUnit::ALL.into_iter().flat_map(|unit| compares.map(|compare| (unit, compare))).collect()
}

/// A plan with a value change, a TTL change (through a stand-in, where the provider edits
/// nothing), a type swap (with an accepted gap, where one write cannot do it), an addition, a
/// removal, a set of several members, a canary and, where asked, a set that changes under a
/// lowered TTL. What goes beyond one write is cut in two.
pub(crate) fn showcase(unit: WriteUnit, compare: CompareAndSwap, staged: bool) -> Story {
    let story = Story::new(
        unit,
        compare,
        &[
            "value 300 A 192.0.2.1",
            "ttl 300 A 192.0.2.2",
            "swap 300 A 192.0.2.3",
            "gone 300 A 192.0.2.4",
            "many 300 A 192.0.2.5",
            "many 300 A 192.0.2.6",
            "stays 300 TXT \"untouched\"",
        ],
        &[
            "value 300 A 192.0.2.11",
            "ttl 60 A 192.0.2.2",
            "swap 300 CNAME value",
            "new 300 A 192.0.2.14",
            "new 300 A 192.0.2.15",
            "many 300 A 192.0.2.6",
            "many 300 A 192.0.2.7",
            "stays 300 TXT \"untouched\"",
        ],
    );
    let story = story.standing_in(key("ttl", RecordType::A), "192.0.2.9").with_canary();
    let story = if unit.is_whole() { story.with_records(6) } else { story };
    if !staged {
        return story;
    }
    let key = key("value", RecordType::A);
    let story = if unit == WriteUnit::CreateAndDelete {
        // Its TTL goes down and up by a stand-in as well.
        story.standing_in(key.clone(), "192.0.2.8")
    } else {
        story
    };
    story.staging(key, 60)
}
