//! A misspelt key is read as "there is nothing".

use super::stage::{Stage, tells, unchanged};
use super::{Guard, Happened, Outage, Verdict, must};
use crate::lab::{Host, Kind, Project, Ran, ZONE, apex};
use dnsure_kit::query::rtype::A;
use std::collections::BTreeMap;

pub const OUTAGE: Outage = Outage {
    name: "zalando-typo",
    line: "Zalando, November 2022: `metadpata` for `metadata`; no accounts were read as all gone",
    then: "A configuration key was misspelt. The tool found no accounts where it looked, took all of them for \
           decommissioned, and deleted hosted zones throughout the company; responders were locked out.",
    guards: &[
        Guard { off: "unknownkeys", so: "legacy.example.test. A had no answer" },
        Guard { off: "signature", so: "had no answer" },
    ],
    play,
};

const RECORDS: &str = "www 300 A 192.0.2.10\napi 300 A 192.0.2.12\nlegacy 300 A 192.0.2.13\ndocs 300 A 192.0.2.14\n\
                       mail 300 MX 10 mx.example.net.\nblog 300 CNAME www";
const FILE: &str = "www: {type: A, ttl: 300, value: 192.0.2.10}\napi:\n  type: A\n  ttl: 300\n  values: [192.0.2.12]\n\
                    docs: {type: A, ttl: 300, value: 192.0.2.14}\nblog: {type: CNAME, ttl: 300, value: www.example.test.}\n\
                    mail: {type: MX, ttl: 300, value: {preference: 10, exchange: mx.example.net.}}\n";

fn play(stage: &Stage) -> Verdict {
    let host = Host::start(Kind::Bind, &[(ZONE, RECORDS)]);
    let project = stage.project(&host, ZONE);
    let file = format!("{}{FILE}", apex(ZONE));
    project.declare_only(&file);
    project.configure(
        ", owns: zone, ignore: [\"legacy A\"], protect: [\"@ MX\"], guards: {max_deletes: 10, max_delete_percent: 20}",
        "state: .dnsure",
    );
    let configuration = project.read("dnsure.yaml");
    let settled = project.run(&["plan", "--detailed-exitcode"]);
    must(settled.code == Some(0), || format!("{settled:?}"))?;
    let before = host.snapshots(ZONE);
    let watching = stage
        .watch(&host, &[("www.example.test.", A), ("api.example.test.", A), ("legacy.example.test.", A)]);

    stage.step("Every key of dnsure.yaml misspelt in turn, and `apply --yes` each time; for instance `ignore`, which is all that keeps legacy alive:");
    every_key(stage, "dnsure.yaml", &configuration, |text, key| {
        project.write("dnsure.yaml", text);
        refused(stage, &project, key == "ignore")
    })?;

    stage.step("Every key of the zone file, owner names among them; a misspelt owner name is a deletion, and `guards: {max_deletes: 0}` lets none pass unsigned:");
    project.configure(", owns: zone, ignore: [\"legacy A\"]", "guards: {max_deletes: 0}");
    if !stage.is_sabotaged() {
        every_key(stage, "the zone file", &file, |text, key| {
            project.declare_only(text);
            refused(stage, &project, key == "value")
        })?;
    }

    stage.step("The zone file is emptied.");
    project.declare_only("---\n{}\n");
    let emptied = refused(stage, &project, true);
    let watched = watching.end_without_a_hole();
    watched?;
    tells(&emptied?, &["the zone file declares nothing"])?;
    unchanged(&host, ZONE, &before)
}

/// Applies what must not be applied.
fn refused(stage: &Stage, project: &Project, shows: bool) -> Result<Ran, Happened> {
    let arguments = ["apply", "--yes"];
    let ran = project.run(&arguments);
    if shows {
        stage.show(&arguments, &ran);
    }
    if !stage.is_sabotaged() {
        must(matches!(ran.code, Some(1 | 12)), || {
            format!("it was applied: {}\n{ran:?}", project.read("dnsure.yaml"))
        })?;
    }
    Ok(ran)
}

/// Gives `text` to `tries` with one key misspelt, for each key, and tells how the runs ended.
fn every_key(
    stage: &Stage,
    what: &str,
    text: &str,
    mut tries: impl FnMut(&str, &str) -> Result<Ran, Happened>,
) -> Verdict {
    let mut ends: BTreeMap<Option<i32>, usize> = BTreeMap::new();
    let mut shown = Vec::new();
    for (start, key) in keys(text) {
        let typo = start + key.len() / 2;
        let first = !shown.contains(&key);
        shown.push(key);
        let ran = tries(&format!("{}p{}", &text[..typo], &text[typo..]), if first { key } else { "" })?;
        *ends.entry(ran.code).or_default() += 1;
    }
    let ends = ends.iter().map(|(code, count)| format!("{count} ended with {}", code.unwrap_or(-1)));
    stage.counts(&format!(
        "{} keys of {what} misspelt: {}",
        shown.len(),
        ends.collect::<Vec<_>>().join(", ")
    ));
    Ok(())
}

/// Where the keys of a YAML text are: words before a colon and a space or the end of the line.
fn keys(text: &str) -> Vec<(usize, &str)> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.' || c == '-';
    let ends = text.match_indices(':').filter(|(at, _)| text[at + 1..].starts_with([' ', '\n']));
    ends.filter_map(|(at, _)| {
        let start = text[..at].rfind(|c| !is_word(c)).map_or(0, |before| before + 1);
        (start < at).then(|| (start, &text[start..at]))
    })
    .collect()
}
