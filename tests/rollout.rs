//! Changes under lowered TTLs, over several processes: what waits, what is held meanwhile, and what a
//! resolver in front of the name server shows of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod lab;

use dnsure_kit::query::{NXDOMAIN, rtype};
use dnsure_kit::{Unbound, tell};
use jiff::{SignedDuration, Timestamp};
use lab::{Kind, Project, Ran, ZONE};
use std::thread;
use std::time::Duration;

const OLD: &str = "192.0.2.10";
const NEW: &str = "192.0.2.20";

/// `www` is to change under a TTL of one second; `other` stands beside it.
fn staged(ttl: u32) -> Project {
    let project = lab::on(Kind::Embedded, &format!("www {ttl} A {OLD}\nother 300 A 192.0.2.11"));
    project.declare(&declared(ttl, "192.0.2.11"));
    project
}

fn declared(ttl: u32, other: &str) -> String {
    format!(
        "www: {{type: A, ttl: {{value: {ttl}, stage: 1}}, value: {NEW}}}\nother: {{type: A, ttl: 300, value: {other}}}"
    )
}

/// The first phase is done, and the run waits.
#[track_caller]
fn lowered(project: &Project) -> Ran {
    let ran = project.run(&["apply", "--yes", "--stay", "0s"]);
    ran.ends(0).tells(&["1 step done; safe from", "dnsure apply --resume", "dnsure rollouts"]);
    assert!(project.serves(&format!("www.{ZONE} 1 IN A {OLD}")), "{:?}", project.snapshot());
    ran
}

/// Entries of all journals, in order.
fn journal(project: &Project) -> Vec<serde_json::Value> {
    let mut files: Vec<_> = project.state().into_iter().filter(|(path, _)| has(path, "journals")).collect();
    files.sort();
    files.iter().map(|(_, text)| serde_json::from_str(text).unwrap()).collect()
}

fn has(path: &std::path::Path, part: &str) -> bool {
    path.to_string_lossy().contains(part)
}

fn at(entry: &serde_json::Value) -> Timestamp {
    entry["at"].as_str().unwrap().parse().unwrap()
}

fn find<'a>(journal: &'a [serde_json::Value], entry: &str, step: u64) -> &'a serde_json::Value {
    journal.iter().find(|one| one["entry"] == entry && one["step"] == step).unwrap()
}

fn run_of(project: &Project) -> String {
    let rollouts = project.run(&["rollouts", "--format", "json"]);
    rollouts.ends(0).event("rollout")["run"].as_str().unwrap().to_owned()
}

#[test]
fn a_rollout_that_waits_is_listed_with_the_time_and_the_command_and_goes_on_then() {
    let project = staged(3600);
    project.run(&["rollouts", "--detailed-exitcode"]).ends(0).tells(&["no rollout is open"]);
    lowered(&project);
    let ran = project.run(&["rollouts"]);
    ran.ends(0).shows(&[
        "example.test. at main  run ",
        "lowered, 1 of 3 steps done: www A",
        "may go on at ",
        "in 1 h",
        "dnsure apply --resume --zone example.test.",
    ]);
    project.run(&["rollouts", "--detailed-exitcode"]).ends(2);
    let listed = project.run(&["rollouts", ZONE, "--format", "json"]);
    assert_eq!(listed.event("rollout")["phase"], "lowered");
    assert_eq!(listed.event("rollout")["may_go_on"], false);
    assert!(listed.events().iter().all(|event| event["event"] != "interrupted"));
    // Too early: nothing is written, not even a journal entry, and it is no error.
    let before = project.state();
    let ran = project.run(&["apply", "--resume"]);
    ran.ends(0).tells(&["waits; it may go on at", "dnsure apply --resume --zone example.test."]);
    assert_eq!(project.state(), before);
    assert!(project.serves(&format!("www.{ZONE} 1 IN A {OLD}")));
}

#[test]
fn a_rollout_goes_on_in_another_process_when_its_time_has_come() {
    let project = staged(2);
    lowered(&project);
    // The command that CI runs every hour, more often.
    while project.run(&["rollouts", "--detailed-exitcode"]).code == Some(2) {
        project.run(&["apply", "--resume", "--stay", "0s"]).ends(0);
    }
    assert!(project.serves(&format!("www.{ZONE} 2 IN A {NEW}")), "{:?}", project.snapshot());
    let journal = journal(&project);
    let lowered_at: Timestamp = find(&journal, "served", 0)["at"].as_str().unwrap().parse().unwrap();
    let changed_at = at(find(&journal, "intent", 1));
    assert!(changed_at >= lowered_at + SignedDuration::from_secs(3), "{lowered_at} {changed_at}");
    project.assert_settled();
}

#[test]
fn what_a_rollout_holds_nobody_else_changes_and_everything_else_goes_on() {
    let project = staged(3600);
    lowered(&project);
    // The files want another value of the held name: somebody must decide.
    project.declare(&declared(3600, "192.0.2.11").replace(NEW, "192.0.2.30"));
    let ran = project.run(&["apply", "--yes"]);
    ran.ends(12).tells(&["www.example.test. is held by the open rollout", "dnsure rollback"]);
    project.declare(&declared(3600, "192.0.2.21"));
    project.apply();
    assert!(project.serves("other.example.test. 300 IN A 192.0.2.21"));
    assert!(project.serves(&format!("www.{ZONE} 1 IN A {OLD}")), "the rollout is as it was");
    project.run(&["rollouts", "--detailed-exitcode"]).ends(2);
}

#[test]
fn while_a_rollout_is_open_plan_is_empty_and_says_why_and_verify_expects_the_low_ttl() {
    let project = staged(3600);
    project.run(&["verify"]).ends(13);
    lowered(&project);
    project.run(&["plan", "--detailed-exitcode"]).ends(0).shows(&[
        "no changes",
        "www.example.test. A: in the open rollout",
        "goes on at",
    ]);
    project.run(&["verify"]).ends(0);
    project.edit("www", "A", &["1 A 192.0.2.66"]);
    project.run(&["verify"]).ends(13).shows(&["serves 192.0.2.66"]);
}

#[test]
fn a_rollout_is_taken_back_in_every_phase() {
    for point in
        ["before write", "after write", "before write 2", "after write 2", "before write 3", "after write 3"]
    {
        let project = staged(1);
        project.declare(&declared(2, "192.0.2.11"));
        project.edit("www", "A", &[&format!("2 A {OLD}")]);
        project.pause_at(point, &["apply", "--yes"]).kill();
        project.run(&["rollouts"]).ends(0).shows(&["interrupted: resume or roll back"]);
        project.run(&["rollback", "--yes"]).ends(0);
        assert!(project.serves(&format!("www.{ZONE} 2 IN A {OLD}")), "{point}: {:?}", project.snapshot());
        project.run(&["rollouts", "--detailed-exitcode"]).ends(0);
    }
    let project = staged(3600);
    lowered(&project);
    let run = run_of(&project);
    project.run(&["rollback", "--yes", "--run", &run]).ends(0);
    assert!(project.serves(&format!("www.{ZONE} 3600 IN A {OLD}")), "{:?}", project.snapshot());
}

#[test]
fn a_finished_rollout_is_taken_back_at_once_and_without_stages() {
    let project = staged(1);
    project.declare(&declared(2, "192.0.2.11"));
    project.edit("www", "A", &[&format!("2 A {OLD}")]);
    project.apply();
    assert!(project.serves(&format!("www.{ZONE} 2 IN A {NEW}")));
    let (path, _) = project.state().into_iter().find(|(path, _)| has(path, "receipts")).unwrap();
    let run = path.file_stem().unwrap().to_string_lossy().into_owned();
    project
        .run(&["rollback", "--yes", "--run", &run])
        .ends(0)
        .shows(&["192.0.2.20 → 192.0.2.10", "step 1/1"]);
    assert!(project.serves(&format!("www.{ZONE} 2 IN A {OLD}")), "{:?}", project.snapshot());
}

const NIGHTS: &str = "windows: {only: [Sat-Sun, \"Mon-Fri 20:00-06:00\"], zone: America/Los_Angeles}";
/// Wednesday at noon, and at 20:00, in Los Angeles.
const NOON: &str = "2026-11-25T20:00:00Z";
const EVENING: &str = "2026-11-26T04:00:00Z";

#[test]
fn the_next_phase_of_a_rollout_obeys_change_windows_and_a_reason_opens_them() {
    let mut project = staged(2);
    project.configure("", NIGHTS);
    project.set("DNSURE_SABOTAGE_NOW", EVENING);
    lowered(&project);
    project.set("DNSURE_SABOTAGE_NOW", NOON);
    // `--stay` sits the wait out, and is refused all the same.
    let ran = project.run(&["apply", "--resume", "--stay", "1m"]);
    ran.ends(12).tells(&[
        "example.test. is closed for changes: outside Sat-Sun",
        "Wed 2026-11-25 20:00 America/Los_Angeles",
        "--outside-window",
    ]);
    assert!(project.serves(&format!("www.{ZONE} 1 IN A {OLD}")));
    project.run(&["rollouts"]).ends(0).shows(&["closed for changes outside Sat-Sun"]);
    let go_on = ["apply", "--resume", "--stay", "1m", "--outside-window"];
    project.run(&go_on).ends(64).tells(&["--reason"]);
    project.run(&[&go_on[..], &["--reason", " "]].concat()).ends(12).tells(&["needs a reason"]);
    const REASON: &str = "the old address burns";
    project.run(&[&go_on[..], &["--reason", REASON]].concat()).ends(0).shows(&[REASON]);
    assert!(project.serves(&format!("www.{ZONE} 2 IN A {NEW}")));
    let kept =
        |part: &str| project.state().iter().any(|(path, text)| has(path, part) && text.contains(REASON));
    assert!(kept("journals") && kept("receipts"), "{:?}", project.state());
}

#[test]
fn outside_its_windows_a_rollout_is_taken_back_and_what_was_interrupted_goes_on() {
    let mut project = staged(3600);
    project.configure("", NIGHTS);
    project.set("DNSURE_SABOTAGE_NOW", EVENING);
    lowered(&project);
    project.set("DNSURE_SABOTAGE_NOW", NOON);
    project.run(&["rollback", "--yes"]).ends(0);
    assert!(project.serves(&format!("www.{ZONE} 3600 IN A {OLD}")));

    let mut project = staged(2);
    project.configure("", NIGHTS);
    project.set("DNSURE_SABOTAGE_NOW", EVENING);
    project.pause_at("after write 2", &["apply", "--yes"]).kill();
    project.set("DNSURE_SABOTAGE_NOW", NOON);
    project.run(&["apply", "--resume"]).ends(0);
    assert!(project.serves(&format!("www.{ZONE} 2 IN A {NEW}")));
}

/// One answer of the resolver, and when it was asked for and had.
struct Sample {
    asked: Timestamp,
    had: Timestamp,
    /// TTL and address; `None` where there is none.
    found: Option<(u32, String)>,
    rcode: u8,
}

fn sample(resolver: &Unbound, name: &str) -> Sample {
    let asked = Timestamp::now();
    let answer = resolver.ask(name, rtype::A);
    let found = answer.answer.first().map(|rr| (rr.ttl, rr.rdata_text()));
    Sample { asked, had: Timestamp::now(), found, rcode: answer.rcode }
}

fn is(sample: &Sample, value: &str) -> bool {
    sample.found.as_ref().is_some_and(|(_, found)| found == value)
}

#[test]
fn what_the_plan_prints_as_safe_from_is_what_a_resolver_shows() {
    const STAGE: u32 = 2;
    let project = lab::on(Kind::Bind, &format!("www 8 A {OLD}"));
    project.declare(&format!("www: {{type: A, ttl: {{value: 8, stage: {STAGE}}}, value: {NEW}}}"));
    project.plan().shows(&[
        "steps, each served everywhere before the next:",
        "1  lower    ~ www A ttl 8 → 2",
        "2  change   ~ www A 192.0.2.10 → 192.0.2.20  (9 s after 1 is served: caches have let go of the old TTL)",
        "3  restore  ~ www A ttl 2 → 8",
        "safe from  9 s after the lowered TTLs are served everywhere",
        "changed    caches may give the old answer for 3 s more",
        "caches: old answer up to 2 s after the change",
    ]);
    let resolver = Unbound::in_front_of(ZONE, project.host.addr());
    let name = format!("www.{ZONE}");
    // Right before the lowering is written, the resolver gets the old TTL.
    let mut paused = project.pause_at("before write", &["apply", "plan.json"]);
    let mut samples = vec![sample(&resolver, &name)];
    assert_eq!(samples[0].found, Some((8, OLD.into())));
    paused.open();
    let mut run = Some(thread::spawn(move || paused.end()));
    let mut ended_at = None;
    // Until the resolver shows the restored TTL.
    loop {
        samples.push(sample(&resolver, &name));
        if run.as_ref().is_some_and(|run| run.is_finished()) {
            run.take().unwrap().join().unwrap().ends(0);
            ended_at = Some(Timestamp::now());
        }
        let last = samples.last().unwrap();
        if ended_at.is_some() && last.found.as_ref().is_some_and(|(ttl, found)| found == NEW && *ttl > STAGE)
        {
            break;
        }
        let patience = SignedDuration::from_secs(60);
        assert!(ended_at.is_none_or(|ended| last.asked < ended + patience), "the old answer never goes");
        thread::sleep(Duration::from_millis(25));
    }
    let journal = journal(&project);
    let seconds = |number: u32| SignedDuration::from_secs(number.into());
    let lowered: Timestamp = find(&journal, "served", 0)["at"].as_str().unwrap().parse().unwrap();
    let safe_from = lowered + seconds(9);
    let change = at(find(&journal, "intent", 1));
    let changed: Timestamp = find(&journal, "served", 1)["at"].as_str().unwrap().parse().unwrap();
    assert!(change >= safe_from, "changed at {change}, safe from {safe_from}");
    let low = |sample: &Sample| sample.found.as_ref().is_some_and(|(ttl, _)| *ttl <= STAGE);
    for sample in &samples {
        assert!(sample.found.is_some(), "never without an answer");
        let (asked, found) = (sample.asked, &sample.found);
        assert!(
            asked < safe_from || is(sample, NEW) || low(sample),
            "asked {asked}, after {safe_from}: {found:?}"
        );
        assert!(is(sample, OLD) || sample.had >= change, "{found:?} before {change}");
        assert!(
            asked < changed + seconds(STAGE + 1) || is(sample, NEW),
            "asked {asked}, changed {changed}: {found:?}"
        );
    }
    // Lowering earlier would have been no good: caches do hold the old TTL after it is served.
    let held = samples.iter().filter(|one| one.asked >= lowered && is(one, OLD) && !low(one)).count();
    assert!(held > 0, "the resolver never held the old TTL");
    assert!(project.serves(&format!("www.{ZONE} 8 IN A {NEW}")));
    let late = |one: &&Sample| one.asked >= lowered + seconds(8) && is(one, OLD) && !low(one);
    let late = samples.iter().filter(late).count();
    tell(&format!(
        "{} answers of Unbound: {held} held the old TTL after the lowering was served, {late} of them later than its seconds say, none after safe-from; {} had the old address after the change",
        samples.len(),
        samples.iter().filter(|one| one.asked >= changed && is(one, OLD)).count()
    ));
}

#[test]
fn a_name_that_was_asked_for_too_early_appears_when_the_plan_says() {
    const REMEMBERED: i64 = 4;
    let project = lab::on(Kind::Bind, "");
    let soa = format!("ns1.{ZONE} hostmaster.{ZONE} 100 3600 600 604800 {REMEMBERED}");
    project.host.edit(ZONE, ZONE, "SOA", &[&format!("{ZONE} 3600 SOA {soa}")]);
    project.declare(&format!("www: {{type: A, ttl: 300, value: {NEW}}}"));
    project.plan().shows(&["absent answers cached up to 4 s"]);
    let resolver = Unbound::in_front_of(ZONE, project.host.addr());
    let name = format!("www.{ZONE}");
    let paused = project.pause_at("before write", &["apply", "plan.json"]);
    let early = sample(&resolver, &name);
    assert_eq!((early.rcode, &early.found), (NXDOMAIN, &None));
    paused.finish().ends(0);
    let mut samples = Vec::new();
    while samples.last().is_none_or(|last: &Sample| last.found.is_none()) {
        samples.push(sample(&resolver, &name));
        thread::sleep(Duration::from_millis(25));
        assert!(samples.len() < 4000, "it never appears");
    }
    let served: Timestamp = find(&journal(&project), "served", 0)["at"].as_str().unwrap().parse().unwrap();
    // Resolvers count in whole seconds.
    let shown_from = served + SignedDuration::from_secs(REMEMBERED + 1);
    let late = samples.iter().filter(|one| one.asked >= shown_from && one.found.is_none()).count();
    assert_eq!(late, 0, "absent after {shown_from}");
    let hidden = samples.iter().filter(|one| one.asked >= served && one.found.is_none()).count();
    assert!(hidden > 0, "the absence was not cached at all");
    let printed = served + SignedDuration::from_secs(REMEMBERED);
    let late = samples.iter().filter(|one| one.asked >= printed && one.found.is_none()).count();
    tell(&format!(
        "{hidden} answers of Unbound hid the new name after it was served, {late} of them in the second after the printed {REMEMBERED} s, none later"
    ));
}
