//! Change windows and freezes: outside nothing is written, a reason is kept, and what is half done may
//! always be finished.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod lab;

use lab::{Host, Kind, Project, ZONE};

const NIGHTS: &str = "windows: {only: [Sat-Sun, \"Mon-Fri 20:00-06:00\"], zone: America/Los_Angeles}";
/// Wednesday at noon, and at 20:00, in Los Angeles.
const NOON: &str = "2026-11-25T20:00:00Z";
const EVENING: &str = "2026-11-26T04:00:00Z";

const NEW: &str = "www.example.test. 300 IN A 192.0.2.20";
const OLD: &str = "www.example.test. 300 IN A 192.0.2.10";

/// A project with a change to make, at a time.
fn project(lines: &str, now: &str) -> Project {
    let mut project = lab::on(Kind::Embedded, "www 300 A 192.0.2.10\nmail 300 A 192.0.2.11");
    project.configure("", lines);
    project
        .declare("www: {type: A, ttl: 300, value: 192.0.2.20}\nmail: {type: A, ttl: 300, value: 192.0.2.21}");
    project.set("DNSURE_SABOTAGE_NOW", now);
    project
}

fn receipt(project: &Project) -> serde_json::Value {
    let state = project.state();
    let (_, text) =
        state.iter().find(|(path, _)| path.to_string_lossy().contains("receipts/")).expect("a receipt");
    serde_json::from_str(text).unwrap()
}

fn journal(project: &Project) -> String {
    let state = project.state();
    let (entry, _) = state.iter().find(|(path, _)| path.ends_with("000001.json")).expect("a journal");
    entry.parent().unwrap().display().to_string()
}

#[test]
fn outside_the_windows_apply_ends_with_12_and_the_next_opening_and_nothing_is_written() {
    let project = project(NIGHTS, NOON);
    project.plan();
    for line in [&["apply", "--yes"][..], &["apply", "plan.json"], &["apply", "--yes", "--reason", "please"]]
    {
        let ran = project.run(line);
        ran.ends(12).tells(&[
            "example.test. is closed for changes",
            "outside Sat-Sun, Mon-Fri 20:00-06:00",
            "Wed 2026-11-25 20:00 America/Los_Angeles",
            "2026-11-26T04:00:00Z",
            "--outside-window",
        ]);
    }
    assert!(project.serves(OLD));
    assert!(project.state().is_empty(), "no journal, no lock, no receipt: {:?}", project.state());
    let json = project.run(&["apply", "--yes", "--format", "json"]);
    assert_eq!(json.ends(12).event("error")["code"], "blocked");
}

#[test]
fn inside_the_windows_apply_goes_and_no_reason_is_kept() {
    let project = project(NIGHTS, EVENING);
    project.run(&["apply", "--yes", "--outside-window", "--reason", "needless"]).ends(0);
    assert!(project.serves(NEW));
    assert_eq!(receipt(&project).get("outside_window"), None);
}

#[test]
fn an_apply_without_changes_is_allowed_at_any_time() {
    let mut project = project(NIGHTS, EVENING);
    project.apply();
    project.set("DNSURE_SABOTAGE_NOW", NOON);
    project.apply();
}

#[test]
fn plan_is_allowed_at_any_time_and_says_in_one_line_when_apply_is() {
    let mut project = project(NIGHTS, NOON);
    let ran = project.run(&["plan"]);
    ran.ends(0).tells(&["apply would be refused now", "Wed 2026-11-25 20:00 America/Los_Angeles"]);
    assert_eq!(ran.err.lines().count(), 1, "{ran:?}");
    project.set("DNSURE_SABOTAGE_NOW", EVENING);
    project.plan().never_says("would be refused");
}

#[test]
fn a_freeze_wins_over_an_open_window_and_says_what_it_is_for() {
    let lines = "windows:\n  only: [Mon-Sun]\n  freeze:\n    - {from: 2026-11-25, to: 2026-11-29, why: Thanksgiving}\n  zone: America/Los_Angeles";
    let project = project(lines, NOON);
    let ran = project.run(&["apply", "--yes"]);
    ran.ends(12).tells(&[
        "frozen 2026-11-25..2026-11-29 (Thanksgiving)",
        "Mon 2026-11-30 00:00 America/Los_Angeles (2026-11-30T08:00:00Z)",
    ]);
    assert!(project.serves(OLD));
}

#[test]
fn a_freeze_of_years_says_that_there_is_no_opening() {
    let project = project("windows: {freeze: \"2026-01-01..2029-12-31\"}", NOON);
    project.run(&["apply", "--yes"]).ends(12).tells(&["there is no opening in the next 400 days"]);
}

#[test]
fn outside_with_a_reason_goes_and_journal_receipt_and_show_have_the_reason() {
    let project = project(NIGHTS, NOON);
    project.run(&["apply", "--yes", "--outside-window"]).ends(64).tells(&["--reason"]);
    project.run(&["apply", "--yes", "--outside-window", "--reason", " "]).ends(12).tells(&["needs a reason"]);
    assert!(project.serves(OLD));
    const REASON: &str = "the old address burns";
    let ran =
        project.run(&["apply", "--yes", "--outside-window", "--reason", REASON, "--receipt", "receipt.json"]);
    ran.ends(0).shows(&["outside the change windows: the old address burns"]);
    assert!(project.serves(NEW));
    assert_eq!(receipt(&project)["outside_window"], REASON);
    assert_eq!(receipt(&project)["acknowledged"], serde_json::Value::Null, "no guard was acknowledged");
    project.run(&["show", "receipt.json"]).ends(0).shows(&[REASON]);
    let journal = journal(&project);
    let first: serde_json::Value =
        serde_json::from_str(&project.read(&format!("{journal}/000001.json"))).unwrap();
    assert_eq!(first["outside_window"], REASON);
    project.run(&["show", &journal]).ends(0).shows(&["outside the change windows: the old address burns"]);
}

#[test]
fn a_half_done_run_is_resumed_and_rolled_back_at_any_time() {
    for (finish, served) in [(&["apply", "--resume"][..], NEW), (&["rollback", "--yes"], OLD)] {
        let mut project = project(NIGHTS, EVENING);
        project.set("DNSURE_SABOTAGE_RECORDS", "2");
        project.pause_at("before write 2", &["apply", "--yes"]).kill();
        project.set("DNSURE_SABOTAGE_NOW", NOON);
        project.run(finish).ends(0);
        assert!(project.serves(served), "{finish:?}: {:?}", project.snapshot());
    }
}

#[test]
fn a_resumed_run_keeps_the_reason_of_its_beginning() {
    let mut project = project(NIGHTS, NOON);
    project.set("DNSURE_SABOTAGE_RECORDS", "2");
    project
        .pause_at("before write 2", &["apply", "--yes", "--outside-window", "--reason", "it burns"])
        .kill();
    let ran = project.run(&["apply", "--resume"]);
    ran.ends(0).shows(&["outside the change windows: it burns"]);
    assert_eq!(receipt(&project)["outside_window"], "it burns");
}

/// Two zones, the second with entries of its own.
fn two_zones(of_second: &str, lines: &str, now: &str) -> Project {
    let host = Host::start(
        Kind::Embedded,
        &[(ZONE, "www 300 A 192.0.2.10"), ("other.test.", "www 300 A 192.0.2.10")],
    );
    let mut project = host.project(ZONE);
    project.configure(&format!("}}\n  other.test.: {{targets: [main]{of_second}"), lines);
    let www = "www: {type: A, ttl: 300, value: 192.0.2.20}";
    project.declare(www);
    project.write("zones/other.test.yaml", &format!("{}{www}\n", lab::apex("other.test.")));
    project.set("DNSURE_SABOTAGE_NOW", now);
    project
}

#[test]
fn windows_of_a_zone_replace_those_of_all_zones_and_one_closed_zone_stops_the_plan() {
    let project = two_zones(", windows: {only: \"10:00-14:00\"}", NIGHTS, NOON);
    let ran = project.run(&["apply", "--yes"]);
    ran.ends(12).tells(&["example.test. is closed"]).never_says("other.test. is");
    assert!(project.state().is_empty());
    // The zone of the clocks is inherited: it is noon in Los Angeles.
    project.run(&["apply", "--yes", "--zone", "other.test."]).ends(0);
    project.run_with(("DNSURE_SABOTAGE_NOW", EVENING), &["apply", "--yes", "--zone", ZONE]).ends(0);
}

#[test]
fn freezes_of_both_levels_add_up() {
    let own = ", windows: {only: Mon-Sun, freeze: \"2026-11-26\"}";
    let all = "windows: {freeze: \"2026-11-25\"}";
    for (now, zone, code) in [
        ("2026-11-25T12:00:00Z", "other.test.", 12),
        ("2026-11-25T12:00:00Z", ZONE, 12),
        ("2026-11-26T12:00:00Z", "other.test.", 12),
        ("2026-11-26T12:00:00Z", ZONE, 0),
        ("2026-11-27T12:00:00Z", "other.test.", 0),
    ] {
        two_zones(own, all, now).run(&["apply", "--yes", "--zone", zone]).ends(code);
    }
    // Zones that are closed by the same rule share a line.
    let ran = two_zones("", all, "2026-11-25T12:00:00Z").run(&["apply", "--yes"]);
    ran.ends(12)
        .tells(&["example.test., other.test. are closed for changes: frozen 2026-11-25; the next opening"]);
}

#[test]
fn what_is_wrong_in_the_section_is_told_with_its_place_and_a_way_out() {
    let project = project("windows: {}", NOON);
    project.run(&["plan"]).ends(0);
    for (lines, place, words) in [
        ("windows: {only: [Sat-Sun, Mon-Fry]}", ":7:27", "the days are Mon"),
        ("windows: {only: \"20:00-26:00\"}", ":7:17", "24-hour clock"),
        ("windows: {only: []}", ":7:17", "leave `only` out"),
        ("windows: {zone: America/Los_Angelos}", ":7:17", "did you mean `America/Los_Angeles`?"),
        ("windows: {zone: Mars/Olympus_Mons}", ":7:17", "IANA"),
        ("windows: {freeze: \"2027-01-03..2026-12-20\"}", ":7:19", "write the earlier one first"),
        ("windows: {freeze: [{from: 2026-12-20, why: rest}]}", ":7:20", "`to` is missing"),
        ("windows: {freeze: [{from: 2026-12-20, too: 2026-12-21}]}", ":7:", "did you mean `to`?"),
        ("windows: {freeze: \"2026-13-01..2026-12-20\"}", ":7:19", "is no date"),
        ("windows: {freeze: {from: 2026-12-20, to: 2026-12-19}}", ":7:42", "write the earlier one first"),
        ("windows: {freeze: {from: 2026-12-32, to: 2026-12-19}}", ":7:26", "is no date"),
        ("windows: {olny: [Sat]}", ":7:11", "did you mean `only`?"),
        ("windows: [Sat]", ":7:10", "expected a mapping"),
    ] {
        project.configure("", lines);
        let ran = project.run(&["plan"]);
        assert_eq!(ran.code, Some(1), "{lines}: {ran:?}");
        assert!(
            ran.err.contains(&format!("dnsure.yaml{place}")) && ran.err.contains(words),
            "{lines}: {ran:?}"
        );
    }
    // All that is wrong is told at once.
    project.configure("", "windows: {only: [Sat-Son], freeze: [\"today\"], zone: Nowhere/Land}");
    project.run(&["plan"]).ends(1).tells(&["bad-day", "bad-date", "unknown-time-zone", "3 errors"]);
}
