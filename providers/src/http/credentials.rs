//! Who asks: headers that are made anew for each try, since tokens run out and signatures
//! hold the time.

use super::HeaderValue;
use crate::backend::BackendError;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// A request as it will be sent, before it says who asks.
#[derive(Debug, Clone, Copy)]
pub struct Unsigned<'a> {
    /// The method.
    pub method: &'a Method,
    /// The whole URL, percent-encoded.
    pub url: &'a str,
    /// The headers so far.
    pub headers: &'a HeaderMap,
    /// The body; empty where there is none.
    pub body: &'a [u8],
}

/// What one request is sent with.
#[derive(Debug, Default)]
pub struct Proof {
    /// Headers to add; they never get into a log or an error.
    pub headers: HeaderMap,
    /// Texts that are blotted out wherever a server repeats them.
    pub secrets: Vec<SecretString>,
}

/// Makes the headers that prove who asks.
#[async_trait::async_trait]
pub trait Credentials: Send + Sync + fmt::Debug {
    /// The headers for `request`. Is asked for each try, so it keeps what stays good for a while.
    ///
    /// # Errors
    /// [`BackendError::Unauthorised`] or [`BackendError::Unreachable`], whose words say where the
    /// credentials come from and what to check.
    async fn prove(&self, request: Unsigned<'_>) -> Result<Proof, BackendError>;
}

/// No credentials at all.
#[derive(Debug)]
pub(super) struct Nobody;

#[async_trait::async_trait]
impl Credentials for Nobody {
    async fn prove(&self, _request: Unsigned<'_>) -> Result<Proof, BackendError> {
        Ok(Proof::default())
    }
}

/// One secret in one header, the same for every request.
pub(super) struct Fixed {
    name: HeaderName,
    value: HeaderValue,
    secret: SecretString,
}

impl Fixed {
    /// `secret` after `prefix` in the header `name`.
    ///
    /// # Errors
    /// [`BackendError::Setup`] for a secret that no header can hold.
    pub(super) fn new(name: HeaderName, prefix: &str, secret: SecretString) -> Result<Self, BackendError> {
        let value = sensitive(&format!("{prefix}{}", secret.expose_secret())).ok_or_else(|| {
            let reason =
                "the secret holds characters that no HTTP header may hold: check it for line ends".into();
            BackendError::Setup { what: name.to_string(), reason }
        })?;
        Ok(Self { name, value, secret })
    }

    pub(super) fn secret(&self) -> SecretString {
        self.secret.clone()
    }
}

impl fmt::Debug for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a secret in {}", self.name)
    }
}

#[async_trait::async_trait]
impl Credentials for Fixed {
    async fn prove(&self, _request: Unsigned<'_>) -> Result<Proof, BackendError> {
        let mut headers = HeaderMap::new();
        headers.insert(self.name.clone(), self.value.clone());
        Ok(Proof { headers, secrets: vec![self.secret.clone()] })
    }
}

/// A header value that prints as `Sensitive`; `None` where no header can hold the text.
#[must_use]
pub fn sensitive(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}
