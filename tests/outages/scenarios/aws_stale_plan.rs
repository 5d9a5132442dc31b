//! Two appliers, and the slow one wakes with an old plan.

use super::stage::{Stage, ends, everywhere, tells};
use super::{Guard, Happened, Outage, Verdict, must};
use crate::lab::{Host, Kind, Project, Ran, ZONE};
use dnsure_kit::query::rtype::A;
use dnsure_kit::{Gate, Panel};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

pub const OUTAGE: Outage = Outage {
    name: "aws-stale-plan",
    line: "AWS us-east-1, October 2025, about 15 hours: an old plan was applied over a newer one",
    then: "Two programs applied DNS plans for DynamoDB. One was very slow; its check for freshness was made once, at \
           its start. It wrote its old plan over the newer one, the other cleaned old plans up, and the name was left \
           without any address. The consequences went on for about 15 hours.",
    guards: &[Guard { off: "freshness", so: "should be 300 A 192.0.2.30" }],
    play,
};

const RECORDS: &str = "www 300 A 192.0.2.10\napi 300 A 192.0.2.12";

fn play(stage: &Stage) -> Verdict {
    stage.step("A provider that compares nothing (a panel before BIND, Knot and NSD), two appliers that share no lock. The slow one begins with the older plan (www → .20) and stands still before it looks at the zone for the last time; the fast one applies the newer (www → .30); then the slow one wakes.");
    let panel = Host::panel(Panel::builder().unit("record-set"), &[(ZONE, RECORDS)]);
    let url = panel.the_panel().url();
    let address: SocketAddr = url.trim_start_matches("http://").parse().unwrap();
    let gate = Gate::before(address);
    let seen = AtomicU32::new(0);
    gate.hold(move |bytes| {
        // The first listing is the check at the start.
        bytes.starts_with(b"GET /zones/example.test./records") && seen.fetch_add(1, Ordering::SeqCst) == 1
    });
    let late = race(stage, &panel, &gate, &|text| text.replace(&url, &format!("http://{}", gate.addr())))?;
    ends(&late, 10)?;
    tells(&late, &["192.0.2.10", "192.0.2.30"])?;

    stage.step(
        "BIND, which compares each write with what is there: the slow one stands still in the write itself.",
    );
    let bind = Host::start(Kind::Bind, &[(ZONE, RECORDS)]);
    let gate = Gate::before(bind.addr());
    gate.hold_update(Ipv4Addr::new(192, 0, 2, 20));
    let server = bind.addr().to_string();
    let through = format!("server: \"{}\", servers: [\"{server}\"]", gate.addr());
    let late = race(stage, &bind, &gate, &|text| text.replace(&format!("server: \"{server}\""), &through))?;
    ends(&late, 10)?;
    tells(&late, &["192.0.2.10", "192.0.2.30"])
}

/// The slow applier goes through the gate; what it says when it is done.
fn race(
    stage: &Stage,
    host: &Arc<Host>,
    gate: &Gate,
    through: &dyn Fn(&str) -> String,
) -> Result<Ran, Happened> {
    let project = |value: &str| -> Project {
        let project = stage.project(host, ZONE);
        project.configure(", canary: never", "");
        project.declare(&format!(
            "www: {{type: A, ttl: 300, value: {value}}}\napi: {{type: A, ttl: 300, value: 192.0.2.12}}"
        ));
        project
    };
    let (slow, fast) = (project("192.0.2.20"), project("192.0.2.30"));
    must(slow.run(&["plan", "--out", "old.json"]).code == Some(0), || "no plan".into())?;
    slow.write("dnsure.yaml", &through(&slow.read("dnsure.yaml")));
    let watching = stage.watch(host, &[("www.example.test.", A), ("api.example.test.", A)]);
    let late = std::thread::scope(|scope| {
        let late = scope.spawn(|| slow.run(&["apply", "old.json", "--yes"]));
        gate.wait();
        let newer = fast.run(&["apply", "--yes"]);
        stage.note("the fast one, with the newer plan:");
        stage.show(&["apply", "--yes"], &newer);
        gate.open();
        (newer, late.join().unwrap())
    });
    let (newer, late) = late;
    stage.note("the slow one, awake again:");
    stage.show(&["apply", "old.json", "--yes"], &late);
    watching.end_in_order()?;
    everywhere(host, "www.example.test.", A, "300 A 192.0.2.30")?;
    ends(&newer, 0)?;
    Ok(late)
}
