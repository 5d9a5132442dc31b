//! A change under a lowered TTL over two days, in as many processes as it takes.

use crate::oracle::Oracle;
use crate::process::{Process, roll_back, run};
use crate::story::{Story, brisk, key};
use crate::world::{Habits, Run, World};
use dnsure::apply::entry::{Closed, Progress};
use dnsure::apply::machine::Outcome;
use dnsure::apply::reservation::Reservation;
use dnsure::plan::order::Hints;
use dnsure::plan::step::{Purpose, Start};
use dnsure_providers::guarantee::{CompareAndSwap, WriteUnit};
use dnsure_zones::diff::diff;
use dnsure_zones::{RecordType, Zone};
use jiff::{SignedDuration, Timestamp};
use std::rc::Rc;

const RUN: &str = "rollout";
const TWO_DAYS: i64 = 172_800;

/// A value changes under a TTL of a minute that is two days now; another name goes, one comes.
fn story(unit: WriteUnit, compare: CompareAndSwap) -> Story {
    let start =
        ["www 172800 A 192.0.2.1", "www 172800 A 192.0.2.2", "old 300 A 192.0.2.3", "other 300 A 192.0.2.4"];
    let end = [
        "www 172800 A 192.0.2.11",
        "www 172800 A 192.0.2.12",
        "new 300 A 192.0.2.5",
        "other 300 A 192.0.2.4",
    ];
    let story = Story::new(unit, compare, &start, &end).with_canary();
    story.standing_in(key("www", RecordType::A), "192.0.2.99").staging(key("www", RecordType::A), 60)
}

/// The third server publishes four minutes late.
fn world(story: &Story) -> World {
    let plan = Rc::new(story.plan().unwrap());
    let oracle = Oracle::strict(&story.start, &plan);
    let habits = Habits { delays: vec![1000, 2000, 240_000], ..Habits::default() };
    let mut world = World::new(&story.start, story.guarantee, habits, oracle);
    world.runs.insert(RUN, Run { plan, journal: Vec::new() });
    world
}

fn waits(outcome: &Outcome) -> Timestamp {
    match outcome {
        Outcome::Waiting { until, .. } => *until,
        other => panic!("{other:?}"),
    }
}

fn is(zone: &Zone, wanted: &Zone) -> bool {
    diff(zone, wanted).next().is_none()
}

fn compares() -> impl Iterator<Item = (WriteUnit, CompareAndSwap)> {
    let compares = [CompareAndSwap::ValuesAndTtl, CompareAndSwap::None];
    WriteUnit::ALL.into_iter().flat_map(move |unit| compares.map(|compare| (unit, compare)))
}

#[test]
fn a_two_day_rollout_waits_for_the_slowest_server_and_ends_restored() {
    for (unit, compare) in compares() {
        let story = story(unit, compare);
        let mut world = world(&story);
        let until = waits(&run(&mut world, RUN, 1, brisk()));
        let low = world.now;
        assert!(until >= low + SignedDuration::from_secs(TWO_DAYS - 10));
        assert!(world.lock.is_none(), "a rollout that waits holds no lock");
        // Too early, again and again.
        for (process, hours) in [1, 12, 47].into_iter().enumerate() {
            world.advance_to(low + SignedDuration::from_hours(hours));
            assert_eq!(waits(&run(&mut world, RUN, 2 + u32::try_from(process).unwrap(), brisk())), until);
        }
        world.advance_to(until);
        assert_eq!(run(&mut world, RUN, 9, brisk()), Outcome::Done, "{unit:?}");
        world.pass(SignedDuration::from_mins(5));
        assert!(is(world.zone(), &story.end), "the TTL is restored");
        assert!(world.servers.iter().all(|server| is(&server.view.zone, &story.end)));
        assert_eq!(world.progress(RUN).closed, Some(Closed::Applied));
        world.oracle.assert_right("a rollout");
    }
}

#[test]
fn a_rollout_that_does_not_wait_is_seen_to_change_too_early() {
    let story = story(WriteUnit::RecordSet, CompareAndSwap::None);
    let mut world = world(&story);
    let plan = world.runs.get_mut(RUN).unwrap();
    let mut hasty = (*plan.plan).clone();
    hasty
        .steps
        .iter_mut()
        .filter(|step| matches!(step.start, Start::After { .. }))
        .for_each(|step| step.start = Start::Served);
    plan.plan = Rc::new(hasty);
    assert_eq!(run(&mut world, RUN, 1, brisk()), Outcome::Done);
    assert!(world.oracle.wrongs.iter().any(|wrong| wrong.contains("old TTL")), "{:?}", world.oracle.wrongs);
}

/// Goes on, however often it has to wait.
fn to_the_end(world: &mut World) -> Outcome {
    for process in 100.. {
        match run(world, RUN, process, brisk()) {
            Outcome::Waiting { until, .. } => world.advance_to(until),
            outcome => return outcome,
        }
    }
    unreachable!()
}

#[test]
fn a_rollout_that_is_killed_at_any_action_goes_on_or_back_in_each_phase() {
    let (mut kills, mut phases) = (0, [0; 4]);
    // What kills do to other units is shown in the room of kills.
    for (unit, compare) in [
        (WriteUnit::ZoneBatch, CompareAndSwap::ValuesAndTtl),
        (WriteUnit::RecordSet, CompareAndSwap::None),
        (WriteUnit::CreateAndDelete, CompareAndSwap::None),
    ] {
        let story = story(unit, compare);
        let mut world = world(&story);
        let mut process = Process::start(&world, RUN, 1, brisk());
        loop {
            if let Some(outcome) = process.outcome() {
                let Outcome::Waiting { until, .. } = outcome else { break };
                world.advance_to(*until);
                process = Process::start(&world, RUN, 2, brisk());
            }
            let progress = world.progress(RUN);
            let purpose = process.machine.steps().get(progress.next).map(|step| step.purpose);
            phases[purpose.map_or(3, |purpose| match purpose {
                Purpose::Canary => 0,
                Purpose::Lower => 1,
                Purpose::Change => 2,
                Purpose::Restore => 3,
            })] += 1;
            let flying = process.dies_while_writing(&world, 20);
            let event = process.do_it(&mut world);
            for mut left in std::iter::once(world.clone()).chain(flying) {
                left.dead.extend([1, 2]);
                kills += 1;
                let mut back = left.clone();
                assert_eq!(
                    to_the_end(&mut left),
                    if is_closed(&left) { to_the_end(&mut left.clone()) } else { Outcome::Done }
                );
                assert!(is(left.zone(), &story.end), "{unit:?}");
                left.oracle.assert_right("resumed");
                if roll_back(&mut back, RUN) {
                    assert_eq!(to_the_end(&mut back), Outcome::Done);
                    back.pass(SignedDuration::from_mins(6));
                    assert!(is(back.zone(), &story.start), "{unit:?}");
                    back.oracle.assert_right("rolled back");
                }
            }
            process.hear(&world, event);
        }
    }
    dnsure_kit::tell(&format!(
        "a two-day rollout: {kills} kills, {} in the canary, {} while lowering, {} while changing, {} while restoring",
        phases[0], phases[1], phases[2], phases[3]
    ));
    assert!(phases.iter().all(|count| *count > 0));
}

fn is_closed(world: &World) -> bool {
    world.progress(RUN).closed.is_some()
}

#[test]
fn an_open_rollout_holds_its_names_and_no_others() {
    for (unit, compare) in compares() {
        let story = story(unit, compare);
        let mut world = world(&story);
        let until = waits(&run(&mut world, RUN, 1, brisk()));
        let reservation = {
            let Run { plan, journal } = &world.runs[RUN];
            Reservation::of(RUN, plan, &Progress::fold(journal)).unwrap()
        };
        assert_eq!((reservation.until, reservation.next), (until, Purpose::Change));
        for (owner, held) in
            [("www", true), ("old", true), ("new", false), ("other", false), ("elsewhere", false)]
        {
            assert_eq!(reservation.holds(&crate::story::name(owner)), held, "{owner}");
        }
        // Another run: of a held name, and of one that is not.
        let live = world.zone().clone();
        for (owner, held) in [("www", true), ("other", false)] {
            let changed = key(owner, RecordType::A);
            let mut set = live.get_key(&changed).unwrap().to_set();
            set.ttl = dnsure_zones::Ttl::from_secs(90).unwrap();
            let desired = live.with([(&changed, Some(&set))]).unwrap();
            let mut hints = Hints::default();
            hints.stand_ins.insert(changed.clone(), crate::story::data(RecordType::A, "192.0.2.77"));
            let plan = crate::story::plan_from(&live, &desired, story.guarantee, &hints, false).unwrap();
            let mut world = world.clone();
            world.runs.insert("another", Run { plan: Rc::new(plan), journal: Vec::new() });
            world.oracle.allow(&changed);
            let outcome = run(&mut world, "another", 5, brisk());
            if held {
                assert!(
                    matches!(&outcome, Outcome::Reserved(why) if why.contains("www.example.") && why.contains(RUN)),
                    "{outcome:?}"
                );
                continue;
            }
            assert_eq!(outcome, Outcome::Done);
            world.advance_to(until);
            assert_eq!(to_the_end(&mut world), Outcome::Done, "{unit:?}");
            let left: Vec<_> = diff(world.zone(), &story.end).collect();
            assert_eq!(left.len(), 1, "what the other run did stays");
        }
    }
}
