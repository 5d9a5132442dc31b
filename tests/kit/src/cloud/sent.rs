//! The vendor's own SDK as the judge of what is written: nothing goes out that it could not have sent.

use serde_json::Value;

use super::Call;
use crate::octodns::oracle_script;

/// What of the bodies of these calls the SDK of `vendor` (`cloudflare`, `azure`) does not know, one line each.
///
/// Panics where there is no such call, and where the SDK is missing.
pub fn unknown_to_the_sdk(vendor: &str, calls: &[Call]) -> Vec<String> {
    let bodies = calls.iter().filter(|call| call.request.method != "GET").map(|call| &call.request.body);
    let bodies: Vec<Value> = bodies.filter_map(|body| serde_json::from_str(body).ok()).collect();
    assert!(!bodies.is_empty(), "nothing was written");
    let lines: String = bodies.iter().map(|body| format!("{body}\n")).collect();
    let said = oracle_script("sent.py", &[vendor], &lines).unwrap_or_else(|error| panic!("{error}"));
    said.lines().map(str::to_owned).collect()
}
