//! octoDNS as an oracle: how it reads a directory of zone files.

use std::path::{Path, PathBuf};

use crate::process::run;

/// The Python of the environment that `tests/install` makes (`target/oracles`, or `DNSURE_ORACLES`).
///
/// Panics when it is missing.
pub fn oracles_python() -> PathBuf {
    let python = oracles().join("python");
    assert!(python.exists(), "{} is missing; run tests/install", python.display());
    python
}

/// Runs one of the kit's Python scripts in that environment with `input`; what it printed.
///
/// # Errors
/// What it said when it failed.
pub fn oracle_script(name: &str, arguments: &[&str], input: &str) -> Result<String, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(name);
    let script = script.to_string_lossy();
    let arguments = [&[script.as_ref()], arguments].concat();
    run(&oracles_python().to_string_lossy(), &arguments, Path::new("/"), input)
}

/// A program in that environment.
///
/// Panics when it is missing.
pub(crate) fn oracle_program(name: &str) -> PathBuf {
    let program = oracles().join(name);
    assert!(program.exists(), "{} is missing; run tests/install", program.display());
    program
}

/// One of octoDNS's programs (`octodns-sync`) in that environment, where it is installed.
pub fn octodns_program(name: &str) -> Option<PathBuf> {
    Some(oracles().join(name)).filter(|program| program.exists())
}

fn oracles() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let directory =
        std::env::var_os("DNSURE_ORACLES").map_or_else(|| root.join("target/oracles"), PathBuf::from);
    directory.join("bin")
}

/// Reads `zone` from the YAML zone files in `directory` with octoDNS's own YamlProvider.
///
/// Returns one JSON object a line and record, sorted by name and type: `name` (relative, `""` is the
/// apex), `type`, `ttl`, `values` (octoDNS's rdata text, sorted), `lenient` and `provider` when the
/// record carries an `octodns:` section; or octoDNS's complaint.
pub fn octodns_read(directory: &Path, zone: &str, escaped_semicolons: bool) -> Result<Vec<String>, String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/octodns_read.py");
    let python = oracles_python();
    let (script, directory) = (script.to_string_lossy(), directory.to_string_lossy());
    let mut arguments = vec![script.as_ref(), directory.as_ref(), zone];
    if escaped_semicolons {
        arguments.push("--escaped-semicolons");
    }
    let output = run(&python.to_string_lossy(), &arguments, Path::new("/"), "")?;
    Ok(output.lines().map(str::to_owned).collect())
}
