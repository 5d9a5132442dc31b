//! Zone files for tests.

use std::path::Path;

use crate::panel::Row;
use crate::process::run;

/// A zone in master file form: `$ORIGIN`, SOA (serial 1, negative TTL 300), two name servers inside
/// the zone with glue on loopback, default TTL 3600, and `records`, one a line, relative to the apex.
pub fn zone_text(apex: &str, records: &str) -> String {
    let apex = apex.trim_end_matches('.');
    format!(
        "$ORIGIN {apex}.\n\
         $TTL 3600\n\
         @ SOA ns1 hostmaster 1 3600 600 604800 300\n\
         @ NS ns1\n\
         @ NS ns2\n\
         ns1 A 127.0.0.1\n\
         ns2 A 127.0.0.2\n\
         {}\n",
        records.trim_end()
    )
}

/// A zone file as BIND reads it: one row a record, names absolute.
pub(crate) fn read_zone(apex: &str, text: &str) -> Vec<Row> {
    let lenient = ["-i", "none", "-k", "ignore", "-n", "ignore", "-m", "ignore", "-M", "ignore"];
    let more = ["-r", "ignore", "-S", "ignore", "-q", "-s", "full", "-o", "-", apex, "/dev/stdin"];
    let arguments = [lenient.as_slice(), more.as_slice()].concat();
    let output = run("named-compilezone", &arguments, Path::new("/"), text);
    let output = output.unwrap_or_else(|error| panic!("{error}"));
    let row = |line: &str| {
        let mut fields = line.splitn(2, char::is_whitespace);
        let name = fields.next()?.to_owned();
        let (ttl, rest) = fields.next()?.trim_start().split_once(char::is_whitespace)?;
        let (rtype, data) = rest.strip_prefix("IN ")?.split_once(char::is_whitespace)?;
        let ttl = ttl.parse().ok()?;
        Some(Row { id: String::new(), name, rtype: rtype.into(), ttl, data: data.trim().into() })
    };
    output.lines().map(|line| row(line).unwrap_or_else(|| panic!("no record: {line}"))).collect()
}
