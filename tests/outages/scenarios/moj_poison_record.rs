//! One bad record keeps all others from being restored.

use super::octodns::sync;
use super::stage::{Stage, answers, ends, everywhere, tells};
use super::{Guard, Outage, Verdict};
use crate::lab::{Host, Project, ZONE, apex};
use dnsure_kit::query::rtype::A;
use dnsure_kit::{Bind, Panel, Personality, zone_text};
use std::sync::Arc;

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
    restores(stage, &stage.project(&strict_bind(), ZONE))?;

    stage.step("A panel that takes batches and answers 422 to every batch in which legacy is.");
    let poison = Personality::Poison("legacy.example.test.".into());
    let panel = Panel::builder().unit("zone-batch").personality(poison);
    restores(stage, &stage.project(&Host::panel(panel, &[(ZONE, LEFT)]), ZONE))?;

    stage.step("octoDNS 1.22 beside it, at another BIND with that policy.");
    let host = strict_bind();
    let project = stage.project(&host, ZONE);
    if let Some(ran) = sync(stage, &project, &format!("{}{FILE}\n", apex(ZONE)), &["--force"]) {
        let code = ran.code.unwrap_or(-1);
        let api = answers(&host, "api.example.test.", A).join(" ");
        stage.counts(&format!("octodns-sync --doit ends with {code}; api.example.test. at {api}"));
    }
    Ok(())
}

fn strict_bind() -> Arc<Host> {
    let builder = Bind::builder().zone(ZONE, zone_text(ZONE, LEFT));
    Host::bind(builder.update_policy("deny ci. name legacy.example.test. ANY; grant ci. zonesub ANY;"))
}

const FILE: &str = "www: {type: A, ttl: 300, value: 192.0.2.10}\napi: {type: A, ttl: 300, value: 192.0.2.12}\n\
                    mail: {type: A, ttl: 300, value: 192.0.2.13}\ndocs: {type: A, ttl: 300, value: 192.0.2.14}\n\
                    legacy: {type: A, ttl: 300, value: 192.0.2.99}";

fn restores(stage: &Stage, project: &Project) -> Verdict {
    project.declare(FILE);
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
