//! Route 53 as others have built it: ministack and moto, each a process of its own from the oracles'
//! environment. Where they differ from the service stands in [`crate::cloud::route53`].

use std::ops::Deref;

use super::Server;
use super::server::Ready;
use crate::octodns::{oracle_program, oracles_python};
use crate::process::{Launch, find};

/// A running Route 53 without a name server.
#[derive(Debug)]
pub struct Aws {
    server: Server,
}

impl Deref for Aws {
    type Target = Server;

    fn deref(&self) -> &Server {
        &self.server
    }
}

impl Aws {
    /// ministack: batches are atomic, deletions are compared.
    pub fn ministack() -> Self {
        let server = Server::launch("ministack", None, &Ready::Path("/2013-04-01/hostedzone"), |_, addr| {
            let settings = [
                format!("GATEWAY_PORT={}", addr.port()),
                "BIND_HOST=127.0.0.1".to_owned(),
                "SERVICES=route53".to_owned(),
                "IOT_MTLS_ENABLED=0".to_owned(),
            ];
            let program = oracle_program("ministack").display().to_string();
            Launch { program: find("env"), arguments: [settings.as_slice(), &[program]].concat() }
        });
        Self { server }
    }

    /// moto: counts the records of a batch.
    pub fn moto() -> Self {
        let server = Server::launch("moto", None, &Ready::Path("/2013-04-01/hostedzone"), |_, addr| {
            let words = ["-H", "127.0.0.1", "-p", &addr.port().to_string()].map(str::to_owned);
            let script = oracle_program("moto_server").display().to_string();
            Launch { program: oracles_python(), arguments: [&[script], words.as_slice()].concat() }
        });
        Self { server }
    }

    /// Where it is.
    pub fn url(&self) -> String {
        format!("http://{}", self.addr())
    }
}
