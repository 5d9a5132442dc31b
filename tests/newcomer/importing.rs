//! `dnsure import`.

use crate::lab::{self, Host, Kind, Project, SECRET, ZONE};
use dnsure_kit::{Bind, zone_text};
use std::fs;

const RECORDS: &str = "www 300 A 192.0.2.10\nwww 300 AAAA 2001:db8::10\n@ 300 MX 10 mail\nmail 300 A 192.0.2.11\n\
    txt 300 TXT \"one; two\" \"three\"\nhost 300 CNAME www\n*.wild 300 A 192.0.2.12\n_sip._tcp 300 SRV 1 2 5060 sip\n\
    sub 300 NS ns.sub\nns.sub 300 A 192.0.2.13\nodd 300 TYPE65280 \\# 3 abcdef";

fn plans_to_nothing(project: &Project) {
    let ran = project.run(&["plan", "--detailed-exitcode"]);
    ran.ends(0);
    assert!(!ran.out.contains(" ! "), "a live record set is not in the files: {ran:?}");
}

#[test]
fn a_live_zone_becomes_a_file_that_plans_to_nothing_on_every_server() {
    for kind in Kind::ALL {
        let project = lab::on(kind, RECORDS);
        let ran = project.run(&["import", "example.test"]);
        ran.ends(0).shows(&["plan: no changes", "left out", "@ SOA", "zones/example.test.yaml"]);
        let file = project.read("zones/example.test.yaml");
        assert!(file.contains("TYPE65280") && file.contains("one; two"), "{kind:?}: {file}");
        plans_to_nothing(&project);
    }
}

#[test]
fn a_file_that_is_there_is_replaced_only_where_that_is_said() {
    let project = lab::on(Kind::Embedded, RECORDS);
    project.declare("mine: {type: A, value: 192.0.2.99}");
    let before = project.read(&project.zone_file());
    let ran = project.run(&["import", ZONE]);
    ran.ends(1).tells(&["zones/example.test.yaml is there already", "--overwrite"]);
    assert_eq!(project.read(&project.zone_file()), before);
    project.run(&["import", ZONE, "--overwrite"]).ends(0);
    plans_to_nothing(&project);
}

#[test]
fn a_zone_may_be_split_into_one_file_per_name() {
    let project = lab::on(Kind::Embedded, RECORDS);
    project.run(&["import", ZONE, "--split"]).ends(64).tells(&["split_extension"]);
    let config = project.read("dnsure.yaml").replace("zones:\n", "zones:\n  split_extension: .\n");
    project.write("dnsure.yaml", &config);
    project.run(&["import", ZONE]).ends(0);
    project
        .run(&["import", ZONE, "--split", "--overwrite"])
        .ends(0)
        .shows(&["removed zones/example.test.yaml"]);
    assert!(project.file("zones/example.test./www.yaml").is_file());
    assert!(project.file("zones/example.test./$example.test.yaml").is_file(), "what concerns the whole zone");
    plans_to_nothing(&project);
}

#[test]
fn out_prints_the_file_and_says_the_rest_elsewhere() {
    let project = lab::on(Kind::Embedded, RECORDS);
    let ran = project.run(&["import", ZONE, "--out", "-"]);
    ran.ends(0).shows(&["---\n", "type: MX"]).tells(&["plan: no changes"]);
    assert!(!ran.out.contains("plan:") && !project.file("zones/example.test.yaml").exists());
    project.run(&["import", ZONE, "--out", "elsewhere.yaml"]).ends(0);
    assert_eq!(project.read("elsewhere.yaml"), ran.out);
}

#[test]
fn a_transfer_needs_no_configuration_and_its_secret_stays_outside() {
    let host = Host::bind(Bind::builder().zone(ZONE, zone_text(ZONE, RECORDS)));
    let project = host.project(ZONE);
    fs::remove_file(project.file("dnsure.yaml")).unwrap();
    let server = host.addr().to_string();
    let import = |key: &str| project.run(&["import", ZONE, "--axfr", &server, "--key", key]);
    let ran = import(&format!("ci.:hmac-sha256:{SECRET}"));
    ran.ends(64).tells(&["never the secret"]).never_says(SECRET);
    import("ci.:hmac-sha256:env:NOT_SET").ends(1).tells(&["NOT_SET"]);
    import("other.:hmac-sha256:env:LAB_SECRET").ends(1);
    import("ci.:hmac-sha256:env:LAB_SECRET").ends(0).shows(&["plan: no changes"]).tells(&["dnsure init"]);
    assert!(project.read("zones/example.test.yaml").contains("www:"));
}

#[test]
fn a_host_that_is_not_there_is_told_as_it_was_typed() {
    let directory = tempfile::tempdir().unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_dnsure"));
    command.args(["import", ZONE, "--axfr", "ns1.invalid"]).current_dir(directory.path());
    let ran = lab::Ran::from_command(command);
    ran.ends(1).tells(&["error: example.test.: the server `ns1.invalid` of --axfr cannot be found"]);
    ran.never_says("dnsure.yaml").never_says("provider");
}

#[test]
fn what_a_signing_server_makes_is_left_out_and_counted() {
    let host = Host::bind(Bind::builder().zone(ZONE, zone_text(ZONE, RECORDS)).inline_signing());
    let project = host.project(ZONE);
    let ran = project.run(&["import", ZONE]);
    ran.ends(0).shows(&["RRSIG", "the server makes it itself", "DNSKEY", "whoever signs the zone keeps it"]);
    plans_to_nothing(&project);
    let json = project.run(&["import", ZONE, "--overwrite", "--format", "json"]);
    let event = json.events().into_iter().find(|event| event["event"] == "imported").unwrap();
    let count = |what: &str| event[what].as_u64().unwrap_or_default();
    let left = event["left_out"].as_array().unwrap().len() as u64;
    assert_eq!(count("live"), count("written") + left, "{event}");
}

#[test]
fn every_record_type_comes_out_of_a_master_file() {
    let directory = tempfile::tempdir().unwrap();
    let mut text = String::from("$TTL 300\n@ SOA ns1 host 1 2 3 4 5\n@ NS ns1\nns1 A 192.0.2.1\n");
    let mut count = 2;
    for row in dnsure_zones::rdata::rows().filter(|row| !row.rtype.is_pseudo() && !row.rtype.is_server_kept())
    {
        if row.rtype.is_server_kept_unless_declared() {
            continue;
        }
        for (number, example) in row.examples.iter().enumerate() {
            text.push_str(&format!("t{}-{number} {} {example}\n", row.rtype, row.rtype));
            count += 1;
        }
    }
    text.push_str("odd TYPE65280 \\# 3 abcdef\nodd TYPE65281 \\# 0\n");
    fs::write(directory.path().join("db.all"), &text).unwrap();
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_dnsure"));
    command.args(["import", "--master", "db.all", "--origin", "all.example"]).current_dir(directory.path());
    let ran = lab::Ran::from_command(command);
    ran.ends(0).shows(&["plan: no changes", &format!("{} written", count + 2)]);
}

#[test]
fn nobody_has_to_guess_what_is_missing() {
    let project = lab::on(Kind::PowerDnsApi, RECORDS);
    project.run(&["import", "--from", "main"]).ends(64).tells(&["`main` has example.test."]);
    project.run(&["import", ZONE, "--from", "other"]).ends(64).tells(&["the providers are main"]);
    project.run(&["import", "absent.test"]).ends(1).tells(&["has no such zone"]);
}

#[cfg(unix)]
#[test]
fn a_file_that_is_named_goes_where_a_file_may_be() {
    let project = lab::on(Kind::Embedded, RECORDS);
    std::os::unix::fs::symlink("/dev/full", project.file("device")).unwrap();
    let device = ["import", ZONE, "--overwrite", "--out", "device"];
    project.run(&device).ends(1).tells(&["device: it is a device and no regular file"]);
    assert!(project.file("device").is_symlink());
    project
        .run(&["import", ZONE, "--out", "no/such.yaml"])
        .ends(1)
        .tells(&["no/such.yaml: there is no directory"]);
    fs::write(project.file("real.yaml"), "").unwrap();
    std::os::unix::fs::symlink("real.yaml", project.file("link.yaml")).unwrap();
    project.run(&["import", ZONE, "--overwrite", "--out", "link.yaml"]).ends(0);
    assert!(project.file("link.yaml").is_symlink() && project.read("real.yaml").contains("192.0.2.10"));
}

#[test]
fn a_master_file_comes_from_stdin_where_that_is_asked_for() {
    let project = lab::on(Kind::Embedded, RECORDS);
    let text = zone_text(ZONE, "www 300 A 192.0.2.10");
    let named = project.run_fed(&text, &["import", "--master", "-", "--origin", ZONE, "--out", "-"]);
    assert!(named.ends(0).out.contains("192.0.2.10"), "{named:?}");
    project.run_fed(&text, &["import", "--master", "-"]).ends(64).tells(&["--origin"]);
    let broken = project.run_fed("@ A nonsense\n", &["import", ZONE, "--master", "-", "--out", "-"]);
    broken.ends(1).tells(&["stdin:1"]);
}

#[test]
fn a_file_that_another_zone_or_view_reads_too_is_not_replaced() {
    let project = lab::on(Kind::Embedded, RECORDS);
    project.declare("www: {type: A, value: 192.0.2.99}");
    let before = project.read(&project.zone_file());
    let config = project.read("dnsure.yaml");
    let shared =
        format!("zones:\n  \"{ZONE}!inside\": {{targets: [other], file: zones/example.test.yaml}}\n");
    let other =
        "providers:\n  other: {type: panel, url: \"http://127.0.0.1:1\", token: \"env:LAB_SECRET\"}\n";
    project.write("dnsure.yaml", &config.replace("zones:\n", &shared).replace("providers:\n", other));
    let ran = project.run(&["import", ZONE, "--overwrite"]);
    ran.ends(1).tells(&["zones/example.test.yaml is also read by example.test.!inside", "--out"]);
    assert_eq!(project.read(&project.zone_file()), before);
    project.run(&["import", ZONE, "--overwrite", "--out", "elsewhere.yaml"]).ends(0);
    // Read by this zone alone, it is replaced.
    project.write("dnsure.yaml", &config);
    project.run(&["import", ZONE, "--overwrite"]).ends(0);
}

#[test]
fn a_part_of_a_split_zone_is_exported_under_the_name_of_the_zone() {
    let project = lab::on(Kind::Embedded, RECORDS);
    let config = project.read("dnsure.yaml");
    let split = config.replace("zones:\n", "zones:\n  split_extension: .\n");
    project.write("dnsure.yaml", &split);
    project.run(&["import", ZONE, "--split"]).ends(0);
    let part = ["export", "zones/example.test./www.yaml"];
    let asked = project.run(&part);
    asked.ends(0).shows(&["$ORIGIN example.test.\n", "www"]).never_says("www.yaml");
    // So it is without a project, and a view is of the zone's name.
    fs::remove_file(project.file("dnsure.yaml")).unwrap();
    assert_eq!(project.run(&part).ends(0).out, asked.out);
    project.write("example.test.!inside.yaml", "www: {type: A, value: 10.0.0.1}\n");
    project.run(&["export", "example.test.!inside.yaml"]).ends(0).shows(&["$ORIGIN example.test.\n"]);
    // Where the configuration says which file a zone is read from, the file's name says nothing.
    project.write("zones/inside.yaml", "www: {type: A, value: 10.0.0.1}\n");
    let named = format!("zones:\n  \"{ZONE}!inside\": {{targets: [main], file: zones/inside.yaml}}\n");
    project.write(
        "dnsure.yaml",
        &config.replace(&format!("  {ZONE}: "), "  other.test.: ").replace("zones:\n", &named),
    );
    project.run(&["export", "zones/inside.yaml"]).ends(0).shows(&["$ORIGIN example.test.\n"]);
}
