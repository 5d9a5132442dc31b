//! From the names of a provider's servers to their addresses.

use crate::backend::BackendError;
use std::net::SocketAddr;

/// Every address of `hosts`, port 53, by the system's resolver. `what` says whose servers they are.
///
/// # Errors
/// [`BackendError::Setup`] for a name without an address: one that cannot be found is never left
/// out silently.
pub async fn addresses(what: &str, hosts: &[String]) -> Result<Vec<SocketAddr>, BackendError> {
    let mut found = Vec::new();
    for host in hosts {
        let resolved = tokio::net::lookup_host((host.as_str(), 53)).await;
        let resolved = resolved.map_err(|error| BackendError::Setup {
            what: what.to_owned(),
            reason: format!(
                "its name server {} has no address ({error}); list the addresses under `servers:` of the provider",
                crate::http::shown(host)
            ),
        })?;
        found.extend(resolved);
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// The addresses that settings give; where they give none, those of the servers that `named` gives.
///
/// # Errors
/// As [`addresses`], and those of `named`.
pub async fn given_or(
    given: &[SocketAddr],
    what: &str,
    named: impl Future<Output = Result<Vec<String>, BackendError>>,
) -> Result<Vec<SocketAddr>, BackendError> {
    if given.is_empty() { addresses(what, &named.await?).await } else { Ok(given.to_vec()) }
}
