//! Prints a generated zone: `big_zone yaml|master RECORD-SETS [first|second]`.

#[path = "../benches/big_zone.rs"]
mod big_zone;

use big_zone::{Edition, master, yaml};
use std::io::Write as _;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let usage = "usage: big_zone yaml|master RECORD-SETS [first|second]";
    let [form, size, rest @ ..] = arguments.as_slice() else { return Err(usage.into()) };
    let size = size.parse()?;
    let edition = match rest.first().map(String::as_str) {
        None | Some("first") => Edition::First,
        Some("second") => Edition::Second,
        Some(_) => return Err(usage.into()),
    };
    let text = match form.as_str() {
        "yaml" => yaml(size, edition),
        "master" => master(size, edition),
        _ => return Err(usage.into()),
    };
    std::io::stdout().write_all(text.as_bytes())?;
    Ok(())
}
