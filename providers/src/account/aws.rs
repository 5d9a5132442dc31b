//! Who asks: AWS's default chain of credentials, and a signature for each request (SigV4).

use crate::backend::BackendError;
use crate::http::{Credentials, HeaderMap, HeaderName, Proof, Unsigned, causes, sensitive, shown};
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials as Keys;
use aws_credential_types::provider::ProvideCredentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_http_client::{Builder, tls};
use aws_smithy_runtime_api::client::identity::Identity;
use secrecy::{ExposeSecret, SecretString};
use std::error::Error;
use std::fmt;
use std::time::{Duration, SystemTime};
use tokio::sync::{Mutex, OnceCell};

/// Keys that run out sooner are replaced before they are used.
const REFRESH_BEFORE: Duration = Duration::from_secs(300);

/// An access key that is given instead of looked for.
#[derive(Debug, Clone)]
pub struct FixedKeys {
    /// The access key id.
    pub id: String,
    /// The secret access key.
    pub secret: SecretString,
    /// The session token of temporary keys.
    pub token: Option<SecretString>,
}

/// Environment, profile (single sign-on and `credential_process` too), web identity, container,
/// instance metadata: what is found first, kept until it runs out.
pub(crate) struct Aws {
    profile: Option<String>,
    region: String,
    service: &'static str,
    chain: OnceCell<DefaultCredentialsChain>,
    keys: Mutex<Option<Keys>>,
}

impl fmt::Debug for Aws {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aws").field("profile", &self.profile).field("region", &self.region).finish()
    }
}

impl Aws {
    /// Signatures for one service. Keys that are given never run out, so that the chain is not asked.
    pub(crate) fn new(
        profile: Option<String>,
        region: String,
        service: &'static str,
        given: Option<FixedKeys>,
    ) -> Self {
        let given = given.map(|keys| {
            let [secret, token] =
                [Some(keys.secret), keys.token].map(|text| text.map(|text| text.expose_secret().to_owned()));
            Keys::new(keys.id, secret.unwrap_or_default(), token, None, "settings")
        });
        Self { profile, region, service, chain: OnceCell::new(), keys: Mutex::new(given) }
    }

    async fn chain(&self) -> &DefaultCredentialsChain {
        self.chain
            .get_or_init(|| async {
                let ring = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::Ring);
                let client = Builder::new().tls_provider(ring).build_https();
                let config = ProviderConfig::without_region().with_http_client(client);
                let region = aws_config::Region::new(self.region.clone());
                let chain = DefaultCredentialsChain::builder().configure(config).region(region);
                match &self.profile {
                    Some(profile) => chain.profile_name(profile).build().await,
                    None => chain.build().await,
                }
            })
            .await
    }

    async fn keys(&self) -> Result<Keys, BackendError> {
        let mut kept = self.keys.lock().await;
        let lasts = |keys: &Keys| keys.expiry().is_none_or(|end| end > SystemTime::now() + REFRESH_BEFORE);
        if let Some(keys) = kept.as_ref().filter(|keys| lasts(keys)) {
            return Ok(keys.clone());
        }
        let keys = self.chain().await.provide_credentials().await.map_err(|error| {
            let whose = self.profile.as_ref().map_or_else(String::new, |name| format!(" for profile `{name}`"));
            BackendError::Unauthorised {
                server: "AWS".into(),
                reason: format!(
                    "no credentials{whose} ({}); set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile, or sign in with `aws sso login`",
                    shown(&causes(&error))
                ),
            }
        })?;
        Ok(kept.insert(keys).clone())
    }
}

#[async_trait::async_trait]
impl Credentials for Aws {
    async fn prove(&self, request: Unsigned<'_>) -> Result<Proof, BackendError> {
        let keys = self.keys().await?;
        let secrets = [Some(keys.secret_access_key()), keys.session_token()];
        let secrets = secrets.into_iter().flatten().map(|secret| secret.to_owned().into()).collect();
        let identity: Identity = keys.into();
        let headers = self.signature(&identity, request).map_err(|error| BackendError::Setup {
            what: "the signature of a request".into(),
            reason: shown(&error.to_string()),
        })?;
        Ok(Proof { headers, secrets })
    }
}

impl Aws {
    fn signature(
        &self,
        identity: &Identity,
        request: Unsigned<'_>,
    ) -> Result<HeaderMap, Box<dyn Error + Send + Sync>> {
        let params = v4::SigningParams::builder()
            .identity(identity)
            .region(&self.region)
            .name(self.service)
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()?
            .into();
        let texts =
            request.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
        let body = SignableBody::Bytes(request.body);
        let signable = SignableRequest::new(request.method.as_str(), request.url, texts, body)?;
        let (instructions, _) = sign(signable, &params)?.into_parts();
        let mut headers = HeaderMap::new();
        for (name, value) in instructions.headers() {
            let value =
                sensitive(value).ok_or("the credentials hold characters that no HTTP header may hold")?;
            headers.insert(HeaderName::from_bytes(name.as_bytes())?, value);
        }
        Ok(headers)
    }
}
