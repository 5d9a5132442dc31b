//! A change made by hand in an emergency is taken back by the tool.

use super::octodns::sync;
use super::stage::{Stage, ends, tells};
use super::{Guard, Outage, Verdict, must};
use crate::lab::{Host, Kind, Project, ZONE, apex};
use dnsure_kit::query::rtype::{A, NS};

pub const OUTAGE: Outage = Outage {
    name: "habitat-drift",
    line: "Habitat, July 2016: name servers changed by hand in an emergency, put back by Terraform days later",
    then: "In an emergency the trouble was mended by changing the zone's NS records by hand; the change never got into the files. Days later Terraform put the old NS records back, whose TTL was two days.",
    guards: &[Guard { off: "signature", so: "the name server of the emergency is gone" }],
    play,
};

const WWW: &str =
    "www: {type: A, ttl: 300, value: 192.0.2.20}\ndocs: {type: A, ttl: 300, value: 192.0.2.14}\n";

fn play(stage: &Stage) -> Verdict {
    let host = Host::start(Kind::Bind, &[(ZONE, "www 300 A 192.0.2.10\ndocs 300 A 192.0.2.14")]);
    let project = stage.project(&host, ZONE);
    project
        .declare("www: {type: A, ttl: 300, value: 192.0.2.10}\ndocs: {type: A, ttl: 300, value: 192.0.2.14}");
    ends(&project.run(&["apply", "--yes"]), 0)?;

    stage.step("A change of the NS records is planned and signed for (ns2 → ns4).");
    let moved = apex(ZONE).replace("ns2", "ns4");
    project.declare_only(&format!("{moved}ns2: {{type: A, value: 127.0.0.2}}\n{WWW}"));
    let planned = project.run(&["plan", "--out", "plan.json"]);
    ends(&planned, 0)?;
    let digest = planned.out.split("digest ").nth(1).unwrap().split_whitespace().next().unwrap().to_owned();

    stage.step("Before it is applied there is an emergency, and somebody replaces ns2 by ns3, by hand.");
    host.nsupdate(
        ZONE,
        "update add ns3.example.test. 3600 A 127.0.0.3\nupdate add example.test. 3600 NS ns3.example.test.\n\
         update delete example.test. NS ns2.example.test.",
    );
    let watching = stage.watch(&host, &[(ZONE, NS), ("www.example.test.", A), ("docs.example.test.", A)]);
    let signed = ["apply", "plan.json", "--yes", "--ack", &digest, "--reason", "new name server"];
    let stale = stage.run(&project, &signed);
    kept(stage, &project)?;

    stage.step("Days later: the old zone file, with another change, and `apply --yes`.");
    project.declare_only(&format!("{}{WWW}", apex(ZONE)));
    let ran = stage.run(&project, &["apply", "--yes"]);
    watching.end_without_a_hole()?;
    kept(stage, &project)?;
    ends(&stale, 10)?;
    tells(&stale, &["ns2.example.test.", "ns3.example.test."])?;
    ends(&ran, 12)?;
    tells(
        &ran,
        &["ns1.example.test.", "ns2.example.test.", "ns3.example.test.", "the NS records at the apex change"],
    )?;

    stage.step("octoDNS 1.22 beside it, with the same old file.");
    if let Some(ran) = sync(stage, &project, &format!("{}{WWW}", apex(ZONE)), &[]) {
        let said = ran.err.lines().last().unwrap_or_default().to_owned();
        stage.counts(&format!("octodns-sync --doit ends with {}: {said}", ran.code.unwrap_or(-1)));
        stage.counts(&super::stage::answers(&host, ZONE, NS).join(" "));
    }
    Ok(())
}

fn kept(stage: &Stage, project: &Project) -> Verdict {
    let answers = super::stage::answers(&project.host, ZONE, NS);
    stage.note(&answers.join(" "));
    must(answers.iter().all(|one| one.contains("ns3.example.test.")), || {
        format!("the name server of the emergency is gone: {}", answers.join(" "))
    })
}
