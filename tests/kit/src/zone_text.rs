//! Zone files for tests.

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
