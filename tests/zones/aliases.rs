//! One file, several zones.

use super::lab::Project;
use super::{configure, embedded};

const ZONE: &str = "example.test.";
const OTHER: &str = "example.net.";

const FILE: &str = "www: {type: A, ttl: 300, value: 192.0.2.1}\n'':\n  - {type: MX, value: {preference: 10, exchange: mail.example.test.}}\n";

fn project() -> (std::sync::Arc<super::Host>, Project) {
    let (host, project) = embedded(&[(ZONE, ""), (OTHER, "")]);
    configure(
        &project,
        &[("main", &host)],
        "example.test.: {targets: [main]}\nexample.net.: {alias: example.test.}",
    );
    project.declare_only(FILE);
    (host, project)
}

#[test]
fn relative_names_follow_the_alias_and_absolute_ones_stay() {
    let (host, project) = project();
    project.plan().shows(&["example.net.  main", "zones/example.test.yaml:1"]);
    project.run(&["apply", "plan.json"]).ends(0);
    for zone in [ZONE, OTHER] {
        let lines = host.snapshot(zone);
        assert!(lines.contains(&format!("www.{zone} 300 IN A 192.0.2.1")), "{lines:?}");
        assert!(lines.contains(&format!("{zone} 3600 IN MX 10 mail.example.test.")), "{lines:?}");
    }
    project.assert_settled();
}

#[test]
fn what_is_wrong_with_the_file_is_told_once() {
    let (_, project) = project();
    project.declare_only("www: {type: A, value: 192.0.2.999}\n");
    let ran = project.run(&["validate"]);
    ran.ends(1).shows(&["1 error"]);
    let ran = project.run(&["validate", OTHER]);
    ran.ends(1).shows(&["1 error"]).tells(&["zones/example.test.yaml:1"]);
    let ran = project.run(&["plan"]);
    ran.ends(1).tells(&["example.net.: not planned", "example.test.: not planned"]);
}

#[test]
fn an_alias_with_a_file_of_its_own_is_an_error() {
    let (_, project) = project();
    project.write("zones/example.net.yaml", FILE);
    let ran = project.run(&["validate"]);
    ran.ends(1).tells(&["zones/example.net.yaml is not read", "dnsure.yaml:5"]);
}

#[test]
fn an_alias_of_a_zone_without_a_file_says_which_line_wants_it() {
    let (host, project) = embedded(&[(ZONE, "")]);
    configure(&project, &[("main", &host)], "example.test.: {alias: missing.test., targets: [main]}");
    let ran = project.run(&["validate"]);
    ran.ends(1).tells(&["there is no file for the zone missing.test.", "dnsure.yaml:4:26"]);
}

#[test]
fn an_alias_is_not_imported_into_a_file_that_nothing_reads() {
    let (_, project) = project();
    let refused = project.run(&["import", OTHER]);
    refused.ends(64).tells(&["example.net. is an alias", "that of example.test.", "--out"]);
    project.run(&["validate"]).ends(0);
    project.run(&["import", OTHER, "--out", "elsewhere.yaml"]).ends(0);
}
