//! Reads a zone from a directory of zone files and says how long it took: `read_zone DIRECTORY APEX`.

use dnsure_zones::diagnostic::{Renderer, summary};
use dnsure_zones::source::DirectorySource;
use dnsure_zones::yaml::{Options, ZoneFiles};
use std::io::Write;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(directory), Some(apex)) = (arguments.next(), arguments.next()) else {
        return Err("usage: read_zone DIRECTORY APEX".into());
    };
    let source = DirectorySource::new(Path::new(&directory))?;
    let start = Instant::now();
    let read = ZoneFiles::new(&source, "", Options::default()).read(&apex.parse()?);
    let elapsed = start.elapsed();
    let mut out = std::io::stdout().lock();
    let mut renderer = Renderer::plain(&source);
    write!(out, "{}", renderer.render_all(read.diagnostics.iter().take(20)))?;
    if !read.diagnostics.is_empty() {
        writeln!(out, "{}", summary(&read.diagnostics))?;
    }
    if let Some(declared) = &read.declared {
        let zone = &declared.zone;
        writeln!(out, "{} record sets, {} records", zone.set_count(), zone.record_count())?;
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    writeln!(out, "{elapsed:.2?}  {peak}")?;
    Ok(())
}
