//! Two appliers of one target: a lock that expires, journals that are the fence, and pauses.

use crate::oracle::Oracle;
use crate::process::{Process, roll_back};
use crate::random::cases;
use crate::story::{Story, brisk, data, guarantees, key, plan_from, showcase};
use crate::world::{Habits, LOCK_FOR, Run, World};
use dnsure::apply::machine::{Effect, Outcome};
use dnsure::plan::order::Hints;
use dnsure_providers::guarantee::{CompareAndSwap, WriteUnit};
use dnsure_zones::{RecordSet, RecordType, Ttl};
use jiff::SignedDuration;
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::rc::Rc;

/// One applier of the showcase, and another one that begins something of its own once.
fn world(story: &Story) -> World {
    let plan = Rc::new(story.plan().unwrap());
    let oracle = Oracle::lenient(&story.start, &plan);
    let mut world = World::new(&story.start, story.guarantee, Habits::default(), oracle);
    world.runs.insert("first", Run { plan, journal: Vec::new() });
    let stays = key("stays", RecordType::TXT);
    let other =
        RecordSet::new(stays.clone(), Ttl::from_secs(300).unwrap(), [data(RecordType::TXT, "\"other\"")]);
    let other = story.start.with([(&stays, Some(&other))]).unwrap();
    let plan = plan_from(&story.start, &other, story.guarantee, &Hints::default(), false).unwrap();
    world.oracle.allow(&stays);
    world.runs.insert("second", Run { plan: Rc::new(plan), journal: Vec::new() });
    world
}

/// A value change, and a type swap with a gap where there is no other way.
fn brief(unit: WriteUnit, compare: CompareAndSwap) -> Story {
    let start =
        ["value 300 A 192.0.2.1", "swap 300 A 192.0.2.3", "many 300 A 192.0.2.5", "stays 300 TXT \"mine\""];
    let end =
        ["value 300 A 192.0.2.11", "swap 300 CNAME value", "many 300 A 192.0.2.5", "stays 300 TXT \"mine\""];
    Story::new(unit, compare, &start, &end).with_canary()
}

/// What a second applier does when it finds a run of somebody else: it finishes that one, on or
/// back; a run of its own comes only where nothing was written.
fn take_over(world: &mut World, id: u32, back: bool) -> Process {
    let progress = world.progress("first");
    let is_open = progress.closed.is_none() && progress.has_written();
    if is_open && back {
        roll_back(world, "first");
    }
    Process::start(world, if is_open { "first" } else { "second" }, id, brisk())
}

/// What came of a pause.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Late {
    /// The first applier was stopped by the lock or its journal, before it called.
    Stopped,
    /// It called, and the provider refused.
    Refused,
    /// Its write was taken, on just what it was made from: the other one had come back there.
    GotThrough,
    /// Its write was taken, on something else.
    Overwrote,
}

/// Pauses the first applier where it stands until its lock has expired and another one has done
/// all that it wants.
fn pause(world: &World, first: &Process, action: usize, back: bool) -> (String, Late) {
    let (mut world, mut first) = (world.clone(), first.clone());
    let at = match &first.effect {
        Effect::Write(_) => "between the last look at the lock and the call".to_owned(),
        other => format!("{other:?}").split(['(', ' ']).next().unwrap_or_default().to_owned(),
    };
    world.pass(LOCK_FOR + SignedDuration::from_secs(1));
    let mut second = take_over(&mut world, 2, back);
    second.finish(&mut world);
    let (taken, stale, overwrites) = (world.taken, world.stale, world.overwrites.len());
    // On to the next time that it is sure of its lock.
    while first.outcome().is_none() {
        let looks = matches!(first.effect, Effect::TakeLock | Effect::CheckLock);
        first.act(&mut world);
        if looks {
            break;
        }
    }
    let late = match (world.taken > taken, world.stale > stale) {
        (true, _) if world.overwrites.len() > overwrites => Late::Overwrote,
        (true, _) => Late::GotThrough,
        (_, true) => Late::Refused,
        _ => Late::Stopped,
    };
    assert!(world.taken <= taken + 1, "one write at most");
    let lost = world.taken;
    first.finish(&mut world);
    assert!(action == 0 || world.taken == lost, "who has lost its lock writes no more");
    (at, late)
}

#[test]
fn a_late_applier_is_refused_or_stopped_unless_it_was_paused_between_its_last_look_and_the_call() {
    let mut told: BTreeMap<(&str, String, Late), usize> = BTreeMap::new();
    // The three whole units are one to a machine.
    let alike = [WriteUnit::WholeZone, WriteUnit::Staged];
    for (unit, compare) in guarantees().into_iter().filter(|(unit, _)| !alike.contains(unit)) {
        let story = brief(unit, compare);
        let mut world = world(&story);
        let mut first = Process::start(&world, "first", 1, brisk());
        for action in 0.. {
            if first.outcome().is_some() {
                break;
            }
            for back in [false, true] {
                let (at, late) = pause(&world, &first, action, back);
                let at_call = at.starts_with("between");
                match compare {
                    CompareAndSwap::ValuesAndTtl => assert_ne!(late, Late::Overwrote, "{unit:?} {at}"),
                    _ => assert!(at_call || late == Late::Stopped, "{unit:?} {compare:?} {at}: {late:?}"),
                }
                let kind = match compare {
                    CompareAndSwap::ValuesAndTtl => "with compare-and-swap",
                    CompareAndSwap::Values => "with compare-and-swap of values only",
                    CompareAndSwap::None => "without compare-and-swap",
                };
                *told.entry((kind, at, late)).or_default() += 1;
            }
            first.act(&mut world);
        }
    }
    for ((kind, at, late), count) in &told {
        dnsure_kit::tell(&format!("{kind}, paused at {at}: {count} times {late:?}"));
    }
    let window =
        told.keys().any(|(kind, _, late)| *kind == "without compare-and-swap" && *late == Late::Overwrote);
    assert!(window, "the window that plans speak of is there");
    let refused =
        told.keys().any(|(kind, _, late)| *kind == "with compare-and-swap" && *late == Late::Refused);
    assert!(refused, "the comparison matters");
}

#[test]
fn without_the_lock_two_appliers_write_at_once() {
    // The same two, and a lock that is given to whoever asks: the second begins while the first
    // is at work.
    let mut met = [0; 2];
    for broken in [false, true] {
        let story = showcase(WriteUnit::RecordSet, CompareAndSwap::None, false);
        for action in 0..40 {
            let mut world = world(&story);
            world.lock_is_broken = broken;
            let mut first = Process::start(&world, "first", 1, brisk());
            for _ in 0..action {
                first.act(&mut world);
            }
            let mut second = Process::start(&world, "second", 2, brisk());
            second.finish(&mut world);
            met[usize::from(broken)] +=
                usize::from(!matches!(second.outcome(), Some(Outcome::Locked(_)))) * usize::from(action > 0);
        }
    }
    assert_eq!(met[0], 0, "the lock holds");
    assert!(met[1] > 0);
}

/// Who goes on, and whether the one that was just asked first sleeps over its lock.
fn turns() -> impl Strategy<Value = Vec<(bool, bool)>> {
    prop::collection::vec((any::<bool>(), prop::bool::weighted(0.02)), 0..400)
}

proptest! {
    #![proptest_config(cases(150))]

    /// Two appliers at random, each asleep for longer than its lock now and then: one writer,
    /// and in the end somebody finishes what was begun.
    #[test]
    fn two_appliers_at_random_never_write_on_a_stale_base(
        which in 0..21_usize,
        turns in turns(),
        back in any::<bool>(),
    ) {
        let (unit, compare) = guarantees()[which];
        let story = brief(unit, compare);
        let mut world = world(&story);
        let mut processes = [Process::start(&world, "first", 1, brisk()), Process::start(&world, "second", 2, brisk())];
        let mut asleep = [None, None];
        let mut ids = 2;
        let mut slept_before_a_call = false;
        for (who, sleeps) in turns {
            let who = usize::from(who);
            if asleep[who].is_some_and(|until| until > world.now) {
                // The other one goes on; if it sleeps too, time passes.
                let other = 1 - who;
                if asleep[other].is_some_and(|until| until > world.now) {
                    world.advance_to(asleep[0].min(asleep[1]).unwrap());
                }
                continue;
            }
            if sleeps {
                slept_before_a_call |= matches!(processes[who].effect, Effect::Write(_));
                asleep[who] = Some(world.now + LOCK_FOR + SignedDuration::from_secs(1));
                if asleep[1 - who].is_none_or(|until| until <= world.now) && back {
                    world.pass(LOCK_FOR);
                }
                continue;
            }
            if processes[who].outcome().is_some() {
                ids += 1;
                processes[who] = take_over(&mut world, ids, back);
            }
            processes[who].act(&mut world);
            prop_assert!(compare != CompareAndSwap::ValuesAndTtl || world.overwrites.is_empty());
            prop_assert!(slept_before_a_call || world.overwrites.is_empty(), "{:?}", world.overwrites);
        }
        // Both are gone; a third one finishes what is open.
        world.dead.extend([processes[0].id, processes[1].id]);
        if !slept_before_a_call {
            for run in ["first", "second"] {
                let progress = world.progress(run);
                if progress.closed.is_none() && progress.has_written() {
                    let outcome = crate::process::run(&mut world, run, ids + 1, brisk());
                    prop_assert_eq!(&outcome, &Outcome::Done);
                }
            }
            prop_assert!(world.oracle.wrongs.is_empty(), "{:?}", world.oracle.wrongs);
        }
    }
}
