//! A change goes everywhere at once, past the staggering that would have stopped it.

use super::stage::{SHORT, Stage, ends, nothing_left, tells, unchanged};
use super::{Guard, Outage, Verdict, must};
use crate::lab::{Host, Project, apex};
use dnsure_kit::query::rtype::A;
use dnsure_kit::{Panel, Personality};

pub const OUTAGE: Outage = Outage {
    name: "salesforce-canary",
    line: "Salesforce, May 2021, about 5 hours: a DNS change went everywhere at once, past the staggering",
    then: "A DNS change was made with a script four years old, on the path for emergencies, which skips the staggered \
           rollout. It took about five hours; the status page was down too.",
    guards: &[Guard { off: "canary", so: "a live name was written" }],
    play,
};

const FIRST: &str = "first.test.";
const SECOND: &str = "second.test.";
const RECORDS: &str = "www 300 A 192.0.2.10\ndocs 300 A 192.0.2.14";

fn play(stage: &Stage) -> Verdict {
    stage.step("Two zones at a provider that says yes and publishes nothing; `canary_zone: first.test.` Both zones change www.");
    let panel = Panel::builder().personality(Personality::SaysYes(1));
    let host = Host::panel(panel, &[(FIRST, RECORDS), (SECOND, RECORDS)]);
    let project = stage.project(&host, FIRST);
    configure(&project, SHORT);
    for zone in [FIRST, SECOND] {
        let www =
            "www: {type: A, ttl: 300, value: 192.0.2.20}\ndocs: {type: A, ttl: 300, value: 192.0.2.14}\n";
        project.write(&format!("zones/{zone}yaml"), &format!("{}{www}", apex(zone)));
    }
    let before = [host.snapshots(FIRST), host.snapshots(SECOND)];
    let names = [("www.first.test.", A), ("docs.first.test.", A), ("www.second.test.", A)];
    let watching = stage.watch(&host, &names);
    let ran = stage.run(&project, &["apply", "--yes"]);
    watching.end_without_a_hole()?;

    let calls = host.the_panel().calls();
    let writes: Vec<String> = calls
        .into_iter()
        .filter(|call| call.method != "GET")
        .map(|call| format!("{} {} {}", call.method, call.path, call.body))
        .collect();
    let live = writes.iter().find(|write| write.contains("\"www.") || write.contains(SECOND));
    must(live.is_none(), || {
        format!("a live name was written although nothing is published: {}", live.unwrap())
    })?;
    stage.counts(&format!("{} writes, all of the canary in {FIRST}; none in {SECOND}", writes.len()));
    unchanged(&host, FIRST, &before[0])?;
    unchanged(&host, SECOND, &before[1])?;
    ends(&ran, 13)?;
    tells(&ran, &["_dnsure-canary.first.test.", "second.test.", "not started"])?;
    nothing_left(&project)?;

    stage.step("The provider is mended; the same command.");
    host.the_panel().behave(Personality::Honest);
    configure(&project, "verify: {samples: 1, deadline: 20s, write_deadline: 200ms}");
    let watching = stage.watch(&host, &names);
    let ran = stage.run(&project, &["apply", "--yes"]);
    watching.end_in_order()?;
    ends(&ran, 0)
}

fn configure(project: &Project, verify: &str) {
    project.write(
        "dnsure.yaml",
        &format!(
            "providers:\n  main: {}\nzones:\n  directory: zones\n  \"*\": {{targets: [main]}}\n\
             canary_zone: {FIRST}\n{verify}\n",
            project.host.provider()
        ),
    );
}
