//! `dnsure validate`: every finding with its place, no network, no secrets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use serde_json::Value;
use std::fs;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A project of zone files; its provider is not there and its secret is not set.
fn project(files: &[(&str, &str)]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::create_dir(directory.path().join("zones")).unwrap();
    fs::write(
        directory.path().join("dnsure.yaml"),
        "providers:\n  far: {type: powerdns, url: 'http://192.0.2.1:8081', api_key: env:NOT_SET}\n\
         zones:\n  directory: zones\n  '*': {targets: [far]}\n",
    )
    .unwrap();
    for (name, text) in files {
        fs::write(directory.path().join("zones").join(name), text).unwrap();
    }
    directory
}

fn validate(directory: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dnsure"));
    command.arg("validate").args(arguments).current_dir(directory.path()).env_remove("NOT_SET");
    command.output().unwrap()
}

fn said(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

const GOOD: &str = "www: {type: A, value: 192.0.2.1}\nmail: {type: MX, value: {preference: 10, exchange: mx.example.net.}}\n";
const BAD: &str = "www:\n  type: A\n  value: 192.0.2.256\nmail:\n  type: CNAME\n  value: two words.\n";

#[test]
fn good_files_are_counted_and_end_with_0() {
    let directory = project(&[("one.example.yaml", GOOD), ("two.example.yaml", GOOD)]);
    let output = validate(&directory, &[]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output.stderr));
    assert_eq!(said(&output.stdout), "2 zones, 4 record sets: 0 errors, 0 warnings\n");
    let one = validate(&directory, &["one.example."]);
    assert_eq!(said(&one.stdout), "1 zone, 2 record sets: 0 errors, 0 warnings\n");
}

#[test]
fn every_error_of_every_file_is_told_with_its_line_and_ends_with_1() {
    let directory =
        project(&[("one.example.yaml", BAD), ("two.example.yaml", BAD), ("ok.example.yaml", GOOD)]);
    let output = validate(&directory, &[]);
    assert_eq!(output.status.code(), Some(1));
    let talk = said(&output.stderr);
    for file in ["one", "two"] {
        assert!(talk.contains(&format!("zones/{file}.example.yaml:3")), "{talk}");
        assert!(talk.contains(&format!("zones/{file}.example.yaml:6")), "{talk}");
    }
    assert!(talk.contains("192.0.2.256"), "the source line is shown: {talk}");
    assert_eq!(said(&output.stdout), "3 zones, 2 record sets: 4 errors, 0 warnings\n");
}

#[test]
fn json_tells_the_findings_zone_by_zone_in_order() {
    let directory = project(&[("bad.example.yaml", BAD), ("good.example.yaml", GOOD)]);
    let output = validate(&directory, &["--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let events: Vec<Value> =
        said(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&Value> = events.iter().map(|event| &event["event"]).collect();
    assert_eq!(kinds, ["started", "finding", "finding", "zone_read", "zone_read", "error", "finished"]);
    let lines: Vec<u64> = events[1..3].iter().map(|finding| finding["line"].as_u64().unwrap()).collect();
    assert_eq!(lines, [3, 6]);
    for finding in &events[1..3] {
        assert_eq!(finding["severity"], "error");
        assert_eq!(finding["zone"], "bad.example.");
        assert_eq!(finding["file"], "zones/bad.example.yaml");
    }
    assert_eq!((&events[3]["zone"], &events[3]["errors"]), (&"bad.example.".into(), &2.into()));
    assert_eq!((&events[4]["zone"], &events[4]["record_sets"]), (&"good.example.".into(), &2.into()));
    assert_eq!(events[6]["exit"], serde_json::json!({"code": 1, "name": "error"}));
}

#[test]
fn a_directory_that_looks_like_a_zone_and_is_not_read_is_told_once() {
    let directory = project(&[("one.example.yaml", GOOD), ("two.example.yaml", GOOD)]);
    // Other directories are nobody's business, nor is an empty one.
    for (name, file) in [("two.example.", "www.yaml"), ("one.example", "www.yaml"), ("parts", "a.yaml")] {
        let path = directory.path().join("zones").join(name);
        fs::create_dir(&path).unwrap();
        fs::write(path.join(file), "www: {type: A, value: 192.0.2.7}\n").unwrap();
    }
    fs::create_dir(directory.path().join("zones/three.example.")).unwrap();
    let output = validate(&directory, &[]);
    let talk = said(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{talk}");
    assert_eq!(talk.matches("is not read").count(), 2, "{talk}");
    assert!(talk.contains("the directory zones/two.example. is not read"), "{talk}");
    assert!(talk.contains("help: add `split_extension: .` under `zones:` of dnsure.yaml"), "{talk}");
    assert!(talk.contains("call it `one.example.`, and add `split_extension: .`"), "{talk}");
    assert!(said(&output.stdout).ends_with("0 errors, 2 warnings\n"));
    let config = fs::read_to_string(directory.path().join("dnsure.yaml")).unwrap();
    let split = config.replace("zones:\n", "zones:\n  split_extension: .\n");
    assert_ne!(split, config);
    fs::write(directory.path().join("dnsure.yaml"), split).unwrap();
    assert!(!said(&validate(&directory, &[]).stderr).contains("is not read"));
}

#[test]
fn a_zone_that_is_not_there_is_an_error() {
    let directory = project(&[("one.example.yaml", GOOD)]);
    let output = validate(&directory, &["other.example."]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output.stderr).contains("other.example."));
}
