//! What a run leaves behind: locks, journals, receipts, inventories.
//!
//! ```text
//! .dnsure/
//!   locks/ZONE@PROVIDER.json                who is writing, until when
//!   journals/ZONE@PROVIDER/RUN/000001.json  what was decided, create-only and numbered
//!   receipts/RUN.json                       the proof after an apply
//!   inventory/ZONE@PROVIDER.json            what the files declared at the last apply
//! ```
//!
//! Every file is written whole: to a temporary name, synced, then linked (create-only) or
//! renamed (replace) into place, and the directory synced.

pub mod directory;
pub mod journal;
pub mod lock;
pub mod store;

pub use directory::{StateDirectory, StateError, TargetId};
pub use journal::Journal;
pub use lock::{Lock, LockError};
pub use store::{State, Versioned};
