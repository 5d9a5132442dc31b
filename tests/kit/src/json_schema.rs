//! JSON Schema, by an implementation that is not ours.

use std::path::{Path, PathBuf};

use crate::octodns::oracles_python;
use crate::process::run;

/// Where `documents` break the JSON Schema (draft 7) in the file `schema`: one line each.
///
/// Panics when the schema is none, or a file is missing.
pub fn schema_violations(schema: &Path, documents: &[PathBuf]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/json_schema.py");
    let paths: Vec<String> = [script.as_path(), schema]
        .into_iter()
        .chain(documents.iter().map(PathBuf::as_path))
        .map(|path| path.to_string_lossy().into_owned())
        .collect();
    let arguments: Vec<&str> = paths.iter().map(String::as_str).collect();
    let python = oracles_python();
    let output = run(&python.to_string_lossy(), &arguments, Path::new("/"), "");
    output.unwrap_or_else(|error| panic!("{error}")).lines().map(str::to_owned).collect()
}
