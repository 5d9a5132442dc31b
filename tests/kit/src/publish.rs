//! How what a panel keeps gets to the servers.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use crate::panel::Row;
use crate::process::find;
use crate::query::{Form, ask, name_wire, rtype};
use crate::servers::Server;

/// Octets from which on a message may not fit into a datagram.
const LARGE: usize = 400;

/// One thing to do to the records that a server serves.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    /// `update add`.
    Add(Row),
    /// `update delete` of one record, whatever its TTL.
    Remove(Row),
    /// Both of them, in one message.
    Edit(Row, Row),
    /// A whole record set: its members with their TTLs, none to take it away, and those that are gone.
    Set { name: String, rtype: String, members: Vec<(String, u32)>, gone: Vec<String> },
}

/// One server and the way to it.
#[derive(Debug)]
pub(crate) struct Publisher {
    server: Arc<Server>,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// BIND and Knot: dynamic updates by one `nsupdate` that stays.
    Updates(Option<Nsupdate>),
    /// NSD: a zone file, written anew and read again on SIGHUP. Holds the records as a server that
    /// takes updates would.
    File(Vec<Row>),
}

impl Publisher {
    pub(crate) fn new(server: Arc<Server>, rows: &[Row]) -> Publisher {
        let way = if server.kind() == "NSD" { Way::File(rows.to_vec()) } else { Way::Updates(None) };
        Publisher { server, way }
    }

    /// Publishes to one server: row by row in a message each, or everything in one.
    ///
    /// # Errors
    /// What the server or its tool said.
    pub(crate) fn publish(&mut self, zone: &str, ops: &[Op], row_by_row: bool) -> Result<(), String> {
        let addr = self.server.addr();
        self.send(zone, ops, row_by_row).map_err(|error| format!("{addr}: {error}"))
    }

    fn send(&mut self, zone: &str, ops: &[Op], row_by_row: bool) -> Result<(), String> {
        match &mut self.way {
            Way::File(rows) => {
                let mut served: Vec<Row> = rows.iter().filter(|row| belongs(row, zone)).cloned().collect();
                rows.retain(|row| !belongs(row, zone));
                ops.iter().for_each(|op| apply(&mut served, op));
                let result = write_file(&self.server, zone, &mut served);
                rows.append(&mut served);
                result
            }
            Way::Updates(running) => {
                let ops = &with_next_serial(&self.server, zone, ops)?;
                let messages: Vec<String> = if row_by_row {
                    ops.iter().map(|op| commands(zone, std::slice::from_ref(op))).collect()
                } else {
                    vec![commands(zone, ops)]
                };
                for message in messages {
                    let mut sent = tell(&self.server, running, zone, &message);
                    // A large one goes over TCP, which a busy server may cut off; it can be said again.
                    for _ in 0..3 {
                        if sent.is_err() && message.len() > LARGE {
                            sent = tell(&self.server, running, zone, &message);
                        }
                    }
                    sent?;
                }
                Ok(())
            }
        }
    }
}

/// One message, by the `nsupdate` that runs or a new one; one that failed is not used again.
fn tell(server: &Server, running: &mut Option<Nsupdate>, zone: &str, message: &str) -> Result<(), String> {
    let mut nsupdate = match running.take() {
        Some(nsupdate) => nsupdate,
        None => Nsupdate::start(server)?,
    };
    nsupdate.send(zone, message)?;
    *running = Some(nsupdate);
    Ok(())
}

/// As any panel does: the serial is its own business, for a server ignores an older one.
fn with_next_serial(server: &Server, zone: &str, ops: &[Op]) -> Result<Vec<Op>, String> {
    let mut ops = ops.to_vec();
    let data: Vec<&mut String> = ops
        .iter_mut()
        .filter_map(|op| match op {
            Op::Add(row) | Op::Edit(_, row) if row.rtype == "SOA" => Some(&mut row.data),
            Op::Set { rtype, members, .. } if rtype == "SOA" => Some(&mut members.first_mut()?.0),
            _ => None,
        })
        .collect();
    if data.is_empty() {
        return Ok(ops);
    }
    let answer = ask(server.addr(), &name_wire(zone), rtype::SOA, Form::Tcp, Duration::from_secs(5));
    let answer = answer.map_err(|error| format!("{error:?}"))?;
    let rdata = answer.answer.first().map(|record| record.rdata.as_slice()).ok_or("no SOA")?;
    let serial = rdata.iter().rev().skip(16).take(4).rev().fold(0, |all, byte| all << 8 | u32::from(*byte));
    for data in data {
        let mut words: Vec<String> = data.split_whitespace().map(str::to_owned).collect();
        *words.get_mut(2).ok_or_else(|| format!("no SOA: {data}"))? = serial.wrapping_add(1).to_string();
        *data = words.join(" ");
    }
    Ok(ops)
}

fn belongs(row: &Row, zone: &str) -> bool {
    let (name, zone) = (row.name.to_ascii_lowercase(), zone.to_ascii_lowercase());
    name == zone || name.ends_with(&format!(".{zone}"))
}

/// Deletions first, so that one message swaps types (BIND ignores a CNAME added beside other data).
fn commands(zone: &str, ops: &[Op]) -> String {
    let (mut away, mut in_place) = (String::new(), String::new());
    let add = |text: &mut String, Row { name, rtype, ttl, data, .. }: &Row| {
        let _ = writeln!(text, "update add {name} {ttl} {rtype} {data}");
    };
    let remove = |text: &mut String, Row { name, rtype, data, .. }: &Row| {
        let _ = writeln!(text, "update delete {name} {rtype} {data}");
    };
    for op in ops {
        match op {
            Op::Add(row) => add(&mut in_place, row),
            Op::Remove(row) => remove(&mut away, row),
            Op::Edit(from, to) => {
                remove(&mut away, from);
                add(&mut in_place, to);
            }
            // Servers ignore the deletion of all name servers at the apex (RFC 2136 3.4.2.4).
            Op::Set { name, rtype, members, gone } if rtype == "NS" && name.eq_ignore_ascii_case(zone) => {
                let ttl = shortest(members);
                for (data, _) in members {
                    let _ = writeln!(in_place, "update add {name} {ttl} {rtype} {data}");
                }
                for data in gone {
                    let _ = writeln!(in_place, "update delete {name} {rtype} {data}");
                }
            }
            Op::Set { name, rtype, members, .. } => {
                let _ = writeln!(away, "update delete {name} {rtype}");
                let ttl = shortest(members);
                for (data, _) in members {
                    let _ = writeln!(in_place, "update add {name} {ttl} {rtype} {data}");
                }
            }
        }
    }
    away + &in_place
}

/// A record set has one TTL (RFC 2181 5.2).
fn shortest(members: &[(String, u32)]) -> u32 {
    members.iter().map(|(_, ttl)| *ttl).min().unwrap_or_default()
}

/// What BIND makes of an update: an added record takes its set's TTL along.
fn apply(served: &mut Vec<Row>, op: &Op) {
    match op {
        Op::Remove(row) => {
            served.retain(|other| !(other.is_in(&row.name, &row.rtype) && other.data == row.data))
        }
        Op::Add(row) => {
            served.retain(|other| !(other.is_in(&row.name, &row.rtype) && other.data == row.data));
            served
                .iter_mut()
                .filter(|other| other.is_in(&row.name, &row.rtype))
                .for_each(|other| other.ttl = row.ttl);
            served.push(row.clone());
        }
        Op::Edit(from, to) => {
            apply(served, &Op::Remove(from.clone()));
            apply(served, &Op::Add(to.clone()));
        }
        Op::Set { name, rtype, members, .. } => {
            served.retain(|other| !other.is_in(name, rtype));
            let ttl = shortest(members);
            served.extend(members.iter().map(|(data, _)| Row {
                id: String::new(),
                name: name.clone(),
                rtype: rtype.clone(),
                ttl,
                data: data.clone(),
            }));
        }
    }
}

fn write_file(server: &Server, zone: &str, rows: &mut [Row]) -> Result<(), String> {
    let mut text = String::new();
    for Row { name, rtype, ttl, data, .. } in rows {
        if rtype.eq_ignore_ascii_case("SOA") {
            let mut words: Vec<String> = data.split_whitespace().map(str::to_owned).collect();
            let serial = words.get_mut(2).ok_or_else(|| format!("no SOA: {data}"))?;
            *serial = (serial.parse::<u32>().map_err(|error| error.to_string())? + 1).to_string();
            *data = words.join(" ");
        }
        let _ = writeln!(text, "{name} {ttl} IN {rtype} {data}");
    }
    let file = server.directory().join(crate::servers::zone_file(zone));
    let fresh = file.with_extension("new");
    std::fs::write(&fresh, text)
        .and_then(|()| std::fs::rename(&fresh, &file))
        .map_err(|error| error.to_string())?;
    server.signal("HUP");
    Ok(())
}

/// A running `nsupdate`: it ends when its input does.
#[derive(Debug)]
struct Nsupdate {
    child: Child,
    answers: BufReader<ChildStdout>,
    complaints: Arc<Mutex<String>>,
}

impl Nsupdate {
    fn start(server: &Server) -> Result<Nsupdate, String> {
        let mut command = Command::new(find("nsupdate"));
        // A server that is down or frozen is given up after a few seconds.
        command
            .args(["-t", "15", "-u", "1", "-r", "2"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let answers = BufReader::new(child.stdout.take().ok_or("no output")?);
        let complaints = Arc::new(Mutex::new(String::new()));
        let (errors, heard) = (child.stderr.take(), Arc::clone(&complaints));
        thread::spawn(move || {
            let mut errors = errors;
            let mut bytes = [0; 4096];
            while let Some(count) = errors.as_mut().and_then(|errors| errors.read(&mut bytes).ok()) {
                if count == 0 {
                    break;
                }
                let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
                heard.push_str(&String::from_utf8_lossy(&bytes[..count]));
            }
        });
        let mut nsupdate = Nsupdate { child, answers, complaints };
        nsupdate.tell(&format!(
            "server {} {}\ncheck-names no\n",
            server.addr().ip(),
            server.addr().port()
        ))?;
        Ok(nsupdate)
    }

    fn tell(&mut self, text: &str) -> Result<(), String> {
        let stdin = self.child.stdin.as_mut().ok_or("no input")?;
        stdin.write_all(text.as_bytes()).and_then(|()| stdin.flush()).map_err(|error| error.to_string())
    }

    /// Sends one message and waits for the server's answer.
    fn send(&mut self, zone: &str, commands: &str) -> Result<(), String> {
        self.tell(&format!("zone {zone}\n{commands}send\nanswer\nshow\n"))?;
        let (mut answer, mut line) = (String::new(), String::new());
        // `show` ends what it says about this message, also where there was no answer.
        while !line.starts_with("Outgoing update query") {
            line.clear();
            if self.answers.read_line(&mut line).map_err(|error| error.to_string())? == 0 {
                break;
            }
            // Before it stands what `show` said last time.
            if line.starts_with("Answer:") || !answer.is_empty() {
                answer.push_str(&line);
            }
        }
        if answer.contains("status: NOERROR") {
            return Ok(());
        }
        let complaints = self.complaints.lock().unwrap_or_else(PoisonError::into_inner);
        Err(format!("{commands}{answer}{complaints}"))
    }
}

impl Drop for Nsupdate {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
