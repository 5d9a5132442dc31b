//! The one HTTP layer every provider API is reached through.
//!
//! Reads are repeated on lost connections, 429 and 5xx, with growing, jittered waits or
//! the wait the server asks for. A write is sent once, or until it is let in where 429 says
//! that nothing was carried out: when its answer is lost the caller learns
//! [`HttpError::Lost`] and must find out by reading. TLS certificates are always
//! verified, redirects are never followed (they would carry the key elsewhere), replies
//! have a size limit, and neither the key nor raw bytes of a reply get into an error.

use crate::backend::BackendError;
use backon::{ExponentialBuilder, Retryable};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};
use std::fmt::{self, Write as _};
use std::time::Duration;

pub use reqwest::Method;

/// The largest part of a server's words that an error shows, in characters.
const SHOWN: usize = 600;

/// Waits and limits of one API.
#[derive(Debug, Clone, Copy)]
pub struct HttpSettings {
    /// How long connecting may take, TLS included.
    pub connect: Duration,
    /// How long the server may be silent.
    pub silence: Duration,
    /// How long a whole request may take.
    pub total: Duration,
    /// How often a read is repeated after the first try.
    pub repeats: usize,
    /// The first wait between two tries; it doubles, with jitter.
    pub first_wait: Duration,
    /// The longest wait between two tries. A server that asks for more gets no repeat.
    pub longest_wait: Duration,
    /// The largest reply that is read, in octets.
    pub largest_reply: usize,
}

impl Default for HttpSettings {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(60),
            total: Duration::from_secs(300),
            repeats: 4,
            first_wait: Duration::from_millis(250),
            longest_wait: Duration::from_secs(60),
            largest_reply: 1 << 29,
        }
    }
}

/// Why there is no reply.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// No connection came about: nothing reached the server.
    #[error("no connection: {0}")]
    NotSent(String),
    /// The request may have arrived; its answer did not.
    #[error("no answer: {0}")]
    Lost(String),
    /// The reply is larger than [`HttpSettings::largest_reply`].
    #[error("the reply is over {0} octets")]
    TooLarge(usize),
}

/// What a server answered, whatever its status.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    retry_after: Option<Duration>,
}

impl Reply {
    /// Whether the status is 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether trying again later may help: 429 or 5xx.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        self.status == 429 || self.status >= 500
    }
}

/// One request.
#[derive(Debug, Clone)]
pub struct Call {
    method: Method,
    path: String,
    body: Option<Vec<u8>>,
    headers: HeaderMap,
}

impl Call {
    /// A request without a body; `path` starts with `/` and is percent-encoded.
    #[must_use]
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), body: None, headers: HeaderMap::new() }
    }

    /// Adds a JSON body.
    #[must_use]
    pub fn json(mut self, body: Vec<u8>) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body = Some(body);
        self
    }

    /// Adds a header of this one request.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }
}

/// A connection pool to one API.
pub struct Http {
    client: Client,
    base: String,
    secret: Option<SecretString>,
    settings: HttpSettings,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http").field("base", &self.base).finish_non_exhaustive()
    }
}

impl Http {
    /// An API below `base` that wants `secret` in the header `key`, if any.
    ///
    /// # Errors
    /// [`BackendError::Setup`] for a URL or secret that cannot be used.
    pub fn new(
        base: &str,
        key: Option<(HeaderName, SecretString)>,
        settings: HttpSettings,
    ) -> Result<Self, BackendError> {
        Self::with_prefix(base, key.map(|(name, secret)| (name, "", secret)), settings)
    }

    /// An API below `base` that wants `token` as a bearer token (RFC 6750 2.1).
    ///
    /// # Errors
    /// As [`Http::new`], and for an empty token.
    pub fn bearer(base: &str, token: SecretString, settings: HttpSettings) -> Result<Self, BackendError> {
        if token.expose_secret().trim().is_empty() {
            return Err(BackendError::Setup {
                what: "token".into(),
                reason: "it is empty: check where it is taken from".into(),
            });
        }
        Self::with_prefix(base, Some((AUTHORIZATION, "Bearer ", token)), settings)
    }

    fn with_prefix(
        base: &str,
        key: Option<(HeaderName, &str, SecretString)>,
        settings: HttpSettings,
    ) -> Result<Self, BackendError> {
        let url = usable_url(base)?;
        // A second provider in one process changes nothing, so the first may stay.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut headers = HeaderMap::new();
        let mut secret = None;
        if let Some((name, prefix, value)) = key {
            let text = SecretString::from(format!("{prefix}{}", value.expose_secret()));
            let mut header =
                HeaderValue::from_str(text.expose_secret()).map_err(|_| BackendError::Setup {
                    what: name.to_string(),
                    reason:
                        "the secret holds characters that no HTTP header may hold: check it for line ends"
                            .into(),
                })?;
            header.set_sensitive(true);
            headers.insert(name, header);
            secret = Some(value);
        }
        let mut builder = Client::builder()
            .user_agent(concat!("dnsure/", env!("CARGO_PKG_VERSION")))
            .default_headers(headers)
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(settings.connect)
            .read_timeout(settings.silence)
            .timeout(settings.total);
        if is_local(&url) {
            builder = builder.no_proxy();
        }
        let client = builder
            .build()
            .map_err(|error| BackendError::Setup { what: "the HTTP client".into(), reason: reason(error) })?;
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { client, base, secret, settings })
    }

    /// The URL, for messages.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Sends a request that may be sent again: a read, or a write that does no more when it
    /// is done twice. The last reply is returned, whatever its status.
    ///
    /// # Errors
    /// [`HttpError`] of the last try.
    pub async fn repeatable(&self, call: &Call) -> Result<Reply, HttpError> {
        self.again(call, |attempt| !matches!(attempt, Attempt::Failed(HttpError::TooLarge(_)))).await
    }

    /// Sends a write, and again only after 429, by which the server says that it did nothing.
    ///
    /// # Errors
    /// As [`Http::once`].
    pub async fn once_admitted(&self, call: &Call) -> Result<Reply, HttpError> {
        self.again(call, |attempt| matches!(attempt, Attempt::Passing(Reply { status: 429, .. }))).await
    }

    async fn again(&self, call: &Call, may_repeat: fn(&Attempt) -> bool) -> Result<Reply, HttpError> {
        let waits = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(self.settings.first_wait)
            .with_max_delay(self.settings.longest_wait)
            .with_max_times(self.settings.repeats);
        let longest = self.settings.longest_wait;
        let attempt = || async {
            match self.once(call).await {
                Ok(reply) if reply.is_passing() => Err(Attempt::Passing(reply)),
                Ok(reply) => Ok(reply),
                Err(error) => Err(Attempt::Failed(error)),
            }
        };
        let end = attempt
            .retry(waits)
            .when(may_repeat)
            .adjust(move |attempt, wait| {
                let wait = wait?;
                match attempt {
                    Attempt::Passing(Reply { retry_after: Some(asked), .. }) => {
                        (*asked <= longest).then_some(wait.max(*asked))
                    }
                    _ => Some(wait),
                }
            })
            .await;
        match end {
            Ok(reply) | Err(Attempt::Passing(reply)) => Ok(reply),
            Err(Attempt::Failed(error)) => Err(error),
        }
    }

    /// Sends a request exactly once.
    ///
    /// # Errors
    /// [`HttpError`]; after [`HttpError::Lost`] nobody knows whether it was carried out.
    pub async fn once(&self, call: &Call) -> Result<Reply, HttpError> {
        let mut request = self
            .client
            .request(call.method.clone(), format!("{}{}", self.base, call.path))
            .headers(call.headers.clone());
        if let Some(body) = &call.body {
            request = request.body(body.clone());
        }
        let mut response = request.send().await.map_err(|error| {
            if error.is_connect() || error.is_builder() {
                HttpError::NotSent(reason(error))
            } else {
                HttpError::Lost(reason(error))
            }
        })?;
        let retry_after = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.trim().parse().ok())
            .map(Duration::from_secs);
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| HttpError::Lost(reason(error)))? {
            if body.len() + chunk.len() > self.settings.largest_reply {
                return Err(HttpError::TooLarge(self.settings.largest_reply));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { status, body, retry_after })
    }

    /// The status and the server's words, fit to be shown: control characters escaped, cut
    /// at 600 characters, the key blotted out. JSON `{"error": …}` shows its text only.
    #[must_use]
    pub fn words(&self, reply: &Reply) -> String {
        let text = match serde_json::from_slice::<serde_json::Value>(&reply.body) {
            Ok(serde_json::Value::Object(object)) => match object.get("error") {
                Some(serde_json::Value::String(error)) => error.clone(),
                _ => String::from_utf8_lossy(&reply.body).into_owned(),
            },
            _ => String::from_utf8_lossy(&reply.body).into_owned(),
        };
        let shown = shown(&self.without_secret(text.trim()));
        if shown.is_empty() {
            format!("HTTP {}", reply.status)
        } else {
            format!("HTTP {}: {shown}", reply.status)
        }
    }

    fn without_secret(&self, text: &str) -> String {
        match &self.secret {
            Some(secret) if !secret.expose_secret().is_empty() => {
                text.replace(secret.expose_secret(), "[secret]")
            }
            _ => text.to_owned(),
        }
    }
}

enum Attempt {
    Passing(Reply),
    Failed(HttpError),
}

fn usable_url(base: &str) -> Result<Url, BackendError> {
    let setup = |reason: &str| BackendError::Setup { what: "url".into(), reason: reason.into() };
    let url =
        Url::parse(base).map_err(|_| setup("it is no URL: write it as in https://ns1.example.net:8081"))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(setup("it must begin with https:// (or http://) and a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(setup("take the credentials out of it: secrets are given by reference only"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(setup("it must end before any `?` or `#`"));
    }
    Ok(url)
}

fn is_local(url: &Url) -> bool {
    match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback()),
        None => false,
    }
}

/// The whole chain of causes, without the URL.
fn reason(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        let inner_text = inner.to_string();
        if !text.contains(&inner_text) {
            text.push_str(": ");
            text.push_str(&inner_text);
        }
        cause = inner.source();
    }
    shown(&text)
}

/// Text of unknown origin on one line, cut at 600 characters: what would steer a terminal or
/// turn the direction of writing is escaped.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut safe = String::with_capacity(text.len().min(SHOWN));
    for (count, character) in text.chars().enumerate() {
        if count == SHOWN {
            safe.push('…');
            break;
        }
        let steers = character.is_control()
            || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
        if steers {
            safe.extend(character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// Text as one segment of a path or value of a query: all but RFC 3986's unreserved
/// characters is percent-encoded. The segments `.` and `..` mean other paths all the same.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'.' | b'-' | b'~' => {
                encoded.push(char::from(byte));
            }
            other => {
                let _ = write!(encoded, "%{other:02X}");
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests;
