//! Renderers over plans, journals and receipts. They never plan and never decide.
//!
//! | module | idea |
//! |---|---|
//! | [`safe`] | record data is hostile text wherever it is shown |
//! | [`words`] | durations, counts and times as people say them |
//! | [`rows`] | the lines of a plan, before they are laid out |
//! | [`plan_text`] | a plan on a terminal |
//! | [`receipt_text`] | a receipt on a terminal |
//! | [`journal_text`] | a journal on a terminal |

pub mod journal_text;
pub mod plan_text;
pub mod receipt_text;
pub mod rows;
pub mod safe;
pub mod words;
