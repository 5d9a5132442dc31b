//! Servers end with the test process, even when it is killed, and not with the thread that started
//! them.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use dnsure_kit::{Bind, Knot, Nsd, PowerDns, Server, zone_text};

const ROLE: &str = "DNSURE_KIT_STARTS_SERVERS";
const ZONE: &str = "example.test.";

/// Not a test of its own: the process that is killed. It starts servers, says where, and waits.
#[test]
fn the_process_to_be_killed() {
    if std::env::var_os(ROLE).is_none() {
        return;
    }
    let zone = zone_text(ZONE, "");
    let pdns = PowerDns::builder().zone(ZONE, &zone).start();
    let servers = [
        Bind::builder().zone(ZONE, &zone).start(),
        Knot::builder().zone(ZONE, &zone).start(),
        Nsd::builder().zone(ZONE, &zone).start(),
    ];
    for server in servers.iter().chain([&*pdns]) {
        println!("listening {}", server.addr());
    }
    println!("all started");
    thread::sleep(Duration::from_secs(60));
}

#[test]
fn no_server_outlives_a_killed_process() {
    let temporary = tempfile::tempdir().expect("temporary directory");
    let mut child = Command::new(std::env::current_exe().expect("this program"))
        .args(["the_process_to_be_killed", "--exact", "--nocapture"])
        .env(ROLE, "1")
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this program again");
    let output = BufReader::new(child.stdout.take().expect("its output"));
    let lines = output.lines().map(|line| line.expect("a line")).take_while(|line| line != "all started");
    let addresses: Vec<SocketAddr> =
        lines.filter_map(|line| line.split("listening ").nth(1)?.parse().ok()).collect();
    assert_eq!(addresses.len(), 4);
    assert!(addresses.iter().all(|addr| TcpStream::connect(addr).is_ok()));
    child.kill().expect("kill");
    child.wait().expect("end");
    let deadline = Instant::now() + Duration::from_secs(10);
    for addr in addresses {
        while TcpStream::connect(addr).is_ok() {
            assert!(Instant::now() < deadline, "a server still listens on {addr}");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

#[test]
fn a_server_outlives_the_thread_that_started_it() {
    let start = || -> Server { Bind::builder().zone(ZONE, zone_text(ZONE, "")).start() };
    let server = thread::spawn(start).join().expect("started");
    thread::sleep(Duration::from_millis(100));
    assert!(server.is_running() && TcpStream::connect(server.addr()).is_ok());
}

#[test]
fn a_panicking_test_leaves_no_server() {
    let server = Bind::builder().zone(ZONE, zone_text(ZONE, "")).start();
    let addr = server.addr();
    let panicked = thread::spawn(move || {
        let _server = server;
        panic!("as a failing test does");
    });
    assert!(panicked.join().is_err());
    assert!(TcpStream::connect(addr).is_err());
}
