//! Counts the differences of one zone in two directories: `diff_zones DIRECTORY DIRECTORY APEX`.

use dnsure_zones::Zone;
use dnsure_zones::diff::diff;
use dnsure_zones::source::DirectorySource;
use dnsure_zones::yaml::{Options, ZoneFiles};
use std::io::Write as _;

fn read(directory: &str, apex: &str) -> Result<Zone, Box<dyn std::error::Error>> {
    let source = DirectorySource::new(directory)?;
    let read = ZoneFiles::new(&source, "", Options::default()).read(&apex.parse()?);
    Ok(read.declared.ok_or("the zone file has errors")?.zone)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [before, after, apex] = arguments.as_slice() else {
        return Err("usage: diff_zones DIRECTORY DIRECTORY APEX".into());
    };
    let (before, after) = (read(before, apex)?, read(after, apex)?);
    writeln!(std::io::stdout(), "{} record sets differ", diff(&before, &after).count())?;
    Ok(())
}
