//! `kill -9` at every point of an apply: what is served is legal at once, and `apply --resume` as well
//! as `rollback` bring the zone to a whole state, without a hole on the way.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod lab;

use dnsure_kit::prober::{Prober, Settings};
use dnsure_kit::query::rtype;
use lab::{Host, Kind, Project, Ran};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// What is served before, with a name for each kind of change.
const BEFORE: &str = "value 300 A 192.0.2.10\nslow 3600 A 192.0.2.11\nalias 300 A 192.0.2.12\n\
                      host 300 CNAME value\nold 300 A 192.0.2.13\nstays 300 TXT \"here\"";

/// What the files say: a value, a TTL, both swaps of types, an addition, a removal.
const AFTER: &str = "value: {type: A, ttl: 300, value: 192.0.2.20}\n\
                     slow: {type: A, ttl: 60, value: 192.0.2.11}\n\
                     alias: {type: CNAME, ttl: 300, value: value.ZONE}\n\
                     host: {type: A, ttl: 300, value: 192.0.2.14}\n\
                     new: {type: A, ttl: 300, value: 192.0.2.15}\n\
                     stays: {type: TXT, ttl: 300, value: here}";

/// Names that have an answer before and after.
const STAYS: [(&str, u16); 8] = [
    ("value", rtype::A),
    ("slow", rtype::A),
    ("alias", rtype::A),
    ("host", rtype::A),
    ("stays", rtype::TXT),
    ("ns1", rtype::A),
    ("ns2", rtype::A),
    ("", rtype::NS),
];

/// How many runs go on side by side; they mostly wait. The database of PowerDNS takes one writer and
/// turns others away.
fn side_by_side(kind: Kind) -> usize {
    if kind == Kind::PowerDnsApi { 1 } else { 4 }
}

fn project(host: &Arc<Host>, zone: &str) -> Project {
    let mut project = host.project(zone);
    project.configure(", owns: zone, canary: never", "");
    project.declare(&AFTER.replace("ZONE", zone));
    // Four records a write: three writes.
    project.set("DNSURE_SABOTAGE_RECORDS", "4");
    project
}

fn prober(project: &Project) -> Prober {
    let names = STAYS.map(|(name, rtype)| {
        let dot = if name.is_empty() { "" } else { "." };
        (format!("{name}{dot}{}", project.zone), rtype)
    });
    let names: Vec<(&str, u16)> = names.iter().map(|(name, rtype)| (name.as_str(), *rtype)).collect();
    Prober::watch_with(&[project.host.addr()], &names, Settings { rate: 400, ..Settings::default() })
}

/// A snapshot by owner, the zone's name cut off so that zones compare.
fn owners(project: &Project) -> BTreeMap<String, Vec<String>> {
    let mut owners: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for line in project.snapshot() {
        let line = line.replace(&project.zone, "");
        let owner = line.split(' ').next().unwrap_or_default().to_owned();
        owners.entry(owner).or_default().push(line);
    }
    owners
}

type Owners = BTreeMap<String, Vec<String>>;

/// What a whole run passes, and the zone before and after it.
struct Course {
    points: usize,
    before: Owners,
    after: Owners,
}

fn course(host: &Arc<Host>, zone: &str) -> Course {
    let mut project = project(host, zone);
    let before = owners(&project);
    let log = project.file("points").display().to_string();
    project.set("DNSURE_SABOTAGE_LOG", &log);
    let ran = project.apply();
    assert!(ran.all().contains("step 3/3"), "the plan should have three steps: {ran:?}");
    let points = project.read("points").lines().count();
    let after = owners(&project);
    assert_ne!(before, after);
    Course { points, before, after }
}

/// Each name is wholly as before or wholly as after.
fn assert_whole(now: &Owners, course: &Course, place: &str) {
    let names: BTreeSet<&String> =
        now.keys().chain(course.before.keys()).chain(course.after.keys()).collect();
    for name in names {
        let is = now.get(name);
        assert!(
            is == course.before.get(name) || is == course.after.get(name),
            "{place}: {name} is {is:?}, before {:?}, after {:?}",
            course.before.get(name),
            course.after.get(name)
        );
    }
}

#[derive(Clone, Copy, Debug)]
enum Way {
    Resume,
    Rollback,
}

/// Kills at point `at`, looks, and finishes the run in this way. Gives the zone as the kill left it.
fn kill_and_finish(project: &Project, at: usize, way: Way, course: &Course) -> Owners {
    let place = format!("{} {way:?} after a kill at point {at} of {}", project.zone, course.points);
    let prober = prober(project);
    let killed = project.run_with(("DNSURE_SABOTAGE_KILL_AT", &at.to_string()), &["apply", "--yes"]);
    assert_eq!(killed.signal, Some(9), "{place}: it was not killed: {killed:?}");
    let left = owners(project);
    assert_whole(&left, course, &place);
    match way {
        Way::Resume => {
            let resumed = project.run(&["apply", "--resume"]);
            assert_eq!(resumed.code, Some(0), "{place}: {resumed:?}");
            if resumed.err.contains("no run was interrupted") {
                assert!(left == course.before || left == course.after, "{place}: {left:?}");
                let applied = project.run(&["apply", "--yes"]);
                assert_eq!(applied.code, Some(0), "{place}: {applied:?}");
            }
            assert_eq!(owners(project), course.after, "{place}");
            project.assert_settled();
        }
        Way::Rollback => {
            let back = project.run(&["rollback", "--yes"]);
            assert_eq!(back.code, Some(0), "{place}: {back:?}");
            let whole = if back.err.contains("no run was interrupted") { &left } else { &course.before };
            assert!(*whole == course.before || *whole == course.after, "{place}: {left:?}");
            assert_eq!(owners(project), *whole, "{place}: {back:?}");
        }
    }
    prober.stop().assert_no_hole();
    left
}

/// Kills at every `stride`-th point of a run on `kind`, twice: resumed and rolled back.
fn kill_everywhere(kind: Kind, stride: usize, zones: usize) {
    let began = Instant::now();
    let names: Vec<String> = (0..zones).map(|number| format!("z{number}.test.")).collect();
    let texts: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), BEFORE)).collect();
    let host = Host::start(kind, &texts);
    let course = course(&host, &names[0]);
    let cases: Vec<(usize, Way)> =
        (1..=course.points).step_by(stride).flat_map(|at| [(at, Way::Resume), (at, Way::Rollback)]).collect();
    assert!(cases.len() < zones, "{} cases want more than {zones} zones", cases.len());
    let next = AtomicUsize::new(0);
    let seen: BTreeSet<Owners> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..side_by_side(kind))
            .map(|_| {
                scope.spawn(|| {
                    let mut seen = BTreeSet::new();
                    loop {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        let Some((at, way)) = cases.get(number) else { return seen };
                        let project = project(&host, &names[number + 1]);
                        seen.insert(kill_and_finish(&project, *at, *way, &course));
                    }
                })
            })
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    // Three atomic writes have four states; any other would be half a write.
    assert!(seen.len() <= 4, "{} different zones after kills: {seen:#?}", seen.len());
    assert!(stride > 1 || seen.len() == 4, "only {} different zones after kills", seen.len());
    dnsure_kit::tell(&format!(
        "{kind:?}: {} kills at {} points, {} states of the zone, {:.0} s",
        cases.len(),
        course.points,
        seen.len(),
        began.elapsed().as_secs_f64()
    ));
}

#[test]
fn a_kill_at_any_point_on_bind_leaves_a_run_that_can_be_finished_or_taken_back() {
    kill_everywhere(Kind::Bind, 1, 300);
}

#[test]
fn a_kill_on_knot_leaves_a_run_that_can_be_finished_or_taken_back() {
    kill_everywhere(Kind::Knot, 4, 80);
}

#[test]
fn a_kill_on_the_powerdns_api_leaves_a_run_that_can_be_finished_or_taken_back() {
    kill_everywhere(Kind::PowerDnsApi, 6, 40);
}

#[test]
fn a_kill_on_the_embedded_server_leaves_a_run_that_can_be_finished_or_taken_back() {
    kill_everywhere(Kind::Embedded, 4, 80);
}

/// A run on BIND that was killed right after its first write.
fn killed_after_a_write() -> (Project, Ran) {
    let host = Host::start(Kind::Bind, &[(lab::ZONE, BEFORE)]);
    let project = project(&host, lab::ZONE);
    let ran = project.pause_at("after write", &["apply", "--yes"]).kill();
    (project, ran)
}

#[test]
fn the_lock_of_a_killed_run_is_taken_over_by_the_next_run_on_this_host() {
    let (project, killed) = killed_after_a_write();
    assert_eq!(killed.signal, Some(9));
    project.run(&["unlock"]).ends(0).shows(&["by tester"]);
    project.run(&["apply", "--resume"]).ends(0);
    project.run(&["unlock"]).ends(0).tells(&["no target is locked"]);
    project.assert_settled();
}

#[test]
fn a_plain_apply_over_an_interrupted_run_is_refused_with_a_hint() {
    let (project, _) = killed_after_a_write();
    let left = project.snapshot();
    project.run(&["apply", "--yes"]).ends(14).tells(&[
        "was interrupted",
        "dnsure apply --resume",
        "dnsure rollback",
    ]);
    assert_eq!(project.snapshot(), left);
    project.run(&["rollback", "--yes"]).ends(0);
    project.apply();
    project.assert_settled();
}

#[test]
fn an_interrupted_run_is_told_also_where_nothing_is_left_to_plan() {
    let project = lab::on(Kind::Embedded, "www 300 A 192.0.2.10");
    project.declare("www: {type: A, ttl: 300, value: 192.0.2.20}");
    let running = project.pause_at("after write", &["apply", "--yes"]);
    // Somebody is at work: the run may end by itself.
    project.plan().ends(0).never_says("was interrupted");
    let killed = running.kill();
    assert_eq!(killed.signal, Some(9));
    let ways = ["was interrupted", "dnsure apply --resume", "dnsure rollback"];
    project.plan().ends(0).shows(&["no changes"]).tells(&ways);
    let warned = project.run(&["plan", "--format", "json"]).ends(0).event("warning");
    assert!(warned["message"].as_str().unwrap().contains("was interrupted"), "{warned}");
    for apply in [&["apply", "--yes"][..], &["apply", "plan.json"]] {
        project.run(apply).ends(14).tells(&ways).never_says("nothing to do");
        let error = project.run(&[apply, &["--format", "json"]].concat()).ends(14).event("error");
        assert_eq!(error["code"], "partial");
    }
    project.run(&["apply", "--resume"]).ends(0);
    project.run(&["plan"]).ends(0).never_says("was interrupted");
    project.run(&["apply", "--yes"]).ends(0);
}

#[test]
fn a_run_that_died_before_its_first_write_stands_in_nobodys_way() {
    let host = Host::start(Kind::Bind, &[(lab::ZONE, BEFORE)]);
    let project = project(&host, lab::ZONE);
    let before = project.snapshot();
    // The journal's first entry is there, the second is not.
    project.pause_at("after link", &["apply", "--yes"]).kill();
    assert_eq!(project.snapshot(), before);
    project.apply();
    project.assert_settled();
    project.run(&["apply", "--resume"]).ends(0).tells(&["no run was interrupted"]);
}

#[test]
fn what_a_kill_leaves_half_written_is_shown_as_if_it_were_not_there() {
    let host = Host::start(Kind::Bind, &[(lab::ZONE, BEFORE)]);
    let project = project(&host, lab::ZONE);
    project.pause_at("after link", &["apply", "--yes"]).kill();
    let journals = project.state();
    let (entry, _) = journals.iter().find(|(path, _)| path.ends_with("000001.json")).unwrap();
    assert!(journals.iter().any(|(path, _)| path.display().to_string().contains(".tmp-")), "{journals:?}");
    let directory = entry.parent().unwrap();
    std::fs::write(directory.join(".tmp-1-000002.json.part"), "{\"at\": \"20").unwrap();
    project.run(&["show", &directory.display().to_string()]).ends(0);
    project.apply();
}

#[test]
fn a_run_is_killed_a_second_time_while_it_is_finished() {
    let (project, _) = killed_after_a_write();
    let prober = prober(&project);
    for way in [["apply", "--resume"], ["rollback", "--yes"], ["rollback", "--yes"]] {
        project.pause_at("after write", &way).kill();
    }
    project.run(&["rollback", "--yes"]).ends(0);
    prober.wait_for_answers(50, Duration::from_secs(10)).unwrap();
    prober.stop().assert_no_hole();
    let before = Host::start(Kind::Bind, &[(lab::ZONE, BEFORE)]).snapshot(lab::ZONE);
    assert_eq!(project.snapshot(), before);
}
