//! What is written is what the JSON Schemas in `docs/schemas` say: every plan, receipt and journal
//! entry of real runs, checked by an implementation that is not ours.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod lab;

use dnsure_kit::{schema_violations, tell};
use lab::{Kind, Project};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn schema(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schemas").join(name)
}

/// The files of the project's state whose path has this part.
fn files(project: &Project, part: &str) -> Vec<PathBuf> {
    let state = project.state().into_iter().map(|(path, _)| path);
    let mut files: Vec<PathBuf> = state
        .filter(|path| path.to_string_lossy().contains(part))
        .map(|path| project.path().join(path))
        .collect();
    files.sort();
    files
}

/// Checks all that the project holds, and adds the kinds of journal entries to `seen`.
#[track_caller]
fn check(project: &Project, seen: &mut BTreeSet<String>) {
    let plan = project.file("plan.json");
    assert_eq!(schema_violations(&schema("plan.schema.json"), &[plan]), Vec::<String>::new());
    let receipts = files(project, "/receipts/");
    assert!(!receipts.is_empty());
    assert_eq!(schema_violations(&schema("receipt.schema.json"), &receipts), Vec::<String>::new());
    let entries = files(project, "/journals/");
    assert_eq!(schema_violations(&schema("journal-entry.schema.json"), &entries), Vec::<String>::new());
    for entry in entries {
        let json: serde_json::Value = serde_json::from_slice(&std::fs::read(entry).unwrap()).unwrap();
        seen.insert(json["entry"].as_str().unwrap().to_owned());
    }
}

/// A staged change, an addition and a deletion; taken back in the middle, and done outside a window.
fn a_rollout(seen: &mut BTreeSet<String>) {
    let mut project = lab::on(Kind::Embedded, "www 2 A 192.0.2.10\nold 300 A 192.0.2.13\nkept 300 TXT \"a\"");
    project.declare(
        "www: {type: A, ttl: {value: 2, stage: 1}, value: 192.0.2.20}\nnew: {type: A, value: 192.0.2.9}",
    );
    project.configure("", "windows: {only: Sat-Sun}");
    project.set("DNSURE_SABOTAGE_NOW", "2026-11-25T20:00:00Z");
    project.plan();
    let outside = ["--outside-window", "--reason", "it burns", "--stay", "0s"];
    project.run(&[&["apply", "plan.json"][..], &outside].concat()).ends(0);
    project.run(&["rollback", "--yes"]).ends(0);
    project.plan();
    project.run(&[&["apply", "plan.json"][..], &outside].concat()).ends(0);
    let go_on =
        ["apply", "--resume", "--stay", "1m", "--outside-window", "--reason", "still", "--watch-for", "0s"];
    project.run(&go_on).ends(0);
    check(&project, seen);
}

/// A zone that is created with guards acknowledged.
fn a_new_zone(seen: &mut BTreeSet<String>) {
    let project = lab::Host::start(Kind::Embedded, &[(lab::ZONE, "")]).project("absent.test.");
    project.declare("www: {type: A, ttl: 300, value: 192.0.2.20}");
    project.plan();
    project.run(&["apply", "--yes", "--create-zones"]).ends(0);
    check(&project, seen);
}

/// A write that the server refuses is split, and what it refuses left out.
fn a_refusal(seen: &mut BTreeSet<String>) {
    let project = lab::on(Kind::Bind, "");
    let many: Vec<String> = (1..=120).map(|number| format!("192.0.2.{number}")).collect();
    project.declare(&format!(
        "big: {{type: A, values: [{}]}}\nwww: {{type: A, value: 192.0.2.20}}",
        many.join(", ")
    ));
    project.plan();
    project.run(&["apply", "plan.json"]).ends(14);
    check(&project, seen);
}

/// Nothing is compared by this provider.
fn unguarded(seen: &mut BTreeSet<String>) {
    let project = lab::on(Kind::PowerDnsApi, "www 300 A 192.0.2.10");
    project.declare("www: {type: A, value: 192.0.2.20}");
    project.plan();
    project.run(&["apply", "plan.json"]).ends(0);
    check(&project, seen);
}

#[test]
fn every_plan_receipt_and_journal_entry_is_as_the_schemas_say() {
    let mut seen = BTreeSet::new();
    a_rollout(&mut seen);
    a_new_zone(&mut seen);
    a_refusal(&mut seen);
    unguarded(&mut seen);
    let all = [
        "begin",
        "close",
        "created",
        "creating",
        "intent",
        "outside_window",
        "served",
        "set_aside",
        "split",
        "turn_back",
        "wrote",
    ];
    assert_eq!(seen.iter().collect::<Vec<_>>(), all.iter().collect::<Vec<_>>());
    tell(&format!("journal entries of {} kinds, all as the schema says", seen.len()));
}

#[test]
fn the_schemas_refuse_what_they_do_not_know() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("entry.json");
    for wrong in [
        r#"{"at": "2026-11-25T20:00:00Z", "entry": "served", "step": 0, "at_all": 1}"#,
        r#"{"at": "yesterday", "entry": "intent", "step": 0}"#,
        r#"{"at": "2026-11-25T20:00:00Z", "entry": "intent"}"#,
        r#"{"at": "2026-11-25T20:00:00Z", "entry": "undo", "step": 0}"#,
    ] {
        std::fs::write(&file, wrong).unwrap();
        let found = schema_violations(&schema("journal-entry.schema.json"), std::slice::from_ref(&file));
        assert!(!found.is_empty(), "{wrong}");
    }
}
