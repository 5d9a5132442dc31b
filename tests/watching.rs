//! After everything is done: does it stay so, and the way back from a run that is finished.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod lab;

use lab::{Kind, Project, Ran};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

const NEW: &str = "www.example.test. 2 IN A 192.0.2.20";
const OLD: &str = "www.example.test. 2 IN A 192.0.2.10";

fn project(kind: Kind) -> Project {
    let project = lab::on(kind, "www 2 A 192.0.2.10\nmail 300 A 192.0.2.11\nold 300 A 192.0.2.13");
    project.configure(", guards: {max_delete_percent: 100}", "");
    project.declare("www: {type: A, ttl: 2, value: 192.0.2.10}\nmail: {type: A, ttl: 300, value: 192.0.2.11}\nold: {type: A, ttl: 300, value: 192.0.2.13}");
    project.apply();
    project
        .declare("www: {type: A, ttl: 2, value: 192.0.2.20}\nmail: {type: A, ttl: 300, value: 192.0.2.11}");
    project
}

/// The run of the newest receipt.
fn last_run(project: &Project) -> String {
    let mut receipts: Vec<_> = project
        .state()
        .into_iter()
        .filter(|(path, _)| path.to_string_lossy().contains("receipts/"))
        .collect();
    receipts.sort();
    let json: serde_json::Value = serde_json::from_str(&receipts.last().unwrap().1).unwrap();
    json["run"].as_str().unwrap().to_owned()
}

fn apply(project: &Project) -> String {
    project.apply();
    assert!(project.serves(NEW));
    last_run(project)
}

#[test]
fn what_stays_as_it_was_seen_served_ends_well_and_the_receipt_counts_the_answers() {
    let project = project(Kind::Embedded);
    let ran = project.run(&["apply", "--yes", "--watch-for", "1s", "--receipt", "receipt.json"]);
    ran.ends(0)
        .tells(&["watching 2 record sets for 1 s"])
        .shows(&["watched for 1 s", "0 unknown, 0 regressions"]);
    let receipt: serde_json::Value = serde_json::from_str(&project.read("receipt.json")).unwrap();
    assert!(receipt["watch"]["answers"].as_u64().unwrap() >= 8, "{receipt}");
    project.run(&["show", "receipt.json"]).ends(0).shows(&["watched for 1 s"]);
    project.run(&["apply", "--yes", "--watch-for", "soon"]).ends(64);
    project.run(&["apply", "--yes", "--watch-for", "-1s"]).ends(64);
}

#[test]
fn as_long_as_the_longest_ttl_touched() {
    let project = project(Kind::Embedded);
    project.declare("www: {type: A, ttl: 1, value: 192.0.2.20}\nmail: {type: A, ttl: 300, value: 192.0.2.11}\nold: {type: A, ttl: 300, value: 192.0.2.13}");
    let ran = project.run(&["apply", "--yes", "--watch-for", "ttl", "--format", "json"]);
    ran.ends(0).tells(&["watching 1 record set for 2 s"]);
    assert_eq!(ran.event("receipt")["receipt"]["watch"]["regressions"], serde_json::json!([]));
    assert_eq!(ran.event("watching")["seconds"], 2);
    assert!(ran.event("watched")["watch"]["rounds"].as_u64().unwrap() > 0);
}

/// Applies and watches in the background until the watch has begun.
fn watch(project: &Project) -> (std::process::Child, std::path::PathBuf) {
    let talk = project.file("watch.talk");
    let mut command = project.command(&["apply", "--yes", "--watch-for", "10m"]);
    let file = std::fs::File::create(&talk).unwrap();
    let child = command.stdout(Stdio::null()).stderr(file).spawn().unwrap();
    while !project.read("watch.talk").contains("watching") {
        thread::sleep(Duration::from_millis(10));
    }
    (child, talk)
}

#[test]
fn a_regression_ends_with_15_and_names_record_and_server_and_the_way_back_works() {
    let project = project(Kind::Bind);
    let (mut child, talk) = watch(&project);
    project.edit("www", "A", &[]);
    assert_eq!(child.wait().unwrap().code(), Some(15));
    let told = std::fs::read_to_string(talk).unwrap();
    let server = project.host.addr().to_string();
    let run = last_run(&project);
    for part in [
        format!(
            "regression: example.test. at main: {server} www.example.test. A: NXDOMAIN, wanted 192.0.2.20"
        ),
        format!("dnsure rollback example.test. --run {run}"),
    ] {
        assert!(told.contains(&part), "{part}: {told}");
    }
    // What the stranger took away is not what the run left: nothing is written over it unseen.
    let ran = project.run(&["rollback", "--yes", "--run", &run]);
    ran.ends(10).tells(&["www.example.test. A: the run left 192.0.2.20", "live now nothing"]);
    project.edit("www", "A", &["2 A 192.0.2.20"]);
    project.run(&["rollback", "--yes", "--run", &run]).ends(0);
    assert!(project.serves(OLD));
}

#[test]
fn what_a_later_run_changes_is_no_regression() {
    let project = project(Kind::Embedded);
    let (mut child, talk) = watch(&project);
    project
        .declare("www: {type: A, ttl: 2, value: 192.0.2.30}\nmail: {type: A, ttl: 300, value: 192.0.2.11}");
    project.apply();
    // One more round of questions than count as a regression, and more.
    thread::sleep(Duration::from_secs(5));
    assert!(child.try_wait().unwrap().is_none(), "{}", std::fs::read_to_string(&talk).unwrap());
    let ended = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(ended.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let receipt = project.state().into_iter().find(|(_, text)| text.contains("\"watch\"")).unwrap().1;
    assert!(receipt.contains("www.example.test. A: the run "), "{receipt}");
}

fn back(project: &Project, run: &str) -> Ran {
    project.run(&["rollback", "--run", run, "--yes"])
}

#[test]
fn a_finished_run_is_taken_back_through_a_plan_of_its_own() {
    for kind in [Kind::Embedded, Kind::Bind, Kind::PowerDnsApi] {
        let project = project(kind);
        let before = project.snapshot();
        let run = apply(&project);
        assert!(!project.serves("old.example.test. 300 IN A 192.0.2.13"));
        project.run(&["rollback", "--run", &run]).ends(64).tells(&["--yes"]);
        let ran = back(&project, &run);
        ran.ends(0).shows(&["192.0.2.20 → 192.0.2.10", &format!("takes back the run {run}"), "verified on "]);
        let sans_soa = |lines: Vec<String>| -> Vec<String> {
            lines.into_iter().filter(|line| !line.contains(" SOA ")).collect()
        };
        assert_eq!(sans_soa(project.snapshot()), sans_soa(before), "{kind:?}");
        // Once is enough; and what came back is still ours to delete.
        back(&project, &run).ends(10).tells(&["the later run", "changed old.example.test. too"]);
        project.apply();
        assert!(project.serves(NEW) && !project.serves("old.example.test. 300 IN A 192.0.2.13"), "{kind:?}");
    }
}

#[test]
fn a_run_after_which_the_same_names_changed_is_not_taken_back() {
    let project = project(Kind::Embedded);
    let run = apply(&project);
    // Another name is nothing to it.
    project
        .declare("www: {type: A, ttl: 2, value: 192.0.2.20}\nmail: {type: A, ttl: 300, value: 192.0.2.41}");
    project.apply();
    let foreign = back(&project, &run);
    foreign.ends(0);
    assert!(project.serves(OLD) && project.serves("mail.example.test. 300 IN A 192.0.2.41"));
    project.apply();
    let second = last_run(&project);
    project
        .declare("www: {type: A, ttl: 2, value: 192.0.2.30}\nmail: {type: A, ttl: 300, value: 192.0.2.41}");
    project.apply();
    let before = project.snapshot();
    back(&project, &second).ends(10).tells(&["the later run", "changed www.example.test. too"]);
    assert_eq!(project.snapshot(), before);
    back(&project, "2020-01-01T00-00-00.000Z-1").ends(1).tells(&["there is no run"]);
}

#[test]
fn the_way_back_asks_for_the_same_signatures_as_the_way_there() {
    let project = project(Kind::Embedded);
    project.configure(", protect: [\"www A\"], guards: {max_delete_percent: 100}", "");
    let digest = |ran: &Ran| ran.err.split("--ack ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let ran = project.run(&["apply", "--yes"]);
    ran.ends(12);
    project.run(&["apply", "--yes", "--ack", &digest(&ran), "--reason", "there"]).ends(0);
    let run = last_run(&project);
    let ran = back(&project, &run);
    ran.ends(12).tells(&["www.example.test. A is protected"]);
    project.run(&["rollback", "--run", &run, "--yes", "--ack", &digest(&ran), "--reason", "back"]).ends(0);
    assert!(project.serves(OLD));
}
