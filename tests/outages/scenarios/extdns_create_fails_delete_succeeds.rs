//! The new record is refused, and the old one is deleted all the same.

use super::stage::{Stage, answers, ends, one_of, tells};
use super::{Guard, Outage, Verdict, must};
use crate::lab::{Host, Project, ZONE};
use dnsure_kit::query::rtype::A;
use dnsure_kit::{Panel, Personality};
use std::sync::Arc;

pub const OUTAGE: Outage = Outage {
    name: "extdns-create-fails-delete-succeeds",
    line: "external-dns, June 2022: the create was refused, the delete was not, and neither record was left",
    then: "A CNAME became an A record. The provider refused the new record, because the old one was still there; then \
           the old one was deleted as planned. Neither was left.",
    guards: &[Guard { off: "dependents,freshness", so: "answers were missing" }],
    play,
};

fn play(stage: &Stage) -> Verdict {
    let records = "www 300 A 192.0.2.10\nalias 300 CNAME docs\ndocs 300 A 192.0.2.14";
    let host = Host::panel(Panel::builder(), &[(ZONE, records)]);
    let project = stage.project(&host, ZONE);
    let names = [("www.example.test.", A), ("docs.example.test.", A)];

    stage.step(
        "A provider that creates and deletes. After the canary it refuses to create anything: www .10 → .20.",
    );
    host.the_panel().behave(Personality::RefusesCreates(3));
    declare(&project, "192.0.2.20", "{type: CNAME, ttl: 300, value: docs.example.test.}");
    let watching = stage.watch(&host, &names);
    let refused = stage.run(&project, &["apply", "--yes"]);
    watching.end_without_a_hole()?;
    one_of(&host, "www.example.test.", A, &["300 A 192.0.2.10"])?;
    must(refused.code != Some(0), || format!("{refused:?}"))?;
    tells(&refused, &["allows no more records"])?;

    stage.step("Each of its calls fails in turn (canary, create, delete); the run is taken up again when the provider is well.");
    let mut ends_with = Vec::new();
    let watching = stage.watch(&host, &names);
    for call in 1..=4 {
        let value = if call % 2 == 1 { "192.0.2.20" } else { "192.0.2.10" };
        host.the_panel().behave(Personality::Fails(call));
        declare(&project, value, "{type: CNAME, ttl: 300, value: docs.example.test.}");
        let ran = project.run(&["apply", "--yes"]);
        host.the_panel().behave(Personality::Honest);
        let again = [project.run(&["apply", "--resume"]), project.run(&["apply", "--yes"])];
        ends_with.push(format!("call {call}: exit {}", ran.code.unwrap_or(-1)));
        must(again[1].code == Some(0), || format!("call {call}: {ran:?}\nthen {again:?}"))?;
        one_of(&host, "www.example.test.", A, &[&format!("300 A {value}")])?;
    }
    watching.end_without_a_hole()?;
    stage.counts(&format!("{}; each finished by the next run", ends_with.join(", ")));
    heals(stage, &host, &project)
}

/// The change of the story: no order of single writes avoids a gap.
fn heals(stage: &Stage, host: &Arc<Host>, project: &Project) -> Verdict {
    stage.step(
        "CNAME → A at alias, where each write is one record: there is a gap, and somebody must accept it.",
    );
    declare(project, "192.0.2.10", "{type: A, ttl: 300, value: 192.0.2.15}");
    let asked = stage.run(project, &["apply", "--yes"]);
    ends(&asked, 12)?;
    tells(&asked, &["--accept-gap"])?;
    let digest = asked.err.split("--accept-gap ").nth(1).unwrap().split(' ').next().unwrap().to_owned();

    stage.step("It is accepted, and the create in the gap fails: the old record is put back.");
    // Canary written and removed, the CNAME deleted, then this one.
    host.the_panel().behave(Personality::Fails(4));
    let watching = stage.watch(host, &[("alias.example.test.", A)]);
    let ran =
        stage.run(project, &["apply", "--yes", "--accept-gap", &digest, "--reason", "seconds are fine"]);
    let report = watching.end();
    let gap =
        report.absences().iter().map(|absence| absence.last.saturating_sub(absence.first).as_millis()).max();
    stage.counts(&format!("alias was away for {} ms; exit {}", gap.unwrap_or(0), ran.code.unwrap_or(-1)));
    let served = answers(host, "alias.example.test.", A);
    stage.note(&served.join("   "));
    must(served.iter().all(|one| one.contains("CNAME docs.") || one.contains("A 192.0.2.15")), || {
        format!("alias is left without data: {served:?}\n{ran:?}")
    })
}

fn declare(project: &Project, www: &str, alias: &str) {
    project.declare(&format!(
        "www: {{type: A, ttl: 300, value: {www}}}\nalias: {alias}\ndocs: {{type: A, ttl: 300, value: 192.0.2.14}}"
    ));
}
