//! Reverse zones made from addresses.

use super::configure;
use super::lab::{Host, Kind, Project};
use std::sync::Arc;

const ZONE: &str = "example.test.";
const REVERSE: &str = "2.0.192.in-addr.arpa.";

fn project(kind: Kind) -> (Arc<Host>, Project) {
    let host = Host::start(kind, &[(ZONE, "www 300 A 192.0.2.1"), (REVERSE, "9 300 PTR gone.example.test.")]);
    let project = host.project(ZONE);
    configure(
        &project,
        &[("main", &host)],
        "both:\n  names: [example.test.]\n  targets: [main]\n  guards: &all {max_delete_percent: 100}\n\
         2.0.192.in-addr.arpa.: {reverse_of: [example.test.], targets: [main], guards: *all}",
    );
    (host, project)
}

fn pointers(host: &Host) -> Vec<String> {
    host.snapshot(REVERSE).into_iter().filter(|line| line.contains(" PTR ")).collect()
}

#[test]
fn addresses_get_their_names_on_bind_and_lose_them_with_the_record() {
    let (host, project) = project(Kind::Bind);
    project.declare(
        "www: {type: A, ttl: 300, value: 192.0.2.1}\nmail: {type: A, ttl: 60, values: [192.0.2.25, 198.51.100.25]}\n\
         '*.shop': {type: A, value: 192.0.2.7}",
    );
    let ran = project.run(&["plan", "--out", "plan.json"]);
    ran.ends(0).shows(&["25", "PTR", "mail.example.test.", "zones/example.test.yaml:5"]);
    project.run(&["apply", "plan.json"]).ends(0);
    let made = [format!("1.{REVERSE} 300 IN PTR www.{ZONE}"), format!("25.{REVERSE} 60 IN PTR mail.{ZONE}")];
    let stranger = format!("9.{REVERSE} 300 IN PTR gone.{ZONE}");
    let mut all: Vec<String> = made.iter().cloned().chain([stranger.clone()]).collect();
    all.sort();
    assert_eq!(pointers(&host), all, "what nobody declared is left alone");
    project.assert_settled();
    project.run(&["verify"]).ends(0);

    project.declare("www: {type: A, ttl: 300, value: 192.0.2.1}");
    project.apply();
    assert_eq!(pointers(&host), [made[0].clone(), stranger]);
    project.assert_settled();
}

#[test]
fn a_ptr_in_the_file_of_the_reverse_zone_wins() {
    let (host, project) = project(Kind::Embedded);
    project.declare("www: {type: A, value: 192.0.2.1}\nweb: {type: A, value: 192.0.2.1}");
    let ran = project.run(&["validate"]);
    ran.ends(0).tells(&["192.0.2.1 has 2 names", "zones/example.test.yaml:5", "zones/example.test.yaml:4"]);
    project.write(&format!("zones/{REVERSE}yaml"), "'1': {type: PTR, value: canonical.example.test.}\n");
    project.run(&["validate"]).ends(0).never_says("has 2 names");
    project.apply();
    assert!(pointers(&host).contains(&format!("1.{REVERSE} 3600 IN PTR canonical.{ZONE}")));
}

#[test]
fn a_broken_source_keeps_the_reverse_zone_from_being_planned() {
    let (_, project) = project(Kind::Embedded);
    project.declare("www: {type: A, value: 192.0.2.1, frob: 1}\nother: {type: A, value: 192.0.2.999}");
    let ran = project.run(&["plan", REVERSE]);
    ran.ends(1).tells(&["192.0.2.999", "2.0.192.in-addr.arpa.: not planned"]);
    let ran = project.run(&["validate"]);
    ran.ends(1);
    assert_eq!(
        ran.err.matches("192.0.2.999").count(),
        ran.err.lines().filter(|line| line.contains("192.0.2.999")).count()
    );
    assert_eq!(ran.err.matches("error[").count() + ran.err.matches("error:").count(), {
        let alone = project.run(&["validate", ZONE]);
        alone.err.matches("error[").count() + alone.err.matches("error:").count()
    });
}

#[test]
fn a_classless_zone_holds_its_addresses() {
    let part = "0/26.2.0.192.in-addr.arpa.";
    let (host, project) = super::embedded(&[(part, ""), (ZONE, "www 300 A 192.0.2.1")]);
    configure(
        &project,
        &[("main", &host)],
        "example.test.: {targets: [main]}\n0/26.2.0.192.in-addr.arpa.: {reverse_of: example.test., targets: [main]}",
    );
    project.write(
        "zones/example.test.yaml",
        "www: {type: A, value: 192.0.2.1}\nfar: {type: A, value: 192.0.2.200}\n",
    );
    project.apply();
    assert_eq!(
        host.snapshot(part).into_iter().filter(|line| line.contains(" PTR ")).collect::<Vec<_>>(),
        [format!("1.{part} 3600 IN PTR www.{ZONE}")]
    );
}

#[test]
fn an_error_of_a_source_is_told_once_though_its_alias_words_it_for_another_name() {
    let (host, project) = project(Kind::Embedded);
    configure(
        &project,
        &[("main", &host)],
        "example.test.: {targets: [main]}\nexample.net.: {alias: example.test.}\n\
         2.0.192.in-addr.arpa.: {reverse_of: [example.test., example.net.], targets: [main]}",
    );
    project.declare_only("www: {type: CNAME, value: web}\n");
    project.run(&["validate"]).ends(1).shows(&["1 error"]).never_says("web.example.net.");
}

#[test]
fn an_import_leaves_out_the_pointers_that_the_files_make() {
    let host = Host::start(
        Kind::Embedded,
        &[
            (ZONE, "www 300 A 192.0.2.1\nmail 300 A 192.0.2.2\nlong 300 A 192.0.2.3"),
            (
                REVERSE,
                "1 300 PTR www.example.test.\n2 300 PTR mail.example.test.\n3 60 PTR long.example.test.\n9 300 PTR lone.example.test.",
            ),
        ],
    );
    let project = host.project(ZONE);
    configure(
        &project,
        &[("main", &host)],
        "example.test.: {targets: [main]}\n2.0.192.in-addr.arpa.: {reverse_of: [example.test.], targets: [main]}",
    );
    project.run(&["import", ZONE]).ends(0);
    let ran = project.run(&["import", REVERSE]);
    ran.ends(0).shows(&["3 left out", "1 PTR, 2 PTR: the files make it from an address", "plan: no changes"]);
    let file = project.read(&format!("zones/{REVERSE}yaml"));
    assert!(file.contains("lone.") && file.contains("long.") && !file.contains("www."), "{file}");
    project.assert_settled();
    // Whose file it is not stands whole.
    project.run(&["import", REVERSE, "--out", "whole.yaml"]).ends(0);
    assert!(project.read("whole.yaml").contains("www."));
}
