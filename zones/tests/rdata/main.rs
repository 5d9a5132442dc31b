//! Record data: the table of record types against itself and against oracles.
//!
//! Where an oracle is known to differ, the difference stands in `docs/deviations.md`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod coverage;
mod domain_oracle;
mod examples;
mod fields;
mod generate;
mod hickory_oracle;
mod named_oracle;
mod octodns_oracle;
mod properties;
