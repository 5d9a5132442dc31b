//! The hidden primary takes changes and feeds nobody.

use super::stage::{SHORT, Stage, addresses, ends, everywhere, nothing_left, tells, unchanged};
use super::{Guard, Outage, Verdict};
use crate::lab::{Host, ZONE};
use dnsure_kit::query::rtype::A;
use dnsure_kit::{Panel, Personality};

pub const OUTAGE: Outage = Outage {
    name: "hidden-primary-stops",
    line: "nsupdate.info, June 2025: a hidden primary stopped feeding its servers",
    then: "The replication that feeds the public name servers stopped (a replication slot). What was changed did not \
           reach them.",
    guards: &[Guard { off: "observation", so: "should be 60 A 192.0.2.20" }],
    play,
};

fn play(stage: &Stage) -> Verdict {
    let panel = Panel::builder().unit("zone-batch");
    let host = Host::panel(panel, &[(ZONE, "www 300 A 192.0.2.10\ndocs 300 A 192.0.2.14")]);
    let project = stage.project(&host, ZONE);
    let declare = |www: &str| {
        project.declare(&format!("www: {{type: A, {www}}}\ndocs: {{type: A, ttl: 300, value: 192.0.2.14}}"));
    };
    stage.step("The primary (BIND) feeds Knot and NSD: a change of the TTL arrives everywhere.");
    declare("ttl: 60, value: 192.0.2.10");
    let names = [("www.example.test.", A), ("docs.example.test.", A)];
    let watching = stage.watch(&host, &names);
    let fine = project.run(&["apply", "--yes"]);
    watching.end_in_order()?;
    ends(&fine, 0)?;
    stage.show_answers(&host, "www.example.test.", A);

    stage.step("The feeding stops; the primary goes on to say yes. www → .20.");
    host.the_panel().behave(Personality::Stops(1));
    project.configure("", SHORT);
    let before = host.snapshots(ZONE);
    declare("ttl: 60, value: 192.0.2.20");
    let watching = stage.watch(&host, &names);
    let ran = stage.run(&project, &["apply", "--yes"]);
    watching.end_without_a_hole()?;
    if ran.code == Some(0) {
        everywhere(&host, "www.example.test.", A, "60 A 192.0.2.20")?;
    }
    unchanged(&host, ZONE, &before)?;
    ends(&ran, 13)?;
    for lagging in addresses(&host, &["Knot", "NSD"]) {
        tells(&ran, &[lagging.as_str()])?;
    }
    tells(&ran, &["taken back"])?;
    nothing_left(&project)?;

    stage.step("The feeding works again; the same command.");
    host.the_panel().behave(Personality::Honest);
    project.configure("", "");
    let watching = stage.watch(&host, &names);
    let ran = stage.run(&project, &["apply", "--yes"]);
    watching.end_in_order()?;
    everywhere(&host, "www.example.test.", A, "60 A 192.0.2.20")?;
    ends(&ran, 0)
}
