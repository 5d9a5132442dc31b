//! Two machines, one bucket: each sees the other's lock, finishes the other's interrupted run, and knows
//! what the other declared. A machine is a directory of its own here.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod lab;

use dnsure_kit::{Conditions, Loss, Lossy, S3};
use lab::{Host, Kind, Project, ZONE};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

const BEFORE: &str = "www 300 A 192.0.2.10\nold 300 A 192.0.2.13\nstays 300 TXT \"here\"";

const AFTER: &str = "www: {type: A, ttl: 300, value: 192.0.2.20}\n\
                     new: {type: A, ttl: 300, value: 192.0.2.15}\n\
                     stays: {type: TXT, ttl: 300, value: here}";

/// The service that most tests share, each below a prefix of its own.
fn s3() -> &'static S3 {
    static S3_SERVICE: OnceLock<S3> = OnceLock::new();
    S3_SERVICE.get_or_init(|| S3::start(Conditions::Atomic))
}

fn prefix() -> String {
    static PREFIXES: AtomicUsize = AtomicUsize::new(0);
    format!("team/dns-{}", PREFIXES.fetch_add(1, Ordering::SeqCst))
}

/// A machine that works on `zone` and keeps its state below `prefix`.
fn machine(host: &Arc<Host>, zone: &str, endpoint: SocketAddr, prefix: &str) -> Project {
    let mut project = host.project(zone);
    for (name, value) in S3::variables(endpoint) {
        project.set(name, &value);
    }
    project.set("CI_JOB_URL", "https://ci.example/job/7");
    project.configure(", owns: zone", &format!("state: s3://state/{prefix}"));
    project.declare(AFTER);
    // Two records a write: several writes.
    project.set("DNSURE_SABOTAGE_RECORDS", "2");
    project
}

/// Two machines, and the prefix they share.
fn two_machines(kind: Kind) -> (Project, Project, String) {
    let host = Host::start(kind, &[(ZONE, BEFORE)]);
    let prefix = prefix();
    let machine = || machine(&host, ZONE, s3().addr(), &prefix);
    (machine(), machine(), prefix)
}

fn lock_key(prefix: &str) -> String {
    format!("{prefix}/locks/{ZONE}@main.json")
}

/// Makes the lock in the bucket one that was taken elsewhere, with other times if asked.
fn as_if_elsewhere(prefix: &str, expires_at: Option<&str>) {
    let key = lock_key(prefix);
    let mut lock: serde_json::Value = serde_json::from_str(&s3().get(&key).unwrap()).unwrap();
    lock["host"] = "runner-17".into();
    lock["machine"] = "another boot".into();
    if let Some(at) = expires_at {
        lock["expires_at"] = at.into();
    }
    s3().put(&key, &lock.to_string());
}

#[test]
fn the_second_machine_sees_the_lock_of_the_first() {
    let (one, two, _) = two_machines(Kind::Bind);
    let writing = one.pause_at("before write", &["apply", "--yes"]);
    let before = two.snapshot();
    two.run(&["apply", "--yes"]).ends(11).tells(&[
        "is locked by tester on ",
        "(run ",
        "process ",
        "until ",
        "https://ci.example/job/7",
        "dnsure unlock",
    ]);
    two.run(&["unlock"]).ends(0).shows(&["by tester", "https://ci.example/job/7"]);
    assert_eq!(two.snapshot(), before);
    writing.finish().ends(0);
    two.run(&["unlock"]).ends(0).tells(&["no target is locked"]);
    two.assert_settled();
    assert!(one.state().is_empty() && two.state().is_empty(), "nothing is kept in the directories");
}

#[test]
fn the_run_of_a_machine_that_died_is_finished_or_taken_back_by_another() {
    for (way, settled) in [(["apply", "--resume"], true), (["rollback", "--yes"], false)] {
        let (one, two, prefix) = two_machines(Kind::Bind);
        let before = one.snapshot();
        one.pause_at("after write", &["apply", "--yes"]).kill();
        as_if_elsewhere(&prefix, None);
        // Nobody here can know that the process over there is gone.
        two.run(&way).ends(11).tells(&["runner-17"]);
        let lock: serde_json::Value = serde_json::from_str(&s3().get(&lock_key(&prefix)).unwrap()).unwrap();
        let run = lock["run"].as_str().unwrap();
        two.run(&["unlock", "--run", "another"]).ends(0).shows(&[run]);
        two.run(&way).ends(11);
        two.run(&["unlock", "--run", run]).ends(0).tells(&["is broken"]);
        two.run(&["apply", "--yes"]).ends(14).tells(&["was interrupted"]);
        two.run(&way).ends(0);
        assert_eq!(two.snapshot() == before, !settled);
        two.apply();
        one.assert_settled();
    }
}

#[test]
fn a_lock_from_elsewhere_is_taken_over_a_minute_after_its_expiry() {
    let (one, two, prefix) = two_machines(Kind::Embedded);
    one.pause_at("after lock", &["apply", "--yes"]).kill();
    let now = jiff::Timestamp::now();
    let expired = |seconds: i64| (now - jiff::SignedDuration::from_secs(seconds)).to_string();
    as_if_elsewhere(&prefix, Some(&expired(5)));
    two.run(&["apply", "--yes"]).ends(11);
    as_if_elsewhere(&prefix, Some(&expired(61)));
    two.apply();
    two.assert_settled();
}

#[test]
fn a_run_that_slept_while_another_finished_it_is_stopped_by_the_journal() {
    let (one, two, prefix) = two_machines(Kind::Bind);
    let asleep = one.pause_at("after write", &["apply", "--yes"]);
    as_if_elsewhere(&prefix, Some("2020-01-01T00:00:00Z"));
    two.run(&["apply", "--resume"]).ends(0);
    two.assert_settled();
    let served = two.snapshot();
    let woken = asleep.finish();
    woken.ends(14).tells(&["another run has taken this journal over"]);
    assert_eq!(two.snapshot(), served);
    two.run(&["unlock"]).ends(0).tells(&["no target is locked"]);
}

#[test]
fn a_run_that_slept_before_it_took_the_lock_finds_it_taken() {
    let (one, two, _) = two_machines(Kind::Embedded);
    // It has seen a free lock, and its write of the lock comes late; the store is tried first.
    let asleep = one.pause_at("before put 4", &["apply", "--yes"]);
    let writing = two.pause_at("before write", &["apply", "--yes"]);
    asleep.finish().ends(11).tells(&["is locked by tester"]);
    writing.finish().ends(0);
    one.assert_settled();
}

#[test]
fn wherever_one_machine_is_killed_the_other_finishes() {
    const STRIDE: usize = 3;
    let zones: Vec<String> = (0..40).map(|number| format!("z{number}.test.")).collect();
    let all: Vec<(&str, &str)> = zones.iter().map(|zone| (zone.as_str(), BEFORE)).collect();
    let host = Host::start(Kind::Bind, &all);
    let prefix = prefix();
    let machine = |zone: &str| machine(&host, zone, s3().addr(), &prefix);
    // The first in a bucket has more to try.
    machine(&zones[0]).apply();
    let whole = machine(&zones[1]);
    let log = whole.file("points.log");
    whole.run_with(("DNSURE_SABOTAGE_LOG", log.to_str().unwrap()), &["apply", "--yes"]).ends(0);
    let points = whole.read("points.log").lines().count();
    let served = |project: &Project| -> Vec<String> {
        project.snapshot().iter().map(|line| line.replace(&project.zone, "")).collect()
    };
    let after = served(&whole);
    let mut kills = 0;
    for (zone, at) in zones[2..].iter().zip((1..=points).step_by(STRIDE)) {
        let (one, two) = (machine(zone), machine(zone));
        let killed = one.run_with(("DNSURE_SABOTAGE_KILL_AT", &at.to_string()), &["apply", "--yes"]);
        assert_eq!(killed.signal, Some(9), "point {at}: {killed:?}");
        let ran = two.run(&["apply", "--resume"]);
        assert_eq!(ran.code, Some(0), "point {at}: {ran:?}");
        two.apply();
        assert_eq!(served(&two), after, "point {at}");
        one.assert_settled();
        kills += 1;
    }
    println!("{kills} kills at {points} points, each finished from another directory");
    assert!(kills * STRIDE >= points, "some points were left out");
}

#[test]
fn what_one_machine_declared_the_other_may_delete_and_receipts_are_shared() {
    let (one, two, prefix) = two_machines(Kind::Bind);
    for machine in [&one, &two] {
        machine.configure("", &format!("state: s3://state/{prefix}"));
    }
    // Never declared: left alone.
    one.apply();
    assert!(one.serves(&format!("old.{ZONE} 300 IN A 192.0.2.13")));
    // Declared by one, gone from the files of the other.
    two.declare("www: {type: A, ttl: 300, value: 192.0.2.20}\nstays: {type: TXT, ttl: 300, value: here}");
    let ran = two.apply();
    assert!(!two.serves(&format!("new.{ZONE} 300 IN A 192.0.2.15")), "{:?}", two.snapshot());
    assert!(two.serves(&format!("old.{ZONE} 300 IN A 192.0.2.13")));
    let receipts = s3().keys(&format!("{prefix}/receipts/"));
    assert_eq!(receipts.len(), 2, "{receipts:?}");
    let url = format!("s3://state/{}", receipts[1]);
    ran.shows(&[&url]);
    one.run(&["show", &url]).ends(0).shows(&["verified"]);
    let journals = s3().keys(&format!("{prefix}/journals/"));
    let (journal, _) = journals[0].rsplit_once('/').unwrap();
    one.run(&["show", &format!("s3://state/{journal}")]).ends(0).shows(&["applied"]);
    one.run(&["show", &format!("s3://state/{prefix}/nothing")]).ends(1).tells(&["nothing of this name"]);
    one.run(&["show", "s3://elsewhere/x"]).ends(1).tells(&["dnsure.yaml"]);
}

#[test]
fn an_apply_whose_every_answer_from_the_store_is_lost_ends_well() {
    let host = Host::start(Kind::Bind, &[(ZONE, BEFORE)]);
    let prefix = prefix();
    let proxy = Lossy::before(s3().addr());
    for part in ["locks", "journals", "receipts", "inventory", "closed"] {
        proxy.lose("PUT", &format!("/{part}/"), Loss::Garbage, usize::MAX / 8);
    }
    // Whether a write was refused can be learnt from an answer alone.
    proxy.lose("PUT", "conditions.json", Loss::Garbage, 2);
    let one = machine(&host, ZONE, proxy.addr(), &prefix);
    one.apply().never_says("warning");
    let puts = proxy.requests().iter().filter(|line| line.starts_with("PUT")).count();
    println!("{puts} writes without an answer; {} requests", proxy.requests().len());
    machine(&host, ZONE, s3().addr(), &prefix).assert_settled();
}

#[test]
fn a_store_that_fails_in_the_middle_stops_the_run_and_it_is_resumed_later() {
    let host = Host::start(Kind::Bind, &[(ZONE, BEFORE)]);
    let proxy = Lossy::before(s3().addr());
    let one = machine(&host, ZONE, proxy.addr(), &prefix());
    let writing = one.pause_at("after write", &["apply", "--yes"]);
    proxy.lose("", "", Loss::Instead(503, String::new()), usize::MAX / 8);
    let hints = ["cannot write s3://state/", "dnsure apply --resume", "the receipt is not kept"];
    writing.finish().ends(14).tells(&hints);
    proxy.heal();
    one.run(&["apply", "--resume"]).ends(0);
    one.assert_settled();
}

#[test]
fn nothing_is_written_where_the_store_takes_no_heed_of_conditions() {
    let host = Host::start(Kind::Bind, &[(ZONE, BEFORE)]);
    for conditions in [Conditions::None, Conditions::CreateOnly] {
        let s3 = S3::start(conditions);
        let one = machine(&host, ZONE, s3.addr(), "dns");
        let before = one.snapshot();
        one.run(&["apply", "--yes"]).ends(1).tells(&["no heed of conditions", "or in a directory"]);
        assert_eq!(one.snapshot(), before);
        assert!(s3.keys("dns/locks/").is_empty() && s3.keys("dns/journals/").is_empty());
    }
}

#[test]
fn a_wrong_place_for_state_is_told_with_its_line_and_not_repeated() {
    let project = lab::on(Kind::Embedded, BEFORE);
    project.declare(AFTER);
    let wrong = [
        ("s3://AKIA17:hunter22@bucket/dns", "credentials", "hunter22"),
        ("az://container/dns?sig=hunter22", "credentials", "hunter22"),
        ("ftp://bucket/dns", "s3://, gs:// and az://", "no word to be kept"),
        ("s3:/bucket/dns", "SCHEME://BUCKET", "no word to be kept"),
    ];
    for (place, told, secret) in wrong {
        project.configure("", &format!("state: {place}"));
        let line =
            project.read("dnsure.yaml").lines().position(|line| line.starts_with("state")).unwrap() + 1;
        let at = format!("dnsure.yaml:{line}:");
        for command in ["validate", "plan", "unlock"] {
            project.run(&[command]).ends(1).tells(&[told, &at]).never_says(secret);
        }
    }
}

#[test]
fn no_secret_of_the_store_is_ever_printed_or_kept() {
    let host = Host::start(Kind::Bind, &[(ZONE, BEFORE)]);
    let prefix = prefix();
    let proxy = Lossy::before(s3().addr());
    let mut one = machine(&host, ZONE, proxy.addr(), &prefix);
    one.set("AWS_SESSION_TOKEN", "session-token-of-the-test");
    let mut runs = vec![one.pause_at("after write", &["apply", "--yes"]).kill()];
    runs.push(one.run(&["apply", "--resume", "--format", "json"]));
    // A service that repeats in its refusal what it was sent.
    let refusal = format!(
        "<Error><Code>SignatureDoesNotMatch</Code><Message>It does not match.</Message>\
         <StringToSign>{} session-token-of-the-test</StringToSign></Error>",
        S3::secret()
    );
    proxy.lose("", "", Loss::Instead(403, refusal), usize::MAX / 8);
    for command in [&["plan"][..], &["apply", "--yes"], &["apply", "--resume"], &["unlock"]] {
        let ran = one.run(command);
        ran.ends(1).tells(&["SignatureDoesNotMatch", "check the credentials"]);
        runs.push(ran);
    }
    for ran in &runs {
        ran.never_says(S3::secret()).never_says("session-token-of-the-test");
    }
    for key in s3().keys(&format!("{prefix}/")) {
        let text = s3().get(&key).unwrap();
        assert!(!text.contains(S3::secret()) && !text.contains("session-token"), "{key}");
    }
}

#[test]
fn without_credentials_the_files_are_still_checked() {
    let project = lab::on(Kind::Embedded, BEFORE);
    project.configure("", "state: gs://bucket/dns");
    project.declare(AFTER);
    project.run(&["validate"]).ends(0);
    assert!(!Path::new(&project.file("gs:")).exists());
}
