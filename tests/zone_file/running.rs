//! The whole way: plan, apply, nothing to do, back again, on three servers.

use crate::{AFTER, Site, bind, knot, nsd, serial};
use dnsure_kit::Server;
use std::process::Command;

fn the_whole_way(start: fn(&str) -> Server, checker: Option<&str>) {
    let site = Site::new(start);
    if let Some(checker) = checker {
        site.configure(&format!(", check: [{checker}, \"{{zone}}\", \"{{file}}\"]"));
    }
    let before = site.project.snapshot();
    site.project.plan().shows(&["atomic, guarded", "not written by dnsure: it is laid out anew"]);
    let prober = site.prober();
    let applied = site.project.apply();
    applied.shows(&["served on 1 server"]);
    let report = prober.stop();
    report.assert_no_hole();
    for line in ["www 300 IN A 192.0.2.20", "shop 300 IN CNAME www.example.test."] {
        let line = line.replacen(' ', ".example.test. ", 1);
        assert!(site.project.serves(&line), "{line}: {:#?}", site.project.snapshot());
    }
    let written = site.text();
    assert!(written.starts_with("; Written by dnsure"), "{written}");
    assert!(written.lines().nth(1) == Some("$ORIGIN example.test."), "{written}");
    assert!(serial(&written) >= 2_026_010_100, "{written}");
    // Nothing to do, and nothing done: the serial stays.
    site.project.assert_settled();
    site.project.apply();
    assert_eq!(site.text(), written);
    site.project.run(&["verify"]).ends(0);
    let run = applied.out.rsplit_once("receipts/").unwrap().1.trim().trim_end_matches(".json");
    let back = site.project.run(&["rollback", "--yes", "--run", run]);
    back.ends(0);
    assert_eq!(site.project.snapshot(), before);
    assert_eq!(serial(&site.text()), serial(&written) + 1);
}

#[test]
fn a_zone_on_bind_is_written_checked_loaded_and_taken_back() {
    the_whole_way(bind, Some("named-checkzone, -q, -i, local, -k, fail"));
}

#[test]
fn a_zone_on_nsd_is_written_checked_loaded_and_taken_back() {
    the_whole_way(nsd, Some("nsd-checkzone"));
}

#[test]
fn a_zone_on_knot_is_written_loaded_and_taken_back() {
    the_whole_way(knot, None);
}

#[test]
fn the_file_is_sorted_has_columns_and_loads_in_the_checkers_of_bind_and_nsd() {
    let site = Site::new(nsd);
    site.configure(", serial: counter");
    site.project.declare(&format!("{AFTER}\nlong: {{type: TXT, ttl: 60, value: \"a\\\\;b \\\"c\\\" ünï\"}}"));
    site.project.apply();
    insta::assert_snapshot!(site.text(), @r#"
    ; Written by dnsure from the zone's YAML file; plans show what is changed here.
    $ORIGIN example.test.
    $TTL 300
    @     3600 IN SOA   ns1.example.test. hostmaster.example.test. 2 3600 600 604800 300
    @     3600 IN NS    ns1.example.test.
    @     3600 IN NS    ns2.example.test.
    long  60   IN TXT   "a;b \"c\" \195\188n\195\175"
    new        IN A     192.0.2.15
    ns1   3600 IN A     127.0.0.1
    ns2   3600 IN A     127.0.0.2
    shop       IN CNAME www.example.test.
    stays      IN TXT   "here"
    www        IN A     192.0.2.20
    "#);
    for checker in ["named-checkzone", "nsd-checkzone"] {
        let checked = Command::new(checker).arg("example.test").arg(site.path()).output().unwrap();
        assert!(checked.status.success(), "{checker}: {checked:?}");
    }
}

#[test]
fn a_file_keeps_its_mode_and_its_group() {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    let site = Site::new(bind);
    std::fs::set_permissions(site.path(), std::fs::Permissions::from_mode(0o640)).unwrap();
    let before = std::fs::metadata(site.path()).unwrap();
    site.project.apply();
    let after = std::fs::metadata(site.path()).unwrap();
    let look = |of: &std::fs::Metadata| (of.mode(), of.uid(), of.gid());
    assert_eq!(look(&after), look(&before));
    assert_ne!(after.ino(), before.ino());
}

/// What a new file needs of the YAML file.
const WITH_SOA: &str = "'': [{type: NS, values: [ns1.example.test., ns2.example.test.]}, \
    {type: SOA, value: {mname: ns1.example.test., rname: hostmaster.example.test., serial: 1, \
    refresh: 3600, retry: 600, expire: 604800, minimum: 300}}]\n\
    ns1: {type: A, value: 127.0.0.1}\nns2: {type: A, value: 127.0.0.2}\n";

#[test]
fn a_zone_that_was_applied_and_whose_file_is_gone_is_made_anew_by_a_signature_only() {
    let site = Site::new(nsd);
    site.configure(", rewrite: true");
    site.project.declare_only(&format!("{WITH_SOA}{AFTER}\n"));
    site.project.plan();
    let applied = site.project.apply();
    let run = applied.out.rsplit_once("receipts/").unwrap().1.trim().trim_end_matches(".json").to_owned();
    // As where the volume is not mounted: the directory is there, and empty.
    std::fs::remove_file(site.path()).unwrap();
    let create = ["apply", "--yes", "--create-zones"];
    let told = ["example.test. at main", "was there before and is gone now", &run, "--ack"];
    site.project.run(&create).ends(12).tells(&told);
    site.project.run(&["apply", "--yes"]).ends(12).tells(&["is gone now", "--create-zones"]);
    // Neither a plan from before nor one whose guard was cut out gets round it.
    site.project.run(&["apply", "plan.json", "--create-zones"]).ends(10).tells(&["is gone now"]);
    assert!(!site.path().exists());
    site.project.plan().shows(&["will be created", "guard", "is gone now", &run]);
    let plan: serde_json::Value = serde_json::from_str(&site.project.read("plan.json")).unwrap();
    let digest = &plan["digest"].as_str().unwrap()[..16];
    let signed = ["apply", "plan.json", "--create-zones", "--ack", digest, "--reason", "moved on purpose"];
    site.project.run(&signed).ends(0);
    site.project.assert_settled();
    assert!(site.project.serves("new.example.test. 300 IN A 192.0.2.15"), "{:?}", site.project.snapshot());
}

#[test]
fn a_zone_without_a_file_is_made_where_that_is_allowed() {
    let site = Site::new(nsd);
    std::fs::remove_file(site.path()).unwrap();
    site.project.run(&["plan"]).ends(1).tells(&["example.test. SOA", "needs one in the YAML file"]);
    site.project.declare_only(&format!("{WITH_SOA}{AFTER}\n"));
    site.project
        .run(&["plan"])
        .ends(0)
        .shows(&["will be created", "must have the zone in their configuration"]);
    site.project.run(&["apply", "--yes"]).ends(12).tells(&["--create-zones"]);
    // Its server does not know it.
    site.configure(", reload: [\"false\"]");
    let unknown = site.project.run(&["apply", "--yes", "--create-zones"]);
    unknown.tells(&["the new file was removed again", "configuration of its servers"]);
    assert!(!site.path().exists());
    site.configure("");
    site.project.run(&["apply", "--resume"]).ends(0);
    if !site.path().exists() {
        site.project.run(&["apply", "--yes", "--create-zones"]).ends(0);
    }
    site.project.assert_settled();
    assert!(site.project.serves("new.example.test. 300 IN A 192.0.2.15"), "{:?}", site.project.snapshot());
}
