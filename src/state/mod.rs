//! What a run leaves behind: locks, journals, receipts, inventories.
//!
//! ```text
//! .dnsure/ or s3://BUCKET/PREFIX/
//!   locks/ZONE@PROVIDER.json                who is writing, until when
//!   journals/ZONE@PROVIDER/RUN/000001.json  what was decided, create-only and numbered
//!   receipts/RUN.json                       the proof after an apply
//!   inventory/ZONE@PROVIDER.json            what the files declared at the last apply
//!   closed/ZONE@PROVIDER/RUN                buckets only: this journal need not be read again
//!   conditions.json                         buckets only: what the store is tried on
//! ```
//!
//! In a directory every file is written whole: to a temporary name, synced, then linked
//! (create-only) or renamed (replace) into place, and the directory synced. In a bucket an object
//! is whole anyway; journals are created and locks changed by conditional writes.

#[cfg(feature = "buckets")]
pub mod bucket;
pub mod directory;
pub mod error;
pub mod identity;
pub mod inventory;
pub mod journal;
pub mod lock;
pub mod named;
pub mod place;
pub mod store;
pub mod target;

pub use directory::StateDirectory;
pub use error::StateError;
pub use journal::Journal;
pub use lock::{Lock, LockError};
pub use place::Place;
pub use store::{State, Versioned};
pub use target::TargetId;
