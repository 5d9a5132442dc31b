//! docs/first-zone.md, run again as it stands: each block of commands in one shell per server, and what they
//! print compared with the document. Ports, times, digests and the names of receipts may differ, nothing else.
//!
//! `DNSURE_TRANSCRIPT=write` puts what was printed into the document.

use crate::lab::SECRET;
use dnsure_kit::{Bind, PowerDns, Tsig, zone_text};
use std::fs;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/first-zone.md");
const ZONE: &str = "example.com.";
const RECORDS: &str = "@ 3600 MX 10 mail\nmail 3600 A 192.0.2.25\nwww 300 A 192.0.2.10\nwww 300 AAAA 2001:db8::10\n\
    shop 300 CNAME www\n_dmarc 3600 TXT \"v=DMARC1; p=none\"";
/// Printed between two commands.
const BORDER: &str = "--- the next command ---";

/// The addresses in the document, in the place of those that the servers of a run have.
const BIND: &str = "192.0.2.53:53";
const POWERDNS: &str = "192.0.2.54:53";
const POWERDNS_API: &str = "192.0.2.54:8081";

#[test]
fn the_first_zone_comes_about_as_the_document_says() {
    let key = Tsig::new("ci.", "hmac-sha256", SECRET);
    let bind = Bind::builder().key(&key).zone(ZONE, zone_text(ZONE, RECORDS)).start();
    let powerdns = PowerDns::builder().zone(ZONE, zone_text(ZONE, RECORDS)).start();
    let places = [
        (BIND, bind.addr().to_string()),
        (POWERDNS, powerdns.addr().to_string()),
        (POWERDNS_API, powerdns.api_url().trim_start_matches("http://").to_owned()),
    ];
    let document = fs::read_to_string(DOCUMENT).unwrap();
    let mut written = String::new();
    let mut differences = Vec::new();
    // A heading of the second level begins in a new directory.
    for part in split_before(&document, "\n## ") {
        let blocks: Vec<&str> =
            part.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
        let commands: Vec<String> = blocks.iter().flat_map(|block| commands(block)).collect();
        let printed = run(&commands, &places, powerdns.api_key());
        let mut printed = printed.into_iter();
        let mut new = part.to_owned();
        for block in blocks {
            let mut text = String::new();
            for command in self::commands(block) {
                text.push_str(&format!("$ {}\n{}", command.replace('\n', "\n> "), printed.next().unwrap()));
            }
            if elided(block) != elided(&text) {
                differences.push(format!("--- in the document\n{block}--- printed\n{text}"));
            }
            new = new.replacen(block, &text, 1);
        }
        written.push_str(&new);
    }
    if std::env::var_os("DNSURE_TRANSCRIPT").is_some() {
        fs::write(DOCUMENT, written).unwrap();
        return;
    }
    assert!(
        differences.is_empty(),
        "docs/first-zone.md is not what happens (DNSURE_TRANSCRIPT=write mends it):\n{}",
        differences.join("\n")
    );
}

fn split_before<'t>(text: &'t str, border: &str) -> Vec<&'t str> {
    let mut starts: Vec<usize> = text.match_indices(border).map(|(at, _)| at).collect();
    starts.insert(0, 0);
    starts.push(text.len());
    starts.windows(2).map(|pair| &text[pair[0]..pair[1]]).collect()
}

/// The commands of a block: lines after `$ `, with the lines after `> ` that go on with them.
fn commands(block: &str) -> Vec<String> {
    let mut commands: Vec<String> = Vec::new();
    for line in block.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push(command.to_owned());
        } else if let (Some(more), Some(last)) = (line.strip_prefix("> "), commands.last_mut()) {
            last.push('\n');
            last.push_str(more);
        }
    }
    commands
}

/// What each command prints, in one shell, with the document's addresses.
fn run(commands: &[String], places: &[(&str, String)], api_key: &str) -> Vec<String> {
    let home = tempfile::tempdir().unwrap();
    let mut script = String::new();
    for command in commands {
        let mut command = command.clone();
        for (said, real) in places {
            command = command.replace(said, real);
        }
        script.push_str(&format!("{command}\nprintf '%s\\n' '{BORDER}'\n"));
    }
    let program = Path::new(env!("CARGO_BIN_EXE_dnsure")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.arg0("sh").args(["-c", &format!("exec 2>&1\n{script}")]).current_dir(home.path());
    shell.env_clear().env("PATH", path).env("DNSURE_OWNER", "you").stdin(Stdio::null());
    shell.env("TSIG_SECRET", SECRET).env("PDNS_API_KEY", api_key);
    let output = shell.output().unwrap();
    let mut text = String::from_utf8(output.stdout).unwrap();
    for (said, real) in places {
        text = text.replace(real.as_str(), said);
    }
    let printed: Vec<String> = text.split(&format!("{BORDER}\n")).map(str::to_owned).collect();
    assert_eq!(printed.len(), commands.len() + 1, "{text}");
    printed
}

/// The text with what differs from run to run as `…`: numbers with a unit of time, digests, names of receipts,
/// the numbers of answers, and how wide it all was.
fn elided(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let mut out = Vec::new();
    for (index, word) in words.iter().enumerate() {
        let next = words.get(index + 1).copied().unwrap_or_default();
        let before = if index > 0 { words[index - 1] } else { "" };
        let is_number = word.starts_with(|first: char| first.is_ascii_digit());
        // A unit may end its line, or have a mark behind it.
        let unit = next.split(|letter: char| !letter.is_alphanumeric()).next().unwrap();
        let is_time = is_number && ["ms", "s"].contains(&unit);
        let digest = word.split('\n').next().unwrap();
        let is_digest = before == "digest" && digest.len() >= 16;
        let is_count = (is_number || before == "of") && next == "answers";
        let is_receipt = word.starts_with(".dnsure/receipts/");
        if is_time || is_count {
            out.push("…".to_owned());
        } else if is_digest || is_receipt {
            out.push(word.replacen(digest, "…", 1));
        } else if !word.is_empty() {
            out.push((*word).to_owned());
        }
    }
    // One of the units may be another: 950 ms, 1.0 s.
    out.join(" ").replace("… ms", "… s")
}

#[test]
fn only_times_ports_and_digests_may_differ() {
    assert_eq!(elided("after 4 ms\nverified"), elided("after 0.5 s\nverified"));
    let one = "verified in 0.4 s · 0 of 120 answers were missing · digest d8b7cec90e5f2db1\nnext 300";
    let same = "verified in 12 ms · 0 of 96 answers were missing · digest 0123456789abcdef\nnext 300";
    assert_eq!(elided(one), elided(same));
    for other in ["verified in 0.4 s · 1 of 120 answers were missing", "next 301", "verify in 0.4 s"] {
        assert_ne!(elided(one), elided(other));
    }
    assert_ne!(elided("www 300 A"), elided("www 301 A"));
}
