//! Starts a real name server on loopback for one zone, says where it is in one line of
//! JSON, and stops it when stdin closes: `lab bind|knot|powerdns ZONE MASTER-FILE`.

use dnsure_kit::{Bind, Knot, PowerDns};
use std::io::{Read as _, Write as _};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, zone, file] = arguments.as_slice() else {
        return Err("usage: lab bind|knot|powerdns ZONE MASTER-FILE".into());
    };
    let text = std::fs::read_to_string(file)?;
    match kind.as_str() {
        "bind" => {
            let server = Bind::builder().zone(zone, text).start();
            until_stdin_closes(&serde_json::json!({"dns": server.addr()}))
        }
        "knot" => {
            let server = Knot::builder().zone(zone, text).start();
            until_stdin_closes(&serde_json::json!({"dns": server.addr()}))
        }
        "powerdns" => {
            let server = PowerDns::builder().zone(zone, text).start();
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
