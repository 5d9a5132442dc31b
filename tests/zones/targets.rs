//! Several targets of one zone: one after the other, each verified before the next.

use super::configure;
use super::lab::{Host, Kind, Project, Ran, ZONE};
use std::sync::Arc;

const BEFORE: &str = "www 300 A 192.0.2.1";
const WWW: &str = "www: {type: A, ttl: 300, value: 192.0.2.9}";
const JSON: [&str; 4] = ["apply", "--yes", "--format", "json"];

/// A zone whose `www` is to be changed at two servers.
struct Pair {
    first: Arc<Host>,
    second: Arc<Host>,
    project: Project,
}

/// [`BEFORE`] at servers of these kinds, and another value in the zone file.
fn pair(kinds: [Kind; 2]) -> Pair {
    let [first, second] = kinds.map(|kind| Host::start(kind, &[(ZONE, BEFORE)]));
    let project = first.project(ZONE);
    let pair = Pair { first, second, project };
    pair.goes_to("first, second", "");
    pair.project.declare(WWW);
    pair
}

impl Pair {
    /// Writes `dnsure.yaml` anew: where the zone goes, and more of it (`, owns: zone`).
    fn goes_to(&self, targets: &str, of_zone: &str) {
        let zones = format!("{ZONE}: {{targets: [{targets}]{of_zone}}}");
        configure(&self.project, &[("first", &self.first), ("second", &self.second)], &zones);
    }

    /// What a run says that wrote at the first target and not at the second, and the names of its exit codes.
    #[track_caller]
    fn is_partly_applied(&self, ran: &Ran, code: &str) {
        ran.ends(14).tells(&["written at", "first; not written at", "second: plan again"]);
        let errors = ran.events().into_iter().filter(|event| event["event"] == "error");
        let codes: Vec<String> = errors.map(|error| error["code"].as_str().unwrap().to_owned()).collect();
        assert_eq!(codes, [code, "partial"], "{ran:?}");
        assert!(serves(&self.first, "192.0.2.9") && !serves(&self.second, "192.0.2.9"), "{ran:?}");
    }
}

fn serves(host: &Host, address: &str) -> bool {
    host.snapshot(ZONE).contains(&format!("www.{ZONE} 300 IN A {address}"))
}

/// Somebody else gives `www` this address there.
fn edit(host: &Host, address: &str) {
    host.edit(ZONE, &format!("www.{ZONE}"), "A", &[&format!("www.{ZONE} 300 A {address}")]);
}

#[test]
fn the_second_target_is_not_touched_before_the_first_serves() {
    let Pair { first, second, project } = pair([Kind::Bind, Kind::Knot]);
    // Between the write to the first and the end of its run nothing was sent to the second.
    let running = project.pause_at("after write", &["apply", "--yes"]);
    assert!(serves(&first, "192.0.2.9") && !serves(&second, "192.0.2.9"));
    running.finish().ends(0);
    assert!(serves(&second, "192.0.2.9"));
    project.assert_settled();
}

#[test]
fn a_first_target_that_fails_keeps_the_second_as_it_was() {
    let Pair { first, second, project } = pair([Kind::Bind, Kind::Embedded]);
    project.plan();
    // The plan is stale there.
    edit(&first, "192.0.2.66");
    let ran = project.run(&["apply", "plan.json"]);
    ran.ends(10).tells(&["second: not started"]);
    assert!(serves(&second, "192.0.2.1"), "{ran:?}");
}

#[test]
fn an_import_says_which_target_its_empty_plan_is_of() {
    let Pair { first, second, project } = pair([Kind::Embedded; 2]);
    let old = Host::start(Kind::Embedded, &[(ZONE, BEFORE)]);
    let zones = format!("{ZONE}: {{targets: [first, second]}}");
    configure(&project, &[("first", &first), ("second", &second), ("old", &old)], &zones);
    std::fs::remove_file(project.file(&project.zone_file())).unwrap();
    let ran = project.run(&["import", ZONE, "--from", "old"]);
    ran.ends(0).shows(&["no changes at old, which is no target of the zone; not planned at first, second"]);
    let ran = project.run(&["import", ZONE, "--from", "first", "--overwrite"]);
    ran.ends(0).shows(&["no changes at first; not planned at second: dnsure plan example.test."]);
}

#[test]
fn a_run_that_wrote_at_one_target_and_was_stale_at_the_next_is_partly_applied_and_says_where() {
    let pair = pair([Kind::Embedded; 2]);
    pair.project.plan();
    edit(&pair.second, "192.0.2.66");
    let ran = pair.project.run(&["apply", "plan.json", "--format", "json"]);
    pair.is_partly_applied(ran.tells(&["192.0.2.66"]), "stale_plan");
    // There is nothing to resume: the way on is another plan.
    pair.project.run(&["apply", "--resume"]).ends(0).tells(&["no run was interrupted"]);
    pair.project.apply();
    pair.project.assert_settled();
}

#[test]
fn a_run_that_wrote_at_one_target_and_found_the_next_locked_is_partly_applied() {
    let pair = pair([Kind::Embedded; 2]);
    edit(&pair.first, "192.0.2.9");
    // This one has something to do at the second target only.
    let other = pair.project.pause_at("before write", &["apply", "--yes"]);
    edit(&pair.first, "192.0.2.66");
    let ran = pair.project.run(&JSON);
    pair.is_partly_applied(ran.tells(&["is locked by tester"]), "locked");
    other.finish().ends(0);
    pair.project.assert_settled();
}

#[test]
fn a_run_that_finds_the_first_target_locked_writes_nowhere() {
    let pair = pair([Kind::Embedded; 2]);
    edit(&pair.second, "192.0.2.9");
    let other = pair.project.pause_at("before write", &["apply", "--yes"]);
    edit(&pair.second, "192.0.2.66");
    pair.project.run(&["apply", "--yes"]).ends(11).tells(&["is locked by tester", "second: not started"]);
    assert!(serves(&pair.second, "192.0.2.66"));
    other.finish().ends(0);
}

#[test]
fn a_run_that_wrote_at_one_target_and_was_refused_by_the_next_is_partly_applied() {
    let pair = pair([Kind::Embedded, Kind::Bind]);
    // BIND takes no more than a hundred records in a set.
    let many: Vec<String> = (1..=120).map(|number| format!("192.0.2.{number}")).collect();
    pair.project.declare(&format!("www: {{type: A, ttl: 300, values: [{}]}}", many.join(", ")));
    let ran = pair.project.run(&JSON);
    pair.is_partly_applied(ran.tells(&["answered with SERVFAIL"]), "error");
}

#[test]
fn a_run_that_wrote_at_one_target_and_met_a_rollout_at_the_next_is_partly_applied() {
    let pair = pair([Kind::Embedded; 2]);
    pair.project.plan();
    pair.goes_to("second", "");
    pair.project.declare("www: {type: A, ttl: {value: 300, stage: 60}, value: 192.0.2.7}");
    pair.project.run(&["apply", "--yes", "--stay", "0s"]).ends(0);
    pair.goes_to("first, second", "");
    let ran = pair.project.run(&["apply", "plan.json", "--detached", "--format", "json"]);
    pair.is_partly_applied(ran.tells(&["rollout"]), "blocked");
}

#[test]
fn a_guard_at_one_target_keeps_the_others_as_they_are() {
    let pair = pair([Kind::Embedded; 2]);
    let old = format!("old.{ZONE}");
    pair.second.edit(ZONE, &old, "A", &[&format!("{old} 300 A 192.0.2.3")]);
    pair.goes_to("first, second", ", owns: zone, guards: {max_deletes: 0, max_delete_percent: 100}");
    pair.project.run(&["apply", "--yes"]).ends(12).tells(&["at second", "guards.max_deletes"]);
    assert!(serves(&pair.first, "192.0.2.1") && serves(&pair.second, "192.0.2.1"));
}
