//! The `rfc2136` backend on BIND, Knot and PowerDNS.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod apex;
mod caches;
mod conditions;
mod normal;
mod reading;
mod refusals;
mod scenarios;
mod signed;
mod stage;
mod swaps;
