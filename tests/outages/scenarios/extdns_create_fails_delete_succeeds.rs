//! The new record is refused, and the old one is deleted all the same.

use super::stage::{SHORT, Stage, ends, everywhere, nothing_left, one_of, tells};
use super::{Guard, Outage, Verdict, must};
use crate::lab::{Host, Project, ZONE};
use dnsure_kit::query::rtype::{A, CNAME};
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
    if stage.is_sabotaged() {
        project.configure("", SHORT);
    }
    declare(&project, "192.0.2.20", ALIAS);
    let watching = stage.watch(&host, &names);
    let refused = stage.run(&project, &["apply", "--yes"]);
    watching.end_without_a_hole()?;
    one_of(&host, "www.example.test.", A, &["300 A 192.0.2.10"])?;
    must(refused.code != Some(0), || format!("{refused:?}"))?;
    tells(&refused, &["allows no more records"])?;

    stage.step("Each of its calls fails once in turn, with 500 and no word of what was done: canary, create, delete.");
    let mut codes = Vec::new();
    let watching = stage.watch(&host, &names);
    for call in 1..=4 {
        let value = if call % 2 == 1 { "192.0.2.20" } else { "192.0.2.10" };
        host.the_panel().behave(Personality::Fails(call));
        declare(&project, value, ALIAS);
        let ran = project.run(&["apply", "--yes"]);
        codes.push(ran.code.unwrap_or(-1));
        must(ran.code == Some(0), || format!("call {call}: {ran:?}"))?;
        one_of(&host, "www.example.test.", A, &[&format!("300 A {value}")])?;
    }
    watching.end_without_a_hole()?;
    stage.counts(&format!("call 1, 2, 3, 4 failed: dnsure looked, did it again, and ended with {codes:?}"));
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

    stage.step("It is accepted, the CNAME is deleted, and the A record is refused: the CNAME is put back.");
    host.the_panel().behave(Personality::RefusesToCreate("192.0.2.15".into()));
    let watching = stage.watch(host, &[("alias.example.test.", A)]);
    let ran =
        stage.run(project, &["apply", "--yes", "--accept-gap", &digest, "--reason", "seconds are fine"]);
    let report = watching.end();
    let away = report.absences().iter().map(|absence| absence.last.saturating_sub(absence.first).as_millis());
    stage.counts(&format!("alias was away for {} ms at most", away.max().unwrap_or(0)));
    everywhere(host, "alias.example.test.", CNAME, "300 CNAME docs.example.test.")?;
    must(!matches!(ran.code, Some(0)), || format!("{ran:?}"))?;
    nothing_left(project)
}

const ALIAS: &str = "{type: CNAME, ttl: 300, value: docs.example.test.}";

fn declare(project: &Project, www: &str, alias: &str) {
    project.declare(&format!(
        "www: {{type: A, ttl: 300, value: {www}}}\nalias: {alias}\ndocs: {{type: A, ttl: 300, value: 192.0.2.14}}"
    ));
}
