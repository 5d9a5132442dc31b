//! Random zones, guarantees, hints, personalities, lost answers, kills and foreign hands.

use crate::oracle::Oracle;
use crate::process::{Process, roll_back, run};
use crate::story::{Story, brisk, data, guarantees, key, plan_from, zone};
use crate::world::{Fault, Habits, Run, SERVERS, World};
use dnsure::apply::entry::{Direction, Entry};
use dnsure::apply::machine::{Effect, Note, Outcome, Pace};
use dnsure::plan::ignore::IgnoreRule;
use dnsure::plan::inventory::Inventory;
use dnsure::plan::legal;
use dnsure::plan::order::NoOrder;
use dnsure::plan::ownership::{Policy, settle};
use dnsure::plan::record_path::NoPath;
use dnsure::plan::step::Start;
use dnsure::plan::target::TargetError;
use dnsure_providers::guarantee::{CompareAndSwap, WriteUnit};
use dnsure_zones::diff::diff;
use dnsure_zones::{RecordType, Ttl, Zone};
use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use std::rc::Rc;

/// Records before and after.
type Sides = (Vec<String>, Vec<String>);

const RUN: &str = "run";

fn is(zone: &Zone, wanted: &Zone) -> bool {
    diff(zone, wanted).next().is_none()
}

/// What a name holds: lines without the owner.
fn node() -> impl Strategy<Value = Vec<String>> {
    let ttl = || prop::sample::select(vec![60, 300, 3600]);
    let some = |of: Vec<&'static str>| prop::sample::subsequence(of, 1..3);
    let lines = |rtype: &'static str| {
        move |(ttl, values): (i32, Vec<&'static str>)| {
            values.into_iter().map(|value| format!("{ttl} {rtype} {value}")).collect::<Vec<_>>()
        }
    };
    prop_oneof![
        2 => Just(Vec::new()),
        5 => (ttl(), some(vec!["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"])).prop_map(lines("A")),
        3 => (ttl(), some(vec!["n0", "n1", "elsewhere.example.net."]).prop_map(|mut all| { all.truncate(1); all })).prop_map(lines("CNAME")),
        2 => (ttl(), some(vec!["10 n0", "20 n1", "30 mail.example.net."])).prop_map(lines("MX")),
        1 => ttl().prop_map(|ttl| vec![format!("{ttl} MX 0 .")]),
        2 => (ttl(), some(vec!["\"v=spf1 -all\"", "\"v=spf1 mx -all\"", "\"a\"", "\"b\""])).prop_map(lines("TXT")).prop_filter(
            "one SPF",
            |lines| lines.iter().filter(|line| line.contains("spf1")).count() < 2,
        ),
        1 => (ttl(), some(vec!["192.0.2.1", "192.0.2.2"])).prop_map(lines("A")).prop_map(|mut lines| {
            lines.push("60 TXT \"beside\"".into());
            lines
        }),
    ]
}

fn zones() -> impl Strategy<Value = (Zone, Zone)> {
    prop::collection::vec((node(), node()), 1..6).prop_map(|nodes| {
        let side = |pick: fn(&Sides) -> &Vec<String>| {
            let lines = nodes
                .iter()
                .enumerate()
                .flat_map(|(index, pair)| pick(pair).iter().map(move |line| format!("n{index} {line}")));
            // What no change touches.
            zone(lines.chain(["fixed 300 A 192.0.2.99".to_owned()]).collect::<Vec<_>>())
        };
        (side(|pair| &pair.0), side(|pair| &pair.1))
    })
}

fn stories() -> impl Strategy<Value = Story> {
    let stage = prop::option::weighted(0.2, prop::sample::select(vec![30_u32, 60]));
    (zones(), 0..21_usize, prop::option::of(6..14_usize), any::<bool>(), any::<bool>(), stage).prop_map(
        |((start, end), which, records, stands_in, canary, stage)| {
            let (unit, compare) = guarantees()[which];
            let mut story = Story { start, end, canary, ..Story::new(unit, compare, &[], &[]) };
            if unit.is_whole() {
                story.guarantee.limits.records = records;
            }
            if stands_in {
                for index in 0..6 {
                    story
                        .hints
                        .stand_ins
                        .insert(key(&format!("n{index}"), RecordType::A), data(RecordType::A, "192.0.2.9"));
                }
            }
            match stage {
                Some(seconds) => story.staged(seconds),
                None => story,
            }
        },
    )
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        6 => Just(Fault::None),
        1 => Just(Fault::LostAfter),
        1 => Just(Fault::LostBefore),
        1 => (1..29_i64).prop_map(Fault::Late),
    ]
}

fn world(story: &Story, habits: Habits) -> Option<World> {
    let plan = Rc::new(story.plan().ok()?);
    let mut oracle = Oracle::strict(&story.start, &plan);
    oracle.mixes = habits.record_by_record;
    let mut world = World::new(&story.start, story.guarantee, habits, oracle);
    world.runs.insert(RUN, Run { plan, journal: Vec::new() });
    Some(world)
}

/// Goes on until the machine neither waits nor was let down by lost answers.
fn to_the_end(world: &mut World, first: u32) -> Outcome {
    let mut outcome = Outcome::Locked(String::new());
    for process in first..first + 20 {
        outcome = run(world, RUN, process, brisk());
        match &outcome {
            Outcome::Waiting { until, .. } => world.advance_to(*until),
            Outcome::Done | Outcome::RolledBack { .. } => return outcome,
            _ => {}
        }
    }
    outcome
}

/// The same runs each time, so that a change is what turns them red; `PROPTEST_RNG_SEED=N` goes
/// elsewhere.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    let asked = ProptestConfig::with_cases(cases);
    let rng_seed = match asked.rng_seed {
        RngSeed::Random => RngSeed::Fixed(20_130_611),
        seed @ RngSeed::Fixed(_) => seed,
    };
    ProptestConfig { rng_seed, failure_persistence: None, ..asked }
}

proptest! {
    #![proptest_config(cases(250))]

    /// A plan that is made is one whose every prefix is legal; one that is not made has a reason
    /// from the list.
    #[test]
    fn a_random_change_has_a_plan_or_a_listed_refusal(story in stories()) {
        match story.plan() {
            Ok(plan) => {
                let mut state = story.start.clone();
                for step in &plan.steps {
                    state = legal::after(&state, &step.changes).unwrap();
                    prop_assert!(legal::check_names(&state, &step.changes).is_ok());
                }
                prop_assert!(is(&state, &story.end));
            }
            Err(TargetError::NoOrder { why: NoOrder::NoPath(paths), .. }) => {
                prop_assert_eq!(story.guarantee.unit, WriteUnit::CreateAndDelete);
                for path in paths {
                    prop_assert!(matches!(path, NoPath::SameData { .. } | NoPath::StandIn { .. }), "{}", path);
                }
            }
            Err(TargetError::NoOrder { why: NoOrder::TooLarge(_), .. }) => {
                prop_assert!(story.guarantee.limits.records.is_some());
            }
            Err(other) => prop_assert!(false, "{other}"),
        }
    }

    /// Honest providers, lost answers and kills: nothing missing ever, and in the end the zone is
    /// as planned, or as before after a rollback.
    #[test]
    fn random_runs_make_no_hole_and_end_where_they_should(
        story in stories(),
        faults in prop::collection::vec(fault(), 0..8),
        delays in prop::collection::vec(0..9000_i64, 1..7),
        one_by_one in any::<bool>(),
        kills in prop::collection::vec((0..120_usize, any::<bool>()), 0..4),
        back in prop::option::of(0..4_usize),
    ) {
        let record_by_record = one_by_one && story.guarantee.unit == WriteUnit::CreateAndDelete;
        let habits = Habits { faults, delays, record_by_record, ..Habits::default() };
        let Some(mut world) = world(&story, habits) else { return Ok(()) };
        let mut turned = false;
        for (number, (action, flying)) in kills.into_iter().enumerate() {
            let id = u32::try_from(number).unwrap() + 1;
            let mut process = Process::start(&world, RUN, id, brisk());
            for _ in 0..action {
                if process.outcome().is_none() {
                    process.act(&mut world);
                }
            }
            if let Some(left) = process.dies_while_writing(&world, 20).filter(|_| flying) {
                world = left;
            }
            world.dead.insert(id);
            if back == Some(number) {
                turned = turned || roll_back(&mut world, RUN);
            }
        }
        let outcome = to_the_end(&mut world, 10);
        world.pass(SignedDuration::from_mins(2));
        prop_assert!(world.oracle.wrongs.is_empty(), "{:#?}\n{:#?}", world.oracle.wrongs, world.runs[RUN].journal);
        prop_assert!(matches!(outcome, Outcome::Done | Outcome::RolledBack { .. }), "{outcome:?}");
        let went_back = world.progress(RUN).direction == Direction::Back;
        prop_assert!(went_back || !turned);
        let wanted = if went_back { &story.start } else { &story.end };
        prop_assert!(is(world.zone(), wanted), "{:#?}", world.runs[RUN].journal);
        prop_assert!(world.servers.iter().all(|server| is(&server.view.zone, wanted)));
        prop_assert!(world.overwrites.is_empty());
        if !went_back {
            let again = plan_from(world.zone(), &story.end, story.guarantee, &story.hints, true).unwrap();
            prop_assert!(again.is_empty());
        }
    }

    /// Whatever the provider does: nothing is missing but what it takes away itself, and a run
    /// that says that it is rolled back has left the zone as it was.
    #[test]
    fn random_providers_lose_nothing_through_dnsure(
        story in stories(),
        silent in prop::option::of((0..6_usize, 1..SERVERS + 1)),
        poison in prop::option::of((0..6_usize, prop::sample::select(vec![RecordType::A, RecordType::CNAME, RecordType::MX]))),
        deaf in prop::option::of((0..SERVERS, 0..60_i64, 0..900_i64)),
        faults in prop::collection::vec(fault(), 0..4),
    ) {
        let habits = Habits {
            silent: silent.map_or((0..0, Vec::new()), |(from, k)| (from..usize::MAX, (0..k).collect())),
            poison: poison.map(|(index, rtype)| key(&format!("n{index}"), rtype)),
            deaf: deaf.map(|(server, from, length)| (server, from..from + length)),
            faults,
            ..Habits::default()
        };
        let refuses = habits.poison.is_some();
        let Ok(plan) = story.plan() else { return Ok(()) };
        let oracle = Oracle::lenient(&story.start, &plan);
        let mut world = World::new(&story.start, story.guarantee, habits, oracle);
        world.runs.insert(RUN, Run { plan: Rc::new(plan), journal: Vec::new() });
        let outcome = run(&mut world, RUN, 1, brisk());
        world.pass(SignedDuration::from_mins(2));
        prop_assert!(world.oracle.wrongs.is_empty(), "{:#?}\n{:#?}", world.oracle.wrongs, world.runs[RUN].journal);
        prop_assert!(world.overwrites.is_empty());
        match outcome {
            Outcome::Done => prop_assert!(is(world.zone(), &story.end)),
            Outcome::RolledBack { .. } => prop_assert!(is(world.zone(), &story.start)),
            Outcome::Partly { aside, .. } => prop_assert!(refuses && !aside.is_empty()),
            Outcome::Failed { .. } => {}
            Outcome::NotServed { .. } | Outcome::Waiting { .. } => {}
            other => prop_assert!(false, "{other:?}"),
        }
    }

    /// A foreign hand changes a record set of the plan before any action. Where it can be seen, by
    /// the provider or by the read before the step, it is never overwritten.
    #[test]
    fn a_foreign_change_is_not_overwritten_where_it_can_be_seen(
        story in stories(),
        action in 0..150_usize,
        which in any::<prop::sample::Index>(),
    ) {
        let Some(mut world) = world(&story, Habits::default()) else { return Ok(()) };
        let keys: Vec<_> = world.runs[RUN].plan.net_changes().iter().flat_map(|change| change.sets().to_vec()).collect();
        prop_assume!(!keys.is_empty());
        let set = which.get(&keys).clone();
        let mut process = Process::start(&world, RUN, 1, brisk());
        for _ in 0..action {
            if process.outcome().is_none() {
                process.act(&mut world);
            }
        }
        let foreign = set.before().or(set.after()).cloned().map(|mut foreign| {
            foreign.ttl = Ttl::from_secs(7).unwrap();
            foreign.with_one_ttl()
        });
        let crowded = legal::after(world.zone(), &[]).unwrap().with([(set.key(), foreign.as_ref())]).unwrap();
        let change = dnsure_providers::Change::new(vec![set.clone()]).unwrap();
        prop_assume!(legal::check_names(&crowded, &[change]).is_ok());
        // Between the read and the write, nothing but a comparison sees it; in a gap, from the read
        // before its first write to its last.
        let written = matches!(world.runs[RUN].journal.last(), Some(Entry::Wrote { .. }));
        let in_gap = |step: usize| process.machine.steps().get(step).is_some_and(|step| step.start == Start::InGap);
        let gap = (0..process.machine.steps().len()).any(|step| in_gap(step + 1) && world.progress(RUN).next + 3 >= step);
        let seen_later = match &process.effect {
            Effect::Append(Note::Intent(_)) | Effect::Write(_) => false,
            Effect::CheckLock => !matches!(world.runs[RUN].journal.last(), Some(Entry::Intent { .. })),
            Effect::Append(Note::Wrote(..)) => !gap,
            _ => !(written && gap),
        };
        world.foreign(set.key(), foreign.as_ref());
        process.finish(&mut world);
        let guarded = world.guarantee.compare == CompareAndSwap::ValuesAndTtl;
        prop_assert!(world.overwrites.is_empty() || !(guarded || seen_later), "{:?}", world.overwrites);
    }

    /// A zone without `ignore:` rules is settled by a way of its own: it is the same zone that a
    /// rule that matches nothing leaves.
    #[test]
    fn both_ways_to_settle_agree(
        (live, desired) in zones(),
        (declared, _) in zones(),
        owns_zone in any::<bool>(),
    ) {
        let rule: IgnoreRule = "no-such-name.** TXT".parse().unwrap();
        let inventory = Inventory::of(&declared);
        let plain = Policy { owns_zone, ..Policy::default() };
        let ruled = Policy { owns_zone, ignore: vec![rule], ..Policy::default() };
        let a = settle(&desired, &live, &inventory, &plain).unwrap();
        let b = settle(&desired, &live, &inventory, &ruled).unwrap();
        prop_assert!(is(&a.live, &b.live));
        prop_assert!(is(&a.desired, &b.desired));
        prop_assert_eq!((a.unmanaged, a.ignored), (b.unmanaged, b.ignored));
    }
}

#[test]
fn writes_that_are_not_looked_at_make_a_hole_where_records_are_published_one_by_one() {
    let story = Story::new(
        WriteUnit::CreateAndDelete,
        CompareAndSwap::None,
        &["www 300 A 192.0.2.1"],
        &["www 300 A 192.0.2.2"],
    );
    let habits =
        Habits { delays: vec![8000, 9000, 8500, 100, 200, 50], record_by_record: true, ..Habits::default() };
    let blind = Pace { samples: 0, ..brisk() };
    for (pace, is_right) in [(brisk(), true), (blind, false)] {
        let mut world = world(&story, habits.clone()).unwrap();
        assert_eq!(run(&mut world, RUN, 1, pace), Outcome::Done);
        world.pass(SignedDuration::from_mins(1));
        assert_eq!(world.oracle.wrongs.is_empty(), is_right, "{:?}", world.oracle.wrongs);
    }
}

#[test]
fn a_write_that_is_not_waited_for_comes_back_after_a_rollback() {
    let story = Story::new(
        WriteUnit::RecordSet,
        CompareAndSwap::ValuesAndTtl,
        &["www 300 A 192.0.2.1"],
        &["www 300 A 192.0.2.2"],
    );
    let hasty = Pace { write_deadline: SignedDuration::ZERO, ..brisk() };
    for (pace, is_right) in [(brisk(), true), (hasty, false)] {
        let mut world = world(&story, Habits::default()).unwrap();
        let mut process = Process::start(&world, RUN, 1, pace);
        while !matches!(process.effect, Effect::Write(_)) {
            process.act(&mut world);
        }
        let mut world = process.dies_while_writing(&world, 20).unwrap();
        assert!(roll_back(&mut world, RUN));
        assert_eq!(run(&mut world, RUN, 2, pace), Outcome::Done);
        world.pass(SignedDuration::from_mins(1));
        assert_eq!(is(world.zone(), &story.start), is_right);
    }
}

#[test]
fn a_run_that_may_not_turn_back_leaves_what_is_not_served() {
    let story = Story::new(
        WriteUnit::RecordSet,
        CompareAndSwap::ValuesAndTtl,
        &["www 300 A 192.0.2.1"],
        &["www 300 A 192.0.2.2"],
    );
    for rolls_back in [true, false] {
        let habits = Habits { silent: (0..9, vec![2]), ..Habits::default() };
        let mut world = world(&story, habits).unwrap();
        let outcome = run(&mut world, RUN, 1, Pace { rolls_back, ..brisk() });
        assert_eq!(matches!(outcome, Outcome::RolledBack { .. }), rolls_back, "{outcome:?}");
        assert_eq!(is(world.zone(), &story.start), rolls_back);
    }
}
