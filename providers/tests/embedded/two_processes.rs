//! Several servers and writers on one directory, and writers that are killed.

use crate::fixture::*;
use dnsure_kit::{Form, Prober};
use dnsure_providers::embedded::{Embedded, EmbeddedSettings, Serving, serve};
use dnsure_providers::{Backend, Reading, WriteEnd};
use dnsure_zones::RecordType;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

const CHILD: &str = "DNSURE_TEST_EMBEDDED_DIRECTORY";

fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + WAIT;
    while !holds() {
        assert!(Instant::now() < deadline, "{what}: not within {WAIT:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[tokio::test]
async fn what_one_process_writes_all_servers_of_the_directory_serve() {
    let directory = tempfile::tempdir().unwrap();
    let other = open(directory.path());
    let backend = backend(directory.path(), &["www 60 A 192.0.2.1"]).await;
    let here = |addr: SocketAddr| question(addr, "www.example.", RecordType::A, Form::Udp).texts();
    eventually("the zone made elsewhere", || here(other.addr()) == ["60 A 192.0.2.1"]);
    for round in 2..30 {
        let (old, new) = (format!("www 60 A 192.0.2.{}", round - 1), format!("www 60 A 192.0.2.{round}"));
        accepted(write(&backend, vec![replace(&old, &new)]).await);
        let expected = [format!("60 A 192.0.2.{round}")];
        assert_eq!(here(backend.addr()), expected, "its own server at once");
        eventually("the change made elsewhere", || here(other.addr()) == expected);
    }
    std::fs::remove_file(directory.path().join("example.jsonl")).unwrap();
    let gone = || question(other.addr(), "www.example.", RecordType::A, Form::Udp).rcode == 5;
    eventually("the zone given up", gone);
}

#[tokio::test]
async fn the_servers_of_a_zone_are_the_own_one_and_the_one_that_is_kept_up() {
    let directory = tempfile::tempdir().unwrap();
    let backend = backend(directory.path(), &[]).await;
    assert_eq!(backend.servers(&apex()).await.unwrap(), [backend.addr()]);
    let settings = EmbeddedSettings { directory: directory.path().into(), listen: None };
    let serving = serve(&settings).unwrap();
    assert_eq!(backend.servers(&apex()).await.unwrap(), [serving.addr(), backend.addr()]);

    let listen = Some(serving.addr());
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = EmbeddedSettings { directory: elsewhere.path().into(), listen };
    assert!(serve(&stranger).is_err(), "the address is taken");
    let stranger = Embedded::open(stranger).unwrap();
    assert_eq!(stranger.servers(&apex()).await.unwrap(), [stranger.addr()], "another directory");

    let configured = EmbeddedSettings { directory: directory.path().into(), listen };
    let configured = Embedded::open(configured).unwrap();
    assert_eq!(configured.servers(&apex()).await.unwrap(), [serving.addr(), configured.addr()]);
    drop(serving);
    assert_eq!(configured.servers(&apex()).await.unwrap(), [configured.addr()]);
    let again = serve(&EmbeddedSettings { directory: directory.path().into(), listen }).unwrap();
    assert_eq!(Some(again.addr()), listen, "the address is free again");
}

#[tokio::test]
async fn a_server_that_keeps_its_port_and_says_nothing_is_not_taken_for_gone() {
    let directory = tempfile::tempdir().unwrap();
    let backend = backend(directory.path(), &[]).await;
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = silent.local_addr().unwrap();
    std::fs::write(directory.path().join("serving"), format!("{addr}\n")).unwrap();
    assert_eq!(backend.servers(&apex()).await.unwrap(), [addr, backend.addr()]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_two_writers_from_the_same_reading_one_wins_and_the_other_is_stale() {
    let directory = tempfile::tempdir().unwrap();
    let first = Arc::new(backend(directory.path(), &["www 60 A 192.0.2.0"]).await);
    let second = Arc::new(open(directory.path()));
    for round in 0..20 {
        let reading = live(&first).await;
        let old = format!("www 60 A 192.0.2.{round}");
        let new = format!("www 60 A 192.0.2.{}", round + 1);
        let change = Arc::new(changes(vec![replace(&old, &new)]));
        let race = [first.clone(), second.clone()].map(|backend| {
            let (change, reading) = (change.clone(), reading.clone());
            tokio::spawn(async move { backend.write(&apex(), &change, &reading).await })
        });
        let mut ends = Vec::new();
        for end in race {
            ends.push(end.await.unwrap());
        }
        let won = ends.iter().filter(|end| matches!(end, WriteEnd::Accepted { .. })).count();
        let late = ends.iter().filter(|end| matches!(end, WriteEnd::Stale { .. })).count();
        assert_eq!((won, late), (1, 1), "{ends:?}");
    }
}

/// A backend, a server kept up beside it that has the zone, and both watched.
async fn watched(directory: &Path) -> (Embedded, Serving, Prober) {
    let backend = backend(directory, &["www 60 A 192.0.2.1", "t 60 A 192.0.2.2"]).await;
    let settings = EmbeddedSettings { directory: directory.into(), listen: None };
    let serving = serve(&settings).unwrap();
    let prober = Prober::watch(&[backend.addr(), serving.addr()], &[("www.example.", 1), ("t.example.", 1)]);
    prober.wait_for_answers(20, WAIT).unwrap();
    (backend, serving, prober)
}

#[tokio::test]
async fn no_server_has_a_hole_while_a_name_changes_its_type_two_hundred_times() {
    let directory = tempfile::tempdir().unwrap();
    let (backend, _serving, prober) = watched(directory.path()).await;
    let (address, alias) = ("www 60 A 192.0.2.1", "www 60 CNAME t");
    for round in 0..200 {
        let (old, new) = if round % 2 == 0 { (address, alias) } else { (alias, address) };
        accepted(write(&backend, vec![remove(old), add(new)]).await);
        // Half of the changes fall between two looks at the directory, half do not.
        std::thread::sleep(Duration::from_millis(round % 2 * 10));
    }
    prober.wait_for_answers(500, WAIT).unwrap();
    let report = prober.stop();
    println!("{report}");
    report.assert_no_hole();
}

#[tokio::test]
async fn a_hole_planted_for_twenty_milliseconds_is_seen_on_the_writers_own_server() {
    let directory = tempfile::tempdir().unwrap();
    let (backend, _serving, prober) = watched(directory.path()).await;
    accepted(write(&backend, vec![remove("www 60 A 192.0.2.1")]).await);
    std::thread::sleep(Duration::from_millis(20));
    accepted(write(&backend, vec![add("www 60 A 192.0.2.1")]).await);
    prober.wait_for_round(WAIT).unwrap();
    let report = prober.stop();
    report.assert_hole();
}

#[test]
fn a_writer_killed_at_any_moment_leaves_the_old_or_the_new_zone() {
    let directory = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let backend = runtime.block_on(backend(directory.path(), &PAIR[0]));
    let mut serials = vec![runtime.block_on(live(&backend)).serial.unwrap()];
    for round in 0..25_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "two_processes::a_child_that_writes_until_it_is_killed", "--ignored"])
            .env(CHILD, directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let before = *serials.last().unwrap();
        eventually("the child writes", || runtime.block_on(live(&backend)).serial > Some(before));
        std::thread::sleep(Duration::from_micros(round * 397 % 9000));
        child.kill().unwrap();
        child.wait().unwrap();
        let held = runtime.block_on(live(&backend));
        let pair: Vec<String> = ["a.example.", "b.example."]
            .iter()
            .map(|owner| held.zone.get(&name(owner), RecordType::TXT).unwrap().to_set())
            .map(|set| set.texts().collect())
            .collect();
        assert_eq!(pair[0], pair[1], "both or none");
        serials.push(held.serial.unwrap());
    }
    assert!(serials.is_sorted());
    println!("{} writes, 25 kills", serials.last().unwrap() - serials[0]);
}

const PAIR: [[&str; 2]; 2] = [["a 60 TXT one", "b 60 TXT one"], ["a 60 TXT two", "b 60 TXT two"]];

#[test]
#[ignore = "the process that the test above starts and kills; it writes until then and never ends by itself"]
fn a_child_that_writes_until_it_is_killed() {
    let directory = std::env::var_os(CHILD).unwrap();
    let backend = open(Path::new(&directory));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let Reading::Live(held) = backend.read(&apex()).await.unwrap() else { panic!("missing") };
        let first = held.zone.get_key(&set(PAIR[0][0]).key).unwrap().to_set() == set(PAIR[0][0]);
        let mut round = usize::from(!first);
        loop {
            let (old, new) = (PAIR[round % 2], PAIR[(round + 1) % 2]);
            accepted(write(&backend, vec![replace(old[0], new[0]), replace(old[1], new[1])]).await);
            round += 1;
        }
    });
}
