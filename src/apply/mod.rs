//! Carrying out a plan.
//!
//! [`machine`] decides and performs nothing; [`driver`] performs and decides nothing.
//! In between stand [`entry`] (what the journal keeps) and [`fresh`] (is what is live what
//! the plan was made from?).
//!
//! ```text
//!          events                     effects
//! driver ─────────▶ machine ─────────────────────▶ driver
//!                     │ per step:
//!                     │ check lock → read → judge → journal intent → write
//!                     │   → journal end → settle → ask until served → journal served
//!                     ▼
//!                   outcome
//! ```
//!
//! An intent is durable before its write starts, and a write's end is durable before
//! anything is built on it; so a kill at any instant leaves a journal that
//! [`entry::Progress::fold`] turns into the step to go on with.

pub mod driver;
pub mod entry;
pub mod fresh;
pub mod machine;
pub mod pace;
pub mod receipt;
pub mod resume;
