//! Keys: a name, an algorithm and a secret that never shows.

use dnsure_zones::Name;
use ring::hmac;
use secrecy::{ExposeSecret, SecretSlice, SecretString};
use std::fmt;
use std::str::FromStr;

/// The hash under the HMAC. Weaker ones (MD5, SHA-1) and truncated forms are not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TsigAlgorithm {
    /// `hmac-sha256`
    Sha256,
    /// `hmac-sha384`
    Sha384,
    /// `hmac-sha512`
    Sha512,
}

impl TsigAlgorithm {
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Sha256 => "hmac-sha256",
            Self::Sha384 => "hmac-sha384",
            Self::Sha512 => "hmac-sha512",
        }
    }

    /// The algorithm's name on the wire, in lower case (RFC 8945 6).
    pub(super) fn wire(self) -> Vec<u8> {
        let label = self.text().as_bytes();
        let mut wire = Vec::with_capacity(label.len() + 2);
        wire.push(label.len() as u8);
        wire.extend_from_slice(label);
        wire.push(0);
        wire
    }

    fn ring(self) -> hmac::Algorithm {
        match self {
            Self::Sha256 => hmac::HMAC_SHA256,
            Self::Sha384 => hmac::HMAC_SHA384,
            Self::Sha512 => hmac::HMAC_SHA512,
        }
    }
}

impl fmt::Display for TsigAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text())
    }
}

impl FromStr for TsigAlgorithm {
    type Err = TsigKeyError;

    /// Reads `hmac-sha256`, `hmac-sha384` or `hmac-sha512`, in any case, with or without a final dot.
    fn from_str(text: &str) -> Result<Self, TsigKeyError> {
        let lower = text.trim_end_matches('.').to_ascii_lowercase();
        [Self::Sha256, Self::Sha384, Self::Sha512]
            .into_iter()
            .find(|algorithm| algorithm.text() == lower)
            .ok_or_else(|| TsigKeyError::Algorithm(text.into()))
    }
}

/// Why a key cannot be used. Never holds the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TsigKeyError {
    /// An algorithm that is not supported.
    #[error("TSIG algorithm `{0}` is not supported: use hmac-sha256, hmac-sha384 or hmac-sha512")]
    Algorithm(String),
    /// A secret that is not base64.
    #[error("the secret of the TSIG key `{0}` is not base64 with its padding")]
    Secret(String),
    /// An empty secret.
    #[error("the secret of the TSIG key `{0}` is empty")]
    Empty(String),
    /// A key name that is no domain name.
    #[error("the name of a TSIG key is a domain name, and this is none: {0}")]
    Name(String),
}

/// A key shared with a server.
#[derive(Clone)]
pub struct TsigKey {
    /// The name both sides know it by.
    pub name: Name,
    /// The algorithm it is used with.
    pub algorithm: TsigAlgorithm,
    /// The secret.
    pub secret: SecretSlice<u8>,
}

impl TsigKey {
    /// A key from its texts: a name (a final dot may be missing), an algorithm, and the secret in base64,
    /// white space allowed.
    ///
    /// # Errors
    /// [`TsigKeyError`].
    pub fn parse(name: &str, algorithm: &str, secret: &SecretString) -> Result<Self, TsigKeyError> {
        let algorithm = algorithm.parse()?;
        let shown = name;
        let name =
            Name::parse(name, Some(&Name::root())).map_err(|error| TsigKeyError::Name(error.to_string()))?;
        let mut text: Vec<u8> = secret.expose_secret().bytes().collect();
        text.retain(|byte| !byte.is_ascii_whitespace());
        let decoded = data_encoding::BASE64.decode(&text);
        text.fill(0);
        let decoded = decoded.map_err(|_| TsigKeyError::Secret(shown.into()))?;
        if decoded.is_empty() {
            return Err(TsigKeyError::Empty(shown.into()));
        }
        Ok(Self { name, algorithm, secret: SecretSlice::from(decoded) })
    }

    pub(super) fn hmac(&self) -> hmac::Key {
        hmac::Key::new(self.algorithm.ring(), self.secret.expose_secret())
    }
}

impl fmt::Debug for TsigKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TsigKey({} {}, secret redacted)", self.name, self.algorithm)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_shows_its_secret() {
        let secret = SecretString::from("c2VjcmV0IHNlY3JldA==");
        let key = TsigKey::parse("ci", "HMAC-SHA256.", &secret).unwrap();
        let shown = format!("{key:?}");
        assert_eq!(shown, "TsigKey(ci. hmac-sha256, secret redacted)");
        let error = TsigKey::parse("ci", "hmac-sha256", &SecretString::from("hunter2!")).unwrap_err();
        assert!(!error.to_string().contains("hunter2"), "{error}");
    }

    #[test]
    fn weak_algorithms_and_empty_secrets_are_refused() {
        let secret = SecretString::from("c2VjcmV0");
        assert!(matches!(TsigKey::parse("k", "hmac-md5", &secret), Err(TsigKeyError::Algorithm(_))));
        assert!(matches!(
            TsigKey::parse("k", "hmac-sha512", &SecretString::from(" ")),
            Err(TsigKeyError::Empty(_))
        ));
    }
}
