//! The stored corpus of the fuzz targets, through the same functions, on every test run: what was found
//! once stays mended. What real servers and runs say today goes through them too; with
//! `DNSURE_CORPUS=write` in the environment it is stored.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

#[path = "../fuzz/src/lib.rs"]
#[allow(unreachable_pub, missing_docs)]
mod fuzz;
mod lab;

use dnsure_kit::{Bind, Nsd, Server, tell, zone_text};
use lab::{Kind, Project};
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The whole corpus may be this large.
const MOST: u64 = 1_000_000;

fn corpus(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target)
}

#[test]
fn everything_in_the_corpus_keeps_what_its_target_promises() {
    let mut octets = 0;
    let mut files = 0;
    for (name, target) in fuzz::TARGETS {
        let entries = fs::read_dir(corpus(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        assert!(!paths.is_empty(), "{name} has no corpus");
        for path in paths {
            let data = fs::read(&path).unwrap();
            octets += data.len() as u64;
            files += 1;
            if std::panic::catch_unwind(|| target(&data)).is_err() {
                panic!("{}", path.display());
            }
        }
    }
    assert!(octets < MOST, "the corpus has grown to {octets} octets: minimise it with fuzz/run --minimise");
    tell(&format!("{files} inputs for {} targets, {octets} octets", fuzz::TARGETS.len()));
}

#[test]
fn every_target_is_built_and_run() {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/Cargo.toml")).unwrap();
    for (name, _) in fuzz::TARGETS {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} has no [[bin]]");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), fuzz::TARGETS.len());
}

/// A query of the id that the targets expect.
fn query(name: &str, rtype: u16, authority: &[u8]) -> Vec<u8> {
    let mut message = vec![0x12, 0x34, 0, 0, 0, 1, 0, 0, 0, u8::from(!authority.is_empty()), 0, 0];
    for label in name.trim_end_matches('.').split('.') {
        message.push(u8::try_from(label.len()).unwrap());
        message.extend_from_slice(label.as_bytes());
    }
    message.push(0);
    message.extend_from_slice(&rtype.to_be_bytes());
    message.extend_from_slice(&[0, 1]);
    message.extend_from_slice(authority);
    message
}

/// Everything the server sends in answer, each message with its length in front.
fn exchange(server: SocketAddr, query: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(server).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    stream.write_all(&u16::try_from(query.len()).unwrap().to_be_bytes()).unwrap();
    stream.write_all(query).unwrap();
    let mut all = Vec::new();
    let mut buffer = [0; 65_536];
    while let Ok(read @ 1..) = stream.read(&mut buffer) {
        all.extend_from_slice(&buffer[..read]);
    }
    all
}

/// Gives `data` to a target; where it is asked for, it becomes a part of the corpus.
fn capture(target: &str, name: &str, data: &[u8]) {
    let (_, holds) = fuzz::TARGETS.iter().find(|(known, _)| *known == target).unwrap();
    holds(data);
    if std::env::var_os("DNSURE_CORPUS").is_none_or(|wanted| wanted != "write") {
        return;
    }
    let directory = corpus(target);
    fs::create_dir_all(&directory).unwrap();
    fs::write(directory.join(name), data).unwrap();
}

/// The documents that a run of `project` left.
fn capture_documents(project: &Project, kind: &str) {
    capture("plan_file", kind, project.read("plan.json").as_bytes());
    let mut journal = String::new();
    for (path, text) in project.state() {
        let path = path.to_string_lossy().into_owned();
        if path.contains("/receipts/") || path.contains("/inventory/") || path.contains("/locks/") {
            let name = format!("{kind}-{}", path.rsplit('/').nth(1).unwrap());
            capture("documents", &name, text.as_bytes());
        } else if path.contains("/journals/") {
            let entry: serde_json::Value = serde_json::from_str(&text).unwrap();
            journal.push_str(&format!("{entry}\n"));
        }
    }
    capture("journal", kind, journal.as_bytes());
}

/// Servers that give their zone to anybody.
fn open_servers() -> Vec<(&'static str, Server)> {
    let text =
        zone_text(lab::ZONE, "www 300 A 192.0.2.1\nwww 300 AAAA 2001:db8::1\n*.wild 60 TXT \"a\" \"b\"");
    vec![
        ("bind", Bind::builder().zone(lab::ZONE, text.clone()).start()),
        ("nsd", Nsd::builder().zone(lab::ZONE, text.clone()).start()),
    ]
}

#[test]
fn a_transfer_from_a_real_server_keeps_what_its_target_promises() {
    for (name, server) in open_servers() {
        let stream = exchange(server.addr(), &query(lab::ZONE, 252, &[]));
        assert!(stream.len() > 200, "{name} sent {} octets", stream.len());
        capture("transfer", &format!("{name}-axfr"), &stream);
    }
}

#[test]
fn answers_plans_and_journals_of_a_run_keep_what_their_targets_promise() {
    for kind in [Kind::Bind, Kind::Embedded, Kind::Knot, Kind::PowerDnsUpdate] {
        let mut project = lab::on(
            kind,
            "www 300 A 192.0.2.1\nwww 300 AAAA 2001:db8::1\n*.wild 60 TXT \"a\" \"b\"\nalias 300 CNAME www\nsub 300 NS ns1.sub\n_sip._tcp 60 SRV 1 2 5060 www",
        );
        project.set("DNSURE_OWNER", "ci");
        let name = format!("{kind:?}").to_lowercase();
        let server = project.host.addr();
        for (number, (owner, rtype)) in
            [("www", 1), ("www", 28), ("x.wild", 16), ("alias", 1), ("sub", 2), ("absent", 1), ("www", 255)]
                .into_iter()
                .enumerate()
        {
            let answer = exchange(server, &query(&format!("{owner}.{}", lab::ZONE), rtype, &[]));
            if let Some(message) = answer.get(2..) {
                capture("message", &format!("{name}-{number}"), message);
                capture("reply", &format!("{name}-{number}"), message);
            }
        }
        project.declare("www: {type: A, ttl: {value: 2, stage: 1}, value: 192.0.2.20}\nnew: {type: MX, value: {preference: 10, exchange: www.example.test.}}");
        project.plan();
        project.run(&["apply", "plan.json", "--stay", "10s"]);
        capture_documents(&project, &name);
    }
}
