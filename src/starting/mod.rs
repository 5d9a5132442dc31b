//! The first `dnsure.yaml` of a directory: which provider types there are, what each needs, and the
//! text of the file. Pure; asking and writing is [`crate::command::init`]'s.

mod kinds;

pub use kinds::{KINDS, Kind, Need, Setting};

use crate::config::{SecretRef, ZoneId};
use std::collections::BTreeMap;

/// Why a setting cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// No `=`.
    #[error("--set takes KEY=VALUE")]
    NoValue,
    /// A secret itself, or something that is no reference. Never repeated.
    #[error(
        "{0} is a secret, and is never written into a file: put it into an environment variable and give env:VARIABLE, or file:PATH"
    )]
    Secret(String),
    /// The shorthand of a key in another form. Never repeated.
    #[error("key takes NAME:ALGORITHM:env:VARIABLE, as ci.:hmac-sha256:env:TSIG_SECRET")]
    Key,
}

/// The settings of one provider under their keys in `dnsure.yaml`, in the order in which they came; dots
/// lead into nested ones.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings(Vec<(String, String)>);

impl Settings {
    /// Takes one `KEY=VALUE`.
    ///
    /// # Errors
    /// [`SettingError`]; a secret in the place of a reference to one is refused and not repeated.
    pub fn take(&mut self, text: &str) -> Result<(), SettingError> {
        let (key, value) = text.split_once('=').ok_or(SettingError::NoValue)?;
        self.put(key.trim(), value.trim())
    }

    /// Takes one value.
    ///
    /// # Errors
    /// As [`Settings::take`].
    pub fn put(&mut self, key: &str, value: &str) -> Result<(), SettingError> {
        if matches!(key, "key" | "transfer_key") {
            let (name, algorithm, secret) = three_parts(value).ok_or(SettingError::Key)?;
            for (part, value) in [("name", name), ("algorithm", algorithm), ("secret", secret)] {
                self.set(format!("{key}.{part}"), value);
            }
            return Ok(());
        }
        let is_secret = matches!(key.rsplit('.').next(), Some("secret" | "api_key" | "token"));
        if is_secret && SecretRef::parse(value).is_none() {
            return Err(SettingError::Secret(key.to_owned()));
        }
        self.set(key.to_owned(), value);
        Ok(())
    }

    /// The last word on a key counts; its place is that of the first.
    fn set(&mut self, key: String, value: &str) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => value.clone_into(old),
            None => self.0.push((key, value.to_owned())),
        }
    }

    /// Whether there is a value for `key`, or for something below it.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        let below = format!("{key}.");
        self.0.iter().any(|(known, _)| known == key || known.starts_with(&below))
    }

    /// Every `KEY=VALUE`, for a command line.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// As one line of YAML in braces, behind the type.
    #[must_use]
    pub fn yaml(&self, kind: &str) -> String {
        let mut pairs: Vec<(String, String)> = vec![("type".into(), kind.into())];
        let mut below: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (key, value) in self.pairs() {
            match key.split_once('.') {
                Some((outer, inner)) => {
                    below.entry(outer).or_default().push(format!("{inner}: {}", scalar(value)));
                }
                None if key == "servers" => {
                    let items: Vec<String> = value.split(',').map(|item| quoted(item.trim())).collect();
                    pairs.push((key.to_owned(), format!("[{}]", items.join(", "))));
                }
                None => pairs.push((key.to_owned(), scalar(value))),
            }
        }
        pairs.extend(
            below.into_iter().map(|(key, inner)| (key.to_owned(), format!("{{{}}}", inner.join(", ")))),
        );
        let pairs: Vec<String> = pairs.into_iter().map(|(key, value)| format!("{key}: {value}")).collect();
        format!("{{{}}}", pairs.join(", "))
    }
}

/// `NAME:ALGORITHM:REFERENCE`.
fn three_parts(text: &str) -> Option<(&str, &str, &str)> {
    let (name, rest) = text.split_once(':')?;
    let (algorithm, secret) = rest.split_once(':')?;
    SecretRef::parse(secret).map(|_| (name, algorithm, secret))
}

/// The text of a `dnsure.yaml` with one provider and these zones.
#[must_use]
pub fn config_text(provider: &str, kind: &str, settings: &Settings, zones: &[ZoneId]) -> String {
    let provider = scalar(provider);
    let mut text = format!(
        "# dnsure: the zone files in zones/ are what {provider} shall serve. All keys: docs/configuration.md\n\
         providers:\n  {provider}: {}\nzones:\n  directory: zones\n",
        settings.yaml(kind)
    );
    for zone in zones {
        text.push_str(&format!("  {}: {{targets: [{provider}]}}\n", scalar(&zone.to_string())));
    }
    text
}

/// A value as YAML reads it back: plain where that is safe, else in quotes.
fn scalar(text: &str) -> String {
    let is_bool = matches!(text, "true" | "false");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let reference = text.strip_prefix("env:").or_else(|| text.strip_prefix("file:")).unwrap_or(text);
    let begins = reference.bytes().next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'/');
    let word = begins && reference.bytes().all(plain);
    let retyped =
        matches!(text.to_ascii_lowercase().as_str(), "yes" | "no" | "on" | "off" | "null" | "y" | "n");
    if is_bool || (word && !retyped) { text.to_owned() } else { quoted(text) }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::config::Config;
    use dnsure_zones::source::MemorySource;
    use std::path::Path;

    fn loads(text: &str) {
        let source = MemorySource::new().with("dnsure.yaml", text);
        let config = Config::load(&source, Path::new("dnsure.yaml"));
        assert!(config.is_ok(), "{text}\n{:?}", config.err());
    }

    #[test]
    fn what_is_written_can_be_read() {
        let zones = ["example.com.".parse().unwrap(), "2.0.192.in-addr.arpa.!inside".parse().unwrap()];
        let cases: [(&str, &[&str]); 4] = [
            (
                "powerdns",
                &["url=http://127.0.0.1:8081", "api_key=env:PDNS_KEY", "servers=192.0.2.1:53, 2001:db8::1"],
            ),
            ("rfc2136", &["server=[2001:db8::1]:53", "key=ci.:hmac-sha256:env:TSIG"]),
            ("route53", &["private=true", "profile=no"]),
            ("embedded", &["directory=a b: {c"]),
        ];
        for (kind, given) in cases {
            let mut settings = Settings::default();
            for pair in given {
                settings.take(pair).unwrap();
            }
            loads(&config_text("a: provider", kind, &settings, &zones));
        }
    }

    #[test]
    fn a_secret_is_refused_and_never_repeated() {
        for pair in
            ["api_key=hunter2", "token=hunter2", "key=ci.:hmac-sha256:hunter2", "credentials.secret=hunter2"]
        {
            let error = Settings::default().take(pair).unwrap_err().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
