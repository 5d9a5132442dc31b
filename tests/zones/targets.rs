//! Several targets of one zone: one after the other, each verified before the next.

use super::configure;
use super::lab::{Host, Kind, ZONE};

#[test]
fn the_second_target_is_not_touched_before_the_first_serves() {
    let records = [(ZONE, "www 300 A 192.0.2.1")];
    let (first, second) = (Host::start(Kind::Bind, &records), Host::start(Kind::Knot, &records));
    let project = first.project(ZONE);
    configure(
        &project,
        &[("first", &first), ("second", &second)],
        &format!("{ZONE}: {{targets: [first, second]}}"),
    );
    project.declare("www: {type: A, ttl: 300, value: 192.0.2.9}");
    let new = format!("www.{ZONE} 300 IN A 192.0.2.9");
    // Between the write to the first and the end of its run nothing was sent to the second.
    let running = project.pause_at("after write", &["apply", "--yes"]);
    assert!(first.snapshot(ZONE).contains(&new) && !second.snapshot(ZONE).contains(&new));
    running.finish().ends(0);
    assert!(second.snapshot(ZONE).contains(&new));
    project.assert_settled();
}

#[test]
fn a_first_target_that_fails_keeps_the_second_as_it_was() {
    let records = [(ZONE, "www 300 A 192.0.2.1")];
    let (first, second) = (Host::start(Kind::Bind, &records), Host::start(Kind::Embedded, &records));
    let project = first.project(ZONE);
    configure(
        &project,
        &[("first", &first), ("second", &second)],
        &format!("{ZONE}: {{targets: [first, second]}}"),
    );
    project.declare("www: {type: A, ttl: 300, value: 192.0.2.9}");
    project.plan();
    // Somebody else changes the same record set at the first target: the plan is stale there.
    first.edit(ZONE, &format!("www.{ZONE}"), "A", &[&format!("www.{ZONE} 300 A 192.0.2.66")]);
    let ran = project.run(&["apply", "plan.json"]);
    assert_ne!(ran.code, Some(0), "{ran:?}");
    assert!(!second.snapshot(ZONE).iter().any(|line| line.contains("192.0.2.9")), "{ran:?}");
    ran.tells(&["second: not started"]);
}

#[test]
fn an_import_says_which_target_its_empty_plan_is_of() {
    let records = [(ZONE, "www 300 A 192.0.2.1")];
    let hosts = [(); 3].map(|()| Host::start(Kind::Embedded, &records));
    let [first, second, old] = &hosts;
    let project = first.project(ZONE);
    configure(
        &project,
        &[("first", first), ("second", second), ("old", old)],
        &format!("{ZONE}: {{targets: [first, second]}}"),
    );
    let ran = project.run(&["import", ZONE, "--from", "old"]);
    ran.ends(0).shows(&["no changes at old, which is no target of the zone; not planned at first, second"]);
    let ran = project.run(&["import", ZONE, "--from", "first", "--overwrite"]);
    ran.ends(0).shows(&["no changes at first; not planned at second: dnsure plan example.test."]);
}

#[test]
fn a_run_that_wrote_at_one_target_and_was_stale_at_the_next_is_partly_applied_and_says_where() {
    let records = [(ZONE, "www 300 A 192.0.2.1")];
    let (first, second) = (Host::start(Kind::Embedded, &records), Host::start(Kind::Embedded, &records));
    let project = first.project(ZONE);
    configure(
        &project,
        &[("first", &first), ("second", &second)],
        &format!("{ZONE}: {{targets: [first, second]}}"),
    );
    project.declare("www: {type: A, ttl: 300, value: 192.0.2.9}");
    project.plan();
    second.edit(ZONE, &format!("www.{ZONE}"), "A", &[&format!("www.{ZONE} 300 A 192.0.2.66")]);
    let ran = project.run(&["apply", "plan.json", "--format", "json"]);
    ran.ends(14).tells(&["192.0.2.66", "written at", "first; not written at", "second: plan again"]);
    let errors: Vec<_> = ran.events().into_iter().filter(|event| event["event"] == "error").collect();
    let codes: Vec<_> = errors.iter().map(|error| error["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["stale_plan", "partial"], "{ran:?}");
    // There is nothing to resume: the way on is another plan.
    project.run(&["apply", "--resume"]).ends(0).tells(&["no run was interrupted"]);
    project.apply();
    project.assert_settled();
}
