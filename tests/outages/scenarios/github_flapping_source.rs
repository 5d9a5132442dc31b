//! The source of the zone file leaves a record out for a moment.

use super::octodns::sync;
use super::stage::{Stage, ends, everywhere, tells};
use super::{Guard, Outage, Verdict};
use crate::lab::{Host, Kind, ZONE, apex};
use dnsure_kit::query::rtype::A;

pub const OUTAGE: Outage = Outage {
    name: "github-flapping-source",
    line: "GitHub Pages, April 2026: a source left a record out, and the tool deleted it as stale",
    then: "The zone was generated. An upstream source omitted one record now and then; the tool took it for stale and \
           deleted it. On average 10.58 % of requests failed, about 17.5 million in all.",
    guards: &[
        Guard { off: "files", so: "api.example.test. A had no answer" },
        Guard { off: "signature", so: "api.example.test. A had no answer" },
    ],
    play,
};

const RECORDS: &str =
    "www 300 A 192.0.2.10\napi 300 A 192.0.2.12\nmail 300 A 192.0.2.13\ndocs 300 A 192.0.2.14";
const API: &str = "\napi: {type: A, ttl: 300, value: 192.0.2.12}";

/// The zone file as it is generated, with or without the record.
fn generated(www: &str, api: &str) -> String {
    format!(
        "{}www: {{type: A, ttl: 300, value: {www}}}\nmail: {{type: A, ttl: 300, value: 192.0.2.13}}\n\
         docs: {{type: A, ttl: 300, value: 192.0.2.14}}{api}\n",
        apex(ZONE)
    )
}

fn play(stage: &Stage) -> Verdict {
    let host = Host::start(Kind::Bind, &[(ZONE, RECORDS)]);
    let project = stage.project(&host, ZONE);
    project.declare_only(&generated("192.0.2.10", API));
    // From now on dnsure knows that the files declared api.
    ends(&project.run(&["apply", "--yes"]), 0)?;

    stage.step("The generator leaves api out while the plan is made, and is well again when it is applied.");
    project.declare_only(&generated("192.0.2.10", ""));
    stage.run(&project, &["plan", "--out", "plan.json"]);
    project.declare_only(&generated("192.0.2.10", API));
    let watching = stage.watch(&host, &[("www.example.test.", A), ("api.example.test.", A)]);
    let other = stage.run(&project, &["apply", "plan.json", "--yes"]);
    watching.end_without_a_hole()?;
    ends(&other, 10)?;
    tells(&other, &["the plan says nothing, the zone files say 192.0.2.12"])?;

    stage.step("It is well while the plan is made (www → .20), and leaves api out when it is applied.");
    project.declare_only(&generated("192.0.2.20", API));
    ends(&project.run(&["plan", "--out", "plan.json"]), 0)?;
    project.declare_only(&generated("192.0.2.20", ""));
    let watching = stage.watch(&host, &[("www.example.test.", A), ("api.example.test.", A)]);
    let reviewed = stage.run(&project, &["apply", "plan.json", "--yes"]);
    watching.end_in_order()?;
    ends(&reviewed, 0)?;
    everywhere(&host, "www.example.test.", A, "300 A 192.0.2.20")?;

    stage.step("Nobody reviews: `apply --yes` every minute, with `guards: {max_deletes: 0}`. It leaves api out once.");
    project.configure("", "guards: {max_deletes: 0}");
    project.declare_only(&generated("192.0.2.20", API));
    ends(&project.run(&["apply", "--yes"]), 0)?;
    project.declare_only(&generated("192.0.2.20", ""));
    let watching = stage.watch(&host, &[("www.example.test.", A), ("api.example.test.", A)]);
    let blocked = stage.run(&project, &["apply", "--yes"]);
    watching.end_without_a_hole()?;
    ends(&blocked, 12)?;
    tells(&blocked, &["1 record set would be destroyed", "--ack"])?;

    stage.step("octoDNS 1.22 beside it, with the same file and its own limits on deletions.");
    if let Some(ran) = sync(stage, &project, &generated("192.0.2.20", ""), &[]) {
        stage.counts(&format!("octodns-sync --doit ends with {}", ran.code.unwrap_or(-1)));
        let lines = super::stage::answers(&host, "api.example.test.", A);
        stage.counts(&format!("api.example.test. after octoDNS: {}", lines.join(" ")));
    }
    Ok(())
}
