//! Plans that go through, also when they are interrupted.

use super::*;
use dnsure_kit::{Fault, Fits};

#[test]
fn a_plan_is_applied_one_conditional_write_a_record_set_and_taken_back() {
    let stage = Stage::new();
    let plan = stage.project.plan();
    plan.shows(&["~ www A 192.0.2.10 → made by the provider settings"]);
    plan.shows(&["set by set, guarded", "alias", "1 to add, 2 to change, 1 to destroy"]);
    assert!(stage.cloud.calls().len() <= 3, "{:?}", stage.cloud.calls());
    let watching = stage.watch();
    stage.project.run(&["apply", "plan.json", "--yes"]).ends(0).never_says(Azure::TOKEN);
    assert!(stage.is_as_declared());
    let lists =
        stage.cloud.calls().iter().filter(|call| call.request.path().ends_with("/recordsets")).count();
    // One for the plan; one to compare it with the files, one under the lock; steps read their own sets.
    assert!(lists <= 4, "{lists}");
    let mut writes = stage.writes();
    writes.sort();
    assert_eq!(
        writes,
        ["DELETE A/old etag 200", "PUT A/new absent 201", "PUT A/slow etag 200", "PUT A/www etag 200"]
    );
    stage.project.assert_settled();
    stage.project.run(&["verify"]).ends(0);
    let receipt =
        std::fs::read_dir(stage.project.file(".dnsure/receipts")).unwrap().next().unwrap().unwrap().path();
    let run = receipt.file_stem().unwrap().to_string_lossy().into_owned();
    stage.project.run(&["rollback", "--yes", "--run", &run]).ends(0);
    assert!(stage.is_as_before());
    let seen = watching.stop();
    seen.assert_no_hole();
    assert!(seen.answers() > 20, "{}", seen.answers());
    assert_eq!(stage.cloud.troubles(), Vec::<String>::new());
    assert!(stage.project.state().iter().all(|(_, text)| !text.contains(Azure::TOKEN)));
}

#[test]
fn a_canary_goes_first_and_is_removed() {
    let stage = Stage::new();
    stage.project.run(&["apply", "--yes", "--canary"]).ends(0);
    assert!(stage.is_as_declared());
    let writes = stage.writes();
    assert!(writes[0].starts_with("PUT TXT/_dnsure-canary absent 201"), "{writes:?}");
    assert!(writes[1].starts_with("DELETE TXT/_dnsure-canary etag 200"), "{writes:?}");
    stage.project.assert_settled();
}

#[test]
fn a_run_that_is_killed_is_resumed_or_taken_back() {
    for (point, way) in [
        ("before write 2", "resume"),
        ("after write 2", "resume"),
        ("before write 2", "rollback"),
        ("after write 3", "rollback"),
    ] {
        let stage = Stage::new();
        let watching = stage.watch();
        stage.project.pause_at(point, &["apply", "--yes"]).kill();
        if way == "resume" {
            stage.project.run(&["apply", "--resume"]).ends(0);
            assert!(stage.is_as_declared(), "{point}");
            stage.project.assert_settled();
        } else {
            stage.project.run(&["rollback", "--yes"]).ends(0);
            assert!(stage.is_as_before(), "{point}");
        }
        watching.stop().assert_no_hole();
    }
}

#[test]
fn lost_answers_lost_requests_and_429_change_nothing_about_the_end() {
    let stage = Stage::new();
    stage.cloud.fault(Fault::LosesAnswer { fits: Fits::method("PUT"), times: 1 });
    stage.cloud.fault(Fault::LosesRequest { fits: Fits::method("PUT").after(1), times: 1 });
    stage.cloud.fault(Fault::TooMany { fits: Fits::method("DELETE"), times: 2, retry_after: 0 });
    stage.cloud.fault(Fault::Fails { fits: Fits::method("GET"), times: 2, status: 503 });
    let watching = stage.watch();
    stage.project.run(&["apply", "--yes"]).ends(0);
    assert!(stage.is_as_declared());
    assert!(stage.cloud.faults_are_used_up());
    stage.project.assert_settled();
    watching.stop().assert_no_hole();
}

#[test]
fn a_swap_of_types_is_refused_in_plain_words_and_done_in_an_accepted_gap() {
    let stage = Stage::new();
    let swap = "host: {type: A, ttl: 300, value: 192.0.2.16}\n";
    stage.project.declare(&format!("{swap}{}", AFTER.split_once('\n').unwrap().1));
    let asked = stage.project.run(&["apply", "--yes"]);
    asked.ends(12).tells(&["host.example.test.", "CNAME", "is missing between two writes", "--accept-gap"]);
    assert!(stage.writes().is_empty());
    let digest = asked.err.split("--accept-gap ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
    let words = ["apply", "--yes", "--accept-gap", &digest, "--reason", "a minute is fine"];
    stage.project.run(&words).ends(0);
    assert!(stage.project.serves("host.example.test. 300 IN A 192.0.2.16"));
    let writes = stage.writes();
    let at = writes.iter().position(|write| write == "DELETE CNAME/host etag 200").unwrap();
    assert_eq!(writes[at + 1], "PUT A/host absent 201", "{writes:?}");
    stage.project.assert_settled();
}

#[test]
fn an_alias_that_became_plain_records_is_told_by_verify_though_the_answers_are_the_same() {
    let stage = Stage::new();
    stage.project.run(&["apply", "--yes"]).ends(0);
    stage.project.run(&["verify"]).ends(0);
    stage.cloud.by_hand(|azure| azure.edit(ZONE, "www", "A", 300, &["203.0.113.80"]));
    let ran = stage.project.run(&["verify"]);
    ran.ends(13).shows(&["answers cannot show it", "www  A", "→ 203.0.113.80", "changed live"]);
}

#[test]
fn the_example_goes_through() {
    let stage = Stage::new();
    stage.project.declare_only(include_str!("../../examples/azure-dns/zones/example.com.yaml"));
    stage.project.run(&["validate"]).ends(0);
    stage.project.apply();
    stage.project.assert_settled();
    assert!(stage.project.serves("example.test. 60 IN A 203.0.113.80"));
    let shop = stage.cloud.by_hand(|azure| azure.properties(ZONE, "shop", "CNAME")).unwrap();
    assert_eq!(shop["metadata"], json!({ "owner": "shop-team" }));
}

#[test]
fn metadata_that_the_file_does_not_mention_outlives_a_change_of_the_value() {
    let stage = Stage::new();
    let properties = json!({
        "TTL": 3600, "ARecords": [{ "ipv4Address": "192.0.2.11" }], "metadata": { "ticket": "17" }, "next-year": true,
    });
    stage.cloud.by_hand(|azure| azure.plant(ZONE, "slow", "A", properties));
    stage.project.plan();
    stage.project.run(&["apply", "plan.json", "--yes"]).ends(0);
    let slow = stage.cloud.by_hand(|azure| azure.properties(ZONE, "slow", "A")).unwrap();
    assert_eq!((&slow["TTL"], &slow["metadata"]), (&json!(60), &json!({ "ticket": "17" })));
    assert_eq!(slow["next-year"], true);
    stage.project.assert_settled();
    stage.project.declare(&AFTER.replace("slow: {type", "slow: {octodns: {azuredns: {metadata: {}}}, type"));
    stage.project.apply();
    let slow = stage.cloud.by_hand(|azure| azure.properties(ZONE, "slow", "A")).unwrap();
    assert_eq!(slow.get("metadata"), None);
    stage.project.assert_settled();
}
