//! Access tokens of Microsoft Entra, by Microsoft's own credentials over the one HTTP client.

use crate::backend::BackendError;
use crate::http::{Credentials, Proof, Unsigned, sensitive, shown, use_ring, with_causes};
use azure_core::cloud::CloudConfiguration;
use azure_core::credentials::{AccessToken, Secret, TokenCredential};
use azure_core::error::{Error, ErrorKind};
use azure_core::http::headers::Headers;
use azure_core::http::{
    AsyncRawResponse, ClientOptions, ExponentialRetryOptions, HttpClient, Request, RetryOptions, Transport,
};
use azure_core::time::{Duration, OffsetDateTime};
use azure_identity::{
    AzureCliCredential, AzureCliCredentialOptions, ClientAssertionCredentialOptions, ClientSecretCredential,
    ClientSecretCredentialOptions, ManagedIdentityCredential, ManagedIdentityCredentialOptions,
    UserAssignedId, WorkloadIdentityCredential, WorkloadIdentityCredentialOptions,
};
use reqwest::header::{AUTHORIZATION, HeaderMap};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::sync::Arc;
use tokio::sync::Mutex;

/// Who asks.
#[derive(Debug, Clone, Default)]
pub enum AzureCredentials {
    /// What the environment says: a client secret in `AZURE_TENANT_ID`, `AZURE_CLIENT_ID` and
    /// `AZURE_CLIENT_SECRET`, else the file `AZURE_FEDERATED_TOKEN_FILE`, else who is logged in to `az`.
    #[default]
    Environment,
    /// One kind, with what the environment need not say.
    Entra {
        /// The kind.
        kind: CredentialKind,
        /// The directory.
        tenant: Option<String>,
        /// The application, or the identity assigned to this machine.
        client: Option<String>,
        /// The secret of a client secret.
        secret: Option<SecretString>,
    },
    /// An access token that was made elsewhere.
    Token(SecretString),
}

/// The kinds of credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialKind {
    /// A token of another issuer in a file, exchanged at Entra: Kubernetes, GitHub Actions.
    WorkloadIdentity,
    /// An application's secret.
    ClientSecret,
    /// What this machine is in Azure.
    ManagedIdentity,
    /// Who is logged in to `az`.
    AzCli,
}

impl CredentialKind {
    /// The kind of this name in `dnsure.yaml`.
    #[must_use]
    pub fn named(text: &str) -> Option<Self> {
        [Self::WorkloadIdentity, Self::ClientSecret, Self::ManagedIdentity, Self::AzCli]
            .into_iter()
            .find(|kind| kind.name() == text)
    }

    fn name(self) -> &'static str {
        match self {
            Self::WorkloadIdentity => "workload-identity",
            Self::ClientSecret => "client-secret",
            Self::ManagedIdentity => "managed-identity",
            Self::AzCli => "az-cli",
        }
    }
}

/// Gets tokens, and keeps each until it is about to run out.
pub(crate) struct Entra {
    source: &'static str,
    scope: String,
    credential: Arc<dyn TokenCredential>,
    token: Mutex<Option<AccessToken>>,
    /// What no message may repeat.
    secret: Option<SecretString>,
}

impl fmt::Debug for Entra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Microsoft Entra ({})", self.source)
    }
}

/// The credentials for Resource Manager at `url`.
///
/// # Errors
/// [`BackendError::Setup`] where something is missing or cannot be used.
pub(crate) fn entra(credentials: &AzureCredentials, url: &str) -> Result<Entra, BackendError> {
    let variable = |name: &str| std::env::var(name).ok().filter(|text| !text.is_empty());
    let (kind, tenant, client, secret) = match credentials {
        AzureCredentials::Entra { kind, tenant, client, secret } => {
            (*kind, tenant.clone(), client.clone(), secret.clone())
        }
        AzureCredentials::Environment | AzureCredentials::Token(_) => {
            let kind = if variable("AZURE_CLIENT_SECRET").is_some() {
                CredentialKind::ClientSecret
            } else if variable("AZURE_FEDERATED_TOKEN_FILE").is_some() {
                CredentialKind::WorkloadIdentity
            } else {
                CredentialKind::AzCli
            };
            (kind, None, None, None)
        }
    };
    let tenant_or_variable = tenant.clone().or_else(|| variable("AZURE_TENANT_ID"));
    let client_or_variable = client.clone().or_else(|| variable("AZURE_CLIENT_ID"));
    let secret = secret.or_else(|| variable("AZURE_CLIENT_SECRET").map(SecretString::from));
    let setup =
        |reason: String| BackendError::Setup { what: format!("credentials ({})", kind.name()), reason };
    let missing =
        |what: &str, name: &str| setup(format!("there is no {what}: write `{what}:` or set {name}"));
    let client_options = ClientOptions {
        transport: Some(Transport::new(Arc::new(OurClient::new(kind)?))),
        cloud: cloud(url).map(Arc::new),
        retry: RetryOptions::exponential(ExponentialRetryOptions {
            max_retries: 3,
            ..ExponentialRetryOptions::default()
        }),
        ..ClientOptions::default()
    };
    let credential: azure_core::Result<Arc<dyn TokenCredential>> = match kind {
        CredentialKind::ClientSecret => {
            let tenant = tenant_or_variable.ok_or_else(|| missing("tenant", "AZURE_TENANT_ID"))?;
            let client = client_or_variable.ok_or_else(|| missing("client", "AZURE_CLIENT_ID"))?;
            let secret = secret.as_ref().ok_or_else(|| missing("secret", "AZURE_CLIENT_SECRET"))?;
            let secret = Secret::new(secret.expose_secret().to_owned());
            let options = ClientSecretCredentialOptions { client_options };
            ClientSecretCredential::new(&tenant, client, secret, Some(options)).map(|made| made as _)
        }
        CredentialKind::WorkloadIdentity => {
            WorkloadIdentityCredential::new(Some(WorkloadIdentityCredentialOptions {
                credential_options: ClientAssertionCredentialOptions { client_options },
                client_id: client_or_variable,
                tenant_id: tenant_or_variable,
                ..WorkloadIdentityCredentialOptions::default()
            }))
            .map(|made| made as _)
        }
        CredentialKind::ManagedIdentity => {
            ManagedIdentityCredential::new(Some(ManagedIdentityCredentialOptions {
                user_assigned_id: client.map(UserAssignedId::ClientId),
                client_options,
            }))
            .map(|made| made as _)
        }
        CredentialKind::AzCli => AzureCliCredential::new(Some(AzureCliCredentialOptions {
            tenant_id: tenant,
            ..AzureCliCredentialOptions::default()
        }))
        .map(|made| made as _),
    };
    let credential = credential.map_err(|error| setup(shown(&whole(&error))))?;
    let scope = format!("{}/.default", url.trim_end_matches('/'));
    Ok(Entra { source: kind.name(), scope, credential, token: Mutex::default(), secret })
}

/// An error of Microsoft's with all its causes, without the link to its documentation.
fn whole(error: &Error) -> String {
    let first = error.to_string();
    with_causes(first.split("\nTo troubleshoot").next().unwrap_or_default().to_owned(), error)
}

/// The national clouds have their own Entra; elsewhere `AZURE_AUTHORITY_HOST` counts.
fn cloud(url: &str) -> Option<CloudConfiguration> {
    match url.trim_end_matches('/') {
        "https://management.usgovcloudapi.net" => Some(CloudConfiguration::AzureGovernment),
        "https://management.chinacloudapi.cn" => Some(CloudConfiguration::AzureChina),
        _ => None,
    }
}

impl Entra {
    async fn token(&self) -> Result<AccessToken, BackendError> {
        // Azure takes a token until its last second; clocks differ, and calls wait.
        const SPARE: Duration = Duration::minutes(2);
        let mut kept = self.token.lock().await;
        if let Some(token) =
            kept.as_ref().filter(|token| token.expires_on - SPARE > OffsetDateTime::now_utc())
        {
            return Ok(token.clone());
        }
        let token = self.credential.get_token(&[&self.scope], None).await.map_err(|error| {
            let words = whole(&error);
            let secret = self.secret.as_ref().map(|secret| secret.expose_secret());
            let words = secret.map_or(words.clone(), |secret| words.replace(secret, "[secret]"));
            BackendError::Unauthorised {
                server: format!("Microsoft Entra ({})", self.source),
                reason: format!("{}; check `credentials:` and the AZURE_ variables", shown(&words)),
            }
        })?;
        *kept = Some(token.clone());
        Ok(token)
    }
}

#[async_trait::async_trait]
impl Credentials for Entra {
    async fn prove(&self, _request: Unsigned<'_>) -> Result<Proof, BackendError> {
        let token = self.token().await?;
        let token = token.token.secret();
        let value = sensitive(&format!("Bearer {token}")).ok_or_else(|| BackendError::Unauthorised {
            server: format!("{self:?}"),
            reason: "it gave a token that no header can hold".into(),
        })?;
        let headers = HeaderMap::from_iter([(AUTHORIZATION, value)]);
        Ok(Proof { headers, secrets: vec![SecretString::from(token)] })
    }
}

/// The HTTP client of this program for Microsoft's credentials: rustls on ring, no redirects.
#[derive(Debug)]
struct OurClient(reqwest::Client);

impl OurClient {
    fn new(kind: CredentialKind) -> Result<Self, BackendError> {
        use_ring();
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(std::time::Duration::from_secs(10))
            .timeout(std::time::Duration::from_secs(60));
        if kind == CredentialKind::ManagedIdentity {
            // It is asked at an address of the machine itself.
            builder = builder.no_proxy();
        }
        let client = builder.build().map_err(|error| BackendError::Setup {
            what: "the HTTP client".into(),
            reason: shown(&error.to_string()),
        })?;
        Ok(Self(client))
    }
}

#[async_trait::async_trait]
impl HttpClient for OurClient {
    async fn execute_request(&self, request: &Request) -> azure_core::Result<AsyncRawResponse> {
        let lost = |error: reqwest::Error| {
            let kind = if error.is_connect() { ErrorKind::Connection } else { ErrorKind::Io };
            Error::with_error(kind, error.without_url(), "the request was not answered")
        };
        let method = reqwest::Method::from_bytes(request.method().as_str().as_bytes())
            .map_err(|error| Error::with_message(ErrorKind::Other, error.to_string()))?;
        let mut ours = self.0.request(method, request.url().clone());
        for (name, value) in request.headers().iter() {
            ours = ours.header(name.as_str(), value.as_str());
        }
        let body: azure_core::Bytes = request.body().into();
        let reply = ours.body(body).send().await.map_err(lost)?;
        let status = reply.status().as_u16();
        let mut headers = Headers::new();
        for (name, value) in reply.headers() {
            if let Ok(value) = value.to_str() {
                headers.insert(name.as_str().to_owned(), value.to_owned());
            }
        }
        let body = reply.bytes().await.map_err(lost)?;
        Ok(AsyncRawResponse::from_bytes(status.into(), headers, body))
    }
}
