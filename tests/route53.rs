//! The program on Route 53, from the credentials in the environment to the answers of a name server.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod lab;

use dnsure_kit::cloud::metadata::Metadata;
use dnsure_kit::cloud::route53::{self as rig, Route53 as Rig, plain, throttling};
use dnsure_kit::query::rtype;
use dnsure_kit::{Cloud, Fault, Fits, Knot, Prober, zone_text};
use lab::{Host, Project, ZONE};
use std::sync::Arc;

const BEFORE: &str = "www 300 A 192.0.2.10\nshop 300 A 192.0.2.11\nold 300 A 192.0.2.13\nlb 60 A 192.0.2.20";

const AFTER: &str = "lb: {type: A, ttl: 60, value: 192.0.2.20}\n\
    new: {type: TXT, ttl: 300, value: hello}\n\
    shop: {type: CNAME, ttl: 300, value: www.example.test.}\n\
    www: {type: Route53Provider/ALIAS, values: [{type: A, name: lb}]}";

struct Aws {
    cloud: Cloud<Rig>,
    project: Project,
}

impl Aws {
    fn with(records: &str) -> Self {
        Self::of(ZONE, records)
    }

    fn of(zone: &str, records: &str) -> Self {
        let text = zone_text(zone, records);
        let rig = Rig::start().zone(zone, &text);
        // Knot is told what the service serves, aliases resolved, from the first change on.
        let knot = Arc::new(Knot::builder().zone(zone, text).start());
        let addr = knot.addr();
        let cloud = Cloud::start(rig, vec![Arc::clone(&knot)]);
        let provider = format!("{{type: route53, url: \"{}\", servers: [\"{addr}\"]}}", cloud.url());
        let mut project = Host::cloud(provider, "", vec![knot]).project(zone);
        project.configure(", owns: zone, guards: {max_delete_percent: 100}", "");
        for (name, value) in rig::variables() {
            project.set(name, value);
        }
        project.declare(AFTER);
        Self { cloud, project }
    }

    fn writes(&self) -> usize {
        self.cloud.calls().iter().filter(|call| call.request.method == "POST").count()
    }

    fn prober(&self) -> Prober {
        let names = [
            ("www.example.test.", rtype::A),
            ("shop.example.test.", rtype::A),
            ("lb.example.test.", rtype::A),
        ];
        Prober::watch(&self.cloud.servers(), &names)
    }
}

#[test]
fn a_zone_with_a_broken_file_costs_no_request() {
    let aws = Aws::with(BEFORE);
    aws.project.declare("www: {type: A, value: 192.0.2.999}\n");
    aws.cloud.forget_calls();
    aws.project.run(&["plan"]).ends(1).tells(&["192.0.2.999", "not planned"]);
    assert_eq!(aws.cloud.calls().len(), 0);
}

#[test]
fn a_plan_is_applied_in_one_batch_without_a_hole_and_verified() {
    let aws = Aws::with(BEFORE);
    let prober = aws.prober();
    let plan = aws.project.run(&["plan", "--out", "plan.json"]);
    plan.ends(0).shows(&["atomic, guarded", "shop", "A → CNAME", "www", "lb.example.test."]);
    assert_eq!(aws.cloud.calls().len(), 3, "one zone takes three reads");
    aws.cloud.forget_calls();
    aws.project.run(&["apply", "plan.json", "--yes"]).ends(0).shows(&["verified on 1/1 servers"]);
    assert_eq!(aws.writes(), 1);
    assert!(aws.project.serves("www.example.test. 60 IN A 192.0.2.20"), "{:?}", aws.project.snapshot());
    assert!(aws.project.serves("shop.example.test. 300 IN CNAME www.example.test."));
    assert!(!aws.project.snapshot().concat().contains("old.example"));
    aws.project.assert_settled();
    aws.project.run(&["verify"]).ends(0);
    let seen = prober.stop();
    println!("{} answers, {} missing", seen.answers(), seen.missing().total());
    seen.assert_no_hole();
    assert_eq!(aws.cloud.troubles(), [""; 0]);
}

#[test]
fn an_alias_that_became_plain_records_is_told_by_verify_though_the_answers_are_the_same() {
    let aws = Aws::with(BEFORE);
    aws.project.run(&["apply", "--yes"]).ends(0);
    aws.cloud.by_hand(|rig| {
        let id = rig.id(ZONE);
        rig.by_hand(&id, &[("UPSERT", plain("www.example.test.", 60, "A", &["192.0.2.20".into()]))]);
    });
    let ran = aws.project.run(&["verify"]);
    ran.ends(13).shows(&["answers cannot show it", "www  A", "→ 192.0.2.20", "changed live"]);
    aws.project.run(&["apply", "--yes"]).ends(0);
    aws.project.run(&["verify"]).ends(0);
}

#[test]
fn a_canary_goes_first() {
    let aws = Aws::with(BEFORE);
    aws.project.run(&["apply", "--yes", "--canary"]).ends(0);
    assert_eq!(aws.writes(), 3);
    aws.project.assert_settled();
}

#[test]
fn what_was_applied_is_rolled_back() {
    let aws = Aws::with(BEFORE);
    let before = aws.project.snapshot();
    let prober = aws.prober();
    aws.project.run(&["apply", "--yes", "--receipt", "receipt.json"]).ends(0);
    assert_ne!(aws.project.snapshot(), before);
    let receipt: serde_json::Value = serde_json::from_str(&aws.project.read("receipt.json")).unwrap();
    let run = receipt["run"].as_str().unwrap();
    aws.project.run(&["rollback", "--yes", "--run", run]).ends(0);
    assert_eq!(aws.project.snapshot(), before);
    prober.stop().assert_no_hole();

    // A run that was killed is taken back as well.
    aws.project.pause_at("after write", &["apply", "--yes"]).kill();
    assert_ne!(aws.project.snapshot(), before);
    aws.project.run(&["rollback", "--yes"]).ends(0);
    assert_eq!(aws.project.snapshot(), before);
}

#[test]
fn a_run_that_was_killed_is_resumed_wherever_it_stood() {
    for (point, writes) in [("before write", 1), ("after write", 1), ("before settle", 1)] {
        let aws = Aws::with(BEFORE);
        let prober = aws.prober();
        aws.project.pause_at(point, &["apply", "--yes"]).kill();
        aws.project.run(&["apply", "--resume"]).ends(0);
        aws.project.assert_settled();
        assert_eq!(aws.writes(), writes, "{point}");
        prober.stop().assert_no_hole();
    }
}

#[test]
fn a_lost_answer_is_found_out_by_reading() {
    let aws = Aws::with(BEFORE);
    aws.cloud.fault(Fault::LosesAnswer { fits: Fits::method("POST"), times: 1 });
    aws.cloud.fault(Fault::Answers { fits: Fits::method("GET"), times: 2, response: throttling() });
    aws.project.run(&["apply", "--yes"]).ends(0);
    aws.project.assert_settled();
    assert_eq!(aws.writes(), 1);
}

#[test]
fn a_foreign_change_after_the_plan_makes_it_stale() {
    let aws = Aws::with(BEFORE);
    aws.project.plan();
    aws.cloud.by_hand(|rig| {
        let id = rig.id(ZONE);
        rig.by_hand(&id, &[("UPSERT", plain("www.example.test.", 60, "A", &["192.0.2.66".into()]))]);
    });
    let ran = aws.project.run(&["apply", "plan.json", "--yes"]);
    ran.ends(10).tells(&["192.0.2.10", "192.0.2.66"]);
    assert_eq!(aws.writes(), 0);
}

#[test]
fn weighted_sets_are_planned_one_by_one_and_a_protected_one_stops_the_plan() {
    let aws = Aws::with(BEFORE);
    let weighted = |blue: u32| {
        format!(
            "{AFTER}\ncanary:\n\
             - {{type: A, ttl: 60, value: 192.0.2.1, dnsure: {{set: blue}}, octodns: {{route53: {{weight: {blue}}}}}}}\n\
             - {{type: A, ttl: 60, value: 192.0.2.2, dnsure: {{set: green}}, octodns: {{route53: {{weight: 10}}}}}}\n"
        )
    };
    aws.project.declare(&weighted(90));
    aws.project.apply();
    aws.project.assert_settled();
    aws.project.declare(&weighted(50));
    let ran = aws.project.plan();
    ran.shows(&["(blue)", "1 to change"]);
    assert!(!ran.out.contains("(green)"), "{ran:?}");
    aws.cloud.by_hand(|rig| rig.protect(ZONE, "canary.example.test.", "A", "launch day"));
    let ran = aws.project.run(&["plan", "--out", "plan.json"]);
    ran.ends(1).tells(&["zones/example.test.yaml:", "Route 53 protects it (launch day)"]);
}

#[test]
fn the_example_is_planned_applied_and_settled() {
    let example = |name: &str| {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/route53").join(name);
        std::fs::read_to_string(file).unwrap()
    };
    let zone = "example.com.";
    let aws = Aws::of(zone, "");
    let (from, to) = ("aws: {type: route53}", format!("aws: {}", aws.project.host.provider()));
    let lines = example("dnsure.yaml").replacen(from, &to, 1);
    let lines = lines.lines().filter(|line| !line.starts_with("state:")).collect::<Vec<_>>().join("\n");
    aws.project
        .write("dnsure.yaml", &lines.replace("guards:", "verify: {samples: 1, deadline: 20s}\nguards:"));
    // The example leaves the name servers to the service; here they are in the zone.
    let glue = "ns1: {type: A, value: 127.0.0.1}\nns2: {type: A, value: 127.0.0.2}\n";
    let text = example("zones/example.com.yaml").replace("www:\n", &format!("{glue}www:\n"));
    let ns = "- {type: NS, values: [ns1.example.com., ns2.example.com.]}\n# Whatever";
    aws.project.write("zones/example.com.yaml", &text.replacen("# Whatever", ns, 1));
    let ran = aws.project.run(&["plan", "--out", "plan.json"]);
    ran.ends(0).shows(&["6 to add", "0 to destroy"]);
    aws.project.run(&["apply", "plan.json", "--yes"]).ends(0);
    assert_eq!(aws.writes(), 1);
    aws.project.assert_settled();
    assert!(aws.project.serves("www.example.com. 60 IN A 192.0.2.253"), "{:?}", aws.project.snapshot());
}

#[test]
fn missing_credentials_are_told_and_present_ones_never_are() {
    let aws = Aws::with(BEFORE);
    for arguments in [&["plan"][..], &["apply", "--yes"]] {
        for (_, value) in &rig::variables()[1..3] {
            aws.project.run(arguments).never_says(value);
        }
    }
    let mut aws = aws;
    aws.project.set("AWS_ACCESS_KEY_ID", "");
    aws.project.set("AWS_SECRET_ACCESS_KEY", "");
    aws.project.run(&["plan"]).ends(1).tells(&["no credentials", "AWS_ACCESS_KEY_ID"]);
}

/// Where each source of credentials keeps its key, the requests are signed with it.
#[test]
fn credentials_come_from_every_source_of_the_chain() {
    let signed_by = |aws: &Aws, key: &str| {
        aws.cloud.forget_calls();
        aws.project.run(&["plan"]).ends(0);
        let calls = aws.cloud.calls();
        let proofs = calls.iter().filter(|call| call.request.target.contains("/2013-04-01/"));
        let proofs: Vec<&str> = proofs.filter_map(|call| call.request.header("authorization")).collect();
        assert_eq!(proofs.len(), 3);
        assert!(proofs.iter().all(|proof| proof.contains(&format!("Credential={key}/"))), "{proofs:?}");
        calls
    };
    let mut aws = Aws::with("");
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        aws.project.set(name, "");
    }
    let keys = |id: &str, token: &str| {
        format!(
            "{{\"Version\": 1, \"AccessKeyId\": \"{id}\", \"SecretAccessKey\": \"hush\", \"{token}\": \"hush-too\", \"Expiration\": \"2099-01-01T00:00:00Z\"}}"
        )
    };
    let path = |name: &str| aws.project.file(name).display().to_string();

    // A profile of the shared configuration: a key, and a program that prints one.
    aws.project.write("process.json", &keys("AKIAPROCESS", "SessionToken"));
    let (config, process) = (path("config"), path("process.json"));
    aws.project.write("config", &format!("[default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = hush\n[profile ci]\ncredential_process = cat {process}\n"));
    aws.project.set("AWS_CONFIG_FILE", &config);
    signed_by(&aws, "AKIADEFAULT");
    let text = aws.project.read("dnsure.yaml");
    aws.project.write("dnsure.yaml", &text.replace("type: route53", "type: route53, profile: ci"));
    signed_by(&aws, "AKIAPROCESS");
    aws.project.write("dnsure.yaml", &text);
    aws.project.write("config", "");

    // A container's role, by HTTP; asked once for the whole run.
    let answer = |fits: &'static str, media_type: &'static str, body: String| {
        let response = dnsure_kit::cloud::Response::text(200, media_type, body);
        aws.cloud.fault(Fault::Answers { fits: Fits::any().on(fits), times: 1, response });
    };
    answer("/container", "application/json", keys("AKIACONTAINER", "Token"));
    let url = aws.cloud.url();
    let mut aws = aws;
    aws.project.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &format!("{url}/container"));
    let calls = signed_by(&aws, "AKIACONTAINER");
    assert_eq!(calls.len(), 4);
    aws.project.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", "");

    // A web identity, exchanged at the token service.
    aws.project.write("token", "somebody's token");
    let token = aws.project.file("token").display().to_string();
    for (name, value) in [
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.as_str()),
        ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/dnsure-plan"),
        ("AWS_ENDPOINT_URL_STS", url.as_str()),
    ] {
        aws.project.set(name, value);
    }
    let body = "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
        <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>AKIAWEB</AccessKeyId>\
        <SecretAccessKey>hush</SecretAccessKey><SessionToken>hush-too</SessionToken>\
        <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult>\
        </AssumeRoleWithWebIdentityResponse>";
    let response = dnsure_kit::cloud::Response::text(200, "text/xml", body);
    aws.cloud.fault(Fault::Answers { fits: Fits::method("POST"), times: 1, response });
    let calls = signed_by(&aws, "AKIAWEB");
    assert!(calls[0].request.body.contains("AssumeRoleWithWebIdentity"));
}

#[test]
fn an_instance_of_aws_signs_with_the_keys_of_its_role() {
    let machine = Cloud::start(Metadata, Vec::new());
    let mut aws = Aws::with("");
    for (name, _) in rig::variables() {
        aws.project.set(name, "");
    }
    aws.project.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &machine.url());
    aws.project.run(&["apply", "--yes"]).ends(0).never_says("hush");
    let calls = aws.cloud.calls();
    let credential = format!("Credential={}/", Metadata::AWS_KEY);
    let is_proven = |call: &dnsure_kit::cloud::Call| {
        call.request.header("authorization").is_some_and(|proof| proof.contains(&credential))
    };
    assert!(aws.writes() > 0 && calls.iter().all(is_proven), "{calls:?}");
}

#[test]
fn the_type_and_its_keys_are_known_to_the_configuration() {
    let aws = Aws::with("");
    let text = aws.project.read("dnsure.yaml");
    aws.project.write("dnsure.yaml", &text.replace("url:", "link:"));
    aws.project.run(&["plan"]).ends(1).tells(&["dnsure.yaml:2:", "link"]);
    aws.project.write("dnsure.yaml", &text.replace("type: route53", "type: route54"));
    aws.project.run(&["plan"]).ends(1).tells(&["route54", "`route53`"]);
    aws.project.write("dnsure.yaml", &text.replace("url:", "zones: {example.test.: ZNOTHERE}, url:"));
    aws.project.run(&["plan"]).ends(1).tells(&["ZNOTHERE under `zones` of the provider is none"]);
}
