//! One request, and what was answered.

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use std::time::Duration;

/// Headers by which services name a request in their own logs.
const REQUEST_IDS: &[&str] =
    &["x-amzn-requestid", "x-ms-request-id", "cf-ray", "x-guploader-uploadid", "x-request-id", "request-id"];

/// One request.
#[derive(Debug, Clone)]
pub struct Call {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Vec<u8>>,
    pub(super) headers: HeaderMap,
}

impl Call {
    /// A request without a body; `path` starts with `/` and is percent-encoded.
    #[must_use]
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self { method, path: path.into(), body: None, headers: HeaderMap::new() }
    }

    /// A GET of `path`.
    #[must_use]
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// Adds a JSON body.
    #[must_use]
    pub fn json(self, body: Vec<u8>) -> Self {
        self.body("application/json", body)
    }

    /// Adds a body of this media type.
    #[must_use]
    pub fn body(mut self, media_type: &'static str, body: Vec<u8>) -> Self {
        self.headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        self.body = Some(body);
        self
    }

    /// Adds a header of this one request.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Whether nothing changes by it (RFC 9110 9.2.1).
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.method.is_safe()
    }
}

/// What a server answered, whatever its status.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    pub(super) headers: HeaderMap,
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

    /// A header, where it is text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The service's own name for the request, fit to be shown.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        let id = REQUEST_IDS.iter().find_map(|name| self.header(name))?;
        Some(super::shown(&id.chars().take(80).collect::<String>()))
    }

    /// How long the server asks to wait; a date in it is not understood and counts as none.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}
