//! Files that look like those of a zone, and are not read.

use super::{configure, embedded};

#[test]
fn a_zone_file_that_nothing_reads_is_told_with_the_reason() {
    let (host, project) = embedded(&[("a.test.", "")]);
    configure(&project, &[("main", &host)], "\"*.test.\": {targets: [main]}");
    let record = "www: {type: A, value: 192.0.2.1}\n";
    project.write("zones/a.test.yaml", "'': !include common.inc.yaml\n");
    project
        .write("zones/common.inc.yaml", "{type: MX, value: {preference: 10, exchange: mx.example.net.}}\n");
    let unread = [
        ("other.example.yaml", "no entry and no glob under `zones:` of dnsure.yaml is about other.example."),
        ("x.test.yml", "zone files end with `.yaml`"),
        ("a..b.test.yaml", "`a..b.test` is no name of a zone"),
        ("A.test.yaml", "`a.test.yaml` is"),
    ];
    for (name, _) in unread {
        project.write(&format!("zones/{name}"), record);
    }
    for line in [&["validate"], &["plan"]] {
        let ran = project.run(line);
        ran.ends(0).never_says("common.inc.yaml is not read");
        for (name, why) in unread {
            ran.tells(&[&format!("zones/{name} is not read: {why}")]);
        }
    }
    for number in 0..20 {
        project.write(&format!("zones/z{number}.example.yaml"), record);
    }
    let ran = project.run(&["validate"]);
    ran.ends(0).tells(&["16 more zone files in zones not read besides these"]);
    assert_eq!(ran.err.matches("is not read").count(), 8, "{ran:?}");
}

#[test]
fn a_zone_file_in_capitals_is_named_where_its_zone_has_none() {
    let (host, project) = embedded(&[("upper.test.", "")]);
    configure(&project, &[("main", &host)], "\"*.test.\": {targets: [main]}");
    project.write("zones/UPPER.test.yaml", "www: {type: A, value: 192.0.2.1}\n");
    let ran = project.run(&["validate"]);
    ran.ends(1).tells(&["zones/UPPER.test.yaml is there", "call it `upper.test.yaml`"]);
}
