//! The whole way with Google Cloud DNS: plan, apply, rollback, resume and verify with the built program,
//! against the kit's Google, which publishes to a real name server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod lab;

use dnsure_kit::cloud::google::{Google, ManagedZone, PROJECT, Quota, RecordSet, TOKEN, schema_violations};
use dnsure_kit::cloud::metadata::Metadata;
use dnsure_kit::query::rtype;
use dnsure_kit::{
    Cloud, Fault, Fits, Knot, Prober, Server, dig_axfr_sorted, tell, without_server_made, zone_text,
};
use lab::{Kind, Project, ZONE};
use std::sync::Arc;
use std::time::Duration;

const ID: &str = "main";

const BEFORE: &str =
    "www 300 A 192.0.2.10\nshop 300 A 192.0.2.11\nold 300 A 192.0.2.13\nstays 300 TXT \"here\"";

/// A value, a swap of types, an addition, and with `owns: zone` a removal.
const AFTER: &str = "www: {type: A, ttl: 300, value: 192.0.2.20}\n\
                     shop: {type: CNAME, ttl: 300, value: www.example.test.}\n\
                     new: {type: A, ttl: 300, value: 192.0.2.15}\n\
                     stays: {type: TXT, ttl: 300, value: here}";

/// A project whose provider is a project of Google's.
struct Site {
    project: Project,
    cloud: Cloud<Google>,
    knot: Arc<Server>,
}

impl Site {
    fn new() -> Self {
        Self::with(|_| {})
    }

    fn with(amend: impl FnOnce(&mut Google)) -> Self {
        Self::serving(BEFORE, amend)
    }

    /// A plan with a set of five addresses too, and thus worth a look at the quota.
    fn with_quota(additions: usize) -> Self {
        let site = Self::with(|google| google.quota = Quota { additions, ..Quota::default() });
        let values: Vec<String> = (1..=5).map(|i| format!("198.51.100.{i}")).collect();
        site.project
            .declare(&format!("{AFTER}\nwide: {{type: A, ttl: 300, values: [{}]}}", values.join(", ")));
        site
    }

    fn serving(records: &str, amend: impl FnOnce(&mut Google)) -> Self {
        let text = zone_text(ZONE, records);
        let knot = Arc::new(Knot::builder().zone(ZONE, text.clone()).start());
        let mut google = Google::new().with(ManagedZone::from_file(ID, ZONE, &text));
        google.pending = 1;
        amend(&mut google);
        let cloud = Cloud::start(google, vec![Arc::clone(&knot)]);
        let mut project = lab::on(Kind::Embedded, "");
        project.set("LAB_TOKEN", TOKEN);
        let site = Self { project, cloud, knot };
        site.configure(", owns: zone, guards: {max_delete_percent: 100}");
        site.project.declare(AFTER);
        site
    }

    fn configure(&self, of_zone: &str) {
        let provider = format!(
            "{{type: cloud-dns, project: {PROJECT}, url: \"{}\", token: \"env:LAB_TOKEN\", servers: [\"{}\"]}}",
            self.cloud.url(),
            self.knot.addr(),
        );
        let text = format!(
            "providers:\n  google: {provider}\nzones:\n  directory: zones\n  {ZONE}: {{targets: [google]{of_zone}}}\n\
             verify: {{samples: 1, deadline: 20s, write_deadline: 200ms}}\n"
        );
        self.project.write("dnsure.yaml", &text);
    }

    /// The zone as served.
    fn snapshot(&self) -> Vec<String> {
        let lines = dig_axfr_sorted(self.knot.addr(), ZONE, None).unwrap_or_else(|error| panic!("{error}"));
        without_server_made(&lines)
    }

    fn serves(&self, line: &str) -> bool {
        self.snapshot().iter().any(|found| found == line)
    }

    fn prober(&self) -> Prober {
        let names = ["www", "shop", "stays"].map(|name| format!("{name}.{ZONE}"));
        let of = [rtype::A, rtype::A, rtype::TXT];
        let questions: Vec<(&str, u16)> = names.iter().map(String::as_str).zip(of).collect();
        Prober::watch(&[self.knot.addr()], &questions)
    }

    /// Method and status of the calls since they were last asked for.
    fn calls(&self) -> Vec<(String, u16)> {
        let calls = self.cloud.calls();
        self.cloud.forget_calls();
        assert_eq!(schema_violations(&calls, &[]), Vec::<String>::new());
        let status =
            |call: &dnsure_kit::cloud::Call| call.response.as_ref().map_or(0, |answer| answer.status);
        calls.iter().map(|call| (call.request.method.clone(), status(call))).collect()
    }

    fn writes(&self) -> usize {
        self.cloud.calls().iter().filter(|call| call.request.method == "POST").count()
    }

    /// Everything is as the files say.
    fn is_settled(&self) {
        self.project.assert_settled();
        assert!(self.serves("www.example.test. 300 IN A 192.0.2.20"));
        assert!(self.serves("shop.example.test. 300 IN CNAME www.example.test."));
        assert!(self.serves("new.example.test. 300 IN A 192.0.2.15"));
        assert!(!self.snapshot().iter().any(|line| line.starts_with("old.")));
    }
}

#[test]
fn a_plan_costs_three_reads_and_its_application_one_write_without_a_hole() {
    let site = Site::new();
    let ran = site.project.run(&["plan", "--out", "plan.json", "--stats"]);
    ran.ends(0).shows(&["atomic, guarded", "192.0.2.10 → 192.0.2.20", "A → CNAME"]);
    ran.tells(&["google  ", "3 reads"]).never_says(TOKEN);
    assert_eq!(site.calls(), vec![("GET".to_owned(), 200); 3]);
    let prober = site.prober();
    let ran = site.project.run(&["apply", "plan.json", "--stats", "--verbose", "--receipt", "receipt.json"]);
    ran.ends(0).never_says(TOKEN);
    prober.mark();
    prober.wait_for_answers(100, Duration::from_secs(30)).unwrap();
    prober.stop().assert_no_hole();
    assert_eq!(site.writes(), 1);
    let calls = site.calls();
    tell(&format!("apply: {} calls, one of them a write", calls.len()));
    assert!(calls.len() <= 13, "{calls:?}");
    site.is_settled();
    site.project.run(&["verify"]).ends(0);
    let kept: String = site.project.state().into_iter().map(|(_, text)| text).collect();
    let receipt = site.project.read("receipt.json");
    assert!(!kept.contains(TOKEN) && !receipt.contains(TOKEN));
    assert!(receipt.contains("\"token\": \"1\"") || receipt.contains("\"token\":\"1\""), "{receipt}");
}

#[test]
fn a_canary_goes_first_and_is_gone_afterwards() {
    let site = Site::new();
    site.project.run(&["apply", "--yes", "--canary"]).ends(0);
    assert_eq!(site.writes(), 3, "it comes, it goes, and the change");
    assert!(!site.snapshot().iter().any(|line| line.contains("canary")));
    site.is_settled();
}

#[test]
fn a_plan_over_the_quota_is_cut_into_writes_that_each_are_whole() {
    let site = Site::with_quota(1);
    let prober = site.prober();
    let ran = site.project.run(&["apply", "--yes"]);
    ran.ends(0);
    prober.mark();
    prober.wait_for_answers(100, Duration::from_secs(30)).unwrap();
    prober.stop().assert_no_hole();
    assert_eq!(site.writes(), 4, "{ran:?}");
    site.is_settled();
}

#[test]
fn a_rollback_brings_back_what_was_there() {
    let site = Site::new();
    let before = site.snapshot();
    site.project.run(&["apply", "--yes", "--receipt", "receipt.json"]).ends(0);
    site.is_settled();
    let receipt: serde_json::Value = serde_json::from_str(&site.project.read("receipt.json")).unwrap();
    let run = receipt["run"].as_str().unwrap();
    site.project.run(&["rollback", "--yes", "--run", run]).ends(0);
    assert_eq!(site.snapshot(), before);
}

#[test]
fn a_run_that_was_killed_in_the_middle_is_taken_back() {
    let site = Site::with_quota(2);
    let before = site.snapshot();
    site.project.pause_at("before read 2", &["apply", "--yes"]).kill();
    assert_ne!(site.snapshot(), before);
    site.project.run(&["rollback", "--yes"]).ends(0);
    assert_eq!(site.snapshot(), before);
}

#[test]
fn a_run_that_was_killed_at_any_of_these_points_is_resumed_and_written_once() {
    for point in ["before write", "after write", "before read 2", "before settle", "after settle"] {
        let site = Site::with_quota(2);
        let paused = site.project.pause_at(point, &["apply", "--yes"]);
        let ran = paused.kill();
        assert_eq!(ran.signal, Some(9), "{point}");
        site.project.run(&["apply", "--resume"]).ends(0);
        site.is_settled();
        assert_eq!(site.writes(), 2, "{point}: nothing is written twice");
    }
}

#[test]
fn a_lost_answer_is_read_back_and_the_change_happens_once() {
    let lost = [
        Fault::LosesAnswer { fits: Fits::method("POST"), times: 1 },
        Fault::LosesRequest { fits: Fits::method("POST"), times: 1 },
        Fault::Fails { fits: Fits::method("POST"), times: 1, status: 503 },
    ];
    for fault in lost {
        let site = Site::new();
        let changes = |site: &Site| site.cloud.by_hand(|google| google.zone(ID).change_count());
        let before = changes(&site);
        site.cloud.fault(fault);
        site.project.apply();
        assert_eq!(changes(&site), before + 1);
        site.is_settled();
    }
}

#[test]
fn a_foreign_hand_between_plan_and_apply_makes_the_plan_stale_and_elsewhere_it_does_not() {
    let site = Site::new();
    site.configure(", owns: zone, guards: {max_delete_percent: 100}, ignore: [\"guest A\"]");
    site.project.plan();
    site.cloud.by_hand(|google| google.put(ID, &["www.example.test. 300 A 192.0.2.66"]));
    let ran = site.project.run(&["apply", "plan.json"]);
    ran.ends(10).tells(&["192.0.2.10 (ttl 300)", "192.0.2.66 (ttl 300)"]);
    assert_eq!(site.writes(), 0);
    site.project.plan();
    site.cloud.by_hand(|google| google.put(ID, &["guest.example.test. 300 A 192.0.2.66"]));
    site.project.run(&["apply", "plan.json"]).ends(0);
    site.is_settled();
    assert!(site.serves("guest.example.test. 300 IN A 192.0.2.66"));
}

#[test]
fn a_foreign_hand_between_read_and_write_is_found_by_google_itself() {
    let site = Site::new();
    let paused = site.project.pause_at("before write", &["apply", "--yes"]);
    site.cloud.by_hand(|google| google.put(ID, &["www.example.test. 77 A 192.0.2.10"]));
    let ran = paused.finish();
    ran.ends(10).tells(&["Precondition not met", "this is www.example.test. A", "plan again"]);
    assert!(site.calls().contains(&("POST".to_owned(), 412)));
    assert!(site.serves("old.example.test. 300 IN A 192.0.2.13"), "all or nothing");
    site.project.apply();
    site.is_settled();
}

#[test]
fn a_routing_policy_is_left_alone_until_a_file_changes_it() {
    let policy = |weight: u32| {
        let item = |weight: u32, data: &str| serde_json::json!({ "weight": weight, "rrdatas": [data] });
        serde_json::json!({ "wrr": { "items": [item(weight, "192.0.2.1"), item(1, "192.0.2.2")] } })
    };
    let site = Site::new();
    site.configure(", owns: zone, guards: {max_delete_percent: 100}, ignore: [\"w A\"]");
    let routed = || RecordSet::routed("w.example.test.", "A", 60, policy(1));
    site.cloud.by_hand(|google| google.put_set(ID, routed()));
    site.project.apply();
    let held =
        |site: &Site| site.cloud.by_hand(|google| google.zone(ID).set("w.example.test.", "A").cloned());
    assert_eq!(held(&site), Some(routed()), "its neighbours have changed");
    site.configure(", owns: zone, guards: {max_delete_percent: 100}");
    site.project.declare(&format!(
        "{AFTER}\nw:\n  type: A\n  ttl: 60\n  octodns:\n    googlecloud:\n      routing-policy: {}\n",
        policy(3)
    ));
    site.project.run(&["plan"]).ends(0).shows(&["routing-policy"]);
    site.project.apply();
    assert_eq!(held(&site).unwrap().routing_policy, Some(policy(3)));
    site.project.assert_settled();
    site.project.run(&["verify"]).ends(0);
    site.cloud.by_hand(|google| google.put_set(ID, RecordSet::routed("w.example.test.", "A", 60, policy(7))));
    site.project.run(&["verify"]).ends(13).shows(&["answers cannot show it", "w  A", "changed live"]);
}

#[test]
fn a_machine_of_google_reads_with_one_token_and_writes_with_another() {
    let machine = Cloud::start(Metadata, Vec::new());
    let mut site = Site::with(|google| {
        google.take_no_token();
        google.take_token(Metadata::GOOGLE_READER, false);
        google.take_token(Metadata::GOOGLE_WRITER, true);
    });
    let text = site.project.read("dnsure.yaml");
    site.project.write("dnsure.yaml", &text.replace(", token: \"env:LAB_TOKEN\"", ""));
    site.project.set("GCE_METADATA_HOST", machine.url().trim_start_matches("http://"));
    let token = |call: &dnsure_kit::cloud::Call| call.request.token().unwrap_or_default().to_owned();
    site.project.plan();
    assert!(site.cloud.calls().iter().all(|call| token(call) == Metadata::GOOGLE_READER));
    site.project.run(&["apply", "plan.json"]).ends(0).never_says(Metadata::GOOGLE_WRITER);
    let writes = site.cloud.calls().into_iter().filter(|call| call.request.method == "POST");
    assert_eq!(writes.map(|call| token(&call)).collect::<Vec<_>>(), [Metadata::GOOGLE_WRITER]);
    site.is_settled();
}

/// What `examples/cloud-dns` holds, for the kit's Google.
#[test]
fn the_example_is_valid_and_its_zone_can_be_applied() {
    const EXAMPLE: &str = "example.com.";
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/cloud-dns");
    let read = |name: &str| std::fs::read_to_string(format!("{examples}/{name}")).unwrap();
    let ns = |n: u8| format!("@ 21600 NS ns-cloud-a{n}.googledomains.com.\n");
    let text = format!(
        "$ORIGIN {EXAMPLE}\n@ 21600 SOA ns-cloud-a1.googledomains.com. cloud-dns-hostmaster.google.com. 1 21600 3600 \
         259200 300\n{}",
        (1..=4).map(ns).collect::<String>()
    );
    let site = Site::new();
    let knot = Arc::new(Knot::builder().zone(EXAMPLE, text.clone()).start());
    let google = Google::new().with(ManagedZone::from_file("example-com", EXAMPLE, &text));
    let cloud = Cloud::start(google, vec![Arc::clone(&knot)]);
    let reached =
        format!("url: \"{}\", token: \"env:LAB_TOKEN\", servers: [\"{}\"]}}", cloud.url(), knot.addr());
    let config = read("dnsure.yaml").replace("project: acme-dns}", &format!("project: {PROJECT}, {reached}"));
    assert!(config.contains(&cloud.url()));
    // tests/federated_state.rs has the bucket.
    let (config, _) = config.split_once("state: gs://").unwrap();
    site.project.write("dnsure.yaml", &config.replace("samples: 3", "samples: 1"));
    std::fs::remove_file(site.project.file(&site.project.zone_file())).unwrap();
    site.project.write("zones/example.com.yaml", &read("zones/example.com.yaml"));
    site.project.run(&["validate"]).ends(0);
    site.project.run(&["plan"]).ends(0).shows(&["routing-policy"]);
    site.project.apply();
    site.project.assert_settled();
    site.project.run(&["verify"]).ends(0);
}

#[test]
fn what_google_does_not_hold_is_refused_with_its_place() {
    let site = Site::new();
    site.project.declare(&format!("{AFTER}\nd: {{type: DNAME, value: d.example.net.}}\n"));
    let ran = site.project.run(&["plan"]);
    ran.ends(1).tells(&["zones/example.test.yaml:", "Cloud DNS holds no DNAME"]);
}

#[test]
fn a_zone_that_is_not_there_is_created_by_opt_in() {
    let site = Site::serving("", |google| google.zones.clear());
    site.project.run(&["plan"]).ends(0).shows(&["will be created"]);
    site.project.run(&["apply", "--yes", "--create-zones"]).ends(0);
    site.is_settled();
}

#[test]
fn a_wrong_token_is_told_without_being_shown() {
    let site = Site::new();
    let wrong = "ya29.wrong-and-secret";
    let ran = site.project.run_with(("LAB_TOKEN", wrong), &["plan", "--verbose"]);
    ran.ends(1).tells(&["did not accept the credentials", "check credentials or token"]).never_says(wrong);
    let text = site.project.read("dnsure.yaml");
    let both = text.replace("token:", "credentials: key.json, token:");
    site.project.write("dnsure.yaml", &both);
    site.project.run(&["plan"]).ends(1).tells(&["`credentials` and `token`", "leave one of them out"]);
    let alone = text.replace("token: \"env:LAB_TOKEN\"", "credentials: key.json");
    site.project.write("dnsure.yaml", &alone);
    site.project.run(&["plan"]).ends(1).tells(&["key.json", "No such file"]);
}
