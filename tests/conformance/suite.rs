//! One backend through all groups.

use crate::hosts::Host;
use crate::refusals::Refused;
use crate::watching::Watching;
use dnsure::conformance::{Report, Subject, run};
use dnsure_kit::Prober;
use dnsure_kit::query::rtype;
use dnsure_providers::scenarios::{Group, groups};
use dnsure_zones::Name;
use jiff::SignedDuration;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The zone that every state is a state of.
pub(crate) const ZONE: &str = "conformance.example.";
/// Its name servers, outside of it.
pub(crate) const NAME_SERVERS: [&str; 2] = ["ns1.example.org.", "ns2.example.org."];

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// Starts the host and runs every group on it; prints the counts.
pub(crate) fn conform<H: Host + 'static>(start: impl FnOnce() -> H, refused: &[Refused]) {
    conform_without(&[], start, refused);
}

/// As [`conform`], without the groups of thousands of names, whose signatures take most of the time
/// and show nothing new.
pub(crate) fn conform_signed<H: Host + 'static>(start: impl FnOnce() -> H, refused: &[Refused]) {
    conform_without(&[34, 35, 36], start, refused);
}

/// As [`conform`], with some groups only.
pub(crate) fn conform_in<H: Host + 'static>(groups: &[u8], start: impl FnOnce() -> H, refused: &[Refused]) {
    let rest: Vec<u8> = (0..=u8::MAX).filter(|number| !groups.contains(number)).collect();
    conform_without(&rest, start, refused);
}

/// As [`conform`], without the groups `left_out`.
pub(crate) fn conform_without<H: Host + 'static>(
    left_out: &[u8],
    start: impl FnOnce() -> H,
    refused: &[Refused],
) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    // A task of its own, so that a witness may block.
    let _inside = runtime.enter();
    let host = Arc::new(start());
    let started = Instant::now();
    let all = groups(&name(ZONE), &NAME_SERVERS.map(name));
    let only: Option<Vec<u8>> = std::env::var("CONFORMANCE_ONLY")
        .ok()
        .map(|list| list.split(',').map(|number| number.parse().unwrap()).collect());
    let chosen: Vec<Group> = all
        .into_iter()
        .filter(|group| only.as_ref().is_none_or(|only| only.contains(&group.number)))
        .filter(|group| !left_out.contains(&group.number))
        .collect();

    let state = tempfile::tempdir().unwrap();
    let mut subject = Subject::new(host.backend(), name(ZONE), NAME_SERVERS.map(name).to_vec(), state.path());
    subject.servers = host.servers();
    // The prober and `served` look more often than three samples would.
    subject.pace.samples = 1;
    // How long a server near by may still carry out what it has not answered.
    subject.pace.write_deadline = SignedDuration::from_millis(200);
    let host_of_witness = Arc::clone(&host);
    let (report, seen) = runtime.block_on(async move {
        tokio::spawn(async move {
            let mut watching = Watching::start(host_of_witness);
            let report = run(&subject, &chosen, &mut watching).await.unwrap();
            (report, watching.stop())
        })
        .await
        .unwrap()
    });

    let servers = host.servers();
    let least = servers.iter().map(|server| seen.answers_of(*server)).min().unwrap_or(0);
    let refusals = report.refusals().count();
    let reached = report.reached();
    dnsure_kit::tell(&format!(
        "{}: {} groups, {reached} states reached, {refusals} refused; {least} answers per server, {} missing, \
         {} unanswered; {:.0} s",
        host.label(),
        report.groups.len(),
        seen.missing().total(),
        seen.unanswered(),
        started.elapsed().as_secs_f64(),
    ));
    for (group, state, why) in report.refusals() {
        println!("  refused: {} {} / {}: {}", group.number, group.name, state.title, why[0]);
    }
    let failures: Vec<String> = report
        .failures()
        .map(|(group, state, why)| format!("{} {} / {}: {why}", group.number, group.name, state.title))
        .collect();
    assert!(failures.is_empty(), "{}: {} failures\n{}", host.label(), failures.len(), failures.join("\n"));
    seen.assert_no_hole();
    seen.assert_no_change_after_served();
    assert_eq!(host.unknown_to_the_vendor(), [""; 0], "{}", host.label());
    assert!(least >= reached as u64 * host.answers(), "{least} answers are too few for {reached} states");
    if only.is_none() {
        compare(&report, refused);
    }
    catches_a_planted_hole(host.as_ref());
}

/// What was refused is what is listed.
fn compare(report: &Report, listed: &[Refused]) {
    let mut wrong = Vec::new();
    let mut used: BTreeMap<&str, usize> = BTreeMap::new();
    for (group, state, why) in report.refusals() {
        let entry = listed.iter().find(|entry| {
            entry.group == group.name
                && (entry.states.is_empty() || entry.states.contains(&state.title.as_str()))
        });
        match entry {
            Some(entry) if why.iter().all(|refusal| refusal.to_string().contains(entry.why)) => {
                *used.entry(entry.group).or_default() += 1;
            }
            _ => wrong.push(format!("{} / {}: refused, and not listed: {}", group.name, state.title, why[0])),
        }
    }
    for entry in listed {
        let group = report.groups.iter().find(|group| group.name == entry.group);
        let of = group.map_or(usize::MAX, |group| group.states.len());
        let wanted = if entry.states.is_empty() { of } else { entry.states.len() };
        let same: usize = listed
            .iter()
            .filter(|other| other.group == entry.group)
            .map(|other| if other.states.is_empty() { of } else { other.states.len() })
            .sum();
        if used.get(entry.group) != Some(&same.max(wanted)) {
            wrong.push(format!("{}: listed as refused, and not refused in all listed states", entry.group));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The positive control: a name that is away for 20 ms is seen to be missing. Three times, because
/// on an overloaded machine the prober itself may stand still for as long.
fn catches_a_planted_hole<H: Host>(host: &H) {
    let control = format!("control.{ZONE}");
    host.put(&["control 300 A 192.0.2.1".into()]).unwrap();
    let prober = Prober::watch(&host.servers(), &[]);
    // The name must be answered everywhere before it counts.
    std::thread::sleep(Duration::from_millis(300));
    prober.also(&control, rtype::A);
    for _ in 0..3 {
        prober.mark();
        prober.wait_for_answers(100, Duration::from_secs(30)).unwrap();
        host.plant_hole(&control);
    }
    prober.mark();
    prober.wait_for_answers(100, Duration::from_secs(30)).unwrap();
    let report = prober.stop();
    dnsure_kit::tell(&format!(
        "{}: the planted hole of 20 ms was seen {} times",
        host.label(),
        report.missing().total()
    ));
    report.assert_hole();
}
