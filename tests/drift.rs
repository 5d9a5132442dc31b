//! `drift`: who moved since the last apply, who serves something else, and back into the files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod lab;

use lab::{Kind, Project};

const BEFORE: &str = "www 300 A 192.0.2.10\nold 300 A 192.0.2.13\nstray 300 A 192.0.2.14";

/// Files with comments in odd places.
const FILES: &str = "# the web\nwww:   # two offices\n  type: A\n  ttl: 300\n  value: 192.0.2.10   # berlin\n  # end of www\n# leaving soon\nold: {type: A, ttl: 300, value: 192.0.2.13} # unused\nmail: {type: TXT, ttl: 300, value: hello}";

fn applied(kind: Kind) -> Project {
    let project = lab::on(kind, BEFORE);
    project.declare(FILES);
    project.apply();
    project
}

#[test]
fn nothing_drifts_after_an_apply() {
    for kind in [Kind::Bind, Kind::Embedded] {
        let project = applied(kind);
        project.edit("stray", "A", &[]);
        project.run(&["drift"]).ends(0).shows(&["no drift", "0 changed live"]);
    }
}

#[test]
fn who_moved_is_told_for_each_record_set() {
    for kind in [Kind::Bind, Kind::Embedded] {
        let project = applied(kind);
        project.edit("www", "A", &["300 A 192.0.2.66"]);
        project.edit("old", "A", &[]);
        project.edit("mail", "TXT", &["300 TXT \"live\""]);
        project.declare(
            &FILES
                .replace("value: hello", "value: files")
                .replace("# leaving", "new: {type: A, value: 192.0.2.7}\n# leaving"),
        );
        let ran = project.run(&["drift"]);
        ran.ends(2).shows(&[
            "www",
            "192.0.2.10 → 192.0.2.66",
            "changed live since the last apply",
            "old",
            "deleted live since the last apply",
            "mail",
            "changed live and in the files",
            "new",
            "changed in the files, not applied yet",
            "stray",
            "live only, never declared here",
            "Drift: 2 changed live, 1 waiting in the files, 1 on both sides, 0 unknown.   1 unmanaged",
        ]);
        let ran = project.run(&["drift", "--name", "new", "--format", "json"]);
        ran.ends(2);
        let events: Vec<serde_json::Value> =
            ran.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let drifted: Vec<_> = events.iter().filter(|event| event["event"] == "drift").collect();
        assert_eq!(drifted.len(), 1, "{ran:?}");
        assert_eq!(drifted[0]["cause"], "files");
        assert_eq!(events.last().unwrap()["exit"]["code"], 2);
    }
}

#[test]
fn without_an_apply_who_moved_is_unknown() {
    let project = lab::on(Kind::Bind, BEFORE);
    project.declare(&FILES.replace("192.0.2.10 ", "192.0.2.11 "));
    project
        .run(&["drift", "--name", "www"])
        .ends(2)
        .shows(&["differs; what was applied is unknown", "1 unknown"]);
}

#[test]
fn what_is_live_goes_into_the_files_and_every_comment_stays() {
    for kind in [Kind::Bind, Kind::Embedded] {
        let project = applied(kind);
        project.edit("www", "A", &["300 A 192.0.2.66", "300 A 192.0.2.10"]);
        project.edit("old", "A", &["60 A 192.0.2.13"]);
        let before = project.read(&project.zone_file());
        let ran = project.run(&["drift", "--adopt"]);
        ran.ends(0).shows(&[
            "changed  zones/example.test.yaml:",
            "added    zones/example.test.yaml:",
            "stray A 300 192.0.2.14",
        ]);
        let expected = before
            .replace(
                "  value: 192.0.2.10   # berlin\n",
                "  values:\n  - 192.0.2.10   # berlin\n  - 192.0.2.66\n",
            )
            .replace("old: {type: A, ttl: 300,", "old: {type: A, ttl: 60,");
        let after = project.read(&project.zone_file());
        assert_eq!(after, format!("{expected}stray:\n  ttl: 300\n  type: A\n  value: 192.0.2.14\n"));
        project.run(&["drift"]).ends(0);
        project.assert_settled();
    }
}

#[test]
fn what_waits_in_the_files_is_adopted_only_where_it_is_named() {
    let project = applied(Kind::Bind);
    project.edit("stray", "A", &[]);
    let changed = FILES.replace("192.0.2.10 ", "192.0.2.20 ");
    project.declare(&changed);
    let ran = project.run(&["drift", "--adopt"]);
    ran.ends(2)
        .tells(&["changed in the files, not applied yet", "dnsure drift --adopt example.test. --name 'www'"]);
    assert!(project.read(&project.zone_file()).contains("192.0.2.20   # berlin"));
    project.run(&["drift", "--adopt", "--name", "www"]).ends(0);
    assert!(project.read(&project.zone_file()).contains("192.0.2.10   # berlin"));
    project.assert_settled();
}

#[test]
fn what_comes_from_an_anchor_is_told_with_its_place_and_left() {
    let project = lab::on(Kind::Bind, "a 300 A 192.0.2.1\nb 300 A 192.0.2.1");
    project.declare("a: &a\n  type: A\n  ttl: 300\n  value: 192.0.2.1\nb: *a");
    project.apply();
    project.edit("b", "A", &["300 A 192.0.2.2"]);
    let before = project.read(&project.zone_file());
    let ran = project.run(&["drift", "--adopt"]);
    ran.ends(2).tells(&["is not edited: it comes from zones/example.test.yaml:", "by hand: 300 A 192.0.2.2"]);
    assert_eq!(project.read(&project.zone_file()), before);
}

#[test]
fn servers_that_serve_something_else_than_is_listed_are_named() {
    let project = applied(Kind::Bind);
    let lagging = lab::Host::start(Kind::Bind, &[(lab::ZONE, &BEFORE.replace("192.0.2.13", "192.0.2.99"))]);
    let text = project.read("dnsure.yaml");
    let servers = format!("servers: [\"{}\", \"{}\"], key:", project.host.addr(), lagging.addr());
    project.write("dnsure.yaml", &text.replace("key:", &servers));
    let ran = project.run(&["drift", "--name", "old"]);
    ran.ends(2).shows(&[&format!("server {} old A: serves 192.0.2.99, wanted 192.0.2.13", lagging.addr())]);
    assert!(!ran.out.contains(&format!("server {}", project.host.addr())), "{ran:?}");
}

#[test]
fn a_zone_that_is_gone_does_not_empty_its_file() {
    let project = applied(Kind::Embedded);
    let before = project.read(&project.zone_file());
    let config = project.read("dnsure.yaml");
    let elsewhere = config.replace("type: embedded, directory: ", "type: embedded, directory: empty");
    assert_ne!(config, elsewhere);
    project.write("dnsure.yaml", &elsewhere);
    let ran = project.run(&["drift", "--adopt", "--name", "**"]);
    ran.ends(2).shows(&["the zone does not exist there"]).tells(&["there is nothing to adopt"]);
    assert_eq!(project.read(&project.zone_file()), before);
}
