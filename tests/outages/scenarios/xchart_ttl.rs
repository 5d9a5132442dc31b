//! A TTL is lowered at a panel that cannot edit in place.

use super::stage::{Stage, answers, everywhere, tells};
use super::{Guard, Outage, Verdict, must};
use crate::lab::{Host, ZONE};
use dnsure_kit::query::rtype::A;
use dnsure_kit::{Panel, Personality};

pub const OUTAGE: Outage = Outage {
    name: "xchart-ttl",
    line: "Xchart, 67 minutes: a TTL lowered by duplicate and delete; the panel said saved",
    then: "An operator wanted a shorter TTL before a weekend change. The panel could not edit a record in place, so \
           they made a duplicate with the shorter TTL and deleted the old one. The panel showed the record; the \
           name servers did not serve it for 67 minutes.",
    guards: &[Guard { off: "gapless", so: "answers were missing" }],
    play,
};

fn play(stage: &Stage) -> Verdict {
    let panel = Panel::builder().personality(Personality::Rows);
    let host =
        Host::panel(panel, &[(ZONE, "www 3600 A 192.0.2.10\nshop 3600 A 192.0.2.11\napi 300 A 192.0.2.12")]);

    stage.step("By hand, on shop: add a row with TTL 60, delete the row with TTL 3600. The panel creates and deletes, no more; it publishes to BIND, Knot and NSD.");
    by_hand(stage, &host);

    let project = stage.project(&host, ZONE);
    let rest = "shop: {type: A, ttl: 60, value: 192.0.2.11}\napi: {type: A, ttl: 300, value: 192.0.2.12}";
    project.declare(&format!("www: {{type: A, ttl: 60, value: 192.0.2.10}}\n{rest}"));
    stage.step("The same wish for www in the zone file: TTL 3600 → 60, nothing else.");
    let refused = stage.run(&project, &["plan"]);

    stage.step("The zone file names an address that may answer meanwhile: `dnsure: {stand_in: 192.0.2.9}`.");
    project.declare(&format!(
        "www: {{type: A, ttl: 60, value: 192.0.2.10, dnsure: {{stand_in: 192.0.2.9}}}}\n{rest}"
    ));
    let watching = stage.watch(&host, &[("www.example.test.", A), ("api.example.test.", A)]);
    let applied = stage.run(&project, &["apply", "--yes"]);
    watching.end_without_a_hole()?;
    everywhere(&host, "www.example.test.", A, "60 A 192.0.2.10")?;
    stage.show_answers(&host, "www.example.test.", A);
    must(applied.code == Some(0), || format!("{applied:?}"))?;
    must(refused.code == Some(1), || format!("a duplicate was planned: {refused:?}"))?;
    tells(&refused, &["stand_in", "3600", "60"])?;
    must(project.run(&["plan", "--detailed-exitcode"]).code == Some(0), || {
        "the second plan is not empty".into()
    })
}

fn by_hand(stage: &Stage, host: &Host) {
    let watching = stage.watch(host, &[("shop.example.test.", A)]);
    let panel = host.the_panel();
    let old = panel.rows().into_iter().find(|row| row.name == "shop.example.test.").unwrap();
    panel.foreign_add("shop.example.test.", 60, "A", "192.0.2.11");
    panel.foreign_remove_row(&old);
    let report = watching.end();
    let rows: Vec<_> = panel.rows().into_iter().filter(|row| row.name == "shop.example.test.").collect();
    stage.note(&format!("the panel shows: {} {} A {}", rows[0].name, rows[0].ttl, rows[0].data));
    stage.show_answers(host, "shop.example.test.", A);
    // It is the outage only while it can be seen.
    assert!(report.missing().nxdomain > 0, "{report}");
    assert!(answers(host, "shop.example.test.", A).iter().all(|one| one.ends_with("NXDOMAIN")));
}
