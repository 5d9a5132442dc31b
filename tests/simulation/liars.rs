//! Providers that say yes and do something else.

use crate::oracle::Oracle;
use crate::process::{Process, run};
use crate::story::{Story, brisk, guarantees, key, showcase};
use crate::world::{Drops, Fault, Habits, Run, SERVERS, World};
use dnsure::apply::entry::{Closed, Direction};
use dnsure::apply::machine::{Effect, Outcome, Pace};
use dnsure::plan::step::Purpose;
use dnsure_providers::guarantee::{CompareAndSwap, WriteUnit};
use dnsure_providers::{Change, SetChange};
use dnsure_zones::diff::diff;
use dnsure_zones::{RecordKey, RecordType, Zone};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use std::rc::Rc;

const RUN: &str = "run";

fn world(story: &Story, habits: Habits) -> World {
    let plan = Rc::new(story.plan().unwrap());
    let mut oracle = Oracle::lenient(&story.start, &plan);
    oracle.mixes = habits.record_by_record;
    let mut world = World::new(&story.start, story.guarantee, habits, oracle);
    world.runs.insert(RUN, Run { plan, journal: Vec::new() });
    world
}

/// One of each unit: a comparison changes nothing about what is served.
fn showcases() -> impl Iterator<Item = Story> {
    let compares = [CompareAndSwap::None, CompareAndSwap::ValuesAndTtl];
    let units =
        WriteUnit::ALL.into_iter().filter(|unit| !matches!(unit, WriteUnit::WholeZone | WriteUnit::Staged));
    units
        .enumerate()
        .map(move |(index, unit)| (unit, compares[index % 2]))
        .map(|(unit, compare)| showcase(unit, compare, false))
}

fn without_canary(story: Story) -> Story {
    Story { canary: false, ..story }
}

fn differs(a: &Zone, b: &Zone) -> bool {
    diff(a, b).next().is_some()
}

/// The record sets that the run left as they were at the start, of those that the plan changes.
fn left(world: &World, story: &Story) -> BTreeSet<RecordKey> {
    let plan = &world.runs[RUN].plan;
    let keys = plan
        .net_changes()
        .iter()
        .flat_map(|change| change.sets().to_vec())
        .map(|set| set.key().clone())
        .collect::<Vec<_>>();
    let same = |key: &RecordKey| {
        let set = |zone: &Zone| zone.get_key(key).map(|set| set.to_set());
        set(world.zone()) == set(&story.start)
    };
    keys.into_iter().filter(same).collect()
}

/// The verdict that turned a run back, as text.
fn seen(outcome: &Outcome) -> String {
    match outcome {
        Outcome::RolledBack { why } => seen(why),
        Outcome::NotServed { verdict, .. } => verdict.unmet.join("\n"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_provider_that_serves_on_some_servers_is_found_out_and_everything_is_taken_back() {
    for k in 0..SERVERS {
        for story in showcases().map(without_canary) {
            let habits = Habits { silent: (0..usize::MAX, (k..SERVERS).collect()), ..Habits::default() };
            let mut world = world(&story, habits);
            let outcome = run(&mut world, RUN, 1, Pace::default());
            assert!(matches!(outcome, Outcome::RolledBack { .. }), "{outcome:?}");
            let seen = seen(&outcome);
            let first = world.runs[RUN].plan.steps[0].keys().next().unwrap().to_string();
            assert!((k..SERVERS).all(|server| seen.contains(&format!("server {server}: {first}"))), "{seen}");
            assert!(!differs(world.zone(), &story.start));
            world.oracle.assert_right("served on some servers");
            assert_eq!(world.progress(RUN).closed, Some(Closed::RolledBack));
        }
    }
}

#[test]
fn a_canary_that_is_refused_or_not_served_leaves_live_names_untouched() {
    for story in showcases() {
        let dead = Habits { silent: (0..usize::MAX, vec![0, 1, 2]), ..Habits::default() };
        let closed = Habits { refuses_creates: true, ..Habits::default() };
        for habits in [dead, closed] {
            let refuses = habits.refuses_creates;
            let mut world = world(&story, habits);
            let outcome = run(&mut world, RUN, 1, Pace::default());
            let right = match &outcome {
                Outcome::RolledBack { .. } => !refuses && seen(&outcome).contains("_dnsure-canary"),
                Outcome::Failed { written, .. } => refuses && !written,
                _ => false,
            };
            assert!(right, "{outcome:?}");
            assert!(!differs(world.zone(), &story.start));
            let touched = world.log.iter().flat_map(|(_, changes)| {
                changes.iter().map(|change| change.name().clone()).collect::<Vec<_>>()
            });
            let canary = dnsure::plan::canary::name(story.start.apex()).unwrap();
            assert!(touched.collect::<BTreeSet<_>>().iter().all(|name| *name == canary));
        }
    }
}

#[test]
fn a_provider_that_stops_publishing_is_left_with_nothing_lost_and_finished_when_it_is_mended() {
    let mut ends = [0; 2];
    for story in showcases() {
        let steps = story.plan().unwrap().steps.len();
        for from in 0..steps {
            for until in [usize::MAX, from + 1] {
                let habits = Habits { silent: (from..until, vec![0, 2]), ..Habits::default() };
                let mut world = world(&story, habits);
                let outcome = run(&mut world, RUN, 1, brisk());
                world.oracle.assert_right("silent");
                match &outcome {
                    Outcome::RolledBack { .. } => {
                        ends[0] += 1;
                        assert!(!differs(world.zone(), &story.start));
                    }
                    // What it published before cannot be seen to be taken back.
                    Outcome::NotServed { .. } => {
                        ends[1] += 1;
                        // Nothing comes after the removal of the canary that would bring it along.
                        assert!(
                            (until == usize::MAX && from > 0) || from == 1,
                            "{:?} {from} {until} {outcome:?} {:#?}",
                            story.guarantee,
                            world.runs[RUN].journal
                        );
                        assert_eq!(world.progress(RUN).direction, Direction::Back);
                        assert!(seen(&outcome).contains("server 0: "));
                    }
                    // A state that is published whole brings the one before it along.
                    Outcome::Done => assert!(until != usize::MAX),
                    other => panic!("{other:?}"),
                }
                if matches!(outcome, Outcome::NotServed { .. }) {
                    world.mend();
                    assert_eq!(run(&mut world, RUN, 2, brisk()), Outcome::Done);
                    assert!(!differs(world.zone(), &story.start));
                    world.oracle.assert_right("mended");
                }
            }
        }
    }
    dnsure_kit::tell(&format!(
        "publishing stopped: {} rolled back, {} could not be seen to be",
        ends[0], ends[1]
    ));
    assert!(ends.iter().all(|count| *count > 10));
}

#[test]
fn what_a_provider_drops_turns_the_run_back_and_costs_no_further_record() {
    let mut ends = [0; 3];
    for story in showcases() {
        let steps = story.plan().unwrap().steps.len();
        for write in 0..steps {
            for (after, everything) in [(3, false), (3, true), (9, false), (9, true)] {
                let drops = Drops { write, after: SignedDuration::from_secs(after), everything };
                let habits = Habits { drops: Some(drops), ..Habits::default() };
                let mut world = world(&story, habits);
                let mut process = Process::start(&world, RUN, 1, brisk());
                let mut dropped: Option<Vec<RecordKey>> = None;
                let mut removed_since = 0;
                while process.outcome().is_none() {
                    if let (Effect::Write(step), Some(keys)) = (&process.effect, &dropped) {
                        let step = &process.machine.steps()[*step];
                        let forward = process.machine.direction() == Direction::Forward;
                        removed_since += usize::from(
                            forward && step.removes() && step.keys().any(|key| keys.contains(key)),
                        );
                    }
                    process.act(&mut world);
                    if dropped.is_none()
                        && let Some((_, changes)) =
                            world.log.get(write).filter(|(at, _)| world.now >= *at + drops.after)
                    {
                        dropped = Some(
                            changes
                                .iter()
                                .flat_map(|change| {
                                    change.sets().iter().map(SetChange::key).cloned().collect::<Vec<_>>()
                                })
                                .collect(),
                        );
                    }
                }
                let outcome = process.outcome().unwrap().clone();
                world.oracle.assert_right("dropped");
                // One may have been on its way already.
                assert!(removed_since <= 1, "{removed_since} removals after the drop");
                match outcome {
                    Outcome::Done => ends[0] += 1,
                    Outcome::RolledBack { .. } => {
                        ends[1] += 1;
                        assert!(!differs(world.zone(), &story.start));
                    }
                    Outcome::NotServed { .. } => {
                        ends[2] += 1;
                        // A record that comes back with another TTL is old data, too.
                        let is_old = dropped.is_some_and(|keys| keys.contains(&key("ttl", RecordType::A)));
                        assert!(
                            everything || is_old,
                            "what was there before is served: {write} {after}\n{outcome:?}"
                        );
                    }
                    other => panic!("{other:?}"),
                }
            }
        }
    }
    let [done, back, open] = ends;
    dnsure_kit::tell(&format!(
        "dropped: {done} not missed, {back} rolled back, {open} dropped the old data too"
    ));
    assert!(ends.iter().all(|count| *count > 0));
}

#[test]
fn a_refused_record_is_left_out_and_the_others_converge() {
    let mut count = 0;
    for story in showcases().map(without_canary) {
        let plan = story.plan().unwrap();
        let keys: BTreeSet<RecordKey> = plan
            .net_changes()
            .iter()
            .flat_map(|change| change.sets().to_vec())
            .filter(|set| set.after().is_some())
            .map(|set| set.key().clone())
            .collect();
        for poison in keys.into_iter().filter(|key| key.rtype != RecordType::CNAME) {
            let mut world = world(&story, Habits { poison: Some(poison.clone()), ..Habits::default() });
            let outcome = run(&mut world, RUN, 1, brisk());
            world.oracle.assert_right("refused");
            let Outcome::Partly { aside, .. } = &outcome else { panic!("{poison}: {outcome:?}") };
            assert!(aside.iter().any(|aside| aside.reason.contains(&poison.to_string())), "{aside:?}");
            // Held: removals, what is refused itself, and what points to it.
            let left = left(&world, &story);
            assert!(left.contains(&poison) || story.guarantee.unit.is_record(), "{left:?}");
            assert!(left.contains(&key("gone", RecordType::A)), "nothing is removed: {left:?}");
            let others = ["value", "ttl", "new"].map(|owner| key(owner, RecordType::A));
            let atomic = !story.guarantee.unit.is_record();
            let converged =
                others.iter().filter(|other| **other != poison).all(|other| !left.contains(other));
            assert!(converged || !atomic, "{:?} with {poison}: {left:?}", story.guarantee.unit);
            assert_eq!(world.progress(RUN).closed, Some(Closed::Partly));
            count += 1;
        }
    }
    dnsure_kit::tell(&format!("{count} runs with a refused record set"));
}

#[test]
fn a_gap_whose_second_write_is_refused_heals_at_once() {
    for (unit, compare) in guarantees().into_iter().filter(|(unit, _)| !unit.swaps_types()) {
        let story = showcase(unit, compare, false);
        let poison = key("swap", RecordType::CNAME);
        let mut world = world(&story, Habits { poison: Some(poison.clone()), ..Habits::default() });
        let outcome = run(&mut world, RUN, 1, Pace::default());
        let Outcome::RolledBack { why } = &outcome else { panic!("{outcome:?}") };
        assert!(
            matches!(&**why, Outcome::Failed { reason, .. } if reason.contains(&poison.to_string())),
            "{why:?}"
        );
        assert!(!differs(world.zone(), &story.start));
        world.oracle.assert_right("a gap");
        let at_swap = |removes: bool| {
            let mut times = world.log.iter().filter(|(_, changes)| {
                changes[0]
                    .sets()
                    .iter()
                    .any(|set| *set.key() == key("swap", RecordType::A) && set.after().is_none() == removes)
            });
            times.next().unwrap().0
        };
        let open = at_swap(false).duration_since(at_swap(true));
        assert!(open < SignedDuration::from_secs(1), "the gap was open for {open}");
    }
}

/// Servers that are slow answer the old record still, before they show the gap: that is no sign that
/// what was put back came to them.
#[test]
fn a_gap_is_not_said_to_be_healed_before_slow_servers_have_shown_it() {
    let story = showcase(WriteUnit::RecordSet, CompareAndSwap::ValuesAndTtl, false);
    let habits = || Habits { poison: Some(key("swap", RecordType::CNAME)), ..Habits::default() };
    let mut honest = world(&story, habits());
    assert!(matches!(run(&mut honest, RUN, 1, brisk()), Outcome::RolledBack { .. }));
    let puts_back = |changes: &[Change]| {
        let set = &changes[0].sets()[0];
        *set.key() == key("swap", RecordType::A) && set.before().is_none()
    };
    let write = honest.log.iter().position(|(_, changes)| puts_back(changes)).unwrap();
    let silent = (write..usize::MAX, (0..SERVERS).collect());
    let mut world = world(&story, Habits { silent, ..habits() });
    let outcome = run(&mut world, RUN, 1, brisk());
    assert!(matches!(outcome, Outcome::NotServed { .. }), "{outcome:?}");
    world.oracle.assert_right("what was put back never came to the servers");
}

#[test]
fn a_lost_answer_at_any_write_costs_nothing() {
    let mut count = 0;
    for (unit, compare) in guarantees() {
        let story = showcase(unit, compare, false);
        let steps = story.plan().unwrap().steps.len();
        for call in 0..steps {
            for fault in [Fault::LostBefore, Fault::LostAfter, Fault::Late(20)] {
                let mut faults = vec![Fault::None; call];
                faults.push(fault);
                let mut world = world(&story, Habits { faults, ..Habits::default() });
                let outcome = run(&mut world, RUN, 1, brisk());
                assert_eq!(outcome, Outcome::Done, "{unit:?} {compare:?} {call} {fault:?}");
                world.pass(SignedDuration::from_secs(60));
                assert!(!differs(world.zone(), &story.end), "{unit:?} {compare:?} {call} {fault:?}");
                assert!(world.overwrites.is_empty());
                world.oracle.assert_right("a lost answer");
                count += 1;
            }
        }
    }
    dnsure_kit::tell(&format!("{count} lost answers"));
}

#[test]
fn a_server_that_gives_no_answer_blocks_the_run_and_turns_nothing_back() {
    let story = showcase(WriteUnit::CreateAndDelete, CompareAndSwap::None, false);
    let mut world = world(&story, Habits { deaf: Some((1, 0..i64::MAX)), ..Habits::default() });
    let outcome = run(&mut world, RUN, 1, Pace::default());
    let Outcome::NotServed { verdict, .. } = outcome else { panic!("{outcome:?}") };
    assert!(verdict.unmet.is_empty() && verdict.unknown[0].contains("server 1"));
    assert_eq!(world.taken, 1);
    assert_eq!(world.runs[RUN].plan.steps[0].purpose, Purpose::Canary);
    assert_eq!(world.progress(RUN).direction, Direction::Forward);
}
