//! Renderers over plans, journals and receipts. They never plan and never decide.
//!
//! | module | idea |
//! |---|---|
//! | [`words`] | durations, counts and times as people say them |
//! | [`rows`] | the lines of a plan, before they are laid out |
//! | [`plan_text`] | a plan on a terminal |
//! | [`steps_text`] | the writes of a plan, and the timeline of a staged one |
//! | [`rollouts_text`] | open rollouts and interrupted runs |
//! | [`progress_text`] | how far something has come, in one line |
//! | [`receipt_text`] | a receipt on a terminal |
//! | [`journal_text`] | a journal on a terminal |
//! | [`diff_text`] | the lines in which two texts differ |
//! | [`drift_text`] | what `drift` found |
//! | [`grid_text`] | what `verify` saw |
//! | [`events`] | what `--format json` prints, one event a line |
//!
//! Record data is hostile text wherever it is shown: everything passes through
//! [`dnsure_zones::diagnostic::visible`].

pub mod diff_text;
pub mod drift_text;
pub mod events;
pub mod grid_text;
pub mod import_text;
pub mod journal_text;
pub mod plan_text;
pub mod progress_text;
pub mod receipt_text;
pub mod rollouts_text;
pub mod rows;
pub mod steps_text;
pub mod words;
