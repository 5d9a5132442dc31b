//! Bad input and bad luck: what is wrong is told with place and way out, nothing is half done, and no
//! secret is ever repeated.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod lab;

use lab::{Kind, Project, Ran, SECRET, ZONE};
use std::io::{Read as _, Write as _};
use std::process::Command;

const BEFORE: &str = "www 300 A 192.0.2.10\nold 300 A 192.0.2.13\nmail 300 MX 10 mx.example.net.";

const AFTER: &str = "www: {type: A, ttl: 300, value: 192.0.2.20}\n\
                     mail: {type: MX, ttl: 300, value: {preference: 10, exchange: mx.example.net.}}";

fn project(kind: Kind) -> Project {
    let project = lab::on(kind, BEFORE);
    project.configure(", owns: zone, guards: {max_delete_percent: 100}", "");
    project.declare(AFTER);
    project
}

#[test]
fn every_error_of_every_zone_file_is_told_and_nothing_is_saved_or_applied() {
    let project = project(Kind::Embedded);
    let text = project.read("dnsure.yaml");
    project.write("dnsure.yaml", &text.replace("  example.test.:", "  \"*\":"));
    project.write("zones/one.test.yaml", "www: {type: A, value: 192.0.2.999}\nb: {type: NOPE, value: x}\n");
    project.write("zones/two.test.yaml", "mail:\n  type: MX\n  value: {preference: ten}\n");
    project.write("zones/three.test.yaml", "a: [unclosed\n");
    let ran = project.run(&["plan", "--out", "plan.json"]);
    ran.ends(1).tells(&[
        "zones/one.test.yaml:1:",
        "zones/one.test.yaml:2:",
        "zones/two.test.yaml:",
        "zones/three.test.yaml:",
    ]);
    ran.shows(&["example.test.  main", "~ www"]).tells(&["it is not saved and cannot be applied"]);
    assert!(!project.file("plan.json").exists());
    project.run(&["apply", "--yes"]).ends(1);
    assert!(project.serves("www.example.test. 300 IN A 192.0.2.10"));
}

#[test]
fn an_unknown_zone_is_told_with_the_zones_there_are() {
    project(Kind::Embedded).run(&["plan", "example.nope"]).ends(1).tells(&["example.nope", "example.test."]);
}

#[test]
fn a_missing_configuration_says_where_it_was_looked_for() {
    let project = project(Kind::Embedded);
    std::fs::remove_file(project.file("dnsure.yaml")).unwrap();
    project.run(&["plan"]).ends(1).tells(&["dnsure.yaml", "-C DIR"]);
}

#[test]
fn a_missing_secret_names_the_variable() {
    for kind in [Kind::Bind, Kind::PowerDnsApi] {
        let project = project(kind);
        let mut command = project.command(&["plan"]);
        let output = command.env_remove("LAB_SECRET").output().unwrap();
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1));
        assert!(told.contains("LAB_SECRET") && told.contains("`main`"), "{told}");
        project.run_with(("LAB_SECRET", ""), &["plan"]).ends(1).tells(&["LAB_SECRET", "empty"]);
    }
}

#[test]
fn a_secret_in_the_configuration_is_refused_and_not_repeated() {
    for kind in [Kind::Bind, Kind::PowerDnsApi] {
        let project = project(kind);
        let text = project.read("dnsure.yaml");
        project.write("dnsure.yaml", &text.replace("env:LAB_SECRET", SECRET));
        let ran = project.run(&["plan"]);
        ran.ends(1).tells(&["a secret does not stand in this file", "env:NAME"]).never_says(SECRET);
        ran.never_says(&SECRET[..12]);
        // Another mistake on the same line shows the line.
        project.write("dnsure.yaml", &text.replace("env:LAB_SECRET", SECRET).replace("type:", "typ:"));
        project.run(&["plan"]).ends(1).tells(&["typ"]).never_says(SECRET);
        project.write("dnsure.yaml", &text.replace("env:LAB_SECRET", SECRET).replace("}}", "}"));
        project.run(&["plan"]).ends(1).never_says(SECRET);
    }
}

#[test]
fn a_key_that_does_not_fit_is_told_without_its_secret() {
    const WRONG: &str = "d3Jvbmcgc2VjcmV0IHdyb25nIHNlY3JldCB3cm9uZyE=";
    for kind in [Kind::Bind, Kind::Knot, Kind::PowerDnsUpdate] {
        let project = project(kind);
        let text = project.read("dnsure.yaml");
        let wrong = project.run_with(("LAB_SECRET", WRONG), &["plan"]);
        assert_eq!(wrong.code, Some(1), "{kind:?}: {wrong:?}");
        wrong.tells(&["secret"]).never_says(WRONG);
        project
            .run_with(("LAB_SECRET", "no base64!"), &["plan"])
            .ends(1)
            .tells(&["base64"])
            .never_says("no base64!");
        project.write("dnsure.yaml", &text.replace("name: ci.", "name: other."));
        let unknown = project.run(&["plan"]);
        assert_eq!(unknown.code, Some(1), "{kind:?}: {unknown:?}");
        unknown.tells(&["key"]).never_says(SECRET);
        project.write("dnsure.yaml", &text.replace("hmac-sha256", "hmac-sha512"));
        let algorithm = project.run(&["plan"]);
        assert_eq!(algorithm.code, Some(1), "{kind:?}: {algorithm:?}");
        algorithm.tells(&["key"]).never_says(SECRET);
        project.write("dnsure.yaml", &text.replace("hmac-sha256", "hmac-md5"));
        project.run(&["plan"]).ends(1).tells(&["hmac-md5", "hmac-sha256"]);
    }
    let project = project(Kind::PowerDnsApi);
    project
        .run_with(("LAB_SECRET", "wrong-key"), &["plan"])
        .ends(1)
        .tells(&["api_key"])
        .never_says("wrong-key");
}

/// A server that breaks every transfer off in the middle of a message.
fn breaks_off() -> std::net::SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut query = [0; 2];
            if stream.read_exact(&mut query).is_err() {
                continue;
            }
            let mut message = vec![0; usize::from(u16::from_be_bytes(query))];
            let _ = stream.read_exact(&mut message);
            // Says 500 octets, sends a header and goes.
            let _ = stream.write_all(&[0x01, 0xf4, message[0], message[1], 0x84, 0, 0, 1, 0, 1]);
        }
    });
    addr
}

#[test]
fn a_transfer_that_breaks_off_is_no_small_zone() {
    let project = project(Kind::Bind);
    let text = project.read("dnsure.yaml");
    let broken = breaks_off().to_string();
    project.write("dnsure.yaml", &text.replace(&project.host.addr().to_string(), &broken));
    let ran = project.run(&["plan", "--out", "plan.json"]);
    ran.ends(1).tells(&[&broken]);
    assert_eq!(ran.out, "");
    assert!(!project.file("plan.json").exists());
}

#[test]
fn a_server_that_is_down_is_told_and_when_it_is_back_the_same_command_works() {
    for kind in [Kind::Bind, Kind::PowerDnsApi] {
        let project = project(kind);
        project.host.server().stop();
        project.run(&["plan"]).ends(1).tells(&["127.0.0.1", "run the same command again"]);
        project.host.server().start_again();
        project.plan();
        project.host.server().stop();
        let ran = project.run(&["apply", "plan.json"]);
        assert_eq!(ran.code, Some(1), "{kind:?}: {ran:?}");
        ran.tells(&["127.0.0.1"]);
        project.host.server().start_again();
        project.run(&["apply", "plan.json"]).ends(0);
        project.assert_settled();
    }
}

#[test]
fn a_server_that_goes_away_in_the_middle_leaves_a_run_to_resume() {
    for point in ["after write", "before read 2"] {
        let mut project = project(Kind::Bind);
        project.set("DNSURE_SABOTAGE_RECORDS", "2");
        let text = project.read("dnsure.yaml");
        project.write("dnsure.yaml", &text.replace("20s", "1s"));
        project.declare(&format!("{AFTER}\nnew: {{type: A, value: 192.0.2.15}}"));
        let paused = project.pause_at(point, &["apply", "--yes"]);
        project.host.server().stop();
        let ran = paused.finish();
        assert!(matches!(ran.code, Some(13 | 14)), "{point}: {ran:?}");
        ran.tells(&["dnsure apply --resume", "dnsure rollback"]);
        project.host.server().start_again();
        project.run(&["apply", "--resume"]).ends(0);
        project.assert_settled();
    }
}

/// Runs a script in a namespace where `.dnsure` is a file system of this many KiB.
fn on_small_disk(project: &Project, kib: u32, script: &str) -> Ran {
    let mut command = Command::new("unshare");
    std::fs::create_dir_all(project.file(".dnsure")).unwrap();
    let script = format!(
        "mount -t tmpfs -o size={kib}k none .dnsure && cd . && dnsure() {{ '{}' \"$@\"; echo \"exit $?\"; }}\n{script}",
        env!("CARGO_BIN_EXE_dnsure")
    );
    // Whoever is not root becomes it in a namespace of users.
    let is_root = Command::new("unshare").args(["--mount", "true"]).status().is_ok_and(|end| end.success());
    command.args(if is_root { &["--mount"][..] } else { &["--map-root-user", "--mount"] });
    command.args(["bash", "-c", &script]);
    Ran::from_command(project.at_home(command))
}

#[test]
fn a_full_disk_stops_the_run_before_the_write_and_room_makes_it_go_on() {
    let project = project(Kind::Bind);
    let before = project.snapshot();
    let ran = on_small_disk(&project, 8, "head -c 8192 /dev/zero > .dnsure/full; dnsure apply --yes");
    ran.shows(&["exit 1"]).tells(&["No space left", ".dnsure", "run the same command again"]);
    assert_eq!(project.snapshot(), before);
    project.apply();
    project.assert_settled();
}

#[test]
fn wherever_the_disk_is_full_the_zone_is_whole_and_the_run_can_be_finished() {
    let mut codes = std::collections::BTreeSet::new();
    // Every size is another file that does not fit: lock, journal entries, receipt.
    for kib in [4, 8, 12, 16, 20, 24, 28, 32, 40] {
        let project = project(Kind::Bind);
        let before = project.snapshot();
        let script = "dnsure apply --yes\nmount -o remount,size=4m .dnsure\ndnsure apply --resume\ndnsure apply --yes\n\
                      dnsure plan --detailed-exitcode";
        let ran = on_small_disk(&project, kib, script);
        let exits: Vec<&str> = ran.out.lines().filter(|line| line.starts_with("exit ")).collect();
        assert_eq!(exits[1..], ["exit 0", "exit 0", "exit 0"], "{kib} KiB: {ran:?}");
        if exits[0] != "exit 0" {
            assert!(ran.err.contains("No space left"), "{kib} KiB: {ran:?}");
        }
        assert_ne!(project.snapshot(), before);
        codes.insert(exits[0].to_owned());
    }
    assert!(codes.contains("exit 1") && codes.contains("exit 0"), "{codes:?}");
}

/// The plan trips a guard, and only its own acknowledgement with a reason lets it pass.
fn is_guarded(project: &Project, words: &[&str]) {
    let before = project.snapshot();
    let ran = project.run(&["apply", "--yes"]);
    ran.ends(12).tells(words).tells(&["--ack"]);
    let digest = ran.err.split("--ack ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    assert_eq!(digest.len(), 16, "{digest}");
    project.run(&["apply", "--yes", "--ack", &digest]).ends(64);
    project.run(&["apply", "--yes", "--ack", &digest[..15], "--reason", "short"]).ends(12);
    project.run(&["apply", "--yes", "--ack", &digest, "--reason", "  "]).ends(12).tells(&["reason"]);
    let other = "0123456789abcdef";
    project.run(&["apply", "--yes", "--ack", other, "--reason", "wrong"]).ends(12).tells(&["another plan"]);
    assert_eq!(project.snapshot(), before);
    project.run(&["apply", "--yes", "--ack", &digest, "--reason", "it is meant so"]).ends(0);
    assert!(project.state().iter().any(|(_, text)| text.contains("it is meant so")), "the reason is kept");
    project.assert_settled();
}

#[test]
fn the_reason_for_taking_an_open_run_back_is_kept_beside_the_one_it_was_begun_with() {
    let project = project(Kind::Embedded);
    project.pause_at("after write", &["apply", "--yes", "--reason", "ticket 7"]).kill();
    // Killed on its way back, it may be given another one.
    project.pause_at("before write", &["rollback", "--yes", "--reason", "wrong address"]).kill();
    let ran = project.run(&["rollback", "--yes", "--reason", "wrong shop", "--receipt", "receipt.json"]);
    ran.ends(0).shows(&["reason: wrong shop"]);
    let receipt: serde_json::Value = serde_json::from_str(&project.read("receipt.json")).unwrap();
    assert_eq!(receipt["reason"], "wrong shop");
    let state = project.state();
    let (begin, _) = state.iter().find(|(path, _)| path.ends_with("000001.json")).unwrap();
    let journal = begin.parent().unwrap().display().to_string();
    project.run(&["show", &journal]).ends(0).shows(&["ticket 7", "wrong address", "wrong shop"]);
}

#[test]
fn too_many_deletions_want_an_acknowledgement() {
    let project = project(Kind::Embedded);
    project.configure(", owns: zone, guards: {max_deletes: 1, max_delete_percent: 100}", "");
    project.declare("");
    is_guarded(&project, &["would be destroyed", "guards.max_deletes"]);
}

#[test]
fn a_large_share_of_a_small_zone_wants_an_acknowledgement() {
    let project = project(Kind::Embedded);
    project.configure(", owns: zone", "");
    project.declare("www: {type: A, ttl: 300, value: 192.0.2.10}");
    is_guarded(&project, &["of 6 record sets would be destroyed", "guards.max_delete_percent"]);
}

#[test]
fn an_empty_zone_file_wants_an_acknowledgement() {
    let project = project(Kind::Embedded);
    project.declare_only("---\n{}\n");
    is_guarded(&project, &["declares nothing"]);
    let project = self::project(Kind::Embedded);
    project.declare_only("");
    let before = project.snapshot();
    let ran = project.run(&["apply", "--yes"]);
    assert!(matches!(ran.code, Some(1 | 12)), "{ran:?}");
    assert_eq!(project.snapshot(), before);
    std::fs::remove_file(project.file(&project.zone_file())).unwrap();
    let ran = project.run(&["apply", "--yes"]);
    assert!(matches!(ran.code, Some(1 | 12)), "{ran:?}");
    assert_eq!(project.snapshot(), before);
}

#[test]
fn name_servers_and_soa_at_the_apex_want_an_acknowledgement() {
    let project = project(Kind::Embedded);
    project.declare_only(&format!(
        "'': {{type: NS, values: [ns1.{ZONE}, ns3.{ZONE}]}}\nns1: {{type: A, value: 127.0.0.1}}\n\
         ns2: {{type: A, value: 127.0.0.2}}\nns3: {{type: A, value: 127.0.0.3}}\n{AFTER}\n"
    ));
    is_guarded(&project, &["the NS records at the apex change"]);
}

#[test]
fn protected_names_want_an_acknowledgement() {
    let project = project(Kind::Embedded);
    project.configure(", owns: zone, protect: [\"www A\"], guards: {max_delete_percent: 100}", "");
    is_guarded(&project, &["www.example.test. A is protected"]);
}

#[test]
fn an_addition_that_hides_an_answer_of_a_wildcard_wants_an_acknowledgement() {
    let project = lab::on(Kind::Bind, "* 300 A 192.0.2.10");
    project.declare("'*': {type: A, ttl: 300, value: 192.0.2.10}\n_acme-challenge.foo: {type: TXT, ttl: 300, value: token}");
    is_guarded(&project, &["foo.example.test. A", "hides"]);
}

#[test]
fn what_was_never_declared_is_left_alone_unless_the_files_own_the_zone() {
    let project = lab::on(Kind::Embedded, BEFORE);
    project.declare(AFTER);
    project.run(&["plan"]).ends(0).shows(&["! old", "left alone"]);
    project.apply();
    assert!(project.serves("old.example.test. 300 IN A 192.0.2.13"));
    // What the files once declared goes when it leaves them.
    project.configure(", guards: {max_delete_percent: 100}", "");
    project.declare("mail: {type: MX, ttl: 300, value: {preference: 10, exchange: mx.example.net.}}");
    project.apply();
    assert!(!project.serves("www.example.test. 300 IN A 192.0.2.20"));
    assert!(project.serves("old.example.test. 300 IN A 192.0.2.13"));
    project.configure(", owns: zone, ignore: [\"old A\"], guards: {max_delete_percent: 100}", "");
    project.apply();
    assert!(project.serves("old.example.test. 300 IN A 192.0.2.13"), "ignored on purpose");
    project.configure(", owns: zone, guards: {max_delete_percent: 100}", "");
    project.apply();
    assert!(!project.serves("old.example.test. 300 IN A 192.0.2.13"));
    project.assert_settled();
}

#[test]
fn a_zone_that_is_not_there_is_created_by_opt_in_only_and_bind_says_what_to_do() {
    let absent = |kind: Kind| {
        let project = lab::Host::start(kind, &[(ZONE, BEFORE)]).project("absent.test.");
        project.declare("www: {type: A, ttl: 300, value: 192.0.2.20}");
        project
    };
    let project = absent(Kind::Embedded);
    let planned = project.run(&["plan"]);
    planned.ends(0).shows(&["will be created"]).tells(&["refused", "--create-zones", "create: true"]);
    project.run(&["apply", "--yes"]).ends(12).tells(&["--create-zones", "create: true"]);
    project.run(&["apply", "--yes", "--create-zones"]).ends(0);
    project.assert_settled();
    let ran = absent(Kind::Bind).run(&["plan"]);
    ran.ends(1).tells(&["absent.test.", "add the zone to the server's configuration"]);
}

#[test]
fn a_plan_that_makes_a_zone_and_a_signature_for_making_it_anew_are_good_for_one_time() {
    let zone = "absent.test.";
    let project = lab::Host::start(Kind::Embedded, &[(ZONE, BEFORE)]).project(zone);
    project.declare("www: {type: A, ttl: 300, value: 192.0.2.20}");
    project.plan();
    let create = ["apply", "plan.json", "--create-zones"];
    let applied = project.run(&create);
    applied.ends(0);
    project.host.lose(zone);
    project.run(&create).ends(10).tells(&["is gone now", "plan again"]);
    project.run(&[&create[..], &["--detached"]].concat()).ends(10).tells(&["plan again"]);
    let planned = project.plan();
    let digest = planned.out.split("digest ").nth(1).unwrap().trim().to_owned();
    let signed = [&create[..], &["--ack", &digest, "--reason", "deleted on purpose"]].concat();
    project.run(&signed).ends(0);
    project.assert_settled();
    project.host.lose(zone);
    project.run(&signed).ends(10).tells(&["is gone now", "plan again"]);
    project.run(&[&signed[..], &["--detached"]].concat()).ends(10).tells(&["plan again"]);
}

#[test]
fn a_zone_that_vanished_in_the_middle_of_its_first_run_is_not_made_a_second_time_by_resuming() {
    let mut project = lab::Host::start(Kind::Embedded, &[(ZONE, BEFORE)]).project("absent.test.");
    project.declare("a: {type: A, value: 192.0.2.1}\nb: {type: A, value: 192.0.2.2}");
    project.set("DNSURE_SABOTAGE_RECORDS", "2");
    project.pause_at("before write 2", &["apply", "--yes", "--create-zones"]).kill();
    project.host.lose("absent.test.");
    let resumed = project.run(&["apply", "--resume"]);
    assert_ne!(resumed.code, Some(0), "{resumed:?}");
    project.run(&["plan"]).shows(&["will be created"]);
}

#[test]
fn hostile_record_data_cannot_drive_the_terminal_of_the_reviewer() {
    let hostile = "\\027[2J\\010fake: line\\226\\128\\174evil";
    let project = lab::on(Kind::Bind, &format!("text 300 TXT \"{hostile}\""));
    project.configure(", owns: zone, guards: {max_delete_percent: 100}", "");
    project.declare("new: {type: TXT, value: \"\\e[31mred\\u202Eevil\\nfake\"}");
    let ran = project.run(&["plan", "--out", "plan.json", "--color", "never"]);
    let shown = project.run(&["show", "plan.json", "--color", "never"]);
    let applied = project.run(&["apply", "plan.json", "--color", "never"]);
    for ran in [&ran, &shown, &applied] {
        for bad in ['\u{1b}', '\u{202e}', '\u{8}'] {
            assert!(!ran.all().contains(bad), "{bad:?} is shown: {ran:?}");
        }
        assert!(!ran.all().lines().any(|line| line.starts_with("fake")), "{ran:?}");
    }
    ran.shows(&["text"]);
}

#[test]
fn a_plan_needs_only_the_key_that_may_read() {
    let project = project(Kind::Bind);
    let text = project.read("dnsure.yaml");
    let reader = "transfer_key: {name: ci., algorithm: hmac-sha256, secret: \"env:LAB_SECRET\"}, key:";
    let split = text.replace("key:", reader).replacen("env:LAB_SECRET\"}}", "env:WRITER\"}}", 1);
    assert!(split.contains("env:WRITER") && split.contains("env:LAB_SECRET"), "{split}");
    project.write("dnsure.yaml", &split);
    project.plan();
    project.run(&["verify"]).ends(13);
    let before = project.snapshot();
    project.run(&["apply", "plan.json"]).ends(1).tells(&["WRITER", "`main`"]);
    assert_eq!(project.snapshot(), before);
    project.run_with(("WRITER", SECRET), &["apply", "plan.json"]).ends(0);
}

#[test]
fn no_secret_is_ever_printed_or_kept() {
    for kind in [Kind::Bind, Kind::PowerDnsApi] {
        let project = project(kind);
        let secret = project.host.secret();
        let mut runs = vec![project.run(&["plan", "--out", "plan.json"])];
        runs.push(project.pause_at("after write", &["apply", "plan.json"]).kill());
        runs.push(project.run(&["apply", "--yes"]));
        runs.push(project.run(&["apply", "--resume", "--format", "json"]));
        runs.push(project.run(&["verify"]));
        runs.push(project.run(&["unlock"]));
        for ran in &runs {
            ran.never_says(secret);
        }
        let mut files = project.state();
        assert!(files.iter().any(|(path, _)| path.to_string_lossy().contains("receipts")), "{files:?}");
        assert!(files.iter().any(|(path, _)| path.to_string_lossy().contains("journals")), "{files:?}");
        files.push((project.file("plan.json"), project.read("plan.json")));
        for (path, text) in files {
            assert!(!text.contains(secret), "the secret stands in {}", path.display());
        }
    }
}
