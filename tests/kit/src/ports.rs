//! Free ports on 127.0.0.1, UDP and TCP alike, that no other test process takes meanwhile.
//!
//! A lease is a socket bound to the same port on 127.0.0.2: whoever holds it may use the port on
//! 127.0.0.1. It ends with the process, however that ends, and daemons never meet it. Ports stay
//! below the kernel's ephemeral range, from which the prober's questions come.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};

const LOWEST: u64 = 10_000;
const HIGHEST: u64 = 32_000;

/// A port on 127.0.0.1 that is ours until this is dropped.
#[derive(Debug)]
pub struct Lease {
    addr: SocketAddr,
    _token: UdpSocket,
}

impl Lease {
    /// The address to listen on.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }
}

/// Reserves an address, for a server that others must know before it starts.
pub fn reserve() -> Lease {
    (0..10_000).find_map(|_| try_reserve()).expect("no free port on 127.0.0.1 between 10000 and 32000")
}

fn try_reserve() -> Option<Lease> {
    let port = LOWEST + RandomState::new().build_hasher().finish() % (HIGHEST - LOWEST);
    let port = u16::try_from(port).ok()?;
    let token = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 2), port)).ok()?;
    let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    UdpSocket::bind(addr).ok()?;
    TcpListener::bind(addr).ok()?;
    Some(Lease { addr, _token: token })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leases_differ() {
        let leases: Vec<Lease> = (0..200).map(|_| reserve()).collect();
        let mut ports: Vec<u16> = leases.iter().map(|lease| lease.addr().port()).collect();
        ports.sort_unstable();
        ports.dedup();
        assert_eq!(ports.len(), 200);
    }
}
