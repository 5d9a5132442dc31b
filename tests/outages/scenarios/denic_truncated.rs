//! Half a file, half a transfer, half a listing.

use super::octodns::sync;
use super::stage::{Stage, answers, ends, everywhere, tells, unchanged};
use super::{Guard, Outage, Verdict, must};
use crate::lab::{Host, Kind, Project, SECRET, ZONE, apex};
use dnsure_kit::query::rtype::A;
use dnsure_kit::{Gate, Panel, Personality};
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

pub const OUTAGE: Outage = Outage {
    name: "denic-truncated",
    line: ".de, May 2010: a copy broke off, and 12 of 16 sites served a zone with less than a third of the names",
    then: "Copying the zone broke off, and nothing noticed that the file was short. 12 of 16 sites served it: 3.8 of \
           13.7 million names were left, and the NXDOMAIN of the others was to be cached for two hours.",
    guards: &[Guard { off: "signature", so: "had no answer" }],
    play,
};

const RECORDS: &str =
    "www 300 A 192.0.2.10\napi 300 A 192.0.2.12\nmail 300 A 192.0.2.13\ndocs 300 A 192.0.2.14";
const FILE: &str = "api: {type: A, ttl: 300, value: 192.0.2.12}\ndocs: {type: A, ttl: 300, value: 192.0.2.14}\n\
                    mail:\n  type: A\n  ttl: 300\n  value: 192.0.2.13\n";

fn play(stage: &Stage) -> Verdict {
    let host = Host::start(Kind::Bind, &[(ZONE, RECORDS)]);
    let project = stage.project(&host, ZONE);
    project.configure("", "guards: {max_deletes: 0}");
    let whole = |www: &str| format!("{}{FILE}www: {{type: A, ttl: 300, value: {www}}}\n", apex(ZONE));
    project.declare_only(&whole("192.0.2.10"));
    ends(&project.run(&["apply", "--yes"]), 0)?;
    let before = host.snapshots(ZONE);
    let names = ["www.example.test.", "api.example.test.", "mail.example.test.", "docs.example.test."];
    let watching = stage.watch(&host, &names.map(|name| (name, A)));

    stage.step("The plan file, cut off at every byte.");
    project.declare_only(&whole("192.0.2.20"));
    ends(&project.run(&["plan", "--out", "plan.json"]), 0)?;
    let plan = std::fs::read(project.file("plan.json")).unwrap();
    // The last byte is the final newline, which says nothing.
    let taken = (0..plan.len() - 1)
        .filter(|length| dnsure::plan::Plan::from_json("plan.json", &plan[..*length]).is_ok());
    let taken = taken.count();
    std::fs::write(project.file("cut.json"), &plan[..plan.len() / 2]).unwrap();
    let cut = stage.run(&project, &["apply", "cut.json", "--yes"]);
    ends(&cut, 1)?;
    stage.counts(&format!("{} lengths of the plan file: {taken} taken for a plan", plan.len() - 1));
    must(taken == 0, || "half a plan was taken for a plan".into())?;

    stage.step("The zone file, cut off after every line (`guards: {max_deletes: 0}`).");
    let text = whole("192.0.2.10");
    let lines: Vec<&str> = text.lines().collect();
    let mut refusals = 0;
    for count in 0..lines.len() {
        project.declare_only(&lines[..count].join("\n"));
        let ran = project.run(&["apply", "--yes"]);
        if count + 1 == lines.len() {
            stage.show(&["apply", "--yes"], &ran);
        }
        refusals += usize::from(matches!(ran.code, Some(1 | 12)));
    }
    stage.counts(&format!(
        "{} cuts of the zone file: {refusals} refused or stopped for a signature",
        lines.len()
    ));
    project.declare_only(&whole("192.0.2.20"));
    watching.end_without_a_hole()?;
    unchanged(&host, ZONE, &before)?;
    must(refusals == lines.len(), || "a zone file that was cut off was applied".into())?;

    transfer(stage, &project)?;
    journal(stage, &project)?;
    listing(stage)?;

    stage.step("octoDNS 1.22 beside it, with the zone file cut after its first half, and its own limits on deletions.");
    let half = lines[..lines.len() / 2].join("\n");
    if let Some(ran) = sync(stage, &project, &half, &[]) {
        let left = names.iter().filter(|name| !answers(&host, name, A)[0].contains("NXDOMAIN")).count();
        let code = ran.code.unwrap_or(-1);
        stage.counts(&format!(
            "octodns-sync --doit ends with {code}; {left} of {} names are left",
            names.len()
        ));
    }
    Ok(())
}

fn transfer(stage: &Stage, project: &Project) -> Verdict {
    stage.step("The zone transfer breaks off in the middle.");
    let before = project.host.snapshots(ZONE);
    let short = cuts_answers(project.host.addr(), 150);
    let text = project.read("dnsure.yaml");
    project.write("dnsure.yaml", &text.replace(&project.host.addr().to_string(), &short.to_string()));
    let ran = stage.run(project, &["apply", "--yes"]);
    project.write("dnsure.yaml", &text);
    unchanged(&project.host, ZONE, &before)?;
    ends(&ran, 1)
}

/// A proxy that forwards this many octets of each answer.
fn cuts_answers(server: SocketAddr, octets: u64) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut upstream = TcpStream::connect(server).unwrap();
            let mut question = vec![0; 65_537];
            let count = client.read(&mut question).unwrap_or(0);
            let _ = upstream.write_all(&question[..count]);
            let mut answer = vec![0; usize::try_from(octets).unwrap()];
            let count = upstream.read(&mut answer).unwrap_or(0);
            let _ = client.write_all(&answer[..count]);
        }
    });
    addr
}

fn journal(stage: &Stage, project: &Project) -> Verdict {
    stage.step(
        "A run is killed in the middle of its write, and the last entry of its journal is cut in half.",
    );
    let host = &project.host;
    let watching = stage.watch(host, &[("www.example.test.", A), ("api.example.test.", A)]);
    let gate = Gate::before(host.addr());
    gate.hold_update(Ipv4Addr::new(192, 0, 2, 20));
    let text = project.read("dnsure.yaml");
    let server = host.addr().to_string();
    let through = format!("server: \"{}\", servers: [\"{server}\"]", gate.addr());
    project.write("dnsure.yaml", &text.replace(&format!("server: \"{server}\""), &through));
    let mut child = project.command(&["apply", "--yes"]).stdout(std::process::Stdio::null()).spawn().unwrap();
    gate.wait();
    child.kill().unwrap();
    child.wait().unwrap();
    project.write("dnsure.yaml", &text);
    let mut entries: Vec<_> = project.state().into_iter().map(|(path, _)| path).collect();
    entries.retain(|path| path.to_string_lossy().contains("journals"));
    entries.sort();
    let last = entries.last().unwrap();
    let bytes = std::fs::read(last).unwrap();
    std::fs::write(last, &bytes[..bytes.len() / 2]).unwrap();
    let ran = stage.run(project, &["apply", "--resume"]);
    drop(gate);
    std::fs::write(last, &bytes).unwrap();
    let whole = project.run(&["apply", "--resume"]);
    watching.end_in_order()?;
    must(ran.code != Some(0), || format!("half an entry was taken for one: {ran:?}"))?;
    ran.never_says(SECRET);
    stage.note("with the whole entry the run is resumed, and done");
    ends(&whole, 0)?;
    everywhere(host, "www.example.test.", A, "300 A 192.0.2.20")
}

fn listing(stage: &Stage) -> Verdict {
    stage.step("A panel lists one record less than it says there are.");
    let panel = Panel::builder().personality(Personality::ShortPage);
    let host = Host::panel(panel, &[(ZONE, RECORDS)]);
    let project = stage.project(&host, ZONE);
    project.configure(", owns: zone", "");
    project.declare_only(&format!("{}{FILE}www: {{type: A, ttl: 300, value: 192.0.2.10}}\n", apex(ZONE)));
    let before = host.snapshots(ZONE);
    let ran = stage.run(&project, &["apply", "--yes"]);
    unchanged(&host, ZONE, &before)?;
    ends(&ran, 1)?;
    tells(&ran, &["records"])
}
