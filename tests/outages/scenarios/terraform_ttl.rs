//! A TTL is changed by a tool that destroys and creates.

use super::octodns::sync;
use super::stage::{Stage, ends, everywhere};
use super::{Guard, Outage, Verdict};
use crate::lab::{self, Host, Kind, Project, ZONE};
use dnsure_kit::query::rtype::A;

pub const OUTAGE: Outage = Outage {
    name: "terraform-ttl",
    line: "Terraform's DNS provider, since 2019: a TTL or a type is changed by destroying and creating",
    then: "terraform-provider-dns marks the TTL of every record as something that cannot be updated, so lowering it \
           destroys the record and creates it again, in two messages (issue 97, open since 2019). Other providers \
           replace types the same way. Resolvers keep the NXDOMAIN for the zone's negative TTL.",
    guards: &[Guard { off: "gapless", so: "answers were missing" }],
    play,
};

const RECORDS: &str = "www 300 A 192.0.2.10\nshop 300 A 192.0.2.11\napi 300 A 192.0.2.12";
const CHANGES: u32 = 6;

fn play(stage: &Stage) -> Verdict {
    let host = Host::start(Kind::Bind, &[(ZONE, RECORDS)]);
    let project = stage.project(&host, ZONE);

    stage.step("As such a tool does it, on shop at BIND: delete in one message, add in the next, 5 times.");
    let watching = stage.watch(&host, &[("shop.example.test.", A)]);
    for ttl in [60, 300, 60, 300, 300] {
        host.nsupdate(ZONE, "update delete shop.example.test. A");
        host.nsupdate(ZONE, &format!("update add shop.example.test. {ttl} A 192.0.2.11"));
    }
    let report = watching.end();
    assert!(report.missing().total() > 0, "{report}");

    stage.step(&format!("dnsure, on www: {CHANGES} changes of the TTL, then A → CNAME, each one message that replaces the set."));
    let watching = stage.watch(&host, &[("www.example.test.", A), ("api.example.test.", A)]);
    for change in 0..CHANGES {
        let ttl = if change % 2 == 0 { 60 } else { 300 };
        project.declare(&files(&format!("www: {{type: A, ttl: {ttl}, value: 192.0.2.10}}")));
        let arguments = ["apply", "--yes"];
        let ran = if change == 0 { stage.run(&project, &arguments) } else { project.run(&arguments) };
        ends_if_guarded(stage, &ran)?;
    }
    project.declare(&files("www: {type: CNAME, ttl: 60, value: api.example.test.}"));
    let swapped = stage.run(&project, &["apply", "--yes"]);
    watching.end_without_a_hole()?;
    ends(&swapped, 0)?;
    everywhere(&host, "www.example.test.", dnsure_kit::query::rtype::CNAME, "60 CNAME api.example.test.")?;
    beside(stage, &project)
}

/// Without its guard a run may well say that it failed; what counts is what was served.
fn ends_if_guarded(stage: &Stage, ran: &lab::Ran) -> Verdict {
    if stage.is_sabotaged() { Ok(()) } else { ends(ran, 0) }
}

fn files(www: &str) -> String {
    format!(
        "{www}\nshop: {{type: A, ttl: 300, value: 192.0.2.11}}\napi: {{type: A, ttl: 300, value: 192.0.2.12}}"
    )
}

/// octoDNS takes the same way back: CNAME → A, then two changes of the TTL.
fn beside(stage: &Stage, project: &Project) -> Verdict {
    stage.step("octoDNS 1.22 beside it, with its provider for BIND: CNAME → A, then 2 changes of the TTL.");
    let watching = stage.watch(&project.host, &[("www.example.test.", A), ("api.example.test.", A)]);
    for www in [
        "www: {type: A, ttl: 60, value: 192.0.2.10}",
        "www: {type: A, ttl: 300, value: 192.0.2.10}",
        "www: {type: A, ttl: 60, value: 192.0.2.10}",
    ] {
        let text = format!("{}{}\n", lab::apex(ZONE), files(www));
        let Some(ran) = sync(stage, project, &text, &["--force"]) else { break };
        stage.note(&format!("octodns-sync ends with {}", ran.code.unwrap_or(-1)));
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    let _ = watching.end();
    Ok(())
}
