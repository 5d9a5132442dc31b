//! Unbound, a caching resolver in front of one name server: what the world sees of a change.

use std::net::SocketAddr;
use std::time::Duration;

use super::Server;
use super::server::Ready;
use super::settings::write;
use crate::process::Launch;
use crate::query::{Answer, exchange_udp, name_wire, parse, question};

/// How long it may take to answer; it may have to ask the name server first.
const WAIT: Duration = Duration::from_secs(5);

/// The bit of a question that asks for recursion (RFC 1035 4.1.1).
const RECURSION_DESIRED: u8 = 1;

/// A resolver that caches what one name server says, no longer and no shorter than it says.
#[derive(Debug)]
pub struct Unbound {
    server: Server,
}

impl Unbound {
    /// Starts one that asks `authority` for everything below `apex`. It validates nothing,
    /// fetches nothing ahead, serves nothing that has expired.
    pub fn in_front_of(apex: &str, authority: SocketAddr) -> Self {
        let server = Server::launch("Unbound", None, &Ready::Anything, |directory, addr| {
            let conf = format!(
                "server:\n  interface: {ip}@{port}\n  port: {port}\n  username: \"\"\n  chroot: \"\"\n  \
                 directory: \"{here}\"\n  pidfile: \"\"\n  use-syslog: no\n  do-daemonize: no\n  num-threads: 1\n  \
                 do-ip6: no\n  do-not-query-localhost: no\n  access-control: 127.0.0.0/8 allow_snoop\n  \
                 module-config: \"iterator\"\n  cache-min-ttl: 0\n  cache-max-ttl: 86400\n  \
                 prefetch: no\n  serve-expired: no\n  local-zone: \"{apex}\" nodefault\n  local-zone: \"test.\" nodefault\n\
                 remote-control:\n  control-enable: no\n\
                 stub-zone:\n  name: \"{apex}\"\n  stub-addr: {authority_ip}@{authority_port}\n  stub-prime: no\n",
                ip = addr.ip(),
                port = addr.port(),
                here = directory.display(),
                authority_ip = authority.ip(),
                authority_port = authority.port(),
            );
            write(directory, "unbound.conf", &conf);
            Launch::new("unbound", ["-d", "-c", "unbound.conf"])
        });
        Self { server }
    }

    /// The process.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// What a client of it gets; asking makes it cache.
    ///
    /// Panics when it does not answer.
    pub fn ask(&self, name: &str, rtype: u16) -> Answer {
        let name = name_wire(name);
        let id = 0x1d05;
        let mut bytes = question(id, &name, rtype, None);
        bytes[2] |= RECURSION_DESIRED;
        let answer =
            exchange_udp(self.server.addr(), &bytes, WAIT).unwrap_or_else(|error| panic!("Unbound: {error}"));
        parse(&answer, id, &name, rtype).unwrap_or_else(|error| panic!("Unbound: {error}"))
    }
}
