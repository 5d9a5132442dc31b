//! Keys: a name, an algorithm and a secret that never shows.

use dnsure_zones::Name;
use secrecy::SecretSlice;
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

impl fmt::Display for TsigAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Sha256 => "hmac-sha256",
            Self::Sha384 => "hmac-sha384",
            Self::Sha512 => "hmac-sha512",
        })
    }
}

impl FromStr for TsigAlgorithm {
    type Err = TsigKeyError;

    /// Reads `hmac-sha256`, `hmac-sha384` or `hmac-sha512`, in any case, with or without a final dot.
    fn from_str(text: &str) -> Result<Self, TsigKeyError> {
        match text.trim_end_matches('.').to_ascii_lowercase().as_str() {
            "hmac-sha256" => Ok(Self::Sha256),
            "hmac-sha384" => Ok(Self::Sha384),
            "hmac-sha512" => Ok(Self::Sha512),
            _ => Err(TsigKeyError::Algorithm(text.into())),
        }
    }
}

/// Why a key cannot be used. Never holds the secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TsigKeyError {
    /// An algorithm that is not supported.
    #[error("TSIG algorithm `{0}` is not supported: use hmac-sha256, hmac-sha384 or hmac-sha512")]
    Algorithm(String),
    /// A secret that is not base64.
    #[error("the secret of the TSIG key `{0}` is not base64")]
    Secret(String),
    /// An empty secret.
    #[error("the secret of the TSIG key `{0}` is empty")]
    Empty(String),
    /// A key name that is no domain name.
    #[error("the name of the TSIG key is no domain name: {0}")]
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

impl fmt::Debug for TsigKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TsigKey({} {}, secret redacted)", self.name, self.algorithm)
    }
}
