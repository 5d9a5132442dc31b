//! What is fuzzed: one function per target, each with what must hold besides "no panic".
//!
//! `tests/fuzz_corpus.rs` replays the stored corpus through the same functions on every test run.
#![allow(clippy::panic, clippy::expect_used, clippy::unwrap_used)]

mod documents;
mod signing;
mod texts;
mod wire;

pub use documents::{documents, journal, plan_file};
pub use texts::{config, master, names, zone_yaml};
pub use wire::{message, reply, transfer};

/// A fuzz target.
pub type Target = fn(&[u8]);

/// Every target by its name, which is also that of its corpus.
pub const TARGETS: &[(&str, Target)] = &[
    ("zone_yaml", zone_yaml),
    ("config", config),
    ("master", master),
    ("plan_file", plan_file),
    ("journal", journal),
    ("documents", documents),
    ("message", message),
    ("reply", reply),
    ("transfer", transfer),
    ("names", names),
];
