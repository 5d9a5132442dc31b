//! Access tokens: made elsewhere, or fetched by Google's own library in all the ways of application
//! default credentials.

use crate::backend::BackendError;
use crate::http::{Credentials, HeaderMap, HeaderValue, Proof, Unsigned, causes, sensitive, shown, use_ring};
use google_cloud_auth::credentials::service_account::AccessSpecifier;
use google_cloud_auth::credentials::{
    Builder, CacheableResource, Credentials as Google, external_account, impersonated, service_account,
    user_account,
};
use reqwest::header::AUTHORIZATION;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::OnceCell;

/// How long a token may take to come. Where no credentials are set up, Google's library looks for the
/// metadata server of a machine that may be none of Google's.
const PATIENCE: Duration = Duration::from_secs(30);

/// Who asks.
#[derive(Debug, Clone)]
pub enum GoogleAccount {
    /// Application default credentials: `GOOGLE_APPLICATION_CREDENTIALS`, what `gcloud auth
    /// application-default login` wrote, the metadata server.
    Default,
    /// A file of credentials: a service account's key, workload identity federation, impersonation,
    /// a user's.
    File(PathBuf),
    /// An access token that somebody else has made.
    Token(SecretString),
}

/// What tokens are for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scopes {
    pub(crate) reading: &'static str,
    pub(crate) writing: &'static str,
}

/// The tokens of one account. They are for reading alone until something is to be written.
pub(crate) struct Account {
    source: GoogleAccount,
    scopes: Scopes,
    writes: AtomicBool,
    reading: OnceCell<Google>,
    writing: OnceCell<Google>,
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl Account {
    /// Tokens of `source`; fetches none yet.
    ///
    /// # Errors
    /// [`BackendError::Setup`] for a token that no header can hold.
    pub(crate) fn new(source: GoogleAccount, scopes: Scopes) -> Result<Self, BackendError> {
        if let GoogleAccount::Token(token) = &source
            && (token.expose_secret().is_empty() || bearer(token).is_none())
        {
            let reason = "it is empty or holds line ends: check where it is taken from".into();
            return Err(BackendError::Setup { what: "token".into(), reason });
        }
        Ok(Self::of(source, scopes))
    }

    fn of(source: GoogleAccount, scopes: Scopes) -> Self {
        let (reading, writing) = (OnceCell::new(), OnceCell::new());
        Self { source, scopes, writes: AtomicBool::new(false), reading, writing }
    }

    /// From now on tokens may write.
    pub(crate) fn will_write(&self) {
        self.writes.store(true, Ordering::Relaxed);
    }

    /// The library's headers; it keeps a token until shortly before it runs out.
    async fn fetched(&self) -> Result<HeaderMap, String> {
        let (cell, scope) = match self.writes.load(Ordering::Relaxed) {
            true => (&self.writing, self.scopes.writing),
            false => (&self.reading, self.scopes.reading),
        };
        let google = cell.get_or_try_init(|| async { open(&self.source, scope) }).await?;
        let headers = tokio::time::timeout(PATIENCE, google.headers(Default::default())).await;
        match headers.map_err(|_| format!("no access token came within {} s", PATIENCE.as_secs()))? {
            Ok(CacheableResource::New { data, .. }) => Ok(data),
            Ok(CacheableResource::NotModified) => Err("no access token came".into()),
            Err(error) => Err(causes(&error)),
        }
    }
}

/// Application default credentials for another of Google's services: the token to be sent now.
#[derive(Debug)]
pub struct GoogleTokens(Account);

impl GoogleTokens {
    /// Tokens of this scope, which is a URL; fetches none yet.
    #[must_use]
    pub fn of(scope: &'static str) -> Self {
        Self(Account::of(GoogleAccount::Default, Scopes { reading: scope, writing: scope }))
    }

    /// A token that is good for some minutes at least.
    ///
    /// # Errors
    /// In words: where it was looked for, and what to set up.
    pub async fn token(&self) -> Result<SecretString, String> {
        let headers = self.0.fetched().await.map_err(|reason| {
            let how =
                "`gcloud auth application-default login` or GOOGLE_APPLICATION_CREDENTIALS sets them up";
            format!("{} gave no token ({how}): {}", self.0, shown(&reason))
        })?;
        let text = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Ok(text.strip_prefix("Bearer ").unwrap_or(text).into())
    }
}

#[async_trait::async_trait]
impl Credentials for Account {
    async fn prove(&self, request: Unsigned<'_>) -> Result<Proof, BackendError> {
        if !request.method.is_safe() {
            self.will_write();
        }
        let mut headers = match &self.source {
            GoogleAccount::Token(token) => {
                bearer(token).map(|value| (AUTHORIZATION, value)).into_iter().collect()
            }
            _ => self
                .fetched()
                .await
                .map_err(|reason| BackendError::Setup { what: self.to_string(), reason: shown(&reason) })?,
        };
        let mut secrets = Vec::new();
        if let Some(value) = headers.get_mut(AUTHORIZATION) {
            value.set_sensitive(true);
            let text = value.to_str().unwrap_or_default();
            let token = text.strip_prefix("Bearer ").unwrap_or(text);
            secrets.push(SecretString::from(token));
        }
        Ok(Proof { headers, secrets })
    }
}

/// Where tokens come from, for messages.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            GoogleAccount::Default => f.write_str("application default credentials"),
            GoogleAccount::File(path) => write!(f, "the credentials in {}", path.display()),
            GoogleAccount::Token(_) => f.write_str("the token"),
        }
    }
}

fn bearer(token: &SecretString) -> Option<HeaderValue> {
    sensitive(&format!("Bearer {}", token.expose_secret()))
}

fn open(source: &GoogleAccount, scope: &str) -> Result<Google, String> {
    // The library signs with the TLS provider of the process and panics where there is none.
    use_ring();
    match source {
        GoogleAccount::File(path) => from_file(path, scope),
        GoogleAccount::Default | GoogleAccount::Token(_) => {
            let built = Builder::default().with_scopes([scope]).build();
            built.map_err(|error| {
                let hint = "run `gcloud auth application-default login`, or name a file under `credentials:`";
                format!("{}; {hint}", causes(&error))
            })
        }
    }
}

fn from_file(path: &Path, scope: &str) -> Result<Google, String> {
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    // serde's words could quote a secret.
    let json: Value = serde_json::from_str(&text)
        .map_err(|error| format!("line {} is no JSON: download the file again", error.line()))?;
    let built = match json.get("type").and_then(Value::as_str).unwrap_or_default() {
        "service_account" => service_account::Builder::new(json)
            .with_access_specifier(AccessSpecifier::from_scopes([scope]))
            .build(),
        "external_account" => external_account::Builder::new(json).with_scopes([scope]).build(),
        "impersonated_service_account" => impersonated::Builder::new(json).with_scopes([scope]).build(),
        "authorized_user" => user_account::Builder::new(json).with_scopes([scope]).build(),
        other => {
            return Err(format!(
                "`type` is `{}`: it must be service_account, external_account, impersonated_service_account or \
                 authorized_user",
                shown(other)
            ));
        }
    };
    built.map_err(|error| causes(&error))
}
