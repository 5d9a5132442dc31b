//! Which addresses must answer for a zone.

use dnsure_providers::{Backend, BackendError};
use dnsure_zones::{Name, RecordType, Zone, rdata};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Why the servers of a zone are not known.
#[derive(Debug, thiserror::Error)]
pub enum ServersError {
    /// The provider cannot tell.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// A name server's name has no address.
    #[error(
        "the name server {server} of {zone} has no address ({reason}); mend its records, or list the addresses under `servers:` of the provider"
    )]
    NoAddress {
        /// The name server.
        server: Name,
        /// The zone.
        zone: Name,
        /// What the resolver says.
        reason: String,
    },
    /// There is nobody to ask.
    #[error("there is no name server to ask: list them under `servers:` of the provider `{provider}`")]
    Nobody {
        /// The provider.
        provider: String,
    },
}

/// The addresses of a zone's servers: the configured list, else what the provider knows,
/// else the addresses of the apex NS records.
///
/// # Errors
/// [`ServersError`]; an address that cannot be found is never left out silently.
pub async fn find(
    provider: &str,
    configured: &[SocketAddr],
    backend: &dyn Backend,
    zone: &Zone,
) -> Result<Vec<SocketAddr>, ServersError> {
    let mut found: BTreeSet<SocketAddr> = configured.iter().copied().collect();
    if found.is_empty() {
        found.extend(backend.servers(zone.apex()).await?);
    }
    if found.is_empty() {
        found.extend(of_apex_ns(zone).await?);
    }
    if found.is_empty() {
        return Err(ServersError::Nobody { provider: provider.into() });
    }
    Ok(found.into_iter().collect())
}

async fn of_apex_ns(zone: &Zone) -> Result<Vec<SocketAddr>, ServersError> {
    let mut found = Vec::new();
    let Some(ns) = zone.get(zone.apex(), RecordType::NS) else { return Ok(found) };
    for server in ns.rdatas().flat_map(|data| rdata::names(RecordType::NS, data)) {
        let own = addresses_in(zone, &server);
        if !own.is_empty() {
            found.extend(own.into_iter().map(|address| SocketAddr::new(address, 53)));
            continue;
        }
        let no_address = |reason: String| ServersError::NoAddress {
            server: server.clone(),
            zone: zone.apex().clone(),
            reason,
        };
        // A name server's name outside the zone is asked of the system's resolver; it is
        // never a name that this run is about to create.
        let resolved = tokio::net::lookup_host((server.to_string(), 53))
            .await
            .map_err(|error| no_address(error.to_string()))?;
        found.extend(resolved);
    }
    Ok(found)
}

fn addresses_in(zone: &Zone, name: &Name) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for set in zone.at(name) {
        for data in set.rdatas() {
            match set.rtype() {
                RecordType::A => {
                    found
                        .extend(<[u8; 4]>::try_from(data).map(|octets| IpAddr::from(Ipv4Addr::from(octets))));
                }
                RecordType::AAAA => {
                    found.extend(
                        <[u8; 16]>::try_from(data).map(|octets| IpAddr::from(Ipv6Addr::from(octets))),
                    );
                }
                _ => {}
            }
        }
    }
    found
}
