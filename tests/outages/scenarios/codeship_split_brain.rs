//! Some servers get the new records, others have none.

use super::stage::{SHORT, Stage, addresses, ends, everywhere, nothing_left, tells, unchanged};
use super::{Guard, Outage, Verdict};
use crate::lab::{Host, ZONE};
use dnsure_kit::query::rtype::A;
use dnsure_kit::{Panel, Personality};

pub const OUTAGE: Outage = Outage {
    name: "codeship-split-brain",
    line: "Codeship, July 2017, 29 minutes: after a deploy some servers had the records and others none",
    then: "DNS as code in CI, three years without a failure. After one deploy some name servers resolved the names \
           correctly while others had no records at all.",
    guards: &[Guard { off: "observation", so: "should be 300 A 192.0.2.20" }],
    play,
};

fn play(stage: &Stage) -> Verdict {
    let panel = Panel::builder().unit("zone-batch");
    let host = Host::panel(panel, &[(ZONE, "www 300 A 192.0.2.10\ndocs 300 A 192.0.2.14")]);
    let project = stage.project(&host, ZONE);
    let docs = "docs: {type: A, ttl: 300, value: 192.0.2.14}";
    project.declare(&format!("www: {{type: A, ttl: 600, value: 192.0.2.10}}\n{docs}"));
    stage.step("A deploy like all before it: BIND, Knot and NSD get it.");
    let names = [("www.example.test.", A), ("docs.example.test.", A)];
    let watching = stage.watch(&host, &names);
    let fine = project.run(&["apply", "--yes"]);
    watching.end_in_order()?;
    ends(&fine, 0)?;
    stage.show_answers(&host, "www.example.test.", A);

    stage.step("From now on the provider publishes to two of its three servers, and says yes. The next deploy changes www and adds api.");
    let before = host.snapshots(ZONE);
    host.the_panel().behave(Personality::ServesOn(2));
    project.configure("", SHORT);
    project.declare(&format!(
        "www: {{type: A, ttl: 300, value: 192.0.2.20}}\napi: {{type: A, ttl: 300, value: 192.0.2.12}}\n{docs}"
    ));
    let watching = stage.watch(&host, &names);
    let ran = stage.run(&project, &["apply", "--yes"]);
    watching.end_without_a_hole()?;
    if ran.code == Some(0) {
        everywhere(&host, "www.example.test.", A, "300 A 192.0.2.20")?;
        everywhere(&host, "api.example.test.", A, "300 A 192.0.2.12")?;
    }
    unchanged(&host, ZONE, &before)?;
    ends(&ran, 13)?;
    let lagging = addresses(&host, &["NSD"]);
    tells(&ran, &[lagging[0].as_str(), "taken back"])?;
    nothing_left(&project)?;
    stage.note(
        "nothing is left behind: every server serves the zone as before, no journal is open, no lock is held",
    );

    stage.step("The provider is mended; the same command again.");
    host.the_panel().behave(Personality::Honest);
    project.configure("", "");
    let watching = stage.watch(&host, &names);
    let ran = stage.run(&project, &["apply", "--yes"]);
    watching.end_in_order()?;
    everywhere(&host, "api.example.test.", A, "300 A 192.0.2.12")?;
    ends(&ran, 0)
}
