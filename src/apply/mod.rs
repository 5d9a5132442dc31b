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
//!
//! The read before each step is what finds a foreign change between two steps, with both
//! values to show; compare-and-swap alone would let a change of nothing but a TTL pass, and
//! a new wildcard or delegation elsewhere that makes the step hide answers. So every step
//! reads. From the second on it goes through `Backend::read_again`, which must give what
//! a whole listing would: RFC 2136 asks for the differences since the last read (IXFR), but
//! only where the SOA is part of every write's condition, so that the read rests on nothing
//! that the guarantee does not rest on already. Where a provider compares nothing, and where
//! a server gives no differences, each step lists the whole zone.
//!
//! Azure DNS compares each set by its etag and allows few listings, so from the second step
//! on `Backend::read_for` reads the touched sets anew and takes the others from a listing that
//! is at most 30 s old: so long may a foreign wildcard or delegation elsewhere go unseen.

pub mod driver;
pub mod effect;
pub mod entry;
pub mod fresh;
mod looking;
pub mod machine;
pub mod outcome;
pub mod pace;
mod performer;
pub mod receipt;
pub mod reservation;
pub mod resume;
