//! Dynamic updates (RFC 2136) through the servers' own tools.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::process::{find, finish, run};
use crate::query::{Form, ask, name_wire, rtype};
use crate::tsig::Tsig;

/// Runs BIND's `nsupdate` with the given commands (`update add …`, `prereq …`, `send`); a final
/// `send` is added. The error carries the server's refusal.
pub fn nsupdate(
    server: SocketAddr,
    zone: &str,
    tsig: Option<&Tsig>,
    commands: &str,
) -> Result<String, String> {
    update_with("nsupdate", server, zone, tsig, commands)
}

/// As [`nsupdate`], with Knot's `knsupdate`.
pub fn knsupdate(
    server: SocketAddr,
    zone: &str,
    tsig: Option<&Tsig>,
    commands: &str,
) -> Result<String, String> {
    update_with("knsupdate", server, zone, tsig, commands)
}

fn update_with(
    tool: &str,
    server: SocketAddr,
    zone: &str,
    tsig: Option<&Tsig>,
    commands: &str,
) -> Result<String, String> {
    let key = tsig.map(Tsig::argument);
    let arguments: Vec<&str> = key.iter().flat_map(|key| ["-y", key.as_str()]).collect();
    let last = if commands.trim_end().ends_with("send") { "" } else { "\nsend" };
    let input = format!("{}{commands}{last}\nquit\n", preamble(server, zone));
    run(tool, &arguments, Path::new("/"), &input)
}

fn preamble(server: SocketAddr, zone: &str) -> String {
    format!("server {} {}\nzone {zone}\n", server.ip(), server.port())
}

/// The positive control: deletes the record set `(name, rtype)` and, 20 ms after the server stopped
/// answering it, adds it again as `record` (`TTL TYPE rdata`), in two updates. Returns how long it was
/// away at least.
///
/// Panics when the server refuses.
pub fn planted_hole(
    server: SocketAddr,
    zone: &str,
    tsig: Option<&Tsig>,
    (name, rtype): (&str, u16),
    record: &str,
) -> Duration {
    let mut command = Command::new(find("nsupdate"));
    if let Some(key) = tsig {
        command.args(["-y", &key.argument()]);
    }
    let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.unwrap_or_else(|error| panic!("nsupdate: {error}"));
    let mut stdin = child.stdin.take().unwrap_or_else(|| panic!("nsupdate has no standard input"));
    let mut send = |text: &str| {
        let sent = stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush());
        sent.unwrap_or_else(|error| panic!("nsupdate: {error}"));
    };
    send(&format!("{}update delete {name} {}\nsend\n", preamble(server, zone), rtype::text(rtype)));
    let given_up = Instant::now() + Duration::from_secs(5);
    while is_answered(server, name, rtype) {
        assert!(Instant::now() < given_up, "{server} still answers {name} after its deletion");
        thread::sleep(Duration::from_millis(1));
    }
    let gone = Instant::now();
    thread::sleep(Duration::from_millis(20));
    let away = gone.elapsed();
    send(&format!("update add {name} {record}\nsend\nquit\n"));
    drop(stdin);
    let output = finish(child).unwrap_or_else(|error| panic!("nsupdate: {error}"));
    assert!(output.status.success(), "nsupdate: {}", String::from_utf8_lossy(&output.stderr));
    away
}

fn is_answered(server: SocketAddr, name: &str, rtype: u16) -> bool {
    let answer = ask(server, &name_wire(name), rtype, Form::Udp, Duration::from_secs(1));
    answer.map_or(true, |answer| !answer.answer.is_empty())
}
