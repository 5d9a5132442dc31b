//! Record data: the table of record types against itself and against oracles.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod examples;
mod fields;
mod generate;
mod properties;
