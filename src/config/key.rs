//! Keys, and where secrets are.

use super::reader::Reader;
use dnsure_providers::dns::TsigAlgorithm;
use dnsure_zones::Name;
use dnsure_zones::yaml::Node;
use std::path::PathBuf;

/// A TSIG key.
#[derive(Debug)]
pub struct KeyConfig {
    /// Its name.
    pub name: Name,
    /// Its algorithm.
    pub algorithm: TsigAlgorithm,
    /// Its secret.
    pub secret: SecretRef,
}

/// Where a secret is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretRef {
    /// An environment variable.
    Env(String),
    /// The first line of a file.
    File(PathBuf),
}

impl SecretRef {
    /// Reads `env:NAME` or `file:PATH`; `None` for anything else, which may be a secret itself.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let env = text.strip_prefix("env:").map(|name| Self::Env(name.into()));
        let found = env.or_else(|| text.strip_prefix("file:").map(|path| Self::File(path.into())));
        found.filter(|_| !text.ends_with(':'))
    }
}

impl Reader {
    pub(super) fn key(&mut self, node: &Node) -> Option<KeyConfig> {
        self.take(node.expect_map().map(|_| ()))?;
        self.only(node, &["name", "algorithm", "secret"]);
        let name_node = self.required(node, "name")?;
        let text = self.text(name_node)?;
        let name = self.take(text.parse().map_err(|error: dnsure_zones::name::NameError| {
            name_node.error("bad-name", error.to_string())
        }))?;
        let algorithm = match node.get("algorithm") {
            None => TsigAlgorithm::Sha256,
            Some(algorithm) => {
                let text = self.text(algorithm)?;
                self.take(text.parse().map_err(|_| {
                    algorithm
                        .error("unknown-algorithm", format!("`{text}` is no TSIG algorithm of this program"))
                        .with_help("the algorithms are hmac-sha256, hmac-sha384 and hmac-sha512")
                }))?
            }
        };
        let secret = self.required(node, "secret")?;
        let secret = self.secret(secret)?;
        Some(KeyConfig { name, algorithm, secret })
    }

    pub(super) fn secret(&mut self, node: &Node) -> Option<SecretRef> {
        let text = self.text(node)?;
        if let Some(reference) = SecretRef::parse(&text) {
            return Some(reference);
        }
        // The value may be a secret that somebody pasted: it is not repeated.
        self.errors.push(
            node.error("secret-in-file", "a secret does not stand in this file")
                .with_help("write `env:NAME` for an environment variable or `file:PATH` for a file"),
        );
        None
    }
}
