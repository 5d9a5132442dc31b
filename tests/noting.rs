//! What counts as declared after an apply: what the run did, and what needed no change. It decides what
//! the next plan deletes and what `drift` tells.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod lab;

use dnsure_kit::S3;
use lab::{Kind, Project, ZONE};
use std::collections::BTreeSet;

const BEFORE: &str = "www 300 A 192.0.2.10\nold 300 A 192.0.2.13\nstray 300 A 192.0.2.14";
const WWW: &str = "www: {type: A, ttl: 300, value: 192.0.2.10}\n";
const WWW_MOVED: &str = "www: {type: A, ttl: 300, value: 192.0.2.20}\n";
const OLD: &str = "old: {type: A, ttl: 300, value: 192.0.2.13}\n";
const STRAY: &str = "stray: {type: A, ttl: 300, value: 192.0.2.14}\n";
const NEW: &str = "new: {type: A, ttl: 300, value: 192.0.2.15}\n";
const MAIL: &str = "mail: {type: TXT, ttl: 300, value: hello}\n";

/// A project that declares nothing yet.
fn project() -> Project {
    let project = lab::on(Kind::Embedded, BEFORE);
    project.configure(", canary: never, guards: {max_delete_percent: 100}", "");
    project
}

/// `www` and `old` are applied.
fn applied() -> Project {
    let project = project();
    declare(&project, &[WWW, OLD]);
    project.apply();
    project
}

fn declare(project: &Project, parts: &[&str]) {
    project.declare(&parts.concat());
}

/// What counts as declared: `www A`; what all zones have aside.
fn noted(project: &Project) -> BTreeSet<String> {
    let kept = project.state().into_iter().find(|(path, _)| path.ends_with("example.test.@main.json"));
    let Some((_, text)) = kept else { return BTreeSet::new() };
    let inventory: serde_json::Value = serde_json::from_str(&text).unwrap();
    let names = inventory["record_sets"].as_array().unwrap().iter().map(|entry| {
        let name = entry["name"].as_str().unwrap().trim_end_matches(ZONE).trim_end_matches('.');
        format!("{name} {}", entry["type"].as_str().unwrap())
    });
    names.filter(|name| ![" NS", "ns1 A", "ns2 A"].contains(&name.as_str())).collect()
}

#[track_caller]
fn assert_noted(project: &Project, expected: &[&str]) {
    assert_eq!(noted(project), expected.iter().map(ToString::to_string).collect());
}

#[track_caller]
fn is_gone(project: &Project, name: &str) {
    let start = format!("{name}.{ZONE} ");
    assert!(!project.snapshot().iter().any(|line| line.starts_with(&start)), "{:?}", project.snapshot());
}

#[test]
fn what_left_the_files_after_the_plan_was_made_is_deleted_by_the_next_plan() {
    let project = applied();
    declare(&project, &[WWW_MOVED, OLD]);
    project.plan();
    declare(&project, &[WWW_MOVED]);
    project.run(&["apply", "plan.json", "--yes"]).ends(0);
    assert_noted(&project, &["www A", "old A"]);
    project.apply();
    is_gone(&project, "old");
    assert_noted(&project, &["www A"]);
}

#[test]
fn what_came_into_the_files_after_the_plan_was_made_is_not_said_to_be_deleted_live() {
    let project = applied();
    declare(&project, &[WWW_MOVED, OLD]);
    project.plan();
    declare(&project, &[WWW_MOVED, OLD, NEW]);
    project.run(&["apply", "plan.json", "--yes"]).ends(0);
    assert_noted(&project, &["www A", "old A"]);
    project.run(&["drift"]).ends(2).shows(&["changed in the files, not applied yet"]);
    project.run(&["drift", "--adopt"]).ends(2).tells(&["new.example.test. A", "not applied yet"]);
    assert!(project.read(&project.zone_file()).contains(NEW));
}

#[test]
fn a_resumed_run_notes_what_it_did_and_not_what_the_files_say_by_now() {
    for point in ["after write", "before inventory", "after inventory"] {
        let project = applied();
        declare(&project, &[WWW_MOVED, OLD]);
        project.pause_at(point, &["apply", "--yes"]).kill();
        declare(&project, &[WWW_MOVED, NEW]);
        project.run(&["apply", "--resume"]).ends(0);
        assert_noted(&project, &["www A", "old A"]);
        project.run(&["drift", "--name", "new"]).ends(2).shows(&["changed in the files, not applied yet"]);
        project.apply();
        is_gone(&project, "old");
        assert_noted(&project, &["www A", "new A"]);
    }
}

#[test]
fn what_a_run_wrote_and_the_files_say_otherwise_by_now_waits_in_the_files() {
    let project = applied();
    declare(&project, &[WWW_MOVED, OLD]);
    project.pause_at("after write", &["apply", "--yes"]).kill();
    declare(&project, &[WWW, OLD]);
    project.run(&["apply", "--resume"]).ends(0);
    project.run(&["drift", "--name", "www"]).ends(2).shows(&["changed in the files, not applied yet"]);
}

#[test]
fn a_plan_applied_without_the_files_notes_what_it_did() {
    let project = applied();
    declare(&project, &[WWW_MOVED, NEW]);
    project.plan();
    declare(&project, &[WWW, MAIL]);
    project.run(&["apply", "plan.json", "--yes", "--detached"]).ends(0);
    is_gone(&project, "old");
    assert_noted(&project, &["www A", "new A"]);
}

#[test]
fn what_the_provider_refused_was_not_applied_and_the_rest_was() {
    let project = lab::on(Kind::Bind, BEFORE);
    declare(&project, &[WWW, OLD]);
    project.apply();
    // BIND takes no more than a hundred records in a set.
    let many: Vec<String> = (1..=120).map(|number| format!("192.0.2.{number}")).collect();
    let big = format!("big: {{type: A, values: [{}]}}\n", many.join(", "));
    declare(&project, &[WWW_MOVED, OLD, NEW, &big]);
    project.run(&["apply", "--yes"]).ends(14);
    assert_noted(&project, &["www A", "old A", "new A"]);
    project.run(&["drift", "--name", "big"]).ends(2).shows(&["changed in the files, not applied yet"]);
}

#[test]
fn two_runs_at_once_forget_nothing_of_each_other() {
    let project = applied();
    declare(&project, &[WWW_MOVED, OLD, MAIL]);
    let first = project.pause_at("before lock", &["apply", "--yes", "--name", "www"]);
    project.run(&["apply", "--yes", "--name", "mail"]).ends(0);
    first.finish().ends(0);
    assert_noted(&project, &["www A", "old A", "mail TXT"]);
    declare(&project, &[WWW_MOVED, OLD]);
    project.apply();
    is_gone(&project, "mail");
}

#[test]
fn an_apply_with_nothing_to_do_waits_for_nobody_and_writes_nothing_under_the_lock_of_another() {
    let project = applied();
    declare(&project, &[WWW_MOVED, OLD, STRAY]);
    let writing = project.pause_at("before write", &["apply", "--yes", "--name", "www"]);
    let idle = ["apply", "--yes", "--name", "stray"];
    project.run(&idle).ends(0).tells(&["what is declared is noted by the next apply", "is locked by tester"]);
    assert_noted(&project, &["www A", "old A"]);
    writing.finish().ends(0);
    project.run(&idle).ends(0).never_says("warning");
    assert_noted(&project, &["www A", "old A", "stray A"]);
}

#[test]
fn a_plan_without_changes_notes_what_was_live_and_not_what_came_into_the_files_since() {
    let project = project();
    declare(&project, &[WWW, OLD]);
    project.plan();
    declare(&project, &[WWW, OLD, NEW]);
    project.run(&["apply", "plan.json", "--yes"]).ends(0);
    assert_noted(&project, &["www A", "old A"]);
}

#[test]
fn a_plan_without_changes_forgets_nothing_that_is_still_live() {
    let project = applied();
    project.plan();
    declare(&project, &[WWW]);
    project.run(&["apply", "plan.json", "--yes"]).ends(0);
    assert_noted(&project, &["www A", "old A"]);
    project.apply();
    is_gone(&project, "old");
}

#[test]
fn what_an_open_rollout_holds_is_not_applied_before_it_is() {
    let project = applied();
    let staged = "www: {type: A, ttl: {value: 300, stage: 1}, value: 192.0.2.20}\n";
    declare(&project, &[staged, OLD, MAIL]);
    project.run(&["apply", "--yes", "--stay", "0s", "--name", "www"]).ends(0);
    // Another run ends meanwhile, and one that has nothing to do.
    project.run(&["apply", "--yes"]).ends(0);
    project.run(&["apply", "--yes"]).ends(0);
    project.run(&["rollback", "--yes"]).ends(0);
    project.run(&["drift", "--name", "www"]).ends(2).shows(&["changed in the files, not applied yet"]);
}

#[test]
fn a_run_that_was_taken_back_changes_nothing_of_what_counts() {
    let project = applied();
    declare(&project, &[WWW_MOVED, NEW]);
    project.pause_at("after write", &["apply", "--yes"]).kill();
    project.run(&["rollback", "--yes"]).ends(0);
    assert_noted(&project, &["www A", "old A"]);
    project.run(&["drift", "--name", "www"]).ends(2).shows(&["changed in the files, not applied yet"]);
}

#[test]
fn a_run_that_was_killed_after_it_noted_what_it_did_and_is_taken_back_leaves_what_is_live_noted() {
    for point in ["before inventory", "after inventory"] {
        let project = applied();
        declare(&project, &[WWW_MOVED, NEW]);
        project.pause_at(point, &["apply", "--yes"]).kill();
        project.run(&["rollback", "--yes"]).ends(0);
        assert_noted(&project, &["www A", "old A"]);
        let waits = "changed in the files, not applied yet";
        for name in ["www", "old", "new"] {
            project.run(&["drift", "--name", name]).ends(2).shows(&[waits]).never_says("changed live since");
        }
    }
}

#[test]
fn a_target_whose_last_declared_record_set_was_deleted_was_applied_all_the_same() {
    let project = lab::on(Kind::PowerDnsApi, BEFORE);
    let all = "guards: {max_delete_percent: 100, max_deletes: 99}";
    project.configure(&format!(", {all}"), "");
    let only = |lines: &str| project.declare_only(lines);
    only(WWW_MOVED);
    project.apply();
    only("{}");
    let empty = project.run(&["plan", "--out", "plan.json"]);
    empty.ends(0);
    let plan: serde_json::Value = serde_json::from_str(&project.read("plan.json")).unwrap();
    let digest = &plan["digest"].as_str().unwrap()[..16];
    project.run(&["apply", "plan.json", "--ack", digest, "--reason", "all of it"]).ends(0);
    is_gone(&project, "www");
    assert_noted(&project, &[]);
    // A canary goes before the first apply only, and this was not the first.
    only(NEW);
    project.plan().never_says("_dnsure-canary");
    // What was never declared here stays a stranger's; nobody says that nothing is known.
    project.run(&["drift", "--name", "new"]).ends(2).shows(&["changed in the files, not applied yet"]);
}

#[test]
fn what_a_rollback_puts_back_counts_again_and_what_it_removes_does_not() {
    let project = applied();
    declare(&project, &[WWW, NEW]);
    project.apply();
    let receipts = std::fs::read_dir(project.file(".dnsure/receipts")).unwrap();
    let mut runs: Vec<String> = receipts
        .map(|entry| entry.unwrap().file_name().to_string_lossy().trim_end_matches(".json").to_owned())
        .collect();
    runs.sort();
    project.run(&["rollback", "--run", runs.last().unwrap(), "--yes"]).ends(0);
    assert_noted(&project, &["www A", "old A"]);
    project.run(&["drift", "--name", "new"]).ends(2).shows(&["changed in the files, not applied yet"]);
}

#[test]
fn what_is_ignored_by_now_is_nobodys() {
    let project = applied();
    declare(
        &project,
        &[WWW_MOVED, "old: {type: A, ttl: 300, value: 192.0.2.13, octodns: {ignored: true}}\n"],
    );
    project.apply();
    assert_noted(&project, &["www A"]);
    declare(&project, &[WWW_MOVED]);
    project.apply();
    assert!(project.serves("old.example.test. 300 IN A 192.0.2.13"), "{:?}", project.snapshot());
}

/// A project whose zone file was imported.
fn imported(kind: Kind) -> Project {
    let project = lab::on(kind, BEFORE);
    project.configure(", guards: {max_delete_percent: 100}", "");
    project.run(&["import", ZONE]).ends(0).never_says("warning");
    project
}

#[test]
fn after_an_import_drift_knows_who_moved_and_what_left_the_file_is_deleted() {
    let project = imported(Kind::Bind);
    assert_noted(&project, &["www A", "old A", "stray A"]);
    project.run(&["drift"]).ends(0);
    project.edit("www", "A", &["300 A 192.0.2.66"]);
    declare(&project, &[WWW, STRAY]);
    project.run(&["drift", "--name", "www"]).ends(2).shows(&["changed live since the last apply"]);
    project.run(&["drift", "--name", "old"]).ends(2).shows(&["changed in the files, not applied yet"]);
    project.apply();
    is_gone(&project, "old");
}

#[test]
fn of_two_imports_before_any_apply_the_last_one_counts() {
    let project = imported(Kind::Embedded);
    project.edit("old", "A", &[]);
    project.edit("late", "A", &["300 A 192.0.2.77"]);
    project.run(&["import", ZONE, "--overwrite"]).ends(0);
    assert_noted(&project, &["www A", "stray A", "late A"]);
}

#[test]
fn an_import_notes_nothing_where_anything_was_applied() {
    let project = applied();
    declare(&project, &[WWW_MOVED, OLD]);
    project.apply();
    let before = project.state();
    project.run(&["import", ZONE, "--overwrite"]).ends(0);
    assert_eq!(project.state(), before);
}

#[test]
fn what_is_written_elsewhere_or_comes_from_elsewhere_is_not_noted() {
    let project = project();
    project.run(&["import", ZONE, "--out", "elsewhere.yaml"]).ends(0);
    project.run(&["import", ZONE, "--out", "-"]).ends(0);
    project.write("db.main", &format!("$ORIGIN {ZONE}\n@ 60 NS ns1.{ZONE}\nns1 60 A 192.0.2.1\n"));
    project.run(&["import", ZONE, "--master", "db.main"]).ends(0);
    assert_eq!(project.state(), []);
}

#[test]
fn an_import_into_a_project_whose_state_cannot_be_written_says_so_and_is_done() {
    let project = project();
    project.write(".dnsure", "not a directory");
    let ran = project.run(&["import", ZONE]);
    ran.ends(0).tells(&["warning: example.test. at main: what was imported is not noted"]);
    assert!(project.read(&project.zone_file()).contains("192.0.2.10"));
}

#[test]
fn an_import_whose_state_is_out_of_reach_says_so_and_is_done() {
    let mut project = project();
    for (name, value) in S3::variables("127.0.0.1:9".parse().unwrap()) {
        project.set(name, &value);
    }
    project.configure("", "state: s3://nobody/here");
    let ran = project.run(&["import", ZONE]);
    ran.ends(0)
        .tells(&["warning: example.test. at main: what was imported is not noted", "s3://nobody/here"]);
    assert!(project.read(&project.zone_file()).contains("192.0.2.10"));
}

#[test]
fn a_provider_that_compares_nothing_gets_a_canary_first_until_something_was_written() {
    let project = imported(Kind::PowerDnsApi);
    project.apply();
    project.edit("www", "A", &["300 A 192.0.2.66"]);
    project.plan().shows(&["_dnsure-canary TXT"]);
    project.apply();
    project.edit("www", "A", &["300 A 192.0.2.67"]);
    project.plan().never_says("_dnsure-canary");
}
