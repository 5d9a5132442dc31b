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
//! steps           writes within the target's limits, removals last
//!    ▼
//! plan file       values, never tokens; digest; applied as it stands
//! ```
//!
//! Everything here is pure: no clock, no network, no files.

pub mod caches;
pub mod file;
pub mod guards;
pub mod hidden;
pub mod ignore;
pub mod legal;
pub mod ownership;
pub mod steps;
pub mod target;

pub use file::{Digest, Plan};
pub use target::{TargetPlan, plan_target};
