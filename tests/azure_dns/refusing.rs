//! Plans that do not go through, and what is said.

use super::*;

#[test]
fn a_foreign_hand_between_plan_and_apply_makes_the_plan_stale() {
    let stage = Stage::new();
    stage.project.plan();
    stage.stranger("new", "192.0.2.66");
    stage.project.run(&["apply", "plan.json", "--yes"]).ends(10).tells(&["nothing", "192.0.2.66"]);
    assert!(stage.writes().is_empty());
}

/// The last look was before it; only the etag sees it.
#[test]
fn a_foreign_hand_right_before_a_write_is_not_overwritten() {
    let stage = Stage::new();
    stage.project.declare(&AFTER.replace("ttl: 60, value: 192.0.2.11", "ttl: 60, value: 192.0.2.12"));
    let paused = stage.project.pause_at("before write 1", &["apply", "--yes"]);
    for owner in ["slow", "www", "old"] {
        stage.stranger(owner, "192.0.2.66");
    }
    stage.cloud.by_hand(|azure| azure.edit(ZONE, "new", "A", 300, &["192.0.2.66"]));
    let ran = paused.finish();
    assert!(!matches!(ran.code, Some(0)), "{ran:?}");
    ran.tells(&["192.0.2.66"]);
    for owner in ["slow", "www", "old", "new"] {
        assert!(stage.project.serves(&format!("{owner}.example.test. 300 IN A 192.0.2.66")), "{owner}");
    }
    assert!(stage.writes().iter().all(|write| write.ends_with("412")), "{:?}", stage.writes());
}

#[test]
fn what_azure_never_holds_is_told_with_file_and_line() {
    let stage = Stage::new();
    stage.project.declare(
        "geo:\n  dynamic: {pools: {eu: {values: [{value: 192.0.2.1}]}}, rules: [{pool: eu}]}\n  type: A\n  value: 192.0.2.1\nkey: {type: SSHFP, value: {algorithm: 4, fingerprint_type: 2, fingerprint: aa}}\n",
    );
    let ran = stage.project.run(&["plan"]);
    ran.ends(1).tells(&[
        "zones/example.test.yaml:7",
        "no `dynamic` records",
        "alias: ID_OF_THE_PROFILE",
        "Azure DNS does not hold SSHFP",
    ]);
}

#[test]
fn a_set_of_a_traffic_manager_profile_is_in_nobodys_way_and_never_deleted() {
    let stage = Stage::new();
    stage.cloud.by_hand(|azure| {
        let id = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/trafficManagerProfiles/p";
        azure.plant(ZONE, "tm", "A", json!({ "TTL": 60, "trafficManagementProfile": { "id": id } }));
    });
    // The zone owns everything, so this is a deletion.
    stage.project.run(&["plan"]).ends(1).tells(&["tm.example.test. A", "Traffic Manager profile"]);
    stage.project.configure(", canary: never", "");
    stage.project.plan();
}

#[test]
fn a_zone_that_is_not_there_and_one_that_may_not_be_written_are_told_with_a_way_out() {
    let stage = Stage::new();
    let text = stage.project.read("dnsure.yaml");
    stage.project.write("dnsure.yaml", &text.replace("resource_group: dns", "resource_group: elsewhere"));
    stage
        .project
        .run(&["plan"])
        .ends(1)
        .tells(&["ResourceGroupNotFound", "check subscription, resource_group"]);
    stage.project.write("dnsure.yaml", &text);
    let ran = stage.project.run_with(("LAB_SECRET", Azure::READER), &["plan"]);
    ran.ends(0);
    let ran = stage.project.run_with(("LAB_SECRET", Azure::READER), &["apply", "--yes"]);
    ran.ends(1)
        .tells(&["AuthorizationFailed", "DNS Zone Contributor", "nothing was written"])
        .never_says(Azure::READER);
    assert!(stage.is_as_before());
}

#[test]
fn mistakes_in_the_configuration_are_told_with_their_place() {
    let stage = Stage::with("credentials: {kind: password, tenant: t}, prevue: true");
    let ran = stage.project.run(&["plan"]);
    ran.ends(1).tells(&[
        "dnsure.yaml:2:",
        "there are no credentials `password`",
        "`workload-identity`",
        "prevue",
    ]);
    let stage = Stage::with("token: \"env:LAB_SECRET\", credentials: {kind: az-cli}");
    stage.project.run(&["plan"]).ends(1).tells(&["a token stands beside `credentials`"]);
}
