//! One bad record keeps all others from being restored.

use super::stage::{Stage, ends, everywhere, tells};
use super::{Guard, Outage, Verdict};
use crate::lab::{Host, Project, ZONE};
use dnsure_kit::query::rtype::A;
use dnsure_kit::{Bind, Panel, Personality, zone_text};

pub const OUTAGE: Outage = Outage {
    name: "moj-poison-record",
    line: "UK Ministry of Justice, January 2022: one bad record kept deleted ones from being restored",
    then: "Records had been deleted by mistake. Restoring them failed as a whole, because one unrelated record in the \
           same batch was not accepted.",
    guards: &[Guard { off: "isolation", so: "should be 300 A 192.0.2.12" }],
    play,
};

// api, mail and docs are gone; legacy cannot be changed.
const LEFT: &str = "www 300 A 192.0.2.10\nlegacy 300 A 192.0.2.15";

fn play(stage: &Stage) -> Verdict {
    stage.step("BIND; api, mail and docs were deleted by mistake. Its policy denies one name, legacy, and it refuses any message in which that name is.");
    let builder = Bind::builder()
        .zone(ZONE, zone_text(ZONE, LEFT))
        .update_policy("deny ci. name legacy.example.test. ANY; grant ci. zonesub ANY;");
    restores(stage, &stage.project(&Host::bind(builder), ZONE))?;

    stage.step("A panel that takes batches and answers 422 to every batch in which legacy is.");
    let panel =
        Panel::builder().unit("zone-batch").personality(Personality::Poison("legacy.example.test.".into()));
    restores(stage, &stage.project(&Host::panel(panel, &[(ZONE, LEFT)]), ZONE))
}

fn restores(stage: &Stage, project: &Project) -> Verdict {
    project.declare(
        "www: {type: A, ttl: 300, value: 192.0.2.10}\napi: {type: A, ttl: 300, value: 192.0.2.12}\n\
         mail: {type: A, ttl: 300, value: 192.0.2.13}\ndocs: {type: A, ttl: 300, value: 192.0.2.14}\n\
         legacy: {type: A, ttl: 300, value: 192.0.2.99}",
    );
    let host = &project.host;
    let watching = stage.watch(host, &[("www.example.test.", A), ("legacy.example.test.", A)]);
    let ran = stage.run(project, &["apply", "--yes"]);
    watching.end_in_order()?;
    for (name, value) in [("api", "192.0.2.12"), ("mail", "192.0.2.13"), ("docs", "192.0.2.14")] {
        everywhere(host, &format!("{name}.example.test."), A, &format!("300 A {value}"))?;
    }
    everywhere(host, "legacy.example.test.", A, "300 A 192.0.2.15")?;
    ends(&ran, 14)?;
    tells(&ran, &["left out", "legacy.example.test."])
}
