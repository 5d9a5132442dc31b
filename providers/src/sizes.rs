//! The clouds' backends stay small enough to be read in one sitting: what a second service does too belongs into a
//! room that they share (docs/backends.md).

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

/// Readable lines, without tests. Such a line says something: it is no blank line, no comment, no import, no
/// attribute, and not brackets alone.
const MOST: usize = 500;

const CLOUDS: [&str; 4] = ["azure_dns", "cloud_dns", "cloudflare", "route53"];

fn files(at: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(at).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => files(&path, found),
            false => found.push(path),
        }
    }
}

fn readable(source: &str) -> usize {
    let product = source.split("\n#[cfg(test)]").next().unwrap_or_default();
    let mut lines = product.lines().map(str::trim);
    let mut count = 0;
    while let Some(line) = lines.next() {
        let is_import =
            ["use ", "pub use ", "pub(crate) use ", "mod "].iter().any(|word| line.starts_with(word));
        if is_import && !line.ends_with(';') {
            // It goes on to its semicolon.
            lines.by_ref().find(|line| line.ends_with(';'));
        }
        let is_comment = line.starts_with("//");
        let is_attribute = line.starts_with("#[");
        let is_brackets = line.chars().all(|character| "()[]{};,".contains(character));
        count += usize::from(!(is_import || is_comment || is_attribute || is_brackets));
    }
    count
}

#[test]
fn what_says_something_is_counted_and_the_rest_is_not() {
    let source = "//! A room.\n\nuse a::{\n    b,\n    c,\n};\nmod d;\n\n/// Says.\n#[must_use]\nfn e() -> u8 {\n    7\n}\n\n#[cfg(test)]\nmod tests {\n    fn f() {}\n}\n";
    assert_eq!(readable(source), 2);
}

#[test]
fn every_clouds_backend_is_under_500_readable_lines() {
    let rooms = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for cloud in CLOUDS {
        let mut found = vec![rooms.join(cloud).with_extension("rs")];
        files(&rooms.join(cloud), &mut found);
        let lines: usize = found.iter().map(|file| readable(&fs::read_to_string(file).unwrap())).sum();
        assert!(found.len() > 3 && lines > 100, "{cloud} was not found");
        assert!(lines < MOST, "{cloud} has {lines} readable lines");
    }
}
