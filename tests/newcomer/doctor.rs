//! `dnsure doctor`.

use crate::lab::{self, Kind};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn what_is_well_is_said_and_ends_with_0() {
    for kind in [Kind::Bind, Kind::PowerDnsApi, Kind::Embedded] {
        let project = lab::on(kind, "www 300 A 192.0.2.10");
        project.run(&["import"]).ends(64);
        project.run(&["import", lab::ZONE]).ends(0);
        // The embedded server answers where `dnsure serve` listens; the lab serves on another port.
        let ran = project.run(&["doctor"]);
        if kind != Kind::Embedded {
            ran.ends(0).shows(&["LAB_SECRET is set", "answers over UDP and TCP, with authority"]);
        }
        ran.shows(&["can be written", "writing"]).never_says(project.host.secret());
    }
}

#[test]
fn a_missing_secret_and_a_dead_server_are_told_each_with_what_to_do() {
    let project = lab::on(Kind::PowerDnsApi, "www 300 A 192.0.2.10");
    project.run(&["import", lab::ZONE]).ends(0);
    let config = project.read("dnsure.yaml");
    project.write("dnsure.yaml", &config.replace("env:LAB_SECRET", "env:NOT_SET"));
    project.run(&["doctor"]).ends(1).shows(&["NOT_SET is not set", "export NOT_SET"]);
    project.write("dnsure.yaml", &config.replace("http://127.0.0.1:", "http://127.0.0.1:1"));
    let ran = project.run(&["doctor"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    project.run(&["doctor", "other"]).ends(1).tells(&["there is no provider `other`"]);
}

#[test]
fn a_secret_that_others_may_read_is_a_warning() {
    let project = lab::on(Kind::PowerDnsApi, "www 300 A 192.0.2.10");
    project.run(&["import", lab::ZONE]).ends(0);
    let config = project.read("dnsure.yaml");
    project.write("dnsure.yaml", &config.replace("env:LAB_SECRET", "file:key"));
    project.write("key", project.host.secret());
    fs::set_permissions(project.file("key"), fs::Permissions::from_mode(0o644)).unwrap();
    project.run(&["doctor"]).ends(2).shows(&["others on this machine may read it", "chmod 600"]);
    fs::set_permissions(project.file("key"), fs::Permissions::from_mode(0o600)).unwrap();
    project.run(&["doctor"]).ends(0);
}

#[test]
fn a_run_that_was_killed_is_told_with_the_command_that_finishes_it() {
    let project = lab::on(Kind::Bind, "www 300 A 192.0.2.10");
    project.declare("www: {type: A, ttl: 300, value: 192.0.2.20}");
    project.pause_at("after write", &["apply", "--yes"]).kill();
    let ran = project.run(&["doctor"]);
    ran.ends(2).shows(&[
        "a run was interrupted",
        "dnsure apply --resume",
        "lock",
        "dnsure unlock example.test.",
    ]);
}

#[test]
fn a_server_that_is_out_of_reach_is_named_once_in_a_line() {
    let project = lab::on(Kind::Embedded, "www 300 A 192.0.2.10");
    project.declare("www: {type: A, ttl: 300, value: 192.0.2.10}");
    let dead = "127.0.0.1:9";
    let host = project.host.provider();
    let config = project.read("dnsure.yaml");
    let told = host.replacen('}', &format!(", servers: [\"{dead}\"]}}"), 1);
    let told =
        if host.contains("servers") { host.replace(&project.host.addr().to_string(), dead) } else { told };
    project.write("dnsure.yaml", &config.replace(&host, &told));
    let transfer = ["import", lab::ZONE, "--axfr", dead, "--out", "-"];
    for line in [&["verify"][..], &["drift"], &["doctor"], &transfer] {
        let ran = project.run(line);
        let all = ran.all();
        let lines: Vec<&str> = all.lines().filter(|line| line.contains("cannot be reached")).collect();
        assert!(!lines.is_empty(), "{line:?}: {ran:?}");
        for line in lines {
            assert_eq!(line.matches(dead).count(), 1, "{line}");
        }
    }
}
