//! The configuration as it may be shown: somebody may have written a secret into it, and a line
//! that is shown because of an error ends up in the log of a CI run.

use dnsure_zones::source::Source;
use std::io;
use std::path::{Path, PathBuf};

/// Keys whose values are secrets.
const KEYS: [&str; 2] = ["secret", "api_key"];

/// A key whose value is a secret when it is a URL with more in it than a place.
const PLACE: &str = "state";

/// A source whose files have stars in the place of secrets.
#[derive(Debug)]
pub struct Masked<S>(pub S);

impl<S: Source> Source for Masked<S> {
    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.0.read(path).map(|bytes| masked(&String::from_utf8_lossy(&bytes)).into_bytes())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        self.0.list(path)
    }

    fn is_directory(&self, path: &Path) -> bool {
        self.0.is_directory(path)
    }

    fn is_file(&self, path: &Path) -> bool {
        self.0.is_file(path)
    }
}

/// The text with every secret's characters replaced one by one, so that columns stay.
fn masked(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    let find = |rest: &str| {
        let keys = KEYS.iter().chain([&PLACE]);
        keys.filter_map(|key| rest.find(key).map(|at| (at + key.len(), *key))).min()
    };
    while let Some((end, key)) = find(rest) {
        let (head, tail) = rest.split_at(end);
        shown.push_str(head);
        rest = tail;
        let gap = tail.len() - tail.trim_start_matches(['"', '\'']).trim_start().len();
        if !tail[gap..].starts_with(':') {
            continue;
        }
        let value = tail[gap + 1..].trim_start_matches([' ', '\t', '"', '\'', '|', '>', '\r', '\n']);
        let start = tail.len() - value.len();
        if value.starts_with("env:") || value.starts_with("file:") {
            continue;
        }
        let length = value.find(['"', '\'', ',', '}', '\n', '\r']).unwrap_or(value.len());
        if key == PLACE && !(value[..length].contains("://") && value[..length].contains(['@', '?'])) {
            continue;
        }
        shown.push_str(&tail[..start]);
        shown.extend(value[..length].chars().map(|_| '*'));
        rest = &value[length..];
    }
    shown.push_str(rest);
    shown
}

#[cfg(test)]
mod tests {
    use super::masked;

    #[test]
    fn a_secret_becomes_stars_and_everything_else_stays() {
        assert_eq!(masked("key: {secret: \"aGk=\", name: x}"), "key: {secret: \"****\", name: x}");
        assert_eq!(masked("api_key: hunter2\nurl: x"), "api_key: *******\nurl: x");
        assert_eq!(masked("'secret' : 'a b'\n"), "'secret' : '***'\n");
        assert_eq!(masked("secret: |\n  abc\n"), "secret: |\n  ***\n");
        assert_eq!(masked("state: s3://a:b@c/d\n"), "state: ************\n");
        for as_it_is in [
            "state: s3://bucket/prefix",
            "state: {a: b@c}",
            "secret: env:NAME",
            "api_key: \"file:a/b\"",
            "secrets are here",
            "",
        ] {
            assert_eq!(masked(as_it_is), as_it_is);
        }
    }
}
