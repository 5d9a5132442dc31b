//! From a URL and the environment to a client.

use super::super::place::{BucketUrl, Service};
use super::{google, reason};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey, S3ConditionalPut};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{BackoffConfig, ClientConfigKey, ObjectStore, RetryConfig};
use std::sync::Arc;
use std::time::Duration;

/// Time-outs of one request, whatever the environment says: an apply must not hang.
const TIMES: [(ClientConfigKey, &str); 2] =
    [(ClientConfigKey::ConnectTimeout, "5s"), (ClientConfigKey::Timeout, "8s")];

const USER_AGENT: (ClientConfigKey, &str) =
    (ClientConfigKey::UserAgent, concat!("dnsure/", env!("CARGO_PKG_VERSION")));

/// The variables of this process that are text.
pub(super) fn environment() -> impl Iterator<Item = (String, String)> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
}

/// Opens the bucket with the credentials in `variables`; nothing is asked of it yet.
pub(super) fn open(
    url: &BucketUrl,
    variables: impl Iterator<Item = (String, String)>,
) -> Result<Arc<dyn ObjectStore>, String> {
    // A second provider in one process changes nothing, so the first may stay.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let given = |prefixes: &'static [&'static str]| {
        variables
            .filter(|(name, _)| prefixes.iter().any(|prefix| name.starts_with(prefix)))
            .map(|(name, value)| (name.to_ascii_lowercase(), value))
    };
    let ours = TIMES.into_iter().chain([USER_AGENT]);
    let bucket = url.bucket.as_str();
    let opened: object_store::Result<Arc<dyn ObjectStore>> = match url.service {
        Service::S3 => {
            let keys = given(&["AWS_"]).filter_map(|(name, value)| Some((name.parse().ok()?, value)));
            let ours = ours.map(|(key, value)| (AmazonS3ConfigKey::Client(key), value.to_owned()));
            keys.chain(ours)
                .fold(AmazonS3Builder::new(), |builder, (key, value)| builder.with_config(key, value))
                .with_bucket_name(bucket)
                .with_conditional_put(S3ConditionalPut::ETagMatch)
                .with_retry(retries())
                .build()
                .map(|store| Arc::new(store) as Arc<dyn ObjectStore>)
        }
        Service::Gcs => {
            let keys: Vec<(GoogleConfigKey, String)> = given(&["GOOGLE_", "SERVICE_ACCOUNT"])
                .filter_map(|(name, value)| Some((name.parse().ok()?, value)))
                .collect();
            let ours = ours.map(|(key, value)| (GoogleConfigKey::Client(key), value.to_owned()));
            let (builder, keys) = google::credentials(GoogleCloudStorageBuilder::new(), keys);
            keys.into_iter()
                .chain(ours)
                .fold(builder, |builder, (key, value)| builder.with_config(key, value))
                .with_bucket_name(bucket)
                .with_retry(retries())
                .build()
                .map(|store| Arc::new(store) as Arc<dyn ObjectStore>)
        }
        Service::Azure => {
            let keys = given(&["AZURE_"]).filter_map(|(name, value)| Some((name.parse().ok()?, value)));
            let ours = ours.map(|(key, value)| (AzureConfigKey::Client(key), value.to_owned()));
            keys.chain(ours)
                .fold(MicrosoftAzureBuilder::new(), |builder, (key, value)| builder.with_config(key, value))
                .with_container_name(bucket)
                .with_retry(retries())
                .build()
                .map(|store| Arc::new(store) as Arc<dyn ObjectStore>)
        }
    };
    opened.map_err(|error| format!("the settings in the environment do not do: {}", reason::of(&error)))
}

/// What the client repeats by itself: server errors, and requests that are safe to repeat.
fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(200),
            max_backoff: Duration::from_secs(2),
            base: 2.0,
        },
        max_retries: 3,
        retry_timeout: Duration::from_secs(15),
    }
}
