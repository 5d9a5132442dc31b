//! Who asks at Google Cloud Storage.

use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};

/// The builder with the credentials that `keys` do not give, and the keys that are left.
///
/// An account's key or a token among them is the library's matter. Else it is application default credentials,
/// and these Google's own library knows in more forms (workload identity federation, impersonation).
#[cfg(feature = "cloud-dns")]
pub(super) fn credentials(
    builder: GoogleCloudStorageBuilder,
    mut keys: Vec<(GoogleConfigKey, String)>,
) -> (GoogleCloudStorageBuilder, Vec<(GoogleConfigKey, String)>) {
    use GoogleConfigKey::{ApplicationCredentials, BearerToken, ServiceAccount, ServiceAccountKey};
    if keys.iter().any(|(key, _)| matches!(key, ServiceAccount | ServiceAccountKey | BearerToken)) {
        return (builder, keys);
    }
    keys.retain(|(key, _)| *key != ApplicationCredentials);
    (builder.with_credentials(federated::tokens()), keys)
}

/// As above; a build without Google Cloud DNS has the forms of the library for object stores only.
#[cfg(not(feature = "cloud-dns"))]
pub(super) fn credentials(
    builder: GoogleCloudStorageBuilder,
    keys: Vec<(GoogleConfigKey, String)>,
) -> (GoogleCloudStorageBuilder, Vec<(GoogleConfigKey, String)>) {
    (builder, keys)
}

#[cfg(feature = "cloud-dns")]
mod federated {
    use async_trait::async_trait;
    use dnsure_providers::account::GoogleTokens;
    use object_store::gcp::GcpCredential;
    use object_store::{CredentialProvider, Error};
    use secrecy::ExposeSecret;
    use std::sync::Arc;

    /// Reads and writes objects, and nothing of the bucket itself.
    const SCOPE: &str = "https://www.googleapis.com/auth/devstorage.read_write";

    #[derive(Debug)]
    struct Tokens(GoogleTokens);

    pub(super) fn tokens() -> Arc<dyn CredentialProvider<Credential = GcpCredential>> {
        Arc::new(Tokens(GoogleTokens::of(SCOPE)))
    }

    #[async_trait]
    impl CredentialProvider for Tokens {
        type Credential = GcpCredential;

        async fn get_credential(&self) -> object_store::Result<Arc<GcpCredential>> {
            let token = self.0.token().await;
            let token = token.map_err(|reason| Error::Generic { store: "GCS", source: reason.into() })?;
            Ok(Arc::new(GcpCredential { bearer: token.expose_secret().to_owned() }))
        }
    }
}
