//! A process may die at any action: before it, after it, and with a write under way.

use crate::oracle::Oracle;
use crate::process::{Process, roll_back};
use crate::story::{Story, brisk, guarantees, showcase};
use crate::world::{Habits, Run, World};
use dnsure::apply::entry::Direction;
use dnsure::apply::machine::{Effect, Note, Outcome};
use dnsure::plan::step::Start;
use dnsure_providers::guarantee::{CompareAndSwap, WriteUnit};
use dnsure_zones::diff::diff;
use dnsure_zones::{RecordType, Zone};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

const RUN: &str = "run";

fn world(story: &Story) -> World {
    let plan = Rc::new(story.plan().unwrap());
    let oracle = Oracle::strict(&story.start, &plan);
    let mut world = World::new(&story.start, story.guarantee, Habits::default(), oracle);
    world.runs.insert(RUN, Run { plan, journal: Vec::new() });
    world
}

/// Kills of one plan.
struct Kills<'a> {
    story: &'a Story,
    /// States of the world that were gone on from already.
    known: HashSet<u64>,
    /// States in which a process that had just seen a step served went on to a good end. It
    /// knows no more than its journal then, so that another one goes on alike.
    proven: HashSet<u64>,
    /// Kills, and pairs of kills.
    counts: [usize; 2],
}

impl Kills<'_> {
    /// What every death at every action of the process that goes on from `world` leaves behind.
    /// To die before an action is to die after the one before it: that is one death here.
    fn each_death(world: &World) -> Vec<World> {
        let mut world = world.clone();
        let mut process = Process::start(&world, RUN, next_id(&world), brisk());
        let mut left = vec![world.clone()];
        while process.outcome().is_none() {
            if let Some(flying) = process.dies_while_writing(&world, 20) {
                left.push(flying);
            }
            let event = process.do_it(&mut world);
            let mut dead = world.clone();
            dead.dead.insert(process.id);
            left.push(dead);
            process.hear(&world, event);
        }
        world.oracle.assert_right("while a process ran");
        left
    }

    /// Resume and rollback from here, each to its end.
    fn finish(&mut self, world: &World) {
        if !self.known.insert(world.number(RUN)) {
            return;
        }
        let mut resumed = world.clone();
        self.goes_through(&mut resumed, "resume");
        let mut back = world.clone();
        if roll_back(&mut back, RUN) {
            self.goes_through(&mut back, "rollback");
        }
    }

    fn goes_through(&mut self, world: &mut World, what: &str) {
        let direction = world.progress(RUN).direction;
        let closed = world.progress(RUN).closed.is_some();
        let mut met = Vec::new();
        let mut process = Process::start(world, RUN, next_id(world), brisk());
        let mut has_served = false;
        let outcome = loop {
            match process.outcome() {
                Some(Outcome::Waiting { until, .. }) => {
                    world.advance_to(*until);
                    process = Process::start(world, RUN, next_id(world), brisk());
                    has_served = false;
                }
                Some(outcome) => break outcome.clone(),
                None => {}
            }
            if has_served {
                let number = world.number(RUN);
                if self.proven.contains(&number) {
                    world.oracle.assert_right(what);
                    self.proven.extend(met);
                    return;
                }
                met.push(number);
            }
            has_served = matches!(process.effect, Effect::Append(Note::Served { .. }));
            process.act(world);
        };
        let wanted = match direction {
            Direction::Forward => &self.story.end,
            Direction::Back => &self.story.start,
        };
        let journal = &world.runs[RUN].journal;
        assert!(closed || outcome == Outcome::Done, "{what}: {outcome:?}\n{journal:#?}");
        // What is still under way does no harm when it lands.
        world.pass(jiff::SignedDuration::from_secs(60));
        world.oracle.assert_right(what);
        assert_eq!(differences(world.zone(), wanted), 0, "{what}\n{:#?}", world.runs[RUN].journal);
        for server in &world.servers {
            assert_eq!(differences(&server.view.zone, wanted), 0, "{what}: a server");
        }
        assert!(world.overwrites.is_empty(), "{what}: {:?}", world.overwrites);
        self.proven.extend(met);
    }

    fn singles(&mut self) {
        let left = Self::each_death(&world(self.story));
        self.counts[0] = left.len();
        left.iter().for_each(|dead| self.finish(dead));
    }

    fn pairs(&mut self) {
        // What goes on alike dies alike.
        let mut met: HashMap<u64, usize> = HashMap::new();
        for first in Self::each_death(&world(self.story)) {
            let mut ways = vec![first.clone()];
            let mut back = first;
            if roll_back(&mut back, RUN) {
                ways.push(back);
            }
            for way in ways {
                self.counts[1] += *met.entry(way.number(RUN)).or_insert_with(|| {
                    let left = Self::each_death(&way);
                    left.iter().for_each(|dead| self.finish(dead));
                    left.len()
                });
            }
        }
    }
}

fn next_id(world: &World) -> u32 {
    u32::try_from(world.dead.len()).unwrap() + 1
}

fn differences(a: &Zone, b: &Zone) -> usize {
    diff(a, b).count()
}

#[test]
fn each_showcase_takes_the_ways_that_its_unit_has() {
    for (unit, compare) in guarantees() {
        let plan = showcase(unit, compare, false).plan().unwrap();
        let has = |start: Start| plan.steps.iter().any(|step| step.start == start);
        assert!(plan.has_canary());
        assert_eq!(
            has(Start::InGap),
            matches!(unit, WriteUnit::RecordSet | WriteUnit::Record | WriteUnit::CreateAndDelete),
            "{unit}"
        );
        assert_eq!(has(Start::AtOnce), unit.is_record(), "{unit}");
        let types: HashSet<RecordType> =
            plan.steps.iter().flat_map(|step| step.keys()).map(|key| key.rtype).collect();
        assert!(types.contains(&RecordType::CNAME) && types.contains(&RecordType::TXT));
    }
}

#[test]
fn a_clean_run_ends_with_the_desired_zone_and_an_empty_second_plan() {
    for (unit, compare) in guarantees() {
        for staged in [false, true] {
            let story = showcase(unit, compare, staged);
            let mut kills =
                Kills { story: &story, known: HashSet::new(), proven: HashSet::new(), counts: [0; 2] };
            let mut world = world(&story);
            kills.goes_through(&mut world, "a clean run");
            let again = Story { start: world.zone().clone(), ..story.clone() };
            assert!(again.plan().unwrap().is_empty(), "{unit}");
        }
    }
}

#[test]
fn a_kill_at_every_action_is_finished_by_resume_and_by_rollback() {
    for unit in WriteUnit::ALL {
        let mut told = (0, 0, 0);
        for compare in [CompareAndSwap::ValuesAndTtl, CompareAndSwap::Values, CompareAndSwap::None] {
            for staged in [false, true] {
                let story = showcase(unit, compare, staged);
                let mut kills =
                    Kills { story: &story, known: HashSet::new(), proven: HashSet::new(), counts: [0; 2] };
                kills.singles();
                told = (told.0 + 1, told.1 + kills.counts[0], told.2 + kills.known.len());
            }
        }
        let (plans, kills, states) = told;
        dnsure_kit::tell(&format!(
            "{unit:?}: {plans} plans, {kills} kills, {states} different states left behind, each resumed and rolled back"
        ));
    }
}

#[test]
fn a_kill_at_every_pair_of_actions_is_finished_by_resume_and_by_rollback() {
    for unit in WriteUnit::ALL {
        for compare in [CompareAndSwap::ValuesAndTtl, CompareAndSwap::None] {
            let story = showcase(unit, compare, false);
            let mut kills =
                Kills { story: &story, known: HashSet::new(), proven: HashSet::new(), counts: [0; 2] };
            kills.pairs();
            let [_, pairs] = kills.counts;
            assert!(pairs > 1000);
            dnsure_kit::tell(&format!(
                "{unit:?}, {compare:?}: {pairs} pairs of kills, {} different states left behind, each resumed and rolled back",
                kills.known.len()
            ));
        }
    }
}
