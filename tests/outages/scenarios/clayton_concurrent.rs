//! Several pipelines deploy at the same moment.

use super::stage::{SHORT, Stage, ends, everywhere, one_of, tells};
use super::{Guard, Outage, Verdict, must};
use crate::lab::{Host, Project, ZONE};
use dnsure_kit::query::rtype::A;
use dnsure_kit::{Gate, Panel};
use std::net::SocketAddr;

pub const OUTAGE: Outage = Outage {
    name: "clayton-concurrent",
    line: "Clayton, May 2022, 28 minutes: two environments were deployed at the same moment",
    then: "A fault in CI let two environments deploy at the same moment, and one overwrote the DNS of the other. It \
           took 28 minutes.",
    guards: &[Guard { off: "lock", so: "should be 300 A 192.0.2.20" }],
    play,
};

fn play(stage: &Stage) -> Verdict {
    let host = Host::panel(Panel::builder(), &[(ZONE, "www 300 A 192.0.2.10\ndocs 300 A 192.0.2.14")]);
    let project = stage.project(&host, ZONE);
    project.configure(", canary: never", if stage.is_sabotaged() { SHORT } else { "" });
    let url = host.the_panel().url();
    let address: SocketAddr = url.trim_start_matches("http://").parse().unwrap();
    let gate = Gate::before(address);
    project
        .write("dnsure.yaml", &project.read("dnsure.yaml").replace(&url, &format!("http://{}", gate.addr())));
    let names = [("www.example.test.", A), ("docs.example.test.", A)];

    stage.step("A provider that compares nothing. One pipeline (www → .20) stands in the middle of its first write; another (www → .30) begins.");
    plan(&project, "one.json", "192.0.2.20")?;
    plan(&project, "two.json", "192.0.2.30")?;
    gate.hold_request("POST ");
    let watching = stage.watch(&host, &names);
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| project.run(&apply("one.json")));
        gate.wait();
        let second = project.run(&apply("two.json"));
        stage.show(&apply("two.json"), &second);
        gate.open();
        (first.join().unwrap(), second)
    });
    stage.note("and the first one, when it may go on:");
    stage.show(&apply("one.json"), &first);
    watching.end_without_a_hole()?;
    everywhere(&host, "www.example.test.", A, "300 A 192.0.2.20")?;
    ends(&first, 0)?;
    ends(&second, 11)?;
    tells(&second, &["locked by tester", "process "])?;

    stage.step("Four at once, two plans each twice (www → .40 or .50), as they come.");
    plan(&project, "one.json", "192.0.2.40")?;
    plan(&project, "two.json", "192.0.2.50")?;
    let watching = stage.watch(&host, &names);
    let mut codes: Vec<Option<i32>> = std::thread::scope(|scope| {
        let project = &project;
        let runs: Vec<_> = ["one.json", "two.json", "one.json", "two.json"]
            .into_iter()
            .map(|file| scope.spawn(move || project.run(&apply(file)).code))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    watching.end_in_order()?;
    one_of(&host, "www.example.test.", A, &["300 A 192.0.2.40", "300 A 192.0.2.50"])?;
    stage.show_answers(&host, "www.example.test.", A);
    codes.sort();
    stage.counts(&format!("exit codes of the four: {:?}", codes.iter().flatten().collect::<Vec<_>>()));
    must(codes.iter().filter(|code| **code == Some(0)).count() == 1, || format!("{codes:?}"))?;
    must(codes.iter().all(|code| matches!(code, Some(0 | 10 | 11))), || format!("{codes:?}"))
}

fn plan(project: &Project, file: &str, value: &str) -> Verdict {
    project.declare(&format!(
        "www: {{type: A, ttl: 300, value: {value}}}\ndocs: {{type: A, ttl: 300, value: 192.0.2.14}}"
    ));
    ends(&project.run(&["plan", "--out", file]), 0)
}

fn apply(file: &str) -> [&str; 4] {
    ["apply", file, "--yes", "--detached"]
}
