//! The first outage, a thousand times: the provider keeps rows, knows creating and deleting only, loses
//! a record whose duplicate is deleted, and always says "saved". From any values and TTL to any others
//! dnsure never loses a record there; what cannot be done is refused while it is planned.
//!
//! `PAIRS_SEED` chooses other pairs, `PAIRS` another number of zones of fifty.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod judgement;
mod lying;
mod random;
mod stage;

use dnsure::apply::machine::Outcome;
use dnsure::plan::TargetPlan;
use dnsure::plan::order::NoOrder;
use dnsure::plan::record_path::NoPath;
use dnsure_kit::{Prober, planted_hole, prober, tell};
use dnsure_zones::{Name, RecordType};
use judgement::{Class, judge};
use random::{Members, Pair, Random, pair};
use stage::{Stage, key};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

const PAIRS_A_ZONE: usize = 50;
const RATE: u32 = 1_000;
const PATIENCE: Duration = Duration::from_secs(60);

fn number(variable: &str, usual: u64) -> u64 {
    std::env::var(variable).map_or(usual, |text| text.parse().unwrap())
}

/// What dnsure makes of one pair, in the words of the test's own judgement.
fn class(planned: &Result<TargetPlan, NoOrder>, pair: &Pair) -> Class {
    match planned {
        Err(NoOrder::NoPath(reasons)) => {
            assert!(matches!(reasons.as_slice(), [NoPath::SameData { .. }]), "{pair:?}: {reasons:?}");
            Class::SameData
        }
        Err(other) => panic!("{pair:?}: {other}"),
        Ok(plan) if plan.guards.iter().any(|guard| guard.is_gap()) && pair.from != pair.to => Class::TypeSwap,
        Ok(plan) if plan.guards.iter().any(|guard| guard.is_gap()) => Class::UnionUnsafe,
        Ok(plan) => {
            assert!(plan.guards.is_empty(), "{pair:?}: {:?}", plan.guards);
            Class::Done
        }
    }
}

fn watch(servers: &[std::net::SocketAddr]) -> Prober {
    Prober::watch_with(servers, &[], prober::Settings { rate: RATE, ..prober::Settings::default() })
}

fn seed() -> u64 {
    number("PAIRS_SEED", 20_130_611)
}

/// What came of some zones.
#[derive(Default)]
struct Counts {
    classes: BTreeMap<Class, usize>,
    ttl_only: usize,
    with_stand_in: usize,
    writes: usize,
    lost: u64,
    answers: u64,
}

impl Counts {
    fn of(&self, class: Class) -> usize {
        self.classes.get(&class).copied().unwrap_or(0)
    }

    fn add(&mut self, other: &Counts) {
        other.classes.iter().for_each(|(class, count)| *self.classes.entry(*class).or_default() += count);
        self.ttl_only += other.ttl_only;
        self.with_stand_in += other.with_stand_in;
        self.writes += other.writes;
        self.lost += other.lost;
        self.answers += other.answers;
    }

    fn add_done(&mut self, pair: &Pair) {
        let values = |members: &Members| -> BTreeSet<String> {
            members.iter().map(|(value, _)| value.clone()).collect()
        };
        let ttl_only = values(&pair.before) == values(&pair.after);
        self.ttl_only += usize::from(ttl_only);
        self.with_stand_in += usize::from(ttl_only && pair.stand_in.is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_pairs_of_value_and_ttl_lose_nothing_at_a_panel_that_keeps_rows() {
    let mut random = Random(seed());
    let mut zones: Vec<(String, Vec<Pair>)> = (0..number("PAIRS", 22))
        .map(|zone| {
            let zone = format!("z{zone}.example.");
            let pairs = (0..PAIRS_A_ZONE).map(|number| pair(&zone, number, &mut random)).collect();
            (zone, pairs)
        })
        .collect();
    let started = Instant::now();
    // Two panels with their servers, side by side: most of the time is waiting.
    let second = zones.split_off(zones.len() / 2);
    let both = [zones, second].map(|zones| tokio::spawn(async move { through(&zones).await }));
    let mut counts = Counts::default();
    for half in both {
        counts.add(&half.await.unwrap());
    }
    let of = |class: Class| counts.of(class);
    let refused: Vec<String> = [Class::SameData, Class::UnionUnsafe, Class::TypeSwap]
        .into_iter()
        .map(|class| format!("{} {class}", of(class)))
        .collect();
    tell(&format!(
        "{} pairs (seed {}): {} done ({} of them TTL only, {} of those with a stand-in) in {} writes and {:.0} s, \
         {} lost in {} answers; refused: {}",
        counts.classes.values().sum::<usize>(),
        seed(),
        of(Class::Done),
        counts.ttl_only,
        counts.with_stand_in,
        counts.writes,
        started.elapsed().as_secs_f64(),
        counts.lost,
        counts.answers,
        refused.join(", "),
    ));
    for class in [Class::Done, Class::SameData, Class::UnionUnsafe, Class::TypeSwap] {
        assert!(of(class) > 0, "no pair was {class}");
    }
}

/// Takes the pairs of one zone after the other through one panel.
async fn through(zones: &[(String, Vec<Pair>)]) -> Counts {
    let stage = Stage::start(zones);
    let prober = watch(&stage.servers);
    let mut counts = Counts::default();
    for (zone, pairs) in zones {
        let watched: Vec<(String, u16)> =
            pairs.iter().map(|pair| (pair.owner.clone(), pair.from.code().unwrap())).collect();
        watched.iter().for_each(|(name, rtype)| prober.also(name, *rtype));
        prober.mark();
        prober.wait_for_round(PATIENCE).unwrap();
        let apex: Name = zone.parse().unwrap();
        let live = stage.live(&apex).await;
        let mut wanted = Vec::new();
        for pair in pairs {
            let planned = stage.plan(&live, &[pair]);
            let right = judge(pair);
            assert_eq!(class(&planned, pair), right, "{pair:?}");
            *counts.classes.entry(right).or_default() += 1;
            if right == Class::Done {
                wanted.push(pair);
                counts.add_done(pair);
            }
        }
        let plan = stage.plan(&live, &wanted).unwrap();
        counts.writes += plan.steps.len();
        let end = stage.apply(&plan).await;
        assert_eq!(end.outcome, Outcome::Done, "{zone} (seed {}): {}", seed(), end.receipt.outcome);
        assert_eq!(end.receipt.watched.missing, 0, "{:?}", end.receipt.watched.examples);
        assert_eq!(prober.missing().total(), 0, "{zone} (seed {})\n{}", seed(), prober.report());
        for pair in pairs {
            let done = judge(pair) == Class::Done;
            let (rtype, members) = if done { (pair.to, &pair.after) } else { (pair.from, &pair.before) };
            stage.assert_holds(pair, rtype, members);
        }
        assert!(
            stage.plan(&stage.live(&apex).await, &wanted).unwrap().is_empty(),
            "the second plan of {zone}"
        );
        prober.mark();
        prober.wait_for_round(PATIENCE).unwrap();
        watched.iter().for_each(|(name, rtype)| prober.forget(name, *rtype));
    }
    let report = prober.stop();
    report.assert_no_hole();
    (counts.lost, counts.answers) = (report.missing().total(), report.answers());
    catches_a_planted_hole(&stage, &zones[0].0);
    counts
}

/// The positive control, at the same servers.
fn catches_a_planted_hole(stage: &Stage, zone: &str) {
    let (bind, a) = (stage.servers[0], RecordType::A.code().unwrap());
    let control = format!("control.{zone}");
    dnsure_kit::nsupdate(bind, zone, None, &format!("update add {control} 300 A 192.0.2.1")).unwrap();
    let prober = Prober::watch(&[bind], &[(&control, a)]);
    for _ in 0..3 {
        prober.mark();
        prober.wait_for_answers(100, PATIENCE).unwrap();
        planted_hole(bind, zone, None, (&control, a), "300 A 192.0.2.1");
    }
    prober.mark();
    prober.wait_for_answers(100, PATIENCE).unwrap();
    let report = prober.stop();
    tell(&format!("the planted hole of 20 ms was seen {} times", report.missing().total()));
    report.assert_hole();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accepted_gap_is_short_and_hides_nothing_else() {
    const GAPS: usize = 24;
    let mut random = Random(seed());
    let zone = "gaps.example.".to_owned();
    let gaps: Vec<Pair> = (0..)
        .map(|number| pair(&zone, number, &mut random))
        .filter(|pair| matches!(judge(pair), Class::UnionUnsafe | Class::TypeSwap))
        .take(GAPS)
        .collect();
    let others: Vec<Pair> = (10_000..)
        .map(|number| pair(&zone, number, &mut random))
        .filter(|pair| judge(pair) == Class::Done)
        .take(8)
        .collect();
    let all: Vec<Pair> = gaps.iter().chain(&others).cloned().collect();
    let stage = Stage::start(&[(zone.clone(), all.clone())]);
    let prober = watch(&stage.servers);
    all.iter().for_each(|pair| prober.also(&pair.owner, pair.from.code().unwrap()));
    prober.mark();
    prober.wait_for_round(PATIENCE).unwrap();
    let apex: Name = zone.parse().unwrap();
    let live = stage.live(&apex).await;
    let plan = stage.plan(&live, &all.iter().collect::<Vec<_>>()).unwrap();
    let named = plan.guards.iter().filter(|guard| guard.is_gap()).count();
    assert_eq!(named, GAPS, "each gap is told before: {:?}", plan.guards);
    let end = stage.apply(&plan).await;
    assert_eq!(end.outcome, Outcome::Done, "{}", end.receipt.outcome);
    // Everything is served again: what is asked from here on is answered. Questions under way come in
    // first.
    prober.mark();
    prober.wait_for_round(PATIENCE).unwrap();
    let missing = prober.missing();
    prober.mark();
    prober.wait_for_round(PATIENCE).unwrap();
    let report = prober.stop();
    assert_eq!(report.missing(), missing, "missing after it was declared served\n{report}");
    all.iter().for_each(|pair| stage.assert_holds(pair, pair.to, &pair.after));

    let expected: BTreeSet<String> =
        gaps.iter().map(|pair| key(pair, pair.from).to_string().to_lowercase()).collect();
    let strange: Vec<_> = report
        .absences()
        .iter()
        .filter(|absence| !expected.contains(&absence.question.to_lowercase()))
        .collect();
    assert!(strange.is_empty(), "{strange:?}");
    let mut lengths: Vec<Duration> =
        report.absences().iter().map(|absence| absence.last - absence.first).collect();
    lengths.sort();
    let seen: BTreeSet<&String> = report.absences().iter().map(|absence| &absence.question).collect();
    tell(&format!(
        "{GAPS} accepted gaps: {} of the names were seen missing, {} answers of {}; from the first to the last \
         missing answer at one server at most {} ms, the middle {} ms",
        seen.len(),
        report.missing().total(),
        report.answers(),
        lengths.last().map_or(0, Duration::as_millis),
        lengths.get(lengths.len() / 2).map_or(0, Duration::as_millis),
    ));
}
