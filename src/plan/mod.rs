//! From two zones to ordered steps.
//!
//! ```text
//! desired, live (both in the target's normal form)
//!    │ ownership   what is ours to delete, what is ignored
//!    ▼
//! changes         one per owner name, before and after
//!    │ guards      what a person must sign for
//!    │ hidden      answers that an added name would hide
//!    ▼
//! phases          lower a TTL, change, restore, where that was asked for (`staging`)
//!    │ order       by what one write of the target takes; gaps that nothing avoids
//!    │ canary      written and removed first, where the target deserves little trust
//!    ▼
//! steps           writes, each with what must be served before it starts
//!    ▼
//! plan file       values, never tokens; digest; applied as it stands
//! ```
//!
//! Everything here is pure: no clock, no network, no files.

pub mod caches;
pub mod canary;
pub mod cut;
pub mod drift;
pub mod file;
pub mod guards;
pub mod hidden;
pub mod ignore;
pub mod inventory;
pub mod legal;
pub mod locked;
pub mod names;
pub mod noting;
pub mod order;
pub mod ownership;
pub mod record_path;
pub mod sought;
pub mod staging;
pub mod step;
pub mod target;
pub mod union;

pub use file::{Digest, Plan};
pub use target::{TargetPlan, plan_target};
