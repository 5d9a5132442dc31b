//! Counts the differences of two master files of one zone: `diff_zones FILE FILE APEX`.
//!
//! Each file is read on a thread of its own.

use dnsure_zones::diff::diff;
use dnsure_zones::source::DirectorySource;
use dnsure_zones::{Name, Zone, master};
use std::io::Write as _;
use std::path::Path;

fn read(file: &str, apex: &Name) -> Result<Zone, String> {
    let path = Path::new(file);
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let source = DirectorySource::new(directory).map_err(|error| format!("{file}: {error}"))?;
    let (zone, findings) = master::read(&source, Path::new(path.file_name().unwrap_or_default()), apex);
    zone.ok_or_else(|| findings.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [before, after, apex] = arguments.as_slice() else {
        return Err("usage: diff_zones FILE FILE APEX".into());
    };
    let apex: Name = apex.parse()?;
    let (before, after) = std::thread::scope(|threads| {
        let before = threads.spawn(|| read(before, &apex));
        let after = read(after, &apex);
        (before.join().map_err(|_| "reading stopped".to_owned()).and_then(|zone| zone), after)
    });
    writeln!(std::io::stdout(), "{} record sets differ", diff(&before?, &after?).count())?;
    Ok(())
}
