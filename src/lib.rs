//! How to get from live to desired without a hole: plan, apply, verify; the command line.
//!
//! | module | idea |
//! |---|---|
//! | [`config`] | `dnsure.yaml` |
//! | [`project`] | a directory with a configuration, and what is done with it: the I/O |
//! | [`plan`] | from two zones to ordered steps: pure |
//! | [`apply`] | carrying out a plan: a pure machine, a journal, a driver |
//! | [`import`] | from a live zone to files that plan to nothing: pure |
//! | [`windows`] | when changes are allowed: pure |
//! | [`verify`] | asking every server, judging what it says |
//! | [`starting`] | the first `dnsure.yaml` of a directory: pure |
//! | [`state`] | locks, journals, receipts |
//! | [`report`] | renderers |
//! | `conformance` | runs the scenarios on any backend (feature `conformance`) |
//! | [`command`] | one file per subcommand |
//! | [`exit`] | exit codes |

pub mod apply;
pub mod command;
pub mod config;
#[cfg(feature = "conformance")]
pub mod conformance;
pub mod exit;
pub mod import;
pub mod plan;
pub mod progress;
pub mod project;
pub mod report;
mod sabotage;
pub mod starting;
pub mod state;
pub mod verify;
pub mod windows;
