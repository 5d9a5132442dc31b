//! Google's own description of its API, as the judge of every call.

use std::path::Path;

use serde_json::json;

use crate::cloud::Call;
use crate::octodns::oracles_python;
use crate::process::run;

/// What of these calls does not fit Google's discovery document, one line each, and which of `methods`
/// (`dns.changes.create`) were never called.
///
/// Panics when the document is missing.
pub fn schema_violations(calls: &[Call], methods: &[&str]) -> Vec<String> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/google_schema.py");
    let mut lines = String::new();
    for Call { request, response } in calls {
        let line = json!({
            "method": request.method,
            "target": request.target,
            "body": request.body,
            "status": response.as_ref().map(|response| response.status),
            "answer": response.as_ref().map(|response| response.body.as_str()),
        });
        lines.push_str(&format!("{line}\n"));
    }
    let (python, script) = (oracles_python(), script.to_string_lossy().into_owned());
    let arguments: Vec<&str> = [script.as_str()].into_iter().chain(methods.iter().copied()).collect();
    let output = run(&python.to_string_lossy(), &arguments, Path::new("/"), &lines);
    output.unwrap_or_else(|error| panic!("{error}")).lines().map(str::to_owned).collect()
}
