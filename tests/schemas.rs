//! What is written is what the JSON Schemas in `docs/schemas` say: every plan, receipt, journal
//! entry and event of real runs, checked by an implementation that is not ours.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod lab;

use dnsure_kit::{schema_violations, tell};
use lab::{Kind, Project, Ran};
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
    project.run(&["rollback", "--yes", "--reason", "not today"]).ends(0);
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
        "reason",
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

/// Checks the stream of a run, and the documents in it; adds the kinds of its events to `seen`.
#[track_caller]
fn check_stream(ran: &Ran, seen: &mut BTreeSet<String>) {
    let known: serde_json::Value =
        serde_json::from_slice(&std::fs::read(schema("event.schema.json")).unwrap()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let file = |name: String, json: &serde_json::Value| {
        let path = directory.path().join(name);
        std::fs::write(&path, json.to_string()).unwrap();
        path
    };
    let mut lines = Vec::new();
    for (number, event) in ran.events().iter().enumerate() {
        let kind = event["event"].as_str().unwrap();
        lines.push(file(format!("{number}.json"), event));
        for (document, of) in [("plan", "plan.schema.json"), ("receipt", "receipt.schema.json")] {
            if kind == document {
                let path = file(format!("{number}-{document}.json"), &event[document]);
                assert_eq!(schema_violations(&schema(of), &[path]), Vec::<String>::new());
            }
        }
        // Readers ignore what they do not know; what we print is documented all the same.
        let rules = known["allOf"].as_array().unwrap();
        let rule = rules.iter().find(|rule| rule["if"]["properties"]["event"]["const"] == kind);
        let rule = rule.unwrap_or_else(|| panic!("the schema does not know `{kind}`"));
        for field in event.as_object().unwrap().keys().filter(|field| *field != "event") {
            assert!(rule["then"]["properties"][field].is_object(), "{kind}: `{field}` is not documented");
        }
        seen.insert(kind.to_owned());
    }
    assert_eq!(schema_violations(&schema("event.schema.json"), &lines), Vec::<String>::new());
}

#[test]
fn every_event_is_as_the_schema_says() {
    let mut seen = BTreeSet::new();
    let json = |project: &Project, arguments: &[&str], seen: &mut BTreeSet<String>| {
        check_stream(&project.run(&[arguments, &["--format", "json"]].concat()), seen);
    };
    let project = lab::on(Kind::Embedded, "www 2 A 192.0.2.10");
    json(&project, &["rollouts"], &mut seen);
    let with = |line: &str| {
        project.declare(&format!(
            "{line}\ntxt: {{type: TXT, value: \"a;b\"}}\nalias: {{type: CNAME, value: www.example.test}}"
        ));
    };
    with("www: {type: A, ttl: {value: 2, stage: 1}, value: 192.0.2.20}");
    json(&project, &["validate"], &mut seen);
    json(&project, &["plan", "--out", "plan.json"], &mut seen);
    json(&project, &["apply", "plan.json", "--stay", "0s"], &mut seen);
    json(&project, &["rollouts"], &mut seen);
    json(&project, &["unlock"], &mut seen);
    json(&project, &["rollback", "--yes"], &mut seen);
    json(&project, &["apply", "--yes", "--stay", "1m", "--watch-for", "1s"], &mut seen);
    json(&project, &["verify"], &mut seen);
    with("www: {type: A, value: 192.0.2.30}");
    json(&project, &["verify"], &mut seen);
    with("www: {type: A, value: 192.0.2.256}");
    json(&project, &["plan"], &mut seen);
    with("www: {type: A, value: 192.0.2.30}");
    project.pause_at("after write", &["apply", "--yes"]).kill();
    json(&project, &["rollouts"], &mut seen);
    json(&project, &["unlock"], &mut seen);
    json(&project, &["import", "--overwrite"], &mut seen);
    json(&project, &["import", "example.test", "--overwrite"], &mut seen);
    json(&project, &["doctor"], &mut seen);
    for kind in [
        "started",
        "finding",
        "zone_read",
        "target_planned",
        "plan",
        "step_started",
        "accepted",
        "served",
        "waiting_until",
        "watching",
        "watched",
        "target_ended",
        "receipt",
        "rollout",
        "interrupted",
        "target_verified",
        "mismatch",
        "lock",
        "imported",
        "examined",
        "error",
        "finished",
    ] {
        assert!(seen.contains(kind), "{kind} was not seen: {seen:?}");
    }
    tell(&format!("events of {} kinds, all as the schema says", seen.len()));
}
