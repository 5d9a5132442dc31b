//! Starts a real name server on loopback for its zones, says where it is in one line of JSON, and
//! stops it when stdin closes: `lab bind|knot|powerdns ZONE MASTER-FILE [ZONE MASTER-FILE]...`.

use dnsure_kit::{Bind, Knot, PowerDns};
use std::io::{Read as _, Write as _};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = "usage: lab bind|knot|powerdns ZONE MASTER-FILE [ZONE MASTER-FILE]...";
    let [kind, files @ ..] = arguments.as_slice() else { return Err(usage.into()) };
    if files.is_empty() || files.len() % 2 != 0 {
        return Err(usage.into());
    }
    let mut zones = Vec::new();
    for pair in files.chunks(2) {
        zones.push((&pair[0], std::fs::read_to_string(&pair[1])?));
    }
    let zones = zones.into_iter();
    match kind.as_str() {
        "bind" => {
            let server = zones.fold(Bind::builder(), |server, (zone, text)| server.zone(zone, text)).start();
            until_stdin_closes(&serde_json::json!({"dns": server.addr()}))
        }
        "knot" => {
            let server = zones.fold(Knot::builder(), |server, (zone, text)| server.zone(zone, text)).start();
            until_stdin_closes(&serde_json::json!({"dns": server.addr()}))
        }
        "powerdns" => {
            let server =
                zones.fold(PowerDns::builder(), |server, (zone, text)| server.zone(zone, text)).start();
            until_stdin_closes(&serde_json::json!({
                "dns": server.addr(), "api": server.api_url(), "key": server.api_key()
            }))
        }
        other => Err(format!("`{other}` is none of bind, knot, powerdns").into()),
    }
}

fn until_stdin_closes(facts: &serde_json::Value) -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout();
    writeln!(out, "{facts}")?;
    out.flush()?;
    std::io::stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
