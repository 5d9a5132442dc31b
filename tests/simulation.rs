//! The pure machine of apply under a virtual clock: random plans, lost answers, kills at
//! every action and at every pair of actions. The world is a model of one provider; the
//! oracle looks at it after every write.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)]

use dnsure::apply::entry::{Direction, Ended, Entry, Progress};
use dnsure::apply::fresh;
use dnsure::apply::machine::{Effect, Event, Machine, Outcome, Pace, Reading, Verdict};
use dnsure::apply::resume::{steps_of, turn_back};
use dnsure::plan::order::Hints;
use dnsure::plan::ownership::{Inventory, Policy};
use dnsure::plan::target::TargetInput;
use dnsure::plan::{TargetPlan, legal, plan_target};
use dnsure_providers::guarantee::{ApexNs, CompareAndSwap, Limits, Settle, Wildcards, WriteUnit};
use dnsure_providers::{Guarantee, SetChange};
use dnsure_zones::diff::diff;
use dnsure_zones::{Name, RecordType, Ttl, Zone, ZoneBuilder};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

const APEX: &str = "example.";

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn guarantee(compares: bool, records: Option<usize>) -> Guarantee {
    Guarantee {
        unit: WriteUnit::ZoneBatch,
        compare: if compares { CompareAndSwap::ValuesAndTtl } else { CompareAndSwap::None },
        limits: Limits { records, octets: None },
        settle: Settle::Nothing,
        apex_ns: ApexNs::Editable,
        wildcards: Wildcards::Steady,
        creates_zones: false,
        publishes_within: None,
    }
}

/// What an owner name may hold: nothing, addresses with a TTL, or an alias.
#[derive(Debug, Clone)]
enum Node {
    Nothing,
    Addresses(u32, Vec<u8>),
    Alias(u32, u8),
}

fn node() -> impl Strategy<Value = Node> {
    prop_oneof![
        1 => Just(Node::Nothing),
        3 => (prop::sample::select(vec![60, 300]), prop::collection::vec(1..4_u8, 1..3)).prop_map(|(ttl, last)| Node::Addresses(ttl, last)),
        2 => (prop::sample::select(vec![60, 300]), 1..4_u8).prop_map(|(ttl, target)| Node::Alias(ttl, target)),
    ]
}

fn zone(nodes: &[Node]) -> Zone {
    let mut builder = ZoneBuilder::new(name(APEX));
    for (index, node) in nodes.iter().enumerate() {
        let owner = name(&format!("n{index}.{APEX}"));
        match node {
            Node::Nothing => {}
            Node::Addresses(ttl, last) => {
                for byte in last {
                    let ttl = Ttl::from_secs(*ttl).unwrap();
                    builder.push(&owner, RecordType::A, ttl, &[192, 0, 2, *byte]).unwrap();
                }
            }
            Node::Alias(ttl, target) => {
                let target = name(&format!("t{target}.example.net."));
                let ttl = Ttl::from_secs(*ttl).unwrap();
                builder.push(&owner, RecordType::CNAME, ttl, target.wire()).unwrap();
            }
        }
    }
    builder.finish()
}

fn plan(live: &Zone, desired: &Zone, guarantee: Guarantee) -> TargetPlan {
    plan_target(TargetInput {
        provider: "model",
        guarantee,
        desired,
        live: Some(live),
        inventory: &Inventory::of(live),
        policy: &Policy { owns_zone: true, max_deletes: 1000, max_delete_percent: 100, ..Policy::default() },
        notices: Vec::new(),
        hints: &Hints::default(),
        canary: false,
    })
    .unwrap()
}

/// What may go wrong with one write.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// It happens, and the answer is lost.
    LostAfter,
    /// It does not happen, and nobody says so.
    LostBefore,
}

/// One provider, its journal and the clock. Everything here survives a kill.
struct World {
    start: Zone,
    end: Zone,
    live: Zone,
    plan: TargetPlan,
    guarantee: Guarantee,
    journal: Vec<Entry>,
    now: Timestamp,
    faults: Vec<Fault>,
    unmet_rounds: u32,
    writes: usize,
    actions: usize,
    /// A write that a dead process left under way, and when it takes effect.
    under_way: Option<(Timestamp, dnsure::plan::step::Step)>,
}

/// How one process went.
enum Went {
    Killed,
    Ended(Outcome),
}

impl World {
    fn new(live: Zone, desired: Zone, guarantee: Guarantee) -> Self {
        let plan = plan(&live, &desired, guarantee);
        Self {
            start: live.clone(),
            end: desired,
            live,
            plan,
            guarantee,
            journal: Vec::new(),
            now: Timestamp::UNIX_EPOCH,
            faults: Vec::new(),
            unmet_rounds: 1,
            writes: 0,
            actions: 0,
            under_way: None,
        }
    }

    fn progress(&self) -> Progress {
        Progress::fold(&self.journal)
    }

    /// Runs one process until it ends or is killed before or after its n-th action.
    fn run(&mut self, kill_at: Option<(usize, bool)>) -> Went {
        let progress = self.progress();
        let steps = steps_of(&self.plan, &progress);
        let mut machine = Machine::new(steps.clone(), false, &progress, Pace::default());
        let (mut id, mut effect) = machine.start();
        let mut action = 0;
        loop {
            if let Effect::Finish(outcome) = effect {
                return Went::Ended(outcome);
            }
            action += 1;
            self.actions += 1;
            assert!(action < 10_000, "the machine does not end: {effect:?}");
            if kill_at == Some((action, false)) {
                return Went::Killed;
            }
            let steps = machine.steps().to_vec();
            let event = self.perform(effect, &steps);
            self.check_no_hole();
            if kill_at == Some((action, true)) {
                return Went::Killed;
            }
            (id, effect) = machine.on(id, event, self.now).expect("the outstanding effect's event");
        }
    }

    fn perform(&mut self, effect: Effect, steps: &[dnsure::plan::step::Step]) -> Event {
        match effect {
            Effect::TakeLock | Effect::CheckLock => Event::Locked,
            Effect::Append(note) => {
                self.journal.push(note.into());
                Event::Done
            }
            Effect::Prepare => Event::Prepared { compares: self.guarantee.compare != CompareAndSwap::None },
            Effect::Read(step) => Event::Read(fresh::judge(&self.live, &steps[step], &[])),
            Effect::Write(step) => Event::Wrote(self.write(&steps[step])),
            Effect::WaitUntil(at) => {
                assert!(at >= self.now, "time does not run backwards");
                self.now = at;
                if let Some((_, step)) = self.under_way.take_if(|(lands, _)| *lands <= at) {
                    self.live = legal::after(&self.live, &step.changes).unwrap();
                }
                Event::Done
            }
            Effect::Ask(_) => {
                self.now += SignedDuration::from_millis(5);
                let unmet = if self.unmet_rounds > 0 { vec!["old".to_owned()] } else { Vec::new() };
                self.unmet_rounds = self.unmet_rounds.saturating_sub(1);
                Event::Asked(Verdict { unmet, unknown: Vec::new() })
            }
            Effect::CreateZone | Effect::Settle(_) | Effect::Unlock | Effect::Finish(_) => Event::Done,
        }
    }

    fn write(&mut self, step: &dnsure::plan::step::Step) -> Ended {
        let fault = self.faults.get(self.writes).copied().unwrap_or(Fault::None);
        self.writes += 1;
        if fault == Fault::LostBefore {
            return Ended::Unknown { reason: "lost".into() };
        }
        let fits = fresh::judge(&self.live, step, &[]) == Reading::Before;
        if self.guarantee.compare != CompareAndSwap::None && !fits {
            return Ended::Stale { reason: "changed".into() };
        }
        assert!(fits, "an unguarded write went out on something else than it was made from");
        self.live = legal::after(&self.live, &step.changes).unwrap();
        match fault {
            Fault::LostAfter => Ended::Unknown { reason: "lost".into() },
            _ => Ended::Accepted { token: None },
        }
    }

    /// Every (name, type) answered at the start and at the end is answered now, and every
    /// record set is wholly as before or wholly as after.
    fn check_no_hole(&self) {
        for set in self.start.sets() {
            let (owner, rtype) = (set.name(), set.rtype());
            if legal::is_answered(&self.end, &owner, rtype) {
                assert!(legal::is_answered(&self.live, &owner, rtype), "{owner} {rtype} is missing");
            }
        }
        for change in self.plan.changes().flat_map(|change| change.sets()) {
            let live = self.live.get_key(change.key()).map(|set| set.to_set());
            assert!(
                live.as_ref() == change.before() || live.as_ref() == change.after(),
                "{} is neither as before nor as after",
                change.key()
            );
        }
    }

    fn roll_back(&mut self) {
        let progress = self.progress();
        if progress.closed.is_none() && progress.has_written() {
            self.journal.extend(turn_back(&progress));
        }
    }

    fn assert_live_is(&self, wanted: &Zone, what: &str) {
        assert_eq!(diff(&self.live, wanted).count(), 0, "the zone is not as it was {what}");
    }
}

/// A plan with a type swap, a value change, a TTL change, an addition and a removal; the
/// limit makes several steps of it.
fn showcase(compares: bool, records: Option<usize>) -> World {
    let before = [
        Node::Addresses(300, vec![1]),
        Node::Addresses(300, vec![1, 2]),
        Node::Addresses(300, vec![1]),
        Node::Nothing,
        Node::Addresses(300, vec![3]),
        Node::Alias(60, 1),
    ];
    let after = [
        Node::Alias(300, 1),
        Node::Addresses(300, vec![2, 3]),
        Node::Addresses(60, vec![1]),
        Node::Addresses(300, vec![9]),
        Node::Nothing,
        Node::Addresses(60, vec![7]),
    ];
    World::new(zone(&before), zone(&after), guarantee(compares, records))
}

fn shapes() -> Vec<(bool, Option<usize>)> {
    vec![(true, None), (false, None), (true, Some(4)), (false, Some(4))]
}

#[test]
fn a_clean_run_ends_with_the_desired_zone_and_an_empty_second_plan() {
    for (compares, records) in shapes() {
        let mut world = showcase(compares, records);
        assert!(matches!(world.run(None), Went::Ended(Outcome::Done)));
        world.assert_live_is(&world.end, "planned");
        assert!(plan(&world.live, &world.end, world.guarantee).is_empty());
    }
}

#[test]
fn a_kill_at_every_action_is_finished_by_resume_and_by_rollback() {
    let mut kills = 0;
    for (compares, records) in shapes() {
        let mut clean = showcase(compares, records);
        clean.run(None);
        for action in 1..=clean.actions {
            for after in [false, true] {
                kills += 1;
                let mut world = showcase(compares, records);
                world.run(Some((action, after)));
                assert!(
                    matches!(world.run(None), Went::Ended(Outcome::Done)),
                    "resume after action {action}"
                );
                world.assert_live_is(&world.end, "planned");

                let mut world = showcase(compares, records);
                world.run(Some((action, after)));
                world.roll_back();
                if world.progress().direction == Direction::Back {
                    assert!(
                        matches!(world.run(None), Went::Ended(Outcome::Done)),
                        "rollback after action {action}"
                    );
                    world.assert_live_is(&world.start, "before");
                }
            }
        }
    }
    dnsure_kit::tell(&format!("{kills} kills, each resumed and rolled back"));
}

#[test]
fn a_kill_at_every_pair_of_actions_is_finished_by_resume_and_by_rollback() {
    let mut kills = 0;
    for (compares, records) in [(true, Some(4)), (false, None)] {
        let mut clean = showcase(compares, records);
        clean.run(None);
        for first in 1..=clean.actions {
            for second in 1..=clean.actions {
                kills += 1;
                let mut world = showcase(compares, records);
                world.run(Some((first, true)));
                world.run(Some((second, true)));
                assert!(matches!(world.run(None), Went::Ended(Outcome::Done)));
                world.assert_live_is(&world.end, "planned");

                let mut world = showcase(compares, records);
                world.run(Some((first, true)));
                world.roll_back();
                let back = world.progress().direction == Direction::Back;
                world.run(Some((second, true)));
                assert!(matches!(world.run(None), Went::Ended(Outcome::Done)));
                world.assert_live_is(if back { &world.start } else { &world.end }, "meant");
            }
        }
    }
    dnsure_kit::tell(&format!("{kills} pairs of kills, each resumed and rolled back"));
}

#[test]
fn a_write_that_takes_effect_after_its_process_died_is_waited_for() {
    for back in [false, true] {
        let mut world = showcase(false, None);
        // Killed with the intent durable and the call on its way.
        let killed = (1..20).find(|&action| {
            world = showcase(false, None);
            world.run(Some((action, false)));
            matches!(world.journal.last(), Some(Entry::Intent { .. }))
        });
        assert!(killed.is_some());
        let lands = world.now + SignedDuration::from_secs(10);
        world.under_way = Some((lands, world.plan.steps[0].clone()));
        if back {
            world.roll_back();
        }
        assert!(matches!(world.run(None), Went::Ended(Outcome::Done)), "back: {back}");
        assert!(world.under_way.is_none(), "the write never landed");
        world.assert_live_is(if back { &world.start } else { &world.end }, "meant");
    }
}

#[test]
fn a_foreign_change_between_two_steps_stops_the_run_and_is_not_overwritten() {
    for compares in [true, false] {
        let mut world = showcase(compares, Some(4));
        assert!(world.plan.steps.len() > 1);
        // Let the first step through, then change what the last step touches.
        let reads_of_last = world.plan.steps.len();
        let mut seen = 0;
        let progress = world.progress();
        let steps = steps_of(&world.plan, &progress);
        let mut machine = Machine::new(steps.clone(), false, &progress, Pace::default());
        let (mut id, mut effect) = machine.start();
        let foreign = SetChange::before(&steps[steps.len() - 1].changes[0].sets()[0]).cloned();
        let outcome = loop {
            if let Effect::Finish(outcome) = effect {
                break outcome;
            }
            if let Effect::Read(step) = effect
                && step + 1 == reads_of_last
            {
                seen += 1;
                let mut set = foreign.clone().expect("the last step removes or replaces");
                set.ttl = Ttl::from_secs(7).unwrap();
                world.live = world.live.with([(&set.key, Some(&set))]).unwrap();
            }
            let event = world.perform(effect, &steps);
            (id, effect) = machine.on(id, event, world.now).unwrap();
        };
        assert_eq!(seen, 1);
        match outcome {
            Outcome::Stale { lines, done, .. } => {
                assert_eq!(done, steps.len() - 1);
                assert!(lines[0].contains("live now") && lines[0].contains("(ttl 7)"), "{lines:?}");
            }
            other => panic!("{other:?}"),
        }
    }
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![3 => Just(Fault::None), 1 => Just(Fault::LostAfter), 1 => Just(Fault::LostBefore)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// Random zones, limits, lost answers and kills: no hole ever, and in the end the zone
    /// is as planned, or as before after a rollback.
    #[test]
    fn random_runs_make_no_hole_and_end_where_they_should(
        nodes in prop::collection::vec((node(), node()), 1..8),
        compares in any::<bool>(),
        records in prop::option::of(4..12_usize),
        faults in prop::collection::vec(fault(), 0..6),
        kills in prop::collection::vec((1..60_usize, any::<bool>()), 0..4),
        back in any::<bool>(),
    ) {
        let (before, after): (Vec<Node>, Vec<Node>) = nodes.into_iter().unzip();
        let mut world = World::new(zone(&before), zone(&after), guarantee(compares, records));
        world.faults = faults;
        for kill in kills {
            world.run(Some(kill));
        }
        if back && !world.journal.is_empty() {
            world.roll_back();
        }
        // Every lost answer may end a process of its own; then somebody resumes.
        let mut outcome = None;
        for _ in 0..12 {
            match world.run(None) {
                Went::Ended(Outcome::Done) => {
                    outcome = Some(Outcome::Done);
                    break;
                }
                Went::Ended(other) => outcome = Some(other),
                Went::Killed => unreachable!(),
            }
        }
        prop_assert_eq!(outcome, Some(Outcome::Done));
        let wanted = match world.progress().direction {
            Direction::Forward => &world.end,
            Direction::Back => &world.start,
        };
        prop_assert_eq!(diff(&world.live, wanted).count(), 0);
    }
}
