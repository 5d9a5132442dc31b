//! Snapshots of a zone as a server transfers it, through `dig`.

use std::net::SocketAddr;
use std::path::Path;

use crate::process::run;
use crate::tsig::Tsig;

/// Record types that servers make or keep by themselves.
const SERVER_MADE: [&str; 10] =
    ["SOA", "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY", "TYPE65534", "ZONEMD"];

/// The whole zone by AXFR, one record a line (`owner TTL IN TYPE rdata`, single spaces), sorted.
pub fn dig_axfr_sorted(server: SocketAddr, zone: &str, tsig: Option<&Tsig>) -> Result<Vec<String>, String> {
    let (port, at) = (server.port().to_string(), format!("@{}", server.ip()));
    let key = tsig.map(Tsig::argument);
    let mut arguments = vec!["-r", &at, "-p", &port, zone, "AXFR", "+nocmd", "+nostats", "+nocomments"];
    arguments.extend(["+onesoa", "+tries=1", "+time=20"]);
    if let Some(key) = &key {
        arguments.extend(["-y", key]);
    }
    let output = run("dig", &arguments, Path::new("/"), "")?;
    let mut lines: Vec<String> = output
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with(';'))
        .map(single_spaces)
        .filter(|line| type_of(line) != Some("TSIG"))
        .collect();
    lines.sort();
    if !lines.iter().any(|line| type_of(line) == Some("SOA")) {
        return Err(format!("{server} does not transfer {zone}: {}", output.trim()));
    }
    Ok(lines)
}

/// The lines of a snapshot that people write: without SOA, signatures, keys and denials.
pub fn without_server_made(lines: &[String]) -> Vec<String> {
    let kept = |line: &&String| type_of(line).is_none_or(|rtype| !SERVER_MADE.contains(&rtype));
    lines.iter().filter(kept).cloned().collect()
}

fn type_of(line: &str) -> Option<&str> {
    line.split(' ').nth(3)
}

/// Owner, TTL, class and type are followed by one space each; the rdata stays as it is.
fn single_spaces(line: &str) -> String {
    let mut rest = line;
    let mut fields = Vec::new();
    for _ in 0..4 {
        let (field, tail) = rest.split_once([' ', '\t']).unwrap_or((rest, ""));
        fields.push(field);
        rest = tail.trim_start();
    }
    fields.push(rest);
    fields.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_gaps_between_fields_shrink() {
        assert_eq!(single_spaces("a.\t\t60 IN\tTXT\t\"b  c\""), "a. 60 IN TXT \"b  c\"");
    }
}
