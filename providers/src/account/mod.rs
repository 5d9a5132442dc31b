//! Who asks: the credentials of three clouds, whichever of their services is asked.
//!
//! Each gets its tokens or keys in all the ways of its cloud, keeps them until they are about to run out, and is
//! handed to [`crate::http::Http::with_credentials`].

#[cfg(feature = "route53")]
pub(crate) mod aws;
#[cfg(feature = "azure-dns")]
pub(crate) mod entra;
#[cfg(feature = "cloud-dns")]
pub(crate) mod google;
#[cfg(feature = "cloud-dns")]
pub use google::GoogleTokens;
