//! Many zones, some of them broken.

use super::lab::Project;
use super::{configure, embedded};

const ZONES: &[(&str, &str)] = &[("a.test.", ""), ("b.test.", ""), ("c.test.", "")];

fn project() -> Project {
    let (host, project) = embedded(ZONES);
    configure(
        &project,
        &[("main", &host)],
        "all:\n  names: [a.test., b.test., \"*.test.\"]\n  targets: [main]",
    );
    project.write("zones/a.test.yaml", "www: {type: A, value: 192.0.2.1}\n");
    project.write("zones/b.test.yaml", "www: {type: A, value: 192.0.2.999}\n");
    project.write("zones/c.test.yaml", "www: {type: A, value: 192.0.2.3}\n");
    project
}

#[test]
fn one_broken_zone_hides_no_other_and_nothing_is_saved_or_applied() {
    let project = project();
    let ran = project.run(&["plan", "--out", "plan.json"]);
    ran.ends(1).shows(&["a.test.  main", "c.test.  main", "Plan: 2 to add"]);
    ran.tells(&["zones/b.test.yaml:1", "b.test.: not planned", "is not saved"]);
    assert!(!project.file("plan.json").exists());
    let ran = project.run(&["apply", "--yes"]);
    ran.ends(1).tells(&["b.test.: not planned"]);
    assert!(!project.host.snapshot("a.test.").iter().any(|line| line.contains("www")));
    // A program that reads the plan is never given a part of it.
    let ran = project.run(&["plan", "--format", "json"]);
    let events = ran.ends(1).events();
    let kinds: Vec<&str> = events.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(kinds.iter().filter(|kind| **kind == "target_planned").count(), 2, "{kinds:?}");
    assert!(!kinds.contains(&"plan"), "{kinds:?}");
    project.run(&["apply", "--yes", "--zone", "a.test.", "--zone", "c.test."]).ends(0);
    assert!(project.host.snapshot("c.test.").iter().any(|line| line.contains("www")));
}

#[test]
fn one_broken_zone_hides_no_other_from_verify_and_drift() {
    let project = project();
    project.run(&["apply", "--yes", "--zone", "a.test.", "--zone", "c.test."]).ends(0);
    let ran = project.run(&["verify"]);
    ran.ends(1).shows(&["a.test.  main", "c.test.  main", "2 of 2 answers are right"]);
    ran.tells(&[
        "zones/b.test.yaml:1:23",
        "error: b.test.: not verified, because of the errors in its files",
    ]);
    let ran = project.run(&["drift"]);
    ran.ends(1).shows(&["a.test.  main", "c.test.  main", "live only", "0 changed live"]);
    ran.tells(&[
        "zones/b.test.yaml:1:23",
        "error: b.test.: not compared, because of the errors in its files",
    ]);
    // That something is left out goes before what was found.
    project.host.edit("a.test.", "www.a.test.", "A", &["www.a.test. 3600 A 192.0.2.66"]);
    project.run(&["verify"]).ends(1).shows(&["serves 192.0.2.66"]).tells(&["b.test.: not verified"]);
    project.run(&["drift"]).ends(1).shows(&["1 changed live"]).tells(&["b.test.: not compared"]);
    // Where nothing is left to look at, nothing is counted.
    let ran = project.run(&["drift", "b.test."]);
    assert_eq!(ran.ends(1).out, "", "{ran:?}");
}

#[test]
fn a_target_that_cannot_be_reached_hides_no_other_from_verify_and_drift() {
    let project = project();
    project.write("zones/b.test.yaml", "www: {type: A, value: 192.0.2.2}\n");
    project.run(&["apply", "--yes"]).ends(0);
    let config = project.read("dnsure.yaml").replace("names: [a.test., ", "names: [");
    let gone = "  gone: {type: powerdns, url: \"http://127.0.0.1:9\", api_key: \"env:LAB_SECRET\"}\nzones:\n  a.test.: {targets: [gone, main]}\n";
    project.write("dnsure.yaml", &config.replace("zones:\n", gone));
    let ran = project.run(&["verify"]);
    ran.ends(1)
        .shows(&["a.test.  main", "b.test.  main", "c.test.  main"])
        .tells(&["error: a.test. at gone: "]);
    let ran = project.run(&["drift"]);
    ran.ends(1)
        .shows(&["a.test.  main", "b.test.  main", "c.test.  main"])
        .tells(&["error: a.test. at gone: "]);
}

#[test]
fn a_zone_that_a_provider_cannot_hold_hides_no_other() {
    let project = project();
    project.write("zones/b.test.yaml", "www: {type: CNAME, value: a.test.}\n");
    project.host.edit("b.test.", "www.b.test.", "A", &["www.b.test. 300 A 192.0.2.1"]);
    let ran = project.run(&["plan", "--out", "plan.json"]);
    ran.ends(1).shows(&["a.test.  main", "c.test.  main"]).tells(&["b.test. at main", "owns: zone"]);
    assert!(!project.file("plan.json").exists());
}

#[test]
fn every_finding_of_every_zone_is_told() {
    let project = project();
    project.write("zones/c.test.yaml", "www: {type: A, value: 192.0.2.888}\n");
    let ran = project.run(&["validate"]);
    ran.ends(1).tells(&["192.0.2.999", "192.0.2.888"]).shows(&["3 zones", "2 errors"]);
    let ran = project.run(&["plan"]);
    ran.ends(1).shows(&["a.test.  main"]).tells(&["192.0.2.999", "192.0.2.888"]);
}

#[test]
fn a_thousand_zones_are_read_planned_and_settled() {
    let zones: Vec<String> = (0..1000).map(|number| format!("z{number}.test.")).collect();
    let (host, project) = embedded(&[("z0.test.", "")]);
    configure(&project, &[("main", &host)], "\"*.test.\": {targets: [main], create: true}");
    for zone in &zones {
        project.write(
            &format!("zones/{zone}yaml"),
            "'': {type: NS, value: ns.example.net.}\nwww: {type: A, value: 192.0.2.1}\n",
        );
    }
    project.run(&["validate"]).ends(0).shows(&["1 000 zones"]);
    project.run(&["plan", "--out", "plan.json"]).ends(0).shows(&["z0.test.  main", "z999.test.  main"]);
    project.run(&["apply", "--yes", "--zone", "z7.test.", "--zone", "z8.test."]).ends(0);
    project.run(&["plan", "z7.test.", "z8.test.", "--detailed-exitcode"]).ends(0);
}

#[test]
fn of_a_broken_zone_only_the_files_are_told_whatever_its_server_says() {
    let project = project();
    let silent = "{type: powerdns, url: 'http://127.0.0.1:9', api_key: 'env:LAB_SECRET'}";
    project.write(
        "dnsure.yaml",
        &format!("providers:\n  main: {silent}\nzones:\n  b.test.: {{targets: [main]}}\n"),
    );
    let ran = project.run(&["plan"]);
    ran.ends(1).tells(&["zones/b.test.yaml:1", "b.test.: not planned"]).never_says("127.0.0.1:9");
    project.write("zones/b.test.yaml", "www: {type: A, value: 192.0.2.2}\n");
    project.run(&["plan"]).ends(1).tells(&["b.test. at main", "127.0.0.1:9"]);
}
