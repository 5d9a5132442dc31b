//! `drift`: who moved since the last apply, who serves something else, and back into the files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod lab;

use dnsure_kit::panel::Panel;
use lab::{Host, Kind, Project, ZONE};
use std::sync::Arc;

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
fn what_somebody_added_to_a_zone_that_is_owned_whole_is_adopted_and_not_deleted() {
    for kind in [Kind::Bind, Kind::Embedded] {
        let project = applied(kind);
        project.configure(", owns: zone", "");
        project.run(&["drift"]).ends(2).shows(&["live only, never declared here", "1 unmanaged"]);
        project.run(&["drift", "--adopt"]).ends(0).shows(&["stray A 300 192.0.2.14"]);
        project.run(&["drift"]).ends(0);
        project.assert_settled();
        assert!(project.serves("stray.example.test. 300 IN A 192.0.2.14"), "{:?}", project.snapshot());
    }
}

#[test]
fn what_is_ignored_in_a_record_set_is_not_adopted_with_the_rest_of_it() {
    let project = applied(Kind::Bind);
    project.edit("stray", "A", &[]);
    project.configure(", owns: zone, ignore: [\"extra A 192.0.2.99\"]", "");
    project.edit("extra", "A", &["300 A 192.0.2.98", "300 A 192.0.2.99"]);
    project.run(&["drift", "--adopt"]).ends(0).shows(&["extra A 300 192.0.2.98"]);
    assert!(!project.read(&project.zone_file()).contains("192.0.2.99"));
    project.run(&["drift"]).ends(0);
}

#[test]
fn members_with_ttls_of_their_own_are_still_drift_when_the_files_say_one_for_all() {
    let host = Host::panel(Panel::builder().unit("record"), &[(ZONE, BEFORE)]);
    let project = host.project(ZONE);
    project.declare(FILES);
    project.apply();
    host.the_panel().foreign_add(&format!("www.{ZONE}"), 900, "A", "192.0.2.66");
    project.run(&["drift", "--name", "www"]).ends(2).shows(&["192.0.2.10 → 192.0.2.10, 192.0.2.66"]);
    let ran = project.run(&["drift", "--adopt", "--name", "www"]);
    ran.ends(2).shows(&["changed  zones/example.test.yaml:"]);
    ran.tells(&["at main www.example.test. A: its members have different TTLs live: dnsure apply brings"]);
    project.apply();
    project.run(&["drift", "--name", "www"]).ends(0);
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
    let lagging = Host::start(Kind::Bind, &[(ZONE, &BEFORE.replace("192.0.2.13", "192.0.2.99"))]);
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

/// A project whose zone is at two servers, applied.
fn at_two(files: &str) -> (Project, Arc<Host>) {
    let project = lab::on(Kind::Embedded, BEFORE);
    let second = Host::start(Kind::Embedded, &[(ZONE, BEFORE)]);
    let text = project.read("dnsure.yaml");
    let text = text.replace("\nzones:", &format!("\n  second: {}\nzones:", second.provider()));
    project.write("dnsure.yaml", &text.replace("targets: [main]", "targets: [main, second]"));
    project.declare(files);
    project.apply();
    (project, second)
}

#[test]
fn an_accident_at_one_target_is_no_truth_for_the_others() {
    let (project, second) = at_two(FILES);
    project.edit("www", "A", &[]);
    let before = project.read(&project.zone_file());
    for arguments in [&["drift", "--adopt"][..], &["drift", "--adopt", "--name", "www"]] {
        let ran = project.run(arguments);
        ran.ends(2).tells(&[
            "www.example.test. A",
            "its targets differ",
            "at second: holds what the files say",
        ]);
        // `stray`, which is live at both, is taken at the first time.
        assert!(project.read(&project.zone_file()).starts_with(&before));
    }
    // What is the same at both is taken.
    let old = format!("old.{ZONE}");
    project.edit("old", "A", &["60 A 192.0.2.13"]);
    second.edit(ZONE, &old, "A", &[&format!("{old} 60 A 192.0.2.13")]);
    let ran = project.run(&["drift", "--adopt"]);
    ran.ends(2).shows(&["old A 60 192.0.2.13"]);
    project.apply();
    assert!(project.serves("www.example.test. 300 IN A 192.0.2.10"), "{:?}", project.snapshot());
}

#[test]
fn what_is_unmanaged_at_one_target_is_declared_for_all_only_where_it_is_named() {
    let (project, _second) = at_two(FILES);
    project.edit("lone", "A", &["300 A 192.0.2.77"]);
    let ran = project.run(&["drift", "--adopt"]);
    ran.ends(2).tells(&["at second: has no such record set", "--adopt example.test. --name 'lone'"]);
    assert!(!project.read(&project.zone_file()).contains("lone"));
    project.run(&["drift", "--adopt", "--name", "lone"]).ends(0);
    assert!(project.read(&project.zone_file()).contains("192.0.2.77"));
}

#[test]
fn a_target_that_is_not_known_keeps_the_files_as_they_are() {
    let (project, _second) = at_two(FILES);
    project.edit("www", "A", &["300 A 192.0.2.66"]);
    let before = project.read(&project.zone_file());
    let config = project.read("dnsure.yaml");
    let (head, tail) = config.split_once("  second: {").unwrap();
    let (_, rest) = tail.split_once('\n').unwrap();
    let empty = format!("{head}  second: {{type: embedded, directory: empty}}\n{rest}");
    project.write("dnsure.yaml", &empty);
    project.run(&["drift", "--adopt"]).ends(2).tells(&["at second: the zone does not exist there"]);
    assert_eq!(project.read(&project.zone_file()), before);
    let silent = "{type: powerdns, url: \"http://127.0.0.1:9\", api_key: \"env:LAB_SECRET\", servers: [\"127.0.0.1:9\"]}";
    project.write("dnsure.yaml", &format!("{head}  second: {silent}\n{rest}"));
    project.run(&["drift", "--adopt"]).ends(1).tells(&["at second: not compared", "error: "]);
    assert_eq!(project.read(&project.zone_file()), before);
}

#[test]
fn a_file_that_another_zone_reads_too_is_not_written() {
    let project = lab::on(Kind::Embedded, BEFORE);
    let config = project.read("dnsure.yaml");
    project.declare(FILES);
    project.apply();
    project.edit("www", "A", &["300 A 192.0.2.66"]);
    let before = project.read(&project.zone_file());
    let with = |entry: &str| {
        project.write(
            "dnsure.yaml",
            &config.replace("\nverify:", &format!("\n  other.test.: {{targets: []{entry}}}\nverify:")),
        );
        let ran = project.run(&["drift", "--adopt", ZONE]);
        ran.ends(2).tells(&["zones/example.test.yaml is also read by other.test.: change it by hand"]);
        assert_eq!(project.read(&project.zone_file()), before);
    };
    with(", file: zones/example.test.yaml");
    project.write("zones/other.test.yaml", "!include example.test.yaml\n");
    with("");
    std::fs::remove_file(project.file("zones/other.test.yaml")).unwrap();
    std::os::unix::fs::symlink("example.test.yaml", project.file("zones/other.test.yaml")).unwrap();
    with("");
    std::fs::remove_file(project.file("zones/other.test.yaml")).unwrap();
    project.write("dnsure.yaml", &config);
    project.run(&["drift", "--adopt"]).ends(0);
}

#[test]
fn what_no_zone_file_says_is_told_and_the_other_zones_go_on() {
    const REVERSE: &str = "2.0.192.in-addr.arpa.";
    let host = Host::start(Kind::Embedded, &[(ZONE, BEFORE), (REVERSE, "")]);
    let project = host.project(ZONE);
    let config = project.read("dnsure.yaml");
    let entry = format!("\n  {REVERSE}: {{targets: [main], reverse_of: [{ZONE}]}}\nverify:");
    project.write("dnsure.yaml", &config.replace("\nverify:", &entry));
    project.declare(FILES);
    project.apply();
    project.edit("www", "A", &["60 A 192.0.2.10"]);
    host.edit(REVERSE, &format!("13.{REVERSE}"), "PTR", &[]);
    let ran = project.run(&["drift", "--adopt"]);
    ran.ends(2).tells(&[&format!("{REVERSE} has no file of its own to adopt into: dnsure apply")]);
    ran.shows(&["www A 60 192.0.2.10"]);
    // With a file that does not say it there is nothing to change either.
    project.write(&format!("zones/{REVERSE}yaml"), "\"77\": {type: PTR, value: x.example.test.}\n");
    let ran = project.run(&["drift", "--adopt", REVERSE, "--name", "13"]);
    ran.ends(2).tells(&["its zone file has nothing to change for what is live: dnsure apply mends it"]);
}

#[test]
fn the_live_serial_never_goes_into_a_file() {
    let project = lab::on(Kind::Bind, BEFORE);
    let soa = |ttl: u32, serial: u32, minimum: u32| {
        format!("{ttl} SOA ns1.{ZONE} hostmaster.{ZONE} {serial} 3600 600 604800 {minimum}")
    };
    project.host.edit(ZONE, ZONE, "SOA", &[&format!("{ZONE} {}", soa(3600, 4_000, 300))]);
    // The whole apex is declared, the SOA with a serial of the file's own.
    let name_servers = format!("  - {{type: NS, ttl: 3600, values: [ns1.{ZONE}, ns2.{ZONE}]}}\n");
    let own = format!(
        "  - type: SOA\n    ttl: 3600\n    value: ns1.{ZONE} hostmaster.{ZONE} 7 3600 600 604800 300\n"
    );
    let rest = lab::apex(ZONE).split_once('\n').unwrap().1.to_owned();
    project.declare_only(&format!("'':\n{name_servers}{own}{rest}{FILES}\n"));
    project.run(&["apply", "--yes"]).ends(0);
    project.edit("stray", "A", &[]);
    project.run(&["drift"]).ends(0);
    project.host.edit(ZONE, ZONE, "SOA", &[&format!("{ZONE} {}", soa(900, 6_000, 60))]);
    project.run(&["drift", "--adopt"]).ends(0).shows(&["changed  zones/example.test.yaml:"]);
    let file = project.read(&project.zone_file());
    assert!(file.contains("ttl: 900\n    value: {mname"), "{file}");
    assert!(file.contains("serial: 7,") && file.contains("minimum: 60"), "{file}");
    project.assert_settled();
}

/// Two addresses at one name.
const ADDRESSES: &str = "www:   # the web\n  - {type: A, ttl: 300, value: 192.0.2.10}\n  - {type: AAAA, ttl: 300, value: \"2001:db8::10\"}\n";

/// `www` has two addresses, applied; then somebody makes it an alias of another name.
fn swapped(kind: Kind, policy: &str) -> Project {
    let project = lab::on(kind, "mail 300 TXT \"hello\"");
    project.configure(&format!(", canary: never, guards: {{max_delete_percent: 100}}{policy}"), "");
    project.declare(&format!("{ADDRESSES}mail: {{type: TXT, ttl: 300, value: hello}}"));
    project.apply();
    project.edit("www", "A", &[]);
    project.edit("www", "AAAA", &[]);
    project.edit("www", "CNAME", &["300 CNAME web.example.net."]);
    project
}

#[test]
fn other_types_at_a_name_are_adopted_whole() {
    for (kind, owns) in [(Kind::Bind, "declared"), (Kind::Bind, "zone"), (Kind::Embedded, "declared")] {
        let project = swapped(kind, &format!(", owns: {owns}"));
        let lines = ["deleted live since the last apply", "live only, never declared here", "1 unmanaged"];
        project.run(&["drift"]).ends(2).shows(&lines);
        project.run(&["drift", "--adopt"]).ends(0).shows(&["www CNAME 300 web.example.net."]);
        project.run(&["drift"]).ends(0);
        project.assert_settled();
        assert!(
            project.serves("www.example.test. 300 IN CNAME web.example.net."),
            "{:?}",
            project.snapshot()
        );
        // And back again.
        project.apply();
        project.edit("www", "CNAME", &[]);
        project.edit("www", "A", &["300 A 192.0.2.10"]);
        project.edit("www", "AAAA", &["300 AAAA 2001:db8::10"]);
        project.run(&["drift", "--adopt"]).ends(0).shows(&["removed", "www A 300", "www AAAA 300"]);
        project.assert_settled();
    }
}

#[test]
fn of_other_types_at_a_name_that_cannot_all_be_adopted_none_is() {
    let project = lab::on(Kind::Bind, "");
    project.configure(", canary: never, guards: {max_delete_percent: 100}", "");
    let aaaa = "{type: AAAA, ttl: 300, value: \"2001:db8::10\"}";
    project.declare(&format!(
        "www:\n  - {{type: A, ttl: 300, value: 192.0.2.10}}\n  - &six {aaaa}\nmail: [*six]\nold: {{type: A, ttl: 300, value: 192.0.2.13}}"
    ));
    project.apply();
    project.edit("www", "A", &[]);
    project.edit("www", "AAAA", &[]);
    project.edit("www", "CNAME", &["300 CNAME web.example.net."]);
    project.edit("old", "A", &["60 A 192.0.2.13"]);
    let before = project.read(&project.zone_file());
    let ran = project.run(&["drift", "--adopt"]);
    ran.ends(2).shows(&["old A 60 192.0.2.13"]).never_says("removed");
    ran.tells(&[
        "www.example.test. AAAA is not edited: it has the anchor `&six`",
        "www.example.test. A: its name has other types live, which go into the files together or not at all",
    ]);
    let after = project.read(&project.zone_file());
    assert_eq!(after, before.replace("old: {type: A, ttl: 300,", "old: {type: A, ttl: 60,"));
}

#[test]
fn other_types_at_one_target_only_leave_the_whole_name_alone() {
    let (project, second) = at_two(&format!("{ADDRESSES}old: {{type: A, ttl: 300, value: 192.0.2.13}}"));
    for host in [&project.host, &second] {
        host.edit(ZONE, "www.example.test.", "A", &[]);
        host.edit(ZONE, "www.example.test.", "AAAA", &[]);
    }
    project.edit("www", "CNAME", &["300 CNAME web.example.net."]);
    let before = project.read(&project.zone_file());
    let ran = project.run(&["drift", "--adopt"]);
    ran.ends(2).never_says("removed").tells(&[
        "www.example.test. CNAME: its targets differ",
        "www.example.test. A: its name has other types live",
    ]);
    assert!(project.read(&project.zone_file()).starts_with(&before));
}

#[test]
fn a_zone_that_cannot_be_read_once_more_after_adopting_keeps_no_other_from_its_turn() {
    let records = "www 300 A 192.0.2.10";
    let host = Host::start(Kind::Embedded, &[(ZONE, records), ("zz.test.", records)]);
    let project = host.project(ZONE);
    let config = project.read("dnsure.yaml").replace("zones:\n", "zones:\n  zz.test.: {targets: [main]}\n");
    project.write("dnsure.yaml", &config);
    project.run(&["import", ZONE, "zz.test."]).ends(0);
    for zone in [ZONE, "zz.test."] {
        host.edit(zone, &format!("www.{zone}"), "A", &[&format!("www.{zone} 300 A 192.0.2.66")]);
    }
    let paused = project.pause_at("after adopt", &["drift", "--adopt"]);
    project.declare_only("www: {type: A, value: nonsense}\n");
    let ran = paused.finish();
    ran.ends(1).tells(&["nonsense", "error: example.test.: what was adopted could not be compared"]);
    ran.shows(&["zz.test.", "example.test."]);
    assert!(project.read("zones/zz.test.yaml").contains("192.0.2.66"));
}
