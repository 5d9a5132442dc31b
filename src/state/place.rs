//! Where the configuration says that state lives.

use std::fmt;
use std::path::PathBuf;

/// A directory or a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A directory, relative to the configuration.
    Directory(PathBuf),
    /// A bucket of an object store.
    Bucket(BucketUrl),
}

/// A service that keeps objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Amazon S3, or something that speaks its protocol.
    S3,
    /// Google Cloud Storage.
    Gcs,
    /// Azure Blob Storage.
    Azure,
}

impl Service {
    const ALL: [Self; 3] = [Self::S3, Self::Gcs, Self::Azure];

    /// The scheme of its URLs.
    #[must_use]
    pub fn scheme(self) -> &'static str {
        match self {
            Self::S3 => "s3",
            Self::Gcs => "gs",
            Self::Azure => "az",
        }
    }
}

/// Where in which bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketUrl {
    /// The service.
    pub service: Service,
    /// The bucket; Azure calls it container.
    pub bucket: String,
    /// What all names begin with; empty for the whole bucket.
    pub prefix: String,
}

impl fmt::Display for BucketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.service.scheme(), self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

/// Why a text is no place. It never repeats the text, which may hold a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// Another scheme.
    #[error("state cannot be kept there: the schemes are s3://, gs:// and az://")]
    Scheme,
    /// A password, key or signature.
    #[error("a state URL holds no credentials and no options: those come from the environment")]
    Credentials,
    /// No bucket, or a name that cannot be one.
    #[error("a state URL is `SCHEME://BUCKET` or `SCHEME://BUCKET/PREFIX`")]
    Form,
}

impl std::str::FromStr for Place {
    type Err = PlaceError;

    fn from_str(text: &str) -> Result<Self, PlaceError> {
        let Some((scheme, rest)) = text.split_once("://") else {
            // `s3:/bucket` was meant for a bucket; a directory of that name would be shared with nobody.
            let slipped = |service: &Service| {
                text.strip_prefix(service.scheme()).is_some_and(|rest| rest.starts_with(':'))
            };
            return if Service::ALL.iter().any(slipped) || text.is_empty() {
                Err(PlaceError::Form)
            } else {
                Ok(Self::Directory(text.into()))
            };
        };
        if rest.contains(['@', '?', '#']) {
            return Err(PlaceError::Credentials);
        }
        let service = Service::ALL.into_iter().find(|service| service.scheme() == scheme);
        let service = service.ok_or(PlaceError::Scheme)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let is_part = |part: &str| {
            !matches!(part, "" | "." | "..") && part.chars().all(|c| c.is_ascii_graphic() && c != '\\')
        };
        let is_bucket = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_');
        if bucket.is_empty()
            || !bucket.chars().all(is_bucket)
            || !(prefix.is_empty() || prefix.split('/').all(is_part))
        {
            return Err(PlaceError::Form);
        }
        Ok(Self::Bucket(BucketUrl { service, bucket: bucket.into(), prefix: prefix.into() }))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_buckets_and_everything_else_is_a_directory() {
        for url in ["s3://bucket", "gs://bucket/some/prefix", "az://container/dns"] {
            let Place::Bucket(bucket) = url.parse().unwrap() else { panic!("{url} is a bucket") };
            assert_eq!(bucket.to_string(), url);
        }
        assert_eq!("s3://b/p/".parse::<Place>().unwrap(), "s3://b/p".parse().unwrap());
        for path in [".dnsure", "/var/lib/dnsure", "../state", "C:\\state"] {
            assert_eq!(path.parse(), Ok(Place::Directory(path.into())));
        }
    }

    #[test]
    fn what_is_no_place_is_told_apart() {
        let error = |text: &str| text.parse::<Place>().unwrap_err();
        assert_eq!(error("ftp://bucket"), PlaceError::Scheme);
        assert_eq!(error("s3://key:secret@bucket/p"), PlaceError::Credentials);
        assert_eq!(error("az://container?sig=abc"), PlaceError::Credentials);
        assert_eq!(error("https://key:secret@example.com"), PlaceError::Credentials);
        for text in
            ["s3://", "s3:///p", "s3:bucket", "s3:/bucket/p", "gs://b//p", "gs://b/../p", "s3://b/a b"]
        {
            assert_eq!(error(text), PlaceError::Form, "{text}");
        }
    }
}
