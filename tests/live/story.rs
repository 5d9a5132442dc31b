//! What happens to the zone, from its creation to its end.

use super::project::Project;
use super::records::Records;
use super::{Account, ThrowAway};
use serde_json::Value;
use std::net::SocketAddr;

/// Tells it at `account`. `servers` are those to be asked about the new zone, none for those that the
/// provider tells.
pub fn tell_it(account: &Account, servers: impl FnOnce(&ThrowAway<'_>) -> Vec<SocketAddr>) {
    let zone = ThrowAway::at(account);
    let servers = servers(&zone);
    let project = Project::new(account, &zone, &servers);

    let records = Records::first(account.cloud);
    project.declare(&records);
    project.plan();
    let receipt = project.run_to_receipt(&["apply", "plan.json"]);
    assert!(sets_written(&receipt) >= 20, "{receipt}");
    project.assert_settled();
    project.run(&["verify"]).ends(0);

    let records = values_and_ttls_change(&project, &records);
    let records = types_swap(account, &project, &records);
    a_stranger_comes_between(&project, &zone, &records);
    let receipt = a_canary_goes_first(&project, &records);
    the_last_run_is_taken_back(&project, &receipt, &records);
    all_but_one_go(&project);
}

fn values_and_ttls_change(project: &Project<'_>, records: &Records) -> Records {
    let records = records
        .with("api", "{ttl: 300, type: A, values: [192.0.2.12, 192.0.2.111]}")
        .with("deep.er.down", "{ttl: 600, type: A, value: 192.0.2.13}")
        .with("mail", "{ttl: 120, type: A, value: 192.0.2.115}")
        .with("_dmarc", r#"{ttl: 300, type: TXT, value: "v=DMARC1; p=none"}"#)
        .with("alias", "{ttl: 300, type: CNAME, value: www2.example.net.}")
        .with("new", "{ttl: 300, type: A, value: 192.0.2.17}")
        .without("ptr");
    project.declare(&records);
    project.plan().shows(&["mail", "192.0.2.115", "ptr"]);
    let receipt = project.run_to_receipt(&["apply", "plan.json"]);
    // Some were watched at all.
    assert!(receipt["targets"][0]["watched"]["answers"].as_u64() > Some(0), "{receipt}");
    project.assert_settled();
    records
}

fn types_swap(account: &Account, project: &Project<'_>, records: &Records) -> Records {
    let swapped = records.with("shop", "{ttl: 300, type: CNAME, value: shops.example.net.}");
    project.declare(&swapped);
    if account.cloud.swaps_types() {
        project.run_to_receipt(&["apply", "--yes"]);
        project.assert_settled();
        return swapped;
    }
    // There is no way without a gap, and nobody has accepted one.
    let refused = project.run(&["apply", "--yes"]);
    refused.ends(12).tells(&["gap"]);
    project.declare(records);
    project.assert_settled();
    records.clone()
}

fn a_stranger_comes_between(project: &Project<'_>, zone: &ThrowAway<'_>, records: &Records) {
    project.declare(&records.with("keep", "{ttl: 300, type: A, value: 192.0.2.114}"));
    project.plan();
    zone.change("keep", "A", 300, "192.0.2.200");
    let stale = project.run(&["apply", "plan.json"]);
    stale.ends(10).tells(&["192.0.2.14", "192.0.2.200"]);
    project.declare(records);
    project.plan().shows(&["192.0.2.200", "192.0.2.14"]);
    project.run_to_receipt(&["apply", "plan.json"]);
    project.assert_settled();
}

fn a_canary_goes_first(project: &Project<'_>, records: &Records) -> Value {
    project.declare(&records.with("api", "{ttl: 60, type: A, value: 192.0.2.211}").without("new"));
    let receipt = project.run_to_receipt(&["apply", "--yes", "--canary"]);
    let steps = receipt["targets"][0]["steps"].as_array().unwrap();
    assert!(steps.iter().any(|step| step["purpose"] == "canary"), "{receipt}");
    project.assert_settled();
    receipt
}

fn the_last_run_is_taken_back(project: &Project<'_>, receipt: &Value, records: &Records) {
    let run = receipt["run"].as_str().unwrap();
    project.run_to_receipt(&["rollback", "--run", run, "--yes"]);
    project.declare(records);
    project.assert_settled();
    project.run(&["verify"]).ends(0);
}

fn all_but_one_go(project: &Project<'_>) {
    project.declare(&Records::last());
    project.run_to_receipt(&["apply", "--yes"]);
    project.assert_settled();
    project.run(&["verify"]).ends(0);
}

fn sets_written(receipt: &Value) -> u64 {
    let steps = receipt["targets"][0]["steps"].as_array().unwrap();
    steps.iter().map(|step| step["record_sets"].as_u64().unwrap()).sum()
}
