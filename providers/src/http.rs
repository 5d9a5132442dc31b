//! The one HTTP layer every provider API is reached through.
//!
//! Reads are repeated on lost connections, 429 and 5xx, with growing, jittered waits or
//! the wait the server asks for. A write is sent once, or until it is let in where 429 says
//! that nothing was carried out: when its answer is lost the caller learns
//! [`HttpError::Lost`] and must find out by reading. TLS certificates are always
//! verified, redirects are never followed (they would carry the key elsewhere), replies
//! have a size limit, and neither the key nor raw bytes of a reply get into an error.

mod answers;
mod call;
mod clock;
mod credentials;
mod dialect;
mod link;
mod numbered;
mod pace;
mod pages;
mod text;
mod traffic;
#[cfg(feature = "route53")]
pub(crate) mod xml;

use crate::backend::{BackendError, WriteEnd};
use backon::{ExponentialBuilder, Retryable};
use governor::RateLimiter;
use governor::clock::DefaultClock;
use governor::state::{InMemoryState, NotKeyed};
use reqwest::header::{AUTHORIZATION, DATE};
use reqwest::{Client, Url};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

pub use call::{Call, Reply};
pub use credentials::{Credentials, Proof, Unsigned, sensitive};
pub use dialect::{Dialect, Means, Says, Told};
pub use numbered::Numbered;
pub use pace::{PerMinute, Rate};
pub use pages::Pages;
pub use reqwest::Method;
pub use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
pub(crate) use text::causes;
#[cfg(feature = "azure-dns")]
pub(crate) use text::with_causes;
pub use text::{escaped, shown};
pub use traffic::Traffic;

use credentials::{Fixed, Nobody};
use traffic::Meter;

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
    /// How many calls the account allows; `None` is no limit.
    pub rate: Option<Rate>,
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
            rate: None,
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
    /// There are no credentials to send it with: nothing was sent.
    #[error("{0}")]
    NoCredentials(String),
}

/// A connection pool to one API, for one account.
pub struct Http {
    client: Client,
    base: String,
    credentials: Arc<dyn Credentials>,
    /// What was sent last to prove who asks, to blot it out of replies.
    secrets: Mutex<Vec<SecretString>>,
    settings: HttpSettings,
    dialect: Dialect,
    rate: Option<RateLimiter<NotKeyed, InMemoryState, DefaultClock>>,
    meter: Meter,
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
        match key {
            Some((name, secret)) => Self::fixed(base, Fixed::new(name, "", secret)?, settings),
            None => Self::with_credentials(base, Arc::new(Nobody), settings),
        }
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
        Self::fixed(base, Fixed::new(AUTHORIZATION, "Bearer ", token)?, settings)
    }

    fn fixed(base: &str, credentials: Fixed, settings: HttpSettings) -> Result<Self, BackendError> {
        let secrets = Mutex::new(vec![credentials.secret()]);
        let http = Self::with_credentials(base, Arc::new(credentials), settings)?;
        Ok(Self { secrets, ..http })
    }

    /// An API below `base` whose every request is proved by `credentials`.
    ///
    /// # Errors
    /// [`BackendError::Setup`] for a URL that cannot be used.
    pub fn with_credentials(
        base: &str,
        credentials: Arc<dyn Credentials>,
        settings: HttpSettings,
    ) -> Result<Self, BackendError> {
        let url = usable_url(base)?;
        use_ring();
        let mut builder = Client::builder()
            .user_agent(concat!("dnsure/", env!("CARGO_PKG_VERSION")))
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
        let rate = settings.rate.and_then(Rate::quota).map(RateLimiter::direct);
        let (secrets, meter, dialect) = (Mutex::default(), Meter::default(), Dialect::default());
        Ok(Self { client, base, credentials, secrets, settings, dialect, rate, meter })
    }

    /// The same, for an API whose errors have meanings of their own.
    #[must_use]
    pub fn speaking(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// The URL, for messages.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The calls so far.
    #[must_use]
    pub fn traffic(&self) -> Traffic {
        self.meter.so_far()
    }

    /// Sends a request that may be sent again: a read, or a write that does no more when it
    /// is done twice. The last reply is returned, whatever its status.
    ///
    /// # Errors
    /// [`HttpError`] of the last try.
    pub async fn repeatable(&self, call: &Call) -> Result<Reply, HttpError> {
        self.again(call, |attempt| match attempt {
            Attempt::Passing(_) => true,
            Attempt::Failed(error) => matches!(error, HttpError::NotSent(_) | HttpError::Lost(_)),
        })
        .await
    }

    /// Sends a write, and again only where the server says that it did nothing
    /// ([`Means::TurnedAway`]).
    ///
    /// # Errors
    /// As [`Http::once`].
    pub async fn once_admitted(&self, call: &Call) -> Result<Reply, HttpError> {
        self.again(call, |attempt| matches!(attempt, Attempt::Passing(reply) if self.turns_away(reply))).await
    }

    async fn again(&self, call: &Call, may_repeat: impl FnMut(&Attempt) -> bool) -> Result<Reply, HttpError> {
        let waits = ExponentialBuilder::default()
            .with_jitter()
            .with_min_delay(self.settings.first_wait)
            .with_max_delay(self.settings.longest_wait)
            .with_max_times(self.settings.repeats);
        let longest = self.settings.longest_wait;
        let is_repeat = AtomicBool::new(false);
        let attempt = || async {
            if is_repeat.swap(true, Ordering::Relaxed) {
                self.meter.repeat();
            }
            match self.once(call).await {
                Ok(reply) if reply.is_passing() || self.turns_away(&reply) => Err(Attempt::Passing(reply)),
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
                    Attempt::Passing(reply) => match reply.retry_after() {
                        Some(asked) => (asked <= longest).then_some(wait.max(asked)),
                        None => Some(wait),
                    },
                    Attempt::Failed(_) => Some(wait),
                }
            })
            .await;
        match end {
            Ok(reply) | Err(Attempt::Passing(reply)) => Ok(reply),
            Err(Attempt::Failed(error)) => Err(error),
        }
    }

    /// Sends a request exactly once, as soon as the account's rate allows.
    ///
    /// # Errors
    /// [`HttpError`]; after [`HttpError::Lost`] nobody knows whether it was carried out.
    pub async fn once(&self, call: &Call) -> Result<Reply, HttpError> {
        let waiting = Instant::now();
        if let Some(rate) = &self.rate {
            rate.until_ready().await;
        }
        let held_back = waiting.elapsed();
        let url = format!("{}{}", self.base, call.path);
        let body = call.body.as_deref().unwrap_or_default();
        let unsigned = Unsigned { method: &call.method, url: &url, headers: &call.headers, body };
        let proof = self.credentials.prove(unsigned).await;
        let proof = proof.map_err(|error| HttpError::NoCredentials(error.to_string()))?;
        *self.secrets.lock().unwrap_or_else(PoisonError::into_inner) = proof.secrets;
        self.meter.call(call.is_read(), body.len(), held_back);
        let started = Instant::now();
        let end = self.send(call, url, proof.headers).await;
        self.log(call, &end, started.elapsed());
        end
    }

    async fn send(&self, call: &Call, url: String, proof: HeaderMap) -> Result<Reply, HttpError> {
        let started = Instant::now();
        let mut request =
            self.client.request(call.method.clone(), url).headers(call.headers.clone()).headers(proof);
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
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        if let Some(ahead) = date.and_then(clock::ahead) {
            self.meter.dated(ahead);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| HttpError::Lost(reason(error)))? {
            if body.len() + chunk.len() > self.settings.largest_reply {
                return Err(HttpError::TooLarge(self.settings.largest_reply));
            }
            body.extend_from_slice(&chunk);
        }
        self.meter.answer(body.len(), started.elapsed());
        Ok(Reply { status, body, headers })
    }

    /// One line for each try: no headers and no bodies, for they may hold secrets.
    fn log(&self, call: &Call, end: &Result<Reply, HttpError>, took: Duration) {
        let (method, base, path) = (&call.method, &self.base, &call.path);
        let took = took.as_millis();
        match end {
            Ok(reply) => {
                let id = reply.request_id().unwrap_or_else(|| "none".into());
                tracing::debug!(%method, status = reply.status, ms = took, request = id, "{base}{path}");
            }
            Err(error) => tracing::debug!(%method, ms = took, %error, "{base}{path}"),
        }
    }

    /// The status, the server's words and what to do, fit to be shown: control characters escaped, cut
    /// at 600 characters, secrets blotted out, with the service's name for the request. Of JSON
    /// only the texts of its errors are shown.
    #[must_use]
    pub fn words(&self, reply: &Reply) -> String {
        let text = self.dialect.text(reply);
        let shown = shown(&self.without_secrets(text.trim()));
        let mut words = format!("HTTP {}", reply.status);
        if let Some(id) = reply.request_id() {
            words.push_str(&format!(" (request {id})"));
        }
        let todo = if reply.is_success() { "" } else { self.dialect.meaning(reply).1 };
        for (sign, part) in [(": ", shown.as_str()), ("; ", todo)] {
            if !part.is_empty() {
                words.extend([sign, part]);
            }
        }
        words
    }

    /// The error for a read that got no reply.
    #[must_use]
    pub fn unreachable(&self, error: &HttpError) -> BackendError {
        let (server, reason) = (self.base.clone(), error.to_string());
        match error {
            HttpError::NoCredentials(_) => BackendError::Unauthorised { server, reason },
            _ => BackendError::Unreachable { server, reason },
        }
    }

    /// How a write ended that got no reply: refused when nothing was sent, else unknown.
    pub fn unwritten(&self, error: &HttpError) -> WriteEnd {
        let base = &self.base;
        match error {
            HttpError::NotSent(_) | HttpError::NoCredentials(_) => {
                WriteEnd::Refused { reason: format!("{base}: {error}; nothing was sent") }
            }
            HttpError::Lost(_) | HttpError::TooLarge(_) => {
                WriteEnd::Unknown { reason: format!("{base}: {error}") }
            }
        }
    }

    fn without_secrets(&self, text: &str) -> String {
        let secrets = self.secrets.lock().unwrap_or_else(PoisonError::into_inner);
        let secrets = secrets.iter().map(|secret| secret.expose_secret()).filter(|text| !text.is_empty());
        secrets.fold(text.to_owned(), |text, secret| text.replace(secret, "[secret]"))
    }
}

/// TLS is rustls on ring everywhere. A second installation in one process changes nothing, so
/// the first may stay.
pub(crate) fn use_ring() {
    let _ = rustls::crypto::ring::default_provider().install_default();
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
    shown(&causes(&error.without_url()))
}

#[cfg(test)]
mod tests;
