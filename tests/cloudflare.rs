//! The program against Cloudflare's API (the kit's fake), whose records Knot serves: proxied names with
//! addresses of the proxy, a flattened apex, name servers that no zone file declares.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod lab;

use dnsure_kit::cloud::Response;
use dnsure_kit::cloud::cloudflare::Cloudflare;
use dnsure_kit::prober::{Prober, Settings};
use dnsure_kit::query::rtype;
use dnsure_kit::{Cloud, Fault, Fits, Knot};
use lab::{Host, Project, ZONE};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const BEFORE: &str = "www 300 A 192.0.2.10\nshop 300 A 192.0.2.11\nplain 3600 A 192.0.2.12\nold 300 A 192.0.2.13\n\
                      api 300 A 192.0.2.14\nns1 3600 A 127.0.0.1\nns2 3600 A 127.0.0.2";

/// A value behind the proxy, a name that goes behind it, a swap of types, a TTL, an apex that is
/// flattened, a removal, a comment.
const AFTER: &str = "www: {type: A, ttl: 3600, value: 192.0.2.20, octodns: {cloudflare: {proxied: true}}}\n\
    api: {type: A, ttl: 300, value: 192.0.2.14, octodns: {cloudflare: {proxied: true, comment: the api}}}\n\
    shop: {type: CNAME, ttl: 300, value: shops.example.org.}\n\
    plain: {type: A, ttl: 60, values: [192.0.2.12, 192.0.2.22]}\n\
    new: {type: TXT, ttl: 300, value: hello, octodns: {cloudflare: {auto-ttl: true}}}\n";

/// Names that are answered before and after.
const STAYS: [(&str, u16); 4] = [
    ("www.example.test.", rtype::A),
    ("api.example.test.", rtype::A),
    ("shop.example.test.", rtype::A),
    ("plain.example.test.", rtype::A),
];

const PATIENCE: Duration = Duration::from_secs(60);

struct Place {
    cloud: Cloud<Cloudflare>,
    project: Project,
}

impl Place {
    fn with(service: Cloudflare) -> Self {
        Self::of(ZONE, service)
    }

    fn of(zone: &str, service: Cloudflare) -> Self {
        let knot = Arc::new(Knot::builder().zone(zone, service.zone_file(zone)).start());
        let cloud = Cloud::start(service, vec![Arc::clone(&knot)]);
        let provider = format!(
            "{{type: cloudflare, token: \"env:LAB_SECRET\", url: \"{}/client/v4\", servers: [\"{}\"]}}",
            cloud.url(),
            knot.addr()
        );
        let project = Host::cloud(provider, Cloudflare::TOKEN, vec![knot]).project(zone);
        project.configure(", owns: zone, canary: never, guards: {max_delete_percent: 100}", "");
        Self { cloud, project }
    }

    /// `www` is proxied already; the files say [`AFTER`].
    fn start() -> Self {
        let mut service = Cloudflare::new().zone(ZONE, BEFORE);
        service
            .zone_mut(ZONE)
            .edit("www.example.test.", "A", |record| (record.proxied, record.ttl) = (true, 1));
        let place = Self::with(service);
        place.declare(AFTER);
        place
    }

    /// The NS records at the apex, which Cloudflare does not take, are declared too.
    fn declare(&self, lines: &str) {
        self.project.declare(lines);
    }

    fn batches(&self) -> usize {
        self.cloud.calls().iter().filter(|call| call.request.path().ends_with("/batch")).count()
    }

    /// Owner, type, content, TTL, proxied and comment of each record, sorted.
    fn records(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.cloud.by_hand(|fake| {
            let records = fake.zone_mut(ZONE).records.iter();
            let line = records.map(|record| {
                let comment = record.comment.as_deref().unwrap_or("-");
                format!(
                    "{} {} {} {} {} {comment}",
                    record.name,
                    record.rtype,
                    record.text(),
                    record.ttl,
                    record.proxied
                )
            });
            line.collect()
        });
        lines.sort();
        lines
    }

    fn prober(&self) -> Prober {
        Prober::watch_with(&self.cloud.servers(), &STAYS, Settings { rate: 400, ..Settings::default() })
    }

    fn is_as_declared(&self) {
        self.project.assert_settled();
        self.project.run(&["verify"]).ends(0);
        assert_eq!(self.cloud.troubles(), Vec::<String>::new());
    }
}

#[test]
fn a_plan_says_what_cloudflare_makes_of_it_and_is_applied_without_a_hole() {
    let place = Place::start();
    let project = &place.project;
    let plan = project.run(&["plan", "--out", "plan.json"]);
    plan.ends(0).shows(&[
        "atomic, unguarded",
        "one write, with a notice",
        "shop.example.test.: Cloudflare deletes the old type and creates the new one in one transaction",
        "publishes it record by record",
        "the TTL in the file has no effect",
        "name servers and SOA of its own at the apex",
    ]);
    plan.never_says(Cloudflare::TOKEN);
    plan.never_says("no gap");
    let prober = place.prober();
    prober.wait_for_answers(200, PATIENCE).unwrap();
    let ran = project.run(&["apply", "plan.json"]);
    ran.ends(0).shows(&["verified on"]).never_says(Cloudflare::TOKEN);
    prober.mark();
    prober.wait_for_answers(200, PATIENCE).unwrap();
    let report = prober.stop();
    report.assert_no_hole();
    dnsure_kit::tell(&format!(
        "Cloudflare: {} answers, {} missing",
        report.answers(),
        report.missing().total()
    ));
    assert_eq!(place.batches(), 1);
    assert_eq!(
        place.records(),
        [
            "api.example.test A 192.0.2.14 1 true the api",
            "new.example.test TXT \"hello\" 1 false -",
            "ns1.example.test A 127.0.0.1 3600 false -",
            "ns2.example.test A 127.0.0.2 3600 false -",
            "plain.example.test A 192.0.2.12 60 false -",
            "plain.example.test A 192.0.2.22 60 false -",
            "shop.example.test CNAME shops.example.org. 300 false -",
            "www.example.test A 192.0.2.20 1 true -",
        ]
    );
    place.is_as_declared();
    for (path, text) in project.state() {
        assert!(!text.contains(Cloudflare::TOKEN), "the token is in {}", path.display());
    }
}

#[test]
fn a_canary_goes_first_and_goes_away() {
    let place = Place::start();
    place.project.run(&["apply", "--yes", "--canary"]).ends(0);
    assert_eq!(place.batches(), 3);
    assert!(!place.records().iter().any(|line| line.contains("canary")));
    place.is_as_declared();
}

#[test]
fn a_rollback_brings_back_values_ttls_comments_and_the_proxy() {
    let place = Place::start();
    place.cloud.by_hand(|fake| {
        fake.zone_mut(ZONE).edit("old.example.test.", "A", |record| record.comment = Some("keep me".into()));
    });
    let before = place.records();
    let prober = place.prober();
    place.project.apply();
    assert_ne!(place.records(), before);
    let receipts = place.project.state();
    let is_receipt = |path: &Path| path.components().any(|part| part.as_os_str() == "receipts");
    let (path, _) = receipts.iter().find(|(path, _)| is_receipt(path)).unwrap();
    let run = path.file_stem().unwrap().to_string_lossy();
    place.project.run(&["rollback", "--yes", "--run", &run]).ends(0);
    prober.stop().assert_no_hole();
    assert_eq!(place.records(), before);
}

#[test]
fn a_run_that_is_killed_is_finished_or_taken_back() {
    for (point, way, is_done) in [
        ("before write", ["apply", "--resume"], true),
        ("after write", ["apply", "--resume"], true),
        ("after write", ["rollback", "--yes"], false),
    ] {
        let place = Place::start();
        let before = place.records();
        place.project.pause_at(point, &["apply", "--yes"]).kill();
        let ran = place.project.run(&way);
        assert_eq!(ran.code, Some(0), "{point}: {ran:?}");
        assert_eq!(place.batches(), if is_done { 1 } else { 2 }, "{point}: {ran:?}");
        if is_done { place.is_as_declared() } else { assert_eq!(place.records(), before, "{point}") }
    }
}

#[test]
fn a_lost_answer_is_read_back_and_never_sent_again() {
    let place = Place::start();
    place.cloud.fault(Fault::LosesAnswer { fits: Fits::method("POST"), times: 1 });
    place.project.apply();
    assert_eq!(place.batches(), 1);
    place.is_as_declared();
}

/// Name servers answer with addresses of the proxy, whatever stands behind it: only the API shows it.
#[test]
fn an_origin_behind_the_proxy_that_did_not_change_is_found_out() {
    let mut service = Cloudflare::new().zone(ZONE, "www 300 A 192.0.2.10");
    service.zone_mut(ZONE).edit("www.example.test.", "A", |record| (record.proxied, record.ttl) = (true, 1));
    let place = Place::with(service);
    place.project.declare_only(
        "www: {type: A, ttl: 300, value: 192.0.2.20, octodns: {cloudflare: {proxied: true}}}\n",
    );
    let body = serde_json::json!({ "success": true, "errors": [], "messages": [], "result": {} });
    let response = Response::json(200, &body);
    place.cloud.fault(Fault::Answers { fits: Fits::method("POST"), times: 9, response });
    let ran = place.project.run(&["apply", "--yes"]);
    ran.ends(14).tells(&[
        "the write was tried 3 times and did not happen",
        "is 192.0.2.10",
        "not 192.0.2.20",
    ]);
}

#[test]
fn a_foreign_hand_between_plan_and_apply_makes_the_plan_stale() {
    let place = Place::start();
    place.project.plan();
    place.cloud.by_hand(|fake| {
        fake.zone_mut(ZONE).edit("www.example.test.", "A", |record| record.content = "192.0.2.66".into());
    });
    place.project.run(&["apply", "plan.json"]).ends(10).tells(&["192.0.2.10", "192.0.2.66"]);
    assert_eq!(place.batches(), 0);
}

#[test]
fn a_foreign_hand_between_read_and_write_is_seen_too() {
    let place = Place::start();
    let run = place.project.pause_at("before write", &["apply", "--yes"]);
    place.cloud.by_hand(|fake| {
        fake.zone_mut(ZONE).edit("plain.example.test.", "A", |record| record.content = "192.0.2.66".into());
    });
    let ran = run.finish();
    assert_eq!(ran.code, Some(10), "{ran:?}");
    ran.tells(&["192.0.2.12", "192.0.2.66"]);
    assert_eq!(place.batches(), 0);
}

#[test]
fn records_of_email_routing_stop_a_plan_that_would_change_them() {
    let service = Cloudflare::new().zone(ZONE, "@ 300 MX 10 route1.mx.example.net.\nwww 300 A 192.0.2.1");
    let place = Place::with(service);
    place.cloud.by_hand(|fake| {
        fake.zone_mut(ZONE)
            .edit(ZONE, "MX", |record| drop(record.meta.insert("email_routing".into(), true.into())));
    });
    let mail = |value: &str| {
        format!(
            "'': {{type: MX, ttl: 300, value: {{preference: 10, exchange: {value}}}}}\nwww: {{type: A, ttl: 300, value: 192.0.2.2}}\n"
        )
    };
    place.project.declare_only(&mail("mx.example.net."));
    let ran = place.project.run(&["plan"]);
    assert_ne!(ran.code, Some(0), "{ran:?}");
    ran.tells(&["cannot be changed: Cloudflare's Email Routing keeps it", "example.test.yaml:1:"]);
    // As they are, they may be declared.
    place.project.declare_only(&mail("route1.mx.example.net."));
    place.project.apply();
    place.is_as_declared();
}

#[test]
fn comments_of_the_dashboard_are_no_change_and_stay() {
    let place = Place::with(Cloudflare::new().zone(ZONE, BEFORE));
    place.cloud.by_hand(|fake| {
        fake.zone_mut(ZONE)
            .edit("plain.example.test.", "A", |record| record.comment = Some("ask Bob".into()));
    });
    let file = |value: &str| format!("plain: {{type: A, ttl: 3600, value: {value}}}\n");
    place.project.configure(", canary: never", "");
    place.project.declare_only(&file("192.0.2.12"));
    place.project.run(&["plan", "--detailed-exitcode"]).ends(0);
    place.project.declare_only(&file("192.0.2.22"));
    place.project.plan();
    place.project.run(&["apply", "plan.json"]).ends(0);
    assert!(place.records().contains(&"plain.example.test A 192.0.2.22 3600 false ask Bob".to_owned()));
    place.is_as_declared();
}

#[test]
fn another_origin_behind_the_proxy_is_told_by_verify_though_the_answers_are_the_same() {
    let place = Place::start();
    place.project.apply();
    place.is_as_declared();
    place.cloud.by_hand(|fake| {
        fake.zone_mut(ZONE).edit("www.example.test.", "A", |record| record.content = "192.0.2.66".into());
    });
    let ran = place.project.run(&["verify"]);
    ran.ends(13).shows(&["answers cannot show it", "www  A  192.0.2.20 → 192.0.2.66", "changed live"]);
    let found = place.project.run(&["verify", "--format", "json"]).event("drift");
    assert_eq!(found["live"]["values"], serde_json::json!(["192.0.2.66"]));
    place.project.run(&["verify", "--name", "plain"]).ends(0);
    place.project.apply();
    place.is_as_declared();
}

#[test]
fn a_flattened_apex_and_a_name_that_leaves_the_proxy() {
    let mut service = Cloudflare::new().zone(ZONE, BEFORE);
    service.zone_mut(ZONE).edit("www.example.test.", "A", |record| (record.proxied, record.ttl) = (true, 1));
    let place = Place::with(service);
    place.project.declare_only(
        "'': [{type: ALIAS, ttl: 300, value: plain.example.test.}, {type: TXT, ttl: 300, value: x}]\n\
         www: {type: A, ttl: 600, value: 192.0.2.10}\n\
         flat: {type: CNAME, ttl: 300, value: plain.example.test., octodns: {cloudflare: {flatten-cname: true}}}\n\
         plain: {type: A, ttl: 3600, value: 192.0.2.12}\n",
    );
    place.project.apply();
    place.is_as_declared();
    assert!(place.project.serves("www.example.test. 600 IN A 192.0.2.10"), "{:?}", place.project.snapshot());
    assert!(place.records().contains(&"example.test CNAME plain.example.test. 300 false -".to_owned()));
}

/// The proxy answers for both address types, whichever record there is.
#[test]
fn an_address_type_that_goes_from_a_proxied_name_is_answered_still() {
    let proxied = |types: &str| {
        let sets = types.split(' ').map(|rtype| {
            let value = if rtype == "A" { "192.0.2.10" } else { "'2001:db8::10'" };
            format!(
                "- {{type: {rtype}, ttl: 300, value: {value}, octodns: {{cloudflare: {{proxied: true}}}}}}\n"
            )
        });
        format!(
            "www:\n{}\"*.any\":\n- {{type: A, ttl: 300, value: 192.0.2.1, octodns: {{cloudflare: {{proxied: true}}}}}}\n",
            sets.collect::<String>()
        )
    };
    let place = Place::with(Cloudflare::new().zone(ZONE, ""));
    for types in ["A AAAA", "A", "AAAA"] {
        place.project.declare_only(&proxied(types));
        place.project.apply();
        place.is_as_declared();
    }
}

#[test]
fn one_zone_among_ten_thousand_is_planned_with_three_reads_at_most() {
    let records: String = (0..1_000).map(|number| format!("n{number} 300 A 192.0.2.1\n")).collect();
    let place = Place::with(Cloudflare::new().empty_zones(9_999).zone(ZONE, &records));
    let lines: String = (0..1_000)
        .map(|number| format!("n{number}: {{type: A, ttl: 300, value: 192.0.2.{}}}\n", 1 + number / 999))
        .collect();
    place.project.declare_only(&lines);
    place.project.plan().shows(&["n999"]);
    let paths: Vec<String> = place.cloud.calls().iter().map(|call| call.request.target.clone()).collect();
    assert!(paths.len() <= 3, "{paths:?}");
}

#[test]
fn a_plan_over_the_limit_of_a_batch_is_cut_where_the_limit_is() {
    for (plan, batches) in [("free", 3), ("pro", 1)] {
        let place = Place::with(Cloudflare::new().zone(ZONE, "").plan(plan));
        let lines: String =
            (0..500).map(|number| format!("n{number}: {{type: A, ttl: 300, value: 192.0.2.1}}\n")).collect();
        place.project.declare_only(&lines);
        place.project.apply();
        assert_eq!(place.batches(), batches, "{plan}");
        place.project.assert_settled();
    }
}

#[test]
fn a_token_that_may_only_read_plans_and_is_told_what_applying_needs() {
    use dnsure_kit::cloud::cloudflare::Access;
    let reader = "cfut_OnlyReading-0123456789abcdefghijklmn";
    let place = Place::with(Cloudflare::new().zone(ZONE, BEFORE).token(reader, Access::Read));
    place.declare(AFTER);
    place.project.run_with(("LAB_SECRET", reader), &["plan", "--out", "plan.json"]).ends(0);
    let ran = place.project.run_with(("LAB_SECRET", reader), &["apply", "plan.json"]);
    ran.ends(1).tells(&["DNS:Edit"]).never_says(reader);
    place.project.run(&["apply", "plan.json"]).ends(0);
}

#[test]
fn the_example_is_planned_and_applied_as_it_stands() {
    let place = Place::of("example.com.", Cloudflare::new().zone("example.com.", ""));
    place.project.declare_only(include_str!("../examples/cloudflare/zones/example.com.yaml"));
    place.project.apply();
    place.is_as_declared();
    let proxied = place.cloud.by_hand(|fake| {
        let records = fake.zone_mut("example.com.").records.iter();
        records.filter(|record| record.proxied).map(|record| record.name.clone()).collect::<Vec<_>>()
    });
    assert_eq!(proxied, ["example.com", "api.example.com", "api.example.com"]);
}
