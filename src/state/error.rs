//! What can go wrong with state.

use std::io;

/// Why state cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// The file system said no.
    #[error(
        "cannot {action} {path}: {source}; free space or fix permissions there, then run the same command again"
    )]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: String,
        /// What the system said.
        source: io::Error,
    },
    /// A file that is not what it should be.
    #[error("{path} is damaged ({reason}); move it away, and compare live and files with `dnsure plan`")]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// An object store said no, or said nothing.
    #[error("cannot {action} {place}: {reason}; when that is mended, run the same command again")]
    Store {
        /// What was tried.
        action: &'static str,
        /// The object.
        place: String,
        /// What the store said, without secrets.
        reason: String,
    },
    /// An object store that lets two writers through where one may pass.
    #[error(
        "{place} takes no heed of conditions ({reason}), so no lock holds there; keep state in a store that honours `If-None-Match` and `If-Match` on PUT, or in a directory"
    )]
    Unconditional {
        /// The store.
        place: String,
        /// What it did.
        reason: &'static str,
    },
    /// Others change an object again and again.
    #[error("{place} changes faster than it can be written; look who does that with `dnsure unlock`")]
    Contended {
        /// The object.
        place: String,
    },
    /// A numbered entry exists already: another run writes to the same journal.
    #[error("{path} exists already: another run has taken this journal over; this run stops here")]
    Fenced {
        /// The file.
        path: String,
    },
}
