//! Signing and verifying with a shared key (TSIG, RFC 8945).

mod key;
mod record;
mod sign;
#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic)]
mod tests;
mod verify;

pub(super) use sign::{now, sign};
pub(super) use verify::Verifier;

pub use key::{TsigAlgorithm, TsigKey, TsigKeyError};

/// When a message was signed, by the clock of the signer.
pub(super) fn signed_at(message: &[u8], raw: &super::message::RawRecord) -> Option<u64> {
    record::TsigRecord::read(message, raw).ok().map(|record| record.time)
}

/// Why a signature does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TsigFailure {
    /// BADKEY: the server does not know the key.
    #[error(
        "the server does not know the key `{key}` with {algorithm} (BADKEY): check name and algorithm on both sides"
    )]
    UnknownKey {
        /// The key name.
        key: String,
        /// The algorithm.
        algorithm: TsigAlgorithm,
    },
    /// BADSIG: the server has the key with another secret.
    #[error(
        "the server does not accept the signature made with the key `{key}` (BADSIG): the secrets differ"
    )]
    WrongSecret {
        /// The key name.
        key: String,
    },
    /// BADTIME: the clocks differ by more than the fudge.
    #[error(
        "the clocks differ: here it is {here}, at the server {server} (seconds since 1970), and {fudge} s are allowed (BADTIME): set the clock that is wrong"
    )]
    Clock {
        /// Our time, in seconds since 1970.
        here: u64,
        /// The server's time, in seconds since 1970.
        server: u64,
        /// The allowed difference in seconds.
        fudge: u16,
    },
    /// Another TSIG error of the server.
    #[error(
        "the server does not accept the signature made with the key `{key}` (TSIG error {code}): {meaning}"
    )]
    Refused {
        /// The key name.
        key: String,
        /// The TSIG error code (RFC 8945 3).
        code: u16,
        /// What it means and what to do.
        meaning: &'static str,
    },
    /// The answer is not signed although the request was.
    #[error("the answer is not signed with the key `{key}`: it is not to be trusted")]
    Unsigned {
        /// The key name.
        key: String,
    },
    /// The answer's signature is wrong.
    #[error("the signature of the answer, by the key `{key}`, is wrong: {reason}")]
    BadAnswer {
        /// The key name.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl TsigFailure {
    /// Whether the server says that it did not accept the request's signature, and so did nothing.
    #[must_use]
    pub const fn is_refusal(&self) -> bool {
        matches!(
            self,
            Self::UnknownKey { .. } | Self::WrongSecret { .. } | Self::Refused { .. } | Self::Clock { .. }
        )
    }
}
