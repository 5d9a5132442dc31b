//! How to get from live to desired without a hole: plan, apply, verify; the command line.

pub mod apply;
pub mod exit;
pub mod plan;
pub mod report;
mod sabotage;
pub mod state;
pub mod verify;
