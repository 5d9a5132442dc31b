//! What was reviewed is what is applied: whatever changed in between makes the plan stale, and both
//! values are told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod lab;

use lab::{Host, Kind, Project, ZONE};

const BEFORE: &str = "www 300 A 192.0.2.10\nother 300 A 192.0.2.99\nold 300 A 192.0.2.13";

const AFTER: &str =
    "www: {type: A, ttl: 300, value: 192.0.2.20}\nnew: {type: A, ttl: 300, value: 192.0.2.15}";

fn project(kind: Kind) -> Project {
    let project = lab::on(kind, BEFORE);
    project.configure(
        ", owns: zone, canary: never, guards: {max_delete_percent: 100}, ignore: [\"other A\", \"guest A\"]",
        "",
    );
    project.declare(AFTER);
    project
}

/// A stranger's change between plan and apply makes the plan stale on every backend.
fn refuses_a_plan_from(foreign: &[&str], values: &[&str]) {
    for kind in Kind::ALL {
        let project = project(kind);
        project.plan();
        project.edit("www", "A", foreign);
        let served = project.snapshot();
        let ran = project.run(&["apply", "plan.json", "--yes"]);
        assert_eq!(ran.code, Some(10), "{kind:?}: {ran:?}");
        for value in values {
            assert!(ran.err.contains(value), "{kind:?}: `{value}` is not told: {ran:?}");
        }
        assert_eq!(project.snapshot(), served, "{kind:?}");
        project.apply();
        project.assert_settled();
    }
}

#[test]
fn a_foreign_value_after_the_plan_makes_it_stale_on_every_backend() {
    refuses_a_plan_from(&["300 A 192.0.2.66"], &["192.0.2.10 (ttl 300)", "192.0.2.66 (ttl 300)"]);
}

#[test]
fn a_foreign_ttl_after_the_plan_makes_it_stale_on_every_backend() {
    refuses_a_plan_from(&["77 A 192.0.2.10"], &["192.0.2.10 (ttl 300)", "192.0.2.10 (ttl 77)"]);
}

#[test]
fn a_foreign_deletion_after_the_plan_makes_it_stale_on_every_backend() {
    refuses_a_plan_from(&[], &["192.0.2.10 (ttl 300)", "nothing"]);
}

#[test]
fn a_foreign_hand_that_did_what_the_plan_wants_makes_it_stale() {
    refuses_a_plan_from(&["300 A 192.0.2.20"], &["192.0.2.10 (ttl 300)", "192.0.2.20 (ttl 300)"]);
}

#[test]
fn a_foreign_change_to_another_name_makes_no_plan_stale() {
    for kind in Kind::ALL {
        let project = project(kind);
        project.plan();
        project.edit("other", "A", &["60 A 192.0.2.98"]);
        project.edit("guest", "A", &["60 A 192.0.2.97"]);
        project.run(&["apply", "plan.json", "--yes"]).ends(0);
        assert!(project.serves("other.example.test. 60 IN A 192.0.2.98"), "{kind:?}");
        assert!(project.serves("guest.example.test. 60 IN A 192.0.2.97"), "{kind:?}");
        assert!(project.serves("www.example.test. 300 IN A 192.0.2.20"), "{kind:?}");
        project.assert_settled();
    }
}

/// Stops before the second step, changes what it touches, and goes on.
fn changes_between_two_steps(kind: Kind, foreign: &str, values: &[&str]) {
    let mut project = project(kind);
    // The first step adds `new`, the second changes `www`, the third deletes `old`.
    project.set("DNSURE_SABOTAGE_RECORDS", "2");
    let paused = project.pause_at("before read 2", &["apply", "--yes"]);
    assert!(project.serves("new.example.test. 300 IN A 192.0.2.15"), "{kind:?}: the first step is done");
    project.edit("www", "A", &[foreign]);
    let ran = paused.finish();
    ran.ends(14).tells(values).tells(&["dnsure apply --resume", "dnsure rollback"]);
    assert!(project.serves("old.example.test. 300 IN A 192.0.2.13"), "{kind:?}: the third step was not made");
    // Resuming is as stale as before; taking back leaves the stranger's value alone.
    project.run(&["apply", "--resume"]).ends(14).tells(values);
    project.run(&["rollback", "--yes"]).ends(0);
    assert!(project.serves(&format!("www.example.test. {}", foreign.replacen(' ', " IN ", 1))), "{kind:?}");
    assert!(
        !project.serves("new.example.test. 300 IN A 192.0.2.15"),
        "{kind:?}: the first step is taken back"
    );
    project.apply();
    project.assert_settled();
}

#[test]
fn a_foreign_value_between_two_steps_stops_the_run_on_every_backend() {
    for kind in Kind::ALL {
        changes_between_two_steps(kind, "300 A 192.0.2.66", &["192.0.2.10", "192.0.2.66"]);
    }
}

#[test]
fn a_foreign_ttl_between_two_steps_stops_the_run_on_every_backend() {
    for kind in Kind::ALL {
        changes_between_two_steps(kind, "77 A 192.0.2.10", &["ttl 300", "ttl 77"]);
    }
}

/// Changes a record set after the last read and before the write.
fn changes_between_read_and_write(kind: Kind, foreign: &str, values: &[&str]) {
    let project = project(kind);
    let before = project.snapshot();
    let paused = project.pause_at("before write", &["apply", "--yes"]);
    project.edit("www", "A", &[foreign]);
    let ran = paused.finish();
    assert_eq!(ran.code, Some(10), "{kind:?}: {ran:?}");
    ran.tells(values).tells(&["nothing was written"]);
    let served = project.snapshot();
    assert_eq!(served.len(), before.len(), "{kind:?}: nothing was added or deleted");
    assert!(project.serves(&format!("www.example.test. {}", foreign.replacen(' ', " IN ", 1))), "{kind:?}");
    project.apply();
    project.assert_settled();
}

#[test]
fn a_foreign_value_between_read_and_write_is_refused_by_the_server() {
    for kind in [Kind::Bind, Kind::Knot, Kind::PowerDnsUpdate, Kind::Embedded] {
        changes_between_read_and_write(kind, "300 A 192.0.2.66", &["192.0.2.10", "192.0.2.66"]);
    }
}

#[test]
fn a_foreign_ttl_between_read_and_write_is_refused_where_the_soa_guards_it() {
    for kind in [Kind::Bind, Kind::Knot, Kind::Embedded] {
        changes_between_read_and_write(kind, "77 A 192.0.2.10", &["192.0.2.10", "300", "77"]);
    }
}

#[test]
fn the_powerdns_api_compares_right_before_it_writes_and_states_the_window_that_remains() {
    // dnsure reads the touched names once more inside the write, so even this is found.
    changes_between_read_and_write(Kind::PowerDnsApi, "300 A 192.0.2.66", &["192.0.2.10", "192.0.2.66"]);
    let project = project(Kind::PowerDnsApi);
    project.plan().shows(&["unguarded", "between the last look and the call another writer is not noticed"]);
    let ran = project.apply();
    ran.shows(&[
        "not covered: another run in the ",
        " from the last look at the lock to the end of the call; a writer without a lock in the ",
        " from the last read",
    ]);
    let receipts: Vec<_> =
        project.state().into_iter().filter(|(path, _)| path.to_string_lossy().contains("receipts")).collect();
    assert!(receipts.iter().all(|(_, text)| text.contains("\"unguarded_ms\": ")), "{receipts:?}");
    let refused = project.run(&["apply", "--yes", "--require-atomic"]);
    refused.ends(0);
    project.declare("www: {type: A, ttl: 300, value: 192.0.2.21}");
    project.run(&["apply", "--yes", "--require-atomic"]).ends(12).tells(&["unguarded", "--require-atomic"]);
}

/// A plan that was tampered with is refused whole.
fn refuses(project: &Project, json: &str, code: i32, words: &[&str]) {
    project.write("bad.json", json);
    let ran = project.run(&["apply", "bad.json", "--yes"]);
    ran.ends(code).tells(words);
}

#[test]
fn an_edited_newer_or_expired_plan_is_refused() {
    let project = project(Kind::Embedded);
    let before = project.snapshot();
    project.plan();
    let plan = project.read("plan.json");
    let edited = plan.replace("192.0.2.20", "192.0.2.66");
    assert_ne!(plan, edited);
    refuses(&project, &edited, 1, &["edited or damaged", "plan again"]);
    let newer = plan.replace("\"format_version\": \"1.0\"", "\"format_version\": \"2.0\"");
    assert_ne!(plan, newer);
    refuses(&project, &newer, 1, &["format version 2.0", "plan again with this version"]);
    let expired = signed_again(&plan, |text| {
        let at = text.find("\"expires_at\": \"").unwrap() + "\"expires_at\": \"".len();
        format!("{}2020{}", &text[..at], &text[at + 4..])
    });
    refuses(&project, &expired, 10, &["expired", "plan again"]);
    assert_eq!(project.snapshot(), before);
    refuses(&project, "", 1, &["not a plan file"]);
    refuses(&project, "[]", 1, &["plan"]);
}

/// Changes a plan and puts the checksum right, as somebody with bad intent would.
fn signed_again(plan: &str, change: impl Fn(&str) -> String) -> String {
    let start = plan.find("  \"checksum\"").unwrap();
    let end = start + plan[start..].find('\n').unwrap() + 1;
    let bare = change(&format!("{}{}", &plan[..start], &plan[end..]));
    let digest = ring::digest::digest(&ring::digest::SHA256, bare.trim_end().as_bytes());
    let hex: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}  \"checksum\": \"{hex}\",\n{}", &bare[..start], &bare[start..])
}

#[test]
fn an_edited_plan_with_a_right_checksum_is_refused_because_the_files_say_otherwise() {
    let project = project(Kind::Embedded);
    let before = project.snapshot();
    project.plan();
    let plan = project.read("plan.json");
    let same = signed_again(&plan, str::to_owned);
    assert_eq!(same, plan, "the test knows how checksums are made");
    let forged = signed_again(&plan, |text| text.replace("192.0.2.20", "192.0.2.66"));
    refuses(
        &project,
        &forged,
        10,
        &["www.example.test. A", "192.0.2.66", "the zone files say 192.0.2.20", "--detached"],
    );
    assert_eq!(project.snapshot(), before);
}

#[test]
fn guards_that_were_cut_out_of_a_plan_are_found_again() {
    let project = project(Kind::Embedded);
    project.configure(
        ", owns: zone, protect: [\"www A\"], ignore: [\"other A\"], guards: {max_delete_percent: 100}",
        "",
    );
    let before = project.snapshot();
    project.plan().shows(&["guard"]);
    let plan = project.read("plan.json");
    let forged = signed_again(&plan, |text| {
        let start = text.find("\"guards\": [").unwrap();
        let end = start + text[start..].find("\n      ]").unwrap() + "\n      ]".len();
        format!("{}\"guards\": []{}", &text[..start], &text[end..])
    });
    assert_ne!(forged, plan);
    project.write("bad.json", &forged);
    let ran = project.run(&["apply", "bad.json", "--yes"]);
    ran.ends(10).tells(&["guard", "plan again"]);
    assert_eq!(project.snapshot(), before);
}

#[test]
fn a_plan_cut_off_at_any_byte_is_refused() {
    let project = lab::on(Kind::Embedded, "www 300 A 192.0.2.10");
    project.declare("www: {type: A, ttl: 300, value: 192.0.2.20}");
    project.plan();
    let plan = std::fs::read(project.file("plan.json")).unwrap();
    // The last byte is the final newline, which says nothing.
    for length in 0..plan.len() - 1 {
        assert!(
            dnsure::plan::Plan::from_json("plan.json", &plan[..length]).is_err(),
            "{length} of {} bytes were taken for a plan",
            plan.len()
        );
    }
    assert!(dnsure::plan::Plan::from_json("plan.json", &plan).is_ok());
    for length in [1, plan.len() / 2, plan.len() - 2] {
        std::fs::write(project.file("cut.json"), &plan[..length]).unwrap();
        project.run(&["apply", "cut.json", "--yes"]).ends(1).tells(&["cut.json"]);
    }
    assert!(project.serves("www.example.test. 300 IN A 192.0.2.10"));
}

#[test]
fn a_plan_made_from_other_zone_files_is_refused_unless_detached() {
    let project = project(Kind::Embedded);
    project.plan();
    project.declare(&AFTER.replace("192.0.2.20", "192.0.2.21"));
    let before = project.snapshot();
    let ran = project.run(&["apply", "plan.json", "--yes"]);
    ran.ends(10).tells(&["www.example.test. A", "192.0.2.20", "192.0.2.21", "--detached"]);
    assert_eq!(project.snapshot(), before);
    project.run(&["apply", "plan.json", "--yes", "--detached"]).ends(0);
    assert!(project.serves("www.example.test. 300 IN A 192.0.2.20"));
}

#[test]
fn of_two_applies_at_once_one_wins_and_the_zone_is_whole() {
    for kind in [Kind::Bind, Kind::PowerDnsApi, Kind::Embedded] {
        let project = project(kind);
        let held = project.pause_at("before write", &["apply", "--yes"]);
        project.run(&["apply", "--yes"]).ends(11).tells(&[
            "locked by tester",
            &format!("process {}", held.pid()),
            "dnsure unlock",
        ]);
        project.run(&["unlock"]).ends(0).shows(&[&held.pid().to_string()]);
        held.finish().ends(0);
        project.assert_settled();
    }
}

#[test]
fn many_applies_at_once_without_a_pause_leave_the_zone_whole() {
    let host = Host::start(Kind::Bind, &[(ZONE, BEFORE)]);
    let project = host.project(ZONE);
    project.configure(", owns: zone, guards: {max_delete_percent: 100}", "");
    project.declare(AFTER);
    project.plan();
    let codes: Vec<Option<i32>> = std::thread::scope(|scope| {
        let runs: Vec<_> =
            (0..4).map(|_| scope.spawn(|| project.run(&["apply", "plan.json", "--yes"]).code)).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    assert_eq!(codes.iter().filter(|code| **code == Some(0)).count(), 1, "{codes:?}");
    assert!(codes.iter().all(|code| matches!(code, Some(0 | 10 | 11))), "{codes:?}");
    project.assert_settled();
}

#[test]
fn two_projects_without_a_common_lock_are_kept_apart_by_what_the_server_compares() {
    let host = Host::start(Kind::Bind, &[(ZONE, BEFORE)]);
    let (one, two) = (host.project(ZONE), host.project(ZONE));
    for (project, value) in [(&one, "192.0.2.20"), (&two, "192.0.2.30")] {
        project.declare(&format!("www: {{type: A, ttl: 300, value: {value}}}"));
    }
    let late = one.pause_at("before write", &["apply", "--yes"]);
    two.apply();
    late.finish().ends(10).tells(&["192.0.2.10", "192.0.2.30"]);
    assert!(two.serves("www.example.test. 300 IN A 192.0.2.30"));
    two.assert_settled();
}

#[test]
fn a_stale_run_leaves_nothing_open_behind_it() {
    let project = project(Kind::Bind);
    let paused = project.pause_at("before write", &["apply", "--yes"]);
    project.edit("www", "A", &["300 A 192.0.2.66"]);
    paused.finish().ends(10);
    project.run(&["apply", "--resume"]).ends(0).tells(&["no run was interrupted"]);
    project.run(&["unlock"]).ends(0).tells(&["no target is locked"]);
}

#[test]
fn a_plan_that_is_found_stale_after_its_canary_has_touched_nothing() {
    let project = project(Kind::PowerDnsApi);
    project.configure(", owns: zone, guards: {max_delete_percent: 100}", "");
    project.plan().shows(&["in 3 writes"]);
    project.edit("www", "A", &["300 A 192.0.2.66"]);
    let served = project.snapshot();
    let ran = project.run(&["apply", "plan.json", "--yes"]);
    ran.ends(10).tells(&["192.0.2.66 (ttl 300)", "nothing was written"]);
    assert_eq!(project.snapshot(), served, "the canary is gone and nothing else has changed");
    project.apply();
    project.assert_settled();
}
